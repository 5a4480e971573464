/* The table of planted faults, and that a mutant differs from the textbook through its fault only:
 * the control agrees with the textbook's plain operations bit for bit. That every mutant is alive,
 * in each format, is what `lossproof selftest` shows: who does no harm survives it. */
#include "tests/subjects/lab.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct row {
    const char *name, *thread, *op;
    char class;
    int number;
    uint64_t params;
} mutants[] = {
#define LP_MUTANT(name, class, number, thread, op, params, note)                                   \
    {#name, thread, #op, class, number, params},
#include "subjects/mutants/mutants.def"
#undef LP_MUTANT
};
#define MUTANTS (sizeof mutants / sizeof *mutants)

static const lp_subject *load(const char *mutant) {
    setenv("LOSSPROOF_MUTANT", mutant, 1);
    return lab_load("mutants")();
}

static const struct {
    const char *name;
    lp_op op;
} operations[] = {{"softmax_xent", LP_OP_SOFTMAX_XENT},
                  {"softmax", LP_OP_SOFTMAX},
                  {"log_softmax", LP_OP_LOG_SOFTMAX},
                  {"sigmoid", LP_OP_SIGMOID},
                  {"log_sigmoid", LP_OP_LOG_SIGMOID},
                  {"softplus", LP_OP_SOFTPLUS},
                  {"bce_logits", LP_OP_BCE_LOGITS},
                  {"multilabel_bce", LP_OP_MULTILABEL_BCE},
                  {"focal_sigmoid", LP_OP_FOCAL_SIGMOID},
                  {"entropy", LP_OP_ENTROPY},
                  {"kl_div", LP_OP_KL_DIV},
                  {"cross_entropy", LP_OP_CROSS_ENTROPY},
                  {"logsumexp", LP_OP_LOGSUMEXP},
                  {"softmax_xent_soft", LP_OP_SOFTMAX_XENT_SOFT},
                  {"kl_logits", LP_OP_KL_LOGITS},
                  {"focal_softmax", LP_OP_FOCAL_SOFTMAX},
                  {"nll", LP_OP_NLL},
                  {"bce_prob", LP_OP_BCE_PROB},
                  {"logistic_margin", LP_OP_LOGISTIC_MARGIN},
                  {"policy_grad", LP_OP_POLICY_GRAD},
                  {"kl_gen", LP_OP_KL_GEN},
                  {"hinge", LP_OP_HINGE},
                  {"hinge_multi", LP_OP_HINGE_MULTI},
                  {"brier", LP_OP_BRIER},
                  {"distill", LP_OP_DISTILL},
                  {"perplexity", LP_OP_PERPLEXITY},
                  {"ece", LP_OP_ECE},
                  {"mse_sigmoid", LP_OP_MSE_SIGMOID},
                  {"mse_softmax", LP_OP_MSE_SOFTMAX}};

static bool is_scalar(lp_op op) {
    return op == LP_OP_SIGMOID || op == LP_OP_LOG_SIGMOID || op == LP_OP_SOFTPLUS ||
           op == LP_OP_BCE_LOGITS || op == LP_OP_BCE_PROB || op == LP_OP_FOCAL_SIGMOID ||
           op == LP_OP_LOGISTIC_MARGIN || op == LP_OP_HINGE || op == LP_OP_MSE_SIGMOID;
}

static bool is_link(lp_op op) {
    return op == LP_OP_SIGMOID || op == LP_OP_LOG_SIGMOID || op == LP_OP_SOFTPLUS;
}

/* Rows of logits that the faults are about. */
#define K 11
static const double logits[][K] = {
    {0.5, -1, 2, 0.25, 1, -0.75, 3, 0.1, -2, 1.5, 0.7},              /* ordinary, ragged */
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 800},                             /* beyond exp */
    {0, -36.95, -1, -36.95, -2, -3, -INFINITY, -4, -5, -6, -7},      /* window, mask */
    {1e8, 1e8, 1e8, 1e8, 1e8, 1e8, 1e8, 1e8, 1e8, 1e8, 1e8},         /* offset */
    {-800, -0.1, 0.3, 0.7, 1.1, 1.3, 1.7, 1.9, 2.3, 2.9, -INFINITY}, /* first far below, mask */
};
#define ROWS ((int64_t)(sizeof logits / sizeof *logits))

enum scene { ORDINARY, WITH_NAN, BAD_LABEL, SCENES };

static void stage(lab *l, lp_op op, const lp_entry *entry, enum scene scene) {
    const bool scalar = is_scalar(op);
    lab_init(l, op, entry, ROWS, scalar ? 1 : K, 3);
    for (int r = LP_IN_LOGITS; r <= LP_IN_Q; r++) lab_give(l, (lp_in)r);
    lab_give(l, LP_IN_TEACHER);
    for (int64_t i = 0; i < ROWS; i++) {
        const bool sign = op == LP_OP_LOGISTIC_MARGIN || op == LP_OP_HINGE;
        l->label[i] = op == LP_OP_FOCAL_SIGMOID ? i % 2 : sign ? i % 2 * 2 - 1 : 3 * i % K;
        for (int64_t j = 0; j < l->call.k; j++) {
            const double z = logits[i][j], p = (double)((i + j) % 4) / 8;
            lab_set(l, LP_IN_LOGITS, i, j, scalar ? 200.0 * (double)(i - 2) : z);
            lab_set(l, LP_IN_TARGETS, i, j, (double)(i % 2));
            lab_set(l, LP_IN_P, i, j, p);
            lab_set(l, LP_IN_Q, i, j, p > 0 ? 0.25 : 0);
            lab_set(l, LP_IN_TEACHER, i, j, logits[ROWS - 1 - i][j]);
        }
    }
    if (scalar) lab_set(l, LP_IN_LOGITS, 0, 0, -INFINITY);
    if (scalar) lab_set(l, LP_IN_LOGITS, 2, 0, -20);
    if (is_link(op)) lab_give(l, LP_IN_V);
    for (int64_t i = 0; is_link(op) && i < ROWS; i++) lab_set(l, LP_IN_V, i, 0, (double)(3 - i));
    if (scene == WITH_NAN) lab_set(l, LP_IN_LOGITS, 0, 0, NAN);
    if (scene == BAD_LABEL) l->label[0] = K;
}

static void test_control_is_the_textbook(void **state) {
    const lp_subject *textbook = lab_load("textbook")(), *control = load("control");
    (void)state;
    for (unsigned o = 0; o < sizeof operations / sizeof *operations; o++)
        for (int format = LP_BINARY64; format <= LP_BINARY32; format++)
            for (int scene = 0; scene < SCENES; scene++) {
                const lp_entry *plain =
                    lab_entry(textbook, operations[o].name, (lp_format_id)format);
                const lp_entry *sound =
                    lab_entry(control, operations[o].name, (lp_format_id)format);
                lab a, b;
                stage(&a, operations[o].op, plain, (enum scene)scene);
                stage(&b, operations[o].op, plain, (enum scene)scene);
                assert_int_equal(plain->run(&a.call), sound->run(&b.call));
                for (int r = 0; r < LP_OUT_COUNT; r++)
                    for (int64_t i = 0; a.call.out[r].data && i < a.call.n; i++)
                        for (int64_t j = 0; j < (r == LP_OUT_LOSS ? 1 : a.call.k); j++) {
                            const double x = lab_out(&a, (lp_out)r, i, j);
                            const double y = lab_out(&b, (lp_out)r, i, j);
                            assert_true(x == y || (isnan(x) && isnan(y)));
                        }
            }
}

#define LEAST      150 /* faults in all, */
#define LEAST_EACH 8   /* in each class of the catalogue, */
#define LEAST_SEEN 100 /* and of those that somebody reported */

static void test_table(void **state) {
    int of_class[12] = {0}, reported = 0;
    (void)state;
    for (unsigned m = 0; m < MUTANTS; m++) {
        const lp_subject *subject = load(mutants[m].name);
        assert_non_null(subject);
        assert_string_equal(subject->name, mutants[m].name);
        assert_true(subject->count == 2 || subject->count == 4); /* the wide formats, or all */
        assert_string_equal(subject->entry[0].op, mutants[m].op);
        assert_int_equal(subject->entry[0].params, mutants[m].params);
        assert_in_range(mutants[m].class, 'A', 'L');
        assert_in_range(mutants[m].number, 0, 145);
        const bool made = strncmp(mutants[m].thread, "operator: ", 10) == 0;
        if (made != (mutants[m].number == 0))
            fail_msg("%s: number 0 and \"operator: ...\" go together", mutants[m].name);
        reported += !made;
        of_class[mutants[m].class - 'A']++;
    }
    assert_true(MUTANTS >= LEAST && reported >= LEAST_SEEN);
    for (int class = 0; class < 12; class ++) assert_true(of_class[class] >= LEAST_EACH);
    assert_null(load("nonesuch"));
    unsetenv("LOSSPROOF_MUTANT");
    assert_null(lab_load("mutants")());
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_control_is_the_textbook),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
