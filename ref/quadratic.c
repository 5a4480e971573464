#include "ref/mse_softmax.h"

#include "core/memory.h"
#include "ref/dyadic.h"

#include <math.h>
#include <stdlib.h>

#define MOST_GROUPS 128

/* Classes of one logit. */
typedef struct group {
    double z;
    int64_t n, own;
    mpfr_t t;
} group;

/* The exponent z_v + z_w = hi + lo exactly. */
typedef struct term {
    double hi, lo;
    int v, w;
} term;

static int by_logit(const void *a, const void *b) {
    double x = ((const group *)a)->z, y = ((const group *)b)->z;
    return (x > y) - (x < y);
}

static int by_exponent(const void *a, const void *b) {
    const term *x = a, *y = b;
    if (x->hi != y->hi) return x->hi > y->hi ? 1 : -1;
    return (x->lo > y->lo) - (x->lo < y->lo);
}

static void clear(group *g, int count) {
    for (int v = 0; v < count; v++) mpfr_clear(g[v].t);
}

/* -1: too many. */
static int find(const group *g, int count, double z) {
    for (int v = 0; v < count; v++)
        if (g[v].z == z) return v;
    return count < MOST_GROUPS ? count : -1;
}

/* The groups by logit; 0: too many, or too large to add. */
static int collect(group *g, lp_scope *s, const lp_row *row, int64_t own) {
    const double *z = lp_softrow_logits(s, row), *t = s->c->in[LP_IN_TARGETS] + row->at * s->c->k;
    int count = 0;
    for (int64_t j = 0; j < s->c->k; j++) {
        if (lp_softrow_absent(s, row, j)) continue;
        int v = fabs(z[j]) < 0x1p1000 ? find(g, count, z[j]) : -1;
        if (v < 0) {
            clear(g, count);
            return 0;
        }
        if (v == count) {
            g[count] = (group){.z = z[j]};
            mpfr_init2(g[count].t, 64);
            mpfr_set_zero(g[count++].t, 1);
        }
        g[v].n++;
        g[v].own += j == own;
        lp_dyadic_set(s->work[0], t[j]);
        lp_dyadic_add(g[v].t, g[v].t, s->work[0]);
    }
    qsort(g, (size_t)count, sizeof *g, by_logit);
    return count;
}

static void add_product(mpfr_t sum, mpfr_t work, int64_t n, mpfr_srcptr x) {
    lp_dyadic_set_int(work, n);
    lp_dyadic_mul(work, work, x);
    lp_dyadic_add(sum, sum, work);
}

/* sum += the coefficient of x_v x_w. */
static void add_term(mpfr_t sum, mpfr_t work, const lp_quadratic *q, const group *v,
                     const group *w) {
    bool square = v == w;
    add_product(sum, work, q->targets * v->n, w->t);
    if (!square) add_product(sum, work, q->targets * w->n, v->t);
    add_product(sum, work, (square ? 1 : 2) * v->n * w->n, q->pairs);
    int64_t whole = square ? q->ones * v->n + q->own_part * v->own * v->n
                           : q->own_part * (v->own * w->n + w->own * v->n);
    lp_dyadic_set_int(work, whole);
    lp_dyadic_add(sum, sum, work);
}

static term *all_terms(const group *g, int count, int *terms) {
    term *x = lp_memory_zeros((size_t)count * (size_t)(count + 1) / 2, sizeof *x);
    *terms = 0;
    for (int v = 0; v < count; v++)
        for (int w = v; w < count; w++) {
            double a = g[v].z, b = g[w].z, hi = a + b, c = hi - a; /* TwoSum (Knuth) */
            x[(*terms)++] = (term){hi, (a - (hi - c)) + (b - c), v, w};
        }
    qsort(x, (size_t)*terms, sizeof *x, by_exponent);
    return x;
}

bool lp_quadratic_vanishes(lp_scope *s, const lp_row *row, const lp_quadratic *q) {
    group *g = lp_memory_zeros(MOST_GROUPS, sizeof *g);
    int count = collect(g, s, row, q->own), terms = 0;
    bool zero = count > 0;
    mpfr_t sum;
    mpfr_init2(sum, 64);
    mpfr_set_zero(sum, 1);
    if (zero) { /* the largest exponent is one term's alone: nearly always the end */
        add_term(sum, s->work[1], q, &g[count - 1], &g[count - 1]);
        zero = mpfr_zero_p(sum);
    }
    term *x = zero ? all_terms(g, count, &terms) : NULL;
    for (int i = 0; i < terms && zero; i++) {
        add_term(sum, s->work[1], q, &g[x[i].v], &g[x[i].w]);
        bool last = i + 1 == terms || by_exponent(&x[i], &x[i + 1]) != 0;
        if (last) zero = mpfr_zero_p(sum);
    }
    mpfr_clear(sum);
    clear(g, count);
    free(x);
    free(g);
    return zero;
}
