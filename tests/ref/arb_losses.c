/* Rows that weigh or teach softmax: focal_softmax, policy_grad, distill. */
#include "arb_rows.h"

/* The table's formula as it stands, (1 - p)^(g-1) and all; gamma = 0 by its own line, since 0^-1 is
 * no ball. */
void arb_row_focal(arb_ptr out, const lp_case *c, lp_out which, const arb_logits *r, slong prec) {
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
        if (j != label && arb_there(c, j)) alone = false, arb_add(q, q, r->p + j, prec);
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
void arb_row_policy(arb_ptr out, const lp_case *c, lp_out which, const arb_logits *r, slong prec) {
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
static void distill_row(arb_logits *r, lp_case *view, const lp_case *c, bool teacher, bool tempered,
                        slong prec) {
    *view = *c;
    if (teacher) view->in[LP_IN_LOGITS] = c->in[LP_IN_TEACHER];
    if (!tempered) view->set &= ~LP_PARAM_BIT(LP_PARAM_TEMPERATURE);
    arb_open_logits(r, view, prec);
}

/* The table's formulas: mix CE + (1 - mix) T^2 X, mix (p - onehot) + (1 - mix) T (s - t). */
void arb_row_distill(arb_ptr out, const lp_case *c, lp_out which, slong prec) {
    arb_logits p, s, t;
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
        if (kl && arb_there(&teacher, j)) arb_set(x, t.log_p + j);
        if (arb_there(&teacher, j)) arb_sub(x, x, s.log_p + j, prec);
        arb_mul(x, x, t.p + j, prec);
        if (!arb_is_zero(rest)) arb_addmul(out, rest, x, prec);
    }
    if (which == LP_OUT_LOSS && hard) arb_submul(out, mix, p.log_p + c->label[0], prec);
    arb_clear(mix);
    arb_clear(rest);
    arb_clear(temperature);
    arb_clear(x);
    arb_close_logits(&p, c);
    arb_close_logits(&s, c);
    arb_close_logits(&t, c);
}
