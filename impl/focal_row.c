#include "impl/focal_row.h"

#include "impl/far.h"
#include "impl/logarithm.h"
#include "impl/rows.h"
#include "impl/soft_row.h"

enum { ANY = -1 }; /* a class of logit `asked` beside the label */
static double logit(const lp_focal_row *s, int64_t j) {
    return j == ANY ? s->asked : lp_at(s->z, j);
}

static bool split(lp_focal_row *s, bool precise) {
    lp_row *row = &s->row[precise];
    if (s->known[precise]) return true;
    bool number =
        lp_row_split(row, s->z, s->k, s->label, 1, precise || s->gamma > LP_FOCAL_PLAIN_GAMMA);
    if (!number) return false;
    lp_value l = row->infinite ? lp_special(INFINITY) : lp_row_loss(row);
    s->f[precise] = lp_focal_of(lp_row_value(row, row->own), lp_row_value(row, row->rest), l,
                                s->gamma, lp_value_from(s->alpha));
    s->known[precise] = true;
    return true;
}
static lp_value softmax_fast(void *context, int out, int64_t j, bool precise) {
    lp_focal_row *s = context;
    if (!precise && !s->known[0]) return lp_unknown();
    if (!split(s, precise)) return lp_special(NAN);
    const lp_focal_parts *f = &s->f[precise];
    if (out == LP_EVAL_LOSS) return f->loss;
    if (j == s->label) return lp_value_neg(f->at_label);
    return lp_value_mul(lp_soft_row_other(&s->row[precise], logit(s, j)), f->factor);
}
/* The loss where everything is so far below the largest logit a that it is nothing beside 1 in any
 * number of limbs: to first order alpha (gap + sum_{j != a} e_j - gamma gap p). Of exponentials
 * that are only known to lie above 0 the sign of p (R - gamma gap), R = sum_{j != a} e^(u_j - u_c),
 * is what counts, and the rest is at most L + 2 gamma gap p. */
static void far_side(lp_big *x, const lp_focal_row *s, const lp_big *p, const lp_big *gap) {
    lp_big ratio;
    double own = lp_at(s->z, s->label);
    bool above = false;
    int n = gap->n;
    lp_big_mul_d(&ratio, gap, -s->gamma);
    for (int64_t j = 0; j < s->k; j++) {
        double z = lp_at(s->z, j);
        if (j == s->big.top || z < -DBL_MAX) continue;
        lp_big_difference(x, n, z, own);
        lp_big_exp(x, x);
        lp_big_add(&ratio, &ratio, x);
        above |= z - own > 0x1p20; /* beyond any gamma gap < 2^2100 */
    }
    lp_big_mul(x, gap, p);
    lp_big_mul_d(x, x, s->gamma);
    lp_big_scale(x, x, 1);
    lp_big_add(x, x, &s->big.log);
    lp_big_speck(x, x, above ? 1 : lp_big_sign(&ratio));
}
static void far_loss(lp_big *loss, lp_big *rest, const lp_focal_row *s, const lp_big *p,
                     const lp_big *gap, const lp_big *alpha) {
    const lp_big *below = &s->big.below;
    if (below->limb[gap->n - 1] == 0) {
        far_side(rest, s, p, gap);
    } else {
        lp_big x;
        lp_big_mul(rest, gap, p);
        lp_big_mul_d(rest, rest, -s->gamma);
        lp_big_add(rest, rest, below);
        lp_focal_second_order(&x, below, below, gap, s->gamma);
        lp_big_add(rest, rest, &x);
    }
    lp_big_mul(rest, rest, alpha);
    lp_big_mul(loss, gap, alpha);
}
/* Of one of the largest logits, n of them: p = 1/n - B/(n S), q = (n - 1)/n + B/(n S), B = below:
 * so that a q on a midpoint but for a B beyond the limbs has its side. */
static void top_shares(lp_big *p, lp_big *q, const lp_big_row *row) {
    lp_big x;
    lp_big_div(&x, &row->below, &row->all);
    lp_big_div_d(&x, &x, row->ties);
    lp_big_set(p, row->n, 1);
    lp_big_div_d(p, p, row->ties);
    lp_big_sub(p, p, &x);
    lp_big_set(q, row->n, row->ties - 1);
    lp_big_div_d(q, q, row->ties);
    lp_big_add(q, q, &x);
}
/* gamma (l - 1) - 1 */
static void label_term(lp_big *c, const lp_focal_row *s, const lp_big *l) {
    lp_big_add_d(c, l, -1);
    lp_big_mul_d(c, c, s->gamma);
    lp_big_add_d(c, c, -1);
}
static void top_terms(lp_far *f, const void *context) {
    const lp_focal_row *s = context;
    const lp_big_row *row = &s->big;
    for (int64_t j = 0; j < s->k; j++) {
        lp_big c;
        double z = lp_at(s->z, j);
        if (z == row->max || z < -DBL_MAX) continue;
        lp_big_set(&c, LP_BIG_LIMBS, -1);
        if (j == s->label) {
            lp_big_row_gap(&c, row, z);
            if (row->ties > 1) lp_big_add(&c, &c, &row->log);
            label_term(&c, s, &c);
        }
        lp_far_add(f, row->max, z, 1, &c);
    }
}
/* There also the gradient at the label and, times their ties, at the largest logits: -+alpha (1 + p
 * (gamma (l - 1) - 1)), at the latter less the other classes' p. Of a p that is only known to lie
 * above 0 the side is known, in all less than 4 p (gamma l + 1); that of a sum of such is asked of
 * far.h. */
static void far_gradients(lp_focal_row *s, const lp_big *p, const lp_big *l, const lp_big *alpha) {
    const lp_big_row *row = &s->big;
    lp_big side, x, y;
    label_term(&side, s, l);
    if (p->limb[p->n - 1] != 0) {
        lp_big_mul(&side, &side, p);
        lp_focal_second_order(&x, p, &row->below, l, s->gamma);
        lp_big_add(&x, &side, &x);
    } else {
        int sign = lp_big_sign(&side);
        lp_big_mul_d(&x, l, s->gamma);
        lp_big_add_d(&x, &x, 1);
        lp_big_mul(&x, &x, p);
        lp_big_scale(&x, &x, 2);
        lp_big_speck(&x, &x, sign);
        side = x;
    }
    lp_big_add_d(&x, &x, 1);
    lp_big_mul(&s->big_f.at_label, &x, alpha);
    for (int64_t j = 0; j < s->k; j++) {
        if (lp_at(s->z, j) == row->max || j == s->label) continue;
        lp_big_row_exp(&y, row, j, lp_at(s->z, j));
        lp_big_div(&y, &y, &row->all);
        lp_big_sub(&side, &side, &y);
    }
    if (row->below.limb[p->n - 1] != 0) {
        lp_focal_second_order(&y, &row->below, &row->below, l, s->gamma);
        lp_big_add(&side, &side, &y);
    }
    if (lp_big_sign(&side) == 2 && p->n == LP_BIG_LIMBS)
        lp_far_settle(&side, lp_far_sign(top_terms, s, true));
    lp_big_add_d(&side, &side, 1);
    lp_big_mul(&s->far_top, &side, alpha);
}
static void big_split(lp_focal_row *s, int n) {
    lp_big p, q, l, gap, alpha;
    double own = lp_at(s->z, s->label);
    lp_big_row *row = &s->big;
    int64_t top = lp_row_argmax(s->z, s->k);
    if (top != s->label && lp_at(s->z, top) == own) top = s->label;
    lp_big_row_set(row, n, s->z, s->k, top, 1);
    if (top == s->label) {
        top_shares(&p, &q, row);
    } else {
        lp_big_row_exp(&p, row, s->label, own); /* e_c */
        lp_big_sub(&q, &row->all, &p);
        lp_big_div(&p, &p, &row->all);
        lp_big_div(&q, &q, &row->all);
    }
    lp_big_row_gap(&gap, row, own);
    lp_big_add(&l, &row->log, &gap);
    lp_big_set(&alpha, n, s->alpha);
    lp_big_focal_set(&s->big_f, &p, &q, &l, s->gamma, &alpha);
    s->is_far = top != s->label && lp_focal_far(&row->below);
    s->far_alone = s->is_far && row->ties == 1;
    if (s->far_alone) far_loss(&s->big_f.loss, &s->far_rest, s, &p, &gap, &alpha);
    if (s->is_far) far_gradients(s, &p, s->far_alone ? &gap : &l, &alpha);
}
/* alpha (p_j - [j = c]): without gamma, or where p = 0, q = 1 and there is no loss. */
static void plain_slope(lp_big *r, lp_focal_row *s, int64_t j) {
    lp_big e, one, w, others;
    bool label = j == s->label;
    if (s->big.n < r->n) lp_big_row_set(&s->big, r->n, s->z, s->k, lp_row_argmax(s->z, s->k), 1);
    r->n = s->big.n;
    lp_big_set(&one, r->n, 1);
    lp_big_set(&w, r->n, label ? 1 : 0);
    lp_big_set(&others, r->n, label ? 0 : 1);
    lp_big_row_exp(&e, &s->big, j, logit(s, j));
    s->by = lp_big_row_difference(r, &s->big, &e, &one, &w, &others);
    lp_big_mul_d(r, r, s->alpha);
}
static void softmax_exact(lp_big *r, void *context, int out, int64_t j) {
    lp_focal_row *s = context;
    const lp_row *known = &s->row[s->known[0] ? 0 : 1];
    if (out != LP_EVAL_LOSS && (known->infinite || s->gamma == 0)) {
        plain_slope(r, s, j);
        return;
    }
    if (s->big_f.n < r->n) big_split(s, r->n);
    r->n = s->big_f.n;
    s->by = 1;
    if (out == LP_EVAL_LOSS) {
        *r = s->big_f.loss;
        if (s->far_alone) lp_big_add(r, r, &s->far_rest);
    } else if (j == s->label) {
        lp_big_neg(r, &s->big_f.at_label);
    } else if (s->is_far && logit(s, j) == s->big.max) {
        *r = s->far_top;
        s->by = s->big.ties;
    } else {
        lp_big_row_exp(r, &s->big, j, logit(s, j));
        lp_big_div(r, r, &s->big.all);
        lp_big_mul(r, r, &s->big_f.factor);
    }
}
static bool softmax_apart(lp_big *r, lp_big *rest, void *context) {
    lp_focal_row *s = context;
    if (s->big_f.n < r->n) big_split(s, r->n);
    if (!s->far_alone) return false;
    *r = s->big_f.loss;
    *rest = s->far_rest;
    return true;
}
/* What is left of a loss beyond the limbs, to first order: of a label far below the largest logit
 * as in far_loss, of the largest alpha times the other exponentials without gamma, with it no more
 * than their (1 + gamma)-th power. */
static void softmax_far(lp_far *f, void *context) {
    lp_focal_row *s = context;
    const lp_big_row *row = &s->big;
    if (s->big_f.n < LP_BIG_LIMBS) big_split(s, LP_BIG_LIMBS);
    if (row->ties > 1 || !lp_focal_far(&row->rest)) return;
    for (int64_t j = 0; j < s->k; j++) {
        lp_big c;
        double z = lp_at(s->z, j);
        if (j == row->top || z < -DBL_MAX) continue;
        if (!s->far_alone && s->gamma != 0) {
            lp_focal_add_power(f, row->max, z, s->gamma);
            continue;
        }
        lp_big_set(&c, LP_BIG_LIMBS, 0);
        if (j == s->label) lp_big_row_gap(&c, row, z);
        lp_big_mul_d(&c, &c, -s->gamma);
        lp_big_add_d(&c, &c, 1);
        lp_big_mul_d(&c, &c, s->alpha);
        lp_far_add(f, row->max, z, 1, &c);
    }
}
static void softmax_over(lp_big *d, void *context) {
    const lp_focal_row *s = context;
    lp_big_set(d, s->big.n, s->by);
}
static const lp_row_eval eval = {.fast = softmax_fast,
                                 .exact = softmax_exact,
                                 .apart = softmax_apart,
                                 .far = softmax_far,
                                 .over = softmax_over,
                                 .precise = true};

void lp_focal_row_open(lp_focal_row *s, const lp_call *c, int64_t i) {
    lp_view each = lp_view_row(c, LP_IN_ALPHA, 0);
    s->z = lp_view_logits(c, i);
    s->k = c->k;
    s->label = c->label[i];
    s->gamma = lp_focal_param(c, LP_PARAM_GAMMA, 0);
    s->alpha = each.data ? lp_at(each, s->label) : lp_focal_param(c, LP_PARAM_ALPHA, 1);
    s->known[0] = s->known[1] = false;
    s->big.n = s->big_f.n = 0;
}
double lp_focal_row_own(lp_focal_row *s, const lp_sink *sink) {
    return lp_job_component(sink, &eval, s, LP_EVAL_GRAD, s->label, s->k);
}
double lp_focal_row_other(lp_focal_row *s, const lp_sink *sink, double z) {
    s->asked = z;
    return lp_job_component(sink, &eval, s, LP_EVAL_GRAD, ANY, s->k);
}
void lp_focal_answer(const void *context, const lp_call *c, int64_t i, lp_job *job) {
    lp_focal_row s;
    (void)context;
    lp_focal_row_open(&s, c, i);
    if (isnan(s.alpha) || !split(&s, false))
        lp_job_fill(job, c->k, NAN);
    else
        lp_job_answer(job, &eval, &s, c->k);
}
