#include "core/hexfloat.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

char *lp_hexfloat_print(char buf[LP_HEXFLOAT_SIZE], double x) {
    const char *sign = signbit(x) && !isnan(x) ? "-" : "";
    if (isnan(x)) return strcpy(buf, "nan");
    if (isinf(x) || x == 0) {
        snprintf(buf, LP_HEXFLOAT_SIZE, "%s%s", sign, isinf(x) ? "inf" : "0x0p+0");
        return buf;
    }
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    int exponent = (int)(bits >> 52 & 0x7ff) - 1023;
    uint64_t fraction = bits & ((UINT64_C(1) << 52) - 1);
    if (exponent == -1023) { /* subnormal: shift its leading one to where a normal number has it */
        int shift = __builtin_clzll(fraction) - 11;
        fraction = fraction << shift & ((UINT64_C(1) << 52) - 1);
        exponent = -1022 - shift;
    }
    int digits = 13; /* of the fraction, trailing zeros dropped */
    while (digits && !(fraction & 15)) fraction >>= 4, digits--;
    if (digits)
        snprintf(buf, LP_HEXFLOAT_SIZE, "%s0x1.%0*llxp%+d", sign, digits,
                 (unsigned long long)fraction, exponent);
    else
        snprintf(buf, LP_HEXFLOAT_SIZE, "%s0x1p%+d", sign, exponent);
    return buf;
}

/* A significand read digit by digit: value * 2^exponent, exactly, unless `lost`. */
typedef struct hex_number {
    uint64_t value;
    int64_t exponent;
    int64_t digits; /* read */
    bool lost;      /* a nonzero digit fell off */
} hex_number;

static int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

/* Once `value` holds 16 digits it spans at least 61 bits, so a further nonzero digit makes a number
 * of more than 53 significant bits, which no double equals. */
static const char *read_digits(hex_number *s, const char *p, int64_t step) {
    for (int d; (d = hex_digit(*p)) >= 0; p++, s->digits++) {
        if (s->value >> 60) {
            s->lost |= d != 0;
            s->exponent += 4 + step;
        } else {
            s->value = s->value << 4 | (uint64_t)d;
            s->exponent += step;
        }
    }
    return p;
}

/* Decimal exponent after 'p'; saturated far outside what any text in memory can bring back. */
static const char *read_exponent(int64_t *exponent, const char *p) {
    const int64_t limit = INT64_C(1) << 60;
    bool negative = *p == '-';
    if (*p == '-' || *p == '+') p++;
    if (*p < '0' || *p > '9') return NULL;
    int64_t e = 0;
    for (; *p >= '0' && *p <= '9'; p++) e = e < limit / 16 ? 10 * e + (*p - '0') : limit;
    *exponent += negative ? -e : e;
    return p;
}

/* The double value * 2^exponent, value != 0; false where there is none. */
static bool assemble(double *x, const hex_number *s) {
    if (s->lost) return false;
    int zeros = __builtin_ctzll(s->value);
    uint64_t odd = s->value >> zeros;
    int64_t low = s->exponent + zeros, bits = 64 - __builtin_clzll(odd);
    if (bits > 53 || low < -1074 || low + bits - 1 > 1023) return false;
    *x = ldexp((double)odd, (int)low);
    return true;
}

static bool parse_unsigned(double *x, const char *p) {
    if (!strcmp(p, "inf")) {
        *x = INFINITY;
        return true;
    }
    if (p[0] != '0' || p[1] != 'x') return false;
    hex_number s = {0};
    p = read_digits(&s, p + 2, 0);
    if (!s.digits) return false;
    if (*p == '.') {
        int64_t before = s.digits;
        p = read_digits(&s, p + 1, -4);
        if (s.digits == before) return false;
    }
    if (*p != 'p') return false;
    p = read_exponent(&s.exponent, p + 1);
    if (!p || *p) return false;
    *x = 0;
    return !s.value || assemble(x, &s);
}

bool lp_hexfloat_parse(double *x, const char *text) {
    if (!strcmp(text, "nan")) {
        *x = NAN;
        return true;
    }
    double magnitude;
    bool negative = *text == '-';
    if (!parse_unsigned(&magnitude, text + negative)) return false;
    *x = negative ? -magnitude : magnitude;
    return true;
}
