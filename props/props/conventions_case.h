/* How a convention changes the case that it answers instead (lp_convention.change). For
 * conventions.c alone, which has the table. */
#ifndef LP_PROPS_CONVENTIONS_CASE_H
#define LP_PROPS_CONVENTIONS_CASE_H

#include "props/props/conventions.h"
#include "props/props/domain.h"

#include <math.h>
#include <stdlib.h>

static void drop(lp_case *c, lp_param p) {
    c->set &= ~LP_PARAM_BIT(p);
    c->param[p] = 0;
}

static void drop_array(lp_case *c, lp_param p, lp_in role) {
    drop(c, p);
    free(c->in[role]);
    c->in[role] = NULL;
}

/* Unsets parameter `arg`, array or scalar. */
static bool without(lp_case *c, double arg) {
    static const struct {
        lp_param p;
        lp_in role;
    } array[] = {{LP_PARAM_WEIGHTS, LP_IN_WEIGHTS},
                 {LP_PARAM_UPSTREAM, LP_IN_UPSTREAM},
                 {LP_PARAM_ALPHA_ARRAY, LP_IN_ALPHA},
                 {LP_PARAM_POS_WEIGHT_ARRAY, LP_IN_POS_WEIGHT}};
    lp_param p = (lp_param)arg;
    if (!lp_case_has(c, p)) return false;
    for (size_t i = 0; i < sizeof array / sizeof *array; i++)
        if (array[i].p == p) {
            drop_array(c, p, array[i].role);
            return true;
        }
    drop(c, p);
    return true;
}

static bool smoothing_rule(lp_case *c, double rule) {
    if (!lp_case_has(c, LP_PARAM_SMOOTHING) || c->op != LP_OP_SOFTMAX_XENT) return false;
    if (lp_case_param(c, LP_PARAM_SMOOTHING_RULE) == rule) return false;
    lp_case_set(c, LP_PARAM_SMOOTHING_RULE, rule);
    return true;
}

static bool mean_rule(lp_case *c, double rule) {
    if (c->reduction != LP_REDUCE_MEAN || !lp_case_has(c, LP_PARAM_WEIGHTS)) return false;
    if (c->op != LP_OP_SOFTMAX_XENT || lp_case_param(c, LP_PARAM_MEAN_RULE) == rule) return false;
    lp_case_set(c, LP_PARAM_MEAN_RULE, rule);
    return true;
}

static bool label_reduction(lp_case *c, double word) {
    if (c->op != LP_OP_MULTILABEL_BCE) return false;
    if (lp_case_param(c, LP_PARAM_LABEL_REDUCTION) == word) return false;
    lp_case_set(c, LP_PARAM_LABEL_REDUCTION, word);
    return true;
}

static bool both_directions(lp_case *c, double arg) {
    if (c->op != LP_OP_INFO_NCE || lp_case_param(c, LP_PARAM_SYMMETRIC) == arg) return false;
    lp_case_set(c, LP_PARAM_SYMMETRIC, arg);
    return true;
}

static bool sum_for_mean(lp_case *c, double arg) {
    (void)arg;
    if (c->reduction != LP_REDUCE_MEAN) return false;
    c->reduction = LP_REDUCE_SUM;
    return true;
}

static bool mean_for_sum(lp_case *c, double arg) {
    (void)arg;
    if (c->reduction != LP_REDUCE_SUM) return false;
    c->reduction = LP_REDUCE_MEAN;
    return true;
}

/* T^arg in place of T, where that is exact. */
static bool temperature_power(lp_case *c, double arg) {
    double t = lp_case_param(c, LP_PARAM_TEMPERATURE);
    if (!lp_case_has(c, LP_PARAM_TEMPERATURE) || !(t > 0x1p-100 && t < 0x1p100)) return false;
    double power = arg < 0 ? 1 / t : t * t;
    bool exact = arg < 0 ? fma(power, t, -1) == 0 : fma(t, t, -power) == 0;
    lp_case_set(c, LP_PARAM_TEMPERATURE, power);
    return exact;
}

/* (1-y) q softplus(z) + y softplus(-z) is the asked loss at -z and 1 - y. */
static bool other_side(lp_case *c, double arg) {
    (void)arg;
    double *z = c->in[LP_IN_LOGITS], *y = c->in[LP_IN_TARGETS];
    if (!lp_case_has(c, LP_PARAM_POS_WEIGHT) && !lp_case_has(c, LP_PARAM_POS_WEIGHT_ARRAY))
        return false;
    for (int64_t i = 0; i < c->n * c->k; i++) {
        double other = 1 - y[i];
        if (!(1 - other == y[i] && other == lp_format_round(lp_format_get(c->format), other)))
            return false;
        z[i] = -z[i];
        y[i] = other;
    }
    return true;
}

static bool reversed(lp_case *c, double arg) {
    (void)arg;
    if (c->op != LP_OP_KL_DIV && c->op != LP_OP_CROSS_ENTROPY) return false;
    double *p = c->in[LP_IN_P];
    c->in[LP_IN_P] = c->in[LP_IN_Q];
    c->in[LP_IN_Q] = p;
    return true;
}

/* Rows p against their mixture m = beta p + (1 - beta) q as the format has it, then rows q. */
static bool mixed(lp_case *c, double beta) {
    if (c->op != LP_OP_KL_DIV || c->reduction != LP_REDUCE_NONE || c->n == 0) return false;
    const lp_format *f = lp_format_get(c->format);
    double *p = c->in[LP_IN_P], *q = c->in[LP_IN_Q];
    int64_t len = c->n * c->k;
    without(c, LP_PARAM_UPSTREAM);
    c->in[LP_IN_P] = c->in[LP_IN_Q] = NULL;
    c->n *= 2;
    double *both = lp_case_alloc(c, LP_IN_P), *m = lp_case_alloc(c, LP_IN_Q);
    for (int64_t i = 0; i < len; i++) {
        both[i] = p[i];
        both[len + i] = q[i];
        m[i] = m[len + i] = lp_format_round(f, beta * p[i] + (1 - beta) * q[i]);
    }
    free(p);
    free(q);
    return true;
}

/* One probability of one side: the loss is -ln of it, so that what was done to the probability can
 * be said of the loss. */
static bool log_of_probability(lp_case *c, double arg) {
    (void)arg;
    const lp_param other[] = {LP_PARAM_SMOOTHING, LP_PARAM_WEIGHTS, LP_PARAM_Z_LOSS,
                              LP_PARAM_POS_WEIGHT, LP_PARAM_POS_WEIGHT_ARRAY};
    if (c->reduction != LP_REDUCE_NONE) return false;
    for (size_t i = 0; i < sizeof other / sizeof *other; i++)
        if (lp_case_has(c, other[i])) return false;
    if (c->op == LP_OP_SOFTMAX_XENT) return true;
    if (c->op != LP_OP_BCE_LOGITS) return false;
    for (int64_t i = 0; i < c->n; i++)
        if (c->in[LP_IN_TARGETS][i] != 0 && c->in[LP_IN_TARGETS][i] != 1) return false;
    return true;
}

static bool form(lp_case *c, lp_op op, double word) {
    if (c->op != op || lp_case_param(c, LP_PARAM_FORM) == word) return false;
    lp_case_set(c, LP_PARAM_FORM, word);
    return true;
}

static bool distill_form(lp_case *c, double word) {
    return form(c, LP_OP_DISTILL, word);
}

static bool hinge_form(lp_case *c, double word) {
    return form(c, LP_OP_HINGE_MULTI, word);
}

/* y (1 - eps) + eps / 2, step by step in the format, as the subject that does it would: 1 - y' of y
 * = 1 loses digits. */
static bool targets_smoothed(lp_case *c, double eps) {
    if (c->op != LP_OP_BCE_LOGITS && c->op != LP_OP_MULTILABEL_BCE) return false;
    const lp_format *f = lp_format_get(c->format);
    double *y = c->in[LP_IN_TARGETS], keep = lp_format_round(f, 1 - eps);
    double more = lp_format_round(f, eps / 2);
    for (int64_t i = 0; i < c->n * c->k; i++)
        y[i] = lp_format_round(f, lp_format_round(f, y[i] * keep) + more);
    return true;
}

/* p - t, the squares' gradient without the derivative of p; that of the soft cross-entropy, which
 * is p sum t - t, where the targets sum to 1. */
static bool link_undifferentiated(lp_case *c, double arg) {
    (void)arg;
    if (c->op != LP_OP_MSE_SIGMOID && c->op != LP_OP_MSE_SOFTMAX) return false;
    bool soft = c->op == LP_OP_MSE_SOFTMAX;
    for (int64_t r = 0; soft && r < c->n; r++)
        if (!lp_domain_distribution(c, LP_IN_TARGETS, r)) return false;
    c->op = soft ? LP_OP_SOFTMAX_XENT_SOFT : LP_OP_BCE_LOGITS;
    return true;
}

/* 1 - mix where that is exact. */
static bool mix_swapped(lp_case *c, double arg) {
    (void)arg;
    double mix = lp_case_param(c, LP_PARAM_MIX);
    if (c->op != LP_OP_DISTILL || mix > 1 || 1 - (1 - mix) != mix) return false;
    lp_case_set(c, LP_PARAM_MIX, 1 - mix);
    return true;
}

static bool without_pos_weight(lp_case *c, double arg) {
    (void)arg;
    return lp_case_has(c, LP_PARAM_POS_WEIGHT) && without(c, LP_PARAM_POS_WEIGHT);
}

#endif
