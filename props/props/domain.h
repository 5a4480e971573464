/* What properties have in common: which rows lie in a domain, and comparisons that combine returned
 * numbers and tolerances exactly. */
#ifndef LP_PROPS_DOMAIN_H
#define LP_PROPS_DOMAIN_H

#include "props/props/property.h"

/* The case is rounded to nearest, reduces nothing and sets no parameter outside `known`: what a
 * property was derived for. A parameter that a later operation brings excludes itself. */
bool lp_domain_known(const lp_case *c, uint64_t known);
#define LP_DOMAIN_SOFTMAX                                                                          \
    (LP_PARAM_BIT(LP_PARAM_TEMPERATURE) | LP_PARAM_BIT(LP_PARAM_WEIGHTS) |                         \
     LP_PARAM_BIT(LP_PARAM_SMOOTHING) | LP_PARAM_BIT(LP_PARAM_SMOOTHING_RULE) |                    \
     LP_PARAM_BIT(LP_PARAM_GAMMA) | LP_PARAM_BIT(LP_PARAM_ALPHA) |                                 \
     LP_PARAM_BIT(LP_PARAM_ALPHA_ARRAY) | LP_PARAM_BIT(LP_PARAM_ADVANTAGE) |                       \
     LP_PARAM_BIT(LP_PARAM_ADVANTAGE_ARRAY) | LP_PARAM_BIT(LP_PARAM_ENTROPY_WEIGHT) |              \
     LP_PARAM_BIT(LP_PARAM_MIX) | LP_PARAM_BIT(LP_PARAM_FORM))

/* Of the binary losses alone: the focal parameters are in both. */
#define LP_DOMAIN_BINARY_ONLY                                                                      \
    (LP_PARAM_BIT(LP_PARAM_POS_WEIGHT) | LP_PARAM_BIT(LP_PARAM_POS_WEIGHT_ARRAY) |                 \
     LP_PARAM_BIT(LP_PARAM_LABEL_REDUCTION))
#define LP_DOMAIN_BINARY                                                                           \
    (LP_DOMAIN_BINARY_ONLY | LP_PARAM_BIT(LP_PARAM_GAMMA) | LP_PARAM_BIT(LP_PARAM_ALPHA))
#define LP_DOMAIN_LOGITS (LP_DOMAIN_SOFTMAX | LP_DOMAIN_BINARY_ONLY)

const double *lp_domain_row(const lp_case *c, lp_in role, int64_t row);
bool lp_domain_finite(const lp_case *c, lp_in role, int64_t row);
/* Finite or -inf (a mask), at least one finite. */
bool lp_domain_masked(const lp_case *c, lp_in role, int64_t row);
/* Weights and alpha absent, or all finite and >= 0. */
bool lp_domain_weights(const lp_case *c);
/* Sum of the row is exactly 1, all finite and >= 0. */
bool lp_domain_distribution(const lp_case *c, lp_in role, int64_t row);
/* Some row satisfies `in(c, row)`. */
bool lp_domain_any(const lp_case *c, bool (*in)(const lp_case *c, int64_t row));
/* Length of one row of an array of that shape, 0 where it has none of its own. */
int64_t lp_domain_row_length(const lp_case *c, lp_shape shape);
/* Row i of the new case, into an uninitialised `to`, is row pick[i] of the base; what is not of a
 * row is kept. */
void lp_domain_gather(lp_case *to, const lp_case *base, const int64_t *pick, int64_t n);

/* h of section 5 at the level, never below that of a higher level, since levels are nested, nor
 * below what the judge takes for it. */
double lp_tolerance(lp_exact *e, lp_out out, int64_t i, lp_level level);
/* The component that was returned; false where the output was not delivered, or either it or the
 * exact value is no number (the judge speaks of those). */
bool lp_returned(double *x, const lp_eval *eval, lp_out out, int64_t i);
/* x <= y + h exactly; an infinite h allows all. */
bool lp_below(double x, double y, double h);
/* Component i of a against component k of b, whose exact values are equal up to sign (sign * b): at
 * `correct` the same value, else within the sum of both tolerances. At a kink each may have chosen
 * its own subgradient. */
bool lp_agree(const lp_eval *a, int64_t i, const lp_eval *b, int64_t k, lp_out out, double sign,
              lp_level level, char why[256]);
/* The same across two outputs. */
bool lp_agree_outs(const lp_eval *a, lp_out a_out, int64_t i, const lp_eval *b, lp_out b_out,
                   int64_t k, double sign, lp_level level, char why[256]);
/* Component i of a is at most component k of b, as their exact values are: rounding to nearest is
 * monotone, so without tolerance at `correct`, else within the sum of both. */
bool lp_not_above(const lp_eval *a, int64_t i, const lp_eval *b, int64_t k, lp_out out,
                  lp_level level, char why[256]);
/* Writes why and returns false. */
bool lp_broken(char why[256], const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
