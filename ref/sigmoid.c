/* sigmoid, log_sigmoid, softplus and the products of their slopes with a cotangent v (1 where it is
 * absent). With w = exp(-|z|), L = log1p(w), V = w / (1 + w):
 *
 *                z > 0           z < 0        slope, z > 0    z < 0
 *   sigmoid      1 - V           V            w / (1 + w)^2   the same
 *   log_sigmoid  -L              z - L        V               1 - V
 *   softplus     z + L           L            1 - V           V
 *
 * The parts without w are exact, the rest is transcendental for z /= 0 (logistic.h; V - V^2 is
 * algebraic only where V is). At z = 0 sigma is 1/2 and every slope rational. Far from 0 the rest
 * is below anything: 800 + L is just above 800, and its side is all that matters. */
#include "ref/logistic.h"

#include "ref/dyadic.h"

#include <math.h>

/* row->iv */
enum { LOG, SHARE, SLOPE };

static double logit(const lp_scope *s, const lp_row *row) {
    return s->c->in[LP_IN_LOGITS][row->at];
}

static double cotangent(const lp_scope *s, const lp_row *row) {
    const double *v = s->c->in[LP_IN_V];
    return v ? v[row->at] : 1;
}

static void open_row(lp_scope *s, lp_row *row) {
    (void)s, (void)row; /* nothing to find once: the row is one component */
}

/* The logit at which the slope is 1 - V rather than V: positive (1), negative (-1), never (0). */
static int near_one(lp_op op) {
    return op == LP_OP_SOFTPLUS ? 1 : op == LP_OP_LOG_SIGMOID ? -1 : 0;
}

/* Limit of the slope at an infinite logit: 0 or 1. */
static int slope_at_infinity(lp_op op, double z) {
    return near_one(op) != 0 && (z > 0) == (near_one(op) > 0);
}

/* An infinite cotangent gives the IEEE product with the slope, which is positive for finite z. */
static lp_kind slope_kind(lp_op op, double z, double v) {
    if (isnan(v)) return LP_KIND_NAN;
    if (isfinite(v)) return LP_KIND_NUMBER;
    if (isinf(z) && !slope_at_infinity(op, z)) return LP_KIND_NAN;
    return v > 0 ? LP_KIND_PINF : LP_KIND_NINF;
}

static lp_kind kind(const lp_scope *s, const lp_row *row, lp_out out, int64_t j) {
    double z = logit(s, row);
    lp_op op = s->c->op;
    (void)j;
    if (isnan(z)) return LP_KIND_NAN;
    if (out == LP_OUT_GRAD) return slope_kind(op, z, cotangent(s, row));
    if (op == LP_OP_SOFTPLUS && z == INFINITY) return LP_KIND_PINF;
    return op == LP_OP_LOG_SIGMOID && z == -INFINITY ? LP_KIND_NINF : LP_KIND_NUMBER;
}

static void evaluate(lp_scope *s, lp_row *row) {
    lp_iv *w = &s->iv[0];
    if (!isfinite(logit(s, row))) return; /* kind and enclose need no value */
    lp_iv_set_prec(w, row->prec);
    for (int i = LOG; i <= SLOPE; i++) lp_iv_set_prec(&row->iv[i], row->prec);
    lp_logistic_exp(w, s->work[0], logit(s, row));
    lp_logistic_log(&row->iv[LOG], w);
    lp_logistic_share(&row->iv[SHARE], w);
    if (s->c->op == LP_OP_SIGMOID) lp_logistic_slope(&row->iv[SLOPE], w);
}

static void enclose_value(lp_enclosure *x, const lp_scope *s, const lp_row *row) {
    double z = logit(s, row);
    lp_op op = s->c->op;
    x->whole = isinf(z);
    x->minus = op == LP_OP_LOG_SIGMOID && z == INFINITY;
    if (op == LP_OP_SIGMOID) {
        lp_dyadic_set(x->a, z > 0 ? 1 : z == 0 ? 0.5 : 0);
        x->whole = x->whole || z == 0;
    } else if (isfinite(z) && (z > 0) == (op == LP_OP_SOFTPLUS)) {
        lp_dyadic_set(x->a, z);
    }
    if (x->whole) return;
    lp_iv_set(&x->r, &row->iv[op == LP_OP_SIGMOID ? SHARE : LOG]);
    if (op == LP_OP_LOG_SIGMOID || (op == LP_OP_SIGMOID && z > 0)) lp_iv_neg(&x->r);
}

static void enclose_slope(lp_enclosure *x, lp_scope *s, const lp_row *row) {
    double z = logit(s, row), v = cotangent(s, row);
    lp_op op = s->c->op;
    bool complement = near_one(op) != 0 && (z > 0) == (near_one(op) > 0) && z != 0;
    x->whole = v == 0 || z == 0 || isinf(z);
    if (v == 0) return;
    lp_dyadic_set(s->work[0], v);
    if (complement) lp_dyadic_copy(x->a, s->work[0]);
    if (z == 0) lp_dyadic_mul_d(x->a, s->work[0], op == LP_OP_SIGMOID ? 0.25 : 0.5);
    if (x->whole) return;
    lp_iv_scale(&x->r, &row->iv[op == LP_OP_SIGMOID ? SLOPE : SHARE], s->work[0]);
    if (complement) lp_iv_neg(&x->r);
}

static void enclose(lp_enclosure *x, lp_scope *s, lp_row *row, lp_out out, int64_t j) {
    (void)j;
    if (out == LP_OUT_GRAD)
        enclose_slope(x, s, row);
    else
        enclose_value(x, s, row);
}

/* |z| times the slope. */
static long double sensitivity(lp_scope *s, lp_row *row, lp_out out, int64_t j) {
    double z = logit(s, row);
    lp_op op = s->c->op;
    (void)j;
    if (out != LP_OUT_VALUE || !isfinite(z)) return 0;
    long double share = mpfr_get_ld(row->iv[op == LP_OP_SIGMOID ? SLOPE : SHARE].hi, MPFR_RNDN);
    bool complement = near_one(op) != 0 && (z > 0) == (near_one(op) > 0);
    return fabsl((long double)z) * (complement ? 1 - share : share);
}

const lp_family lp_family_sigmoid = {
    .open = open_row,
    .kind = kind,
    .evaluate = evaluate,
    .enclose = enclose,
    .bound = lp_bound_sigmoid,
    .sensitivity = sensitivity,
};
