/* Batches: every line of section 2 about rows together, the bound of a reduced loss and of a scaled
 * gradient against a second derivation, and a batch as long as it may be. */
#include "check.h"

#include "core/rng.h"
#include "ref/refine.h"

#include <math.h>

#define I INFINITY
#define N NAN

#define LN2    0x1.62e42fefa39efp-1
#define TORCH  0
#define ZERO   1
#define MEAN_N LP_REDUCE_MEAN, 0
#define MEAN_W LP_REDUCE_MEAN, 1
#define SUM    LP_REDUCE_SUM, 0
#define NONE   LP_REDUCE_NONE, 0

/* softmax_xent over two classes: rows (0, 0) have loss ln 2 and gradient -+1/2, (0, -inf) at label
 * 0 exactly 0, at label 1 +inf. */
typedef struct line {
    const char *what;
    lp_reduction reduction;
    int rule, empty;
    int64_t n;
    double z[6];
    int64_t label[3];
    double loss[3], grad[6];
    bool ignores;
    int64_t ignore;
    int ups; /* upstream values given */
    double up[3];
    bool weighted;
    double w[2];
} line;

/* clang-format off */
static const line table[] = {
    {"sum", SUM, TORCH, 2, .z = {0, 0, 0, 0}, .label = {0, 1}, .loss = {2 * LN2},
     .grad = {-.5, .5, .5, -.5}},
    {"mean", MEAN_N, TORCH, 2, .z = {0, 0, 0, 0}, .label = {0, 1}, .loss = {LN2},
     .grad = {-.25, .25, .25, -.25}},
    {"a rational sum", SUM, TORCH, 2, .z = {0, -I, 0, -I}, .label = {0, 0}, .loss = {0},
     .grad = {0, 0, 0, 0}},
    {"NaN row in a sum", SUM, TORCH, 2, .z = {0, N, 0, 0}, .label = {0, 1}, .loss = {N},
     .grad = {N, N, .5, -.5}},
    {"+inf row in a mean", MEAN_N, TORCH, 2, .z = {0, -I, 0, 0}, .label = {1, 1}, .loss = {I},
     .grad = {.5, -.5, .25, -.25}},
    {"NaN beats inf", SUM, TORCH, 2, .z = {0, -I, N, 0}, .label = {1, 1}, .loss = {N},
     .grad = {1, -1, N, N}},
    {"inf - inf", SUM, TORCH, 2, .z = {-I, 0, 0, -I}, .label = {0, 1}, .loss = {N},
     .grad = {-1, 1, -2, 2}, .weighted = true, .w = {1, -2}},
    {"no row, torch", MEAN_N, TORCH, 0, .loss = {N}},
    {"no row, zero", MEAN_N, ZERO, 0, .loss = {0}},
    {"no row, sum", SUM, TORCH, 0, .loss = {0}},
    {"no row, none", NONE, TORCH, 0, .loss = {0}},
    {"ignored, even a class", MEAN_N, TORCH, 2, .z = {0, 0, 0, 0}, .label = {0, 1}, .loss = {LN2},
     .grad = {-.5, .5, 0, 0}, .ignores = true, .ignore = 1},
    {"ignored, negative, NaN", SUM, TORCH, 2, .z = {N, I, 0, 0}, .label = {-100, 1}, .loss = {LN2},
     .grad = {0, 0, .5, -.5}, .ignores = true, .ignore = -100},
    {"ignored, beyond 32 bits", NONE, TORCH, 2, .z = {N, N, 0, 0}, .label = {INT64_MIN, 1},
     .loss = {0, LN2}, .grad = {0, 0, .5, -.5}, .ignores = true, .ignore = INT64_MIN},
    {"all ignored, sum", SUM, TORCH, 2, .z = {N, I, 0, 0}, .label = {5, 5}, .loss = {0},
     .grad = {0, 0, 0, 0}, .ignores = true, .ignore = 5},
    {"all ignored, torch", MEAN_N, TORCH, 2, .z = {N, I, 0, 0}, .label = {5, 5}, .loss = {N},
     .grad = {0, 0, 0, 0}, .ignores = true, .ignore = 5},
    {"all ignored, zero", MEAN_N, ZERO, 2, .z = {N, I, 0, 0}, .label = {5, 5}, .loss = {0},
     .grad = {0, 0, 0, 0}, .ignores = true, .ignore = 5},
    {"all ignored, upstream NaN", MEAN_N, ZERO, 1, .z = {0, 0}, .label = {5}, .loss = {0},
     .grad = {0, 0}, .ignores = true, .ignore = 5, .ups = 1, .up = {N}},
    {"weights", MEAN_W, TORCH, 2, .z = {0, 0, 0, 0}, .label = {0, 1}, .loss = {LN2},
     .grad = {-.125, .125, .375, -.375}, .weighted = true, .w = {1, 3}},
    {"weights over N", MEAN_N, TORCH, 2, .z = {0, 0, 0, 0}, .label = {0, 1}, .loss = {2 * LN2},
     .grad = {-.25, .25, .75, -.75}, .weighted = true, .w = {1, 3}},
    {"weights of rows ignored", MEAN_W, TORCH, 2, .z = {0, 0, N, 0}, .label = {1, 0}, .loss = {LN2},
     .grad = {.5, -.5, 0, 0}, .ignores = true, .ignore = 0, .weighted = true, .w = {N, 3}},
    {"weights sum to 0, torch", MEAN_W, TORCH, 1, .z = {0, 0}, .label = {0}, .loss = {N},
     .grad = {0, 0}, .weighted = true, .w = {0, 1}},
    {"weights sum to 0, zero", MEAN_W, ZERO, 2, .z = {0, 0, 0, 0}, .label = {0, 1}, .loss = {0},
     .grad = {0, 0, 0, 0}, .weighted = true, .w = {1, -1}},
    {"weights sum to 0, NaN row", MEAN_W, ZERO, 1, .z = {N, 0}, .label = {0}, .loss = {N},
     .grad = {N, N}, .weighted = true, .w = {0, 1}},
    {"weights sum to 0, upstream inf", MEAN_W, ZERO, 1, .z = {0, 0}, .label = {0}, .loss = {0},
     .grad = {N, N}, .weighted = true, .w = {0, 1}, .ups = 1, .up = {I}},
    {"a NaN weight in the denominator", MEAN_W, TORCH, 2, .z = {0, 0, 0, 0}, .label = {0, 1},
     .loss = {N}, .grad = {N, N, N, N}, .weighted = true, .w = {1, N}},
    {"... and over N", MEAN_N, TORCH, 2, .z = {0, 0, 0, 0}, .label = {0, 1}, .loss = {N},
     .grad = {-.25, .25, N, N}, .weighted = true, .w = {1, N}},
    {"negative denominator", MEAN_W, TORCH, 1, .z = {-I, 0}, .label = {0}, .loss = {I},
     .grad = {-1, 1}, .weighted = true, .w = {-2, 1}},
    {"upstream, each row", NONE, TORCH, 2, .z = {0, 0, 0, 0}, .label = {0, 1}, .loss = {LN2, LN2},
     .grad = {-1, 1, -1.5, 1.5}, .ups = 2, .up = {2, -3}},
    {"upstream, one", MEAN_N, TORCH, 2, .z = {0, 0, 0, 0}, .label = {0, 1}, .loss = {LN2},
     .grad = {-.75, .75, .75, -.75}, .ups = 1, .up = {3}},
    {"upstream 0", SUM, TORCH, 1, .z = {0, 0}, .label = {0}, .loss = {LN2}, .grad = {0, 0},
     .ups = 1, .up = {0}},
    {"upstream -0", SUM, TORCH, 1, .z = {0, 0}, .label = {0}, .loss = {LN2}, .grad = {0, 0},
     .ups = 1, .up = {-0.0}},
    {"upstream 0 beside NaN", SUM, TORCH, 1, .z = {N, 0}, .label = {0}, .loss = {N}, .grad = {N, N},
     .ups = 1, .up = {0}},
    {"upstream inf", SUM, TORCH, 1, .z = {0, 0}, .label = {0}, .loss = {LN2}, .grad = {-I, I},
     .ups = 1, .up = {I}},
    {"upstream -inf", MEAN_N, TORCH, 1, .z = {0, 0}, .label = {0}, .loss = {LN2}, .grad = {I, -I},
     .ups = 1, .up = {-I}},
    {"upstream inf on a gradient of 0", SUM, TORCH, 1, .z = {0, -I}, .label = {0}, .loss = {0},
     .grad = {N, N}, .ups = 1, .up = {I}},
    {"upstream inf, ignored", NONE, TORCH, 2, .z = {0, 0, 0, 0}, .label = {0, 9}, .loss = {LN2, 0},
     .grad = {-I, I, 0, 0}, .ignores = true, .ignore = 9, .ups = 2, .up = {I, N}},
    {"upstream NaN", NONE, TORCH, 2, .z = {0, 0, 0, 0}, .label = {0, 1}, .loss = {LN2, LN2},
     .grad = {N, N, .5, -.5}, .ups = 2, .up = {N, 1}},
    {"upstream that underflows", SUM, TORCH, 1, .z = {0, 0}, .label = {0}, .loss = {LN2},
     .grad = {-0.0, 0}, .ups = 1, .up = {0x1p-1074}},
    {"upstream that overflows", SUM, TORCH, 1, .z = {-I, 0}, .label = {0}, .loss = {I},
     .grad = {-I, I}, .weighted = true, .w = {4, 1}, .ups = 1, .up = {0x1p1023}},
};
/* clang-format on */

static void build(lp_case *c, const line *l) {
    lp_case_init(c, LP_OP_SOFTMAX_XENT);
    c->reduction = l->reduction;
    c->n = l->n;
    c->k = c->stride = 2;
    memcpy(lp_case_alloc(c, LP_IN_LOGITS), l->z, (size_t)l->n * 2 * sizeof(double));
    memcpy(lp_case_alloc_label(c), l->label, (size_t)l->n * sizeof(int64_t));
    if (l->weighted) memcpy(lp_case_alloc(c, LP_IN_WEIGHTS), l->w, sizeof l->w);
    if (l->ups) memcpy(lp_case_alloc(c, LP_IN_UPSTREAM), l->up, (size_t)l->ups * sizeof(double));
    if (l->rule) lp_case_set(c, LP_PARAM_MEAN_RULE, l->rule);
    if (l->empty) lp_case_set(c, LP_PARAM_EMPTY_MEAN, l->empty);
    if (!l->ignores) return;
    c->set |= LP_PARAM_BIT(LP_PARAM_IGNORE_INDEX);
    c->ignore_index = l->ignore;
}

static int mistakes;

static void check_out(const line *l, lp_exact *e, const lp_answer *a, lp_out out,
                      const double *want) {
    for (int64_t i = 0; i < lp_exact_len(e, out); i++) {
        bool open;
        lp_measure m;
        double got = lp_exact_round(e, out, i, LP_BINARY64, LP_ROUND_NEAREST, &open);
        lp_exact_measure(&m, e, out, i, want[i]);
        bool number = m.kind == LP_KIND_NUMBER;
        bool bounded = !number || m.over_bound <= 1 || isinf(want[i]);
        if (same(got, want[i]) && same(m.want, want[i]) && same(a->out[out][i], got) && !open &&
            bounded)
            continue;
        printf("%s: %s[%ld] = %a (bound %g), wants %a\n", l->what, lp_out_name(out), (long)i, got,
               m.bound, want[i]);
        mistakes++;
    }
}

static void test_table(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        lp_case c;
        lp_answer a;
        lp_error err;
        build(&c, &table[i]);
        assert_true(lp_case_check(&c, &err) || (printf("%s: %s\n", table[i].what, err.text), 0));
        lp_exact *e = lp_exact_new(&c, &err);
        assert_int_equal(lp_exact_status(e), LP_OK);
        lp_answer_init(&a);
        assert_int_equal(lp_exact_answer(&a, e), 0);
        assert_int_equal(lp_exact_len(e, LP_OUT_LOSS), c.reduction == LP_REDUCE_NONE ? c.n : 1);
        check_out(&table[i], e, &a, LP_OUT_LOSS, table[i].loss);
        check_out(&table[i], e, &a, LP_OUT_GRAD, table[i].grad);
        lp_answer_clear(&a);
        lp_exact_free(e);
        lp_case_clear(&c);
    }
    assert_int_equal(mistakes, 0);
}

/* Logarithms of two rows that cancel: exactly 0, although neither row is rational. */
static void test_cancelling(void **state) {
    (void)state;
    lp_case c;
    lp_error err;
    bool open;
    lp_case_init(&c, LP_OP_CROSS_ENTROPY);
    c.reduction = LP_REDUCE_SUM;
    c.n = 3;
    c.k = c.stride = 1;
    const double p[] = {1, 2, 1}, q[] = {4, 0.125, 16};
    memcpy(lp_case_alloc(&c, LP_IN_P), p, sizeof p);
    memcpy(lp_case_alloc(&c, LP_IN_Q), q, sizeof q);
    lp_exact *e = lp_exact_new(&c, &err);
    lp_measure m;
    lp_exact_measure(&m, e, LP_OUT_LOSS, 0, 0);
    assert_true(m.exact_zero && !m.undecided && m.abs_err == 0);
    assert_true(same(lp_exact_round(e, LP_OUT_LOSS, 0, LP_BINARY64, LP_ROUND_UP, &open), 0));
    lp_exact_free(e);
    lp_case_clear(&c);
}

/* kl_logits over three rows: ln 2 and twice -(ln 2) / 2, in each row by targets of its own. Exactly
 * 0 where every row's logits are equal; where a class lies far below them, more, however far. */
static void test_divergences_cancelling(void **state) {
    (void)state;
    static const double below[] = {-I, -0x1p100}, up[] = {0, 0x1p-1074};
    for (int i = 0; i < 2; i++) {
        lp_case c;
        lp_error err;
        bool open[2];
        lp_case_init(&c, LP_OP_KL_LOGITS);
        c.reduction = LP_REDUCE_MEAN;
        c.n = c.k = c.stride = 3;
        const double z[] = {0, 0, below[i], 0, 0, -I, 1, 1, -I};
        const double t[] = {1, 0, 0, 0.25, 0.25, 0, 0.25, 0.25, 0};
        memcpy(lp_case_alloc(&c, LP_IN_LOGITS), z, sizeof z);
        memcpy(lp_case_alloc(&c, LP_IN_TARGETS), t, sizeof t);
        lp_exact *e = lp_exact_new(&c, &err);
        double least = lp_exact_round(e, LP_OUT_LOSS, 0, LP_BINARY64, LP_ROUND_DOWN, &open[0]);
        double most = lp_exact_round(e, LP_OUT_LOSS, 0, LP_BINARY64, LP_ROUND_UP, &open[1]);
        assert_true(least == 0 && most == up[i] && !open[0] && !open[1]);
        lp_exact_free(e);
        lp_case_clear(&c);
    }
}

/* Logarithms that cancel beside a rational part: (1 - ln 2) + (ln 2 - 1/2) is 1/2 in every mode. */
static void test_cancelling_remainders(void **state) {
    (void)state;
    lp_case c;
    lp_error err;
    lp_case_init(&c, LP_OP_KL_GEN);
    c.reduction = LP_REDUCE_SUM;
    c.n = 2;
    c.k = c.stride = 1;
    const double p[] = {1, 1}, q[] = {2, 0.5};
    memcpy(lp_case_alloc(&c, LP_IN_P), p, sizeof p);
    memcpy(lp_case_alloc(&c, LP_IN_Q), q, sizeof q);
    lp_exact *e = lp_exact_new(&c, &err);
    for (int mode = 0; mode < LP_ROUNDING_COUNT; mode++) {
        bool open;
        double x = lp_exact_round(e, LP_OUT_LOSS, 0, LP_BINARY64, (lp_rounding)mode, &open);
        assert_true(x == 0.5 && !open);
    }
    lp_exact_free(e);
    lp_case_clear(&c);
}

/* A row of any length in which p = q: nothing is left to be told from 0. */
static void test_long_and_equal(void **state) {
    (void)state;
    static const lp_op op[] = {LP_OP_KL_DIV, LP_OP_KL_GEN, LP_OP_CROSS_ENTROPY};
    for (int o = 0; o < 3; o++) {
        lp_case c;
        lp_error err;
        lp_case_init(&c, op[o]);
        c.n = 1;
        c.k = c.stride = 2000;
        double *p = lp_case_alloc(&c, LP_IN_P), *q = lp_case_alloc(&c, LP_IN_Q);
        for (int64_t j = 0; j < c.k; j++) {
            p[j] = (double)(j + 1) / 4096;
            q[j] = op[o] == LP_OP_CROSS_ENTROPY ? 1 : p[j];
        }
        lp_exact *e = lp_exact_new(&c, &err);
        for (int mode = 0; mode < LP_ROUNDING_COUNT; mode++) {
            bool open;
            double x = lp_exact_round(e, LP_OUT_LOSS, 0, LP_BINARY64, (lp_rounding)mode, &open);
            assert_true(same(x, 0) && !open);
        }
        lp_exact_free(e);
        lp_case_clear(&c);
    }
}

/* ln 4 + ln(1/8) + ln 2 over the rows not ignored. */
static void test_labels_cancelling(void **state) {
    (void)state;
    lp_case c;
    lp_error err;
    bool open;
    lp_case_init(&c, LP_OP_NLL);
    c.reduction = LP_REDUCE_SUM;
    c.n = 4;
    c.k = c.stride = 2;
    const double q[] = {4, 0.3, 7, 0.125, 5, 5, 2, 9};
    const int64_t label[] = {0, 1, -100, 0};
    memcpy(lp_case_alloc(&c, LP_IN_Q), q, sizeof q);
    memcpy(lp_case_alloc_label(&c), label, sizeof label);
    lp_case_set(&c, LP_PARAM_IGNORE_INDEX, -100);
    lp_exact *e = lp_exact_new(&c, &err);
    lp_measure m;
    lp_exact_measure(&m, e, LP_OUT_LOSS, 0, 0);
    assert_true(m.exact_zero && !m.undecided && m.abs_err == 0);
    assert_true(same(lp_exact_round(e, LP_OUT_LOSS, 0, LP_BINARY64, LP_ROUND_UP, &open), 0));
    lp_exact_free(e);
    c.in[LP_IN_Q][6] = 0x1.0000000000001p+1; /* one ulp from cancelling */
    e = lp_exact_new(&c, &err);
    assert_true(lp_exact_round(e, LP_OUT_LOSS, 0, LP_BINARY64, LP_ROUND_NEAREST, &open) < 0);
    lp_exact_free(e);
    lp_case_clear(&c);
}

/* --- rows over different denominators: (1 + [odd] ln 2) / (2 i + 3), a family of this test's own
 */

static void odd_open(lp_scope *s, lp_row *row) {
    (void)s, (void)row;
}
static lp_kind odd_kind(const lp_scope *s, const lp_row *row, lp_out out, int64_t j) {
    (void)s, (void)row, (void)out, (void)j;
    return LP_KIND_NUMBER;
}
static void odd_enclose(lp_enclosure *x, lp_scope *s, lp_row *row, lp_out out, int64_t j) {
    (void)s, (void)out, (void)j;
    mpfr_set_si(x->a, 1, MPFR_RNDZ);
    mpfr_set_si(x->b, 2 * row->at + 3, MPFR_RNDZ);
    x->unit = false;
    x->whole = row->at % 2 == 0;
    mpfr_const_log2(x->r.lo, MPFR_RNDD);
    mpfr_const_log2(x->r.hi, MPFR_RNDU);
}
static const lp_family odd_family = {
    .open = odd_open, .kind = odd_kind, .evaluate = odd_open, .enclose = odd_enclose};

/* Six rows have a common denominator, of 2000 the later ones join as intervals. */
static void check_denominators(int64_t n) {
    lp_case c;
    lp_error err;
    mpfr_t sum, term;
    bool open;
    lp_case_init(&c, LP_OP_ENTROPY);
    c.reduction = LP_REDUCE_SUM;
    c.n = n;
    c.k = c.stride = 1;
    lp_case_alloc(&c, LP_IN_P);
    lp_exact *e = lp_exact_new(&c, &err);
    e->family = &odd_family;
    mpfr_inits2(200, sum, term, (mpfr_ptr)0);
    mpfr_set_zero(sum, 1);
    for (int64_t i = 0; i < n; i++) {
        mpfr_const_log2(term, MPFR_RNDN);
        mpfr_mul_si(term, term, i % 2, MPFR_RNDN);
        mpfr_add_si(term, term, 1, MPFR_RNDN);
        mpfr_div_si(term, term, 2 * i + 3, MPFR_RNDN);
        mpfr_add(sum, sum, term, MPFR_RNDN);
    }
    double got = lp_exact_round(e, LP_OUT_LOSS, 0, LP_BINARY64, LP_ROUND_NEAREST, &open);
    assert_true(!open && got == mpfr_get_d(sum, MPFR_RNDN));
    mpfr_sub_d(sum, sum, got, MPFR_RNDN);
    double side = lp_exact_round(e, LP_OUT_LOSS, 0, LP_BINARY64, LP_ROUND_DOWN, &open);
    assert_true(!open && (side == got) == (mpfr_sgn(sum) > 0));
    mpfr_clears(sum, term, (mpfr_ptr)0);
    lp_exact_free(e);
    lp_case_clear(&c);
}

static void test_denominators(void **state) {
    (void)state;
    check_denominators(1);
    check_denominators(2);
    check_denominators(6);
    check_denominators(2000);
}

/* --- bounds ----------------------------------------------------------------------------------- */

static void random_batch(lp_case *c, lp_rng *rng, bool mean_of_weights) {
    lp_case_init(c, LP_OP_SOFTMAX_XENT);
    c->reduction = lp_rng_below(rng, 2) ? LP_REDUCE_MEAN : LP_REDUCE_SUM;
    c->n = 1 + (int64_t)lp_rng_below(rng, 9);
    c->k = c->stride = 3;
    double *z = lp_case_alloc(c, LP_IN_LOGITS), *w = lp_case_alloc(c, LP_IN_WEIGHTS);
    int64_t *label = lp_case_alloc_label(c);
    for (int64_t i = 0; i < c->n * c->k; i++) z[i] = 9 * lp_rng_normal(rng);
    for (int64_t j = 0; j < c->k; j++) w[j] = 0.1 + lp_rng_unit(rng);
    for (int64_t i = 0; i < c->n; i++) label[i] = (int64_t)lp_rng_below(rng, 3);
    if (mean_of_weights) lp_case_set(c, LP_PARAM_MEAN_RULE, 1);
    lp_case_alloc(c, LP_IN_UPSTREAM)[0] = 5 * lp_rng_normal(rng);
}

/* The same rows one by one: their exact values and what their own programs may be off by. */
static long double row_bound(lp_exact *plain, lp_out out, int64_t i, long double *x) {
    bool open;
    *x = lp_exact_round(plain, out, i, LP_BINARY64, LP_ROUND_NEAREST, &open);
    return lp_exact_bound(plain, out, i) - 0x1p-53L * fabsl(*x) - 0x1p-1074L;
}

static void close_to(double got, long double want) {
    assert_true(fabsl(got - want) <= 0x1p-40L * want);
}

static void check_bounds(lp_case *c, lp_exact *e, lp_exact *plain) {
    const long double u = 0x1p-53L;
    const double *w = c->in[LP_IN_WEIGHTS];
    bool mean = c->reduction == LP_REDUCE_MEAN, weights = lp_case_has(c, LP_PARAM_MEAN_RULE);
    long double sum = 0, err = 0, d = mean ? 0 : 1, d_err = 0, x;
    for (int64_t i = 0; i < c->n; i++) {
        err += row_bound(plain, LP_OUT_LOSS, i, &x);
        sum += x;
        if (i) err += u * sum;
        if (!mean) continue;
        d += weights ? w[c->label[i]] : 1;
        if (i && weights) d_err += u * d;
    }
    long double mean_err = err, s = fabsl(c->in[LP_IN_UPSTREAM][0] / d), s_err = 0;
    if (d != 1) {
        mean_err = (err + sum / d * d_err) / (d - d_err) + u * sum / d;
        s_err = s * d_err / (d - d_err) + u * s;
    }
    close_to(lp_exact_bound(e, LP_OUT_LOSS, 0), mean_err + u * sum / d);
    for (int64_t i = 0; i < c->n * c->k; i++) {
        long double own = row_bound(plain, LP_OUT_GRAD, i, &x), g = fabsl(x);
        close_to(lp_exact_bound(e, LP_OUT_GRAD, i),
                 g * s_err + s * own + own * s_err + 2 * u * g * s);
    }
}

static void test_bounds(void **state) {
    (void)state;
    for (uint64_t i = 0; i < 300; i++) {
        lp_rng rng;
        lp_case c, plain;
        lp_error err;
        lp_rng_init(&rng, 5, 6, i);
        random_batch(&c, &rng, i % 2);
        lp_case_copy(&plain, &c);
        plain.reduction = LP_REDUCE_NONE;
        free(plain.in[LP_IN_UPSTREAM]);
        plain.in[LP_IN_UPSTREAM] = NULL;
        lp_case_sync(&plain);
        lp_exact *e = lp_exact_new(&c, &err), *rows = lp_exact_new(&plain, &err);
        check_bounds(&c, e, rows);
        lp_exact_free(e);
        lp_exact_free(rows);
        lp_case_clear(&c);
        lp_case_clear(&plain);
    }
}

/* More rows than are kept at a time. 100003 ln 2, rounded by the compiler. */
static void test_long(void **state) {
    (void)state;
    lp_case c;
    lp_answer a;
    lp_error err;
    lp_case_init(&c, LP_OP_SOFTMAX_XENT);
    c.reduction = LP_REDUCE_SUM;
    c.n = 100003;
    c.k = c.stride = 2;
    lp_case_alloc(&c, LP_IN_LOGITS);
    lp_case_alloc_label(&c);
    lp_exact *e = lp_exact_new(&c, &err);
    lp_answer_init(&a);
    assert_int_equal(lp_exact_answer(&a, e), 0);
    assert_true(a.out[LP_OUT_LOSS][0] == 69316.7974975362107776514638421820);
    assert_true(a.out[LP_OUT_GRAD][2 * c.n - 1] == 0.5);
    lp_answer_clear(&a);
    lp_exact_free(e);
    lp_case_clear(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table),
                                       cmocka_unit_test(test_cancelling),
                                       cmocka_unit_test(test_labels_cancelling),
                                       cmocka_unit_test(test_divergences_cancelling),
                                       cmocka_unit_test(test_cancelling_remainders),
                                       cmocka_unit_test(test_long_and_equal),
                                       cmocka_unit_test(test_denominators),
                                       cmocka_unit_test(test_bounds),
                                       cmocka_unit_test(test_long)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
