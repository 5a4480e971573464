/* Where decisions come from. Generators cannot tell which provider they run on. */
#ifndef LP_ENGINE_PROVIDER_H
#define LP_ENGINE_PROVIDER_H

#include "props/engine/choices.h"

typedef struct lp_int_ask {
    int64_t lo, hi, toward;
    const double *weight; /* relative frequencies of lo .. hi, NULL: uniform */
} lp_int_ask;

typedef struct lp_f64_ask {
    const lp_f64_domain *domain;
    bool normal; /* N(mean, sd) rather than uniform */
    double mean, sd;
} lp_f64_ask;

/* Answers are values of what was asked for; `self` is the provider itself, first in its own struct.
 */
typedef struct lp_provider {
    int64_t (*integer)(struct lp_provider *self, const lp_int_ask *ask);
    double (*f64)(struct lp_provider *self, const lp_f64_ask *ask);
} lp_provider;

/* Each is one malloc'd block, freed with free(). Data they point to must outlive them. */
lp_provider *lp_provider_random(uint64_t seed, uint64_t domain, uint64_t index,
                                const int64_t *prefix, int n);
lp_provider *lp_provider_replay(const lp_choice *record, int n);
lp_provider *lp_provider_bytes(const uint8_t *data, size_t size);

#endif
