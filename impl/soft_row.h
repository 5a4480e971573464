/* A row of logits split at its largest, as operations see it that want every class: quick, precise
 * and in many limbs (lp_row_eval). */
#ifndef LP_IMPL_SOFT_ROW_H
#define LP_IMPL_SOFT_ROW_H

#include "impl/batch.h"
#include "impl/big_row.h"
#include "impl/bounds.h"
#include "impl/row.h"

typedef struct lp_soft_row {
    lp_view z;
    int64_t k, top;
    double z_top, temperature;
    lp_row row[2]; /* quick and precise, the latter where `refined` */
    bool refined;
    lp_big_row big;
} lp_soft_row;

/* False: the row is NaN. */
bool lp_soft_row_set(lp_soft_row *s, lp_view z, int64_t k, double temperature);
const lp_row *lp_soft_row_at(lp_soft_row *s, bool precise);
/* In n limbs or more; the number there are. */
int lp_soft_row_big(lp_soft_row *s, int n);

/* The row's own or rest, or its loss, with its error. */
LP_INLINE lp_value lp_row_value(const lp_row *row, lp_wide x) {
    return lp_good_to(x, row->precise ? LP_PRECISE_BITS : LP_GRAD_BITS);
}
LP_INLINE lp_value lp_row_loss(const lp_row *row) {
    return lp_good_to(row->loss, row->precise ? LP_PRECISE_BITS : LP_QUICK_BITS);
}
/* p_j for j != top, given z_j */
LP_INLINE lp_value lp_soft_row_other(const lp_row *row, double z) {
    return lp_row_value(row, lp_row_other(row, z));
}
/* lp_wide_exp has one number for all below e^-4000 < 2^-5770: beside another such term it is known
 * no better. */
LP_INLINE lp_value lp_row_term(lp_value p) {
    if (p.x.m.hi != 0 && p.x.e < -5770) p.err = lp_err_max(p.err, -5770);
    return p;
}
/* a - b of finite doubles, and (a - b)/T */
LP_INLINE lp_value lp_difference(double a, double b) {
    return lp_value_sub(lp_value_from(a), lp_value_from(b));
}
LP_INLINE lp_value lp_over_temperature(lp_value x, double temperature) {
    return temperature == 1 ? x : lp_value_div(x, lp_wide_from(temperature));
}

#endif
