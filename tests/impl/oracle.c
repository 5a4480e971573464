#include "tests/impl/oracle.h"

#include <math.h>
#include <stdlib.h>

truth *truth_new(int64_t n) {
    truth *t = calloc((size_t)n, sizeof *t);
    for (int64_t i = 0; i < n; i++) mpfr_inits2(ORACLE_BITS, t[i].x, t[i].size, (mpfr_ptr)NULL);
    return t;
}
void truth_free(truth *t, int64_t n) {
    for (int64_t i = 0; i < n; i++) mpfr_clears(t[i].x, t[i].size, (mpfr_ptr)NULL);
    free(t);
}

double truth_ulps(const truth *t, double got, double slack) {
    if (isnan(got)) return 1e300;
    double near = mpfr_get_d(t->x, MPFR_RNDN);
    if (isinf(got) || isinf(near)) return got == near ? 0 : 1e300;
    mpfr_t e, s;
    mpfr_inits2(ORACLE_BITS, e, s, (mpfr_ptr)NULL);
    mpfr_sub_d(e, t->x, got, MPFR_RNDN);
    mpfr_abs(e, e, MPFR_RNDN);
    mpfr_mul_d(s, t->size, slack, MPFR_RNDN);
    mpfr_sub(e, e, s, MPFR_RNDN);
    mpfr_exp_t exponent = mpfr_zero_p(t->x) ? -1074 : mpfr_get_exp(t->x) - 53;
    mpfr_mul_2si(e, e, exponent < -1074 ? 1074 : -exponent, MPFR_RNDN);
    double ulps = mpfr_get_d(e, MPFR_RNDU);
    mpfr_clears(e, s, (mpfr_ptr)NULL);
    return ulps < 0 ? 0 : ulps;
}

static void set(mpfr_t x, double d) {
    mpfr_set_d(x, d, MPFR_RNDN);
}
static void single(truth *t) {
    mpfr_abs(t->size, t->x, MPFR_RNDN);
} /* no sum: size |x| */

typedef oracle_row row;

mpfr_t *oracle_array(int64_t n) {
    mpfr_t *x = malloc((size_t)n * sizeof *x);
    for (int64_t i = 0; i < n; i++) mpfr_init2(x[i], ORACLE_BITS);
    return x;
}
void oracle_array_free(mpfr_t *x, int64_t n) {
    for (int64_t i = 0; i < n; i++) mpfr_clear(x[i]);
    free(x);
}

/* u_a - u_b over T: the difference is exact at 2200 bits, then one division. */
static void gap(mpfr_t d, double a, double b, double temperature) {
    mpfr_t x;
    mpfr_init2(x, 2200);
    set(x, a);
    mpfr_sub_d(x, x, b, MPFR_RNDN);
    mpfr_div_d(d, x, temperature, MPFR_RNDN);
    mpfr_clear(x);
}

/* With e_j = exp(u_j - u_top): S = 1 + R, R the sum without the top: l_top = log1p(R), q_top = R/S;
 * the others have p_j <= 1/2, so q_j = 1 - p_j and l_j = (u_top - u_j) + l_top lose nothing. */
row oracle_row_new(const double *z, int64_t k, double temperature) {
    row r = {oracle_array(k), oracle_array(k), oracle_array(k), k};
    mpfr_t rest, sum;
    int64_t top = 0;
    for (int64_t j = 1; j < k; j++)
        if (z[j] > z[top]) top = j;
    mpfr_inits2(ORACLE_BITS, rest, sum, (mpfr_ptr)NULL);
    set(rest, 0);
    for (int64_t j = 0; j < k; j++) {
        if (isinf(z[j])) {
            mpfr_set_inf(r.l[j], 1);
            set(r.p[j], 0);
        } else {
            gap(r.l[j], z[top], z[j], temperature);
            mpfr_neg(r.p[j], r.l[j], MPFR_RNDN);
            mpfr_exp(r.p[j], r.p[j], MPFR_RNDN);
        }
        if (j != top) mpfr_add(rest, rest, r.p[j], MPFR_RNDN);
    }
    mpfr_add_ui(sum, rest, 1, MPFR_RNDN);
    for (int64_t j = 0; j < k; j++) {
        mpfr_div(r.p[j], r.p[j], sum, MPFR_RNDN);
        mpfr_ui_sub(r.q[j], 1, r.p[j], MPFR_RNDN);
    }
    mpfr_div(r.q[top], rest, sum, MPFR_RNDN);
    mpfr_log1p(sum, rest, MPFR_RNDN);
    for (int64_t j = 0; j < k; j++) mpfr_add(r.l[j], r.l[j], sum, MPFR_RNDN);
    mpfr_clears(rest, sum, (mpfr_ptr)NULL);
    return r;
}
void oracle_row_free(row *r) {
    oracle_array_free(r->p, r->k);
    oracle_array_free(r->q, r->k);
    oracle_array_free(r->l, r->k);
}

/* W_j = w_j t'_j */
static void coefficient(mpfr_t w, int64_t j, int64_t k, int64_t c, const lp_loss_xent_options *o) {
    mpfr_t share;
    mpfr_init2(share, 2200);
    int64_t parts = o->smoothing_rule == LP_SMOOTHING_K ? k : k - 1;
    set(share, o->smoothing);
    if (parts > 0) mpfr_div_ui(share, share, (unsigned long)parts, MPFR_RNDN);
    if (j == c) {
        mpfr_t keep;
        mpfr_init2(keep, 2200);
        set(keep, 1);
        mpfr_sub_d(keep, keep, o->smoothing, MPFR_RNDN);
        if (o->smoothing_rule == LP_SMOOTHING_K)
            mpfr_add(share, keep, share, MPFR_RNDN);
        else
            mpfr_set(share, keep, MPFR_RNDN);
        mpfr_clear(keep);
    }
    mpfr_mul_d(w, share, o->weights ? o->weights[j] : 1, MPFR_RNDN);
    mpfr_clear(share);
}

void oracle_softmax_xent(truth *loss, truth *grad, const double *z, int64_t k, int64_t c,
                         const lp_loss_xent_options *o) {
    row r = oracle_row_new(z, k, o->temperature);
    mpfr_t *w = oracle_array(k), all, t;
    mpfr_init2(all, 4400); /* W_j to 2200 bits, so that the sum of all but one is known */
    mpfr_init2(t, 4400);
    set(all, 0);
    for (int64_t j = 0; j < k; j++) {
        mpfr_set_prec(w[j], 2200);
        coefficient(w[j], j, k, c, o);
        mpfr_add(all, all, w[j], MPFR_RNDN);
    }
    if (loss) {
        set(loss->x, 0);
        for (int64_t j = 0; j < k; j++) {
            if (mpfr_zero_p(w[j])) continue;
            mpfr_mul(t, w[j], r.l[j], MPFR_RNDN);
            mpfr_add(loss->x, loss->x, t, MPFR_RNDN);
        }
        single(loss);
    }
    for (int64_t j = 0; grad && j < k; j++) { /* p_j (all - W_j) - q_j W_j */
        mpfr_sub(t, all, w[j], MPFR_RNDN);
        mpfr_mul(grad[j].x, t, r.p[j], MPFR_RNDN);
        mpfr_mul(t, r.q[j], w[j], MPFR_RNDN);
        mpfr_sub(grad[j].x, grad[j].x, t, MPFR_RNDN);
        mpfr_div_d(grad[j].x, grad[j].x, o->temperature, MPFR_RNDN);
        mpfr_mul(t, r.p[j], all, MPFR_RNDN);
        mpfr_add(t, t, w[j], MPFR_RNDN);
        mpfr_div_d(grad[j].size, t, o->temperature, MPFR_RNDN);
    }
    mpfr_clears(all, t, (mpfr_ptr)NULL);
    oracle_array_free(w, k);
    oracle_row_free(&r);
}

void oracle_softmax(truth *value, truth *log_value, const double *z, int64_t k,
                    double temperature) {
    row r = oracle_row_new(z, k, temperature);
    for (int64_t j = 0; j < k; j++) {
        if (value) mpfr_set(value[j].x, r.p[j], MPFR_RNDN), single(&value[j]);
        if (log_value) mpfr_neg(log_value[j].x, r.l[j], MPFR_RNDN), single(&log_value[j]);
    }
    oracle_row_free(&r);
}

/* softmax: p_j sum_k p_k (v_j - v_k) as p_j ((v_j - v_a) - sum_k p_k (v_k - v_a)), v_a that of the
 * largest p: 1 - p_a may be below any precision. */
void oracle_softmax_vjp(truth *grad, truth *log_grad, const double *z, const double *v, int64_t k,
                        double temperature) {
    row r = oracle_row_new(z, k, temperature);
    mpfr_t mean, size, sum, t;
    int64_t top = 0;
    mpfr_inits2(2200, mean, size, sum, t, (mpfr_ptr)NULL);
    set(mean, 0), set(size, 0), set(sum, 0);
    for (int64_t j = 1; j < k; j++)
        if (z[j] > z[top]) top = j;
    for (int64_t j = 0; j < k; j++) {
        mpfr_mul_d(t, r.p[j], fabs(v[j]), MPFR_RNDN);
        mpfr_add(size, size, t, MPFR_RNDN);
        gap(t, v[j], v[top], 1);
        mpfr_mul(t, t, r.p[j], MPFR_RNDN);
        mpfr_add(mean, mean, t, MPFR_RNDN);
        mpfr_add_d(sum, sum, v[j], MPFR_RNDN);
    }
    for (int64_t j = 0; j < k; j++) {
        if (grad) {
            gap(t, v[j], v[top], 1);
            mpfr_sub(t, t, mean, MPFR_RNDN);
            mpfr_mul(t, t, r.p[j], MPFR_RNDN);
            mpfr_div_d(grad[j].x, t, temperature, MPFR_RNDN);
            mpfr_add_d(t, size, fabs(v[j]), MPFR_RNDN);
            mpfr_mul(t, t, r.p[j], MPFR_RNDN);
            mpfr_div_d(grad[j].size, t, temperature, MPFR_RNDN);
        }
        if (log_grad) {
            mpfr_sub_d(t, sum, v[j], MPFR_RNDN); /* (1 - p_j) v_j - p_j sum_{k != j} v_k */
            mpfr_mul(t, t, r.p[j], MPFR_RNDN);
            mpfr_mul_d(log_grad[j].x, r.q[j], v[j], MPFR_RNDN);
            mpfr_sub(log_grad[j].x, log_grad[j].x, t, MPFR_RNDN);
            mpfr_div_d(log_grad[j].x, log_grad[j].x, temperature, MPFR_RNDN);
            mpfr_mul(t, sum, r.p[j], MPFR_RNDN);
            mpfr_abs(t, t, MPFR_RNDN);
            mpfr_add_d(t, t, fabs(v[j]), MPFR_RNDN);
            mpfr_div_d(log_grad[j].size, t, temperature, MPFR_RNDN);
        }
    }
    mpfr_clears(mean, size, sum, t, (mpfr_ptr)NULL);
    oracle_row_free(&r);
}

/* (1 - y) softplus(z) + y softplus(-z), each softplus and sigma without cancellation. */
void oracle_bce_logits(truth *loss, truth *grad, double z, double y) {
    const double two[2] = {0, z};
    row r = oracle_row_new(two, 2, 1);
    mpfr_t keep, t;
    mpfr_inits2(2200, keep, t, (mpfr_ptr)NULL);
    set(keep, 1);
    mpfr_sub_d(keep, keep, y, MPFR_RNDN);
    mpfr_mul(loss->x, keep, r.l[0], MPFR_RNDN);
    mpfr_mul_d(t, r.l[1], y, MPFR_RNDN);
    mpfr_add(loss->x, loss->x, t, MPFR_RNDN);
    single(loss);
    mpfr_mul(grad->x, keep, r.p[1], MPFR_RNDN); /* (1 - y) sigma(z) - y sigma(-z) */
    mpfr_mul_d(t, r.p[0], y, MPFR_RNDN);
    mpfr_sub(grad->x, grad->x, t, MPFR_RNDN);
    mpfr_add_d(grad->size, r.p[1], y, MPFR_RNDN);
    if (y == 0 || y == 1) single(grad);
    mpfr_clears(keep, t, (mpfr_ptr)NULL);
    oracle_row_free(&r);
}

/* ln(p/q) as log1p((p - q)/q), which loses nothing where p is near q. */
static void log_ratio(mpfr_t l, double p, double q) {
    if (p / 2 < q && q / 2 < p) {
        gap(l, p, q, q);
        mpfr_log1p(l, l, MPFR_RNDN);
    } else {
        set(l, p);
        mpfr_div_d(l, l, q, MPFR_RNDN);
        mpfr_log(l, l, MPFR_RNDN);
    }
}

static void minus_ratio(truth *t, double p, double q) {
    set(t->x, -p);
    mpfr_div_d(t->x, t->x, q, MPFR_RNDN);
    single(t);
}
/* total += sign p l, its magnitude to the size. */
static void add_term(truth *total, double p, mpfr_t l, int sign) {
    mpfr_t t;
    mpfr_init2(t, ORACLE_BITS);
    mpfr_mul_d(t, l, sign * p, MPFR_RNDN);
    mpfr_add(total->x, total->x, t, MPFR_RNDN);
    mpfr_abs(t, t, MPFR_RNDN);
    mpfr_add(total->size, total->size, t, MPFR_RNDN);
    mpfr_clear(t);
}
/* sign l + plus */
static void set_log(truth *t, mpfr_t l, int sign, int plus) {
    mpfr_mul_si(t->x, l, sign, MPFR_RNDN);
    mpfr_add_si(t->x, t->x, plus, MPFR_RNDN);
    mpfr_abs(t->size, l, MPFR_RNDN);
    mpfr_add_ui(t->size, t->size, (unsigned long)abs(plus), MPFR_RNDN);
}

static void logarithms(truth *loss, truth *grad_q, truth *grad_p, const double *p, const double *q,
                       const double *over, int64_t k, int sign, int plus) {
    mpfr_t l;
    mpfr_init2(l, ORACLE_BITS);
    set(loss->x, 0), set(loss->size, 0);
    for (int64_t j = 0; j < k; j++) { /* ln(over/q) or ln q: sign is the same for both */
        if (over)
            log_ratio(l, over[j], q[j]);
        else
            log_ratio(l, q[j], 1);
        if (p[j] != 0) add_term(loss, p[j], l, sign);
        if (grad_q) minus_ratio(&grad_q[j], p[j], q[j]);
        if (grad_p) set_log(&grad_p[j], l, sign, plus);
    }
    mpfr_clear(l);
}
void oracle_entropy(truth *loss, truth *grad, const double *p, int64_t k) {
    logarithms(loss, NULL, grad, p, p, NULL, k, -1, -1);
}
void oracle_cross_entropy(truth *loss, truth *grad_q, truth *grad_p, const double *p,
                          const double *q, int64_t k) {
    logarithms(loss, grad_q, grad_p, p, q, NULL, k, -1, 0);
}
void oracle_kl_div(truth *loss, truth *grad_q, truth *grad_p, const double *p, const double *q,
                   int64_t k) {
    logarithms(loss, grad_q, grad_p, p, q, p, k, 1, 1);
}
