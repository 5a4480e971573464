/* The domain finder: along each way (core/reach.h) a geometric grid is probed, and where a mark is
 * lost the edge is narrowed by bisection. */
#ifndef LP_PROPS_REACH_H
#define LP_PROPS_REACH_H

#include "core/reach.h"
#include "props/props/campaign_run.h"

/* The range of a way in a format; *from > 0. False: the operation has no such way. */
bool lp_reach_range(double *from, double *to, lp_way way, lp_op op, lp_format_id format,
                    int64_t most_k);
/* Probe `round` of the way at x, of at most `most_k` classes where the way does not say how many: a
 * function of the seed and these alone, into an uninitialised `c`. *about is the class whose logit
 * the way moves. */
void lp_reach_case(lp_case *c, int64_t *about, lp_way way, double x, lp_op op, lp_format_id format,
                   int64_t most_k, uint64_t seed, uint64_t round);

/* Probes all ways of the pair with about `evals` calls and what earlier pairs of the run did not
 * need of theirs, none where `evals` is a handful; every probe counts as a case of the regime
 * "reach" too. False: the tool failed.
 */
bool lp_pair_reach(lp_pair *p, int64_t evals);

#endif
