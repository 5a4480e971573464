/* Losses in bits that are rational, or next to a rational number: what base 2 makes exact and no
 * number of nats is. Every line in all six formats and four rounding modes. Sums over rows too. */
#include "check.h"
#include "line.h"

#include "ref/exact.h"

#include <math.h>

/* `loss` is the exact value, or next to it: above (1), below (-1). */
typedef struct bits_line {
    line l;
    double loss;
    int side;
} bits_line;

#define POLICY(a, b)                                                                               \
    .set = LP_PARAM_BIT(LP_PARAM_ADVANTAGE) | LP_PARAM_BIT(LP_PARAM_ENTROPY_WEIGHT),               \
    .param = {[LP_PARAM_ADVANTAGE] = (a), [LP_PARAM_ENTROPY_WEIGHT] = (b)}

/* clang-format off */
static const bits_line table[] = {
    {{"two equal logits", XENT, 2, {5, 5}, .label = 1}, 1, 0},
    {{"four, a mask between", XENT, 5, {-3, -3, -INFINITY, -3, -3}, .label = 4}, 2, 0},
    {{"one class", XENT, 1, {7}, .label = 0}, 0, 0},
    {{"two equal under T", XENT, 2, {5, 5}, .temperature = 0.7}, 1, 0},
    {{"two equal, smoothed", XENT, 2, {5, 5}, .smoothing = 0.1}, 1, 0},
    {{"two equal, weighted", XENT, 2, {5, 5}, .weighted = true, .weight = {3, 1}}, 3, 0},
    {{"two equal, a third far below", XENT, 3, {0, 0, -1e9}, .label = 0}, 1, 1},
    {{"... by more than 2^64", XENT, 3, {0, 0, -1e300}, .label = 0}, 1, 1},
    {{"... of weight -2", XENT, 3, {0, 0, -1e300}, .weighted = true, .weight = {-2, 1, 1}}, -2, -1},
    {{"a lone class far above", XENT, 2, {1e300, 0}, .label = 0}, 0, 1},
    {{"soft targets of two equal", TARG, 2, {1, 1}, {0.25, 0.25}, .with = true}, 0.5, 0},
    {{"... a third far below", TARG, 3, {1, 1, -1e300}, {0.25, 0.25}, .with = true}, 0.5, 1},
    {{"kl of powers of two", KLZ, 2, {1, 1}, {0.25, 0.25}, .with = true}, -0.5, 0},
    {{"kl of a uniform target", KLZ, 4, {1, 1, 1, 1}, {0.25, 0.25, 0.25, 0.25}, .with = true}, 0, 0},
    {{"kl, a third class far below", KLZ, 3, {1, 1, -1e300}, {0.25, 0.25}, .with = true}, -0.5, 1},
    {{"kl of one class", KLZ, 1, {1}, {0.25}, .with = true}, -0.5, 0},
    {{"binary at 0", BCE, 1, {0}, {0.1}, .with = true}, 1, 0},
    {{"binary at 0, weighted", BCE, 1, {0}, {1}, .with = true, .set = LP_PARAM_BIT(LP_PARAM_POS_WEIGHT),
      .param = {[LP_PARAM_POS_WEIGHT] = 3}}, 3, 0},
    {{"binary just above 0", BCE, 1, {0x1p-1000}, {0}, .with = true}, 1, 1},
    {{"binary just below 0", BCE, 1, {-0x1p-1000}, {0}, .with = true}, 1, -1},
    {{"labels at 0", MULTI, 3, {0, 0, 0}, {1, 0.3, 0}, .with = true}, 3, 0},
    {{"labels at 0 and at infinity", MULTI, 3, {0, INFINITY, 0}, {1, 1, 0}, .with = true}, 2, 0},
    {{"labels at 0 and far", MULTI, 2, {0, 1e300}, {1, 1}, .with = true}, 1, 1},
    {{"focal, two equal", FOC, 2, {1, 1}, .gamma = 2}, 0.25, 0},
    {{"focal, two equal, gamma 2^20", FOC, 2, {1, 1}, .gamma = 0x1p20}, 0, 1},
    {{"focal, four equal", FOC, 4, {1, 1, 1, 1}, .gamma = 2}, 1.125, 0},
    {{"focal, two equal, a third far below", FOC, 3, {0, 0, -1e300}, .gamma = 2}, 0.25, 1},
    {{"... and alpha < 0", FOC, 3, {0, 0, -1e300}, .gamma = 2, .alpha = -4}, -1, -1},
    {{"focal, gamma 0", FOC, 2, {1, 1}, .label = 0}, 1, 0},
    {{"binary focal at 0", FOCAL, 1, {0}, .label = 1, .gamma = 3, .alpha = 2}, 0.25, 0},
    {{"margin at 0", MARGIN, 1, {0}, .label = -1}, 1, 0},
    {{"margin just above 0", MARGIN, 1, {0x1p-1000}, .label = 1}, 1, -1},
    {{"policy, two equal", PG, 2, {1, 1}, POLICY(3, 0)}, 3, 0},
    {{"policy with entropy", PG, 4, {1, 1, 1, 1}, POLICY(3, 0.5)}, 5, 0},
    {{"policy, two equal, a third far below", PG, 3, {0, 0, -1e300}, POLICY(3, 0)}, 3, 1},
    {{"... with entropy", PG, 3, {0, 0, -1e300}, POLICY(3, 1)}, 2, -1},
    {{"entropy", ENT, 4, {0.5, 0.25, 0.25, 0}, .label = 0}, 1.5, 0},
    {{"entropy of a point mass", ENT, 2, {1, 0}, .label = 0}, 0, 0},
    {{"cross entropy", CE, 2, {0.5, 0.5}, {0.25, 0.5}, .with = true}, 1.5, 0},
    {{"kl_div", KL, 2, {0.5, 0.5}, {0.25, 0.125}, .with = true}, 1.5, 0},
    {{"kl_div of a common factor", KL, 2, {0.75, 0.75}, {0.375, 0.1875}, .with = true}, 2.25, 0},
    {{"kl_div, 3 ln 3 against 3 times ln 1/3", KL, 5, {3, 1, 1, 1, 2}, {1, 3, 3, 3, 1}, .with = true}, 2, 0},
    {{"nll", NLL, 2, {0.125, 0.3}, .label = 0}, 3, 0},
    {{"nll of 1", NLL, 2, {1, 0.3}, .label = 0}, 0, 0},
    {{"nll of the least number", NLL, 1, {0x1p-1074}, .label = 0}, 1074, 0},
    {{"bce_prob at 1/2", BCEP, 1, {0.5}, {0.3}, .with = true}, 1, 0},
    {{"bce_prob at 1/4", BCEP, 1, {0.25}, {1}, .with = true}, 2, 0},
    {{"bce_prob at 3/4", BCEP, 1, {0.75}, {0}, .with = true}, 2, 0},
};
/* clang-format on */

static double wanted(double x, int side, const lp_format *f, lp_rounding mode) {
    double down = x, up = x;
    if (side < 0) down = lp_format_below(f, x);
    if (side > 0) up = lp_format_above(f, x);
    double inner = fabs(down) < fabs(up) ? down : up;
    return mode == LP_ROUND_UP ? up : mode == LP_ROUND_DOWN ? down : mode ? inner : x;
}

static int checked;

static void check_loss(lp_exact *e, const char *what, double loss, int side) {
    for (int id = 0; id < LP_FORMAT_COUNT; id++)
        for (int mode = 0; mode < LP_ROUNDING_COUNT; mode++) {
            const lp_format *f = lp_format_get((lp_format_id)id);
            bool open;
            if (!lp_format_holds(f, loss)) continue;
            double got =
                lp_exact_round(e, LP_OUT_LOSS, 0, (lp_format_id)id, (lp_rounding)mode, &open);
            double want = wanted(loss, side, f, (lp_rounding)mode);
            if (got != want || open)
                printf("%s, format %d, %s: %a, not %a%s\n", what, id,
                       lp_rounding_name((lp_rounding)mode), got, want, open ? ", undecided" : "");
            assert_true(got == want && !open);
            checked++;
        }
}

static void test_rows(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        lp_case c;
        build_line(&c, &table[i].l, LP_BINARY64);
        lp_case_set(&c, LP_PARAM_BASE, 1);
        lp_exact *e = lp_exact_new(&c, NULL);
        assert_int_equal(lp_exact_status(e), LP_OK);
        check_loss(e, table[i].l.what, table[i].loss, table[i].side);
        assert_true(isfinite(lp_exact_bound(e, LP_OUT_LOSS, 0)));
        lp_exact_free(e);
        lp_case_clear(&c);
    }
    assert_true(checked > 800);
}

/* Rows of K = 1 under `sum`: ln 3 and -ln 3 thrice cancel, what is left is a number of bits. */
static void test_sums(void **state) {
    (void)state;
    const double p[] = {3, 1, 1, 1, 2}, q[] = {1, 3, 3, 3, 1};
    for (int mean = 0; mean < 2; mean++) {
        lp_case c;
        lp_case_init(&c, LP_OP_KL_DIV);
        c.n = mean ? 4 : 5;
        c.k = c.stride = 1;
        c.reduction = mean ? LP_REDUCE_MEAN : LP_REDUCE_SUM;
        memcpy(lp_case_alloc(&c, LP_IN_P), p, (size_t)c.n * sizeof *p);
        memcpy(lp_case_alloc(&c, LP_IN_Q), q, (size_t)c.n * sizeof *q);
        lp_case_set(&c, LP_PARAM_BASE, 1);
        lp_exact *e = lp_exact_new(&c, NULL);
        check_loss(e, mean ? "mean" : "sum", mean ? 0 : 2, 0);
        lp_exact_free(e);
        lp_case_clear(&c);
    }
}

/* A mean of rational rows beside one next to a number: (1 + (1 + tiny) + 1) / 3 = 1 + tiny. */
static void test_mean(void **state) {
    (void)state;
    const double z[] = {4, 4, -INFINITY, 0, 0, -1e300, 1, 1, -INFINITY};
    const int64_t label[] = {0, 1, 1};
    lp_case c;
    lp_case_init(&c, XENT);
    c.n = 3;
    c.k = c.stride = 3;
    c.reduction = LP_REDUCE_MEAN;
    memcpy(lp_case_alloc(&c, LP_IN_LOGITS), z, sizeof z);
    memcpy(lp_case_alloc_label(&c), label, sizeof label);
    lp_case_set(&c, LP_PARAM_BASE, 1);
    lp_exact *e = lp_exact_new(&c, NULL);
    check_loss(e, "mean of rows", 1, 1);
    lp_exact_free(e);
    lp_case_clear(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows), cmocka_unit_test(test_sums),
                                       cmocka_unit_test(test_mean)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
