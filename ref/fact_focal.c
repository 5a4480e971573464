#include "ref/env.h"
#include "ref/fact_end.h"
#include "ref/facts.h"

/* e^(a - b) added to *sum; one direction. */
static void add_exp(mpfr_ptr sum, double a, double b, mpfr_ptr work, mpfr_rnd_t rnd) {
    mpfr_set_d(work, a, MPFR_RNDZ);
    mpfr_sub_d(work, work, b, rnd);
    mpfr_exp(work, work, rnd);
    mpfr_add(sum, sum, work, rnd);
}

/* (1 - p)/p of the label, rounded in one direction: the sum of e^(z_j - z_c) over the others, or
 * e^-z, e^z of the binary form. A class at -inf adds nothing. */
static void odds(mpfr_ptr sum, const lp_case *c, int64_t row, mpfr_ptr work, mpfr_rnd_t rnd) {
    const double *z = c->in[LP_IN_LOGITS] + row * c->k;
    int64_t label = c->label[row];
    mpfr_set_zero(sum, 1);
    if (lp_op_get(c->op)->scalar) {
        add_exp(sum, label ? 0 : *z, label ? *z : 0, work, rnd);
        return;
    }
    for (int64_t j = 0; j < c->k; j++)
        if (j != label && z[j] - z[j] == 0) add_exp(sum, z[j], z[label], work, rnd);
}

static void alpha_of(mpfr_ptr alpha, const lp_case *c, int64_t row, mpfr_rnd_t rnd) {
    bool given = lp_case_has(c, LP_PARAM_ALPHA), rest = lp_op_get(c->op)->scalar && !c->label[row];
    double a = c->in[LP_IN_ALPHA] ? c->in[LP_IN_ALPHA][c->label[row]]
               : given            ? c->param[LP_PARAM_ALPHA]
                                  : 1;
    mpfr_set_d(alpha, a, MPFR_RNDZ); /* 53 bits fit */
    if (given && rest) mpfr_d_sub(alpha, 1, alpha, rnd);
}

/* One end, every step rounded to its side: with r = (1 - p)/p rounded to that side and `other` to
 * the other one, d = 1/(1 + 1/r) and, for the lower end, p = 1/(1 + other). */
static void focal_end(mpfr_ptr end, mpfr_srcptr r, mpfr_srcptr other, const lp_case *c, int64_t row,
                      bool up) {
    mpfr_rnd_t rnd = up ? MPFR_RNDU : MPFR_RNDD, back = up ? MPFR_RNDD : MPFR_RNDU;
    mpfr_t gamma, x;
    mpfr_inits2(FACT_BITS, gamma, x, (mpfr_ptr)0);
    mpfr_set_d(gamma, lp_case_param(c, LP_PARAM_GAMMA), MPFR_RNDZ);
    mpfr_ui_div(x, 1, r, back);
    mpfr_add_ui(x, x, 1, back);
    mpfr_ui_div(x, 1, x, rnd); /* d, in [0, 1] */
    mpfr_add_ui(end, gamma, 1, up ? MPFR_RNDD : MPFR_RNDU);
    mpfr_pow(end, x, end, rnd); /* decreasing in the exponent */
    alpha_of(x, c, row, rnd);
    mpfr_mul(end, end, x, rnd);
    if (up) {
        mpfr_add_ui(gamma, gamma, 1, MPFR_RNDU);
    } else {
        mpfr_add_ui(x, other, 1, MPFR_RNDU);
        mpfr_div(gamma, gamma, x, MPFR_RNDD);
        mpfr_add_ui(gamma, gamma, 1, MPFR_RNDD);
    }
    mpfr_mul(end, end, gamma, rnd);
    mpfr_clears(gamma, x, (mpfr_ptr)0);
}

lp_fact_range lp_fact_focal_range(const lp_case *c, int64_t row, bool nearest) {
    lp_env saved;
    lp_env_enter(&saved);
    const lp_format *f = lp_format_get(c->format);
    mpfr_t lo, hi, end;
    mpfr_inits2(FACT_BITS, lo, hi, end, (mpfr_ptr)0);
    odds(lo, c, row, end, MPFR_RNDD);
    odds(hi, c, row, end, MPFR_RNDU);
    lp_fact_range range;
    focal_end(end, lo, hi, c, row, false);
    range.lo = lp_fact_end(end, f, false, nearest);
    focal_end(end, hi, lo, c, row, true);
    range.hi = lp_fact_end(end, f, true, nearest);
    mpfr_clears(lo, hi, end, (mpfr_ptr)0);
    lp_env_leave(&saved);
    return range;
}
