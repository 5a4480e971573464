#include "props/props/conventions.h"

#include "props/props/domain.h"

#include <math.h>
#include <stdlib.h>

/* --- changes of the case ---------------------------------------------------------------------- */

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

bool lp_convention_pairs(const lp_convention *v) {
    return v->change == mixed;
}

/* m is off by three roundings here and three in the subject. The divergence moves by as much as the
 * sum of m does, beta p / m + (1 - beta) q / m being 1: 6 2^-p of it; the second order is less than
 * the rest of 8. What m loses as a subnormal is a least one for each class. */
long double lp_convention_blur(const lp_convention *v, const lp_convention_at *at) {
    const long double beta = (long double)v->arg;
    if (!lp_convention_pairs(v)) return 0;
    const lp_case *c = at->kase;
    const lp_format *f = lp_format_get(c->format);
    long double sum = 0;
    for (int64_t j = at->row * c->k; j < (at->row + 1) * c->k; j++)
        sum += beta * (long double)c->in[LP_IN_P][j] + (1 - beta) * (long double)c->in[LP_IN_Q][j];
    return ldexpl(8, -f->p) * sum + 4 * (long double)c->k * (long double)f->least;
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

/* --- changes of the answer -------------------------------------------------------------------- */

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

static bool without_pos_weight(lp_case *c, double arg) {
    (void)arg;
    return lp_case_has(c, LP_PARAM_POS_WEIGHT) && without(c, LP_PARAM_POS_WEIGHT);
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

static bool exactly(long double *x, lp_exact *e, lp_out out, int64_t i) {
    bool open;
    *x = (long double)lp_exact_round(e, out, i, LP_BINARY64, LP_ROUND_NEAREST, &open);
    return !open;
}

bool lp_convention_x(long double *x, const lp_convention *v, lp_exact *other, lp_out out, int64_t i,
                     int64_t length) {
    long double second;
    if (!exactly(x, other, out, i)) return false;
    if (!lp_convention_pairs(v)) return true;
    if (!exactly(&second, other, out, length + i)) return false;
    *x = (long double)v->arg * *x + (1 - (long double)v->arg) * second;
    return true;
}

/* --- the table -------------------------------------------------------------------------------- */

#define LOSS LP_OUT_BIT(LP_OUT_LOSS)
#define GRADS                                                                                      \
    (LP_OUT_BIT(LP_OUT_GRAD) | LP_OUT_BIT(LP_OUT_GRAD_P) | LP_OUT_BIT(LP_OUT_GRAD_X) |             \
     LP_OUT_BIT(LP_OUT_GRAD_W) | LP_OUT_BIT(LP_OUT_GRAD_B) | LP_OUT_BIT(LP_OUT_GRAD_TAU))
#define BOTH (LOSS | GRADS)
#define ALL  (BOTH | LP_OUT_BIT(LP_OUT_VALUE))

const lp_convention lp_conventions[] = {
    {"smoothing_rule_k_minus_1", "smoothing rule K-1: eps/(K-1) to every other class", BOTH,
     smoothing_rule, NULL, 1},
    {"smoothing_rule_k", "smoothing rule K: eps/K to every class", BOTH, smoothing_rule, NULL, 0},
    {"smoothing_ignored", "smoothing not applied", BOTH, without, NULL, LP_PARAM_SMOOTHING},
    {"mean_by_rows", "mean by the number of rows, not by the sum of weights", BOTH, mean_rule, NULL,
     0},
    {"mean_by_weights", "mean by the sum of weights, not by the number of rows", BOTH, mean_rule,
     NULL, 1},
    {"mean_counts_ignored", "ignored rows counted in the mean's denominator", BOTH, NULL,
     with_ignored, 0},
    {"mean_over_positives", "mean by the number of positive labels, not of rows (detectors' focal)",
     BOTH, NULL, over_positives, 0},
    {"targets_smoothed_0.1", "binary targets smoothed, y (1 - 0.1) + 0.1/2", BOTH, targets_smoothed,
     NULL, 0.1},
    {"mean_over_classes", "divided by the number of classes as well (mean over N K elements)", ALL,
     NULL, over_classes, 0},
    {"mean_over_rows", "divided by the number of rows, though no reduction was asked for", BOTH,
     NULL, over_rows, 0},
    {"mean_twice", "a mean divided by its number of rows twice", BOTH, NULL, mean_of_mean, 0},
    {"sum_for_mean", "the sum in place of the mean", BOTH, sum_for_mean, NULL, 0},
    {"mean_for_sum", "the mean in place of the sum", BOTH, mean_for_sum, NULL, 0},
    {"summed_over_rows", "the sum over the rows, where the loss is their mean by definition", BOTH,
     NULL, summed, 0},
    {"one_direction", "rows alone, though rows and columns were asked for", BOTH, both_directions,
     NULL, 0},
    {"both_directions", "rows and columns, though rows alone were asked for", BOTH, both_directions,
     NULL, 1},
    {"labels_averaged", "the mean over the labels in place of their sum", BOTH, label_reduction,
     NULL, 1},
    {"labels_summed", "the sum over the labels in place of their mean", BOTH, label_reduction, NULL,
     0},
    {"temperature_ignored", "temperature not applied", ALL, without, NULL, LP_PARAM_TEMPERATURE},
    {"temperature_inverse", "logits multiplied by the temperature, not divided", ALL,
     temperature_power, NULL, -1},
    {"temperature_twice", "temperature applied twice", ALL, temperature_power, NULL, 2},
    {"gradient_without_1_over_t", "gradient without its factor 1/T", GRADS, NULL, times_temperature,
     1},
    {"gradient_1_over_t_twice", "gradient with the factor 1/T twice", GRADS, NULL,
     times_temperature, -1},
    {"temperature_squared", "a factor T^2, as in distillation", BOTH, NULL, times_temperature, 2},
    {"distill_without_t_squared", "the teacher's part without its factor T^2", BOTH, NULL,
     times_warmth, -2},
    {"distill_cross_entropy", "the teacher's entropy kept: cross entropy, not divergence", LOSS,
     distill_form, NULL, 0},
    {"distill_divergence", "the teacher's entropy taken off: divergence, not cross entropy", LOSS,
     distill_form, NULL, 1},
    {"distill_mix_swapped", "mix on the teacher's part, 1 - mix on the label's", BOTH, mix_swapped,
     NULL, 0},
    {"jensen_shannon", "Jensen-Shannon: p and q each against their mean, halved", LOSS, mixed, NULL,
     0.5},
    {"jensen_shannon_0.1", "Jensen-Shannon against 0.1 p + 0.9 q, with these weights", LOSS, mixed,
     NULL, 0.1},
    {"jensen_shannon_0.9", "Jensen-Shannon against 0.9 p + 0.1 q, with these weights", LOSS, mixed,
     NULL, 0.9},
    {"pos_weight_other_side", "pos_weight on the term of the negatives", BOTH, other_side, mirrored,
     0},
    {"pos_weight_both_sides", "pos_weight on both terms", BOTH, without_pos_weight,
     times_pos_weight, 0},
    {"pos_weight_ignored", "pos_weight not applied", BOTH, without, NULL, LP_PARAM_POS_WEIGHT},
    {"pos_weights_ignored", "pos_weight of each label not applied", BOTH, without, NULL,
     LP_PARAM_POS_WEIGHT_ARRAY},
    {"weights_ignored", "class weights not applied", BOTH, without, NULL, LP_PARAM_WEIGHTS},
    {"weights_twice", "class weights applied twice", BOTH, NULL, times_weight, 0},
    {"alpha_ignored", "focal alpha not applied", BOTH, without, NULL, LP_PARAM_ALPHA},
    {"alphas_ignored", "focal alpha of each class not applied", BOTH, without, NULL,
     LP_PARAM_ALPHA_ARRAY},
    {"gamma_ignored", "focal gamma not applied", BOTH, without, NULL, LP_PARAM_GAMMA},
    {"z_loss_ignored", "z_loss not applied", BOTH, without, NULL, LP_PARAM_Z_LOSS},
    {"softcap_ignored", "softcap not applied", BOTH, without, NULL, LP_PARAM_SOFTCAP},
    {"base_ignored", "nats, though bits were asked for", BOTH, without, NULL, LP_PARAM_BASE},
    {"base_bits", "bits (logarithm to base 2), not nats", ALL, NULL, in_bits, 0},
    {"negated", "the sign reversed", ALL, NULL, times, -1},
    {"twice", "twice the exact value (a 1/2 left out, or both sides of a sum)", ALL, NULL, times,
     2},
    {"half", "half the exact value (a 1/2 that was not asked for)", ALL, NULL, times, 0.5},
    {"hinge_pairwise", "the sum over all classes, though the largest alone was asked for", BOTH,
     hinge_form, NULL, 0},
    {"hinge_largest", "the largest class alone, though the sum over all was asked for", BOTH,
     hinge_form, NULL, 1},
    {"hinge_without_margin", "max(0, -m) for max(0, 1 - m), the perceptron's loss", LOSS, NULL,
     without_margin, 0},
    {"hinge_squared", "the square of the hinge", LOSS, NULL, hinge_square, 0},
    {"link_undifferentiated",
     "the gradient of the squares in p, not in the logits: p - t, as of cross entropy", GRADS,
     link_undifferentiated, NULL, 0},
    {"upstream_ignored", "upstream gradient not applied", GRADS, without, NULL, LP_PARAM_UPSTREAM},
    {"upstream_twice", "upstream gradient applied twice", GRADS, NULL, times_upstream_again, 0},
    {"upstream_magnitude", "upstream gradient without its sign", GRADS, NULL, times_upstream_sign,
     0},
    {"upstream_on_loss", "the loss multiplied by the upstream gradient", LOSS, NULL, times_upstream,
     0},
    {"divergence_reversed", "the two distributions exchanged: D(q,p) for D(p,q)", LOSS, reversed,
     NULL, 0},
    {"clip_1e-6", "probability clipped at 1e-6: the loss ends at 13.8155", LOSS, log_of_probability,
     clipped, 1e-6},
    {"clip_1e-7", "probability clipped at 1e-7: the loss ends at 16.1181", LOSS, log_of_probability,
     clipped, 1e-7},
    {"clip_1e-8", "probability clipped at 1e-8: the loss ends at 18.4207", LOSS, log_of_probability,
     clipped, 1e-8},
    {"clip_1e-12", "probability clipped at 1e-12: the loss ends at 27.6310", LOSS,
     log_of_probability, clipped, 1e-12},
    {"clip_1e-15", "probability clipped at 1e-15: the loss ends at 34.5388", LOSS,
     log_of_probability, clipped, 1e-15},
    {"log_floor_100", "logarithm floored at -100, as in PyTorch's BCELoss", LOSS,
     log_of_probability, floored, 100},
    {"add_1e-7", "-ln(p + 1e-7)", LOSS, log_of_probability, with_epsilon, 1e-7},
    {"add_1e-8", "-ln(p + 1e-8)", LOSS, log_of_probability, with_epsilon, 1e-8},
    {"add_1e-10", "-ln(p + 1e-10)", LOSS, log_of_probability, with_epsilon, 1e-10},
    {"add_1e-12", "-ln(p + 1e-12)", LOSS, log_of_probability, with_epsilon, 1e-12},
};

const int lp_convention_count = sizeof lp_conventions / sizeof *lp_conventions;
_Static_assert(sizeof lp_conventions / sizeof *lp_conventions <= LP_CONVENTIONS_MOST,
               "no room for the counters");
