/* Options over rows of logits: how each is drawn, alone or beside others. */
#ifndef LP_PROPS_GENERATE_OPTION_H
#define LP_PROPS_GENERATE_OPTION_H

#include "props/props/generate_family.h"

/* Kinds of values of each. */
#define LP_GEN_SMOOTHINGS   9
#define LP_GEN_TEMPERATURES 13
#define LP_GEN_WEIGHTINGS   10
#define LP_GEN_GAMMAS       12
#define LP_GEN_ALPHAS       8
#define LP_GEN_Z_LOSSES     7
#define LP_GEN_SOFTCAPS     8
#define LP_GEN_LIMITS       4

typedef enum lp_gen_option {
    LP_GEN_SMOOTHING,
    LP_GEN_TEMPERATURE,
    LP_GEN_WEIGHTS,
    LP_GEN_GAMMA,
    LP_GEN_ALPHA,
    LP_GEN_Z_LOSS,
    LP_GEN_SOFTCAP,
    LP_GEN_LIMIT,
    LP_GEN_OPTIONS /* none of them */
} lp_gen_option;

bool lp_gen_takes(const lp_gen *g, lp_param p); /* it is among the plan's */
/* Sets the option, kind number `which`, on a case whose rows are there. */
void lp_gen_draw_option(lp_gen *g, lp_gen_option option, int which);
/* Each option of the plan besides `own`, now and then: they interact. */
void lp_gen_draw_others(lp_gen *g, lp_gen_option own);

#endif
