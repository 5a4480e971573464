/* Constants of the fixed-point tier, truncated; fixed_table.c is written by
 * tables/make_fixed_table.c. */
#ifndef LP_REF_FIXED_TABLE_H
#define LP_REF_FIXED_TABLE_H

#include "ref/fixed.h"

#define LP_TABLE_EXP1 91

/* ln 2 = [0] 2^-128 + [1] 2^-192 + less than 2^-192. */
extern const lp_u128 lp_table_ln2[2];
/* exp(i 2^-7) 2^126; (exp(i 2^-14) - 1) 2^128; (exp(i 2^-21) - 1) 2^128. */
extern const lp_u128 lp_table_exp1[LP_TABLE_EXP1], lp_table_exp2[128], lp_table_exp3[128];
/* inv1 2^-15 >= 1 / (1 + i 2^-7), inv2 2^-24 >= 1 / (1 + i 2^-14), both rounded up; -log of them
 * times 2^120. */
extern const uint32_t lp_table_inv1[128], lp_table_inv2[130];
extern const lp_u128 lp_table_log1[128], lp_table_log2[130];
/* 2^128 / n for 2 <= n <= 10. */
extern const lp_u128 lp_table_over[11];

#endif
