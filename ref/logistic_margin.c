/* logistic_margin: ln(1 + e^-x), x = y z, y = -1 or 1; gradient -y sigma(-x).
 *
 * With w = exp(-|x|), L = log1p(w), V = w / (1 + w):
 *
 *            x > 0     x < 0        x = 0
 *   loss     L         |x| + L      ln 2
 *   grad     -y V      -y + y V     -y / 2
 *
 * The parts without w are exact, L is transcendental for every finite x and V for x /= 0
 * (logistic.h); ln 2 at x = 0 is one bit. */
#include "ref/logistic.h"

#include "ref/dyadic.h"

#include <math.h>

/* row->iv */
enum { LOG, SHARE };

static double label(const lp_scope *s, const lp_row *row) {
    return (double)s->c->label[row->at];
}

static double margin(const lp_scope *s, const lp_row *row) {
    return label(s, row) * s->c->in[LP_IN_LOGITS][row->at];
}

/* Rule 1. */
static lp_status domain(const lp_case *c) {
    for (int64_t i = 0; i < c->n; i++)
        if (c->label[i] != 1 && c->label[i] != -1) return LP_E_LABEL;
    return LP_OK;
}

static void open_row(lp_scope *s, lp_row *row) {
    (void)s, (void)row; /* nothing to find once: the row is one component */
}

static lp_kind kind(const lp_scope *s, const lp_row *row, lp_out out, int64_t j) {
    double x = margin(s, row);
    (void)j;
    if (isnan(x)) return LP_KIND_NAN;
    return out == LP_OUT_LOSS && x == -INFINITY ? LP_KIND_PINF : LP_KIND_NUMBER;
}

static void evaluate(lp_scope *s, lp_row *row) {
    double x = margin(s, row);
    lp_iv *w = &s->iv[0];
    if (!isfinite(x)) return; /* kind and enclose need no value */
    lp_iv_set_prec(w, row->prec);
    for (int i = LOG; i <= SHARE; i++) lp_iv_set_prec(&row->iv[i], row->prec);
    lp_logistic_exp(w, s->work[0], x);
    lp_logistic_log(&row->iv[LOG], w);
    lp_logistic_share(&row->iv[SHARE], w);
}

static void enclose_loss(lp_enclosure *x, const lp_scope *s, const lp_row *row, double margin) {
    bool bit = s->bits && margin == 0;
    x->whole = isinf(margin) || bit; /* +inf: the loss is 0 */
    if (bit) mpfr_set_ui(x->two, 1, MPFR_RNDZ);
    if (x->whole) return;
    if (margin < 0) lp_dyadic_set(x->a, -margin);
    lp_iv_set(&x->r, &row->iv[LOG]);
}

static void enclose_grad(lp_enclosure *x, const lp_row *row, double margin, double y) {
    x->whole = margin == 0 || isinf(margin);
    if (margin <= 0) lp_dyadic_set(x->a, margin == 0 ? -y / 2 : -y);
    if (x->whole) return;
    lp_iv_set(&x->r, &row->iv[SHARE]);
    if ((margin > 0) == (y > 0)) lp_iv_neg(&x->r);
}

static void enclose(lp_enclosure *x, lp_scope *s, lp_row *row, lp_out out, int64_t j) {
    (void)j;
    if (out == LP_OUT_LOSS)
        enclose_loss(x, s, row, margin(s, row));
    else
        enclose_grad(x, row, margin(s, row), label(s, row));
}

/* The textbook programs, e = exp(-|x|); the products with the label and the negations are exact:
 *   loss      max(-x, 0) + log1p(e)
 *   gradient  -y * sigma(-x), sigma in the form whose exponential cannot overflow */
static bool bound(mpfr_t err, lp_scope *s, lp_row *row, lp_out out, int64_t j,
                  const lp_enclosure *x) {
    double z = -margin(s, row);
    mpfr_t *n = s->unit.n;
    (void)j, (void)x;
    if (!isfinite(z)) { /* a special value, not an evaluation: nothing but the storing */
        mpfr_set_zero(err, 1);
        return true;
    }
    lp_logistic_bound_open(s, z);
    return out == LP_OUT_LOSS ? lp_logistic_bound_softplus(err, n[4], s, z)
                              : lp_logistic_bound_sigma(err, n[4], s, z);
}

/* |z grad|; the label is not counted among the inputs. */
static long double sensitivity(lp_scope *s, lp_row *row, lp_out out, int64_t j) {
    double x = margin(s, row);
    (void)j;
    if (out != LP_OUT_LOSS || !isfinite(x)) return 0;
    long double share = mpfr_get_ld(row->iv[SHARE].hi, MPFR_RNDN);
    return fabsl((long double)x) * (x < 0 ? 1 - share : share);
}

const lp_family lp_family_logistic_margin = {
    .domain = domain,
    .open = open_row,
    .kind = kind,
    .evaluate = evaluate,
    .enclose = enclose,
    .bound = bound,
    .sensitivity = sensitivity,
};
