/* Gradients of a reduction that lie over the logits, no loss asked: the same bits as apart. */
#include "tests/impl/special.h"

#include <lossproof/loss.h>

enum { N = 4, K_MOST = 100, SIZE = N * K_MOST };
#define P(name) LP_PARAM_BIT(LP_PARAM_##name)

static const struct {
    lp_op op;
    bool label, targets, teacher;
    uint64_t set;
} calls[] = {
    {LP_OP_SOFTMAX_XENT, true, false, false, 0},
    {LP_OP_SOFTMAX_XENT, true, false, false, P(SMOOTHING) | P(TEMPERATURE)},
    {LP_OP_SOFTMAX_XENT, true, false, false, P(Z_LOSS)},
    {LP_OP_SOFTMAX_XENT_SOFT, false, true, false, 0},
    {LP_OP_KL_LOGITS, false, true, false, 0},
    {LP_OP_FOCAL_SOFTMAX, true, false, false, P(GAMMA)},
    {LP_OP_MSE_SOFTMAX, false, true, false, 0},
    {LP_OP_DISTILL, true, false, true, P(TEMPERATURE) | P(MIX)},
};
static const double param[LP_PARAM_COUNT] = {
    [LP_PARAM_SMOOTHING] = 0.125, [LP_PARAM_TEMPERATURE] = 2, [LP_PARAM_Z_LOSS] = 0.0625,
    [LP_PARAM_GAMMA] = 2,         [LP_PARAM_MIX] = 0.5,
};

typedef struct array { /* numbers of one format */
    bool single;
    double d[SIZE];
    float f[SIZE];
} array;
static void put(array *a, int64_t i, double x) {
    if (a->single)
        a->f[i] = (float)x;
    else
        a->d[i] = x;
}
static void *at(array *a) {
    return a->single ? (void *)a->f : (void *)a->d;
}
static void get(double *x, const array *a, int64_t n) {
    for (int64_t i = 0; i < n; i++) x[i] = a->single ? (double)a->f[i] : a->d[i];
}
/* In [-2, 2), of which the first row has nothing but ones. */
static void logits(array *a, int64_t k, uint64_t seed) {
    uint64_t r = seed;
    for (int64_t i = 0; i < N * k; i++) {
        r = r * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        put(a, i, i < k ? 1 : (double)(r >> 40) * 0x1p-22 - 2);
    }
}
static void compare(size_t which, int64_t k, lp_reduction reduction, bool single) {
    static array z, y, t, apart;
    static double got[SIZE], want[SIZE];
    const int64_t label[N] = {0, k - 1, k / 2, 1};
    z.single = y.single = t.single = apart.single = single;
    logits(&z, k, which + 1), logits(&y, k, which + 99);
    for (int64_t i = 0; i < N * k; i++) put(&t, i, 1.0 / (double)k);
    lp_call c = {.size = sizeof c, .op = calls[which].op, .n = N, .k = k, .reduction = reduction};
    c.format = single ? LP_BINARY32 : LP_BINARY64;
    c.set = calls[which].set;
    c.param = param;
    c.label = calls[which].label ? label : NULL;
    c.in[LP_IN_LOGITS] = (lp_matrix){at(&z), k};
    if (calls[which].targets) c.in[LP_IN_TARGETS] = (lp_matrix){at(&t), k};
    if (calls[which].teacher) c.in[LP_IN_TEACHER] = (lp_matrix){at(&y), k};
    c.out[LP_OUT_GRAD] = (lp_matrix){at(&apart), k};
    assert_int_equal(lp_loss_call(&c), LP_OK);
    c.out[LP_OUT_GRAD].data = at(&z);
    assert_int_equal(lp_loss_call(&c), LP_OK);
    get(got, &z, N * k), get(want, &apart, N * k);
    expect("a gradient over the logits", got, want, (int)(N * k));
}
static void test_reduced(void **state) {
    static const int64_t size[] = {2, 3, 4, 5, 16, 80, K_MOST};
    (void)state;
    for (size_t which = 0; which < sizeof calls / sizeof *calls; which++)
        for (size_t s = 0; s < sizeof size / sizeof *size; s++)
            for (int format = 0; format < 2; format++) {
                compare(which, size[s], LP_REDUCE_SUM, format);
                compare(which, size[s], LP_REDUCE_MEAN, format);
                compare(which, size[s], LP_REDUCE_NONE, format);
            }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_reduced)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
