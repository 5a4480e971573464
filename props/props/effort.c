#include "props/props/effort.h"

/* Smoke: evals + shrink_all + reach stay below the 50 000 that section 8 allows. The canaries are
 * calls of other subjects and most die within a few dozen. */
static const lp_effort_row effort[] = {
    [LP_EFFORT_SMOKE] = {.evals = 20000,
                         .max_k = 24,
                         .wide_k = 1200,
                         .checks = 2,
                         .shrink_each = 300,
                         .shrink_all = 7000,
                         .reach = 6000,
                         .canary = 1500,
                         .recorded = 20000},
    [LP_EFFORT_STANDARD] = {.evals = 200000,
                            .max_k = 64,
                            .wide_k = 4096,
                            .checks = 3,
                            .shrink_each = 2000,
                            .shrink_all = 60000,
                            .reach = 60000,
                            .canary = 10000,
                            .recorded = 500000},
    [LP_EFFORT_DEEP] = {.evals = 20000000,
                        .max_k = 256,
                        .wide_k = 131072,
                        .checks = 4,
                        .shrink_each = 10000,
                        .shrink_all = 1000000,
                        .reach = 1000000,
                        .canary = 50000,
                        .recorded = 50000000},
};

const lp_effort_row *lp_effort_get(lp_effort e) {
    return &effort[e];
}
