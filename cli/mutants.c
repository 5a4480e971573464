#include "cli/mutants.h"
#include "cli/certify.h"

#include <string.h>

#define LP_MUTANT(name, letter, number, thread, op, params, note)                                  \
    {#name, letter, number, thread, #op, params, note},
const lp_mutant lp_mutants[] = {
#include "subjects/mutants/mutants.def"
};
const int lp_mutant_count = LP_COUNT(lp_mutants);

const lp_mutant *lp_mutant_named(const char *name) {
    for (int i = 0; i < lp_mutant_count; i++)
        if (!strcmp(lp_mutants[i].name, name)) return &lp_mutants[i];
    return NULL;
}

/* One of each way to be wrong: a dropped term, a lost shift, an underflowing log, a narrow sum,
 * 0*inf, a window that only the thresholds visit, a wrong convention, unwritten rows. */
const char *const lp_canary_names[] = {
    "onehot_gradient", "lse_minus_target", "log_of_softmax",       "narrow_sum",
    "zero_times_inf",  "exp_window",       "bce_inf_minus_inf",    "dropped_minus",
    "unwritten_rows",  "kl_zero_log_zero", "kl_gradient_reversed", NULL};
