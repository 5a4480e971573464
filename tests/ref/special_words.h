/* Short words for the rows of t_special.c. */
#ifndef LP_TESTS_REF_SPECIAL_WORDS_H
#define LP_TESTS_REF_SPECIAL_WORDS_H

#include "line.h"

#include <float.h>
#include <math.h>

#define I   INFINITY
#define N   NAN
#define BIG DBL_MAX

#define POSW(q) .set = LP_PARAM_BIT(LP_PARAM_POS_WEIGHT), .param = {[LP_PARAM_POS_WEIGHT] = (q)}
#define MEAN                                                                                       \
    .set = LP_PARAM_BIT(LP_PARAM_LABEL_REDUCTION), .param = {[LP_PARAM_LABEL_REDUCTION] = 1}
#define G(g) .set = LP_PARAM_BIT(LP_PARAM_GAMMA), .param = {[LP_PARAM_GAMMA] = (g)}
#define GA(g, a)                                                                                   \
    .set = LP_PARAM_BIT(LP_PARAM_GAMMA) | LP_PARAM_BIT(LP_PARAM_ALPHA),                            \
    .param = {[LP_PARAM_GAMMA] = (g), [LP_PARAM_ALPHA] = (a)}
#define SOFT_LIMIT(mix)                                                                            \
    .set = LP_PARAM_BIT(LP_PARAM_SPECIAL) | LP_PARAM_BIT(LP_PARAM_MIX),                            \
    .param = {[LP_PARAM_SPECIAL] = 1, [LP_PARAM_MIX] = mix}
#define LIMIT  .set = LP_PARAM_BIT(LP_PARAM_SPECIAL), .param = {[LP_PARAM_SPECIAL] = 1}
#define ZL(l)  .set = LP_PARAM_BIT(LP_PARAM_Z_LOSS), .param = {[LP_PARAM_Z_LOSS] = (l)}
#define CAP(s) .set = LP_PARAM_BIT(LP_PARAM_SOFTCAP), .param = {[LP_PARAM_SOFTCAP] = (s)}
#define SINGER .set = LP_PARAM_BIT(LP_PARAM_FORM), .param = {[LP_PARAM_FORM] = 1}
#define T3     0x1.5555555555555p-2 /* RN(1/3) */
#define LN2    0x1.62e42fefa39efp-1

#endif
