/* The remainders of a sum over rows, where their enclosures leave its sign open: the family may
 * know that they vanish or are positive, else their orders are summed over the rows (orders.h), or
 * one is far ahead of the others. */
#include "ref/batch.h"

#include "ref/refine.h"

static bool expand_rows(lp_orders *o, void *of) {
    lp_exact *e = of;
    bool small = true;
    for (int64_t i = 0; small && o->fits && i < e->scope.c->n; i++)
        if (!lp_case_ignored(e->scope.c, i))
            small = e->family->expand(o, &e->scope, lp_refine_open(e, i));
    return small;
}

/* The largest bounds of the logarithms of the remainders of either sign, -infinity where no row has
 * it: [0] of negative ones. */
typedef struct sizes {
    lp_iv log[2];
} sizes;

static bool find_sizes(sizes *all, lp_exact *e) {
    lp_iv log;
    bool known = true;
    lp_iv_init(&log, 256);
    for (int64_t i = 0; known && i < e->scope.c->n; i++) {
        int sign = 0;
        if (lp_case_ignored(e->scope.c, i)) continue;
        known = e->family->size(&sign, &log, &e->scope, lp_refine_open(e, i));
        lp_iv *to = &all->log[sign > 0];
        if (!known || sign == 0) continue;
        mpfr_max(to->lo, to->lo, log.lo, MPFR_RNDD);
        mpfr_max(to->hi, to->hi, log.hi, MPFR_RNDU);
    }
    lp_iv_clear(&log);
    return known;
}

/* The rows of one sign add up to more than those of the other where their largest is more than n
 * times as large as the other's largest: log n < 64. */
static int sign_by_size(lp_exact *e) {
    sizes all;
    int sign = 0;
    for (int i = 0; i < 2; i++) {
        lp_iv_init(&all.log[i], 256);
        mpfr_set_inf(all.log[i].lo, -1);
        mpfr_set_inf(all.log[i].hi, -1);
    }
    if (find_sizes(&all, e))
        for (int i = 0; i < 2; i++) {
            mpfr_add_ui(all.log[1 - i].hi, all.log[1 - i].hi, 64, MPFR_RNDU);
            if (mpfr_greater_p(all.log[i].lo, all.log[1 - i].hi)) sign = i ? 1 : -1;
        }
    for (int i = 0; i < 2; i++) lp_iv_clear(&all.log[i]);
    return sign;
}

void lp_batch_look(lp_exact *e) {
    const lp_family *f = e->family;
    lp_batch *b = &e->batch;
    int64_t n = e->scope.c->n;
    b->looked = true;
    b->vanishes = f->vanishes && f->vanishes(&e->scope, 0, n);
    if (b->vanishes) return;
    if (f->positive && f->positive(&e->scope, 0, n))
        b->sign = 1;
    else if (f->expand)
        b->sign = lp_orders_sign(expand_rows, e, e->scope.bits);
    if (b->sign == 0 && f->size) b->sign = sign_by_size(e);
}
