/* The textbook program of distill, with d_j, L, p_j of bound_softrow.c for each of the three rows,
 * y_j = L - d_j of the student and v_j of the teacher at T, t_j the teacher's probabilities:
 *
 *   X     = sum_j t_j * y_j, or t_j * (y_j - v_j); recursive, the teacher's absent classes left out
 *   loss  = mix * (L - d_c) + (u * (T * T)) * X,              u = 1 - mix
 *   grad  = mix * (p_j - [j = c]) + (u * T) * (s_j - t_j)
 *
 * A coefficient of 0 drops its term, one that is 1 (mix = 1; u = 1, that is mix = 0) its product;
 * no T, no product with it. */
#include "ref/distill.h"
#include "ref/softmax_xent.h"
#include "ref/softrow.h"

#include <math.h>

/* Error of X (slot 0) and its size from above (slot 1), once a row. */
enum { B_SUM, B_SIZE };

/* t_j * y_j, or t_j * (y_j - v_j): n[1], n[2] bounds of its value, n[4] its error; false: void. */
static bool bound_term(lp_scope *s, lp_row *row, int64_t j) {
    lp_scope *of = &s->part[LP_DISTILL_T];
    lp_row *part = &row->part[LP_DISTILL_T];
    mpfr_t *n = s->unit.n, *m = of->unit.n, *y = s->part[LP_DISTILL_S].unit.n;
    lp_bound_xent_surprise(&s->part[LP_DISTILL_S], &row->part[LP_DISTILL_S], j);
    for (int i = 1; i < 4; i++) mpfr_set(n[i], y[i], i == 1 ? MPFR_RNDD : MPFR_RNDU);
    if (lp_distill_kl(s->c)) {
        lp_bound_xent_surprise(of, part, j);
        mpfr_sub(n[1], n[1], m[2], MPFR_RNDD);
        mpfr_sub(n[2], n[2], m[1], MPFR_RNDU);
        mpfr_add(n[3], n[3], m[3], MPFR_RNDU);
        lp_bound_round(n[3], &s->unit, mpfr_cmpabs(n[1], n[2]) > 0 ? n[1] : n[2]);
    }
    if (!lp_softrow_bound_p(n[4], of, part, j)) return false;
    mpfr_set(n[5], mpfr_cmpabs(n[1], n[2]) > 0 ? n[1] : n[2], MPFR_RNDA);
    lp_bound_mul(n[4], &s->unit, m[1], n[4], n[5], n[3]);
    mpfr_set(n[6], of->iv[0].lo, MPFR_RNDD); /* t_j from below, m[1] from above */
    mpfr_mul(n[1], n[1], mpfr_sgn(n[1]) < 0 ? m[1] : n[6], MPFR_RNDD);
    mpfr_mul(n[2], n[2], mpfr_sgn(n[2]) < 0 ? n[6] : m[1], MPFR_RNDU);
    lp_bound_round(n[4], &s->unit, mpfr_cmpabs(n[1], n[2]) > 0 ? n[1] : n[2]);
    return true;
}

static bool bound_divergence(lp_scope *s, lp_row *row) {
    mpfr_t *n = s->unit.n;
    bool sound = true;
    lp_bound_sum sum;
    lp_bound_sum_init(&sum);
    for (int64_t j = 0; sound && j < s->c->k; j++) {
        if (lp_distill_absent(s, row, LP_DISTILL_T, j)) continue;
        sound = bound_term(s, row, j);
        if (sound) lp_bound_sum_add(&sum, &s->unit, n[1], n[2], n[4]);
    }
    mpfr_set(row->bound.err[B_SUM], sum.err, MPFR_RNDU);
    mpfr_abs(sum.lo, sum.lo, MPFR_RNDU);
    mpfr_abs(sum.hi, sum.hi, MPFR_RNDU);
    mpfr_max(row->bound.err[B_SIZE], sum.lo, sum.hi, MPFR_RNDU);
    lp_bound_sum_clear(&sum);
    return sound;
}

/* n[6] = |u T^power|, n[7] its error. */
static void bound_coefficient(lp_scope *s, int power) {
    mpfr_t *n = s->unit.n;
    const lp_case *c = s->c;
    double t = lp_case_param(c, LP_PARAM_TEMPERATURE);
    bool tempered = lp_case_has(c, LP_PARAM_TEMPERATURE), one = lp_case_param(c, LP_PARAM_MIX) == 0;
    MPFR_DECL_INIT(square, LP_BOUND_PREC);
    MPFR_DECL_INIT(its_error, LP_BOUND_PREC);
    mpfr_div_d(n[6], s->con[LP_DISTILL_G], t, MPFR_RNDA); /* u */
    mpfr_abs(n[6], n[6], MPFR_RNDU);
    mpfr_set_zero(n[7], 1);
    if (!one) lp_bound_round(n[7], &s->unit, n[6]);
    if (!tempered) return;
    mpfr_set_d(square, t, MPFR_RNDU);
    mpfr_set_zero(its_error, 1);
    if (power == 2) {
        mpfr_mul_d(square, square, t, MPFR_RNDU);
        lp_bound_round(its_error, &s->unit, square);
    }
    lp_bound_mul(n[7], &s->unit, n[6], n[7], square, its_error);
    mpfr_mul(n[6], n[6], square, MPFR_RNDU);
    if (!one) lp_bound_round(n[7], &s->unit, n[6]);
}

/* err, size of mix * v from those of v. */
static void times_mix(mpfr_t err, mpfr_t size, lp_scope *s) {
    double mix = lp_case_param(s->c, LP_PARAM_MIX);
    if (mix == 1) return;
    mpfr_mul_d(err, err, mix, MPFR_RNDU);
    mpfr_mul_d(size, size, mix, MPFR_RNDU);
    lp_bound_round(err, &s->unit, size);
}

/* ... of (u T^power) * v; a coefficient that is 1 is no product. */
static void times_coefficient(mpfr_t err, mpfr_t size, lp_scope *s, int power) {
    mpfr_t *n = s->unit.n;
    const lp_case *c = s->c;
    if (lp_case_param(c, LP_PARAM_MIX) == 0 && !lp_case_has(c, LP_PARAM_TEMPERATURE)) return;
    bound_coefficient(s, power);
    lp_bound_mul(err, &s->unit, n[6], n[7], size, err);
    mpfr_mul(size, size, n[6], MPFR_RNDU);
    lp_bound_round(err, &s->unit, size);
}

static bool is_void(const lp_row *row, int part) {
    return row->part[part].bound.is_void[LP_SOFT_B_LOG];
}

/* err += err2, and the rounding of the sum x. */
static void join(mpfr_t err, const mpfr_t more, lp_scope *s, const lp_enclosure *x) {
    MPFR_DECL_INIT(size, LP_BOUND_PREC);
    mpfr_add(err, err, more, MPFR_RNDU);
    lp_enclosure_magnitude(size, x);
    lp_bound_round(err, &s->unit, size);
}

static bool bound_loss(mpfr_t err, lp_scope *s, lp_row *row, const lp_enclosure *x) {
    mpfr_t *n = s->unit.n, *p = s->part[LP_DISTILL_P].unit.n;
    bool hard = !mpfr_zero_p(s->con[LP_DISTILL_MIX]), soft = !mpfr_zero_p(s->con[LP_DISTILL_G]);
    mpfr_set_zero(err, 1);
    if (hard && is_void(row, LP_DISTILL_P)) return false;
    if (soft && row->bound.is_void[B_SUM]) return false;
    if (hard) {
        lp_bound_xent_surprise(&s->part[LP_DISTILL_P], &row->part[LP_DISTILL_P],
                               s->c->label[row->at]);
        mpfr_set(err, p[3], MPFR_RNDU);
        times_mix(err, p[2], s);
    }
    if (!soft) return true;
    mpfr_set(n[4], row->bound.err[B_SUM], MPFR_RNDU);
    mpfr_set(n[5], row->bound.err[B_SIZE], MPFR_RNDU);
    times_coefficient(n[4], n[5], s, 2);
    if (hard)
        join(err, n[4], s, x);
    else
        mpfr_set(err, n[4], MPFR_RNDU);
    return true;
}

/* n[4], n[5] = error and size of p_j - [j = c]; false: void. */
static bool bound_hard(lp_scope *s, lp_row *row, int64_t j) {
    mpfr_t *n = s->unit.n;
    lp_scope *of = &s->part[LP_DISTILL_P];
    lp_row *part = &row->part[LP_DISTILL_P];
    bool label = j == s->c->label[row->at], there = !lp_distill_absent(s, row, LP_DISTILL_P, j);
    mpfr_set_zero(n[4], 1);
    mpfr_set_ui(n[5], label ? 1 : 0, MPFR_RNDU);
    if (!there) return true;
    if (!lp_softrow_bound_p(n[4], of, part, j)) return false;
    mpfr_set(n[5], of->unit.n[1], MPFR_RNDU);
    if (!label) return true;
    mpfr_ui_sub(n[5], 1, of->iv[0].lo, MPFR_RNDU);
    if (part->ties == 1 && lp_softrow_tops(of, part, j))
        mpfr_set(n[5], part->iv[LP_SOFT_Q].hi, MPFR_RNDU);
    lp_bound_round(n[4], &s->unit, n[5]);
    return true;
}

/* n[4], n[5] of s_j - t_j, where one of them is absent of the other. */
static bool bound_soft(lp_scope *s, lp_row *row, int64_t j) {
    mpfr_t *n = s->unit.n;
    MPFR_DECL_INIT(own, LP_BOUND_PREC);
    bool both = true;
    mpfr_set_zero(n[4], 1);
    mpfr_set_zero(n[5], 1);
    for (int i = LP_DISTILL_S; i <= LP_DISTILL_T; i++) {
        if (lp_distill_absent(s, row, i, j)) {
            both = false;
            continue;
        }
        if (!lp_softrow_bound_p(own, &s->part[i], &row->part[i], j)) return false;
        mpfr_add(n[4], n[4], own, MPFR_RNDU);
        mpfr_set(n[5], s->part[i].unit.n[1], MPFR_RNDU);
    }
    if (!both) return true;
    lp_iv *a = &s->part[LP_DISTILL_S].iv[0], *b = &s->part[LP_DISTILL_T].iv[0]; /* s_j, t_j */
    mpfr_sub(n[5], a->hi, b->lo, MPFR_RNDA);
    mpfr_sub(n[6], b->hi, a->lo, MPFR_RNDA);
    mpfr_max(n[5], n[5], n[6], MPFR_RNDU);
    lp_bound_round(n[4], &s->unit, n[5]);
    return true;
}

static bool bound_grad(mpfr_t err, lp_scope *s, lp_row *row, int64_t j, const lp_enclosure *x) {
    mpfr_t *n = s->unit.n;
    bool label = !mpfr_zero_p(s->con[LP_DISTILL_MIX]) && j == s->c->label[row->at];
    bool gone = lp_distill_absent(s, row, LP_DISTILL_S, j);
    bool hard = !mpfr_zero_p(s->con[LP_DISTILL_MIX]) && (label || !gone);
    bool soft =
        !mpfr_zero_p(s->con[LP_DISTILL_G]) && !(gone && lp_distill_absent(s, row, LP_DISTILL_T, j));
    mpfr_set_zero(err, 1);
    if (hard) {
        if (!bound_hard(s, row, j)) return false;
        times_mix(n[4], n[5], s);
        mpfr_set(err, n[4], MPFR_RNDU);
    }
    if (!soft) return true;
    if (!bound_soft(s, row, j)) return false;
    times_coefficient(n[4], n[5], s, 1);
    if (hard)
        join(err, n[4], s, x);
    else
        mpfr_set(err, n[4], MPFR_RNDU);
    return true;
}

bool lp_bound_distill(mpfr_t err, lp_scope *s, lp_row *row, lp_out out, int64_t j,
                      const lp_enclosure *x) {
    if (!row->bound.done) {
        for (int i = 0; i < LP_DISTILL_PARTS; i++)
            lp_softrow_bound(&s->part[i], &row->part[i], true);
        bool finite = row->nature == LP_SOFT_ROW && !mpfr_zero_p(s->con[LP_DISTILL_G]);
        row->bound.is_void[B_SUM] = is_void(row, LP_DISTILL_S) || is_void(row, LP_DISTILL_T) ||
                                    (finite && !bound_divergence(s, row));
        row->bound.done = true;
    }
    return out == LP_OUT_GRAD ? bound_grad(err, s, row, j, x) : bound_loss(err, s, row, x);
}
