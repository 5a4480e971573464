#include "ref/facts.h"

#include "ref/env.h"
#include "ref/fact_end.h"

#include <gmp.h>
#include <math.h>
#include <mpfr.h>

/* A directed rounding through binary64 is the directed rounding: the format is a subset of it. */
static double directed(mpfr_srcptr x, const lp_format *f, bool up) {
    double d = mpfr_get_d(x, up ? MPFR_RNDU : MPFR_RNDD);
    if (!isfinite(d)) return d;
    double r = lp_format_round(f, d);
    if (up && r < d) return lp_format_above(f, r);
    if (!up && r > d) return lp_format_below(f, r);
    return r;
}

double lp_fact_end(mpfr_srcptr x, const lp_format *f, bool up, bool nearest) {
    bool normal = mpfr_regular_p(x) && mpfr_get_exp(x) - 1 >= f->emin;
    if (!nearest || !normal) return directed(x, f, up) + 0.0;
    mpfr_t short_x;
    mpfr_init2(short_x, f->p);
    mpfr_set(short_x, x, MPFR_RNDN);
    double end = directed(short_x, f, up);
    mpfr_clear(short_x);
    return end;
}

/* An end that is rational. To nearest only among the normal numbers, where p bits are the format's
 * precision; a subnormal end goes outward, which is an end too. */
static double rational_end(mpq_srcptr q, const lp_format *f, bool up, bool nearest) {
    mpfr_t x;
    mpfr_init2(x, nearest ? f->p : FACT_BITS);
    mpfr_set_q(x, q, nearest ? MPFR_RNDN : up ? MPFR_RNDU : MPFR_RNDD);
    if (nearest && mpfr_regular_p(x) && mpfr_get_exp(x) - 1 < f->emin)
        mpfr_set_q(x, q, up ? MPFR_RNDU : MPFR_RNDD);
    double end = directed(x, f, up);
    mpfr_clear(x);
    return end + 0.0; /* an end of zero is +0 */
}

static void set_param(mpq_ptr q, const lp_case *c, lp_param p) {
    mpq_set_d(q, lp_case_param(c, p));
}

/* Smoothed targets: *hit at the label, *miss elsewhere. Rule K: 1 - e + e/K and e/K; rule K-1:
 * 1 - e and e/(K-1). */
static void smoothed(mpq_ptr hit, mpq_ptr miss, const lp_case *c) {
    mpq_t share;
    mpq_init(share);
    set_param(miss, c, LP_PARAM_SMOOTHING);
    mpq_set_si(hit, 1, 1);
    mpq_sub(hit, hit, miss);
    bool rest = lp_case_param(c, LP_PARAM_SMOOTHING_RULE) == 1;
    mpq_set_si(share, rest ? c->k - 1 : c->k, 1);
    if (mpq_sgn(share) != 0) mpq_div(miss, miss, share);
    if (!rest) mpq_add(hit, hit, miss);
    mpq_clear(share);
}

/* W_j = w_j t'_j / T, already divided: the ends are -W_j and (sum W) - W_j. With t_j the given
 * target, or 1 at the label and 0 elsewhere, t'_j = (hit - miss) t_j + miss. */
static void weigh(mpq_ptr weight, const lp_case *c, int64_t row, int64_t j, const mpq_t target[2],
                  mpq_srcptr t) {
    const double *w = c->in[LP_IN_WEIGHTS], *y = c->in[LP_IN_TARGETS];
    mpq_t factor;
    mpq_init(factor);
    mpq_set_d(factor, y ? y[row * c->k + j] : j == c->label[row]);
    mpq_sub(weight, target[0], target[1]);
    mpq_mul(weight, weight, factor);
    mpq_add(weight, weight, target[1]);
    mpq_set_d(factor, w ? w[j] : 1);
    mpq_mul(weight, weight, factor);
    mpq_div(weight, weight, t);
    mpq_clear(factor);
}

static void grad_ends(double *lo, double *hi, mpq_srcptr weight, mpq_srcptr sum, const lp_format *f,
                      bool nearest) {
    mpq_t end;
    mpq_init(end);
    mpq_neg(end, weight);
    *lo = rational_end(end, f, false, nearest);
    mpq_add(end, end, sum);
    *hi = rational_end(end, f, true, nearest);
    mpq_clear(end);
}

void lp_fact_grad_range(double *lo, double *hi, const lp_case *c, int64_t row, bool nearest) {
    lp_env saved;
    lp_env_enter(&saved);
    const lp_format *f = lp_format_get(c->format);
    bool alike = !c->in[LP_IN_WEIGHTS] && !c->in[LP_IN_TARGETS];
    int64_t label = alike ? c->label[row] : -1;
    mpq_t target[2], t, weight, sum; /* at the label, elsewhere */
    mpq_inits(target[0], target[1], t, weight, sum, NULL);
    smoothed(target[0], target[1], c);
    set_param(t, c, LP_PARAM_TEMPERATURE);
    for (int64_t j = 0; j < c->k; j++) {
        weigh(weight, c, row, j, target, t);
        mpq_add(sum, sum, weight);
    }
    for (int64_t j = 0; j < c->k; j++) {
        /* Without weights all classes but the label share one range. */
        int64_t twin = j > 0 && j - 1 != label ? j - 1 : j - 2;
        if (alike && j != label && twin >= 0) {
            lo[j] = lo[twin];
            hi[j] = hi[twin];
            continue;
        }
        weigh(weight, c, row, j, target, t);
        grad_ends(&lo[j], &hi[j], weight, sum, f, nearest);
    }
    mpq_clears(target[0], target[1], t, weight, sum, NULL);
    lp_env_leave(&saved);
}

static double row_max(const double *z, int64_t k) {
    double m = -INFINITY;
    for (int64_t j = 0; j < k; j++) m = fmax(m, z[j]);
    return m;
}

/* w (m - z_j) / T, exactly. */
static void gap(mpq_ptr d, const lp_case *c, int64_t row, int64_t j, double w) {
    const double *z = c->in[LP_IN_LOGITS] + row * c->k;
    mpq_t part;
    mpq_init(part);
    mpq_set_d(d, row_max(z, c->k));
    mpq_set_d(part, z[j]);
    mpq_sub(d, d, part);
    mpq_set_d(part, w);
    mpq_mul(d, d, part);
    set_param(part, c, LP_PARAM_TEMPERATURE);
    mpq_div(d, d, part);
    mpq_clear(part);
}

lp_fact_range lp_fact_gap_range(const lp_case *c, int64_t row, int64_t j, double w, bool nearest) {
    lp_env saved;
    lp_env_enter(&saved);
    const lp_format *f = lp_format_get(c->format);
    mpq_t d;
    mpfr_t x;
    mpq_init(d);
    mpfr_init2(x, FACT_BITS);
    gap(d, c, row, j, w);
    lp_fact_range r = {.lo = rational_end(d, f, false, nearest)};
    mpfr_set_si(x, c->k, MPFR_RNDU);
    mpfr_log(x, x, MPFR_RNDU);
    mpfr_mul_d(x, x, w, MPFR_RNDU);
    mpfr_add_q(x, x, d, MPFR_RNDU);
    r.hi = directed(x, f, true);
    mpfr_clear(x);
    mpq_clear(d);
    lp_env_leave(&saved);
    return r;
}

lp_fact_range lp_fact_lse_range(const lp_case *c, int64_t row) {
    const double *z = c->in[LP_IN_LOGITS] + row * c->k;
    lp_env saved;
    lp_env_enter(&saved);
    lp_fact_range r = {.lo = -INFINITY};
    mpfr_t x;
    for (int64_t j = 0; j < c->k; j++)
        if (z[j] > r.lo) r.lo = z[j];
    mpfr_init2(x, FACT_BITS);
    mpfr_set_si(x, c->k, MPFR_RNDU);
    mpfr_log(x, x, MPFR_RNDU);
    mpfr_add_d(x, x, r.lo, MPFR_RNDU);
    r.hi = directed(x, lp_format_get(c->format), true);
    mpfr_clear(x);
    lp_env_leave(&saved);
    return r;
}

/* e^d in [lo, hi]; d itself lies in [d_lo, d_hi]. */
static void exp_ends(mpfr_ptr lo, mpfr_ptr hi, mpfr_srcptr d_lo, mpfr_srcptr d_hi) {
    mpfr_exp(lo, d_lo, MPFR_RNDD);
    mpfr_exp(hi, d_hi, MPFR_RNDU);
}

/* d < 0: with x = e^d, x - x^2/2 <= ln(1+x) <= x. The left side increases on [0, 1], so that its
 * value at a lower end of x, rounded down, is a lower end. */
static lp_fact_range falling(mpfr_srcptr d_lo, mpfr_srcptr d_hi, const lp_format *f) {
    mpfr_t lo, hi, half;
    mpfr_inits2(FACT_BITS, lo, hi, half, (mpfr_ptr)0);
    exp_ends(lo, hi, d_lo, d_hi);
    mpfr_sqr(half, lo, MPFR_RNDU);
    mpfr_div_2ui(half, half, 1, MPFR_RNDU);
    mpfr_sub(lo, lo, half, MPFR_RNDD);
    lp_fact_range r = {directed(lo, f, false), directed(hi, f, true)};
    mpfr_clears(lo, hi, half, (mpfr_ptr)0);
    return r;
}

/* d >= 0: d <= d + ln(1 + e^-d) <= d + e^-d. */
static lp_fact_range rising(mpq_srcptr d, mpfr_srcptr d_lo, mpfr_srcptr d_hi, const lp_format *f,
                            bool nearest) {
    mpfr_t x;
    mpfr_init2(x, FACT_BITS);
    mpfr_neg(x, d_lo, MPFR_RNDU);
    mpfr_exp(x, x, MPFR_RNDU);
    mpfr_add(x, x, d_hi, MPFR_RNDU);
    lp_fact_range r = {rational_end(d, f, false, nearest), directed(x, f, true)};
    mpfr_clear(x);
    return r;
}

lp_fact_range lp_fact_margin_range(double a, double b, lp_format_id format, bool nearest) {
    lp_env saved;
    lp_env_enter(&saved);
    const lp_format *f = lp_format_get(format);
    mpq_t d, part;
    mpfr_t d_lo, d_hi;
    mpq_inits(d, part, NULL);
    mpfr_inits2(FACT_BITS, d_lo, d_hi, (mpfr_ptr)0);
    mpq_set_d(d, a);
    mpq_set_d(part, b);
    mpq_sub(d, d, part);
    mpfr_set_q(d_lo, d, MPFR_RNDD);
    mpfr_set_q(d_hi, d, MPFR_RNDU);
    lp_fact_range r = mpq_sgn(d) >= 0 ? rising(d, d_lo, d_hi, f, nearest) : falling(d_lo, d_hi, f);
    mpfr_clears(d_lo, d_hi, (mpfr_ptr)0);
    mpq_clears(d, part, NULL);
    lp_env_leave(&saved);
    return r;
}

static void exact_sum(mpq_ptr sum, const double *x, int64_t k) {
    mpq_t term;
    mpq_init(term);
    for (int64_t j = 0; j < k; j++) {
        mpq_set_d(term, x[j]);
        mpq_add(sum, sum, term);
    }
    mpq_clear(term);
}

double lp_fact_log_sum(const double *p, const double *q, int64_t k, lp_format_id format,
                       bool excess) {
    lp_env saved;
    lp_env_enter(&saved);
    mpq_t sum_p, sum_q;
    mpfr_t x;
    mpq_inits(sum_p, sum_q, NULL);
    mpfr_init2(x, FACT_BITS);
    exact_sum(sum_p, p, k);
    exact_sum(sum_q, q, k);
    double end = -INFINITY;
    if (mpq_sgn(sum_p) > 0 && mpq_sgn(sum_q) > 0) {
        /* P ln(P/Q) increases in the logarithm, P > 0: every step rounded down is a lower end.
         * mpfr_mul_q by a positive P keeps the direction. */
        mpq_t ratio;
        mpq_init(ratio);
        mpq_div(ratio, sum_p, sum_q);
        mpfr_set_q(x, ratio, MPFR_RNDD);
        mpfr_log(x, x, MPFR_RNDD);
        mpfr_mul_q(x, x, sum_p, MPFR_RNDD);
        mpq_sub(ratio, sum_q, sum_p);
        if (excess) mpfr_add_q(x, x, ratio, MPFR_RNDD);
        end = directed(x, lp_format_get(format), false);
        mpq_clear(ratio);
    }
    mpfr_clear(x);
    mpq_clears(sum_p, sum_q, NULL);
    lp_env_leave(&saved);
    return end;
}

double lp_fact_exp_sum(const double *x, const double *h, int64_t n, int side) {
    lp_env env;
    lp_env_enter(&env);
    mpfr_rnd_t out = side > 0 ? MPFR_RNDU : MPFR_RNDD;
    mpfr_t sum, term;
    mpfr_init2(sum, FACT_BITS);
    mpfr_init2(term, FACT_BITS);
    mpfr_set_zero(sum, 1);
    for (int64_t j = 0; j < n; j++) {
        mpfr_set_d(term, x[j], out);
        if (side > 0)
            mpfr_add_d(term, term, h[j], out);
        else
            mpfr_sub_d(term, term, h[j], out);
        mpfr_exp(term, term, out);
        mpfr_add(sum, sum, term, out);
    }
    double bound = mpfr_get_d(sum, out);
    mpfr_clear(sum);
    mpfr_clear(term);
    lp_env_leave(&env);
    return bound;
}
