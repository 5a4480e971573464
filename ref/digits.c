/* Decimal digits of an exact answer, truncated toward zero. */
#include "ref/env.h"
#include "ref/exact.h"
#include "ref/refine.h"

#include "core/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct digits_ask {
    size_t digits;
    char *text;     /* the digits, malloc'd */
    mpfr_exp_t exp; /* value 0.DDDD * 10^exp */
    bool negative, zero, tiny;
} digits_ask;

/* Below 2^-2^61, next to the end of MPFR's exponents, a number is called tiny: products of two
 * exponentials that are larger still have their digits, and nothing reads exponents of 18 digits.
 */
#define TINY_EXP (-(INT64_C(1) << 61))

static char *truncate_to(mpfr_exp_t *exp, const mpfr_t q, size_t digits) {
    char *raw = mpfr_get_str(NULL, exp, 10, digits, q, MPFR_RNDZ);
    char *text = lp_memory_text(raw);
    mpfr_free_str(raw);
    return text;
}

/* q is a number of that many decimal digits. */
static bool is_decimal(const mpfr_t q, const char *text, mpfr_exp_t exp) {
    char *full = lp_memory_zeros(strlen(text) + 64, 1);
    snprintf(full, strlen(text) + 64, "0.%se%ld", text, (long)exp);
    mpfr_t back;
    mpfr_init2(back, mpfr_get_prec(q));
    char *end;
    int inexact = mpfr_strtofr(back, full, &end, 10, MPFR_RNDZ);
    bool same = inexact == 0 && mpfr_equal_p(back, q);
    mpfr_clear(back);
    free(full);
    return same;
}

/* lo <= |x| <= hi bound the digits from both sides. Where they differ because hi is itself a
 * decimal number of that length (1 - tiny, truncated: 0.999...) and x is below it, the number below
 * hi speaks for x: at this precision nothing decimal of that length lies between the two. */
static bool agree(digits_ask *ask, const mpfr_t lo, mpfr_t hi, bool below_hi) {
    mpfr_exp_t exp_hi;
    ask->text = truncate_to(&ask->exp, lo, ask->digits);
    char *upper = truncate_to(&exp_hi, hi, ask->digits);
    bool same = ask->exp == exp_hi && !strcmp(ask->text, upper);
    if (!same && below_hi && is_decimal(hi, upper, exp_hi)) {
        free(upper);
        mpfr_nextbelow(hi);
        upper = truncate_to(&exp_hi, hi, ask->digits);
        same = ask->exp == exp_hi && !strcmp(ask->text, upper);
    }
    free(upper);
    if (!same) free(ask->text);
    return same;
}

/* Working precision: four bits a digit and 64 more. */
static bool find_digits(void *answer, lp_exact *e) {
    digits_ask *ask = answer;
    lp_enclosure *x = &e->x;
    int sign = lp_enclosure_compare_d(x, 0);
    ask->zero = sign == 0;
    ask->negative = sign < 0;
    if (sign == 0 || sign == 2) return sign == 0;
    mpfr_t lo, hi;
    mpfr_inits2((mpfr_prec_t)(4 * ask->digits + 64), lo, hi, (mpfr_ptr)0);
    lp_enclosure_lower(lo, x);
    lp_enclosure_upper(hi, x);
    if (ask->negative) {
        mpfr_swap(lo, hi);
        mpfr_neg(lo, lo, MPFR_RNDD);
        mpfr_neg(hi, hi, MPFR_RNDU);
    }
    int side = lp_enclosure_compare(x, hi);
    if (ask->negative) {
        mpfr_neg(hi, hi, MPFR_RNDU);
        side = -lp_enclosure_compare(x, hi);
        mpfr_neg(hi, hi, MPFR_RNDU);
    }
    ask->tiny = mpfr_zero_p(hi) || mpfr_get_exp(hi) < TINY_EXP;
    bool told = ask->tiny || (!mpfr_zero_p(lo) && agree(ask, lo, hi, side == -1));
    mpfr_clears(lo, hi, (mpfr_ptr)0);
    return told;
}

static void print(char *buf, size_t size, const digits_ask *ask) {
    size_t last = strlen(ask->text);
    while (last > 1 && ask->text[last - 1] == '0') last--;
    snprintf(buf, size, "%s%c%s%.*se%+03ld", ask->negative ? "-" : "", ask->text[0],
             last > 1 ? "." : "", (int)last - 1, ask->text + 1, (long)ask->exp - 1);
}

void lp_exact_digits(char *buf, size_t size, lp_exact *e, lp_out out, int64_t i, int digits) {
    static const char *const word[] = {"0", "nan", "inf", "-inf"};
    lp_env env;
    lp_env_enter(&env);
    lp_kind kind = lp_refine_kind(e, out, i);
    digits_ask ask = {.digits = (size_t)(digits < 2 ? 2 : digits)};
    if (kind != LP_KIND_NUMBER) {
        snprintf(buf, size, "%s", word[kind]);
    } else if (!lp_refine_ask(e, out, i, find_digits, &ask)) {
        snprintf(buf, size, "undecided");
    } else if (ask.zero) {
        snprintf(buf, size, "0");
    } else if (ask.tiny) {
        snprintf(buf, size, "%stiny", ask.negative ? "-" : "");
    } else {
        print(buf, size, &ask);
        free(ask.text);
    }
    lp_env_leave(&env);
}
