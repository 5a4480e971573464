#include "fuzz/target.h"

#include "core/case_text.h"
#include "props/props/generate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void demand(bool held, const char *what, const char *line) {
    if (held) return;
    fprintf(stderr, "lossproof: %s\n%s\n", what, line);
    abort();
}

/* The shrinker's starting point: a user's case as choices, where they are few enough to be shrunk
 * (text can name 2^40 classes of no row in a line). */
static void check_by_value(const lp_case *c, const char *line) {
    const lp_op_info *op = lp_op_get(c->op);
    const lp_gen_plan plan = {.op = c->op,
                              .format = c->format,
                              .params = op->built_params,
                              .reductions = op->built_reductions,
                              .strided = true};
    if (c->stride - c->k > 1 << 20 || c->k > 1 << 12 || c->n > 1 << 12) return;
    int count;
    lp_case again;
    char regime[24];
    lp_choice *record = lp_gen_by_value(&count, c, &plan);
    lp_choices *tc = lp_choices_replay(record, count);
    lp_generate(&again, tc, &plan, regime);
    demand(lp_case_equal(c, &again), "the by-value record gives another case", line);
    lp_case_clear(&again);
    lp_choices_free(tc);
    free(record);
}

void lp_fuzz_case(const uint8_t *data, size_t size) {
    lp_case first, second;
    const char *status = NULL;
    lp_error err;
    if (!lp_case_parse(&first, (const char *)data, size, &status, &err)) {
        demand(status && err.text[0], "a refusal without a status and a reason", "");
        return;
    }
    char *line = lp_case_print(&first);
    demand(lp_case_parse(&second, line, strlen(line), &status, &err), "the printed case is refused",
           line);
    demand(lp_case_equal(&first, &second), "printing changed the case", line);
    char *again = lp_case_print(&second);
    demand(!strcmp(line, again), "a case has two spellings", line);
    check_by_value(&first, line);
    free(line);
    free(again);
    lp_case_clear(&first);
    lp_case_clear(&second);
}
