/* Doubles, toward the order of order.h: a finite number for NaN and infinity, then an integer, then
 * fewer fraction bits, then a smaller integer part with the fraction held; numbers from 2^53 on by
 * exponent. Several places of one magnitude move together and keep their signs. */
#include "props/engine/shrink.h"

#include "props/engine/order.h"

#include <math.h>

typedef struct lowering {
    lp_shrinker *s;
    const int *at;
    int n;
    double fraction; /* held by try_whole */
    double start;    /* magnitude before the step, for try_bits */
} lowering;

static bool is_double_at(const lp_shrinker *s, int i) {
    return i < s->count && s->best[i].kind == LP_CHOICE_F64 && !lp_order_is_simplest(&s->best[i]);
}

static bool try_magnitude(const lowering *l, double magnitude, bool positive) {
    lp_choice *work = lp_shrink_copy(l->s);
    for (int k = 0; k < l->n; k++) {
        if (!is_double_at(l->s, l->at[k])) return false; /* the structure changed under us */
        lp_choice *c = &work[l->at[k]];
        c->x = copysign(magnitude, positive ? 1.0 : c->x);
        if (c->domain && !lp_domain_holds(c->domain, c->x)) return false;
    }
    return lp_shrink_try(l->s, work, l->s->count);
}

static double magnitude(const lowering *l) {
    return is_double_at(l->s, l->at[0]) ? fabs(l->s->best[l->at[0]].x) : 0.0;
}

static double rounded(double x, int bits, double (*round_whole)(double)) {
    double whole = round_whole(scalbn(scalbn(x, bits / 2), bits - bits / 2));
    return scalbn(scalbn(whole, -(bits / 2)), -(bits - bits / 2));
}

/* At most `bits` fraction bits, rounded either way. */
static bool try_bits(void *ctx, uint64_t bits) {
    const lowering *l = ctx;
    return try_magnitude(l, rounded(l->start, (int)bits, floor), false) ||
           try_magnitude(l, rounded(l->start, (int)bits, ceil), false);
}

static bool try_whole(void *ctx, uint64_t whole) {
    const lowering *l = ctx;
    return try_magnitude(l, (double)whole + l->fraction, false);
}

static bool try_exponent(void *ctx, uint64_t e) { /* 2^53 and up */
    return try_magnitude(ctx, scalbn(1.0, 53 + (int)e), false);
}

static void lower_special(const lowering *l) {
    static const double finite[] = {
        0, 1, 2, 0x1p10, 0x1p53, 0x1.fffffep127, 0x1.fffffffffffffp1023};
    for (size_t k = 0; k < sizeof finite / sizeof *finite && !isfinite(magnitude(l)); k++)
        if (!try_magnitude(l, finite[k], true)) try_magnitude(l, finite[k], false);
    if (isnan(magnitude(l)))
        if (!try_magnitude(l, INFINITY, true)) try_magnitude(l, -INFINITY, false);
}

static void lower_fraction(lowering *l) {
    l->start = magnitude(l);
    int bits = lp_order_fraction_bits(l->start);
    if (!bits) return;
    for (uint64_t few = 0; few < 4 && few < (uint64_t)bits; few++)
        if (try_bits(l, few)) return;
    lp_shrink_least((uint64_t)bits, try_bits, l);
}

/* From 2^53 on: the least exponent, and there the fewest significant bits. */
static void lower_large(lowering *l) {
    double x = magnitude(l);
    if (lp_shrink_least((uint64_t)(ilogb(x) - 53) + 1, try_exponent, l) == 0) return;
    x = magnitude(l);
    for (int bits = 0; bits < 52 && x == magnitude(l); bits++) {
        double unit = scalbn(1.0, ilogb(x) - bits);
        if (!try_magnitude(l, floor(x / unit) * unit, false))
            try_magnitude(l, ceil(x / unit) * unit, false);
    }
}

static void lower_whole(lowering *l) {
    if (magnitude(l) > 0x1p53) lower_large(l);
    double x = magnitude(l), whole = floor(x);
    if (x > 0x1p53) return;
    l->fraction = x - whole;
    uint64_t t = lp_shrink_least((uint64_t)whole, try_whole, l);
    for (uint64_t step = 1; step <= 2 && step < t; step++) /* predicates are seldom monotone */
        try_whole(l, t - step);
}

void lp_lower_floats(lp_shrinker *s, const int *at, int n) {
    if (!is_double_at(s, at[0])) return;
    lowering l = {.s = s, .at = at, .n = n};
    if (!isfinite(magnitude(&l))) lower_special(&l);
    double x = magnitude(&l);
    try_magnitude(&l, x, true);
    if (!isfinite(x)) return;
    lower_fraction(&l);
    if (isfinite(magnitude(&l))) lower_whole(&l);
}

void lp_pass_floats(lp_shrinker *s) {
    for (int i = 0; i < s->count && !lp_shrink_spent(s); i++) lp_lower_floats(s, &i, 1);
}
