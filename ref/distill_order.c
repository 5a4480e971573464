/* What is left of distill's loss beside its exact part: with P, R, V the exponentials below the top
 * of the three parts, n and m their top groups and C_k = m d_k - E - [kl] m y_k,
 *
 *   l log(n + P) + q log(n + R) - [kl] q log(m + V) + (g / m) sum f_k C_k / (m + V),
 *
 * by its orders (orders.h); all exponents are over T, those of P, at temperature 1, d T / T. */
#include "ref/distill.h"

#include "ref/dyadic.h"
#include "ref/expsum.h"
#include "ref/softrow.h"

static bool below(const lp_scope *s, const lp_row *row, int part, int64_t k) {
    return !lp_distill_absent(s, row, part, k) && !lp_distill_in_top(s, row, part, k);
}

/* The exponentials of a part. */
static lp_expsum rest(lp_scope *s, const lp_row *row, int part) {
    double t = lp_case_param(s->c, LP_PARAM_TEMPERATURE);
    mpfr_t *d = &s->work[0];
    lp_expsum f = {0};
    MPFR_DECL_INIT(one, 8);
    mpfr_set_ui(one, 1, MPFR_RNDZ);
    for (int64_t k = 0; k < s->c->k; k++) {
        if (!below(s, row, part, k)) continue;
        lp_distill_depth(*d, s, row, part, k);
        if (part == LP_DISTILL_P) lp_dyadic_mul_d(*d, *d, t);
        lp_expsum_add(&f, one, *d, t);
    }
    return f;
}

/* sum f_k C_k. */
static lp_expsum lags(lp_scope *s, const lp_row *row, const mpfr_t m) {
    double t = lp_case_param(s->c, LP_PARAM_TEMPERATURE);
    mpfr_t *d = &s->work[0], c, part;
    lp_expsum f = {0};
    mpfr_inits2(64, c, part, (mpfr_ptr)0);
    for (int64_t k = 0; k < s->c->k; k++) {
        if (!below(s, row, LP_DISTILL_T, k)) continue;
        lp_distill_lag(s, row, k);
        lp_dyadic_copy(c, *d);
        lp_distill_depth(*d, s, row, LP_DISTILL_T, k);
        lp_dyadic_mul(part, *d, m);
        if (lp_distill_kl(s->c)) lp_dyadic_sub(c, c, part);
        lp_expsum_add(&f, c, *d, t);
    }
    mpfr_clears(c, part, (mpfr_ptr)0);
    return f;
}

/* What the teacher has in it: the last three terms. */
static void add_taught(lp_orders *o, lp_scope *s, const lp_row *row) {
    int64_t n = row->part[LP_DISTILL_S].ties, ties = row->part[LP_DISTILL_T].ties;
    lp_expsum r = rest(s, row, LP_DISTILL_S), v = rest(s, row, LP_DISTILL_T), f;
    mpfr_t m;
    mpfr_init2(m, 64);
    lp_dyadic_set_int(m, ties);
    f = lags(s, row, m);
    lp_orders_add_log(o, s->con[LP_DISTILL_Q], &r, n);
    lp_orders_add_quotient(o, s->con[LP_DISTILL_G], &f, &v, ties, ties);
    lp_dyadic_copy(m, s->con[LP_DISTILL_Q]);
    mpfr_neg(m, m, MPFR_RNDZ);
    if (lp_distill_kl(s->c)) lp_orders_add_log(o, m, &v, ties);
    mpfr_clear(m);
    lp_expsum_clear(&r);
    lp_expsum_clear(&v);
    lp_expsum_clear(&f);
}

bool lp_distill_expand(lp_orders *o, lp_scope *s, const lp_row *row) {
    const lp_row *student = &row->part[LP_DISTILL_S], *teacher = &row->part[LP_DISTILL_T];
    if (student->count + teacher->count > LP_ORDERS_TERMS) return false;
    if (lp_distill_has(s, LP_DISTILL_MIX)) {
        lp_expsum p = rest(s, row, LP_DISTILL_P);
        lp_orders_add_log(o, s->con[LP_DISTILL_MIX], &p, student->ties);
        lp_expsum_clear(&p);
    }
    if (lp_distill_has(s, LP_DISTILL_G) && !(row->equal && lp_distill_kl(s->c)))
        add_taught(o, s, row);
    return true;
}
