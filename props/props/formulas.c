#include "props/props/formulas.h"

#include <math.h>
#include <stddef.h>
#include <tgmath.h>

#define REAL    double
#define NAME(x) x##_binary64
#include "props/props/formula_rows.h"
#undef REAL
#undef NAME

#define REAL    float
#define NAME(x) x##_binary32
#include "props/props/formula_rows.h"
#undef REAL
#undef NAME

/* In binary64 with nothing but the sum kept in binary32. */
static void gap_and_narrow_log(double *to, const lp_formula_row *r, double arg) {
    (void)arg;
    const double m = top_binary64(r);
    float s = 0;
    for (int64_t j = 0; j < r->k; j++) s += (float)exp(r->z[j] - m);
    /* cppcheck-suppress invalidFunctionArg ; the largest logit adds 1 */
    *to = (m - r->z[r->label]) + log((double)s);
}

#define USE_LOG1P                                                                                  \
    "(m - z_c) + log1p(the sum of exp(z_j - m) over all but one maximum): small losses keep "      \
    "their "                                                                                       \
    "digits"
#define USE_SHIFT                                                                                  \
    "take the maximum off first: exp(z_j - m) neither overflows nor vanishes altogether"
#define USE_REST                                                                                   \
    "at the label -(sum of exp(z_j - m) over the others)/S: p - 1 keeps only what is left of 1"
#define USE_GAP  "subtract first: (m - z_c) + log(S); a common offset must not meet the logarithm"
#define USE_WIDE "compute in the format of the arrays"
#define USE_PRODUCTS                                                                               \
    "sum the products in a wider format, or compensated, and take log1p of the rest: the logits' " \
    "own rounding is most of the error"
#define USE_TERM "add the missing term"
#define USE_FLOOR                                                                                  \
    "no constant is needed: (m - z_c) + log1p(the rest) is finite wherever the loss is"
#define USE_SOFTPLUS                                                                               \
    "(1-y) softplus(z) + y softplus(-z), softplus(z) = max(z, 0) + log1p(exp(-|z|))"
#define USE_NEGATED                                                                                \
    "(1-y) sigmoid(z) - y sigmoid(-z): the difference from a target of 1 keeps its digits"

#define BOTH(name)                                                                                 \
    { name##_binary64, name##_binary32 }
#define NARROW(name)                                                                               \
    { name##_binary32, NULL }
#define LOSS   LP_OP_SOFTMAX_XENT, LP_OUT_LOSS
#define GRAD   LP_OP_SOFTMAX_XENT, LP_OUT_GRAD
#define SHARE  LP_OP_SOFTMAX, LP_OUT_VALUE
#define LOGS   LP_OP_LOG_SOFTMAX, LP_OUT_VALUE
#define BCE    LP_OP_BCE_LOGITS, LP_OUT_LOSS
#define NCE    LP_OP_INFO_NCE, LP_OUT_LOSS
#define LINEAR LP_OP_LINEAR_XENT, LP_OUT_LOSS

const lp_formula lp_formulas[] = {
    {"log_of_unshifted_softmax", "-log(exp(z_c) / sum exp(z_j))", USE_SHIFT, LOSS,
     BOTH(log_of_bare_share), 0},
    {"log_of_softmax", "-log(softmax(z)_c)", USE_LOG1P, LOSS, BOTH(log_of_share), 0},
    {"log_of_softmax_plus_1e-6", "-log(softmax(z)_c + 1e-6)", USE_FLOOR, LOSS,
     BOTH(log_of_raised_share), 1e-6},
    {"log_of_softmax_plus_1e-7", "-log(softmax(z)_c + 1e-7)", USE_FLOOR, LOSS,
     BOTH(log_of_raised_share), 1e-7},
    {"log_of_softmax_plus_1e-8", "-log(softmax(z)_c + 1e-8)", USE_FLOOR, LOSS,
     BOTH(log_of_raised_share), 1e-8},
    {"log_of_softmax_plus_1e-9", "-log(softmax(z)_c + 1e-9)", USE_FLOOR, LOSS,
     BOTH(log_of_raised_share), 1e-9},
    {"log_of_softmax_plus_1e-10", "-log(softmax(z)_c + 1e-10)", USE_FLOOR, LOSS,
     BOTH(log_of_raised_share), 1e-10},
    {"log_of_softmax_plus_1e-12", "-log(softmax(z)_c + 1e-12)", USE_FLOOR, LOSS,
     BOTH(log_of_raised_share), 1e-12},
    {"log_of_clipped_softmax_1e-6", "-log of softmax(z)_c clipped to [1e-6, 1 - 1e-6]", USE_FLOOR,
     LOSS, BOTH(log_of_clipped_share), 1e-6},
    {"log_of_clipped_softmax_1e-7", "-log of softmax(z)_c clipped to [1e-7, 1 - 1e-7]", USE_FLOOR,
     LOSS, BOTH(log_of_clipped_share), 1e-7},
    {"log_of_clipped_softmax_1e-8", "-log of softmax(z)_c clipped to [1e-8, 1 - 1e-8]", USE_FLOOR,
     LOSS, BOTH(log_of_clipped_share), 1e-8},
    {"log_of_clipped_softmax_1e-12", "-log of softmax(z)_c clipped to [1e-12, 1 - 1e-12]",
     USE_FLOOR, LOSS, BOTH(log_of_clipped_share), 1e-12},
    {"log_of_clipped_softmax_1e-15", "-log of softmax(z)_c clipped to [1e-15, 1 - 1e-15]",
     USE_FLOOR, LOSS, BOTH(log_of_clipped_share), 1e-15},
    {"unshifted_lse_minus_label", "log(sum exp(z_j)) - z_c", USE_SHIFT, LOSS,
     BOTH(bare_lse_less_label), 0},
    {"lse_minus_label", "(m + log(sum exp(z_j - m))) - z_c", USE_GAP, LOSS, BOTH(lse_less_label),
     0},
    {"gap_plus_log", "(m - z_c) + log(sum exp(z_j - m))", USE_LOG1P, LOSS, BOTH(gap_and_log), 0},
    {"gap_without_log", "m - z_c, without the logarithm of the sum", USE_TERM, LOSS,
     BOTH(gap_alone), 0},
    {"loss_in_binary32", "(m - z_c) + log(sum exp(z_j - m)) in binary32", USE_WIDE, LOSS,
     NARROW(gap_and_log), 0},
    {"log_of_softmax_in_binary32", "-log(softmax(z)_c) in binary32", USE_WIDE, LOSS,
     NARROW(log_of_share), 0},
    {"sum_in_binary32",
     "(m - z_c) + log of a sum that is kept in binary32",
     USE_WIDE,
     LOSS,
     {gap_and_narrow_log, NULL},
     0},

    {"unshifted_softmax_minus_one", "exp(z_j) / sum exp(z_i) - [j=c]", USE_SHIFT, GRAD,
     BOTH(bare_share_less_one), 0},
    {"softmax_minus_one", "softmax(z)_j - [j=c]", USE_REST, GRAD, BOTH(share_less_one), 0},
    {"exp_of_lse_minus_one", "exp(z_j - LSE) - [j=c] of a rounded LSE", USE_GAP, GRAD,
     BOTH(stored_lse_less_one), 0},
    {"gradient_without_one_hot", "softmax(z)_j, without - [j=c]", USE_TERM, GRAD, BOTH(share_alone),
     0},
    {"gradient_without_softmax", "-[j=c], without softmax(z)_j", USE_TERM, GRAD, BOTH(one_alone),
     0},
    {"gradient_in_binary32", "softmax(z)_j - [j=c] in binary32", USE_WIDE, GRAD,
     NARROW(share_less_one), 0},

    {"unshifted_softmax", "exp(z_j) / sum exp(z_i)", USE_SHIFT, SHARE, BOTH(bare_share), 0},
    {"exp_of_minus_lse", "exp(z_j - LSE) of a rounded LSE", "exp(z_j - m) / sum exp(z_i - m)",
     SHARE, BOTH(share_by_lse), 0},
    {"softmax_in_binary32", "exp(z_j - m) / sum exp(z_i - m) in binary32", USE_WIDE, SHARE,
     NARROW(share_alone), 0},
    {"logs_of_unshifted_softmax", "log(exp(z_j) / sum exp(z_i))", USE_SHIFT, LOGS,
     BOTH(logs_of_bare_shares), 0},
    {"logs_of_softmax", "log(softmax(z)_j)",
     "(z_j - m) - log1p(the sum of exp(z_i - m) over all but one maximum)", LOGS,
     BOTH(logs_of_shares), 0},
    {"logits_minus_lse", "z_j - (m + log(sum exp(z_i - m)))", USE_GAP, LOGS, BOTH(logits_less_lse),
     0},
    {"gaps_minus_log", "(z_j - m) - log(sum exp(z_i - m))",
     "(z_j - m) - log1p(the sum of exp(z_i - m) over all but one maximum)", LOGS,
     BOTH(gaps_less_log), 0},
    {"log_softmax_in_binary32", "(z_j - m) - log(sum exp(z_i - m)) in binary32", USE_WIDE, LOGS,
     NARROW(gaps_less_log), 0},
    {"unshifted_lse", "log(sum exp(z_j))", USE_SHIFT, LP_OP_LOGSUMEXP, LP_OUT_VALUE, BOTH(bare_lse),
     0},
    {"shifted_lse", "m + log(sum exp(z_j - m))", "m + log1p(the sum over all but one maximum)",
     LP_OP_LOGSUMEXP, LP_OUT_VALUE, BOTH(shifted_lse), 0},
    {"lse_in_binary32", "m + log(sum exp(z_j - m)) in binary32", USE_WIDE, LP_OP_LOGSUMEXP,
     LP_OUT_VALUE, NARROW(shifted_lse), 0},

    {"nce_unshifted", "mean of log(sum exp(S_ij)) - S_ii", USE_SHIFT, NCE,
     BOTH(bare_lse_less_label), 0},
    {"nce_log_of_unshifted_softmax", "mean of -log(exp(S_ii) / sum exp(S_ij))", USE_SHIFT, NCE,
     BOTH(log_of_bare_share), 0},
    {"nce_log_of_softmax", "mean of -log(softmax(S_i)_i)", USE_LOG1P, NCE, BOTH(log_of_share), 0},
    {"nce_lse_minus_positive", "mean of (m + log(sum exp(S_ij - m))) - S_ii", USE_GAP, NCE,
     BOTH(lse_less_label), 0},
    {"nce_gap_plus_log", "mean of (m - S_ii) + log(sum exp(S_ij - m))", USE_LOG1P, NCE,
     BOTH(gap_and_log), 0},
    {"nce_unshifted_softmax_minus_one", "(exp(S_ij) / sum exp(S_ik) - [j=i]) / N", USE_SHIFT,
     LP_OP_INFO_NCE, LP_OUT_GRAD, BOTH(bare_share_less_one), 0},
    {"nce_softmax_minus_one", "(softmax(S_i)_j - [j=i]) / N", USE_REST, LP_OP_INFO_NCE, LP_OUT_GRAD,
     BOTH(share_less_one), 0},
    {"linear_unshifted", "mean of log(sum exp(z_j)) - z_c, z = x W^T + b", USE_SHIFT, LINEAR,
     BOTH(bare_lse_less_label), 0},
    {"linear_log_of_unshifted_softmax", "mean of -log(exp(z_c) / sum exp(z_j)), z = x W^T + b",
     USE_SHIFT, LINEAR, BOTH(log_of_bare_share), 0},
    {"linear_log_of_softmax", "mean of -log(softmax(z)_c), z = x W^T + b", USE_LOG1P, LINEAR,
     BOTH(log_of_share), 0},
    {"linear_lse_minus_label", "mean of (m + log(sum exp(z_j - m))) - z_c, z = x W^T + b", USE_GAP,
     LINEAR, BOTH(lse_less_label), 0},
    {"linear_gap_plus_log", "mean of (m - z_c) + log(sum exp(z_j - m)), z = x W^T + b",
     USE_PRODUCTS, LINEAR, BOTH(gap_and_log), 0},

    {"bce_of_sigmoid", "-(y log(p) + (1-y) log(1-p)), p = sigmoid(z)", USE_SOFTPLUS, BCE,
     BOTH(binary_by_probability), 0},
    {"bce_by_log", "max(z, 0) - z y + log(1 + exp(-|z|))", USE_SOFTPLUS, BCE, BOTH(binary_by_log),
     0},
    {"bce_by_log1p", "max(z, 0) - z y + log1p(exp(-|z|))", USE_SOFTPLUS, BCE, BOTH(binary_by_log1p),
     0},
    {"bce_unguarded", "log(1 + exp(z)) - z y", USE_SOFTPLUS, BCE, BOTH(binary_bare), 0},
    {"bce_in_binary32", "max(z, 0) - z y + log1p(exp(-|z|)) in binary32", USE_WIDE, BCE,
     NARROW(binary_by_log1p), 0},
    {"sigmoid_minus_target", "1/(1 + exp(-z)) - y", USE_NEGATED, LP_OP_BCE_LOGITS, LP_OUT_GRAD,
     BOTH(sigmoid_less_target), 0},
    {"sigmoid_by_tanh", "(1 + tanh(z/2))/2", "exp(z)/(1 + exp(z)) for z < 0", LP_OP_SIGMOID,
     LP_OUT_VALUE, BOTH(sigmoid_by_tanh), 0},
    {"sigmoid_slope_by_p", "p (1 - p), p = sigmoid(z)", "sigmoid(z) sigmoid(-z)", LP_OP_SIGMOID,
     LP_OUT_GRAD, BOTH(sigmoid_slope), 0},
    {"log_of_sigmoid", "log(1/(1 + exp(-z)))", "min(z, 0) - log1p(exp(-|z|))", LP_OP_LOG_SIGMOID,
     LP_OUT_VALUE, BOTH(log_of_sigmoid), 0},
    {"log_of_one_more", "-log(1 + exp(-z))", "min(z, 0) - log1p(exp(-|z|))", LP_OP_LOG_SIGMOID,
     LP_OUT_VALUE, BOTH(log_of_one_more), 0},
    {"softplus_unguarded", "log(1 + exp(z))", "max(z, 0) + log1p(exp(-|z|))", LP_OP_SOFTPLUS,
     LP_OUT_VALUE, BOTH(softplus_bare), 0},
    {"bce_log_of_rest", "-(y log(p) + (1-y) log(1-p))",
     "log1p(-p) for log(1-p), and no term whose coefficient is 0", LP_OP_BCE_PROB, LP_OUT_LOSS,
     BOTH(binary_log_of_rest), 0},
    {"kl_of_logarithms", "sum p_i (log(p_i) - log(q_i))", "p_i log(p_i/q_i), p_i > 0", LP_OP_KL_DIV,
     LP_OUT_LOSS, BOTH(kl_by_difference), 0}};

const int lp_formula_count = sizeof lp_formulas / sizeof *lp_formulas;
_Static_assert(sizeof lp_formulas / sizeof *lp_formulas <= LP_FORMULAS_MOST,
               "no room for the counters");
