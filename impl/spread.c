/* Rows with targets on all classes, W_j = w_j t'_j. Split at the largest logit a: LSE(u) - u_j = L
 * + (u_a - u_j) with L = LSE(u) - u_a, both >= 0 and relatively accurate, for every j. The gradient
 * (p_j sum W - W_j)/T is a signed sum, at a taken as (p_a sum_{j != a} W_j - (1 - p_a) W_a)/T.
 *
 * With the z-loss l the loss has l Z^2 more, Z = LSE(u) = u_a + L, and the gradient 2 l Z p_j/T: 2
 * l Z is added to the sum of W that multiplies p_j.
 *
 * In many limbs all is multiplied by D (K, K - 1 or 1), so that D W_j is exact, and by S T: D S T
 * g_j = e_j sum D W - D W_j S is exact where all logits are equal (only then can it be 0: else the
 * e_j are linearly independent over the algebraic numbers, Lindemann and Weierstrass). */
#include "impl/coefficients.h"
#include "impl/soft_plain.h"
#include "impl/soft_row.h"

enum { ANY = -1 }; /* a class beside the label and the largest logit, where all are alike */

typedef struct spread {
    lp_soft_row soft;
    lp_coefficients w;
    const lp_targets *t; /* w's */
    lp_view z;
    int64_t k, label;              /* -1: w has targets */
    double asked;                  /* the logit of ANY */
    lp_value at_label, others;     /* W_c; sum of W_j over j != c (all j without a label) */
    lp_value but_top, total;       /* over j != a; over all */
    int n;                         /* limbs of: */
    lp_big big_total, big_but_top; /* ... D times these sums */
    double by;                     /* beside D T, what is left to divide a gradient by */
    bool point;                    /* z_loss beside a +inf that is a point mass: Z is +inf */
} spread;

static double logit(const spread *s, int64_t j) {
    return j == ANY ? s->asked : lp_at(s->z, j);
}
static lp_value deficit(const spread *s, const lp_row *row, double z) { /* LSE(u) - u_j */
    lp_value gap = lp_over_temperature(lp_difference(s->soft.z_top, z), s->t->temperature);
    return lp_value_add(lp_row_loss(row), gap);
}

static void sum_coefficients(spread *s) {
    bool same = s->label == s->soft.top;
    s->at_label = s->label >= 0 ? lp_coefficient(&s->w, s->label) : lp_value_zero();
    if (!s->w.targets.data && !s->t->weights.data) {
        double n = (double)(s->k - 1);
        lp_value other = lp_smoothed(&s->w, s->t->other);
        s->others = lp_value_mul(other, lp_value_from(n));
        s->but_top = lp_value_mul(other, lp_value_from(same ? n : n - 1));
        if (!same) s->but_top = lp_value_add(s->but_top, s->at_label);
    } else {
        lp_sum others = lp_sum_open(), but_top = lp_sum_open();
        if (!same) lp_sum_add(&but_top, s->at_label);
        for (int64_t j = 0; j < s->k; j++) {
            if (j == s->label) continue;
            lp_value w = lp_coefficient(&s->w, j);
            lp_sum_add(&others, w);
            if (j != s->soft.top) lp_sum_add(&but_top, w);
        }
        s->others = lp_sum_get(&others);
        s->but_top = lp_sum_get(&but_top);
    }
    s->total = lp_value_add(s->at_label, s->others);
}

/* sum_{j != c} W_j (LSE(u) - u_j), finite logits where W_j is not 0. */
static lp_value others_loss(const spread *s, const lp_row *row) {
    if (s->w.targets.data || s->t->weights.data) {
        lp_sum sum = lp_sum_open();
        for (int64_t j = 0; j < s->k; j++) {
            lp_value w = j == s->label ? lp_value_zero() : lp_coefficient(&s->w, j);
            if (w.x.m.hi != 0) lp_sum_add(&sum, lp_value_mul(w, deficit(s, row, lp_at(s->z, j))));
        }
        return lp_sum_get(&sum);
    }
    bool huge = fabs(s->soft.z_top) > 0x1p1000 || row->lowest < -0x1p1000;
    lp_wide gaps = lp_row_gaps(s->z, s->k, s->label, s->soft.z_top, huge);
    lp_value sum = lp_over_temperature(lp_good_to(gaps, LP_PRECISE_BITS), s->t->temperature);
    return lp_value_add(lp_value_mul(sum, lp_smoothed(&s->w, s->t->other)),
                        lp_value_mul(s->others, lp_row_loss(row)));
}

/* Z; 2 l Z */
static lp_value partition(const spread *s, const lp_row *row) {
    lp_value top = lp_over_temperature(lp_value_from(s->soft.z_top), s->t->temperature);
    return lp_value_add(top, lp_row_term(lp_row_loss(row)));
}
static lp_value drift(const spread *s, const lp_row *row) {
    if (s->t->z_loss == 0) return lp_value_zero();
    return lp_value_mul(lp_value_from(2),
                        lp_value_mul(lp_value_from(s->t->z_loss), partition(s, row)));
}

/* Rule 6: +inf where a class at -inf has W_j > 0, -inf where only negative ones do; else 0. */
static double infinite_loss(const spread *s) {
    double sign = 0;
    if (!s->soft.row[0].minus_inf) return 0; /* the largest logit is finite */
    for (int64_t j = 0; j < s->k; j++) {
        if (!(lp_at(s->z, j) < -DBL_MAX)) continue;
        double w = lp_coefficient(&s->w, j).x.m.hi;
        if (w > 0) return INFINITY;
        if (w < 0) sign = -INFINITY;
    }
    return sign;
}
static lp_value loss(const spread *s, const lp_row *row) {
    double infinite = s->point ? INFINITY : infinite_loss(s);
    if (infinite != 0) return lp_special(infinite);
    lp_value own = lp_value_zero();
    if (s->at_label.x.m.hi != 0)
        own = lp_value_mul(s->at_label, deficit(s, row, lp_at(s->z, s->label)));
    own = lp_value_add(own, others_loss(s, row));
    if (s->t->z_loss == 0) return own;
    lp_value z = partition(s, row);
    return lp_value_add(own, lp_value_mul(lp_value_from(s->t->z_loss), lp_value_mul(z, z)));
}
static lp_value gradient(const spread *s, const lp_row *row, int64_t j) {
    lp_value w = lp_coefficient(&s->w, j), p = lp_row_value(row, row->own), sum = s->but_top;
    if (s->point && j == s->soft.top) return lp_special(INFINITY);
    if (j == s->soft.top) {
        lp_value rest = lp_row_value(row, row->rest);
        w = lp_value_mul(s->t->z_loss != 0 ? lp_row_term(rest) : rest, w);
    } else {
        p = lp_soft_row_other(row, logit(s, j));
        sum = s->total;
    }
    if (!s->point) sum = lp_value_add(sum, drift(s, row));
    return lp_over_temperature(lp_value_sub(lp_value_mul(p, sum), w), s->t->temperature);
}
static lp_value fast(void *row, int out, int64_t j, bool precise) {
    spread *s = row;
    const lp_row *r = lp_soft_row_at(&s->soft, precise);
    return out == LP_EVAL_LOSS ? loss(s, r) : gradient(s, r, j);
}

static void big_sums(spread *s, int n) {
    if (s->n == n) return;
    s->n = n;
    lp_big_coefficients(&s->big_but_top, &s->big_total, &s->w, n, s->soft.top);
}
/* D l m^k, m the largest logit */
static void big_z_loss(lp_big *r, const spread *s, int n, int k) {
    lp_big_set(r, n, s->t->z_loss);
    lp_big_mul_d(r, r, s->t->denominator);
    for (int i = 0; i < k; i++) lp_big_mul_d(r, r, s->soft.z_top);
}
/* (T sum D W_j (m - z_j) + D l m^2)/(D T^2) + L (sum D W + 2 D l m/T + D l L)/D: L, however small,
 * has the sign of its factor. */
static void big_loss(lp_big *r, const spread *s) {
    const lp_big_row *row = &s->soft.big;
    double temperature = s->t->temperature;
    lp_big w, gap, factor = s->big_total;
    lp_big_set(r, row->n, 0);
    for (int64_t j = 0; j < s->k; j++) {
        lp_big_coefficient(&w, &s->w, row->n, j);
        if (lp_big_sign(&w) == 0) continue;
        lp_big_row_gap(&gap, row, lp_at(s->z, j));
        lp_big_mul(&w, &w, &gap);
        lp_big_add(r, r, &w);
    }
    if (s->t->z_loss != 0) {
        lp_big_mul_d(r, r, temperature);
        big_z_loss(&w, s, row->n, 2);
        lp_big_add(r, r, &w);
        lp_big_div_d(r, r, temperature);
        big_z_loss(&w, s, row->n, 1);
        lp_big_scale(&w, &w, 1);
        lp_big_div_d(&w, &w, temperature);
        lp_big_add(&factor, &factor, &w);
        big_z_loss(&w, s, row->n, 0);
        lp_big_mul(&w, &w, &row->log);
        lp_big_add(&factor, &factor, &w);
    }
    lp_big_div_d(r, r, temperature);
    lp_big_mul(&w, &row->log, &factor);
    lp_big_add(r, r, &w);
    lp_big_div_d(r, r, s->t->denominator);
}
/* At a largest logit that is far above the others, R = rest, with the sums C of D W and C' of all
 * others' and V = 2 D l: C' + V m/T - [R (C + V m/T + V L)/S - V L], and L/R and 1/S lie in [1 - R,
 * 1], so that the bracket is R times a number whose sign is known however small R is. */
static void big_top(lp_big *r, const spread *s, const lp_big *twice, const lp_big *base) {
    const lp_big_row *row = &s->soft.big;
    lp_big x, part, unit;
    lp_big_mul(&part, twice, &row->log);
    lp_big_add(&x, &s->big_total, base);
    lp_big_add(&x, &x, &part);
    bool tiny = row->rest.limb[row->n - 1] == 0 || row->rest.e < -64 * (int64_t)row->n;
    if (tiny) {
        lp_big_speck(&unit, &row->rest, -1);
        lp_big_set(&part, row->n, 1);
        lp_big_add(&unit, &unit, &part);
        lp_big_mul(&x, &x, &unit);
        lp_big_mul(&part, twice, &unit);
        lp_big_sub(&x, &x, &part);
        lp_big_mul(&x, &x, &row->rest);
    } else {
        lp_big_mul(&x, &x, &row->rest);
        lp_big_div(&x, &x, &row->all);
        lp_big_sub(&x, &x, &part);
    }
    lp_big_add(r, &s->big_but_top, base);
    lp_big_sub(r, r, &x);
}
static void big_gradient(lp_big *r, spread *s, int64_t j) {
    const lp_big_row *row = &s->soft.big;
    lp_big e, w, total = s->big_total, others = s->big_but_top, base, twice;
    bool top = j == s->soft.top;
    lp_big_coefficient(&w, &s->w, row->n, j);
    if (s->t->z_loss != 0 && !s->point) {
        big_z_loss(&base, s, row->n, 1);
        lp_big_scale(&base, &base, 1);
        lp_big_div_d(&base, &base, s->t->temperature);
        big_z_loss(&twice, s, row->n, 0);
        lp_big_scale(&twice, &twice, 1);
        lp_big_mul(&e, &twice, &row->log);
        lp_big_add(&e, &e, &base);
        lp_big_add(&total, &total, &e);
        lp_big_add(&others, &others, &e);
    }
    bool peaked = row->rest.limb[row->n - 1] == 0 || row->rest.e < 0; /* rest < 1/2 */
    if (top && peaked && s->t->z_loss != 0 && !s->point) {
        big_top(r, s, &twice, &base);
        s->by = 1;
    } else {
        lp_big_row_exp(&e, row, j, logit(s, j));
        s->by = lp_big_row_difference(r, row, &e, &total, &w, &others);
    }
}
static void over(lp_big *d, void *row) {
    const spread *s = row;
    lp_big_set(d, s->n, s->t->denominator);
    lp_big_mul_d(d, d, s->t->temperature);
    lp_big_mul_d(d, d, s->by);
}
static void exact(lp_big *r, void *row, int out, int64_t j) {
    spread *s = row;
    r->n = lp_soft_row_big(&s->soft, r->n);
    big_sums(s, r->n);
    if (out == LP_EVAL_LOSS)
        big_loss(r, s);
    else
        big_gradient(r, s, j);
}

static const lp_row_eval eval = {.fast = fast, .exact = exact, .over = over, .precise = true};

/* The loops of kernel.h take plain smoothing of a label in binary64. */
static bool gradient_by_loops(lp_wide *scale, lp_wide *share, const spread *s,
                              const lp_sink *grad) {
    if (s->w.targets.data || s->t->weights.data || s->t->z_loss != 0 || !lp_view_plain(s->z) ||
        grad->single || s->soft.row[0].precise || s->total.x.m.hi == 0 ||
        !lp_sink_scale(scale, grad))
        return false;
    *share = lp_wide_div(s->t->other, s->total.x);
    *scale = lp_wide_mul(*scale, lp_over_temperature(s->total, s->t->temperature).x);
    return share->m.hi != 0 && share->e >= -300 && fabs(scale->e) <= 300 && scale->m.hi > 0;
}

typedef struct question {
    spread *s;
    const lp_sink *grad;
} question;
static double ask(void *context, double z) {
    const question *q = context;
    q->s->asked = z;
    return lp_job_component(q->grad, &eval, q->s, LP_EVAL_GRAD, ANY, q->s->k);
}
/* (exp factor - share) total/T at all but the label and the largest logit. */
static void emit(const lp_sink *grad, spread *s, lp_wide scale, lp_wide share, bool in_place) {
    const lp_row *row = &s->soft.row[0];
    question q = {s, grad};
    double at_top = lp_job_component(grad, &eval, s, LP_EVAL_GRAD, s->soft.top, s->k);
    double at_label = lp_job_component(grad, &eval, s, LP_EVAL_GRAD, s->label, s->k);
    lp_wide factor = lp_wide_mul(row->factor, (lp_wide){scale.m, 0});
    lp_dd b = lp_wide_dd(lp_wide_mul(share, (lp_wide){scale.m, 0}));
    for (int dry = in_place; dry >= 0; dry--)
        lp_emit_difference(dry ? NULL : grad->data, s->z.data, s->k, s->label, &row->shift, factor,
                           b, scale.e, ask, &q);
    lp_sink_store(grad, s->label, at_label);
    lp_sink_store(grad, s->soft.top, at_top);
}

/* Targets as they are, W_j = t_j, at temperature 1. */
static bool plain(const lp_targets *t, const lp_coefficients *w) {
    return w->targets.data && !t->weights.data && t->smoothing == 0 && t->z_loss == 0 &&
           t->temperature == 1;
}

void lp_spread_row(const void *context, const lp_call *c, int64_t i, lp_job *job) {
    spread s = {.w = lp_coefficients_of(context, c, i), .t = context, .z = lp_view_logits(c, i)};
    s.k = c->k;
    s.label = s.w.label;
    lp_soft_plain done;
    bool quick = plain(s.t, &s.w) && lp_soft_plain_row(&done, job, s.z, s.w.targets, s.k, false);
    if (quick && done.loss && done.grad) return;
    if (!lp_soft_row_set(&s.soft, s.z, s.k, s.t->temperature) || lp_coefficients_nan(&s.w)) {
        lp_job_fill(job, s.k, NAN);
        return;
    }
    s.point = s.z.point != 0 && s.t->z_loss != 0;
    sum_coefficients(&s);
    if (quick) {
        lp_soft_plain_complete(job, &done, &eval, &s, s.k);
        return;
    }
    lp_sink grad = job->out[LP_EVAL_GRAD];
    lp_wide scale, share;
    bool loops = grad.data && gradient_by_loops(&scale, &share, &s, &grad);
    if (loops) job->out[LP_EVAL_GRAD].data = NULL;
    lp_job_answer(job, &eval, &s, s.k);
    if (loops) emit(&grad, &s, scale, share, job->in_place);
}
void lp_spread_run(const lp_call *c, const lp_targets *t) {
    lp_batch_answer(c, c->k, lp_spread_row, t);
}
