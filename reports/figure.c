#include "reports/figure.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Every digit of every double: the longest, a subnormal, has 767 significant ones. */
#define EXACT_DIGITS 768

/* Digits and exponent of x > 0, exactly: x = d.ddd... * 10^exponent. */
static int exact_digits(char digits[EXACT_DIGITS + 1], double x) {
    char text[EXACT_DIGITS + 16];
    snprintf(text, sizeof text, "%.*e", EXACT_DIGITS - 1, x);
    digits[0] = text[0];
    memcpy(digits + 1, text + 2, EXACT_DIGITS - 1); /* behind the decimal sign, whatever it is */
    digits[EXACT_DIGITS] = 0;
    return (int)strtol(strchr(text, 'e') + 1, NULL, 10);
}

/* The first three digits as a number from 100 to 999, or 1000 where rounding up carried over. */
static int three_up(const char digits[EXACT_DIGITS + 1]) {
    int three = 100 * (digits[0] - '0') + 10 * (digits[1] - '0') + (digits[2] - '0');
    return three + (strspn(digits + 3, "0") != EXACT_DIGITS - 3);
}

char *lp_figure_up(char buf[LP_FIGURE_SIZE], double x) {
    char digits[EXACT_DIGITS + 1];
    if (isnan(x)) return strcpy(buf, "not claimable");
    if (isinf(x)) return strcpy(buf, "infinite");
    if (x == 0) return strcpy(buf, "0");
    int exponent = exact_digits(digits, fabs(x)), three = three_up(digits);
    if (three == 1000) {
        three = 100;
        exponent++;
    }
    int a = three / 100, b = three / 10 % 10, c = three % 10;
    if (exponent == 0)
        snprintf(buf, LP_FIGURE_SIZE, "%d.%d%d", a, b, c);
    else if (exponent == 1)
        snprintf(buf, LP_FIGURE_SIZE, "%d%d.%d", a, b, c);
    else if (exponent >= 2 && exponent <= 4)
        snprintf(buf, LP_FIGURE_SIZE, "%d%.*s", three, exponent - 2, "00");
    else if (exponent >= -3 && exponent < 0)
        snprintf(buf, LP_FIGURE_SIZE, "0.%.*s%d", -exponent - 1, "00", three);
    else
        snprintf(buf, LP_FIGURE_SIZE, "%d.%d%de%+d", a, b, c, exponent);
    return buf;
}

char *lp_figure_condition(char buf[LP_FIGURE_SIZE], double x) {
    return x > 0 ? lp_figure_up(buf, x) : strcpy(buf, "\xe2\x80\x93");
}

char *lp_figure_count(char buf[LP_FIGURE_SIZE], int64_t n) {
    char plain[LP_FIGURE_SIZE];
    int length = snprintf(plain, sizeof plain, "%" PRId64, n), at = 0;
    for (int i = 0; i < length; i++) {
        if (i > (n < 0) && (length - i) % 3 == 0) buf[at++] = ' ';
        buf[at++] = plain[i];
    }
    buf[at] = 0;
    return buf;
}

char *lp_figure_share(char buf[LP_FIGURE_SIZE], int64_t part, int64_t whole) {
    double percent = whole > 0 ? 100 * (double)part / (double)whole : 0;
    if (part <= 0 || whole <= 0)
        strcpy(buf, "0 %");
    else if (part >= whole)
        strcpy(buf, "100 %");
    else if (percent < 0.1)
        strcpy(buf, "< 0.1 %");
    else if (percent > 99.9)
        strcpy(buf, "> 99.9 %");
    else
        snprintf(buf, LP_FIGURE_SIZE, "%.1f %%", percent);
    return buf;
}

/* ceil(1 + p log10 2) digits tell any two neighbours of precision p apart (Matula 1968). */
char *lp_figure_value(char buf[LP_FIGURE_SIZE], lp_format_id format, double x) {
    int digits = (int)ceil(1 + lp_format_get(format)->p * 0.30102999566398120);
    if (isnan(x)) return strcpy(buf, "NaN");
    if (isinf(x)) return strcpy(buf, x < 0 ? "-infinity" : "+infinity");
    if (x == 0) return strcpy(buf, signbit(x) ? "-0" : "0");
    snprintf(buf, LP_FIGURE_SIZE, "%.*g", digits, x);
    return buf;
}

int lp_figure_agreeing(double got, double want) {
    if (got == want || (isnan(got) && isnan(want))) return 99;
    double relative = fabs(got / want - 1); /* of the ratio: the difference could overflow */
    if (!(relative < 0.1)) return 0;        /* NaN too */
    if (relative == 0) return 15;           /* neighbours whose quotient rounds to 1 */
    return (int)floor(-log10(relative));
}
