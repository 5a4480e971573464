#include "core/answer.h"

#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

static const char *const finding_name[LP_FIND_COUNT] = {
    "crash",          "hang",          "overread",  "overwrite", "input_changed",    "unwritten",
    "wrote_on_error", "rounding",      "ftz",       "noise",     "nondeterministic", "errno",
    "load_ftz",       "load_rounding", "accumulate"};

const char *lp_finding_name(lp_finding one) {
    for (int i = 0; i < LP_FIND_COUNT; i++)
        if ((int)one == 1 << i) return finding_name[i];
    return "unknown";
}

void lp_answer_init(lp_answer *a) {
    *a = (lp_answer){0};
}

void lp_answer_clear(lp_answer *a) {
    for (int o = 0; o < LP_OUT_COUNT; o++) free(a->out[o]);
    lp_answer_init(a);
}

void lp_answer_copy(lp_answer *to, const lp_answer *from) {
    *to = *from;
    for (int o = 0; o < LP_OUT_COUNT; o++)
        to->out[o] = lp_memory_copy(from->out[o], (size_t)from->len[o] * sizeof(double));
}

double *lp_answer_alloc(lp_answer *a, const lp_case *c, lp_out role) {
    free(a->out[role]);
    a->len[role] = lp_case_out_len(c, role);
    a->out[role] = lp_memory_zeros((size_t)a->len[role], sizeof(double));
    return a->out[role];
}
