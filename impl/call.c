/* lp_loss_call: all checks first (nothing is written when one fails), then the rows on the best
 * instruction set. */
#include "impl/rows.h"
#include "impl/threads.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#if defined(LP_IMPL_V3)
extern const lp_rows_table lp_rows_v3;
#endif
#if defined(LP_IMPL_V4)
extern const lp_rows_table lp_rows_v4;
#endif

static const lp_rows_table *pick(void) {
#if defined(LP_IMPL_V4)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
        __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
        __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512cd"))
        return &lp_rows_v4;
#endif
#if defined(LP_IMPL_V3)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
        __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2"))
        return &lp_rows_v3;
#endif
    return &lp_rows;
}

#define P(name) LP_PARAM_BIT(LP_PARAM_##name)
#define I(role) (1u << LP_IN_##role)
#define BATCH   (P(UPSTREAM) | P(EMPTY_MEAN))
#define LOGS    (BATCH | P(BASE)) /* losses with logarithms */
#define XENT                                                                                       \
    (LOGS | P(SMOOTHING) | P(SMOOTHING_RULE) | P(TEMPERATURE) | P(WEIGHTS) | P(SPECIAL) |          \
     P(Z_LOSS) | P(SOFTCAP))
#define LABELS (P(IGNORE_INDEX) | P(BAD_LABEL))
#define CLASS  (BATCH | LABELS)

/* MIXED_LABEL: a class, looked at unless `mix` is 0. */
typedef enum label_kind { NO_LABEL, CLASS_LABEL, BINARY_LABEL, SIGN_LABEL, MIXED_LABEL } label_kind;

/* What a call of the operation must satisfy. Entries of `unit` inputs lie in [0, 1], of
 * `nonnegative` ones in [0, inf], but targets are finite; NaN passes (rule 3 of the specification).
 */
typedef struct rule {
    uint32_t required, unit, nonnegative;
    label_kind label;
    bool scalar, reduces; /* k must be 1; sum and mean */
    uint64_t params;
} rule;

static const rule rules[LP_OP_COUNT] = {
    [LP_OP_ENTROPY] = {I(P), 0, I(P), NO_LABEL, false, true, LOGS},
    [LP_OP_CROSS_ENTROPY] = {I(P) | I(Q), 0, I(P) | I(Q), NO_LABEL, false, true, LOGS},
    [LP_OP_KL_DIV] = {I(P) | I(Q), 0, I(P) | I(Q), NO_LABEL, false, true, LOGS},
    [LP_OP_LOGSUMEXP] = {I(LOGITS), 0, 0, NO_LABEL, false, false, 0},
    [LP_OP_SOFTMAX] = {I(LOGITS), 0, 0, NO_LABEL, false, false, P(TEMPERATURE) | P(SPECIAL)},
    [LP_OP_LOG_SOFTMAX] = {I(LOGITS), 0, 0, NO_LABEL, false, false, P(TEMPERATURE) | P(SPECIAL)},
    [LP_OP_SIGMOID] = {I(LOGITS), 0, 0, NO_LABEL, true, false, 0},
    [LP_OP_LOG_SIGMOID] = {I(LOGITS), 0, 0, NO_LABEL, true, false, 0},
    [LP_OP_SOFTPLUS] = {I(LOGITS), 0, 0, NO_LABEL, true, false, 0},
    [LP_OP_SOFTMAX_XENT] = {I(LOGITS), 0, 0, CLASS_LABEL, false, true,
                            XENT | LABELS | P(MEAN_RULE)},
    [LP_OP_SOFTMAX_XENT_SOFT] = {I(LOGITS) | I(TARGETS), 0, I(TARGETS), NO_LABEL, false, true,
                                 XENT},
    [LP_OP_KL_LOGITS] = {I(LOGITS) | I(TARGETS), 0, I(TARGETS), NO_LABEL, false, true,
                         LOGS | P(SPECIAL)},
    [LP_OP_BCE_LOGITS] = {I(LOGITS) | I(TARGETS), I(TARGETS), 0, NO_LABEL, true, true,
                          LOGS | P(POS_WEIGHT)},
    [LP_OP_MULTILABEL_BCE] = {I(LOGITS) | I(TARGETS), I(TARGETS), I(POS_WEIGHT), NO_LABEL, false,
                              true,
                              LOGS | P(POS_WEIGHT) | P(POS_WEIGHT_ARRAY) | P(LABEL_REDUCTION)},
    [LP_OP_FOCAL_SOFTMAX] = {I(LOGITS), 0, 0, CLASS_LABEL, false, true,
                             CLASS | P(BASE) | P(GAMMA) | P(ALPHA) | P(ALPHA_ARRAY) | P(SPECIAL)},
    [LP_OP_FOCAL_SIGMOID] = {I(LOGITS), 0, 0, BINARY_LABEL, true, true, LOGS | P(GAMMA) | P(ALPHA)},
    [LP_OP_POLICY_GRAD] = {I(LOGITS), 0, 0, CLASS_LABEL, false, true,
                           CLASS | P(BASE) | P(ADVANTAGE) | P(ADVANTAGE_ARRAY) | P(ENTROPY_WEIGHT) |
                               P(SPECIAL)},
    [LP_OP_DISTILL] = {I(LOGITS) | I(TEACHER), 0, 0, MIXED_LABEL, false, true,
                       CLASS | P(BASE) | P(TEMPERATURE) | P(MIX) | P(FORM) | P(SPECIAL)},
    [LP_OP_INFO_NCE] = {I(SIM), 0, 0, NO_LABEL, false, false,
                        LOGS | P(TEMPERATURE) | P(SYMMETRIC) | P(SPECIAL)},
    [LP_OP_LINEAR_XENT] = {0, 0, 0, CLASS_LABEL, false, false, CLASS | P(BASE) | P(SPECIAL)},
    [LP_OP_NLL] = {I(Q), 0, I(Q), CLASS_LABEL, false, true, CLASS | P(BASE)},
    [LP_OP_BCE_PROB] = {I(P) | I(TARGETS), I(P) | I(TARGETS), 0, NO_LABEL, true, true, LOGS},
    [LP_OP_KL_GEN] = {I(P) | I(Q), 0, I(P) | I(Q), NO_LABEL, false, true, LOGS},
    [LP_OP_BRIER] = {I(P), 0, I(P), CLASS_LABEL, false, true, P(EMPTY_MEAN) | P(IGNORE_INDEX)},
    [LP_OP_ECE] = {I(P), 0, I(P), CLASS_LABEL, false, false,
                   P(EMPTY_MEAN) | P(IGNORE_INDEX) | P(BINS)},
    [LP_OP_PERPLEXITY] = {I(Q), 0, I(Q), CLASS_LABEL, false, false,
                          P(EMPTY_MEAN) | P(IGNORE_INDEX)},
    [LP_OP_LOGISTIC_MARGIN] = {I(LOGITS), 0, 0, SIGN_LABEL, true, true, LOGS},
    [LP_OP_HINGE] = {I(LOGITS), 0, 0, SIGN_LABEL, true, true, BATCH},
    [LP_OP_HINGE_MULTI] = {I(LOGITS), 0, 0, CLASS_LABEL, false, true, CLASS | P(FORM)},
    [LP_OP_MSE_SIGMOID] = {I(LOGITS) | I(TARGETS), I(TARGETS), 0, NO_LABEL, true, true, BATCH},
    [LP_OP_MSE_SOFTMAX] = {I(LOGITS) | I(TARGETS), 0, I(TARGETS), NO_LABEL, false, true,
                           BATCH | P(SPECIAL)},
};

/* Parameters that are numbers: their domain. */
static bool within(lp_param p, double x) {
    switch (p) {
    case LP_PARAM_SMOOTHING:
        return x >= 0 && x <= 1;
    case LP_PARAM_TEMPERATURE:
    case LP_PARAM_SOFTCAP:
        return x > 0 && x <= DBL_MAX;
    case LP_PARAM_GAMMA:
    case LP_PARAM_MIX:
    case LP_PARAM_Z_LOSS:
    case LP_PARAM_POS_WEIGHT:
        return x >= 0 && x <= DBL_MAX;
    case LP_PARAM_BINS:
        return x >= 1 && x <= 0x1p53 && x == trunc(x);
    case LP_PARAM_ALPHA:
    case LP_PARAM_ADVANTAGE:
    case LP_PARAM_ENTROPY_WEIGHT:
        return isfinite(x);
    default: /* one of two words */
        return x == 0 || x == 1;
    }
}
static bool params_fit(const lp_call *c) {
    if (c->set & (LP_PARAM_BIT(LP_PARAM_WEIGHTS) - 1) && !c->param) return false;
    for (int p = 0; p < LP_PARAM_WEIGHTS; p++)
        if (c->set & LP_PARAM_BIT(p) && !within((lp_param)p, c->param[p])) return false;
    return true;
}

static bool entries_within(const lp_call *c, lp_in role, int64_t n, int64_t k, double min,
                           double max) {
    return pick()->within(&c->in[role], c->format == LP_BINARY32, n, k, min, max);
}

/* Arrays that stand for parameters: present when said to be, and finite or NaN. */
static bool arrays_fit(const lp_call *c) {
    static const struct {
        lp_param param;
        lp_in role;
        double min;
    } array[] = {{LP_PARAM_WEIGHTS, LP_IN_WEIGHTS, -DBL_MAX},
                 {LP_PARAM_ALPHA_ARRAY, LP_IN_ALPHA, -DBL_MAX},
                 {LP_PARAM_ADVANTAGE_ARRAY, LP_IN_ADVANTAGE, -DBL_MAX},
                 {LP_PARAM_POS_WEIGHT_ARRAY, LP_IN_POS_WEIGHT, 0}};
    for (size_t a = 0; a < sizeof array / sizeof *array; a++) {
        bool there = c->in[array[a].role].data != NULL;
        bool none = array[a].role == LP_IN_ADVANTAGE && c->n == 0;
        if (there != (bool)(c->set >> array[a].param & 1) && !none) return false;
        int64_t count = array[a].role == LP_IN_ADVANTAGE ? c->n : c->k;
        if (there && !entries_within(c, array[a].role, 1, count, array[a].min, DBL_MAX))
            return false;
    }
    bool upstream = c->set >> LP_PARAM_UPSTREAM & 1;
    return upstream == (c->in[LP_IN_UPSTREAM].data != NULL) || (c->n == 0 && !c->reduction);
}

static bool matrices_fit(const lp_call *c, const rule *r) {
    for (int role = 0; role < LP_IN_WEIGHTS; role++) {
        if (c->n == 0 || !(r->required >> role & 1)) continue;
        if (!c->in[role].data || c->in[role].stride < c->k) return false;
        if (r->unit >> role & 1 && !entries_within(c, (lp_in)role, c->n, c->k, 0, 1)) return false;
        double most = role == LP_IN_TARGETS ? DBL_MAX : INFINITY;
        if (r->nonnegative >> role & 1 && !entries_within(c, (lp_in)role, c->n, c->k, 0, most))
            return false;
    }
    const lp_matrix *v = &c->in[LP_IN_V];
    if (c->n > 0 && v->data && c->op != LP_OP_LOGSUMEXP && v->stride < c->k) return false;
    static const lp_out matrix[] = {LP_OUT_GRAD, LP_OUT_GRAD_P, LP_OUT_VALUE};
    for (int o = 0; o < 3; o++) {
        const lp_matrix *m = &c->out[matrix[o]];
        bool vector = matrix[o] == LP_OUT_VALUE && c->op == LP_OP_LOGSUMEXP;
        if (c->n > 0 && m->data && !vector && m->stride < c->k) return false;
    }
    return true;
}

/* x, W and b, whose rows have d entries. */
static bool layer_fits(const lp_call *c) {
    static const lp_in in[] = {LP_IN_X, LP_IN_W};
    static const lp_out out[] = {LP_OUT_GRAD_X, LP_OUT_GRAD_W};
    if (c->op != LP_OP_LINEAR_XENT || c->n == 0) return true;
    if (c->d < 0 || !c->in[LP_IN_B].data) return false;
    for (int m = 0; m < 2; m++) {
        if (c->d > 0 && (!c->in[in[m]].data || c->in[in[m]].stride < c->d)) return false;
        if (c->out[out[m]].data && c->out[out[m]].stride < c->d) return false;
    }
    return true;
}

static lp_status labels_fit(const lp_call *c, const rule *r) {
    bool mixed = c->set & P(MIX) && c->param[LP_PARAM_MIX] == 0;
    if (r->label == NO_LABEL || c->n == 0 || mixed) return LP_OK;
    if (!c->label) return LP_E_ARGUMENT;
    bool lenient = c->set & P(BAD_LABEL) && c->param[LP_PARAM_BAD_LABEL] != 0;
    bool ignore = c->set & P(IGNORE_INDEX), sign = r->label == SIGN_LABEL;
    int64_t first = sign ? -1 : 0, last = sign ? 1 : r->label == BINARY_LABEL ? 1 : c->k - 1;
    for (int64_t i = 0; i < c->n; i++) {
        int64_t label = c->label[i];
        bool inside = label >= first && label <= last && !(sign && label == 0);
        if (!inside && !lenient && !(ignore && label == c->ignore_index)) return LP_E_LABEL;
    }
    return LP_OK;
}

/* gcc 12 leaves the upper halves of vector registers in use on some ways out of a function; the
 * caller's SSE code, a C library's logarithm for one, would take ten times as long from then on. */
#if defined(LP_IMPL_V3)
__attribute__((target("avx"))) static void leave_vectors(void) {
    __builtin_ia32_vzeroupper();
}
#endif
static void run(const void *table, const lp_call *c) {
    const lp_rows_table *rows = table;
    rows->op[c->op](c);
#if defined(LP_IMPL_V3)
    if (rows != &lp_rows) leave_vectors();
#endif
}
/* Rows that a reduction or the operation brings together stay together. */
static void run_on(const lp_rows_table *rows, const lp_call *c, int threads) {
    bool together = c->reduction || c->op == LP_OP_ECE || c->op == LP_OP_PERPLEXITY ||
                    c->op == LP_OP_INFO_NCE || c->op == LP_OP_LINEAR_XENT;
    if (threads > 1 && c->n > 1 && !together)
        lp_threads_run(run, rows, c, threads);
    else
        run(rows, c);
}

lp_status lp_loss_call(const lp_call *c) {
    return lp_loss_call_threads(c, 1);
}
lp_status lp_loss_call_threads(const lp_call *c, int threads) {
    if (!c || c->size < sizeof *c) return LP_E_ARGUMENT;
    if (c->op >= LP_OP_COUNT || c->format > LP_BINARY32) return LP_E_UNSUPPORTED;
    const lp_rows_table *rows = pick();
    const rule *r = &rules[c->op];
    if (!rows->op[c->op] || c->set & ~r->params || c->reduction > LP_REDUCE_MEAN ||
        (c->reduction && !r->reduces))
        return LP_E_UNSUPPORTED;
    bool square = c->op != LP_OP_INFO_NCE || c->n == c->k;
    if (c->n < 0 || c->k < 1 || !square || (r->scalar && c->k != 1) || !params_fit(c) ||
        !matrices_fit(c, r) || !layer_fits(c) || !arrays_fit(c))
        return LP_E_ARGUMENT;
    lp_status status = labels_fit(c, r);
    if (status != LP_OK) return status;
    lp_call call = *c;
    /* nothing is read that the operation does not take: targets make another row of a label's */
    for (int role = 0; c->op != LP_OP_LINEAR_XENT && role < LP_IN_WEIGHTS; role++)
        if (!(r->required >> role & 1)) call.in[role].data = NULL;
    /* nothing is written where the operation has no such output */
    if (!(r->required >> LP_IN_P & 1) || !(r->required >> LP_IN_Q & 1))
        call.out[LP_OUT_GRAD_P].data = NULL;
    run_on(rows, &call, threads);
    return LP_OK;
}
