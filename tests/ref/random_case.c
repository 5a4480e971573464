#include "random_case.h"

#include "core/format.h"

#include <math.h>

static int64_t below(lp_rng *rng, int64_t n) {
    return (int64_t)lp_rng_below(rng, (uint64_t)n);
}

static double stored(const lp_case *c, double x) {
    return lp_format_round(lp_format_get(c->format), x);
}

/* --- logits ------------------------------------------------------------------------------------
 */

typedef void (*logit_family)(double *z, lp_rng *rng, int64_t k, int64_t label);

static void normal(double *z, lp_rng *rng, int64_t k, double sd) {
    for (int64_t j = 0; j < k; j++) z[j] = sd * lp_rng_normal(rng);
}
static void ordinary(double *z, lp_rng *rng, int64_t k, int64_t label) {
    (void)label;
    normal(z, rng, k, below(rng, 2) ? 3 : 30);
}
static void scaled(double *z, lp_rng *rng, int64_t k, int64_t label) {
    (void)label;
    normal(z, rng, k, ldexp(1, (int)below(rng, 40) - 31));
}
/* 1e-300: p is 1/K but for the 1000th bit. */
static void tiny(double *z, lp_rng *rng, int64_t k, int64_t label) {
    (void)label;
    normal(z, rng, k, ldexp(1, -1070 + (int)below(rng, 900)));
}
static void few_ulp(double *z, lp_rng *rng, int64_t k, int64_t label) {
    (void)label;
    double base = ldexp(1 + lp_rng_unit(rng), (int)below(rng, 11));
    for (int64_t j = 0; j < k; j++) z[j] = base * (1 + ldexp((double)below(rng, 7) - 3, -52));
}
static void offset(double *z, lp_rng *rng, int64_t k, int64_t label) {
    (void)label;
    double base = ldexp(1, (int)below(rng, 60));
    normal(z, rng, k, 2);
    for (int64_t j = 0; j < k; j++) z[j] += base;
}
static void confident(double *z, lp_rng *rng, int64_t k, int64_t label) {
    double gap = ldexp(1 + lp_rng_unit(rng), (int)below(rng, 11));
    normal(z, rng, k, 1);
    z[label] += below(rng, 2) ? gap : -gap;
}
/* Losses and gradients that end as subnormals: gaps of 700 to 760. */
static void underflow(double *z, lp_rng *rng, int64_t k, int64_t label) {
    normal(z, rng, k, 10);
    z[label] = 730 + 20 * lp_rng_normal(rng);
}
static void ties(double *z, lp_rng *rng, int64_t k, int64_t label) {
    (void)label;
    double a = 4 * lp_rng_normal(rng), b = below(rng, 2) ? a : 2 * lp_rng_normal(rng);
    for (int64_t j = 0; j < k; j++) z[j] = below(rng, 2) ? a : b;
}
/* A tied top group and the rest below it by 1 to 2^60: p is 1/n less next to nothing. */
static void top_group(double *z, lp_rng *rng, int64_t k, int64_t label) {
    (void)label;
    double gap = ldexp(1, (int)below(rng, 60));
    for (int64_t j = 0; j < k; j++) z[j] = below(rng, 2) ? 0 : -gap * (1 + (double)below(rng, 2));
}
static void integers(double *z, lp_rng *rng, int64_t k, int64_t label) {
    (void)label;
    for (int64_t j = 0; j < k; j++) z[j] = (double)below(rng, 80) - 40;
}
static const logit_family family[] = {ordinary,  scaled,    tiny, few_ulp,   offset,
                                      confident, underflow, ties, top_group, integers};

static void draw_logits(lp_case *c, lp_rng *rng, int64_t label) {
    double *z = lp_case_alloc(c, LP_IN_LOGITS);
    int64_t families = (int64_t)(sizeof family / sizeof *family);
    family[below(rng, families)](z, rng, c->k, label);
    for (int64_t j = 0; j < c->k; j++) z[j] = stored(c, z[j]);
    for (int64_t j = 0; below(rng, 6) == 0 && j < c->k; j++)
        if (j != label && below(rng, 3) == 0) z[j] = -INFINITY;
}

static void draw_temperature(lp_case *c, lp_rng *rng) {
    static const double t[] = {0.5, 2, 0.7, 3, 100, 0x1p-7, 1, 0x1.9p+3};
    if (below(rng, 3) == 0) lp_case_set(c, LP_PARAM_TEMPERATURE, t[below(rng, 8)]);
}

/* Distributions, powers of two, one-hot rows, anything: targets of 0 under every mask. */
static void draw_targets(lp_case *c, lp_rng *rng) {
    double *t = lp_case_alloc(c, LP_IN_TARGETS), *z = c->in[LP_IN_LOGITS], sum = 0;
    int64_t how = below(rng, 7), one = below(rng, c->k);
    for (int64_t j = 0; j < c->k; j++) sum += exp(z[j] - z[0]);
    for (int64_t j = 0; j < c->k; j++) {
        double p = exp(z[j] - z[0]) / sum;
        t[j] = how == 0   ? (j == one)
               : how == 1 ? 1.0 / (double)c->k
               : how == 2 ? ldexp(1, -(int)below(rng, 9))
               : how == 3 ? ldexp(lp_rng_unit(rng), (int)below(rng, 60) - 30)
               : how == 4 ? (p > 0 && p < 1 ? p : 0.25)
               : how == 5 ? (double)below(rng, 4)
                          : lp_rng_unit(rng);
        t[j] = z[j] == -INFINITY || below(rng, 9) == 0 ? 0 : stored(c, t[j]);
    }
}

static void draw_focal_options(lp_case *c, lp_rng *rng) {
    static const double g[] = {2, 1, 0.5, 0, 5, 0x1p-20, 2.7, 100};
    if (below(rng, 9)) lp_case_set(c, LP_PARAM_GAMMA, g[below(rng, 8)]);
    int64_t how = below(rng, 4);
    if (how == 0) lp_case_set(c, LP_PARAM_ALPHA, below(rng, 5) ? 0.25 : -3);
    if (how != 1) return;
    double *a = lp_case_alloc(c, LP_IN_ALPHA);
    for (int64_t j = 0; j < c->k; j++)
        a[j] = stored(c, below(rng, 8) ? ldexp(lp_rng_unit(rng), (int)below(rng, 9) - 4) : 0);
}

/* Advantages alone, entropy alone, both, of either sign; the entropy's weight near the advantage.
 */
static void draw_policy_options(lp_case *c, lp_rng *rng) {
    static const double a[] = {1, -1, 0, 0.5, -2, 0x1p-40, 3, 0.1};
    static const double b[] = {0.01, -1, 0, 0.5, 1, 0x1p40, -0x1p-60, 0.1};
    int64_t how = below(rng, 3);
    double x = below(rng, 2) ? a[below(rng, 8)] : 2 * lp_rng_normal(rng);
    if (how == 0) lp_case_set(c, LP_PARAM_ADVANTAGE, x);
    if (how == 1) lp_case_alloc(c, LP_IN_ADVANTAGE)[0] = x = stored(c, x);
    if (below(rng, 4) == 0) return;
    lp_case_set(c, LP_PARAM_ENTROPY_WEIGHT, below(rng, 4) ? b[below(rng, 8)] : x);
}

/* A teacher of any kind, or near the student, or the student moved or turned round; masked wherever
 * the student is. */
static void draw_distill(lp_case *c, lp_rng *rng, int64_t label) {
    static const double mix[] = {0, 1, 0.5, 0.1, 0.9, 0x1p-30};
    double *z = c->in[LP_IN_LOGITS], *y = lp_case_alloc(c, LP_IN_TEACHER);
    int64_t how = below(rng, 8), families = (int64_t)(sizeof family / sizeof *family);
    double far = ldexp(1, (int)below(rng, 12));
    family[below(rng, families)](y, rng, c->k, label);
    if (how > 5) top_group(z, rng, c->k, label); /* agreeing on top but for a shift, or turned */
    for (int64_t j = 0; j < c->k; j++) {
        if (how == 0) y[j] = z[j];
        if (how == 1) y[j] = z[j] + far;
        if (how == 2 || how == 7) y[j] = z[c->k - 1 - j];
        if (how == 3) y[j] = z[j] * (1 + ldexp((double)below(rng, 9) - 4, -30));
        if (how == 6) y[j] = z[j] * (1 + ldexp((double)below(rng, 3) - 1, -20)) + far;
        y[j] = stored(c, y[j]);
        if (z[j] == -INFINITY) y[j] = -INFINITY;
        if (y[j] == -INFINITY && z[j] != -INFINITY) y[j] = 0;
    }
    draw_temperature(c, rng);
    if (below(rng, 4)) lp_case_set(c, LP_PARAM_MIX, mix[below(rng, 6)]);
    if (below(rng, 2)) lp_case_set(c, LP_PARAM_FORM, (double)below(rng, 2));
    if (how != 7 || below(rng, 4) == 0) return;
    lp_case_set(c, LP_PARAM_MIX, 0); /* the student's classes at d / T alone, not at d */
    lp_case_set(c, LP_PARAM_FORM, 1);
    lp_case_set(c, LP_PARAM_TEMPERATURE, ldexp(1, -1 - (int)below(rng, 3)));
}

/* All logits far beyond the cap, on one side or on either, and targets that are all 1/K: the
 * gradient is what the cap leaves of the differences. */
static void draw_saturated(lp_case *c, lp_rng *rng) {
    double *z = c->in[LP_IN_LOGITS], cap = ldexp(1, (int)below(rng, 24) - 4);
    double base = cap * ldexp(1 + lp_rng_unit(rng), 3 + (int)below(rng, 66));
    bool either = below(rng, 3) == 0, below_zero = below(rng, 2);
    for (int64_t j = 0; j < c->k; j++) {
        double x = base * (1 + ldexp((double)below(rng, 5), -(int)below(rng, 20)));
        z[j] = stored(c, (either ? below(rng, 2) : below_zero) ? -x : x);
        if (below(rng, 12) == 0) z[j] = copysign(INFINITY, z[j]);
    }
    lp_case_set(c, LP_PARAM_SOFTCAP, cap);
    lp_case_set(c, LP_PARAM_SMOOTHING, 1);
    lp_case_set(c, LP_PARAM_SMOOTHING_RULE, 0);
}

/* A -inf logit wants W = 0 there, so masks and smoothing only meet through weights of 0. */
static void draw_xent_options(lp_case *c, lp_rng *rng) {
    static const double e[] = {0.1, 0.5, 0x1p-30, 1, 0x1p-1000, 0.999999999};
    double *z = c->in[LP_IN_LOGITS];
    draw_temperature(c, rng);
    if (below(rng, 2) == 0) {
        lp_case_set(c, LP_PARAM_SMOOTHING, e[below(rng, 6)]);
        if (below(rng, 2) && c->op == LP_OP_SOFTMAX_XENT)
            lp_case_set(c, LP_PARAM_SMOOTHING_RULE, (double)below(rng, 2));
    }
    if (below(rng, 3) == 0) {
        double *w = lp_case_alloc(c, LP_IN_WEIGHTS);
        for (int64_t j = 0; j < c->k; j++)
            w[j] = stored(c, below(rng, 8) ? ldexp(lp_rng_unit(rng), (int)below(rng, 9) - 4) : 0);
    }
    static const double l[] = {0x1p-13, 1e-4, 0.5, 3, 0},
                        cap[] = {30, 50, 1, 0x1p-4, 0x1p20, 1e300};
    if (below(rng, 4) == 0) lp_case_set(c, LP_PARAM_Z_LOSS, l[below(rng, 5)]);
    if (below(rng, 4) == 0) lp_case_set(c, LP_PARAM_SOFTCAP, cap[below(rng, 6)]);
    if (c->op == LP_OP_SOFTMAX_XENT && below(rng, 12) == 0) draw_saturated(c, rng);
    double *w = c->in[LP_IN_WEIGHTS];
    for (int64_t j = 0; j < c->k; j++)
        if (z[j] == -INFINITY && lp_case_param(c, LP_PARAM_SMOOTHING) != 0 && !(w && w[j] == 0))
            z[j] = -1;
}

/* A tied top group with v = +-1 in it, and below it, at gap and twice the gap, what cancels the
 * first order of the product: n^2 (v_j - v_k) = 2 n A_j for j = 0. */
static void draw_cancelling(lp_case *c, lp_rng *rng) {
    double *z = c->in[LP_IN_LOGITS], *v = lp_case_alloc(c, LP_IN_V), sum = 0;
    double gap = ldexp(1, 5 + (int)below(rng, 60));
    int64_t n = 1 + below(rng, c->k < 4 ? c->k : 4);
    for (int64_t j = 0; j < n; j++) sum += v[j] = below(rng, 2) ? 1 : -1;
    for (int64_t j = 0; j < c->k; j++) {
        z[j] = j < n ? 0 : -gap * (1 + (double)below(rng, 2));
        if (j >= n) v[j] = stored(c, v[0] - 2 * (v[0] - sum / (double)n));
        if (j >= n && below(rng, 4) == 0) v[j] = stored(c, v[j] + (double)below(rng, 3) - 1);
    }
}

/* A tied top group and targets that cancel the first order of the slope of class 0 in it: of a
 * class below, 2 T - 1 - n t_0 - n t_k. What is left is of second order, at twice the gap or below.
 */
static void draw_cancelling_targets(lp_case *c, lp_rng *rng) {
    double *z = c->in[LP_IN_LOGITS], *t = c->in[LP_IN_TARGETS], sum = 0;
    double gap = ldexp(1, 5 + (int)below(rng, 60));
    int64_t n = (int64_t)1 << below(rng, c->k < 4 ? 2 : 3);
    if (n > c->k) n = c->k;
    for (int64_t j = 0; j < n; j++) sum += t[j] = (double)below(rng, 5) / 4;
    for (int64_t j = 0; j < c->k; j++) {
        z[j] = j < n ? 0 : -gap * (1 + (double)below(rng, 2));
        if (j >= n) t[j] = stored(c, fmax(0, (2 * sum - 1) / (double)n - t[0]));
    }
}

/* In bits next to a rational number: 2^k classes on top have the targets' sum between them, the
 * others nothing. */
static void draw_rational_bits(lp_case *c, lp_rng *rng) {
    double *z = c->in[LP_IN_LOGITS], gap = ldexp(1, 5 + (int)below(rng, 60));
    int64_t n = c->k - 1;
    for (int64_t j = 0; j < c->k; j++) z[j] = j == c->label[0] ? -gap : 0;
    lp_case_set(c, LP_PARAM_SMOOTHING, 1);
    lp_case_set(c, LP_PARAM_SMOOTHING_RULE, 1);
    lp_case_set(c, LP_PARAM_Z_LOSS, ldexp(1 + (double)below(rng, 3), -(int)below(rng, 9)));
    if (below(rng, 2)) lp_case_set(c, LP_PARAM_TEMPERATURE, 0.5 * (double)(1 + below(rng, 4)));
    lp_case_set(c, LP_PARAM_BASE, n > 1);
}

static void draw_cotangent(lp_case *c, lp_rng *rng) {
    if (c->op == LP_OP_SOFTMAX && below(rng, 8) == 0) {
        draw_cancelling(c, rng);
        return;
    }
    double *v = lp_case_alloc(c, LP_IN_V);
    int64_t how = below(rng, 4), len = lp_case_in_len(c, LP_IN_V);
    double base = stored(c, 3 * lp_rng_normal(rng));
    for (int64_t j = 0; j < len; j++)
        v[j] = how == 0   ? base
               : how == 1 ? stored(c, lp_rng_normal(rng))
               : how == 2 ? (double)below(rng, 3) - 1
                          : stored(c, base * (1 + ldexp((double)below(rng, 5), -20)));
}

/* --- probabilities -----------------------------------------------------------------------------
 */

static void draw_vector(const lp_case *c, double *p, lp_rng *rng) {
    int64_t how = below(rng, 5);
    double sum = 0;
    for (int64_t j = 0; j < c->k; j++) {
        p[j] = how == 0   ? ldexp(1, -(int)below(rng, 12))
               : how == 1 ? ldexp(lp_rng_unit(rng), -(int)below(rng, 130))
               : how == 2 ? 1 - ldexp((double)below(rng, 16), -24)
                          : exp(3 * lp_rng_normal(rng));
        sum += p[j];
    }
    for (int64_t j = 0; j < c->k; j++) {
        if (how > 2) p[j] /= sum;
        p[j] = below(rng, 12) ? stored(c, p[j]) : 0;
    }
}

static void draw_probabilities(lp_case *c, lp_rng *rng) {
    double *p = lp_case_alloc(c, LP_IN_P);
    draw_vector(c, p, rng);
    if (c->op == LP_OP_ENTROPY) return;
    double *q = lp_case_alloc(c, LP_IN_Q);
    int64_t how = below(rng, 4);
    draw_vector(c, q, rng);
    for (int64_t j = 0; j < c->k; j++) {
        if (how == 0) q[j] = stored(c, p[j] * (1 + ldexp((double)below(rng, 9) - 4, -21)));
        if (how == 1) q[j] = p[c->k - 1 - j];
        if (q[j] == 0) q[j] = p[j] > 0 ? p[j] : 0.25;
    }
}

/* p near 0, near 1, between; y hard, soft, near p. p beside a y that it excludes is no number. */
static void draw_binary_probability(lp_case *c, lp_rng *rng) {
    static const double y[] = {0, 1, 0.5, 0x1p-55, 1 - 0x1p-24};
    double *p = lp_case_alloc(c, LP_IN_P), *t = lp_case_alloc(c, LP_IN_TARGETS);
    int64_t how = below(rng, 6), target = below(rng, 8);
    double part = lp_rng_unit(rng);
    *p =
        stored(c, how == 0   ? part
                  : how == 1 ? ldexp(part, -(int)below(rng, 140))
                  : how == 2 ? 1 - ldexp(1 + (double)below(rng, 16), -(int)below(rng, 50) - 5)
                  : how == 3 ? ldexp((double)below(rng, 9), c->format == LP_BINARY64 ? -1074 : -149)
                  : how == 4 ? 0.5 + ldexp((double)below(rng, 9) - 4, -24)
                             : (double)below(rng, 2));
    *t = stored(c, target < 5    ? y[target]
                   : target == 5 ? *p
                   : target == 6 ? *p * (1 - ldexp((double)below(rng, 5), -20))
                                 : lp_rng_unit(rng));
    if (*p == 0 || *p == 1) *t = *p;
}

static void draw_labelled_probability(lp_case *c, lp_rng *rng, int64_t label) {
    double *q = lp_case_alloc(c, c->op == LP_OP_BRIER ? LP_IN_P : LP_IN_Q);
    draw_vector(c, q, rng);
    if (q[label] == 0) q[label] = stored(c, ldexp(1 + lp_rng_unit(rng), -(int)below(rng, 130)));
    lp_case_alloc_label(c)[0] = label;
}

/* Rows together: powers of two, whose root may be rational, and confidences at edges of bins. */
static void draw_rows(lp_case *c, lp_rng *rng) {
    static const double bins[] = {1, 2, 3, 10, 100, 0x1p53};
    c->n = 1 + below(rng, 8);
    double *p = lp_case_alloc(c, c->op == LP_OP_ECE ? LP_IN_P : LP_IN_Q);
    int64_t *label = lp_case_alloc_label(c), how = below(rng, 4);
    if (c->op == LP_OP_ECE && below(rng, 4)) lp_case_set(c, LP_PARAM_BINS, bins[below(rng, 6)]);
    double b = lp_case_has(c, LP_PARAM_BINS) ? c->param[LP_PARAM_BINS] : 15;
    for (int64_t i = 0; i < c->n; i++) {
        double *x = p + i * c->k;
        draw_vector(c, x, rng);
        label[i] = below(rng, c->k);
        double edge = (double)(1 + below(rng, b < 100 ? (int64_t)b : 100)) / b;
        if (c->op == LP_OP_ECE && how < 2) x[label[i]] = stored(c, edge * (how ? 1 + 0x1p-52 : 1));
        if (how == 0 && c->op == LP_OP_PERPLEXITY) x[label[i]] = ldexp(1, (int)below(rng, 30) - 25);
        if (x[label[i]] == 0) x[label[i]] = 0.25;
    }
    if (below(rng, 3) == 0)
        lp_case_set(c, LP_PARAM_IGNORE_INDEX, (double)(label[0] + (below(rng, 2) ? 1 : -1)));
}

/* Two-level rows against columns of the other level, whose shares add up to a rational number. */
static void draw_mirrored(lp_case *c, lp_rng *rng) {
    double *s = c->in[LP_IN_SIM], gap = ldexp(1, (int)below(rng, 12) - 4);
    int64_t n = c->n, a = below(rng, n), b = below(rng, n);
    for (int64_t j = 0; j < n; j++) s[a * n + j] = j == b || below(rng, 3) == 0 ? gap : 0;
    for (int64_t i = 0; i < n; i++) s[i * n + b] = i == a || below(rng, 3) == 0 ? gap : 2 * gap;
}

/* Similarities: rows of one family, or the columns; its own place for the label; some masked. */
static void draw_similarities(lp_case *c, lp_rng *rng, int64_t max_k) {
    static const double t[] = {1, 0.07, 0.5, 0x1p-6, 0.1, 2, 0x1p-40};
    c->n = c->k = c->stride = 1 + below(rng, max_k < 6 ? max_k : max_k < 20 ? 6 : 12);
    int64_t n = c->n, families = (int64_t)(sizeof family / sizeof *family);
    int64_t which = below(rng, families), turned = below(rng, 2);
    double *s = lp_case_alloc(c, LP_IN_SIM), row[16];
    for (int64_t i = 0; i < n; i++) {
        family[which](row, rng, n, i);
        for (int64_t j = 0; j < n; j++) s[turned ? j * n + i : i * n + j] = row[j];
    }
    if (below(rng, 8) == 0) draw_mirrored(c, rng);
    for (int64_t i = 0; i < n * n; i++) s[i] = stored(c, s[i]);
    for (int64_t i = 0; below(rng, 6) == 0 && i < n * n; i++)
        if (i % (n + 1) != 0 && below(rng, 4) == 0) s[i] = -INFINITY;
    if (below(rng, 3)) lp_case_set(c, LP_PARAM_TEMPERATURE, t[below(rng, 7)]);
    if (below(rng, 2)) lp_case_set(c, LP_PARAM_SYMMETRIC, (double)(below(rng, 5) > 0));
}

/* X W^T + b whose logits are one of the families', through W, through X or in b alone. */
static void draw_through(lp_case *c, lp_rng *rng, int64_t families) {
    double *x = c->in[LP_IN_X], *w = c->in[LP_IN_W], *b = c->in[LP_IN_B], row[300];
    int64_t how = below(rng, 3), which = below(rng, families);
    for (int64_t i = 0; i < c->n * c->d; i++) x[i] = how == 0 && i / c->d % c->d == i % c->d;
    for (int64_t i = 0; i < c->k * c->d; i++) w[i] = how == 1 && i / c->d == i % c->d;
    for (int64_t m = 0; m < (how == 0 ? c->d : how == 1 ? c->n : 1); m++) {
        family[which](row, rng, c->k, how == 0 ? m % c->k : c->label[m]);
        for (int64_t j = 0; j < c->k; j++) {
            if (how == 0) w[j * c->d + m] = row[j];
            if (how == 1 && j < c->d) x[m * c->d + j] = row[j];
            if (how == 2) b[j] = row[j];
        }
    }
}

/* Products of any size, small integers with many ties, large ones that cancel. */
static void draw_product(lp_case *c, lp_rng *rng) {
    double *x = c->in[LP_IN_X], *w = c->in[LP_IN_W], *b = c->in[LP_IN_B];
    int64_t how = below(rng, 4);
    double a = ldexp(1, (int)below(rng, how == 3 ? 600 : 12) - (how == 3 ? 300 : 6));
    for (int64_t i = 0; i < c->n * c->d; i++)
        x[i] = how == 1 ? (double)below(rng, 3) - 1 : a * lp_rng_normal(rng);
    for (int64_t i = 0; i < c->k * c->d; i++)
        w[i] = how == 1 ? (double)below(rng, 3) - 1 : lp_rng_normal(rng) * (how == 3 ? a : 1);
    for (int64_t j = 0; j < c->k; j++)
        b[j] = how == 1 ? (double)below(rng, 2) : below(rng, 2) ? lp_rng_normal(rng) : 0;
    if (how != 2 || c->d < 2) return;
    for (int64_t i = 0; i < c->n; i++) x[i * c->d] = 0x1p30 * (1 + (double)below(rng, 3));
    for (int64_t j = 0; j < c->k; j++) w[j * c->d] = 0x1p20;
}

/* Up to six times three rows of six classes, of three kinds at one distance each, no two sums of
 * which are alike, whose shares of a class weighted by the last column of X cancel: with x =
 * e^-gap, 1 / (1 + x) - 1 / (1 + 2 x) = x / (1 + 3 x + 2 x^2). */
static void draw_cancelling_kinds(lp_case *c, lp_rng *rng) {
    static const double depth[3][6] = {{0, 0, 0, 1, 1, 1}, {0, 0, 1, 1, 1, 1}, {1, 0, 1, 1, 2, 2}};
    static const double factor[3] = {3, -2, -1};
    double *x = c->in[LP_IN_X], *w = c->in[LP_IN_W];
    int exponent = (int)below(rng, 16);
    for (int64_t i = 0; i < c->n; i++) {
        double gap = ldexp(1 + ldexp(1, (int)(i - i % 3) - 23), exponent);
        x[i * c->d + i] = 1;
        x[i * c->d + c->n] = factor[i % 3];
        for (int64_t j = 0; j < 6; j++) w[j * c->d + i] = -gap * depth[i % 3][j];
    }
}

static void draw_linear(lp_case *c, lp_rng *rng) {
    int64_t families = (int64_t)(sizeof family / sizeof *family);
    bool kinds = c->k == 6 && below(rng, 3) == 0;
    c->n = kinds ? 3 * (below(rng, 8) ? 1 + below(rng, 2) : 6) : 1 + below(rng, 4);
    c->d = kinds ? c->n + 1 : below(rng, 5);
    int64_t *label = lp_case_alloc_label(c);
    for (int64_t i = 0; i < c->n; i++) label[i] = below(rng, c->k);
    lp_case_alloc(c, LP_IN_X);
    lp_case_alloc(c, LP_IN_W);
    double *b = lp_case_alloc(c, LP_IN_B);
    if (kinds)
        draw_cancelling_kinds(c, rng);
    else if (below(rng, 2) && c->d > 0)
        draw_through(c, rng, families);
    else
        draw_product(c, rng);
    double most = lp_format_get(c->format)->max;
    for (int r = LP_IN_X; r <= LP_IN_B; r++)
        for (int64_t i = 0; i < lp_case_in_len(c, (lp_in)r); i++)
            c->in[r][i] = fmax(-most, fmin(most, stored(c, c->in[r][i])));
    for (int64_t j = 0; below(rng, 6) == 0 && j < c->k; j++) {
        bool wanted = below(rng, 2);
        for (int64_t i = 0; i < c->n; i++) wanted = wanted || label[i] == j;
        if (!wanted) b[j] = -INFINITY;
    }
    if (below(rng, 4) == 0) lp_case_set(c, LP_PARAM_IGNORE_INDEX, (double)label[0]);
    if (lp_case_ignored(c, 0) && c->n > 1) label[1] = (label[0] + 1) % c->k;
    if (c->n == 1 || c->k == 1) c->set &= ~LP_PARAM_BIT(LP_PARAM_IGNORE_INDEX);
    if (b[label[c->n > 1]] == -INFINITY) b[label[c->n > 1]] = 0;
}

static void draw_logit(lp_case *c, lp_rng *rng) {
    double *z = lp_case_alloc(c, LP_IN_LOGITS);
    family[below(rng, 7)](z, rng, 1, 0);
    z[0] = stored(c, below(rng, 20) ? z[0] : 0);
}

static void draw_focal(lp_case *c, lp_rng *rng) {
    static const double g[] = {0, 0.5, 1, 2, 5, 0x1p-60, 1e-300, 1e4, 1e300, 37.5};
    static const double a[] = {0.25, 1, 0, 0.5, 2, 0.1};
    draw_logit(c, rng);
    lp_case_alloc_label(c)[0] = below(rng, 2);
    if (below(rng, 4))
        lp_case_set(c, LP_PARAM_GAMMA, below(rng, 3) ? g[below(rng, 10)] : 4 * lp_rng_unit(rng));
    if (below(rng, 2)) lp_case_set(c, LP_PARAM_ALPHA, a[below(rng, 6)]);
}

/* Margins that are 0 exactly, or by an ulp not. */
static double at_margin(const lp_case *c, lp_rng *rng, double z) {
    const lp_format *f = lp_format_get(c->format);
    z = stored(c, z);
    int64_t how = below(rng, 4);
    return how == 0 ? lp_format_above(f, z) : how == 1 ? lp_format_below(f, z) : z;
}

static void draw_hinge(lp_case *c, lp_rng *rng) {
    draw_logit(c, rng);
    int64_t y = below(rng, 2) ? 1 : -1;
    lp_case_alloc_label(c)[0] = y;
    if (below(rng, 3) == 0) c->in[LP_IN_LOGITS][0] = at_margin(c, rng, (double)y);
}

static void draw_hinges(lp_case *c, lp_rng *rng, int64_t label) {
    double *z = c->in[LP_IN_LOGITS];
    lp_case_alloc_label(c)[0] = label;
    if (below(rng, 2)) lp_case_set(c, LP_PARAM_FORM, (double)below(rng, 2));
    bool near = below(rng, 2);
    for (int64_t j = 0; near && j < c->k; j++)
        if (j != label && below(rng, 2)) z[j] = at_margin(c, rng, z[label] - 1);
}

static void draw_pos_weight(lp_case *c, lp_rng *rng) {
    static const double q[] = {1, 0, 2, 0.1, 0x1p-300, 0x1p70};
    if (below(rng, 2) == 0) return;
    if (c->op == LP_OP_MULTILABEL_BCE && below(rng, 2)) {
        double *w = lp_case_alloc(c, LP_IN_POS_WEIGHT);
        for (int64_t j = 0; j < c->k; j++) {
            double x = stored(c, q[below(rng, 6)]);
            w[j] = below(rng, 3) ? x : stored(c, lp_rng_unit(rng));
        }
        return;
    }
    lp_case_set(c, LP_PARAM_POS_WEIGHT, below(rng, 3) ? q[below(rng, 6)] : lp_rng_unit(rng));
}

static void draw_binary(lp_case *c, lp_rng *rng) {
    static const double y[] = {0, 1, 0.5, 0x1p-55, 0x1p-54, 1 - 0x1p-24};
    double *z = lp_case_alloc(c, LP_IN_LOGITS), *t = lp_case_alloc(c, LP_IN_TARGETS);
    int64_t zeros = below(rng, 20);
    for (int64_t j = 0; j < c->k; j++) {
        if (j == 0 || below(rng, 3) == 0)
            family[below(rng, 7)](z + j, rng, 1, 0);
        else
            ordinary(z + j, rng, 1, 0);
        z[j] = stored(c, zeros ? z[j] : 0);
        int64_t how = below(rng, 9);
        t[j] = stored(c, how < 6 ? y[how] : how == 6 ? 1 / (1 + exp(-z[j])) : lp_rng_unit(rng));
    }
    if (c->op != LP_OP_MSE_SIGMOID) draw_pos_weight(c, rng);
    if (c->op == LP_OP_MULTILABEL_BCE && below(rng, 2))
        lp_case_set(c, LP_PARAM_LABEL_REDUCTION, (double)below(rng, 2));
}

void random_case(lp_case *c, lp_rng *rng, lp_op op, int64_t max_k) {
    lp_case_init(c, op);
    c->format = below(rng, 3) ? LP_BINARY64 : LP_BINARY32;
    c->rounding = (lp_rounding)below(rng, LP_ROUNDING_COUNT);
    c->n = 1;
    c->k = c->stride = lp_op_get(op)->scalar ? 1 : 1 + below(rng, max_k);
    int64_t label = below(rng, c->k);
    if (lp_op_whole(lp_op_get(op)) && lp_op_get(op)->group == 'A') {
        draw_rows(c, rng);
    } else if (op == LP_OP_INFO_NCE) {
        draw_similarities(c, rng, max_k);
    } else if (op == LP_OP_LINEAR_XENT) {
        draw_linear(c, rng);
    } else if (op == LP_OP_BCE_PROB) {
        draw_binary_probability(c, rng);
    } else if (op == LP_OP_NLL || op == LP_OP_BRIER) {
        draw_labelled_probability(c, rng, label);
    } else if (lp_op_get(op)->group == 'A') {
        draw_probabilities(c, rng);
    } else if (op == LP_OP_BCE_LOGITS || op == LP_OP_MULTILABEL_BCE || op == LP_OP_MSE_SIGMOID) {
        draw_binary(c, rng);
    } else if (op == LP_OP_FOCAL_SIGMOID) {
        draw_focal(c, rng);
    } else if (op == LP_OP_LOGISTIC_MARGIN) {
        draw_logit(c, rng);
        lp_case_alloc_label(c)[0] = below(rng, 2) ? 1 : -1;
    } else if (op == LP_OP_HINGE) {
        draw_hinge(c, rng);
    } else if (op == LP_OP_SIGMOID || op == LP_OP_LOG_SIGMOID || op == LP_OP_SOFTPLUS) {
        draw_logit(c, rng);
        if (below(rng, 2)) draw_cotangent(c, rng);
    } else {
        draw_logits(c, rng, label);
        if (op == LP_OP_SOFTMAX_XENT) {
            lp_case_alloc_label(c)[0] = label;
            if (below(rng, 16) == 0)
                draw_rational_bits(c, rng);
            else
                draw_xent_options(c, rng);
        } else if (op == LP_OP_HINGE_MULTI) {
            draw_hinges(c, rng, label);
        } else if (op == LP_OP_FOCAL_SOFTMAX) {
            lp_case_alloc_label(c)[0] = label;
            draw_focal_options(c, rng);
        } else if (op == LP_OP_DISTILL) {
            lp_case_alloc_label(c)[0] = label;
            draw_distill(c, rng, label);
        } else if (op == LP_OP_POLICY_GRAD) {
            lp_case_alloc_label(c)[0] = label;
            draw_policy_options(c, rng);
        } else if (lp_op_get(op)->required & 1u << LP_IN_TARGETS) {
            draw_targets(c, rng);
            if (op == LP_OP_SOFTMAX_XENT_SOFT) draw_xent_options(c, rng);
        } else {
            if (op != LP_OP_LOGSUMEXP) draw_temperature(c, rng);
            if (below(rng, 2)) draw_cotangent(c, rng);
        }
    }
    if (lp_op_get(op)->built_params & LP_PARAM_BIT(LP_PARAM_BASE) && below(rng, 4) == 0)
        lp_case_set(c, LP_PARAM_BASE, (double)(below(rng, 8) > 0));
    if (op == LP_OP_MSE_SOFTMAX && below(rng, 8) == 0) draw_cancelling_targets(c, rng);
}
