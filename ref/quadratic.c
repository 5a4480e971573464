#include "ref/dyadic.h"
#include "ref/expsum.h"
#include "ref/mse_softmax.h"

/* The answers of mse_softmax as quotients of two sums of exponentials. With e_k = exp(z_k - z_a)
 * over the classes that are there, S (targets sum t_k e_k + pairs S + own_part e_own) + ones sum
 * e_k^2 + cube S^3 over S^2, or S^3 where there is a cube. */
typedef struct quadratic {
    int64_t ones, targets, own_part;
    mpfr_srcptr pairs, cube; /* cube NULL: none */
    int64_t own;             /* a class, -1: none */
} quadratic;

/* Sums over the classes that are there, e_k = exp(z_k - z_a). */
typedef struct sums {
    lp_expsum e, squares, targets, own;
} sums;

static void collect(sums *x, lp_scope *s, const lp_row *row, int64_t own) {
    const double *t = s->c->in[LP_IN_TARGETS] + row->at * s->c->k;
    mpfr_t c, d;
    mpfr_inits2(64, c, d, (mpfr_ptr)0);
    for (int64_t j = 0; j < s->c->k; j++) {
        if (lp_softrow_absent(s, row, j)) continue;
        lp_softrow_depth(d, s, row, j);
        lp_dyadic_set(c, t[j]);
        lp_expsum_add(&x->targets, c, d, 1);
        lp_dyadic_set_int(c, 1);
        lp_expsum_add(&x->e, c, d, 1);
        if (j == own) lp_expsum_add(&x->own, c, d, 1);
        lp_dyadic_mul_d(d, d, 2);
        lp_expsum_add(&x->squares, c, d, 1);
    }
    mpfr_clears(c, d, (mpfr_ptr)0);
}

static void clear(sums *x) {
    lp_expsum_clear(&x->e);
    lp_expsum_clear(&x->squares);
    lp_expsum_clear(&x->targets);
    lp_expsum_clear(&x->own);
}

/* f = S (targets sum t e + pairs S + own_part e_own) + ones sum e^2 + cube S^3. */
static bool expand(lp_expsum *f, sums *x, const quadratic *q) {
    lp_expsum cube = {0};
    MPFR_DECL_INIT(c, 64);
    mpfr_set_si(c, q->targets, MPFR_RNDZ);
    lp_expsum_add_scaled(f, &x->targets, c);
    mpfr_set_si(c, q->own_part, MPFR_RNDZ);
    lp_expsum_add_scaled(f, &x->own, c);
    lp_expsum_add_scaled(f, &x->e, q->pairs);
    bool fits = lp_expsum_multiply(f, &x->e);
    mpfr_set_si(c, q->ones, MPFR_RNDZ);
    lp_expsum_add_scaled(f, &x->squares, c);
    if (q->cube && !mpfr_zero_p(q->cube)) {
        lp_expsum_add_scaled(&cube, &x->e, q->cube);
        fits = fits && lp_expsum_multiply(&cube, &x->e) && lp_expsum_multiply(&cube, &x->e);
        mpfr_set_si(c, 1, MPFR_RNDZ);
        lp_expsum_add_scaled(f, &cube, c);
        lp_expsum_clear(&cube);
    }
    return fits;
}

/* The coefficient of the largest exponential is not 0; n classes, their targets' sum T on top. */
static bool leads(lp_scope *s, const lp_row *row, const quadratic *q) {
    const double *z = lp_softrow_logits(s, row), *t = s->c->in[LP_IN_TARGETS] + row->at * s->c->k;
    mpfr_t sum, c;
    mpfr_inits2(64, sum, c, (mpfr_ptr)0);
    mpfr_set_zero(sum,
                  1); /* over n: ones + targets T + pairs n + own_part [own on top] + cube n^2 */
    for (int64_t j = 0; j < s->c->k; j++) {
        if (z[j] != z[row->top]) continue;
        lp_dyadic_set(c, t[j]);
        lp_dyadic_add(sum, sum, c);
    }
    lp_dyadic_set_int(c, q->targets);
    lp_dyadic_mul(sum, sum, c);
    lp_dyadic_set_int(c, q->ones);
    lp_dyadic_add(sum, sum, c);
    lp_dyadic_set_int(c, q->own >= 0 && z[q->own] == z[row->top] ? q->own_part : 0);
    lp_dyadic_add(sum, sum, c);
    lp_dyadic_set_int(c, row->ties);
    lp_dyadic_mul(c, c, q->pairs);
    lp_dyadic_add(sum, sum, c);
    if (q->cube) {
        lp_dyadic_set_int(c, row->ties);
        lp_dyadic_mul(c, c, c);
        lp_dyadic_mul(c, c, q->cube);
        lp_dyadic_add(sum, sum, c);
    }
    bool some = !mpfr_zero_p(sum);
    mpfr_clears(sum, c, (mpfr_ptr)0);
    return some;
}

static bool enclose(lp_iv *r, lp_scope *s, const lp_row *row, const quadratic *q) {
    sums x = {0};
    lp_expsum f = {0};
    if (leads(s, row, q)) return false;
    collect(&x, s, row, q->own);
    bool fits = expand(&f, &x, q);
    if (fits) {
        lp_iv part;
        lp_iv_init(&part, row->prec);
        lp_iv_set_prec(r, row->prec);
        lp_expsum_enclose(r, &f);
        for (int i = 0; i < (q->cube ? 3 : 2); i++) {
            lp_iv_mul_nonneg(&part, r, &row->iv[LP_SOFT_INV]);
            lp_iv_set(r, &part);
        }
        lp_iv_clear(&part);
    }
    lp_expsum_clear(&f);
    clear(&x);
    return fits;
}

/* [n sum e_k^2 - 2 n S sum t_k e_k + (2 T - 1) S^2] / S^2. */
bool lp_mse_squares(lp_iv *r, lp_scope *s, const lp_row *row, const mpfr_t top) {
    mpfr_t b;
    mpfr_init2(b, 64);
    lp_dyadic_mul_d(b, top, 2);
    lp_dyadic_set_int(s->work[0], 1);
    lp_dyadic_sub(b, b, s->work[0]);
    const quadratic q = {row->ties, -2 * row->ties, 0, b, NULL, -1};
    bool told = enclose(r, s, row, &q);
    mpfr_clear(b);
    return told;
}

/* [S (sum t_k e_k - t_j S + e_j) - sum e_k^2] / S^2. */
bool lp_mse_slope(lp_iv *r, lp_scope *s, const lp_row *row, int64_t j) {
    mpfr_t t;
    mpfr_init2(t, 64);
    lp_dyadic_set(t, -s->c->in[LP_IN_TARGETS][row->at * s->c->k + j]);
    const quadratic q = {-1, 1, 1, t, NULL, j};
    bool told = enclose(r, s, row, &q);
    mpfr_clear(t);
    return told;
}

/* n^2 times that over S, less A. */
bool lp_mse_top_slope(lp_iv *r, lp_scope *s, const lp_row *row, int64_t j, const mpfr_t lead) {
    int64_t square = row->ties * row->ties;
    mpfr_t t, cube;
    mpfr_inits2(64, t, cube, (mpfr_ptr)0);
    lp_dyadic_set_int(t, -square);
    lp_dyadic_mul_d(t, t, s->c->in[LP_IN_TARGETS][row->at * s->c->k + j]);
    lp_dyadic_copy(cube, lead);
    mpfr_neg(cube, cube, MPFR_RNDZ);
    const quadratic q = {-square, square, square, t, cube, j};
    bool told = enclose(r, s, row, &q);
    mpfr_clears(t, cube, (mpfr_ptr)0);
    return told;
}

/* With B = (2 sum t - 1) / (2 K'): sum e_k^2 / 2 - S sum t_k e_k + B S^2 = 0, here times 2 K'. */
bool lp_mse_constant(lp_scope *s, const lp_row *row) {
    const double *t = s->c->in[LP_IN_TARGETS] + row->at * s->c->k;
    lp_iv r;
    mpfr_t b;
    mpfr_init2(b, 64);
    lp_iv_init(&r, row->prec);
    lp_dyadic_set_int(b, -1);
    for (int64_t j = 0; j < s->c->k; j++) {
        if (lp_softrow_absent(s, row, j)) continue;
        lp_dyadic_set_int(s->work[0], 2);
        lp_dyadic_mul_d(s->work[0], s->work[0], t[j]);
        lp_dyadic_add(b, b, s->work[0]);
    }
    const quadratic q = {row->count, -2 * row->count, 0, b, NULL, -1};
    bool zero = enclose(&r, s, row, &q) && mpfr_zero_p(r.lo) && mpfr_zero_p(r.hi);
    lp_iv_clear(&r);
    mpfr_clear(b);
    return zero;
}

/* (n Q - 2 n R - R^2) / (2 n S^2); y = R on entry, another sum. */
static void add_squares(lp_orders *o, lp_scope *s, const lp_row *row, lp_expsum *y, lp_expsum *r) {
    mpfr_t c, d;
    mpfr_inits2(64, c, d, (mpfr_ptr)0);
    o->fits = o->fits && lp_expsum_multiply(y, r);
    for (int64_t i = 0; i < y->count; i++) mpfr_neg(y->at[i].c, y->at[i].c, MPFR_RNDZ);
    lp_dyadic_set_int(c, -2 * row->ties);
    lp_expsum_add_scaled(y, r, c);
    lp_dyadic_set_int(c, row->ties);
    for (int64_t j = 0; j < s->c->k; j++) {
        if (lp_softrow_absent(s, row, j)) continue;
        lp_softrow_depth(d, s, row, j);
        if (mpfr_zero_p(d)) continue;
        lp_dyadic_mul_d(d, d, 2);
        lp_expsum_add(y, c, d, 1);
    }
    lp_dyadic_set_int(c, 1);
    if (o->fits) lp_orders_add_square(o, c, y, r, row->ties, 2 * row->ties);
    mpfr_clears(c, d, (mpfr_ptr)0);
}

/* With R the exponentials below the top of n classes, F those times t, Q that of their squares and
 * T the targets' sum on top: sum p^2 / 2 - 1 / (2 n) = (n Q - 2 n R - R^2) / (2 n S^2) T / n - sum
 * p t = T R / (n S) - F / S. */
bool lp_mse_expand(lp_orders *o, lp_scope *s, const lp_row *row) {
    const double *t = s->c->in[LP_IN_TARGETS] + row->at * s->c->k;
    lp_expsum r = {0}, f = {0}, y = {0};
    mpfr_t c, d, top;
    if (row->count > LP_ORDERS_TERMS) return false;
    mpfr_inits2(64, c, d, top, (mpfr_ptr)0);
    mpfr_set_zero(top, 1);
    for (int64_t j = 0; j < s->c->k; j++) {
        if (lp_softrow_absent(s, row, j)) continue;
        lp_softrow_depth(d, s, row, j);
        lp_dyadic_set(c, t[j]);
        if (mpfr_zero_p(d)) {
            lp_dyadic_add(top, top, c);
            continue;
        }
        lp_expsum_add(&f, c, d, 1);
        lp_dyadic_set_int(c, 1);
        lp_expsum_add(&r, c, d, 1);
        lp_expsum_add(&y, c, d, 1);
    }
    lp_dyadic_set_int(c, -1);
    lp_orders_add_quotient(o, c, &f, &r, row->ties, 1);
    lp_orders_add_quotient(o, top, &r, &r, row->ties, row->ties);
    add_squares(o, s, row, &y, &r);
    mpfr_clears(c, d, top, (mpfr_ptr)0);
    lp_expsum_clear(&r);
    lp_expsum_clear(&f);
    lp_expsum_clear(&y);
    return true;
}
