#include "tests/impl/oracle.h"

#include <math.h>

static void single(truth *t) {
    mpfr_abs(t->size, t->x, MPFR_RNDN);
}

/* The row (0, z): softplus(z) = l_0, softplus(-z) = l_1, sigma(z) = p_1. */
void oracle_link(truth *value, truth *slope, lp_op op, double z) {
    const double two[2] = {0, z};
    oracle_row r = oracle_row_new(two, 2, 1);
    switch (op) {
    case LP_OP_SIGMOID:
        mpfr_set(value->x, r.p[1], MPFR_RNDN);
        mpfr_mul(slope->x, r.p[0], r.p[1], MPFR_RNDN);
        break;
    case LP_OP_LOG_SIGMOID:
        mpfr_neg(value->x, r.l[1], MPFR_RNDN);
        mpfr_set(slope->x, r.p[0], MPFR_RNDN);
        break;
    default:
        mpfr_set(value->x, r.l[0], MPFR_RNDN);
        mpfr_set(slope->x, r.p[1], MPFR_RNDN);
    }
    single(value), single(slope);
    oracle_row_free(&r);
}

void oracle_logsumexp(truth *value, truth *grad, const double *z, int64_t k) {
    oracle_row r = oracle_row_new(z, k, 1);
    int64_t top = 0;
    for (int64_t j = 1; j < k; j++)
        if (z[j] > z[top]) top = j;
    mpfr_t wide; /* z and l may cancel, and lie 2000 bits apart */
    mpfr_init2(wide, 2400);
    mpfr_add_d(wide, r.l[top], z[top], MPFR_RNDN);
    mpfr_set(value->x, wide, MPFR_RNDN);
    mpfr_abs(value->size, r.l[top], MPFR_RNDN);
    mpfr_add_d(value->size, value->size, fabs(z[top]), MPFR_RNDN);
    for (int64_t j = 0; j < k; j++) mpfr_set(grad[j].x, r.p[j], MPFR_RNDN), single(&grad[j]);
    mpfr_clear(wide);
    oracle_row_free(&r);
}

/* sum_j W_j l_j and (p_j (sum W - W_j) - q_j W_j)/T, W exact at 4400 bits. */
static void weighted_row(truth *loss, truth *grad, const oracle_row *r, const mpfr_t *w,
                         double temperature) {
    mpfr_t all, t;
    mpfr_inits2(4400, all, t, (mpfr_ptr)NULL);
    mpfr_set_ui(all, 0, MPFR_RNDN);
    mpfr_set_ui(loss->x, 0, MPFR_RNDN);
    for (int64_t j = 0; j < r->k; j++) {
        mpfr_add(all, all, w[j], MPFR_RNDN);
        if (mpfr_zero_p(w[j])) continue;
        mpfr_mul(t, w[j], r->l[j], MPFR_RNDN);
        mpfr_add(loss->x, loss->x, t, MPFR_RNDN);
    }
    single(loss);
    for (int64_t j = 0; j < r->k; j++) {
        mpfr_sub(t, all, w[j], MPFR_RNDN);
        mpfr_mul(grad[j].x, t, r->p[j], MPFR_RNDN);
        mpfr_mul(t, r->q[j], w[j], MPFR_RNDN);
        mpfr_sub(grad[j].x, grad[j].x, t, MPFR_RNDN);
        mpfr_div_d(grad[j].x, grad[j].x, temperature, MPFR_RNDN);
        mpfr_mul(t, r->p[j], all, MPFR_RNDN);
        mpfr_add(t, t, w[j], MPFR_RNDN);
        mpfr_div_d(grad[j].size, t, temperature, MPFR_RNDN);
    }
    mpfr_clears(all, t, (mpfr_ptr)NULL);
}

void oracle_xent_soft(truth *loss, truth *grad, const double *z, const double *t, int64_t k,
                      const lp_loss_xent_options *o) {
    oracle_row r = oracle_row_new(z, k, o->temperature);
    mpfr_t *w = oracle_array(k), x;
    mpfr_init2(x, 2200);
    for (int64_t j = 0; j < k; j++) {
        mpfr_set_prec(w[j], 4400);
        mpfr_set_ui(x, 1, MPFR_RNDN);
        mpfr_sub_d(x, x, o->smoothing, MPFR_RNDN);
        mpfr_mul_d(w[j], x, t[j], MPFR_RNDN);
        mpfr_set_d(x, o->smoothing, MPFR_RNDN);
        mpfr_div_si(x, x, k, MPFR_RNDN);
        mpfr_add(w[j], w[j], x, MPFR_RNDN);
        mpfr_mul_d(w[j], w[j], o->weights ? o->weights[j] : 1, MPFR_RNDN);
    }
    weighted_row(loss, grad, &r, w, o->temperature);
    mpfr_clear(x);
    oracle_array_free(w, k);
    oracle_row_free(&r);
}

void oracle_kl_logits(truth *loss, truth *grad, const double *z, const double *t, int64_t k) {
    oracle_row r = oracle_row_new(z, k, 1);
    mpfr_t *w = oracle_array(k), x;
    mpfr_init2(x, 4400);
    for (int64_t j = 0; j < k; j++) mpfr_set_d(w[j], t[j], MPFR_RNDN);
    weighted_row(loss, grad, &r, w, 1);
    for (int64_t j = 0; j < k; j++) {
        if (t[j] == 0) continue;
        mpfr_log(x, w[j], MPFR_RNDN);
        mpfr_mul_d(x, x, t[j], MPFR_RNDN);
        mpfr_add(loss->x, loss->x, x, MPFR_RNDN);
        mpfr_abs(x, x, MPFR_RNDN);
        mpfr_add(loss->size, loss->size, x, MPFR_RNDN);
    }
    mpfr_clear(x);
    oracle_array_free(w, k);
    oracle_row_free(&r);
}

void oracle_bce_weighted(truth *loss, truth *grad, double z, double y, double q) {
    const double two[2] = {0, z};
    oracle_row r = oracle_row_new(two, 2, 1);
    mpfr_t keep, t;
    mpfr_inits2(2200, keep, t, (mpfr_ptr)NULL);
    mpfr_set_ui(keep, 1, MPFR_RNDN);
    mpfr_sub_d(keep, keep, y, MPFR_RNDN);
    mpfr_mul(loss->x, keep, r.l[0], MPFR_RNDN);
    mpfr_mul_d(t, r.l[1], y, MPFR_RNDN);
    mpfr_mul_d(t, t, q, MPFR_RNDN);
    mpfr_add(loss->x, loss->x, t, MPFR_RNDN);
    single(loss);
    mpfr_mul(grad->x, keep, r.p[1], MPFR_RNDN);
    mpfr_mul_d(t, r.p[0], y, MPFR_RNDN);
    mpfr_mul_d(t, t, q, MPFR_RNDN);
    mpfr_add(grad->size, grad->x, t, MPFR_RNDN);
    mpfr_sub(grad->x, grad->x, t, MPFR_RNDN);
    mpfr_clears(keep, t, (mpfr_ptr)NULL);
    oracle_row_free(&r);
}

/* Fills loss, and `pull` = alpha q^gamma (gamma p l + q): the gradient at the label but its sign.
 */
static void focal(truth *loss, mpfr_t pull, const oracle_row *r, int64_t c, double gamma,
                  const mpfr_t alpha) {
    mpfr_t power;
    mpfr_init2(power, ORACLE_BITS + 64);
    if (mpfr_cmp_d(r->p[c], 0.5) < 0) {
        mpfr_neg(power, r->p[c], MPFR_RNDN);
        mpfr_log1p(power, power, MPFR_RNDN);
    } else {
        mpfr_log(power, r->q[c], MPFR_RNDN);
    }
    mpfr_mul_d(power, power, gamma, MPFR_RNDN);
    if (gamma == 0) mpfr_set_ui(power, 0, MPFR_RNDN); /* ln 0: q is below MPFR's range */
    mpfr_exp(power, power, MPFR_RNDN);
    mpfr_mul(power, power, alpha, MPFR_RNDN);
    mpfr_mul(loss->x, power, r->l[c], MPFR_RNDN);
    mpfr_mul(pull, r->p[c], r->l[c], MPFR_RNDN);
    mpfr_mul_d(pull, pull, gamma, MPFR_RNDN);
    mpfr_add(pull, pull, r->q[c], MPFR_RNDN);
    mpfr_mul(pull, pull, power, MPFR_RNDN);
    single(loss);
    mpfr_clear(power);
}

void oracle_focal_softmax(truth *loss, truth *grad, const double *z, int64_t k, int64_t c,
                          double gamma, double alpha) {
    oracle_row r = oracle_row_new(z, k, 1);
    mpfr_t pull, a;
    mpfr_inits2(ORACLE_BITS, pull, a, (mpfr_ptr)NULL);
    mpfr_set_d(a, alpha, MPFR_RNDN);
    focal(loss, pull, &r, c, gamma, a);
    for (int64_t j = 0; j < k; j++) {
        if (j == c) {
            mpfr_neg(grad[j].x, pull, MPFR_RNDN);
        } else {
            /* q = 0: below MPFR's range, and so is all that it multiplies */
            if (mpfr_zero_p(r.q[c]))
                mpfr_set_ui(grad[j].x, 0, MPFR_RNDN);
            else
                mpfr_div(grad[j].x, pull, r.q[c], MPFR_RNDN);
            mpfr_mul(grad[j].x, grad[j].x, r.p[j], MPFR_RNDN);
        }
        single(&grad[j]);
    }
    mpfr_clears(pull, a, (mpfr_ptr)NULL);
    oracle_row_free(&r);
}

void oracle_focal_sigmoid(truth *loss, truth *grad, double z, int64_t label, double gamma,
                          const double *alpha) {
    const double two[2] = {0, z};
    oracle_row r = oracle_row_new(two, 2, 1);
    mpfr_t a;
    mpfr_init2(a, 2200);
    mpfr_set_d(a, alpha ? *alpha : (double)label, MPFR_RNDN);
    if (!label) mpfr_ui_sub(a, 1, a, MPFR_RNDN);
    focal(loss, grad->x, &r, label, gamma, a);
    if (label) mpfr_neg(grad->x, grad->x, MPFR_RNDN);
    single(grad);
    mpfr_clear(a);
    oracle_row_free(&r);
}
