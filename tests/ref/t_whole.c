/* Section 2 for what is one number over all rows, perplexity and the calibration error: special
 * values, rational answers in every rounding mode, edges of bins, errors. */
#include "check.h"

#include "ref/exact.h"

#include <math.h>
#include <string.h>

#define I INFINITY
#define N NAN

typedef struct line {
    lp_op op;
    int64_t n; /* rows of two */
    double x[4];
    int64_t label[2];
    double bins;          /* 0: not set */
    bool ignore_0, empty; /* ignore_index 0; empty_mean zero */
    double want;
} line;

static const line table[] = {
    {LP_OP_PERPLEXITY, 2, {0.25, 1, 1, 0.25}, {0, 1}, .want = 4},
    {LP_OP_PERPLEXITY, 2, {0.5, 1, 1, 0.125}, {0, 1}, .want = 4}, /* the mean exponent is 2 */
    {LP_OP_PERPLEXITY, 2, {2, 1, 1, 0.5}, {0, 1}, .want = 1},
    {LP_OP_PERPLEXITY, 2, {0x1p-1074, 1, 1, 0x1p-900}, {0, 1}, .want = 0x1p987},
    {LP_OP_PERPLEXITY, 2, {0, 1, 0.5, 0.5}, {0, 0}, .want = I},
    {LP_OP_PERPLEXITY, 2, {-0.0, 1, 0.5, 0.5}, {0, 0}, .want = I},
    {LP_OP_PERPLEXITY, 2, {I, 1, 0.5, 0.5}, {0, 0}, .want = 0},
    {LP_OP_PERPLEXITY, 2, {0.25, I, 0.25, I}, {0, 0}, .want = 4},
    {LP_OP_PERPLEXITY, 2, {I, 1, 0, 0.5}, {0, 0}, .want = N},
    {LP_OP_PERPLEXITY, 2, {0.5, N, 0.5, 0.5}, {0, 0}, .want = N},
    {LP_OP_PERPLEXITY, 2, {0, N, 0.5, 0.5}, {0, 0}, .want = N},
    {LP_OP_PERPLEXITY, 2, {N, 0, 0.25, 0.25}, {0, 1}, .ignore_0 = true, .want = 4},
    {LP_OP_PERPLEXITY, 2, {N, 0, 0.25, 0.25}, {0, 0}, .ignore_0 = true, .want = N},
    {LP_OP_PERPLEXITY, 2, {N, 0, 1, 1}, {0, 0}, .ignore_0 = true, .empty = true, .want = 1},
    {LP_OP_PERPLEXITY, 0, {0}, {0}, .want = N},
    {LP_OP_PERPLEXITY, 0, {0}, {0}, .empty = true, .want = 1},
    {LP_OP_ECE, 1, {0.75, 0.25}, {0}, .want = 0.25},
    {LP_OP_ECE, 1, {0.75, 0.25}, {1}, .want = 0.75},
    {LP_OP_ECE, 2, {0.5, 0, 0.5, 0}, {0, 1}, .bins = 2, .want = 0},
    {LP_OP_ECE, 2, {0.5, 0, 0.25, 0}, {0, 1}, .bins = 2, .want = 0.125}, /* (0, 1/2] */
    {LP_OP_ECE, 2, {0.5, 0, 0.75, 0}, {0, 1}, .bins = 2, .want = 0.625},
    {LP_OP_ECE, 2, {0, 0, 0.25, 0}, {0, 1}, .bins = 4, .want = 0.375}, /* 0 in the first */
    {LP_OP_ECE, 2, {1, 0, 3, 0}, {0, 1}, .bins = 3, .want = 1.5},      /* above 1 in the last */
    {LP_OP_ECE, 2, {1, 0, 1, 0}, {0, 1}, .bins = 0x1p53, .want = 0.5},
    {LP_OP_ECE, 2, {0.0625, 0, 0.125, 0}, {0, 1}, .want = 0.53125}, /* 15 bins: 1/16, 2/15 */
    {LP_OP_ECE, 1, {0.5, 0.5}, {1}, .want = 0.5},                   /* a tie: the first class */
    {LP_OP_ECE, 1, {0.25, 0.25}, {0}, .want = 0.75},
    {LP_OP_ECE, 1, {-0.0, 0}, {1}, .want = 0},
    {LP_OP_ECE, 1, {I, 0}, {0}, .want = I},
    {LP_OP_ECE, 2, {I, 0, I, 0}, {0, 1}, .want = I},
    {LP_OP_ECE, 2, {I, N, 0, 0}, {0, 0}, .want = N},
    {LP_OP_ECE, 2, {0.5, 0, 0, N}, {0, 0}, .want = N},
    {LP_OP_ECE, 2, {N, 0, 0.25, 0}, {0, 1}, .ignore_0 = true, .want = 0.25},
    {LP_OP_ECE, 2, {N, 0, 0.25, 0}, {0, 0}, .ignore_0 = true, .empty = true, .want = 0},
    {LP_OP_ECE, 0, {0}, {0}, .want = N},
    {LP_OP_ECE, 0, {0}, {0}, .empty = true, .want = 0},
};

static void build(lp_case *c, const line *l) {
    lp_case_init(c, l->op);
    c->n = l->n;
    c->k = c->stride = 2;
    double *x = lp_case_alloc(c, l->op == LP_OP_ECE ? LP_IN_P : LP_IN_Q);
    int64_t *label = lp_case_alloc_label(c);
    for (int64_t i = 0; i < 2 * l->n; i++) x[i] = l->x[i];
    for (int64_t i = 0; i < l->n; i++) label[i] = l->label[i];
    if (l->bins != 0) lp_case_set(c, LP_PARAM_BINS, l->bins);
    if (l->ignore_0) lp_case_set(c, LP_PARAM_IGNORE_INDEX, 0);
    if (l->empty) lp_case_set(c, LP_PARAM_EMPTY_MEAN, 1);
}

/* All of them are exact: the same in every mode. */
static void test_table(void **state) {
    (void)state;
    for (size_t t = 0; t < sizeof table / sizeof *table; t++) {
        lp_case c;
        lp_error err;
        lp_answer a;
        build(&c, &table[t]);
        assert_true(lp_case_check(&c, &err));
        lp_exact *e = lp_exact_new(&c, &err);
        assert_int_equal(lp_exact_status(e), LP_OK);
        assert_int_equal(lp_exact_len(e, LP_OUT_LOSS), 1);
        for (int mode = 0; mode < LP_ROUNDING_COUNT; mode++) {
            bool open;
            double x = lp_exact_round(e, LP_OUT_LOSS, 0, LP_BINARY64, (lp_rounding)mode, &open);
            if (!same(x, table[t].want) || open) fail_msg("line %zu, mode %d: %a", t, mode, x);
        }
        lp_answer_init(&a);
        assert_int_equal(lp_exact_answer(&a, e), 0);
        assert_true(same(a.out[LP_OUT_LOSS][0], table[t].want));
        lp_answer_clear(&a);
        lp_exact_free(e);
        lp_case_clear(&c);
    }
}

/* p on either side of b / B, B no power of two: which bin it is in is half of the answer. */
static void test_edges(void **state) {
    static const double bins[] = {3, 7, 10, 15, 100};
    (void)state;
    for (int t = 0; t < 5; t++)
        for (int b = 1; b < (int)bins[t]; b++) {
            /* Two rows, a hit at the edge and a miss just below it: one bin where the rounded edge
             * is not above the true one, else two. */
            double edge = b / bins[t], below = nextafter(edge, 0);
            bool above = fma(edge, bins[t], -b) > 0;
            line l = {LP_OP_ECE, 2, {edge, 0, below, 0}, {0, 1}, .bins = bins[t]};
            double in_one = fabs((1 - edge) - below) / 2, in_two = ((1 - edge) + below) / 2;
            lp_case c;
            lp_error err;
            bool open;
            build(&c, &l);
            lp_exact *e = lp_exact_new(&c, &err);
            double x = lp_exact_round(e, LP_OUT_LOSS, 0, LP_BINARY64, LP_ROUND_NEAREST, &open);
            assert_true(!open && fabs(x - (above ? in_two : in_one)) < 1e-15);
            lp_exact_free(e);
            lp_case_clear(&c);
        }
}

static lp_status status_of(const line *l) {
    lp_case c;
    lp_error err;
    build(&c, l);
    lp_exact *e = lp_exact_new(&c, &err);
    lp_status status = lp_exact_status(e);
    lp_exact_free(e);
    lp_case_clear(&c);
    return status;
}

static void test_errors(void **state) {
    (void)state;
    const line bad[] = {
        {LP_OP_PERPLEXITY, 1, {0.5, 0.5}, {2}, .want = LP_E_LABEL},
        {LP_OP_PERPLEXITY, 1, {N, 0.5}, {-1}, .want = LP_E_LABEL},
        {LP_OP_PERPLEXITY, 2, {0.5, 0.5, 0.5, 0.5}, {0, 2}, .ignore_0 = true, .want = LP_E_LABEL},
        {LP_OP_PERPLEXITY, 1, {0.5, -0.5}, {0}, .want = LP_E_ARGUMENT},
        {LP_OP_PERPLEXITY, 1, {-0.5, 0.5}, {0}, .ignore_0 = true, .want = LP_E_ARGUMENT},
        {LP_OP_ECE, 1, {0.5, 0.5}, {2}, .want = LP_E_LABEL},
        {LP_OP_ECE, 1, {0.5, -0.5}, {0}, .want = LP_E_ARGUMENT},
        {LP_OP_ECE, 1, {0.5, 0.5}, {0}, .bins = -1, .want = LP_E_ARGUMENT},
        {LP_OP_ECE, 0, {0}, {0}, .bins = -1, .want = LP_E_ARGUMENT},
        {LP_OP_ECE, 1, {N, 0.5}, {0}, .bins = 0x1p54, .want = LP_E_ARGUMENT},
    };
    for (size_t t = 0; t < sizeof bad / sizeof *bad; t++)
        assert_int_equal(status_of(&bad[t]), (lp_status)bad[t].want);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table), cmocka_unit_test(test_edges),
                                       cmocka_unit_test(test_errors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
