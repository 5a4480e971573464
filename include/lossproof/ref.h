/* The reference for strangers: every built operation, correctly rounded, through the same call
 * shape as a subject (subject.h). Slow and exact: about a microsecond a logit. Thread-safe; nothing
 * of the arithmetic beneath shows. */
#ifndef LOSSPROOF_REF_H
#define LOSSPROOF_REF_H

#include <lossproof/subject.h>

#ifdef __cplusplus
extern "C" {
#endif
#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

/* Fills the outputs whose data is not NULL, in call->format, each component the exact value rounded
 * once: rounding 0 to nearest (ties to even), 1 toward zero, 2 up, 3 down. Inputs and outputs must
 * not overlap. *undecided (may be NULL) counts the components that no precision within the cap
 * settled; they hold a lower bound of the exact value.
 *
 * Returns LP_OK, or an error with nothing written: LP_E_ARGUMENT, LP_E_LABEL as the specification's
 * special values have it; LP_E_UNSUPPORTED for an operation, format, parameter or reduction that is
 * not built; LP_E_ARGUMENT also for a wrong rounding, a missing input or a row stride below the
 * row's length. */
lp_status lp_ref_call(const lp_call *call, int rounding, int64_t *undecided);

/* The Hessian of each row's loss times a vector, of softmax_xent, softmax_xent_soft and bce_logits:
 *
 *   C / T^2 (p o v - p (p . v)), p = softmax(z / T), C = sum of W_j   (plain: C = T = 1)
 *   (1 - y + q y) sigma(z) sigma(-z) v
 *
 * times upstream and over the mean's denominator as the gradient is. `v` is in[LP_IN_V] of the
 * call, N x K as the logits; the product goes to `hvp`, of the same shape, correctly rounded;
 * outputs of the call are not looked at. Errors and *undecided as above; LP_E_UNSUPPORTED also for
 * another operation and with z_loss or softcap, LP_E_ARGUMENT for a missing v or hvp where there
 * are rows. */
lp_status lp_ref_hvp(const lp_call *call, lp_matrix hvp, int rounding, int64_t *undecided);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif
#endif
