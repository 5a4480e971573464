/* builtin:accurate through the public ABI: what it declares, and that calls reach the library. */
#include <lossproof/subject.h>

#include <dlfcn.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const lp_subject *subject;

static int load(void **state) {
    (void)state;
    void *library = dlopen(LP_ACCURATE_SO, RTLD_NOW | RTLD_LOCAL);
    lp_subject_fn get = NULL;
    if (!library) return -1;
    void *symbol = dlsym(library, LP_SUBJECT_SYMBOL);
    memcpy(&get, &symbol, sizeof get);
    subject = get ? get() : NULL;
    return subject ? 0 : -1;
}

static const lp_entry *entry(const char *op) {
    for (uint32_t i = 0; i < subject->count; i++)
        if (strcmp(subject->entry[i].op, op) == 0) return &subject->entry[i];
    return NULL;
}

static void test_declaration(void **state) {
    static const char *const ops[] = {"softmax_xent",
                                      "bce_logits",
                                      "multilabel_bce",
                                      "softmax_xent_soft",
                                      "kl_logits",
                                      "focal_softmax",
                                      "focal_sigmoid",
                                      "logsumexp",
                                      "softmax",
                                      "log_softmax",
                                      "sigmoid",
                                      "log_sigmoid",
                                      "softplus",
                                      "entropy",
                                      "cross_entropy",
                                      "kl_div",
                                      "logistic_margin",
                                      "kl_gen",
                                      "hinge",
                                      "hinge_multi",
                                      "bce_prob",
                                      "nll",
                                      "brier",
                                      "perplexity",
                                      "ece",
                                      "mse_sigmoid",
                                      "mse_softmax",
                                      "policy_grad",
                                      "distill",
                                      "info_nce",
                                      "linear_xent"};
    const uint32_t count = sizeof ops / sizeof *ops;
    (void)state;
    assert_int_equal(subject->abi, LP_SUBJECT_ABI);
    assert_int_equal(subject->size, sizeof(lp_subject));
    assert_int_equal(subject->entry_size, sizeof(lp_entry));
    assert_int_equal(subject->count, 2 * count); /* binary64, then binary32 */
    assert_string_equal(subject->name, "lossproof accurate");
    assert_string_equal(subject->conventions, "special=ieee");
    for (uint32_t i = 0; i < count; i++) {
        const lp_entry *e = entry(ops[i]), *single = e + count;
        assert_non_null(e);
        assert_int_equal(e->format, LP_BINARY64);
        assert_int_equal(single->format, LP_BINARY32);
        assert_string_equal(single->op, ops[i]);
        assert_true(e->params == single->params && e->reductions == single->reductions);
        bool whole = !strcmp(ops[i], "perplexity") || !strcmp(ops[i], "ece") ||
                     !strcmp(ops[i], "info_nce") ||
                     !strcmp(ops[i], "linear_xent"); /* of all rows */
        bool alone = whole || e->outputs & LP_OUT_BIT(LP_OUT_VALUE);
        assert_int_equal(e->reductions, alone ? 1 : 7);
        assert_true(e->flags & LP_FLAG_STRIDED && e->flags & LP_FLAG_PARTIAL);
    }
}

/* One row (or column) of every operation. */
static double a[3] = {0, 0, 0}, b[3] = {0.5, 0.25, 0.25}, loss[3], grad[3], grad_p[3], value[3];
static lp_status call(const char *op, uint64_t set, const double *param, lp_in first, lp_in second,
                      int64_t n, int64_t k) {
    static const int64_t label[3] = {1, 0, 0};
    static const char *const names[] = {
        [LP_OP_ENTROPY] = "entropy",         [LP_OP_CROSS_ENTROPY] = "cross_entropy",
        [LP_OP_KL_DIV] = "kl_div",           [LP_OP_SOFTMAX] = "softmax",
        [LP_OP_LOG_SOFTMAX] = "log_softmax", [LP_OP_SOFTMAX_XENT] = "softmax_xent",
        [LP_OP_BCE_LOGITS] = "bce_logits"};
    uint32_t id = 0;
    while (!names[id] || strcmp(names[id], op) != 0) id++;
    lp_call c = {.size = sizeof c, .op = id, .n = n, .k = k, .set = set, .param = param};
    c.label = label;
    c.in[first] = (lp_matrix){first == LP_IN_LOGITS ? a : b, k};
    if (second != first) c.in[second] = (lp_matrix){b, k};
    c.out[LP_OUT_LOSS] = (lp_matrix){loss, n};
    c.out[LP_OUT_VALUE] = (lp_matrix){value, k};
    c.out[LP_OUT_GRAD] = (lp_matrix){grad, k};
    c.out[LP_OUT_GRAD_P] = (lp_matrix){grad_p, k};
    return entry(op)->run(&c);
}

static void test_calls(void **state) {
    double param[LP_PARAM_COUNT] = {0};
    const double third = 0x1.5555555555555p-2, ln2 = 0x1.62e42fefa39efp-1;
    const double ln3 = 0x1.193ea7aad030bp+0;
    (void)state;
    assert_int_equal(call("softmax_xent", 0, param, LP_IN_LOGITS, LP_IN_LOGITS, 1, 3), LP_OK);
    assert_true(loss[0] == ln3 && grad[0] == third && grad[1] == -2 * third);
    param[LP_PARAM_TEMPERATURE] = 2;
    param[LP_PARAM_SMOOTHING] = 1;
    param[LP_PARAM_SMOOTHING_RULE] = 1;
    uint64_t all = LP_PARAM_BIT(LP_PARAM_TEMPERATURE) | LP_PARAM_BIT(LP_PARAM_SMOOTHING) |
                   LP_PARAM_BIT(LP_PARAM_SMOOTHING_RULE);
    assert_int_equal(call("softmax_xent", all, param, LP_IN_LOGITS, LP_IN_LOGITS, 1, 3), LP_OK);
    assert_true(loss[0] == ln3 && grad[1] == third / 2); /* (1/3 - 0)/2 */
    all |= LP_PARAM_BIT(LP_PARAM_WEIGHTS);
    assert_int_equal(call("softmax_xent", all, param, LP_IN_LOGITS, LP_IN_WEIGHTS, 1, 3), LP_OK);
    assert_true(fabs(loss[0] - 0.375 * ln3) < 1e-15);
    param[LP_PARAM_SMOOTHING_RULE] = 2;
    assert_int_equal(call("softmax_xent", all, param, LP_IN_LOGITS, LP_IN_WEIGHTS, 1, 3),
                     LP_E_ARGUMENT);

    grad[0] = 99;
    assert_int_equal(call("softmax", 0, param, LP_IN_LOGITS, LP_IN_LOGITS, 1, 3), LP_OK);
    assert_true(value[2] == third && grad[0] == 99); /* no cotangent, no gradient */
    assert_int_equal(call("log_softmax", 0, param, LP_IN_LOGITS, LP_IN_V, 1, 3), LP_OK);
    assert_true(value[2] == -ln3 && grad[0] == third / 2); /* 1/2 - 1/3 */

    assert_int_equal(call("bce_logits", 0, param, LP_IN_LOGITS, LP_IN_TARGETS, 3, 1), LP_OK);
    assert_true(loss[1] == ln2 && grad[1] == 0.25);
    assert_int_equal(call("bce_logits", 0, param, LP_IN_LOGITS, LP_IN_TARGETS, 1, 3),
                     LP_E_ARGUMENT);
    assert_int_equal(call("entropy", 0, param, LP_IN_P, LP_IN_P, 1, 3), LP_OK);
    assert_true(loss[0] == 1.5 * ln2);
    assert_int_equal(call("cross_entropy", 0, param, LP_IN_P, LP_IN_Q, 1, 3), LP_OK);
    assert_true(loss[0] == 1.5 * ln2 && grad[0] == -1 && grad_p[0] == ln2);
    assert_int_equal(call("kl_div", 0, param, LP_IN_P, LP_IN_Q, 1, 3), LP_OK);
    assert_true(loss[0] == 0 && !signbit(loss[0]) && grad[0] == -1 && grad_p[0] == 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_declaration),
                                       cmocka_unit_test(test_calls)};
    return cmocka_run_group_tests(tests, load, NULL);
}
