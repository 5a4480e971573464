/* Bytes to choices and back. Fixed width, little endian; an integer takes the fewest bytes that
 * hold its range and counts from `toward` upward, round the range; a double is its eight IEEE bytes
 * (so that a fuzzer's comparisons and dictionaries see operands), folded into the domain where it
 * is outside. Past the end come zeros. So every byte string is a case, all zeros the simplest one,
 * and lp_choices_encode inverts the decoding exactly. */
#include "props/engine/provider.h"

#include "props/engine/order.h"

#include <stdlib.h>
#include <string.h>

typedef struct bytes_provider {
    lp_provider base;
    const uint8_t *data;
    size_t size, used;
} bytes_provider;

static int width(uint64_t last) { /* bytes that hold 0 .. last */
    int w = 0;
    for (; last; last >>= 8) w++;
    return w;
}

static uint64_t take(bytes_provider *b, int bytes) {
    uint64_t v = 0;
    for (int i = 0; i < bytes && b->used < b->size; i++)
        v |= (uint64_t)b->data[b->used++] << (8 * i);
    return v;
}

static int64_t bytes_integer(lp_provider *self, const lp_int_ask *ask) {
    uint64_t last = (uint64_t)ask->hi - (uint64_t)ask->lo;
    uint64_t raw = take((bytes_provider *)self, width(last));
    if (last < UINT64_MAX) raw %= last + 1;
    uint64_t above = (uint64_t)ask->hi - (uint64_t)ask->toward;
    uint64_t at =
        raw <= above ? (uint64_t)ask->toward + raw : (uint64_t)ask->lo + (raw - above - 1);
    return (int64_t)at;
}

static double bytes_f64(lp_provider *self, const lp_f64_ask *ask) {
    uint64_t raw = take((bytes_provider *)self, 8);
    double x;
    memcpy(&x, &raw, sizeof x);
    return lp_domain_map(ask->domain, x);
}

lp_provider *lp_provider_bytes(const uint8_t *data, size_t size) {
    bytes_provider *b = malloc(sizeof *b);
    if (!b) abort();
    *b = (bytes_provider){{bytes_integer, bytes_f64}, data, size, 0};
    return &b->base;
}

static uint64_t raw_of(const lp_choice *c) {
    uint64_t raw;
    if (c->kind == LP_CHOICE_F64) {
        memcpy(&raw, &c->x, sizeof raw);
        return raw;
    }
    if (c->i >= c->toward) return (uint64_t)c->i - (uint64_t)c->toward;
    return (uint64_t)c->hi - (uint64_t)c->toward + 1 + ((uint64_t)c->i - (uint64_t)c->lo);
}

uint8_t *lp_choices_encode(size_t *size, const lp_choice *record, int n) {
    uint8_t *data = malloc((size_t)n * 8 + 1);
    if (!data) abort();
    size_t used = 0;
    for (int i = 0; i < n; i++) {
        const lp_choice *c = &record[i];
        int bytes = c->kind == LP_CHOICE_F64 ? 8 : width((uint64_t)c->hi - (uint64_t)c->lo);
        uint64_t raw = raw_of(c);
        for (int k = 0; k < bytes; k++) data[used++] = (uint8_t)(raw >> (8 * k));
    }
    *size = used;
    return data;
}
