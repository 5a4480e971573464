#include "ref/far.h"

#include "core/memory.h"
#include "ref/dyadic.h"
#include "ref/fixed.h"

#include <math.h>
#include <stdlib.h>

void lp_far_add(lp_far *f, double top, double z, double t, const mpfr_t c) {
    if (f->count == f->room) {
        f->room = f->room ? 2 * f->room : 8;
        f->at = lp_memory_resize(f->at, (size_t)f->room, sizeof *f->at);
    }
    lp_far_term *term = &f->at[f->count++];
    term->h = lp_fixed_two_diff(&term->l, top, z);
    if (isinf(term->h)) { /* half of it does not overflow; what is lost is below 2^-1074 */
        term->h = lp_fixed_two_diff(&term->l, top / 2, z / 2);
        t /= 2;
    }
    term->t = t;
    term->x = ((long double)term->h + term->l) / t;
    mpfr_init2(term->c, 64);
    lp_dyadic_copy(term->c, c);
    bool sized = mpfr_zero_p(c) || (mpfr_get_exp(c) > -4400 && mpfr_get_exp(c) < 4400);
    f->unfit = f->unfit || !(term->x > 0x1p20L) || !sized;
}

static bool tied(const lp_far_term *a, const lp_far_term *b) {
    return a->h == b->h && a->l == b->l && a->t == b->t;
}

/* Index of the least x with a coefficient; *low: the least x of all. -1: none. */
static int64_t least(long double *low, const lp_far *f) {
    int64_t at = -1;
    *low = INFINITY;
    for (int64_t i = 0; i < f->count; i++) {
        *low = fminl(*low, f->at[i].x);
        bool better = at < 0 || f->at[i].x < f->at[at].x;
        if (!mpfr_zero_p(f->at[i].c) && better) at = i;
    }
    return at;
}

/* x of a term to 2^-4700 of itself, hence to 2^-2400 absolutely: no x reaches 2^2100. */
enum { X_BITS = 4800, TERM_BITS = 128 };
static void set_x(mpfr_t x, const lp_far_term *a) {
    mpfr_set_d(x, a->h, MPFR_RNDN);
    mpfr_add_d(x, x, a->l, MPFR_RNDN);
    mpfr_div_d(x, x, a->t, MPFR_RNDN);
}

/* c e^-(x - least) to 2^-120 of itself: x's error counts 2^-2400, exp and the product 2^-127 each.
 * Below the range of exponents it is 0, less than 2^-2^50. */
static void set_term(mpfr_t term, const lp_far_term *a, const mpfr_t least) {
    mpfr_t x;
    mpfr_init2(x, X_BITS);
    set_x(x, a);
    mpfr_sub(x, least, x, MPFR_RNDN);
    mpfr_exp(term, x, MPFR_RNDN);
    mpfr_mul(term, term, a->c, MPFR_RNDN);
    mpfr_clear(x);
}

/* sum += term, error += 2^-100 |term|, which covers the additions of 2^20 terms. */
static void add_term(mpfr_t sum, mpfr_t error, mpfr_t term) {
    mpfr_add(sum, sum, term, MPFR_RNDN);
    mpfr_abs(term, term, MPFR_RNDU);
    mpfr_mul_2si(term, term, -100, MPFR_RNDU);
    mpfr_add(error, error, term, MPFR_RNDU);
}

/* Terms of equal x are one, exactly; what they leave may be 0. What underflows is within 2^-8800.
 */
static int sign_of(const lp_far *f) {
    long double low;
    int64_t at = least(&low, f);
    if (f->unfit || at < 0 || !(f->at[at].x < 1.5L * low) || f->count > 1 << 20) return 0;
    mpfr_t x, tie, sum, error, term;
    mpfr_init2(x, X_BITS);
    mpfr_inits2(TERM_BITS, sum, error, term, (mpfr_ptr)0);
    mpfr_init2(tie, 64);
    mpfr_set_zero(tie, 1);
    set_x(x, &f->at[at]);
    mpfr_set_zero(sum, 1);
    mpfr_set_ui_2exp(error, 1, -8800, MPFR_RNDU);
    for (int64_t i = 0; i < f->count; i++) {
        if (tied(&f->at[i], &f->at[at])) {
            lp_dyadic_add(tie, tie, f->at[i].c);
        } else if (!mpfr_zero_p(f->at[i].c)) {
            set_term(term, &f->at[i], x);
            add_term(sum, error, term);
        }
    }
    mpfr_set(term, tie, MPFR_RNDN);
    add_term(sum, error, term);
    int sign = mpfr_cmpabs(sum, error) > 0 ? mpfr_sgn(sum) : 0;
    mpfr_clears(x, tie, sum, error, term, (mpfr_ptr)0);
    return sign > 0 ? 1 : sign < 0 ? -1 : 0;
}

int lp_far_sign(lp_far *f) {
    int sign = sign_of(f);
    for (int64_t i = 0; i < f->count; i++) mpfr_clear(f->at[i].c);
    free(f->at);
    *f = (lp_far){0};
    return sign;
}
