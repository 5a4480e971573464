/* As t_special.c for the operations that came later: special values and error statuses. */
#include "tests/impl/special.h"

#include <lossproof/loss.h>

#include <string.h>

static void test_links(void **state) {
    static const struct {
        double z, v, sigmoid[2], log_sigmoid[2], softplus[2]; /* value, slope times v */
    } c[] = {
        {-INF, 1, {0, 0}, {-INF, 1}, {0, 0}},
        {INF, 1, {1, 0}, {-0.0, 0}, {INF, 1}},
        {-INF, INF, {0, NAN}, {-INF, INF}, {0, NAN}},
        {INF, -2, {1, 0}, {-0.0, 0}, {INF, -2}},
        {NAN, 1, {NAN, NAN}, {NAN, NAN}, {NAN, NAN}},
        {0, NAN, {0.5, NAN}, {-LN2, NAN}, {LN2, NAN}},
        {-0.0, 0, {0.5, 0}, {-LN2, 0}, {LN2, 0}},
        {0, -INF, {0.5, -INF}, {-LN2, -INF}, {LN2, -INF}},
        {1e300, 1, {1, 0}, {-0.0, 0}, {1e300, 1}},
        {-1e300, -1, {0, -0.0}, {-1e300, -1}, {0, -0.0}},
        {-745, 1, {0x1p-1074, 0x1p-1074}, {-745, 1}, {0x1p-1074, 0x1p-1074}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
        double y, g;
        char what[60];
        lp_loss_in z = {&c[i].z, 1}, v = {&c[i].v, 1};
        lp_loss_out value = {&y, 1}, grad = {&g, 1};
        snprintf(what, sizeof what, "z %a v %a", c[i].z, c[i].v);
        assert_int_equal(lp_loss_sigmoid(value, grad, z, v, 1), LP_OK);
        expect(what, (double[]){y, g}, c[i].sigmoid, 2);
        assert_int_equal(lp_loss_log_sigmoid(value, grad, z, v, 1), LP_OK);
        expect(what, (double[]){y, g}, c[i].log_sigmoid, 2);
        assert_int_equal(lp_loss_softplus(value, grad, z, v, 1), LP_OK);
        expect(what, (double[]){y, g}, c[i].softplus, 2);
    }
}

static void test_logsumexp(void **state) {
    static const struct {
        int64_t k;
        double z[3], v, value, grad[3];
    } c[] = {
        {1, {-7}, 1, -7, {1}},
        {2, {-INF, -INF}, 1, -INF, {NAN, NAN}},
        {3, {0, INF, -INF}, 1, INF, {NAN, NAN, NAN}},
        {2, {INF, NAN}, 1, NAN, {NAN, NAN}},
        {3, {3, -INF, 3}, 2, 3 + LN2, {1, 0, 1}},
        {3, {0, NAN, 1}, 1, NAN, {NAN, NAN, NAN}},
        {2, {0, -INF}, INF, 0, {INF, 0}},
        {2, {0, 0}, NAN, LN2, {NAN, NAN}},
        {2, {0x1.fffffffffffffp1023, -0x1.fffffffffffffp1023}, 1, 0x1.fffffffffffffp1023, {1, 0}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
        double y, g[3];
        assert_int_equal(lp_loss_logsumexp(&y, (lp_loss_out){g, c[i].k},
                                           (lp_loss_in){c[i].z, c[i].k}, &c[i].v, 1, c[i].k),
                         LP_OK);
        expect("logsumexp", &y, &c[i].value, 1);
        expect("logsumexp grad", g, c[i].grad, c[i].k);
    }
}

/* softmax_xent_soft and kl_logits on the same rows. */
static void test_targets(void **state) {
    static const double zeros[] = {0, 0, 0}, nan_first[] = {NAN, 1, 1}, minus[] = {-1, -1, -1};
    static const struct {
        const char *what;
        int64_t k;
        double z[3], t[3], loss, grad[3], kl, kl_grad[3], smoothing;
        const double *weights;
    } c[] = {
        {"K = 1", 1, {5}, {2}, 0, {0}, 2 * LN2, {0}, 0, NULL},
        {"NaN", 2, {NAN, 0}, {1, 0}, NAN, {NAN, NAN}, NAN, {NAN, NAN}, 0, NULL},
        {"NaN target", 2, {0, 0}, {1, NAN}, NAN, {NAN, NAN}, NAN, {NAN, NAN}, 0, NULL},
        {"+inf", 2, {INF, 0}, {0, 1}, NAN, {NAN, NAN}, NAN, {NAN, NAN}, 0, NULL},
        {"all -inf", 2, {-INF, -INF}, {1, 0}, NAN, {NAN, NAN}, NAN, {NAN, NAN}, 0, NULL},
        {"mask", 3, {0, -INF, 0}, {0.5, 0, 0.5}, LN2, {0, 0, 0}, 0, {0, 0, 0}, 0, NULL},
        {"-inf", 2, {0, -INF}, {0.5, 0.5}, INF, {0.5, -0.5}, INF, {0.5, -0.5}, 0, NULL},
        {"-inf, smoothed", 2, {0, -INF}, {1, 0}, INF, {0.25, -0.25}, 0, {0, 0}, 0.5, NULL},
        {"no targets", 2, {1, 2}, {0, 0}, 0, {0, 0}, 0, {0, 0}, 0, NULL},
        {"no targets, -inf", 2, {1, -INF}, {0, 0}, 0, {0, 0}, 0, {0, 0}, 0, NULL},
        {"no weights", 2, {0, 0}, {1, 0}, 0, {0, 0}, LN2, {-0.5, 0.5}, 0, zeros},
        {"negative weight", 2, {-INF, 0}, {1, 0}, -INF, {1, -1}, INF, {-1, 1}, 0, minus},
        {"NaN weight", 2, {0, 0}, {1, 0}, NAN, {NAN, NAN}, LN2, {-0.5, 0.5}, 0, nan_first},
        {"NaN weight, no target",
         2,
         {0, 0},
         {0, 1},
         LN2,
         {0.5, -0.5},
         LN2,
         {0.5, -0.5},
         0,
         nan_first},
    };
    (void)state;
    for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
        double loss, g[3];
        lp_loss_xent_options o = {1, c[i].smoothing, 0, c[i].weights, 0, 0};
        lp_loss_in z = {c[i].z, c[i].k}, t = {c[i].t, c[i].k};
        lp_loss_out grad = {g, c[i].k};
        assert_int_equal(lp_loss_softmax_xent_soft(&loss, grad, z, t, 1, c[i].k, &o, NULL), LP_OK);
        expect(c[i].what, &loss, &c[i].loss, 1);
        expect(c[i].what, g, c[i].grad, c[i].k);
        assert_int_equal(lp_loss_kl_logits(&loss, grad, z, t, 1, c[i].k, NULL), LP_OK);
        expect(c[i].what, &loss, &c[i].kl, 1);
        expect(c[i].what, g, c[i].kl_grad, c[i].k);
    }
}

static void test_focal(void **state) {
    static const struct {
        const char *what;
        int64_t k, label;
        double z[3], gamma, alpha, loss, grad[3];
    } c[] = {
        {"K = 1", 1, 0, {3}, 2, 1, 0, {0}},
        {"p = 1, gamma 0", 2, 0, {3, -INF}, 0, 1, 0, {0, 0}},
        {"p = 1, gamma 1/2", 2, 0, {3, -INF}, 0.5, 1, 0, {0, 0}},
        {"p = 0", 3, 0, {-INF, 0, 0}, 2, 1, INF, {-1, 0.5, 0.5}},
        {"p = 0, alpha 0", 2, 0, {-INF, 0}, 2, 0, 0, {0, 0}},
        {"p = 0, alpha -2", 2, 0, {-INF, 0}, 2, -2, -INF, {2, -2}},
        {"mask",
         3,
         0,
         {0, 0, -INF},
         1,
         1,
         LN2 / 2,
         {-0x1.b17217f7d1cf8p-2, 0x1.b17217f7d1cf8p-2, 0}},
        {"NaN", 2, 0, {0, NAN}, 2, 1, NAN, {NAN, NAN}},
        {"+inf", 2, 0, {INF, 0}, 2, 1, NAN, {NAN, NAN}},
        {"all -inf", 2, 0, {-INF, -INF}, 2, 1, NAN, {NAN, NAN}},
        {"far below", 2, 0, {-1e300, 0}, 2, 1, 1e300, {-1, 1}},
        {"far above", 2, 0, {1e300, 0}, 2, 1, 0, {-0.0, 0}},
        {"largest gamma", 2, 0, {0, 0}, 0x1.fffffffffffffp1023, 1, 0, {-0.0, 0}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
        double loss, g[3];
        assert_int_equal(lp_loss_focal_softmax(&loss, (lp_loss_out){g, c[i].k},
                                               (lp_loss_in){c[i].z, c[i].k}, &c[i].label, 1, c[i].k,
                                               c[i].gamma, &c[i].alpha, 1, NULL),
                         LP_OK);
        expect(c[i].what, &loss, &c[i].loss, 1);
        expect(c[i].what, g, c[i].grad, c[i].k);
    }
    static const struct {
        double z;
        int64_t label;
        double gamma, alpha, loss, grad;
    } s[] = {
        {NAN, 1, 2, 0.25, NAN, NAN},    {INF, 1, 2, 0.25, 0, 0},   {INF, 0, 2, 0.25, INF, 0.75},
        {-INF, 1, 2, 0.25, INF, -0.25}, {-INF, 0, 0, 0.25, 0, 0},  {-INF, 1, 2, 0, 0, 0},
        {INF, 0, 2, 1, 0, 0},           {0, 1, 0, 1, LN2, -0.5},   {0, 0, 0, 0, LN2, 0.5},
        {-1e300, 1, 3, 1, 1e300, -1},   {1e300, 1, 3, 1, 0, -0.0},
    };
    for (size_t i = 0; i < sizeof s / sizeof *s; i++) {
        double loss, g;
        char what[80];
        snprintf(what, sizeof what, "focal_sigmoid z %a label %d", s[i].z, (int)s[i].label);
        assert_int_equal(lp_loss_focal_sigmoid(&loss, (lp_loss_out){&g, 1},
                                               (lp_loss_in){&s[i].z, 1}, &s[i].label, 1, s[i].gamma,
                                               &s[i].alpha, NULL),
                         LP_OK);
        expect(what, &loss, &s[i].loss, 1);
        expect(what, &g, &s[i].grad, 1);
    }
}

static void test_distill(void **state) {
    enum { NONE = -1 };
    static const struct {
        const char *what;
        int64_t k, label;
        double z[3], y[3], t, mix, loss, grad[3];
        int kl;
    } c[] = {
        {"K = 1", 1, 0, {5}, {-3}, 2, 0.5, 0, {0}, 1},
        {"itself", 2, NONE, {1, 2}, {4, 5}, 3, 0, 0, {0, 0}, 1},
        {"itself, half", 2, 0, {3, 3}, {0, 0}, 1, 0.5, LN2, {-0.25, 0.25}, 0},
        {"turned, one alike",
         3,
         NONE,
         {0, 1, 1},
         {1, 1, 0},
         1,
         0,
         0x1.48c8c6b7ba790p+0,
         {-0x1.115d0463b72bcp-2, 0, 0x1.115d0463b72bcp-2},
         0},
        {"NaN teacher, mix 1", 2, 0, {0, 0}, {0, NAN}, 1, 1, NAN, {NAN, NAN}, 0},
        {"+inf", 2, 0, {0, INF}, {0, 0}, 1, 0, NAN, {NAN, NAN}, 0},
        {"all -inf", 2, 0, {0, 0}, {-INF, -INF}, 1, 1, NAN, {NAN, NAN}, 0},
        {"student -inf", 2, 0, {0, -INF}, {0, 0}, 2, 0.5, INF, {0.5, -0.5}, 1},
        {"student -inf, mix 1", 2, 0, {0, -INF}, {0, 0}, 2, 1, 0, {0, 0}, 1},
        {"student -inf, mix 2", 2, 0, {0, -INF}, {0, 0}, 2, 2, -INF, {-1, 1}, 1},
        {"label -inf", 2, 1, {0, -INF}, {0, -INF}, 2, 2, INF, {2, -2}, 1},
        {"both -inf", 3, 0, {0, -INF, 0}, {1, -INF, 1}, 2, 0.5, LN2 / 2, {-0.25, 0, 0.25}, 1},
        {"far apart",
         2,
         0,
         {0, -0x1.fffffffffffffp1023},
         {0, -0x1.fffffffffffffp1023},
         1,
         0.5,
         0,
         {-0.0, 0},
         1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
        double loss, g[3];
        assert_int_equal(lp_loss_distill(&loss, (lp_loss_out){g, c[i].k},
                                         (lp_loss_in){c[i].z, c[i].k}, (lp_loss_in){c[i].y, c[i].k},
                                         c[i].label == NONE ? NULL : &c[i].label, 1, c[i].k, c[i].t,
                                         c[i].mix, c[i].kl, NULL),
                         LP_OK);
        expect(c[i].what, &loss, &c[i].loss, 1);
        expect(c[i].what, g, c[i].grad, c[i].k);
    }
}

static void test_z_loss(void **state) {
    static const struct {
        const char *what;
        int64_t k, label;
        double z[3], weight, z_loss, loss, grad[3];
        int limit;
    } c[] = {
        {"one class", 1, 0, {3}, 1, 0.5, 4.5, {3}, 0},
        {"no weight", 1, 0, {-2}, 0, 0.25, 1, {-1}, 0},
        {"LSE 0", 2, 0, {-LN2, -LN2}, 1, 0, LN2, {-0.5, 0.5}, 0},
        {"far above, 2 l (1 + z) = 1", 2, 0, {0, -5000}, 1, 0.5, 0, {0, 0}, 0},
        {"far above", 2, 0, {4, -0x1p50}, 1, 0.5, 8, {4, 0}, 0},
        {"mask", 3, 1, {-INF, 2, -INF}, 1, 0.5, 2, {0, 2, 0}, 0},
        {"label -inf", 2, 1, {2, -INF}, 1, 0.5, INF, {3, -1}, 0},
        {"+inf, limit", 2, 0, {INF, 0}, 1, 0.5, INF, {INF, 0}, 1},
        {"+inf elsewhere, limit", 2, 1, {INF, 0}, 1, 0.5, INF, {INF, -1}, 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
        double loss, g[3], w[3] = {c[i].weight, c[i].weight, c[i].weight};
        const lp_loss_batch b = {.limit = c[i].limit};
        const lp_loss_xent_options o = {1, 0, 0, w, c[i].z_loss, 0};
        assert_int_equal(lp_loss_softmax_xent(&loss, (lp_loss_out){g, c[i].k},
                                              (lp_loss_in){c[i].z, c[i].k}, &c[i].label, 1, c[i].k,
                                              &o, &b),
                         LP_OK);
        for (int j = 0; j < c[i].k; j++) g[j] = fabs(g[j]) < 0x1p-1000 ? 0 : g[j];
        expect(c[i].what, &loss, &c[i].loss, 1);
        expect(c[i].what, g, c[i].grad, c[i].k);
    }
}

/* 1 + e has the logarithm 0x1.5031eafefb049p+0, e/(1 + e) is 0x1.764d4f5d5a2bdp-1. A saturated
 * slope is +0 or so small that it underflows. */
static void test_softcap(void **state) {
    static const double least = 0x1p-1074, big = 0x1.fffffffffffffp1023;
    const struct {
        const char *what;
        int64_t k, label;
        double z[2], cap, z_loss, loss, grad[2];
        int limit;
    } c[] = {
        {"-inf", 2, 0, {-INF, 0}, 1, 0, 0x1.5031eafefb049p+0, {0, 0x1.764d4f5d5a2bdp-1}, 0},
        {"both ends", 2, 0, {-INF, INF}, 0.5, 0, 0x1.5031eafefb049p+0, {0, 0}, 0},
        {"all -inf", 2, 0, {-INF, -INF}, 3, 0, LN2, {0, 0}, 0},
        {"all +inf", 2, 1, {INF, INF}, 3, 0, LN2, {0, 0}, 0},
        {"NaN", 2, 0, {NAN, INF}, 3, 0, NAN, {NAN, NAN}, 0},
        {"0", 2, 0, {0, 0}, 3, 0, LN2, {-0.5, 0.5}, 0},
        {"least", 2, 0, {0, least}, 1, 0, LN2, {-0.5, 0.5}, 0},
        {"one class, z_loss", 1, 0, {INF}, 3, 2, 18, {0}, 0},
        {"largest", 2, 1, {big, -big}, 1, 0, 0x1.103f2d54301d5p+1, {0, 0}, 0},
        {"limit", 2, 1, {INF, 0}, 1, 0, 0x1.5031eafefb049p+0, {0, -0x1.764d4f5d5a2bdp-1}, 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
        double loss, g[2];
        const lp_loss_batch b = {.limit = c[i].limit};
        const lp_loss_xent_options o = {1, 0, 0, NULL, c[i].z_loss, c[i].cap};
        assert_int_equal(lp_loss_softmax_xent(&loss, (lp_loss_out){g, c[i].k},
                                              (lp_loss_in){c[i].z, c[i].k}, &c[i].label, 1, c[i].k,
                                              &o, &b),
                         LP_OK);
        for (int j = 0; j < c[i].k; j++) g[j] = g[j] == 0 ? 0 : g[j]; /* of either sign */
        expect(c[i].what, &loss, &c[i].loss, 1);
        expect(c[i].what, g, c[i].grad, c[i].k);
    }
}

static void test_info_nce(void **state) {
    static const struct {
        const char *what;
        int64_t n;
        double s[4], t, up, loss, grad[4], tau;
        int symmetric, limit;
    } c[] = {
        {"one", 1, {3}, 2, 1, 0, {0}, 0, 0, 0},
        {"even", 2, {1, 1, 1, 1}, 0.5, 3, LN2, {-1.5, 1.5, 1.5, -1.5}, 0, 0, 0},
        {"even, symmetric", 2, {1, 1, 1, 1}, 0.5, 3, LN2, {-1.5, 1.5, 1.5, -1.5}, 0, 1, 0},
        {"NaN", 2, {0, NAN, 0, 0}, 1, 1, NAN, {NAN, NAN, 0.25, -0.25}, NAN, 0, 0},
        {"NaN, symmetric", 2, {0, NAN, 0, 0}, 1, 1, NAN, {NAN, NAN, 0.25, NAN}, NAN, 1, 0},
        {"label -inf", 2, {-INF, 0, 0, 0}, 1, 1, INF, {-0.5, 0.5, 0.25, -0.25}, -INF, 0, 0},
        {"+inf", 2, {INF, 0, 0, 0}, 1, 1, NAN, {NAN, NAN, 0.25, -0.25}, NAN, 0, 0},
        {"+inf, limit", 2, {INF, 0, 0, 0}, 1, 1, LN2 / 2, {0, 0, 0.25, -0.25}, 0, 0, 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
        double loss, g[4], tau;
        const lp_loss_batch b = {.upstream = &c[i].up, .limit = c[i].limit};
        assert_int_equal(lp_loss_info_nce(&loss, (lp_loss_out){g, c[i].n}, &tau,
                                          (lp_loss_in){c[i].s, c[i].n}, c[i].n, c[i].t,
                                          c[i].symmetric, &b),
                         LP_OK);
        expect(c[i].what, &loss, &c[i].loss, 1);
        expect(c[i].what, g, c[i].grad, c[i].n * c[i].n);
        expect(c[i].what, &tau, &c[i].tau, 1);
    }
}

static void test_bce(void **state) {
    static const struct {
        double z, y, q, loss, grad;
    } c[] = {
        {INF, 1, 2, 0, 0},         {INF, 0.5, 2, INF, 0.5}, {-INF, 0.5, 4, INF, -2},
        {-INF, 0.5, 0, 0, 0},      {-INF, 0, 3, 0, 0},      {0, 1, 2, 2 * LN2, -1},
        {0, 1, 0, 0, 0},           {NAN, 0, 1, NAN, NAN},   {0, NAN, 2, NAN, NAN},
        {-1e300, 1, 2, 2e300, -2}, {1e300, 1, 2, 0, -0.0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
        double loss, g;
        char what[80];
        lp_loss_in z = {&c[i].z, 1}, y = {&c[i].y, 1};
        snprintf(what, sizeof what, "bce z %a y %a q %a", c[i].z, c[i].y, c[i].q);
        assert_int_equal(lp_loss_bce_logits(&loss, (lp_loss_out){&g, 1}, z, y, 1, c[i].q, NULL),
                         LP_OK);
        expect(what, &loss, &c[i].loss, 1);
        expect(what, &g, &c[i].grad, 1);
    }
    double z[6] = {0, INF, 0, 0, NAN, 0}, y[6] = {1, 0, 1, 1, 0, 1}, loss[2], g[6];
    assert_int_equal(lp_loss_multilabel_bce(loss, (lp_loss_out){g, 3}, (lp_loss_in){z, 3},
                                            (lp_loss_in){y, 3}, 2, 3, NULL, 0, 1, NULL),
                     LP_OK);
    expect("multilabel", loss, (double[]){INF, NAN}, 2);
    expect("multilabel grad", g, (double[]){-0.5 / 3, 1.0 / 3, -0.5 / 3, NAN, NAN, NAN}, 6);
}

/* Every refusal: the status, and not a byte written. */
static void test_errors(void **state) {
    static double x[4], loss[4] = {77, 77, 77, 77}, g[4] = {77, 77, 77, 77};
    static const double good[4] = {1, 1, 1, 1}, low[4] = {0, -0x1p-1074, 0, 0}, inf = INFINITY,
                        high[4] = {0, 0, 1.5, 0}, one = 1, minus = -1;
    static const int64_t labels[4] = {0, 1, 2, 0};
    lp_loss_in z = {x, 2}, t = {good, 2}, bad = {low, 2}, none = {NULL, 2}, column = {x, 1};
    lp_loss_out out = {g, 2}, narrow = {g, 1};
    lp_loss_xent_options o = LP_LOSS_XENT_PLAIN;
    (void)state;
    assert_int_equal(lp_loss_sigmoid(narrow, narrow, (lp_loss_in){NULL, 1}, none, 2),
                     LP_E_ARGUMENT);
    assert_int_equal(lp_loss_logsumexp(loss, narrow, z, NULL, 2, 2), LP_E_ARGUMENT);
    assert_int_equal(lp_loss_logsumexp(loss, out, z, NULL, 2, 0), LP_E_ARGUMENT);
    assert_int_equal(lp_loss_softmax_xent_soft(loss, out, z, bad, 2, 2, NULL, NULL), LP_E_ARGUMENT);
    assert_int_equal(lp_loss_softmax_xent_soft(loss, out, z, none, 2, 2, NULL, NULL),
                     LP_E_ARGUMENT);
    assert_int_equal(
        lp_loss_kl_logits(loss, out, z, (lp_loss_in){(double[]){1, 1, INF, 1}, 2}, 2, 2, NULL),
        LP_E_ARGUMENT);
    o.temperature = 0;
    assert_int_equal(lp_loss_softmax_xent_soft(loss, out, z, t, 2, 2, &o, NULL), LP_E_ARGUMENT);
    assert_int_equal(lp_loss_kl_logits(loss, out, z, bad, 2, 2, NULL), LP_E_ARGUMENT);
    assert_int_equal(lp_loss_focal_softmax(loss, out, z, labels + 1, 2, 2, 2, NULL, 0, NULL),
                     LP_E_LABEL);
    assert_int_equal(lp_loss_focal_softmax(loss, out, z, labels, 2, 2, -1, NULL, 0, NULL),
                     LP_E_ARGUMENT);
    assert_int_equal(lp_loss_focal_softmax(loss, out, z, labels, 2, 2, 2, &inf, 1, NULL),
                     LP_E_ARGUMENT);
    assert_int_equal(lp_loss_focal_softmax(loss, out, z, labels, 2, 2, 2, good, 3, NULL),
                     LP_E_ARGUMENT);
    assert_int_equal(lp_loss_focal_sigmoid(loss, narrow, column, labels, 3, 2, &one, NULL),
                     LP_E_LABEL);
    assert_int_equal(lp_loss_focal_sigmoid(loss, narrow, column, labels, 2, NAN, &one, NULL),
                     LP_E_ARGUMENT);
    assert_int_equal(lp_loss_bce_logits(loss, narrow, column, (lp_loss_in){good, 1}, 2, -1, NULL),
                     LP_E_ARGUMENT);
    assert_int_equal(
        lp_loss_multilabel_bce(loss, out, z, (lp_loss_in){high, 2}, 2, 2, NULL, 0, 0, NULL),
        LP_E_ARGUMENT);
    assert_int_equal(lp_loss_multilabel_bce(loss, out, z, t, 2, 2, &minus, 1, 0, NULL),
                     LP_E_ARGUMENT);
    assert_int_equal(lp_loss_multilabel_bce(loss, out, z, t, 2, 2, low, 2, 0, NULL), LP_E_ARGUMENT);
    const lp_loss_batch bad_batch[] = {{.reduction = 3},
                                       {.reduction = -1},
                                       {.reduction = LP_REDUCE_MEAN, .mean_rule = 2},
                                       {.reduction = LP_REDUCE_MEAN, .empty_mean = -1}};
    for (int i = 0; i < 4; i++)
        assert_int_equal(lp_loss_softmax_xent(loss, out, z, labels, 2, 2, NULL, &bad_batch[i]),
                         LP_E_ARGUMENT);
    const lp_loss_batch ignore = {.ignore = 1, .ignore_index = -100};
    assert_int_equal(lp_loss_softmax_xent(loss, out, z, labels + 1, 2, 2, NULL, &ignore),
                     LP_E_LABEL);
    assert_int_equal(lp_loss_kl_logits(loss, out, z, t, 2, 2, &ignore), LP_E_ARGUMENT);
    assert_int_equal(lp_loss_distill(loss, out, z, t, NULL, 2, 2, 1, 0.5, 0, NULL), LP_E_ARGUMENT);
    assert_int_equal(lp_loss_distill(loss, out, z, none, labels, 2, 2, 1, 0.5, 0, NULL),
                     LP_E_ARGUMENT);
    assert_int_equal(lp_loss_distill(loss, out, z, t, labels, 2, 2, 1, -0.5, 0, NULL),
                     LP_E_ARGUMENT);
    assert_int_equal(lp_loss_distill(loss, out, z, t, labels + 1, 2, 2, 1, 0.5, 0, NULL),
                     LP_E_LABEL);
    lp_call call = {.size = sizeof call, .op = LP_OP_COUNT, .n = 1, .k = 1};
    assert_int_equal(lp_loss_call(&call), LP_E_UNSUPPORTED);
    call.op = LP_OP_ECE + 100;
    assert_int_equal(lp_loss_call(&call), LP_E_UNSUPPORTED);
    call.op = LP_OP_SOFTMAX_XENT;
    call.format = LP_FORMAT_COUNT;
    assert_int_equal(lp_loss_call(&call), LP_E_UNSUPPORTED);
    call.format = LP_BINARY64;
    call.set = LP_PARAM_BIT(LP_PARAM_GAMMA);
    assert_int_equal(lp_loss_call(&call), LP_E_UNSUPPORTED);
    call.set = LP_PARAM_BIT(LP_PARAM_WEIGHTS); /* said, not given */
    call.in[LP_IN_LOGITS] = (lp_matrix){x, 1};
    call.label = labels;
    assert_int_equal(lp_loss_call(&call), LP_E_ARGUMENT);
    for (int i = 0; i < 4; i++) assert_true(g[i] == 77 && loss[i] == 77);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_links),   cmocka_unit_test(test_logsumexp),
        cmocka_unit_test(test_targets), cmocka_unit_test(test_focal),
        cmocka_unit_test(test_distill), cmocka_unit_test(test_z_loss),
        cmocka_unit_test(test_softcap), cmocka_unit_test(test_info_nce),
        cmocka_unit_test(test_bce),     cmocka_unit_test(test_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
