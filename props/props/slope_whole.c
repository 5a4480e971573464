/* Third derivatives of the losses that are one mean over rows, along d in [-1, 1]^m, m the numbers
 * of the array that moves. A row's logits move by w, and its third cumulant under its shares is
 * |k3| <= 16 (1 - p_i) for w in [-1, 1] and any class i (slope_shares.c), and for w within a range
 * R at most R^3 / (6 sqrt 3), the most that a third central moment can be, whatever the shares. */
#include "props/props/slope_whole.h"

#include <float.h>
#include <math.h>

#define THIRD_MOMENT 0.09623 /* 1 / (6 sqrt 3) = 0.096225... */

bool lp_slope_whole(lp_op op) {
    return op == LP_OP_INFO_NCE || op == LP_OP_LINEAR_XENT;
}

static bool all_finite(const lp_case *c, lp_in role) {
    for (int64_t i = 0; i < lp_case_in_len(c, role); i++)
        if (!isfinite(c->in[role][i])) return false;
    return lp_case_in_len(c, role) > 0;
}

/* --- info_nce: M rows, or rows and columns -----------------------------------------------------
 */

bool lp_slope_contrast_row(const lp_case *c, int64_t row) {
    (void)row;
    return all_finite(c, LP_IN_SIM);
}

double lp_slope_contrast_step(const lp_case *c, int64_t row, int64_t j) {
    (void)row, (void)j;
    return ldexp(1, ilogb(lp_case_param(c, LP_PARAM_TEMPERATURE)) - 26);
}

/* f''' = sum k3 / (M T^3). One entry moves one row, or a row and a column: |k3| <= p (1 - p), and
 * |g| is the sum of p, or on the diagonal of 1 - p, over M T. A direction: 16 (1 - p_ii) each, and
 * the sums of 1 - p_ii over M T are the diagonal's |g|. */
double lp_slope_contrast_truncation(const lp_eval *e, int64_t row, const double *way, double t) {
    int64_t n = e->kase->n, moved = 0, at = 0;
    double step = t / lp_case_param(e->kase, LP_PARAM_TEMPERATURE), sum = 0;
    (void)row;
    for (int64_t j = 0; j < n * n; j++)
        if (way[j] != 0) {
            moved++;
            at = j;
        }
    for (int64_t i = 0; i < n; i++) sum += lp_slope_size(e, LP_OUT_GRAD, i * n + i);
    double third = moved == 1 ? lp_slope_size(e, LP_OUT_GRAD, at) : 16 * sum;
    return lp_slope_bound(step * step / 6 * third);
}

/* --- linear_xent --------------------------------------------------------------------------------
 */

bool lp_slope_linear_row(const lp_case *c, int64_t row) {
    (void)row;
    for (int64_t i = 0; i < c->n; i++)
        if (c->label[i] < 0 || c->label[i] >= c->k) return false;
    return all_finite(c, LP_IN_X) && all_finite(c, LP_IN_W) && all_finite(c, LP_IN_B);
}

/* 2^-26 of what moves a logit by 1, where nothing overflows. */
static double step_for(double most) {
    return most > 0x1p-300 && most < 0x1p300 ? ldexp(1, -26 - ilogb(most)) : 0;
}
static double most_in_column(const lp_case *c, lp_in role, int64_t d) {
    double most = 0;
    for (int64_t i = d; i < lp_case_in_len(c, role); i += c->d)
        most = fmax(most, fabs(c->in[role][i]));
    return most;
}
double lp_slope_bias_step(const lp_case *c, int64_t row, int64_t j) {
    (void)c, (void)row, (void)j;
    return 0x1p-26;
}
double lp_slope_weight_step(const lp_case *c, int64_t row, int64_t j) {
    (void)row;
    return step_for(most_in_column(c, LP_IN_X, j % c->d));
}
double lp_slope_feature_step(const lp_case *c, int64_t row, int64_t j) {
    (void)row;
    return step_for(most_in_column(c, LP_IN_W, j % c->d));
}

/* How the logit of class j moves in row i, to a little of *size. */
static double moves(double *size, const lp_case *c, lp_in moved, const double *way, int64_t i,
                    int64_t j) {
    double sum = 0;
    *size = 0;
    if (moved == LP_IN_B) return way[j];
    for (int64_t d = 0; d < c->d; d++) {
        double term = moved == LP_IN_W ? way[j * c->d + d] * c->in[LP_IN_X][i * c->d + d]
                                       : way[i * c->d + d] * c->in[LP_IN_W][j * c->d + d];
        sum += term;
        *size += fabs(term);
    }
    return sum;
}

static double linear(const lp_eval *e, lp_in moved, const double *way, double t) {
    const lp_case *c = e->kase;
    double sum = 0;
    for (int64_t i = 0; i < c->n; i++) {
        double low = INFINITY, high = -INFINITY, most = 0, size;
        for (int64_t j = 0; j < c->k; j++) {
            double w = moves(&size, c, moved, way, i, j);
            low = fmin(low, w);
            high = fmax(high, w);
            most = fmax(most, size);
        }
        double range = high - low + 0x1p-40 * most;
        sum += range * range * range;
    }
    return lp_slope_bound(t * t / 6 * (THIRD_MOMENT * sum / (double)c->n));
}
double lp_slope_bias_truncation(const lp_eval *e, int64_t row, const double *way, double t) {
    (void)row;
    return linear(e, LP_IN_B, way, t);
}
double lp_slope_weight_truncation(const lp_eval *e, int64_t row, const double *way, double t) {
    (void)row;
    return linear(e, LP_IN_W, way, t);
}
double lp_slope_feature_truncation(const lp_eval *e, int64_t row, const double *way, double t) {
    (void)row;
    return linear(e, LP_IN_X, way, t);
}
