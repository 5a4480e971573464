/* The soft cap of logits, v = s tanh(z / s): differences, distance to the ends and slope, each with
 * its own relative precision however far tanh is saturated. Private to the room.
 *
 * tanh of an algebraic number other than 0 is transcendental (Lindemann); what exponentials of such
 * numbers are is not known short of Schanuel's conjecture, so that behind a cap only what is
 * recognised as exact (equal logits, 0 and +-inf) is decided by a theorem. */
#ifndef LP_REF_SOFTCAP_H
#define LP_REF_SOFTCAP_H

#include "ref/bound.h"

/* -1, 0 or 1: what tanh(z / s) is written next to; tanh(0) and tanh(+-inf) are that exactly. */
int lp_softcap_level(double z, double s);
/* tanh(z / s) less its level; exactly 0 where it is that. */
void lp_softcap_rest(lp_iv *rest, double z, double s);
/* tanh(z / s) - tanh(y / s), z > y: at least 0, by the product form, which cancels nothing. */
void lp_softcap_gap(lp_iv *gap, double z, double y, double s);
/* 1 - tanh(z / s)^2, z finite. */
void lp_softcap_slope(lp_iv *slope, double z, double s);

/* The textbook programs of docs/bounds.md: err = error of t = tanh(z / s); of v = s * t; of the
 * slope 1 - t * t. An infinite z is no evaluation. */
void lp_softcap_bound_tanh(mpfr_t err, lp_bound_unit *b, double z, double s);
void lp_softcap_bound(mpfr_t err, lp_bound_unit *b, double z, double s);
void lp_softcap_bound_slope(mpfr_t err, lp_bound_unit *b, double z, double s);

#endif
