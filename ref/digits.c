/* Decimal digits of an exact answer, truncated toward zero. */
#include "ref/env.h"
#include "ref/exact.h"
#include "ref/refine.h"

#include "core/memory.h"

#include <gmp.h>
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

/* A power of ten beyond this is not written out: of a quotient of numbers near the doubles, which
 * is what lies on a decimal number or next to one, there are some hundred digits. */
#define MOST_POWER 20000

/* The sign of |x| - 0.TEXT 10^exp, exactly; 2: not known. */
static int beside_decimal(lp_enclosure *x, const char *text, mpfr_exp_t exp, bool negative) {
    mpfr_t num, den;
    int64_t power = (int64_t)exp - (int64_t)strlen(text);
    if (power > MOST_POWER || power < -MOST_POWER) return 2;
    mpz_t whole, ten;
    mpz_init_set_str(whole, text, 10);
    mpz_init(ten);
    mpz_ui_pow_ui(ten, 10, (unsigned long)(power < 0 ? -power : power));
    if (power > 0) mpz_mul(whole, whole, ten);
    if (power > 0) mpz_set_ui(ten, 1);
    if (negative) mpz_neg(whole, whole);
    mpfr_init2(num, (mpfr_prec_t)mpz_sizeinbase(whole, 2) + 1);
    mpfr_init2(den, (mpfr_prec_t)mpz_sizeinbase(ten, 2) + 1);
    mpfr_set_z(num, whole, MPFR_RNDZ); /* both exact */
    mpfr_set_z(den, ten, MPFR_RNDZ);
    int sign = lp_enclosure_compare_ratio(x, num, den);
    mpfr_clears(num, den, (mpfr_ptr)0);
    mpz_clears(whole, ten, NULL);
    return negative && sign != 2 ? -sign : sign;
}

/* The decimal number before 0.TEXT 10^exp, in place. */
static void step_down(char *text, mpfr_exp_t *exp) {
    size_t at = strlen(text);
    while (text[--at] == '0') text[at] = '9';
    text[at]--;
    if (text[0] != '0') return;
    text[0] = '9';
    --*exp; /* 1000 is followed by 999.9 */
}

/* lo <= |x| <= hi bound the digits from both sides. Where they differ hi's digits are a decimal
 * number between the two, and x may be that, or next to it by nothing that a precision tells (0.2,
 * 0.2 - e^-1e9): compared with it exactly x has hi's digits or is below, where lo's speak for it if
 * they are those of the number before. */
static bool agree(digits_ask *ask, const mpfr_t lo, const mpfr_t hi, lp_enclosure *x) {
    mpfr_exp_t exp_hi;
    ask->text = truncate_to(&ask->exp, lo, ask->digits);
    char *upper = truncate_to(&exp_hi, hi, ask->digits);
    bool same = ask->exp == exp_hi && !strcmp(ask->text, upper);
    int side = same ? 2 : beside_decimal(x, upper, exp_hi, ask->negative);
    if (side == 0 || side == 1) {
        strcpy(ask->text, upper); /* digits alike in number */
        ask->exp = exp_hi;
        same = true;
    } else if (side == -1) {
        step_down(upper, &exp_hi);
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
    ask->tiny = mpfr_zero_p(hi) || mpfr_get_exp(hi) < TINY_EXP;
    bool told = ask->tiny || (!mpfr_zero_p(lo) && agree(ask, lo, hi, x));
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
