/* A row as ref/softrow.h has it, with one more scale: a = the largest logit, n of them, b = the
 * next smaller one,
 *
 *   e_j = exp(z_j - b)   T = sum of e_j below the top   w = exp(b - a)   R = w T   S = n + R
 *   p_j = e_j (w / S), top: 1 / S       1 - p_j, top with n = 1: R / S
 *   -log p_j = (a - z_j) + log S, top with n = 1: log1p(R)
 *
 * An operation on one logit z is the row (0, z): softplus(z) = -log p_0, log sigma(z) = log p_1,
 * sigma(z) = p_1, sigma'(z) = p_0 p_1, and bce_logits with y in {0, 1} is that row with label y.
 *
 * T is in [1, K), so its terms keep their precision however far the top is, and R, w are floating.
 * Rows whose participating logits are all equal, or that hold a NaN or a +inf, are declined: what
 * is left is transcendental (the theorem in softrow.h), so intervals are open. */
#include "ref/tier.h"

#include "core/memory.h"

#include <math.h>
#include <stdlib.h>

/* A class: its exponential below 2^0, or what needs none. */
enum { CLASS_ABSENT = 1, CLASS_TOP, CLASS_NEXT, CLASS_TINY };

struct lp_tier {
    const lp_case *c;
    double pair[2]; /* the row (0, z) of a scalar operation */
    int64_t at, k;  /* row in hand, -1: none; its classes */
    const double *z;
    int64_t label;
    bool taken, sampled, evaluated;
    double top, next;
    int64_t ties, below;             /* classes at the top, classes below it */
    lp_u128 *e;                      /* exp(z_j - next) 2^-k[j] in units of LP_EXP_UNIT */
    int *power;                      /* k[j] <= 0, or CLASS_* */
    lp_fixed r, inverse, scale, log; /* R, 1 / S, w / S, log S */
};

static bool scalar(const lp_case *c) {
    return lp_op_get(c->op)->scalar;
}

/* --- which row, and what of it ----------------------------------------------------------------
 */

static bool op_known(lp_op op) {
    static const lp_op known[] = {LP_OP_SOFTMAX_XENT, LP_OP_SOFTMAX, LP_OP_LOG_SOFTMAX,
                                  LP_OP_BCE_LOGITS,   LP_OP_SIGMOID, LP_OP_LOG_SIGMOID,
                                  LP_OP_SOFTPLUS};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i] == op) return true;
    return false;
}

static bool options_fit(const lp_case *c) {
    bool fit = c->reduction == LP_REDUCE_NONE && !c->in[LP_IN_UPSTREAM];
    return fit && c->set == 0;
}

lp_tier *lp_tier_new(const lp_case *c) {
    if (!op_known(c->op) || !options_fit(c) || c->n < 1) return NULL;
    /* One piece of memory: of a short row the allocations would cost as much as the arithmetic. */
    enum { EACH = sizeof(lp_u128) + sizeof(int), ROOM = sizeof(lp_tier) / EACH + 1 };
    int64_t k = scalar(c) ? 2 : c->k;
    lp_tier *t = lp_memory_resize(NULL, (size_t)k + ROOM, EACH);
    *t = (lp_tier){.c = c, .at = -1, .k = k, .e = (lp_u128 *)(t + 1)};
    t->power = (int *)(t->e + k);
    return t;
}

void lp_tier_free(lp_tier *t) {
    free(t);
}

/* The label's class must take part, or the loss is infinite; a soft target is none of the tier's.
 */
static bool label_of(int64_t *label, const lp_tier *t) {
    const lp_case *c = t->c;
    *label = 0;
    if (c->op == LP_OP_SOFTMAX_XENT) *label = c->label[t->at];
    if (c->op == LP_OP_BCE_LOGITS) {
        double y = c->in[LP_IN_TARGETS][t->at];
        if (y != 0 && y != 1) return false;
        *label = y == 1;
    }
    return c->op != LP_OP_SOFTMAX_XENT || t->z[*label] != -INFINITY;
}

/* Top and next value and how many classes lie where; false: declined. */
static bool survey(lp_tier *t) {
    double top = -INFINITY, next = -INFINITY;
    int64_t ties = 0, present = 0;
    for (int64_t j = 0; j < t->k; j++) {
        double z = t->z[j];
        if (!(z < INFINITY)) return false;
        present += z != -INFINITY;
        if (z < top) {
            if (z > next) next = z;
        } else if (z > top) {
            next = top;
            top = z;
            ties = 1;
        } else {
            ties++;
        }
    }
    t->top = top;
    t->next = next;
    t->ties = ties;
    t->below = present - ties;
    return next != -INFINITY;
}

static void open_row(lp_tier *t, int64_t at) {
    t->at = at;
    t->evaluated = false;
    if (scalar(t->c)) {
        t->pair[1] = t->c->in[LP_IN_LOGITS][at];
        t->z = t->pair;
    } else {
        t->z = t->c->in[LP_IN_LOGITS] + at * t->k;
    }
    t->taken = label_of(&t->label, t) && survey(t);
    t->sampled = t->taken && lp_tier_picks(t->z, t->k);
}

/* --- the row's numbers ------------------------------------------------------------------------
 */

/* exp(z - b) for z < b, or CLASS_TINY below exp(-LP_EXP_LEAST). */
static lp_u128 exp_below(int *power, double z, double b) {
    double l, h = lp_fixed_two_diff(&l, z, b);
    if (h >= -LP_EXP_LEAST) return lp_fixed_exp(power, h, l);
    *power = CLASS_TINY;
    return 0;
}

/* T. A term e 2^-k with k >= 1 is its integer shifted down: it lacks at most LP_EXP_EXCESS / 2 and
 * the shift's 1; a tiny one lacks less than 1; one at b is exact. 2^64 units of carry hold K < 2^63
 * terms below 2^128. */
static lp_fixed sum_exps(lp_tier *t) {
    lp_u128 low = 0;
    uint64_t high = 0, inexact = 0;
    for (int64_t j = 0; j < t->k; j++) {
        double z = t->z[j];
        lp_u128 term;
        if (z < t->next) {
            if (z == -INFINITY) {
                t->power[j] = CLASS_ABSENT;
                continue;
            }
            int power;
            t->e[j] = exp_below(&power, z, t->next);
            t->power[j] = power;
            term = power <= 0 ? lp_fixed_down(t->e[j], -power) : 0;
            inexact++;
        } else {
            t->power[j] = z == t->top ? CLASS_TOP : CLASS_NEXT;
            term = z == t->top ? 0 : (lp_u128)1 << -LP_EXP_UNIT;
        }
        low += term;
        high += low < term;
    }
    return lp_fixed_of_sum(high, low, inexact * (LP_EXP_EXCESS / 2 + 1), LP_EXP_UNIT);
}

/* (0, 2^(1-LP_EXP_LEAST)): exp of anything below -LP_EXP_LEAST, since 2^-1.44 LP_EXP_LEAST is less.
 */
static const lp_fixed tiny = {0, 1, 1 - LP_EXP_LEAST};

/* What is known to be less than 2^q has no upper end above it, e.g. exp(-1e-300), whose counted one
 * is. */
static void below_power(lp_fixed *a, int q) {
    int bits = q - a->e;
    if (bits > 128 || bits < 1) return;
    lp_u128 room = bits == 128 ? -a->m : ((lp_u128)1 << bits) - a->m;
    if (room < a->excess) a->excess = (uint64_t)room;
}

static void evaluate(lp_tier *t) {
    int power;
    lp_fixed sum = sum_exps(t);
    lp_fixed w = {exp_below(&power, t->next, t->top), LP_EXP_EXCESS, 0};
    w.e = power + LP_EXP_UNIT;
    w = power == CLASS_TINY ? tiny : lp_fixed_normal(w);
    below_power(&w, 0); /* b < a */
    t->r = lp_fixed_mul(sum, w);
    lp_fixed s = lp_fixed_add_int(t->r, t->ties);
    t->inverse = lp_fixed_inverse(s);
    t->scale = lp_fixed_mul(w, t->inverse);
    below_power(&t->scale, -1); /* p_b < p_a <= 1 - p_b */
    t->log = lp_fixed_log(s);
    /* R as precise as it is; beyond, log S is. */
    if (t->ties == 1 && t->r.e + 128 <= -14) t->log = lp_fixed_log1p(t->r);
    t->evaluated = true;
}

/* --- components -------------------------------------------------------------------------------
 */

/* p_j of a class below b, its power <= 0: by far most of them. */
static inline void span_below(lp_span *x, const lp_tier *t, int64_t j) {
    lp_u128 m = lp_fixed_mulhi(t->e[j], t->scale.m);
    uint64_t excess = t->scale.excess + LP_EXP_EXCESS + 1 + LP_FIXED_MUL_LOSS;
    int e = t->power[j] + LP_EXP_UNIT + t->scale.e + 128;
    *x = (lp_span){m, m + excess, e, false, false};
}

static bool span_p(lp_span *x, const lp_tier *t, int64_t j) {
    switch (t->power[j]) {
    case CLASS_ABSENT:
        *x = (lp_span){.zero = true};
        return true;
    case CLASS_TOP:
        return lp_span_set(x, t->inverse);
    case CLASS_NEXT:
        return lp_span_set(x, t->scale);
    case CLASS_TINY: /* p < exp(-LP_EXP_LEAST) */
        return lp_span_set(x, tiny);
    default:
        span_below(x, t, j);
        return true;
    }
}

/* 1 - p_j: R / S, or in units of 2^-127 where p_j <= 1/2. */
static bool span_rest(lp_span *x, const lp_tier *t, int64_t j) {
    if (t->power[j] == CLASS_TOP && t->ties == 1)
        return lp_span_set(x, t->below == 1 ? t->scale : lp_fixed_mul(t->r, t->inverse));
    lp_span p;
    if (!span_p(&p, t, j) || p.e > -127) return false;
    int s = -127 - p.e;
    lp_u128 one = (lp_u128)1 << 127;
    lp_u128 most = lp_fixed_down(p.hi - 1, s) + 1;
    *x = (lp_span){one - most, one - lp_fixed_down(p.lo, s), -127, false, false};
    return true;
}

/* d + log S, d = a - z_j > 0 exact up to the unit of 2^e: one that keeps d below 2^127 and log S
 * (below 2^6.5) in its place. d's floor lacks less than 2, the two of log S as much. */
static bool span_sum(lp_span *x, const lp_tier *t, double z) {
    double l, h = lp_fixed_two_diff(&l, t->top, z);
    if (!isfinite(h) || !isfinite(l)) return false; /* a - b or a step of TwoDiff overflows */
    int up = h < 64 ? 0 : ilogb(h) - 5, e = LP_LOG_UNIT + up;
    lp_u128 d = lp_fixed_of_double(h, -e) + lp_fixed_of_double(l, -e);
    int s = e - t->log.e; /* >= 0: LP_LOG_UNIT is the coarsest that log S comes in */
    lp_u128 lo = d + lp_fixed_down(t->log.m, s);
    *x = (lp_span){lo, lo + lp_fixed_down(t->log.excess, s) + 4, e, false, false};
    return true;
}

static bool span_loss(lp_span *x, const lp_tier *t, int64_t j) {
    if (t->power[j] == CLASS_TOP) return lp_span_set(x, t->log);
    return span_sum(x, t, t->z[j]);
}

/* --- the tier's questions ---------------------------------------------------------------------
 */

bool lp_tier_takes(lp_tier *t, lp_out out, int64_t at, int64_t j) {
    bool log = t->c->op == LP_OP_LOG_SOFTMAX;
    if ((log || t->c->op == LP_OP_SOFTMAX) && out != LP_OUT_VALUE) return false;
    if (t->c->in[LP_IN_V] && out != LP_OUT_VALUE) return false;
    if (t->at != at) open_row(t, at);
    return t->taken && !(log && t->z[j] == -INFINITY);
}

bool lp_tier_sampled(const lp_tier *t) {
    return t->sampled;
}

/* sigma' = p_0 p_1 < 1/4. */
static bool span_slope(lp_span *x, const lp_tier *t) {
    lp_fixed slope = lp_fixed_mul(t->inverse, t->scale);
    below_power(&slope, -2);
    return lp_span_set(x, slope);
}

static bool negated(lp_span *x, bool told) {
    x->negative = true;
    return told;
}

static bool span_of(lp_span *x, const lp_tier *t, lp_out out, int64_t j) {
    int64_t label = t->label;
    bool value = out == LP_OUT_VALUE;
    switch (t->c->op) {
    case LP_OP_SOFTMAX:
        return span_p(x, t, j);
    case LP_OP_LOG_SOFTMAX:
        return negated(x, span_loss(x, t, j));
    case LP_OP_SIGMOID: /* p_1, p_0 p_1 */
        return value ? span_p(x, t, 1) : span_slope(x, t);
    case LP_OP_LOG_SIGMOID:
        return value ? negated(x, span_loss(x, t, 1)) : span_p(x, t, 0);
    case LP_OP_SOFTPLUS:
        return value ? span_loss(x, t, 0) : span_p(x, t, 1);
    default:
        if (out == LP_OUT_LOSS) return span_loss(x, t, label);
        if (scalar(t->c)) j = 1;
        if (j != label) return span_p(x, t, j);
        return negated(x, span_rest(x, t, j));
    }
}

bool lp_tier_span(lp_span *x, lp_tier *t, lp_out out, int64_t j) {
    if (!t->evaluated) evaluate(t);
    return span_of(x, t, out, j);
}

int64_t lp_tier_round_row(double *x, lp_tier *t, lp_out out, int64_t at, int64_t len,
                          const lp_format *f, lp_rounding mode) {
    int64_t decided = 0;
    if (!lp_tier_takes(t, out, at, 0) || t->sampled) return 0;
    if (!t->evaluated) evaluate(t);
    bool log = t->c->op == LP_OP_LOG_SOFTMAX;
    bool shares = !scalar(t->c) &&
                  (out == LP_OUT_GRAD || t->c->op == LP_OP_SOFTMAX); /* p_j but at the label */
    for (int64_t j = 0; j < len; j++) {
        lp_span span;
        bool told = true;
        if (shares && t->power[j] <= 0 && j != t->label)
            span_below(&span, t, j);
        else
            told = !(log && t->z[j] == -INFINITY) && span_of(&span, t, out, j);
        told = told && lp_span_round(&x[j], &span, f, mode);
        if (!told) x[j] = NAN;
        decided += told;
    }
    return decided;
}
