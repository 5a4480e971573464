/* Several kinds of rows over one denominator. With A = sum over a kind's groups of n_g e^-d and
 * B = n sum of H e^-d (shares_sign.c), r = sum over the kinds of B / A has the sign of
 *   sum over the kinds of B times the A of the others,
 * a sum of exponentials with exact exponents and coefficients (expsum.h).
 *
 * The product has a factor for every kind, and soon too many terms. So kinds with B = 0 are left
 * out, and kinds whose nearest group is at one distance, which are those that can cancel in the
 * first order, are brought together first: where their sum is 0 it is left out, exactly, and the
 * rest has a smaller product. */
#include "ref/kinds.h"

#include "ref/dyadic.h"

static void add(lp_expsum *a, const lp_expsum *b) {
    for (int64_t i = 0; i < b->count; i++) lp_expsum_add(a, b->at[i].c, b->at[i].d, b->at[i].t);
    lp_expsum_zero(a);
}

/* A, or B. */
static lp_expsum read(const lp_profile *p, bool below, double t) {
    lp_expsum x = {0};
    mpfr_t c;
    mpfr_init2(c, 64);
    for (int64_t g = below; g < p->count; g++) {
        lp_dyadic_set_int(c, below ? p->at[0].n : p->at[g].n);
        if (below) lp_dyadic_mul(c, c, p->at[g].c);
        lp_expsum_add(&x, c, p->at[g].d, t);
    }
    mpfr_clear(c);
    lp_expsum_zero(&x);
    return x;
}

typedef struct fraction {
    lp_expsum top, bottom;
} fraction;

static void clear(fraction *x) {
    lp_expsum_clear(&x->top);
    lp_expsum_clear(&x->bottom);
}

/* x = 0 / 1. */
static void start(fraction *x, double t) {
    MPFR_DECL_INIT(one, 8);
    MPFR_DECL_INIT(zero, 8);
    mpfr_set_ui(one, 1, MPFR_RNDZ);
    mpfr_set_zero(zero, 1);
    *x = (fraction){0};
    lp_expsum_add(&x->bottom, one, zero, t);
}

/* x += y, which is used up. False: too many terms. */
static bool add_fraction(fraction *x, fraction *y) {
    bool fits = lp_expsum_multiply(&x->top, &y->bottom) &&
                lp_expsum_multiply(&y->top, &x->bottom) &&
                lp_expsum_multiply(&x->bottom, &y->bottom);
    if (fits) add(&x->top, &y->top);
    clear(y);
    return fits;
}

static bool add_kind(fraction *x, const lp_profile *p, double t) {
    fraction kind = {read(p, true, t), read(p, false, t)};
    if (!lp_expsum_zero(&kind.top)) return add_fraction(x, &kind);
    clear(&kind);
    return true;
}

static bool as_near(const lp_profile *a, const lp_profile *b) {
    return a->count > 1 && b->count > 1 && mpfr_equal_p(a->at[1].d, b->at[1].d);
}

/* sum += the kinds as near as `first`, where they don't add up to 0; an earlier one: it is done. */
static bool add_near(fraction *sum, const lp_kinds *all, int64_t first, double t) {
    fraction near;
    bool fits = true;
    for (int64_t i = 0; i < first; i++)
        if (as_near(&all->at[i], &all->at[first])) return true;
    start(&near, t);
    for (int64_t i = first; fits && i < all->count; i++)
        if (i == first || as_near(&all->at[i], &all->at[first]))
            fits = add_kind(&near, &all->at[i], t);
    if (fits && !lp_expsum_zero(&near.top)) return add_fraction(sum, &near);
    clear(&near);
    return fits;
}

static int sign_of(lp_expsum *f, mpfr_prec_t prec) {
    lp_iv x;
    if (lp_expsum_zero(f)) return 0;
    lp_iv_init(&x, prec);
    lp_expsum_enclose(&x, f); /* not 0: an end at 0 tells */
    int sign = mpfr_sgn(x.lo) >= 0 ? 1 : mpfr_sgn(x.hi) <= 0 ? -1 : 2;
    lp_iv_clear(&x);
    return sign;
}

int lp_kinds_expand(const lp_kinds *all, mpfr_prec_t prec, double t) {
    fraction sum;
    bool fits = true;
    start(&sum, t);
    for (int64_t i = 0; fits && i < all->count; i++) fits = add_near(&sum, all, i, t);
    int sign = fits ? sign_of(&sum.top, prec) : 2;
    clear(&sum);
    return sign;
}
