/* softmax_xent: W_j = w_j t'_j, loss sum_j W_j (LSE(u) - u_j), gradient (p_j sum W - W_j)/T. */
#include "impl/lanes.h"
#include "impl/row.h"
#include "impl/rows.h"

#include <math.h>

/* t' = label at the label, other elsewhere. */
typedef struct targets {
    lp_wide label, other, temperature;
    const double *weights;
} targets;

static const lp_wide zero = {{0, 0}, 0}, one = {{1, 0}, 0};

static targets set_targets(int64_t k, const lp_loss_xent_options *o) {
    targets t = {one, zero, lp_wide_from(o->temperature), o->weights};
    if (o->smoothing == 0) return t;
    bool rule_k = o->smoothing_rule == LP_SMOOTHING_K;
    lp_wide smoothing = lp_wide_from(o->smoothing);
    if (rule_k || k > 1)
        t.other = lp_wide_div(smoothing, lp_wide_from((double)(rule_k ? k : k - 1)));
    t.label = lp_wide_sub(one, smoothing);
    if (rule_k) t.label = lp_wide_add(t.label, t.other);
    return t;
}

static lp_wide weigh(const targets *t, int64_t j, lp_wide target) {
    if (!t->weights || target.m.hi == 0) return target;
    return lp_wide_mul(target, lp_wide_from(t->weights[j]));
}
/* Rule 3: a NaN weight counts where its target is not 0. */
static bool nan_weight(const targets *t, int64_t k, int64_t label) {
    if (!t->weights) return false;
    if (t->label.m.hi != 0 && isnan(t->weights[label])) return true;
    if (t->other.m.hi == 0) return false;
    for (int64_t j = 0; j < k; j++)
        if (j != label && isnan(t->weights[j])) return true;
    return false;
}

/* One-hot targets: nothing can cancel (row.h). */
static void one_hot(double *loss, double *grad, const double *z, int64_t k, int64_t c,
                    const targets *t, double temperature) {
    lp_row row;
    if (nan_weight(t, k, c) || !lp_row_split(&row, z, k, c, temperature)) {
        if (loss) *loss = NAN;
        if (grad) lp_row_fill(grad, k, NAN);
        return;
    }
    lp_wide w = weigh(t, c, one);
    if (loss && row.infinite)
        *loss = w.m.hi == 0 ? 0 : w.m.hi * INFINITY;
    else if (loss)
        *loss = lp_wide_round(lp_wide_mul(row.loss, w));
    if (!grad) return;
    w = lp_wide_div(w, t->temperature);
    lp_emit_exp(grad, z, k, c, &row.shift, lp_wide_mul(row.factor, w));
    grad[c] = lp_wide_round(lp_wide_minus(lp_wide_mul(row.rest, w)));
}

/* A row with smoothed targets, split at its largest logit a: then LSE(u) - u_j = L + (u_a - u_j)
 * with L = LSE(u) - u_a, both >= 0 and relatively accurate, for every j. */
typedef struct smoothed {
    lp_row row;
    const targets *t;
    const double *z;
    int64_t k, label, top;
    double temperature;
    lp_wide at_label;        /* W_c */
    lp_wide others, but_top; /* sums of W_j over j != c and over j != a */
} smoothed;

static lp_wide coefficient(const smoothed *s, int64_t j) {
    return j == s->label ? s->at_label : weigh(s->t, j, s->t->other);
}
static lp_wide deficit(const smoothed *s, int64_t j) { /* LSE(u) - u_j */
    return lp_wide_add(s->row.loss, lp_row_gap(s->z[s->top], s->z[j], s->temperature));
}
static lp_wide probability(const smoothed *s, int64_t j) {
    return j == s->top ? s->row.own : lp_row_other(&s->row, s->z[j]);
}

static void sum_coefficients(smoothed *s) {
    bool same = s->label == s->top;
    s->at_label = weigh(s->t, s->label, s->t->label);
    s->others = zero;
    s->but_top = same ? zero : s->at_label;
    if (!s->t->weights) {
        double n = (double)(s->k - 1);
        s->others = lp_wide_mul(s->t->other, lp_wide_from(n));
        lp_wide rest = lp_wide_mul(s->t->other, lp_wide_from(same ? n : n - 1));
        s->but_top = lp_wide_add(s->but_top, rest);
        return;
    }
    for (int64_t j = 0; j < s->k; j++) {
        lp_wide w = j == s->label ? zero : coefficient(s, j);
        s->others = lp_wide_add(s->others, w);
        if (j != s->top) s->but_top = lp_wide_add(s->but_top, w);
    }
}

/* sum_{j != c} W_j (LSE(u) - u_j), finite logits. */
static lp_wide others_loss(const smoothed *s) {
    if (s->t->weights) {
        lp_wide sum = zero;
        for (int64_t j = 0; j < s->k; j++) {
            lp_wide w = j == s->label ? zero : coefficient(s, j);
            if (w.m.hi != 0) sum = lp_wide_add(sum, lp_wide_mul(w, deficit(s, j)));
        }
        return sum;
    }
    bool huge = fabs(s->z[s->top]) > 0x1p1000 || s->row.lowest < -0x1p1000;
    lp_wide gaps = lp_sum_gap(s->z, s->k, s->label, s->z[s->top], huge);
    gaps = lp_wide_mul(lp_wide_div(gaps, s->t->temperature), s->t->other);
    return lp_wide_add(gaps, lp_wide_mul(s->others, s->row.loss));
}

/* Rule 6: +inf where a class at -inf has W_j > 0, -inf where only negative ones do; else 0. */
static double infinite_loss(const smoothed *s) {
    double sign = 0;
    if (!s->row.minus_inf) return 0; /* the largest logit is finite */
    for (int64_t j = 0; j < s->k; j++) {
        if (!(s->z[j] < -DBL_MAX)) continue;
        double w = coefficient(s, j).m.hi;
        if (w > 0) return INFINITY;
        if (w < 0) sign = -INFINITY;
    }
    return sign;
}

static double smoothed_loss(const smoothed *s) {
    double infinite = infinite_loss(s);
    if (infinite != 0) return infinite;
    lp_wide own = zero;
    if (s->at_label.m.hi != 0) own = lp_wide_mul(s->at_label, deficit(s, s->label));
    return lp_wide_round(lp_wide_add(own, others_loss(s)));
}

/* (p_j sum W - W_j)/T; at the largest logit (p_a sum_{j != a} W_j - (1 - p_a) W_a)/T. */
static double smoothed_grad(const smoothed *s, int64_t j, lp_wide total) {
    lp_wide w = coefficient(s, j), p = probability(s, j), g;
    if (j == s->top)
        g = lp_wide_sub(lp_wide_mul(p, s->but_top), lp_wide_mul(s->row.rest, w));
    else
        g = lp_wide_sub(lp_wide_mul(p, total), w);
    return lp_wide_round(lp_wide_div(g, s->t->temperature));
}

static void smoothed_grads(double *grad, const smoothed *s) {
    lp_wide total = lp_wide_add(s->at_label, s->others);
    lp_wide scale = lp_wide_div(total, s->t->temperature);
    lp_wide share = total.m.hi != 0 ? lp_wide_div(s->t->other, total) : zero;
    bool fast = !s->t->weights && share.m.hi != 0 && share.e >= -300 && fabs(scale.e) <= 300;
    if (!fast) {
        double at_top = smoothed_grad(s, s->top, total);
        for (int64_t j = 0; j < s->k; j++) /* in place: z_j goes when grad_j comes */
            if (j != s->top) grad[j] = smoothed_grad(s, j, total);
        grad[s->top] = at_top;
        return;
    }
    double at_label = smoothed_grad(s, s->label, total), at_top = smoothed_grad(s, s->top, total);
    /* (exp factor - share) total/T */
    lp_wide factor = lp_wide_mul(s->row.factor, (lp_wide){scale.m, 0});
    lp_dd b = lp_wide_dd(lp_wide_mul(share, (lp_wide){scale.m, 0}));
    lp_emit_difference(grad, s->z, s->k, s->label, &s->row.shift, factor, b, scale.e);
    grad[s->label] = at_label;
    grad[s->top] = at_top;
}

static void smooth(double *loss, double *grad, const double *z, int64_t k, int64_t c,
                   const targets *t, double temperature) {
    smoothed s = {.t = t, .z = z, .k = k, .label = c, .temperature = temperature};
    s.top = lp_row_argmax(z, k);
    if (nan_weight(t, k, c) || !lp_row_split(&s.row, z, k, s.top, temperature)) {
        if (loss) *loss = NAN;
        if (grad) lp_row_fill(grad, k, NAN);
        return;
    }
    sum_coefficients(&s);
    if (loss) *loss = smoothed_loss(&s);
    if (grad) smoothed_grads(grad, &s);
}

/* Short plain rows, LP_LANES at a time, but those whose numbers leave the range of doubles. */
static void short_rows(double *loss, lp_loss_out grad, lp_loss_in logits, const int64_t *label,
                       int64_t rows, int64_t k, const targets *t) {
    bool tame[LP_LANES];
    lp_short_softmax_xent(tame, loss, grad, logits, label, rows, k);
    for (int64_t i = 0; i < rows; i++)
        if (!tame[i])
            one_hot(loss ? loss + i : NULL, grad.data ? grad.data + i * grad.stride : NULL,
                    logits.data + i * logits.stride, k, label[i], t, 1);
}

void lp_rows_softmax_xent(double *loss, lp_loss_out grad, lp_loss_in logits, const int64_t *label,
                          int64_t n, int64_t k, const lp_loss_xent_options *options) {
    targets t = set_targets(k, options);
    bool plain = options->smoothing == 0 && options->temperature == 1 && !options->weights;
    bool lanes = plain && k >= 2 && k <= LP_SHORT_K;
    for (int64_t i = 0, step = lanes ? LP_LANES : 1; i < n; i += step) {
        double *l = loss ? loss + i : NULL;
        lp_loss_out g = {grad.data ? grad.data + i * grad.stride : NULL, grad.stride};
        lp_loss_in z = {logits.data + i * logits.stride, logits.stride};
        if (lanes)
            short_rows(l, g, z, label + i, n - i < step ? n - i : step, k, &t);
        else
            (options->smoothing == 0 ? one_hot : smooth)(l, g.data, z.data, k, label[i], &t,
                                                         options->temperature);
    }
}
