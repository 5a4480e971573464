/* What random_case() is made of: each fills in what its name says, of a case whose operation,
 * format and shape are chosen. */
#ifndef LP_TESTS_REF_RANDOM_DRAWS_H
#define LP_TESTS_REF_RANDOM_DRAWS_H

#include "core/case.h"
#include "core/format.h"
#include "core/rng.h"

static inline int64_t random_below(lp_rng *rng, int64_t n) {
    return (int64_t)lp_rng_below(rng, (uint64_t)n);
}

static inline double random_stored(const lp_case *c, double x) {
    return lp_format_round(lp_format_get(c->format), x);
}

/* random_family.c; ordinary ones first, and of one logit the first seven. */
#define RANDOM_FAMILIES 10
typedef void (*random_logits)(double *z, lp_rng *rng, int64_t k, int64_t label);
extern const random_logits random_family[RANDOM_FAMILIES];
void random_top_group(double *z, lp_rng *rng, int64_t k, int64_t label);

/* random_logits.c */
void random_draw_logits(lp_case *c, lp_rng *rng, int64_t label);
void random_draw_temperature(lp_case *c, lp_rng *rng);
void random_draw_targets(lp_case *c, lp_rng *rng);
void random_draw_focal_options(lp_case *c, lp_rng *rng);
void random_draw_policy_options(lp_case *c, lp_rng *rng);
void random_draw_distill(lp_case *c, lp_rng *rng, int64_t label);
void random_draw_xent_options(lp_case *c, lp_rng *rng);
void random_draw_cancelling_targets(lp_case *c, lp_rng *rng);
void random_draw_rational_bits(lp_case *c, lp_rng *rng);
void random_draw_cotangent(lp_case *c, lp_rng *rng);
/* random_prob.c */
void random_draw_probabilities(lp_case *c, lp_rng *rng);
void random_draw_binary_probability(lp_case *c, lp_rng *rng);
void random_draw_labelled_probability(lp_case *c, lp_rng *rng, int64_t label);
void random_draw_rows(lp_case *c, lp_rng *rng);
/* random_whole.c */
void random_draw_similarities(lp_case *c, lp_rng *rng, int64_t max_k);
void random_draw_linear(lp_case *c, lp_rng *rng);
/* random_binary.c */
void random_draw_logit(lp_case *c, lp_rng *rng);
void random_draw_focal(lp_case *c, lp_rng *rng);
void random_draw_hinge(lp_case *c, lp_rng *rng);
void random_draw_hinges(lp_case *c, lp_rng *rng, int64_t label);
void random_draw_binary(lp_case *c, lp_rng *rng);

#endif
