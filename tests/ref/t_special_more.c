/* Section 2 for the operations that take more than a row of logits and one of targets: whole cases,
 * inputs and outputs in the order of the operation table, and the answer's bits. */
#include "check.h"

#include "ref/exact.h"

#include <float.h>
#include <math.h>

#define I   INFINITY
#define N   NAN
#define BIG DBL_MAX
#define LN2 0x1.62e42fefa39efp-1

#define MOST 9

typedef struct entry {
    const char *what;
    lp_op op;
    int64_t n, k, d;
    double in[3][MOST]; /* NULL where absent: see inputs */
    int64_t label[3];
    uint64_t set; /* scalar parameters */
    double param[LP_PARAM_WEIGHTS];
    lp_status status;
    double out[4][MOST];
    uint64_t arrays; /* optional inputs that are there, 1 << role */
    bool ignores;
    int64_t ignore;
} entry;

/* Roles of in[0], in[1], in[2]. */
static const struct {
    lp_op op;
    int count;
    lp_in role[3];
} inputs[] = {{LP_OP_POLICY_GRAD, 2, {LP_IN_LOGITS, LP_IN_ADVANTAGE}},
              {LP_OP_DISTILL, 2, {LP_IN_LOGITS, LP_IN_TEACHER}}};

#define BIT(p) LP_PARAM_BIT(LP_PARAM_##p)
#define A(a)   .set = BIT(ADVANTAGE), .param = {[LP_PARAM_ADVANTAGE] = (a)}
#define B(b)   .set = BIT(ENTROPY_WEIGHT), .param = {[LP_PARAM_ENTROPY_WEIGHT] = (b)}
#define AB(a, b)                                                                                   \
    .set = BIT(ADVANTAGE) | BIT(ENTROPY_WEIGHT),                                                   \
    .param = {[LP_PARAM_ADVANTAGE] = (a), [LP_PARAM_ENTROPY_WEIGHT] = (b)}
#define EACH .arrays = 1u << LP_IN_ADVANTAGE
#define MIX(m)                                                                                     \
    .set = BIT(MIX) | BIT(FORM) | BIT(TEMPERATURE),                                                \
    .param = {[LP_PARAM_MIX] = (m), [LP_PARAM_FORM] = 1, [LP_PARAM_TEMPERATURE] = 2}
#define MIX_CE(m)                                                                                  \
    .set = BIT(MIX) | BIT(TEMPERATURE), .param = {[LP_PARAM_MIX] = (m), [LP_PARAM_TEMPERATURE] = 2}
#define ERROR .status = LP_E_ARGUMENT

/* clang-format off */
#define PG(n, k) LP_OP_POLICY_GRAD, n, k, 0
#define DI(n, k) LP_OP_DISTILL, n, k, 0
static const entry table[] = {
    {"plain", PG(1, 2), {{0, 0}}, .out = {{LN2}, {-.5, .5}}},
    {"advantage", PG(1, 2), {{0, 0}}, .label = {1}, A(-2), .out = {{-2 * LN2}, {-1, 1}}},
    {"advantages", PG(2, 2), {{0, 0, 0, 0}, {2, -1}}, EACH,
     .out = {{2 * LN2, -LN2}, {-1, 1, .5, -.5}}},
    {"entropy alone", PG(1, 2), {{0, 0}}, AB(0, 1), .out = {{-LN2}, {0, 0}}},
    {"advantage and entropy cancel", PG(1, 2), {{3, 3}}, AB(1, 1), .out = {{0}, {-.5, .5}}},
    {"... beside a mask", PG(1, 3), {{3, -I, 3}}, AB(.5, .5), .out = {{0}, {-.25, 0, .25}}},
    {"nothing at all", PG(1, 2), {{1, 2}}, AB(0, 0), .out = {{0}, {0, 0}}},
    {"one class", PG(1, 1), {{5}}, AB(3, 2), .out = {{0}, {0}}},
    {"one class left", PG(1, 3), {{-I, 5, -I}}, .label = {1}, AB(3, 2), .out = {{0}, {0, 0, 0}}},
    {"mask", PG(1, 3), {{0, -I, 0}}, AB(1, -1), .out = {{2 * LN2}, {-.5, 0, .5}}},
    {"action masked", PG(1, 3), {{-I, 0, 0}}, A(2), .out = {{I}, {-2, 1, 1}}},
    {"action masked, A < 0", PG(1, 3), {{-I, 0, 0}}, A(-2), .out = {{-I}, {2, -1, -1}}},
    {"action masked, A = 0", PG(1, 3), {{-I, 0, 0}}, A(0), .out = {{0}, {0, 0, 0}}},
    {"action masked, entropy", PG(1, 3), {{-I, 0, 0}}, AB(0, 1), .out = {{-LN2}, {0, 0, 0}}},
    {"action masked, entropy finite", PG(1, 3), {{-I, 0, 0}}, AB(1, -5), .out = {{I}, {-1, .5, .5}}},
    {"NaN beside A = 0", PG(1, 2), {{N, 0}}, AB(0, 0), .out = {{N}, {N, N}}},
    {"+inf", PG(1, 2), {{I, 0}}, AB(0, 0), .out = {{N}, {N, N}}},
    {"all -inf", PG(1, 2), {{-I, -I}}, B(1), .out = {{N}, {N, N}}},
    {"a NaN advantage", PG(2, 2), {{0, 0, 0, 0}, {N, 1}}, EACH,
     .out = {{N, LN2}, {N, N, -.5, .5}}},
    {"a NaN advantage, ignored", PG(2, 2), {{0, 0, 0, 0}, {N, 1}}, .label = {-1, 0}, EACH,
     .ignores = true, .ignore = -1, .out = {{0, LN2}, {0, 0, -.5, .5}}},
    {"difference beyond reach", PG(1, 2), {{BIG, -BIG}}, .label = {1}, .out = {{I}, {1, -1}}},
    {"... within", PG(1, 2), {{BIG, -BIG}}, .label = {1}, A(.25), .out = {{BIG / 2}, {.25, -.25}}},
    {"far: -M", PG(1, 2), {{0, -0x1p100}}, AB(1, 1), .out = {{-0.0}, {0, -0.0}}},
    {"far: entropy's depth wins", PG(1, 2), {{0, -0x1p100}}, AB(2, 1), .out = {{-0.0}, {0, -0.0}}},
    {"far: advantage wins", PG(1, 2), {{0, -0x1p100}}, AB(1, 0x1p-200), .out = {{0}, {-0.0, 0}}},
    {"errors: label", PG(1, 2), {{0, 0}}, .label = {2}, .status = LP_E_LABEL},
    {"... A infinite", PG(1, 2), {{0, 0}}, A(I), ERROR},
    {"... A NaN", PG(1, 2), {{0, 0}}, A(N), ERROR},
    {"... b infinite", PG(1, 2), {{0, 0}}, B(-I), ERROR},
    {"... advantages infinite", PG(2, 2), {{0, 0, 0, 0}, {1, I}}, EACH, ERROR},
    {"... even in an ignored row", PG(2, 2), {{0, 0, 0, 0}, {1, I}}, .label = {0, 7}, EACH,
     .ignores = true, .ignore = 7, ERROR},
    {"mix = 1 is cross entropy", DI(1, 2), {{0, 0}, {5, 1}}, .label = {1}, .out = {{LN2}, {.5, -.5}}},
    {"student = teacher", DI(1, 2), {{1, 2}, {1, 2}}, MIX(0), .out = {{0}, {0, 0}}},
    {"... moved", DI(1, 3), {{1, 2, -I}, {7, 8, -I}}, MIX(0), .out = {{0}, {0, 0, 0}}},
    {"... moved beyond reach", DI(1, 2), {{-BIG, 0}, {0, BIG}}, MIX(0), .out = {{0}, {0, 0}}},
    {"form ce of equal rows", DI(1, 2), {{1, 1}, {3, 3}}, MIX_CE(0), .out = {{4 * LN2}, {0, 0}}},
    {"half of each", DI(1, 2), {{1, 1}, {3, 3}}, MIX_CE(.5), .out = {{2.5 * LN2}, {-.25, .25}}},
    {"half of each, kl", DI(1, 2), {{1, 1}, {3, 3}}, MIX(.5), .out = {{.5 * LN2}, {-.25, .25}}},
    {"the logarithms cancel", DI(1, 2), {{1, 1}, {3, 3}}, .set = BIT(MIX) | BIT(TEMPERATURE),
     .param = {[LP_PARAM_MIX] = 1.125, [LP_PARAM_TEMPERATURE] = 3}, .out = {{0}, {-.5625, .5625}}},
    {"no label needed", DI(1, 2), {{1, 1}, {3, 3}}, .label = {9}, MIX(0), .out = {{0}, {0, 0}}},
    {"a twin among three", DI(1, 3), {{0, 1, 2}, {0, 2, 1}}, MIX(0),
     .out = {{0x1.982279882e53ep-2}, {0, -0x1.982279882e53ep-2, 0x1.982279882e53ep-2}}},
    {"one class", DI(1, 1), {{5}, {-3}}, MIX(.5), .out = {{0}, {0}}},
    {"the teacher masks", DI(1, 2), {{0, 0}, {0, -I}}, MIX(0), .out = {{4 * LN2}, {-1, 1}}},
    {"both mask", DI(1, 3), {{0, -I, 0}, {0, -I, 0}}, MIX_CE(0), .out = {{4 * LN2}, {0, 0, 0}}},
    {"the student masks", DI(1, 2), {{0, -I}, {0, 0}}, MIX(0), .out = {{I}, {1, -1}}},
    {"... at mix = 1", DI(1, 2), {{0, -I}, {0, 0}}, MIX(1), .out = {{0}, {0, 0}}},
    {"... at mix > 1", DI(1, 2), {{0, -I}, {0, 0}}, MIX(2), .out = {{-I}, {-1, 1}}},
    {"... and the label", DI(1, 2), {{0, -I}, {0, 0}}, .label = {1}, MIX(2), .out = {{I}, {1, -1}}},
    {"the label masked", DI(1, 2), {{0, -I}, {0, -I}}, .label = {1}, MIX(.5), .out = {{I}, {.5, -.5}}},
    {"NaN in the teacher at mix = 1", DI(1, 2), {{0, 0}, {N, 0}}, .out = {{N}, {N, N}}},
    {"+inf in the teacher", DI(1, 2), {{0, 0}, {I, 0}}, MIX(0), .out = {{N}, {N, N}}},
    {"the teacher all -inf", DI(1, 2), {{0, 0}, {-I, -I}}, MIX(.5), .out = {{N}, {N, N}}},
    {"NaN in the student", DI(1, 2), {{0, N}, {0, 0}}, MIX(0), .out = {{N}, {N, N}}},
    {"rows apart", DI(2, 2), {{N, 0, 1, 1}, {0, 0, 3, 3}}, MIX(0), .out = {{N, 0}, {N, N, 0, 0}}},
    {"ignored", DI(1, 2), {{N, 0}, {N, I}}, .label = {-1}, MIX(.5), .ignores = true, .ignore = -1,
     .out = {{0}, {0, 0}}},
    {"far apart", DI(1, 2), {{0, 0x1p100}, {0x1p100, 0}}, MIX(0), .out = {{0x1p101}, {-2, 2}}},
    {"far along", DI(1, 2), {{0, -0x1p100}, {0, -0x1p101}}, MIX(0), .out = {{0}, {-0.0, 0}}},
    {"the teacher farther", DI(1, 2), {{0, -0x1p101}, {0, -0x1p100}}, MIX_CE(0), .out = {{0}, {0, -0.0}}},
    {"errors: label", DI(1, 2), {{0, 0}, {0, 0}}, .label = {2}, MIX(.5), .status = LP_E_LABEL},
    {"... T = 0", DI(1, 2), {{0, 0}, {0, 0}}, .set = BIT(TEMPERATURE), ERROR},
    {"... mix < 0", DI(1, 2), {{0, 0}, {0, 0}}, MIX(-.5), ERROR},
    {"... mix infinite", DI(1, 2), {{0, 0}, {0, 0}}, MIX(I), ERROR},
};
/* clang-format on */

static void build(lp_case *c, const entry *t) {
    size_t at = 0;
    while (inputs[at].op != t->op) at++;
    lp_case_init(c, t->op);
    c->n = t->n;
    c->k = c->stride = t->k;
    c->d = t->d;
    for (int i = 0; i < inputs[at].count; i++) {
        lp_in role = inputs[at].role[i];
        bool there = (lp_op_get(t->op)->required | t->arrays) & 1u << role;
        if (there)
            memcpy(lp_case_alloc(c, role), t->in[i],
                   (size_t)lp_case_in_len(c, role) * sizeof(double));
    }
    if (lp_op_get(t->op)->label != LP_LABEL_NONE)
        memcpy(lp_case_alloc_label(c), t->label, (size_t)t->n * sizeof(int64_t));
    for (int p = 0; p < LP_PARAM_WEIGHTS; p++)
        if (t->set & LP_PARAM_BIT(p)) lp_case_set(c, (lp_param)p, t->param[p]);
    if (!t->ignores) return;
    lp_case_set(c, LP_PARAM_IGNORE_INDEX, 0);
    c->ignore_index = t->ignore;
}

static int mistakes;

/* The directed modes too know on which side of the number the answer lies. */
static bool sided(lp_exact *e, lp_out out, int64_t i) {
    bool below, above;
    lp_exact_round(e, out, i, LP_BINARY64, LP_ROUND_DOWN, &below);
    lp_exact_round(e, out, i, LP_BINARY64, LP_ROUND_UP, &above);
    return !below && !above;
}

static void check_out(const entry *t, lp_exact *e, lp_out out, const double *want) {
    for (int64_t i = 0; i < lp_exact_len(e, out); i++) {
        bool open;
        lp_measure m;
        double got = lp_exact_round(e, out, i, LP_BINARY64, LP_ROUND_NEAREST, &open);
        lp_exact_measure(&m, e, out, i, want[i]);
        bool side = sided(e, out, i);
        if (same(got, want[i]) && !open && side && same(m.want, want[i])) continue;
        printf("%s: %s[%ld] = %a, wants %a%s\n", t->what, lp_out_name(out), (long)i, got, want[i],
               side ? "" : ", its side unknown");
        mistakes++;
    }
}

static void test_table(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const entry *t = &table[i];
        const lp_op_info *info = lp_op_get(t->op);
        lp_case c;
        lp_error err;
        build(&c, t);
        lp_exact *e = lp_exact_new(&c, &err);
        if (lp_exact_status(e) != t->status && ++mistakes)
            printf("%s: status %s\n", t->what, lp_status_name(lp_exact_status(e)));
        for (int o = 0; o < info->out_count; o++) check_out(t, e, info->out[o].role, t->out[o]);
        lp_exact_free(e);
        lp_case_clear(&c);
    }
    assert_int_equal(mistakes, 0);
}

/* Centred advantages on rows alike: the remainders cancel, the exact parts need not. */
static void test_cancelling_rows(void **state) {
    (void)state;
    static const double z[] = {0, 1, 3, 5, 6, 8, 2, 2, 9}, a[] = {1, -1, 0};
    static const int64_t label[] = {0, 1, 0};
    lp_case c;
    lp_error err;
    lp_measure m;
    lp_case_init(&c, LP_OP_POLICY_GRAD);
    c.reduction = LP_REDUCE_SUM;
    c.n = c.k = c.stride = 3;
    memcpy(lp_case_alloc(&c, LP_IN_LOGITS), z, sizeof z);
    memcpy(lp_case_alloc(&c, LP_IN_ADVANTAGE), a, sizeof a);
    memcpy(lp_case_alloc_label(&c), label, sizeof label);
    for (int up = 0; up < 2; up++) { /* at the same depth: 0; else D_1 - D_2 = 1 */
        c.label[1] = up ? 1 : 0;
        lp_exact *e = lp_exact_new(&c, &err);
        bool open;
        assert_true(lp_exact_round(e, LP_OUT_LOSS, 0, LP_BINARY64, LP_ROUND_UP, &open) == up);
        assert_false(open);
        lp_exact_measure(&m, e, LP_OUT_LOSS, 0, up);
        assert_true(m.abs_err == 0 && m.exact_zero == !up);
        lp_exact_free(e);
    }
    c.in[LP_IN_LOGITS][4] = 0x1.8000000000001p+2; /* no longer alike */
    lp_exact *e = lp_exact_new(&c, &err);
    bool open;
    double x = lp_exact_round(e, LP_OUT_LOSS, 0, LP_BINARY64, LP_ROUND_NEAREST, &open);
    assert_true(!open && x > 1 && x <= 1 + 0x1p-50);
    lp_exact_free(e);
    lp_case_clear(&c);
}

/* An error that is a number, but not in ulps of a subnormal value, has its share of the bound. */
static void test_beyond_ulps(void **state) {
    (void)state;
    entry t = {"", PG(1, 3), {{0, 0, 0x1p-1021}}, AB(2.5, 2.5)};
    lp_case c;
    lp_error err;
    lp_measure m;
    build(&c, &t);
    lp_exact *e = lp_exact_new(&c, &err);
    lp_exact_measure(&m, e, LP_OUT_LOSS, 0, 0x1p-50);
    assert_true(isinf(m.ulp_hi) && isfinite(m.abs_err) && m.over_bound > 0 && m.over_bound < 1);
    lp_exact_measure(&m, e, LP_OUT_LOSS, 0, INFINITY);
    assert_true(isinf(m.over_bound));
    lp_exact_free(e);
    lp_case_clear(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table),
                                       cmocka_unit_test(test_beyond_ulps),
                                       cmocka_unit_test(test_cancelling_rows)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
