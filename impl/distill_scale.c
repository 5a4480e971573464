#include "impl/bounds.h"
#include "impl/distill_power.h"
#include "impl/tested.h"

#include <math.h>

enum { LANES = LP_DISTILL_LANES, PIECE = LP_DISTILL_PIECE };
#define EACH LP_EACH_CLASS

typedef struct triple {
    lp_dd p, s, t;
} triple;
LP_INLINE double size_of(double x) {
    return x < 0 ? -x : x;
}
/* A share is good to E_EXP 2^-80.4, its factor 2^-79.5 and lp_weighed's 2^-81.1; their sum's low
 * parts, 2^-30 of a share each, are rounded five times with the test's: 5 2^-83 = 2^-80.7. In all
 * 2^-78.3 of the sizes' sum, and LP_EPS_SOFT = 2^-78 is tested. Below 2^-900 what products lose
 * under 2^-1074 may count. */
LP_INLINE double scaled(triple e, const lp_distill_factors *f, bool hard, bool soft) {
    lp_dd sum = {0, 0};
    double size = 0;
    if (hard) {
        sum = lp_weighed(e.p, f->p);
        size = size_of(sum.hi);
    }
    if (soft) {
        lp_dd s = lp_weighed(e.s, f->s), t = lp_weighed(e.t, f->t), both = lp_two_sum(s.hi, t.hi);
        size += size_of(s.hi) + size_of(t.hi);
        both.lo += s.lo + t.lo;
        if (hard) {
            lp_dd all = lp_two_sum(sum.hi, both.hi);
            both = (lp_dd){all.hi, all.lo + (sum.lo + both.lo)};
        }
        sum = both;
    }
    double width = size * LP_EPS_SOFT;
    double above = sum.hi + (sum.lo + width), below = sum.hi + (sum.lo - width);
    int sure = (above == below) & ((above >= 0x1p-900) | (above <= -0x1p-900));
    return sure ? above : (double)NAN;
}
/* A power's 5.3 u, its factor's 2^-50.1 = 7.5 u, a product, two additions and the test's: 16.8 u.
 */
#define EPS_SINGLE 0x1.4p-49 /* 20 u */
LP_INLINE float scaled_single(triple e, const lp_distill_factors *f, bool hard, bool soft) {
    double p = hard ? e.p.hi * f->p.hi : 0, s = soft ? e.s.hi * f->s.hi : 0;
    double t = soft ? e.t.hi * f->t.hi : 0, sum = hard ? p + (s + t) : s + t;
    double width = (size_of(p) + size_of(s) + size_of(t)) * EPS_SINGLE;
    double high = sum + width, low = sum - width;
    float above = (float)high, below = (float)low;
    int sure = (above == below) & ((low > 0) | (high < 0));
    return sure ? above : NAN;
}
LP_INLINE lp_dd got(const lp_distill_pairs *k, int64_t at, bool single) {
    return (lp_dd){k->hi[at], single ? 0 : k->lo[at]};
}
LP_INLINE triple kept_powers(const lp_distill_kept *k, int64_t at, bool hard, bool soft,
                             bool single) {
    triple e = {{0, 0}, {0, 0}, {0, 0}};
    if (hard) e.p = got(&k->p, at, single);
    if (soft) e.s = got(&k->s, at, single);
    if (soft) e.t = got(&k->t, at, single);
    return e;
}
LP_INLINE triple new_powers(const lp_distill_block *b, int q, bool hard, bool soft, bool single) {
    triple e = {{0, 0}, {0, 0}, {0, 0}};
    if (hard) e.p = lp_distill_term(&b->p, q, single);
    if (soft) e.s = lp_distill_term(&b->s, q, single);
    if (soft) e.t = lp_distill_term(&b->t, q, single);
    return e;
}
/* Block `at` of the results, from what was kept or else from b. */
LP_INLINE void scale_block(void *out, int64_t k, const lp_distill_kept *kept,
                           const lp_distill_block *b, const lp_distill_factors *f, int64_t at,
                           bool hard, bool soft, bool single) {
    const int64_t left = k - at * LANES, count = left < LANES ? left : LANES;
    double g[LANES];
    float h[LANES];
    LP_KEEP_LOOP
    EACH(q) {
        triple e = kept ? kept_powers(kept, at * LANES + q, hard, soft, single)
                        : new_powers(b, q, hard, soft, single);
        if (single)
            h[q] = scaled_single(e, f, hard, soft);
        else
            g[q] = scaled(e, f, hard, soft);
    }
    if (single)
        memcpy((float *)out + at * LANES, h, (size_t)count * sizeof *h);
    else
        memcpy((double *)out + at * LANES, g, (size_t)count * sizeof *g);
}
LP_INLINE void scale_blocks(void *out, const lp_distill_pair *r, const lp_distill_kept *kept,
                            const lp_distill_factors *given, bool hard, bool soft, bool single) {
    const int64_t whole = r->k / LANES, blocks = (r->k + LANES - 1) / LANES, k = r->k;
    const lp_distill_factors f = *given; /* a copy that out cannot alias */
    const lp_distill_scales scale = lp_distill_scales_of(r);
    for (int64_t from = 0; from < blocks; from += PIECE) {
        const int64_t count = blocks - from < PIECE ? blocks - from : PIECE;
        lp_distill_block b[PIECE];
        for (int64_t i = 0; i < count && !kept; i++) {
            lp_distill_take(b[i].z, r->z, r->last_z, single, from + i, whole);
            lp_distill_take(b[i].y, r->y, r->last_y, single, from + i, whole);
            lp_distill_look_up(&b[i], &scale, hard, soft, single);
        }
        for (int64_t i = 0; i < count; i++)
            scale_block(out, k, kept, &b[i], &f, from + i, hard, soft, single);
    }
}
LP_INLINE void scale_row(void *out, const lp_distill_pair *r, const lp_distill_kept *kept,
                         const lp_distill_factors *f, bool single) {
    if (!r->soft)
        scale_blocks(out, r, kept, f, true, false, single);
    else if (r->hard)
        scale_blocks(out, r, kept, f, true, true, single);
    else
        scale_blocks(out, r, kept, f, false, true, single);
}
void lp_distill_scale(double *out, const lp_distill_pair *r, const lp_distill_kept *kept,
                      const lp_distill_factors *f) {
    if (kept)
        scale_row(out, r, kept, f, false);
    else
        scale_row(out, r, NULL, f, false);
}
void lp_distill_scale_single(float *out, const lp_distill_pair *r, const lp_distill_kept *kept,
                             const lp_distill_factors *f) {
    if (kept)
        scale_row(out, r, kept, f, true);
    else
        scale_row(out, r, NULL, f, true);
}

lp_distill_class lp_distill_at(const lp_distill_pair *r, int64_t j) {
    double z = r->single ? (double)((const float *)r->z)[j] : ((const double *)r->z)[j];
    double y = r->single ? (double)((const float *)r->y)[j] : ((const double *)r->y)[j];
    lp_distill_class c = {.z_top = z == r->z_top, .y_top = y == r->y_top};
    if (r->hard) c.p = lp_distill_power(lp_two_diff(z, r->z_top));
    if (!r->soft) return c;
    c.s = lp_distill_power(lp_temper_gap(z, r->z_top, r->temperature, r->inverse));
    c.t = lp_distill_power(lp_temper_gap(y, r->y_top, r->temperature, r->inverse));
    return c;
}
