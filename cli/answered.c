#include "cli/answered.h"

#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

static char **digits_of(lp_answered *a, lp_exact *e, lp_out out, int digits) {
    int64_t n = lp_exact_len(e, out);
    char **text_of = lp_memory_zeros((size_t)n, sizeof *text_of);
    size_t room = (size_t)digits + 32;
    for (int64_t i = 0; i < n; i++) {
        text_of[i] = lp_memory_zeros(room, 1);
        lp_exact_digits(text_of[i], room, e, out, i, digits);
        a->open += !strcmp(text_of[i], "undecided");
    }
    return text_of;
}

static void take_hvp(lp_answered *a, lp_exact *e, int digits) {
    a->line.hvp_len = lp_exact_len(e, LP_OUT_HVP);
    if (a->line.hvp_len == 0) return;
    a->hvp = lp_memory_zeros((size_t)a->line.hvp_len, sizeof *a->hvp);
    a->undecided += lp_exact_hvp(a->hvp, e);
    a->line.hvp = a->hvp;
    if (digits) a->line.exact[LP_OUT_COUNT] = digits_of(a, e, LP_OUT_HVP, digits);
}

void lp_answered_take(lp_answered *a, const lp_case *c, lp_exact *e, int digits) {
    memset(a, 0, sizeof *a);
    lp_answer_init(&a->answer);
    a->line.id = c->id;
    a->line.status = lp_status_name(lp_exact_status(e));
    if (lp_exact_status(e) != LP_OK) return;
    a->line.answer = &a->answer;
    a->undecided = lp_exact_answer(&a->answer, e);
    take_hvp(a, e, digits);
    for (int o = 0; o < LP_OUT_COUNT && digits; o++)
        if (a->answer.out[o]) a->line.exact[o] = digits_of(a, e, (lp_out)o, digits);
}

void lp_answered_clear(lp_answered *a) {
    for (int o = 0; o <= LP_OUT_COUNT; o++) {
        if (!a->line.exact[o]) continue;
        int64_t len = o < LP_OUT_COUNT ? a->answer.len[o] : a->line.hvp_len;
        for (int64_t i = 0; i < len; i++) free(a->line.exact[o][i]);
        free(a->line.exact[o]);
    }
    free(a->hvp);
    lp_answer_clear(&a->answer);
}
