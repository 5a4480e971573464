#include "ref/combine.h"

#include "ref/dyadic.h"
#include "ref/env.h"
#include "ref/round.h"

/* Finite terms only. The accumulator grows to the span of what was added: at most 4300 bits, since
 * products of doubles lie between 2^2048 and 2^-2148 and 2^63 of them carry 63 bits. */
static void dot(mpfr_t sum, const double *a, const double *b, int64_t n) {
    mpfr_t term;
    mpfr_init2(term, 128);
    mpfr_set_zero(sum, 1);
    for (int64_t i = 0; i < n; i++) {
        lp_dyadic_set(term, a[i]);
        if (b) lp_dyadic_mul_d(term, term, b[i]);
        lp_dyadic_add(sum, sum, term);
    }
    mpfr_clear(term);
}

int lp_sum_sign(const double *x, int64_t n) {
    return lp_dot_compare(x, NULL, n, 0);
}

int lp_dot_compare(const double *a, const double *b, int64_t n, double c) {
    lp_env env;
    lp_env_enter(&env);
    mpfr_t sum;
    mpfr_init2(sum, 128);
    dot(sum, a, b, n);
    int sign = mpfr_cmp_d(sum, c);
    mpfr_clear(sum);
    lp_env_leave(&env);
    return (sign > 0) - (sign < 0);
}

double lp_dot_round(const double *a, const double *b, int64_t n, lp_format_id format,
                    lp_rounding mode) {
    lp_env env;
    lp_env_enter(&env);
    lp_enclosure x;
    lp_cell cell;
    lp_enclosure_init(&x);
    x.whole = true;
    dot(x.a, a, b, n);
    lp_cell_find(&cell, &x, lp_format_get(format)); /* a whole number is always decided */
    lp_enclosure_clear(&x);
    lp_env_leave(&env);
    return lp_cell_round(&cell, lp_format_get(format), mode);
}

double lp_sum_up(const double *x, int64_t n) {
    return lp_dot_round(x, NULL, n, LP_BINARY64, LP_ROUND_UP);
}
