/* Reduced losses and scaled gradients against balls: each row by the second derivation of one row,
 * then sum, quotient and product in Arb. The ball must lie within the reference's enclosure, and
 * where both its ends round to one number the reference must give it.
 * Usage: t_ref_batch_arb [batches per operation] */
#include "arb_oracle.h"
#include "check.h"
#include "random_case.h"
#include "second_rounding.h"

#include "ref/env.h"
#include "ref/refine.h"

#include <math.h>

#define BITS 1600

static int64_t per_op = 150;
static int64_t answers, agreed, touching, open_balls, undecided, wrong;

static const lp_op op[] = {
    LP_OP_SOFTMAX_XENT, LP_OP_BCE_LOGITS, LP_OP_ENTROPY,  LP_OP_CROSS_ENTROPY, LP_OP_KL_DIV,
    LP_OP_KL_GEN,       LP_OP_NLL,        LP_OP_BCE_PROB, LP_OP_POLICY_GRAD,   LP_OP_HINGE,
    LP_OP_HINGE_MULTI,  LP_OP_BRIER,      LP_OP_DISTILL,  LP_OP_MSE_SIGMOID,   LP_OP_MSE_SOFTMAX};

static int64_t below(lp_rng *rng, int64_t n) {
    return (int64_t)lp_rng_below(rng, (uint64_t)n);
}

/* Parameters and weights of the first row for all of them; a mask stays where W = 0 for certain. */
static void put_row(lp_case *c, const lp_case *row, int64_t i) {
    for (int r = 0; r < LP_IN_COUNT; r++) {
        lp_shape shape = lp_op_get(c->op)->in[r];
        if (!row->in[r] || shape != LP_SHAPE_NK) continue;
        for (int64_t j = 0; j < c->k; j++) {
            double x = lp_format_round(lp_format_get(c->format), row->in[r][j]);
            c->in[r][i * c->k + j] = isfinite(x) ? x : i ? -3 : row->in[r][j];
        }
    }
    if (c->label) c->label[i] = row->label[0];
}

static void draw_upstream(lp_case *c, lp_rng *rng) {
    static const double some[] = {1, -1, 0, 0x1p-20, -0x1p70, 3};
    double *up = lp_case_alloc(c, LP_IN_UPSTREAM);
    for (int64_t i = 0; i < lp_case_in_len(c, LP_IN_UPSTREAM); i++)
        up[i] = below(rng, 2) ? some[below(rng, 6)]
                              : lp_format_round(lp_format_get(c->format), 4 * lp_rng_normal(rng));
}

static void random_batch(lp_case *c, lp_rng *rng, lp_op one) {
    lp_case first;
    random_case(&first, rng, one, 4);
    lp_case_init(c, one);
    c->format = first.format;
    c->rounding = first.rounding;
    c->reduction = (lp_reduction)below(rng, 3);
    c->n = 1 + below(rng, 6);
    c->k = c->stride = first.k;
    for (int p = 0; p < LP_PARAM_WEIGHTS; p++)
        if (lp_case_has(&first, (lp_param)p)) lp_case_set(c, (lp_param)p, first.param[p]);
    for (int r = 0; r < LP_IN_COUNT; r++)
        if (first.in[r]) lp_case_alloc(c, (lp_in)r);
    if (first.label) lp_case_alloc_label(c);
    double *w = c->in[LP_IN_WEIGHTS];
    if (w) memcpy(w, first.in[LP_IN_WEIGHTS], (size_t)c->k * sizeof *w);
    put_row(c, &first, 0);
    for (int64_t i = 1; i < c->n;) {
        lp_case row;
        random_case(&row, rng, one, 4);
        if (row.k == c->k) put_row(c, &row, i++);
        lp_case_clear(&row);
    }
    if (one == LP_OP_SOFTMAX_XENT) {
        if (below(rng, 2)) lp_case_set(c, LP_PARAM_MEAN_RULE, 1);
        if (below(rng, 2)) lp_case_set(c, LP_PARAM_IGNORE_INDEX, (double)below(rng, c->k));
    }
    if (one != LP_OP_SOFTMAX_XENT && lp_op_get(one)->label == LP_LABEL_CLASS && below(rng, 2))
        lp_case_set(c, LP_PARAM_IGNORE_INDEX, (double)below(rng, c->k));
    if (lp_op_get(one)->in[LP_IN_UPSTREAM] && below(rng, 2)) draw_upstream(c, rng);
    lp_case_clear(&first);
}

/* Row i as a case of its own, for the oracle of one row. */
static void row_view(lp_case *row, const lp_case *c, int64_t i) {
    *row = *c;
    row->n = 1;
    row->reduction = LP_REDUCE_NONE;
    if (c->label) row->label = c->label + i;
    for (int r = 0; r < LP_IN_COUNT; r++)
        if (c->in[r] && lp_op_get(c->op)->in[r] == LP_SHAPE_NK) row->in[r] = c->in[r] + i * c->k;
}

static bool skipped(const lp_case *c, int64_t i) {
    return lp_case_has(c, LP_PARAM_IGNORE_INDEX) && c->label[i] == c->ignore_index;
}

/* False: a mean over nothing. */
static bool denominator(arb_t d, const lp_case *c) {
    arb_t w;
    arb_init(w);
    for (int64_t i = 0; i < c->n; i++) {
        if (skipped(c, i)) continue;
        bool weighted = c->in[LP_IN_WEIGHTS] && lp_case_has(c, LP_PARAM_MEAN_RULE);
        arb_set_d(w, weighted ? c->in[LP_IN_WEIGHTS][c->label[i]] : 1);
        arb_add(d, d, w, BITS);
    }
    arb_clear(w);
    if (c->reduction != LP_REDUCE_MEAN) arb_set_si(d, 1);
    return !arb_is_zero(d);
}

static arb_ptr batch_balls(const lp_case *c, lp_out out, const arb_t d) {
    int64_t len = lp_case_out_len(c, out), width = out == LP_OUT_LOSS ? 1 : c->k;
    bool one = out == LP_OUT_LOSS && c->reduction != LP_REDUCE_NONE;
    const double *up = out == LP_OUT_LOSS ? NULL : c->in[LP_IN_UPSTREAM];
    arb_ptr all = _arb_vec_init(len);
    arb_t u;
    arb_init(u);
    for (int64_t i = 0; i < c->n; i++) {
        lp_case row;
        if (skipped(c, i)) continue;
        row_view(&row, c, i);
        arb_ptr ball = arb_oracle(&row, out, BITS);
        arb_set_d(u, !up ? 1 : c->reduction == LP_REDUCE_NONE ? up[i] : up[0]);
        for (int64_t j = 0; j < width; j++)
            arb_addmul(all + (one ? 0 : i * width + j), ball + j, u, BITS);
        _arb_vec_clear(ball, width);
    }
    if (one || out != LP_OUT_LOSS) _arb_vec_scalar_div(all, all, len, d, BITS);
    arb_clear(u);
    return all;
}

static void ends(mpfr_t lo, mpfr_t hi, const arb_t ball) {
    arf_t a;
    arf_init(a);
    arb_get_lbound_arf(a, ball, BITS + 64);
    arf_get_mpfr(lo, a, MPFR_RNDD);
    arb_get_ubound_arf(a, ball, BITS + 64);
    arf_get_mpfr(hi, a, MPFR_RNDU);
    arf_clear(a);
}

static void complain(const lp_case *c, lp_out out, int64_t i, const char *what, double got,
                     double want) {
    wrong++;
    if (wrong > 8) return;
    printf("%s %s[%ld] n=%ld k=%ld %s: %s: %a, ball %a\n", lp_op_get(c->op)->name, lp_out_name(out),
           (long)i, (long)c->n, (long)c->k, lp_reduction_name(c->reduction), what, got, want);
}

static bool enclosed(void *answer, lp_exact *e) {
    (void)answer, (void)e;
    return true;
}

/* The reference's enclosure holds the ball, or at least meets it where x is rational or within the
 * ball's radius of an end. */
static void check_contained(lp_exact *e, const lp_case *c, lp_out out, int64_t i, const mpfr_t lo,
                            const mpfr_t hi) {
    lp_env env;
    mpfr_t a, b;
    lp_env_enter(&env);
    mpfr_inits2(BITS + 64, a, b, (mpfr_ptr)0);
    lp_refine_ask(e, out, i, enclosed, NULL);
    lp_enclosure_lower(a, &e->x);
    lp_enclosure_upper(b, &e->x);
    bool inside = mpfr_lessequal_p(a, lo) && mpfr_lessequal_p(hi, b);
    bool meets = mpfr_lessequal_p(a, hi) && mpfr_lessequal_p(lo, b);
    touching += !inside && meets && !e->x.whole;
    if (!meets) complain(c, out, i, "outside", mpfr_get_d(a, MPFR_RNDN), mpfr_get_d(lo, MPFR_RNDN));
    mpfr_clears(a, b, (mpfr_ptr)0);
    lp_env_leave(&env);
}

static void check_component(lp_exact *e, const lp_case *c, lp_out out, int64_t i, const mpfr_t lo,
                            const mpfr_t hi) {
    bool open;
    const lp_format *f = lp_format_get(c->format);
    double a = second_rounding(lo, f, c->rounding), b = second_rounding(hi, f, c->rounding);
    double got = lp_exact_round(e, out, i, c->format, c->rounding, &open);
    answers++;
    undecided += open;
    check_contained(e, c, out, i, lo, hi);
    if (open) return;
    if (!same(a, b)) {
        open_balls++;
        if (!(got >= a && got <= b)) complain(c, out, i, "not between", got, a);
    } else if (same(a, got) || (a == 0 && got == 0 && mpfr_zero_p(lo))) {
        agreed++;
    } else {
        complain(c, out, i, lp_rounding_name(c->rounding), got, a);
    }
}

static void check_batch(lp_op one, int64_t at) {
    lp_rng rng;
    lp_case c;
    lp_error err;
    arb_t d;
    mpfr_t lo, hi;
    lp_rng_init(&rng, 77, (uint64_t)one, (uint64_t)at);
    random_batch(&c, &rng, one);
    assert_true(lp_case_check(&c, &err) || (printf("%s\n", err.text), false));
    lp_exact *e = lp_exact_new(&c, &err);
    assert_int_equal(lp_exact_status(e), LP_OK);
    arb_init(d);
    mpfr_inits2(BITS + 64, lo, hi, (mpfr_ptr)0);
    bool full = denominator(d, &c);
    for (int o = 0; full && o < lp_op_get(one)->out_count; o++) {
        lp_out out = lp_op_get(one)->out[o].role;
        int64_t len = lp_exact_len(e, out);
        arb_ptr ball = batch_balls(&c, out, d);
        for (int64_t i = 0; i < len; i++) {
            if (lp_exact_kind(e, out, i) != LP_KIND_NUMBER) continue;
            ends(lo, hi, ball + i);
            check_component(e, &c, out, i, lo, hi);
        }
        _arb_vec_clear(ball, len);
    }
    mpfr_clears(lo, hi, (mpfr_ptr)0);
    arb_clear(d);
    lp_exact_free(e);
    lp_case_clear(&c);
}

static void test_against_arb(void **state) {
    (void)state;
    for (size_t o = 0; o < sizeof op / sizeof *op; o++)
        for (int64_t i = 0; i < per_op; i++) check_batch(op[o], i);
    printf("%ld answers: %ld equal to the rounding of both ends, %ld where the ends differ, %ld "
           "reaching over an end, %ld undecided, %ld wrong\n",
           (long)answers, (long)agreed, (long)open_balls, (long)touching, (long)undecided,
           (long)wrong);
    assert_int_equal(wrong, 0);
    assert_int_equal(undecided, 0);
    assert_true(agreed * 20 >= 18 * answers);
    assert_true(answers >= 5000 || per_op < 150);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_against_arb)};
    if (argc > 1) per_op = atol(argv[1]);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    flint_cleanup();
    return failed;
}
