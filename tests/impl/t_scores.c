/* nll, bce_prob, kl_gen, brier, the margins and the squares against their formulas as they stand,
 * in enough bits that nothing cancels away, and their special values. */
#include "tests/impl/families.h"
#include "tests/impl/special.h"
#include "tests/impl/tally.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { K = 4, BITS = 4400, TRIES = 400 };

/* What a row's truth is made with. */
typedef struct paper {
    truth loss[1], grad[K], grad_p[K];
    mpfr_t a, b, c, sum, p[K];
} paper;
static void paper_init(paper *m) {
    truth *all[] = {m->loss, m->grad, m->grad_p};
    for (int q = 0; q < 3; q++)
        for (int j = 0; j < (q ? K : 1); j++)
            mpfr_inits2(BITS, all[q][j].x, all[q][j].size, (mpfr_ptr)NULL);
    mpfr_inits2(BITS, m->a, m->b, m->c, m->sum, (mpfr_ptr)NULL);
    for (int j = 0; j < K; j++) mpfr_init2(m->p[j], BITS);
}
static void paper_clear(paper *m) {
    truth *all[] = {m->loss, m->grad, m->grad_p};
    for (int q = 0; q < 3; q++)
        for (int j = 0; j < (q ? K : 1); j++)
            mpfr_clears(all[q][j].x, all[q][j].size, (mpfr_ptr)NULL);
    mpfr_clears(m->a, m->b, m->c, m->sum, (mpfr_ptr)NULL);
    for (int j = 0; j < K; j++) mpfr_clear(m->p[j]);
}
/* x, and its size where it is not |x| */
static void put(truth *t, mpfr_t x, double size) {
    mpfr_set(t->x, x, MPFR_RNDN);
    mpfr_abs(t->size, x, MPFR_RNDN);
    if (size > 0) mpfr_set_d(t->size, size, MPFR_RNDN);
}

static void scores(tally *t, paper *m, lp_rng *r) {
    double p[K], q[K], loss, g[K], h[K], size = 0;
    int64_t c = (int64_t)lp_rng_below(r, K);
    for (int j = 0; j < K; j++) {
        p[j] = family_positive(r);
        q[j] = lp_rng_below(r, 3) ? family_positive(r) : nextafter(p[j], 1);
        if (p[j] > 0x1p900) p[j] = 1;
        if (q[j] > 0x1p900 || q[j] == 0) q[j] = 1;
    }
    lp_loss_in pi = {p, K}, qi = {q, K};
    lp_loss_out go = {g, K}, ho = {h, K};
    assert_int_equal(lp_loss_nll(&loss, go, qi, &c, 1, K, NULL), LP_OK);
    mpfr_set_d(m->a, q[c], MPFR_RNDN);
    mpfr_si_div(m->b, -1, m->a, MPFR_RNDN);
    mpfr_log(m->a, m->a, MPFR_RNDN);
    mpfr_neg(m->a, m->a, MPFR_RNDN);
    put(m->loss, m->a, 0), put(m->grad, m->b, 0);
    judge(&t[0], m->loss, loss, 0, "nll"), judge(&t[1], m->grad, g[c], 0, "nll");
    for (int j = 0; j < K; j++) assert_true(j == c || (g[j] == 0 && !signbit(g[j])));

    assert_int_equal(lp_loss_kl_gen(&loss, go, ho, pi, qi, 1, K, NULL), LP_OK);
    mpfr_set_ui(m->sum, 0, MPFR_RNDN);
    for (int j = 0; j < K; j++) {
        mpfr_set_d(m->a, p[j], MPFR_RNDN);
        mpfr_div_d(m->a, m->a, q[j], MPFR_RNDN);
        mpfr_ui_sub(m->b, 1, m->a, MPFR_RNDN);
        put(&m->grad[j], m->b, fmax(1, fmax(p[j] / q[j], 1)));
        mpfr_log(m->a, m->a, MPFR_RNDN);
        put(&m->grad_p[j], m->a, 0);
        mpfr_mul_d(m->a, m->a, p[j], MPFR_RNDN);
        size += fabs(mpfr_get_d(m->a, MPFR_RNDN)) + p[j] + q[j];
        mpfr_add(m->sum, m->sum, m->a, MPFR_RNDN);
        mpfr_sub_d(m->sum, m->sum, p[j], MPFR_RNDN);
        mpfr_add_d(m->sum, m->sum, q[j], MPFR_RNDN);
    }
    put(m->loss, m->sum, size);
    judge(&t[2], m->loss, loss, SLACK, "kl_gen");
    for (int j = 0; j < K; j++) {
        judge(&t[3], &m->grad[j], g[j], SLACK, "kl_gen");
        judge(&t[4], &m->grad_p[j], h[j], 0, "kl_gen");
    }

    assert_int_equal(lp_loss_brier(&loss, pi, &c, 1, K, NULL), LP_OK);
    mpfr_set_ui(m->sum, 0, MPFR_RNDN);
    for (int j = 0; j < K; j++) {
        mpfr_set_d(m->a, p[j], MPFR_RNDN);
        if (j == c) mpfr_sub_ui(m->a, m->a, 1, MPFR_RNDN);
        mpfr_sqr(m->a, m->a, MPFR_RNDN);
        mpfr_add(m->sum, m->sum, m->a, MPFR_RNDN);
    }
    put(m->loss, m->sum, 0);
    judge(&t[5], m->loss, loss, 0, "brier");

    double x = fmin(p[0], 1), y = lp_rng_below(r, 2) ? lp_rng_unit(r) : (double)(c & 1);
    if (x == 1) x = 0x1.fffffffffffffp-1;
    assert_int_equal(lp_loss_bce_prob(&loss, go, (lp_loss_in){&x, 1}, (lp_loss_in){&y, 1}, 1, NULL),
                     LP_OK);
    mpfr_set_d(m->a, x, MPFR_RNDN);
    mpfr_ui_sub(m->b, 1, m->a, MPFR_RNDN);
    mpfr_mul(m->c, m->a, m->b, MPFR_RNDN);
    mpfr_sub_d(m->sum, m->a, y, MPFR_RNDN);
    mpfr_div(m->sum, m->sum, m->c, MPFR_RNDN);
    put(m->grad, m->sum, 0);
    mpfr_log(m->a, m->a, MPFR_RNDN), mpfr_log(m->b, m->b, MPFR_RNDN);
    mpfr_mul_d(m->a, m->a, y, MPFR_RNDN);
    mpfr_set_ui(m->c, 1, MPFR_RNDN);
    mpfr_sub_d(m->c, m->c, y, MPFR_RNDN);
    mpfr_mul(m->b, m->b, m->c, MPFR_RNDN);
    mpfr_add(m->a, m->a, m->b, MPFR_RNDN);
    mpfr_neg(m->a, m->a, MPFR_RNDN);
    put(m->loss, m->a, 0);
    judge(&t[6], m->loss, loss, 0, "bce_prob"), judge(&t[7], m->grad, g[0], 0, "bce_prob");
}

static void margins(tally *t, paper *m, int family, lp_rng *r) {
    double z[K], target[K], loss, g[K];
    int64_t c = (int64_t)lp_rng_below(r, K), y = lp_rng_below(r, 2) ? 1 : -1;
    family_row(z, K, c, family, r);
    for (int j = 0; j < K; j++) {
        if (!(fabs(z[j]) < 740)) z[j] = fmod(z[j], 740);
        if (!isfinite(z[j])) z[j] = 0;
        target[j] = lp_rng_below(r, 3) ? lp_rng_unit(r) : (double)lp_rng_below(r, 2);
    }
    lp_loss_in zi = {z, K}, z1 = {z, 1}, ti = {target, K}, t1 = {target, 1};
    lp_loss_out go = {g, K};
    assert_int_equal(lp_loss_logistic_margin(&loss, go, z1, &y, 1, NULL), LP_OK);
    mpfr_set_d(m->a, -(double)y * z[0], MPFR_RNDN);
    mpfr_exp(m->a, m->a, MPFR_RNDN);
    mpfr_add_ui(m->b, m->a, 1, MPFR_RNDN);
    mpfr_div(m->a, m->a, m->b, MPFR_RNDN);
    mpfr_mul_si(m->a, m->a, (long)-y, MPFR_RNDN);
    mpfr_log(m->b, m->b, MPFR_RNDN);
    put(m->loss, m->b, 0), put(m->grad, m->a, 0);
    judge(&t[0], m->loss, loss, 0, "logistic"), judge(&t[1], m->grad, g[0], 0, "logistic");

    assert_int_equal(lp_loss_hinge(&loss, go, z1, &y, 1, NULL), LP_OK);
    mpfr_set_d(m->a, (double)y * z[0], MPFR_RNDN);
    mpfr_ui_sub(m->a, 1, m->a, MPFR_RNDN);
    bool active = mpfr_sgn(m->a) > 0;
    if (!active) mpfr_set_ui(m->a, 0, MPFR_RNDN);
    put(m->loss, m->a, 0);
    judge(&t[2], m->loss, loss, 0, "hinge");
    assert_true(g[0] == (active ? -(double)y : 0));

    for (int largest = 0; largest < 2; largest++) {
        assert_int_equal(lp_loss_hinge_multi(&loss, go, zi, &c, 1, K, largest, NULL), LP_OK);
        mpfr_set_ui(m->sum, 0, MPFR_RNDN);
        double total = 0;
        for (int j = 0; j < K; j++) {
            mpfr_set_d(m->a, z[j], MPFR_RNDN);
            mpfr_sub_d(m->a, m->a, z[c], MPFR_RNDN);
            mpfr_add_ui(m->a, m->a, 1, MPFR_RNDN);
            total += j == c ? 0 : g[j];
            if (j == c || mpfr_sgn(m->a) <= 0) continue;
            if (!largest) mpfr_add(m->sum, m->sum, m->a, MPFR_RNDN);
            if (largest) mpfr_max(m->sum, m->sum, m->a, MPFR_RNDN);
            assert_true(largest || g[j] == 1);
        }
        put(m->loss, m->sum, 0);
        judge(&t[3], m->loss, loss, 0, "hinge_multi");
        assert_true(g[c] == -total);
    }

    assert_int_equal(lp_loss_mse_sigmoid(&loss, go, z1, t1, 1, NULL), LP_OK);
    mpfr_set_d(m->a, -z[0], MPFR_RNDN);
    mpfr_exp(m->a, m->a, MPFR_RNDN);
    mpfr_add_ui(m->a, m->a, 1, MPFR_RNDN);
    mpfr_ui_div(m->a, 1, m->a, MPFR_RNDN);
    mpfr_ui_sub(m->b, 1, m->a, MPFR_RNDN);
    mpfr_mul(m->b, m->b, m->a, MPFR_RNDN);
    mpfr_sub_d(m->a, m->a, target[0], MPFR_RNDN);
    mpfr_mul(m->b, m->b, m->a, MPFR_RNDN);
    bool soft = target[0] != 0 && target[0] != 1;
    double slope = fabs(mpfr_get_d(m->b, MPFR_RNDN) / mpfr_get_d(m->a, MPFR_RNDN));
    put(m->grad, m->b, soft ? 2 * slope : 0);
    double d = fabs(mpfr_get_d(m->a, MPFR_RNDN));
    mpfr_sqr(m->a, m->a, MPFR_RNDN);
    mpfr_div_ui(m->a, m->a, 2, MPFR_RNDN);
    put(m->loss, m->a, soft ? 4 * (d + 0x1p-64) : 0);
    judge(&t[4], m->loss, loss, soft ? SLACK : 0, "mse");
    judge(&t[5], m->grad, g[0], soft ? SLACK : 0, "mse");

    assert_int_equal(lp_loss_mse_softmax(&loss, go, zi, ti, 1, K, NULL), LP_OK);
    mpfr_set_ui(m->sum, 0, MPFR_RNDN);
    for (int j = 0; j < K; j++) {
        mpfr_set_d(m->p[j], z[j], MPFR_RNDN);
        mpfr_exp(m->p[j], m->p[j], MPFR_RNDN);
        mpfr_add(m->sum, m->sum, m->p[j], MPFR_RNDN);
    }
    mpfr_set_ui(m->a, 0, MPFR_RNDN), mpfr_set_ui(m->b, 0, MPFR_RNDN);
    for (int j = 0; j < K; j++) {
        mpfr_div(m->p[j], m->p[j], m->sum, MPFR_RNDN);
        mpfr_sub_d(m->c, m->p[j], target[j], MPFR_RNDN);
        mpfr_fma(m->a, m->c, m->p[j], m->a, MPFR_RNDN);
        mpfr_fma(m->b, m->c, m->c, m->b, MPFR_RNDN);
    }
    mpfr_div_ui(m->b, m->b, 2, MPFR_RNDN);
    put(m->loss, m->b, 4);
    judge(&t[6], m->loss, loss, SLACK, "mse_softmax");
    for (int j = 0; j < K; j++) {
        mpfr_sub_d(m->c, m->p[j], target[j], MPFR_RNDN);
        mpfr_sub(m->c, m->c, m->a, MPFR_RNDN);
        mpfr_mul(m->c, m->c, m->p[j], MPFR_RNDN);
        put(&m->grad[j], m->c, 4 * mpfr_get_d(m->p[j], MPFR_RNDN));
        judge(&t[7], &m->grad[j], g[j], SLACK, "mse_softmax");
    }
}

static void test_scores(void **state) {
    tally t[] = {{.output = "nll"},         {.output = "nll grad"},      {.output = "kl_gen"},
                 {.output = "kl_gen grad"}, {.output = "kl_gen grad_p"}, {.output = "brier"},
                 {.output = "bce_prob"},    {.output = "bce_prob grad"}};
    static paper m;
    (void)state;
    paper_init(&m);
    for (uint64_t i = 0; i < TRIES; i++) {
        lp_rng r;
        lp_rng_init(&r, 41, 0, i);
        scores(t, &m, &r);
    }
    paper_clear(&m);
    report(t, 8);
}
static void test_margins(void **state) {
    tally t[] = {{.output = "logistic_margin"}, {.output = "logistic_margin grad"},
                 {.output = "hinge"},           {.output = "hinge_multi"},
                 {.output = "mse_sigmoid"},     {.output = "mse_sigmoid grad"},
                 {.output = "mse_softmax"},     {.output = "mse_softmax grad"}};
    static paper m;
    (void)state;
    paper_init(&m);
    for (int f = 0; f < FAMILIES; f++)
        for (uint64_t i = 0; i < TRIES / 16; i++) {
            lp_rng r;
            lp_rng_init(&r, 42, (uint64_t)f, i);
            margins(t, &m, f, &r);
        }
    paper_clear(&m);
    report(t, 8);
}

static void test_special(void **state) {
    static const struct {
        double p, y, loss, grad;
    } bce[] = {{0, 0, 0, 1},       {0, 0.5, INF, -INF},  {1, 1, 0, -1},
               {1, 0.5, INF, INF}, {0.5, NAN, NAN, NAN}, {0.25, 0.25, 0x1.1fea645f0ef4fp-1, 0}};
    static const struct {
        double p, q, loss, grad_q, grad_p;
    } gen[] = {{0, 0, 0, 1, NAN}, {1, 0, INF, -INF, INF}, {0, 2, 2, 1, -INF}, {3, 3, 0, 0, 0}};
    static const struct {
        double z;
        int64_t y;
        double logistic, logistic_grad, hinge, hinge_grad;
    } margin[] = {{INF, 1, 0, 0, 0, 0},
                  {-INF, 1, INF, -1, INF, -1},
                  {INF, -1, INF, 1, INF, 1},
                  {1, 1, 0x1.40c7abfbec124p-2, -0x1.136561454ba86p-2, 0, 0},
                  {NAN, 1, NAN, NAN, NAN, NAN}};
    static const struct {
        double z[3], pairwise, grad[3], largest;
    } multi[] = {{{0, 0, 0}, 2, {-2, 1, 1}, 1},
                 {{-INF, 0, 1}, INF, {-2, 1, 1}, INF},
                 {{0, INF, 0}, INF, {-2, 1, 1}, INF},
                 {{0, -INF, 0}, 1, {-1, 0, 1}, 1},
                 {{INF, INF, 0}, NAN, {NAN, NAN, NAN}, NAN},
                 {{INF, 0, 0}, 0, {0, 0, 0}, 0},
                 {{1, 0, NAN}, NAN, {NAN, NAN, NAN}, NAN}};
    double loss, g[3], h[1];
    const int64_t first = 0;
    (void)state;
    for (int i = 0; i < 6; i++) {
        lp_loss_in p = {&bce[i].p, 1}, y = {&bce[i].y, 1};
        assert_int_equal(lp_loss_bce_prob(&loss, (lp_loss_out){g, 1}, p, y, 1, NULL), LP_OK);
        assert_true(same(loss, bce[i].loss) && same(g[0], bce[i].grad));
    }
    for (int i = 0; i < 4; i++) {
        lp_loss_in p = {&gen[i].p, 1}, q = {&gen[i].q, 1};
        assert_int_equal(
            lp_loss_kl_gen(&loss, (lp_loss_out){g, 1}, (lp_loss_out){h, 1}, p, q, 1, 1, NULL),
            LP_OK);
        assert_true(same(loss, gen[i].loss) && same(g[0], gen[i].grad_q) &&
                    same(h[0], gen[i].grad_p));
    }
    for (int i = 0; i < 5; i++) {
        lp_loss_in z = {&margin[i].z, 1};
        lp_loss_out out = {g, 1};
        assert_int_equal(lp_loss_logistic_margin(&loss, out, z, &margin[i].y, 1, NULL), LP_OK);
        assert_true(same(loss, margin[i].logistic));
        assert_true(isnan(loss) ? isnan(g[0]) : g[0] == margin[i].logistic_grad);
        assert_int_equal(lp_loss_hinge(&loss, out, z, &margin[i].y, 1, NULL), LP_OK);
        assert_true(same(loss, margin[i].hinge) && same(g[0], margin[i].hinge_grad));
    }
    for (int i = 0; i < 7; i++) {
        lp_loss_in z = {multi[i].z, 3};
        lp_loss_out out = {g, 3}, none = {NULL, 0};
        assert_int_equal(lp_loss_hinge_multi(&loss, out, z, &first, 1, 3, 0, NULL), LP_OK);
        assert_true(same(loss, multi[i].pairwise));
        for (int j = 0; j < 3; j++) assert_true(same(g[j], multi[i].grad[j]));
        assert_int_equal(lp_loss_hinge_multi(&loss, none, z, &first, 1, 3, 1, NULL), LP_OK);
        assert_true(same(loss, multi[i].largest));
    }
    const int64_t zero = 0;
    lp_loss_in z = {g, 1}, bad = {(double[]){1.5}, 1};
    loss = 77;
    assert_int_equal(lp_loss_hinge(&loss, (lp_loss_out){NULL, 0}, z, &zero, 1, NULL), LP_E_LABEL);
    assert_int_equal(lp_loss_bce_prob(&loss, (lp_loss_out){NULL, 0}, bad, z, 1, NULL),
                     LP_E_ARGUMENT);
    assert_int_equal(lp_loss_mse_sigmoid(&loss, (lp_loss_out){NULL, 0}, z, bad, 1, NULL),
                     LP_E_ARGUMENT);
    assert_true(loss == 77);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_scores),
                                       cmocka_unit_test(test_margins),
                                       cmocka_unit_test(test_special)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
