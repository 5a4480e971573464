#include "core/op.h"

#include <float.h>
#include <math.h>
#include <string.h>

static const char *const smoothing_rule[] = {"K", "K-1"};
static const char *const base[] = {"nats", "bits"};
static const char *const label_reduction[] = {"sum", "mean"};
static const char *const mean_rule[] = {"n", "weights"};
static const char *const empty_mean[] = {"torch", "zero"};
static const char *const special[] = {"ieee", "limit"};
static const char *const bad_label[] = {"error", "nan_row"};

#define REAL(name, id, min, max, open, neutral)                                                    \
    [LP_PARAM_##id] = {name, LP_PARAM_##id, LP_TYPE_REAL, min, max, open, neutral, NULL, 0}
#define WORD(name, id, words)                                                                      \
    [LP_PARAM_##id] = {name, LP_PARAM_##id, LP_TYPE_WORD, 0, 1, false, 0, words, 2}
#define BOOL(name, id)                                                                             \
    [LP_PARAM_##id] = {name, LP_PARAM_##id, LP_TYPE_BOOL, 0, 1, false, 0, NULL, 0}

/* Domains are section 2's; every parameter must be finite, hence DBL_MAX. `alpha` and `softcap`
 * have no neutral value (the sigmoid form's alpha absent is 1 on both sides), `bins`
 * are 15 where they are not given, as in Guo et al. 2017 and torchmetrics. */
static const lp_param_info scalar[LP_PARAM_WEIGHTS] = {
    REAL("smoothing", SMOOTHING, 0, 1, false, 0),
    WORD("smoothing_rule", SMOOTHING_RULE, smoothing_rule),
    REAL("temperature", TEMPERATURE, 0, DBL_MAX, true, 1),
    REAL("gamma", GAMMA, 0, DBL_MAX, false, 0),
    REAL("alpha", ALPHA, -DBL_MAX, DBL_MAX, false, NAN),
    REAL("pos_weight", POS_WEIGHT, 0, DBL_MAX, false, 1),
    REAL("z_loss", Z_LOSS, 0, DBL_MAX, false, 0),
    REAL("softcap", SOFTCAP, 0, DBL_MAX, true, NAN),
    REAL("mix", MIX, 0, DBL_MAX, false, 1),
    WORD("form", FORM, NULL),
    WORD("base", BASE, base),
    REAL("advantage", ADVANTAGE, -DBL_MAX, DBL_MAX, false, 1),
    REAL("entropy_weight", ENTROPY_WEIGHT, -DBL_MAX, DBL_MAX, false, 0),
    [LP_PARAM_BINS] = {"bins", LP_PARAM_BINS, LP_TYPE_INTEGER, 1, 0x1p53, false, 15, NULL, 0},
    BOOL("symmetric", SYMMETRIC),
    WORD("label_reduction", LABEL_REDUCTION, label_reduction),
    WORD("mean_rule", MEAN_RULE, mean_rule),
    WORD("empty_mean", EMPTY_MEAN, empty_mean),
    WORD("special", SPECIAL, special),
    WORD("bad_label", BAD_LABEL, bad_label),
    BOOL("ftz", FTZ),
    BOOL("accumulate", ACCUMULATE),
};

static const char *const array_name[LP_PARAM_COUNT - LP_PARAM_WEIGHTS] = {
    "weights", "upstream", "ignore_index", "alpha[]", "pos_weight[]", "advantage[]"};

const lp_param_info *lp_param_get(lp_param p) {
    return p < LP_PARAM_WEIGHTS ? &scalar[p] : NULL;
}

const lp_param_info *lp_param_by_name(const char *name) {
    for (int i = 0; i < LP_PARAM_WEIGHTS; i++)
        if (!strcmp(scalar[i].name, name)) return &scalar[i];
    return NULL;
}

const char *const *lp_param_words(const lp_op_info *info, lp_param p) {
    const lp_param_info *param = lp_param_get(p);
    if (!param || param->type != LP_TYPE_WORD) return NULL;
    return p == LP_PARAM_FORM ? info->form : param->word;
}

const char *lp_param_name(lp_param p) {
    return p < LP_PARAM_WEIGHTS ? scalar[p].name : array_name[p - LP_PARAM_WEIGHTS];
}
