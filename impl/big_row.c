#include "impl/big_row.h"

void lp_big_difference(lp_big *r, int n, double a, double b) {
    lp_big y;
    lp_big_set(r, n, a);
    lp_big_set(&y, n, b);
    lp_big_sub(r, r, &y);
}
void lp_big_row_gap(lp_big *d, const lp_big_row *r, double z) {
    lp_big_difference(d, r->n, r->max, z);
}
void lp_big_row_exp(lp_big *e, const lp_big_row *r, int64_t j, double z) {
    if (j == r->top || z < -DBL_MAX) {
        lp_big_set(e, r->n, j == r->top ? 1 : 0);
        return;
    }
    lp_big_difference(e, r->n, z, r->max);
    if (r->temperature != 1) lp_big_div_d(e, e, r->temperature);
    lp_big_exp(e, e);
}
void lp_big_row_total(lp_big_row *r) {
    lp_big one;
    lp_big_set(&one, r->n, r->ties - 1);
    lp_big_add(&r->rest, &r->below, &one);
    lp_big_set(&one, r->n, 1);
    lp_big_add(&r->all, &r->rest, &one);
}
void lp_big_row_close(lp_big_row *r) {
    lp_big_row_total(r);
    lp_big_log1p(&r->log, &r->rest);
}
void lp_big_row_set(lp_big_row *r, int n, lp_view z, int64_t k, int64_t top, double temperature) {
    lp_big e;
    r->n = n;
    r->k = k;
    r->top = top;
    r->max = lp_at(z, top);
    r->temperature = temperature;
    r->ties = 0;
    lp_big_set(&r->below, n, 0);
    for (int64_t j = 0; j < k; j++) {
        r->ties += lp_at(z, j) == r->max ? 1 : 0;
        if (lp_at(z, j) == r->max || lp_at(z, j) < -DBL_MAX) continue;
        lp_big_row_exp(&e, r, j, lp_at(z, j));
        lp_big_add(&r->below, &r->below, &e);
    }
    lp_big_row_close(r);
}

static bool is_one(const lp_big *e) {
    lp_big one;
    lp_big_set(&one, e->n, 1);
    return lp_big_exact(e) && lp_big_compare(e, &one) == 0;
}
double lp_big_row_difference(lp_big *r, const lp_big_row *row, const lp_big *e, const lp_big *total,
                             const lp_big *w, const lp_big *others) {
    lp_big x;
    if (!is_one(e)) {
        lp_big_mul(&x, e, total);
        lp_big_div(&x, &x, &row->all);
        lp_big_sub(r, &x, w);
        return 1;
    }
    *r = *others;
    if (row->ties > 1) {
        lp_big_mul_d(&x, w, row->ties);
        lp_big_sub(r, total, &x);
    }
    lp_big_mul(&x, total, &row->below);
    lp_big_div(&x, &x, &row->all);
    lp_big_sub(r, r, &x);
    return row->ties;
}
void lp_big_row_share(lp_big *num, lp_big *den, lp_big *rest, const lp_big_row *row,
                      const lp_big *weight, int64_t j, double z) {
    lp_big x;
    if (z == row->max) {
        lp_big_mul_d(num, num, row->ties);
        lp_big_mul(&x, weight, den);
        lp_big_add(num, num, &x);
        lp_big_mul_d(den, den, row->ties);
        lp_big_div_d(&x, &row->below, -row->ties);
    } else {
        lp_big_row_exp(&x, row, j, z);
    }
    lp_big_mul(&x, &x, weight);
    lp_big_div(&x, &x, &row->all);
    lp_big_add(rest, rest, &x);
}
