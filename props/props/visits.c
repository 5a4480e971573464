#include "props/props/visits.h"

#include "props/engine/coverage.h"

#include <string.h>

typedef struct demand {
    const char *regime;
    double least; /* share of the generated cases, about half of what the generator gives */
} demand;

static const demand
    rows[] = {{"confident", 0.03}, {"threshold", 0.02}, {"ties", 0.03},    {"offset", 0.02},
              {"masked", 0.04},    {"subnormal", 0.03}, {"extreme", 0.03}, {NULL, 0}},
    single[] = {{"confident", 0.03},
                {"threshold", 0.03},
                {"subnormal", 0.03},
                {"extreme", 0.02},
                {NULL, 0}},
    given[] = {{"subnormal", 0.04}, {"extreme", 0.04}, {"confident", 0.006}, {NULL, 0}},
    score[] = {{"subnormal", 0.04}, {"confident", 0.03}, {"wrong_confident", 0.03}, {NULL, 0}},
    any[] = {{"ordinary", 0.01}, {NULL, 0}};

static const demand *demands(lp_op op) {
    switch (op) {
    case LP_OP_SOFTMAX_XENT:
    case LP_OP_SOFTMAX_XENT_SOFT:
    case LP_OP_KL_LOGITS:
    case LP_OP_FOCAL_SOFTMAX:
    case LP_OP_SOFTMAX:
    case LP_OP_LOG_SOFTMAX:
    case LP_OP_LOGSUMEXP:
        return rows;
    case LP_OP_SIGMOID:
    case LP_OP_LOG_SIGMOID:
    case LP_OP_SOFTPLUS:
    case LP_OP_BCE_LOGITS:
    case LP_OP_MULTILABEL_BCE:
    case LP_OP_FOCAL_SIGMOID:
        return single;
    case LP_OP_ENTROPY:
    case LP_OP_CROSS_ENTROPY:
    case LP_OP_KL_DIV:
    case LP_OP_NLL:
        return given;
    case LP_OP_BCE_PROB:
        return score;
    default:
        return any;
    }
}

void lp_visits_see(lp_visits *v, lp_op op, const char *regime) {
    const demand *d = demands(op);
    v->cases++;
    for (int i = 0; d[i].regime; i++) v->seen[i] += !strcmp(d[i].regime, regime);
}

/* Nine refused for each that is taken, and more than a subject's odd restriction explains. */
#define REFUSED_LEAST 100

bool lp_visits_tell(lp_certificate *cert, const lp_visits *v, lp_op op, lp_format_id format) {
    const demand *d = demands(op);
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
