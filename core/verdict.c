#include "core/verdict.h"

#include <string.h>

static const char *const level_name[LP_LEVEL_COUNT] = {"fail",     "finite",   "stable",
                                                       "accurate", "faithful", "correct"};
static const char *const cause_name[LP_CAUSE_COUNT] = {
    "none", "error", "wrong_special", "zero_sign", "status", "finding", "property", "undecided"};
static const char *const evidence_name[] = {"searched", "exhausted", "proved"};

const char *lp_level_name(lp_level level) {
    return level_name[level];
}

bool lp_level_by_name(lp_level *level, const char *name) {
    for (int i = 0; i < LP_LEVEL_COUNT; i++)
        if (!strcmp(level_name[i], name)) {
            *level = (lp_level)i;
            return true;
        }
    return false;
}

const char *lp_cause_name(lp_cause cause) {
    return cause_name[cause];
}

const char *lp_evidence_name(lp_evidence e) {
    return evidence_name[e];
}
