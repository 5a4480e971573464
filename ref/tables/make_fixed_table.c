/* Writes ref/fixed_table.c: every constant of the fixed-point tier, truncated from MPFR at 400
 * bits. A test runs this program and compares its output byte for byte with the file in the tree.
 */
#include <gmp.h>
#include <mpfr.h>
#include <stdio.h>

#define PREC          400
#define LP_TABLE_EXP1 91

/* floor(x * 2^scale) as two words. */
static void put(const mpfr_t x, long scale) {
    mpfr_t t;
    mpz_t z, low;
    mpfr_init2(t, PREC);
    mpz_inits(z, low, (mpz_ptr)0);
    mpfr_mul_2si(t, x, scale, MPFR_RNDD);
    mpfr_get_z(z, t, MPFR_RNDD);
    mpz_fdiv_r_2exp(low, z, 64);
    mpz_fdiv_q_2exp(z, z, 64);
    gmp_printf("    LP_U128(0x%016Zx, 0x%016Zx),\n", z, low);
    mpz_clears(z, low, (mpz_ptr)0);
    mpfr_clear(t);
}

/* exp(i 2^-step) less `minus`. */
static void exps(const char *name, int count, int step, int minus, long scale) {
    mpfr_t x;
    mpfr_init2(x, PREC);
    printf("const lp_u128 %s[%d] = {\n", name, count);
    for (int i = 0; i < count; i++) {
        mpfr_set_ui_2exp(x, (unsigned long)i, -step, MPFR_RNDD);
        mpfr_exp(x, x, MPFR_RNDD);
        mpfr_sub_ui(x, x, (unsigned long)minus, MPFR_RNDD);
        put(x, scale);
    }
    puts("};");
    mpfr_clear(x);
}

/* r_i = 1 / (1 + i 2^-step) rounded up to `bits` fraction bits, and -log r_i. */
static void logs(const char *inverse, const char *name, int count, int step, int bits) {
    mpfr_t x;
    unsigned long r[256];
    mpfr_init2(x, PREC);
    printf("const uint32_t %s[%d] = {\n", inverse, count);
    for (int i = 0; i < count; i++) {
        unsigned long divisor = (1ul << step) + (unsigned long)i;
        r[i] = ((1ul << (step + bits)) + divisor - 1) / divisor;
        printf("    %lu,\n", r[i]);
    }
    printf("};\nconst lp_u128 %s[%d] = {\n", name, count);
    for (int i = 0; i < count; i++) {
        mpfr_set_ui_2exp(x, r[i], -bits, MPFR_RNDD);
        mpfr_log(x, x, MPFR_RNDU);
        mpfr_neg(x, x, MPFR_RNDD);
        put(x, 120);
    }
    puts("};");
    mpfr_clear(x);
}

int main(void) {
    mpfr_t x;
    mpfr_init2(x, PREC);
    puts("/* Written by ref/tables/make_fixed_table.c: do not edit. All truncated. */");
    puts("/* clang-format off */");
    puts("#include \"ref/fixed_table.h\"\n");
    puts("#define LP_U128(high, low) ((lp_u128)UINT64_C(high) << 64 | UINT64_C(low))\n");
    mpfr_const_log2(x, MPFR_RNDD);
    printf("const lp_u128 lp_table_ln2[2] = {\n");
    put(x, 128);
    mpfr_mul_2ui(x, x, 128, MPFR_RNDD);
    mpfr_frac(x, x, MPFR_RNDD);
    put(x, 64);
    puts("};");
    exps("lp_table_exp1", LP_TABLE_EXP1, 7, 0, 126);
    exps("lp_table_exp2", 128, 14, 1, 128);
    exps("lp_table_exp3", 128, 21, 1, 128);
    logs("lp_table_inv1", "lp_table_log1", 128, 7, 15);
    logs("lp_table_inv2", "lp_table_log2", 130, 14, 24);
    printf("const lp_u128 lp_table_over[%d] = {\n", 11);
    for (unsigned long n = 0; n < 11; n++) {
        mpfr_set_ui(x, n > 1, MPFR_RNDD);
        if (n > 1) mpfr_div_ui(x, x, n, MPFR_RNDD);
        put(x, 128);
    }
    puts("};");
    mpfr_clear(x);
    return 0;
}
