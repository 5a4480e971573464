/* Section 2 for the means of cross-entropies, info_nce and linear_xent: special values, sums of
 * shares that are rational, in every rounding mode; errors; upstream. */
#include "check.h"

#include "ref/exact.h"

#include <math.h>
#include <string.h>

#define I    INFINITY
#define N    NAN
#define SOME 12345.0 /* a number that the line says nothing of */
#define MOST 36

#define SYM   LP_PARAM_BIT(LP_PARAM_SYMMETRIC)
#define LIMIT LP_PARAM_BIT(LP_PARAM_SPECIAL)
#define BITS  LP_PARAM_BIT(LP_PARAM_BASE)
#define EMPTY LP_PARAM_BIT(LP_PARAM_EMPTY_MEAN)
#define ROWS  LP_PARAM_BIT(LP_PARAM_BAD_LABEL)
#define SKIP  LP_PARAM_BIT(LP_PARAM_IGNORE_INDEX) /* label 7 */

/* Options of a line are all 1. */
typedef struct line {
    const char *what;
    lp_op op;
    int64_t n, k, d;
    uint64_t set;
    double a[MOST], w[MOST], b[6]; /* a: the similarities, or X */
    int64_t label[6];
    double loss, grad[MOST], grad_w[MOST], grad_b[6]; /* grad: of a; grad_b[0]: of tau */
} line;

#define NCE(n)          LP_OP_INFO_NCE, n, n, 0
#define LINEAR(n, k, d) LP_OP_LINEAR_XENT, n, k, d

/* clang-format off */
static const line table[] = {
    {"one row", NCE(1), 0, {3.5}, .loss = 0, .grad = {0}, .grad_b = {0}},
    {"one row, symmetric", NCE(1), SYM, {3.5}, .loss = 0, .grad = {0}, .grad_b = {0}},
    {"one row at -inf", NCE(1), 0, {-I}, .loss = N, .grad = {N}, .grad_b = {N}},
    {"one row at inf", NCE(1), 0, {I}, .loss = N, .grad = {N}, .grad_b = {N}},
    {"one point mass", NCE(1), LIMIT, {I}, .loss = 0, .grad = {0}, .grad_b = {0}},
    {"equal", NCE(2), 0, {5, 5, 5, 5}, .loss = SOME, .grad = {-0.25, 0.25, 0.25, -0.25}, .grad_b = {0}},
    {"equal, symmetric", NCE(2), SYM, {5, 5, 5, 5}, .loss = SOME, .grad = {-0.25, 0.25, 0.25, -0.25},
     .grad_b = {0}},
    {"equal rows", NCE(2), 0, {5, 5, 1, 1}, .loss = SOME, .grad = {-0.25, 0.25, 0.25, -0.25}, .grad_b = {0}},
    {"one bit", NCE(2), BITS, {5, 5, 1, 1}, .loss = 1, .grad = {SOME, SOME, SOME, SOME}, .grad_b = {0}},
    {"the others masked", NCE(2), 0, {0, -I, -I, 3}, .loss = 0, .grad = {0, 0, 0, 0}, .grad_b = {0}},
    {"the others masked, symmetric", NCE(2), SYM, {0, -I, -I, 3}, .loss = 0, .grad = {0}, .grad_b = {0}},
    {"one masked", NCE(2), SYM, {0, -I, 0, 0}, .loss = SOME, .grad = {-0.125, 0, 0.25, -0.125}, .grad_b = {0}},
    {"labels at -inf", NCE(2), 0, {-I, 0, 0, -I}, .loss = I, .grad = {-0.5, 0.5, 0.5, -0.5}, .grad_b = {-I}},
    {"labels at -inf, symmetric", NCE(2), SYM, {-I, 0, 0, -I}, .loss = I, .grad = {-0.5, 0.5, 0.5, -0.5},
     .grad_b = {-I}},
    {"a NaN", NCE(2), 0, {0, N, 0, 0}, .loss = N, .grad = {N, N, 0.25, -0.25}, .grad_b = {N}},
    {"a NaN, symmetric", NCE(2), SYM, {0, N, 0, 0}, .loss = N, .grad = {N, N, 0.25, N}, .grad_b = {N}},
    {"NaN before a label at -inf", NCE(2), 0, {-I, 0, N, 0}, .loss = N, .grad = {-0.5, 0.5, N, N}, .grad_b = {N}},
    {"inf", NCE(2), 0, {0, I, 0, 0}, .loss = N, .grad = {N, N, 0.25, -0.25}, .grad_b = {N}},
    {"a row of -inf", NCE(2), 0, {-I, -I, 0, 0}, .loss = N, .grad = {N, N, 0.25, -0.25}, .grad_b = {N}},
    {"a wrong point mass", NCE(2), LIMIT, {0, I, 0, 0}, .loss = I, .grad = {-0.5, 0.5, 0.25, -0.25},
     .grad_b = {-I}},
    {"a right point mass", NCE(2), LIMIT, {I, 0, 0, 0}, .loss = SOME, .grad = {0, 0, 0.25, -0.25}, .grad_b = {0}},
    {"two of them", NCE(2), LIMIT, {I, I, 0, 0}, .loss = N, .grad = {N, N, 0.25, -0.25}, .grad_b = {N}},
    {"a point mass in row and column", NCE(2), SYM | LIMIT, {I, 0, 0, 0}, .loss = SOME,
     .grad = {0, 0.125, 0.125, -0.25}, .grad_b = {0}},
    {"shares that add up to 1", NCE(2), SYM, {1, 0, 0, -1}, .loss = SOME, .grad = {SOME, 0.25, 0.25, SOME},
     .grad_b = {SOME}},
    {"and far apart", NCE(2), SYM, {1e300, 0, 0, -1e300}, .loss = SOME, .grad = {SOME, 0.25, 0.25, SOME},
     .grad_b = {SOME}},
    /* Row 0: two on top, one below by 1; column 1: two, four above by 1: 1/2 of 1 / 12. */
    {"groups in proportion", NCE(6), SYM, {-I, 0, 0, -1, -I, -I, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0,
     0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0}, .loss = I, .grad = {SOME, 1 / 24.0, SOME, SOME, 0, 0, SOME,
     SOME, SOME, SOME, SOME, SOME, SOME, SOME, SOME, SOME, SOME, SOME, SOME, SOME, SOME, SOME, SOME, SOME,
     SOME, SOME, SOME, SOME, SOME, SOME, SOME, SOME, SOME, SOME, SOME, SOME}, .grad_b = {-I}},

    {"no features", LINEAR(1, 2, 0), 0, .label = {0}, .loss = SOME, .grad_b = {-0.5, 0.5}},
    {"one class", LINEAR(2, 1, 1), 0, {1e308, 2}, {1e308}, {3}, .loss = 0, .grad = {0}, .grad_w = {0},
     .grad_b = {0}},
    {"no row", LINEAR(0, 2, 1), 0, .w = {1, 2}, .loss = N, .grad_w = {0, 0}, .grad_b = {0, 0}},
    {"no row, zero", LINEAR(0, 2, 1), EMPTY, .w = {1, 2}, .loss = 0, .grad_w = {0, 0}, .grad_b = {0, 0}},
    {"all ignored", LINEAR(2, 2, 1), SKIP, {N, I}, {1, 2}, .label = {7, 7}, .loss = N, .grad = {0, 0},
     .grad_w = {0, 0}, .grad_b = {0, 0}},
    {"an ignored row of NaN", LINEAR(2, 2, 1), SKIP, {N, 0}, {1, 2}, .label = {7, 1}, .loss = SOME,
     .grad = {0, -0.5}, .grad_w = {0, 0}, .grad_b = {0.5, -0.5}},
    {"a row without a class", LINEAR(2, 2, 1), ROWS, {4, 0}, {1, 2}, .label = {5, 1}, .loss = N,
     .grad = {N, -0.25}, .grad_w = {N, N}, .grad_b = {N, N}},
    {"a NaN in X", LINEAR(2, 2, 1), 0, {N, 0}, {1, 2}, .label = {0, 1}, .loss = N, .grad = {N, -0.25},
     .grad_w = {N, N}, .grad_b = {N, N}},
    {"a NaN in W", LINEAR(1, 2, 1), 0, {0}, {N, 2}, .label = {1}, .loss = N, .grad = {N}, .grad_w = {N, N},
     .grad_b = {N, N}},
    {"0 times inf", LINEAR(1, 2, 1), 0, {0}, {I, 2}, .label = {1}, .loss = N, .grad = {N}, .grad_w = {N, N},
     .grad_b = {N, N}},
    {"inf less inf", LINEAR(1, 2, 2), 0, {1, 1}, {I, -I, 2, 2}, .label = {1}, .loss = N, .grad = {N, N},
     .grad_w = {N, N, N, N}, .grad_b = {N, N}},
    {"products that overflow and cancel", LINEAR(1, 2, 2), 0, {1e200, -1e200}, {1e200, 1e200, 0, 0},
     .label = {1}, .loss = SOME, .grad = {0.5e200, 0.5e200}, .grad_w = {0.5e200, -0.5e200, -0.5e200, 0.5e200},
     .grad_b = {0.5, -0.5}},
    {"a masked class", LINEAR(1, 3, 1), 0, {1}, {2, 2, 5}, {0, 0, -I}, {0}, .loss = SOME, .grad = {0},
     .grad_w = {-0.5, 0.5, 0}, .grad_b = {-0.5, 0.5, 0}},
    {"a masked label", LINEAR(1, 2, 1), 0, {3}, {2, 5}, {0, -I}, {1}, .loss = I, .grad = {-3},
     .grad_w = {3, -3}, .grad_b = {1, -1}},
    {"a mask by W", LINEAR(1, 2, 1), 0, {3}, {2, -I}, {0, 0}, {0}, .loss = 0, .grad = {0}, .grad_w = {0, 0},
     .grad_b = {0, 0}},
    {"the label masked by W", LINEAR(1, 2, 1), 0, {3}, {2, -I}, {0, 0}, {1}, .loss = I, .grad = {I},
     .grad_w = {3, -3}, .grad_b = {1, -1}},
    {"inf", LINEAR(1, 2, 1), 0, {3}, {2, 1}, {0, I}, {1}, .loss = N, .grad = {N}, .grad_w = {N, N},
     .grad_b = {N, N}},
    {"a right point mass", LINEAR(1, 2, 1), LIMIT, {3}, {2, I}, {0, 0}, {1}, .loss = 0, .grad = {0},
     .grad_w = {0, 0}, .grad_b = {0, 0}},
    {"a wrong point mass", LINEAR(1, 2, 1), LIMIT, {3}, {2, I}, {0, 0}, {0}, .loss = I, .grad = {I},
     .grad_w = {-3, 3}, .grad_b = {-1, 1}},
    {"an infinite x, a point mass", LINEAR(1, 2, 1), LIMIT, {I}, {1, -1}, {0, 0}, {1}, .loss = I,
     .grad = {2}, .grad_w = {I, -I}, .grad_b = {1, -1}},
    {"all at -inf", LINEAR(1, 2, 1), 0, {I}, {-1, -1}, {0, 0}, {1}, .loss = N, .grad = {N}, .grad_w = {N, N},
     .grad_b = {N, N}},
    {"equal weights", LINEAR(1, 2, 1), 0, {3}, {5, 5}, {0, 1}, {1}, .loss = SOME, .grad = {0},
     .grad_w = {SOME, SOME}, .grad_b = {SOME, SOME}},
    {"groups that cancel", LINEAR(1, 4, 1), 0, {0}, {1, 3, 1, 3}, {0, 0, -9, -9}, {0}, .loss = SOME,
     .grad = {1}, .grad_w = {0, 0, 0, 0}, .grad_b = {SOME, SOME, SOME, SOME}},
    {"rows that mirror each other", LINEAR(2, 2, 1), 0, {1, -1}, {1, 0}, .label = {0, 1}, .loss = SOME,
     .grad = {SOME, SOME}, .grad_w = {SOME, SOME}, .grad_b = {0, 0}},
    /* (1 + x)(1 + y) in rows 0 and 1, 1 + y in 2 and 3: the shares of class 0 add up to 1. */
    {"rows of two kinds", LINEAR(4, 4, 4), 0, {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1},
     {4, 3, 0, 0, 3, 4, 3, 3, 1, 1, 3, 3, 0, 0, 0, 0}, .label = {0, 1, 1, 1}, .loss = SOME,
     .grad = {SOME, SOME, SOME, SOME, SOME, SOME, SOME, SOME, SOME, SOME, SOME, SOME, SOME, SOME, SOME, SOME},
     .grad_w = {SOME, SOME, SOME, SOME, SOME, SOME, SOME, SOME, SOME, SOME, SOME, SOME, SOME, SOME, SOME, SOME},
     .grad_b = {0, SOME, SOME, SOME}},
    {"... of which first orders cancel", LINEAR(2, 4, 2), 0, {1, 0, 0, 1}, {0, -99999, -99999, 0, -199999, 0,
     -299999, 0}, .label = {0, 1}, .loss = SOME, .grad = {SOME, SOME, SOME, SOME},
     .grad_w = {SOME, SOME, SOME, SOME, SOME, SOME, SOME, SOME}, .grad_b = {SOME, SOME, SOME, SOME}},
};
/* clang-format on */

static void fill(lp_case *c, lp_in role, const double *x) {
    if (lp_case_in_len(c, role) == 0 && c->n > 0 && role != LP_IN_X && role != LP_IN_W) return;
    double *to = lp_case_alloc(c, role);
    for (int64_t i = 0; i < lp_case_in_len(c, role); i++) to[i] = x[i];
}

static void build(lp_case *c, const line *l) {
    lp_case_init(c, l->op);
    c->n = l->n;
    c->k = c->stride = l->k;
    c->d = l->d;
    if (l->op == LP_OP_INFO_NCE) {
        fill(c, LP_IN_SIM, l->a);
    } else {
        fill(c, LP_IN_X, l->a);
        fill(c, LP_IN_W, l->w);
        fill(c, LP_IN_B, l->b);
        int64_t *label = lp_case_alloc_label(c);
        for (int64_t i = 0; i < l->n; i++) label[i] = l->label[i];
    }
    for (int p = 0; p < LP_PARAM_WEIGHTS; p++)
        if (l->set & LP_PARAM_BIT(p)) lp_case_set(c, (lp_param)p, 1);
    if (l->set & SKIP) lp_case_set(c, LP_PARAM_IGNORE_INDEX, 7);
}

/* All numbers of the table are of the format but one, 1/24. */
static bool right(double got, double want, lp_rounding mode) {
    if (want != 1 / 24.0 || mode == LP_ROUND_NEAREST) return same(got, want);
    bool low = fma(want, 24, -1) < 0;
    if (mode == LP_ROUND_UP) return same(got, low ? nextafter(want, 1) : want);
    return same(got, low ? want : nextafter(want, 0));
}

static void check_output(lp_exact *e, lp_out out, const double *want, const char *what) {
    for (int64_t i = 0; i < lp_exact_len(e, out); i++)
        for (int mode = 0; mode < LP_ROUNDING_COUNT; mode++) {
            bool open;
            double x = lp_exact_round(e, out, i, LP_BINARY64, (lp_rounding)mode, &open);
            bool good =
                want[i] == SOME ? isfinite(x) || isinf(x) : right(x, want[i], (lp_rounding)mode);
            if (!good || open)
                fail_msg("%s: %s[%ld] mode %d: %a%s", what, lp_out_name(out), (long)i, mode, x,
                         open ? ", undecided" : "");
        }
}

static void test_table(void **state) {
    (void)state;
    for (size_t t = 0; t < sizeof table / sizeof *table; t++) {
        const line *l = &table[t];
        lp_case c;
        lp_error err;
        lp_answer a;
        build(&c, l);
        if (!lp_case_check(&c, &err)) fail_msg("%s: %s", l->what, err.text);
        lp_exact *e = lp_exact_new(&c, &err);
        assert_int_equal(lp_exact_status(e), LP_OK);
        assert_int_equal(lp_exact_len(e, LP_OUT_LOSS), 1);
        bool nce = l->op == LP_OP_INFO_NCE;
        check_output(e, LP_OUT_LOSS, &l->loss, l->what);
        check_output(e, nce ? LP_OUT_GRAD : LP_OUT_GRAD_X, l->grad, l->what);
        check_output(e, LP_OUT_GRAD_W, l->grad_w, l->what);
        check_output(e, nce ? LP_OUT_GRAD_TAU : LP_OUT_GRAD_B, l->grad_b, l->what);
        lp_answer_init(&a);
        assert_int_equal(lp_exact_answer(&a, e), 0);
        assert_true(l->loss == SOME || same(a.out[LP_OUT_LOSS][0], l->loss));
        lp_answer_clear(&a);
        lp_exact_free(e);
        lp_case_clear(&c);
    }
}

static const double pair[4] = {1, 0, 0, -1};

static lp_exact *with_upstream(lp_case *c, double up, uint64_t set) {
    lp_error err;
    line l = {"", NCE(2), set, .loss = 0};
    memcpy(l.a, pair, sizeof pair);
    build(c, &l);
    lp_case_alloc(c, LP_IN_UPSTREAM)[0] = up;
    return lp_exact_new(c, &err);
}

/* The gradients times it, the loss not; beside infinity the sign of the exact one. */
static void test_upstream(void **state) {
    static const struct {
        double up, grad[4], tau;
    } some[] = {{8, {SOME, 2, 2, SOME}, SOME},
                {0, {0, 0, 0, 0}, 0},
                {-I, {I, -I, -I, I}, I},
                {I, {-I, I, I, -I}, -I},
                {N, {N, N, N, N}, N}};
    (void)state;
    for (size_t t = 0; t < sizeof some / sizeof *some; t++) {
        lp_case c;
        lp_exact *e = with_upstream(&c, some[t].up, SYM);
        check_output(e, LP_OUT_GRAD, some[t].grad, "upstream");
        check_output(e, LP_OUT_GRAD_TAU, &some[t].tau, "upstream");
        assert_int_equal(lp_exact_kind(e, LP_OUT_LOSS, 0), LP_KIND_NUMBER);
        lp_exact_free(e);
        lp_case_clear(&c);
    }
}

static lp_status status_of(lp_case *c) {
    lp_error err;
    lp_exact *e = lp_exact_new(c, &err);
    lp_status status = lp_exact_status(e);
    lp_exact_free(e);
    lp_case_clear(c);
    return status;
}

static void test_errors(void **state) {
    static const double t[] = {0, -0.0, -1, N, I};
    (void)state;
    lp_case c;
    for (int i = 0; i < 5; i++) {
        line l = {"", NCE(1), 0, {N}, .loss = 0};
        build(&c, &l);
        lp_case_set(&c, LP_PARAM_TEMPERATURE, t[i]);
        assert_int_equal(status_of(&c), LP_E_ARGUMENT);
    }
    line none = {"", NCE(0), 0, .loss = 0},
         bad = {"", LINEAR(2, 2, 1), SKIP, {N, 0}, {1, 2}, .label = {7, 2}};
    build(&c, &none); /* K = 0 */
    assert_int_equal(status_of(&c), LP_E_ARGUMENT);
    build(&c, &bad);
    assert_int_equal(status_of(&c), LP_E_LABEL);
    line oblong = {"", NCE(2), 0, .loss = 0};
    build(&c, &oblong);
    c.k = 3; /* as lp_ref_call may be asked */
    assert_int_equal(status_of(&c), LP_E_ARGUMENT);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table),
                                       cmocka_unit_test(test_upstream),
                                       cmocka_unit_test(test_errors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
