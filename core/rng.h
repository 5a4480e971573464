/* Counter-based random numbers (Philox4x64-10 of Random123): number i of stream (seed, domain,
 * index) is a function of these alone, so that any case can be made again without the ones before
 * it. */
#ifndef LP_CORE_RNG_H
#define LP_CORE_RNG_H

#include <stdint.h>

typedef struct lp_rng {
    uint64_t key[2];
    uint64_t counter[4];
    uint64_t block[4];
    unsigned used;
} lp_rng;

/* `domain` keeps streams of different purposes apart (operation, arm ...); `index` is the case
 * number. */
void lp_rng_init(lp_rng *r, uint64_t seed, uint64_t domain, uint64_t index);
uint64_t lp_rng_u64(lp_rng *r);
/* Uniform in [0, n), unbiased, n >= 1. */
uint64_t lp_rng_below(lp_rng *r, uint64_t n);
/* Uniform in [0, 1), 53 bits. */
double lp_rng_unit(lp_rng *r);
/* Standard normal. */
double lp_rng_normal(lp_rng *r);
/* 64-bit FNV-1a of a name, for `domain`. */
uint64_t lp_rng_domain(const char *name);

#endif
