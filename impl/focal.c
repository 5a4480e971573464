#include "impl/focal.h"

#include "impl/logarithm.h"

/* q^gamma, q = 1 - p > 0; gamma >= 0. */
static lp_value power(lp_value q, lp_value p, double gamma) {
    if (gamma == 0 || p.x.m.hi == 0) return lp_value_from(1);
    bool small = p.x.e < -1;
    lp_value log = small ? lp_value_log1p(lp_value_neg(p), true) : lp_value_log(q, true);
    return lp_value_exp(lp_value_mul(lp_value_from(gamma), log), true);
}
lp_focal_parts lp_focal_of(lp_value p, lp_value q, lp_value l, double gamma, lp_value alpha) {
    const lp_value zero = lp_value_zero(), one = lp_value_from(1);
    if (q.x.m.hi == 0) return (lp_focal_parts){zero, zero, zero}; /* p = 1: +0 for every gamma */
    lp_value weight = lp_value_mul(alpha, power(q, p, gamma)), pull = one;
    if (l.special == 0 && gamma != 0) { /* p ln p = 0 at p = 0 */
        lp_value drop = lp_value_mul(lp_value_mul(lp_value_from(gamma), p), l);
        pull = lp_value_add(one, lp_value_over(drop, q));
    }
    lp_focal_parts f = {.factor = lp_value_mul(weight, pull), .loss = zero};
    f.at_label = lp_value_mul(f.factor, q);
    if (alpha.x.m.hi != 0) f.loss = lp_value_mul(weight, l);
    return f;
}

/* q^gamma, by the smaller of p and q; of a q that is only known to lie above 0 it is known to lie
 * between 0 and 1. */
static void big_power(lp_big *r, const lp_big *p, const lp_big *q, double gamma) {
    lp_big_set(r, p->n, 1);
    if (gamma == 0) return;
    if (q->limb[q->n - 1] == 0) {
        lp_big_speck(r, r, 1);
        return;
    }
    if (p->e < 0) {
        lp_big_neg(r, p);
        lp_big_log1p(r, r);
    } else {
        lp_big_log(r, q);
    }
    lp_big_mul_d(r, r, gamma);
    lp_big_exp(r, r);
}
void lp_big_focal_set(lp_big_focal *f, const lp_big *p, const lp_big *q, const lp_big *l,
                      double gamma, const lp_big *alpha) {
    lp_big weight, pull;
    f->n = p->n;
    big_power(&weight, p, q, gamma);
    lp_big_mul(&weight, &weight, alpha);
    lp_big_mul(&f->loss, &weight, l);
    lp_big_mul(&pull, p, l);
    lp_big_mul_d(&pull, &pull, gamma);
    lp_big_add(&pull, &pull, q); /* gamma p l + q */
    lp_big_mul(&f->at_label, &weight, &pull);
    lp_big_div(&f->factor, &f->at_label, q);
    if (gamma == 0) f->factor = weight;
    if (q->limb[q->n - 1] != 0 || gamma == 0) return;
    /* l/q < 2 for q next to 0: the factor lies between 0 and weight (2 gamma + 1) */
    lp_big_mul_d(&pull, &weight, gamma);
    lp_big_scale(&pull, &pull, 1);
    lp_big_add(&pull, &pull, &weight);
    lp_big_speck(&f->factor, &pull, lp_big_sign(&weight));
}

void lp_focal_second_order(lp_big *x, const lp_big *a, const lp_big *b, const lp_big *g,
                           double gamma) {
    lp_big y;
    lp_big_set(&y, g->n, gamma);
    lp_big_add_d(&y, &y, 1);
    lp_big_mul(&y, &y, &y);
    lp_big_add_d(x, g, 1);
    lp_big_mul(x, x, &y);
    lp_big_mul(x, x, a);
    lp_big_mul(x, x, b);
    lp_big_scale(x, x, 2);
    lp_big_speck(x, x, 0);
}

void lp_focal_add_power(lp_far *f, double top, double z, double gamma) {
    lp_big none;
    double y = (top / 2 - z / 2) * (1 + gamma);
    lp_big_set(&none, LP_BIG_LIMBS, 0);
    if (y < 0x1p1000) lp_far_add(f, y, 0, 1, &none);
}
