#include "core/format.h"

#include <math.h>
#include <string.h>

/* Everything here works on the bits of the double that carries the value, so that neither a
 * flush-to-zero mode nor a changed rounding mode in the calling process can alter a result. */

#define FORMAT(id, name, p, emin, emax, bytes, has_inf, max, normal, least)                        \
    [id] = {name, p, emin, emax, bytes, has_inf, max, least, false}
#define FLUSHED(id, name, p, emin, emax, bytes, has_inf, max, normal, least)                       \
    [id] = {name " without subnormals", p, emin, emax, bytes, has_inf, max, normal, true}
/* The largest finite number, the least normal and the least one. OCP 8-bit floating point: E5M2
 * follows IEEE 754; E4M3 spends its top exponent on numbers, so that only the all-ones code is NaN
 * and 1.75 * 2^8 = 448 is the largest. */
/* clang-format off */
#define EACH(ROW)                                                                                  \
    ROW(LP_BINARY64, "binary64", 53, -1022, 1023, 8, true, 0x1.fffffffffffffp+1023, 0x1p-1022, 0x1p-1074), \
    ROW(LP_BINARY32, "binary32", 24, -126, 127, 4, true, 0x1.fffffep+127, 0x1p-126, 0x1p-149),     \
    ROW(LP_BINARY16, "binary16", 11, -14, 15, 2, true, 0x1.ffcp+15, 0x1p-14, 0x1p-24),             \
    ROW(LP_BFLOAT16, "bfloat16", 8, -126, 127, 2, true, 0x1.fep+127, 0x1p-126, 0x1p-133),          \
    ROW(LP_E5M2, "e5m2", 3, -14, 15, 1, true, 0x1.cp+15, 0x1p-14, 0x1p-16),                        \
    ROW(LP_E4M3, "e4m3", 4, -6, 8, 1, false, 0x1.cp+8, 0x1p-6, 0x1p-9)
/* clang-format on */

static const lp_format table[LP_FORMAT_COUNT] = {EACH(FORMAT)};
static const lp_format flushed[LP_FORMAT_COUNT] = {EACH(FLUSHED)};

static const char *const rounding_name[LP_ROUNDING_COUNT] = {"nearest", "zero", "up", "down"};

const lp_format *lp_format_get(lp_format_id id) {
    return &table[id];
}

const lp_format *lp_format_flushed(lp_format_id id) {
    return &flushed[id];
}

bool lp_format_by_name(lp_format_id *id, const char *name) {
    for (int i = 0; i < LP_FORMAT_COUNT; i++)
        if (!strcmp(table[i].name, name)) {
            *id = (lp_format_id)i;
            return true;
        }
    return false;
}

const char *lp_rounding_name(lp_rounding mode) {
    return rounding_name[mode];
}

bool lp_rounding_by_name(lp_rounding *mode, const char *name) {
    for (int i = 0; i < LP_ROUNDING_COUNT; i++)
        if (!strcmp(rounding_name[i], name)) {
            *mode = (lp_rounding)i;
            return true;
        }
    return false;
}

#define SIGN64  (UINT64_C(1) << 63)
#define FRAC64  ((UINT64_C(1) << 52) - 1)
#define QUIET64 UINT64_C(0x7ff8000000000000)

static uint64_t bits_of(double x) {
    uint64_t b;
    memcpy(&b, &x, sizeof b);
    return b;
}

static double from_bits(uint64_t b) {
    double x;
    memcpy(&x, &b, sizeof x);
    return x;
}

/* floor(log2 |x|); -1023 for zero and for the binary64 subnormals, which lie below emin of every
 * format. */
static int exponent_of(uint64_t bits) {
    return (int)(bits >> 52 & 0x7ff) - 1023;
}

int lp_format_ulp_exp(const lp_format *f, double x) {
    int e = exponent_of(bits_of(x));
    if (f->flush && e < f->emin) return f->emin;
    return (e > f->emin ? e : f->emin) - f->p + 1;
}

/* A code is the value's bit pattern in its format, right-aligned. Its field widths follow from the
 * table: bytes * 8 = 1 + exponent bits + (p - 1), and the bias is 1 - emin. */
static uint64_t sign_bit(const lp_format *f) {
    return UINT64_C(1) << (8 * f->bytes - 1);
}

static uint64_t nan_code(const lp_format *f) {
    uint64_t all = sign_bit(f) - 1; /* exponent and fraction all ones */
    if (!f->has_inf) return all;
    uint64_t below_quiet = (UINT64_C(1) << (f->p - 2)) - 1;
    return all & ~below_quiet;
}

static uint64_t inf_code(const lp_format *f) {
    uint64_t fraction = (UINT64_C(1) << (f->p - 1)) - 1;
    return (sign_bit(f) - 1) & ~fraction;
}

static uint64_t encode(const lp_format *f, double x) {
    uint64_t bits = bits_of(x), sign = bits & SIGN64 ? sign_bit(f) : 0, magnitude = bits & ~SIGN64;
    if (f->p == 53) return bits;
    if (isnan(x)) return sign | nan_code(f);
    if (isinf(x)) return sign | (f->has_inf ? inf_code(f) : nan_code(f));
    if (!magnitude) return sign;
    int e = exponent_of(bits);
    uint64_t fraction = magnitude & FRAC64;
    if (e >= f->emin)
        return sign | (uint64_t)(e - f->emin + 1) << (f->p - 1) | fraction >> (53 - f->p);
    /* Subnormal in the format: the code counts units of 2^(emin-p+1). */
    return sign | (fraction | UINT64_C(1) << 52) >> (f->emin - f->p + 1 - (e - 52));
}

static double decode(const lp_format *f, uint64_t code) {
    if (f->p == 53) return from_bits(code);
    uint64_t sign = code & sign_bit(f) ? SIGN64 : 0, magnitude = code & (sign_bit(f) - 1);
    if (f->has_inf ? magnitude > inf_code(f) : magnitude == nan_code(f))
        return from_bits(sign | QUIET64);
    if (f->has_inf && magnitude == inf_code(f)) return from_bits(sign | bits_of(INFINITY));
    uint64_t exponent = magnitude >> (f->p - 1);
    uint64_t fraction = magnitude & ((UINT64_C(1) << (f->p - 1)) - 1);
    if (exponent == 0) {
        double x = (double)fraction * f->least; /* exact: at most p bits times a power of two */
        return sign ? -x : x;
    }
    uint64_t biased = (uint64_t)((int)exponent - 1 + f->emin + 1023);
    return from_bits(sign | biased << 52 | fraction << (53 - f->p));
}

double lp_format_round(const lp_format *f, double x) {
    uint64_t bits = bits_of(x), sign = bits & SIGN64;
    if (f->flush && exponent_of(bits) < f->emin) return from_bits(sign);
    if (isnan(x) || f->p == 53 || x == 0) return x;
    if (isinf(x)) return f->has_inf ? x : from_bits(sign | QUIET64);
    int e = exponent_of(bits);
    int drop = lp_format_ulp_exp(f, x) - (e - 52); /* bits of the significand below one ulp */
    /* A significand below 2^53 is less than half of 2^drop: no tie, the nearest is zero. Binary64
     * subnormals end here too (least of any other format is 2^-149). */
    if (drop > 53) return from_bits(sign);
    uint64_t significand = (bits & FRAC64) | UINT64_C(1) << 52;
    uint64_t rest = significand & ((UINT64_C(1) << drop) - 1), half = UINT64_C(1) << (drop - 1);
    uint64_t units = significand >> drop;
    units += rest > half || (rest == half && (units & 1));
    double rounded = ldexp((double)units, lp_format_ulp_exp(f, x)); /* exact: units <= 2^p */
    if (rounded > f->max) rounded = f->has_inf ? INFINITY : from_bits(QUIET64);
    return sign ? -rounded : rounded;
}

bool lp_format_holds(const lp_format *f, double x) {
    if (isnan(x) || (f->p == 53 && !f->flush)) return true;
    if (isinf(x)) return f->has_inf;
    return lp_format_round(f, x) == x;
}

/* Codes of one sign are ordered as their magnitudes, infinity (or E4M3's NaN) after the largest. */
double lp_format_above(const lp_format *f, double x) {
    if (isnan(x) || (isinf(x) && x > 0)) return f->has_inf ? x : from_bits(QUIET64);
    if (x == 0) return f->least;
    if (f->flush && x == -f->least) return -0.0;
    uint64_t code = encode(f, x);
    return decode(f, x > 0 ? code + 1 : code - 1);
}

double lp_format_below(const lp_format *f, double x) {
    return -lp_format_above(f, -x);
}

/* Little-endian or not, memcpy from an integer of the right width keeps the native order. */
static void store(unsigned char *at, int bytes, uint64_t code) {
    uint8_t one = (uint8_t)code;
    uint16_t two = (uint16_t)code;
    uint32_t four = (uint32_t)code;
    if (bytes == 1) memcpy(at, &one, 1);
    if (bytes == 2) memcpy(at, &two, 2);
    if (bytes == 4) memcpy(at, &four, 4);
    if (bytes == 8) memcpy(at, &code, 8);
}

static uint64_t fetch(const unsigned char *at, int bytes) {
    uint8_t one = 0;
    uint16_t two = 0;
    uint32_t four = 0;
    uint64_t eight = 0;
    if (bytes == 1) memcpy(&one, at, 1);
    if (bytes == 2) memcpy(&two, at, 2);
    if (bytes == 4) memcpy(&four, at, 4);
    if (bytes == 8) memcpy(&eight, at, 8);
    return one | two | four | eight;
}

/* Normal numbers of binary32, by far most: the exponent's bias changes by 1023 - 127, the fraction
 * gains 29 zeros. The others as any format's. */
static void pack_binary32(unsigned char *at, const lp_format *f, const double *x, int64_t n) {
    for (int64_t i = 0; i < n; i++, at += 4) {
        uint64_t bits = bits_of(x[i]), magnitude = bits & ~SIGN64;
        bool normal = magnitude - (UINT64_C(897) << 52) < (UINT64_C(254) << 52);
        uint64_t code = (bits & SIGN64) >> 32 | ((magnitude - (UINT64_C(896) << 52)) >> 29);
        store(at, 4, normal ? code : encode(f, x[i]));
    }
}

static void unpack_binary32(double *x, const lp_format *f, const unsigned char *at, int64_t n) {
    for (int64_t i = 0; i < n; i++, at += 4) {
        uint64_t code = fetch(at, 4), magnitude = code & UINT32_C(0x7fffffff);
        bool normal = magnitude - (UINT64_C(1) << 23) < (UINT64_C(254) << 23);
        uint64_t bits = (code & UINT32_C(0x80000000)) << 32;
        bits |= (magnitude << 29) + (UINT64_C(896) << 52);
        x[i] = normal ? from_bits(bits) : decode(f, code);
    }
}

void lp_format_pack(void *packed, const lp_format *f, const double *x, int64_t n) {
    unsigned char *at = packed;
    if (f->p == 24)
        pack_binary32(at, f, x, n);
    else if (f->p == 53)
        memcpy(at, x, (size_t)n * sizeof *x);
    else
        for (int64_t i = 0; i < n; i++, at += f->bytes) store(at, f->bytes, encode(f, x[i]));
}

void lp_format_unpack(double *x, const lp_format *f, const void *packed, int64_t n) {
    const unsigned char *at = packed;
    if (f->p == 24)
        unpack_binary32(x, f, at, n);
    else if (f->p == 53)
        memcpy(x, at, (size_t)n * sizeof *x);
    else
        for (int64_t i = 0; i < n; i++, at += f->bytes) x[i] = decode(f, fetch(at, f->bytes));
}
