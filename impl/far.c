#include "impl/far.h"

#include "impl/big_row.h"
#include "impl/mag.h"
#include "impl/row.h"

bool lp_gap_same(double a, double b, double c, double d) {
    lp_dd x = lp_two_diff(a, b), y = lp_two_diff(c, d);
    lp_big left, right;
    if (isfinite(x.hi) && isfinite(y.hi)) return x.hi == y.hi && x.lo == y.lo;
    if (x.hi != y.hi) return false;
    lp_big_difference(&left, LP_BIG_LIMBS, a, b);
    lp_big_difference(&right, LP_BIG_LIMBS, c, d);
    return lp_big_compare(&left, &right) == 0;
}
static bool less(lp_wide a, lp_wide b) {
    return lp_wide_sub(a, b).m.hi < 0;
}

static void find(lp_far *f, double top, double z, double temperature, bool counts) {
    lp_wide x = lp_row_gap(top, z, temperature);
    if (f->low.m.hi == 0 || less(x, f->low)) f->low = x;
    if (!counts || (f->any && !less(x, f->least))) return;
    f->any = true;
    f->least = x;
    f->top = top;
    f->z = z;
    f->temperature = temperature;
}
/* e^-((top - z)/T) over the largest */
static void relative(lp_big *e, const lp_far *f, int n, double top, double z, double temperature) {
    lp_big x;
    lp_big_set(e, n, 1);
    if (temperature == f->temperature && lp_gap_same(top, z, f->top, f->z)) return;
    lp_big_difference(e, n, f->top, f->z);
    lp_big_difference(&x, n, top, z);
    if (temperature == f->temperature) {
        lp_big_sub(e, e, &x);
        lp_big_div_d(e, e, temperature);
    } else {
        lp_big_div_d(e, e, f->temperature);
        lp_big_div_d(&x, &x, temperature);
        lp_big_sub(e, e, &x);
    }
    lp_big_exp(e, e);
}
/* c e^-((top - z)/T), `times` as often (NULL: once) */
static void add(lp_far *f, double top, double z, double temperature, const lp_big *times,
                const lp_big *c) {
    int sign = lp_big_sign(c);
    if (!f->summing) {
        f->unfit |= sign == 2 || (sign != 0 && (c->e < -4400 || c->e > 4400));
        find(f, top, z, temperature, sign != 0);
    } else if (sign != 0) {
        lp_big e;
        if (f->sum.n == 0) lp_big_set(&f->sum, c->n, 0);
        relative(&e, f, c->n, top, z, temperature);
        if (times) lp_big_mul(&e, &e, times);
        lp_big_mul(&e, &e, c);
        lp_big_add(&f->sum, &f->sum, &e);
    }
}
void lp_far_add(lp_far *f, double top, double z, double temperature, const lp_big *c) {
    add(f, top, z, temperature, NULL, c);
}
void lp_far_add_sum(lp_far *f, const lp_far *part, const lp_big *c) {
    if (part->any) add(f, part->top, part->z, part->temperature, &part->sum, c);
}
void lp_far_add_beside(lp_far *f, const lp_far *part, double top, double z, const lp_big *c) {
    lp_dd a = lp_two_diff(part->top, part->z), b = lp_two_diff(top, z);
    bool exact = part->any && a.lo == 0 && b.lo == 0 && isfinite(a.hi) && isfinite(b.hi);
    if (part->unfit || !exact)
        f->unfit = true;
    else
        add(f, a.hi, -b.hi, part->temperature, &part->sum, c);
}

void lp_far_sum(lp_far *f, lp_far_terms *terms, const void *context) {
    *f = (lp_far){.summing = false};
    terms(f, context);
    if (f->unfit || !f->any) return;
    f->summing = true;
    terms(f, context);
}
int lp_far_sign(lp_far_terms *terms, const void *context, bool first_order) {
    lp_far f = {.summing = false};
    terms(&f, context);
    if (f.unfit || !f.any) return 0;
    if (first_order && !(less(lp_wide_from(0x1p20), f.low) &&
                         less(f.least, lp_wide_mul(f.low, lp_wide_from(1.5)))))
        return 0;
    f.summing = true;
    terms(&f, context);
    int sign = lp_big_sign(&f.sum);
    return sign == 2 ? 0 : sign;
}

void lp_far_settle(lp_big *x, int sign) {
    if (sign == 0) return;
    x->out = lp_mag_add(x->out, x->in);
    lp_big_speck(x, x, sign);
}
