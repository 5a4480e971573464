/* Every answer of the reference against balls of the second derivation: the ball must lie within
 * the reference's enclosure, and where both ends of the ball round to one number the reference must
 * give it, in the case's format and mode, in the other formats and modes, and in its measure.
 * Usage: t_ref_arb [cases per operation] [bits] [first case] [operation]; pieces of one run may be
 * made apart. */
#include "arb_oracle.h"
#include "check.h"
#include "random_case.h"
#include "second_rounding.h"

#include "ref/env.h"
#include "ref/refine.h"

#include <math.h>

static int64_t per_op = 350, first_case, at_case;
static lp_op only = LP_OP_COUNT; /* LP_OP_COUNT: all */
static slong bits = 3400;
static int64_t answers, contained, agreed, open_balls, undecided, wrong, outside;
static int64_t rational, touching, open_rational, open_far, listed;

/* Times the bits: for a ball that leaves a rounding open; where that does and the logits are within
 * its reach, for orders that cancel. */
enum { WIDER = 5, WIDEST = 25 };

static void complain(const lp_case *c, lp_out out, int64_t i, const char *what, double got,
                     double want) {
    if (wrong + outside + undecided > 8 && only == LP_OP_COUNT) return;
    printf("case %ld: %s %s[%ld] %s k=%ld: %s: %a, ball %a\n", (long)at_case,
           lp_op_get(c->op)->name, lp_out_name(out), (long)i, lp_format_get(c->format)->name,
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

/* The reference's first enclosure must hold the whole ball; a rational answer must lie in it.
 * Whether it is one. */
static bool check_contained(lp_exact *e, const lp_case *c, lp_out out, int64_t i, const mpfr_t lo,
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
    bool whole = e->x.whole;
    rational += whole;
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
    return whole;
}

/* A component's ball, and the same at more bits where somebody asked. */
typedef struct ball {
    const lp_case *c;
    lp_out out;
    int64_t i;
    mpfr_t lo, hi;
    arb_ptr *wider, *widest; /* the whole output's; NULL: not made */
    bool whole;              /* the reference takes it for rational */
} ball;

static bool ends_agree(double *to, const ball *b, const lp_format *f, lp_rounding mode) {
    double high = second_rounding(b->hi, f, mode);
    *to = second_rounding(b->lo, f, mode);
    return same(*to, high);
}

/* The same at `times` the bits. */
static bool wider_agrees(double *to, const ball *b, const lp_format *f, lp_rounding mode,
                         int times) {
    slong before = bits;
    ball more = *b;
    arb_ptr *all = times == WIDER ? b->wider : b->widest;
    bits *= times;
    if (!*all) *all = arb_oracle(b->c, b->out, bits);
    mpfr_inits2(bits + 64, more.lo, more.hi, (mpfr_ptr)0);
    ends(more.lo, more.hi, *all + b->i);
    bool agree = ends_agree(to, &more, f, mode);
    mpfr_clears(more.lo, more.hi, (mpfr_ptr)0);
    bits = before;
    return agree;
}

/* Between the largest and the smallest of the finite logits, 0 among them where it is `binary`. */
static double spread(const double *z, int64_t k, bool binary) {
    double low = binary ? 0 : INFINITY, high = binary ? 0 : -INFINITY;
    for (int64_t j = 0; z && j < k; j++) {
        if (isinf(z[j])) continue;
        low = fmin(low, z[j]);
        high = fmax(high, z[j]);
    }
    return high - low;
}

/* Between the largest and the smallest finite logit of a row of X W^T + b, whichever row. */
static double linear_spread(const lp_case *c) {
    long double reach = 0;
    for (int64_t i = 0; i < c->n; i++) {
        long double low = INFINITY, high = -INFINITY;
        for (int64_t j = 0; j < c->k; j++) {
            long double z = c->in[LP_IN_B][j];
            for (int64_t d = 0; d < c->d; d++)
                z += (long double)c->in[LP_IN_X][i * c->d + d] * c->in[LP_IN_W][j * c->d + d];
            if (isinf(z)) continue;
            low = fminl(low, z);
            high = fmaxl(high, z);
        }
        reach = fmaxl(reach, high - low);
    }
    return (double)reach;
}

/* -ln (1 - p_c)^gamma. */
static double focal_reach(const lp_case *c) {
    const double *z = c->in[LP_IN_LOGITS];
    double others = 0, sign = c->label[0] ? -1 : 1;
    if (c->op == LP_OP_FOCAL_SIGMOID) others = exp(sign * z[0]);
    for (int64_t j = 0; c->op == LP_OP_FOCAL_SOFTMAX && j < c->k; j++)
        if (j != c->label[0]) others += exp(z[j] - z[c->label[0]]);
    return lp_case_param(c, LP_PARAM_GAMMA) * log1p(1 / others);
}

/* Logits so far apart, or one so far from 0, that e^-d, (1 - p)^gamma or sech^2(z / softcap) is
 * below 2^-(WIDER bits): what is left of an answer beside a rational number is beyond any ball. */
static bool far_apart(const lp_case *c) {
    bool binary = lp_op_get(c->op)->scalar || c->op == LP_OP_MULTILABEL_BCE;
    double reach = spread(c->in[LP_IN_LOGITS], c->k, binary), largest = 0;
    if (c->in[LP_IN_TEACHER]) reach = fmax(reach, spread(c->in[LP_IN_TEACHER], c->k, false));
    if (c->in[LP_IN_SIM]) reach = spread(c->in[LP_IN_SIM], c->n * c->n, false);
    if (c->in[LP_IN_X]) reach = linear_spread(c);
    if (!c->in[LP_IN_LOGITS] && !c->in[LP_IN_SIM] && !c->in[LP_IN_X]) return false;
    if (lp_case_has(c, LP_PARAM_TEMPERATURE)) {
        bool both = c->op == LP_OP_DISTILL && lp_case_param(c, LP_PARAM_MIX) != 0; /* at T and 1 */
        double at_t = reach / c->param[LP_PARAM_TEMPERATURE];
        reach = both ? fmax(reach, at_t) : at_t;
    }
    if (lp_case_has(c, LP_PARAM_GAMMA))
        reach = fmax(reach * (1 + c->param[LP_PARAM_GAMMA]), focal_reach(c));
    for (int64_t j = 0; c->in[LP_IN_LOGITS] && j < c->k; j++)
        if (isfinite(c->in[LP_IN_LOGITS][j])) largest = fmax(largest, fabs(c->in[LP_IN_LOGITS][j]));
    if (lp_case_has(c, LP_PARAM_SOFTCAP))
        reach = fmax(reach, 2 * largest / c->param[LP_PARAM_SOFTCAP]);
    return reach > 0.69 * WIDER * (double)bits;
}

/* Recognised as rational at the second precision, which is where sums over one denominator are
 * looked at. */
static bool asked_twice(void *count, lp_exact *e) {
    (void)e;
    return ++*(int *)count > 1;
}

static bool rational_at_second(lp_exact *e, const ball *b) {
    lp_env env;
    int count = 0;
    lp_env_enter(&env);
    lp_refine_ask(e, b->out, b->i, asked_twice, &count);
    lp_env_leave(&env);
    return e->x.whole;
}

static void check_told(const ball *b, lp_rounding mode, double got, double want) {
    if (same(want, got) || (want == 0 && got == 0 && mpfr_zero_p(b->lo))) {
        agreed++;
        return;
    }
    complain(b->c, b->out, b->i, lp_rounding_name(mode), got, want);
    wrong++;
}

/* Open at the wider precision too: a rational number at a boundary, or one beside it by e^-d with d
 * out of reach, which no precision tells; the others at the widest, and what that leaves is listed.
 * The reference's answer must be one of the two ends' at least. */
static void check_open(lp_exact *e, const ball *b, const lp_format *f, lp_rounding mode,
                       double got) {
    double low = second_rounding(b->lo, f, mode), high = second_rounding(b->hi, f, mode), want;
    bool whole = b->whole || rational_at_second(e, b), far = !whole && far_apart(b->c);
    if (!whole && !far && wider_agrees(&want, b, f, mode, WIDEST)) {
        check_told(b, mode, got, want);
        return;
    }
    open_balls++;
    open_rational += whole;
    open_far += far;
    if (!whole && !far && listed++ < 1000)
        printf("open: case %ld: %s %s[%ld] k=%ld to %s %s: %a or %a, the reference %a\n",
               (long)at_case, lp_op_get(b->c->op)->name, lp_out_name(b->out), (long)b->i,
               (long)b->c->k, f->name, lp_rounding_name(mode), low, high, got);
    if (!(got >= low && got <= high) && !isnan(low) && !isnan(high)) {
        complain(b->c, b->out, b->i, "not between", got, low);
        wrong++;
    }
}

static void check_rounding(lp_exact *e, const ball *b, lp_format_id id, lp_rounding mode) {
    const lp_case *c = b->c;
    const lp_format *f = lp_format_get(id);
    bool open;
    double want, got = lp_exact_round(e, b->out, b->i, id, mode, &open);
    bool told =
        ends_agree(&want, b, f, mode) || (!b->whole && wider_agrees(&want, b, f, mode, WIDER));
    answers++;
    if (open) {
        undecided++;
        complain(c, b->out, b->i, "undecided", got, want);
        return;
    }
    if (!told) {
        check_open(e, b, f, mode, got);
        return;
    }
    check_told(b, mode, got, want);
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
    arb_ptr balls = arb_oracle(c, out, bits), wider = NULL, widest = NULL;
    ball b = {.c = c, .out = out, .wider = &wider, .widest = &widest};
    mpfr_inits2(bits + 64, b.lo, b.hi, (mpfr_ptr)0);
    for (int64_t i = 0; i < len; i++) {
        if (lp_exact_kind(e, out, i) != LP_KIND_NUMBER) continue;
        b.i = i;
        ends(b.lo, b.hi, balls + i);
        b.whole = check_contained(e, c, out, i, b.lo, b.hi);
        check_rounding(e, &b, c->format, c->rounding);
        check_rounding(e, &b, (lp_format_id)lp_rng_below(rng, LP_FORMAT_COUNT),
                       (lp_rounding)lp_rng_below(rng, LP_ROUNDING_COUNT));
        double got = mpfr_get_d(b.lo, MPFR_RNDN) * (1 + lp_rng_normal(rng) * 0x1p-52);
        check_measure(e, c, out, i, b.lo, b.hi, lp_format_round(lp_format_get(c->format), got));
    }
    mpfr_clears(b.lo, b.hi, (mpfr_ptr)0);
    _arb_vec_clear(balls, len);
    if (wider) _arb_vec_clear(wider, len);
    if (widest) _arb_vec_clear(widest, len);
}

static void check_case(lp_op one, int64_t i) {
    lp_rng rng;
    lp_case c;
    lp_error err;
    at_case = i;
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
        if (!lp_op_get((lp_op)op)->built || (only != LP_OP_COUNT && only != (lp_op)op)) continue;
        for (int64_t i = 0; i < per_op; i++) check_case((lp_op)op, first_case + i);
        printf("%s: %ld answers\n", lp_op_get((lp_op)op)->name, (long)(answers - before));
    }
    int64_t other = open_balls - open_rational - open_far;
    printf(
        "%ld answers at %ld bits: %ld components within the enclosure (%ld rational), %ld "
        "reaching over its end, %ld outside; %ld equal to the rounding of both ends, %ld rational "
        "at a boundary, %ld beside one out of reach, %ld others open (%.4f %%), %ld wrong, %ld "
        "undecided\n",
        (long)answers, (long)bits, (long)contained, (long)rational, (long)touching, (long)outside,
        (long)agreed, (long)open_rational, (long)open_far, (long)other,
        100 * (double)other / (double)answers, (long)wrong, (long)undecided);
    assert_int_equal(wrong, 0);
    assert_int_equal(outside, 0);
    assert_int_equal(undecided, 0);
    if (only != LP_OP_COUNT) return; /* the shares below are of all operations together */
    assert_true(answers >= 100000 || per_op < 350);
    assert_true(answers >= 10000000 || per_op < 33000);
    assert_true(touching * 20 <= contained);
    assert_true(open_rational * 20 <= answers);
    assert_true(open_far * 20 <= answers);
    assert_true(other * 10000 <= answers);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_against_arb)};
    if (argc > 1) per_op = atol(argv[1]);
    if (argc > 2) bits = atol(argv[2]);
    if (argc > 3) first_case = atol(argv[3]);
    if (argc > 4 && !lp_op_by_name(&only, argv[4])) return 2;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    flint_cleanup();
    return failed;
}
