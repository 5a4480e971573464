/* The double filter against MPFR alone, operation by operation, format by format, on logits where
 * its parts are hard pressed: what it decides, how near it is, what it leaves, and what becomes of
 * the rest. Usage: t_ref_filter [rows per family] */
#define _POSIX_C_SOURCE 200809L
#include "check.h"

#include "core/rng.h"
#include "ref/exact.h"
#include "ref/filter.h"

#include <fenv.h>
#include <math.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static int64_t per_family = 1000;

static int64_t below(lp_rng *rng, int64_t n) {
    return (int64_t)lp_rng_below(rng, (uint64_t)n);
}
static double sign(lp_rng *rng, double x) {
    return below(rng, 2) ? x : -x;
}

/* A difference of two logits, or the one logit. */
static double ordinary(lp_rng *rng) {
    return 6 * lp_rng_normal(rng);
}
static double any_size(lp_rng *rng) {
    return sign(rng, ldexp(1 + lp_rng_unit(rng), (int)below(rng, 277) - 149));
}
/* Where n changes, and the reduced argument is largest. */
static double half_way(lp_rng *rng) {
    double at = (0.5 + (double)below(rng, 152)) * 0.6931471805599453;
    return sign(rng, at * (1 + ldexp(lp_rng_normal(rng), -20)));
}
/* Results around the subnormal numbers, the last of them, and where exp(-a) is cut off. */
static double vanishing(lp_rng *rng) {
    static const double at[] = {87.34, 103.28, 103.97, 104.5, 11.1, 16.64, 17.33, 95};
    return sign(rng, at[below(rng, 8)] + ldexp(lp_rng_normal(rng), -(int)below(rng, 20)));
}
static double tiny(lp_rng *rng) {
    return sign(rng, ldexp(lp_rng_unit(rng), -(int)below(rng, 149)));
}

static double (*const families[])(lp_rng *rng) = {ordinary, any_size, half_way, vanishing, tiny};
enum { FAMILIES = sizeof families / sizeof *families };

/* Two logits whose difference is d or nearly: one is 0, both are of its size, or one is far larger
 * or smaller than the other, so that the difference is no double. */
static void split(double z[2], lp_rng *rng, double d) {
    int64_t how = below(rng, 5);
    double other = how == 0   ? 0
                   : how == 1 ? d * lp_rng_normal(rng)
                   : how == 2 ? ldexp(lp_rng_normal(rng), -(int)below(rng, 120))
                   : how == 3 ? any_size(rng)
                              : d / 2 + ldexp(1, (int)below(rng, 30) - 30);
    z[0] = d + other;
    z[1] = other;
    if (below(rng, 2)) {
        z[0] = other;
        z[1] = d + other;
    }
}

static void fill(lp_case *c, lp_op op, lp_format_id format, int family) {
    lp_rng rng;
    const lp_format *f = lp_format_get(format);
    lp_rng_init(&rng, 3, lp_rng_domain("t_filter"),
                (uint64_t)((int)op * 64 + (int)format * 8 + family));
    lp_case_init(c, op);
    c->format = format;
    c->n = per_family;
    c->k = c->stride = op == LP_OP_SOFTMAX_XENT ? 2 : 1;
    double *z = lp_case_alloc(c, LP_IN_LOGITS);
    int64_t *label = op == LP_OP_SOFTMAX_XENT ? lp_case_alloc_label(c) : NULL;
    double *y = op == LP_OP_BCE_LOGITS ? lp_case_alloc(c, LP_IN_TARGETS) : NULL;
    for (int64_t i = 0; i < c->n; i++, z += c->k) {
        z[0] = families[family](&rng);
        if (label) split(z, &rng, z[0]);
        for (int64_t j = 0; j < c->k; j++) {
            z[j] = lp_format_round(f, z[j]);
            if (!isfinite(z[j])) z[j] = f->max;
        }
        if (label) label[i] = below(&rng, 2);
        if (y) y[i] = (double)below(&rng, 2);
    }
}

static int64_t answers, left, wrong;
static double worst[LP_OP_COUNT][LP_OUT_COUNT]; /* relative error in 2^-53 */

static void complain(const lp_case *c, lp_out out, int64_t i, const char *what, double a,
                     double b) {
    if (wrong++ > 10) return;
    const double *z = c->in[LP_IN_LOGITS];
    print_error("%s %s %s[%ld] %s: %a, MPFR %a; logit %a %a\n", lp_op_get(c->op)->name,
                lp_format_get(c->format)->name, lp_out_name(out), (long)i, what, a, b,
                z[c->k == 2 ? i / 2 * 2 : i], z[c->k == 2 ? i / 2 * 2 + 1 : i]);
}

/* MPFR's value in binary64 lies within 2^-53 of the exact one. The proofs allow 14 units of 2^-53.
 */
static void check_near(const lp_case *c, lp_out out, int64_t i, double near, double exact) {
    double error = fabs(near - exact) / fabs(exact) * 0x1p53;
    if (isnan(near)) return;
    if (!(error <= 15)) complain(c, out, i, "near", near, exact);
    if (error > worst[c->op][out]) worst[c->op][out] = error;
}

static void check_case(const lp_case *c, bool far) {
    const lp_op_info *info = lp_op_get(c->op);
    lp_answer rounded, near, whole;
    lp_answer_init(&rounded);
    lp_answer_init(&near);
    lp_answer_init(&whole);
    assert_true(lp_filter_takes(c));
    lp_exact *e = lp_exact_new(c, NULL), *mpfr = lp_exact_new(c, NULL);
    lp_exact_forgo_tier(mpfr);
    assert_false(lp_exact_near(near.out, mpfr));
    for (int o = 0; o < info->out_count; o++) {
        lp_answer_alloc(&rounded, c, info->out[o].role);
        lp_answer_alloc(&near, c, info->out[o].role);
    }
    lp_filter_round(rounded.out, c);
    assert_true(lp_exact_near(near.out, e));
    assert_int_equal(lp_exact_answer(&whole, e), 0);
    for (int o = 0; o < info->out_count; o++) {
        lp_out out = info->out[o].role;
        for (int64_t i = 0; i < lp_exact_len(mpfr, out); i++) {
            double want = lp_exact_round(mpfr, out, i, c->format, LP_ROUND_NEAREST, NULL);
            double got = rounded.out[out][i];
            answers++;
            left += isnan(got);
            if (!isnan(got) && !same(got, want)) complain(c, out, i, "rounded", got, want);
            if (!same(whole.out[out][i], want))
                complain(c, out, i, "answer", whole.out[out][i], want);
            check_near(c, out, i, near.out[out][i],
                       lp_exact_round(mpfr, out, i, LP_BINARY64, LP_ROUND_NEAREST, NULL));
            if (!far && isnan(near.out[out][i])) complain(c, out, i, "no value", NAN, want);
        }
    }
    lp_exact_free(e);
    lp_exact_free(mpfr);
    lp_answer_clear(&rounded);
    lp_answer_clear(&near);
    lp_answer_clear(&whole);
}

static const lp_op ops[] = {LP_OP_SIGMOID, LP_OP_LOG_SIGMOID, LP_OP_SOFTPLUS, LP_OP_BCE_LOGITS,
                            LP_OP_SOFTMAX_XENT};
enum { OPS = sizeof ops / sizeof *ops };

static void test_answers(void **state) {
    static const lp_format_id formats[] = {LP_BINARY32, LP_BINARY16, LP_BFLOAT16};
    (void)state;
    for (int o = 0; o < OPS; o++)
        for (int f = 0; f < 3; f++)
            for (int family = 0; family < FAMILIES; family++) {
                lp_case c;
                fill(&c, ops[o], formats[f], family);
                check_case(&c, family != 0 && family != 4);
                lp_case_clear(&c);
            }
    for (int o = 0; o < OPS; o++)
        for (int out = 0; out < LP_OUT_COUNT; out++)
            if (worst[ops[o]][out] > 0)
                printf("%-14s %-6s within %.2f 2^-53\n", lp_op_get(ops[o])->name,
                       lp_out_name((lp_out)out), worst[ops[o]][out]);
    printf("%ld answers, %ld left to the integers, %ld wrong\n", (long)answers, (long)left,
           (long)wrong);
    assert_int_equal(wrong, 0);
    assert_int_equal(lp_ref_stats_get().disagreed, 0);
    assert_true(lp_ref_stats_get().filter > 0 && lp_ref_stats_get().rechecked > 0);
    /* By chance 2 in 2^24 a side; D + tiny with D a middle makes the two classes' share. */
    assert_true(left < answers / 100);
}

/* What is no number: NaN from the filter, the specification's values from the whole. */
static void test_specials(void **state) {
    (void)state;
    const double z[] = {NAN, INFINITY, -INFINITY, 0, -0.0, 0x1p-149, -0x1p-149, 0x1.fffffep127};
    for (int o = 0; o < OPS; o++) {
        lp_case c;
        per_family = 64;
        fill(&c, ops[o], LP_BINARY32, 0);
        for (int64_t i = 0; i < 64; i++) {
            c.in[LP_IN_LOGITS][c.k * i] = z[i / 8];
            if (c.k == 2) c.in[LP_IN_LOGITS][2 * i + 1] = z[i % 8];
        }
        const lp_op_info *info = lp_op_get(c.op);
        lp_answer whole, alone;
        lp_answer_init(&whole);
        lp_answer_init(&alone);
        lp_exact *e = lp_exact_new(&c, NULL), *mpfr = lp_exact_new(&c, NULL);
        lp_exact_forgo_tier(mpfr);
        lp_exact_answer(&whole, e);
        lp_exact_answer(&alone, mpfr);
        for (int j = 0; j < info->out_count; j++)
            for (int64_t i = 0; i < whole.len[info->out[j].role]; i++)
                assert_true(same(whole.out[info->out[j].role][i], alone.out[info->out[j].role][i]));
        lp_exact_free(e);
        lp_exact_free(mpfr);
        lp_answer_clear(&whole);
        lp_answer_clear(&alone);
        lp_case_clear(&c);
    }
}

/* Options, other formats, other modes, labels between 0 and 1, a third class: not the filter's. */
static void test_refuses(void **state) {
    (void)state;
    lp_case c;
    per_family = 1;
    fill(&c, LP_OP_BCE_LOGITS, LP_BINARY32, 0);
    assert_true(lp_filter_takes(&c));
    c.rounding = LP_ROUND_UP;
    assert_false(lp_filter_takes(&c));
    c.rounding = LP_ROUND_NEAREST;
    c.format = LP_BINARY64;
    assert_false(lp_filter_takes(&c));
    c.format = LP_E4M3;
    assert_false(lp_filter_takes(&c));
    c.format = LP_BINARY32;
    c.in[LP_IN_TARGETS][0] = 0.5;
    assert_false(lp_filter_takes(&c));
    c.in[LP_IN_TARGETS][0] = 1;
    c.reduction = LP_REDUCE_SUM;
    assert_false(lp_filter_takes(&c));
    c.reduction = LP_REDUCE_NONE;
    lp_case_set(&c, LP_PARAM_POS_WEIGHT, 1);
    assert_false(lp_filter_takes(&c));
    lp_case_clear(&c);
    lp_case_init(&c, LP_OP_SOFTMAX_XENT);
    c.format = LP_BINARY32;
    c.n = 1;
    c.k = c.stride = 3;
    assert_false(lp_filter_takes(&c));
    lp_case_clear(&c);
    lp_case_init(&c, LP_OP_SIGMOID);
    c.format = LP_BINARY32;
    c.n = c.k = c.stride = 1;
    assert_true(lp_filter_takes(&c));
    lp_case_alloc(&c, LP_IN_V);
    assert_false(lp_filter_takes(&c));
    lp_case_clear(&c);
}

/* The reference called with doubles that are none of IEEE's to nearest ends the process. */
static void test_environment(void **state) {
    static const int modes[] = {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};
    (void)state;
    for (int i = 0; i < 6; i++) {
        int status;
        fflush(NULL);
        pid_t child = fork();
        if (child == 0) {
            lp_case c;
            if (!freopen("/dev/null", "w", stderr)) _exit(1);
            signal(SIGABRT, SIG_DFL); /* cmocka's own would go on with the tests */
            fill(&c, LP_OP_SIGMOID, LP_BINARY32, 0);
            fesetround(modes[i % 4]);
#ifdef __x86_64__
            if (i >= 4) __builtin_ia32_ldmxcsr(__builtin_ia32_stmxcsr() | (i == 4 ? 0x8000 : 0x40));
#endif
            lp_exact_free(lp_exact_new(&c, NULL));
            _exit(0);
        }
        assert_true(child > 0 && waitpid(child, &status, 0) == child);
#ifndef __x86_64__
        if (i >= 4) continue;
#endif
        if (i == 0)
            assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        else
            assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers), cmocka_unit_test(test_specials),
        cmocka_unit_test(test_refuses), cmocka_unit_test(test_environment)};
    if (argc > 1) per_family = atol(argv[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
