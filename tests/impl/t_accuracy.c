/* Every output against MPFR over adversarial rows. Bounds are those that loss.h states: 0.501 ulp,
 * and for signed sums 2^-64 of the magnitudes besides. Prints the worst per output.
 *
 *   t_impl_accuracy [rows per family [largest k]] */
#include "tests/impl/families.h"
#include "tests/impl/oracle.h"
#include "tests/impl/tally.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static int64_t rows = 400, max_k = 20;

static double *doubles(int64_t n) {
    return calloc((size_t)n, sizeof(double));
}

static int64_t pick_k(lp_rng *r) {
    return 1 + (int64_t)lp_rng_below(r, (uint64_t)max_k);
}

/* T of any size: moderate, huge, tiny; logits go along with it half of the time. */
static double pick_temperature(double *z, int64_t k, lp_rng *r) {
    double t = 0.25 + 4 * lp_rng_unit(r);
    uint64_t kind = lp_rng_below(r, 4);
    if (kind == 0) t = ldexp(t, (int)lp_rng_below(r, 2090) - 1070);
    if (kind == 1) {
        int e = (int)lp_rng_below(r, 2030) - 1010;
        t = ldexp(t, e);
        for (int64_t j = 0; j < k; j++) {
            double scaled = ldexp(z[j], e);
            if (isfinite(scaled)) z[j] = scaled;
        }
    }
    return t > 0 && isfinite(t) ? t : 1;
}

static double pick_weight(lp_rng *r) {
    switch (lp_rng_below(r, 8)) {
    case 0:
        return 0;
    case 1:
        return family_positive(r);
    default:
        return 4 * lp_rng_unit(r);
    }
}

static bool overflow_free(const double *z, int64_t k) {
    for (int64_t j = 0; j < k; j++)
        if (isinf(z[j])) return false;
    return true;
}

static void xent_rows(tally *t, int family, bool smoothed, bool options, uint64_t domain) {
    for (int64_t i = 0; i < rows; i++) {
        lp_rng r;
        lp_rng_init(&r, 1, domain + (uint64_t)family, (uint64_t)i);
        int64_t k = pick_k(&r), c = (int64_t)lp_rng_below(&r, (uint64_t)k);
        double *z = doubles(k), *g = doubles(k), *w = doubles(k), loss;
        lp_loss_xent_options o = LP_LOSS_XENT_PLAIN;
        family_row(z, k, c, family, &r);
        if (options && lp_rng_below(&r, 2)) o.temperature = pick_temperature(z, k, &r);
        for (int64_t j = 0; j < k; j++) w[j] = pick_weight(&r);
        if (options && lp_rng_below(&r, 2)) o.weights = w;
        o.smoothing_rule = (int)lp_rng_below(&r, 2);
        if (smoothed) o.smoothing = lp_rng_unit(&r);
        if (lp_rng_below(&r, 3) == 0)
            o.smoothing = ldexp(o.smoothing, -(int)lp_rng_below(&r, 1074));
        if (!isinf(z[c]) && (!smoothed || overflow_free(z, k))) {
            truth *l = truth_new(1), *gt = truth_new(k);
            char where[200];
            snprintf(where, sizeof where, "%s k %d c %d i %d T %a eps %a rule %d w_c %a",
                     family_name(family), (int)k, (int)c, (int)i, o.temperature, o.smoothing,
                     o.smoothing_rule, o.weights ? w[c] : 1);
            oracle_softmax_xent(l, gt, z, k, c, &o);
            assert_int_equal(lp_loss_softmax_xent(&loss, (lp_loss_out){g, k}, (lp_loss_in){z, k},
                                                  &c, 1, k, &o, NULL),
                             LP_OK);
            judge(&t[0], l, loss, 0, where);
            for (int64_t j = 0; j < k; j++)
                judge(&t[j == c ? 2 : 1], &gt[j], g[j], smoothed ? SLACK : 0, where);
            truth_free(l, 1), truth_free(gt, k);
        }
        free(z), free(g), free(w);
    }
}

static void test_xent(void **state) {
    tally t[] = {{.output = "xent loss"}, {.output = "xent grad"}, {.output = "xent grad, label"}};
    (void)state;
    for (int f = 0; f < FAMILIES; f++) xent_rows(t, f, false, false, 100);
    report(t, 3);
}
static void test_xent_options(void **state) {
    tally t[] = {{.output = "xent(T, w) loss"},
                 {.output = "xent(T, w) grad"},
                 {.output = "xent(T, w) grad, label"}};
    (void)state;
    for (int f = 0; f < FAMILIES; f++) xent_rows(t, f, false, true, 200);
    report(t, 3);
}
static void test_xent_smoothed(void **state) {
    tally t[] = {{.output = "xent(eps) loss"},
                 {.output = "xent(eps) grad"},
                 {.output = "xent(eps) grad, label"}};
    (void)state;
    for (int f = 0; f < FAMILIES; f++) xent_rows(t, f, true, false, 300);
    report(t, 3);
}
static void test_xent_all(void **state) {
    tally t[] = {{.output = "xent(T, w, eps) loss"},
                 {.output = "xent(T, w, eps) grad"},
                 {.output = "xent(T, w, eps) grad, label"}};
    (void)state;
    for (int f = 0; f < FAMILIES; f++) xent_rows(t, f, true, true, 400);
    report(t, 3);
}

static void softmax_row(tally *t, const double *z, const double *v, int64_t k, double temperature,
                        const char *where) {
    truth *p = truth_new(k), *l = truth_new(k), *gp = truth_new(k), *gl = truth_new(k);
    double *y = doubles(k), *g = doubles(k), *y2 = doubles(k);
    lp_loss_in in = {z, k}, cotangent = {v, k}, none = {NULL, 0};
    lp_loss_out value = {y, k}, grad = {g, k}, value2 = {y2, k}, no = {NULL, 0};
    oracle_softmax(p, l, z, k, temperature);
    oracle_softmax_vjp(gp, gl, z, v, k, temperature);
    assert_int_equal(lp_loss_softmax(value, grad, in, cotangent, 1, k, temperature), LP_OK);
    assert_int_equal(lp_loss_softmax(value2, no, in, none, 1, k, temperature), LP_OK);
    assert_memory_equal(y, y2, (size_t)k * sizeof *y); /* with and without the product */
    for (int64_t j = 0; j < k; j++) {
        judge(&t[0], &p[j], y[j], 0, where);
        judge(&t[1], &gp[j], g[j], SLACK, where);
    }
    assert_int_equal(lp_loss_log_softmax(value, grad, in, cotangent, 1, k, temperature), LP_OK);
    assert_int_equal(lp_loss_log_softmax(value2, no, in, none, 1, k, temperature), LP_OK);
    assert_memory_equal(y, y2, (size_t)k * sizeof *y);
    for (int64_t j = 0; j < k; j++) {
        if (!isinf(z[j])) judge(&t[2], &l[j], y[j], 0, where);
        judge(&t[3], &gl[j], g[j], SLACK, where);
    }
    truth_free(p, k), truth_free(l, k), truth_free(gp, k), truth_free(gl, k);
    free(y), free(g), free(y2);
}
static void test_softmax(void **state) {
    tally t[] = {{.output = "softmax"},
                 {.output = "softmax vjp"},
                 {.output = "log_softmax"},
                 {.output = "log_softmax vjp"}};
    (void)state;
    for (int f = 0; f < FAMILIES; f++)
        for (int64_t i = 0; i < rows; i++) {
            lp_rng r;
            lp_rng_init(&r, 2, (uint64_t)f, (uint64_t)i);
            int64_t k = pick_k(&r), c = (int64_t)lp_rng_below(&r, (uint64_t)k);
            double *z = doubles(k), *v = doubles(k), temperature = 1;
            bool wild = lp_rng_below(&r, 4) == 0;
            family_row(z, k, c, f, &r);
            if (lp_rng_below(&r, 2)) temperature = pick_temperature(z, k, &r);
            for (int64_t j = 0; j < k; j++)
                v[j] = wild ? family_any(&r) * 0x1p-64 : lp_rng_normal(&r);
            softmax_row(t, z, v, k, temperature, family_name(f));
            free(z), free(v);
        }
    report(t, 4);
}

static void test_bce(void **state) {
    tally t[] = {
        {.output = "bce loss"}, {.output = "bce grad, y 0 or 1"}, {.output = "bce grad, soft y"}};
    (void)state;
    truth *l = truth_new(1), *g = truth_new(1);
    for (int f = 0; f < 7; f++)
        for (int64_t i = 0; i < 4 * rows; i++) {
            lp_rng r;
            lp_rng_init(&r, 3, (uint64_t)f, (uint64_t)i);
            double z = family_logit(f, &r), y = lp_rng_unit(&r), small = y, loss, grad;
            if (lp_rng_below(&r, 3) == 0) y = (double)lp_rng_below(&r, 2);
            if (lp_rng_below(&r, 6) == 0) y = 1 / (1 + exp(-z));
            if (lp_rng_below(&r, 6) == 0) y = ldexp(small, -(int)lp_rng_below(&r, 1074));
            oracle_bce_logits(l, g, z, y);
            assert_int_equal(lp_loss_bce_logits(&loss, (lp_loss_out){&grad, 1}, (lp_loss_in){&z, 1},
                                                (lp_loss_in){&y, 1}, 1, 1, NULL),
                             LP_OK);
            bool hard = y == 0 || y == 1;
            char where[100];
            snprintf(where, sizeof where, "z %a y %a", z, y);
            judge(&t[0], l, loss, 0, where);
            judge(&t[hard ? 1 : 2], g, grad, hard ? 0 : SLACK, where);
        }
    truth_free(l, 1), truth_free(g, 1);
    report(t, 3);
}

static void probability_row(tally *t, const double *p, const double *q, int64_t k) {
    truth *l = truth_new(1), *gq = truth_new(k), *gp = truth_new(k);
    double loss, *a = doubles(k), *b = doubles(k);
    lp_loss_in pi = {p, k}, qi = {q, k};
    oracle_entropy(l, gp, p, k);
    assert_int_equal(lp_loss_entropy(&loss, (lp_loss_out){b, k}, pi, 1, k, NULL), LP_OK);
    judge(&t[0], l, loss, SLACK, "entropy");
    for (int64_t j = 0; j < k; j++) judge(&t[1], &gp[j], b[j], SLACK, "entropy");
    oracle_cross_entropy(l, gq, gp, p, q, k);
    assert_int_equal(
        lp_loss_cross_entropy(&loss, (lp_loss_out){a, k}, (lp_loss_out){b, k}, pi, qi, 1, k, NULL),
        LP_OK);
    judge(&t[2], l, loss, SLACK, "cross entropy");
    for (int64_t j = 0; j < k; j++) {
        judge(&t[3], &gq[j], a[j], 0, "cross entropy");
        judge(&t[4], &gp[j], b[j], 0, "cross entropy");
    }
    oracle_kl_div(l, gq, gp, p, q, k);
    assert_int_equal(
        lp_loss_kl_div(&loss, (lp_loss_out){a, k}, (lp_loss_out){b, k}, pi, qi, 1, k, NULL), LP_OK);
    judge(&t[5], l, loss, SLACK, "kl");
    for (int64_t j = 0; j < k; j++) {
        judge(&t[6], &gq[j], a[j], 0, "kl");
        judge(&t[7], &gp[j], b[j], SLACK, "kl");
    }
    truth_free(l, 1), truth_free(gq, k), truth_free(gp, k);
    free(a), free(b);
}
static void test_probability(void **state) {
    tally t[] = {{.output = "entropy"},
                 {.output = "entropy grad"},
                 {.output = "cross_entropy"},
                 {.output = "cross_entropy grad"},
                 {.output = "cross_entropy grad_p"},
                 {.output = "kl_div"},
                 {.output = "kl_div grad"},
                 {.output = "kl_div grad_p"}};
    (void)state;
    for (int64_t i = 0; i < 4 * rows; i++) {
        lp_rng r;
        lp_rng_init(&r, 4, 0, (uint64_t)i);
        int64_t k = pick_k(&r);
        double *p = doubles(k), *q = doubles(k);
        for (int64_t j = 0; j < k; j++) {
            p[j] = family_positive(&r);
            q[j] = family_positive(&r);
            if (lp_rng_below(&r, 4) == 0) q[j] = nextafter(p[j], (double)lp_rng_below(&r, 2));
            if (q[j] == 0) q[j] = p[j];
            if (lp_rng_below(&r, 8) == 0) q[j] = p[j];
        }
        probability_row(t, p, q, k);
        free(p), free(q);
    }
    report(t, 8);
}

/* One row of a vocabulary's size and one of a million, loss and a sample of the gradient. */
static void test_long(void **state) {
    const int64_t k = 1000000;
    tally t[] = {{.output = "xent loss, K = 10^6"}, {.output = "xent grad, K = 10^6"}};
    double *z = doubles(k), *g = doubles(k), loss;
    lp_loss_xent_options o = LP_LOSS_XENT_PLAIN;
    lp_rng r;
    (void)state;
    lp_rng_init(&r, 5, 0, 0);
    family_row(z, k, 7, 0, &r);
    truth *l = truth_new(1), *gt = truth_new(k);
    int64_t c = 7;
    oracle_softmax_xent(l, gt, z, k, c, &o);
    assert_int_equal(
        lp_loss_softmax_xent(&loss, (lp_loss_out){g, k}, (lp_loss_in){z, k}, &c, 1, k, &o, NULL),
        LP_OK);
    judge(&t[0], l, loss, 0, "long row");
    for (int64_t j = 0; j < k; j++) judge(&t[1], &gt[j], g[j], 0, "long row");
    truth_free(l, 1), truth_free(gt, k);
    free(z), free(g);
    report(t, 2);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_xent),          cmocka_unit_test(test_xent_options),
        cmocka_unit_test(test_xent_smoothed), cmocka_unit_test(test_xent_all),
        cmocka_unit_test(test_softmax),       cmocka_unit_test(test_bce),
        cmocka_unit_test(test_probability),   cmocka_unit_test(test_long),
    };
    if (argc > 1) rows = atoll(argv[1]);
    if (argc > 2) max_k = atoll(argv[2]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
