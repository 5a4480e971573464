/* The sign of the remainder of a sum of shares from its coefficients.
 *
 *   r = sum over kinds of rows (1 / s) sum over groups H e^-d,  s = S / n,
 *   H = sum over the kind's rows of (n C_g - C n_g) / n^2, here times a common multiple squared,
 *
 * n and C of the row's top group, n_g and C_g of the group at the distance d below it. With d* the
 * least distance of a group whose H is not 0, r has the sign of sum (1 / s) sum H e^-(d - d*), of
 * which the first exponentials are 1 however far below MPFR's range e^-d* is. What cancels there
 * between rows of different kinds leaves terms of higher order: kinds_expand.c. */
#include "ref/kinds.h"

#include "core/memory.h"
#include "ref/dyadic.h"

#include <stdlib.h>

static void clear(lp_profile *p) {
    for (int64_t g = 0; g < p->count; g++) mpfr_clears(p->at[g].d, p->at[g].c, (mpfr_ptr)0);
    free(p->at);
}

static int descending(const void *a, const void *b) {
    double x = **(const double *const *)a, y = **(const double *const *)b;
    return (x < y) - (x > y);
}

static void add_group(lp_profile *p, lp_scope *part, const lp_row *row, int64_t j) {
    lp_group *g = &p->at[p->count++];
    g->n = 0;
    mpfr_inits2(64, g->d, g->c, (mpfr_ptr)0);
    mpfr_set_zero(g->c, 1);
    lp_softrow_depth(g->d, part, row, j);
}

/* The groups of row i and which one every class is in, -1: none. */
static void read_groups(lp_profile *p, int64_t *of, const lp_shares *sum, int64_t i) {
    lp_scope *part = &sum->s->part[0];
    const lp_row *row = &sum->row->part[i];
    const double *z = lp_softrow_logits(part, row);
    int64_t k = sum->s->c->k, count = 0;
    const double **order = lp_memory_zeros((size_t)k, sizeof *order);
    *p = (lp_profile){lp_memory_zeros((size_t)k, sizeof *p->at), 0, i};
    for (int64_t j = 0; j < k; j++) {
        of[j] = -1;
        if (!lp_softrow_absent(part, row, j)) order[count++] = &z[j];
    }
    qsort(order, (size_t)count, sizeof *order, descending);
    for (int64_t m = 0; m < count; m++) {
        int64_t j = order[m] - z;
        if (m == 0 || *order[m] != *order[m - 1]) add_group(p, part, row, j);
        of[j] = p->count - 1;
        p->at[of[j]].n++;
    }
    free(order);
}

/* c = (n C_g - C n_g) m^2, m = common / n, of every group but the top. */
static void set_excess(lp_profile *p, const mpz_t common) {
    mpfr_t part, m;
    mpz_t quotient;
    mpz_init(quotient);
    mpfr_inits2(64, part, m, (mpfr_ptr)0);
    mpz_divexact_ui(quotient, common, (unsigned long)p->at[0].n);
    mpfr_set_prec(m, (mpfr_prec_t)mpz_sizeinbase(quotient, 2) + 1);
    mpfr_set_z(m, quotient, MPFR_RNDZ);
    for (int64_t g = 1; g < p->count; g++) {
        mpfr_t *c = &p->at[g].c;
        lp_dyadic_set_int(part, p->at[0].n);
        lp_dyadic_mul(*c, *c, part);
        lp_dyadic_set_int(part, p->at[g].n);
        lp_dyadic_mul(part, part, p->at[0].c);
        lp_dyadic_sub(*c, *c, part);
        lp_dyadic_mul(*c, *c, m);
        lp_dyadic_mul(*c, *c, m);
    }
    mpfr_clears(part, m, (mpfr_ptr)0);
    mpz_clear(quotient);
}

/* The same distances, sizes in one proportion. */
static bool same_kind(const lp_profile *a, const lp_profile *b) {
    bool same = a->count == b->count;
    for (int64_t g = 0; same && g < a->count; g++)
        same = mpfr_equal_p(a->at[g].d, b->at[g].d) &&
               (__int128)a->at[g].n * b->at[0].n == (__int128)b->at[g].n * a->at[0].n;
    return same;
}

/* Adds a row to its kind; p is the kinds' from here on. */
static void add_profile(lp_kinds *all, lp_profile *p) {
    for (int64_t i = 0; i < all->count; i++) {
        if (!same_kind(&all->at[i], p)) continue;
        for (int64_t g = 1; g < p->count; g++)
            lp_dyadic_add(all->at[i].at[g].c, all->at[i].at[g].c, p->at[g].c);
        clear(p);
        return;
    }
    all->at = lp_memory_resize(all->at, (size_t)all->count + 1, sizeof *all->at);
    all->at[all->count++] = *p;
}

/* A multiple of the n of all rows listed. */
static void find_common(mpz_t common, const lp_shares *sum) {
    mpz_set_ui(common, 1);
    for (int64_t t = 0; t < sum->count; t++)
        mpz_lcm_ui(common, common, (unsigned long)sum->row->part[sum->list[t].row].ties);
}

/* Shares of one row follow one another in the list. */
static void read_kinds(lp_kinds *all, const lp_shares *sum) {
    int64_t *of = lp_memory_zeros((size_t)sum->s->c->k, sizeof *of);
    mpz_t common;
    mpz_init(common);
    find_common(common, sum);
    for (int64_t t = 0; t < sum->count;) {
        lp_profile p;
        int64_t i = sum->list[t].row;
        read_groups(&p, of, sum, i);
        for (; t < sum->count && sum->list[t].row == i; t++) {
            mpfr_t *c = &p.at[of[sum->list[t].j]].c;
            lp_dyadic_add(*c, *c, sum->list[t].c);
        }
        set_excess(&p, common);
        add_profile(all, &p);
    }
    mpz_clear(common);
    free(of);
}

/* The nearest group with a coefficient; NULL: none is left, r = 0. */
static const lp_group *nearest(const lp_kinds *all) {
    const lp_group *best = NULL;
    for (int64_t i = 0; i < all->count; i++)
        for (int64_t g = 1; g < all->at[i].count; g++) {
            const lp_group *one = &all->at[i].at[g];
            if (!mpfr_zero_p(one->c) && (!best || mpfr_less_p(one->d, best->d))) best = one;
        }
    return best;
}

/* total += (1 / s) sum H e^-(d - d*). */
static void add_kind(lp_iv *total, const lp_shares *sum, const lp_profile *p, const mpfr_t from) {
    const lp_row *row = &sum->row->part[p->row];
    double t = lp_softrow_temperature(&sum->s->part[0]);
    lp_expsum f = {0};
    lp_iv x, scaled;
    mpfr_t d;
    mpfr_init2(d, 64);
    lp_iv_init(&x, sum->row->prec);
    lp_iv_init(&scaled, sum->row->prec);
    for (int64_t g = 1; g < p->count; g++) {
        if (mpfr_zero_p(p->at[g].c)) continue;
        lp_dyadic_sub(d, p->at[g].d, from);
        lp_expsum_add(&f, p->at[g].c, d, t);
    }
    lp_expsum_enclose(&x, &f);
    lp_iv_mul_nonneg(&scaled, &x, &row->iv[LP_SOFT_INV]);
    lp_dyadic_set_int(d, row->ties);
    lp_iv_scale(&scaled, &scaled, d);
    lp_iv_add(total, total, &scaled);
    lp_expsum_clear(&f);
    lp_iv_clear(&scaled);
    lp_iv_clear(&x);
    mpfr_clear(d);
}

static int sign_of(const lp_kinds *all, const lp_shares *sum) {
    const lp_group *first = nearest(all);
    lp_iv total;
    if (!first) return 0;
    lp_iv_init(&total, sum->row->prec);
    mpfr_set_zero(total.lo, 1);
    mpfr_set_zero(total.hi, 1);
    for (int64_t i = 0; i < all->count; i++) add_kind(&total, sum, &all->at[i], first->d);
    int sign = mpfr_sgn(total.lo) > 0 ? 1 : mpfr_sgn(total.hi) < 0 ? -1 : 2;
    lp_iv_clear(&total);
    if (sign != 2 || all->count == 1 || sum->row->prec <= sum->s->start) return sign;
    return lp_kinds_expand(all, sum->row->prec, lp_softrow_temperature(&sum->s->part[0]));
}

int lp_shares_sign(const lp_shares *sum) {
    lp_kinds all = {0};
    read_kinds(&all, sum);
    int sign = sign_of(&all, sum);
    for (int64_t i = 0; i < all.count; i++) clear(&all.at[i]);
    free(all.at);
    return sign;
}
