/* Several kinds of rows over one denominator. With A = sum over a kind's groups of n_g e^-d and
 * B = n sum of H e^-d (shares_sign.c), r = sum over the kinds of B / A has the sign of
 *   sum over the kinds of B times the A of the others,
 * a sum of exponentials with exact exponents and coefficients (expsum.h). */
#include "ref/kinds.h"

#include "ref/dyadic.h"

/* Products of more terms than this are not multiplied out. */
#define TERMS 8192

/* a = a * b, both merged; false: too large, a is as it was. */
static bool multiply(lp_expsum *a, const lp_expsum *b, double t) {
    lp_expsum product = {0};
    mpfr_t c, d;
    if (a->count * b->count > TERMS) return false;
    mpfr_inits2(64, c, d, (mpfr_ptr)0);
    for (int64_t i = 0; i < a->count; i++)
        for (int64_t j = 0; j < b->count; j++) {
            lp_dyadic_mul(c, a->at[i].c, b->at[j].c);
            lp_dyadic_add(d, a->at[i].d, b->at[j].d);
            lp_expsum_add(&product, c, d, t);
        }
    mpfr_clears(c, d, (mpfr_ptr)0);
    lp_expsum_zero(&product); /* merges */
    lp_expsum_clear(a);
    *a = product;
    return true;
}

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

/* top / bottom += B / A. */
static bool add_kind(lp_expsum *top, lp_expsum *bottom, const lp_profile *p, double t) {
    lp_expsum a = read(p, false, t), b = read(p, true, t);
    bool fits = multiply(top, &a, t) && multiply(&b, bottom, t) && multiply(bottom, &a, t);
    if (fits) add(top, &b);
    lp_expsum_clear(&a);
    lp_expsum_clear(&b);
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
    lp_expsum top = {0}, bottom = {0};
    MPFR_DECL_INIT(one, 8);
    MPFR_DECL_INIT(zero, 8);
    mpfr_set_ui(one, 1, MPFR_RNDZ);
    mpfr_set_zero(zero, 1);
    lp_expsum_add(&bottom, one, zero, t);
    bool fits = true;
    for (int64_t i = 0; fits && i < all->count; i++) fits = add_kind(&top, &bottom, &all->at[i], t);
    int sign = fits ? sign_of(&top, prec) : 2;
    lp_expsum_clear(&top);
    lp_expsum_clear(&bottom);
    return sign;
}
