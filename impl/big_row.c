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
void lp_big_row_close(lp_big_row *r) {
    lp_big one;
    lp_big_set(&one, r->n, r->ties - 1);
    lp_big_add(&r->rest, &r->below, &one);
    lp_big_set(&one, r->n, 1);
    lp_big_add(&r->all, &r->rest, &one);
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

void lp_big_row_difference(lp_big *r, const lp_big_row *row, const lp_big *e, const lp_big *total,
                           const lp_big *w) {
    bool rational = lp_big_exact(&row->all);
    lp_big product, x = *w;
    lp_big_mul(&product, e, total);
    if (rational)
        lp_big_mul(&x, &x, &row->all);
    else
        lp_big_div(&product, &product, &row->all);
    lp_big_sub(r, &product, &x);
    if (rational) lp_big_div(r, r, &row->all);
}
void lp_big_row_top(lp_big *r, const lp_big_row *row, const lp_big *others, const lp_big *total,
                    const lp_big *w) {
    lp_big x;
    bool peaked = row->rest.limb[row->n - 1] == 0 || row->rest.e < 0;
    if (!peaked) {
        lp_big_set(&x, row->n, 1);
        lp_big_row_difference(r, row, &x, total, w);
        return;
    }
    lp_big_mul(&x, total, &row->rest);
    lp_big_div(&x, &x, &row->all);
    lp_big_sub(r, others, &x);
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
