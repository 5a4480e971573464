/* Rows of one logit, or of labels each by itself, and the hinges. */
#include "arb_rows.h"

#include <math.h>

/* a (1-p)^g log1p(e^-x) and -s a (1-p)^g (g p log1p(e^-x) + 1-p), the power by the logarithm. */
void arb_row_focal_binary(arb_ptr out, const lp_case *c, lp_out which, slong prec) {
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

void arb_row_binary(arb_ptr out, const lp_case *c, lp_out which, slong prec) {
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
void arb_row_squared_sigmoid(arb_ptr out, const lp_case *c, lp_out which, slong prec) {
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

/* Margins as balls, which hold them exactly at these precisions; a kink counts as inactive, of tied
 * classes the first. */
void arb_row_hinge(arb_ptr out, const lp_case *c, lp_out which, slong prec) {
    const double *z = c->in[LP_IN_LOGITS];
    bool binary = c->op == LP_OP_HINGE, largest = lp_case_param(c, LP_PARAM_FORM) == 1;
    slong label = binary ? -1 : (slong)c->label[0], best = -1;
    double sign = binary ? (double)c->label[0] : 1;
    for (slong j = 0; j < c->k; j++)
        if (j != label && arb_there(c, j) && (best < 0 || z[j] > z[best])) best = j;
    arb_t m, own;
    arb_init(m);
    arb_init(own);
    if (!binary) arb_set_d(own, z[label]);
    for (slong j = 0; j < c->k; j++) {
        if (j == label || !arb_there(c, j) || (largest && j != best)) continue;
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
void arb_row_binary_link(arb_ptr out, const lp_case *c, lp_out which, slong prec) {
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
void arb_row_signed_margin(arb_ptr out, const lp_case *c, lp_out which, slong prec) {
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
