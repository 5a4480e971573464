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

static int sign_of(const lp_far *f) {
    long double low, x;
    int64_t at = least(&low, f);
    if (f->unfit || at < 0 || !((x = f->at[at].x) < 1.5L * low)) return 0;
    mpfr_t sum;
    mpfr_init2(sum, 64);
    mpfr_set_zero(sum, 1);
    bool apart = true;
    for (int64_t i = 0; i < f->count; i++) {
        if (tied(&f->at[i], &f->at[at]))
            lp_dyadic_add(sum, sum, f->at[i].c);
        else if (!mpfr_zero_p(f->at[i].c))
            apart = apart && f->at[i].x - x > 0x1p-58L * x + 0x1p14L; /* x to 2^-62 of itself */
    }
    int sign = apart ? (mpfr_sgn(sum) > 0) - (mpfr_sgn(sum) < 0) : 0;
    mpfr_clear(sum);
    return sign;
}

int lp_far_sign(lp_far *f) {
    int sign = sign_of(f);
    for (int64_t i = 0; i < f->count; i++) mpfr_clear(f->at[i].c);
    free(f->at);
    *f = (lp_far){0};
    return sign;
}
