/* Textbook rows of softmax and what is made of it, as balls. */
#include "arb_rows.h"

#include <math.h>

static bool capped(const lp_case *c) {
    return lp_case_has(c, LP_PARAM_SOFTCAP);
}

bool arb_there(const lp_case *c, slong j) {
    return c->in[LP_IN_LOGITS][j] != -INFINITY || capped(c);
}

/* tanh(z / s), and -1 at -inf. */
static void cap_tanh(arb_t r, const lp_case *c, slong j, slong prec) {
    arb_t s;
    if (isinf(c->in[LP_IN_LOGITS][j])) {
        arb_set_si(r, c->in[LP_IN_LOGITS][j] > 0 ? 1 : -1);
        return;
    }
    arb_init(s);
    arb_set_d(s, c->param[LP_PARAM_SOFTCAP]);
    arb_set_d(r, c->in[LP_IN_LOGITS][j]);
    arb_div(r, r, s, prec);
    arb_tanh(r, r, prec);
    arb_clear(s);
}

/* u_j = z_j / T, or s tanh(z_j / s) / T; LSE about the first logit that is there (any centre is
 * right). */
void arb_open_logits(arb_logits *r, const lp_case *c, slong prec) {
    arb_t t, s;
    arb_init(t);
    arb_init(s);
    arb_init(r->lse);
    r->u = _arb_vec_init(c->k);
    r->p = _arb_vec_init(c->k);
    r->log_p = _arb_vec_init(c->k);
    arb_set_d(t, lp_case_has(c, LP_PARAM_TEMPERATURE) ? c->param[LP_PARAM_TEMPERATURE] : 1);
    slong centre = 0;
    while (!arb_there(c, centre)) centre++;
    for (slong j = 0; j < c->k; j++) {
        if (!arb_there(c, j)) continue;
        if (capped(c)) {
            arb_set_d(s, c->param[LP_PARAM_SOFTCAP]);
            cap_tanh(r->u + j, c, j, prec);
            arb_mul(r->u + j, r->u + j, s, prec);
        } else {
            arb_set_d(r->u + j, c->in[LP_IN_LOGITS][j]);
        }
        arb_div(r->u + j, r->u + j, t, prec);
    }
    arb_zero(s);
    for (slong j = 0; j < c->k; j++) {
        if (!arb_there(c, j)) continue;
        arb_sub(r->p + j, r->u + j, r->u + centre, prec);
        arb_exp(r->p + j, r->p + j, prec);
        arb_add(s, s, r->p + j, prec);
    }
    _arb_vec_scalar_div(r->p, r->p, c->k, s, prec);
    arb_log(r->lse, s, prec);
    arb_add(r->lse, r->lse, r->u + centre, prec);
    for (slong j = 0; j < c->k; j++)
        if (arb_there(c, j)) arb_sub(r->log_p + j, r->u + j, r->lse, prec);
    arb_clear(t);
    arb_clear(s);
}

void arb_close_logits(arb_logits *r, const lp_case *c) {
    _arb_vec_clear(r->u, c->k);
    _arb_vec_clear(r->p, c->k);
    _arb_vec_clear(r->log_p, c->k);
    arb_clear(r->lse);
}

/* W_j = w_j t'_j. */
arb_ptr arb_coefficients(const lp_case *c, slong prec) {
    arb_ptr w = _arb_vec_init(c->k);
    arb_t e, part;
    arb_init(e);
    arb_init(part);
    arb_set_d(e, lp_case_param(c, LP_PARAM_SMOOTHING));
    bool by_k = lp_case_param(c, LP_PARAM_SMOOTHING_RULE) == 0;
    for (slong j = 0; j < c->k; j++) {
        const double *t = c->in[LP_IN_TARGETS];
        bool label = t || j == c->label[0];
        if (label) arb_sub_si(w + j, e, 1, prec), arb_neg(w + j, w + j);
        if (t) {
            arb_set_d(part, t[j]);
            arb_mul(w + j, w + j, part, prec);
        }
        if (by_k || !label) {
            arb_div_si(part, e, by_k ? c->k : c->k - 1, prec);
            arb_add(w + j, w + j, part, prec);
        }
        if (c->in[LP_IN_WEIGHTS]) {
            arb_set_d(part, c->in[LP_IN_WEIGHTS][j]);
            arb_mul(w + j, w + j, part, prec);
        }
    }
    arb_clear(e);
    arb_clear(part);
    return w;
}

static void temper(arb_ptr x, slong n, const lp_case *c, slong prec) {
    arb_t t;
    arb_init(t);
    arb_set_d(t, lp_case_param(c, LP_PARAM_TEMPERATURE));
    _arb_vec_scalar_div(x, x, n, t, prec);
    arb_clear(t);
}

/* l LSE^2 and 2 l LSE p_j. */
static void add_z_loss(arb_ptr out, const lp_case *c, lp_out which, const arb_logits *r,
                       slong prec) {
    arb_t l;
    arb_init(l);
    arb_set_d(l, c->param[LP_PARAM_Z_LOSS]);
    arb_mul(l, l, r->lse, prec);
    if (which == LP_OUT_LOSS) arb_addmul(out, l, r->lse, prec);
    arb_mul_si(l, l, 2, prec);
    for (slong j = 0; which == LP_OUT_GRAD && j < c->k; j++) arb_addmul(out + j, l, r->p + j, prec);
    arb_clear(l);
}

/* 1 - tanh^2 as it stands. */
static void times_slope(arb_ptr out, const lp_case *c, slong prec) {
    arb_t t;
    arb_init(t);
    for (slong j = 0; j < c->k; j++) {
        cap_tanh(t, c, j, prec);
        arb_sqr(t, t, prec);
        arb_sub_si(t, t, 1, prec);
        arb_neg(t, t);
        arb_mul(out + j, out + j, t, prec);
    }
    arb_clear(t);
}

void arb_row_xent(arb_ptr out, const lp_case *c, lp_out which, const arb_logits *r, slong prec) {
    arb_ptr w = arb_coefficients(c, prec);
    arb_t sum;
    arb_init(sum);
    for (slong j = 0; j < c->k; j++) arb_add(sum, sum, w + j, prec);
    for (slong j = 0; j < c->k; j++) {
        if (which == LP_OUT_LOSS) {
            if (arb_there(c, j)) arb_submul(out, w + j, r->log_p + j, prec);
            continue;
        }
        arb_mul(out + j, r->p + j, sum, prec);
        arb_sub(out + j, out + j, w + j, prec);
    }
    if (lp_case_has(c, LP_PARAM_Z_LOSS)) add_z_loss(out, c, which, r, prec);
    if (which == LP_OUT_GRAD) temper(out, c->k, c, prec);
    if (which == LP_OUT_GRAD && capped(c)) times_slope(out, c, prec);
    arb_clear(sum);
    _arb_vec_clear(w, c->k);
}

/* sum t_j (ln t_j - ln p_j); the gradient is that of softmax_xent_soft. */
void arb_row_kl(arb_ptr out, const lp_case *c, const arb_logits *r, slong prec) {
    arb_t t, x;
    arb_init(t);
    arb_init(x);
    for (slong j = 0; j < c->k; j++) {
        if (c->in[LP_IN_TARGETS][j] == 0) continue;
        arb_set_d(t, c->in[LP_IN_TARGETS][j]);
        arb_log(x, t, prec);
        arb_sub(x, x, r->log_p + j, prec);
        arb_addmul(out, t, x, prec);
    }
    arb_clear(t);
    arb_clear(x);
}

void arb_row_lse(arb_ptr out, const lp_case *c, lp_out which, const arb_logits *r, slong prec) {
    arb_t v;
    if (which == LP_OUT_VALUE) {
        arb_set(out, r->lse);
        return;
    }
    arb_init(v);
    arb_set_d(v, c->in[LP_IN_V] ? c->in[LP_IN_V][0] : 1);
    for (slong j = 0; j < c->k; j++) arb_mul(out + j, r->p + j, v, prec);
    arb_clear(v);
}

void arb_row_softmax(arb_ptr out, const lp_case *c, lp_out which, const arb_logits *r, slong prec) {
    bool log = c->op == LP_OP_LOG_SOFTMAX;
    arb_t dot, v;
    arb_init(dot);
    arb_init(v);
    for (slong j = 0; which == LP_OUT_GRAD && j < c->k; j++) {
        arb_set_d(v, c->in[LP_IN_V][j]);
        if (log)
            arb_add(dot, dot, v, prec);
        else
            arb_addmul(dot, v, r->p + j, prec);
    }
    for (slong j = 0; j < c->k; j++) {
        if (which == LP_OUT_VALUE) {
            arb_set(out + j, log ? r->log_p + j : r->p + j);
            continue;
        }
        arb_set_d(v, c->in[LP_IN_V][j]);
        if (log) {
            arb_set(out + j, v);
            arb_submul(out + j, r->p + j, dot, prec);
        } else {
            arb_sub(v, v, dot, prec);
            arb_mul(out + j, v, r->p + j, prec);
        }
    }
    if (which == LP_OUT_GRAD) temper(out, c->k, c, prec);
    arb_clear(dot);
    arb_clear(v);
}

/* An absent class has p = 0. */
void arb_row_squared_softmax(arb_ptr out, const lp_case *c, lp_out which, const arb_logits *r,
                             slong prec) {
    arb_t d, mean;
    arb_init(d);
    arb_init(mean);
    for (slong j = 0; j < c->k; j++) {
        arb_set_d(d, c->in[LP_IN_TARGETS][j]);
        arb_sub(d, r->p + j, d, prec);
        arb_addmul(mean, d, which == LP_OUT_LOSS ? d : r->p + j, prec);
    }
    if (which == LP_OUT_LOSS) arb_mul_2exp_si(out, mean, -1);
    for (slong j = 0; which != LP_OUT_LOSS && j < c->k; j++) {
        arb_set_d(d, c->in[LP_IN_TARGETS][j]);
        arb_sub(d, r->p + j, d, prec);
        arb_sub(d, d, mean, prec);
        arb_mul(out + j, r->p + j, d, prec);
    }
    arb_clear(d);
    arb_clear(mean);
}
