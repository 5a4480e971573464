#include "core/rng.h"

#include <Random123/philox.h>

/* Key: seed and domain. Counter: block number, case number. 2^64 cases of 2^66 numbers each. */
void lp_rng_init(lp_rng *r, uint64_t seed, uint64_t domain, uint64_t index) {
    *r = (lp_rng){.key = {seed, domain}, .counter = {0, index, 0, 0}, .used = 4};
}

static void next_block(lp_rng *r) {
    philox4x64_ctr_t counter = {{r->counter[0], r->counter[1], r->counter[2], r->counter[3]}};
    philox4x64_key_t key = {{r->key[0], r->key[1]}};
    philox4x64_ctr_t block = philox4x64(counter, key);
    for (int i = 0; i < 4; i++) r->block[i] = block.v[i];
    r->counter[0]++;
    r->used = 0;
}

uint64_t lp_rng_u64(lp_rng *r) {
    if (r->used == 4) next_block(r);
    return r->block[r->used++];
}

/* Rejects the first 2^64 mod n numbers, so that every remainder is left equally often. */
uint64_t lp_rng_below(lp_rng *r, uint64_t n) {
    uint64_t reject = (0 - n) % n, x;
    do x = lp_rng_u64(r);
    while (x < reject);
    return x % n;
}

double lp_rng_unit(lp_rng *r) {
    return (double)(lp_rng_u64(r) >> 11) * 0x1p-53;
}

/* True with probability exp(-g), 0 <= g <= 1 (von Neumann): the length of the longest run
 * g > u1 > u2 > ... is even with probability 1 - g + g^2/2! - g^3/3! + ... */
static int chance_exp(lp_rng *r, double g) {
    for (int even = 1;; even = !even) {
        double u = lp_rng_unit(r);
        if (!(u < g)) return even;
        g = u;
    }
}

static int chance_exp_times(lp_rng *r, double g, int64_t times) {
    for (int64_t i = 0; i < times; i++)
        if (!chance_exp(r, g)) return 0;
    return 1;
}

/* C. F. F. Karney, Sampling exactly from the normal distribution, ACM TOMS 42(1), 2016. Chosen
 * because it compares, multiplies and divides only: no logarithm or cosine, whose last bits differ
 * between C libraries and processors, so a seed means the same cases everywhere. */
double lp_rng_normal(lp_rng *r) {
    for (;;) {
        int64_t k = 0;
        while (chance_exp(r, 0.5)) k++;                       /* exp(-k/2) */
        if (!chance_exp_times(r, 0.5, k * (k - 1))) continue; /* exp(-k(k-1)/2) */
        double x = lp_rng_unit(r), whole = (double)k;
        double g = x * (2 * whole + x) / (2 * whole + 2); /* <= x < 1 */
        if (!chance_exp_times(r, g, k + 1)) continue;     /* exp(-x(2k+x)/2) */
        return lp_rng_u64(r) >> 63 ? -(whole + x) : whole + x;
    }
}

uint64_t lp_rng_domain(const char *name) {
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (; *name; name++) h = (h ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
    return h;
}
