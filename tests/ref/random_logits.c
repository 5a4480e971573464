/* Rows of logits and what the operations on softmax take beside them. */
#include "random_draws.h"

#include <math.h>

void random_draw_logits(lp_case *c, lp_rng *rng, int64_t label) {
    double *z = lp_case_alloc(c, LP_IN_LOGITS);
    int64_t families = RANDOM_FAMILIES;
    random_family[random_below(rng, families)](z, rng, c->k, label);
    for (int64_t j = 0; j < c->k; j++) z[j] = random_stored(c, z[j]);
    for (int64_t j = 0; random_below(rng, 6) == 0 && j < c->k; j++)
        if (j != label && random_below(rng, 3) == 0) z[j] = -INFINITY;
}

void random_draw_temperature(lp_case *c, lp_rng *rng) {
    static const double t[] = {0.5, 2, 0.7, 3, 100, 0x1p-7, 1, 0x1.9p+3};
    if (random_below(rng, 3) == 0) lp_case_set(c, LP_PARAM_TEMPERATURE, t[random_below(rng, 8)]);
}

/* Distributions, powers of two, one-hot rows, anything: targets of 0 under every mask. */
void random_draw_targets(lp_case *c, lp_rng *rng) {
    double *t = lp_case_alloc(c, LP_IN_TARGETS), *z = c->in[LP_IN_LOGITS], sum = 0;
    int64_t how = random_below(rng, 7), one = random_below(rng, c->k);
    for (int64_t j = 0; j < c->k; j++) sum += exp(z[j] - z[0]);
    for (int64_t j = 0; j < c->k; j++) {
        double p = exp(z[j] - z[0]) / sum;
        t[j] = how == 0   ? (j == one)
               : how == 1 ? 1.0 / (double)c->k
               : how == 2 ? ldexp(1, -(int)random_below(rng, 9))
               : how == 3 ? ldexp(lp_rng_unit(rng), (int)random_below(rng, 60) - 30)
               : how == 4 ? (p > 0 && p < 1 ? p : 0.25)
               : how == 5 ? (double)random_below(rng, 4)
                          : lp_rng_unit(rng);
        t[j] = z[j] == -INFINITY || random_below(rng, 9) == 0 ? 0 : random_stored(c, t[j]);
    }
}

void random_draw_focal_options(lp_case *c, lp_rng *rng) {
    static const double g[] = {2, 1, 0.5, 0, 5, 0x1p-20, 2.7, 100};
    if (random_below(rng, 9)) lp_case_set(c, LP_PARAM_GAMMA, g[random_below(rng, 8)]);
    int64_t how = random_below(rng, 4);
    if (how == 0) lp_case_set(c, LP_PARAM_ALPHA, random_below(rng, 5) ? 0.25 : -3);
    if (how != 1) return;
    double *a = lp_case_alloc(c, LP_IN_ALPHA);
    for (int64_t j = 0; j < c->k; j++)
        a[j] = random_stored(
            c, random_below(rng, 8) ? ldexp(lp_rng_unit(rng), (int)random_below(rng, 9) - 4) : 0);
}

/* Advantages alone, entropy alone, both, of either sign; the entropy's weight near the advantage.
 */
void random_draw_policy_options(lp_case *c, lp_rng *rng) {
    static const double a[] = {1, -1, 0, 0.5, -2, 0x1p-40, 3, 0.1};
    static const double b[] = {0.01, -1, 0, 0.5, 1, 0x1p40, -0x1p-60, 0.1};
    int64_t how = random_below(rng, 3);
    double x = random_below(rng, 2) ? a[random_below(rng, 8)] : 2 * lp_rng_normal(rng);
    if (how == 0) lp_case_set(c, LP_PARAM_ADVANTAGE, x);
    if (how == 1) lp_case_alloc(c, LP_IN_ADVANTAGE)[0] = x = random_stored(c, x);
    if (random_below(rng, 4) == 0) return;
    lp_case_set(c, LP_PARAM_ENTROPY_WEIGHT, random_below(rng, 4) ? b[random_below(rng, 8)] : x);
}

/* A teacher of any kind, or near the student, or the student moved or turned round; masked wherever
 * the student is. */
void random_draw_distill(lp_case *c, lp_rng *rng, int64_t label) {
    static const double mix[] = {0, 1, 0.5, 0.1, 0.9, 0x1p-30};
    double *z = c->in[LP_IN_LOGITS], *y = lp_case_alloc(c, LP_IN_TEACHER);
    int64_t how = random_below(rng, 8), families = RANDOM_FAMILIES;
    double far = ldexp(1, (int)random_below(rng, 12));
    random_family[random_below(rng, families)](y, rng, c->k, label);
    if (how > 5)
        random_top_group(z, rng, c->k, label); /* agreeing on top but for a shift, or turned */
    for (int64_t j = 0; j < c->k; j++) {
        if (how == 0) y[j] = z[j];
        if (how == 1) y[j] = z[j] + far;
        if (how == 2 || how == 7) y[j] = z[c->k - 1 - j];
        if (how == 3) y[j] = z[j] * (1 + ldexp((double)random_below(rng, 9) - 4, -30));
        if (how == 6) y[j] = z[j] * (1 + ldexp((double)random_below(rng, 3) - 1, -20)) + far;
        y[j] = random_stored(c, y[j]);
        if (z[j] == -INFINITY) y[j] = -INFINITY;
        if (y[j] == -INFINITY && z[j] != -INFINITY) y[j] = 0;
    }
    random_draw_temperature(c, rng);
    if (random_below(rng, 4)) lp_case_set(c, LP_PARAM_MIX, mix[random_below(rng, 6)]);
    if (random_below(rng, 2)) lp_case_set(c, LP_PARAM_FORM, (double)random_below(rng, 2));
    if (how != 7 || random_below(rng, 4) == 0) return;
    lp_case_set(c, LP_PARAM_MIX, 0); /* the student's classes at d / T alone, not at d */
    lp_case_set(c, LP_PARAM_FORM, 1);
    lp_case_set(c, LP_PARAM_TEMPERATURE, ldexp(1, -1 - (int)random_below(rng, 3)));
}

/* All logits far beyond the cap, on one side or on either, and targets that are all 1/K: the
 * gradient is what the cap leaves of the differences. */
static void draw_saturated(lp_case *c, lp_rng *rng) {
    double *z = c->in[LP_IN_LOGITS], cap = ldexp(1, (int)random_below(rng, 24) - 4);
    double base = cap * ldexp(1 + lp_rng_unit(rng), 3 + (int)random_below(rng, 66));
    bool either = random_below(rng, 3) == 0, below_zero = random_below(rng, 2);
    for (int64_t j = 0; j < c->k; j++) {
        double x = base * (1 + ldexp((double)random_below(rng, 5), -(int)random_below(rng, 20)));
        z[j] = random_stored(c, (either ? random_below(rng, 2) : below_zero) ? -x : x);
        if (random_below(rng, 12) == 0) z[j] = copysign(INFINITY, z[j]);
    }
    lp_case_set(c, LP_PARAM_SOFTCAP, cap);
    lp_case_set(c, LP_PARAM_SMOOTHING, 1);
    lp_case_set(c, LP_PARAM_SMOOTHING_RULE, 0);
}

/* A -inf logit wants W = 0 there, so masks and smoothing only meet through weights of 0. */
void random_draw_xent_options(lp_case *c, lp_rng *rng) {
    static const double e[] = {0.1, 0.5, 0x1p-30, 1, 0x1p-1000, 0.999999999};
    double *z = c->in[LP_IN_LOGITS];
    random_draw_temperature(c, rng);
    if (random_below(rng, 2) == 0) {
        lp_case_set(c, LP_PARAM_SMOOTHING, e[random_below(rng, 6)]);
        if (random_below(rng, 2) && c->op == LP_OP_SOFTMAX_XENT)
            lp_case_set(c, LP_PARAM_SMOOTHING_RULE, (double)random_below(rng, 2));
    }
    if (random_below(rng, 3) == 0) {
        double *w = lp_case_alloc(c, LP_IN_WEIGHTS);
        for (int64_t j = 0; j < c->k; j++)
            w[j] = random_stored(c, random_below(rng, 8)
                                        ? ldexp(lp_rng_unit(rng), (int)random_below(rng, 9) - 4)
                                        : 0);
    }
    static const double l[] = {0x1p-13, 1e-4, 0.5, 3, 0},
                        cap[] = {30, 50, 1, 0x1p-4, 0x1p20, 1e300};
    if (random_below(rng, 4) == 0) lp_case_set(c, LP_PARAM_Z_LOSS, l[random_below(rng, 5)]);
    if (random_below(rng, 4) == 0) lp_case_set(c, LP_PARAM_SOFTCAP, cap[random_below(rng, 6)]);
    if (c->op == LP_OP_SOFTMAX_XENT && random_below(rng, 12) == 0) draw_saturated(c, rng);
    double *w = c->in[LP_IN_WEIGHTS];
    for (int64_t j = 0; j < c->k; j++)
        if (z[j] == -INFINITY && lp_case_param(c, LP_PARAM_SMOOTHING) != 0 && !(w && w[j] == 0))
            z[j] = -1;
}

/* A tied top group with v = +-1 in it, and below it, at gap and twice the gap, what cancels the
 * first order of the product: n^2 (v_j - v_k) = 2 n A_j for j = 0. */
static void draw_cancelling(lp_case *c, lp_rng *rng) {
    double *z = c->in[LP_IN_LOGITS], *v = lp_case_alloc(c, LP_IN_V), sum = 0;
    double gap = ldexp(1, 5 + (int)random_below(rng, 60));
    int64_t n = 1 + random_below(rng, c->k < 4 ? c->k : 4);
    for (int64_t j = 0; j < n; j++) sum += v[j] = random_below(rng, 2) ? 1 : -1;
    for (int64_t j = 0; j < c->k; j++) {
        z[j] = j < n ? 0 : -gap * (1 + (double)random_below(rng, 2));
        if (j >= n) v[j] = random_stored(c, v[0] - 2 * (v[0] - sum / (double)n));
        if (j >= n && random_below(rng, 4) == 0)
            v[j] = random_stored(c, v[j] + (double)random_below(rng, 3) - 1);
    }
}

/* A tied top group and targets that cancel the first order of the slope of class 0 in it: of a
 * class below, 2 T - 1 - n t_0 - n t_k. What is left is of second order, at twice the gap or below.
 */
void random_draw_cancelling_targets(lp_case *c, lp_rng *rng) {
    double *z = c->in[LP_IN_LOGITS], *t = c->in[LP_IN_TARGETS], sum = 0;
    double gap = ldexp(1, 5 + (int)random_below(rng, 60));
    int64_t n = (int64_t)1 << random_below(rng, c->k < 4 ? 2 : 3);
    if (n > c->k) n = c->k;
    for (int64_t j = 0; j < n; j++) sum += t[j] = (double)random_below(rng, 5) / 4;
    for (int64_t j = 0; j < c->k; j++) {
        z[j] = j < n ? 0 : -gap * (1 + (double)random_below(rng, 2));
        if (j >= n) t[j] = random_stored(c, fmax(0, (2 * sum - 1) / (double)n - t[0]));
    }
}

/* In bits next to a rational number: 2^k classes on top have the targets' sum between them, the
 * others nothing. */
void random_draw_rational_bits(lp_case *c, lp_rng *rng) {
    double *z = c->in[LP_IN_LOGITS], gap = ldexp(1, 5 + (int)random_below(rng, 60));
    int64_t n = c->k - 1;
    for (int64_t j = 0; j < c->k; j++) z[j] = j == c->label[0] ? -gap : 0;
    lp_case_set(c, LP_PARAM_SMOOTHING, 1);
    lp_case_set(c, LP_PARAM_SMOOTHING_RULE, 1);
    lp_case_set(c, LP_PARAM_Z_LOSS,
                ldexp(1 + (double)random_below(rng, 3), -(int)random_below(rng, 9)));
    if (random_below(rng, 2))
        lp_case_set(c, LP_PARAM_TEMPERATURE, 0.5 * (double)(1 + random_below(rng, 4)));
    lp_case_set(c, LP_PARAM_BASE, n > 1);
}

void random_draw_cotangent(lp_case *c, lp_rng *rng) {
    if (c->op == LP_OP_SOFTMAX && random_below(rng, 8) == 0) {
        draw_cancelling(c, rng);
        return;
    }
    double *v = lp_case_alloc(c, LP_IN_V);
    int64_t how = random_below(rng, 4), len = lp_case_in_len(c, LP_IN_V);
    double base = random_stored(c, 3 * lp_rng_normal(rng));
    for (int64_t j = 0; j < len; j++)
        v[j] = how == 0   ? base
               : how == 1 ? random_stored(c, lp_rng_normal(rng))
               : how == 2 ? (double)random_below(rng, 3) - 1
                          : random_stored(c, base * (1 + ldexp((double)random_below(rng, 5), -20)));
}
