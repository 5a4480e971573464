/* distill: three rows of softrow.h, p = softmax(z), s = softmax(z / T), t = softmax(teacher / T),
 *
 *   loss    l CE + (1 - l) T^2 X,  CE = -ln p_c,  X = -sum t_j ln s_j  or  sum t_j ln(t_j / s_j)
 *   grad_j  l (p_j - [j = c]) + (1 - l) T (s_j - t_j)
 *
 * With z_a the largest student logit, d_j = z_a - z_j, and for the teacher y_j likewise, its top
 * group of m classes, E = sum of d_j over that group,
 *
 *   CE = d_c + log S_p     -sum t_j ln s_j = log S_s + (E + W) / (m T),  W = sum over the classes
 * below the teacher's top of t_k (m d_k - E)     H(t) = log S_t + (1 / T) sum t_k y_k
 *
 * so that what is exact, l d_c + (1 - l) T E / m, stands apart from remainders that may be tiny; in
 * the gradient l ([top] / n - [j = c]) + (1 - l) T ([top] / n - [top of the teacher] / m) does. The
 * rest cancels where student and teacher agree: the precision follows.
 *
 * Rational or not. s = t where z_j - teacher_j is one number for all classes: then X = H(s) or 0,
 * exactly, and the gradient is l (p_j - [j = c]). A number f s_j - g t_j that is rational for one j
 * says that a sum of exponentials is 0, which is decided as one (distill_grad.c). Student and
 * teacher with all logits equal: rational gradients. The loss is (l + (1 - l) T^2) ln n where the
 * student's are, less (1 - l) T^2 ln m in the form kl where the teacher's are too: 0, or rational
 * in bits, as logs.c tells. A sum of reciprocals of three sums of exponentials
 * (T and l other than 1 and 0) is one sum of them over the product (distill_whole.c), as far as
 * that has room. For the loss no theorem is known otherwise (Schanuel's conjecture). */
#include "ref/distill.h"

#include "ref/dyadic.h"
#include "ref/part.h"
#include "ref/softrow.h"

#include <math.h>

/* row->nature beyond those of softrow.h. */
enum { LOSS_PINF = LP_SOFT_ROW + 1, LOSS_NINF };

bool lp_distill_kl(const lp_case *c) {
    return lp_case_param(c, LP_PARAM_FORM) == 1;
}

const double *lp_distill_logits(const lp_scope *s, const lp_row *row, int part) {
    return lp_softrow_logits(&s->part[part], &row->part[part]);
}

bool lp_distill_absent(const lp_scope *s, const lp_row *row, int part, int64_t j) {
    return lp_distill_logits(s, row, part)[j] == -INFINITY;
}

bool lp_distill_has(const lp_scope *s, int con) {
    return !mpfr_zero_p(s->con[con]);
}

/* Labels are looked at where mix /= 0. */
static lp_status domain(const lp_case *c) {
    bool labelled = lp_case_param(c, LP_PARAM_MIX) != 0;
    if (labelled && !c->label && c->n > 0) return LP_E_ARGUMENT;
    for (int64_t i = 0; labelled && i < c->n; i++)
        if (!lp_case_label_fits(c, i)) return LP_E_LABEL;
    return LP_OK;
}

static void prepare(lp_scope *s) {
    const lp_case *c = s->c;
    double t = lp_case_param(c, LP_PARAM_TEMPERATURE);
    lp_dyadic_set(s->con[LP_DISTILL_MIX], lp_case_param(c, LP_PARAM_MIX));
    lp_dyadic_diff(s->con[LP_DISTILL_G], 1, lp_case_param(c, LP_PARAM_MIX));
    lp_dyadic_mul_d(s->con[LP_DISTILL_G], s->con[LP_DISTILL_G], t);
    lp_dyadic_mul_d(s->con[LP_DISTILL_Q], s->con[LP_DISTILL_G], t);
    lp_part_views(s, LP_DISTILL_PARTS);
    for (int i = 0; i < LP_DISTILL_PARTS; i++) {
        s->view[i].in[LP_IN_LOGITS] = c->in[i == LP_DISTILL_T ? LP_IN_TEACHER : LP_IN_LOGITS];
        if (i != LP_DISTILL_P && lp_case_has(c, LP_PARAM_TEMPERATURE))
            lp_case_set(&s->view[i], LP_PARAM_TEMPERATURE, t);
        if (lp_case_has(c, LP_PARAM_SPECIAL)) /* student and teacher each by itself */
            lp_case_set(&s->view[i], LP_PARAM_SPECIAL, lp_case_param(c, LP_PARAM_SPECIAL));
    }
}

/* z_j - teacher_j is one number, and the same classes are absent. */
static bool same_rows(lp_scope *s, const lp_row *row) {
    const double *z = lp_distill_logits(s, row, LP_DISTILL_S),
                 *t = lp_distill_logits(s, row, LP_DISTILL_T);
    int64_t first = row->part[LP_DISTILL_S].top;
    if (t[first] == -INFINITY) return false;
    for (int64_t j = 0; j < s->c->k; j++) {
        if ((z[j] == -INFINITY) != (t[j] == -INFINITY)) return false;
        if (z[j] == -INFINITY) continue;
        lp_dyadic_diff(s->work[0], z[j], t[j]);
        lp_dyadic_diff(s->work[1], z[first], t[first]);
        if (mpfr_cmp(s->work[0], s->work[1]) != 0) return false;
    }
    return true;
}

/* d_j: how far class j of a part lies below its largest. */
void lp_distill_depth(mpfr_t d, const lp_scope *s, const lp_row *row, int part, int64_t j) {
    const double *z = lp_distill_logits(s, row, part);
    lp_dyadic_diff(d, z[row->part[part].top], z[j]);
}

bool lp_distill_in_top(const lp_scope *s, const lp_row *row, int part, int64_t j) {
    const double *z = lp_distill_logits(s, row, part);
    return z[j] == z[row->part[part].top];
}

/* Rule 6: -ln of a student's class at -inf, its coefficients l at the label, (1 - l) T^2 t_j. */
static void read_mask(lp_scope *s, lp_row *row, int64_t j) {
    int sign = mpfr_sgn(s->con[LP_DISTILL_Q]);
    bool taught = !lp_distill_absent(s, row, LP_DISTILL_T, j);
    bool label = lp_distill_has(s, LP_DISTILL_MIX) && s->c->label[row->at] == j;
    if (label || (taught && sign > 0))
        row->nature = LOSS_PINF;
    else if (taught && sign < 0 && row->nature == LP_SOFT_ROW)
        row->nature = LOSS_NINF;
}

static void open_row(lp_scope *s, lp_row *row) {
    lp_row *part = lp_part_rows(row, s, LP_DISTILL_PARTS);
    row->nature = LP_SOFT_ROW;
    for (int i = 0; i < LP_DISTILL_PARTS; i++) {
        part[i].at = row->at;
        part[i].prec = 0;
        part[i].bound.done = false;
        lp_softrow_open(&s->part[i], &part[i]);
        if (part[i].nature == LP_SOFT_NAN) row->nature = LP_SOFT_NAN;
    }
    mpfr_set_zero(row->x[LP_DISTILL_X_E], 1);
    mpfr_set_zero(row->x[LP_DISTILL_X_GAP], 1);
    if (row->nature == LP_SOFT_NAN) return;
    row->equal = same_rows(s, row);
    for (int64_t j = 0; j < s->c->k; j++) {
        if (lp_distill_absent(s, row, LP_DISTILL_S, j)) {
            read_mask(s, row, j);
        } else if (lp_distill_in_top(s, row, LP_DISTILL_T, j)) {
            lp_distill_depth(s->work[0], s, row, LP_DISTILL_S, j);
            lp_dyadic_add(row->x[LP_DISTILL_X_E], row->x[LP_DISTILL_X_E], s->work[0]);
        }
    }
    if (lp_distill_has(s, LP_DISTILL_MIX) && row->nature == LP_SOFT_ROW)
        lp_distill_depth(row->x[LP_DISTILL_X_GAP], s, row, LP_DISTILL_P, s->c->label[row->at]);
}

static lp_kind kind(const lp_scope *s, const lp_row *row, lp_out out, int64_t j) {
    (void)s, (void)j;
    if (row->nature == LP_SOFT_NAN) return LP_KIND_NAN;
    if (out == LP_OUT_GRAD || row->nature == LP_SOFT_ROW) return LP_KIND_NUMBER;
    return row->nature == LOSS_PINF ? LP_KIND_PINF : LP_KIND_NINF;
}

void lp_distill_lag(lp_scope *s, const lp_row *row, int64_t k) {
    lp_distill_depth(s->work[0], s, row, LP_DISTILL_S, k);
    lp_dyadic_set_int(s->work[1], row->part[LP_DISTILL_T].ties);
    lp_dyadic_mul(s->work[0], s->work[0], s->work[1]);
    lp_dyadic_sub(s->work[0], s->work[0], row->x[LP_DISTILL_X_E]);
}

/* Sums over the classes below the teacher's top, times 1 / S_t. */
static void evaluate_teacher(lp_scope *s, lp_row *row) {
    lp_row *t = &row->part[LP_DISTILL_T];
    lp_iv *lag = &s->iv[0], *below = &s->iv[1], term;
    lp_iv_init(&term, row->prec);
    lp_iv_set_prec(lag, row->prec);
    lp_iv_set_prec(below, row->prec);
    for (int i = 0; i < 2; i++) {
        mpfr_set_zero(s->iv[i].lo, 1);
        mpfr_set_zero(s->iv[i].hi, 1);
    }
    for (int64_t k = 0; k < s->c->k; k++) {
        if (lp_distill_absent(s, row, LP_DISTILL_T, k) ||
            lp_distill_in_top(s, row, LP_DISTILL_T, k))
            continue;
        lp_distill_lag(s, row, k);
        lp_softrow_e(&term, &s->part[LP_DISTILL_T], t, k);
        lp_iv_scale(&term, &term, s->work[0]);
        lp_iv_add(lag, lag, &term);
        lp_distill_depth(s->work[0], s, row, LP_DISTILL_T, k);
        lp_softrow_e(&term, &s->part[LP_DISTILL_T], t, k);
        lp_iv_scale(&term, &term, s->work[0]);
        lp_iv_add(below, below, &term);
    }
    lp_iv_mul_nonneg(&row->iv[LP_DISTILL_IV_W], lag, &t->iv[LP_SOFT_INV]);
    lp_iv_mul_nonneg(&row->iv[LP_DISTILL_IV_DEPTH], below, &t->iv[LP_SOFT_INV]);
    lp_iv_clear(&term);
}

static void evaluate(lp_scope *s, lp_row *row) {
    for (int i = 0; i < LP_DISTILL_PARTS; i++)
        lp_part_evaluate(s, &s->part[i], &row->part[i], row->prec);
    lp_iv_set_prec(&row->iv[LP_DISTILL_IV_W], row->prec);
    lp_iv_set_prec(&row->iv[LP_DISTILL_IV_DEPTH], row->prec);
    if (row->nature == LP_SOFT_ROW && lp_distill_has(s, LP_DISTILL_G)) evaluate_teacher(s, row);
}

void lp_distill_add(lp_iv *r, lp_scope *s, const lp_iv *v, const mpfr_t factor) {
    lp_iv *term = &s->iv[1];
    lp_iv_set_prec(term, mpfr_get_prec(r->lo));
    lp_iv_scale(term, v, factor);
    lp_iv_add(r, r, term);
}

static void enclose(lp_enclosure *x, lp_scope *s, lp_row *row, lp_out out, int64_t j) {
    if (out == LP_OUT_LOSS)
        lp_distill_enclose_loss(x, s, row);
    else
        lp_distill_enclose_grad(x, s, row, j);
}

const lp_family lp_family_distill = {
    .domain = domain,
    .prepare = prepare,
    .open = open_row,
    .kind = kind,
    .evaluate = evaluate,
    .enclose = enclose,
    .expand = lp_distill_expand,
    .bound = lp_bound_distill,
};
