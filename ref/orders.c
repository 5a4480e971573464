#include "ref/orders.h"

#include "core/memory.h"
#include "ref/dyadic.h"
#include "ref/family.h"
#include "ref/prob.h"

#include <stdlib.h>

/* Where student and teacher have depths 1 : 2 : 3, the first two orders of KL can cancel. All
 * denominators of the logarithm up to there divide 60. */
enum { MOST_ORDERS = 5, LCM = 60 };

static void open_orders(lp_orders *o, int p) {
    *o = (lp_orders){.p = p, .fits = true};
    o->log = lp_memory_zeros(LP_LOGS_MOST, sizeof *o->log);
    o->of = lp_memory_zeros(LP_LOGS_MOST, sizeof *o->of);
    mpz_init_set_ui(o->den, 1);
    mpfr_init2(o->weight, 64);
    mpfr_init2(o->rest, LP_ORDERS_REST);
    mpfr_set_zero(o->weight, 1);
    mpfr_set_inf(o->rest, 1);
}

static void close_orders(lp_orders *o) {
    lp_expsum_clear(&o->sum);
    for (int64_t i = 0; i < o->logs; i++) mpfr_clear(o->log[i]);
    free(o->log);
    free(o->of);
    mpz_clear(o->den);
    mpfr_clears(o->weight, o->rest, (mpfr_ptr)0);
}

/* r = c x, exactly. */
static void times(mpfr_t r, const mpfr_t c, const mpz_t x) {
    mpfr_t factor;
    mpfr_init2(factor, (mpfr_prec_t)mpz_sizeinbase(x, 2) + 1);
    mpfr_set_z(factor, x, MPFR_RNDZ);
    lp_dyadic_mul(r, c, factor);
    mpfr_clear(factor);
}

/* den becomes a multiple of n, and the sum follows. */
static void cover(lp_orders *o, const mpz_t n) {
    mpz_t common, factor;
    mpz_inits(common, factor, NULL);
    mpz_lcm(common, o->den, n);
    mpz_divexact(factor, common, o->den);
    for (int64_t i = 0; mpz_cmp_ui(factor, 1) != 0 && i < o->sum.count; i++)
        times(o->sum.at[i].c, o->sum.at[i].c, factor);
    mpz_swap(o->den, common);
    mpz_clears(common, factor, NULL);
}

/* sum += sign c x / n, n a divisor of den. */
static void take(lp_orders *o, const mpfr_t c, int sign, const lp_expsum *x, const mpz_t n) {
    mpz_t factor;
    mpfr_t part;
    mpz_init(factor);
    mpfr_init2(part, 64);
    mpz_divexact(factor, o->den, n);
    if (sign < 0) mpz_neg(factor, factor);
    times(part, c, factor);
    lp_expsum_add_scaled(&o->sum, x, part);
    o->fits = o->fits && o->sum.count <= LP_ORDERS_TERMS;
    mpz_clear(factor);
    mpfr_clear(part);
}

/* weight += |c| X^i Y^j, rest = min(rest, i x + j y), with the sums' magnitudes and least
 * exponents; no i: x is not looked at. */
static void leave(lp_orders *o, const mpfr_t c, const lp_expsum *x, int i, const lp_expsum *y,
                  int j) {
    MPFR_DECL_INIT(size, 64);
    MPFR_DECL_INIT(all, 64);
    MPFR_DECL_INIT(low, 64);
    MPFR_DECL_INIT(exponent, 64);
    mpfr_abs(all, c, MPFR_RNDU);
    mpfr_set_zero(exponent, 1);
    for (int part = 0; part < 2; part++) {
        int power = part ? j : i;
        if (power == 0) continue;
        lp_expsum_size(size, low, part ? y : x);
        mpfr_pow_ui(size, size, (unsigned long)power, MPFR_RNDU);
        mpfr_mul(all, all, size, MPFR_RNDU);
        mpfr_mul_si(low, low, power, MPFR_RNDD);
        mpfr_add(exponent, exponent, low, MPFR_RNDD);
    }
    mpfr_add(o->weight, o->weight, all, MPFR_RNDU);
    mpfr_min(o->rest, o->rest, exponent, MPFR_RNDD);
}

/* Order i is c first x^(i-1) over i n^i, by n^i or, with a square below, times i over by n^(i+1);
 * of alternating sign. */
typedef enum series { LOGARITHM, QUOTIENT, SQUARE } series;

static void denominator(mpz_t over, series kind, int64_t n, int i, int64_t by) {
    mpz_ui_pow_ui(over, (unsigned long)n, (unsigned long)(i + (kind == SQUARE)));
    mpz_mul_ui(over, over, (unsigned long)by);
}

/* Exponentials below e^-40 alone: of nearer ones no order outweighs the next by enough, the
 * precision tells them, and products of many cost more than it. */
static bool far(lp_orders *o, const lp_expsum *x) {
    MPFR_DECL_INIT(size, 64);
    MPFR_DECL_INIT(low, 64);
    lp_expsum_size(size, low, x);
    o->fits = o->fits && mpfr_cmp_ui(low, 40) >= 0;
    return o->fits;
}

static void add_series(lp_orders *o, const mpfr_t c, series kind, const lp_expsum *first,
                       lp_expsum *x, int64_t n, int64_t by) {
    lp_expsum power = {0};
    mpfr_t one, factor;
    mpz_t over;
    mpz_init(over);
    mpfr_inits2(64, one, factor, (mpfr_ptr)0);
    mpfr_set_ui(one, 1, MPFR_RNDZ);
    denominator(over, kind, n, o->p, kind == LOGARITHM ? LCM : by);
    cover(o, over);
    lp_expsum_add_scaled(&power, first, one);
    for (int i = 1; i <= o->p && o->fits; i++) {
        if (i > 1) o->fits = lp_expsum_multiply(&power, x);
        if (!o->fits) break;
        denominator(over, kind, n, i, kind == LOGARITHM ? i : by);
        lp_dyadic_set_int(factor, kind == SQUARE ? i : 1);
        lp_dyadic_mul(factor, factor, c);
        take(o, factor, i % 2 ? 1 : -1, &power, over);
    }
    mpfr_clears(one, factor, (mpfr_ptr)0);
    mpz_clear(over);
    lp_expsum_clear(&power);
}

static void add_constant(lp_orders *o, const mpfr_t c, int64_t n) {
    int64_t i = 0;
    while (i < o->logs && o->of[i] != n) i++;
    o->fits = o->fits && i < LP_LOGS_MOST;
    if (n == 1 || !o->fits) return;
    if (i == o->logs) {
        mpfr_init2(o->log[i], 64);
        mpfr_set_zero(o->log[i], 1);
        o->of[o->logs++] = n;
    }
    lp_dyadic_add(o->log[i], o->log[i], c);
}

void lp_orders_add_log(lp_orders *o, const mpfr_t c, lp_expsum *x, int64_t n) {
    add_constant(o, c, n);
    if (mpfr_zero_p(c) || lp_expsum_zero(x) || !far(o, x)) return;
    add_series(o, c, LOGARITHM, x, x, n, 1);
    leave(o, c, x, o->p + 1, NULL, 0);
}

void lp_orders_add_quotient(lp_orders *o, const mpfr_t c, lp_expsum *y, lp_expsum *x, int64_t n,
                            int64_t by) {
    if (mpfr_zero_p(c) || lp_expsum_zero(y) || !far(o, y)) return;
    add_series(o, c, QUOTIENT, y, x, n, by);
    if (!lp_expsum_zero(x)) leave(o, c, x, o->p, y, 1);
}

void lp_orders_add_square(lp_orders *o, const mpfr_t c, lp_expsum *y, lp_expsum *x, int64_t n,
                          int64_t by) {
    mpfr_t most;
    if (mpfr_zero_p(c) || lp_expsum_zero(y) || !far(o, y)) return;
    add_series(o, c, SQUARE, y, x, n, by);
    if (lp_expsum_zero(x)) return;
    mpfr_init2(most, 64);
    lp_dyadic_set_int(most, o->p + 1);
    lp_dyadic_mul(most, most, c);
    leave(o, most, x, o->p, y, 1);
    mpfr_clear(most);
}

void lp_orders_add_sum(lp_orders *o, const mpfr_t c, const lp_expsum *x, unsigned long by) {
    mpz_t over;
    mpz_init_set_ui(over, by);
    cover(o, over);
    take(o, c, 1, x, over);
    mpz_clear(over);
}

void lp_orders_leave_out(lp_orders *o, const mpfr_t weight, const mpfr_t rest) {
    mpfr_add(o->weight, o->weight, weight, MPFR_RNDU);
    mpfr_min(o->rest, o->rest, rest, MPFR_RNDD);
}

/* Of the whole, times den. */
static int sign_of(lp_orders *o) {
    MPFR_DECL_INIT(den, 64);
    mpfr_set_z(den, o->den, MPFR_RNDU);
    mpfr_mul(o->weight, o->weight, den, MPFR_RNDU);
    return lp_expsum_sign_beside(&o->sum, o->weight, o->rest);
}

int lp_orders_sign(lp_orders_fill fill, void *of, bool bits) {
    bool more = true;
    int sign = 0;
    for (int p = 1; p <= MOST_ORDERS && more && !sign; p++) {
        lp_orders o;
        open_orders(&o, p);
        more = fill(&o, of) && o.fits && lp_logs_integers_vanish(o.log, o.of, o.logs, bits);
        if (more) sign = sign_of(&o);
        close_orders(&o);
    }
    return sign;
}

typedef struct one_row {
    lp_orders_expand expand;
    struct lp_scope *s;
    const struct lp_row *row;
} one_row;

static bool fill_row(lp_orders *o, void *of) {
    one_row *one = of;
    return one->expand(o, one->s, one->row);
}

int lp_orders_row_sign(lp_orders_expand expand, struct lp_scope *s, const struct lp_row *row) {
    one_row one = {expand, s, row};
    return lp_orders_sign(fill_row, &one, s->bits);
}
