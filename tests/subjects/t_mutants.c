/* Every mutant differs from the control somewhere in a small battery, and only through its fault:
 * the control agrees with the textbook's plain operations bit for bit where both are defined. What
 * kills a mutant in a campaign is the judge's affair; here it must merely be alive. */
#include "tests/subjects/lab.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct row {
    const char *name, *op;
    char class;
    int number;
    uint64_t params;
} mutants[] = {
#define LP_MUTANT(name, class, number, thread, op, params, note)                                   \
    {#name, #op, class, number, params},
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
                  {"entropy", LP_OP_ENTROPY},
                  {"kl_div", LP_OP_KL_DIV},
                  {"cross_entropy", LP_OP_CROSS_ENTROPY}};

static bool is_scalar(lp_op op) {
    return op == LP_OP_SIGMOID || op == LP_OP_LOG_SIGMOID || op == LP_OP_SOFTPLUS ||
           op == LP_OP_BCE_LOGITS;
}

static bool is_link(lp_op op) {
    return op == LP_OP_SIGMOID || op == LP_OP_LOG_SIGMOID || op == LP_OP_SOFTPLUS;
}

static lp_op op_of(const char *name) {
    unsigned o = 0;
    while (strcmp(operations[o].name, name) != 0) o++;
    return operations[o].op;
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
    for (int64_t i = 0; i < ROWS; i++) {
        l->label[i] = 3 * i % K;
        for (int64_t j = 0; j < l->call.k; j++) {
            const double z = logits[i][j], p = (double)((i + j) % 4) / 8;
            lab_set(l, LP_IN_LOGITS, i, j, scalar ? 200.0 * (double)(i - 2) : z);
            lab_set(l, LP_IN_TARGETS, i, j, (double)(i % 2));
            lab_set(l, LP_IN_P, i, j, p);
            lab_set(l, LP_IN_Q, i, j, p > 0 ? 0.25 : 0);
        }
    }
    if (scalar) lab_set(l, LP_IN_LOGITS, 0, 0, -INFINITY);
    if (scalar) lab_set(l, LP_IN_LOGITS, 2, 0, -20);
    if (is_link(op)) lab_give(l, LP_IN_V);
    for (int64_t i = 0; is_link(op) && i < ROWS; i++) lab_set(l, LP_IN_V, i, 0, (double)(3 - i));
    if (scene == WITH_NAN) lab_set(l, LP_IN_LOGITS, 0, 0, NAN);
    if (scene == BAD_LABEL) l->label[0] = K;
    if (entry->params & LP_PARAM_BIT(LP_PARAM_WEIGHTS)) lab_give(l, LP_IN_WEIGHTS);
    for (int64_t j = 0; l->call.in[LP_IN_WEIGHTS].data && j < K; j++)
        lab_set(l, LP_IN_WEIGHTS, 0, j, 1 + (double)j);
    if (entry->params & LP_PARAM_BIT(LP_PARAM_SMOOTHING)) lab_param(l, LP_PARAM_SMOOTHING, 0.125);
    if (entry->params & LP_PARAM_BIT(LP_PARAM_TEMPERATURE)) lab_param(l, LP_PARAM_TEMPERATURE, 2);
}

/* Two calls each, so that state left behind shows. The control is asked for what the mutant
 * declares. */
static bool differs(const struct row *m, lp_format_id format, enum scene scene) {
    const lp_entry *faulty = lab_entry(load(m->name), m->op, format);
    const lp_entry *sound = lab_entry(load("control"), m->op, format);
    bool differ = false;
    for (int call = 0; call < 2; call++) {
        lab a, b;
        stage(&a, op_of(m->op), faulty, scene);
        stage(&b, op_of(m->op), faulty, scene);
        const lp_status got = faulty->run(&a.call), want = sound->run(&b.call);
        differ |= got != want || !lab_same(&a, &b);
    }
    return differ;
}

static void test_each_is_alive(void **state) {
    (void)state;
    for (unsigned m = 0; m < MUTANTS; m++)
        for (int format = LP_BINARY64; format <= LP_BINARY32; format++) {
            bool alive = false;
            for (int scene = 0; scene < SCENES; scene++)
                alive |= differs(&mutants[m], (lp_format_id)format, (enum scene)scene);
            if (!alive) fail_msg("%s does not differ from the control", mutants[m].name);
        }
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

static void test_table(void **state) {
    unsigned classes = 0;
    (void)state;
    for (unsigned m = 0; m < MUTANTS; m++) {
        const lp_subject *subject = load(mutants[m].name);
        assert_non_null(subject);
        assert_string_equal(subject->name, mutants[m].name);
        assert_int_equal(subject->count, 2);
        assert_int_equal(subject->entry[0].params, mutants[m].params);
        assert_in_range(mutants[m].class, 'A', 'L');
        assert_in_range(mutants[m].number, 1, 145);
        classes |= 1u << (mutants[m].class - 'A');
    }
    assert_int_equal(classes, (1u << 12) - 1); /* every class of the catalogue */
    assert_null(load("nonesuch"));
    unsetenv("LOSSPROOF_MUTANT");
    assert_null(lab_load("mutants")());
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_each_is_alive),
        cmocka_unit_test(test_control_is_the_textbook),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
