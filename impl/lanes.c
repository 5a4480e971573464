#include "impl/lanes.h"
#include "impl/log_dd.h"

#include <math.h>

#define EACH(q) for (int q = 0; q < LP_LANES; q++)

/* exp(x) as a plain double-double, |x| <= 600. */
LP_INLINE lp_dd exp_plain(lp_dd x) {
    lp_exp_value v = lp_exp_dd(x);
    double scale = lp_pow2(v.e);
    return (lp_dd){v.m.hi * scale, v.m.lo * scale};
}

typedef struct lanes_dd {
    double hi[LP_LANES], lo[LP_LANES];
} lanes_dd;

/* A block of rows, one a lane; entry j of lane q is x[j][q]. */
typedef struct block {
    double z[LP_SHORT_K][LP_LANES];
    lanes_dd e[LP_SHORT_K];                /* exp(z_j - m), 0 at the label */
    double label[LP_LANES], own[LP_LANES]; /* index and logit of the label */
    double m[LP_LANES], low[LP_LANES];     /* largest but the label's; least of all */
    lanes_dd sum, factor;                  /* as in row.c */
    double loss[LP_LANES], rest[LP_LANES];
} block;

/* Lanes beyond the last row repeat it. */
static void gather(block *b, lp_loss_in logits, const int64_t *label, int64_t rows, int64_t k) {
    EACH(q) {
        int64_t i = q < rows ? q : rows - 1;
        const double *z = logits.data + i * logits.stride;
        b->label[q] = (double)label[i];
        b->own[q] = z[label[i]];
        for (int64_t j = 0; j < k; j++) b->z[j][q] = z[j];
    }
}

static void find_extremes(block *b, int64_t k) {
    double m[LP_LANES], low[LP_LANES];
    EACH(q) m[q] = -INFINITY, low[q] = b->own[q];
    for (int64_t j = 0; j < k; j++) EACH(q) {
            double z = b->z[j][q], other = b->label[q] == (double)j ? -INFINITY : z;
            m[q] = other > m[q] ? other : m[q];
            low[q] = z > low[q] || low[q] != low[q] ? low[q] : z; /* a NaN stays */
        }
    memcpy(b->m, m, sizeof m);
    memcpy(b->low, low, sizeof low);
}

/* Tame: the largest and the least logit within 600, so that every e_j, s and p_j is above 2^-876
 * and every difference exact, and none beyond 2^1000. Written so that NaN and infinities are not.
 * Other rows are emptied: tables are indexed by what comes out of the arithmetic. */
static void find_tame(bool tame[LP_LANES], block *b, int64_t k) {
    EACH(q) {
        double top = b->m[q] > b->own[q] ? b->m[q] : b->own[q];
        tame[q] = top - b->low[q] <= 600 && fabs(top) <= 0x1p1000;
        if (tame[q]) continue;
        for (int64_t j = 0; j < k; j++) b->z[j][q] = 0;
        b->own[q] = b->m[q] = 0;
    }
}

/* As sum_exp in kernel.c; every term is above 2^-867. */
static void add_up(block *b, int64_t k) {
    double m[LP_LANES], label[LP_LANES], sum[LP_LANES], err[LP_LANES];
    memcpy(m, b->m, sizeof m);
    memcpy(label, b->label, sizeof label);
    EACH(q) sum[q] = 2, err[q] = 0;
    for (int64_t j = 0; j < k; j++) {
        double z[LP_LANES], hi[LP_LANES], lo[LP_LANES];
        memcpy(z, b->z[j], sizeof z);
        EACH(q) {
            double take = label[q] == (double)j ? 0 : 1, x = label[q] == (double)j ? m[q] : z[q];
            lp_dd e = exp_plain(lp_two_diff(x, m[q]));
            hi[q] = e.hi * take;
            lo[q] = e.lo * take;
            double next = sum[q] + hi[q];
            err[q] += (hi[q] - (next - sum[q])) + lo[q];
            sum[q] = next;
        }
        memcpy(b->e[j].hi, hi, sizeof hi);
        memcpy(b->e[j].lo, lo, sizeof lo);
    }
    EACH(q) {
        lp_dd s = lp_fast_two_sum(sum[q] - 2, err[q]);
        b->sum.hi[q] = s.hi;
        b->sum.lo[q] = s.lo;
    }
}

/* lp_row_split without branches. */
static void split(block *b) {
    EACH(q) {
        lp_dd sum = {b->sum.hi[q], b->sum.lo[q]}, d = lp_two_diff(b->m[q], b->own[q]);
        double sign = d.hi > 0 ? -1 : 1, above = d.hi > 0 ? 1 : 0;
        lp_dd e = exp_plain((lp_dd){sign * d.hi, sign * d.lo});
        lp_dd product = lp_dd_mul(e, sum), plus = lp_dd_add(lp_dd_add_d(sum, -1), e);
        lp_dd s = {d.hi > 0 ? plus.hi : product.hi, d.hi > 0 ? plus.lo : product.lo};
        lp_dd part = {d.hi > 0 ? 1 : e.hi, d.hi > 0 ? 0 : e.lo};
        lp_dd factor = lp_dd_div(part, lp_dd_add((lp_dd){1, 0}, s));
        b->factor.hi[q] = factor.hi;
        b->factor.lo[q] = factor.lo;
        b->loss[q] = lp_dd_add((lp_dd){above * d.hi, above * d.lo}, lp_log1p_dd(s)).hi;
        b->rest[q] = lp_dd_mul(sum, factor).hi;
    }
}

/* p_j over e_j's place. */
static void scale(block *b, int64_t k) {
    lanes_dd factor = b->factor;
    for (int64_t j = 0; j < k; j++) {
        lanes_dd e = b->e[j];
        EACH(q) {
            lp_dd f = {factor.hi[q], factor.lo[q]};
            e.hi[q] = lp_dd_mul((lp_dd){e.hi[q], e.lo[q]}, f).hi;
        }
        memcpy(b->e[j].hi, e.hi, sizeof e.hi);
    }
}

void lp_short_softmax_xent(bool tame[LP_LANES], double *loss, lp_loss_out grad, lp_loss_in logits,
                           const int64_t *label, int64_t rows, int64_t k) {
    block b;
    gather(&b, logits, label, rows, k);
    find_extremes(&b, k);
    find_tame(tame, &b, k);
    add_up(&b, k);
    split(&b);
    if (grad.data) scale(&b, k);
    for (int64_t i = 0; i < rows; i++) {
        if (!tame[i]) continue;
        if (loss) loss[i] = b.loss[i];
        if (!grad.data) continue;
        double *g = grad.data + i * grad.stride;
        for (int64_t j = 0; j < k; j++) g[j] = b.e[j].hi[i];
        g[label[i]] = -b.rest[i];
    }
}

/* evaluate in bce_logits.c without branches. Tame: |z| <= 600 and y = 0 or y >= 2^-300 (then |z| y
 * is a product without underflow). */
void lp_lanes_bce(bool tame[LP_LANES], double loss[LP_LANES], double grad[LP_LANES],
                  const double z[LP_LANES], const double y[LP_LANES]) {
    EACH(q) {
        double a = fabs(z[q]) <= 600 ? fabs(z[q]) : 0, sign = z[q] >= 0 ? 1 : -1;
        lp_dd up = lp_two_diff(1, y[q]), w = exp_plain((lp_dd){-a, 0});
        lp_dd far = {sign > 0 ? up.hi : y[q], sign > 0 ? up.lo : 0};
        lp_dd v = lp_dd_div(w, lp_dd_add((lp_dd){1, 0}, w));
        lp_dd g = lp_dd_add(far, lp_dd_neg(v));
        loss[q] = lp_dd_add(lp_log1p_dd(w), lp_dd_mul_d(far, a)).hi;
        grad[q] = g.hi == 0 ? 0 : sign * g.hi;
    }
    EACH(q) tame[q] = fabs(z[q]) <= 600 && (y[q] == 0 || y[q] >= 0x1p-300);
}
