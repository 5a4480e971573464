/* The integer tier against MPFR alone, on the families where a rounding test is hard pressed: every
 * answer in every mode and format, every sign, every measure. How often the tier passes a question
 * on is printed and bounded per family. Usage: t_ref_tier [cases per family] */
#include "check.h"

#include "core/rng.h"
#include "ref/env.h"
#include "ref/refine.h"

#include <float.h>
#include <math.h>

static int64_t per_family = 150;

typedef void (*logits)(double *z, lp_rng *rng, int64_t k, int64_t label);

static int64_t below(lp_rng *rng, int64_t n) {
    return (int64_t)lp_rng_below(rng, (uint64_t)n);
}
static void normal(double *z, lp_rng *rng, int64_t k, double sd) {
    for (int64_t j = 0; j < k; j++) z[j] = sd * lp_rng_normal(rng);
}
static double neighbour(lp_rng *rng, double x) {
    for (int64_t n = below(rng, 4); n > 0; n--) x = nextafter(x, below(rng, 2) ? INFINITY : 0);
    return x;
}

static void ordinary(double *z, lp_rng *rng, int64_t k, int64_t label) {
    (void)label;
    normal(z, rng, k, below(rng, 2) ? 3 : 30);
}
/* p = 2^-m less or more a few 2^-53, and the rest at the second order: 2^-106 from a middle. */
static void near_middle(double *z, lp_rng *rng, int64_t k, int64_t label) {
    (void)label;
    double base = ldexp(1 + lp_rng_unit(rng), (int)below(rng, 8) - 4);
    for (int64_t j = 0; j < k; j++) z[j] = base * (1 + ldexp((double)below(rng, 7) - 3, -52));
}
/* Where 1 - e^-x and x + e^-x reach an ulp of binary64, results become subnormal, and vanish. */
static void gaps(double *z, lp_rng *rng, int64_t k, int64_t label) {
    static const double at[] = {0x1.205p+5, 36.04,  36.74,   37.43,  87.34, 103.97, 708.396,
                                709.78,     744.44, 745.133, 745.14, 1e3,   4096,   1e10};
    normal(z, rng, k, below(rng, 2) ? 0.5 : 0);
    double gap = neighbour(rng, at[below(rng, 14)]);
    z[label] = below(rng, 2) ? gap : -gap;
}
static void subnormal(double *z, lp_rng *rng, int64_t k, int64_t label) {
    normal(z, rng, k, 10);
    z[label] = 725 + 12 * lp_rng_normal(rng);
}
static void ties(double *z, lp_rng *rng, int64_t k, int64_t label) {
    (void)label;
    double a = 4 * lp_rng_normal(rng),
           b = below(rng, 2) ? a : a - ldexp(1, (int)below(rng, 70) - 60);
    for (int64_t j = 0; j < k; j++) z[j] = below(rng, 2) ? a : b;
}
static void masked(double *z, lp_rng *rng, int64_t k, int64_t label) {
    normal(z, rng, k, 3);
    for (int64_t j = 0; j < k; j++)
        if (j != label && below(rng, 2)) z[j] = -INFINITY;
}
static void extreme(double *z, lp_rng *rng, int64_t k, int64_t label) {
    static const double at[] = {DBL_MAX, -DBL_MAX, 0x1p1000, -0x1p1000, 0, 1e300, -1e5, 0x1p53};
    (void)label;
    for (int64_t j = 0; j < k; j++) z[j] = at[below(rng, 8)];
}
static void tiny(double *z, lp_rng *rng, int64_t k, int64_t label) {
    (void)label;
    normal(z, rng, k, ldexp(1, -1074 + (int)below(rng, 1050)));
}
static void offset(double *z, lp_rng *rng, int64_t k, int64_t label) {
    (void)label;
    double base = ldexp(1, (int)below(rng, 60));
    normal(z, rng, k, 2);
    for (int64_t j = 0; j < k; j++) z[j] += base;
}

/* most: the share of questions that may be passed on. The first order of a near-middle family falls
 * on middles and its second is beyond any 128 bits; the same for logits apart by less than 2^-53;
 * differences beyond binary64 are MPFR's, and bounds from below where there is none but 0. */
static const struct family {
    const char *name;
    logits fill;
    double most;
} family[] = {{"ordinary", ordinary, 0}, {"near middle", near_middle, 0.05},
              {"gaps", gaps, 0.02},      {"subnormal", subnormal, 0},
              {"ties", ties, 0.05},      {"masked", masked, 0},
              {"extreme", extreme, 0.2}, {"tiny", tiny, 0.4},
              {"offset", offset, 0}};

static int64_t answers, spans, wrong;

static void complain(const lp_case *c, lp_out out, int64_t i, const char *what, double a,
                     double b) {
    if (wrong++ > 8) return;
    printf("%s %s[%ld] k=%ld %s: tier %a, MPFR %a\n", lp_op_get(c->op)->name, lp_out_name(out),
           (long)i, (long)c->k, what, a, b);
    for (int64_t j = 0; j < c->k && j < 12; j++) printf("  %a", c->in[LP_IN_LOGITS][j]);
    if (c->label) printf("  label %ld", (long)c->label[0]);
    puts("");
}

static void check_rounding(const lp_case *c, lp_exact *e[2], lp_out out, int64_t i) {
    for (int f = 0; f < LP_FORMAT_COUNT; f++)
        for (int mode = 0; mode < LP_ROUNDING_COUNT; mode++) {
            bool open[2];
            double x[2];
            for (int who = 0; who < 2; who++)
                x[who] =
                    lp_exact_round(e[who], out, i, (lp_format_id)f, (lp_rounding)mode, &open[who]);
            answers++;
            if (open[0] != open[1] || !same(x[0], x[1]))
                complain(c, out, i, lp_rounding_name((lp_rounding)mode), x[0], x[1]);
        }
}

static bool far(double a, double b) {
    return !(fabs(a - b) <= 0x1p-15 * (1 + fabs(b))) && !(a == b);
}

static void check_measure(const lp_case *c, lp_exact *e[2], lp_out out, int64_t i, double got) {
    lp_measure m[2];
    double cond[2];
    for (int who = 0; who < 2; who++) {
        lp_exact_measure(&m[who], e[who], out, i, got);
        cond[who] = lp_exact_condition(e[who], out, i);
    }
    bool apart = m[0].ulp_lo > m[1].ulp_hi || m[1].ulp_lo > m[0].ulp_hi;
    if (apart || !same(m[0].want, m[1].want) || !same(m[0].down, m[1].down) ||
        !same(m[0].up, m[1].up) || m[0].ulp_exp != m[1].ulp_exp ||
        m[0].exact_zero != m[1].exact_zero || m[0].kind != m[1].kind)
        complain(c, out, i, "measure", m[0].ulp_hi, m[1].ulp_hi);
    if (far(m[0].ulp_hi, m[1].ulp_hi) || far(m[0].rel_err, m[1].rel_err) ||
        (far(cond[0], cond[1]) && cond[1] < 1e300))
        complain(c, out, i, "figures", m[0].rel_err, m[1].rel_err);
    int sign[2];
    for (int who = 0; who < 2; who++) sign[who] = lp_exact_compare(e[who], out, i, got);
    if (sign[0] != sign[1]) complain(c, out, i, "compare", sign[0], sign[1]);
}

/* The tier's interval holds MPFR's value at 600 bits. */
static void check_span(const lp_case *c, lp_exact *e[2], lp_out out, int64_t i) {
    lp_span x;
    lp_env env;
    if (!e[0]->tier || !lp_tier_takes(e[0]->tier, out, 0, i)) return;
    if (!lp_tier_span(&x, e[0]->tier, out, i)) return;
    lp_env_enter(&env);
    int64_t j;
    mpfr_t lo, hi;
    mpfr_inits2(600, lo, hi, (mpfr_ptr)0);
    lp_row *row = lp_refine_row(e[1], out, i, &j);
    lp_refine_evaluate(e[1], row, 600);
    lp_enclosure_start(&e[1]->x, row->prec);
    e[1]->family->enclose(&e[1]->x, &e[1]->scope, row, out, j);
    lp_enclosure_lower(lo, &e[1]->x);
    lp_enclosure_upper(hi, &e[1]->x);
    spans++;
    if (!lp_span_meets(&x, lo, hi))
        complain(c, out, i, "interval", (double)(int64_t)(x.hi - x.lo), mpfr_get_d(lo, MPFR_RNDN));
    mpfr_clears(lo, hi, (mpfr_ptr)0);
    lp_env_leave(&env);
}

static void check_component(const lp_case *c, lp_exact *e[2], lp_out out, int64_t i) {
    lp_kind kind[2] = {lp_exact_kind(e[0], out, i), lp_exact_kind(e[1], out, i)};
    if (kind[0] != kind[1]) complain(c, out, i, "kind", kind[0], kind[1]);
    if (kind[1] != LP_KIND_NUMBER) return;
    check_span(c, e, out, i);
    check_rounding(c, e, out, i);
    double near = lp_exact_round(e[1], out, i, c->format, LP_ROUND_NEAREST, NULL);
    check_measure(c, e, out, i, near);
    if (!isfinite(near)) return;
    check_measure(c, e, out, i, lp_format_above(lp_format_get(c->format), near));
    check_measure(c, e, out, i, 0);
}

static void fill_case(lp_case *c, lp_rng *rng, const struct family *one, lp_op op, int64_t k) {
    bool binary = lp_op_get(op)->scalar;
    double two[2];
    lp_case_init(c, op);
    c->format = below(rng, 4) ? LP_BINARY64 : LP_BINARY32;
    c->n = 1;
    c->k = c->stride = binary ? 1 : k;
    int64_t label = below(rng, c->k);
    double *z = lp_case_alloc(c, LP_IN_LOGITS);
    if (binary) { /* the difference of a pair of the family is its logit */
        one->fill(two, rng, 2, 0);
        z[0] = isfinite(two[0] - two[1]) ? two[0] - two[1] : 1;
        if (op == LP_OP_BCE_LOGITS) lp_case_alloc(c, LP_IN_TARGETS)[0] = (double)below(rng, 2);
    } else {
        one->fill(z, rng, k, label);
        if (op == LP_OP_SOFTMAX_XENT) lp_case_alloc_label(c)[0] = label;
    }
    for (int64_t j = 0; j < c->k; j++)
        if (isfinite(z[j])) z[j] = lp_format_round(lp_format_get(c->format), z[j]);
    for (int64_t j = 0; j < c->k; j++)
        if (isinf(z[j])) z[j] = j == label ? 0 : -INFINITY; /* binary32 has no DBL_MAX */
}

static void check_case(const struct family *one, lp_op op, int64_t k, int64_t i) {
    lp_rng rng;
    lp_case c;
    lp_rng_init(&rng, 5, lp_rng_domain(one->name),
                (uint64_t)(i * 64 + (int)op) << 20 | (uint64_t)k);
    fill_case(&c, &rng, one, op, k);
    lp_exact *e[2] = {lp_exact_new(&c, NULL), lp_exact_new(&c, NULL)};
    lp_exact_forgo_tier(e[1]);
    const lp_op_info *info = lp_op_get(op);
    for (int o = 0; o < info->out_count; o++) {
        lp_out out = info->out[o].role;
        int64_t n = lp_exact_len(e[0], out);
        /* all of a small row, some of a wide one */
        for (int64_t j = 0; j<n; j += n> 40 ? 1 + below(&rng, n / 4) : 1)
            check_component(&c, e, out, j);
    }
    lp_exact_free(e[0]);
    lp_exact_free(e[1]);
    lp_case_clear(&c);
}

static void check_family(const struct family *one) {
    static const lp_op op[] = {LP_OP_SOFTMAX_XENT, LP_OP_SOFTMAX, LP_OP_LOG_SOFTMAX,
                               LP_OP_BCE_LOGITS,   LP_OP_SIGMOID, LP_OP_LOG_SIGMOID,
                               LP_OP_SOFTPLUS};
    static const int64_t wide[] = {1, 2, 3, 4, 8, 10, 16};
    lp_ref_stats before = lp_ref_stats_get();
    for (int64_t i = 0; i < per_family; i++)
        for (int o = 0; o < 7; o++) {
            check_case(one, op[o], wide[i % 7], i);
            if (i % 40 == 39 && !lp_op_get(op[o])->scalar) check_case(one, op[o], 1000, i);
        }
    lp_ref_stats after = lp_ref_stats_get();
    double told = (double)(after.tier - before.tier);
    double passed = (double)(after.tier_passed - before.tier_passed);
    printf("%-12s %8.0f decided, %6.0f passed on (%.4f)\n", one->name, told, passed,
           passed / (told + passed));
    assert_true(told > 1000);
    assert_true(passed <= one->most * (told + passed));
}

static void test_tier(void **state) {
    (void)state;
    for (size_t f = 0; f < sizeof family / sizeof *family; f++) check_family(&family[f]);
    lp_ref_stats stats = lp_ref_stats_get();
    printf("%ld answers, %ld intervals, %ld wrong; %lu rechecked, %lu disagreed\n", (long)answers,
           (long)spans, (long)wrong, stats.rechecked, stats.disagreed);
    assert_int_equal(wrong, 0);
    assert_int_equal(stats.disagreed, 0);
    assert_true(stats.rechecked > 0);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_tier)};
    if (argc > 1) per_family = atol(argv[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
