/* The table of planted faults: a property, an operation that it applies to, and what is spoilt. */
#ifndef LP_TESTS_PLANTED_H
#define LP_TESTS_PLANTED_H

#include "subjects.h"

#include "props/props/properties.h"

#define LP_PLANTED_EVERY LP_OP_COUNT /* each operation that the property applies to */

typedef struct lp_planted {
    const lp_property *property;
    lp_op op;
    void (*spoil)(const spoilt *s, const lp_case *c, const lp_host_how *how, lp_exact *e,
                  lp_answer *a);
} lp_planted;

extern const lp_planted planted[];
extern const int planted_count;

#endif
