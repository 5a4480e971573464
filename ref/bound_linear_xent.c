/* The textbook programs of linear_xent:
 *
 *   z_ij    (x_i0 * w_j0 + x_i1 * w_j1 + ...) + b_j, recursive in index order
 *   m, d_j, e_j, S, L, p_j of bound_softrow.c, m = max z_ij with the largest of the logits' errors
 *   loss    (row_0 + row_1 + ...) / M, row = L - d_c
 *   grad_x  (g_i0 * w_0d + g_i1 * w_1d + ...) / M, g_ij = p_ij - [j = c]
 *   grad_w  (g_0j * x_0d + g_1j * x_1d + ...) / M, rows that are ignored left out
 *   grad_b  (g_0j + g_1j + ...) / M
 *
 * A division by M = 1 is absent, and so are terms at an infinite factor, beside which g is 0. With
 * logits that have errors the rules alone would leave nothing of a row whose logits are beyond 1/u;
 * but as computed d_j <= 0 and the largest is 0, hence e_j and p_j lie in [0, 1] and L in [0, ln K]
 * whatever the logits: their errors count as at most 1, 1 and ln K (bound_softrow.c). */
#include "ref/linear_xent.h"

#include <math.h>

/* n[0], n[1] bounds of a b, n[2] = its error, a exact and b within [lo, hi] with the error e. */
static void product(mpfr_t *n, lp_bound_unit *unit, double a, const mpfr_t lo, const mpfr_t hi,
                    const mpfr_t e) {
    mpfr_mul_d(n[0], a < 0 ? hi : lo, a, MPFR_RNDD);
    mpfr_mul_d(n[1], a < 0 ? lo : hi, a, MPFR_RNDU);
    mpfr_mul_d(n[2], e, fabs(a), MPFR_RNDU);
    lp_bound_round(n[2], unit, mpfr_cmpabs(n[0], n[1]) > 0 ? n[0] : n[1]);
}

/* Error of z_ij, a number. */
static void bound_logit(mpfr_t err, lp_scope *s, int64_t i, int64_t j) {
    const lp_case *c = s->c;
    mpfr_t *n = s->unit.n;
    lp_bound_sum sum;
    lp_bound_sum_init(&sum);
    mpfr_set_zero(n[3], 1);
    for (int64_t d = 0; d <= c->d; d++) {
        mpfr_set_d(n[0], d < c->d ? c->in[LP_IN_W][j * c->d + d] : c->in[LP_IN_B][j], MPFR_RNDN);
        mpfr_set(n[1], n[0], MPFR_RNDN);
        mpfr_set_zero(n[2], 1);
        if (d < c->d) {
            mpfr_set(n[4], n[0], MPFR_RNDN);
            product(n, &s->unit, c->in[LP_IN_X][i * c->d + d], n[4], n[4], n[3]);
        }
        lp_bound_sum_add(&sum, &s->unit, n[0], n[1], n[2]);
    }
    mpfr_set(err, sum.err, MPFR_RNDU);
    lp_bound_sum_clear(&sum);
}

static void bound_logits(lp_scope *s, lp_row *row) {
    if (row->bound.done) return;
    for (int64_t i = 0; i < row->parts; i++) {
        if (!lp_stack_counts(s, i) || lp_stack_nan(row, i)) continue;
        lp_row_bound *b = &row->part[i].bound;
        mpfr_set_zero(b->err[LP_SOFT_B_MAX], 1);
        lp_vec_shape(&b->logit, s->c->k, LP_BOUND_PREC);
        for (int64_t j = 0; j < s->c->k; j++) {
            if (lp_stack_absent(s, row, i, j) || row->part[i].limited) continue;
            bound_logit(b->logit.at[j], s, i, j);
            mpfr_max(b->err[LP_SOFT_B_MAX], b->err[LP_SOFT_B_MAX], b->logit.at[j], MPFR_RNDU);
        }
    }
}

/* sum += (p_ij - [j = c]) factor; false: void. */
static bool add_term(lp_bound_sum *sum, lp_scope *s, lp_row *row, int64_t i, int64_t j,
                     double factor) {
    mpfr_t *n = s->unit.n;
    MPFR_DECL_INIT(err, LP_BOUND_PREC);
    lp_iv slope;
    if (!isfinite(factor)) return true;
    lp_iv_init(&slope, LP_BOUND_PREC);
    bool sound = lp_stack_bound_slope(err, &slope, s, row, i, j);
    product(n, &s->unit, factor, slope.lo, slope.hi, err);
    lp_bound_sum_add(sum, &s->unit, n[0], n[1], n[2]);
    lp_iv_clear(&slope);
    return sound;
}

/* The same without a factor. */
static bool add_slope(lp_bound_sum *sum, lp_scope *s, lp_row *row, int64_t i, int64_t j) {
    MPFR_DECL_INIT(err, LP_BOUND_PREC);
    lp_iv slope;
    lp_iv_init(&slope, LP_BOUND_PREC);
    bool sound = lp_stack_bound_slope(err, &slope, s, row, i, j);
    lp_bound_sum_add(sum, &s->unit, slope.lo, slope.hi, err);
    lp_iv_clear(&slope);
    return sound;
}

static bool sum_over_classes(lp_bound_sum *sum, lp_scope *s, lp_row *row, int64_t i, int64_t d) {
    bool sound = true;
    for (int64_t j = 0; j < s->c->k; j++)
        sound = add_term(sum, s, row, i, j, s->c->in[LP_IN_W][j * s->c->d + d]) && sound;
    return sound;
}

static bool sum_over_rows(lp_bound_sum *sum, lp_scope *s, lp_row *row, int64_t j, int64_t d) {
    bool sound = true;
    for (int64_t i = 0; i < s->c->n; i++) {
        if (!lp_stack_counts(s, i)) continue;
        sound = (d < 0 ? add_slope(sum, s, row, i, j)
                       : add_term(sum, s, row, i, j, s->c->in[LP_IN_X][i * s->c->d + d])) &&
                sound;
    }
    return sound;
}

bool lp_bound_linear_xent(mpfr_t err, lp_scope *s, lp_row *row, lp_out out, int64_t at,
                          const lp_enclosure *x) {
    int64_t d = s->c->d;
    lp_bound_sum sum;
    mpfr_set_zero(err, 1);
    if (row->count == 0 || (out == LP_OUT_GRAD_X && !lp_stack_counts(s, at / d))) return true;
    bound_logits(s, row);
    lp_stack_bound_rows(s, row);
    if (out == LP_OUT_LOSS) return lp_stack_bound_loss(err, s, row, x);
    lp_bound_sum_init(&sum);
    bool sound = out == LP_OUT_GRAD_X   ? sum_over_classes(&sum, s, row, at / d, at % d)
                 : out == LP_OUT_GRAD_W ? sum_over_rows(&sum, s, row, at / d, at % d)
                                        : sum_over_rows(&sum, s, row, at, -1);
    mpfr_set(err, sum.err, MPFR_RNDU);
    lp_bound_sum_clear(&sum);
    MPFR_DECL_INIT(mean, LP_BOUND_PREC);
    lp_enclosure_magnitude(mean, x);
    return sound && lp_stack_bound_mean(err, s, mean, row->count);
}
