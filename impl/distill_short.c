#include "impl/distill_short.h"

#include "impl/distill_sums.h"
#include "impl/log_dd.h"

#include <math.h>

enum { LANES = LP_DISTILL_LANES, PIECE = LP_DISTILL_PIECE };
#define EACH LP_EACH_CLASS

typedef struct block {
    double z[LP_DISTILL_SHORT][LANES], y[LP_DISTILL_SHORT][LANES];
} block;
/* Class j of each row. */
LP_INLINE void load(double *restrict x, const void *from, bool single, int64_t stride, int64_t j) {
    if (single)
        EACH(q) x[q] = (double)((const float *)from)[q * stride + j];
    else
        EACH(q) x[q] = ((const double *)from)[q * stride + j];
}
static lp_distill_range load_rows(double x[][LANES], const void *from, bool single, int64_t stride,
                                  int64_t k) {
    lp_distill_range r = lp_distill_range_open();
    for (int64_t j = 0; j < k; j++) {
        load(x[j], from, single, stride, j);
        lp_distill_widen(&r, x[j]);
    }
    return r;
}
/* As lp_distill_tame. */
static void find_wild(lp_distill_rows *rows, const lp_distill_range *z, const lp_distill_range *y,
                      bool hard, double temperature) {
    const double reach = LP_DISTILL_TAME * temperature;
    const double most = hard && LP_DISTILL_TAME < reach ? LP_DISTILL_TAME : reach;
    EACH(q) {
        int fits = (z->top[q] - z->low[q] + z->nan[q] <= most) &
                   (y->top[q] - y->low[q] + y->nan[q] <= reach);
        rows->wild[q] = fits ? 0 : 1;
    }
}

LP_INLINE void sum_rows(lp_distill_totals *all, lp_distill_state *a, const block *b,
                        const lp_distill_scales *scale, int64_t k, bool hard, bool soft,
                        bool single) {
    for (int64_t from = 0; from < k; from += PIECE) {
        const int64_t count = k - from < PIECE ? k - from : PIECE;
        lp_distill_block c[PIECE];
        for (int64_t i = 0; i < count; i++) {
            memcpy(c[i].z, b->z[from + i], sizeof c->z);
            memcpy(c[i].y, b->y[from + i], sizeof c->y);
            lp_distill_look_up(&c[i], scale, hard, soft, single);
        }
        for (int64_t i = 0; i < count; i++)
            lp_distill_add_block(a, NULL, 0, &c[i], scale, hard, soft, single, false);
        lp_distill_fold_all(all, a, hard, soft);
    }
}
LP_INLINE void sum_format(lp_distill_totals *all, lp_distill_state *a, const block *b,
                          const lp_distill_scales *scale, const lp_distill_pair *r, bool single) {
    if (!r->soft)
        sum_rows(all, a, b, scale, r->k, true, false, single);
    else if (r->hard)
        sum_rows(all, a, b, scale, r->k, true, true, single);
    else
        sum_rows(all, a, b, scale, r->k, false, true, single);
}
/* log(n + B); of rows that are not tame, some number. */
static void take_logs(lp_distill_lane_sums *restrict to, const lp_distill_lane_mass *restrict m,
                      const lp_distill_part *restrict below, const double *restrict wild) {
    EACH(q) {
        const int in = wild[q] == 0;
        lp_dd b = {in ? below->sum[q] : 1, in ? below->lost[q] : 0};
        lp_dd log = lp_log1p_dd(lp_dd_add_d(b, in ? m->ties[q] - 1 : 0));
        to->ties[q] = m->ties[q];
        to->hi[q] = b.hi;
        to->lo[q] = b.lo;
        to->log_hi[q] = log.hi;
        to->log_lo[q] = log.lo;
    }
}
void lp_distill_rows_set(lp_distill_rows *rows, const lp_distill_pair *r, int64_t z_stride,
                         int64_t y_stride) {
    block b;
    lp_distill_state a = {.size = {0}};
    lp_distill_totals all = {.lag = {{0}, {0}}};
    lp_distill_scales scale = lp_distill_scales_of(r);
    const lp_distill_range z = load_rows(b.z, r->z, r->single, z_stride, r->k);
    const lp_distill_range y = load_rows(b.y, r->y, r->single, y_stride, r->k);
    find_wild(rows, &z, &y, r->hard, r->temperature);
    EACH(q) rows->z_top[q] = scale.z_top[q] = z.top[q];
    EACH(q) rows->y_top[q] = scale.y_top[q] = y.top[q];
    if (r->single)
        sum_format(&all, &a, &b, &scale, r, true);
    else
        sum_format(&all, &a, &b, &scale, r, false);
    if (r->hard) take_logs(&rows->p, &a.p, &all.p, rows->wild);
    if (!r->soft) return;
    take_logs(&rows->s, &a.s, &all.s, rows->wild);
    take_logs(&rows->t, &a.t, &all.t, rows->wild);
    memcpy(rows->lag_hi, all.lag.sum, sizeof rows->lag_hi);
    memcpy(rows->lag_lo, all.lag.lost, sizeof rows->lag_lo);
    memcpy(rows->size, a.size, sizeof rows->size);
}

static lp_distill_mass lane(const lp_distill_lane_sums *s, int64_t q) {
    return (lp_distill_mass){s->ties[q], {s->hi[q], s->lo[q]}, {s->log_hi[q], s->log_lo[q]}};
}
bool lp_distill_rows_get(lp_distill_sums *sums, lp_distill_pair *r, const lp_distill_rows *rows,
                         int64_t q) {
    if (rows->wild[q] != 0) return false;
    lp_distill_tops(r, rows->z_top[q], rows->y_top[q]);
    sums->logs = true;
    if (r->hard) sums->p = lane(&rows->p, q);
    if (!r->soft) return true;
    sums->s = lane(&rows->s, q);
    sums->t = lane(&rows->t, q);
    sums->lag = (lp_dd){rows->lag_hi[q], rows->lag_lo[q]};
    sums->size = rows->size[q];
    return true;
}
