/* The public functions: all checks first (nothing is written when one fails), then the rows on the
 * best instruction set. */
#include "impl/rows.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>

#if defined(LP_IMPL_X86)
extern const lp_rows_table lp_rows_v3, lp_rows_v4;
#endif

static const lp_rows_table *pick(void) {
#if defined(LP_IMPL_X86)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
        __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2")) {
        if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
            __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") &&
            __builtin_cpu_supports("avx512cd"))
            return &lp_rows_v4;
        return &lp_rows_v3;
    }
#endif
    return &lp_rows;
}

static bool shape_fits(int64_t n, int64_t k) {
    return n >= 0 && k >= 1;
}
static bool input_fits(lp_loss_in m, int64_t n, int64_t k) {
    return n == 0 || (m.data && m.stride >= k);
}
static bool output_fits(lp_loss_out m, int64_t n, int64_t k) {
    return n == 0 || !m.data || m.stride >= k;
}
static bool positive(double x) {
    return x > 0 && x <= DBL_MAX;
}

/* Every entry is NaN or in [0, max]. */
static bool entries_within(lp_loss_in m, int64_t n, int64_t k, double max) {
    bool inside = true;
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < k; j++) {
            double x = m.data[i * m.stride + j];
            inside &= !(x < 0) && !(x > max);
        }
    return inside;
}

static bool options_fit(const lp_loss_xent_options *o, int64_t k) {
    bool rule = o->smoothing_rule == LP_SMOOTHING_K || o->smoothing_rule == LP_SMOOTHING_K_MINUS_1;
    if (!positive(o->temperature) || !(o->smoothing >= 0 && o->smoothing <= 1) || !rule)
        return false;
    for (int64_t j = 0; o->weights && j < k; j++)
        if (isinf(o->weights[j])) return false;
    return true;
}

lp_status lp_loss_softmax_xent(double *loss, lp_loss_out grad, lp_loss_in logits,
                               const int64_t *label, int64_t n, int64_t k,
                               const lp_loss_xent_options *options) {
    static const lp_loss_xent_options plain = LP_LOSS_XENT_PLAIN;
    const lp_loss_xent_options *o = options ? options : &plain;
    if (!shape_fits(n, k) || !options_fit(o, k) || !input_fits(logits, n, k) ||
        !output_fits(grad, n, k) || (n > 0 && !label))
        return LP_E_ARGUMENT;
    for (int64_t i = 0; i < n; i++)
        if (label[i] < 0 || label[i] >= k) return LP_E_LABEL;
    pick()->softmax_xent(loss, grad, logits, label, n, k, o);
    return LP_OK;
}

static bool softmax_fits(lp_loss_out value, lp_loss_out grad, lp_loss_in logits, lp_loss_in v,
                         int64_t n, int64_t k, double temperature) {
    return shape_fits(n, k) && positive(temperature) && input_fits(logits, n, k) &&
           output_fits(value, n, k) && output_fits(grad, n, k) &&
           (!grad.data || input_fits(v, n, k));
}
lp_status lp_loss_softmax(lp_loss_out value, lp_loss_out grad, lp_loss_in logits, lp_loss_in v,
                          int64_t n, int64_t k, double temperature) {
    if (!softmax_fits(value, grad, logits, v, n, k, temperature)) return LP_E_ARGUMENT;
    pick()->softmax(value, grad, logits, v, n, k, temperature);
    return LP_OK;
}
lp_status lp_loss_log_softmax(lp_loss_out value, lp_loss_out grad, lp_loss_in logits, lp_loss_in v,
                              int64_t n, int64_t k, double temperature) {
    if (!softmax_fits(value, grad, logits, v, n, k, temperature)) return LP_E_ARGUMENT;
    pick()->log_softmax(value, grad, logits, v, n, k, temperature);
    return LP_OK;
}

lp_status lp_loss_bce_logits(double *loss, lp_loss_out grad, lp_loss_in logits, lp_loss_in targets,
                             int64_t n) {
    if (!shape_fits(n, 1) || !input_fits(logits, n, 1) || !input_fits(targets, n, 1) ||
        !output_fits(grad, n, 1) || !entries_within(targets, n, 1, 1))
        return LP_E_ARGUMENT;
    pick()->bce_logits(loss, grad, logits, targets, n);
    return LP_OK;
}

lp_status lp_loss_entropy(double *loss, lp_loss_out grad, lp_loss_in p, int64_t n, int64_t k) {
    if (!shape_fits(n, k) || !input_fits(p, n, k) || !output_fits(grad, n, k) ||
        !entries_within(p, n, k, INFINITY))
        return LP_E_ARGUMENT;
    pick()->entropy(loss, grad, p, n, k);
    return LP_OK;
}

static bool pair_fits(lp_loss_out grad_q, lp_loss_out grad_p, lp_loss_in p, lp_loss_in q, int64_t n,
                      int64_t k) {
    return shape_fits(n, k) && input_fits(p, n, k) && input_fits(q, n, k) &&
           output_fits(grad_q, n, k) && output_fits(grad_p, n, k) &&
           entries_within(p, n, k, INFINITY) && entries_within(q, n, k, INFINITY);
}
lp_status lp_loss_cross_entropy(double *loss, lp_loss_out grad_q, lp_loss_out grad_p, lp_loss_in p,
                                lp_loss_in q, int64_t n, int64_t k) {
    if (!pair_fits(grad_q, grad_p, p, q, n, k)) return LP_E_ARGUMENT;
    pick()->cross_entropy(loss, grad_q, grad_p, p, q, n, k);
    return LP_OK;
}
lp_status lp_loss_kl_div(double *loss, lp_loss_out grad_q, lp_loss_out grad_p, lp_loss_in p,
                         lp_loss_in q, int64_t n, int64_t k) {
    if (!pair_fits(grad_q, grad_p, p, q, n, k)) return LP_E_ARGUMENT;
    pick()->kl_div(loss, grad_q, grad_p, p, q, n, k);
    return LP_OK;
}
