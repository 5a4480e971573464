#include "props/props/visits.h"

#include "props/engine/coverage.h"

#include <string.h>

typedef struct demand {
    const char *regime;
    double least; /* share of the generated cases, about half of what the generator gives where it
                     gives least: of 5000 cases, of 500 000 evaluations of builtin:accurate, and
                     1500 of the oracle's in 16 bits */
} demand;

/* What every kind of operation is hard at: rows of logits, single ones, probabilities. */
static const demand
    /* in binary32 half of the offsets leave no differences, and are ties */
    rows[] = {{"confident", 0.02}, {"threshold", 0.02}, {"ties", 0.03},    {"offset", 0.006},
              {"masked", 0.025},   {"subnormal", 0.03}, {"extreme", 0.03}, {NULL, 0}},
    /* a case's most particular row names it, and these have many */
    both_ways[] = {{"confident", 0.016}, {"threshold", 0.02}, {"ties", 0.03},    {"offset", 0.004},
                   {"masked", 0.04},     {"subnormal", 0.03}, {"extreme", 0.03}, {NULL, 0}},
    margins[] = {{"confident", 0.03}, {"threshold", 0.016}, {"ties", 0.026}, {"offset", 0.009},
                 {"masked", 0.03},    {"subnormal", 0.05},  {"kink", 0.02},  {NULL, 0}},
    taught[] = {{"confident", 0.014}, {"threshold", 0.03}, {"ties", 0.03},
                {"offset", 0.005},    {"masked", 0.05},    {"subnormal", 0.035},
                {"extreme", 0.025},   {"identical", 0.03}, {NULL, 0}},
    single[] = {{"confident", 0.03},
                {"threshold", 0.03},
                {"subnormal", 0.03},
                {"extreme", 0.02},
                {NULL, 0}},
    labelled[] = {{"confident", 0.01},
                  {"threshold", 0.03},
                  {"subnormal", 0.03},
                  {"extreme", 0.009},
                  {NULL, 0}},
    margin[] = {{"confident", 0.045}, {"threshold", 0.06}, {"subnormal", 0.05},
                {"extreme", 0.016},   {"kink", 0.035},     {NULL, 0}},
    given[] = {{"subnormal", 0.04},
               {"extreme", 0.04},
               {"confident", 0.006},
               {"zeros", 0.09},
               {NULL, 0}},
    pairs[] = {{"subnormal", 0.04},
               {"extreme", 0.04},
               {"confident", 0.006},
               {"zeros", 0.1},
               {"identical", 0.03},
               {"near_identical", 0.027},
               {NULL, 0}},
    binned[] = {{"subnormal", 0.06},
                {"extreme", 0.06},
                {"confident", 0.003},
                {"zeros", 0.1},
                {"threshold", 0.07}, /* confidences beside an edge of a bin */
                {NULL, 0}},
    score[] = {{"subnormal", 0.04}, {"confident", 0.016}, {"wrong_confident", 0.016}, {NULL, 0}};

static const demand *const demands[LP_OP_COUNT] = {
    [LP_OP_ENTROPY] = given,
    [LP_OP_CROSS_ENTROPY] = pairs,
    [LP_OP_KL_DIV] = pairs,
    [LP_OP_KL_GEN] = pairs,
    [LP_OP_NLL] = given,
    [LP_OP_BCE_PROB] = score,
    [LP_OP_BRIER] = given,
    [LP_OP_ECE] = binned,
    [LP_OP_PERPLEXITY] = given,
    [LP_OP_LOGSUMEXP] = rows,
    [LP_OP_SOFTMAX] = rows,
    [LP_OP_LOG_SOFTMAX] = rows,
    [LP_OP_SIGMOID] = single,
    [LP_OP_LOG_SIGMOID] = single,
    [LP_OP_SOFTPLUS] = single,
    [LP_OP_SOFTMAX_XENT] = rows,
    [LP_OP_SOFTMAX_XENT_SOFT] = rows,
    [LP_OP_KL_LOGITS] = rows,
    [LP_OP_BCE_LOGITS] = labelled,
    [LP_OP_MULTILABEL_BCE] = labelled,
    [LP_OP_FOCAL_SOFTMAX] = rows,
    [LP_OP_FOCAL_SIGMOID] = single,
    [LP_OP_DISTILL] = taught,
    [LP_OP_HINGE] = margin,
    [LP_OP_HINGE_MULTI] = margins,
    [LP_OP_LOGISTIC_MARGIN] = single,
    [LP_OP_MSE_SIGMOID] = single,
    [LP_OP_MSE_SOFTMAX] = rows,
    [LP_OP_POLICY_GRAD] = rows,
    [LP_OP_INFO_NCE] = both_ways,
    [LP_OP_LINEAR_XENT] = rows,
};

void lp_visits_see(lp_visits *v, lp_op op, const char *regime) {
    const demand *d = demands[op];
    v->cases++;
    for (int i = 0; d[i].regime; i++) v->seen[i] += !strcmp(d[i].regime, regime);
}

/* Nine refused for each that is taken, and more than a subject's odd restriction explains. */
#define REFUSED_LEAST 100

bool lp_visits_tell(lp_certificate *cert, const lp_visits *v, lp_op op, lp_format_id format) {
    const demand *d = demands[op];
    bool good = true;
    for (int i = 0; d[i].regime; i++) {
        if (!lp_coverage_short(v->seen[i], v->cases, d[i].least)) continue;
        lp_certificate_not_tested(
            cert,
            "%s %s: regime %s visited %lld times in %lld cases, which is too rarely for chance "
            "(%g %% at least are due): a defect of the generator",
            lp_op_get(op)->name, lp_format_get(format)->name, d[i].regime, (long long)v->seen[i],
            (long long)v->cases, 100 * d[i].least);
        good = false;
    }
    if (v->refused >= REFUSED_LEAST && v->refused > 9 * v->cases) {
        lp_certificate_not_tested(cert,
                                  "%s %s: the subject takes %lld of %lld generated cases only: too "
                                  "few to speak of the operation",
                                  lp_op_get(op)->name, lp_format_get(format)->name,
                                  (long long)v->cases, (long long)(v->cases + v->refused));
        good = false;
    }
    if (!good) cert->complete = false;
    return good;
}
