/* info_nce and linear_xent, one number over all rows: the exemplars on ordinary data against long
 * double, the textbook's special values exactly, and the mutants' exemplar without a fault bit for
 * bit. All sides are SIDE, so that every array lies alike. */
#include "tests/subjects/lab.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define SIDE   3
#define SPREAD 8 /* logits lie in [-4, 4] */
#define INF    (double)INFINITY
#define TAU    0.5

/* As in t_ordinary.c, with the SIDE products of a logit, their errors amplified by exp. */
static void assert_close(double got, long double exact, long double magnitude, uint32_t format) {
    const double u = format == LP_BINARY32 ? FLT_EPSILON / 2.0 : DBL_EPSILON / 2.0;
    const long double bound =
        2 * u * (SPREAD * (1 + SIDE) + 4 * 8 + 2 * SIDE * SIDE + 8) * magnitude;
    if (!(fabsl(got - exact) <= bound))
        fail_msg("got %.17g, exact %.17Lg, bound %.3Lg", got, exact, bound);
}

static const lp_entry *stage(lab *l, const lp_subject *subject, lp_op op, lp_format_id format) {
    const bool linear = op == LP_OP_LINEAR_XENT;
    const lp_entry *entry = lab_entry(subject, linear ? "linear_xent" : "info_nce", format);
    assert_non_null(entry);
    lab_init(l, op, entry, SIDE, SIDE, 0);
    l->call.d = linear ? SIDE : 0;
    if (linear) {
        lab_fill(l, LP_IN_X, -1, 1);
        lab_fill(l, LP_IN_W, -1, 1);
        lab_fill(l, LP_IN_B, -1, 1);
    } else {
        lab_fill(l, LP_IN_SIM, -2, 2);
    }
    for (int i = 0; i < SIDE; i++) l->label[i] = (i + 1) % SIDE;
    return entry;
}

/* --- ordinary data ------------------------------------------------------------------------------
 */

typedef struct shares {
    long double p[SIDE][SIDE], loss;
} shares;

static shares of_rows(long double z[SIDE][SIDE], const int64_t *label) {
    shares s = {.loss = 0};
    for (int i = 0; i < SIDE; i++) {
        long double sum = 0;
        for (int j = 0; j < SIDE; j++) sum += expl(z[i][j]);
        for (int j = 0; j < SIDE; j++) s.p[i][j] = expl(z[i][j]) / sum;
        s.loss += (logl(sum) - z[i][label[i]]) / SIDE;
    }
    return s;
}

static void check_contrast(const lab *l, bool both) {
    const double tau = both ? 1 : TAU;
    static const int64_t place[SIDE] = {0, 1, 2};
    long double row[SIDE][SIDE], column[SIDE][SIDE], grad_tau = 0;
    for (int i = 0; i < SIDE; i++)
        for (int j = 0; j < SIDE; j++)
            row[i][j] = column[j][i] = lab_get(l, LP_IN_SIM, i, j) / (long double)tau;
    const shares r = of_rows(row, place), c = both ? of_rows(column, place) : r;
    assert_close(lab_out(l, LP_OUT_LOSS, 0, 0), (r.loss + c.loss) / 2, SPREAD + 2, l->call.format);
    for (int i = 0; i < SIDE; i++)
        for (int j = 0; j < SIDE; j++) {
            const long double p = (r.p[i][j] + (both ? c.p[j][i] : r.p[i][j])) / 2;
            const long double g = (p - (i == j)) / (SIDE * tau);
            grad_tau -= lab_get(l, LP_IN_SIM, i, j) * g / tau;
            assert_close(lab_out(l, LP_OUT_GRAD, i, j), g, 2 / (SIDE * tau), l->call.format);
        }
    /* sum of |S| (p + [i = j]) <= 2 (SIDE + SIDE), over N tau^2 */
    assert_close(lab_out(l, LP_OUT_GRAD_TAU, 0, 0), grad_tau, 4 / (tau * tau), l->call.format);
}

static void check_linear(const lab *l) {
    long double z[SIDE][SIDE];
    for (int i = 0; i < SIDE; i++)
        for (int j = 0; j < SIDE; j++) {
            z[i][j] = lab_get(l, LP_IN_B, 0, j);
            for (int d = 0; d < SIDE; d++)
                z[i][j] += (long double)lab_get(l, LP_IN_X, i, d) * lab_get(l, LP_IN_W, j, d);
        }
    const shares s = of_rows(z, l->label);
    assert_close(lab_out(l, LP_OUT_LOSS, 0, 0), s.loss, SPREAD + 2, l->call.format);
    for (int i = 0; i < SIDE; i++) {
        long double bias = 0;
        for (int r = 0; r < SIDE; r++) bias += (s.p[r][i] - (l->label[r] == i)) / SIDE;
        assert_close(lab_out(l, LP_OUT_GRAD_B, 0, i), bias, 2, l->call.format);
        for (int d = 0; d < SIDE; d++) {
            long double x = 0, w = 0;
            for (int j = 0; j < SIDE; j++) {
                x += (s.p[i][j] - (l->label[i] == j)) * lab_get(l, LP_IN_W, j, d) / SIDE;
                w += (s.p[j][i] - (l->label[j] == i)) * lab_get(l, LP_IN_X, j, d) / SIDE;
            }
            assert_close(lab_out(l, LP_OUT_GRAD_X, i, d), x, 2, l->call.format);
            assert_close(lab_out(l, LP_OUT_GRAD_W, i, d), w, 2, l->call.format);
        }
    }
}

static void ordinary(const char *name) {
    const lp_subject *subject = lab_load(name)();
    for (int format = LP_BINARY64; format <= LP_BINARY32; format++) {
        lab l;
        for (int both = 0; both < 2; both++) {
            const lp_entry *entry = stage(&l, subject, LP_OP_INFO_NCE, (lp_format_id)format);
            lab_param(&l, both ? LP_PARAM_SYMMETRIC : LP_PARAM_TEMPERATURE, both ? 1 : TAU);
            if (!(entry->params & l.call.set)) continue;
            assert_int_equal(entry->run(&l.call), LP_OK);
            check_contrast(&l, both);
        }
        const lp_entry *entry = stage(&l, subject, LP_OP_LINEAR_XENT, (lp_format_id)format);
        assert_int_equal(entry->run(&l.call), LP_OK);
        check_linear(&l);
    }
}

static void test_ordinary(void **state) {
    (void)state;
    ordinary("textbook");
    ordinary("naive");
}

/* --- special values -----------------------------------------------------------------------------
 */

static void assert_exact(double got, double want, const char *what, unsigned row) {
    if (!(got == want || (isnan(got) && isnan(want))) || (want == 0 && signbit(got)))
        fail_msg("%s, row %u: got %g, want %g", what, row, got, want);
}

/* Two rows, temperature 1. */
static void test_contrast_specials(void **state) {
    static const struct {
        double s[4], loss, tau, grad[4];
    } rows[] = {
        {{0, -INF, -INF, 0}, 0, 0, {0, 0, 0, 0}},
        {{-INF, 0, 0, 0}, INF, -INF, {-0.5, 0.5, 0.25, -0.25}},
        {{NAN, 0, 0, 0}, NAN, NAN, {NAN, NAN, 0.25, -0.25}},
        {{0, 0, INF, 0}, NAN, NAN, {-0.25, 0.25, NAN, NAN}},
        {{-INF, -INF, 0, 0}, NAN, NAN, {NAN, NAN, 0.25, -0.25}},
    };
    const lp_subject *subject = lab_load("textbook")();
    (void)state;
    for (unsigned t = 0; t < sizeof rows / sizeof *rows; t++)
        for (int format = LP_BINARY64; format <= LP_BINARY32; format++) {
            const lp_entry *entry = lab_entry(subject, "info_nce", (lp_format_id)format);
            lab l;
            lab_init(&l, LP_OP_INFO_NCE, entry, 2, 2, 0);
            lab_give(&l, LP_IN_SIM);
            for (int i = 0; i < 4; i++) lab_set(&l, LP_IN_SIM, i / 2, i % 2, rows[t].s[i]);
            assert_int_equal(entry->run(&l.call), LP_OK);
            assert_exact(lab_out(&l, LP_OUT_LOSS, 0, 0), rows[t].loss, "info_nce", t);
            assert_exact(lab_out(&l, LP_OUT_GRAD_TAU, 0, 0), rows[t].tau, "info_nce tau", t);
            for (int i = 0; i < 4; i++)
                assert_exact(lab_out(&l, LP_OUT_GRAD, i / 2, i % 2), rows[t].grad[i], "grad", t);
        }
}

/* Weights 0, a bias of -inf at class 1: rows of label 0 lose nothing. */
static void test_linear_specials(void **state) {
    enum { PLAIN, IGNORED_NAN, NAN_ROW, MASKED_LABEL, NO_ROW, NO_ROW_ZERO, SCENES };
    static const struct {
        double loss, x, w, b; /* grad_x of row 0, grad_w and grad_b of class 0 */
    } want[SCENES] = {{0, 0, 0, 0},       {0, 0, 0, 0},   {NAN, NAN, NAN, NAN},
                      {INF, 0, 0.5, 0.5}, {NAN, 0, 0, 0}, {0, 0, 0, 0}};
    const lp_subject *subject = lab_load("textbook")();
    (void)state;
    for (unsigned t = 0; t < SCENES; t++)
        for (int format = LP_BINARY64; format <= LP_BINARY32; format++) {
            const lp_entry *entry = lab_entry(subject, "linear_xent", (lp_format_id)format);
            const bool none = t == NO_ROW || t == NO_ROW_ZERO;
            lab l;
            lab_init(&l, LP_OP_LINEAR_XENT, entry, none ? 0 : 2, 2, 0);
            l.call.d = 1;
            for (int r = LP_IN_LOGITS; r < LP_IN_COUNT; r++)
                if (r == LP_IN_X || r == LP_IN_W || r == LP_IN_B) lab_give(&l, (lp_in)r);
            for (int i = 0; i < 2; i++) {
                lab_set(&l, LP_IN_X, i, 0, 1);
                lab_set(&l, LP_IN_W, i, 0, 0);
                lab_set(&l, LP_IN_B, 0, i, i ? -INF : 0);
                l.label[i] = 0;
            }
            if (t == IGNORED_NAN || t == NAN_ROW) lab_set(&l, LP_IN_X, 0, 0, NAN);
            if (t == IGNORED_NAN || t == MASKED_LABEL) l.label[0] = 1;
            if (t == IGNORED_NAN) {
                l.call.set |= LP_PARAM_BIT(LP_PARAM_IGNORE_INDEX);
                l.call.ignore_index = 1;
            }
            if (t == NO_ROW_ZERO) lab_param(&l, LP_PARAM_EMPTY_MEAN, 1);
            assert_int_equal(entry->run(&l.call), LP_OK);
            assert_exact(lab_out(&l, LP_OUT_LOSS, 0, 0), want[t].loss, "linear_xent", t);
            if (!none) assert_exact(lab_out(&l, LP_OUT_GRAD_X, 0, 0), want[t].x, "grad_x", t);
            assert_exact(lab_out(&l, LP_OUT_GRAD_W, 0, 0), want[t].w, "grad_w", t);
            assert_exact(lab_out(&l, LP_OUT_GRAD_B, 0, 0), want[t].b, "grad_b", t);
        }
}

/* A refused call writes nothing. */
static void test_refusals(void **state) {
    const lp_subject *subject = lab_load("textbook")();
    lab l;
    (void)state;
    const lp_entry *entry = stage(&l, subject, LP_OP_LINEAR_XENT, LP_BINARY64);
    l.label[1] = SIDE;
    lab before = l;
    assert_int_equal(entry->run(&l.call), LP_E_LABEL);
    assert_true(lab_same(&l, &before));
    entry = stage(&l, subject, LP_OP_INFO_NCE, LP_BINARY64);
    lab_param(&l, LP_PARAM_TEMPERATURE, 0);
    before = l;
    assert_int_equal(entry->run(&l.call), LP_E_ARGUMENT);
    assert_true(lab_same(&l, &before));
}

/* --- the mutants' exemplar ----------------------------------------------------------------------
 */

static void test_control_is_the_textbook(void **state) {
    static const double odd[] = {0, NAN, INF, -INF, 800, -1e8};
    static const lp_op ops[] = {LP_OP_INFO_NCE, LP_OP_LINEAR_XENT};
    const lp_subject *textbook = lab_load("textbook")();
    (void)state;
    setenv("LOSSPROOF_MUTANT", "control", 1);
    const lp_subject *control = lab_load("mutants")();
    for (int o = 0; o < 2; o++)
        for (int format = LP_BINARY64; format <= LP_BINARY32; format++)
            for (unsigned t = 0; t < sizeof odd / sizeof *odd; t++) {
                const lp_in role = o ? LP_IN_X : LP_IN_SIM;
                lab a, b;
                const lp_entry *plain = stage(&a, textbook, ops[o], (lp_format_id)format);
                lab_set(&a, role, 1, 0, odd[t]);
                stage(&b, textbook, ops[o], (lp_format_id)format);
                lab_set(&b, role, 1, 0, odd[t]);
                const lp_entry *sound = lab_entry(control, plain->op, (lp_format_id)format);
                assert_non_null(sound);
                assert_int_equal(plain->run(&a.call), sound->run(&b.call));
                for (int r = 0; r < LP_OUT_COUNT; r++)
                    for (int64_t i = 0; a.call.out[r].data && i < SIDE; i++)
                        for (int64_t j = 0; j < (r == LP_OUT_LOSS ? 1 : SIDE); j++) {
                            const double x = lab_out(&a, (lp_out)r, i, j);
                            const double y = lab_out(&b, (lp_out)r, i, j);
                            assert_true(x == y || (isnan(x) && isnan(y)));
                        }
            }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ordinary),
        cmocka_unit_test(test_contrast_specials),
        cmocka_unit_test(test_linear_specials),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_control_is_the_textbook),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
