/* Where cases come from: the special list, then structured and random ones in turn. Case i of a
 * plan is a function of the seed and i alone; a smaller budget sees a prefix. */
#ifndef LP_PROPS_SOURCE_H
#define LP_PROPS_SOURCE_H

#include "props/props/generate.h"

typedef struct lp_source {
    const lp_gen_plan *plan;
    uint64_t seed, domain;
    int64_t specials, structured;
    int64_t *order; /* the structured enumeration, every regime in turn */
} lp_source;

void lp_source_open(lp_source *s, const lp_gen_plan *plan, uint64_t seed);
void lp_source_close(lp_source *s);
bool lp_source_special(const lp_source *s, int64_t i); /* case i is of the special list */
void lp_source_case(lp_case *c, char regime[24], const lp_source *s, int64_t i);

#endif
