/* A softmax row whose logits u are computed: seen from the largest, a, by the distances of the
 * others from it, each with its error. p_j = e^-(u_a - u_j)/S and L = LSE(u) - u_a = log S. */
#ifndef LP_IMPL_GAP_ROW_H
#define LP_IMPL_GAP_ROW_H

#include "impl/big_row.h"
#include "impl/isa.h"

typedef struct lp_gaps {
    /* u_a - u_j, not below 0, +inf of a class at -inf; exactly 0 where that is known. */
    lp_value (*quick)(const void *context, int64_t j);
    /* The same of a number, in r->n limbs. */
    void (*exact)(lp_big *r, const void *context, int64_t j);
    const void *context;
} lp_gaps;

typedef struct lp_gap_row {
    lp_gaps gaps;
    int64_t k, top;
    lp_value own, rest, loss; /* p_a, 1 - p_a, L */
    lp_value inverse;         /* 1/S */
} lp_gap_row;

/* Of k classes, u_top being the largest and a number. */
void lp_gap_row_set(lp_gap_row *r, lp_gaps gaps, int64_t k, int64_t top);
lp_value lp_gap_row_share(const lp_gap_row *r, int64_t j); /* p_j */
/* The row in n limbs, or as many as `big` has of it if these are more; its max and temperature say
 * nothing. */
void lp_gap_row_big(lp_big_row *big, const lp_gap_row *r, int n);
/* The number of its largest, and the sum of the exponentials below them, in below->n limbs. */
double lp_gap_row_below(lp_big *below, const lp_gap_row *r);
/* e^-(u_a - u_j), e->n limbs */
void lp_gap_row_exp(lp_big *e, const lp_gap_row *r, int64_t j);
/* The same of a number other than u_a whose distance is `quick`, beyond LP_GAP_FAR its sign alone.
 * False: the distance is 0. */
bool lp_gap_row_decay(lp_big *e, const lp_gap_row *r, int64_t j, lp_value quick);

/* Beyond e^-8192 < 2^-11800 only the sign of an exponential counts: with weight and upstream,
 * 2^2048 at most, it is still below 2^-9000, far below the last limb beside a number and half the
 * least beside 0. */
#define LP_GAP_FAR      8192.0
#define LP_GAP_FAR_BITS 11800
/* x is above `bound`, its error minded. */
bool lp_value_beyond(lp_value x, double bound);
/* All that is known of r, of n limbs: it lies between 0 and 2^-bits. */
void lp_big_below(lp_big *r, int n, int bits);

/* e^-x and 1 - e^-x for x >= 0. */
lp_value lp_value_decay(lp_value x);
lp_value lp_value_rise(lp_value x);

#endif
