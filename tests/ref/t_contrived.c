/* Answers that stand next to a number of every format by less than any precision tells, and sums
 * whose leading terms cancel exactly: each is decided in every format and mode, and on the side
 * that the comment in the table gives the reason for. */
#include "check.h"
#include "contrived_table.h"

#include "core/case_text.h"
#include "ref/exact.h"

#include <math.h>
#include <string.h>

static lp_exact *open_line(lp_case *c, const char *line) {
    const char *status;
    lp_error err = {""};
    if (!lp_case_parse(c, line, strlen(line), &status, &err)) fail_msg("%s: %s", line, err.text);
    return lp_exact_new(c, &err);
}

/* Every component in every format and mode. */
static bool all_decided(lp_exact *e, const lp_case *c) {
    const lp_op_info *info = lp_op_get(c->op);
    bool decided = true;
    for (int o = 0; o < info->out_count; o++)
        for (int64_t i = 0; i < lp_exact_len(e, info->out[o].role); i++)
            for (int f = 0; f < LP_FORMAT_COUNT; f++)
                for (int mode = 0; mode < LP_ROUNDING_COUNT; mode++) {
                    bool open;
                    lp_exact_round(e, info->out[o].role, i, (lp_format_id)f, (lp_rounding)mode,
                                   &open);
                    decided = decided && !open;
                }
    return decided;
}

static void test_sides(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const contrived *t = &table[i];
        lp_case c;
        bool open;
        lp_exact *e = open_line(&c, t->line);
        double down = lp_exact_round(e, t->out, t->at, LP_BINARY64, LP_ROUND_DOWN, &open);
        double up = lp_exact_round(e, t->out, t->at, LP_BINARY64, LP_ROUND_UP, &open);
        if (!(down == t->down && up == t->up && all_decided(e, &c)))
            fail_msg("%s: %a and %a", t->line, down, up);
        lp_exact_free(e);
        lp_case_clear(&c);
    }
}

/* Six times three rows whose shares of class 0, times 3, -2 and -1, cancel: with x = e^-gap
 *   1 / (1 + x) - 1 / (1 + 2 x) = x / (1 + 3 x + 2 x^2).
 * Of eighteen kinds whose product has 5^6 terms, no two of their exponents alike: what stays is
 * rational, -3 times the rows of label 0, which come first in their three. */
static void test_kinds_that_cancel(void **state) {
    enum { ROWS = 18, CLASSES = 6, WIDTH = ROWS + 1 };
    static const double depth[3][CLASSES] = {
        {0, 0, 0, 1, 1, 1}, {0, 0, 1, 1, 1, 1}, {1, 0, 1, 1, 2, 2}};
    static const double factor[3] = {3, -2, -1};
    lp_case c;
    lp_error err = {""};
    bool open;
    (void)state;
    lp_case_init(&c, LP_OP_LINEAR_XENT);
    c.n = ROWS;
    c.k = c.stride = CLASSES;
    c.d = WIDTH;
    double *x = lp_case_alloc(&c, LP_IN_X), *w = lp_case_alloc(&c, LP_IN_W);
    int64_t *label = lp_case_alloc_label(&c);
    lp_case_alloc(&c, LP_IN_B);
    for (int i = 0; i < ROWS; i++) {
        double gap = 0x1p40 + ldexp(1, i - i % 3);
        label[i] = i % 3;
        x[i * WIDTH + i] = 1;
        x[i * WIDTH + ROWS] = factor[i % 3];
        for (int j = 0; j < CLASSES; j++) w[j * WIDTH + i] = -gap * depth[i % 3][j];
    }
    lp_exact *e = lp_exact_new(&c, &err);
    for (int mode = 0; mode < LP_ROUNDING_COUNT; mode++) {
        double got = lp_exact_round(e, LP_OUT_GRAD_W, ROWS, LP_BINARY64, (lp_rounding)mode, &open);
        assert_true(!open && got == -1); /* (1 / 18) 6 (-3) */
    }
    lp_exact_free(e);
    lp_case_clear(&c);
}

/* A share less one that differs from it far below both, of more classes than distill's products
 * of sums have room for: on which side of 0 class 2 lies is left open. */
static void open_side(lp_case *c) {
    enum { CLASSES = 140 };
    lp_case_init(c, LP_OP_DISTILL);
    c->n = 1;
    c->k = c->stride = CLASSES;
    double *z = lp_case_alloc(c, LP_IN_LOGITS), *t = lp_case_alloc(c, LP_IN_TEACHER);
    for (int j = 0; j < CLASSES; j++)
        z[j] = t[j] = j < 3 ? 0 : -(64 + j + j * j * 0x1p-20 + j * j * j * 0x1p-30) * 0x1p1016;
    z[0] = 0x1.2fbb9a371cba3p+1023;
    z[1] = t[1] = 0x1.cbd03bc4dd887p+1023;
    lp_case_alloc_label(c);
    lp_case_set(c, LP_PARAM_MIX, 0x1p-30);
    lp_case_set(c, LP_PARAM_TEMPERATURE, 2);
}

/* The nearest number is 0 whatever the sign, flushed or not. */
static void test_nearest_where_the_side_is_open(void **state) {
    (void)state;
    for (int flushed = 0; flushed < 2; flushed++) {
        lp_case c;
        bool open;
        open_side(&c);
        if (flushed) lp_case_set(&c, LP_PARAM_FTZ, 1);
        lp_exact *e = lp_exact_new(&c, NULL);
        double x = lp_exact_round(e, LP_OUT_GRAD, 2, LP_BINARY64, LP_ROUND_NEAREST, &open);
        assert_true(!open && x == 0);
        lp_exact_round(e, LP_OUT_GRAD, 2, LP_BINARY64, LP_ROUND_DOWN, &open);
        assert_true(open || flushed);
        lp_exact_free(e);
        lp_case_clear(&c);
    }
}

/* The same share, infinitely often: an infinity of its sign, which is open, is not held against any
 * answer, and no number is certain to be one. */
static void test_infinite_multiple_of_an_open_sign(void **state) {
    static const double got[] = {INFINITY, -INFINITY, NAN};
    lp_case c;
    (void)state;
    open_side(&c);
    lp_case_alloc(&c, LP_IN_UPSTREAM)[0] = INFINITY;
    lp_exact *e = lp_exact_new(&c, NULL);
    for (int i = 0; i < 3; i++) {
        lp_measure m;
        lp_exact_measure(&m, e, LP_OUT_GRAD, 2, got[i]);
        assert_true(m.kind == LP_KIND_NUMBER && m.undecided && m.ulp_lo == 0);
    }
    lp_exact_free(e);
    lp_case_clear(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_sides),
                                       cmocka_unit_test(test_kinds_that_cancel),
                                       cmocka_unit_test(test_infinite_multiple_of_an_open_sign),
                                       cmocka_unit_test(test_nearest_where_the_side_is_open)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
