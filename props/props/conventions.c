#include "props/props/conventions.h"

#include "props/props/conventions_answer.h"
#include "props/props/conventions_case.h"

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
