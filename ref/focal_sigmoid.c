/* focal_sigmoid: -a (1 - p)^g ln p, p = sigma(x), x = z for label 1 and -z for label 0, a =
 * alpha_t.
 *
 * With w = exp(-|x|), L = log1p(w), S = -ln p = softplus(-x), q = 1 - p = sigma(-x):
 *   F = q^g = exp(-E), E = g softplus(x)
 *   loss = a F S,   grad = -s a F (g p S + q), s = +-1 the label's sign
 * products and sums of positive terms: nothing cancels, and the power needs no logarithm of a q
 * that underflowed. Far below 0, F is next to 1 and the loss next to a |x|, the gradient next to -s
 * a: there (the "split") those are the exact parts and the rests are loss  a (expm1(-g L) |x| + F
 * L) grad  -s a (g F p S + expm1(-(g + 1) L)) whose signs, where w is beyond MPFR's range, are
 * those of 1 - g |x| and g |x| - (g + 1); where these are 0 or next to it, and of rests that meet
 * in a sum over rows, the orders tell (focal_order.h).
 *
 * In bits the loss at z = 0 is a 2^-g, rational for an integer g.
 *
 * For g = 0 and at z = 0 the values are transcendental or recognised (logistic.h; 2^-g is
 * algebraic, a double g being rational). Elsewhere no theorem says that exp(x) and ln(1 + exp(-x))
 * are independent (it would follow from Schanuel's conjecture): were a value ever on a boundary,
 * the precision would grow to the cap and the answer be undecided, aloud. */
#include "ref/focal_sigmoid.h"

#include "ref/dyadic.h"
#include "ref/focal_order.h"
#include "ref/logistic.h"

#include <math.h>

/* row->x */
enum { ALPHA };

double lp_focal_gamma(const lp_case *c) {
    return lp_case_param(c, LP_PARAM_GAMMA);
}

static int sign(const lp_scope *s, const lp_row *row) {
    return s->c->label[row->at] ? 1 : -1;
}

double lp_focal_logit(const lp_scope *s, const lp_row *row) {
    return sign(s, row) * s->c->in[LP_IN_LOGITS][row->at];
}

static lp_status domain(const lp_case *c) {
    for (int64_t i = 0; i < c->n; i++)
        if (c->label[i] != 0 && c->label[i] != 1) return LP_E_LABEL;
    return LP_OK;
}

/* alpha, 1 - alpha or, where it is absent, 1. */
static void open_row(lp_scope *s, lp_row *row) {
    if (!lp_case_has(s->c, LP_PARAM_ALPHA))
        lp_dyadic_set(row->x[ALPHA], 1);
    else if (sign(s, row) > 0)
        lp_dyadic_set(row->x[ALPHA], s->c->param[LP_PARAM_ALPHA]);
    else
        lp_dyadic_diff(row->x[ALPHA], 1, s->c->param[LP_PARAM_ALPHA]);
}

static lp_kind kind(const lp_scope *s, const lp_row *row, lp_out out, int64_t j) {
    double x = lp_focal_logit(s, row);
    int alpha = mpfr_sgn(row->x[ALPHA]);
    (void)j;
    if (isnan(x)) return LP_KIND_NAN;
    if (out == LP_OUT_GRAD || x != -INFINITY || alpha == 0) return LP_KIND_NUMBER;
    return alpha > 0 ? LP_KIND_PINF : LP_KIND_NINF;
}

/* Where to split is a matter of speed: both forms are right everywhere. */
static bool is_split(const lp_scope *s, const lp_row *row) {
    double x = lp_focal_logit(s, row), gamma = lp_focal_gamma(s->c);
    return x < 0 && (gamma == 0 || (gamma + 1) * exp(x) < 0.25);
}

/* r = a b, both >= 0; r may be either. */
static void mul(lp_iv *r, const lp_iv *a, const lp_iv *b) {
    mpfr_mul(r->lo, a->lo, b->lo, MPFR_RNDD);
    mpfr_mul(r->hi, a->hi, b->hi, MPFR_RNDU);
}

static void mul_d(lp_iv *r, const lp_iv *a, double x) {
    mpfr_mul_d(r->lo, a->lo, x, x < 0 ? MPFR_RNDU : MPFR_RNDD);
    mpfr_mul_d(r->hi, a->hi, x, x < 0 ? MPFR_RNDD : MPFR_RNDU);
    if (x < 0) mpfr_swap(r->lo, r->hi);
}

static void add_d(lp_iv *r, double x) {
    mpfr_add_d(r->lo, r->lo, x, MPFR_RNDD);
    mpfr_add_d(r->hi, r->hi, x, MPFR_RNDU);
}

/* r = expm1(-e) or exp(-e), decreasing in e. */
static void minus_exp(lp_iv *r, lp_iv *e, int (*f)(mpfr_t, const mpfr_t, mpfr_rnd_t)) {
    lp_iv_neg(e);
    f(r->lo, e->lo, MPFR_RNDD);
    f(r->hi, e->hi, MPFR_RNDU);
    lp_iv_neg(e);
}

typedef struct parts {
    lp_iv w, log, p, q, term;
} parts;

static void init(parts *t, mpfr_prec_t prec) {
    lp_iv *all[] = {&t->w, &t->log, &t->p, &t->q, &t->term};
    for (int i = 0; i < 5; i++) lp_iv_init(all[i], prec);
}

static void clear(parts *t) {
    lp_iv *all[] = {&t->w, &t->log, &t->p, &t->q, &t->term};
    for (int i = 0; i < 5; i++) lp_iv_clear(all[i]);
}

/* w, L, p, q, and E and F of the row. */
static void open_parts(parts *t, lp_scope *s, lp_row *row, double x) {
    lp_iv *small = x >= 0 ? &t->q : &t->p, *large = x >= 0 ? &t->p : &t->q;
    lp_iv *e = &row->iv[LP_FOCAL_E];
    lp_logistic_exp(&t->w, s->work[0], x);
    lp_logistic_log(&t->log, &t->w);
    lp_logistic_share(small, &t->w);
    mpfr_add_ui(large->hi, t->w.lo, 1, MPFR_RNDD);
    mpfr_add_ui(large->lo, t->w.hi, 1, MPFR_RNDU);
    mpfr_ui_div(large->hi, 1, large->hi, MPFR_RNDU);
    mpfr_ui_div(large->lo, 1, large->lo, MPFR_RNDD);
    lp_iv_set(e, &t->log);
    if (x > 0) add_d(e, x);
    mul_d(e, e, lp_focal_gamma(s->c));
    minus_exp(&row->iv[LP_FOCAL_F], e, mpfr_exp);
}

/* What the row's w is too small to tell, `measure` against 1 does, with room for the rounding. */
static void settle_sign(lp_iv *r, double measure) {
    if (measure > 1.01) mpfr_set_zero(r->lo, 1);
    if (measure < 0.99) mpfr_set_zero(r->hi, 1);
}

/* ---- by orders ---- */

/* 2^-g is a rational number that MPFR holds. */
static bool integer_power(double gamma) {
    return gamma == floor(gamma) && gamma < 0x1p60;
}

/* The row (0, z) with its label: one class below the top, at |x|. */
static void fill(lp_focal_row *r, const lp_scope *s, const lp_row *row) {
    double x = lp_focal_logit(s, row);
    MPFR_DECL_INIT(depth, 53);
    mpfr_set_d(depth, fabs(x), MPFR_RNDZ);
    lp_focal_row_init(r, lp_focal_gamma(s->c));
    lp_focal_row_below(r, depth, x < 0);
}

/* At 0 the loss is alpha 2^-g log 2, in bits without r where g is an integer. */
static bool expand(lp_orders *o, lp_scope *s, const lp_row *row) {
    double x = lp_focal_logit(s, row), gamma = lp_focal_gamma(s->c);
    lp_focal_row r;
    lp_expsum none = {0};
    if (mpfr_zero_p(row->x[ALPHA]) || x == INFINITY) return true;
    if (x == 0) {
        if (!integer_power(gamma)) return false;
        lp_dyadic_copy(s->work[0], row->x[ALPHA]);
        mpfr_mul_2si(s->work[0], s->work[0], -(long)gamma, MPFR_RNDZ); /* exact */
        if (!s->bits) lp_orders_add_log(o, s->work[0], &none, 2);
        return true;
    }
    if (x < 0 && !is_split(s, row)) return false;
    fill(&r, s, row);
    bool known = lp_focal_add_loss(o, row->x[ALPHA], &r);
    lp_focal_row_clear(&r);
    return known;
}

/* log += log |y|, y exact. */
static void add_log(lp_iv *log, const mpfr_t y) {
    lp_iv part;
    lp_iv_init(&part, mpfr_get_prec(log->lo));
    mpfr_abs(part.hi, y, MPFR_RNDU);
    mpfr_abs(part.lo, y, MPFR_RNDD);
    mpfr_log(part.lo, part.lo, MPFR_RNDD);
    mpfr_log(part.hi, part.hi, MPFR_RNDU);
    lp_iv_add(log, log, &part);
    lp_iv_clear(&part);
}

/* log of F S. Beyond 64, S = log(1 + w) of w = e^-x lies between w / 2 and w. */
static void add_product(lp_iv *log, lp_scope *s, double x) {
    double gamma = lp_focal_gamma(s->c);
    lp_iv w, e;
    lp_iv_init(&w, mpfr_get_prec(log->lo));
    lp_iv_init(&e, mpfr_get_prec(log->lo));
    lp_logistic_exp(&w, s->work[0], x);
    lp_logistic_log(&w, &w);
    lp_iv_set(&e, &w);
    if (x > 0) add_d(&e, x);
    mul_d(&e, &e, -gamma);
    lp_iv_add(log, log, &e);
    if (x > 64) {
        add_d(log, -x);
        mpfr_sub_ui(log->lo, log->lo, 1, MPFR_RNDD);
    } else {
        if (x < 0) add_d(&w, -x);
        mpfr_log(w.lo, w.lo, MPFR_RNDD);
        mpfr_log(w.hi, w.hi, MPFR_RNDU);
        lp_iv_add(log, log, &w);
    }
    lp_iv_clear(&w);
    lp_iv_clear(&e);
}

/* Split, with d = -x, g w < 1/4 and w / 2 <= L <= w: where g d >= 8 the rest is negative, d (1 - F)
 * - F L between d g L / 2 - L >= d g w / 8 and d g w; where g d <= 1/2 it is positive, between L
 * (e^-(1/4) - 1/2) >= w / 8 and w. */
static int add_rest(lp_iv *log, double x, double gamma) {
    MPFR_DECL_INIT(pull, 106);
    mpfr_set_d(pull, -x, MPFR_RNDZ);
    mpfr_mul_d(pull, pull, gamma, MPFR_RNDZ); /* exact */
    bool far = mpfr_cmp_ui(pull, 8) >= 0;
    if (!far && mpfr_cmp_d(pull, 0.5) > 0) return 0;
    if (far) add_log(log, pull);
    add_d(log, x);
    mpfr_sub_ui(log->lo, log->lo, 3, MPFR_RNDD); /* log 8 */
    return far ? -1 : 1;
}

static bool size(int *sign, lp_iv *log, lp_scope *s, const lp_row *row) {
    double x = lp_focal_logit(s, row), gamma = lp_focal_gamma(s->c);
    int alpha = mpfr_sgn(row->x[ALPHA]);
    *sign = 0;
    if (alpha == 0 || x == INFINITY || (x == 0 && s->bits && integer_power(gamma))) return true;
    mpfr_set_zero(log->lo, 1);
    mpfr_set_zero(log->hi, 1);
    add_log(log, row->x[ALPHA]);
    *sign = 1;
    if (is_split(s, row))
        *sign = add_rest(log, x, gamma);
    else
        add_product(log, s, x);
    *sign *= alpha;
    return *sign != 0;
}

static bool expand_grad(lp_orders *o, lp_scope *s, const lp_row *row) {
    lp_focal_row r;
    fill(&r, s, row);
    lp_focal_add_grad(o, &r, false);
    lp_focal_row_clear(&r);
    return true;
}

/* Rows as many as are worth a quadratic comparison. */
#define MOST_ROWS 512

/* The losses of rows of one x are alpha times one number: n of label 1 and m of label 0 among the
 * rows add up to nothing where n alpha + m (1 - alpha) = 0. Unknown to rows that come later. */
static bool cancels(lp_scope *s, int64_t at, int64_t rows, int64_t first) {
    const lp_case *c = s->c;
    lp_row row = {.at = first};
    double x = lp_focal_logit(s, &row);
    int64_t count[2] = {0, 0};
    if (x == INFINITY) return true;
    for (int64_t i = at; i < at + rows; i++) {
        row.at = i;
        if (lp_case_ignored(c, i) || lp_focal_logit(s, &row) != x) continue;
        if (i < first) return true;
        count[c->label[i] != 0]++;
    }
    lp_dyadic_set_int(s->work[0], count[1] - count[0]);
    lp_dyadic_mul_d(s->work[0], s->work[0], c->param[LP_PARAM_ALPHA]);
    lp_dyadic_set_int(s->work[1], count[0]);
    lp_dyadic_add(s->work[0], s->work[0], s->work[1]);
    return mpfr_zero_p(s->work[0]);
}

static bool vanishes(lp_scope *s, int64_t at, int64_t rows) {
    bool zero = rows <= MOST_ROWS && lp_case_has(s->c, LP_PARAM_ALPHA);
    for (int64_t i = at; zero && i < at + rows; i++)
        if (!lp_case_ignored(s->c, i)) zero = cancels(s, at, rows, i);
    return zero;
}

/* The rest of a loss or gradient, alpha being no 0, of which its enclosure tells no sign. */
static void settle_rest(lp_scope *s, lp_row *row, bool loss) {
    lp_iv *r = &row->iv[loss ? LP_FOCAL_LOSS : LP_FOCAL_GRAD];
    if (!lp_iv_straddles(r)) return;
    int sign = lp_orders_row_sign(loss ? expand : expand_grad, s, row);
    if (loss && mpfr_sgn(row->x[ALPHA]) < 0) sign = -sign;
    lp_iv_settle(r, sign);
}

static void evaluate_loss(lp_row *row, parts *t, double x, double gamma, bool split) {
    lp_iv *loss = &row->iv[LP_FOCAL_LOSS], *f = &row->iv[LP_FOCAL_F];
    if (!split) {
        lp_iv_set(loss, &t->log);
        if (x < 0) add_d(loss, -x);
        mul(loss, loss, f);
        return;
    }
    minus_exp(loss, &row->iv[LP_FOCAL_E], mpfr_expm1);
    mul_d(loss, loss, -x);
    mul(&t->term, f, &t->log);
    lp_iv_add(loss, loss, &t->term);
    if (mpfr_zero_p(t->w.lo)) {
        lp_iv_neg(loss);
        settle_sign(loss, gamma * -x);
        lp_iv_neg(loss);
    }
}

static void evaluate_grad(lp_row *row, parts *t, double x, double gamma, bool split) {
    lp_iv *grad = &row->iv[LP_FOCAL_GRAD], *f = &row->iv[LP_FOCAL_F];
    lp_iv_set(grad, &t->log); /* g p S */
    if (x < 0) add_d(grad, -x);
    mul(grad, grad, &t->p);
    mul_d(grad, grad, gamma);
    if (!split) {
        lp_iv_add(grad, grad, &t->q);
        mul(grad, grad, f);
        return;
    }
    mul(grad, grad, f);
    lp_iv_add(&t->log, &t->log, &row->iv[LP_FOCAL_E]); /* (g + 1) L */
    minus_exp(&t->term, &t->log, mpfr_expm1);
    lp_iv_add(grad, grad, &t->term);
    if (mpfr_zero_p(t->w.lo)) settle_sign(grad, gamma / (gamma + 1) * -x);
}

static void evaluate(lp_scope *s, lp_row *row) {
    double x = lp_focal_logit(s, row), gamma = lp_focal_gamma(s->c);
    bool split = is_split(s, row);
    parts t;
    if (!isfinite(x)) return;
    for (int i = 0; i < LP_FOCAL_INTERVALS; i++) lp_iv_set_prec(&row->iv[i], row->prec);
    init(&t, row->prec);
    open_parts(&t, s, row, x);
    evaluate_loss(row, &t, x, gamma, split);
    evaluate_grad(row, &t, x, gamma, split);
    clear(&t);
}

static void enclose(lp_enclosure *x, lp_scope *s, lp_row *row, lp_out out, int64_t j) {
    double at = lp_focal_logit(s, row);
    bool loss = out == LP_OUT_LOSS, split = is_split(s, row);
    (void)j;
    x->whole = mpfr_zero_p(row->x[ALPHA]) || isinf(at);
    if (mpfr_zero_p(row->x[ALPHA]) || at == INFINITY || (isinf(at) && loss)) return;
    lp_dyadic_copy(s->work[0], row->x[ALPHA]);
    if (!loss && sign(s, row) > 0) mpfr_neg(s->work[0], s->work[0], MPFR_RNDZ);
    if (!loss && at == 0 && lp_focal_gamma(s->c) == 0) {
        lp_dyadic_mul_d(x->a, s->work[0], 0.5);
        x->whole = true;
        return;
    }
    if (loss && at == 0 && s->bits && integer_power(lp_focal_gamma(s->c))) {
        lp_dyadic_copy(x->two, s->work[0]);
        mpfr_mul_2si(x->two, x->two, -(long)lp_focal_gamma(s->c), MPFR_RNDZ); /* exact */
        x->whole = true;
        return;
    }
    if (split) lp_dyadic_mul_d(x->a, s->work[0], loss ? -at : 1);
    if (isinf(at)) lp_dyadic_copy(x->a, s->work[0]);
    if (x->whole) return;
    if (split) settle_rest(s, row, loss);
    lp_iv_scale(&x->r, &row->iv[loss ? LP_FOCAL_LOSS : LP_FOCAL_GRAD], s->work[0]);
}

/* |z grad|. */
static long double sensitivity(lp_scope *s, lp_row *row, lp_out out, int64_t j) {
    double x = lp_focal_logit(s, row);
    (void)j;
    if (out != LP_OUT_LOSS || !isfinite(x)) return 0;
    long double grad = mpfr_get_ld(row->iv[LP_FOCAL_GRAD].hi, MPFR_RNDN);
    if (is_split(s, row)) grad += 1;
    return fabsl(x * grad * mpfr_get_ld(row->x[ALPHA], MPFR_RNDN));
}

const lp_family lp_family_focal_sigmoid = {
    .domain = domain,
    .open = open_row,
    .kind = kind,
    .evaluate = evaluate,
    .enclose = enclose,
    .bound = lp_bound_focal_sigmoid,
    .vanishes = vanishes,
    .expand = expand,
    .size = size,
    .sensitivity = sensitivity,
};
