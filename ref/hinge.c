/* hinge and hinge_multi, on the margins m_j = 1 + z_j - z_c, for the binary form m = 1 - y z:
 *
 *   binary           max(0, m)                        -y where m > 0
 *   pairwise         sum over j /= c of max(0, m_j)   1 at every j with m_j > 0, at c -(how many)
 *   crammer_singer   max(0, largest m_j)              1 at the largest if it is > 0, -1 at c
 *
 * Piecewise linear in dyadic numbers: every answer is a dyadic number, found exactly and whole at
 * the first precision; nothing is ever refined and every question is decided.
 *
 * At a kink, a margin that is exactly 0 or a largest one that is tied, the gradient is any convex
 * combination of the neighbours' gradients (section 1). Component by component that is a segment,
 * and together with the sum over the row, which is 0 for every subgradient, the segments say it
 * all: pairwise g_j = lambda_j in [0, 1] at the kinks and g_c = -(sum of the others); for
 * crammer_singer lambda >= 0 on the tied classes with sum 1, or at most 1 where the margin itself
 * is 0, g_c = -(sum). The sum is property grad_sum's. The member that stands for the set where one
 * is asked for takes the kink as inactive and the first of the tied.
 *
 * Section 2: z_c = -inf or z_j = +inf makes a margin of +inf, a loss of +inf and the gradient of an
 * active term; infinities alike make NaN. In crammer_singer only the largest z_j meets z_c. */
#include "ref/family.h"

#include "ref/dyadic.h"

#include <math.h>

/* row->nature */
enum { NUMBER, INFINITE, ROW_NAN };
/* row->x: the loss where it is finite */
enum { LOSS };
/* row->count: active terms, row->ties: those at a kink, or tied for the largest; row->top: the
 * first of the largest others, -1 where every other class is a term of its own. */

static bool is_binary(const lp_scope *s) {
    return s->c->op == LP_OP_HINGE;
}

static const double *logits(const lp_scope *s, const lp_row *row) {
    return s->c->in[LP_IN_LOGITS] + row->at * s->c->k;
}

static int64_t label(const lp_scope *s, const lp_row *row) {
    return s->c->label[row->at];
}

/* The margin exactly, in r, where it is finite; its sign either way, 2: NaN. */
static int margin(mpfr_t r, const lp_scope *s, const lp_row *row, int64_t j) {
    const double *z = logits(s, row);
    double over = is_binary(s) ? -(double)label(s, row) * z[0] : z[j];
    double own = is_binary(s) ? 0 : z[label(s, row)];
    MPFR_DECL_INIT(one, 8);
    if (isinf(over) || isinf(own)) return over == own ? 2 : over > own ? 1 : -1;
    mpfr_set_ui(one, 1, MPFR_RNDZ);
    lp_dyadic_diff(r, over, own);
    lp_dyadic_add(r, r, one);
    return mpfr_sgn(r);
}

/* The class is a term of the loss by itself. */
static bool is_term(const lp_scope *s, const lp_row *row, int64_t j) {
    if (is_binary(s)) return true;
    return j != label(s, row) && (row->top < 0 || j == row->top);
}

static bool is_infinite(const lp_scope *s, const lp_row *row, int64_t j) {
    const double *z = logits(s, row);
    return isinf(z[j]) || (!is_binary(s) && isinf(z[label(s, row)]));
}

/* The first of the largest of the other classes, and how many equal it. */
static void find_rival(const lp_scope *s, lp_row *row) {
    const double *z = logits(s, row);
    row->top = row->ties = 0;
    if (row->top == label(s, row)) row->top++;
    for (int64_t j = 0; j < s->c->k; j++) {
        if (j == label(s, row)) continue;
        if (z[j] > z[row->top]) {
            row->top = j;
            row->ties = 0;
        }
        row->ties += z[j] == z[row->top];
    }
}

static void open_row(lp_scope *s, lp_row *row) {
    const double *z = logits(s, row);
    row->nature = NUMBER;
    row->top = -1;
    row->count = row->ties = 0;
    mpfr_set_zero(row->x[LOSS], 1);
    for (int64_t j = 0; j < s->c->k; j++)
        if (isnan(z[j])) row->nature = ROW_NAN;
    if (row->nature == ROW_NAN) return;
    bool largest = lp_case_param(s->c, LP_PARAM_FORM) == 1 && s->c->k > 1;
    if (largest) find_rival(s, row);
    for (int64_t j = 0; j < s->c->k; j++) {
        if (!is_term(s, row, j)) continue;
        int sign = margin(s->work[0], s, row, j);
        if (sign == 2) row->nature = ROW_NAN;
        if (row->nature == ROW_NAN) return;
        row->count += sign > 0;
        row->ties += !largest && sign == 0;
        if (sign <= 0) continue;
        if (is_infinite(s, row, j)) row->nature = INFINITE;
        if (row->nature == NUMBER) lp_dyadic_add(row->x[LOSS], row->x[LOSS], s->work[0]);
    }
}

static lp_kind kind(const lp_scope *s, const lp_row *row, lp_out out, int64_t j) {
    (void)s, (void)j;
    if (row->nature == ROW_NAN) return LP_KIND_NAN;
    return out == LP_OUT_LOSS && row->nature == INFINITE ? LP_KIND_PINF : LP_KIND_NUMBER;
}

static void evaluate(lp_scope *s, lp_row *row) {
    (void)s, (void)row; /* exact already */
}

/* The gradient's component lies in [end[0], end[1]]; `member` is the one that stands for it. */
static int64_t slope(int64_t end[2], lp_scope *s, const lp_row *row, int64_t j) {
    const double *z = logits(s, row);
    int64_t member, kink = 0; /* how far from it the segment goes, away from 0 */
    int side = 1;
    if (is_binary(s)) {
        side = label(s, row) > 0 ? -1 : 1;
        member = side * row->count;
        kink = row->ties;
    } else if (j == label(s, row)) {
        side = -1;
        member = -row->count;
        kink = row->top < 0 ? row->ties : s->c->k > 1 && margin(s->work[0], s, row, row->top) == 0;
    } else if (row->top < 0) {
        int sign = margin(s->work[0], s, row, j);
        member = sign > 0;
        kink = sign == 0;
    } else {
        int sign = z[j] == z[row->top] ? margin(s->work[0], s, row, row->top) : -1;
        bool tied = sign >= 0 && row->ties > 1;
        member = sign > 0 && j == row->top;
        end[0] = tied ? 0 : member;
        end[1] = tied || sign == 0 ? 1 : member;
        return member;
    }
    end[0] = side > 0 ? member : member - kink;
    end[1] = side > 0 ? member + kink : member;
    return member;
}

static bool segment(lp_scope *s, lp_row *row, lp_out out, int64_t j, int64_t end[2]) {
    if (out == LP_OUT_LOSS || row->nature == ROW_NAN) return false;
    slope(end, s, row, j);
    return end[0] < end[1];
}

static void enclose(lp_enclosure *x, lp_scope *s, lp_row *row, lp_out out, int64_t j) {
    int64_t end[2];
    x->whole = true;
    if (out == LP_OUT_LOSS)
        lp_dyadic_copy(x->a, row->x[LOSS]);
    else
        lp_dyadic_set_int(x->a, s->member ? *s->member : slope(end, s, row, j));
}

/* ---- the textbook program: m_j = (z_j - z_c) + 1, the shift first; binary 1 - y z ---- */

/* Error of m_j; the margin itself stays in s->work[0]. */
static void bound_margin(mpfr_t err, lp_scope *s, const lp_row *row, int64_t j) {
    const double *z = logits(s, row);
    mpfr_t *n = s->unit.n;
    mpfr_set_zero(err, 1);
    if (!is_binary(s)) {
        lp_dyadic_diff(s->work[1], z[j], z[label(s, row)]);
        mpfr_abs(n[0], s->work[1], MPFR_RNDU);
        lp_bound_round(err, &s->unit, n[0]);
    }
    margin(s->work[0], s, row, j);
    mpfr_abs(n[0], s->work[0], MPFR_RNDU);
    lp_bound_round(err, &s->unit, n[0]);
}

/* max(0, m): exact, and at most as wrong as m; 0 for certain where m + err is below it. */
static void bound_loss(mpfr_t err, lp_scope *s, const lp_row *row) {
    mpfr_t *n = s->unit.n;
    lp_bound_sum sum;
    lp_bound_sum_init(&sum);
    for (int64_t j = 0; j < s->c->k; j++) {
        if (!is_term(s, row, j)) continue;
        mpfr_set_zero(n[1], 1);
        mpfr_set_zero(n[2], 1);
        mpfr_set_zero(n[3], 1);
        if (!is_infinite(s, row, j)) { /* else the margin is -inf: row->nature is NUMBER */
            bound_margin(n[3], s, row, j);
            mpfr_add(n[4], s->work[0], n[3], MPFR_RNDU);
            if (mpfr_sgn(n[4]) <= 0) mpfr_set_zero(n[3], 1);
            mpfr_set(n[1], s->work[0], MPFR_RNDD);
            mpfr_set(n[2], s->work[0], MPFR_RNDU);
            if (mpfr_sgn(s->work[0]) < 0) {
                mpfr_set_zero(n[1], 1);
                mpfr_set_zero(n[2], 1);
            }
        }
        lp_bound_sum_add(&sum, &s->unit, n[1], n[2], n[3]);
    }
    mpfr_set(err, sum.err, MPFR_RNDU);
    lp_bound_sum_clear(&sum);
}

/* The program may see the other side of a kink: m is not 0 and not surely beyond its error. A
 * margin of exactly 0 is z_j - z_c = -1, which no step of it rounds. */
static bool may_flip(lp_scope *s, const lp_row *row, int64_t j) {
    mpfr_t *n = s->unit.n;
    if (is_binary(s) || is_infinite(s, row, j)) return false;
    bound_margin(n[1], s, row, j);
    return mpfr_sgn(s->work[0]) != 0 && mpfr_cmpabs(s->work[0], n[1]) <= 0;
}

/* Ones and their count, which no step rounds; each term that may flip is off by 1. */
static void bound_slope(mpfr_t err, lp_scope *s, const lp_row *row, int64_t j) {
    int64_t flips = 0;
    if (is_binary(s)) {
        flips = 0;
    } else if (j == label(s, row)) {
        for (int64_t i = 0; i < s->c->k; i++) flips += is_term(s, row, i) && may_flip(s, row, i);
    } else if (row->top < 0) {
        flips = may_flip(s, row, j);
    } else {
        flips = logits(s, row)[j] == logits(s, row)[row->top] && may_flip(s, row, row->top);
    }
    mpfr_set_si(err, flips, MPFR_RNDU);
}

static bool bound(mpfr_t err, lp_scope *s, lp_row *row, lp_out out, int64_t j,
                  const lp_enclosure *x) {
    (void)x;
    if (out == LP_OUT_LOSS)
        bound_loss(err, s, row);
    else
        bound_slope(err, s, row, j);
    return true;
}

/* sum |z_j grad_j|; infinite logits have a gradient of 0 here or a loss that is no number. */
static long double sensitivity(lp_scope *s, lp_row *row, lp_out out, int64_t j) {
    long double sum = 0;
    int64_t end[2];
    (void)j;
    if (out != LP_OUT_LOSS) return 0;
    for (int64_t i = 0; i < s->c->k; i++) {
        double z = logits(s, row)[i];
        if (isfinite(z)) sum += fabsl((long double)z * (long double)slope(end, s, row, i));
    }
    return sum;
}

static lp_status domain(const lp_case *c) {
    for (int64_t i = 0; i < c->n; i++) {
        bool sign = c->label[i] == 1 || c->label[i] == -1;
        if (c->op == LP_OP_HINGE ? !sign : !lp_case_label_fits(c, i)) return LP_E_LABEL;
    }
    return LP_OK;
}

const lp_family lp_family_hinge = {
    .domain = domain,
    .open = open_row,
    .kind = kind,
    .evaluate = evaluate,
    .enclose = enclose,
    .segment = segment,
    .bound = bound,
    .sensitivity = sensitivity,
};
