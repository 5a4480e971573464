/* The formula behind a failing output is named, and no other. */
#include "certified.h"

#include "props/props/formulas.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct known {
    const char *spec;
    lp_op op;
    lp_format_id format;
    lp_out out;
    const char *formula; /* NULL: none; of a right subject, in no output */
} known;

/* `accurate` asked for, of right ones `correct`. */
static const known rows[] = {
    {"builtin:naive", LP_OP_SOFTMAX_XENT, LP_BINARY32, LP_OUT_LOSS, "log_of_unshifted_softmax"},
    {"builtin:naive", LP_OP_SOFTMAX_XENT, LP_BINARY64, LP_OUT_GRAD, "unshifted_softmax_minus_one"},
    {"builtin:naive", LP_OP_SOFTMAX, LP_BINARY32, LP_OUT_VALUE, "unshifted_softmax"},
    {"builtin:naive", LP_OP_LOG_SOFTMAX, LP_BINARY64, LP_OUT_VALUE, "logs_of_unshifted_softmax"},
    {"builtin:naive", LP_OP_LOGSUMEXP, LP_BINARY32, LP_OUT_VALUE, "unshifted_lse"},
    {"builtin:naive", LP_OP_BCE_LOGITS, LP_BINARY64, LP_OUT_LOSS, "bce_of_sigmoid"},
    {"builtin:naive", LP_OP_SIGMOID, LP_BINARY32, LP_OUT_GRAD, "sigmoid_slope_by_p"},
    {"builtin:naive", LP_OP_LOG_SIGMOID, LP_BINARY64, LP_OUT_VALUE, "log_of_sigmoid"},
    {"builtin:naive", LP_OP_SOFTPLUS, LP_BINARY32, LP_OUT_VALUE, "softplus_unguarded"},
    {"builtin:naive", LP_OP_BCE_PROB, LP_BINARY64, LP_OUT_LOSS, "bce_log_of_rest"},
    {"builtin:textbook", LP_OP_SOFTMAX_XENT, LP_BINARY32, LP_OUT_LOSS, "gap_plus_log"},
    {"builtin:textbook", LP_OP_SOFTMAX_XENT, LP_BINARY64, LP_OUT_GRAD, "softmax_minus_one"},
    {"builtin:textbook", LP_OP_LOG_SOFTMAX, LP_BINARY32, LP_OUT_VALUE, "gaps_minus_log"},
    {"mutant:log_of_softmax", LP_OP_SOFTMAX_XENT, LP_BINARY64, LP_OUT_LOSS, "log_of_softmax"},
    {"mutant:lse_minus_target", LP_OP_SOFTMAX_XENT, LP_BINARY32, LP_OUT_LOSS, "lse_minus_label"},
    {"mutant:epsilon_in_log", LP_OP_SOFTMAX_XENT, LP_BINARY64, LP_OUT_LOSS,
     "log_of_softmax_plus_1e-10"},
    {"mutant:probability_clipped", LP_OP_SOFTMAX_XENT, LP_BINARY32, LP_OUT_LOSS,
     "log_of_clipped_softmax_1e-7"},
    {"mutant:probability_from_lse", LP_OP_SOFTMAX_XENT, LP_BINARY64, LP_OUT_GRAD,
     "exp_of_lse_minus_one"},
    {"builtin:naive", LP_OP_INFO_NCE, LP_BINARY64, LP_OUT_LOSS, "nce_log_of_unshifted_softmax"},
    {"builtin:naive", LP_OP_INFO_NCE, LP_BINARY32, LP_OUT_GRAD, "nce_unshifted_softmax_minus_one"},
    {"builtin:naive", LP_OP_LINEAR_XENT, LP_BINARY64, LP_OUT_LOSS,
     "linear_log_of_unshifted_softmax"},
    {"builtin:textbook", LP_OP_INFO_NCE, LP_BINARY64, LP_OUT_LOSS, "nce_gap_plus_log"},
    {"builtin:textbook", LP_OP_INFO_NCE, LP_BINARY32, LP_OUT_GRAD, "nce_softmax_minus_one"},
    {"builtin:textbook", LP_OP_LINEAR_XENT, LP_BINARY32, LP_OUT_LOSS, "linear_gap_plus_log"},
    {"mutant:linear_lse_first", LP_OP_LINEAR_XENT, LP_BINARY64, LP_OUT_LOSS,
     "linear_lse_minus_label"},
    /* Right ones, and wrong ones of another kind. */
    {"builtin:accurate", LP_OP_INFO_NCE, LP_BINARY64, LP_OUT_LOSS, NULL},
    {"builtin:accurate", LP_OP_LINEAR_XENT, LP_BINARY32, LP_OUT_LOSS, NULL},
    {"mutant:nce_last_negative_missing", LP_OP_INFO_NCE, LP_BINARY32, LP_OUT_LOSS, NULL},
    {"builtin:accurate", LP_OP_SOFTMAX_XENT, LP_BINARY32, LP_OUT_LOSS, NULL},
    {"builtin:accurate", LP_OP_SOFTMAX, LP_BINARY64, LP_OUT_LOSS, NULL},
    {"builtin:accurate", LP_OP_LOG_SOFTMAX, LP_BINARY32, LP_OUT_LOSS, NULL},
    {"builtin:accurate", LP_OP_LOGSUMEXP, LP_BINARY64, LP_OUT_LOSS, NULL},
    {"builtin:accurate", LP_OP_BCE_LOGITS, LP_BINARY32, LP_OUT_LOSS, NULL},
    {"builtin:accurate", LP_OP_SOFTPLUS, LP_BINARY64, LP_OUT_LOSS, NULL},
    {"builtin:accurate", LP_OP_KL_DIV, LP_BINARY32, LP_OUT_LOSS, NULL},
    {"builtin:accurate", LP_OP_CROSS_ENTROPY, LP_BINARY64, LP_OUT_LOSS, NULL},
    {"builtin:accurate", LP_OP_SOFTMAX_XENT_SOFT, LP_BINARY32, LP_OUT_LOSS, NULL},
    {"mutant:z_loss_added", LP_OP_SOFTMAX_XENT, LP_BINARY64, LP_OUT_LOSS, NULL},
    {"mutant:softmax_halved", LP_OP_SOFTMAX_XENT, LP_BINARY32, LP_OUT_GRAD, NULL},
};

static void look(const known *k) {
    lp_certificate c;
    int named = 0;
    bool right = !strcmp(k->spec, "builtin:accurate");
    certify(&c, k->spec, k->op, k->format, k->formula ? LP_LEVEL_ACCURATE : LP_LEVEL_CORRECT, 900);
    for (int i = 0; i < c.hints; i++) {
        const lp_hint_row *h = &c.hint[i];
        if (!h->formula) continue;
        bool mine = k->formula && h->out == k->out && !strcmp(h->name, k->formula);
        if (mine)
            printf("  %-28s %-9s %-28s same %lld of %lld, off alike %lld of %lld\n", k->spec,
                   lp_format_get(k->format)->name, h->name, (long long)h->same, (long long)h->seen,
                   (long long)h->agree, (long long)h->apart);
        named += mine && lp_hint_named(h);
        if (!mine && lp_hint_named(h) && (h->out == k->out || right))
            fail_msg("%s is named %s: %lld of %lld, %lld of %lld", k->spec, h->name,
                     (long long)h->agree, (long long)h->apart, (long long)h->alike,
                     (long long)h->seen);
    }
    if (k->formula && !named) fail_msg("%s: %s is not named", k->spec, k->formula);
    lp_certificate_clear(&c);
}

static void named(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i += STEP) look(&rows[i]);
}

/* The formulas that no subject above is: a specimen written apart from them. */
static bool seen_above(const char *formula) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].formula && !strcmp(rows[i].formula, formula)) return true;
    return false;
}

static void every_other(void **state) {
    (void)state;
    for (int i = 0; i < lp_formula_count; i += STEP) {
        const lp_formula *v = &lp_formulas[i];
        if (seen_above(v->name)) continue;
        assert_int_equal(setenv("LP_WRITTEN", v->name, 1), 0);
        look(&(known){SPECIMEN_DIR "/written.so", v->op, LP_BINARY64, v->out, v->name});
    }
}

static void table(void **state) {
    (void)state;
    const lp_hint_row room;
    for (int i = 0; i < lp_formula_count; i++) {
        const lp_formula *v = &lp_formulas[i];
        assert_true(strlen(v->name) < sizeof room.name && strlen(v->says) < sizeof room.says &&
                    strlen(v->advice) < sizeof room.advice);
        assert_true(v->row[0] || v->row[1]);
        for (int k = 0; k < i; k++) assert_string_not_equal(v->name, lp_formulas[k].name);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(table), cmocka_unit_test(named),
                                       cmocka_unit_test(every_other)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
