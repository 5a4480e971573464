/* focal_sigmoid: the row (0, s z) seen from s z; s = 1 for label 1, else -1 (focal.h). */
#include "impl/bce_plain.h"
#include "impl/big_row.h"
#include "impl/binary.h"
#include "impl/focal.h"
#include "impl/focal_lanes.h"
#include "impl/logarithm.h"
#include "impl/rows.h"

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
    lp_binary b = lp_binary_at(s->x, precise || s->gamma > LP_FOCAL_PLAIN_GAMMA);
    lp_value p = lp_binary_get(&b, LP_SIGMA), q = s->x >= 0 ? b.far : b.near, l = b.log;
    if (s->x < 0) l = lp_value_add(l, lp_value_from(-s->x));
    lp_focal_parts f = lp_focal_of(p, q, l, s->gamma, weight_of(s));
    if (out == LP_EVAL_LOSS) return f.loss;
    return s->positive ? lp_value_neg(f.at_label) : f.at_label;
}
/* As far_loss, of one other class, g = -x: alpha (g + p (1 - gamma g)), and the slope alpha (1 + p
 * (gamma (g - 1) - 1)), to first order in p; what is beside alpha g and alpha is at most 4 p (gamma
 * g + 1). */
static void sigmoid_far(lp_big *r, lp_big *rest, const sigmoid *s, int out, const lp_big *p,
                        const lp_big *alpha) {
    lp_big side, x, y;
    bool loss = out == LP_EVAL_LOSS;
    int n = p->n;
    lp_big_difference(&side, n, -s->x, loss ? 0 : 1);
    lp_big_mul_d(&side, &side, loss ? -s->gamma : s->gamma);
    lp_big_add_d(&side, &side, loss ? 1 : -1);
    lp_big_set(&x, n, -s->x);
    if (p->limb[n - 1] == 0) {
        lp_big_mul_d(&x, &x, s->gamma);
        lp_big_add_d(&x, &x, 1);
        lp_big_mul(&x, &x, p);
        lp_big_scale(&x, &x, 2);
        lp_big_speck(rest, &x, lp_big_sign(&side));
    } else {
        lp_focal_second_order(&y, p, p, &x, s->gamma);
        lp_big_mul(rest, &side, p);
        lp_big_add(rest, rest, &y);
    }
    lp_big_mul(rest, rest, alpha);
    lp_big_set(r, n, loss ? -s->x : 1);
    lp_big_mul(r, r, alpha);
}
/* p, and the weight of the label. */
static void sigmoid_share(lp_big *p, lp_big *alpha, const sigmoid *s, int n) {
    p->n = n;
    lp_big_binary(p, s->x, LP_SIGMA);
    lp_big_set(alpha, n, s->weighted ? s->alpha : 1);
    if (s->weighted && !s->positive) {
        lp_big_neg(alpha, alpha);
        lp_big_add_d(alpha, alpha, 1);
    }
}
static bool sigmoid_apart(lp_big *r, lp_big *rest, void *context) {
    const sigmoid *s = context;
    lp_big p, alpha;
    if (s->x >= 0) return false;
    sigmoid_share(&p, &alpha, s, r->n);
    if (!lp_focal_far(&p)) return false;
    sigmoid_far(r, rest, s, LP_EVAL_LOSS, &p, &alpha);
    return true;
}
static void sigmoid_exact(lp_big *r, void *context, int out, int64_t j) {
    const sigmoid *s = context;
    lp_big p, q, l, alpha, rest;
    lp_big_focal f;
    (void)j;
    q.n = l.n = r->n;
    sigmoid_share(&p, &alpha, s, r->n);
    if (s->x < 0 && lp_focal_far(&p)) {
        sigmoid_far(r, &rest, s, out, &p, &alpha);
        lp_big_add(r, r, &rest);
    } else {
        lp_big_binary(&q, -s->x, LP_SIGMA);
        lp_big_binary(&l, -s->x, LP_SOFTPLUS);
        lp_big_focal_set(&f, &p, &q, &l, s->gamma, &alpha);
        *r = out == LP_EVAL_LOSS ? f.loss : f.at_label;
    }
    if (out != LP_EVAL_LOSS && s->positive) lp_big_neg(r, r);
}
static void sigmoid_far_terms(lp_far *f, void *context) {
    const sigmoid *s = context;
    lp_big p, c, alpha;
    sigmoid_share(&p, &alpha, s, LP_BIG_LIMBS);
    if (s->x >= 0 && s->gamma != 0) {
        lp_focal_add_power(f, s->x, 0, s->gamma);
    } else if (s->x >= 0) {
        lp_far_add(f, s->x, 0, 1, &alpha);
    } else if (lp_focal_far(&p)) {
        lp_big_set(&c, LP_BIG_LIMBS, s->x);
        lp_big_mul_d(&c, &c, s->gamma);
        lp_big_add_d(&c, &c, 1);
        lp_big_mul(&c, &c, &alpha);
        lp_far_add(f, -s->x, 0, 1, &c);
    }
}
static const lp_row_eval sigmoid_eval = {.fast = sigmoid_fast,
                                         .exact = sigmoid_exact,
                                         .apart = sigmoid_apart,
                                         .far = sigmoid_far_terms,
                                         .precise = true};
static sigmoid sigmoid_of(const lp_call *c, double z, bool positive) {
    sigmoid s = {.gamma = lp_focal_param(c, LP_PARAM_GAMMA, 0), .positive = positive};
    s.x = s.positive ? z : -z;
    s.weighted = c->set & LP_PARAM_BIT(LP_PARAM_ALPHA);
    s.alpha = s.weighted ? c->param[LP_PARAM_ALPHA] : 1;
    return s;
}
static void sigmoid_answer(const void *context, const lp_call *c, int64_t i, lp_job *job) {
    double z = lp_at(lp_view_row(c, LP_IN_LOGITS, i), 0);
    sigmoid s = sigmoid_of(c, z, c->label[i] == 1);
    (void)context;
    if (isnan(z))
        lp_job_fill(job, 1, NAN);
    else
        lp_job_answer(job, &sigmoid_eval, &s, 1);
}

/* What lanes know of a call, and the call. */
typedef struct sigmoid_lanes {
    lp_focal focal;
    const lp_call *c;
} sigmoid_lanes;
static lp_value sigmoid_value(const void *context, double z, double y, double q) {
    sigmoid s = sigmoid_of(((const sigmoid_lanes *)context)->c, z, y == 1);
    (void)q;
    return isnan(z) ? lp_special(NAN) : sigmoid_fast(&s, LP_EVAL_LOSS, 0, false);
}
static double sigmoid_component(const void *context, const lp_sink *sink, int out, double z,
                                double y, double q, int64_t k) {
    sigmoid s = sigmoid_of(((const sigmoid_lanes *)context)->c, z, y == 1);
    (void)q;
    (void)k;
    return isnan(z) ? NAN : lp_job_component(sink, &sigmoid_eval, &s, out, 0, 1);
}
static void take_lanes(lp_bce *b, const void *context) {
    lp_focal_lanes(b, &((const sigmoid_lanes *)context)->focal);
}
static void take_lanes_single(lp_bce *b, const void *context) {
    lp_focal_lanes_single(b, &((const sigmoid_lanes *)context)->focal);
}
static bool sigmoid_by_lanes(const lp_call *c) {
    static const lp_bce_op op = {take_lanes, take_lanes_single, 45, sigmoid_value,
                                 sigmoid_component};
    double gamma = lp_focal_param(c, LP_PARAM_GAMMA, 0),
           alpha = lp_focal_param(c, LP_PARAM_ALPHA, 1);
    bool weighted = c->set & LP_PARAM_BIT(LP_PARAM_ALPHA);
    if (gamma > LP_FOCAL_GAMMA || gamma != trunc(gamma)) return false;
    if (weighted && !(alpha >= 0x1p-100 && alpha < 1)) return false;
    sigmoid_lanes s = {{(int)gamma, {{1, 0}, {1, 0}}}, c};
    if (weighted) {
        s.focal.weight[0] = lp_two_diff(1, alpha);
        s.focal.weight[1] = (lp_dd){alpha, 0};
    }
    return lp_bce_plain_run(c, &op, &s, sigmoid_answer);
}

void lp_run_focal_sigmoid(const lp_call *c) {
    if (!sigmoid_by_lanes(c)) lp_batch_answer(c, 1, sigmoid_answer, NULL);
}
