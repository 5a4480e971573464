/* How far along one coordinate of the inputs each level was seen to hold: what a certifier signs
 * ("accurate to a gap of 3.2, lost beyond 36.7"). */
#ifndef LP_CORE_REACH_H
#define LP_CORE_REACH_H

#include "core/histogram.h"
#include "core/op.h"
#include "core/verdict.h"

/* What is made larger while the rest stays harmless. */
typedef enum lp_way {
    LP_WAY_AHEAD,   /* the label's logit (without labels: one component's) ahead of all others; of
                       the scalar operations the logit on the label's side */
    LP_WAY_BEHIND,  /* behind the largest other one; on the other side */
    LP_WAY_OFFSET,  /* a common offset of all logits */
    LP_WAY_CLASSES, /* K */
    LP_WAY_SIZE     /* the size of logits drawn at random */
} lp_way;
#define LP_WAY_COUNT 5

/* Thresholds: the levels that a number can have, and that not every digit is gone. */
typedef enum lp_reach_mark {
    LP_REACH_FAITHFUL,
    LP_REACH_ACCURATE,
    LP_REACH_STABLE,
    LP_REACH_KEPT /* not lost */
} lp_reach_mark;
#define LP_REACH_COUNT 4

/* One operation, format, output, part of it and way. */
typedef struct lp_reach_row {
    lp_op op;
    lp_format_id format;
    lp_out out;
    lp_part part;
    lp_way way;
    double tried_from, tried_to; /* the range that was probed */
    int64_t probes;              /* calls on this way, shared by the row's neighbours */
    /* Everything probed up to `holds` has the mark (below tried_from: nothing has), something at
     * `fails` has not (infinity: nothing seen). Lower and upper estimates: a search. */
    double holds[LP_REACH_COUNT], fails[LP_REACH_COUNT];
} lp_reach_row;

const char *lp_way_name(lp_way way);           /* "ahead", "behind", "offset" ... */
const char *lp_reach_name(lp_reach_mark mark); /* "faithful", "accurate", "stable", "kept" */
bool lp_way_by_name(lp_way *way, const char *name);
/* The mark that a component has: its level, and whether it is lost. */
bool lp_reach_has(lp_reach_mark mark, lp_level level, bool lost);
/* Folds one row of another shard in; the same operation, format, output, part and way. */
void lp_reach_merge(lp_reach_row *into, const lp_reach_row *from);

#endif
