/* The regime of a case is a function of its values alone: generated, shrunk and users' cases are
 * counted alike. The most particular regime of any row names the case. */
#include "props/props/generate_family.h"

#include "core/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define LN2  0x1.62e42fefa39efp-1
#define WIDE 1024

/* From the plainest to the most particular. */
typedef enum regime {
    ORDINARY,
    GAMMA,
    POLICY,
    CONFIDENT,
    WRONG_CONFIDENT,
    SOFT,
    ONE_HOT,
    UNNORMALISED,
    OFFSET,
    NEAR_IDENTICAL,
    IDENTICAL,
    THRESHOLD,
    NEAR_MIDPOINT,
    CANCELLING,
    TIES,
    KINK,
    SUBNORMAL,
    EXTREME,
    TEMPERATURE,
    WEIGHTS,
    SMOOTHING,
    ZEROS,
    MASKED,
    UPSTREAM,
    REDUCED,
    IGNORED,
    TALL,
    WIDE_ROW,
    SPECIAL,
    EMPTY,
    REGIMES
} regime;

static const char *const regime_name[REGIMES] = {
    "ordinary",      "gamma",        "policy",    "confident",      "wrong_confident", "soft",
    "one_hot",       "unnormalised", "offset",    "near_identical", "identical",       "threshold",
    "near_midpoint", "cancelling",   "ties",      "kink",           "subnormal",       "extreme",
    "temperature",   "weights",      "smoothing", "zeros",          "masked",          "upstream",
    "reduced",       "ignored",      "tall",      "wide",           "special",         "empty"};

static regime worse(regime a, regime b) {
    return a > b ? a : b;
}

static double ulp(const lp_format *f, double x) {
    return ldexp(1, lp_format_ulp_exp(f, x));
}

static bool near_threshold(double gap) {
    for (int i = 0; i < LP_GEN_THRESHOLDS; i++)
        if (lp_gen_threshold[i] > 8 && fabs(gap - lp_gen_threshold[i]) <= 0x1p-10 * gap)
            return true;
    return false;
}

typedef struct extent {
    double least, most, second; /* of the finite entries; second: the largest but one */
    int64_t at, tied;           /* where the largest is, how many there are of it */
    bool special, masked, subnormal;
} extent;

static extent extent_of(const lp_format *f, const double *z, int64_t k) {
    extent e = {INFINITY, -INFINITY, -INFINITY, 0, 0, false, false, false};
    double normal = ldexp(1, f->emin);
    for (int64_t j = 0; j < k; j++) {
        /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference) ; no logits, no classes */
        e.special |= isnan(z[j]) || z[j] == INFINITY;
        e.masked |= z[j] == -INFINITY;
        e.subnormal |= z[j] != 0 && fabs(z[j]) < normal;
        if (!isfinite(z[j])) continue;
        e.least = fmin(e.least, z[j]);
        if (z[j] > e.most)
            e = (extent){e.least, z[j], e.most, j, 0, e.special, e.masked, e.subnormal};
        else if (z[j] < e.most)
            e.second = fmax(e.second, z[j]);
        e.tied += z[j] == e.most;
    }
    return e;
}

/* Of a size that is rare: 2^64, or 2^12 where the format ends at 2^16. */
static double extreme(const lp_format *f) {
    return ldexp(1, f->emax > 64 ? 64 : f->emax - 3);
}

/* A relative distance that counts as near: 2^-bits, or eight places below 1 where the format has
 * no more. */
static double hair(const lp_format *f, int bits) {
    return ldexp(1, bits < f->p - 3 ? -bits : 3 - f->p);
}

/* Ulps that logits which give a midpoint lie apart at most. */
static double few(const lp_format *f) {
    return f->p < 24 ? f->p - 3 : 256;
}

static regime logit_row(const lp_case *c, const double *z, int64_t label) {
    const lp_format *f = lp_format_get(c->format);
    int64_t k = c->k;
    extent e = extent_of(f, z, k);
    if (e.special || e.most == -INFINITY) return SPECIAL;
    if (e.masked) return MASKED;
    double large = fmax(fabs(e.least), fabs(e.most)), gap = e.most - e.second;
    double low = -f->emin * LN2;
    if (large >= extreme(f)) return EXTREME;
    if (e.subnormal || (k > 1 && gap >= low && gap < low + f->p)) return SUBNORMAL;
    if (e.tied > 1) return TIES;
    if (k > 1 && e.most - e.least <= few(f) * ulp(f, large)) return NEAR_MIDPOINT;
    if (k > 1 && near_threshold(gap)) return THRESHOLD;
    double nearest = e.least > 0 ? e.least : -e.most;
    if (nearest >= 100 && nearest > 4 * (e.most - e.least)) return OFFSET;
    bool labelled = c->label || c->in[LP_IN_SIM];
    if (k > 1 && gap >= 10 * LN2) return !labelled || label == e.at ? CONFIDENT : WRONG_CONFIDENT;
    return ORDINARY;
}

/* y against sigma(z), the sigmoid being 1/2 + z/4 - ... near 0 and monotone. */
static regime binary_row(const lp_format *f, double z, double y) {
    double size = fabs(z), normal = ldexp(1, f->emin), w = lp_gen_exp(-size);
    double sigma = z < 0 ? w / (1 + w) : 1 / (1 + w);
    if (!isfinite(z) || isnan(y)) return SPECIAL;
    if (size >= extreme(f)) return EXTREME;
    if ((z != 0 && size < normal) || (size >= -f->emin * LN2 && size < -f->emin * LN2 + f->p))
        return SUBNORMAL;
    bool soft = y != 0 && y != 1;
    if (soft && fabs(sigma - y) <= hair(f, 12) * fmin(sigma, 1 - sigma)) return CANCELLING;
    if (near_threshold(size)) return THRESHOLD;
    if (soft) return SOFT;
    if (size >= 10 * LN2) return (z > 0) == (y == 1) ? CONFIDENT : WRONG_CONFIDENT;
    return ORDINARY;
}

/* p against y: the ends themselves, and how far p is from the one that y names. */
static regime binary_prob_row(const lp_format *f, double p, double y) {
    bool soft = y != 0 && y != 1;
    double distance = fmin(p, 1 - p);
    if (!(p >= 0 && p <= 1) || !(y >= 0 && y <= 1)) return SPECIAL;
    if (p == 0 || p == 1) return ZEROS;
    if (p < ldexp(1, f->emin)) return SUBNORMAL;
    if (soft && fabs(p - y) <= hair(f, 12) * distance) return CANCELLING;
    if (soft) return SOFT;
    if (distance <= hair(f, 10)) return (p > 0.5) == (y == 1) ? CONFIDENT : WRONG_CONFIDENT;
    return ORDINARY;
}

/* A margin of the hinges is within some ulps of 0. */
static bool near_kink(const lp_format *f, double z, double own) {
    double size = fmax(1, fmax(fabs(z), fabs(own)));
    return size < 0x1p20 && fabs(z - own + 1) <= 8 * ulp(f, size);
}

static regime hinge_row(const lp_case *c, int64_t i) {
    if (c->op != LP_OP_HINGE && c->op != LP_OP_HINGE_MULTI) return ORDINARY;
    const lp_format *f = lp_format_get(c->format);
    const double *z = c->in[LP_IN_LOGITS] + i * c->k;
    int64_t label = c->label[i];
    if (c->op == LP_OP_HINGE) return near_kink(f, -(double)label * z[0], 0) ? KINK : ORDINARY;
    for (int64_t j = 0; j < c->k; j++)
        if (j != label && near_kink(f, z[j], z[label])) return KINK;
    return ORDINARY;
}

static regime vector(const lp_format *f, const double *p, int64_t k) {
    extent e = extent_of(f, p, k);
    double sum = 0;
    int64_t zeros = 0, ones = 0;
    for (int64_t j = 0; j < k; j++) {
        sum += p[j];
        zeros += p[j] == 0;
        ones += p[j] == 1;
    }
    if (e.special || e.masked || e.least < 0) return SPECIAL;
    if (e.most >= extreme(f)) return EXTREME;
    if (e.subnormal) return SUBNORMAL;
    if (ones == 1 && zeros == k - 1) return ONE_HOT;
    if (zeros) return ZEROS;
    if (!(fabs(sum - 1) <= (double)k * ulp(f, 1))) return UNNORMALISED;
    return e.most > 1 - hair(f, 10) ? CONFIDENT : ORDINARY;
}

/* ece: a confidence next to an edge b / B. */
static regime confidence(const lp_case *c, const double *p) {
    const lp_format *f = lp_format_get(c->format);
    double bins = lp_case_param(c, LP_PARAM_BINS), most = 0;
    for (int64_t j = 0; j < c->k; j++) most = fmax(most, p[j]);
    double edge = round(most * bins) / bins;
    return most > 0 && most < 1 && fabs(most - edge) <= 2 * ulp(f, most) ? THRESHOLD : ORDINARY;
}

static regime pair(const lp_format *f, const double *p, const double *q, int64_t k) {
    regime r = worse(vector(f, p, k), vector(f, q, k));
    bool same = true, near = true;
    for (int64_t j = 0; j < k; j++) {
        same = same && p[j] == q[j];
        near = near && fabs(p[j] - q[j]) <= hair(f, 16) * fmax(p[j], q[j]);
    }
    return worse(r, same ? IDENTICAL : near ? NEAR_IDENTICAL : ORDINARY);
}

/* The student's, unless the teacher is masked or special; and how near each other they are beside
 * the student's own differences. */
static regime distilled_row(const lp_case *c, int64_t i) {
    const double *z = c->in[LP_IN_LOGITS] + i * c->k, *y = c->in[LP_IN_TEACHER] + i * c->k;
    double most = 0, spread = 0;
    bool masks = true;
    for (int64_t j = 0; j < c->k; j++) {
        if (z[j] == -INFINITY || y[j] == -INFINITY) {
            masks = masks && z[j] == y[j];
            continue;
        }
        most = fmax(most, fabs((z[j] - y[j]) - (z[0] - y[0])));
        spread = fmax(spread, fabs(z[j] - z[0]));
    }
    regime r = logit_row(c, z, c->label ? c->label[i] : 0), teacher = logit_row(c, y, 0);
    if (teacher >= MASKED) r = worse(r, teacher);
    if (r == OFFSET) return r; /* at an offset many a teacher is near */
    if (masks && most == 0) return worse(r, IDENTICAL);
    return masks && most <= hair(lp_format_get(c->format), 16) * spread ? worse(r, NEAR_IDENTICAL)
                                                                        : r;
}

/* X W^T + b in doubles; what overflows there from finite numbers is extreme. */
static regime linear_row(const lp_case *c, int64_t i) {
    const double *x = c->in[LP_IN_X] + i * c->d, *w = c->in[LP_IN_W], *b = c->in[LP_IN_B];
    double *z = lp_memory_zeros((size_t)c->k, sizeof *z);
    bool finite = true, inside = true;
    for (int64_t j = 0; j < c->k; j++) {
        z[j] = b[j];
        finite = finite && !isnan(b[j]) && b[j] != INFINITY;
        for (int64_t d = 0; d < c->d; d++) {
            z[j] += x[d] * w[j * c->d + d];
            finite = finite && isfinite(x[d]) && isfinite(w[j * c->d + d]);
        }
        inside = inside && (isfinite(z[j]) || b[j] == -INFINITY);
    }
    bool label = c->label[i] >= 0 && c->label[i] < c->k;
    regime r = finite && !inside ? EXTREME : logit_row(c, z, label ? c->label[i] : 0);
    free(z);
    return r;
}

static regime row(const lp_case *c, int64_t i) {
    const lp_format *f = lp_format_get(c->format);
    const double *z = c->in[LP_IN_LOGITS], *p = c->in[LP_IN_P], *q = c->in[LP_IN_Q];
    const double *y = c->in[LP_IN_TARGETS];
    int64_t k = c->k;
    if (z && lp_op_get(c->op)->scalar) {
        double link = z[i] > 0, hit = c->label && c->label[i] > 0;
        return binary_row(f, z[i], y ? y[i] : c->label ? hit : link);
    }
    if (z && c->op == LP_OP_MULTILABEL_BCE) {
        regime worst = ORDINARY;
        for (int64_t j = i * k; j < (i + 1) * k; j++)
            worst = worse(worst, binary_row(f, z[j], y[j]));
        return worst;
    }
    for (int64_t j = i * k; z && y && j < (i + 1) * k; j++)
        if (!isfinite(y[j]) || y[j] < 0) return SPECIAL;
    if (z && c->in[LP_IN_TEACHER]) return distilled_row(c, i);
    if (z) return logit_row(c, z + i * k, c->label ? c->label[i] : 0);
    if (c->in[LP_IN_SIM]) return logit_row(c, c->in[LP_IN_SIM] + i * k, i);
    if (c->in[LP_IN_X]) return linear_row(c, i);
    if (p && q) return pair(f, p + i * k, q + i * k, k);
    if (p && y) return binary_prob_row(f, p[i], y[i]);
    if (c->op == LP_OP_ECE) return worse(vector(f, p + i * k, k), confidence(c, p + i * k));
    return p ? vector(f, p + i * k, k) : q ? vector(f, q + i * k, k) : ORDINARY;
}

/* Some row is ignored; all of them: nothing is left. */
static regime of_batch(const lp_case *c) {
    int64_t ignored = 0;
    for (int64_t i = 0; i < c->n; i++) ignored += lp_case_ignored(c, i);
    if (ignored) return ignored == c->n ? EMPTY : IGNORED;
    if (c->reduction != LP_REDUCE_NONE) return REDUCED;
    return c->in[LP_IN_UPSTREAM] ? UPSTREAM : ORDINARY;
}

static regime of_params(const lp_case *c) {
    if (lp_case_has(c, LP_PARAM_SMOOTHING)) return SMOOTHING;
    if (lp_case_has(c, LP_PARAM_WEIGHTS) || lp_case_has(c, LP_PARAM_POS_WEIGHT) ||
        lp_case_has(c, LP_PARAM_POS_WEIGHT_ARRAY))
        return WEIGHTS;
    if (lp_case_has(c, LP_PARAM_GAMMA) || lp_case_has(c, LP_PARAM_ALPHA) ||
        lp_case_has(c, LP_PARAM_ALPHA_ARRAY))
        return GAMMA;
    if (lp_case_has(c, LP_PARAM_ADVANTAGE) || lp_case_has(c, LP_PARAM_ADVANTAGE_ARRAY) ||
        lp_case_has(c, LP_PARAM_ENTROPY_WEIGHT))
        return POLICY;
    return lp_case_has(c, LP_PARAM_TEMPERATURE) ? TEMPERATURE : ORDINARY;
}

static bool has_bad_label(const lp_case *c) {
    lp_label_kind kind = lp_op_get(c->op)->label;
    if (kind == LP_LABEL_NONE || !c->label) return false;
    if (kind == LP_LABEL_MAYBE && lp_case_param(c, LP_PARAM_MIX) == 0) return false;
    for (int64_t i = 0; i < c->n; i++) {
        int64_t y = c->label[i];
        if (lp_case_ignored(c, i)) continue;
        bool class = kind == LP_LABEL_CLASS || kind == LP_LABEL_MAYBE;
        bool right = class                     ? y >= 0 && y < c->k
                     : kind == LP_LABEL_BINARY ? y == 0 || y == 1
                                               : y == 1 || y == -1;
        if (!right) return true;
    }
    return false;
}

/* A scalar parameter outside its domain: the answer is an error. */
static bool has_bad_param(const lp_case *c) {
    for (int i = 0; i < LP_PARAM_WEIGHTS; i++) {
        const lp_param_info *info = lp_param_get((lp_param)i);
        double x = c->param[i];
        bool inside =
            isfinite(x) && info->min <= x && x <= info->max && !(info->open_min && x == info->min);
        if (lp_case_has(c, info->param) && !inside) return true;
    }
    return false;
}

static bool has_special_weight(const lp_case *c) {
    const double *given[] = {c->in[LP_IN_WEIGHTS], c->in[LP_IN_POS_WEIGHT]};
    const double *each = c->in[LP_IN_ADVANTAGE];
    for (int64_t i = 0; each && i < c->n; i++)
        if (!isfinite(each[i])) return true;
    for (int i = 0; i < 2; i++)
        for (int64_t j = 0; given[i] && j < c->k; j++)
            if (!isfinite(given[i][j]) || given[i][j] < 0) return true;
    return false;
}

static bool has_special_upstream(const lp_case *c) {
    const double *up = c->in[LP_IN_UPSTREAM];
    for (int64_t i = 0, n = up ? lp_case_in_len(c, LP_IN_UPSTREAM) : 0; i < n; i++)
        if (!isfinite(up[i])) return true;
    return false;
}

void lp_gen_regime(char name[24], const lp_case *c) {
    regime r = worse(of_params(c), of_batch(c));
    if (c->n == 0 || c->k == 0)
        r = EMPTY;
    else if (has_bad_label(c) || has_bad_param(c) || has_special_weight(c) ||
             has_special_upstream(c))
        r = SPECIAL;
    else if (c->k > WIDE)
        r = WIDE_ROW;
    else if (c->n > 1 && c->n * c->k > 256)
        r = worse(r, TALL);
    for (int64_t i = 0; i < c->n && c->k > 0 && r < SPECIAL; i++)
        if (!lp_case_ignored(c, i)) r = worse(r, worse(row(c, i), hinge_row(c, i)));
    snprintf(name, 24, "%s", regime_name[r]);
}
