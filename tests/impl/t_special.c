/* Section 2 of the specification: special values, error statuses, strides, in place, absent
 * outputs. */
#include "tests/impl/special.h"

#include <lossproof/loss.h>

#include <stdlib.h>
#include <string.h>

typedef struct xent_case {
    const char *what;
    int k;
    int64_t label;
    double z[4];
    double loss, grad[4];
    double temperature, smoothing;
    int rule;
    const double *weights;
} xent_case;

static const double one_two[] = {1, 2, 0, 0}, zero_first[] = {0, 3, 1, 1},
                    negative[] = {-2, 1, 1, 1}, nan_first[] = {NAN, 1, 1, 1},
                    zeros[] = {0, 0, 0, 0}, least[] = {0x1p-1074, 0x1p-1074, 0x1p-1074};

#define PLAIN 1, 0, 0, NULL
static const xent_case xent[] = {
    {"K = 1", 1, 0, {-7}, 0, {0}, PLAIN},
    {"K = 1, rule K-1", 1, 0, {-7}, 0, {0}, 1, 0.25, 1, NULL},
    {"K = 1, NaN", 1, 0, {NAN}, NAN, {NAN}, PLAIN},
    {"K = 1, -inf", 1, 0, {-INF}, NAN, {NAN}, PLAIN},
    {"NaN at another", 3, 0, {1, 2, NAN}, NAN, {NAN, NAN, NAN}, PLAIN},
    {"NaN before +inf, -inf", 3, 0, {-INF, NAN, INF}, NAN, {NAN, NAN, NAN}, PLAIN},
    {"+inf at the label", 3, 1, {1, INF, 0}, NAN, {NAN, NAN, NAN}, PLAIN},
    {"+inf at another", 3, 1, {INF, 1, 0}, NAN, {NAN, NAN, NAN}, PLAIN},
    {"all -inf", 3, 1, {-INF, -INF, -INF}, NAN, {NAN, NAN, NAN}, PLAIN},
    {"mask", 3, 0, {0, 0, -INF}, 0x1.62e42fefa39efp-1, {-0.5, 0.5, 0}, PLAIN},
    {"all others masked", 3, 1, {-INF, 5, -INF}, 0, {0, 0, 0}, PLAIN},
    {"label masked", 3, 0, {-INF, 0, 0}, INF, {-1, 0.5, 0.5}, PLAIN},
    {"label masked, weight 0", 3, 0, {-INF, 0, 0}, 0, {0, 0, 0}, 1, 0, 0, zero_first},
    {"label masked, weight < 0", 3, 0, {-INF, 0, 0}, -INF, {2, -1, -1}, 1, 0, 0, negative},
    {"mask, weight < 0", 3, 0, {0, 0, -INF}, -0x1.62e42fefa39efp+0, {1, -1, 0}, 1, 0, 0, negative},
    {"mask under smoothing", 2, 0, {0, -INF}, INF, {0.25, -0.25}, 1, 0.5, 0, NULL},
    {"mask under smoothing, weight 0", 2, 1, {-INF, 0}, 0, {0, 0}, 1, 0.5, 0, zero_first},
    {"all -inf under smoothing", 2, 0, {-INF, -INF}, NAN, {NAN, NAN}, 1, 0.5, 0, NULL},
    {"+inf under smoothing", 2, 0, {0, INF}, NAN, {NAN, NAN}, 1, 0.5, 0, NULL},
    {"NaN weight elsewhere", 2, 1, {0, 0}, 0x1.62e42fefa39efp-1, {0.5, -0.5}, 1, 0, 0, nan_first},
    {"NaN weight at the label", 2, 0, {0, 0}, NAN, {NAN, NAN}, 1, 0, 0, nan_first},
    {"NaN weight under smoothing", 2, 1, {0, 0}, NAN, {NAN, NAN}, 1, 0.5, 0, nan_first},
    {"NaN weight, target 0 by rule K-1",
     2,
     0,
     {0, 0},
     0x1.62e42fefa39efp-1,
     {0.5, -0.5},
     1,
     1,
     1,
     nan_first},
    {"weights 0", 2, 0, {1, 2}, 0, {0, 0}, 1, 0, 0, zeros},
    {"weights 0 under smoothing", 2, 0, {1, 2}, 0, {0, 0}, 1, 0.5, 0, zeros},
    {"equal logits, weight", 2, 1, {3, 3}, 0x1.62e42fefa39efp+0, {1, -1}, 1, 0, 0, one_two},
    {"largest difference",
     2,
     1,
     {0x1.fffffffffffffp1023, -0x1.fffffffffffffp1023},
     INF,
     {1, -1},
     PLAIN},
    {"largest difference, T = 2",
     2,
     1,
     {0x1.fffffffffffffp1023, -0x1.fffffffffffffp1023},
     0x1.fffffffffffffp1023,
     {0.5, -0.5},
     2,
     0,
     0,
     NULL},
    {"huge logits, least temperature",
     3,
     1,
     {0x1p1023, 0x1p1022, 0x1p1021},
     0x1p1022,
     {1, -1, 0},
     0x1p-1074,
     0,
     0,
     least},
    {"largest difference, smoothed",
     2,
     0,
     {0x1.fffffffffffffp1023, -0x1.fffffffffffffp1023},
     0x1.fffffffffffffp1014,
     {0x1p-10, -0x1p-10},
     1,
     0x1p-10,
     1,
     NULL},
    {"least temperature", 2, 0, {0, 0}, 0x1.62e42fefa39efp-1, {-INF, INF}, 0x1p-1074, 0, 0, NULL},
    {"subnormal loss", 2, 0, {745, 0}, 0x1p-1074, {-0x1p-1074, 0x1p-1074}, PLAIN},
    {"underflow keeps its sign", 2, 0, {800, 0}, 0, {-0.0, 0}, PLAIN},
    {"signed zeros", 2, 0, {-0.0, 0.0}, 0x1.62e42fefa39efp-1, {-0.5, 0.5}, PLAIN},
};

static lp_loss_xent_options options_of(const xent_case *c) {
    return (lp_loss_xent_options){c->temperature, c->smoothing, c->rule, c->weights, 0, 0};
}
static void test_xent(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof xent / sizeof *xent; i++) {
        const xent_case *c = &xent[i];
        lp_loss_xent_options o = options_of(c);
        double z[4], loss = 77, grad[4], alone = 77;
        memcpy(z, c->z, sizeof z);
        assert_int_equal(lp_loss_softmax_xent(&loss, (lp_loss_out){grad, c->k},
                                              (lp_loss_in){z, c->k}, &c->label, 1, c->k, &o, NULL),
                         LP_OK);
        expect(c->what, &loss, &c->loss, 1);
        expect(c->what, grad, c->grad, c->k);
        lp_loss_softmax_xent(&alone, (lp_loss_out){NULL, 0}, (lp_loss_in){z, c->k}, &c->label, 1,
                             c->k, &o, NULL);
        expect(c->what, &alone, &c->loss, 1);
        lp_loss_softmax_xent(NULL, (lp_loss_out){z, c->k}, (lp_loss_in){z, c->k}, &c->label, 1,
                             c->k, &o, NULL); /* the gradient alone, in place */
        expect(c->what, z, c->grad, c->k);
    }
}

typedef struct soft_case {
    const char *what;
    int k;
    double z[3], v[3];
    double value[3], log_value[3], grad[3], log_grad[3];
} soft_case;
static const soft_case soft[] = {
    {"K = 1", 1, {5}, {3}, {1}, {0}, {0}, {0}},
    {"NaN", 2, {NAN, 0}, {1, 1}, {NAN, NAN}, {NAN, NAN}, {NAN, NAN}, {NAN, NAN}},
    {"+inf", 2, {INF, 0}, {1, 1}, {NAN, NAN}, {NAN, NAN}, {NAN, NAN}, {NAN, NAN}},
    {"all -inf", 2, {-INF, -INF}, {1, 1}, {NAN, NAN}, {NAN, NAN}, {NAN, NAN}, {NAN, NAN}},
    {"mask", 2, {-INF, 0}, {1, 4}, {0, 1}, {-INF, 0}, {0, 0}, {1, -1}},
    {"constant v",
     2,
     {0, 0},
     {2, 2},
     {0.5, 0.5},
     {-0x1.62e42fefa39efp-1, -0x1.62e42fefa39efp-1},
     {0, 0},
     {0, 0}},
    {"NaN in v",
     2,
     {0, 0},
     {NAN, 2},
     {0.5, 0.5},
     {-0x1.62e42fefa39efp-1, -0x1.62e42fefa39efp-1},
     {NAN, NAN},
     {NAN, NAN}},
    {"inf in v",
     2,
     {0, 0},
     {INF, 2},
     {0.5, 0.5},
     {-0x1.62e42fefa39efp-1, -0x1.62e42fefa39efp-1},
     {NAN, -INF},
     {NAN, -INF}},
    {"inf in v of a mask", 2, {-INF, 0}, {INF, 2}, {0, 1}, {-INF, 0}, {0, 0}, {INF, -INF}},
    {"largest difference",
     2,
     {0x1.fffffffffffffp1023, -0x1.fffffffffffffp1023},
     {1, 1},
     {1, 0},
     {-0.0, -INF},
     {0, 0},
     {-1, 1}},
};
static void test_softmax(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof soft / sizeof *soft; i++) {
        const soft_case *c = &soft[i];
        double y[3], g[3];
        lp_loss_in z = {c->z, c->k}, v = {c->v, c->k};
        lp_loss_out value = {y, c->k}, grad = {g, c->k};
        assert_int_equal(lp_loss_softmax(value, grad, z, v, 1, c->k, 1), LP_OK);
        expect(c->what, y, c->value, c->k);
        expect(c->what, g, c->grad, c->k);
        assert_int_equal(lp_loss_log_softmax(value, grad, z, v, 1, c->k, 1), LP_OK);
        expect(c->what, y, c->log_value, c->k);
        expect(c->what, g, c->log_grad, c->k);
    }
}

static void test_bce(void **state) {
    static const struct {
        double z, y, loss, grad;
    } c[] = {
        {NAN, 0.5, NAN, NAN},
        {1, NAN, NAN, NAN},
        {INF, 1, 0, 0},
        {INF, 0.75, INF, 0.25},
        {INF, 0, INF, 1},
        {-INF, 0, 0, 0},
        {-INF, 0.75, INF, -0.75},
        {-INF, 1, INF, -1},
        {0, 0.5, 0x1.62e42fefa39efp-1, 0},
        {-0.0, 1, 0x1.62e42fefa39efp-1, -0.5},
        {1e300, 1, 0, -0.0},
        {-INF, -0.0, 0, 0},
        {1, -0.0, 0x1.5031eafefb049p+0, 0x1.764d4f5d5a2bdp-1},
        {-1e300, 0, 0, 0},
        {1e300, 0, 1e300, 1},
        {-1e300, 1, 1e300, -1},
        {0x1p1023, 0x1p-1074, 0x1p1023, 1},
        {-745, 0, 0x1p-1074, 0x1p-1074},
    };
    (void)state;
    for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
        double loss, grad;
        assert_int_equal(lp_loss_bce_logits(&loss, (lp_loss_out){&grad, 1},
                                            (lp_loss_in){&c[i].z, 1}, (lp_loss_in){&c[i].y, 1}, 1,
                                            1, NULL),
                         LP_OK);
        char what[80];
        snprintf(what, sizeof what, "bce z %a y %a", c[i].z, c[i].y);
        expect(what, &loss, &c[i].loss, 1);
        expect(what, &grad, &c[i].grad, 1);
    }
}

/* p, q; entropy of p and its gradient; cross_entropy and kl_div with both gradients; one entry. */
static void test_probability(void **state) {
    static const struct {
        double p, q, h, h_grad, ce, ce_q, ce_p, kl, kl_q, kl_p;
    } c[] = {
        {0, 0, 0, INF, 0, 0, INF, 0, 0, NAN},
        {0.5, 0, 0x1.62e42fefa39efp-2, -0x1.3a37a020b8c22p-2, INF, -INF, INF, INF, -INF, INF},
        {0, 0.5, 0, INF, 0, 0, 0x1.62e42fefa39efp-1, 0, 0, -INF},
        {1, 1, 0, -1, 0, -1, 0, 0, -1, 1},
        {1, -0.0, 0, -1, INF, -INF, INF, INF, -INF, INF},
        {-0.0, -0.0, 0, INF, 0, 0, INF, 0, 0, NAN},
        {NAN, 1, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN},
        {0x1p-1074, 0x1p-1074, 0x1.74p-1065, 0x1.73b85446d71c3p9, 0x1.74p-1065, -1,
         0x1.74385446d71c3p9, 0, -1, 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
        lp_loss_in p = {&c[i].p, 1}, q = {&c[i].q, 1};
        double x, a, b;
        lp_loss_out oa = {&a, 1}, ob = {&b, 1};
        assert_int_equal(lp_loss_entropy(&x, oa, p, 1, 1, NULL), LP_OK);
        expect("entropy", &x, &c[i].h, 1);
        expect("entropy grad", &a, &c[i].h_grad, 1);
        assert_int_equal(lp_loss_cross_entropy(&x, oa, ob, p, q, 1, 1, NULL), LP_OK);
        expect("cross_entropy", &x, &c[i].ce, 1);
        expect("cross_entropy grad", &a, &c[i].ce_q, 1);
        expect("cross_entropy grad_p", &b, &c[i].ce_p, 1);
        assert_int_equal(lp_loss_kl_div(&x, oa, ob, p, q, 1, 1, NULL), LP_OK);
        expect("kl_div", &x, &c[i].kl, 1);
        expect("kl_div grad", &a, &c[i].kl_q, 1);
        expect("kl_div grad_p", &b, &c[i].kl_p, 1);
    }
}

/* Every refusal: the status, and not a byte written. */
static double loss[4], grad[16];
static const double logits[16], ones[16] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
static lp_status xent_status(int64_t n, int64_t k, int64_t stride, const double *z, int64_t label,
                             lp_loss_xent_options o) {
    const int64_t labels[4] = {0, 0, 0, label};
    return lp_loss_softmax_xent(loss, (lp_loss_out){grad, stride}, (lp_loss_in){z, stride}, labels,
                                n, k, &o, NULL);
}
static void test_errors(void **state) {
    static const double infinite[] = {1, 1, INF}, minus[] = {0.5, -0x1p-1074, 0.5, 0.5},
                        above[] = {0.5, 0x1.0000000000001p0, 0.5, 0.5};
    const lp_loss_xent_options o = LP_LOSS_XENT_PLAIN;
    const double poison = 12345;
    (void)state;
    for (int i = 0; i < 16; i++) grad[i] = poison;
    for (int i = 0; i < 4; i++) loss[i] = poison;
    assert_int_equal(xent_status(4, 0, 3, logits, 0, o), LP_E_ARGUMENT);
    assert_int_equal(xent_status(-1, 3, 3, logits, 0, o), LP_E_ARGUMENT);
    assert_int_equal(xent_status(4, 3, 2, logits, 0, o), LP_E_ARGUMENT);
    assert_int_equal(xent_status(4, 3, 3, NULL, 0, o), LP_E_ARGUMENT);
    assert_int_equal(xent_status(4, 3, 3, logits, 3, o), LP_E_LABEL);
    assert_int_equal(xent_status(4, 3, 3, logits, -1, o), LP_E_LABEL);
    assert_int_equal(xent_status(4, 3, 3, logits, INT64_MIN, o), LP_E_LABEL);
    static const double bad_temperature[] = {0, -1, INF, NAN}, bad_smoothing[] = {-0.1, 1.1, NAN};
    for (int i = 0; i < 4; i++) {
        lp_loss_xent_options bad = o;
        bad.temperature = bad_temperature[i];
        assert_int_equal(xent_status(4, 3, 3, logits, 0, bad), LP_E_ARGUMENT);
        lp_loss_out g = {grad, 3};
        lp_loss_in z = {logits, 3};
        assert_int_equal(lp_loss_softmax(g, g, z, z, 4, 3, bad.temperature), LP_E_ARGUMENT);
        assert_int_equal(lp_loss_log_softmax(g, g, z, z, 4, 3, bad.temperature), LP_E_ARGUMENT);
    }
    for (int i = 1; i < 4; i++) { /* a softcap of 0 is none */
        lp_loss_xent_options bad = o;
        bad.softcap = bad_temperature[i];
        assert_int_equal(xent_status(4, 3, 3, logits, 0, bad), LP_E_ARGUMENT);
    }
    for (int i = 0; i < 3; i++) {
        lp_loss_xent_options bad = o;
        bad.smoothing = bad_smoothing[i];
        assert_int_equal(xent_status(4, 3, 3, logits, 0, bad), LP_E_ARGUMENT);
    }
    lp_loss_xent_options bad = o;
    bad.smoothing_rule = 2;
    assert_int_equal(xent_status(4, 3, 3, logits, 0, bad), LP_E_ARGUMENT);
    bad = o;
    bad.weights = infinite;
    assert_int_equal(xent_status(4, 3, 3, logits, 0, bad), LP_E_ARGUMENT);
    assert_int_equal(lp_loss_softmax_xent(loss, (lp_loss_out){grad, 3}, (lp_loss_in){logits, 3},
                                          NULL, 4, 3, NULL, NULL),
                     LP_E_ARGUMENT);

    lp_loss_out g = {grad, 1};
    lp_loss_in z = {logits, 1}, good = {ones, 1}, low = {minus, 1}, high = {above, 1},
               none = {NULL, 1};
    assert_int_equal(lp_loss_bce_logits(loss, g, z, low, 4, 1, NULL), LP_E_ARGUMENT);
    assert_int_equal(lp_loss_bce_logits(loss, g, z, high, 4, 1, NULL), LP_E_ARGUMENT);
    assert_int_equal(lp_loss_bce_logits(loss, g, none, good, 4, 1, NULL), LP_E_ARGUMENT);
    assert_int_equal(lp_loss_softmax(g, g, z, none, 4, 1, 1), LP_E_ARGUMENT);
    assert_int_equal(lp_loss_entropy(loss, g, low, 4, 1, NULL), LP_E_ARGUMENT);
    assert_int_equal(lp_loss_cross_entropy(loss, g, g, good, low, 4, 1, NULL), LP_E_ARGUMENT);
    assert_int_equal(lp_loss_kl_div(loss, g, g, low, good, 4, 1, NULL), LP_E_ARGUMENT);
    assert_int_equal(lp_loss_kl_div(loss, g, g, good, none, 4, 1, NULL), LP_E_ARGUMENT);
    for (int i = 0; i < 16; i++) assert_true(grad[i] == poison);
    for (int i = 0; i < 4; i++) assert_true(loss[i] == poison);

    assert_int_equal(xent_status(0, 3, 3, NULL, 0, o), LP_OK);
    assert_int_equal(lp_loss_kl_div(NULL, (lp_loss_out){NULL, 0}, (lp_loss_out){NULL, 0},
                                    (lp_loss_in){NULL, 0}, (lp_loss_in){NULL, 0}, 0, 3, NULL),
                     LP_OK);
}

/* Rows apart or together, wherever they lie, in place or not: the same bits; padding untouched. */
static void test_layout(void **state) {
    enum { N = 5, K = 37, WIDE = 41 };
    static double z[N * K], wide[N * WIDE + 3], g[N * K], g2[N * WIDE], l[N], l2[N];
    static const int64_t label[N] = {0, 15, 16, 36, 20};
    (void)state;
    for (int smooth = 0; smooth < 2; smooth++)
        for (int shift = 0; shift < 3; shift++) {
            lp_loss_xent_options o = LP_LOSS_XENT_PLAIN;
            o.smoothing = smooth ? 0.1 : 0;
            double *w = wide + shift;
            for (int i = 0; i < N * WIDE; i++) w[i] = g2[i] = 99;
            for (int i = 0; i < N * K; i++) {
                z[i] = (double)(i * 7919 % 1000) / 64;
                w[i / K * WIDE + i % K] = z[i];
            }
            lp_loss_softmax_xent(l, (lp_loss_out){g, K}, (lp_loss_in){z, K}, label, N, K, &o, NULL);
            lp_loss_softmax_xent(l2, (lp_loss_out){g2, WIDE}, (lp_loss_in){w, WIDE}, label, N, K,
                                 &o, NULL);
            assert_memory_equal(l, l2, sizeof l);
            lp_loss_softmax_xent(l2, (lp_loss_out){w, WIDE}, (lp_loss_in){w, WIDE}, label, N, K, &o,
                                 NULL);
            assert_memory_equal(l, l2, sizeof l);
            for (int i = 0; i < N; i++) {
                assert_memory_equal(g + i * K, g2 + i * WIDE, K * sizeof *g);
                assert_memory_equal(g + i * K, w + i * WIDE, K * sizeof *g);
                for (int j = K; j < WIDE; j++)
                    assert_true(g2[i * WIDE + j] == 99 && w[i * WIDE + j] == 99);
            }
            double *y = g, *y2 = w;
            for (int i = 0; i < N * K; i++) w[i / K * WIDE + i % K] = z[i];
            lp_loss_log_softmax((lp_loss_out){y, K}, (lp_loss_out){NULL, 0}, (lp_loss_in){z, K},
                                (lp_loss_in){NULL, 0}, N, K, 3);
            lp_loss_log_softmax((lp_loss_out){y2, WIDE}, (lp_loss_out){NULL, 0},
                                (lp_loss_in){w, WIDE}, (lp_loss_in){NULL, 0}, N, K, 3);
            for (int i = 0; i < N; i++)
                assert_memory_equal(y + i * K, y2 + i * WIDE, K * sizeof *y);
        }
}

/* A row's result does not depend on its place, on how many there are or on its neighbours, be they
 * of the sort that leaves the fast path. */
static void test_independence(void **state) {
    enum { N = 40, K = 9 };
    static double z[N * K], g[N * K], l[N], alone_g[K], alone_l;
    static int64_t label[N];
    (void)state;
    for (int k = 1; k <= K; k++)
        for (int strange = 0; strange < 3; strange++) {
            for (int i = 0; i < N; i++) label[i] = i % k;
            for (int i = 0; i < N * K; i++) z[i] = (double)(i * 7919 % 1000) / 8;
            for (int i = 0; strange && i < N; i += 3)
                z[i * K] = strange == 1 ? NAN : i % 2 ? 1e308 : -1e4;
            lp_loss_softmax_xent(l, (lp_loss_out){g, K}, (lp_loss_in){z, K}, label, N, k, NULL,
                                 NULL);
            for (int i = 0; i < N; i++) {
                lp_loss_softmax_xent(&alone_l, (lp_loss_out){alone_g, K},
                                     (lp_loss_in){z + i * K, K}, label + i, 1, k, NULL, NULL);
                assert_true(same(alone_l, l[i]));
                for (int j = 0; j < k; j++) assert_true(same(alone_g[j], g[i * K + j]));
            }
            for (int i = 0; i < N; i++) g[i] = (double)(i % 5) / 4;
            lp_loss_bce_logits(l, (lp_loss_out){NULL, 1}, (lp_loss_in){z, 1}, (lp_loss_in){g, 1}, N,
                               1, NULL);
            for (int i = 0; i < N; i++) {
                lp_loss_bce_logits(&alone_l, (lp_loss_out){NULL, 1}, (lp_loss_in){z + i, 1},
                                   (lp_loss_in){g + i, 1}, 1, 1, NULL);
                assert_true(same(alone_l, l[i]));
            }
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_xent),         cmocka_unit_test(test_softmax),
        cmocka_unit_test(test_bce),          cmocka_unit_test(test_probability),
        cmocka_unit_test(test_independence), cmocka_unit_test(test_errors),
        cmocka_unit_test(test_layout),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
