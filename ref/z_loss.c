/* softmax_xent with z_loss l: the row of softmax_xent.c and l LSE(u)^2.
 *
 * Write T LSE(u) = U + Y, U exact: U = z_a, Y = T log S, or behind a cap s U = s times the level of
 * tanh(z_a / s), Y = s (tanh(z_a / s) - level) + T log S. Over Q T^2,
 *
 *   loss    T D + l Q U^2  +  [T G + C T (T log S) + l Q Y (2 U + Y)]
 *   grad_j  -V_j T + p_j (C T + 2 l Q U + 2 l Q Y),   times the cap's slope
 *
 * with D, G the exact part and the rest of sum V_j (u_a - u_j) T. Without a cap Y = T log S is a
 * factor of the bracket, so that its sign is known however small log S is. With H = 2 l Q T,
 * B = C T + 2 l Q U and x = R / S, of which 1 - x is n times the share of one of n = 2^k top
 * classes and log S = k ln 2 - ln(1 - x), n times the gradient is
 *
 *   grad_a  (B - n V_a T) + H k ln 2  +  [-H (1 - x) ln(1 - x) - x (B + H k ln 2)],
 *
 * rational in bits, where B = n V_a T, but for the bracket, whose sign for tiny x follows from 1 -
 * x < -(1 - x) ln(1 - x) / x < 1: it is x times what lies between H (1 - x) - B' and H - B', B' = B
 * + H k ln 2, which is irrational for k > 0, so that some precision tells. In nats that is of use
 * for one top class only, since k ln 2 is no rational number. All of this needs Y = T log S and no
 * more: without a cap, or with z_a = 0 behind one, where tanh(z_a / s) is its level and the slope
 * is 1. (Elsewhere the slope, or U, is a factor as irrational as tanh(z_a / s).)
 *
 * The loss is transcendental where two classes take part or more: a number of A + B L + l L^2, l >
 * 0, that were algebraic would make L = log S algebraic (softrow.h). With one class it is rational.
 * That the gradient is irrational where log S is follows from Schanuel's conjecture only, but for
 * equal logits, where p = 1/n and log S = ln n: in bits, with n a power of two, that is rational.
 */
#include "ref/softmax_xent.h"

#include "ref/dyadic.h"
#include "ref/softcap.h"
#include "ref/softrow.h"

#include <math.h>

double lp_z_loss(const lp_case *c) {
    return lp_case_param(c, LP_PARAM_Z_LOSS);
}

/* U into r. */
static void set_base(mpfr_t r, const lp_scope *s, const lp_row *row) {
    double top = lp_softrow_logits(s, row)[row->top], cap = lp_softrow_cap(s);
    lp_dyadic_set(r, cap == 0 ? top : cap * lp_softcap_level(top, cap));
}

/* T u_a = U: Y is T log S. */
static bool top_exact(const lp_scope *s, const lp_row *row) {
    return lp_softrow_cap(s) == 0 || lp_softrow_logits(s, row)[row->top] == 0;
}

/* Y. */
void lp_z_loss_evaluate(lp_scope *s, lp_row *row) {
    double cap = lp_softrow_cap(s), t = lp_softrow_temperature(s);
    lp_iv *y = &row->iv[LP_XENT_IV_LSE], *rest = &s->iv[0];
    mpfr_mul_d(y->lo, row->iv[LP_SOFT_LOG].lo, t, MPFR_RNDD);
    mpfr_mul_d(y->hi, row->iv[LP_SOFT_LOG].hi, t, MPFR_RNDU);
    if (cap == 0) return;
    lp_iv_set_prec(rest, row->prec);
    lp_softcap_rest(rest, lp_softrow_logits(s, row)[row->top], cap);
    mpfr_mul_d(rest->lo, rest->lo, cap, MPFR_RNDD);
    mpfr_mul_d(rest->hi, rest->hi, cap, MPFR_RNDU);
    lp_iv_add(y, y, rest);
}

/* 2 l Q, exact. */
static void set_twice(mpfr_t r, const lp_scope *s) {
    lp_dyadic_mul_d(r, s->con[LP_XENT_Q], lp_z_loss(s->c));
    lp_dyadic_mul_d(r, r, 2);
}

/* 2 l Q LSE(u) to a few digits. */
long double lp_z_loss_slope(const lp_scope *s, const lp_row *row) {
    double cap = lp_softrow_cap(s), top = lp_softrow_logits(s, row)[row->top];
    long double u = cap == 0 ? top : (long double)cap * lp_softcap_level(top, cap);
    u += mpfr_get_ld(row->iv[LP_XENT_IV_LSE].hi, MPFR_RNDN);
    long double q = mpfr_get_ld(s->con[LP_XENT_Q], MPFR_RNDN);
    return 2 * lp_z_loss(s->c) * q * u / lp_softrow_temperature(s);
}

/* C T. */
static void set_linear(mpfr_t r, const lp_scope *s, const lp_row *row) {
    lp_dyadic_mul_d(r, row->x[LP_XENT_X_C], lp_softrow_temperature(s));
}

/* B = C T + 2 l Q U; `other` is scratch. */
static void set_whole(mpfr_t r, mpfr_t other, const lp_scope *s, const lp_row *row) {
    set_base(r, s, row);
    set_twice(other, s);
    lp_dyadic_mul(r, r, other);
    set_linear(other, s, row);
    lp_dyadic_add(r, r, other);
}

static void divide(lp_enclosure *x, const lp_scope *s) {
    lp_dyadic_mul_d(x->b, s->con[LP_XENT_QT], lp_softrow_temperature(s));
    x->unit = mpfr_cmp_ui(x->b, 1) == 0;
}

static bool none(const lp_iv *x) {
    return mpfr_zero_p(x->lo) && mpfr_zero_p(x->hi);
}

/* r = l Q (2 U + Y). */
static void square_factor(lp_iv *r, lp_scope *s, const lp_row *row) {
    mpfr_t *u = &s->work[0];
    lp_iv_set_prec(r, row->prec);
    set_base(*u, s, row);
    lp_dyadic_mul_d(*u, *u, 2);
    lp_iv_shift(r, &row->iv[LP_XENT_IV_LSE], *u);
    lp_dyadic_mul_d(*u, s->con[LP_XENT_Q], lp_z_loss(s->c));
    lp_iv_scale(r, r, *u);
}

/* The bracket: with Y = T log S as a factor; behind a cap term by term. */
static void loss_rest(lp_enclosure *x, lp_scope *s, lp_row *row) {
    const lp_iv *y = &row->iv[LP_XENT_IV_LSE];
    lp_iv *factor = &s->iv[0], *part = &s->iv[1];
    square_factor(factor, s, row);
    set_linear(s->work[0], s, row);
    if (lp_softrow_cap(s) == 0) {
        lp_iv_shift(factor, factor, s->work[0]);
        lp_iv_mul_nonneg(&x->r, factor, y);
        return;
    }
    lp_iv_mul(&x->r, factor, y);
    lp_iv_set_prec(part, row->prec);
    lp_dyadic_mul_d(s->work[0], s->work[0], lp_softrow_temperature(s));
    lp_iv_scale(part, &row->iv[LP_SOFT_LOG], s->work[0]);
    lp_iv_add(&x->r, &x->r, part);
    lp_dyadic_set(s->work[0], lp_softrow_temperature(s));
    lp_iv_scale(part, &row->iv[LP_XENT_IV_CAP], s->work[0]);
    lp_iv_add(&x->r, &x->r, part);
}

void lp_z_loss_enclose(lp_enclosure *x, lp_scope *s, lp_row *row) {
    mpfr_t *u = &s->work[0];
    divide(x, s);
    set_base(*u, s, row);
    lp_dyadic_mul(*u, *u, *u);
    lp_dyadic_mul_d(*u, *u, lp_z_loss(s->c));
    lp_dyadic_mul(*u, *u, s->con[LP_XENT_Q]);
    lp_dyadic_mul_d(x->a, row->x[LP_XENT_X_SHIFT], lp_softrow_temperature(s));
    lp_dyadic_add(x->a, x->a, *u);
    x->whole = row->count == 1 && none(&row->iv[LP_XENT_IV_LSE]);
    if (!x->whole) loss_rest(x, s, row);
}

/* r = B + H k ln 2. */
static void set_with_log2(lp_iv *r, lp_scope *s, const mpfr_t b, int k) {
    mpfr_t *h = &s->work[2];
    set_twice(*h, s);
    lp_dyadic_mul_d(*h, *h, lp_softrow_temperature(s));
    lp_dyadic_mul_d(*h, *h, k);
    mpfr_const_log2(r->lo, MPFR_RNDD);
    mpfr_const_log2(r->hi, MPFR_RNDU);
    lp_iv_scale(r, r, *h);
    lp_iv_shift(r, r, b);
}

/* r = T (log S - k ln 2), 2^k the top group's classes; k = 0: Y. */
static void set_log(lp_iv *r, const lp_scope *s, const lp_row *row, int k) {
    double t = lp_softrow_temperature(s);
    lp_iv_set_prec(r, row->prec);
    if (k == 0) {
        lp_iv_set(r, &row->iv[LP_XENT_IV_LSE]);
        return;
    }
    lp_softrow_log_odd(r, s, row);
    mpfr_mul_d(r->lo, r->lo, t, MPFR_RNDD);
    mpfr_mul_d(r->hi, r->hi, t, MPFR_RNDU);
}

/* The bracket of one of n = 2^k top classes; k = 0 where Y is more than T log S. */
static void top_rest(lp_enclosure *x, lp_scope *s, lp_row *row, int k) {
    const lp_iv *share = &row->iv[LP_SOFT_Q];
    lp_iv *part = &s->iv[0], *rest = &s->iv[1], whole;
    mpfr_t *h = &s->work[0], *b = &s->work[1];
    lp_iv_init(&whole, row->prec);
    lp_iv_set_prec(part, row->prec);
    set_twice(*h, s);
    set_whole(*b, s->work[2], s, row);
    set_with_log2(&whole, s, *b, k); /* B' */
    set_log(rest, s, row, k);
    mpfr_ui_sub(part->lo, 1, share->hi, MPFR_RNDD);
    mpfr_ui_sub(part->hi, 1, share->lo, MPFR_RNDU);
    lp_iv_mul_nonneg(&x->r, rest, part);
    lp_iv_scale(&x->r, &x->r, *h);
    lp_iv_mul_nonneg(rest, &whole, share);
    lp_iv_neg(rest);
    lp_iv_add(&x->r, &x->r, rest);
    if (lp_iv_straddles(&x->r) && top_exact(s, row)) {
        lp_dyadic_mul_d(*h, *h, lp_softrow_temperature(s)); /* H */
        mpfr_mul(rest->lo, part->lo, *h, MPFR_RNDD);
        mpfr_set(rest->hi, *h, MPFR_RNDU);
        mpfr_sub(rest->lo, rest->lo, whole.hi, MPFR_RNDD);
        mpfr_sub(rest->hi, rest->hi, whole.lo, MPFR_RNDU);
        if (k == 0 && mpfr_equal_p(*h, *b)) mpfr_set_zero(rest->hi, 1);
        lp_iv_mul_nonneg(&x->r, rest, share);
    }
    lp_iv_clear(&whole);
}

/* Of n = 2^k o top classes: over n Q T^2, a = C T + 2 l Q U - n V_j T (-V_j T on entry) and H k of
 * ln 2. */
static void set_equals(lp_enclosure *x, lp_scope *s, const lp_row *row, int k) {
    mpfr_t *n = &s->work[0], *h = &s->work[2];
    lp_dyadic_set_int(*n, row->ties);
    lp_dyadic_mul(x->a, x->a, *n);
    lp_dyadic_mul(x->b, x->b, *n);
    x->unit = mpfr_cmp_ui(x->b, 1) == 0;
    set_whole(*n, *h, s, row);
    lp_dyadic_add(x->a, x->a, *n);
    set_twice(*h, s);
    lp_dyadic_mul_d(*h, *h, lp_softrow_temperature(s));
    lp_dyadic_set_int(x->two, k);
    lp_dyadic_mul(x->two, x->two, *h);
}

/* In bits, all logits equal and, behind a cap, 0: H ln o beside what is apart. */
static void equal_grad_bits(lp_enclosure *x, lp_scope *s, const lp_row *row) {
    int k = __builtin_ctzll((unsigned long long)row->ties);
    mpfr_t *h = &s->work[2];
    set_equals(x, s, row, k);
    x->whole = row->ties >> k == 1;
    if (x->whole) return;
    set_twice(*h, s);
    lp_dyadic_mul_d(*h, *h, lp_softrow_temperature(s));
    mpfr_log_ui(x->r.lo, (unsigned long)(row->ties >> k), MPFR_RNDD);
    mpfr_log_ui(x->r.hi, (unsigned long)(row->ties >> k), MPFR_RNDU);
    lp_iv_scale(&x->r, &x->r, *h);
}

/* a = -V_j on entry; before the cap's slope. */
void lp_z_loss_enclose_grad(lp_enclosure *x, lp_scope *s, lp_row *row, int64_t j) {
    int k = __builtin_ctzll((unsigned long long)row->ties);
    bool alone = row->near == row->ties; /* nothing else is nearly equal behind a cap */
    bool paired = s->bits && row->ties >> k == 1 && alone && top_exact(s, row);
    bool apart = (row->ties == 1 || paired) && lp_softrow_tops(s, row, j);
    const lp_iv *y = &row->iv[LP_XENT_IV_LSE];
    lp_iv *inner = &s->iv[1];
    divide(x, s);
    lp_dyadic_mul_d(x->a, x->a, lp_softrow_temperature(s));
    x->whole = lp_softrow_absent(s, row, j);
    if (x->whole) return;
    if (s->bits && row->equal && top_exact(s, row)) {
        equal_grad_bits(x, s, row);
        return;
    }
    if (apart) {
        set_equals(x, s, row, k);
        x->whole = row->count == 1 && none(y);
        if (!x->whole) top_rest(x, s, row, k);
        return;
    }
    lp_iv_set_prec(inner, row->prec);
    set_twice(s->work[0], s);
    lp_iv_scale(inner, y, s->work[0]);
    set_whole(s->work[0], s->work[1], s, row);
    lp_iv_shift(inner, inner, s->work[0]);
    lp_iv *p = &s->iv[0];
    lp_iv_set_prec(p, row->prec);
    lp_softrow_p(p, s, row, j);
    lp_iv_mul_nonneg(&x->r, inner, p);
}
