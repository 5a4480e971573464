/* focal_softmax and focal_sigmoid. p the probability of the label, q = 1 - p, l = -ln p:
 *   loss = alpha q^gamma l
 *   gradient = -alpha q^gamma (gamma p l + q)                 at the label (sigmoid: in s z)
 *              alpha q^gamma (gamma p l/q + 1) p_j            elsewhere
 * products and sums of positive terms, given p, q and l from a row seen from its label (row.h).
 *
 * q^gamma = exp(gamma ln q) multiplies the relative error of ln q by |gamma ln q|, hence precise.h.
 * It multiplies that of q by gamma where q is small and that of p by gamma p where q is near 1: by
 * gamma at most, so up to gamma = 4 the row's own 2^-66.2 give 2^-63.9; beyond, where q^gamma is
 * not 0 the factor is 2200/ln 2 at most, and the row is evaluated precisely too. */
#include "impl/binary.h"
#include "impl/logarithm.h"
#include "impl/rows.h"
#include "impl/soft_row.h"

#define PLAIN_GAMMA 4.0

static double param(const lp_call *c, lp_param p, double neutral) {
    return c->set & LP_PARAM_BIT(p) ? c->param[p] : neutral;
}

/* The label's p, q and l, and what is made of them. */
typedef struct focal {
    lp_value at_label; /* gradient there, without its sign */
    lp_value factor;   /* of p_j elsewhere */
    lp_value loss;
} focal;
/* q^gamma, q = 1 - p > 0; gamma >= 0. */
static lp_value power(lp_value q, lp_value p, double gamma) {
    if (gamma == 0 || p.x.m.hi == 0) return lp_value_from(1);
    bool small = p.x.e < -1;
    lp_value log = small ? lp_value_log1p(lp_value_neg(p), true) : lp_value_log(q, true);
    return lp_value_exp(lp_value_mul(lp_value_from(gamma), log), true);
}
static focal evaluate(lp_value p, lp_value q, lp_value l, double gamma, lp_value alpha) {
    const lp_value zero = lp_value_zero(), one = lp_value_from(1);
    if (q.x.m.hi == 0) return (focal){zero, zero, zero}; /* p = 1: +0 for every gamma */
    lp_value weight = lp_value_mul(alpha, power(q, p, gamma)), pull = one;
    if (l.special == 0 && gamma != 0) { /* p ln p = 0 at p = 0 */
        lp_value drop = lp_value_mul(lp_value_mul(lp_value_from(gamma), p), l);
        pull = lp_value_add(one, lp_value_over(drop, q));
    }
    focal f = {.factor = lp_value_mul(weight, pull), .loss = zero};
    f.at_label = lp_value_mul(f.factor, q);
    if (alpha.x.m.hi != 0) f.loss = lp_value_mul(weight, l);
    return f;
}

typedef struct big_focal {
    int n; /* limbs; 0: nothing yet */
    lp_big at_label, factor, loss;
} big_focal;
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
/* p > 0 */
static void big_evaluate(big_focal *f, const lp_big *p, const lp_big *q, const lp_big *l,
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

/* --- softmax --------------------------------------------------------------------------------- */

/* As seen from the label for the quick and the precise way, from the largest logit for the last. */
typedef struct softmax {
    lp_view z;
    int64_t k, label;
    double gamma, alpha;
    lp_row row[2];
    focal f[2];
    bool refined;
    lp_big_row big;
    big_focal big_f;
} softmax;

static bool split(softmax *s, bool precise) {
    lp_row *row = &s->row[precise];
    bool number = lp_row_split(row, s->z, s->k, s->label, 1, precise || s->gamma > PLAIN_GAMMA);
    if (!number) return false;
    lp_value l = row->infinite ? lp_special(INFINITY) : lp_row_loss(row);
    s->f[precise] = evaluate(lp_row_value(row, row->own), lp_row_value(row, row->rest), l, s->gamma,
                             lp_value_from(s->alpha));
    return true;
}
static lp_value softmax_fast(void *context, int out, int64_t j, bool precise) {
    softmax *s = context;
    if (precise && !s->refined) s->refined = split(s, true);
    const focal *f = &s->f[precise];
    if (out == LP_EVAL_LOSS) return f->loss;
    if (j == s->label) return lp_value_neg(f->at_label);
    return lp_value_mul(lp_soft_row_other(&s->row[precise], lp_at(s->z, j)), f->factor);
}
/* The loss where everything is so far below the largest logit a that it is nothing beside 1 in any
 * number of limbs: to first order in p it is alpha (gap + p (R - gamma gap)), R = sum_{j != a}
 * e^(u_j
 * - u_c), of which the side of gap is what counts. The rest is at most L + 2 gamma gap p. */
static bool far(const lp_big *rest) {
    return rest->limb[rest->n - 1] == 0 || rest->e < -2900;
}
static void far_loss(lp_big *loss, const softmax *s, const lp_big *p, const lp_big *gap,
                     const lp_big *alpha) {
    lp_big ratio, x;
    double own = lp_at(s->z, s->label);
    bool above = false;
    int n = gap->n;
    lp_big_mul_d(&ratio, gap, -s->gamma);
    for (int64_t j = 0; j < s->k; j++) {
        double z = lp_at(s->z, j);
        if (j == s->big.top || z < -DBL_MAX) continue;
        lp_big_difference(&x, n, z, own);
        lp_big_exp(&x, &x);
        lp_big_add(&ratio, &ratio, &x);
        above |= z - own > 0x1p20; /* beyond any gamma gap < 2^2100 */
    }
    lp_big_mul(&x, gap, p);
    lp_big_mul_d(&x, &x, s->gamma);
    lp_big_scale(&x, &x, 1);
    lp_big_add(&x, &x, &s->big.log);
    lp_big_speck(&x, &x, above ? 1 : lp_big_sign(&ratio));
    lp_big_add(loss, gap, &x);
    lp_big_mul(loss, loss, alpha);
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
static void big_split(softmax *s, int n) {
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
    big_evaluate(&s->big_f, &p, &q, &l, s->gamma, &alpha);
    if (top != s->label && far(&row->rest)) far_loss(&s->big_f.loss, s, &p, &gap, &alpha);
}
static void softmax_exact(lp_big *r, void *context, int out, int64_t j) {
    softmax *s = context;
    if (s->row[0].infinite) { /* p = 0, q = 1, and no loss: alpha p_j at j, -alpha at the label */
        if (s->big.n < r->n)
            lp_big_row_set(&s->big, r->n, s->z, s->k, lp_row_argmax(s->z, s->k), 1);
        r->n = s->big.n;
        lp_big_row_exp(r, &s->big, j, lp_at(s->z, j));
        if (j == s->label)
            lp_big_set(r, r->n, -1);
        else
            lp_big_div(r, r, &s->big.all);
        lp_big_mul_d(r, r, s->alpha);
        return;
    }
    if (s->big_f.n < r->n) big_split(s, r->n);
    r->n = s->big_f.n;
    if (out == LP_EVAL_LOSS) {
        *r = s->big_f.loss;
    } else if (j == s->label) {
        lp_big_neg(r, &s->big_f.at_label);
    } else {
        lp_big_row_exp(r, &s->big, j, lp_at(s->z, j));
        lp_big_div(r, r, &s->big.all);
        lp_big_mul(r, r, &s->big_f.factor);
    }
}
static void softmax_answer(const void *context, const lp_call *c, int64_t i, lp_job *job) {
    static const lp_row_eval eval = {softmax_fast, softmax_exact, true, false};
    lp_view each = lp_view_row(c, LP_IN_ALPHA, 0);
    softmax s;
    (void)context;
    s.z = lp_view_logits(c, i);
    s.k = c->k;
    s.label = c->label[i];
    s.gamma = param(c, LP_PARAM_GAMMA, 0);
    s.alpha = each.data ? lp_at(each, s.label) : param(c, LP_PARAM_ALPHA, 1);
    s.refined = false;
    s.big.n = s.big_f.n = 0;
    if (isnan(s.alpha) || !split(&s, false))
        lp_job_fill(job, c->k, NAN);
    else
        lp_job_answer(job, &eval, &s, c->k);
}

/* --- sigmoid: the row (0, s z) seen from s z; s = 1 for label 1, else -1 -------------------------
 */

typedef struct sigmoid {
    double x, gamma, alpha; /* x = s z */
    bool positive, weighted;
} sigmoid;

static lp_value weight_of(const sigmoid *s) {
    if (!s->weighted) return lp_value_from(1);
    lp_value alpha = lp_value_from(s->alpha);
    return s->positive ? alpha : lp_value_sub(lp_value_from(1), alpha);
}
static lp_value sigmoid_fast(void *context, int out, int64_t j, bool precise) {
    const sigmoid *s = context;
    (void)j;
    lp_binary b = lp_binary_at(s->x, precise || s->gamma > PLAIN_GAMMA);
    lp_value p = lp_binary_get(&b, LP_SIGMA), q = s->x >= 0 ? b.far : b.near, l = b.log;
    if (s->x < 0) l = lp_value_add(l, lp_value_from(-s->x));
    focal f = evaluate(p, q, l, s->gamma, weight_of(s));
    if (out == LP_EVAL_LOSS) return f.loss;
    return s->positive ? lp_value_neg(f.at_label) : f.at_label;
}
/* As far_loss, of one other class, g = -x: alpha (g + p (1 - gamma g)), and the slope alpha (1 + p
 * (gamma (g - 1) - 1)), to first order in p; the rest is at most 4 p (gamma g + 1). */
static void sigmoid_far(lp_big *r, const sigmoid *s, int out, const lp_big *p,
                        const lp_big *alpha) {
    lp_big side, x;
    bool loss = out == LP_EVAL_LOSS;
    int n = p->n;
    lp_big_difference(&side, n, -s->x, loss ? 0 : 1);
    lp_big_mul_d(&side, &side, loss ? -s->gamma : s->gamma);
    lp_big_add_d(&side, &side, loss ? 1 : -1);
    lp_big_set(&x, n, -s->x);
    lp_big_mul_d(&x, &x, s->gamma);
    lp_big_add_d(&x, &x, 1);
    lp_big_mul(&x, &x, p);
    lp_big_scale(&x, &x, 2);
    lp_big_speck(&x, &x, lp_big_sign(&side));
    lp_big_set(r, n, loss ? -s->x : 1);
    lp_big_add(r, r, &x);
    lp_big_mul(r, r, alpha);
}
static void sigmoid_exact(lp_big *r, void *context, int out, int64_t j) {
    const sigmoid *s = context;
    lp_big p, q, l, alpha;
    big_focal f;
    (void)j;
    p.n = q.n = l.n = r->n;
    lp_big_binary(&p, s->x, LP_SIGMA);
    lp_big_binary(&q, -s->x, LP_SIGMA);
    lp_big_binary(&l, -s->x, LP_SOFTPLUS);
    lp_big_set(&alpha, r->n, s->weighted ? s->alpha : 1);
    if (s->weighted && !s->positive) {
        lp_big_neg(&alpha, &alpha);
        lp_big_add_d(&alpha, &alpha, 1);
    }
    if (s->x < 0 && far(&p)) {
        sigmoid_far(r, s, out, &p, &alpha);
    } else {
        big_evaluate(&f, &p, &q, &l, s->gamma, &alpha);
        *r = out == LP_EVAL_LOSS ? f.loss : f.at_label;
    }
    if (out != LP_EVAL_LOSS && s->positive) lp_big_neg(r, r);
}
static void sigmoid_answer(const void *context, const lp_call *c, int64_t i, lp_job *job) {
    static const lp_row_eval eval = {sigmoid_fast, sigmoid_exact, true, false};
    double z = lp_at(lp_view_row(c, LP_IN_LOGITS, i), 0);
    sigmoid s = {.gamma = param(c, LP_PARAM_GAMMA, 0), .positive = c->label[i] == 1};
    (void)context;
    s.x = s.positive ? z : -z;
    s.weighted = c->set & LP_PARAM_BIT(LP_PARAM_ALPHA);
    s.alpha = s.weighted ? c->param[LP_PARAM_ALPHA] : 1;
    if (isnan(z))
        lp_job_fill(job, 1, NAN);
    else
        lp_job_answer(job, &eval, &s, 1);
}

void lp_run_focal_softmax(const lp_call *c) {
    lp_batch_answer(c, c->k, softmax_answer, NULL);
}
void lp_run_focal_sigmoid(const lp_call *c) {
    lp_batch_answer(c, 1, sigmoid_answer, NULL);
}
