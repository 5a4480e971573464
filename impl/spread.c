/* Rows with targets on all classes. Split at the largest logit a: LSE(u) - u_j = L + (u_a - u_j)
 * with L = LSE(u) - u_a, both >= 0 and relatively accurate, for every j. */
#include "impl/xent.h"

static const lp_wide zero = {{0, 0}, 0};

typedef struct spread {
    lp_row row;
    const lp_targets *t;
    lp_view z, soft; /* soft.data NULL: smoothed one-hot targets */
    int64_t k, label, top;
    double z_top;
    lp_wide at_label;        /* W_c */
    lp_wide others, but_top; /* sums of W_j over j != c (all j without a label) and over j != a */
} spread;

static lp_wide target(const spread *s, int64_t j) {
    if (!s->soft.data) return j == s->label ? s->t->label : s->t->other;
    lp_wide t = lp_wide_from(lp_at(s->soft, j));
    if (s->t->smooth && t.m.hi != 0) t = lp_wide_mul(t, s->t->keep);
    return s->t->smooth ? lp_wide_add(t, s->t->other) : t;
}
static lp_wide coefficient(const spread *s, int64_t j) {
    return lp_targets_weigh(s->t, j, target(s, j));
}
static lp_wide deficit(const spread *s, int64_t j) { /* LSE(u) - u_j */
    return lp_wide_add(s->row.loss, lp_row_gap(s->z_top, lp_at(s->z, j), s->t->temperature));
}
static lp_wide over_temperature(const spread *s, lp_wide x) {
    return s->t->temperature == 1 ? x : lp_wide_div(x, lp_wide_from(s->t->temperature));
}

/* Rule 3: NaN targets; a NaN weight counts where its target is not 0. */
static bool nan_coefficient(const spread *s) {
    if (!s->soft.data && !s->t->weights.data) return false;
    for (int64_t j = 0; j < s->k; j++) {
        if (s->soft.data && isnan(lp_at(s->soft, j))) return true;
        if (s->t->weights.data && isnan(lp_at(s->t->weights, j)) && target(s, j).m.hi != 0)
            return true;
    }
    return false;
}

static void sum_coefficients(spread *s) {
    bool same = s->label == s->top;
    s->others = s->but_top = s->at_label = zero;
    if (s->label >= 0) s->at_label = coefficient(s, s->label);
    if (!s->soft.data && !s->t->weights.data) {
        double n = (double)(s->k - 1);
        s->others = lp_wide_mul(s->t->other, lp_wide_from(n));
        lp_wide rest = lp_wide_mul(s->t->other, lp_wide_from(same ? n : n - 1));
        s->but_top = lp_wide_add(same ? zero : s->at_label, rest);
        return;
    }
    if (!same) s->but_top = s->at_label;
    for (int64_t j = 0; j < s->k; j++) {
        lp_wide w = j == s->label ? zero : coefficient(s, j);
        s->others = lp_wide_add(s->others, w);
        if (j != s->top) s->but_top = lp_wide_add(s->but_top, w);
    }
}

/* sum_{j != c} W_j (LSE(u) - u_j), finite logits where W_j is not 0. */
static lp_wide others_loss(const spread *s) {
    if (s->soft.data || s->t->weights.data) {
        lp_wide sum = zero;
        for (int64_t j = 0; j < s->k; j++) {
            lp_wide w = j == s->label ? zero : coefficient(s, j);
            if (w.m.hi != 0) sum = lp_wide_add(sum, lp_wide_mul(w, deficit(s, j)));
        }
        return sum;
    }
    bool huge = fabs(s->z_top) > 0x1p1000 || s->row.lowest < -0x1p1000;
    lp_wide gaps = lp_row_gaps(s->z, s->k, s->label, s->z_top, huge);
    gaps = lp_wide_mul(over_temperature(s, gaps), s->t->other);
    return lp_wide_add(gaps, lp_wide_mul(s->others, s->row.loss));
}

/* Rule 6: +inf where a class at -inf has W_j > 0, -inf where only negative ones do; else 0. */
static double infinite_loss(const spread *s) {
    double sign = 0;
    if (!s->row.minus_inf) return 0; /* the largest logit is finite */
    for (int64_t j = 0; j < s->k; j++) {
        if (!(lp_at(s->z, j) < -DBL_MAX)) continue;
        double w = coefficient(s, j).m.hi;
        if (w > 0) return INFINITY;
        if (w < 0) sign = -INFINITY;
    }
    return sign;
}

static lp_value total_loss(const spread *s) {
    double infinite = infinite_loss(s);
    if (infinite != 0) return lp_special(infinite);
    lp_wide own = zero;
    if (s->at_label.m.hi != 0) own = lp_wide_mul(s->at_label, deficit(s, s->label));
    return lp_number(lp_wide_add(own, others_loss(s)));
}

/* (p_j sum W - W_j)/T; at the largest logit (p_a sum_{j != a} W_j - (1 - p_a) W_a)/T. */
static lp_wide gradient(const spread *s, int64_t j, lp_wide total) {
    lp_wide w = coefficient(s, j);
    if (j == s->top)
        return over_temperature(
            s, lp_wide_sub(lp_wide_mul(s->row.own, s->but_top), lp_wide_mul(s->row.rest, w)));
    lp_wide p = lp_row_other(&s->row, lp_at(s->z, j));
    return over_temperature(s, lp_wide_sub(lp_wide_mul(p, total), w));
}

static void gradients(const lp_sink *grad, const spread *s) {
    lp_wide total = lp_wide_add(s->at_label, s->others), scale;
    lp_wide share = total.m.hi != 0 ? lp_wide_div(s->t->other, total) : zero;
    lp_wide at_top = gradient(s, s->top, total);
    bool fast = !s->soft.data && !s->t->weights.data && share.m.hi != 0 && share.e >= -300 &&
                !grad->single && !s->row.precise && lp_sink_scale(&scale, grad);
    if (fast) {
        scale = lp_wide_mul(scale, over_temperature(s, total));
        fast = fabs(scale.e) <= 300 && scale.m.hi > 0;
    }
    if (!fast) {
        for (int64_t j = 0; j < s->k; j++) /* in place: z_j goes when grad_j comes */
            if (j != s->top) lp_sink_number(grad, j, gradient(s, j, total));
        lp_sink_number(grad, s->top, at_top);
        return;
    }
    lp_wide at_label = gradient(s, s->label, total);
    /* (exp factor - share) total/T */
    lp_wide factor = lp_wide_mul(s->row.factor, (lp_wide){scale.m, 0});
    lp_dd b = lp_wide_dd(lp_wide_mul(share, (lp_wide){scale.m, 0}));
    lp_emit_difference(grad->data, s->z.data, s->k, s->label, &s->row.shift, factor, b, scale.e);
    lp_sink_number(grad, s->label, at_label);
    lp_sink_number(grad, s->top, at_top);
}

lp_value lp_spread_row(const lp_targets *t, const lp_call *c, int64_t i, lp_view soft,
                       const lp_sink *grad) {
    spread s = {.t = t, .z = lp_view_row(c, LP_IN_LOGITS, i), .soft = soft, .k = c->k};
    s.label = soft.data ? -1 : c->label[i];
    s.top = lp_row_argmax(s.z, s.k);
    s.z_top = lp_at(s.z, s.top);
    if (nan_coefficient(&s) || !lp_row_split(&s.row, s.z, s.k, s.top, t->temperature, false)) {
        lp_sink_fill(grad, s.k, NAN);
        return lp_special(NAN);
    }
    sum_coefficients(&s);
    lp_value loss = c->out[LP_OUT_LOSS].data ? total_loss(&s) : lp_value_zero();
    if (grad->data) gradients(grad, &s);
    return loss;
}
