/* As t_accuracy.c for the operations that came later, and batches of rows.
 *
 *   t_impl_losses [rows per family [largest k]] */
#include "tests/impl/families.h"
#include "tests/impl/tally.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define K_MAX 64
static int64_t rows = 150, max_k = 12;

static void test_links(void **state) {
    static const struct {
        lp_op op;
        lp_status (*run)(lp_loss_out value, lp_loss_out grad, lp_loss_in logits, lp_loss_in v,
                         int64_t n);
    } link[] = {{LP_OP_SIGMOID, lp_loss_sigmoid},
                {LP_OP_LOG_SIGMOID, lp_loss_log_sigmoid},
                {LP_OP_SOFTPLUS, lp_loss_softplus}};
    tally t[] = {
        {.output = "sigmoid"},           {.output = "sigmoid slope"}, {.output = "log_sigmoid"},
        {.output = "log_sigmoid slope"}, {.output = "softplus"},      {.output = "softplus slope"},
        {.output = "sigmoid v"},         {.output = "log_sigmoid v"}, {.output = "softplus v"}};
    (void)state;
    truth *value = truth_new(1), *slope = truth_new(1);
    for (int f = 0; f < 7; f++)
        for (int64_t i = 0; i < 3 * rows; i++) {
            lp_rng r;
            lp_rng_init(&r, 11, (uint64_t)f, (uint64_t)i);
            double z = family_logit(f, &r), v = family_any(&r), y, g, gv;
            lp_loss_in in = {&z, 1}, none = {NULL, 0}, vin = {&v, 1};
            for (int q = 0; q < 3; q++) {
                char where[60];
                snprintf(where, sizeof where, "z %a v %a", z, v);
                oracle_link(value, slope, link[q].op, z);
                assert_int_equal(
                    link[q].run((lp_loss_out){&y, 1}, (lp_loss_out){&g, 1}, in, none, 1), LP_OK);
                assert_int_equal(
                    link[q].run((lp_loss_out){NULL, 0}, (lp_loss_out){&gv, 1}, in, vin, 1), LP_OK);
                judge(&t[2 * q], value, y, 0, where);
                judge(&t[2 * q + 1], slope, g, 0, where);
                mpfr_mul_d(slope->x, slope->x, v, MPFR_RNDN);
                judge(&t[6 + q], slope, gv, 0, where);
            }
        }
    truth_free(value, 1), truth_free(slope, 1);
    report(t, 9);
}

/* A random row: logits, its label, targets (0, probabilities or any size), weights. */
typedef struct draw {
    lp_rng r;
    double z[K_MAX], t[K_MAX], w[K_MAX], g[K_MAX], loss;
    int64_t k, c;
    lp_loss_in logits, targets;
    lp_loss_out grad;
    char where[160];
} draw;
/* False: a label or target without a finite loss. */
static bool make(draw *d, uint64_t domain, int family, int64_t i) {
    lp_rng_init(&d->r, domain, (uint64_t)family, (uint64_t)i);
    d->k = 1 + (int64_t)lp_rng_below(&d->r, (uint64_t)max_k);
    d->c = (int64_t)lp_rng_below(&d->r, (uint64_t)d->k);
    family_row(d->z, d->k, d->c, family, &d->r);
    for (int64_t j = 0; j < d->k; j++) {
        d->t[j] = family_positive(&d->r);
        d->w[j] = lp_rng_below(&d->r, 8) ? 4 * lp_rng_unit(&d->r) : family_positive(&d->r);
        if (lp_rng_below(&d->r, 4) == 0) d->t[j] = 0;
        if (isinf(d->z[j])) d->t[j] = 0;
    }
    d->logits = (lp_loss_in){d->z, d->k};
    d->targets = (lp_loss_in){d->t, d->k};
    d->grad = (lp_loss_out){d->g, d->k};
    snprintf(d->where, sizeof d->where, "%s i %d k %d c %d", family_name(family), (int)i, (int)d->k,
             (int)d->c);
    return !isinf(d->z[d->c]);
}

static void judge_row(tally *t, const draw *d, const truth *loss, const truth *grad,
                      double loss_slack, double slack) {
    judge(&t[0], loss, d->loss, loss_slack, d->where);
    for (int64_t j = 0; j < d->k; j++) judge(&t[1], &grad[j], d->g[j], slack, d->where);
}

/* Temperatures that leave the loss finite or not, as they please. */
static double pick_temperature(lp_rng *r) {
    double t = 0.25 + 4 * lp_rng_unit(r);
    return lp_rng_below(r, 4) ? t : ldexp(t, (int)lp_rng_below(r, 600) - 300);
}

static void test_rows(void **state) {
    tally t[] = {{.output = "logsumexp"}, {.output = "logsumexp grad"},
                 {.output = "xent_soft"}, {.output = "xent_soft grad"},
                 {.output = "kl_logits"}, {.output = "kl_logits grad"}};
    static draw d;
    (void)state;
    truth *l = truth_new(1), *g = truth_new(K_MAX);
    for (int f = 0; f < FAMILIES; f++)
        for (int64_t i = 0; i < rows; i++) {
            if (!make(&d, 12, f, i)) continue;
            oracle_logsumexp(l, g, d.z, d.k);
            assert_int_equal(lp_loss_logsumexp(&d.loss, d.grad, d.logits, NULL, 1, d.k), LP_OK);
            judge_row(&t[0], &d, l, g, SLACK, 0);
            oracle_kl_logits(l, g, d.z, d.t, d.k);
            assert_int_equal(lp_loss_kl_logits(&d.loss, d.grad, d.logits, d.targets, 1, d.k, NULL),
                             LP_OK);
            judge_row(&t[4], &d, l, g, SLACK, SLACK);
            lp_loss_xent_options o = LP_LOSS_XENT_PLAIN;
            if (f != 13 && lp_rng_below(&d.r, 2)) o.smoothing = lp_rng_unit(&d.r);
            if (lp_rng_below(&d.r, 2)) o.weights = d.w;
            if (lp_rng_below(&d.r, 2)) o.temperature = pick_temperature(&d.r);
            oracle_xent_soft(l, g, d.z, d.t, d.k, &o);
            assert_int_equal(
                lp_loss_softmax_xent_soft(&d.loss, d.grad, d.logits, d.targets, 1, d.k, &o, NULL),
                LP_OK);
            judge_row(&t[2], &d, l, g, 0, SLACK);
        }
    truth_free(l, 1), truth_free(g, K_MAX);
    report(t, 6);
}

/* x: the label's logit less the others' LSE, roughly. q = 1/(1 + e^x): powers that are far from 1
 * but do not underflow are where ln q has to be known best. */
static double pick_gamma(double x, lp_rng *r) {
    static const double usual[] = {0, 0.5, 1, 2, 3, 4, 5};
    double unit = lp_rng_unit(r), far = 740 * unit / log1p(exp(x));
    switch (lp_rng_below(r, 6)) {
    case 4:
    case 5:
        return isfinite(far) ? far : 2;
    case 0:
        return usual[lp_rng_below(r, 7)];
    case 1:
        return 8 * unit;
    case 2:
        return ldexp(unit, (int)lp_rng_below(r, 40) - 10);
    default:
        return ldexp(unit, (int)lp_rng_below(r, 2000) - 1000);
    }
}

static double above_others(const draw *d) {
    double max = -INFINITY, sum = 0;
    for (int64_t j = 0; j < d->k; j++)
        if (j != d->c && d->z[j] > max) max = d->z[j];
    for (int64_t j = 0; j < d->k; j++)
        if (j != d->c) sum += exp(d->z[j] - max);
    return d->z[d->c] - max - log(sum);
}

static void test_focal(void **state) {
    tally t[] = {{.output = "focal_softmax"},
                 {.output = "focal_softmax grad"},
                 {.output = "focal_sigmoid"},
                 {.output = "focal_sigmoid grad"}};
    static draw d;
    (void)state;
    truth *l = truth_new(1), *g = truth_new(K_MAX);
    for (int f = 0; f < FAMILIES; f++)
        for (int64_t i = 0; i < 2 * rows; i++) {
            if (!make(&d, 13, f, i) || d.k == 1) continue;
            double gamma = pick_gamma(above_others(&d), &d.r),
                   alpha = lp_rng_below(&d.r, 4) ? d.w[0] : 1;
            int64_t count = lp_rng_below(&d.r, 2) ? d.k : 1, label = i & 1;
            if (count > 1) alpha = d.w[d.c];
            size_t used = strlen(d.where);
            snprintf(d.where + used, sizeof d.where - used, " gamma %a alpha %a", gamma, alpha);
            oracle_focal_softmax(l, g, d.z, d.k, d.c, gamma, alpha);
            assert_int_equal(lp_loss_focal_softmax(&d.loss, d.grad, d.logits, &d.c, 1, d.k, gamma,
                                                   count > 1 ? d.w : &alpha, count, NULL),
                             LP_OK);
            judge_row(&t[0], &d, l, g, 0, 0);
            double z = family_logit(f % 7, &d.r), unit = lp_rng_unit(&d.r);
            const double *a = f & 1 ? &unit : NULL;
            gamma = pick_gamma(label ? z : -z, &d.r);
            d.k = 1;
            snprintf(d.where, sizeof d.where, "z %a label %d gamma %a alpha %a", z, (int)label,
                     gamma, a ? unit : 1);
            oracle_focal_sigmoid(l, g, z, label, gamma, a);
            assert_int_equal(lp_loss_focal_sigmoid(&d.loss, d.grad, (lp_loss_in){&z, 1}, &label, 1,
                                                   gamma, a, NULL),
                             LP_OK);
            judge_row(&t[2], &d, l, g, 0, 0);
        }
    truth_free(l, 1), truth_free(g, K_MAX);
    report(t, 4);
}

/* Teachers anywhere, a few units from the student, shifted against it. */
static void make_teacher(double *y, draw *d, int family) {
    double shift = ldexp(1, (int)lp_rng_below(&d->r, 20) - 10);
    uint64_t how = lp_rng_below(&d->r, 4);
    family_row(y, d->k, d->c, family, &d->r);
    for (int64_t j = 0; j < d->k; j++) {
        if (how == 1) y[j] = d->z[j] * (1 + ((double)lp_rng_below(&d->r, 5) - 2) * 0x1p-52);
        if (how == 2) y[j] = d->z[j] + shift;
        if (isinf(d->z[j]) || isinf(y[j])) y[j] = d->z[j];
    }
    y[d->c] = isinf(y[d->c]) ? 0 : y[d->c];
}
/* The oracle's rows are good to 2^-250 of each logarithm and share. */
static void test_mixed(void **state) {
    tally t[] = {{.output = "distill"},
                 {.output = "distill grad"},
                 {.output = "policy_grad"},
                 {.output = "policy_grad grad"}};
    static draw d;
    static double y[K_MAX];
    (void)state;
    truth *l = truth_new(1), *g = truth_new(K_MAX);
    for (int f = 0; f < FAMILIES; f++)
        for (int64_t i = 0; i < rows; i++) {
            if (!make(&d, 15, f, i)) continue;
            make_teacher(y, &d, (int)lp_rng_below(&d.r, FAMILIES));
            static const double mixes[] = {0, 1, 0.5, 2};
            double unit = lp_rng_unit(&d.r), a = lp_rng_normal(&d.r), b = family_positive(&d.r);
            double mix = lp_rng_below(&d.r, 2) ? unit : mixes[lp_rng_below(&d.r, 4)];
            double temperature = lp_rng_below(&d.r, 3) ? pick_temperature(&d.r) : 1;
            bool kl = lp_rng_below(&d.r, 2);
            size_t used = strlen(d.where);
            snprintf(d.where + used, sizeof d.where - used, " mix %a T %a kl %d", mix, temperature,
                     kl);
            oracle_distill(l, g, d.z, y, d.k, d.c, temperature, mix, kl);
            assert_int_equal(lp_loss_distill(&d.loss, d.grad, d.logits, (lp_loss_in){y, d.k}, &d.c,
                                             1, d.k, temperature, mix, kl, NULL),
                             LP_OK);
            judge_row(&t[0], &d, l, g, SLACK, SLACK);
            a = lp_rng_below(&d.r, 4) ? a : 0;
            b = lp_rng_below(&d.r, 4) ? b : 0;
            oracle_policy_grad(l, g, d.z, d.k, d.c, a, b);
            assert_int_equal(
                lp_loss_policy_grad(&d.loss, d.grad, d.logits, &d.c, 1, d.k, &a, 1, b, NULL),
                LP_OK);
            judge_row(&t[2], &d, l, g, SLACK, SLACK);
        }
    truth_free(l, 1), truth_free(g, K_MAX);
    report(t, 4);
}

static void test_bce(void **state) {
    tally t[] = {{.output = "bce(q)"}, {.output = "bce(q) grad"}, {.output = "multilabel mean"}};
    (void)state;
    truth *l = truth_new(1), *g = truth_new(1), *sum = truth_new(1);
    for (int f = 0; f < 7; f++)
        for (int64_t i = 0; i < rows; i++) {
            lp_rng r;
            lp_rng_init(&r, 14, (uint64_t)f, (uint64_t)i);
            double z[3], y[3], q[3], grad[3], loss;
            char where[60];
            snprintf(where, sizeof where, "family %d i %d", f, (int)i);
            mpfr_set_ui(sum->x, 0, MPFR_RNDN);
            mpfr_set_ui(sum->size, 0, MPFR_RNDN);
            for (int j = 0; j < 3; j++) {
                z[j] = family_logit(f, &r);
                y[j] = lp_rng_unit(&r);
                q[j] = lp_rng_below(&r, 5) ? family_positive(&r) : 0;
                if (lp_rng_below(&r, 3) == 0) y[j] = (double)lp_rng_below(&r, 2);
                bool hard = y[j] == 0 || y[j] == 1;
                oracle_bce_weighted(l, g, z[j], y[j], q[j]);
                mpfr_add(sum->x, sum->x, l->x, MPFR_RNDN);
                assert_int_equal(lp_loss_bce_logits(&loss, (lp_loss_out){grad, 1},
                                                    (lp_loss_in){z + j, 1}, (lp_loss_in){y + j, 1},
                                                    1, q[j], NULL),
                                 LP_OK);
                judge(&t[0], l, loss, 0, where);
                judge(&t[1], g, grad[0], hard ? 0 : SLACK, where);
            }
            mpfr_div_ui(sum->x, sum->x, 3, MPFR_RNDN);
            assert_int_equal(lp_loss_multilabel_bce(&loss, (lp_loss_out){grad, 3},
                                                    (lp_loss_in){z, 3}, (lp_loss_in){y, 3}, 1, 3, q,
                                                    3, 1, NULL),
                             LP_OK);
            judge(&t[2], sum, loss, 0, where);
        }
    truth_free(l, 1), truth_free(g, 1), truth_free(sum, 1);
    report(t, 3);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_links), cmocka_unit_test(test_rows),
                                       cmocka_unit_test(test_focal), cmocka_unit_test(test_bce),
                                       cmocka_unit_test(test_mixed)};
    if (argc > 1) rows = atoll(argv[1]);
    if (argc > 2 && atoll(argv[2]) <= K_MAX) max_k = atoll(argv[2]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
