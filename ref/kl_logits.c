/* kl_logits: sum_j t_j (ln t_j - ln p_j) = D + (E + C log S) with D = sum t_j (z_a - z_j) exact, E
 * = sum t_j ln t_j and C = sum t_j; everything but E is the row of softmax_xent with W = t.
 *
 * Rational or not. Logits not all equal, C > 0: were the loss q algebraic, S^C = e^(q - D) prod
 * t_j^(-t_j) with C and the t_j rational; to the power of a common denominator, a sum with positive
 * integer coefficients of at least two exponentials of distinct rational numbers would be an
 * algebraic multiple of a single one: against Lindemann-Weierstrass. So it is irrational, and never
 * 0. All n participating logits equal: D = 0, S = n, and sum t_j ln(n t_j) is 0 or irrational
 * (Baker); 0 is decided exactly by logs.c, and is the rule where every t_j is 1/n.
 *
 * In bits t_j ln t_j = t_j (k ln 2 + ln o_j), o_j the odd part, and log S as in softmax_xent.c.
 * What is left, sum t_j ln o_j + C log(S / 2^k), has terms >= 0 only: it is 0 where every t_j is a
 * power of two, n is, and R = 0, and else, as above, no rational multiple of ln 2 plus D.
 *
 * With n classes in the top group E + C ln n may be 0 with further classes far below, too: then E +
 * C log S = C log1p(R / n), however small R is.
 *
 * Over several rows, in nats: the product of the S^C and the t_j^t_j is a sum of exponentials with
 * positive coefficients, of two or more distinct ones where one row with C > 0 has logits that are
 * not all equal: then the sum of the losses is irrational. Where sum over all rows of sum t_j ln(n
 * t_j) is 0 it is the exact part and the sum of C log1p(R / n), which is 0 only if each is. In bits
 * every row's remainder has terms >= 0 only and they cannot cancel. */
#include "ref/dyadic.h"
#include "ref/prob.h"
#include "ref/softmax_xent.h"
#include "ref/softrow.h"

#include "core/memory.h"

#include <math.h>
#include <stdlib.h>

void lp_kl_logits_evaluate(lp_scope *s, lp_row *row) {
    const double *t = lp_xent_targets(s, row);
    lp_iv *sum = &row->iv[LP_XENT_IV_ENTROPY], *term = &s->iv[0];
    lp_iv_set_prec(term, row->prec);
    mpfr_set_zero(sum->lo, 1);
    mpfr_set_zero(sum->hi, 1);
    for (int64_t j = 0; j < s->c->k; j++) {
        int two;
        double a = t[j];
        if (!(t[j] > 0)) continue;
        if (s->bits) a = lp_logs_odd(&two, a);
        if (a == 1) continue;
        mpfr_set_d(s->work[0], a, MPFR_RNDZ); /* 64 bits or more: exact */
        mpfr_log(term->lo, s->work[0], MPFR_RNDD);
        mpfr_log(term->hi, s->work[0], MPFR_RNDU);
        mpfr_set_d(s->work[0], t[j], MPFR_RNDZ);
        lp_iv_scale(term, term, s->work[0]);
        lp_iv_add(sum, sum, term);
    }
}

/* ... r and two, in bits. */
static void enclose_bits(lp_enclosure *x, lp_scope *s, lp_row *row) {
    const double *t = lp_xent_targets(s, row);
    bool powers = true;
    lp_xent_scale_log(x, s, row, row->x[LP_XENT_X_C]);
    for (int64_t j = 0; j < s->c->k; j++) {
        int two;
        if (!(t[j] > 0)) continue;
        powers = lp_logs_odd(&two, t[j]) == 1 && powers;
        lp_dyadic_set_int(s->work[0], two);
        lp_dyadic_mul_d(s->work[0], s->work[0], t[j]);
        lp_dyadic_add(x->two, x->two, s->work[0]);
    }
    if (powers) return;
    if (x->whole)
        lp_iv_set(&x->r, &row->iv[LP_XENT_IV_ENTROPY]);
    else
        lp_iv_add(&x->r, &x->r, &row->iv[LP_XENT_IV_ENTROPY]);
    x->whole = false;
}

/* a = D on entry. */
void lp_kl_logits_enclose(lp_enclosure *x, lp_scope *s, lp_row *row) {
    x->whole = mpfr_zero_p(row->x[LP_XENT_X_C]); /* t = 0: no term at all */
    if (x->whole) return;
    if (s->bits) {
        enclose_bits(x, s, row);
        return;
    }
    lp_iv_scale(&x->r, &row->iv[LP_SOFT_LOG], row->x[LP_XENT_X_C]);
    lp_iv_add(&x->r, &x->r, &row->iv[LP_XENT_IV_ENTROPY]);
    bool straddles = mpfr_sgn(x->r.lo) <= 0 && mpfr_sgn(x->r.hi) >= 0;
    if (straddles && row->zero == 0)
        row->zero = lp_logs_uniform(lp_xent_targets(s, row), s->c->k, &row->ties, 1) ? 1 : -1;
    if (row->zero != 1) return;
    x->whole = row->equal;
    mpfr_div_si(x->r.lo, row->iv[LP_SOFT_R].lo, row->ties, MPFR_RNDD);
    mpfr_div_si(x->r.hi, row->iv[LP_SOFT_R].hi, row->ties, MPFR_RNDU);
    mpfr_log1p(x->r.lo, x->r.lo, MPFR_RNDD);
    mpfr_log1p(x->r.hi, x->r.hi, MPFR_RNDU);
    lp_iv_scale(&x->r, &x->r, row->x[LP_XENT_X_C]);
}

/* n of a row, and whether all its participating logits are equal. Rows of numbers alone are asked
 * about: a +inf is the one of a point mass. */
static int64_t top_group(bool *equal, const double *z, int64_t k) {
    double top = -INFINITY;
    int64_t ties = 0, count = 0;
    for (int64_t j = 0; j < k; j++) {
        count += z[j] != -INFINITY;
        if (z[j] > top) ties = 0;
        top = fmax(top, z[j]);
        ties += z[j] == top && z[j] != -INFINITY;
    }
    *equal = ties == count || top == INFINITY;
    return ties;
}

static bool any(const double *t, int64_t k) {
    for (int64_t j = 0; j < k; j++)
        if (t[j] > 0) return true;
    return false;
}

/* sum t_j ln(n t_j) over the rows is 0; *equal: no row with a target has anything below its top. */
static bool logs_vanish(bool *equal, const lp_scope *s, int64_t row, int64_t rows) {
    int64_t k = s->c->k, *ties = lp_memory_zeros((size_t)rows, sizeof *ties);
    const double *t = s->c->in[LP_IN_TARGETS] + row * k;
    *equal = true;
    for (int64_t i = 0; i < rows; i++) {
        bool one;
        ties[i] = top_group(&one, s->c->in[LP_IN_LOGITS] + (row + i) * k, k);
        *equal = *equal && (one || !any(t + i * k, k));
    }
    bool zero = !s->bits && lp_logs_uniform(t, k, ties, rows);
    free(ties);
    return zero;
}

bool lp_kl_logits_vanishes(lp_scope *s, int64_t row, int64_t rows) {
    bool equal;
    return logs_vanish(&equal, s, row, rows) && equal;
}

bool lp_kl_logits_positive(lp_scope *s, int64_t row, int64_t rows) {
    bool equal;
    return logs_vanish(&equal, s, row, rows) && !equal;
}
