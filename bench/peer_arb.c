#include "bench/peer_arb.h"

#include <arb.h>

static arb_ptr e; /* one exponential a class, kept between calls: no allocation is timed */
static int64_t room;

static void reserve(int64_t k) {
    if (room >= k) return;
    if (e) _arb_vec_clear(e, room);
    e = _arb_vec_init(k);
    room = k;
}

void lp_peer_arb_end(void) {
    if (e) _arb_vec_clear(e, room);
    e = NULL;
    room = 0;
    flint_cleanup();
}

static int decided(double *to, const arb_t x) {
    arf_t lo, hi;
    arf_init(lo);
    arf_init(hi);
    arb_get_lbound_arf(lo, x, 80);
    arb_get_ubound_arf(hi, x, 80);
    *to = arf_get_d(lo, ARF_RND_NEAR);
    int same = *to == arf_get_d(hi, ARF_RND_NEAR);
    arf_clear(lo);
    arf_clear(hi);
    return same;
}

/* x = a - b exactly. */
static void difference(arb_t x, double a, double b) {
    arf_t t;
    arf_init(t);
    arf_set_d(t, b);
    arb_set_d(x, a);
    arf_sub(arb_midref(x), arb_midref(x), t, ARF_PREC_EXACT, ARF_RND_DOWN);
    arf_clear(t);
}

typedef struct row {
    arb_t sum, factor, loss, t, d;
} row;

/* sum = the others' exponentials about their largest, m; d = m - z_c. */
static void evaluate(row *r, const double *z, int64_t k, int64_t c, slong prec) {
    int64_t m = -1;
    for (int64_t j = 0; j < k; j++)
        if (j != c && (m < 0 || z[j] > z[m])) m = j;
    arb_zero(r->sum);
    for (int64_t j = 0; j < k; j++) {
        if (j == c) continue;
        difference(r->d, z[j], z[m]);
        arb_exp(e + j, r->d, prec);
        arb_add(r->sum, r->sum, e + j, prec);
    }
    difference(r->d, z[m], z[c]);
    if (arf_sgn(arb_midref(r->d)) <= 0) {
        arb_exp(r->factor, r->d, prec);
        arb_mul(r->t, r->factor, r->sum, prec);
        arb_log1p(r->loss, r->t, prec);
        arb_add_ui(r->t, r->t, 1, prec);
        arb_div(r->factor, r->factor, r->t, prec);
    } else {
        arb_neg(r->t, r->d);
        arb_exp(r->t, r->t, prec);
        arb_add(r->t, r->sum, r->t, prec);
        arb_log(r->loss, r->t, prec);
        arb_add(r->loss, r->loss, r->d, prec);
        arb_inv(r->factor, r->t, prec);
    }
}

static int rounded(double *loss, double *grad, row *r, int64_t k, int64_t c, slong prec) {
    int told = decided(loss, r->loss);
    for (int64_t j = 0; told && j < k; j++) {
        arb_mul(r->t, j == c ? r->sum : e + j, r->factor, prec);
        if (j == c) arb_neg(r->t, r->t);
        told = decided(&grad[j], r->t);
    }
    return told;
}

void lp_peer_arb(double *loss, double *grad, const double *z, int64_t k, int64_t label) {
    row r;
    reserve(k);
    arb_init(r.sum);
    arb_init(r.factor);
    arb_init(r.loss);
    arb_init(r.t);
    arb_init(r.d);
    for (slong prec = 96; prec < 4096; prec *= 2) {
        evaluate(&r, z, k, label, prec);
        if (rounded(loss, grad, &r, k, label, prec)) break;
    }
    arb_clear(r.sum);
    arb_clear(r.factor);
    arb_clear(r.loss);
    arb_clear(r.t);
    arb_clear(r.d);
}
