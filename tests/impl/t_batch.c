/* Rows together: means and sums of the exact rows rounded once, gradients with their factors,
 * ignored rows, and the special values of all that. */
#include "tests/impl/families.h"
#include "tests/impl/tally.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define N   6
#define K   5
#define INF INFINITY

static bool same(double a, double b) {
    return isnan(a) ? isnan(b) : a == b && signbit(a) == signbit(b);
}
static void expect(const double *got, const double *want, int n) {
    for (int i = 0; i < n; i++) {
        if (!same(got[i], want[i])) fprintf(stderr, "[%d] %a, expected %a\n", i, got[i], want[i]);
        assert_true(same(got[i], want[i]));
    }
}

typedef struct sample {
    lp_rng r;
    double z[N * K], w[K], g[N * K], loss[N], up[N];
    int64_t label[N];
    lp_loss_xent_options o;
    lp_loss_batch b;
    char where[120];
} sample;

static void draw(sample *s, int family, int64_t i) {
    lp_rng_init(&s->r, 21, (uint64_t)family, (uint64_t)i);
    for (int q = 0; q < N; q++) {
        s->label[q] = (int64_t)lp_rng_below(&s->r, K);
        family_row(s->z + q * K, K, s->label[q], family, &s->r);
        double normal = lp_rng_normal(&s->r);
        s->up[q] = ldexp(normal, (int)lp_rng_below(&s->r, 1200) - 600);
    }
    for (int j = 0; j < K; j++) s->w[j] = 4 * lp_rng_unit(&s->r) + 0x1p-40;
    s->o = (lp_loss_xent_options)LP_LOSS_XENT_PLAIN;
    if (lp_rng_below(&s->r, 2)) s->o.weights = s->w;
    if (family != 13 && lp_rng_below(&s->r, 2)) s->o.smoothing = lp_rng_unit(&s->r);
    s->b = (lp_loss_batch){.reduction = (int)lp_rng_below(&s->r, 3)};
    s->b.mean_rule = (int)lp_rng_below(&s->r, 2);
    if (lp_rng_below(&s->r, 2)) s->b.upstream = s->up;
    s->b.ignore = (int)lp_rng_below(&s->r, 2);
    s->b.ignore_index = (int64_t)lp_rng_below(&s->r, K + 1) - 1;
    if (s->b.ignore && lp_rng_below(&s->r, 2)) s->label[0] = s->b.ignore_index;
    s->b.base = lp_rng_below(&s->r, 3) == 0;
    snprintf(s->where, sizeof s->where,
             "%s i %d reduction %d rule %d smoothing %a ignore %d base %d", family_name(family),
             (int)i, s->b.reduction, s->b.mean_rule, s->o.smoothing,
             s->b.ignore ? (int)s->b.ignore_index : -9, s->b.base);
}
static bool counts(const sample *s, int q) {
    return !s->b.ignore || s->label[q] != s->b.ignore_index;
}

/* Over ln 2, where the batch is told in bits. */
static void in_unit(truth *t, const sample *s) {
    mpfr_t ln2;
    if (!s->b.base) return;
    mpfr_init2(ln2, ORACLE_BITS);
    mpfr_const_log2(ln2, MPFR_RNDN);
    mpfr_div(t->x, t->x, ln2, MPFR_RNDN);
    mpfr_div(t->size, t->size, ln2, MPFR_RNDN);
    mpfr_clear(ln2);
}

/* D, and the rows' oracles with it. */
static void check(tally *t, sample *s, truth *row, truth *grad, truth *total) {
    mpfr_t d;
    mpfr_init2(d, 2200);
    mpfr_set_ui(d, s->b.reduction == LP_REDUCE_MEAN ? 0 : 1, MPFR_RNDN);
    for (int q = 0; q < N && s->b.reduction == LP_REDUCE_MEAN; q++)
        if (counts(s, q))
            mpfr_add_d(d, d, s->b.mean_rule && s->o.weights ? s->w[s->label[q]] : 1, MPFR_RNDN);
    mpfr_set_ui(total->x, 0, MPFR_RNDN);
    for (int q = 0; q < N && !mpfr_zero_p(d); q++) {
        if (!counts(s, q)) continue;
        oracle_softmax_xent(row, grad, s->z + q * K, K, s->label[q], &s->o);
        mpfr_add(total->x, total->x, row->x, MPFR_RNDN);
        in_unit(row, s);
        if (s->b.reduction == LP_REDUCE_NONE) judge(&t[0], row, s->loss[q], 0, s->where);
        double up = s->b.upstream ? s->up[s->b.reduction ? 0 : q] : 1;
        for (int j = 0; j < K; j++) {
            mpfr_mul_d(grad[j].x, grad[j].x, up, MPFR_RNDN);
            mpfr_div(grad[j].x, grad[j].x, d, MPFR_RNDN);
            mpfr_mul_d(grad[j].size, grad[j].size, fabs(up), MPFR_RNDN);
            mpfr_div(grad[j].size, grad[j].size, d, MPFR_RNDN);
            in_unit(&grad[j], s);
            judge(&t[1], &grad[j], s->g[q * K + j], s->o.smoothing != 0 ? SLACK : 0, s->where);
        }
    }
    if (s->b.reduction && !mpfr_zero_p(d)) {
        mpfr_div(total->x, total->x, d, MPFR_RNDN);
        mpfr_abs(total->size, total->x, MPFR_RNDN);
        in_unit(total, s);
        judge(&t[2], total, s->loss[0], 0, s->where);
    }
    if (mpfr_zero_p(d)) assert_true(isnan(s->loss[0]));
    mpfr_clear(d);
}

static void test_xent(void **state) {
    tally t[] = {{.output = "loss"}, {.output = "grad"}, {.output = "sum or mean"}};
    static sample s;
    (void)state;
    truth *row = truth_new(1), *grad = truth_new(K), *total = truth_new(1);
    for (int f = 0; f < FAMILIES; f++)
        for (int64_t i = 0; i < 60; i++) {
            draw(&s, f, i);
            lp_status status = lp_loss_softmax_xent(
                s.loss, (lp_loss_out){s.g, K}, (lp_loss_in){s.z, K}, s.label, N, K, &s.o, &s.b);
            bool bad = false;
            for (int q = 0; q < N; q++) bad |= s.label[q] < 0 && counts(&s, q);
            assert_int_equal(status, bad ? LP_E_LABEL : LP_OK);
            for (int q = 0; q < N; q++) {
                if (counts(&s, q)) continue;
                for (int j = 0; j < K; j++) assert_true(same(s.g[q * K + j], 0));
                if (!s.b.reduction) assert_true(same(s.loss[q], 0));
            }
            check(t, &s, row, grad, total);
            double again[N];
            lp_loss_softmax_xent(again, (lp_loss_out){s.z, K}, (lp_loss_in){s.z, K}, s.label, N, K,
                                 &s.o, &s.b); /* in place */
            assert_memory_equal(s.z, s.g, sizeof s.g);
            for (int q = 0; q < (s.b.reduction ? 1 : N); q++)
                assert_true(same(again[q], s.loss[q]));
        }
    truth_free(row, 1), truth_free(grad, K), truth_free(total, 1);
    report(t, 3);
}

/* A mean of one row, a sum of one and upstream 1 are the row; other powers of two scale it. */
static void test_neutral(void **state) {
    static const lp_loss_batch batch[] = {{.reduction = LP_REDUCE_MEAN},
                                          {.reduction = LP_REDUCE_SUM}};
    const double one = 1, quarter = 0.25, gamma_alpha = 0.75;
    double z[K] = {1, -2, 0.5, 3, 0}, p[K] = {0.5, 0.25, 0.125, 0.0625, 0.0625}, x[2], g[2][K],
           h[2][K];
    int64_t c = 2, bit = 1;
    lp_loss_in zi = {z, K}, pi = {p, K}, z1 = {z, 1}, p1 = {p, 1};
    (void)state;
    for (int b = 0; b < 4; b++) {
        lp_loss_batch m = batch[b & 1];
        m.upstream = b & 2 ? &quarter : &one;
        for (int op = 0; op < 9; op++) {
            memset(g, 0, sizeof g), memset(h, 0, sizeof h);
            for (int with = 0; with < 2; with++) {
                const lp_loss_batch *o = with ? &m : NULL;
                lp_loss_out go = {g[with], K}, ho = {h[with], K};
                double *l = &x[with];
                lp_status status =
                    op == 0   ? lp_loss_softmax_xent(l, go, zi, &c, 1, K, NULL, o)
                    : op == 1 ? lp_loss_softmax_xent_soft(l, go, zi, pi, 1, K, NULL, o)
                    : op == 2 ? lp_loss_kl_logits(l, go, zi, pi, 1, K, o)
                    : op == 3 ? lp_loss_focal_softmax(l, go, zi, &c, 1, K, 2, NULL, 0, o)
                    : op == 4 ? lp_loss_bce_logits(l, go, z1, p1, 1, 1, o)
                    : op == 5 ? lp_loss_multilabel_bce(l, go, zi, pi, 1, K, NULL, 0, 1, o)
                    : op == 6 ? lp_loss_focal_sigmoid(l, go, z1, &bit, 1, 2, &gamma_alpha, o)
                    : op == 7
                        ? lp_loss_entropy(l, go, pi, 1, K, o)
                        : lp_loss_kl_div(l, go, ho, pi, (lp_loss_in){p + 1, K - 1}, 1, K - 1, o);
                assert_int_equal(status, op == 8 ? LP_OK : status);
                assert_int_equal(status, LP_OK);
            }
            assert_true(x[0] == x[1]);
            for (int j = 0; j < K; j++) {
                assert_true(g[1][j] == *m.upstream * g[0][j]);
                assert_true(h[1][j] == *m.upstream * h[0][j]);
            }
        }
    }
}

/* Rows (0, 0) and (NaN, 0), labels 0 and 1. */
static void test_special(void **state) {
    const double ln2 = 0x1.62e42fefa39efp-1, z[4] = {0, 0, NAN, 0}, zeros[2] = {0, 0},
                 cancel[2] = {1, -1}, nan_second[2] = {1, NAN};
    const double inf = INF, two[2] = {-INF, 3};
    const int64_t label[2] = {0, 1}, both[2] = {7, 7};
    double l[2], g[4];
    lp_loss_in all = {z, 2};
    lp_loss_out out = {g, 2};
    lp_loss_xent_options o = LP_LOSS_XENT_PLAIN;
    (void)state;
    lp_loss_batch b = {.reduction = LP_REDUCE_MEAN};
    lp_loss_softmax_xent(l, out, all, label, 2, 2, NULL, &b); /* NaN stays in its row */
    expect(l, (double[]){NAN}, 1);
    expect(g, (double[]){-0.25, 0.25, NAN, NAN}, 4);
    b.ignore = 1, b.ignore_index = 1; /* ... or does not count */
    lp_loss_softmax_xent(l, out, all, label, 2, 2, NULL, &b);
    expect(l, (double[]){ln2}, 1);
    expect(g, (double[]){-0.5, 0.5, 0, 0}, 4);
    b.upstream = &inf;
    lp_loss_softmax_xent(l, out, all, label, 2, 2, NULL, &b);
    expect(g, (double[]){-INF, INF, 0, 0}, 4);
    b.upstream = NULL;
    b.ignore_index = 7; /* a mean over nothing */
    assert_int_equal(lp_loss_softmax_xent(l, out, all, both, 2, 2, NULL, &b), LP_OK);
    expect(l, (double[]){NAN}, 1);
    expect(g, (double[]){0, 0, 0, 0}, 4);
    b.empty_mean = 1;
    lp_loss_softmax_xent(l, out, all, both, 2, 2, NULL, &b);
    expect(l, (double[]){0}, 1);
    assert_int_equal(lp_loss_softmax_xent(l, out, (lp_loss_in){NULL, 2}, NULL, 0, 2, NULL, &b),
                     LP_OK);
    expect(l, (double[]){0}, 1);
    b.reduction = LP_REDUCE_SUM, l[0] = 9;
    lp_loss_softmax_xent(l, out, (lp_loss_in){NULL, 2}, NULL, 0, 2, NULL, &b);
    expect(l, (double[]){0}, 1);

    b = (lp_loss_batch){.reduction = LP_REDUCE_MEAN, .mean_rule = 1};
    const double plain[4] = {0, 0, 0, 0};
    lp_loss_in finite = {plain, 2};
    const double *nothing[] = {zeros, cancel};
    for (int i = 0; i < 2; i++) { /* weights that sum to 0 */
        o.weights = nothing[i];
        lp_loss_softmax_xent(l, out, finite, label, 2, 2, &o, &b);
        expect(l, (double[]){NAN}, 1);
        expect(g, (double[]){0, 0, 0, 0}, 4);
    }
    o.weights = nan_second; /* enters the denominator */
    lp_loss_softmax_xent(l, out, finite, label, 2, 2, &o, &b);
    expect(l, (double[]){NAN}, 1);
    expect(g, (double[]){NAN, NAN, NAN, NAN}, 4);

    b = (lp_loss_batch){.upstream = two};
    lp_loss_softmax_xent(l, out, finite, label, 2, 2, NULL, &b);
    expect(g, (double[]){INF, -INF, 1.5, -1.5}, 4);
    const double mask[4] = {0, -INF, 800, 0}; /* an exact 0, and one that only underflows */
    const double infs[2] = {INF, INF};
    const int64_t first[2] = {0, 0};
    b.upstream = infs;
    lp_loss_softmax_xent(l, out, (lp_loss_in){mask, 2}, first, 2, 2, NULL, &b);
    expect(g, (double[]){NAN, NAN, -INF, INF}, 4);

    const double far[4] = {-INF, 0, 0, 0}, opposite[2] = {-1, 1};
    o.weights = opposite; /* -inf and a number */
    b = (lp_loss_batch){.reduction = LP_REDUCE_SUM};
    lp_loss_softmax_xent(l, out, (lp_loss_in){far, 2}, label, 2, 2, &o, &b);
    expect(l, (double[]){-INF}, 1);
    const double least = -0x1p-1070, half = 0.5; /* the gradient is least/4 */
    b = (lp_loss_batch){.upstream = infs};
    lp_loss_bce_logits(l, (lp_loss_out){g, 1}, (lp_loss_in){&least, 1}, (lp_loss_in){&half, 1}, 1,
                       1, &b);
    expect(g, (double[]){-INF}, 1);
    double even[10], tenth[10], slope[10];
    for (int j = 0; j < 10; j++) even[j] = 0, tenth[j] = 0.1;
    const double small = 0x1p-1020; /* an exact 0 whose sign no double-double tells */
    b = (lp_loss_batch){.upstream = &small};
    lp_loss_kl_logits(l, (lp_loss_out){slope, 10}, (lp_loss_in){even, 10}, (lp_loss_in){tenth, 10},
                      1, 10, &b);
    expect(slope, even, 10);
    const double q[2] = {0, 1}, p[2] = {1, 1}, up = 0;
    b = (lp_loss_batch){.upstream = &up}; /* 0 times -inf */
    lp_loss_kl_div(l, out, (lp_loss_out){NULL, 0}, (lp_loss_in){p, 2}, (lp_loss_in){q, 2}, 1, 2,
                   &b);
    expect(g, (double[]){NAN, 0}, 2);
}

/* Labels of no class make their rows NaN where asked, an ignored one does not. */
static void test_bad_labels(void **state) {
    const double z[6] = {0, 0, 0, 0, 0, 0}, w[2] = {1, 3};
    const int64_t label[3] = {1, -1, 2};
    double l[3], g[6];
    lp_loss_in in = {z, 2};
    lp_loss_out out = {g, 2};
    lp_loss_batch b = {.bad_label = 1, .ignore = 1, .ignore_index = 2};
    lp_loss_xent_options o = LP_LOSS_XENT_PLAIN;
    (void)state;
    assert_int_equal(lp_loss_softmax_xent(l, out, in, label, 3, 2, NULL, NULL), LP_E_LABEL);
    assert_int_equal(lp_loss_softmax_xent(l, out, in, label, 3, 2, NULL, &b), LP_OK);
    expect(l, (double[]){0x1.62e42fefa39efp-1, NAN, 0}, 3);
    expect(g, (double[]){0.5, -0.5, NAN, NAN, 0, 0}, 6);
    b.reduction = LP_REDUCE_MEAN;
    assert_int_equal(lp_loss_policy_grad(l, out, in, label, 3, 2, NULL, 0, 0, &b), LP_OK);
    expect(l, (double[]){NAN}, 1);
    expect(g, (double[]){0.25, -0.25, NAN, NAN, 0, 0}, 6);
    b.mean_rule = 1; /* a weight that is not known is in the denominator */
    o.weights = w;
    assert_int_equal(lp_loss_softmax_xent(l, out, in, label, 3, 2, &o, &b), LP_OK);
    expect(g, (double[]){NAN, NAN, NAN, NAN, 0, 0}, 6);
    b = (lp_loss_batch){.bad_label = 1};
    assert_int_equal(lp_loss_distill(l, out, in, in, label, 3, 2, 1, 0, 1, &b), LP_OK);
    expect(l, (double[]){0, 0, 0}, 3); /* no label is looked at */
    b.bad_label = 2;
    assert_int_equal(lp_loss_softmax_xent(l, out, in, label, 3, 2, NULL, &b), LP_E_ARGUMENT);
}

/* One +inf is a point mass by the rule `limit`, in both formats; two are none. */
static void test_limit(void **state) {
    const double z[4] = {1, INF, INF, INF}, t[2] = {0, 2};
    const int64_t label[2] = {1, 1}, first[1] = {0};
    double l[2], g[4];
    lp_loss_in in = {z, 2};
    lp_loss_out out = {g, 2};
    lp_loss_batch b = {.limit = 1};
    lp_loss_xent_options o = LP_LOSS_XENT_PLAIN;
    (void)state;
    lp_loss_softmax_xent(l, out, in, label, 2, 2, NULL, &b);
    expect(l, (double[]){0, NAN}, 2);
    expect(g, (double[]){0, 0, NAN, NAN}, 4);
    lp_loss_softmax_xent(l, out, in, first, 1, 2, NULL, &b);
    expect(l, (double[]){INF}, 1);
    expect(g, (double[]){-1, 1}, 2);
    o.smoothing = 0.5;
    lp_loss_softmax_xent(l, out, in, label, 1, 2, &o, &b);
    expect(l, (double[]){INF}, 1);
    expect(g, (double[]){-0.25, 0.25}, 2);
    lp_loss_kl_logits(l, out, in, (lp_loss_in){t, 2}, 1, 2, &b);
    expect(l, (double[]){0x1.62e42fefa39efp+0}, 1);
    expect(g, (double[]){0, 0}, 2);
    lp_loss_focal_softmax(l, out, in, label, 1, 2, 2, NULL, 0, &b);
    expect(g, (double[]){0, 0}, 2);
    lp_loss_policy_grad(l, out, in, first, 1, 2, NULL, 0, 1, &b);
    expect(l, (double[]){INF}, 1);
    expect(g, (double[]){-1, 1}, 2);
    float single[3] = {-INF, INF, 5}, value[3];
    double param[LP_PARAM_COUNT] = {[LP_PARAM_SPECIAL] = 1};
    lp_call c = {.size = sizeof c, .op = LP_OP_LOG_SOFTMAX, .format = LP_BINARY32};
    c.n = 1, c.k = 3, c.param = param, c.set = LP_PARAM_BIT(LP_PARAM_SPECIAL);
    c.in[LP_IN_LOGITS] = (lp_matrix){single, 3};
    c.out[LP_OUT_VALUE] = (lp_matrix){value, 3};
    assert_int_equal(lp_loss_call(&c), LP_OK);
    assert_true(isinf(value[0]) && value[1] == 0 && isinf(value[2]));
    c.op = LP_OP_SOFTMAX;
    assert_int_equal(lp_loss_call(&c), LP_OK);
    assert_true(value[0] == 0 && value[1] == 1 && value[2] == 0);
}

/* The mean of rows near the ends of the range does not overflow, and of tiny rows is not lost. */
static void test_range(void **state) {
    const double big[4] = {0x1.fffffffffffffp1023, 0, 0x1.fffffffffffffp1023, 0};
    const double tiny[6] = {744, 0, 744, 0, 744, 0};
    const int64_t second[3] = {1, 1, 1}, first[3] = {0, 0, 0};
    double l, alone;
    lp_loss_out none = {NULL, 0};
    (void)state;
    lp_loss_batch b = {.reduction = LP_REDUCE_MEAN};
    lp_loss_softmax_xent(&l, none, (lp_loss_in){big, 2}, second, 2, 2, NULL, &b);
    expect(&l, (double[]){0x1.fffffffffffffp1023}, 1);
    b.reduction = LP_REDUCE_SUM;
    lp_loss_softmax_xent(&l, none, (lp_loss_in){big, 2}, second, 2, 2, NULL, &b);
    expect(&l, (double[]){INF}, 1);
    lp_loss_softmax_xent(&alone, none, (lp_loss_in){tiny, 2}, first, 1, 2, NULL, NULL);
    expect(&alone, (double[]){0x1p-1073}, 1); /* e^-744 = 1.55 2^-1074 */
    lp_loss_softmax_xent(&l, none, (lp_loss_in){tiny, 2}, first, 3, 2, NULL, &b);
    expect(&l, (double[]){0x1.4p-1072}, 1); /* 4.66; rounded rows give 6 */
}

/* A row beyond the margin adds 0, not 1 - y z, where the rows are summed exactly. */
static void test_margin(void **state) {
    (void)state;
    const lp_loss_batch b = {.reduction = LP_REDUCE_SUM};
    const double z[] = {0, 2, 0x1.ff110d52d3053p+9};
    const int64_t y[] = {1, 1, -1};
    double l;
    assert_int_equal(lp_loss_hinge(&l, (lp_loss_out){NULL, 0}, (lp_loss_in){z, 1}, y, 3, &b),
                     LP_OK);
    expect(&l, (double[]){0x1.000886a96982ap+10}, 1); /* 2 + z_2, rounded */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_xent),    cmocka_unit_test(test_neutral),
        cmocka_unit_test(test_special), cmocka_unit_test(test_range),
        cmocka_unit_test(test_margin),  cmocka_unit_test(test_bad_labels),
        cmocka_unit_test(test_limit)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
