/* entropy, cross_entropy, kl_div, kl_gen on vectors of doubles >= 0.
 *
 *   entropy        -sum p_i ln p_i        grad    -(ln p_i + 1)
 *   cross_entropy  -sum p_i ln q_i        grad    -p_i / q_i          grad_p  -ln q_i
 *   kl_div          sum p_i ln(p_i/q_i)   grad    -p_i / q_i          grad_p  ln(p_i/q_i) + 1
 *   kl_gen          ... - p_i + q_i       grad    1 - p_i / q_i       grad_p  ln(p_i/q_i)
 *
 * Terms with p_i = 0, and with a logarithm of 1, are 0 and left out. Rational or not (Baker: a
 * linear combination of logarithms of algebraic numbers with algebraic coefficients is 0 or
 * transcendental): each sum is 0 or irrational, and a sum whose enclosure keeps straddling 0 is
 * tested for being 0 exactly (logs.c). ln a_i is irrational for a_i /= 1. Signed sums can cancel:
 * precision follows. What kl_gen adds is rational and kept exactly beside the sum of logarithms.
 *
 * In bits ln a_i = k ln 2 + ln(o), o a quotient of odd integers: the k are summed exactly, and the
 * rest, sum c_i ln o_i, is 0 or no rational multiple of ln 2, since a product of powers of odd
 * integers is no power of 2 but 1. */
#include "ref/prob.h"

#include "ref/dyadic.h"

#include <math.h>

/* row->iv: the sum of logarithms; row->x: in bits, the multiple of ln 2 in SUM; the
 * sum of q_i - p_i. */
enum { SUM };
enum { TWO, EXCESS };

const double *lp_prob_p(const lp_scope *s, const lp_row *row) {
    return s->c->in[LP_IN_P] + row->at * s->c->k;
}

const double *lp_prob_q(const lp_scope *s, const lp_row *row) {
    bool own = s->c->op == LP_OP_ENTROPY;
    return s->c->in[own ? LP_IN_P : LP_IN_Q] + row->at * s->c->k;
}

static bool is_kl(const lp_scope *s) {
    return lp_prob_ratio(s->c->op);
}

static bool is_general(const lp_scope *s) {
    return s->c->op == LP_OP_KL_GEN;
}

/* Rule 1: a negative number anywhere. -0 is 0; NaN is rule 3. */
static lp_status domain(const lp_case *c) {
    const lp_in role[] = {LP_IN_P, LP_IN_Q};
    for (int r = 0; r < 2; r++)
        for (int64_t i = 0; i < lp_case_in_len(c, role[r]); i++)
            if (c->in[role[r]][i] < 0) return LP_E_ARGUMENT;
    return LP_OK;
}

/* IEEE value of p log a where something in it is 0 or infinite; 0 where it is an ordinary number. A
 * term of kl_gen, p ln(p/q) - p + q, has the limit +inf at one infinite argument, whichever. */
static double special_term(const lp_scope *s, double p, double q) {
    if (is_general(s) && isinf(q)) return isinf(p) ? NAN : INFINITY;
    if (p == 0) return 0;
    if (is_kl(s)) {
        if (isfinite(p) && isfinite(q) && q > 0) return 0;
        return isinf(p) && isinf(q) ? NAN : q == 0 || isinf(p) ? INFINITY : -INFINITY;
    }
    if (isfinite(p) && isfinite(q) && q > 0) return 0;
    return -p * log(q); /* signs and infinities only: q = 0, q = inf or p = inf */
}

/* In bits p and q become their odd parts; returns k with log a = k ln 2 + log of what they then
 * are. */
static int take_odd(const lp_scope *s, double *p, double *q) {
    int of_p = 0, of_q = 0;
    if (!s->bits || !(*q > 0 && isfinite(*q))) return 0;
    if (is_kl(s) && !(*p > 0 && isfinite(*p))) return 0;
    *q = lp_logs_odd(&of_q, *q);
    if (!is_kl(s)) return of_q;
    *p = lp_logs_odd(&of_p, *p);
    return of_p - of_q;
}

/* NaN anywhere makes the row NaN; else the IEEE sum of the special terms, 0 where there is none. */
static void open_row(lp_scope *s, lp_row *row) {
    const double *p = lp_prob_p(s, row), *q = lp_prob_q(s, row);
    row->v_nan = false;
    row->v_inf = 0;
    for (int64_t i = 0; i < s->c->k; i++) {
        row->v_nan = row->v_nan || isnan(p[i]) || isnan(q[i]);
        row->v_inf += special_term(s, p[i], q[i]);
    }
    mpfr_set_zero(row->x[EXCESS], 1);
    for (int64_t i = 0; is_general(s) && i < s->c->k; i++) {
        if (!isfinite(p[i]) || !isfinite(q[i])) continue;
        lp_dyadic_diff(s->work[0], q[i], p[i]);
        lp_dyadic_add(row->x[EXCESS], row->x[EXCESS], s->work[0]);
    }
}

/* The derivative where it is no number, else 0. */
static double special_grad(const lp_scope *s, lp_out out, double p, double q) {
    if (s->c->op == LP_OP_ENTROPY) return p == 0 ? INFINITY : isinf(p) ? -INFINITY : 0;
    if (out == LP_OUT_GRAD) { /* -p / q, and 1 more */
        if (p == 0) return 0;
        return isinf(p) && isinf(q) ? NAN : q == 0 || isinf(p) ? -INFINITY : 0;
    }
    if (!is_kl(s)) return q == 0 ? INFINITY : isinf(q) ? -INFINITY : 0; /* -ln q */
    if (p == q && (p == 0 || isinf(p))) return NAN;
    if (p == 0 || isinf(q)) return -INFINITY;
    return q == 0 || isinf(p) ? INFINITY : 0;
}

static lp_kind kind(const lp_scope *s, const lp_row *row, lp_out out, int64_t j) {
    if (row->v_nan) return LP_KIND_NAN;
    double x = out == LP_OUT_LOSS
                   ? row->v_inf
                   : special_grad(s, out, lp_prob_p(s, row)[j], lp_prob_q(s, row)[j]);
    if (x == 0) return LP_KIND_NUMBER;
    return isnan(x) ? LP_KIND_NAN : x > 0 ? LP_KIND_PINF : LP_KIND_NINF;
}

/* Lower bound of log(p/q), true value at most 4 neighbours above. The quotient d = (p - q) / q
 * (p - q exact) or p / q is rounded down at prec + 4 bits, by at most 2^-(prec+3) of itself.
 *   near (q/2 <= p <= 2q): d log1p'(d) / log1p(d) = d / ((1+d) log1p(d)) <= 1 / ln 2 < 1.45 on
 *     [-1/2, 1], so log1p moves by less than 2^-(prec+2) of itself;
 *   far: |log(p/q)| > ln 2 and log moves by 2^-(prec+3), the same share at most.
 * Rounding log down adds less than one ulp, the move is less than 2^-(prec+2) |log| <= ulp / 2: in
 * all 3/2 ulp; a step up from a negative number may be half an ulp, hence four steps. */
#define RATIO_STEPS 4

static void log_ratio(mpfr_t lo, lp_scope *s, double p, double q) {
    mpfr_set_prec(s->work[1], mpfr_get_prec(lo) + 4);
    if (p >= q / 2 && p / 2 <= q) {
        lp_dyadic_diff(s->work[0], p, q);
        mpfr_div_d(s->work[1], s->work[0], q, MPFR_RNDD);
        mpfr_log1p(lo, s->work[1], MPFR_RNDD);
    } else {
        mpfr_set_d(s->work[0], p, MPFR_RNDZ);
        mpfr_div_d(s->work[1], s->work[0], q, MPFR_RNDD);
        mpfr_log(lo, s->work[1], MPFR_RNDD);
    }
}

/* An ordinary logarithm: of a finite number > 0 that is not 1. The rest keeps e = 0. */
static bool has_log(const lp_scope *s, double p, double q) {
    if (is_kl(s)) return p > 0 && q > 0 && isfinite(p) && isfinite(q) && p != q;
    return q > 0 && isfinite(q) && q != 1;
}

/* Less the multiple of ln 2 that is apart in bits. */
static void log_apart(lp_iv *log, const lp_row *row, int64_t i) {
    mpfr_set(log->lo, row->e.at[i], MPFR_RNDD);
    mpfr_set(log->hi, row->e.at[i], MPFR_RNDU);
    if (mpfr_zero_p(row->e.at[i])) return; /* log 1 */
    lp_iv_upper(log->hi, row->e.at[i], RATIO_STEPS);
}

void lp_prob_log(lp_iv *log, const lp_scope *s, const lp_row *row, int64_t i) {
    double p = lp_prob_p(s, row)[i], q = lp_prob_q(s, row)[i];
    int two = take_odd(s, &p, &q);
    lp_iv part;
    log_apart(log, row, i);
    if (two == 0) return;
    lp_iv_init(&part, mpfr_get_prec(log->lo));
    mpfr_const_log2(part.lo, MPFR_RNDD);
    mpfr_const_log2(part.hi, MPFR_RNDU);
    mpfr_mul_si(part.lo, part.lo, two, two < 0 ? MPFR_RNDU : MPFR_RNDD);
    mpfr_mul_si(part.hi, part.hi, two, two < 0 ? MPFR_RNDD : MPFR_RNDU);
    if (two < 0) mpfr_swap(part.lo, part.hi);
    lp_iv_add(log, log, &part);
    lp_iv_clear(&part);
}

/* sum p_i log a_i: terms in the directions of their bounds. */
static void evaluate(lp_scope *s, lp_row *row) {
    const double *p = lp_prob_p(s, row), *q = lp_prob_q(s, row);
    lp_iv *sum = &row->iv[SUM], *term = &s->iv[0];
    lp_iv_set_prec(sum, row->prec);
    lp_iv_set_prec(term, row->prec);
    mpfr_set_zero(sum->lo, 1);
    mpfr_set_zero(sum->hi, 1);
    mpfr_set_zero(row->x[TWO], 1);
    lp_vec_shape(&row->e, s->c->k, row->prec);
    for (int64_t i = 0; i < s->c->k; i++) {
        double a = p[i], b = q[i];
        int two = take_odd(s, &a, &b);
        bool term_here = isfinite(p[i]) && p[i] != 0;
        if (two != 0 && term_here) {
            lp_dyadic_set_int(s->work[0], two);
            lp_dyadic_mul_d(s->work[0], s->work[0], p[i]);
            lp_dyadic_add(row->x[TWO], row->x[TWO], s->work[0]);
        }
        if (!has_log(s, a, b)) continue;
        if (is_kl(s)) {
            log_ratio(row->e.at[i], s, a, b);
        } else {
            mpfr_set_d(s->work[0], b, MPFR_RNDZ);
            mpfr_log(row->e.at[i], s->work[0], MPFR_RNDD);
        }
        if (!term_here) continue;
        log_apart(term, row, i);
        mpfr_mul_d(term->lo, term->lo, p[i], MPFR_RNDD);
        mpfr_mul_d(term->hi, term->hi, p[i], MPFR_RNDU);
        lp_iv_add(sum, sum, term);
    }
}

static void enclose_loss(lp_enclosure *x, lp_scope *s, lp_row *row) {
    const lp_iv *sum = &row->iv[SUM];
    bool straddles = mpfr_sgn(sum->lo) <= 0 && mpfr_sgn(sum->hi) >= 0;
    if (straddles && row->zero == 0) row->zero = lp_logs_vanish(s, row->at, 1) ? 1 : -1;
    x->whole = row->zero == 1;
    if (s->bits) lp_dyadic_copy(x->two, row->x[TWO]);
    if (!is_kl(s)) mpfr_neg(x->two, x->two, MPFR_RNDZ);
    lp_dyadic_copy(x->a, row->x[EXCESS]);
    if (x->whole) return;
    lp_iv_set(&x->r, sum);
    if (!is_kl(s)) lp_iv_neg(&x->r);
}

/* -p / q, exact; -inf and NaN were told apart by kind. */
static void enclose_quotient(lp_enclosure *x, double p, double q) {
    x->whole = true;
    if (p == 0 || isinf(q)) return;
    lp_dyadic_set(x->a, -p);
    lp_dyadic_set(x->b, q);
    x->unit = q == 1;
}

/* (q - p) / q. */
static void enclose_excess(lp_enclosure *x, double p, double q) {
    x->whole = true;
    if (p == 0 || isinf(q)) {
        lp_dyadic_set(x->a, 1);
        return;
    }
    lp_dyadic_diff(x->a, q, p);
    lp_dyadic_set(x->b, q);
    x->unit = q == 1;
}

static void enclose(lp_enclosure *x, lp_scope *s, lp_row *row, lp_out out, int64_t j) {
    if (out == LP_OUT_LOSS) {
        enclose_loss(x, s, row);
        return;
    }
    if (out == LP_OUT_GRAD && is_general(s)) {
        enclose_excess(x, lp_prob_p(s, row)[j], lp_prob_q(s, row)[j]);
        return;
    }
    if (out == LP_OUT_GRAD && s->c->op != LP_OP_ENTROPY) {
        enclose_quotient(x, lp_prob_p(s, row)[j], lp_prob_q(s, row)[j]);
        return;
    }
    if (s->c->op != LP_OP_CROSS_ENTROPY && !is_general(s))
        mpfr_set_si(x->a, is_kl(s) ? 1 : -1, MPFR_RNDZ);
    double p = lp_prob_p(s, row)[j], q = lp_prob_q(s, row)[j];
    int two = take_odd(s, &p, &q);
    lp_dyadic_set_int(x->two, is_kl(s) ? two : -two);
    x->whole = mpfr_zero_p(row->e.at[j]); /* log 1 */
    if (x->whole) return;
    log_apart(&x->r, row, j);
    if (!is_kl(s)) lp_iv_neg(&x->r);
}

/* entropy: sum |p_i (ln p_i + 1)|; cross_entropy: sum |p_i ln q_i| + p_i; kl_div: the like; kl_gen:
 * sum |p_i ln(p_i/q_i)| + |q_i - p_i|. */
static long double sensitivity(lp_scope *s, lp_row *row, lp_out out, int64_t j) {
    (void)j;
    if (out != LP_OUT_LOSS) return 0;
    const double *p = lp_prob_p(s, row);
    long double sum = 0;
    for (int64_t i = 0; i < s->c->k; i++) {
        double a = p[i], b = lp_prob_q(s, row)[i];
        if (is_general(s)) sum += fabsl((long double)b - a);
        if (p[i] == 0) continue;
        int two = take_odd(s, &a, &b);
        long double log = mpfr_get_ld(row->e.at[i], MPFR_RNDN) + two * 0.693147180559945309417L;
        if (is_general(s))
            sum += fabsl(p[i] * log);
        else if (s->c->op == LP_OP_CROSS_ENTROPY)
            sum += p[i] * (fabsl(log) + 1);
        else
            sum += p[i] * (fabsl(log + 1) + (is_kl(s) ? 1 : 0));
    }
    return sum;
}

#define FAMILY                                                                                     \
    {                                                                                              \
        .domain = domain, .open = open_row, .kind = kind, .evaluate = evaluate,                    \
        .enclose = enclose, .bound = lp_bound_prob, .vanishes = lp_logs_vanish,                    \
        .sensitivity = sensitivity                                                                 \
    }
const lp_family lp_family_entropy = FAMILY, lp_family_cross_entropy = FAMILY,
                lp_family_kl_div = FAMILY, lp_family_kl_gen = FAMILY;
