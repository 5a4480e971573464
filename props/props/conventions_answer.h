/* How a convention changes the number that it answers (lp_convention.value). For conventions.c
 * alone, which has the table. */
#ifndef LP_PROPS_CONVENTIONS_ANSWER_H
#define LP_PROPS_CONVENTIONS_ANSWER_H

#include "props/props/conventions.h"

#include <math.h>

static long double times(long double x, const lp_convention_at *at, double arg) {
    (void)at;
    return x * (long double)arg;
}

/* The value is a logarithm, or a sum of terms with one. */
static bool logarithmic(lp_op op) {
    return (lp_op_get(op)->params & LP_PARAM_BIT(LP_PARAM_BASE)) || op == LP_OP_LOGSUMEXP ||
           op == LP_OP_LOG_SOFTMAX || op == LP_OP_LOG_SIGMOID || op == LP_OP_SOFTPLUS;
}

/* 1 / ln 2 to 64 bits: a binary64 constant would be half an ulp off by itself. */
static long double in_bits(long double x, const lp_convention_at *at, double arg) {
    (void)arg;
    if (!logarithmic(at->kase->op)) return NAN;
    return x * 0x1.71547652b82fe1777d0ffda0d23ap+0L; /* 1.4426950408889634..., OEIS A007525 */
}

static long double over_classes(long double x, const lp_convention_at *at, double arg) {
    (void)arg;
    return lp_op_get(at->kase->op)->scalar ? NAN : x / (long double)at->kase->k;
}

static long double over_rows(long double x, const lp_convention_at *at, double arg) {
    (void)arg;
    return at->kase->reduction == LP_REDUCE_NONE ? x / (long double)at->kase->n : NAN;
}

/* A mean over rows by definition. */
static bool stacked(const lp_case *c) {
    return c->op == LP_OP_INFO_NCE || c->op == LP_OP_LINEAR_XENT;
}

/* Rows in the denominator of a mean; 0: there is none, or it is not by rows. */
static int64_t rows_counted(const lp_case *c) {
    int64_t counted = 0;
    bool by_rows = lp_case_param(c, LP_PARAM_MEAN_RULE) == 0 || !lp_case_has(c, LP_PARAM_WEIGHTS);
    if ((c->reduction != LP_REDUCE_MEAN && !stacked(c)) || !by_rows) return 0;
    for (int64_t i = 0; i < c->n; i++) counted += !lp_case_ignored(c, i);
    return counted;
}

/* A mean divided by its denominator again. */
static long double mean_of_mean(long double x, const lp_convention_at *at, double arg) {
    (void)arg;
    int64_t counted = rows_counted(at->kase);
    return counted ? x / (long double)counted : NAN;
}

/* The rows that are ignored are in the denominator too. */
static long double with_ignored(long double x, const lp_convention_at *at, double arg) {
    (void)arg;
    int64_t counted = rows_counted(at->kase);
    if (!counted || !lp_case_has(at->kase, LP_PARAM_IGNORE_INDEX)) return NAN;
    return x * ((long double)counted / (long double)at->kase->n);
}

static long double summed(long double x, const lp_convention_at *at, double arg) {
    (void)arg;
    return stacked(at->kase) ? x * (long double)rows_counted(at->kase) : NAN;
}

/* A factor T^arg. */
static long double times_temperature(long double x, const lp_convention_at *at, double arg) {
    if (!lp_case_has(at->kase, LP_PARAM_TEMPERATURE)) return NAN;
    return x * powl((long double)lp_case_param(at->kase, LP_PARAM_TEMPERATURE), (long double)arg);
}

/* The teacher's part alone: a factor T^arg. */
static long double times_warmth(long double x, const lp_convention_at *at, double arg) {
    if (at->kase->op != LP_OP_DISTILL || lp_case_param(at->kase, LP_PARAM_MIX) != 0) return NAN;
    return times_temperature(x, at, arg);
}

/* The mean of the focal loss as detectors have it. */
static long double over_positives(long double x, const lp_convention_at *at, double arg) {
    (void)arg;
    const lp_case *c = at->kase;
    int64_t positives = 0;
    if (c->op != LP_OP_FOCAL_SIGMOID || c->reduction != LP_REDUCE_MEAN) return NAN;
    for (int64_t i = 0; i < c->n; i++) positives += c->label[i] == 1;
    return positives ? x * ((long double)c->n / (long double)positives) : NAN;
}

/* One margin a row, not a sum of several; its loss alone. */
static bool one_margin(const lp_case *c) {
    bool multi = c->op == LP_OP_HINGE_MULTI && (c->k == 2 || lp_case_param(c, LP_PARAM_FORM) == 1);
    return c->reduction == LP_REDUCE_NONE && (c->op == LP_OP_HINGE || multi);
}

/* max(0, -m) of a margin m, max(0, 1 - m) that was asked for. */
static long double without_margin(long double x, const lp_convention_at *at, double arg) {
    (void)arg;
    return one_margin(at->kase) ? fmaxl(0, x - 1) : NAN;
}

static long double hinge_square(long double x, const lp_convention_at *at, double arg) {
    (void)arg;
    return one_margin(at->kase) ? x * x : NAN;
}

static long double row_upstream(const lp_convention_at *at) {
    const lp_case *c = at->kase;
    if (!c->in[LP_IN_UPSTREAM]) return NAN;
    bool one = c->reduction != LP_REDUCE_NONE || lp_op_whole(lp_op_get(c->op));
    if (one) return c->in[LP_IN_UPSTREAM][0];
    return at->row < 0 ? NAN : c->in[LP_IN_UPSTREAM][at->row];
}

/* The square of a factor where it is a normal number of the format: else the subject's own product
 * overflows or loses digits, whose fault is not the convention's. NaN: it is not. */
static long double squared(long double factor, const lp_case *c) {
    const lp_format *f = lp_format_get(c->format);
    long double square = factor * factor;
    return square <= (long double)f->max && square >= ldexpl(1, f->emin) ? factor : NAN;
}

static long double times_upstream_again(long double x, const lp_convention_at *at, double arg) {
    (void)arg;
    return x * squared(row_upstream(at), at->kase);
}

static long double times_upstream(long double x, const lp_convention_at *at, double arg) {
    (void)arg;
    return x * row_upstream(at);
}

static long double times_upstream_sign(long double x, const lp_convention_at *at, double arg) {
    (void)arg;
    long double u = row_upstream(at);
    return isnan(u) ? NAN : u < 0 ? -x : x;
}

/* w_c once more, where the row's weight is that of its label alone. */
static long double times_weight(long double x, const lp_convention_at *at, double arg) {
    (void)arg;
    const lp_case *c = at->kase;
    if (!c->in[LP_IN_WEIGHTS] || !c->label || lp_case_has(c, LP_PARAM_SMOOTHING)) return NAN;
    if (c->reduction != LP_REDUCE_NONE || lp_case_ignored(c, at->row)) return NAN;
    if (lp_case_bad_label(c, at->row)) return NAN;
    return x * squared((long double)c->in[LP_IN_WEIGHTS][c->label[at->row]], c);
}

static long double times_pos_weight(long double x, const lp_convention_at *at, double arg) {
    (void)arg;
    const lp_case *c = at->kase;
    return lp_case_has(c, LP_PARAM_POS_WEIGHT) ? x * (long double)c->param[LP_PARAM_POS_WEIGHT]
                                               : NAN;
}

/* The gradient of the other side points the other way. */
static long double mirrored(long double x, const lp_convention_at *at, double arg) {
    (void)arg;
    return at->out == LP_OUT_GRAD ? -x : x;
}

/* max(p, eps): the loss ends at -ln eps. */
static long double clipped(long double x, const lp_convention_at *at, double eps) {
    (void)at;
    return fminl(x, -logl((long double)eps));
}

static long double floored(long double x, const lp_convention_at *at, double most) {
    (void)at;
    return fminl(x, (long double)most);
}

static long double with_epsilon(long double x, const lp_convention_at *at, double eps) {
    (void)at;
    return -logl(expl(-x) + (long double)eps);
}

#endif
