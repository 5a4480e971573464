/* The textbook program of focal_softmax, with d_j, L, p_j of bound_softrow.c and c the label:
 *
 *   p = p_c;  q = 1 - p;  l = L - d_c;  h = q^g
 *   loss        alpha * (h * l)
 *   gradient    t = h * ((g * p) * l + q);  -(alpha * t) at c, alpha * (t * r_j) elsewhere,
 *   r_j         f_j / T,  f_j = exp(z_j - m'), T = sum f_j in index order, m' = max z_j, j /= c
 *
 * No multiplication without alpha. A computed p is at most 1, so q is not negative. The others' own
 * softmax r_j is what never cancels: q^(g-1) would be void for g < 1 as soon as p is 1 but for its
 * own rounding. Plain rows (focal_softmax.h) have the program of softmax_xent. */
#include "ref/focal_softmax.h"

#include "ref/softmax_xent.h"
#include "ref/softrow.h"

#include <math.h>

typedef struct others {
    double max;
    int64_t label;
} others;

static others others_of(const lp_scope *s, const lp_row *row) {
    const double *z = lp_softrow_logits(s, row);
    others o = {-INFINITY, s->c->label[row->at]};
    for (int64_t j = 0; j < s->c->k; j++)
        if (j != o.label && z[j] > o.max) o.max = z[j];
    return o;
}

/* n[1], n[2] bounds of f_j, err its error; n[3], n[4] are used. */
static void bound_f(mpfr_t err, lp_scope *s, double z, double max) {
    mpfr_t *n = s->unit.n;
    mpfr_set_d(n[2], z, MPFR_RNDU);
    mpfr_sub_d(n[2], n[2], max, MPFR_RNDU);
    mpfr_set_d(n[3], z, MPFR_RNDD);
    mpfr_sub_d(n[3], n[3], max, MPFR_RNDD);
    mpfr_set_zero(n[4], 1);
    if (!mpfr_zero_p(n[3])) lp_bound_round(n[4], &s->unit, n[3]);
    mpfr_exp(n[1], n[3], MPFR_RNDD);
    mpfr_exp(n[2], n[2], MPFR_RNDU);
    lp_bound_exp(err, &s->unit, n[3], n[1], n[2], n[4]);
    lp_bound_libm(err, &s->unit, n[2]);
}

/* T. */
static void bound_others(lp_scope *s, lp_row *row) {
    const double *z = lp_softrow_logits(s, row);
    others o = others_of(s, row);
    lp_bound_sum sum;
    lp_bound_sum_init(&sum);
    for (int64_t j = 0; j < s->c->k; j++) {
        if (j == o.label || z[j] == -INFINITY) continue;
        bound_f(s->unit.n[5], s, z[j], o.max);
        lp_bound_sum_add(&sum, &s->unit, s->unit.n[1], s->unit.n[2], s->unit.n[5]);
    }
    mpfr_set(row->bound.err[LP_SOFT_B_SUM], sum.err, MPFR_RNDU);
    mpfr_set(row->bound.err[LP_SOFT_B_LO], sum.lo, MPFR_RNDD);
    lp_bound_sum_clear(&sum);
}

/* Errors of h in h_err, of q in q_err, of p in p_err; false: void. */
static bool bound_power(mpfr_t p_err, mpfr_t q_err, mpfr_t h_err, lp_iv *h, lp_scope *s,
                        lp_row *row) {
    mpfr_t *n = s->unit.n;
    double g = lp_case_param(s->c, LP_PARAM_GAMMA);
    lp_iv rest;
    if (!lp_softrow_bound_p(p_err, s, row, s->c->label[row->at])) return false;
    lp_iv_init(&rest, row->prec);
    lp_focal_rest(&rest, s, row);
    mpfr_set(n[2], rest.hi, MPFR_RNDU);
    mpfr_set(q_err, p_err, MPFR_RNDU);
    lp_bound_round(q_err, &s->unit, n[2]);
    mpfr_set_d(s->work[0], g, MPFR_RNDN);
    mpfr_pow(h->lo, rest.lo, s->work[0], MPFR_RNDD);
    mpfr_pow(h->hi, rest.hi, s->work[0], MPFR_RNDU);
    lp_bound_pow(h_err, &s->unit, rest.lo, rest.hi, g, h, q_err);
    mpfr_set(n[2], h->hi, MPFR_RNDU);
    lp_bound_libm(h_err, &s->unit, n[2]);
    lp_iv_clear(&rest);
    return true;
}

/* Error of h * l into OWN for the loss, of t for the gradient; once an output. */
static bool bound_shared(mpfr_t err, lp_scope *s, lp_row *row, lp_out out) {
    mpfr_t *n = s->unit.n;
    double g = lp_case_param(s->c, LP_PARAM_GAMMA);
    MPFR_DECL_INIT(p_err, LP_BOUND_PREC);
    MPFR_DECL_INIT(q_err, LP_BOUND_PREC);
    MPFR_DECL_INIT(h_err, LP_BOUND_PREC);
    MPFR_DECL_INIT(x, LP_BOUND_PREC);
    lp_iv h;
    lp_iv_init(&h, row->prec);
    bool sound = !row->bound.is_void[LP_SOFT_B_LOG] && bound_power(p_err, q_err, h_err, &h, s, row);
    if (sound) {
        lp_bound_xent_surprise(s, row, s->c->label[row->at]); /* n[2] >= l, n[3] its error */
        mpfr_set(n[5], h.hi, MPFR_RNDU);
        if (out == LP_OUT_LOSS) {
            lp_bound_mul(err, &s->unit, n[5], h_err, n[2], n[3]);
            mpfr_mul(x, n[5], n[2], MPFR_RNDU);
            lp_bound_round(err, &s->unit, x);
        } else {
            lp_focal_p(&s->iv[0], s, row);
            mpfr_set(x, s->iv[0].hi, MPFR_RNDU); /* g * p */
            mpfr_mul_d(x, x, g, MPFR_RNDU);
            mpfr_mul_d(p_err, p_err, g, MPFR_RNDU);
            lp_bound_round(p_err, &s->unit, x);
            lp_bound_mul(err, &s->unit, x, p_err, n[2], n[3]); /* ... * l */
            mpfr_mul(x, x, n[2], MPFR_RNDU);
            lp_bound_round(err, &s->unit, x);
            mpfr_add(err, err, q_err, MPFR_RNDU); /* ... + q */
            lp_focal_rest(&s->iv[0], s, row);
            mpfr_add(x, x, s->iv[0].hi, MPFR_RNDU);
            lp_bound_round(err, &s->unit, x);
            mpfr_set(n[6], err, MPFR_RNDU);
            lp_bound_mul(err, &s->unit, n[5], h_err, x, n[6]); /* h * ... */
            mpfr_mul(x, x, n[5], MPFR_RNDU);
            lp_bound_round(err, &s->unit, x);
        }
    }
    lp_iv_clear(&h);
    return sound;
}

/* t * r_j of a class that is not the label, t's error in err; false: void. */
static bool bound_share(mpfr_t err, lp_scope *s, lp_row *row, int64_t j) {
    mpfr_t *n = s->unit.n;
    const double *z = lp_softrow_logits(s, row);
    bound_f(n[5], s, z[j], others_of(s, row).max);
    mpfr_div(n[1], n[2], row->bound.err[LP_SOFT_B_LO], MPFR_RNDU); /* r_j */
    if (!lp_bound_div(n[6], &s->unit, n[5], n[1], row->bound.err[LP_SOFT_B_LO],
                      row->bound.err[LP_SOFT_B_SUM]))
        return false;
    lp_bound_round(n[6], &s->unit, n[1]);
    lp_focal_factor(&s->iv[0], s, row);
    mpfr_set(n[2], s->iv[0].hi, MPFR_RNDU);
    mpfr_set(n[3], err, MPFR_RNDU);
    lp_bound_mul(err, &s->unit, n[1], n[6], n[2], n[3]);
    mpfr_mul(n[1], n[1], n[2], MPFR_RNDU);
    lp_bound_round(err, &s->unit, n[1]);
    return true;
}

bool lp_bound_focal_softmax(mpfr_t err, lp_scope *s, lp_row *row, lp_out out, int64_t j,
                            const lp_enclosure *x) {
    if (lp_focal_plain(s, row)) return lp_bound_softmax_xent(err, s, row, out, j, x);
    double alpha;
    mpfr_set_zero(err, 1);
    if (!row->bound.done) {
        lp_softrow_bound(s, row, true);
        bound_others(s, row);
        row->bound.is_void[LP_SOFT_B_OWN] =
            !bound_shared(row->bound.err[LP_SOFT_B_OWN], s, row, LP_OUT_GRAD);
        row->bound.done = true;
    }
    bool other = out == LP_OUT_GRAD && j != s->c->label[row->at];
    if (other && lp_softrow_logits(s, row)[j] == -INFINITY) return true;
    if (row->bound.is_void[LP_SOFT_B_OWN]) return false;
    mpfr_set(err, row->bound.err[LP_SOFT_B_OWN], MPFR_RNDU);
    if (out == LP_OUT_LOSS && !bound_shared(err, s, row, out)) return false;
    if (other && !bound_share(err, s, row, j)) return false;
    if (!lp_xent_weight(&alpha, s->c, s->c->label[row->at])) return true;
    mpfr_mul_d(err, err, fabs(alpha), MPFR_RNDU);
    lp_enclosure_magnitude(s->unit.n[1], x);
    lp_bound_round(err, &s->unit, s->unit.n[1]);
    return true;
}
