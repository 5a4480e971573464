#include "ref/enclosure.h"

#include "ref/dyadic.h"

void lp_enclosure_init(lp_enclosure *x) {
    mpfr_inits2(128, x->a, x->b, x->two, x->work, x->other, (mpfr_ptr)0);
    lp_iv_init(&x->r, 128);
    lp_enclosure_start(x, 128);
}

void lp_enclosure_clear(lp_enclosure *x) {
    mpfr_clears(x->a, x->b, x->two, x->work, x->other, (mpfr_ptr)0);
    lp_iv_clear(&x->r);
}

void lp_enclosure_start(lp_enclosure *x, mpfr_prec_t prec) {
    mpfr_set_zero(x->a, 1);
    mpfr_set_ui(x->b, 1, MPFR_RNDZ);
    mpfr_set_zero(x->two, 1);
    lp_iv_set_prec(&x->r, prec);
    x->whole = false;
    x->unit = true;
    x->minus = false;
}

void lp_enclosure_set_int(lp_enclosure *x, int64_t n) {
    lp_enclosure_start(x, 64);
    lp_dyadic_set_int(x->a, n);
    x->whole = true;
}

/* x > beta where r > beta b - a. The right side is exact; r is inside the open interval, so r > lo
 * decides also where lo equals it, and for beta b = a the sign of r alone. */
int lp_enclosure_compare(lp_enclosure *x, const mpfr_t beta) {
    mpfr_srcptr side = beta;
    if (!x->unit) {
        lp_dyadic_mul(x->work, x->b, beta);
        side = x->work;
    }
    if (!mpfr_zero_p(x->a)) {
        lp_dyadic_sub(x->other, side, x->a);
        side = x->other;
    }
    if (x->whole) return -mpfr_sgn(side);
    if (mpfr_cmp(x->r.lo, side) >= 0) return 1;
    if (mpfr_cmp(x->r.hi, side) <= 0) return -1;
    return 2;
}

/* r den > b num - a den, both exact. */
int lp_enclosure_compare_ratio(lp_enclosure *x, const mpfr_t num, const mpfr_t den) {
    mpfr_t end;
    mpfr_init2(end, 64);
    lp_dyadic_mul(x->work, x->b, num);
    lp_dyadic_mul(x->other, x->a, den);
    lp_dyadic_sub(x->work, x->work, x->other);
    int sign = x->whole ? -mpfr_sgn(x->work) : 2;
    if (sign == 2) lp_dyadic_mul(end, x->r.lo, den);
    if (sign == 2 && mpfr_cmp(end, x->work) >= 0) sign = 1;
    if (sign == 2) lp_dyadic_mul(end, x->r.hi, den);
    if (sign == 2 && mpfr_cmp(end, x->work) <= 0) sign = -1;
    mpfr_clear(end);
    return sign;
}

int lp_enclosure_compare_d(lp_enclosure *x, double beta) {
    if (beta - beta != 0) return beta > 0 ? -1 : 1; /* infinity: x is a number */
    MPFR_DECL_INIT(b, 53);
    mpfr_set_d(b, beta, MPFR_RNDZ);
    return lp_enclosure_compare(x, b);
}

bool lp_enclosure_zero(const lp_enclosure *x) {
    return x->whole && mpfr_zero_p(x->a);
}

/* r = x / ln 2 (times b), each end by the end of ln 2 that pushes it outward. */
static void over_ln2(lp_iv *r) {
    mpfr_t least, most;
    mpfr_prec_t prec = mpfr_get_prec(r->lo) + 8;
    mpfr_inits2(prec, least, most, (mpfr_ptr)0);
    mpfr_const_log2(least, MPFR_RNDD);
    mpfr_const_log2(most, MPFR_RNDU);
    mpfr_div(r->lo, r->lo, mpfr_sgn(r->lo) < 0 ? least : most, MPFR_RNDD);
    mpfr_div(r->hi, r->hi, mpfr_sgn(r->hi) < 0 ? most : least, MPFR_RNDU);
    mpfr_clears(least, most, (mpfr_ptr)0);
}

/* Open: (a + r) / ln 2 is an end of its interval for no rational a + r but 0, since ln 2 is
 * irrational; for r /= 0 the ends move outward as they always do. */
void lp_enclosure_to_bits(lp_enclosure *x, mpfr_prec_t prec) {
    if (!x->whole || !mpfr_zero_p(x->a)) {
        if (x->whole) {
            lp_iv_set_prec(&x->r, prec);
            mpfr_set(x->r.lo, x->a, MPFR_RNDD);
            mpfr_set(x->r.hi, x->a, MPFR_RNDU);
        } else {
            lp_iv_shift(&x->r, &x->r, x->a);
        }
        over_ln2(&x->r);
        x->whole = false;
    }
    mpfr_swap(x->a, x->two);
    mpfr_set_zero(x->two, 1);
}

/* q = two ln 2 + p, rounded so. */
static void add_two(mpfr_t q, const lp_enclosure *x, mpfr_rnd_t rnd) {
    mpfr_t part;
    mpfr_init2(part, mpfr_get_prec(q) + 8);
    bool up = (rnd == MPFR_RNDU) == (mpfr_sgn(x->two) > 0);
    mpfr_const_log2(part, up ? MPFR_RNDU : MPFR_RNDD);
    mpfr_mul(part, part, x->two, rnd);
    mpfr_add(q, q, part, rnd);
    mpfr_clear(part);
}

static void outward(mpfr_t q, const lp_enclosure *x, const mpfr_t r, mpfr_rnd_t rnd) {
    if (x->whole)
        mpfr_set(q, x->a, rnd);
    else
        mpfr_add(q, x->a, r, rnd);
    if (!mpfr_zero_p(x->two)) add_two(q, x, rnd);
    if (!x->unit) mpfr_div(q, q, x->b, rnd);
}

void lp_enclosure_lower(mpfr_t lo, const lp_enclosure *x) {
    outward(lo, x, x->r.lo, MPFR_RNDD);
}

void lp_enclosure_upper(mpfr_t hi, const lp_enclosure *x) {
    outward(hi, x, x->r.hi, MPFR_RNDU);
}

void lp_enclosure_magnitude(mpfr_t hi, const lp_enclosure *x) {
    MPFR_DECL_INIT(lo, 64);
    lp_enclosure_lower(lo, x);
    lp_enclosure_upper(hi, x);
    mpfr_neg(lo, lo, MPFR_RNDU);
    mpfr_max(hi, hi, lo, MPFR_RNDU);
}

/* |got - x| b = |(got b - a) - r|: the bracket is exact, so that the subtraction of r is the first
 * rounding and nothing cancels before it. */
void lp_enclosure_distance(mpfr_t lo, mpfr_t hi, lp_enclosure *x, const mpfr_t got) {
    lp_dyadic_mul(x->work, x->b, got);
    lp_dyadic_sub(x->work, x->work, x->a);
    if (x->whole) {
        mpfr_set(lo, x->work, MPFR_RNDD);
        mpfr_set(hi, x->work, MPFR_RNDU);
    } else {
        mpfr_sub(lo, x->work, x->r.hi, MPFR_RNDD);
        mpfr_sub(hi, x->work, x->r.lo, MPFR_RNDU);
    }
    if (mpfr_sgn(hi) <= 0) {
        mpfr_swap(lo, hi);
        mpfr_neg(lo, lo, MPFR_RNDD);
        mpfr_neg(hi, hi, MPFR_RNDU);
    } else if (mpfr_sgn(lo) < 0) {
        mpfr_neg(lo, lo, MPFR_RNDU);
        mpfr_max(hi, hi, lo, MPFR_RNDU);
        mpfr_set_zero(lo, 1);
    }
    if (!x->unit) {
        mpfr_div(lo, lo, x->b, MPFR_RNDD);
        mpfr_div(hi, hi, x->b, MPFR_RNDU);
    }
}
