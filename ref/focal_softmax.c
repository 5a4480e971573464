/* focal_softmax: with p = p_c, d = 1 - p, l = -ln p_c = D + log S, D = z_a - z_c, and the others'
 * share r_j = e_j / O, O = sum of e_k over k /= c,
 *
 *   loss   alpha d^g l
 *   grad   -alpha F at c, alpha F r_j elsewhere,   F = d^g (g p l + d)
 *
 * (spec: alpha d^(g-1) (g p ln p - d) ([j = c] - p_j); -p_j = -d r_j, 1 - p_c = d). All factors are
 * >= 0: nothing cancels. d is O / S, never 1 - p by subtraction of what is known.
 *
 * A dominated label (g e^-D < 0.499, c not in the top group) can have p = e_c / S as close to 0 as
 * e^-1e18; with m =
 * d^g - 1 = expm1(g log1p(-p)) and F = 1 + f, f = m (g p l + d) + (g p l - p), what is near a
 * number without bits is written apart from it: loss   alpha D + alpha (D m + (1 + m) log S) grad
 * -alpha - alpha f;  top group, n classes: (alpha + alpha (f - (1 + f) w)) / n, w = 1 - n r_j = (R
 * - e_c) / O
 *
 * Where even MPFR's exponents end (D > 2^60 or so) only the signs of these second terms are left to
 * know. With e_2 the largest below the top, h = max(g, 1), i = min(g, 1):
 *   i p <= -m <= h p,  e_c / K <= p <= e_c,  (one class on top) e_2 / 4 < (1 + m) log S <= R <= K
 * e_2, p (g l - 1 - h (1 + g p l)) <= f <= g p l,  e_2 / K <= w (z_2 > z_c)  or  w <= K e_c so that
 * for z_2 = z_c the terms in D win where i D > 8 K (K + 1 + h), and those in e_2 where e_2 > 16 K h
 * D e_c; f > 0 where g D > 2 (1 + h), and f <= p (g l - 1) < 0, since m <= 0, where g D < 0.99. For
 * g <= 1 and p <= 1/2, -m <= 2 g p: log S wins over D m where 8 g D < 1, as e_2 >= e_c.
 *
 * Rational or not: g is a double, hence rational. All participating logits equal: l = ln n and d^g
 * is algebraic, so that loss and F are transcendental (Lindemann), the coefficient of ln n being no
 * zero. Otherwise no theorem is known: that a product of a power of sums of exponentials and the
 * logarithm of another is no dyadic number follows from Schanuel's conjecture only, and a
 * counterexample to it would be answered `undecided` at the cap.
 *
 * In bits the loss of n = 2^k equal logits is alpha ((n - 1) / n)^g k, dyadic for an integer g (and
 * irrational for any other: n - 1 and n are not both powers of one exponent). A label in a top
 * group of such an n is written as that and a rest, which has the sign of alpha: d = (n - 1 + R) /
 * (n + R) and S = n + R increase with R. */
#include "ref/focal_softmax.h"

#include "ref/dyadic.h"
#include "ref/softmax_xent.h"
#include "ref/softrow.h"

#include <math.h>

/* row->iv: O; the loss or, apart, its second term, without alpha; F or, apart, f. */
enum { OTHERS = LP_SOFT_DOT, LOSS = LP_SOFT_OWN, FACTOR };

static double gamma_of(const lp_scope *s) {
    return lp_case_param(s->c, LP_PARAM_GAMMA);
}

bool lp_focal_on_top(const lp_scope *s, const lp_row *row, int64_t j) {
    const double *z = lp_softrow_logits(s, row);
    return z[j] == z[row->top];
}

static int64_t label_of(const lp_scope *s, const lp_row *row) {
    return s->c->label[row->at];
}

/* Written apart from the number it is near; elsewhere 1 + m and 1 + f would cancel. By a double
 * that rows alike share, p <= e^-D: where it is not apart though g p is small, that is by no more
 * than the number of classes. */
bool lp_focal_apart(const lp_scope *s, const lp_row *row) {
    const double *z = lp_softrow_logits(s, row);
    int64_t c = label_of(s, row);
    return !lp_focal_on_top(s, row, c) && gamma_of(s) * exp(z[c] - z[row->top]) < 0.499;
}

double lp_focal_alpha(const lp_scope *s, const lp_row *row) {
    double alpha = 1;
    lp_xent_weight(&alpha, s->c, label_of(s, row));
    return alpha;
}

bool lp_focal_plain(const lp_scope *s, const lp_row *row) {
    return gamma_of(s) == 0 || row->count == 1 || lp_focal_alpha(s, row) == 0 ||
           lp_softrow_logits(s, row)[label_of(s, row)] == -INFINITY;
}

static lp_status domain(const lp_case *c) {
    return lp_family_softmax_xent.domain(c);
}

static void prepare(lp_scope *s) {
    lp_family_softmax_xent.prepare(s);
}

static void open_row(lp_scope *s, lp_row *row) {
    lp_family_softmax_xent.open(s, row);
}

static lp_kind kind(const lp_scope *s, const lp_row *row, lp_out out, int64_t j) {
    return lp_family_softmax_xent.kind(s, row, out, j);
}

void lp_focal_p(lp_iv *p, const lp_scope *s, const lp_row *row) {
    lp_iv_set_prec(p, row->prec);
    lp_softrow_p(p, s, row, label_of(s, row));
}

/* O / S = O / (O + e_c) increases in O and falls in e_c. In the top group e_c = 1. */
void lp_focal_rest(lp_iv *rest, lp_scope *s, const lp_row *row) {
    const lp_iv *o = &row->iv[OTHERS];
    lp_iv *e = &s->iv[1];
    lp_iv_set_prec(rest, row->prec);
    lp_softrow_e(e, s, row, label_of(s, row));
    mpfr_add(rest->lo, o->lo, e->hi, MPFR_RNDU);
    mpfr_div(rest->lo, o->lo, rest->lo, MPFR_RNDD);
    mpfr_add(rest->hi, o->hi, e->lo, MPFR_RNDD);
    mpfr_div(rest->hi, o->hi, rest->hi, MPFR_RNDU);
}

/* l = D + log S */
static void set_surprise(lp_iv *l, const lp_row *row) {
    lp_iv_set_prec(l, row->prec);
    lp_iv_shift(l, &row->iv[LP_SOFT_LOG], row->x[LP_XENT_X_SHIFT]);
}

/* D = z_a - z_c into x[SHIFT], where softmax_xent keeps D alpha: this family wants it bare. */
static void set_gap(const lp_scope *s, lp_row *row) {
    const double *z = lp_softrow_logits(s, row);
    lp_dyadic_diff(row->x[LP_XENT_X_SHIFT], z[row->top], z[label_of(s, row)]);
}

static void sum_others(lp_scope *s, lp_row *row) {
    const lp_iv *r = &row->iv[LP_SOFT_R];
    lp_iv *o = &row->iv[OTHERS], *e = &s->iv[1];
    if (lp_focal_on_top(s, row, label_of(s, row))) {
        mpfr_add_si(o->lo, r->lo, row->ties - 1, MPFR_RNDD);
        mpfr_add_si(o->hi, r->hi, row->ties - 1, MPFR_RNDU);
        return;
    }
    lp_softrow_e(e, s, row, label_of(s, row));
    mpfr_sub(o->lo, r->lo, e->hi, MPFR_RNDD);
    mpfr_sub(o->hi, r->hi, e->lo, MPFR_RNDU);
    if (mpfr_sgn(o->lo) < 0) mpfr_set_zero(o->lo, 1);
    mpfr_add_si(o->lo, o->lo, row->ties, MPFR_RNDD);
    mpfr_add_si(o->hi, o->hi, row->ties, MPFR_RNDU);
}

/* g p l */
static void gamma_term(lp_iv *r, lp_scope *s, const lp_row *row) {
    lp_iv *p = &s->iv[0], *l = &s->iv[1];
    double g = gamma_of(s);
    lp_focal_p(p, s, row);
    set_surprise(l, row);
    lp_iv_mul_nonneg(r, p, l);
    mpfr_mul_d(r->lo, r->lo, g, MPFR_RNDD);
    mpfr_mul_d(r->hi, r->hi, g, MPFR_RNDU);
}

/* LOSS = d^g l, FACTOR = d^g (g p l + d); d^g increases in d. */
static void evaluate_product(lp_scope *s, lp_row *row) {
    lp_iv power, sum, rest;
    lp_iv_init(&power, row->prec);
    lp_iv_init(&sum, row->prec);
    lp_iv_init(&rest, row->prec);
    lp_focal_rest(&rest, s, row);
    gamma_term(&sum, s, row);
    lp_iv_add(&sum, &sum, &rest);
    mpfr_set_d(s->work[0], gamma_of(s), MPFR_RNDZ);
    mpfr_pow(power.lo, rest.lo, s->work[0], MPFR_RNDD);
    mpfr_pow(power.hi, rest.hi, s->work[0], MPFR_RNDU);
    lp_iv_mul_nonneg(&row->iv[FACTOR], &sum, &power);
    set_surprise(&rest, row);
    lp_iv_mul_nonneg(&row->iv[LOSS], &rest, &power);
    lp_iv_clear(&power);
    lp_iv_clear(&sum);
    lp_iv_clear(&rest);
}

/* m = expm1(g log1p(-p)), falling in p. */
static void power_less_one(lp_iv *m, lp_scope *s, const lp_row *row) {
    lp_iv *p = &s->iv[0];
    lp_focal_p(p, s, row);
    mpfr_neg(m->lo, p->hi, MPFR_RNDD);
    mpfr_log1p(m->lo, m->lo, MPFR_RNDD);
    mpfr_mul_d(m->lo, m->lo, gamma_of(s), MPFR_RNDD);
    mpfr_expm1(m->lo, m->lo, MPFR_RNDD);
    mpfr_neg(m->hi, p->lo, MPFR_RNDU);
    mpfr_log1p(m->hi, m->hi, MPFR_RNDU);
    mpfr_mul_d(m->hi, m->hi, gamma_of(s), MPFR_RNDU);
    mpfr_expm1(m->hi, m->hi, MPFR_RNDU);
}

static bool straddles(const lp_iv *x) {
    return mpfr_sgn(x->lo) <= 0 && mpfr_sgn(x->hi) >= 0;
}

/* Which terms win beyond MPFR's range: those in D (-1), those in e_2 (1), or not known (0). */
static int winner(const lp_scope *s, const lp_row *row) {
    const double *z = lp_softrow_logits(s, row);
    double own = z[label_of(s, row)], second = -INFINITY;
    long double d = (long double)z[row->top] - own, k = (long double)s->c->k;
    long double g = gamma_of(s), h = fmaxl(g, 1), i = fminl(g, 1);
    for (int64_t j = 0; j < s->c->k; j++)
        if (!lp_focal_on_top(s, row, j) && z[j] > second) second = z[j];
    if (!(d > 0x1p60L)) return 0;
    if (second == own) return i * d > 8 * k * (k + 1 + h) ? -1 : 0;
    return (long double)second - own > logl(16 * k) + logl(h) + logl(d) ? 1 : 0;
}

/* r straddles 0 and its sign is known: one end is 0. */
static void settle(lp_iv *r, int sign) {
    if (!straddles(r)) return;
    if (sign > 0) mpfr_set_zero(r->lo, 1);
    if (sign < 0) mpfr_set_zero(r->hi, 1);
}

/* Apart: LOSS = D m + (1 + m) log S, FACTOR = f. */
static void evaluate_apart(lp_scope *s, lp_row *row) {
    lp_iv m, t, rest;
    lp_iv *loss = &row->iv[LOSS], *f = &row->iv[FACTOR];
    lp_iv_init(&m, row->prec);
    lp_iv_init(&t, row->prec);
    lp_iv_init(&rest, row->prec);
    power_less_one(&m, s, row);
    mpfr_add_ui(t.lo, m.lo, 1, MPFR_RNDD);
    mpfr_add_ui(t.hi, m.hi, 1, MPFR_RNDU);
    lp_iv_mul_nonneg(loss, &row->iv[LP_SOFT_LOG], &t);
    lp_iv_scale(&t, &m, row->x[LP_XENT_X_SHIFT]);
    lp_iv_add(loss, loss, &t);
    gamma_term(&t, s, row);
    lp_focal_rest(&rest, s, row);
    lp_iv_add(&rest, &rest, &t); /* g p l + d */
    lp_iv_mul_nonneg(f, &m, &rest);
    lp_focal_p(&s->iv[0], s, row);
    lp_iv_neg(&s->iv[0]);
    lp_iv_add(&t, &t, &s->iv[0]);
    lp_iv_add(f, f, &t);
    long double d = mpfr_get_ld(row->x[LP_XENT_X_SHIFT], MPFR_RNDZ), g = gamma_of(s);
    if (straddles(loss)) settle(loss, d > 0x1p60L && 8 * g * d < 1 ? 1 : winner(s, row));
    if (straddles(loss)) settle(loss, lp_focal_loss_sign(s, row));
    if (d > 0x1p60L && g * d > 2 * (1 + fmaxl(g, 1))) settle(f, 1);
    if (d > 0x1p60L && g * d < 0.99L) settle(f, -1); /* l < D + 2^6 */
    if (straddles(f)) settle(f, lp_focal_grad_sign(s, row, false));
    lp_iv_clear(&m);
    lp_iv_clear(&t);
    lp_iv_clear(&rest);
}

static void evaluate(lp_scope *s, lp_row *row) {
    lp_softrow_evaluate(s, row, true);
    if (lp_focal_plain(s, row)) return;
    set_gap(s, row);
    sum_others(s, row);
    if (lp_focal_apart(s, row))
        evaluate_apart(s, row);
    else
        evaluate_product(s, row);
}

/* two = alpha ((n - 1) / n)^g k, r the rest; false: not of that kind. alpha in work[0], of x->two
 * only where true. */
static bool enclose_dyadic(lp_enclosure *x, lp_scope *s, lp_row *row) {
    mpfr_t *power = &s->work[1];
    if (!lp_focal_on_top(s, row, label_of(s, row))) return false;
    if (!lp_focal_equal_power(*power, s, row)) return false;
    lp_dyadic_mul_d(*power, *power, __builtin_ctzll((unsigned long long)row->ties));
    lp_dyadic_mul(*power, *power, s->work[0]);
    lp_dyadic_copy(x->two, *power);
    x->whole = row->equal;
    if (x->whole) return true;
    lp_iv *part = &s->iv[0];
    lp_iv_set_prec(part, row->prec);
    mpfr_const_log2(part->lo, MPFR_RNDD);
    mpfr_const_log2(part->hi, MPFR_RNDU);
    mpfr_neg(*power, *power, MPFR_RNDZ);
    lp_iv_scale(part, part, *power);
    lp_iv_scale(&x->r, &row->iv[LOSS], s->work[0]);
    lp_iv_add(&x->r, &x->r, part);
    settle(&x->r, mpfr_sgn(s->work[0]));
    return true;
}

static void enclose_loss(lp_enclosure *x, lp_scope *s, lp_row *row) {
    if (s->bits && enclose_dyadic(x, s, row)) return;
    lp_iv_scale(&x->r, &row->iv[LOSS], s->work[0]);
    if (lp_focal_apart(s, row)) lp_dyadic_mul(x->a, s->work[0], row->x[LP_XENT_X_SHIFT]);
}

static void enclose_label(lp_enclosure *x, lp_scope *s, lp_row *row) {
    mpfr_neg(s->work[0], s->work[0], MPFR_RNDZ);
    lp_iv_scale(&x->r, &row->iv[FACTOR], s->work[0]);
    if (lp_focal_apart(s, row)) lp_dyadic_copy(x->a, s->work[0]);
}

/* 1 + f where f is kept. */
void lp_focal_factor(lp_iv *r, const lp_scope *s, const lp_row *row) {
    lp_iv_set_prec(r, row->prec);
    const lp_iv *f = &row->iv[FACTOR];
    unsigned base = lp_focal_apart(s, row) ? 1 : 0;
    mpfr_add_ui(r->lo, f->lo, base, MPFR_RNDD);
    mpfr_add_ui(r->hi, f->hi, base, MPFR_RNDU);
    if (mpfr_sgn(r->lo) < 0) mpfr_set_zero(r->lo, 1);
}

/* f - (1 + f) w, w = (O - n) / O falling in n / O. */
static void enclose_tied(lp_enclosure *x, lp_scope *s, lp_row *row) {
    const lp_iv *o = &row->iv[OTHERS], *f = &row->iv[FACTOR];
    lp_iv *w = &s->iv[0], *one = &s->iv[1];
    lp_iv_set_prec(w, row->prec);
    lp_softrow_e(one, s, row, label_of(s, row));
    mpfr_sub(w->lo, row->iv[LP_SOFT_R].lo, one->hi, MPFR_RNDD);
    if (mpfr_sgn(w->lo) < 0) mpfr_set_zero(w->lo, 1);
    mpfr_sub(w->hi, row->iv[LP_SOFT_R].hi, one->lo, MPFR_RNDU);
    mpfr_div(w->lo, w->lo, o->hi, MPFR_RNDD);
    mpfr_div(w->hi, w->hi, o->lo, MPFR_RNDU);
    lp_focal_factor(one, s, row);
    lp_iv_mul_nonneg(&x->r, w, one);
    lp_iv_neg(&x->r);
    lp_iv_add(&x->r, &x->r, f);
    if (straddles(&x->r)) settle(&x->r, -winner(s, row));
    if (straddles(&x->r)) settle(&x->r, lp_focal_grad_sign(s, row, true));
    lp_iv_scale(&x->r, &x->r, s->work[0]);
    lp_dyadic_copy(x->a, s->work[0]);
    lp_dyadic_set_int(x->b, row->ties);
    x->unit = row->ties == 1;
}

static void enclose_other(lp_enclosure *x, lp_scope *s, lp_row *row, int64_t j) {
    const lp_iv *o = &row->iv[OTHERS];
    lp_iv *f = &s->iv[0], *e = &s->iv[1];
    lp_focal_factor(f, s, row);
    lp_softrow_e(e, s, row, j);
    mpfr_div(e->lo, e->lo, o->hi, MPFR_RNDD);
    mpfr_div(e->hi, e->hi, o->lo, MPFR_RNDU);
    if (!(mpfr_cmp_ui(e->hi, 1) < 0)) mpfr_set_ui(e->hi, 1, MPFR_RNDU); /* O may have underflowed */
    lp_iv_mul_nonneg(&x->r, f, e);
    lp_iv_scale(&x->r, &x->r, s->work[0]);
}

static void enclose(lp_enclosure *x, lp_scope *s, lp_row *row, lp_out out, int64_t j) {
    if (lp_focal_plain(s, row)) {
        lp_family_softmax_xent.enclose(x, s, row, out, j);
        return;
    }
    lp_dyadic_set(s->work[0], lp_focal_alpha(s, row));
    int64_t label = label_of(s, row);
    if (out == LP_OUT_LOSS) {
        enclose_loss(x, s, row);
    } else if (j == label) {
        enclose_label(x, s, row);
    } else if (lp_softrow_logits(s, row)[j] == -INFINITY) {
        x->whole = true;
    } else if (lp_focal_on_top(s, row, j) && lp_focal_apart(s, row)) {
        enclose_tied(x, s, row);
    } else {
        enclose_other(x, s, row, j);
    }
}

/* sum |z_j grad_j|. */
static long double sensitivity(lp_scope *s, lp_row *row, lp_out out, int64_t j) {
    if (out != LP_OUT_LOSS) return 0;
    if (lp_focal_plain(s, row)) return lp_family_softmax_xent.sensitivity(s, row, out, j);
    const double *z = lp_softrow_logits(s, row);
    long double f = mpfr_get_ld(row->iv[FACTOR].hi, MPFR_RNDN), sum = 0;
    long double others = mpfr_get_ld(row->iv[OTHERS].lo, MPFR_RNDN);
    if (lp_focal_apart(s, row)) f += 1;
    for (int64_t i = 0; i < s->c->k; i++) {
        if (z[i] == -INFINITY) continue;
        bool label = i == label_of(s, row);
        sum += fabsl(z[i] * (label ? f : f * mpfr_get_ld(row->e.at[i], MPFR_RNDN) / others));
    }
    return sum * fabsl(lp_focal_alpha(s, row));
}

const lp_family lp_family_focal_softmax = {
    .domain = domain,
    .prepare = prepare,
    .open = open_row,
    .kind = kind,
    .evaluate = evaluate,
    .enclose = enclose,
    .bound = lp_bound_focal_softmax,
    .vanishes = lp_focal_vanishes,
    .expand = lp_focal_expand,
    .sensitivity = sensitivity,
};
