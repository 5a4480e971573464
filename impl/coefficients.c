#include "impl/coefficients.h"

lp_coefficients lp_coefficients_of(const lp_targets *t, const lp_call *c, int64_t i) {
    lp_coefficients w = {.t = t, .targets = lp_view_row(c, LP_IN_TARGETS, i), .k = c->k};
    w.label = w.targets.data ? -1 : c->label[i];
    return w;
}

/* Targets and smoothing as lp_targets_set takes them: s/K to 2^-100. */
lp_value lp_smoothed(const lp_coefficients *w, lp_wide x) {
    return w->t->smooth ? lp_good_to(x, LP_OWN_BITS - 2) : lp_exact(x);
}
static lp_value target(const lp_coefficients *w, int64_t j) {
    if (!w->targets.data) return lp_smoothed(w, j == w->label ? w->t->label : w->t->other);
    lp_value t = lp_value_from(lp_at(w->targets, j));
    if (!w->t->smooth) return t;
    return lp_value_add(lp_value_mul(t, lp_exact(w->t->keep)), lp_smoothed(w, w->t->other));
}
lp_value lp_coefficient(const lp_coefficients *w, int64_t j) {
    lp_value t = target(w, j);
    if (!w->t->weights.data || t.x.m.hi == 0) return t;
    return lp_value_mul(t, lp_value_from(lp_at(w->t->weights, j)));
}
bool lp_coefficients_nan(const lp_coefficients *w) {
    if (!w->targets.data && !w->t->weights.data) return false;
    for (int64_t j = 0; j < w->k; j++) {
        if (w->targets.data && isnan(lp_at(w->targets, j))) return true;
        if (w->t->weights.data && isnan(lp_at(w->t->weights, j)) && target(w, j).x.m.hi != 0)
            return true;
    }
    return false;
}

/* Rule K: D = K, t' = ((1 - s) K t + s)/K, else K - 1, ((1 - s)(K - 1) t or s)/(K - 1). */
void lp_big_coefficient(lp_big *r, const lp_coefficients *w, int n, int64_t j) {
    const lp_targets *t = w->t;
    double own = w->targets.data ? lp_at(w->targets, j) : j == w->label;
    lp_big smoothing;
    if (!t->smooth) {
        lp_big_set(r, n, own);
    } else {
        lp_big_difference(r, n, 1, t->smoothing);
        lp_big_mul_d(r, r, t->denominator);
        lp_big_mul_d(r, r, own);
        lp_big_set(&smoothing, n, t->smoothing);
        if (t->everywhere || w->targets.data || own == 0) lp_big_add(r, r, &smoothing);
    }
    if (t->weights.data && lp_big_sign(r) != 0) lp_big_mul_d(r, r, lp_at(t->weights, j));
}
void lp_big_coefficients(lp_big *but_top, lp_big *total, const lp_coefficients *w, int n,
                         int64_t top) {
    lp_big_set(but_top, n, 0);
    for (int64_t j = 0; j < w->k; j++) {
        if (j == top) continue;
        lp_big_coefficient(total, w, n, j);
        lp_big_add(but_top, but_top, total);
    }
    lp_big_coefficient(total, w, n, top);
    lp_big_add(total, total, but_top);
}
