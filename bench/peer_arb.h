/* The peer: one row of softmax cross-entropy by Arb's balls, certified the same way. */
#ifndef LP_BENCH_PEER_ARB_H
#define LP_BENCH_PEER_ARB_H

#include <stdint.h>

/* Loss and gradient, each rounded to nearest binary64 by a test on both ends of its ball; a larger
 * precision where one fails. Leave-one-out, so that nothing cancels; 96 bits to start with, which
 * is the fastest that decides (research: 3.6 times MPFR). */
void lp_peer_arb(double *loss, double *grad, const double *z, int64_t k, int64_t label);
void lp_peer_arb_end(void);

#endif
