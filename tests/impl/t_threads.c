/* The same bits on any number of threads, whatever an operation's arrays are: matrices with a
 * stride, one number a row, one a class. */
#include "core/rng.h"

#include <lossproof/loss.h>

#include <stdbool.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { N = 37, K = 5, STRIDE = 7 };

typedef struct arrays {
    double in[LP_IN_COUNT][N * STRIDE], out[LP_OUT_COUNT][N * STRIDE];
    float in_single[LP_IN_COUNT][N * STRIDE], out_single[LP_OUT_COUNT][N * STRIDE];
    int64_t label[N];
    double param[LP_PARAM_COUNT];
} arrays;

/* Probabilities and targets in (0, 1), logits and the rest about 0. */
static void fill(arrays *a, uint64_t index, int64_t labels) {
    lp_rng rng;
    lp_rng_init(&rng, 1, lp_rng_domain("t_threads"), index);
    memset(a, 0, sizeof *a);
    for (int in = 0; in < LP_IN_COUNT; in++)
        for (int j = 0; j < N * STRIDE; j++) {
            bool share = in == LP_IN_P || in == LP_IN_Q || in == LP_IN_TARGETS;
            double x = share ? 0x1p-20 + 0.999 * lp_rng_unit(&rng) : 3 * lp_rng_normal(&rng);
            if (in == LP_IN_WEIGHTS || in == LP_IN_ALPHA || in == LP_IN_POS_WEIGHT) x *= x;
            a->in[in][j] = x;
            a->in_single[in][j] = (float)x;
        }
    for (int i = 0; i < N; i++) a->label[i] = (int64_t)lp_rng_below(&rng, (uint64_t)labels);
    a->param[LP_PARAM_GAMMA] = 2;
    a->param[LP_PARAM_TEMPERATURE] = 1.5;
    a->param[LP_PARAM_ENTROPY_WEIGHT] = 0.5;
    a->param[LP_PARAM_MIX] = 0.25;
    a->param[LP_PARAM_FORM] = 1;
}

static const struct {
    lp_in role;
    lp_param param;
} optional[] = {{LP_IN_WEIGHTS, LP_PARAM_WEIGHTS},
                {LP_IN_UPSTREAM, LP_PARAM_UPSTREAM},
                {LP_IN_ALPHA, LP_PARAM_ALPHA_ARRAY},
                {LP_IN_POS_WEIGHT, LP_PARAM_POS_WEIGHT_ARRAY},
                {LP_IN_ADVANTAGE, LP_PARAM_ADVANTAGE_ARRAY}};

static lp_status call(arrays *a, lp_op op, uint32_t format, bool scalar, uint64_t set,
                      int threads) {
    lp_call c = {.size = sizeof c, .op = op, .format = format, .n = N, .k = scalar ? 1 : K};
    c.set = set;
    c.param = a->param;
    c.label = a->label;
    for (int in = 0; in < LP_IN_COUNT; in++)
        c.in[in] = (lp_matrix){format ? (void *)a->in_single[in] : a->in[in], STRIDE};
    for (int out = 0; out < LP_OUT_COUNT; out++)
        c.out[out] = (lp_matrix){format ? (void *)a->out_single[out] : a->out[out], STRIDE};
    for (size_t i = 0; i < sizeof optional / sizeof *optional; i++)
        if (!(set & LP_PARAM_BIT(optional[i].param))) c.in[optional[i].role].data = NULL;
    return lp_loss_call_threads(&c, threads);
}

#define P(name) LP_PARAM_BIT(LP_PARAM_##name)
static void test_threads(void **state) {
    static arrays one, many;
    static const struct {
        lp_op op;
        bool scalar;
        int64_t labels;
        uint64_t set;
    } ops[] = {
        {LP_OP_SOFTMAX_XENT, false, K, 0},
        {LP_OP_SOFTMAX_XENT, false, K, P(WEIGHTS) | P(TEMPERATURE) | P(UPSTREAM)},
        {LP_OP_SOFTMAX_XENT_SOFT, false, K, 0},
        {LP_OP_KL_LOGITS, false, K, P(UPSTREAM)},
        {LP_OP_BCE_LOGITS, true, 2, P(UPSTREAM)},
        {LP_OP_MULTILABEL_BCE, false, 2, P(POS_WEIGHT_ARRAY)},
        {LP_OP_FOCAL_SOFTMAX, false, K, P(GAMMA) | P(ALPHA_ARRAY)},
        {LP_OP_FOCAL_SIGMOID, true, 2, P(GAMMA)},
        {LP_OP_POLICY_GRAD, false, K, P(ADVANTAGE_ARRAY) | P(ENTROPY_WEIGHT)},
        {LP_OP_DISTILL, false, K, P(MIX) | P(FORM) | P(TEMPERATURE)},
        {LP_OP_LOGSUMEXP, false, K, 0},
        {LP_OP_SOFTMAX, false, K, P(TEMPERATURE)},
        {LP_OP_LOG_SOFTMAX, false, K, 0},
        {LP_OP_SIGMOID, true, 2, 0},
        {LP_OP_KL_DIV, false, K, 0},
        {LP_OP_NLL, false, K, 0},
        {LP_OP_BRIER, false, K, 0},
        {LP_OP_HINGE_MULTI, false, K, 0},
        {LP_OP_MSE_SOFTMAX, false, K, 0},
        {LP_OP_PERPLEXITY, false, K, 0}, /* all rows together */
    };
    static const int threads[] = {2, 3, 36, 37, 1000};
    (void)state;
    for (size_t o = 0; o < sizeof ops / sizeof *ops; o++)
        for (uint32_t format = LP_BINARY64; format <= LP_BINARY32; format++) {
            fill(&one, o, ops[o].labels);
            assert_int_equal(call(&one, ops[o].op, format, ops[o].scalar, ops[o].set, 1), LP_OK);
            for (size_t t = 0; t < sizeof threads / sizeof *threads; t++) {
                fill(&many, o, ops[o].labels);
                assert_int_equal(
                    call(&many, ops[o].op, format, ops[o].scalar, ops[o].set, threads[t]), LP_OK);
                assert_memory_equal(&one, &many, sizeof one);
            }
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_threads)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
