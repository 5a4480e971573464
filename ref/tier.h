/* The tier in front of MPFR: rows of logits in 128-bit integers (fixed.h), for every component that
 * is p_j, 1 - p_j or -log p_j of such a row. It decides what its interval decides and declines the
 * rest. Private to the room; docs/reference-tiers.md. */
#ifndef LP_REF_TIER_H
#define LP_REF_TIER_H

#include "core/case.h"
#include "ref/span.h"

typedef struct lp_tier lp_tier;

/* NULL where the operation, or an option of the case, is none of the tier's. `c` must outlive it.
 */
lp_tier *lp_tier_new(const lp_case *c);
void lp_tier_free(lp_tier *t);

/* A row of logits is one of the random thousandth that MPFR decides too; by its content alone, so
 * that the same rows are picked in every run. Two hashes side by side, since one multiplication
 * waits for the one before it, then the finaliser of SplitMix64 (Steele, Lea, Flood 2014), after
 * which every bit depends on every other. */
#define LP_TIER_SAMPLE 1000
static inline bool lp_tier_picks(const double *z, int64_t k) {
    uint64_t hash[2] = {(uint64_t)k, 0};
    for (int64_t j = 0; j < k; j++) {
        uint64_t bits;
        memcpy(&bits, &z[j], sizeof bits);
        bits = (hash[j & 1] ^ bits) * UINT64_C(0x9e3779b97f4a7c15);
        hash[j & 1] = bits ^ bits >> 29;
    }
    uint64_t h = hash[0] * UINT64_C(0xd6e8feb86659fd93) + hash[1];
    h = (h ^ h >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    h = (h ^ h >> 27) * UINT64_C(0x94d049bb133111eb);
    return (h ^ h >> 31) < UINT64_MAX / LP_TIER_SAMPLE;
}

/* Component j of row `at` is the tier's; then it is a number. */
bool lp_tier_takes(lp_tier *t, lp_out out, int64_t at, int64_t j);
/* ... and its row is picked. */
bool lp_tier_sampled(const lp_tier *t);
/* Components 0 to len - 1 of row `at` rounded, NaN where the tier does not decide; how many it did.
 * 0 for a row that is not the tier's, or picked. */
int64_t lp_tier_round_row(double *x, lp_tier *t, lp_out out, int64_t at, int64_t len,
                          const lp_format *f, lp_rounding mode);
/* The component that the tier takes. False: its interval does not fit. */
bool lp_tier_span(lp_span *x, lp_tier *t, lp_out out, int64_t j);

#endif
