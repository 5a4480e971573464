/* A row of logits under a temperature, T = 1 where there is none, and a soft cap s: all that
 * softmax, log-softmax and softmax cross-entropy share. u = z / T, or s tanh(z / s) / T
 * (softcap.h).
 *
 *   a = argmax z, n = how many logits equal z_a (the top group), e_j = exp(u_j - u_a),
 *   R = sum of e_j over the others, S = n + R, p_j = e_j / S, LSE(u) - u_a = log S,
 *   in the top group p_j = 1 / S = (1 - R / S) / n.
 *
 * Classes at -inf are absent (e_j = 0, not counted), but behind a cap, where u = -s / T, and +inf
 * is a number too. Without one a single +inf under the rule `limit` is a point mass: the row is
 * read as 0 there and -inf elsewhere. The leave-one-out sum R is the key: 1 - n p_a and the loss of
 * a confident row keep their relative precision however small R is. With n > 1 the group is left
 * out as a whole: p_a = 1/3 - e^-1e9 is as close to a number without bits as 1 - e^-1e9, and p_a -
 * 1/3 is a gradient (smoothing).
 *
 * Rational or not (Lindemann-Weierstrass: exponentials of distinct algebraic numbers are linearly
 * independent over the algebraic numbers): p_j is algebraic only where all participating logits are
 * equal, since p_j sum_k exp(u_k - u_j) = 1 would otherwise relate two or more distinct exponents.
 * log S is algebraic only for one participating class: S = e^q with q algebraic means
 * sum_k exp(u_k - u_a) - e^q = 0, all coefficients of the left being positive. (Behind a cap the
 * exponents are no algebraic numbers, and this holds only as far as Schanuel's conjecture does.) By
 * the same argument
 * log S = A + q ln 2 with q rational only where all participating logits are equal and A = 0. */
#ifndef LP_REF_SOFTROW_H
#define LP_REF_SOFTROW_H

#include "ref/family.h"

/* row->nature */
enum {
    LP_SOFT_NAN, /* a NaN, a +inf, or every logit -inf */
    LP_SOFT_ROW
};

/* row->iv; from LP_SOFT_DOT on the families' own. */
enum { LP_SOFT_R, LP_SOFT_S, LP_SOFT_INV, LP_SOFT_LOG, LP_SOFT_Q, LP_SOFT_DOT, LP_SOFT_OWN };
/* ... behind a cap, where nothing has a use for that place: M - R'. */
enum { LP_SOFT_LACK = LP_SOFT_DOT };

/* row->bound.err: of S, of log S; the error of the family's own sum over the row and bounds of its
 * value. */
enum { LP_SOFT_B_S, LP_SOFT_B_LOG, LP_SOFT_B_SUM, LP_SOFT_B_LO, LP_SOFT_B_HI, LP_SOFT_B_OWN };
/* Where logits are computed (bound.logit), that of their maximum. */
#define LP_SOFT_B_MAX LP_SOFT_B_OWN

/* Logits of the row, of the point mass where it is one. */
const double *lp_softrow_logits(const lp_scope *s, const lp_row *row);
/* The temperature; 1 where it is not set. */
double lp_softrow_temperature(const lp_scope *s);
/* The soft cap, 0 where there is none. */
double lp_softrow_cap(const lp_scope *s);
/* z_j = -inf and no cap: the class takes no part. */
bool lp_softrow_absent(const lp_scope *s, const lp_row *row, int64_t j);
/* d = z_a - z_j, exact, of a class that is there. */
void lp_softrow_depth(mpfr_t d, const lp_scope *s, const lp_row *row, int64_t j);
/* nature, top, count, equal, limited. */
void lp_softrow_open(lp_scope *s, lp_row *row);
/* e, R, S, INV = 1 / S, Q = R / S and, where asked for, LOG = log S. */
void lp_softrow_evaluate(lp_scope *s, lp_row *row, bool log);
/* Behind a cap logits far apart may be equal but for next to nothing. Of the N classes (row->near)
 * with e_j > 1/2 for certain, the top group among them, it is what they lack that is kept, M = sum
 * (1 - e_j); with R' the sum of the others' e_j, S = N - (M - R'), and for one of the N
 *   p_j = 1 / N + (M - R' - N (1 - e_j)) / (N S). */

/* Whether j is one of the N; 1 - e_j. */
bool lp_softrow_near(lp_iv *missing, lp_scope *s, const lp_row *row, int64_t j);
/* log S - k ln 2, k the exponent of 2 in n, or in N where S is next to N: with `bits` what the
 * multiple k of ln 2 leaves (0 where R = 0 and n = 2^k). The precision of the result is set.
 * Returns k. */
int lp_softrow_log_odd(lp_iv *log, const lp_scope *s, const lp_row *row);
/* e_j and p_j of a participating class. */
void lp_softrow_e(lp_iv *e, const lp_scope *s, const lp_row *row, int64_t j);
void lp_softrow_p(lp_iv *p, const lp_scope *s, const lp_row *row, int64_t j);
/* j is in the top group, and R < n for certain: its components are written by 1 - n p_j = R / S. */
bool lp_softrow_tops(const lp_scope *s, const lp_row *row, int64_t j);
/* p_j to a few digits. */
long double lp_softrow_p_approx(const lp_row *row, int64_t j);

/* Running errors of S and log S in the textbook program (bound_softrow.c). */
void lp_softrow_bound(lp_scope *s, lp_row *row, bool log);
/* err = error of d_j = u_j - u_a <= 0 and lo = d_j from below: rounded down once, twice with
 * T, so that d_j lies less than two 64-bit ulp above, four neighbours where the ulp halves on the
 * way. */
void lp_softrow_bound_d(mpfr_t err, mpfr_t lo, lp_scope *s, const lp_row *row, int64_t j);
/* err = error of p_j, after lp_softrow_bound; n[1] = p_j from above and s->iv[0] = p_j stay behind.
 * False: void. */
bool lp_softrow_bound_p(mpfr_t err, lp_scope *s, lp_row *row, int64_t j);

#endif
