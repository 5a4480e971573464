/* Every answer of the reference against balls of the second derivation: the ball must lie within
 * the reference's enclosure, and where both ends of the ball round to one number the reference must
 * give it, in the case's format and mode, in the other formats and modes, and in its measure.
 * Usage: t_ref_arb [cases per operation] [bits] */
#include "arb_oracle.h"
#include "check.h"
#include "random_case.h"
#include "second_rounding.h"

#include "ref/env.h"
#include "ref/refine.h"

#include <math.h>

static int64_t per_op = 1300;
static slong bits = 3400;
static int64_t answers, contained, agreed, open_balls, undecided, wrong, outside;
static int64_t rational, touching;

static void complain(const lp_case *c, lp_out out, int64_t i, const char *what, double got,
                     double want) {
    if (wrong + outside > 8) return;
    printf("%s %s[%ld] k=%ld: %s: %a, ball %a\n", lp_op_get(c->op)->name, lp_out_name(out), (long)i,
           (long)c->k, what, got, want);
    for (int r = 0; r < LP_IN_COUNT; r++)
        for (int64_t j = 0; c->in[r] && j < lp_case_in_len(c, (lp_in)r); j++)
            printf("  %s[%ld] = %a\n", lp_in_name((lp_in)r), (long)j, c->in[r][j]);
    for (int p = 0; p < LP_PARAM_WEIGHTS; p++)
        if (lp_case_has(c, (lp_param)p))
            printf("  %s = %a\n", lp_param_name((lp_param)p), c->param[p]);
    if (c->label) printf("  label = %ld\n", (long)c->label[0]);
}

static void ends(mpfr_t lo, mpfr_t hi, const arb_t ball) {
    arf_t a;
    arf_init(a);
    arb_get_lbound_arf(a, ball, bits + 64);
    arf_get_mpfr(lo, a, MPFR_RNDD);
    arb_get_ubound_arf(a, ball, bits + 64);
    arf_get_mpfr(hi, a, MPFR_RNDU);
    arf_clear(a);
}

static bool enclosed(void *answer, lp_exact *e) {
    (void)answer, (void)e;
    return true;
}

/* The reference's first enclosure must hold the whole ball; a rational answer must lie in it. */
static void check_contained(lp_exact *e, const lp_case *c, lp_out out, int64_t i, const mpfr_t lo,
                            const mpfr_t hi) {
    lp_env env;
    mpfr_t a, b;
    lp_env_enter(&env);
    mpfr_inits2(bits + 64, a, b, (mpfr_ptr)0);
    lp_refine_ask(e, out, i, enclosed, NULL);
    lp_enclosure_lower(a, &e->x);
    lp_enclosure_upper(b, &e->x);
    bool inside = mpfr_lessequal_p(a, lo) && mpfr_lessequal_p(hi, b);
    if (e->x.whole) inside = mpfr_lessequal_p(a, hi) && mpfr_lessequal_p(lo, b);
    rational += e->x.whole;
    bool overlap = mpfr_lessequal_p(a, hi) && mpfr_lessequal_p(lo, b);
    if (!inside && overlap) { /* x within the ball's radius of an end: 1 - e^-5000 at 3400 bits */
        touching++;
        goto done;
    }
    contained += inside;
    if (!inside) {
        complain(c, out, i, "outside", mpfr_get_d(a, MPFR_RNDN), mpfr_get_d(lo, MPFR_RNDN));
        outside++;
    }
done:
    mpfr_clears(a, b, (mpfr_ptr)0);
    lp_env_leave(&env);
}

static void check_rounding(lp_exact *e, const lp_case *c, lp_out out, int64_t i, const mpfr_t lo,
                           const mpfr_t hi, lp_format_id id, lp_rounding mode) {
    const lp_format *f = lp_format_get(id);
    bool open;
    double a = second_rounding(lo, f, mode), b = second_rounding(hi, f, mode);
    double got = lp_exact_round(e, out, i, id, mode, &open);
    answers++;
    if (open) { /* the degenerate products of softmax.c, in a directed mode */
        undecided++;
        bool excused = c->op == LP_OP_SOFTMAX && out == LP_OUT_GRAD && mode != LP_ROUND_NEAREST;
        if (!excused) complain(c, out, i, "undecided", got, a);
        wrong += !excused;
        return;
    }
    if (!same(a, b)) {
        open_balls++;
        if (!(got >= a && got <= b) && !isnan(a) && !isnan(b)) {
            complain(c, out, i, "not between", got, a);
            wrong++;
        }
        return;
    }
    if (same(a, got) || (a == 0 && got == 0 && mpfr_zero_p(lo))) {
        agreed++;
        return;
    }
    complain(c, out, i, lp_rounding_name(mode), got, a);
    wrong++;
}

/* The ruler: |got - x| / ulp within the ball's own figure. */
static void check_measure(lp_exact *e, const lp_case *c, lp_out out, int64_t i, const mpfr_t lo,
                          const mpfr_t hi, double got) {
    lp_measure m;
    mpfr_t d, g;
    if (!isfinite(got) || lp_exact_segment(e, out, i)) return; /* of a kink: t_kink.c */
    lp_exact_measure(&m, e, out, i, got);
    if (!isfinite(m.ulp_hi)) return;
    mpfr_inits2(bits + 64, d, g, (mpfr_ptr)0);
    mpfr_d_sub(d, got, lo, MPFR_RNDN);
    mpfr_d_sub(g, got, hi, MPFR_RNDN);
    mpfr_abs(d, d, MPFR_RNDN);
    mpfr_abs(g, g, MPFR_RNDN);
    int scale = m.exact_zero ? 0 : m.ulp_exp;
    mpfr_max(d, d, g, MPFR_RNDN);
    mpfr_mul_2si(d, d, -scale, MPFR_RNDN);
    mpfr_sub(g, hi, lo, MPFR_RNDU);
    mpfr_mul_2si(g, g, -scale, MPFR_RNDU);
    mpfr_sub(g, d, g, MPFR_RNDD);
    /* [g, d] holds the true figure. */
    bool apart = mpfr_cmp_d(d, m.ulp_lo) < 0 || mpfr_cmp_d(g, m.ulp_hi) > 0;
    if (apart) {
        complain(c, out, i, "measure", m.ulp_lo, mpfr_get_d(d, MPFR_RNDN));
        wrong++;
    }
    mpfr_clears(d, g, (mpfr_ptr)0);
}

static void check_output(lp_exact *e, const lp_case *c, lp_out out, lp_rng *rng) {
    int64_t len = lp_exact_len(e, out);
    if (len == 0) return;
    arb_ptr ball = arb_oracle(c, out, bits);
    mpfr_t lo, hi;
    mpfr_inits2(bits + 64, lo, hi, (mpfr_ptr)0);
    for (int64_t i = 0; i < len; i++) {
        if (lp_exact_kind(e, out, i) != LP_KIND_NUMBER) continue;
        ends(lo, hi, ball + i);
        check_contained(e, c, out, i, lo, hi);
        check_rounding(e, c, out, i, lo, hi, c->format, c->rounding);
        check_rounding(e, c, out, i, lo, hi, (lp_format_id)lp_rng_below(rng, LP_FORMAT_COUNT),
                       (lp_rounding)lp_rng_below(rng, LP_ROUNDING_COUNT));
        double got = mpfr_get_d(lo, MPFR_RNDN) * (1 + lp_rng_normal(rng) * 0x1p-52);
        check_measure(e, c, out, i, lo, hi, lp_format_round(lp_format_get(c->format), got));
    }
    mpfr_clears(lo, hi, (mpfr_ptr)0);
    _arb_vec_clear(ball, len);
}

static void check_case(lp_op one, int64_t i) {
    lp_rng rng;
    lp_case c;
    lp_error err;
    lp_rng_init(&rng, 2026, (uint64_t)one, (uint64_t)i);
    random_case(&c, &rng, one, i % 100 == 99 ? 300 : 9);
    assert_true(lp_case_check(&c, &err) || (printf("%s\n", err.text), false));
    lp_exact *e = lp_exact_new(&c, &err);
    assert_non_null(e);
    assert_int_equal(lp_exact_status(e), LP_OK);
    const lp_op_info *info = lp_op_get(one);
    for (int o = 0; o < info->out_count; o++) check_output(e, &c, info->out[o].role, &rng);
    lp_exact_free(e);
    lp_case_clear(&c);
}

static void test_against_arb(void **state) {
    (void)state;
    for (int op = 0; op < LP_OP_COUNT; op++) {
        int64_t before = answers;
        if (!lp_op_get((lp_op)op)->built) continue;
        for (int64_t i = 0; i < per_op; i++) check_case((lp_op)op, i);
        printf("%s: %ld answers\n", lp_op_get((lp_op)op)->name, (long)(answers - before));
    }
    printf("%ld answers at %ld bits: %ld components within the enclosure (%ld rational), %ld "
           "reaching over its end, %ld outside; "
           "%ld equal to the rounding of both ends, %ld where the ends differ, %ld wrong, %ld "
           "undecided\n",
           (long)answers, (long)bits, (long)contained, (long)rational, (long)touching,
           (long)outside, (long)agreed, (long)open_balls, (long)wrong, (long)undecided);
    assert_true(answers >= 20000 || per_op < 1300);
    assert_int_equal(wrong, 0);
    assert_int_equal(outside, 0);
    assert_true(undecided * 5000 <= answers);
    assert_true(touching * 20 <= contained);
    assert_true(open_balls * 20 <= answers);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_against_arb)};
    if (argc > 1) per_op = atol(argv[1]);
    if (argc > 2) bits = atol(argv[2]);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    flint_cleanup();
    return failed;
}
