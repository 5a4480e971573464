/* The textbook programs of bce_logits and multilabel_bce.
 *
 *   loss      (max(z, 0) - z * y) + log1p(exp(-|z|))
 *   gradient  sigma(z) - y, sigma in the branch-stable form (logistic.h)
 * and with pos_weight q
 *   loss      (1 - y) * softplus(z) + (q * y) * softplus(-z), softplus(z) = max(z, 0) +
 * log1p(exp(-|z|)) gradient  (1 - y) * sigma(z) - (q * y) * sigma(-z) max, |.| and the negation are
 * exact. Over labels: the sum in index order, then / K for the mean. A label at an infinite logit
 * is no evaluation: its loss is left out, its gradient is 1 - y or q * y. */
#include "ref/bce.h"

#include "ref/logistic.h"

#include <math.h>

/* Upper bounds of 1 - y and q y with the errors of forming them. */
static void bound_low(mpfr_t hi, mpfr_t err, lp_scope *s, double y) {
    mpfr_set_ui(hi, 1, MPFR_RNDU);
    mpfr_sub_d(hi, hi, y, MPFR_RNDU);
    mpfr_set_zero(err, 1);
    lp_bound_round(err, &s->unit, hi);
}

static void bound_high(mpfr_t hi, mpfr_t err, lp_scope *s, const lp_bce_label *l) {
    mpfr_set_d(hi, l->y, MPFR_RNDU);
    mpfr_mul_d(hi, hi, l->q, MPFR_RNDU);
    mpfr_set_zero(err, 1);
    lp_bound_round(err, &s->unit, hi);
}

/* hi = the loss from above. */
static bool plain_loss(mpfr_t err, mpfr_t hi, lp_scope *s, const lp_bce_label *l) {
    mpfr_t *n = s->unit.n;
    mpfr_set_zero(n[6], 1); /* z y */
    lp_bound_abs_d(n[4], l->z);
    mpfr_mul_d(n[5], n[4], l->y, MPFR_RNDU);
    lp_bound_round(n[6], &s->unit, n[5]);
    if (l->z >= 0) { /* max(z, 0) - z y */
        mpfr_set_ui(n[5], 1, MPFR_RNDU);
        mpfr_sub_d(n[5], n[5], l->y, MPFR_RNDU);
        mpfr_mul(n[5], n[5], n[4], MPFR_RNDU);
    }
    lp_bound_round(n[6], &s->unit, n[5]);
    if (!lp_logistic_bound_log(err, hi, s)) return false;
    mpfr_add(err, err, n[6], MPFR_RNDU);
    mpfr_add(hi, hi, n[5], MPFR_RNDU);
    lp_bound_round(err, &s->unit, hi);
    return true;
}

typedef bool (*factor)(mpfr_t err, mpfr_t hi, lp_scope *s, double z);

/* err, hi of (1 - y) * f(z) + (q * y) * f(-z), hi of the sum of absolute values. */
static bool weighted(mpfr_t err, mpfr_t hi, lp_scope *s, const lp_bce_label *l, factor f) {
    MPFR_DECL_INIT(coefficient, LP_BOUND_PREC);
    MPFR_DECL_INIT(its_error, LP_BOUND_PREC);
    MPFR_DECL_INIT(value, LP_BOUND_PREC);
    MPFR_DECL_INIT(sum, LP_BOUND_PREC);
    MPFR_DECL_INIT(product, LP_BOUND_PREC);
    mpfr_set_zero(sum, 1);
    mpfr_set_zero(hi, 1);
    for (int side = 0; side < 2; side++) {
        if (side == 0)
            bound_low(coefficient, its_error, s, l->y);
        else
            bound_high(coefficient, its_error, s, l);
        if (!f(err, value, s, side ? -l->z : l->z)) return false;
        lp_bound_mul(product, &s->unit, coefficient, its_error, value, err);
        mpfr_mul(value, value, coefficient, MPFR_RNDU);
        lp_bound_round(product, &s->unit, value);
        mpfr_add(sum, sum, product, MPFR_RNDU);
        mpfr_add(hi, hi, value, MPFR_RNDU);
    }
    mpfr_set(err, sum, MPFR_RNDU);
    return true;
}

static bool label_loss(mpfr_t err, mpfr_t hi, lp_scope *s, const lp_bce_label *l) {
    lp_logistic_bound_open(s, l->z);
    if (!lp_bce_weighted(s->c)) return plain_loss(err, hi, s, l);
    if (!weighted(err, hi, s, l, lp_logistic_bound_softplus)) return false;
    lp_bound_round(err, &s->unit, hi);
    return true;
}

/* Division by K, exact as a number. */
static void over_labels(mpfr_t err, lp_scope *s, const lp_enclosure *x) {
    if (!lp_bce_mean(s->c)) return;
    mpfr_div_ui(err, err, (unsigned long)s->c->k, MPFR_RNDU);
    lp_enclosure_magnitude(s->unit.n[4], x);
    lp_bound_round(err, &s->unit, s->unit.n[4]);
}

/* Values from above are good for the bound alone, and as the sum's lower end 0 will do: all terms
 * are >= 0. */
static bool bound_loss(mpfr_t err, lp_scope *s, const lp_row *row, const lp_enclosure *x) {
    MPFR_DECL_INIT(hi, LP_BOUND_PREC);
    MPFR_DECL_INIT(zero, LP_BOUND_PREC);
    lp_bound_sum sum;
    bool sound = true;
    lp_bound_sum_init(&sum);
    mpfr_set_zero(zero, 1);
    for (int64_t j = 0; j < s->c->k && sound; j++) {
        lp_bce_label l = lp_bce_label_get(s, row, j);
        if (!isfinite(l.z)) continue;
        sound = label_loss(err, hi, s, &l);
        if (sound) lp_bound_sum_add(&sum, &s->unit, zero, hi, err);
    }
    mpfr_set(err, sum.err, MPFR_RNDU);
    lp_bound_sum_clear(&sum);
    if (sound) over_labels(err, s, x);
    return sound;
}

static bool label_grad(mpfr_t err, lp_scope *s, const lp_bce_label *l, const lp_enclosure *x) {
    MPFR_DECL_INIT(hi, LP_BOUND_PREC);
    bool weights = lp_bce_weighted(s->c);
    if (isinf(l->z)) {
        mpfr_set_zero(err, 1);
        if (l->z > 0) bound_low(hi, err, s, l->y);
        if (l->z < 0 && weights) bound_high(hi, err, s, l);
        return true;
    }
    lp_logistic_bound_open(s, l->z);
    bool sound = weights ? weighted(err, hi, s, l, lp_logistic_bound_sigma)
                         : lp_logistic_bound_sigma(err, hi, s, l->z);
    lp_enclosure_magnitude(hi, x);
    if (lp_bce_mean(s->c)) mpfr_mul_ui(hi, hi, (unsigned long)s->c->k, MPFR_RNDU);
    lp_bound_round(err, &s->unit, hi); /* the difference */
    return sound;
}

bool lp_bound_bce(mpfr_t err, lp_scope *s, lp_row *row, lp_out out, int64_t j,
                  const lp_enclosure *x) {
    if (out == LP_OUT_LOSS) return bound_loss(err, s, row, x);
    lp_bce_label l = lp_bce_label_get(s, row, j);
    if (!label_grad(err, s, &l, x)) return false;
    over_labels(err, s, x);
    return true;
}
