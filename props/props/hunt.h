/* The search for the worst input of one operation and format: a portfolio of arms, two targets at
 * once (error in ulp, error over the a-priori bound), one island at a time. An island is a function
 * of the seed, its number and the known inputs alone, so that islands run anywhere in any order. */
#ifndef LP_PROPS_HUNT_H
#define LP_PROPS_HUNT_H

#include "props/props/trial.h"

typedef enum lp_hunt_target { LP_HUNT_ULP, LP_HUNT_BOUND } lp_hunt_target;
#define LP_HUNT_TARGETS 2
const char *lp_hunt_target_name(lp_hunt_target t); /* "ulp", "bound" */

/* Arms, bits of `arms`. */
typedef enum lp_hunt_arm {
    LP_HUNT_KNOWN,      /* worst inputs from elsewhere, as they are and climbed from */
    LP_HUNT_STRUCTURED, /* the generator's families */
    LP_HUNT_CLIMB,      /* hill climbing from them */
    LP_HUNT_EVOLVE,     /* differential evolution */
    LP_HUNT_BITS,       /* raw bit patterns */
    LP_HUNT_RANDOM      /* uniform reals; not in the portfolio: what the others are measured by */
} lp_hunt_arm;
#define LP_HUNT_ARMS 6
#define LP_HUNT_PORTFOLIO                                                                          \
    (1u << LP_HUNT_KNOWN | 1u << LP_HUNT_STRUCTURED | 1u << LP_HUNT_CLIMB | 1u << LP_HUNT_EVOLVE | \
     1u << LP_HUNT_BITS)
const char *lp_hunt_arm_name(lp_hunt_arm a);

/* The worst of an output by one target; case_line NULL: nothing yet. */
typedef struct lp_hunt_best {
    char *case_line;
    double score;     /* ulp, or error over bound; infinity: a wrong special value */
    lp_level level;   /* of the case */
    lp_hunt_arm arm;  /* that found it, */
    int64_t found_at; /* at this call of its island */
    int64_t at;
    double got, want;
} lp_hunt_best;

typedef struct lp_hunt {
    lp_bench *bench;
    lp_op op;
    lp_format_id format;
    uint64_t seed;
    int island, islands;
    int64_t evals; /* calls of this island */
    unsigned arms;
    const lp_case *known;
    int knowns;
    lp_level stop_below; /* > FAIL: leave at the first case below it; found_at says when */
    volatile const int *stop;
    /* results */
    lp_hunt_best best[LP_OUT_COUNT][LP_HUNT_TARGETS];
    lp_level least;             /* level of any case */
    unsigned findings;          /* LP_FIND_* of any call; those that are only reported left out */
    int64_t calls, first_below; /* call of the first case below stop_below, -1: none */
} lp_hunt;

/* False: the tool failed (bench->err); what was found is there. */
bool lp_hunt_run(lp_hunt *h);
/* Keeps the larger score; of equals the line that is first by strcmp. Takes a copy. */
void lp_hunt_fold(lp_hunt_best *into, const lp_hunt_best *from);
void lp_hunt_clear(lp_hunt *h);

#endif
