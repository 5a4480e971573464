/* Every output that the filter takes is a function of one real x, the margin of the class asked for
 * over the other one: with a = |x|, w = exp(-a), u = 1 / (1 + w), v = w u,
 *
 *   sigma(x) = u, or v where x < 0      sigma'(x) = u v      softplus(x) = log1p(w), + x where x >
 * 0 log1p(w) = 2 atanh(s), s = w / (2 + w) <= 1/3
 *
 *   sigmoid: sigma(z), sigma'(z)                softplus: softplus(z), sigma(z)
 *   log_sigmoid: -softplus(-z), sigma(-z)       bce_logits, y = 0: softplus(z), sigma(z)
 *   y = 1: softplus(-z), -sigma(-z)             two classes, label c: x = z_other - z_c,
 *                                               softplus(x), -sigma(x) at c, sigma(x) at the other
 *
 * x is h + l exactly: l = 0, or Knuth's TwoDiff of two logits. Doubles, plain operations, no
 * branch that depends on a value, so that compilers turn the loops into vectors of any width, with
 * the same bits.
 *
 * Relative errors against the exact values for |x| <= FARTHEST, each proved by a script of
 * ref/proofs over the constants of filter_table.h (ctest: ref.filter_proofs):
 *
 *   r, absolute                         reduce, reduce_zero    2^-54 1.13
 *   1 + r + r^2 (E2 + ...) for exp(r)   minimax.sollya         2^-58 1.13
 *   its evaluation                      exp_poly               2^-53 1.57
 *   w                                   weight                 2^-52 1.12
 *   u, v, u v, s                        ratios                 2^-52 1.57, 2^-51 1.60, 2^-50 1.46,
 * 2^-51 1.25 2 s + s^3 (A0 + ...) for 2 atanh s  minimax.sollya         2^-60 1.57 its evaluation
 * log_poly, log_sum      2^-53 1.19 log1p(w), x + log1p(w)              softplus, softplus_sum
 * 2^-51 1.73, 2^-50 1.25 y (1 -+ 2^-49) in doubles lie on either side of the exact value up to
 * 2^-50 1.75: test
 *
 * Beyond FARTHEST a is replaced by it: w, v, u v, log1p(w) then are larger than the exact ones,
 * which are positive, and stay below half the least number of every format taken; 1 - u and
 * log1p(w) below half an ulp of what they are taken from or added to. So a rounding that is decided
 * at FARTHEST is the exact value's. */
#include "ref/filter.h"

#include "ref/filter_table.h"
#include "ref/fixed.h"

#include <math.h>

#define FARTHEST 104.5 /* exp(-104.5) = 2^-150.76 */
#define NEAREST  103.9 /* exp(-103.9) > 2^-150: up to here values are near, beyond only rounded */
#define MAGIC    0x1.8p52

enum { LANES = 64 };

/* A chunk of rows: x = h + l, then w and the values asked for. */
typedef struct lanes {
    double h[LANES], l[LANES], w[LANES], y[LANES];
} lanes;

/* What is asked of the lanes: a function of x, and the signs of x's parts and of the result. */
typedef enum function { SOFTPLUS, SIGMA, SLOPE } function;

bool lp_filter_takes(const lp_case *c) {
    bool two = c->op == LP_OP_SOFTMAX_XENT && c->k == 2;
    bool one = c->op == LP_OP_SIGMOID || c->op == LP_OP_LOG_SIGMOID || c->op == LP_OP_SOFTPLUS ||
               c->op == LP_OP_BCE_LOGITS;
    bool plain = !c->set && c->reduction == LP_REDUCE_NONE && c->rounding == LP_ROUND_NEAREST &&
                 !c->in[LP_IN_UPSTREAM] && !c->in[LP_IN_V] && !c->in[LP_IN_WEIGHTS];
    bool narrow = c->format == LP_BINARY32 || c->format == LP_BINARY16 || c->format == LP_BFLOAT16;
    if (!plain || !narrow || !(one || two)) return false;
    for (int64_t i = 0; c->op == LP_OP_BCE_LOGITS && i < c->n; i++)
        if (c->in[LP_IN_TARGETS][i] != 0 && c->in[LP_IN_TARGETS][i] != 1) return false;
    return true;
}

/* --- the lanes --------------------------------------------------------------------------------
 */

static inline double magnitude(double x) {
    return x < 0 ? -x : x;
}

/* w = 2^-n exp(r), n the integer nearest to a / ln 2, r = n ln 2 - a; the low bits of a / ln 2 +
 * 1.5 2^52 are n. */
static inline void exp_lanes(lanes *x) {
    for (int i = 0; i < LANES; i++) {
        double a = magnitude(x->h[i]);
        double rest = x->h[i] < 0 ? -x->l[i] : x->l[i]; /* |x| = a + rest */
        rest = a < FARTHEST ? rest : 0;
        a = a < FARTHEST ? a : FARTHEST; /* NaN too: never told */
        double shifted = a * LP_FILTER_INV_LN2 + MAGIC;
        double n = shifted - MAGIC;
        double r = (n * LP_FILTER_LN2_HI - a) + (n * LP_FILTER_LN2_LO - rest);
        double p = LP_FILTER_E11;
        p = p * r + LP_FILTER_E10;
        p = p * r + LP_FILTER_E9;
        p = p * r + LP_FILTER_E8;
        p = p * r + LP_FILTER_E7;
        p = p * r + LP_FILTER_E6;
        p = p * r + LP_FILTER_E5;
        p = p * r + LP_FILTER_E4;
        p = p * r + LP_FILTER_E3;
        p = p * r + LP_FILTER_E2;
        double y = 1 + (r + (r * r) * p);
        uint64_t bits;
        memcpy(&bits, &shifted, sizeof bits);
        bits = (UINT64_C(1023) << 52) - (bits << 52); /* 2^-n */
        double power;
        memcpy(&power, &bits, sizeof power);
        x->w[i] = y * power;
    }
}

static inline void softplus_lanes(lanes *x) {
    for (int i = 0; i < LANES; i++) {
        double s = x->w[i] / (2 + x->w[i]);
        double q = s * s;
        double p = LP_FILTER_A9;
        p = p * q + LP_FILTER_A8;
        p = p * q + LP_FILTER_A7;
        p = p * q + LP_FILTER_A6;
        p = p * q + LP_FILTER_A5;
        p = p * q + LP_FILTER_A4;
        p = p * q + LP_FILTER_A3;
        p = p * q + LP_FILTER_A2;
        p = p * q + LP_FILTER_A1;
        p = p * q + LP_FILTER_A0;
        double log = 2 * s + (s * q) * p;
        x->y[i] = x->h[i] > 0 ? x->h[i] + (log + x->l[i]) : log;
    }
}

static inline void sigma_lanes(lanes *x) {
    for (int i = 0; i < LANES; i++) {
        double u = 1 / (1 + x->w[i]);
        x->y[i] = x->h[i] < 0 ? x->w[i] * u : u;
    }
}

static inline void slope_lanes(lanes *x) {
    for (int i = 0; i < LANES; i++) {
        double u = 1 / (1 + x->w[i]);
        x->y[i] = (x->w[i] * u) * u;
    }
}

/* Both ends of the interval round alike; NaN otherwise, and where x is no number. */
static inline void round_lanes(lanes *x) {
    for (int i = 0; i < LANES; i++) {
        float low = (float)(x->y[i] * (1 - LP_EXACT_NEAR));
        float high = (float)(x->y[i] * (1 + LP_EXACT_NEAR));
        bool told = low == high && x->h[i] - x->h[i] == 0;
        x->y[i] = told ? (double)low : NAN;
    }
}

static void round_narrow(lanes *x, const lp_format *f) {
    for (int i = 0; i < LANES; i++) {
        double low = lp_format_round(f, x->y[i] * (1 - LP_EXACT_NEAR));
        double high = lp_format_round(f, x->y[i] * (1 + LP_EXACT_NEAR));
        x->y[i] = low == high && isfinite(x->h[i]) ? low : NAN;
    }
}

static inline void keep_near(lanes *x) {
    for (int i = 0; i < LANES; i++) x->y[i] = magnitude(x->h[i]) <= NEAREST ? x->y[i] : NAN;
}

/* The same operations in wider registers, and therefore the same bits; clang and the sanitizers do
 * without. */
#if defined(__x86_64__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define WIDER __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define WIDER
#endif

WIDER static void weigh(lanes *x) {
    exp_lanes(x);
}

WIDER static void apply(lanes *x, function f, lp_format_id id) {
    if (f == SOFTPLUS) softplus_lanes(x);
    if (f == SIGMA) sigma_lanes(x);
    if (f == SLOPE) slope_lanes(x);
    if (id == LP_BINARY32) round_lanes(x);
    if (id == LP_BINARY64) keep_near(x);
}

/* --- rows -------------------------------------------------------------------------------------
 */

static function function_of(const lp_case *c, lp_out out) {
    if (c->op == LP_OP_SIGMOID) return out == LP_OUT_GRAD ? SLOPE : SIGMA;
    return out == LP_OUT_GRAD ? SIGMA : SOFTPLUS;
}

/* -1 where the row's label turns z: log_sigmoid always, bce_logits for y = 1. */
static double side(const lp_case *c, int64_t at) {
    return c->op == LP_OP_BCE_LOGITS ? 1 - 2 * c->in[LP_IN_TARGETS][at]
                                     : (c->op == LP_OP_LOG_SIGMOID ? -1 : 1);
}

static void load(lanes *x, const lp_case *c, int64_t from, int64_t rows) {
    const double *z = c->in[LP_IN_LOGITS];
    for (int64_t i = rows; i < LANES; i++) x->h[i] = x->l[i] = 0;
    if (c->op == LP_OP_SOFTMAX_XENT) {
        z += 2 * from;
        for (int64_t i = 0; i < rows; i++, z += 2) {
            int64_t label = c->label[from + i];
            x->h[i] = lp_fixed_two_diff(&x->l[i], z[label ^ 1], z[label]);
        }
        return;
    }
    for (int64_t i = 0; i < rows; i++) {
        x->h[i] = side(c, from + i) * z[from + i];
        x->l[i] = 0;
    }
}

/* The output's components of the rows from the function's values. */
static void store(double *to, const lanes *x, const lp_case *c, lp_out out, int64_t from,
                  int64_t rows) {
    if (c->op == LP_OP_SOFTMAX_XENT && out == LP_OUT_GRAD) {
        to += 2 * from;
        for (int64_t i = 0; i < rows; i++, to += 2) {
            int64_t label = c->label[from + i];
            to[label] = -x->y[i];
            to[label ^ 1] = x->y[i];
        }
        return;
    }
    bool turned = (c->op == LP_OP_LOG_SIGMOID && out == LP_OUT_VALUE) ||
                  (c->op == LP_OP_BCE_LOGITS && out == LP_OUT_GRAD);
    to += from;
    for (int64_t i = 0; i < rows; i++) to[i] = x->y[i];
    for (int64_t i = 0; turned && i < rows; i++) to[i] *= side(c, from + i);
}

/* To the format `to`; binary64: near values. */
static void run(double *const out[LP_OUT_COUNT], const lp_case *c, lp_format_id to) {
    lanes x;
    for (int64_t at = 0; at < c->n; at += LANES) {
        int64_t some = c->n - at < LANES ? c->n - at : LANES;
        load(&x, c, at, some);
        weigh(&x);
        for (int o = 0; o < LP_OUT_COUNT; o++) {
            if (!out[o]) continue;
            apply(&x, function_of(c, (lp_out)o), to);
            if (to != LP_BINARY64 && to != LP_BINARY32) round_narrow(&x, lp_format_get(to));
            store(out[o], &x, c, (lp_out)o, at, some);
        }
    }
}

void lp_filter_near(double *const out[LP_OUT_COUNT], const lp_case *c) {
    run(out, c, LP_BINARY64);
}

void lp_filter_round(double *const out[LP_OUT_COUNT], const lp_case *c) {
    run(out, c, c->format);
}
