/* With one class on top, e = e^-D of the label, R the sum of all below the top and O = R - e,
 *
 *   1 - p = (1 + O) / (1 + R),   l = D + log(1 + R)      label below the top
 *   1 - p = R / (1 + R),         l = log(1 + R)          label on top
 *
 * so that beside their exact parts D, 1 and 1, with A = ((1 + O) / (1 + R))^g and k = 0 or 1,
 *
 *   loss      D (A - 1) + A log(1 + R)
 *   gradient  A1 - 1 + g e A2 (D + log(1 + R))
 *             A1 = (1 + O)^(g + 1 - k) (1 + R)^-(g + 1),  A2 = A1 / (1 + O)
 *
 * k = 0 of the label, 1 of the top class, whose share of the others is 1 / (1 + O); and on top
 *
 *   loss      R^g (1 + R)^-g log(1 + R).
 *
 * g and D are dyadic: products of these binomial series and the logarithm's are, degree by degree
 * in the exponentials, dyadic coefficients over p!^2 LCM times exponentials of dyadic exponents.
 * R^g is one of its own where R has one exponential (e^-gd, any g), a product for a small integer
 * g, and else e^-gd (1 + U)^g, U the others over the nearest, where that is one class.
 *
 * What is left out of p degrees. Let X be the sum of the exponentials of R and U, h = 2 (g + 1) and
 * h X <= 1/2. With t R, t O, t U, t e in place of each the expression is analytic in t for |t| <=
 * 1 / (h X), where these are z with |z| <= 1 / h <= 1/2, hence |log(1 + z)| <= -log(1 - |z|) <=
 * 1.39 |z| (it is convex), |1 + z|^+-(g + 1) <= e^(1.39 / 2) < 2.01 (smaller exponents too), |log|
 * < 0.7 and |g e| <= 1/2. So it is at most
 *
 *   below  4.05 + 1 times D, and 4.05 0.7;   5.05 + 4.05 (D + 0.7) / 2   < 7 (D + 1)
 *   top    4.05 0.7 < 3, times R^g without U
 *
 * there, and by Cauchy its coefficient of t^i at most that times (h X)^i: from the degree p + 1 on
 * they add up, at t = 1, to at most twice the first. */
#include "ref/focal_order.h"

#include "core/memory.h"
#include "ref/dyadic.h"

#include <math.h>

/* Denominators of the logarithm's series up to five degrees. */
enum { LCM = 60, DEGREES = 5 };

/* Products of a small power of R, and of its one coefficient. */
enum { MOST_POWER = 64 };

void lp_focal_row_init(lp_focal_row *r, double gamma) {
    *r = (lp_focal_row){.gamma = gamma, .top = true};
    mpfr_init2(r->depth, 64);
    mpfr_set_zero(r->depth, 1);
}

void lp_focal_row_clear(lp_focal_row *r) {
    lp_expsum_clear(&r->rest);
    lp_expsum_clear(&r->others);
    mpfr_clear(r->depth);
}

static void add_one(lp_expsum *f, const mpfr_t depth) {
    MPFR_DECL_INIT(one, 8);
    mpfr_set_ui(one, 1, MPFR_RNDZ);
    lp_expsum_add(f, one, depth, 1);
}

void lp_focal_row_below(lp_focal_row *r, const mpfr_t depth, bool label) {
    add_one(&r->rest, depth);
    if (!label) {
        add_one(&r->others, depth);
        return;
    }
    r->top = false;
    lp_dyadic_copy(r->depth, depth);
}

/* ---- sums by degree, each over an integer that the caller knows ---- */

typedef struct series {
    int p;
    lp_expsum at[DEGREES + 1];
    bool fits;
} series;

static void clear(series *s) {
    for (int i = 0; i <= DEGREES; i++) lp_expsum_clear(&s->at[i]);
}

/* The powers of x, degree by degree. */
static void powers(series *s, int p, lp_expsum *x) {
    MPFR_DECL_INIT(one, 8);
    MPFR_DECL_INIT(zero, 8);
    mpfr_set_ui(one, 1, MPFR_RNDZ);
    mpfr_set_zero(zero, 1);
    *s = (series){.p = p, .fits = true};
    lp_expsum_add(&s->at[0], one, zero, 1);
    for (int i = 1; i <= p && s->fits; i++) {
        lp_expsum_add_scaled(&s->at[i], &s->at[i - 1], one);
        s->fits = lp_expsum_multiply(&s->at[i], x);
    }
}

static void times(lp_expsum *f, const mpfr_t c) {
    if (mpfr_zero_p(c)) lp_expsum_clear(f);
    for (int64_t i = 0; i < f->count; i++) lp_dyadic_mul(f->at[i].c, f->at[i].c, c);
}

static unsigned long factorial(int p) {
    return p < 2 ? 1 : (unsigned long)p * factorial(p - 1);
}

/* (1 + x)^g over p!: of degree i, g (g - 1) .. (g - i + 1) p! / i!. */
static void binomial(series *s, int p, lp_expsum *x, const mpfr_t g) {
    mpfr_t c, factor, i_th;
    mpfr_inits2(64, c, factor, i_th, (mpfr_ptr)0);
    powers(s, p, x);
    lp_dyadic_set_int(c, 1);
    for (int i = 0; i <= p; i++) {
        lp_dyadic_set_int(factor, (int64_t)(factorial(p) / factorial(i)));
        lp_dyadic_mul(factor, factor, c);
        times(&s->at[i], factor);
        lp_dyadic_set_int(i_th, i);
        lp_dyadic_sub(i_th, g, i_th);
        lp_dyadic_mul(c, c, i_th);
    }
    mpfr_clears(c, factor, i_th, (mpfr_ptr)0);
}

/* log(1 + x) over LCM. */
static void logarithm(series *s, int p, lp_expsum *x) {
    MPFR_DECL_INIT(c, 64);
    powers(s, p, x);
    lp_expsum_clear(&s->at[0]);
    for (int i = 1; i <= p; i++) {
        mpfr_set_si(c, (i % 2 ? 1 : -1) * LCM / i, MPFR_RNDZ);
        times(&s->at[i], c);
    }
}

/* a = a b up to degree p. */
static void multiply(series *a, series *b) {
    MPFR_DECL_INIT(one, 8);
    series r = {.p = a->p, .fits = a->fits && b->fits};
    mpfr_set_ui(one, 1, MPFR_RNDZ);
    for (int i = 0; i <= a->p && r.fits; i++)
        for (int j = 0; i + j <= a->p && r.fits; j++) {
            lp_expsum part = {0};
            lp_expsum_add_scaled(&part, &a->at[i], one);
            r.fits = lp_expsum_multiply(&part, &b->at[j]);
            if (r.fits) lp_expsum_add_scaled(&r.at[i + j], &part, one);
            lp_expsum_clear(&part);
        }
    clear(a);
    *a = r;
}

/* s = s f. */
static void multiply_all(series *s, lp_expsum *f) {
    for (int i = 0; i <= s->p && s->fits; i++) s->fits = lp_expsum_multiply(&s->at[i], f);
}

/* (1 + x)^a (1 + y)^b over p!^2. */
static void quotient(series *s, int p, lp_expsum *x, const mpfr_t a, lp_expsum *y, const mpfr_t b) {
    series other;
    binomial(s, p, x, a);
    binomial(&other, p, y, b);
    multiply(s, &other);
    clear(&other);
}

/* o += c s / over, from degree 1 on. */
static void take(lp_orders *o, const mpfr_t c, const series *s, unsigned long over) {
    o->fits = o->fits && s->fits;
    for (int i = 1; i <= s->p && o->fits; i++) lp_orders_add_sum(o, c, &s->at[i], over);
}

/* ---- what is left out ---- */

/* X is at most size e^-low. False: h X may be above 1/2, or is too near for the orders to tell. */
static bool is_far(mpfr_t size, const mpfr_t low) {
    MPFR_DECL_INIT(need, 64);
    mpfr_set_si(need, mpfr_get_exp(size) + 1, MPFR_RNDU);
    mpfr_mul_d(need, need, 0.7, MPFR_RNDU);
    return mpfr_cmp_ui(low, 40) >= 0 && mpfr_cmp(low, need) >= 0;
}

/* The weight's bound times (h X)^(p + 1), at e^-from besides. */
static void leave(lp_orders *o, mpfr_t bound, const mpfr_t from, const lp_focal_row *r,
                  const lp_expsum *beside) {
    MPFR_DECL_INIT(size, 64);
    MPFR_DECL_INIT(low, LP_ORDERS_REST);
    MPFR_DECL_INIT(x, 64);
    MPFR_DECL_INIT(y, LP_ORDERS_REST);
    lp_expsum_size(size, low, &r->rest);
    lp_expsum_size(x, y, beside);
    mpfr_add(size, size, x, MPFR_RNDU);
    mpfr_min(low, low, y, MPFR_RNDD);
    mpfr_set_d(x, r->gamma, MPFR_RNDU);
    mpfr_add_ui(x, x, 1, MPFR_RNDU);
    mpfr_mul(size, size, x, MPFR_RNDU);
    mpfr_mul_2ui(size, size, 1, MPFR_RNDU); /* h X e^low */
    o->fits = o->fits && is_far(size, low);
    mpfr_pow_ui(size, size, (unsigned long)o->p + 1, MPFR_RNDU);
    mpfr_mul(size, size, bound, MPFR_RNDU);
    mpfr_mul_si(low, low, o->p + 1, MPFR_RNDD);
    mpfr_add(low, low, from, MPFR_RNDD);
    lp_orders_leave_out(o, size, low);
}

/* 14 (D + 1) |alpha| */
static void leave_below(lp_orders *o, const mpfr_t alpha, const lp_focal_row *r) {
    MPFR_DECL_INIT(bound, 64);
    MPFR_DECL_INIT(x, 64);
    const lp_expsum none = {0};
    mpfr_abs(x, alpha, MPFR_RNDU);
    mpfr_add_ui(bound, r->depth, 1, MPFR_RNDU);
    mpfr_mul_ui(bound, bound, 14, MPFR_RNDU);
    mpfr_mul(bound, bound, x, MPFR_RNDU);
    mpfr_set_zero(x, 1);
    leave(o, bound, x, r, &none);
}

/* 6 |alpha| R^g */
static void leave_top(lp_orders *o, const mpfr_t alpha, const lp_focal_row *r,
                      const lp_expsum *power, const lp_expsum *beside) {
    MPFR_DECL_INIT(bound, 64);
    MPFR_DECL_INIT(size, 64);
    MPFR_DECL_INIT(low, LP_ORDERS_REST);
    lp_expsum_size(size, low, power);
    mpfr_abs(bound, alpha, MPFR_RNDU);
    mpfr_mul_ui(bound, bound, 6, MPFR_RNDU);
    mpfr_mul(bound, bound, size, MPFR_RNDU);
    leave(o, bound, low, r, beside);
}

/* ---- the label below the top ---- */

static void add_below(lp_orders *o, const mpfr_t alpha, lp_focal_row *r) {
    series a, log;
    mpfr_t g, c;
    unsigned long over = factorial(o->p) * factorial(o->p);
    mpfr_inits2(64, g, c, (mpfr_ptr)0);
    lp_dyadic_set(g, r->gamma);
    lp_dyadic_set(c, -r->gamma);
    quotient(&a, o->p, &r->others, g, &r->rest, c);
    logarithm(&log, o->p, &r->rest);
    lp_dyadic_mul(c, alpha, r->depth);
    take(o, c, &a, over);
    multiply(&a, &log);
    take(o, alpha, &a, over * LCM);
    leave_below(o, alpha, r);
    clear(&a);
    clear(&log);
    mpfr_clears(g, c, (mpfr_ptr)0);
}

/* e as a series, which has no other degree. */
static void share(series *s, int p, const lp_focal_row *r) {
    *s = (series){.p = p, .fits = true};
    add_one(&s->at[1], r->depth);
}

void lp_focal_add_grad(lp_orders *o, lp_focal_row *r, bool top) {
    series a, e, log;
    mpfr_t one, g, up, down;
    unsigned long over = factorial(o->p) * factorial(o->p);
    mpfr_inits2(64, one, g, up, down, (mpfr_ptr)0);
    lp_dyadic_set_int(one, 1);
    lp_dyadic_set(g, r->gamma);
    lp_dyadic_set(down, -r->gamma);
    lp_dyadic_sub(down, down, one);
    lp_dyadic_copy(up, g);
    if (!top) lp_dyadic_add(up, up, one);
    quotient(&a, o->p, &r->others, up, &r->rest, down);
    take(o, one, &a, over);
    clear(&a);
    lp_dyadic_sub(up, up, one);
    quotient(&a, o->p, &r->others, up, &r->rest, down);
    share(&e, o->p, r);
    multiply(&a, &e);
    lp_dyadic_mul(up, g, r->depth);
    take(o, up, &a, over);
    logarithm(&log, o->p, &r->rest);
    multiply(&a, &log);
    take(o, g, &a, over * LCM);
    leave_below(o, one, r);
    clear(&a);
    clear(&e);
    clear(&log);
    mpfr_clears(one, g, up, down, (mpfr_ptr)0);
}

/* ---- the label on top ---- */

/* power = R^g by multiplication. False: that is not to be had. */
static bool whole_power(lp_expsum *power, lp_expsum *r, double g) {
    MPFR_DECL_INIT(zero, 8);
    mpfr_set_zero(zero, 1);
    if (g != floor(g) || g > MOST_POWER) return false;
    add_one(power, zero);
    for (int i = 0; i < (int)g; i++)
        if (!lp_expsum_multiply(power, r)) return false;
    return true;
}

/* power = e^-gd and u = U, d the least depth and only one class's; r is sorted. */
static bool split_power(lp_expsum *power, lp_expsum *u, const lp_expsum *r, double g) {
    if (mpfr_cmp_ui(r->at[0].c, 1) != 0) return false;
    mpfr_t d;
    mpfr_init2(d, 64);
    lp_dyadic_mul_d(d, r->at[0].d, g);
    add_one(power, d);
    for (int64_t i = 1; i < r->count; i++) {
        lp_dyadic_sub(d, r->at[i].d, r->at[0].d);
        lp_expsum_add(u, r->at[i].c, d, 1);
    }
    mpfr_clear(d);
    return true;
}

static bool add_top(lp_orders *o, const mpfr_t alpha, lp_focal_row *r) {
    lp_expsum power = {0}, u = {0};
    series a, log;
    mpfr_t g, less;
    if (lp_expsum_zero(&r->rest)) return true;
    bool known = r->rest.count > 1 && whole_power(&power, &r->rest, r->gamma);
    if (!known) lp_expsum_clear(&power);
    if (!known && !split_power(&power, &u, &r->rest, r->gamma) &&
        !whole_power(&power, &r->rest, r->gamma)) {
        lp_expsum_clear(&power);
        return false;
    }
    mpfr_inits2(64, g, less, (mpfr_ptr)0);
    lp_dyadic_set(g, r->gamma);
    lp_dyadic_set(less, -r->gamma);
    quotient(&a, o->p, &u, g, &r->rest, less);
    logarithm(&log, o->p, &r->rest);
    multiply(&a, &log);
    multiply_all(&a, &power);
    take(o, alpha, &a, factorial(o->p) * factorial(o->p) * LCM);
    leave_top(o, alpha, r, &power, &u);
    clear(&a);
    clear(&log);
    lp_expsum_clear(&power);
    lp_expsum_clear(&u);
    mpfr_clears(g, less, (mpfr_ptr)0);
    return true;
}

bool lp_focal_add_loss(lp_orders *o, const mpfr_t alpha, lp_focal_row *r) {
    if (mpfr_zero_p(alpha)) return true;
    if (r->top) return add_top(o, alpha, r);
    add_below(o, alpha, r);
    return true;
}
