#include "core/npy.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* --- the header: a dictionary of three keys in any order ---------------------------------------
 */

typedef struct header {
    const char *at, *end;
    lp_error *err;
} header;

static void spaces(header *h) {
    while (h->at < h->end && (*h->at == ' ' || *h->at == '\n' || *h->at == '\t')) h->at++;
}

static bool take(header *h, char c) {
    spaces(h);
    if (h->at == h->end || *h->at != c) return false;
    h->at++;
    return true;
}

static bool take_word(header *h, const char *word) {
    size_t n = strlen(word);
    spaces(h);
    if ((size_t)(h->end - h->at) < n || memcmp(h->at, word, n) != 0) return false;
    h->at += n;
    return true;
}

/* A Python string without escapes: names of keys and types have none. */
static bool take_text(header *h, char *to, size_t size) {
    char quote = take(h, '\'') ? '\'' : take(h, '"') ? '"' : 0;
    size_t n = 0;
    if (!quote) return false;
    while (h->at < h->end && *h->at != quote && *h->at != '\\' && n + 1 < size) to[n++] = *h->at++;
    to[n] = '\0';
    return take(h, quote);
}

static bool type_taken(lp_npy *a, header *h) {
    static const struct {
        const char *name;
        int width;
        bool real;
    } known[] = {
        {"f8", 8, true}, {"f4", 4, true}, {"f2", 2, true}, {"i8", 8, false}, {"i4", 4, false}};
    char name[24];
    if (!take_text(h, name, sizeof name))
        return lp_error_set(h->err, "its elements are records or of an unreadable type");
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if ((name[0] != '<' && name[0] != '>') || strcmp(name + 1, known[i].name) != 0) continue;
        a->big_endian = name[0] == '>';
        a->width = known[i].width;
        a->real = known[i].real;
        return true;
    }
    return lp_error_set(h->err,
                        "elements of type '%s': only float64, float32, float16, int64 and int32 "
                        "are read",
                        name);
}

static bool order_taken(lp_npy *a, header *h) {
    a->fortran = take_word(h, "True");
    return a->fortran || take_word(h, "False") ||
           lp_error_set(h->err, "fortran_order is neither True nor False");
}

/* One size; Python 2 wrote a trailing L. */
static bool size_taken(int64_t *size, header *h) {
    if (take(h, '-')) return lp_error_set(h->err, "a negative size in its shape");
    spaces(h);
    if (h->at == h->end || *h->at < '0' || *h->at > '9')
        return lp_error_set(h->err, "its shape is not readable");
    for (*size = 0; h->at < h->end && *h->at >= '0' && *h->at <= '9'; h->at++)
        if (__builtin_mul_overflow(*size, INT64_C(10), size) ||
            __builtin_add_overflow(*size, (int64_t)(*h->at - '0'), size))
            return lp_error_set(h->err, "a size in its shape overflows");
    take(h, 'L');
    return true;
}

static bool shape_taken(lp_npy *a, header *h) {
    if (!take(h, '(')) return lp_error_set(h->err, "its shape is not readable");
    while (!take(h, ')')) {
        int64_t size = 0;
        if (!size_taken(&size, h)) return false;
        if (a->rank == LP_NPY_RANK)
            return lp_error_set(h->err, "more than %d dimensions", LP_NPY_RANK);
        a->size[a->rank++] = size;
        if (take(h, ',')) continue;
        if (!take(h, ')')) return lp_error_set(h->err, "its shape is not readable");
        break;
    }
    return a->rank > 0 || lp_error_set(h->err, "a single number, no array");
}

static const struct {
    const char *name;
    bool (*take)(lp_npy *a, header *h);
} header_keys[] = {{"descr", type_taken}, {"fortran_order", order_taken}, {"shape", shape_taken}};
#define KEYS (sizeof header_keys / sizeof *header_keys)

static bool key_taken(lp_npy *a, header *h, bool seen[KEYS]) {
    char key[24];
    if (!take_text(h, key, sizeof key) || !take(h, ':'))
        return lp_error_set(h->err, "its header is no dictionary");
    for (size_t k = 0; k < KEYS; k++) {
        if (strcmp(key, header_keys[k].name) != 0) continue;
        if (seen[k]) return lp_error_set(h->err, "key '%s' is twice in its header", key);
        seen[k] = true;
        return header_keys[k].take(a, h);
    }
    return lp_error_set(h->err, "unknown key '%s' in its header", key);
}

static bool header_taken(lp_npy *a, header *h) {
    bool seen[KEYS] = {false};
    if (!take(h, '{')) return lp_error_set(h->err, "its header is no dictionary");
    while (!take(h, '}')) {
        if (!key_taken(a, h, seen)) return false;
        if (take(h, ',')) continue;
        if (!take(h, '}')) return lp_error_set(h->err, "its header is no dictionary");
        break;
    }
    for (size_t k = 0; k < KEYS; k++)
        if (!seen[k]) return lp_error_set(h->err, "no key '%s' in its header", header_keys[k].name);
    spaces(h);
    return h->at == h->end || lp_error_set(h->err, "its header goes on after the dictionary");
}

/* --- the file ----------------------------------------------------------------------------------
 */

/* Version 1.0 has two bytes of length, 2.0 and 3.0 have four; little-endian. */
static bool header_found(header *h, const unsigned char *bytes, size_t length) {
    if (length < 10 || memcmp(bytes, "\x93NUMPY", 6) != 0)
        return lp_error_set(h->err, "no .npy file: it does not begin with \\x93NUMPY");
    if (bytes[6] < 1 || bytes[6] > 3 || bytes[7] != 0)
        return lp_error_set(h->err, ".npy version %d.%d: only 1.0 to 3.0 are read", bytes[6],
                            bytes[7]);
    size_t from = bytes[6] == 1 ? 10 : 12, size = (size_t)bytes[8] | (size_t)bytes[9] << 8;
    if (length < from) return lp_error_set(h->err, "it ends inside its header");
    if (from == 12) size |= (size_t)bytes[10] << 16 | (size_t)bytes[11] << 24;
    if (length - from < size) return lp_error_set(h->err, "it ends inside its header");
    h->at = (const char *)bytes + from;
    h->end = h->at + size;
    return true;
}

bool lp_npy_open(lp_npy *a, const void *bytes, size_t length, lp_error *err) {
    header h = {.err = err};
    *a = (lp_npy){.size = {1, 1}};
    if (!header_found(&h, bytes, length) || !header_taken(a, &h)) return false;
    a->data = (const unsigned char *)h.end;
    size_t there = length - (size_t)(a->data - (const unsigned char *)bytes);
    int64_t want;
    if (__builtin_mul_overflow(a->size[0], a->size[1], &want) ||
        __builtin_mul_overflow(want, (int64_t)a->width, &want))
        return lp_error_set(err, "its shape overflows");
    if (there == (size_t)want) return true;
    return lp_error_set(err, "its header promises %lld bytes of elements, %zu are there",
                        (long long)want, there);
}

/* --- elements ----------------------------------------------------------------------------------
 */

static uint64_t bits_at(const lp_npy *a, int64_t i, int64_t j) {
    int64_t at = a->fortran ? j * a->size[0] + i : i * a->size[1] + j;
    const unsigned char *p = a->data + at * a->width;
    uint64_t bits = 0;
    for (int b = 0; b < a->width; b++) bits = bits << 8 | p[a->big_endian ? b : a->width - 1 - b];
    return bits;
}

/* IEEE binary16: 1 sign, 5 exponent, 10 fraction bits. */
static double from_half(uint64_t bits) {
    int exponent = (int)(bits >> 10 & 31);
    double fraction = (double)(bits & 1023), size;
    if (exponent == 31)
        size = fraction != 0 ? NAN : INFINITY;
    else
        size = exponent ? ldexp(1024 + fraction, exponent - 25) : ldexp(fraction, -24);
    return bits >> 15 ? -size : size;
}

double lp_npy_real(const lp_npy *a, int64_t i, int64_t j) {
    uint64_t bits = bits_at(a, i, j);
    if (a->width == 2) return from_half(bits);
    if (a->width == 4) {
        uint32_t half = (uint32_t)bits;
        float x;
        memcpy(&x, &half, sizeof x);
        return (double)x;
    }
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

int64_t lp_npy_integer(const lp_npy *a, int64_t i, int64_t j) {
    uint64_t bits = bits_at(a, i, j);
    return a->width == 4 ? (int64_t)(int32_t)(uint32_t)bits : (int64_t)bits;
}
