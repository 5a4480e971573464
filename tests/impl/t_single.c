/* Binary32 against the reference: every component of every operation is the exact value rounded
 * once. Double-double arithmetic leaves 2^-41 of the values to chance, and none of these. */
#include <lossproof/loss.h>
#include <lossproof/ref.h>

#include "tests/impl/families.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { K_MAX = 12, N = 3, ROWS = 25, SIZE = N * K_MAX };
#define P(name) LP_PARAM_BIT(LP_PARAM_##name)

/* Rows and everything that an operation may want beside them. */
typedef struct draw {
    float in[LP_IN_COUNT][SIZE];
    int64_t k, label[N];
    double param[LP_PARAM_COUNT];
} draw;

static float single(double x) {
    float f = (float)x;
    return isinf(f) && !isinf(x) ? 1 : f;
}
static float positive(lp_rng *r) {
    return single(family_positive(r));
}

static void make(draw *d, int family, uint64_t index) {
    lp_rng r;
    lp_rng_init(&r, 31, (uint64_t)family, index);
    *d = (draw){.k = 1 + (int64_t)lp_rng_below(&r, K_MAX)};
    bool close = lp_rng_below(&r, 4) == 0; /* some units in the last place apart */
    for (int i = 0; i < N; i++) {
        double z[K_MAX];
        d->label[i] = (int64_t)lp_rng_below(&r, (uint64_t)d->k);
        family_row(z, d->k, d->label[i], family, &r);
        for (int64_t j = 0; j < d->k; j++) {
            int64_t at = i * d->k + j;
            double near = (double)lp_rng_below(&r, 5) * 0x1p-23, unit = lp_rng_unit(&r);
            d->in[LP_IN_LOGITS][at] = close ? (float)(1 + near) : single(z[j]);
            d->in[LP_IN_V][at] = (float)lp_rng_normal(&r);
            d->in[LP_IN_P][at] = positive(&r);
            d->in[LP_IN_Q][at] = positive(&r);
            d->in[LP_IN_TARGETS][at] = (float)(unit < 0.3 ? 0 : unit > 0.8 ? 1 : unit);
            if (close) d->in[LP_IN_TARGETS][at] = 0.5f;
            if (isinf(z[j]) && !close) d->in[LP_IN_TARGETS][at] = 0;
        }
        d->in[LP_IN_UPSTREAM][i] = (float)lp_rng_normal(&r);
    }
    for (int64_t j = 0; j < d->k; j++) {
        d->in[LP_IN_WEIGHTS][j] = d->in[LP_IN_ALPHA][j] = positive(&r);
        d->in[LP_IN_POS_WEIGHT][j] = positive(&r);
    }
    double unit = lp_rng_unit(&r);
    d->param[LP_PARAM_TEMPERATURE] = ldexp(1 + unit, (int)lp_rng_below(&r, 20) - 10);
    d->param[LP_PARAM_SMOOTHING] = lp_rng_unit(&r);
    d->param[LP_PARAM_GAMMA] = 4 * lp_rng_unit(&r);
    d->param[LP_PARAM_ALPHA] = lp_rng_unit(&r);
    d->param[LP_PARAM_POS_WEIGHT] = family_positive(&r);
}

typedef struct shape {
    lp_op op;
    bool column;
    uint64_t set;
    lp_reduction reduction;
    uint32_t in, out; /* 1u << role */
} shape;
#define I(role)    (1u << LP_IN_##role)
#define LOSS_GRAD  (LP_OUT_BIT(LP_OUT_LOSS) | LP_OUT_BIT(LP_OUT_GRAD))
#define VALUE_GRAD (LP_OUT_BIT(LP_OUT_VALUE) | LP_OUT_BIT(LP_OUT_GRAD))
#define GRAD_P     LP_OUT_BIT(LP_OUT_GRAD_P)

static const shape shapes[] = {
    {LP_OP_SOFTMAX_XENT, false, 0, LP_REDUCE_NONE, I(LOGITS), LOSS_GRAD},
    {LP_OP_SOFTMAX_XENT, false, P(TEMPERATURE) | P(SMOOTHING) | P(WEIGHTS), LP_REDUCE_NONE,
     I(LOGITS) | I(WEIGHTS), LOSS_GRAD},
    {LP_OP_SOFTMAX_XENT, false, P(WEIGHTS) | P(UPSTREAM), LP_REDUCE_MEAN,
     I(LOGITS) | I(WEIGHTS) | I(UPSTREAM), LOSS_GRAD},
    {LP_OP_SOFTMAX, false, P(TEMPERATURE), LP_REDUCE_NONE, I(LOGITS) | I(V), VALUE_GRAD},
    {LP_OP_LOG_SOFTMAX, false, P(TEMPERATURE), LP_REDUCE_NONE, I(LOGITS) | I(V), VALUE_GRAD},
    {LP_OP_SOFTMAX_XENT_SOFT, false, P(SMOOTHING) | P(WEIGHTS), LP_REDUCE_NONE,
     I(LOGITS) | I(TARGETS) | I(WEIGHTS), LOSS_GRAD},
    {LP_OP_KL_LOGITS, false, 0, LP_REDUCE_MEAN, I(LOGITS) | I(TARGETS), LOSS_GRAD},
    {LP_OP_FOCAL_SOFTMAX, false, P(GAMMA) | P(ALPHA_ARRAY), LP_REDUCE_NONE, I(LOGITS) | I(ALPHA),
     LOSS_GRAD},
    {LP_OP_LOGSUMEXP, false, 0, LP_REDUCE_NONE, I(LOGITS), VALUE_GRAD},
    {LP_OP_SIGMOID, true, 0, LP_REDUCE_NONE, I(LOGITS) | I(V), VALUE_GRAD},
    {LP_OP_LOG_SIGMOID, true, 0, LP_REDUCE_NONE, I(LOGITS), VALUE_GRAD},
    {LP_OP_SOFTPLUS, true, 0, LP_REDUCE_NONE, I(LOGITS), VALUE_GRAD},
    {LP_OP_BCE_LOGITS, true, 0, LP_REDUCE_NONE, I(LOGITS) | I(TARGETS), LOSS_GRAD},
    {LP_OP_BCE_LOGITS, true, P(POS_WEIGHT), LP_REDUCE_SUM, I(LOGITS) | I(TARGETS), LOSS_GRAD},
    {LP_OP_MULTILABEL_BCE, false, P(LABEL_REDUCTION) | P(POS_WEIGHT_ARRAY), LP_REDUCE_MEAN,
     I(LOGITS) | I(TARGETS) | I(POS_WEIGHT), LOSS_GRAD},
    {LP_OP_ENTROPY, false, 0, LP_REDUCE_NONE, I(P), LOSS_GRAD},
    {LP_OP_CROSS_ENTROPY, false, 0, LP_REDUCE_NONE, I(P) | I(Q), LOSS_GRAD | GRAD_P},
    {LP_OP_KL_DIV, false, P(UPSTREAM), LP_REDUCE_NONE, I(P) | I(Q) | I(UPSTREAM),
     LOSS_GRAD | GRAD_P},
};

static bool same(float a, float b) {
    return isnan(a) ? isnan(b) : a == b;
}
static void compare(const shape *s, draw *d, const char *where) {
    static float ours[LP_OUT_COUNT][SIZE], exact[LP_OUT_COUNT][SIZE];
    int64_t k = s->column ? 1 : d->k, undecided = 0;
    lp_call c = {
        .size = sizeof c, .op = s->op, .format = LP_BINARY32, .n = N, .k = k, .set = s->set};
    c.reduction = s->reduction;
    c.param = d->param;
    bool labelled = s->op == LP_OP_SOFTMAX_XENT || s->op == LP_OP_FOCAL_SOFTMAX;
    c.label = labelled ? d->label : NULL;
    for (int i = 0; i < LP_IN_COUNT; i++)
        if (s->in >> i & 1) c.in[i] = (lp_matrix){d->in[i], k};
    memset(ours, 0, sizeof ours), memset(exact, 0, sizeof exact);
    for (int o = 0; o < LP_OUT_COUNT; o++)
        if (s->out >> o & 1) c.out[o] = (lp_matrix){exact[o], k};
    assert_int_equal(lp_ref_call(&c, 0, &undecided), LP_OK);
    assert_int_equal(undecided, 0);
    for (int o = 0; o < LP_OUT_COUNT; o++)
        if (s->out >> o & 1) c.out[o].data = ours[o];
    assert_int_equal(lp_loss_call(&c), LP_OK);
    for (int o = 0; o < LP_OUT_COUNT; o++)
        for (int i = 0; i < SIZE; i++) {
            if (!same(ours[o][i], exact[o][i]))
                fprintf(stderr, "%s op %d out %d [%d]: %a, exact %a\n", where, (int)s->op, o, i,
                        (double)ours[o][i], (double)exact[o][i]);
            assert_true(same(ours[o][i], exact[o][i]));
        }
}

static void test_all(void **state) {
    static draw d;
    (void)state;
    for (int f = 0; f < FAMILIES; f++)
        for (uint64_t i = 0; i < ROWS; i++) {
            make(&d, f, i);
            char where[80];
            snprintf(where, sizeof where, "%s i %" PRIu64 " k %d", family_name(f), i, (int)d.k);
            for (size_t q = 0; q < sizeof shapes / sizeof *shapes; q++)
                compare(&shapes[q], &d, where);
        }
}

/* hi on a midpoint of binary32 or beside one, lo on either side: ties, subnormals, the overflow
 * threshold; through sums of logits that are exact but for a tiny rest. */
static void test_midpoints(void **state) {
    static const struct {
        float z[2], loss;
    } c[] = {
        {{16777216, -1}, 16777218},      /* 2^24 + 1 + e^-...: above the midpoint */
        {{0x1p24f, -3}, 0x1.000004p24f}, /* 2^24 + 3: above, to even would be down or up */
        {{0x1.fffffep127f, -0x1p102f}, 0x1.fffffep127f}, /* a quarter of an ulp above */
        {{0x1.fffffep127f, -0x1p103f}, INFINITY},        /* exactly at the threshold, and beyond */
    };
    (void)state;
    for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
        float loss;
        const int64_t label = 1;
        lp_call call = {.size = sizeof call, .op = LP_OP_SOFTMAX_XENT, .format = LP_BINARY32};
        call.n = 1, call.k = 2, call.label = &label;
        call.in[LP_IN_LOGITS] = (lp_matrix){(void *)(uintptr_t)c[i].z, 2};
        call.out[LP_OUT_LOSS] = (lp_matrix){&loss, 1};
        assert_int_equal(lp_loss_call(&call), LP_OK);
        if (loss != c[i].loss) fprintf(stderr, "[%d] %a\n", (int)i, (double)loss);
        assert_true(loss == c[i].loss);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_all),
                                       cmocka_unit_test(test_midpoints)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
