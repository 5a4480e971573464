#include "props/engine/order.h"

#include <math.h>
#include <string.h>

#define RANK_SHIFT 53
#define RANK_BIG   1075 /* integers 2^53 .. 2^1024: ranks 1075 .. 2045 */
#define RANK_INF   2046
#define RANK_NAN   2047

static uint64_t ranked(uint64_t rank, uint64_t within) {
    return rank << RANK_SHIFT | within;
}

static uint64_t bits_of(double x) {
    uint64_t u;
    memcpy(&u, &x, sizeof u);
    return u;
}

static uint64_t reversed52(uint64_t mantissa) {
    uint64_t r = 0;
    for (int i = 0; i < 52; i++) r |= (mantissa >> i & 1) << (51 - i);
    return r;
}

int lp_order_fraction_bits(double x) {
    uint64_t u = bits_of(x);
    int biased = (int)(u >> 52 & 0x7ff);
    uint64_t m = (u & ((UINT64_C(1) << 52) - 1)) | (biased ? UINT64_C(1) << 52 : 0);
    if (!m) return 0;
    int lowest = (biased ? biased : 1) - 1075 + __builtin_ctzll(m); /* exponent of the last one */
    return lowest < 0 ? -lowest : 0;
}

uint64_t lp_order_f64(double x) {
    double a = fabs(x);
    if (isnan(x)) return ranked(RANK_NAN, 0);
    if (isinf(x)) return ranked(RANK_INF, 0);
    int f = lp_order_fraction_bits(a);
    if (f > 0) { /* m = a * 2^f < 2^53 is odd; two steps, since 2^f overflows where f > 1023 */
        double m = scalbn(scalbn(a, f / 2), f - f / 2);
        return ranked((uint64_t)f, (uint64_t)m);
    }
    if (a < 0x1p53) return (uint64_t)a;
    return ranked(RANK_BIG + (uint64_t)(ilogb(a) - 53), reversed52(bits_of(a)));
}

uint64_t lp_order_int(int64_t i, int64_t toward) {
    return i >= toward ? (uint64_t)i - (uint64_t)toward : (uint64_t)toward - (uint64_t)i;
}

static int compare_u64(uint64_t a, uint64_t b) {
    return (a > b) - (a < b);
}

int lp_order_choice(const lp_choice *a, const lp_choice *b) {
    if (a->kind != b->kind) return a->kind < b->kind ? -1 : 1;
    if (a->kind == LP_CHOICE_INT) {
        int d = compare_u64(lp_order_int(a->i, a->toward), lp_order_int(b->i, b->toward));
        return d ? d : (a->i < a->toward) - (b->i < b->toward);
    }
    int d = compare_u64(lp_order_f64(a->x), lp_order_f64(b->x));
    return d ? d : (signbit(a->x) != 0) - (signbit(b->x) != 0);
}

bool lp_order_is_simplest(const lp_choice *a) {
    if (a->forced) return true;
    if (a->kind == LP_CHOICE_INT) return a->i == a->toward;
    return bits_of(a->x) == bits_of(a->domain ? lp_domain_simplest(a->domain) : 0.0);
}

int lp_choices_compare(const lp_choice *a, int na, const lp_choice *b, int nb) {
    if (na != nb) return na < nb ? -1 : 1;
    for (int i = 0; i < na; i++) {
        int d = lp_order_choice(&a[i], &b[i]);
        if (d) return d;
    }
    return 0;
}
