/* Every line of section 2 that a built operation meets: inputs, and the answer's bits. */
#include "check.h"
#include "special_logits.h"
#include "special_others.h"

#include "ref/exact.h"

static int mistakes;

/* An infinite gradient's or a number's bits; a -0 beside 0 only where the line says so. */
static void check_out(const line *l, lp_exact *e, lp_out out, const double *want) {
    for (int64_t i = 0; i < lp_exact_len(e, out); i++) {
        bool open;
        double got = lp_exact_round(e, out, i, LP_BINARY64, LP_ROUND_NEAREST, &open);
        lp_measure m;
        lp_exact_measure(&m, e, out, i, want[i]);
        bool kind = isfinite(want[i]) || lp_exact_kind(e, out, i) != LP_KIND_NUMBER ||
                    (isinf(want[i]) && (fabs(l->in[0]) == BIG || l->in[0] == 0x1p-1074));
        if (same(got, want[i]) && !open && kind && same(m.want, want[i])) continue;
        printf("%s: %s[%ld] = %a, wants %a\n", l->what, lp_out_name(out), (long)i, got, want[i]);
        mistakes++;
    }
}

static void check_rows(const line *row, size_t rows) {
    for (size_t i = 0; i < rows; i++) {
        const line *l = &row[i];
        lp_case c;
        lp_error err;
        build_line(&c, l, LP_BINARY64);
        lp_exact *e = lp_exact_new(&c, &err);
        assert_int_equal(lp_exact_status(e), LP_OK);
        bool value = lp_op_get(l->op)->group == 'B';
        check_out(l, e, value ? LP_OUT_VALUE : LP_OUT_LOSS, l->first);
        check_out(l, e, LP_OUT_GRAD, l->grad);
        check_out(l, e, LP_OUT_GRAD_P, l->grad_p);
        lp_exact_free(e);
        lp_case_clear(&c);
    }
}

static void test_table(void **state) {
    (void)state;
    check_rows(special_logits, sizeof special_logits / sizeof *special_logits);
    check_rows(special_others, sizeof special_others / sizeof *special_others);
    assert_int_equal(mistakes, 0);
}

/* Answers next to a number whose side only the sign of a rest tells, far below any precision: the
 * directed modes must step to the neighbour on that side, and not beyond. */
static const struct {
    const char *what;
    lp_op op;
    double z;
    int64_t label;
    double gamma;
    lp_out out;
    double near;
    int side;
} far_out[] = {
    {"sigmoid(800)", SIG, 800, 0, 0, LP_OUT_VALUE, 1, -1},
    {"sigmoid(1e300)", SIG, 1e300, 0, 0, LP_OUT_VALUE, 1, -1},
    {"softplus(800)", PLUS, 800, 0, 0, LP_OUT_VALUE, 800, 1},
    {"softplus(-1e300)", PLUS, -1e300, 0, 0, LP_OUT_VALUE, 0, 1},
    {"softplus(1e300), slope", PLUS, 1e300, 0, 0, LP_OUT_GRAD, 1, -1},
    {"log_sigmoid(-1e300)", LOGSIG, -1e300, 0, 0, LP_OUT_VALUE, -1e300, -1},
    {"log_sigmoid(1e300)", LOGSIG, 1e300, 0, 0, LP_OUT_VALUE, 0, -1},
    {"margin(-1e300)", MARGIN, -1e300, 1, 0, LP_OUT_LOSS, 1e300, 1},
    {"margin(1e300)", MARGIN, 1e300, 1, 0, LP_OUT_LOSS, 0, 1},
    {"margin(-1e300), slope", MARGIN, -1e300, 1, 0, LP_OUT_GRAD, -1, 1},
    {"margin(1e300), slope", MARGIN, 1e300, -1, 0, LP_OUT_GRAD, 1, -1},
    {"focal, 1 < gamma |x|", FOCAL, -0x1p100, 1, 2, LP_OUT_LOSS, 0x1p100, -1},
    {"focal, 1 > gamma |x|", FOCAL, -0x1p100, 1, 0x1p-200, LP_OUT_LOSS, 0x1p100, 1},
    {"focal slope, gamma + 1 < gamma |x|", FOCAL, 0x1p100, 0, 2, LP_OUT_GRAD, 1, 1},
    {"focal slope, gamma + 1 > gamma |x|", FOCAL, 0x1p100, 0, 0x1p-200, LP_OUT_GRAD, 1, -1},
    {"focal, gamma 0", FOCAL, -0x1p100, 1, 0, LP_OUT_LOSS, 0x1p100, 1},
    {"focal slope, gamma 0", FOCAL, -0x1p100, 1, 0, LP_OUT_GRAD, -1, 1},
    {"squared sigmoid, next to 1/8", MSE, 1e300, 0, 0, LP_OUT_LOSS, 0.125, -1},
    {"squared sigmoid below, next to 1/8", MSE, -1e300, 0, 0, LP_OUT_LOSS, 0.125, -1},
    {"squared sigmoid, its slope", MSE, 1e300, 0, 0, LP_OUT_GRAD, 0, 1},
    {"focal, p next to 1", FOCAL, 0x1p100, 1, 0x1p60, LP_OUT_LOSS, 0, 1},
};

/* Component i of the line is next to x, above (1), below (-1) or equal to it (0). */
static void check_side(const line *l, lp_out out, int64_t i, double x, int side) {
    const lp_format *f = lp_format_get(LP_BINARY64);
    double down = side < 0 ? lp_format_below(f, x) : x, up = side > 0 ? lp_format_above(f, x) : x;
    lp_case c;
    build_line(&c, l, LP_BINARY64);
    if (lp_op_get(l->op)->label == LP_LABEL_NONE) assert_null(c.label);
    lp_exact *e = lp_exact_new(&c, NULL);
    for (int mode = 0; mode < LP_ROUNDING_COUNT; mode++) {
        bool open;
        double got = lp_exact_round(e, out, i, LP_BINARY64, (lp_rounding)mode, &open);
        double inner = fabs(down) < fabs(up) ? down : up;
        double want = mode == LP_ROUND_UP     ? up
                      : mode == LP_ROUND_DOWN ? down
                      : mode == LP_ROUND_ZERO ? inner
                                              : x;
        if (got != want || open)
            printf("%s, %s: %a\n", l->what, lp_rounding_name((lp_rounding)mode), got);
        assert_true(got == want && !open);
    }
    lp_exact_free(e);
    lp_case_clear(&c);
}

static void test_far_sides(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof far_out / sizeof *far_out; i++) {
        line l = {far_out[i].what, far_out[i].op, 1, {far_out[i].z}, .label = far_out[i].label};
        if (l.op == MSE) l.with = true, l.other[0] = 0.5;
        if (l.op == FOCAL) l.set = LP_PARAM_BIT(LP_PARAM_GAMMA);
        l.param[LP_PARAM_GAMMA] = far_out[i].gamma;
        check_side(&l, far_out[i].out, 0, far_out[i].near, far_out[i].side);
    }
}

/* Rows with z_loss whose other class is out of MPFR's range, and capped ones at the ends. */
static const struct {
    line l;
    lp_out out;
    int64_t i;
    double near;
    int side;
} far_row[] = {
    {{"16 and (1 + 8) log S", XENT, 2, {4, -1e300}, ZL(1)}, LP_OUT_LOSS, 0, 16, 1},
    {{"16 and (1 - 8) log S", XENT, 2, {-4, -1e300}, ZL(1)}, LP_OUT_LOSS, 0, 16, -1},
    {{"(1 - 1) log S + log^2 S / 2", XENT, 2, {-1, -1e300}, ZL(0.5)}, LP_OUT_LOSS, 0, 0.5, 1},
    {{"8 - x (9 - 2)", XENT, 2, {4, -1e300}, ZL(1)}, LP_OUT_GRAD, 0, 8, -1},
    {{"-8 + x (7 + 2)", XENT, 2, {-4, -1e300}, ZL(1)}, LP_OUT_GRAD, 0, -8, 1},
    {{"0 - x^2 / 2", XENT, 2, {0, -1e300}, ZL(0.5)}, LP_OUT_GRAD, 0, 0, -1},
    {{"a class far below", XENT, 2, {-4, -1e300}, ZL(1)}, LP_OUT_GRAD, 1, 0, -1},
    {{"2 s and e^-2s", XENT, 2, {I, -I}, .label = 1, CAP(1e15)}, LP_OUT_LOSS, 0, 2e15, 1},
    {{"e^-2s", XENT, 2, {I, -I}, CAP(1e15)}, LP_OUT_LOSS, 0, 0, 1},
    {{"s and e^-s, at 0", XENT, 2, {0, -I}, CAP(1e15)}, LP_OUT_GRAD, 0, 0, -1},
    {{"a lone class behind a wide cap",
      XENT,
      2,
      {1, 2},
      CAP(1e300),
      .label = 1,
      .temperature = 0x1p-20},
     LP_OUT_GRAD,
     1,
     0,
     -1},
};

static void test_far_rows(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof far_row / sizeof *far_row; i++)
        check_side(&far_row[i].l, far_row[i].out, far_row[i].i, far_row[i].near, far_row[i].side);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table),
                                       cmocka_unit_test(test_far_sides),
                                       cmocka_unit_test(test_far_rows)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
