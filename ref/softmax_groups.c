/* Where intervals leave a sign of the softmax VJP open: its sums with what cancels between equal
 * exponents taken out exactly, in groups of equal logits below the top one (expsum.h). */
#include "core/memory.h"
#include "ref/dyadic.h"
#include "ref/expsum.h"
#include "ref/softmax.h"
#include "ref/softrow.h"

#include <stdlib.h>

typedef struct group {
    double z;
    int64_t members;
    mpfr_t gap; /* sum of v_j - v_k over them */
} group;

static int by_logit(const void *a, const void *b) {
    double x = (*(const double *const *)a)[0], y = (*(const double *const *)b)[0];
    return (x > y) - (x < y);
}

/* The groups and how many there are; to be freed by free_groups. */
static group *find_groups(int64_t *count, lp_scope *s, const lp_row *row, int64_t j) {
    const double *z = lp_softrow_logits(s, row), *v = lp_softmax_cotangent(s, row);
    const double **order = lp_memory_zeros((size_t)s->c->k, sizeof *order);
    int64_t n = 0, last = -1;
    for (int64_t k = 0; k < s->c->k; k++)
        if (!lp_softrow_absent(s, row, k) && !lp_softmax_in_top(s, row, k)) order[n++] = &z[k];
    qsort(order, (size_t)n, sizeof *order, by_logit);
    group *g = lp_memory_zeros((size_t)n, sizeof *g);
    for (int64_t i = 0; i < n; i++) {
        if (last < 0 || g[last].z != *order[i]) {
            g[++last].z = *order[i];
            mpfr_init2(g[last].gap, 64);
            mpfr_set_zero(g[last].gap, 1);
        }
        g[last].members++;
        lp_dyadic_diff(s->work[0], v[j], v[order[i] - z]);
        lp_dyadic_add(g[last].gap, g[last].gap, s->work[0]);
    }
    free(order);
    *count = last + 1;
    return g;
}

static void free_groups(group *g, int64_t count) {
    for (int64_t i = 0; i < count; i++) mpfr_clear(g[i].gap);
    free(g);
}

/* sum += (scale gap - bend members) e of each group. */
static void add_linear(lp_expsum *sum, lp_scope *s, const lp_row *row, const group *g,
                       int64_t count, const mpfr_t scale, const mpfr_t bend) {
    double top = lp_softrow_logits(s, row)[row->top], t = lp_softrow_temperature(s);
    mpfr_t *c = &s->work[0], *d = &s->work[2];
    for (int64_t i = 0; i < count; i++) {
        lp_dyadic_set_int(*d, g[i].members);
        lp_dyadic_mul(*d, *d, bend);
        lp_dyadic_mul(*c, g[i].gap, scale);
        lp_dyadic_sub(*c, *c, *d);
        lp_dyadic_diff(*d, top, g[i].z);
        lp_expsum_add(sum, *c, *d, t);
    }
}

/* sum -= a R^2. */
static void add_square(lp_expsum *sum, lp_scope *s, const lp_row *row, const group *g,
                       int64_t count, const mpfr_t a) {
    double top = lp_softrow_logits(s, row)[row->top], t = lp_softrow_temperature(s);
    mpfr_t *c = &s->work[0], *d = &s->work[2], other;
    mpfr_init2(other, 64);
    for (int64_t i = 0; i < count; i++)
        for (int64_t k = i; k < count; k++) {
            lp_dyadic_set_int(*c, i == k ? -1 : -2);
            lp_dyadic_set_int(*d, g[i].members);
            lp_dyadic_mul(*c, *c, *d);
            lp_dyadic_set_int(*d, g[k].members);
            lp_dyadic_mul(*c, *c, *d);
            lp_dyadic_mul(*c, *c, a);
            lp_dyadic_diff(*d, top, g[i].z);
            lp_dyadic_diff(other, top, g[k].z);
            lp_dyadic_add(*d, *d, other);
            lp_expsum_add(sum, *c, *d, t);
        }
    mpfr_clear(other);
}

bool lp_softmax_rest_by_groups(lp_iv *rest, lp_scope *s, const lp_row *row, int64_t j) {
    lp_expsum sum = {0};
    int64_t count;
    mpfr_t none, one;
    mpfr_inits2(64, none, one, (mpfr_ptr)0);
    mpfr_set_zero(none, 1);
    mpfr_set_ui(one, 1, MPFR_RNDZ);
    group *g = find_groups(&count, s, row, j);
    add_linear(&sum, s, row, g, count, one, none);
    bool zero = lp_expsum_zero(&sum);
    lp_expsum_enclose(rest, &sum);
    lp_expsum_clear(&sum);
    free_groups(g, count);
    mpfr_clears(none, one, (mpfr_ptr)0);
    return zero;
}

/* The sum of (n^2 gap - 2 n a members) e - a R^2, which is not 0: the square
 * of the least exponential has no partner. With more than MANY groups the squares stay an interval.
 */
void lp_softmax_bent_by_groups(lp_iv *rest, lp_scope *s, const lp_row *row, int64_t j,
                               const mpfr_t a) {
    enum { MANY = 64 };
    lp_expsum sum = {0};
    int64_t count;
    mpfr_t scale, bend;
    mpfr_inits2(64, scale, bend, (mpfr_ptr)0);
    lp_dyadic_set_int(bend, row->ties);
    lp_dyadic_mul(scale, bend, bend);
    lp_dyadic_mul(bend, bend, a);
    lp_dyadic_mul_d(bend, bend, 2);
    group *g = find_groups(&count, s, row, j);
    add_linear(&sum, s, row, g, count, scale, bend);
    if (count <= MANY) add_square(&sum, s, row, g, count, a);
    lp_expsum_enclose(rest, &sum);
    if (count > MANY) {
        lp_iv *square = &s->iv[1];
        lp_iv_set_prec(square, row->prec);
        lp_iv_mul_nonneg(square, &row->iv[LP_SOFT_R], &row->iv[LP_SOFT_R]);
        lp_iv_scale(square, square, a);
        lp_iv_neg(square);
        lp_iv_add(rest, rest, square);
    }
    lp_expsum_clear(&sum);
    free_groups(g, count);
    mpfr_clears(scale, bend, (mpfr_ptr)0);
}
