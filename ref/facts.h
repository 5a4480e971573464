/* Exact quantities that properties compare returned numbers with: ends of ranges that the exact
 * answer respects, computed from the case alone. Independent of exact.h. */
#ifndef LP_REF_FACTS_H
#define LP_REF_FACTS_H

#include "core/case.h"

/* An interval that holds the exact value. `nearest`: rational ends are rounded to nearest, which a
 * result rounded to nearest respects since rounding is monotone; otherwise, and wherever an end is
 * transcendental, ends are rounded outward. */
typedef struct lp_fact_range {
    double lo, hi;
} lp_fact_range;

/* -W_j/T and (sum W - W_j)/T for each j of a row of softmax_xent, of its soft form or of kl_logits,
 * where W is the target: the gradient's range, since
 * 0 <= p_j <= 1. Weights finite and >= 0. lo and hi have room for k. */
void lp_fact_grad_range(double *lo, double *hi, const lp_case *c, int64_t row, bool nearest);
/* w (m - z_j)/T and that + w ln K, the range of w (LSE(z/T) - z_j/T): e^m <= S <= K e^m. Some
 * logits finite, z_j too, none NaN or +inf. */
lp_fact_range lp_fact_gap_range(const lp_case *c, int64_t row, int64_t j, double w, bool nearest);
/* [m, m + ln K], the range of LSE(z), under the same conditions. */
lp_fact_range lp_fact_lse_range(const lp_case *c, int64_t row);
/* The range of ln(1 + e^d), d = a - b: d >= 0: [d, d + e^-d]; d < 0: [e^d - e^2d/2, e^d]. */
lp_fact_range lp_fact_margin_range(double a, double b, lp_format_id format, bool nearest);
/* For z <= 0: hi >= e^z and lo <= 1 - e^z: what a wrong answer's gradient is at most, squared, and
 * at least, cross-entropy: sigma^2 (1 - sigma) <= e^z and 1 - sigma >= 1 - e^z. */
lp_fact_range lp_fact_saturation(double z, lp_format_id format);
/* Bound of sum e^(x_j + side * h_j) over n: rounded up for side = 1, down for side = -1. */
double lp_fact_exp_sum(const double *x, const double *h, int64_t n, int side);
/* The range of |dL/dz_c| of a focal row (softmax, or the binary form's one logit), d = 1 - p of the
 * label: alpha (1 + gamma p) d^(gamma+1) <= |g_c| <= alpha (1 + gamma) d^(gamma+1), since
 * d <= -ln p <= d/p. Logits finite or -inf, the label's finite; alpha >= 0. `nearest` rounds these
 * ends to nearest too, which is an end as well where the exact one was approached from outside. */
lp_fact_range lp_fact_focal_range(const lp_case *c, int64_t row, bool nearest);
/* Lower end of P ln(P/Q), with `excess` of P ln(P/Q) - P + Q, P and Q the sums of the k finite
 * nonnegative entries: the log-sum inequality's bound of sum p ln(p/q). -infinity where P or Q is
 * 0.
 */
double lp_fact_log_sum(const double *p, const double *q, int64_t k, lp_format_id format,
                       bool excess);

#endif
