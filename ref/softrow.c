#include "ref/softrow.h"

#include "ref/dyadic.h"
#include "ref/softcap.h"
#include "ref/tier.h"

#include "core/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Up to here the integer tier's exponentials serve: 2^18 of its units are one of the last place. */
#define INTEGER_PREC 110

const double *lp_softrow_logits(const lp_scope *s, const lp_row *row) {
    return row->limited ? row->limit : s->c->in[LP_IN_LOGITS] + row->at * s->c->k;
}

double lp_softrow_temperature(const lp_scope *s) {
    return lp_case_param(s->c, LP_PARAM_TEMPERATURE);
}

double lp_softrow_cap(const lp_scope *s) {
    return lp_case_has(s->c, LP_PARAM_SOFTCAP) ? s->c->param[LP_PARAM_SOFTCAP] : 0;
}

bool lp_softrow_absent(const lp_scope *s, const lp_row *row, int64_t j) {
    return lp_softrow_logits(s, row)[j] == -INFINITY && lp_softrow_cap(s) == 0;
}

void lp_softrow_depth(mpfr_t d, const lp_scope *s, const lp_row *row, int64_t j) {
    const double *z = lp_softrow_logits(s, row);
    if (row->depth.len == 0)
        lp_dyadic_diff(d, z[row->top], z[j]);
    else if (z[j] == z[row->top])
        mpfr_set_zero(d, 1);
    else
        lp_dyadic_copy(d, row->depth.at[j]);
}

/* Rule `limit`, no NaN and exactly one +inf. */
static void take_limit(lp_scope *s, lp_row *row) {
    const double *z = lp_softrow_logits(s, row);
    int64_t at = -1, k = s->c->k;
    for (int64_t j = 0; j < k; j++) {
        if (isnan(z[j]) || (z[j] == INFINITY && at >= 0)) return;
        if (z[j] == INFINITY) at = j;
    }
    if (at < 0) return;
    row->limit = lp_memory_resize(row->limit, (size_t)k, sizeof *row->limit);
    for (int64_t j = 0; j < k; j++) row->limit[j] = j == at ? 0 : -INFINITY;
    row->limited = true;
}

/* Section 2, rules 3 to 5, for the logits: NaN, +inf (rule `ieee`) and all -inf give NaN alike. */
void lp_softrow_open(lp_scope *s, lp_row *row) {
    bool capped = lp_softrow_cap(s) != 0;
    row->limited = false;
    if (lp_case_param(s->c, LP_PARAM_SPECIAL) == 1 && !capped) take_limit(s, row);
    const double *z = lp_softrow_logits(s, row);
    row->nature = LP_SOFT_NAN;
    row->top = -1;
    row->count = row->ties = 0;
    for (int64_t j = 0; j < s->c->k; j++) {
        if (isnan(z[j]) || (z[j] == INFINITY && !capped)) return;
        if (z[j] == -INFINITY && !capped) continue;
        row->count++;
        if (row->top < 0 || z[j] > z[row->top]) {
            row->top = j;
            row->ties = 0;
        }
        row->ties += z[j] == z[row->top];
    }
    row->equal = row->ties == row->count;
    if (row->count) row->nature = LP_SOFT_ROW;
}

/* Lower bound of exp((z_j - m) / T): one mpfr_exp, rounded down. d = z_j - m is exact.
 *
 * Without T: the value lies within one neighbour of the result.
 * With T: q = d / T rounded down to prec + 2 + E bits, E the exponent of |d / T| (at least 0), so
 * that d / T - q < 2^-(prec+2). Then e^(d/T) < e^q (1 + 2^-(prec+1)), and with lo <= e^q < lo +
 * ulp: e^(d/T) < lo + ulp + (lo + ulp) 2^-(prec+1) < lo + 2 ulp: two neighbours. E is cut at 66:
 * beyond, both exponentials are below 2^(emin-1) and the result is 0. */
static int exp_steps(const lp_scope *s, mpfr_prec_t prec) {
    bool one = lp_softrow_temperature(s) == 1 && lp_softrow_cap(s) == 0;
    return one && (prec > INTEGER_PREC || !s->integers) ? 1 : 2;
}

/* The same by the integer tier (fixed.h), for precisions that leave it some bits: what it may lack
 * is below one unit of the last place and truncating to `prec` bits below another: two neighbours.
 * False: MPFR is to do it. */
static bool exp_integers(mpfr_t lo, lp_scope *s, double z, double m) {
    double t = lp_softrow_temperature(s), l, h = lp_fixed_two_diff(&l, z, m), x = h / t;
    mpfr_prec_t prec = mpfr_get_prec(lo);
    int k;
    if (!s->integers || prec > INTEGER_PREC) return false;
    if (!(x >= -LP_EXP_LEAST) || h > -0x1p-900) return false;
    lp_fixed e;
    if (t == 1) {
        e = (lp_fixed){lp_fixed_exp(&k, h, l), LP_EXP_EXCESS, 0};
        e.e = k + LP_EXP_UNIT;
    } else {
        e = lp_fixed_exp_over(h, l, x, s->inverse);
    }
    e = lp_fixed_normal(e);
    if (lp_fixed_down(e.excess, (int)(128 - prec))) return false;
    lp_fixed_to_mpfr(lo, e);
    return true;
}

/* d = -(s / T) gap, as an interval in the precision of the result. */
static void capped_gap(lp_iv *d, lp_scope *s, double z, double m) {
    double cap = lp_softrow_cap(s), t = lp_softrow_temperature(s);
    lp_softcap_gap(d, m, z, cap);
    mpfr_mul_d(d->lo, d->lo, cap, MPFR_RNDD);
    mpfr_mul_d(d->hi, d->hi, cap, MPFR_RNDU);
    mpfr_div_d(d->lo, d->lo, t, MPFR_RNDD);
    mpfr_div_d(d->hi, d->hi, t, MPFR_RNDU);
    lp_iv_neg(d);
}

/* d of a capped logit, to 2^-(prec+2), or to so much of its own size. */
static void enclose_capped(lp_iv *d, lp_scope *s, mpfr_prec_t prec, double z, double m) {
    int e = ilogb(lp_softrow_cap(s)) - ilogb(lp_softrow_temperature(s)) + 3;
    lp_iv_init(d, prec + 12 + (e < 0 ? 0 : e > 70 ? 70 : e));
    capped_gap(d, s, z, m);
}

/* 1 - e^d. */
static void set_missing(lp_iv *missing, const lp_iv *d) {
    mpfr_expm1(missing->lo, d->hi, MPFR_RNDU);
    mpfr_expm1(missing->hi, d->lo, MPFR_RNDD);
    mpfr_neg(missing->lo, missing->lo, MPFR_RNDD);
    mpfr_neg(missing->hi, missing->hi, MPFR_RNDU);
}

/* Behind a cap: q = d rounded down as above, now from an enclosure of d that is narrower than
 * 2^-(prec+2) and looked at for that: |d| <= 2 s / T, and the gap has a few units of its last
 * place. */
static void exp_capped(mpfr_t lo, lp_scope *s, lp_iv *missing, double z, double m) {
    mpfr_prec_t prec = mpfr_get_prec(lo);
    MPFR_DECL_INIT(width, 64);
    lp_iv d;
    enclose_capped(&d, s, prec, z, m);
    mpfr_sub(width, d.hi, d.lo, MPFR_RNDU);
    bool narrow = mpfr_cmp_ui_2exp(width, 1, -(mpfr_exp_t)(prec + 2)) < 0;
    mpfr_set_si_2exp(width, -1, 63, MPFR_RNDZ);
    if (!narrow && mpfr_cmp(d.hi, width) > 0) { /* below, e^d is under MPFR's least number */
        fputs("lossproof: the difference of two capped logits is not known well enough\n", stderr);
        abort();
    }
    mpfr_exp(lo, d.lo, MPFR_RNDD);
    set_missing(missing, &d);
    lp_iv_clear(&d);
}

static bool is_near(const lp_iv *missing) {
    return mpfr_cmp_d(missing->hi, 0.5) < 0;
}

bool lp_softrow_near(lp_iv *missing, lp_scope *s, const lp_row *row, int64_t j) {
    const double *z = lp_softrow_logits(s, row);
    lp_iv d;
    lp_iv_set_prec(missing, row->prec);
    mpfr_set_zero(missing->lo, 1);
    mpfr_set_zero(missing->hi, 1);
    if (z[j] == z[row->top]) return true;
    enclose_capped(&d, s, row->prec, z[j], z[row->top]);
    set_missing(missing, &d);
    lp_iv_clear(&d);
    return is_near(missing);
}

static void exp_mpfr(mpfr_t lo, lp_scope *s, double z, double m) {
    double t = lp_softrow_temperature(s);
    lp_dyadic_diff(s->work[0], z, m);
    if (t == 1 || mpfr_zero_p(s->work[0])) {
        mpfr_exp(lo, s->work[0], MPFR_RNDD);
        return;
    }
    mpfr_exp_t e = mpfr_get_exp(s->work[0]) - ilogb(t); /* |d / T| < 2^e */
    mpfr_set_prec(s->work[1], mpfr_get_prec(lo) + 2 + (e < 0 ? 0 : e > 66 ? 66 : e));
    mpfr_div_d(s->work[1], s->work[0], t, MPFR_RNDD);
    mpfr_exp(lo, s->work[1], MPFR_RNDD);
}

/* Where the difference is given, T = 1 (linear_xent): one mpfr_exp, one neighbour. */
static void exp_depth(mpfr_t lo, lp_scope *s, const lp_row *row, int64_t j) {
    lp_softrow_depth(s->work[0], s, row, j);
    mpfr_neg(s->work[0], s->work[0], MPFR_RNDZ);
    mpfr_exp(lo, s->work[0], MPFR_RNDD);
}

/* The lower bounds of one number: each is at most the other's upper end. */
static bool consistent(const mpfr_t a, const mpfr_t b) {
    mpfr_t upper;
    mpfr_init2(upper, mpfr_get_prec(a));
    lp_iv_upper(upper, a, 2);
    bool fits = mpfr_cmp(b, upper) <= 0;
    lp_iv_upper(upper, b, 2);
    fits = fits && mpfr_cmp(a, upper) <= 0;
    mpfr_clear(upper);
    return fits;
}

/* One row of a thousand is MPFR's; the integer tier is held against it. */
static void exp_lower(mpfr_t lo, lp_scope *s, double z, double m) {
    if (exp_integers(lo, s, z, m)) {
        if (!s->picked) return;
        mpfr_set(s->iv[0].lo, lo, MPFR_RNDZ);
        exp_mpfr(lo, s, z, m);
        s->rechecked++;
        s->disagreed += !consistent(s->iv[0].lo, lo);
        return;
    }
    exp_mpfr(lo, s, z, m);
}

/* R from the lower bounds in e, 0 where a class is not of it. Their sum L is rounded once; each
 * term is at most its bound times 1 + steps 2^(1-p), since a unit of the last place is at most
 * 2^(1-p) of the number, and so R at most that multiple of L. A bound that underflowed to 0 stands
 * for less than `steps` least numbers. */
static void close_sum(lp_iv *r, const lp_vec *e, int64_t underflowed, int steps) {
    MPFR_DECL_INIT(slack, 64);
    bool exact = lp_vec_sum(r->lo, e, MPFR_RNDD) == 0;
    lp_iv_upper(r->hi, r->lo, exact ? 0 : 1);
    mpfr_mul_si(slack, r->hi, steps, MPFR_RNDU);
    mpfr_mul_2si(slack, slack, 1 - (long)mpfr_get_prec(r->lo), MPFR_RNDU);
    mpfr_add(r->hi, r->hi, slack, MPFR_RNDU);
    if (!underflowed) return;
    mpfr_set_zero(slack, 1);
    mpfr_nextabove(slack);
    mpfr_mul_si(slack, slack, underflowed * steps, MPFR_RNDU);
    mpfr_add(r->hi, r->hi, slack, MPFR_RNDU);
}

/* A class behind a cap: into N and M - R' (softrow.h) as well. */
static void add_capped(lp_scope *s, lp_row *row, int64_t j) {
    const double *z = lp_softrow_logits(s, row);
    lp_iv *lack = &row->iv[LP_SOFT_LACK], *part = &s->iv[0];
    lp_iv_set_prec(part, row->prec);
    exp_capped(row->e.at[j], s, part, z[j], z[row->top]);
    if (is_near(part)) {
        row->near++;
    } else {
        lp_softrow_e(part, s, row, j);
        lp_iv_neg(part);
    }
    lp_iv_add(lack, lack, part);
}

static void sum_exps(lp_scope *s, lp_row *row) {
    const double *z = lp_softrow_logits(s, row);
    bool capped = lp_softrow_cap(s) != 0;
    int64_t underflowed = 0;
    row->near = row->ties;
    if (capped) {
        mpfr_set_zero(row->iv[LP_SOFT_LACK].lo, 1);
        mpfr_set_zero(row->iv[LP_SOFT_LACK].hi, 1);
    }
    lp_vec_shape(&row->e, s->c->k, row->prec);
    lp_iv_set_prec(&s->iv[0], row->prec);
    s->picked = s->integers && !capped && lp_tier_picks(z, s->c->k);
    if (s->integers) s->inverse = lp_fixed_inverse(lp_fixed_of(lp_softrow_temperature(s)));
    for (int64_t j = 0; j < s->c->k; j++) {
        if (lp_softrow_absent(s, row, j) || z[j] == z[row->top]) continue;
        if (capped)
            add_capped(s, row, j);
        else if (row->depth.len > 0)
            exp_depth(row->e.at[j], s, row, j);
        else
            exp_lower(row->e.at[j], s, z[j], z[row->top]);
        underflowed += mpfr_zero_p(row->e.at[j]) != 0;
    }
    close_sum(&row->iv[LP_SOFT_R], &row->e, underflowed, exp_steps(s, row->prec));
    for (int64_t j = 0; j < s->c->k; j++)
        if (z[j] == z[row->top]) mpfr_set_ui(row->e.at[j], 1, MPFR_RNDD);
}

/* log S. For n = 1 its smallness is that of R. The logarithm of the lower end is above log->lo by
 * less than a neighbour, that of the upper one above it by at most the ends' distance over S: a
 * second logarithm would cost as much as two exponentials. */
static void take_log(lp_row *row) {
    lp_iv *log = &row->iv[LP_SOFT_LOG];
    const lp_iv *sum = &row->iv[LP_SOFT_S], *of = row->ties == 1 ? &row->iv[LP_SOFT_R] : sum;
    MPFR_DECL_INIT(gap, 64);
    int inexact = row->ties == 1 ? mpfr_log1p(log->lo, of->lo, MPFR_RNDD)
                                 : mpfr_log(log->lo, of->lo, MPFR_RNDD);
    mpfr_sub(gap, of->hi, of->lo, MPFR_RNDU);
    mpfr_div(gap, gap, sum->lo, MPFR_RNDU);
    lp_iv_upper(log->hi, log->lo, inexact != 0);
    mpfr_add(log->hi, log->hi, gap, MPFR_RNDU);
}

/* S = n + R, 1 / S, log S and R / (n + R) are monotone in R: each end from one end of R. */
void lp_softrow_evaluate(lp_scope *s, lp_row *row, bool log) {
    for (int i = 0; i < LP_ROW_INTERVALS; i++) lp_iv_set_prec(&row->iv[i], row->prec);
    sum_exps(s, row);
    const lp_iv *r = &row->iv[LP_SOFT_R];
    lp_iv *sum = &row->iv[LP_SOFT_S], *inv = &row->iv[LP_SOFT_INV], *q = &row->iv[LP_SOFT_Q];
    mpfr_add_si(sum->lo, r->lo, row->ties, MPFR_RNDD);
    mpfr_add_si(sum->hi, r->hi, row->ties, MPFR_RNDU);
    mpfr_ui_div(inv->lo, 1, sum->hi, MPFR_RNDD);
    mpfr_ui_div(inv->hi, 1, sum->lo, MPFR_RNDU);
    mpfr_add_si(q->lo, r->lo, row->ties, MPFR_RNDU);
    mpfr_add_si(q->hi, r->hi, row->ties, MPFR_RNDD);
    mpfr_div(q->lo, r->lo, q->lo, MPFR_RNDD);
    mpfr_div(q->hi, r->hi, q->hi, MPFR_RNDU);
    if (log) take_log(row);
}

/* log1p(-L / N) for N = 2^k classes, L = M - R' < 1. */
static int log_of_near(lp_iv *log, const lp_row *row, int k) {
    const lp_iv *lack = &row->iv[LP_SOFT_LACK];
    mpfr_div_2si(log->lo, lack->hi, k, MPFR_RNDU);
    mpfr_div_2si(log->hi, lack->lo, k, MPFR_RNDD);
    mpfr_neg(log->lo, log->lo, MPFR_RNDD);
    mpfr_neg(log->hi, log->hi, MPFR_RNDU);
    mpfr_log1p(log->lo, log->lo, MPFR_RNDD);
    mpfr_log1p(log->hi, log->hi, MPFR_RNDU);
    return k;
}

int lp_softrow_log_odd(lp_iv *log, const lp_scope *s, const lp_row *row) {
    int all = __builtin_ctzll((unsigned long long)row->near);
    int k = __builtin_ctzll((unsigned long long)row->ties);
    bool power = row->ties == (int64_t)1 << k;
    lp_iv_set_prec(log, row->prec);
    if (lp_softrow_cap(s) != 0 && row->near == (int64_t)1 << all &&
        mpfr_cmp_ui(row->iv[LP_SOFT_LACK].hi, 1) < 0)
        return log_of_near(log, row, all);
    if (power) {
        mpfr_div_2si(log->lo, row->iv[LP_SOFT_R].lo, k, MPFR_RNDD);
        mpfr_div_2si(log->hi, row->iv[LP_SOFT_R].hi, k, MPFR_RNDU);
        mpfr_log1p(log->lo, log->lo, MPFR_RNDD);
        mpfr_log1p(log->hi, log->hi, MPFR_RNDU);
        return k;
    }
    mpfr_div_2si(log->lo, row->iv[LP_SOFT_S].lo, k, MPFR_RNDD);
    mpfr_div_2si(log->hi, row->iv[LP_SOFT_S].hi, k, MPFR_RNDU);
    mpfr_log(log->lo, log->lo, MPFR_RNDD);
    mpfr_log(log->hi, log->hi, MPFR_RNDU);
    return k;
}

static bool tied(const lp_scope *s, const lp_row *row, int64_t j) {
    const double *z = lp_softrow_logits(s, row);
    return z[j] == z[row->top];
}

void lp_softrow_e(lp_iv *e, const lp_scope *s, const lp_row *row, int64_t j) {
    mpfr_set_prec(e->lo, row->prec);
    mpfr_set_prec(e->hi, row->prec);
    mpfr_set(e->lo, row->e.at[j], MPFR_RNDD);
    lp_iv_upper(e->hi, row->e.at[j], tied(s, row, j) ? 0 : exp_steps(s, row->prec));
}

void lp_softrow_p(lp_iv *p, const lp_scope *s, const lp_row *row, int64_t j) {
    const lp_iv *inv = &row->iv[LP_SOFT_INV];
    lp_iv_upper(p->hi, row->e.at[j], tied(s, row, j) ? 0 : exp_steps(s, row->prec));
    mpfr_mul(p->lo, row->e.at[j], inv->lo, MPFR_RNDD);
    mpfr_mul(p->hi, p->hi, inv->hi, MPFR_RNDU);
}

bool lp_softrow_tops(const lp_scope *s, const lp_row *row, int64_t j) {
    return tied(s, row, j) && mpfr_cmp_si(row->iv[LP_SOFT_R].hi, row->ties) < 0;
}

long double lp_softrow_p_approx(const lp_row *row, int64_t j) {
    return mpfr_get_ld(row->e.at[j], MPFR_RNDN) * mpfr_get_ld(row->iv[LP_SOFT_INV].lo, MPFR_RNDN);
}
