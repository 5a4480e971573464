/* Hunting the largest score over vectors of doubles: hill climbing and differential evolution in
 * the coordinates that matter (reals, ulps, common shifts and scales, ties, gaps). Knows no loss;
 * everything is a function of the arguments. */
#ifndef LP_ENGINE_SEARCH_H
#define LP_ENGINE_SEARCH_H

#include "core/rng.h"
#include "props/engine/choices.h"

#define LP_SEARCH_MOST 256 /* coordinates */

/* Coordinates of one group move together (a row of logits); each has its domain. */
typedef struct lp_search_space {
    int n;
    const lp_f64_domain *domain[LP_SEARCH_MOST];
    int group[LP_SEARCH_MOST];
} lp_search_space;

/* The score of x, larger is better, -1 where x is no input at all. */
typedef double (*lp_score_fn)(void *env, const double *x);

typedef struct lp_search {
    const lp_search_space *space;
    lp_score_fn score;
    void *env;
    lp_rng rng;
    int64_t left;      /* calls of score that may still be made */
    const double *gap; /* distances at which functions change their nature */
    int gaps;
} lp_search;

/* Moves x uphill, never down, until `moves` in a row have failed or nothing is left; returns the
 * score. */
double lp_search_climb(lp_search *s, double *x, int64_t moves);
/* Differential evolution of a population drawn around x; x becomes its best. */
double lp_search_evolve(lp_search *s, double *x, int64_t calls);
/* Every neighbour of x within `ulps` in one coordinate, and again from the best, until none is
 * better. */
double lp_search_polish(lp_search *s, double *x, int ulps);

#endif
