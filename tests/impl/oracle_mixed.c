/* The losses that mix rows: distill and policy_grad. */
#include "tests/impl/oracle.h"

/* x += w v, |w v| to the size */
static void add(truth *t, const mpfr_t w, const mpfr_t v) {
    mpfr_t x;
    mpfr_init2(x, 4400);
    mpfr_mul(x, w, v, MPFR_RNDN);
    mpfr_add(t->x, t->x, x, MPFR_RNDN);
    mpfr_abs(x, x, MPFR_RNDN);
    mpfr_add(t->size, t->size, x, MPFR_RNDN);
    mpfr_clear(x);
}
static void clear(truth *t) {
    mpfr_set_ui(t->x, 0, MPFR_RNDN);
    mpfr_set_ui(t->size, 0, MPFR_RNDN);
}
/* w (p_j - [j = c]) */
static void add_hard(truth *t, const mpfr_t w, const oracle_row *r, int64_t j, int64_t c) {
    mpfr_t minus;
    mpfr_init2(minus, 4400);
    mpfr_neg(minus, w, MPFR_RNDN);
    if (j == c)
        add(t, minus, r->q[j]);
    else
        add(t, w, r->p[j]);
    mpfr_clear(minus);
}

/* s_j - t_j as (1 - t_j) - (1 - s_j) where both are near 1. */
static void add_soft(truth *t, const mpfr_t g, const mpfr_t minus, const oracle_row *s,
                     const oracle_row *y, int64_t j) {
    bool near = mpfr_cmp_d(s->p[j], 0.5) > 0 && mpfr_cmp_d(y->p[j], 0.5) > 0;
    add(t, near ? minus : g, near ? s->q[j] : s->p[j]);
    add(t, near ? g : minus, near ? y->q[j] : y->p[j]);
}
void oracle_distill(truth *loss, truth *grad, const double *z, const double *teacher, int64_t k,
                    int64_t c, double temperature, double mix, bool kl) {
    oracle_row p = oracle_row_new(z, k, 1), s = oracle_row_new(z, k, temperature),
               y = oracle_row_new(teacher, k, temperature);
    mpfr_t l, g, minus, w;
    mpfr_inits2(4400, l, g, minus, w, (mpfr_ptr)NULL);
    mpfr_set_d(l, mix, MPFR_RNDN);
    mpfr_ui_sub(g, 1, l, MPFR_RNDN);
    mpfr_mul_d(g, g, temperature, MPFR_RNDN);
    mpfr_neg(minus, g, MPFR_RNDN);
    clear(loss);
    if (mix != 0) add(loss, l, p.l[c]);
    for (int64_t j = 0; j < k; j++) {
        clear(&grad[j]);
        if (mix != 0) add_hard(&grad[j], l, &p, j, c);
        if (mpfr_zero_p(g)) continue;
        add_soft(&grad[j], g, minus, &s, &y, j);
        if (mpfr_zero_p(y.p[j])) continue;
        mpfr_mul(w, g, y.p[j], MPFR_RNDN);
        mpfr_mul_d(w, w, temperature, MPFR_RNDN);
        add(loss, w, s.l[j]);
        mpfr_neg(w, w, MPFR_RNDN);
        if (kl) add(loss, w, y.l[j]);
    }
    mpfr_clears(l, g, minus, w, (mpfr_ptr)NULL);
    oracle_row_free(&p), oracle_row_free(&s), oracle_row_free(&y);
}

/* A (p_j - [j = c]) + b p_j (H - l_j), H = sum p l; at a large p_j H - l_j as sum_{k != j} p_k (l_k
 * - l_j), which is H - q_j l_j - p_j l_j. */
void oracle_policy_grad(truth *loss, truth *grad, const double *z, int64_t k, int64_t c, double a,
                        double b) {
    oracle_row r = oracle_row_new(z, k, 1);
    mpfr_t x, w, t;
    mpfr_inits2(4400, x, w, t, (mpfr_ptr)NULL);
    clear(loss);
    mpfr_set_d(x, a, MPFR_RNDN);
    if (a != 0) add(loss, x, r.l[c]);
    for (int64_t j = 0; j < k; j++) {
        clear(&grad[j]);
        if (a != 0) add_hard(&grad[j], x, &r, j, c);
        if (mpfr_zero_p(r.p[j]) || b == 0) continue;
        mpfr_mul_d(w, r.p[j], -b, MPFR_RNDN);
        add(loss, w, r.l[j]);
        mpfr_neg(w, w, MPFR_RNDN);
        for (int64_t i = 0; i < k; i++) {
            if (i == j || mpfr_zero_p(r.p[i])) continue;
            mpfr_mul(t, w, r.p[i], MPFR_RNDN);
            add(&grad[j], t, r.l[i]);
            mpfr_neg(t, t, MPFR_RNDN);
            add(&grad[j], t, r.l[j]);
        }
    }
    mpfr_clears(x, w, t, (mpfr_ptr)NULL);
    oracle_row_free(&r);
}
