/* What the operations on one logit share: with w = exp(-|z|) in (0, 1],
 *   softplus(z) = max(z, 0) + log1p(w)
 *   sigma(-|z|) = w / (1 + w),   sigma(|z|) = 1 - w / (1 + w)
 * Both are increasing in w, so each end of an enclosure comes from one end of w's.
 *
 * For z /= 0 a number of the format (rational), w is transcendental and so are both: w / (1 + w)
 * is algebraic only where w is, and log1p(w) = A would relate the exponentials 1 + e^-|z| = e^A of
 * distinct algebraic exponents (Lindemann-Weierstrass). At z = 0 they are ln 2 and 1/2. */
#ifndef LP_REF_LOGISTIC_H
#define LP_REF_LOGISTIC_H

#include "ref/family.h"

/* w for a finite z, by one exponential rounded down and its neighbour above. Beyond MPFR's range
 * the ends are 0 and the least number, still bounds. */
void lp_logistic_exp(lp_iv *w, mpfr_t scratch, double z);
void lp_logistic_log(lp_iv *log, const lp_iv *w);     /* log1p(w) */
void lp_logistic_share(lp_iv *share, const lp_iv *w); /* w / (1 + w) */
void lp_logistic_slope(lp_iv *slope, const lp_iv *w); /* w / (1 + w)^2 */

/* Nodes of the bounds (section 4), in s->unit.n: e = exp(-|z|) and 1 + e with their errors. The
 * functions below take them from there and leave them; n[4] to n[7] are free. */
void lp_logistic_bound_open(lp_scope *s, double z);
/* Error and upper end of log1p(e); false: void. */
bool lp_logistic_bound_log(mpfr_t err, mpfr_t hi, lp_scope *s);
/* ... of max(z, 0) + log1p(e). */
bool lp_logistic_bound_softplus(mpfr_t err, mpfr_t hi, lp_scope *s, double z);
/* ... of sigma(z), in the form whose exponential cannot overflow: z >= 0: 1 / (1 + e), else e / (1
 * + e). */
bool lp_logistic_bound_sigma(mpfr_t err, mpfr_t hi, lp_scope *s, double z);
/* ... of s * (1 - s), s = sigma(z); n[5] to n[7] are lost. */
bool lp_logistic_bound_slope(mpfr_t err, mpfr_t hi, lp_scope *s, double z);

extern const lp_family lp_family_sigmoid;
bool lp_bound_sigmoid(mpfr_t err, lp_scope *s, lp_row *row, lp_out out, int64_t j,
                      const lp_enclosure *x);

#endif
