#include "arb_oracle.h"

#include <math.h>
#include <stdlib.h>

typedef struct logit_row {
    arb_ptr u, p, log_p;
    arb_t lse;
} logit_row;

static bool capped(const lp_case *c) {
    return lp_case_has(c, LP_PARAM_SOFTCAP);
}

static bool there(const lp_case *c, slong j) {
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
static void open_logits(logit_row *r, const lp_case *c, slong prec) {
    arb_t t, s;
    arb_init(t);
    arb_init(s);
    arb_init(r->lse);
    r->u = _arb_vec_init(c->k);
    r->p = _arb_vec_init(c->k);
    r->log_p = _arb_vec_init(c->k);
    arb_set_d(t, lp_case_has(c, LP_PARAM_TEMPERATURE) ? c->param[LP_PARAM_TEMPERATURE] : 1);
    slong centre = 0;
    while (!there(c, centre)) centre++;
    for (slong j = 0; j < c->k; j++) {
        if (!there(c, j)) continue;
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
        if (!there(c, j)) continue;
        arb_sub(r->p + j, r->u + j, r->u + centre, prec);
        arb_exp(r->p + j, r->p + j, prec);
        arb_add(s, s, r->p + j, prec);
    }
    _arb_vec_scalar_div(r->p, r->p, c->k, s, prec);
    arb_log(r->lse, s, prec);
    arb_add(r->lse, r->lse, r->u + centre, prec);
    for (slong j = 0; j < c->k; j++)
        if (there(c, j)) arb_sub(r->log_p + j, r->u + j, r->lse, prec);
    arb_clear(t);
    arb_clear(s);
}

static void close_logits(logit_row *r, const lp_case *c) {
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
static void add_z_loss(arb_ptr out, const lp_case *c, lp_out which, const logit_row *r,
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

static void xent(arb_ptr out, const lp_case *c, lp_out which, const logit_row *r, slong prec) {
    arb_ptr w = arb_coefficients(c, prec);
    arb_t sum;
    arb_init(sum);
    for (slong j = 0; j < c->k; j++) arb_add(sum, sum, w + j, prec);
    for (slong j = 0; j < c->k; j++) {
        if (which == LP_OUT_LOSS) {
            if (there(c, j)) arb_submul(out, w + j, r->log_p + j, prec);
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
static void kl(arb_ptr out, const lp_case *c, const logit_row *r, slong prec) {
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

/* The table's formula as it stands, (1 - p)^(g-1) and all; gamma = 0 by its own line, since 0^-1 is
 * no ball. */
static void focal(arb_ptr out, const lp_case *c, lp_out which, const logit_row *r, slong prec) {
    slong label = c->label[0];
    double gamma = lp_case_param(c, LP_PARAM_GAMMA);
    double alpha = c->in[LP_IN_ALPHA]               ? c->in[LP_IN_ALPHA][label]
                   : lp_case_has(c, LP_PARAM_ALPHA) ? c->param[LP_PARAM_ALPHA]
                                                    : 1;
    arb_t q, g, a, x;
    arb_init(q);
    arb_init(g);
    arb_init(a);
    arb_init(x);
    bool alone = true;
    for (slong j = 0; j < c->k; j++)
        if (j != label && there(c, j)) alone = false, arb_add(q, q, r->p + j, prec);
    arb_set_d(a, alpha);
    arb_set_d(g, which == LP_OUT_LOSS ? gamma : gamma - 1);
    if (alone) goto done;
    arb_pow(x, q, g, prec);
    arb_mul(a, a, x, prec);
    if (which == LP_OUT_LOSS) {
        arb_mul(out, a, r->log_p + label, prec);
        arb_neg(out, out);
        goto done;
    }
    arb_set_d(g, gamma);
    arb_mul(x, r->p + label, r->log_p + label, prec);
    arb_mul(x, x, g, prec);
    arb_sub(x, x, q, prec);
    arb_mul(a, a, x, prec);
    for (slong j = 0; j < c->k; j++) {
        arb_neg(x, r->p + j);
        arb_mul(out + j, a, j == label ? q : x, prec);
    }
done:
    arb_clear(q);
    arb_clear(g);
    arb_clear(a);
    arb_clear(x);
}

/* The table's formula: -A ln p_a - b H, H = -sum p_j ln p_j; A (p_j - [j=a]) + b p_j (ln p_j + H).
 */
static void policy(arb_ptr out, const lp_case *c, lp_out which, const logit_row *r, slong prec) {
    slong act = c->label[0];
    arb_t a, b, h, x;
    arb_init(a);
    arb_init(b);
    arb_init(h);
    arb_init(x);
    arb_set_d(a, c->in[LP_IN_ADVANTAGE] ? c->in[LP_IN_ADVANTAGE][0]
                                        : lp_case_param(c, LP_PARAM_ADVANTAGE));
    arb_set_d(b, lp_case_param(c, LP_PARAM_ENTROPY_WEIGHT));
    for (slong j = 0; j < c->k; j++) arb_submul(h, r->p + j, r->log_p + j, prec);
    if (which == LP_OUT_LOSS) {
        arb_mul(out, b, h, prec);
        arb_addmul(out, a, r->log_p + act, prec);
        arb_neg(out, out);
    }
    for (slong j = 0; which == LP_OUT_GRAD && j < c->k; j++) {
        arb_sub_si(x, r->p + j, j == act, prec);
        arb_mul(out + j, a, x, prec);
        arb_add(x, r->log_p + j, h, prec);
        arb_mul(x, x, r->p + j, prec);
        arb_addmul(out + j, x, b, prec);
    }
    arb_clear(a);
    arb_clear(b);
    arb_clear(h);
    arb_clear(x);
}

/* The view of a distill case that has its teacher for logits, or no temperature. */
static void distill_row(logit_row *r, lp_case *view, const lp_case *c, bool teacher, bool tempered,
                        slong prec) {
    *view = *c;
    if (teacher) view->in[LP_IN_LOGITS] = c->in[LP_IN_TEACHER];
    if (!tempered) view->set &= ~LP_PARAM_BIT(LP_PARAM_TEMPERATURE);
    open_logits(r, view, prec);
}

/* The table's formulas: mix CE + (1 - mix) T^2 X, mix (p - onehot) + (1 - mix) T (s - t). */
static void distill(arb_ptr out, const lp_case *c, lp_out which, slong prec) {
    logit_row p, s, t;
    lp_case plain, student, teacher;
    arb_t mix, rest, temperature, x;
    bool hard = lp_case_param(c, LP_PARAM_MIX) != 0, kl = lp_case_param(c, LP_PARAM_FORM) == 1;
    distill_row(&p, &plain, c, false, false, prec);
    distill_row(&s, &student, c, false, true, prec);
    distill_row(&t, &teacher, c, true, true, prec);
    arb_init(mix);
    arb_init(rest);
    arb_init(temperature);
    arb_init(x);
    arb_set_d(mix, lp_case_param(c, LP_PARAM_MIX));
    arb_sub_si(rest, mix, 1, prec);
    arb_neg(rest, rest);
    arb_set_d(temperature, lp_case_param(c, LP_PARAM_TEMPERATURE));
    arb_mul(rest, rest, temperature, prec);
    if (which == LP_OUT_LOSS) arb_mul(rest, rest, temperature, prec);
    for (slong j = 0; j < c->k; j++) {
        if (which == LP_OUT_GRAD) {
            arb_sub(x, s.p + j, t.p + j, prec);
            arb_mul(out + j, rest, x, prec);
            arb_sub_si(x, p.p + j, hard && j == c->label[0], prec);
            if (hard) arb_addmul(out + j, mix, x, prec);
            continue;
        }
        arb_zero(x);
        if (kl && there(&teacher, j)) arb_set(x, t.log_p + j);
        if (there(&teacher, j)) arb_sub(x, x, s.log_p + j, prec);
        arb_mul(x, x, t.p + j, prec);
        if (!arb_is_zero(rest)) arb_addmul(out, rest, x, prec);
    }
    if (which == LP_OUT_LOSS && hard) arb_submul(out, mix, p.log_p + c->label[0], prec);
    arb_clear(mix);
    arb_clear(rest);
    arb_clear(temperature);
    arb_clear(x);
    close_logits(&p, c);
    close_logits(&s, c);
    close_logits(&t, c);
}

static void lse(arb_ptr out, const lp_case *c, lp_out which, const logit_row *r, slong prec) {
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

static void softmax(arb_ptr out, const lp_case *c, lp_out which, const logit_row *r, slong prec) {
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

/* a (1-p)^g log1p(e^-x) and -s a (1-p)^g (g p log1p(e^-x) + 1-p), the power by the logarithm. */
static void focal_binary(arb_ptr out, const lp_case *c, lp_out which, slong prec) {
    int sign = c->label[0] ? 1 : -1;
    arb_t x, q, f, s, a;
    arb_init(x);
    arb_init(q);
    arb_init(f);
    arb_init(s);
    arb_init(a);
    arb_set_d(x, sign * c->in[LP_IN_LOGITS][0]);
    arb_exp(q, x, prec);
    arb_log1p(f, q, prec); /* -ln (1 - p) */
    arb_add_si(q, q, 1, prec);
    arb_inv(q, q, prec);
    arb_neg(x, x);
    arb_exp(s, x, prec);
    arb_log1p(s, s, prec); /* -ln p */
    arb_set_d(a, -lp_case_param(c, LP_PARAM_GAMMA));
    arb_mul(f, f, a, prec);
    arb_exp(f, f, prec);
    if (which == LP_OUT_LOSS) {
        arb_mul(out, f, s, prec);
    } else {
        arb_sub_si(x, q, 1, prec); /* -p */
        arb_mul(x, x, a, prec);
        arb_mul(x, x, s, prec);
        arb_add(x, x, q, prec);
        arb_mul(out, f, x, prec);
        if (sign > 0) arb_neg(out, out);
    }
    if (lp_case_has(c, LP_PARAM_ALPHA)) {
        arb_set_d(a, c->param[LP_PARAM_ALPHA]);
        if (sign < 0) arb_sub_si(a, a, 1, prec), arb_neg(a, a);
        arb_mul(out, out, a, prec);
    }
    arb_clear(x);
    arb_clear(q);
    arb_clear(f);
    arb_clear(s);
    arb_clear(a);
}

/* One label: l = (1 - y) log(1 + e^z) + q y log(1 + e^-z), g = (1 - y) / (1 + e^-z) - q y / (1 +
 * e^z). */
static void label_of(arb_t l, arb_t g, const lp_case *c, slong j, slong prec) {
    const double *weight = c->in[LP_IN_POS_WEIGHT];
    double q = weight ? weight[j] : lp_case_param(c, LP_PARAM_POS_WEIGHT);
    arb_t z, y, up, down, part;
    arb_init(z);
    arb_init(y);
    arb_init(up);
    arb_init(down);
    arb_init(part);
    arb_set_d(z, c->in[LP_IN_LOGITS][j]);
    arb_set_d(y, c->in[LP_IN_TARGETS][j]);
    arb_exp(up, z, prec);
    arb_neg(z, z);
    arb_exp(down, z, prec);
    arb_add_si(up, up, 1, prec);
    arb_add_si(down, down, 1, prec);
    arb_set_d(part, q);
    arb_mul(part, part, y, prec); /* q y */
    arb_sub_si(y, y, 1, prec);    /* y - 1 */
    arb_div(g, y, down, prec);
    arb_neg(g, g);
    arb_div(z, part, up, prec);
    arb_sub(g, g, z, prec);
    arb_log(up, up, prec);
    arb_log(down, down, prec);
    arb_mul(l, part, down, prec);
    arb_submul(l, y, up, prec);
    arb_clear(z);
    arb_clear(y);
    arb_clear(up);
    arb_clear(down);
    arb_clear(part);
}

static void binary(arb_ptr out, const lp_case *c, lp_out which, slong prec) {
    bool mean = lp_case_param(c, LP_PARAM_LABEL_REDUCTION) == 1;
    arb_t l, g;
    arb_init(l);
    arb_init(g);
    for (slong j = 0; j < c->k; j++) {
        label_of(l, g, c, j, prec);
        if (which == LP_OUT_LOSS)
            arb_add(out, out, l, prec);
        else
            arb_set(out + j, g);
    }
    for (slong j = 0; mean && j < (which == LP_OUT_LOSS ? 1 : c->k); j++)
        arb_div_si(out + j, out + j, c->k, prec);
    arb_clear(l);
    arb_clear(g);
}

/* s = 1/(1 + e^-z): (s - y)^2/2, (s - y) s (1 - s). */
static void squared_sigmoid(arb_ptr out, const lp_case *c, lp_out which, slong prec) {
    arb_t s, d;
    arb_init(s);
    arb_init(d);
    arb_set_d(s, -c->in[LP_IN_LOGITS][0]);
    arb_exp(s, s, prec);
    arb_add_si(s, s, 1, prec);
    arb_inv(s, s, prec);
    arb_set_d(d, c->in[LP_IN_TARGETS][0]);
    arb_sub(d, s, d, prec);
    if (which == LP_OUT_LOSS) {
        arb_sqr(out, d, prec);
        arb_mul_2exp_si(out, out, -1);
    } else {
        arb_mul(out, d, s, prec);
        arb_sub_si(s, s, 1, prec);
        arb_mul(out, out, s, prec);
        arb_neg(out, out);
    }
    arb_clear(s);
    arb_clear(d);
}

/* An absent class has p = 0. */
static void squared_softmax(arb_ptr out, const lp_case *c, lp_out which, const logit_row *r,
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

/* Margins as balls, which hold them exactly at these precisions; a kink counts as inactive, of tied
 * classes the first. */
static void hinge(arb_ptr out, const lp_case *c, lp_out which, slong prec) {
    const double *z = c->in[LP_IN_LOGITS];
    bool binary = c->op == LP_OP_HINGE, largest = lp_case_param(c, LP_PARAM_FORM) == 1;
    slong label = binary ? -1 : (slong)c->label[0], best = -1;
    double sign = binary ? (double)c->label[0] : 1;
    for (slong j = 0; j < c->k; j++)
        if (j != label && there(c, j) && (best < 0 || z[j] > z[best])) best = j;
    arb_t m, own;
    arb_init(m);
    arb_init(own);
    if (!binary) arb_set_d(own, z[label]);
    for (slong j = 0; j < c->k; j++) {
        if (j == label || !there(c, j) || (largest && j != best)) continue;
        arb_set_d(m, binary ? -sign * z[j] : z[j]);
        arb_sub(m, m, own, prec);
        arb_add_si(m, m, 1, prec);
        if (!arb_is_positive(m)) continue;
        if (which == LP_OUT_LOSS) {
            arb_add(out, out, m, prec);
            continue;
        }
        arb_set_d(out + j, binary ? -sign : 1);
        if (!binary) arb_sub_si(out + label, out + label, 1, prec);
    }
    arb_clear(m);
    arb_clear(own);
}

/* sigma, ln sigma, -ln(1 - sigma) from e^-z; slopes sigma (1 - sigma), 1 - sigma, sigma, times v.
 */
static void binary_link(arb_ptr out, const lp_case *c, lp_out which, slong prec) {
    arb_t s, o; /* sigma(z), sigma(-z) */
    arb_init(s);
    arb_init(o);
    arb_set_d(s, c->in[LP_IN_LOGITS][0]);
    arb_exp(s, s, prec);
    arb_add_si(s, s, 1, prec);
    arb_inv(o, s, prec);
    arb_sub_si(s, o, 1, prec);
    arb_neg(s, s);
    if (which == LP_OUT_GRAD) {
        arb_set(out, c->op == LP_OP_LOG_SIGMOID ? o : s);
        if (c->op == LP_OP_SIGMOID) arb_mul(out, s, o, prec);
        if (c->in[LP_IN_V]) arb_set_d(s, c->in[LP_IN_V][0]);
        if (c->in[LP_IN_V]) arb_mul(out, out, s, prec);
    } else if (c->op == LP_OP_SIGMOID) {
        arb_set(out, s);
    } else {
        arb_log(out, c->op == LP_OP_SOFTPLUS ? o : s, prec);
        if (c->op == LP_OP_SOFTPLUS) arb_neg(out, out);
    }
    arb_clear(s);
    arb_clear(o);
}

/* ln(1 + e^-yz) and -y / (1 + e^yz). */
static void signed_margin(arb_ptr out, const lp_case *c, lp_out which, slong prec) {
    arb_t x;
    arb_init(x);
    arb_set_d(x, c->in[LP_IN_LOGITS][0]);
    arb_mul_si(x, x, which == LP_OUT_LOSS ? -c->label[0] : c->label[0], prec);
    arb_exp(x, x, prec);
    arb_add_si(x, x, 1, prec);
    if (which == LP_OUT_LOSS) {
        arb_log(out, x, prec);
    } else {
        arb_inv(x, x, prec);
        arb_mul_si(out, x, -c->label[0], prec);
    }
    arb_clear(x);
}

static void log_of(arb_t r, double x, slong prec) {
    arb_set_d(r, x);
    arb_log(r, r, prec);
}

/* ln p and ln q apart, never their ratio. */
static void probability(arb_ptr out, const lp_case *c, lp_out which, slong prec) {
    const double *p = c->in[LP_IN_P];
    const double *q = c->op == LP_OP_ENTROPY ? p : c->in[LP_IN_Q];
    bool general = c->op == LP_OP_KL_GEN, kl = general || c->op == LP_OP_KL_DIV;
    arb_t a, b, x;
    arb_init(a);
    arb_init(b);
    arb_init(x);
    for (slong j = 0; j < c->k; j++) {
        arb_ptr to = which == LP_OUT_LOSS ? out : out + j;
        arb_set_d(x, p[j]);
        if (which == LP_OUT_GRAD && c->op != LP_OP_ENTROPY) {
            arb_set_d(b, q[j]);
            arb_div(to, x, b, prec);
            arb_neg(to, to);
            if (general) arb_add_si(to, to, 1, prec);
            continue;
        }
        if (general && which == LP_OUT_LOSS) {
            arb_set_d(b, q[j]);
            arb_add(to, to, b, prec);
            arb_sub(to, to, x, prec);
        }
        if (p[j] == 0 && (which == LP_OUT_LOSS || c->op != LP_OP_CROSS_ENTROPY)) continue;
        log_of(b, q[j], prec);
        if (kl) {
            log_of(a, p[j], prec);
            arb_sub(b, a, b, prec);
        } else {
            arb_neg(b, b);
        }
        if (which == LP_OUT_LOSS) {
            arb_addmul(to, x, b, prec);
        } else {
            arb_set_si(to, general ? 0 : kl ? 1 : c->op == LP_OP_ENTROPY ? -1 : 0);
            arb_add(to, to, b, prec);
        }
    }
    arb_clear(a);
    arb_clear(b);
    arb_clear(x);
}

/* Both terms of each formula as they stand, 1 - p and 1 - y as balls. */
static void binary_probability(arb_ptr out, const lp_case *c, lp_out which, slong prec) {
    arb_t p[2], y[2], term; /* p and 1 - p, y and 1 - y */
    arb_init(term);
    for (int i = 0; i < 2; i++) {
        arb_init(p[i]);
        arb_init(y[i]);
        arb_set_d(p[i], c->in[LP_IN_P][0]);
        arb_set_d(y[i], c->in[LP_IN_TARGETS][0]);
        if (i) arb_sub_si(p[i], p[i], 1, prec), arb_neg(p[i], p[i]);
        if (i) arb_sub_si(y[i], y[i], 1, prec), arb_neg(y[i], y[i]);
    }
    for (int i = 0; i < 2; i++) {
        if (arb_is_zero(y[i])) continue;
        if (which == LP_OUT_LOSS) {
            arb_log(term, p[i], prec);
            arb_submul(out, y[i], term, prec);
        } else {
            arb_div(term, y[i], p[i], prec);
            i ? arb_add(out, out, term, prec) : arb_sub(out, out, term, prec);
        }
    }
    for (int i = 0; i < 2; i++) {
        arb_clear(p[i]);
        arb_clear(y[i]);
    }
    arb_clear(term);
}

/* sum p^2 - 2 p_c + 1. */
static void squares(arb_ptr out, const lp_case *c, slong prec) {
    arb_t p;
    arb_init(p);
    arb_set_d(p, c->in[LP_IN_P][c->label[0]]);
    arb_mul_si(out, p, -2, prec);
    arb_add_si(out, out, 1, prec);
    for (slong j = 0; j < c->k; j++) {
        arb_set_d(p, c->in[LP_IN_P][j]);
        arb_addmul(out, p, p, prec);
    }
    arb_clear(p);
}

static bool passed_over(const lp_case *c, slong i) {
    return lp_case_has(c, LP_PARAM_IGNORE_INDEX) && c->label[i] == c->ignore_index;
}

/* exp of the mean of -ln q over the rows. */
static void perplexity(arb_ptr out, const lp_case *c, slong prec) {
    slong n = 0;
    arb_t q;
    arb_init(q);
    for (slong i = 0; i < c->n; i++) {
        if (passed_over(c, i)) continue;
        log_of(q, c->in[LP_IN_Q][i * c->k + c->label[i]], prec);
        arb_sub(out, out, q, prec);
        n++;
    }
    if (n > 0) arb_div_si(out, out, n, prec);
    arb_exp(out, out, prec);
    arb_clear(q);
}

/* Bin by bin: rows whose confidence lies above (b - 1) / B (from 0 on in the first) and not above b
 * / B (without end in the last), all as balls that are points. */
static void calibration(arb_ptr out, const lp_case *c, slong prec) {
    double given = lp_case_has(c, LP_PARAM_BINS) ? c->param[LP_PARAM_BINS] : 15;
    slong *bin = calloc((size_t)c->n + 1, sizeof *bin), n = 0;
    arb_t p, gap;
    arb_init(p);
    arb_init(gap);
    for (slong i = 0; i < c->n; i++) {
        const double *x = c->in[LP_IN_P] + i * c->k;
        double most = 0;
        for (slong j = 0; j < c->k; j++)
            if (x[j] > most) most = x[j];
        arb_set_d(p, most);
        arb_mul_si(p, p, (slong)given, prec);
        arb_ceil(p, p, prec);
        bin[i] = most > 1 ? (slong)given : most > 0 ? arf_get_si(arb_midref(p), ARF_RND_NEAR) : 1;
        if (passed_over(c, i)) bin[i] = -1;
        n += bin[i] > 0;
    }
    for (slong i = 0; i < c->n; i++) {
        slong in_bin = 0, hits = 0, b = bin[i];
        if (b < 0) continue;
        arb_zero(gap);
        for (slong r = i; r < c->n; r++) {
            if (bin[r] != b) continue;
            const double *x = c->in[LP_IN_P] + r * c->k;
            slong best = c->k - 1;
            for (slong j = c->k - 1; j >= 0; j--)
                if (x[j] >= x[best]) best = j;
            arb_set_d(p, x[best]);
            arb_add(gap, gap, p, prec);
            hits += best == c->label[r];
            in_bin++;
            bin[r] = -1;
        }
        arb_div_si(gap, gap, in_bin, prec); /* |acc - conf| n_b / N */
        arb_set_si(p, hits);
        arb_div_si(p, p, in_bin, prec);
        arb_sub(gap, gap, p, prec);
        arb_abs(gap, gap);
        arb_mul_si(gap, gap, in_bin, prec);
        arb_div_si(gap, gap, n, prec);
        arb_add(out, out, gap, prec);
    }
    arb_clear(p);
    arb_clear(gap);
    free(bin);
}

static void labelled_probability(arb_ptr out, const lp_case *c, lp_out which, slong prec) {
    arb_ptr to = which == LP_OUT_LOSS ? out : out + c->label[0];
    double q = c->in[LP_IN_Q][c->label[0]];
    if (which == LP_OUT_LOSS) {
        log_of(to, q, prec);
    } else {
        arb_set_d(to, q);
        arb_inv(to, to, prec);
    }
    arb_neg(to, to);
}

static void to_bits(arb_ptr x, slong n, slong prec) {
    arb_t two;
    arb_init(two);
    arb_const_log2(two, prec);
    _arb_vec_scalar_div(x, x, n, two, prec);
    arb_clear(two);
}

arb_ptr arb_oracle(const lp_case *c, lp_out which, slong prec) {
    arb_ptr out = _arb_vec_init(lp_case_out_len(c, which));
    if (c->op == LP_OP_BCE_LOGITS || c->op == LP_OP_MULTILABEL_BCE) {
        binary(out, c, which, prec);
    } else if (c->op == LP_OP_FOCAL_SIGMOID) {
        focal_binary(out, c, which, prec);
    } else if (c->op == LP_OP_SIGMOID || c->op == LP_OP_LOG_SIGMOID || c->op == LP_OP_SOFTPLUS) {
        binary_link(out, c, which, prec);
    } else if (c->op == LP_OP_LOGISTIC_MARGIN) {
        signed_margin(out, c, which, prec);
    } else if (c->op == LP_OP_MSE_SIGMOID) {
        squared_sigmoid(out, c, which, prec);
    } else if (c->op == LP_OP_HINGE || c->op == LP_OP_HINGE_MULTI) {
        hinge(out, c, which, prec);
    } else if (c->op == LP_OP_DISTILL) {
        distill(out, c, which, prec);
    } else if (c->op == LP_OP_BCE_PROB) {
        binary_probability(out, c, which, prec);
    } else if (c->op == LP_OP_BRIER) {
        squares(out, c, prec);
    } else if (c->op == LP_OP_PERPLEXITY) {
        perplexity(out, c, prec);
    } else if (c->op == LP_OP_ECE) {
        calibration(out, c, prec);
    } else if (c->op == LP_OP_INFO_NCE) {
        arb_info_nce(out, c, which, prec);
    } else if (c->op == LP_OP_LINEAR_XENT) {
        arb_linear_xent(out, c, which, prec);
    } else if (c->op == LP_OP_NLL) {
        labelled_probability(out, c, which, prec);
    } else if (lp_op_get(c->op)->group == 'A') {
        probability(out, c, which, prec);
    } else {
        logit_row r;
        open_logits(&r, c, prec);
        if (c->op == LP_OP_KL_LOGITS && which == LP_OUT_LOSS)
            kl(out, c, &r, prec);
        else if (c->op == LP_OP_FOCAL_SOFTMAX)
            focal(out, c, which, &r, prec);
        else if (c->op == LP_OP_MSE_SOFTMAX)
            squared_softmax(out, c, which, &r, prec);
        else if (c->op == LP_OP_POLICY_GRAD)
            policy(out, c, which, &r, prec);
        else if (c->op == LP_OP_LOGSUMEXP)
            lse(out, c, which, &r, prec);
        else if (lp_op_get(c->op)->out[0].role == LP_OUT_LOSS)
            xent(out, c, which, &r, prec);
        else
            softmax(out, c, which, &r, prec);
        close_logits(&r, c);
    }
    if (lp_case_has(c, LP_PARAM_BASE) && c->param[LP_PARAM_BASE] == 1)
        to_bits(out, lp_case_out_len(c, which), prec);
    return out;
}
