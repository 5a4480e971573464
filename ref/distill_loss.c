/* The loss of distill: l CE + q X, q = (1 - l) T^2, as its head in distill.c writes it. KL where
 * student and teacher agree is of second order in their differences: taken term by term it cancels,
 * so that where its sign is open it is taken by these differences instead. */
#include "ref/distill.h"

#include "ref/dyadic.h"
#include "ref/expsum.h"
#include "ref/prob.h"
#include "ref/softrow.h"

#include <math.h>

/* x += factor * log S of the part; in bits its multiple of ln 2 apart. */
static void add_log(lp_enclosure *x, lp_scope *s, const lp_row *row, int part,
                    const mpfr_t factor) {
    if (!s->bits) {
        lp_distill_add(&x->r, s, &row->part[part].iv[LP_SOFT_LOG], factor);
        return;
    }
    int k = lp_softrow_log_odd(&s->iv[0], &s->part[part], &row->part[part]);
    lp_distill_add(&x->r, s, &s->iv[0], factor);
    lp_dyadic_set_int(s->work[1], k);
    lp_dyadic_mul(s->work[1], s->work[1], factor);
    lp_dyadic_add(x->two, x->two, s->work[1]);
}

/* The part's log S, or what its multiple of ln 2 leaves of it in bits, is 0. */
static bool no_log(const lp_scope *s, const lp_row *part) {
    return part->count == 1 || (s->bits && part->equal && (part->ties & (part->ties - 1)) == 0);
}

/* With n equal student logits s_j = 1 / n, whatever the teacher says of them: the cross-entropy is
 * ln n, and the loss (l + q) ln n, less q ln m in the form kl of m equal teacher logits. */
static bool loss_is_whole(lp_scope *s, const lp_row *row) {
    const lp_row *student = &row->part[LP_DISTILL_S], *teacher = &row->part[LP_DISTILL_T];
    bool kl = lp_distill_kl(s->c), taught = lp_distill_has(s, LP_DISTILL_G) && !(row->equal && kl);
    if (!taught) return !lp_distill_has(s, LP_DISTILL_MIX) || no_log(s, student);
    if (!student->equal || (kl && !teacher->equal)) return false;
    lp_dyadic_add(s->work[0], s->con[LP_DISTILL_MIX], s->con[LP_DISTILL_Q]);
    return lp_logs_pair_vanish(s->work[0], student->ties, s->con[LP_DISTILL_Q],
                               kl ? teacher->ties : 1, s->bits);
}

/* With the teacher's top group within the student's and as large (E = 0, n = m) the logarithms of
 * KL share ln n, and what is left of each is as small as R. */
static bool shared_top(const lp_scope *s, const lp_row *row) {
    return lp_distill_kl(s->c) && mpfr_zero_p(row->x[LP_DISTILL_X_E]) &&
           row->part[LP_DISTILL_S].ties == row->part[LP_DISTILL_T].ties;
}

/* x += factor (log S_s - log S_t) where both top groups have n classes: log(1 + R_s / n) less log(1
 * + R_t / n). */
static void add_logs(lp_enclosure *x, lp_scope *s, const lp_row *row, const mpfr_t factor) {
    mpfr_t sign;
    mpfr_init2(sign, 64);
    lp_dyadic_copy(sign, factor);
    for (int i = LP_DISTILL_S; i <= LP_DISTILL_T; i++) {
        const lp_iv *r = &row->part[i].iv[LP_SOFT_R];
        lp_iv *log = &s->iv[0];
        lp_iv_set_prec(log, row->prec);
        mpfr_div_si(log->lo, r->lo, row->part[i].ties, MPFR_RNDD);
        mpfr_div_si(log->hi, r->hi, row->part[i].ties, MPFR_RNDU);
        mpfr_log1p(log->lo, log->lo, MPFR_RNDD);
        mpfr_log1p(log->hi, log->hi, MPFR_RNDU);
        lp_distill_add(&x->r, s, log, sign);
        mpfr_neg(sign, sign, MPFR_RNDZ);
    }
    mpfr_clear(sign);
}

/* x += m q (log S_s - [kl] log S_t) + g (W - [kl] m sum t_k y_k). */
static void add_taught(lp_enclosure *x, lp_scope *s, lp_row *row, const mpfr_t m) {
    bool kl = lp_distill_kl(s->c);
    mpfr_t factor;
    mpfr_init2(factor, 64);
    lp_dyadic_mul(factor, m, s->con[LP_DISTILL_Q]);
    if (kl && row->part[LP_DISTILL_S].ties == row->part[LP_DISTILL_T].ties) {
        add_logs(x, s, row, factor);
    } else {
        add_log(x, s, row, LP_DISTILL_S, factor);
        mpfr_neg(factor, factor, MPFR_RNDZ);
        if (kl) add_log(x, s, row, LP_DISTILL_T, factor);
    }
    lp_distill_add(&x->r, s, &row->iv[LP_DISTILL_IV_W], s->con[LP_DISTILL_G]);
    lp_dyadic_mul(factor, m, s->con[LP_DISTILL_G]);
    mpfr_neg(factor, factor, MPFR_RNDZ);
    if (kl) lp_distill_add(&x->r, s, &row->iv[LP_DISTILL_IV_DEPTH], factor);
    mpfr_clear(factor);
}

/* r = log(1 + u) - u, at most 0, at least -u^2 / (2 min(1, 1 + u)). */
static void set_bend(lp_iv *r, const lp_iv *u) {
    mpfr_set_inf(r->lo, -1);
    mpfr_set_zero(r->hi, 1);
    if (mpfr_cmp_d(u->lo, -0.5) < 0) return; /* not near: the first form will do */
    mpfr_log1p(r->lo, u->lo, MPFR_RNDD);
    mpfr_sub(r->lo, r->lo, u->hi, MPFR_RNDD);
    lp_iv square;
    lp_iv_init(&square, mpfr_get_prec(r->lo));
    mpfr_log1p(square.hi, u->hi, MPFR_RNDU);
    mpfr_sub(square.hi, square.hi, u->lo, MPFR_RNDU);
    mpfr_min(r->hi, r->hi, square.hi, MPFR_RNDU);
    mpfr_abs(square.lo, u->lo, MPFR_RNDU);
    mpfr_abs(square.hi, u->hi, MPFR_RNDU);
    mpfr_max(square.hi, square.hi, square.lo, MPFR_RNDU);
    mpfr_sqr(square.hi, square.hi, MPFR_RNDU);
    mpfr_neg(square.hi, square.hi, MPFR_RNDD); /* 2 min(1, 1 + u) >= 1 */
    mpfr_max(r->lo, r->lo, square.hi, MPFR_RNDD);
    lp_iv_clear(&square);
}

/* f += the sum of (d - y - T) e^-(y / T) + T e^-(d / T), delta += that of e^-(d / T) - e^-(y / T)
 * over the classes below the one top group. */
static void add_divergences(lp_expsum *f, lp_expsum *delta, lp_scope *s, const lp_row *row) {
    double t = lp_case_param(s->c, LP_PARAM_TEMPERATURE);
    mpfr_t c, d, y, one;
    mpfr_inits2(64, c, d, y, one, (mpfr_ptr)0);
    for (int64_t k = 0; k < s->c->k; k++) {
        if (lp_distill_absent(s, row, LP_DISTILL_S, k) ||
            lp_distill_in_top(s, row, LP_DISTILL_S, k))
            continue;
        lp_distill_depth(d, s, row, LP_DISTILL_S, k);
        lp_dyadic_set(c, t);
        lp_expsum_add(f, c, d, t);
        lp_dyadic_set_int(one, 1);
        lp_expsum_add(delta, one, d, t);
        if (lp_distill_absent(s, row, LP_DISTILL_T, k)) continue;
        lp_distill_depth(y, s, row, LP_DISTILL_T, k);
        lp_dyadic_sub(d, d, y);
        lp_dyadic_sub(c, d, c);
        lp_expsum_add(f, c, y, t);
        lp_dyadic_set_int(one, -1);
        lp_expsum_add(delta, one, y, t);
    }
    mpfr_clears(c, d, y, one, (mpfr_ptr)0);
}

/* x += m q KL for one top group of both: with F and D the sums of `add_divergences`,
 *   T S_t KL = sum e^-(y / T) (d - y) + T S_t log(1 + D / S_t) = F + T S_t (log(1 + u) - u), u = D
 * / S_t, where F has terms >= 0 alone, (v - 1 + e^-v) T e^-(y / T) with v T = d - y, and classes in
 * which student and teacher agree leave nothing: first and second order cannot cancel. */
static void add_divergence(lp_enclosure *x, lp_scope *s, const lp_row *row, const mpfr_t m) {
    const lp_iv *sum = &row->part[LP_DISTILL_T].iv[LP_SOFT_S];
    lp_expsum f = {0}, delta = {0};
    lp_iv u, bend, *term = &s->iv[0];
    lp_iv_init(&u, row->prec);
    lp_iv_init(&bend, row->prec);
    lp_iv_set_prec(term, row->prec);
    add_divergences(&f, &delta, s, row);
    lp_expsum_enclose(term, &delta);
    lp_iv_mul_nonneg(&u, term, &row->part[LP_DISTILL_T].iv[LP_SOFT_INV]);
    set_bend(&bend, &u);
    lp_iv_mul_nonneg(term, &bend, sum);
    lp_dyadic_set(s->work[0], lp_case_param(s->c, LP_PARAM_TEMPERATURE));
    lp_iv_scale(&bend, term, s->work[0]);
    lp_expsum_enclose(&u, &f);
    lp_iv_add(&u, &u, &bend);
    lp_iv_mul_nonneg(term, &u, &row->part[LP_DISTILL_T].iv[LP_SOFT_INV]);
    lp_dyadic_mul(s->work[0], m, s->con[LP_DISTILL_G]);
    lp_iv_scale(&u, term, s->work[0]);
    lp_iv_add(&x->r, &x->r, &u);
    lp_expsum_clear(&f);
    lp_expsum_clear(&delta);
    lp_iv_clear(&u);
    lp_iv_clear(&bend);
}

/* a = m l d_c + g E, b = m, r = m (l log S_p + q log S_s - q log S_t) + g (W - m sum t_k y_k), what
 * is of the teacher's entropy only in the form kl; `closely`: with KL by its differences. */
static void sum_loss(lp_enclosure *x, lp_scope *s, lp_row *row, bool closely) {
    bool taught = lp_distill_has(s, LP_DISTILL_G) && !(row->equal && lp_distill_kl(s->c));
    mpfr_t m, factor;
    mpfr_inits2(64, m, factor, (mpfr_ptr)0);
    lp_dyadic_set_int(m, taught ? row->part[LP_DISTILL_T].ties : 1);
    lp_dyadic_copy(x->b, m);
    x->unit = mpfr_cmp_ui(m, 1) == 0;
    mpfr_set_zero(x->a, 1);
    mpfr_set_zero(x->two, 1);
    mpfr_set_zero(x->r.lo, 1);
    mpfr_set_zero(x->r.hi, 1);
    if (lp_distill_has(s, LP_DISTILL_MIX)) {
        lp_dyadic_mul(factor, m, s->con[LP_DISTILL_MIX]);
        lp_dyadic_mul(x->a, factor, row->x[LP_DISTILL_X_GAP]);
        add_log(x, s, row, LP_DISTILL_P, factor);
    }
    if (taught) {
        lp_dyadic_mul(factor, s->con[LP_DISTILL_G], row->x[LP_DISTILL_X_E]);
        lp_dyadic_add(x->a, x->a, factor);
        closely ? add_divergence(x, s, row, m) : add_taught(x, s, row, m);
    }
    mpfr_clears(m, factor, (mpfr_ptr)0);
}

void lp_distill_enclose_loss(lp_enclosure *x, lp_scope *s, lp_row *row) {
    bool closer = shared_top(s, row) && lp_distill_has(s, LP_DISTILL_G) && !row->equal;
    x->whole = loss_is_whole(s, row);
    sum_loss(x, s, row, false);
    if (x->whole || !lp_iv_straddles(&x->r)) return;
    if (closer) sum_loss(x, s, row, true);
    if (lp_iv_straddles(&x->r)) lp_iv_settle(&x->r, lp_orders_row_sign(lp_distill_expand, s, row));
}
