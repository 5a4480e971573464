/* Families of logits, z of a row and its label, where an oracle errs. */
#include "random_draws.h"

#include <math.h>

static void normal(double *z, lp_rng *rng, int64_t k, double sd) {
    for (int64_t j = 0; j < k; j++) z[j] = sd * lp_rng_normal(rng);
}
static void ordinary(double *z, lp_rng *rng, int64_t k, int64_t label) {
    (void)label;
    normal(z, rng, k, random_below(rng, 2) ? 3 : 30);
}
static void scaled(double *z, lp_rng *rng, int64_t k, int64_t label) {
    (void)label;
    normal(z, rng, k, ldexp(1, (int)random_below(rng, 40) - 31));
}
/* 1e-300: p is 1/K but for the 1000th bit. */
static void tiny(double *z, lp_rng *rng, int64_t k, int64_t label) {
    (void)label;
    normal(z, rng, k, ldexp(1, -1070 + (int)random_below(rng, 900)));
}
static void few_ulp(double *z, lp_rng *rng, int64_t k, int64_t label) {
    (void)label;
    double base = ldexp(1 + lp_rng_unit(rng), (int)random_below(rng, 11));
    for (int64_t j = 0; j < k; j++)
        z[j] = base * (1 + ldexp((double)random_below(rng, 7) - 3, -52));
}
static void offset(double *z, lp_rng *rng, int64_t k, int64_t label) {
    (void)label;
    double base = ldexp(1, (int)random_below(rng, 60));
    normal(z, rng, k, 2);
    for (int64_t j = 0; j < k; j++) z[j] += base;
}
static void confident(double *z, lp_rng *rng, int64_t k, int64_t label) {
    double gap = ldexp(1 + lp_rng_unit(rng), (int)random_below(rng, 11));
    normal(z, rng, k, 1);
    z[label] += random_below(rng, 2) ? gap : -gap;
}
/* Losses and gradients that end as subnormals: gaps of 700 to 760. */
static void underflow(double *z, lp_rng *rng, int64_t k, int64_t label) {
    normal(z, rng, k, 10);
    z[label] = 730 + 20 * lp_rng_normal(rng);
}
static void ties(double *z, lp_rng *rng, int64_t k, int64_t label) {
    (void)label;
    double a = 4 * lp_rng_normal(rng), b = random_below(rng, 2) ? a : 2 * lp_rng_normal(rng);
    for (int64_t j = 0; j < k; j++) z[j] = random_below(rng, 2) ? a : b;
}
/* A tied top group and the rest below it by 1 to 2^60: p is 1/n less next to nothing. */
void random_top_group(double *z, lp_rng *rng, int64_t k, int64_t label) {
    (void)label;
    double gap = ldexp(1, (int)random_below(rng, 60));
    for (int64_t j = 0; j < k; j++)
        z[j] = random_below(rng, 2) ? 0 : -gap * (1 + (double)random_below(rng, 2));
}
static void integers(double *z, lp_rng *rng, int64_t k, int64_t label) {
    (void)label;
    for (int64_t j = 0; j < k; j++) z[j] = (double)random_below(rng, 80) - 40;
}
const random_logits random_family[RANDOM_FAMILIES] = {
    ordinary,  scaled,    tiny, few_ulp,          offset,
    confident, underflow, ties, random_top_group, integers};
