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
 * exactly, and the gradient is l (p_j - [j = c]). s_j = t_j for one j says that two sums of
 * exponentials are equal, by Lindemann-Weierstrass that the differences z_k - z_j and teacher_k -
 * teacher_j are the same numbers in some order (`twins`): then it is 0 exactly. Student and teacher
 * with all logits equal: rational gradients, (l + (1 - l) T^2) ln n less (1 - l) T^2 ln m for the
 * loss. Otherwise no theorem is known for a sum of reciprocals of three sums of exponentials (for l
 * in [0, 1] no relation is known either; l = 2, T = 1, two classes and the teacher turned round
 * give p_j + t_j = 1 and an answer that stays `undecided`), nor for the loss (Schanuel's
 * conjecture). */
#include "ref/distill.h"

#include "ref/dyadic.h"
#include "ref/far.h"
#include "ref/part.h"
#include "ref/softrow.h"

#include "core/memory.h"

#include <math.h>
#include <stdlib.h>

/* row->nature beyond those of softrow.h. */
enum { LOSS_PINF = LP_SOFT_ROW + 1, LOSS_NINF };
/* row->x: E, and d_c. row->equal: s = t. */
enum { X_E, X_GAP };
/* row->iv: W m / 1 = sum t_k (m d_k - E); sum t_k y_k. */
enum { IV_W, IV_DEPTH };

bool lp_distill_kl(const lp_case *c) {
    return lp_case_param(c, LP_PARAM_FORM) == 1;
}

static const double *logits_of(const lp_scope *s, const lp_row *row, int part) {
    return lp_softrow_logits(&s->part[part], &row->part[part]);
}

bool lp_distill_absent(const lp_scope *s, const lp_row *row, int part, int64_t j) {
    return logits_of(s, row, part)[j] == -INFINITY;
}

static bool has(const lp_scope *s, int con) {
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
    }
}

/* z_j - teacher_j is one number, and the same classes are absent. */
static bool same_rows(lp_scope *s, const lp_row *row) {
    const double *z = logits_of(s, row, LP_DISTILL_S), *t = logits_of(s, row, LP_DISTILL_T);
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
static void depth(mpfr_t d, const lp_scope *s, const lp_row *row, int part, int64_t j) {
    const double *z = logits_of(s, row, part);
    lp_dyadic_diff(d, z[row->part[part].top], z[j]);
}

static bool in_top(const lp_scope *s, const lp_row *row, int part, int64_t j) {
    const double *z = logits_of(s, row, part);
    return z[j] == z[row->part[part].top];
}

/* Rule 6: -ln of a student's class at -inf, its coefficients l at the label, (1 - l) T^2 t_j. */
static void read_mask(lp_scope *s, lp_row *row, int64_t j) {
    int sign = mpfr_sgn(s->con[LP_DISTILL_Q]);
    bool taught = !lp_distill_absent(s, row, LP_DISTILL_T, j);
    bool label = has(s, LP_DISTILL_MIX) && s->c->label[row->at] == j;
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
    mpfr_set_zero(row->x[X_E], 1);
    mpfr_set_zero(row->x[X_GAP], 1);
    if (row->nature == LP_SOFT_NAN) return;
    row->equal = same_rows(s, row);
    for (int64_t j = 0; j < s->c->k; j++) {
        if (lp_distill_absent(s, row, LP_DISTILL_S, j)) {
            read_mask(s, row, j);
        } else if (in_top(s, row, LP_DISTILL_T, j)) {
            depth(s->work[0], s, row, LP_DISTILL_S, j);
            lp_dyadic_add(row->x[X_E], row->x[X_E], s->work[0]);
        }
    }
    if (has(s, LP_DISTILL_MIX) && row->nature == LP_SOFT_ROW)
        depth(row->x[X_GAP], s, row, LP_DISTILL_P, s->c->label[row->at]);
}

static lp_kind kind(const lp_scope *s, const lp_row *row, lp_out out, int64_t j) {
    (void)s, (void)j;
    if (row->nature == LP_SOFT_NAN) return LP_KIND_NAN;
    if (out == LP_OUT_GRAD || row->nature == LP_SOFT_ROW) return LP_KIND_NUMBER;
    return row->nature == LOSS_PINF ? LP_KIND_PINF : LP_KIND_NINF;
}

/* work[0] = m d_k - E. */
static void set_lag(lp_scope *s, const lp_row *row, int64_t k) {
    depth(s->work[0], s, row, LP_DISTILL_S, k);
    lp_dyadic_set_int(s->work[1], row->part[LP_DISTILL_T].ties);
    lp_dyadic_mul(s->work[0], s->work[0], s->work[1]);
    lp_dyadic_sub(s->work[0], s->work[0], row->x[X_E]);
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
        if (lp_distill_absent(s, row, LP_DISTILL_T, k) || in_top(s, row, LP_DISTILL_T, k)) continue;
        set_lag(s, row, k);
        lp_softrow_e(&term, &s->part[LP_DISTILL_T], t, k);
        lp_iv_scale(&term, &term, s->work[0]);
        lp_iv_add(lag, lag, &term);
        depth(s->work[0], s, row, LP_DISTILL_T, k);
        lp_softrow_e(&term, &s->part[LP_DISTILL_T], t, k);
        lp_iv_scale(&term, &term, s->work[0]);
        lp_iv_add(below, below, &term);
    }
    lp_iv_mul_nonneg(&row->iv[IV_W], lag, &t->iv[LP_SOFT_INV]);
    lp_iv_mul_nonneg(&row->iv[IV_DEPTH], below, &t->iv[LP_SOFT_INV]);
    lp_iv_clear(&term);
}

static void evaluate(lp_scope *s, lp_row *row) {
    for (int i = 0; i < LP_DISTILL_PARTS; i++)
        lp_part_evaluate(s, &s->part[i], &row->part[i], row->prec);
    lp_iv_set_prec(&row->iv[IV_W], row->prec);
    lp_iv_set_prec(&row->iv[IV_DEPTH], row->prec);
    if (row->nature == LP_SOFT_ROW && has(s, LP_DISTILL_G)) evaluate_teacher(s, row);
}

static bool straddles(const lp_iv *x) {
    return mpfr_sgn(x->lo) <= 0 && mpfr_sgn(x->hi) >= 0;
}

static void settle(lp_iv *r, int sign) {
    if (sign > 0) mpfr_set_zero(r->lo, 1);
    if (sign < 0) mpfr_set_zero(r->hi, 1);
}

/* r += factor * v. */
static void add_scaled(lp_iv *r, lp_scope *s, const lp_iv *v, const mpfr_t factor) {
    lp_iv *term = &s->iv[1];
    lp_iv_set_prec(term, mpfr_get_prec(r->lo));
    lp_iv_scale(term, v, factor);
    lp_iv_add(r, r, term);
}

/* ---- the loss ---- */

/* x += factor * log S of the part; in bits its multiple of ln 2 apart. */
static void add_log(lp_enclosure *x, lp_scope *s, const lp_row *row, int part,
                    const mpfr_t factor) {
    if (!s->bits) {
        add_scaled(&x->r, s, &row->part[part].iv[LP_SOFT_LOG], factor);
        return;
    }
    int k = lp_softrow_log_odd(&s->iv[0], &s->part[part], &row->part[part]);
    add_scaled(&x->r, s, &s->iv[0], factor);
    lp_dyadic_set_int(s->work[1], k);
    lp_dyadic_mul(s->work[1], s->work[1], factor);
    lp_dyadic_add(x->two, x->two, s->work[1]);
}

/* The part's log S, or what its multiple of ln 2 leaves of it in bits, is 0. */
static bool no_log(const lp_scope *s, const lp_row *part) {
    return part->count == 1 || (s->bits && part->equal && (part->ties & (part->ties - 1)) == 0);
}

static bool loss_is_whole(lp_scope *s, const lp_row *row) {
    const lp_row *student = &row->part[LP_DISTILL_S], *teacher = &row->part[LP_DISTILL_T];
    bool taught = has(s, LP_DISTILL_G) && !(row->equal && lp_distill_kl(s->c));
    if (!taught) return !has(s, LP_DISTILL_MIX) || no_log(s, student);
    if (!student->equal || !teacher->equal) return false;
    bool kl = lp_distill_kl(s->c);
    if (no_log(s, student) && (!kl || no_log(s, teacher))) return true;
    lp_dyadic_add(s->work[0], s->con[LP_DISTILL_MIX], s->con[LP_DISTILL_Q]);
    return !kl && mpfr_zero_p(s->work[0]); /* of ln n */
}

/* log S, or what its multiple of ln 2 leaves of it, is as small as R. */
static bool small_log(const lp_scope *s, const lp_row *part) {
    return part->ties == 1 || (s->bits && (part->ties & (part->ties - 1)) == 0);
}

/* First order in the exponentials: (l / n) e^-d_k, (q / n) e^-(d_k / T), less (q / m) e^-(y_k / T),
 * and (g / m^2) (m d_k - E - [kl] m y_k) e^-(y_k / T); times n m^2. */
static int loss_sign(lp_scope *s, const lp_row *row) {
    const lp_row *student = &row->part[LP_DISTILL_S], *teacher = &row->part[LP_DISTILL_T];
    const double *z = logits_of(s, row, LP_DISTILL_S), *y = logits_of(s, row, LP_DISTILL_T);
    double t = lp_case_param(s->c, LP_PARAM_TEMPERATURE);
    bool kl = lp_distill_kl(s->c);
    lp_far f = {0};
    mpfr_t m, n, c, part;
    if (!small_log(s, student) || (kl && !small_log(s, teacher))) return 0;
    mpfr_inits2(64, m, n, c, part, (mpfr_ptr)0);
    lp_dyadic_set_int(m, teacher->ties);
    lp_dyadic_set_int(n, student->ties);
    for (int64_t k = 0; k < s->c->k; k++) {
        if (z[k] != -INFINITY && z[k] != z[student->top]) {
            lp_dyadic_mul(c, m, m);
            lp_dyadic_mul(part, c, s->con[LP_DISTILL_MIX]);
            lp_far_add(&f, z[student->top], z[k], 1, part);
            lp_dyadic_mul(part, c, s->con[LP_DISTILL_Q]);
            lp_far_add(&f, z[student->top], z[k], t, part);
        }
        if (y[k] == -INFINITY || y[k] == y[teacher->top]) continue;
        set_lag(s, row, k);
        lp_dyadic_copy(c, s->work[0]);
        depth(s->work[0], s, row, LP_DISTILL_T, k);
        lp_dyadic_mul(s->work[0], s->work[0], m);
        if (kl) lp_dyadic_sub(c, c, s->work[0]);
        lp_dyadic_mul(c, c, s->con[LP_DISTILL_G]);
        lp_dyadic_mul(part, m, s->con[LP_DISTILL_Q]);
        if (kl) lp_dyadic_sub(c, c, part);
        lp_dyadic_mul(c, c, n);
        lp_far_add(&f, y[teacher->top], y[k], t, c);
    }
    mpfr_clears(m, n, c, part, (mpfr_ptr)0);
    return lp_far_sign(&f);
}

/* a = m l d_c + g E, b = m, r = m (l log S_p + q log S_s - q log S_t) + g (W - m sum t_k y_k), what
 * is of the teacher's entropy only in the form kl. */
static void enclose_loss(lp_enclosure *x, lp_scope *s, lp_row *row) {
    const lp_row *part = row->part;
    bool kl = lp_distill_kl(s->c), taught = has(s, LP_DISTILL_G) && !(row->equal && kl);
    mpfr_t m, factor;
    mpfr_inits2(64, m, factor, (mpfr_ptr)0);
    lp_dyadic_set_int(m, taught ? part[LP_DISTILL_T].ties : 1);
    lp_dyadic_copy(x->b, m);
    x->unit = mpfr_cmp_ui(m, 1) == 0;
    mpfr_set_zero(x->r.lo, 1);
    mpfr_set_zero(x->r.hi, 1);
    x->whole = loss_is_whole(s, row);
    if (has(s, LP_DISTILL_MIX)) {
        lp_dyadic_mul(factor, m, s->con[LP_DISTILL_MIX]);
        lp_dyadic_mul(x->a, factor, row->x[X_GAP]);
        add_log(x, s, row, LP_DISTILL_P, factor);
    }
    if (taught) {
        lp_dyadic_mul(factor, s->con[LP_DISTILL_G], row->x[X_E]);
        lp_dyadic_add(x->a, x->a, factor);
        lp_dyadic_mul(factor, m, s->con[LP_DISTILL_Q]);
        add_log(x, s, row, LP_DISTILL_S, factor);
        mpfr_neg(factor, factor, MPFR_RNDZ);
        if (kl) add_log(x, s, row, LP_DISTILL_T, factor);
        add_scaled(&x->r, s, &row->iv[IV_W], s->con[LP_DISTILL_G]);
        lp_dyadic_mul(factor, m, s->con[LP_DISTILL_G]);
        mpfr_neg(factor, factor, MPFR_RNDZ);
        if (kl) add_scaled(&x->r, s, &row->iv[IV_DEPTH], factor);
    }
    mpfr_clears(m, factor, (mpfr_ptr)0);
    if (!x->whole && straddles(&x->r)) settle(&x->r, loss_sign(s, row));
}

/* ---- the gradient ---- */

/* What a part adds to a component, times the whole's b. */
typedef struct portion {
    bool used, top;
    mpfr_t factor; /* l, g or -g, times b; on top over n too */
} portion;

/* s_j = t_j: the differences from class j are the same numbers in some order. */
static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double *sorted(const double *z, int64_t k) {
    double *x = lp_memory_copy(z, (size_t)k * sizeof *x);
    qsort(x, (size_t)k, sizeof *x, ascending);
    return x;
}

static bool twins(lp_scope *s, const lp_row *row, int64_t j) {
    const double *z = logits_of(s, row, LP_DISTILL_S), *t = logits_of(s, row, LP_DISTILL_T);
    int64_t k = s->c->k;
    if (z[j] == -INFINITY || t[j] == -INFINITY) return z[j] == t[j];
    double *x = sorted(z, k), *y = sorted(t, k);
    bool twins = true;
    for (int64_t i = 0; twins && i < k; i++) {
        if (x[i] == -INFINITY || y[i] == -INFINITY) {
            twins = x[i] == y[i];
            continue;
        }
        lp_dyadic_diff(s->work[0], x[i], z[j]);
        lp_dyadic_diff(s->work[1], y[i], t[j]);
        twins = mpfr_cmp(s->work[0], s->work[1]) == 0;
    }
    free(x);
    free(y);
    return twins;
}

/* a, b and r of the shares; *rational: nothing is left for r. */
static void sum_shares(lp_enclosure *x, lp_scope *s, lp_row *row, int64_t j, portion *share) {
    bool label = has(s, LP_DISTILL_MIX) && s->c->label[row->at] == j;
    lp_dyadic_set_int(x->b, 1);
    mpfr_set_zero(x->a, 1);
    mpfr_set_zero(x->r.lo, 1);
    mpfr_set_zero(x->r.hi, 1);
    x->whole = true;
    int64_t last = 0; /* parts p and s have one top group */
    for (int i = 0; i < LP_DISTILL_PARTS; i++) {
        int64_t n = row->part[i].ties;
        if (!share[i].used || !share[i].top || (i == LP_DISTILL_S && last)) continue;
        if (i == LP_DISTILL_P) last = n;
        lp_dyadic_set_int(s->work[0], n);
        lp_dyadic_mul(x->b, x->b, s->work[0]);
    }
    x->unit = mpfr_cmp_ui(x->b, 1) == 0;
    if (label) lp_dyadic_mul(x->a, x->b, s->con[LP_DISTILL_MIX]);
    mpfr_neg(x->a, x->a, MPFR_RNDZ);
    for (int i = 0; i < LP_DISTILL_PARTS; i++) {
        if (!share[i].used) continue;
        lp_row *part = &row->part[i];
        lp_dyadic_mul(share[i].factor, share[i].factor, x->b);
        x->whole = x->whole && part->equal;
        if (share[i].top) { /* b / n is an integer */
            mpfr_div_si(share[i].factor, share[i].factor, part->ties, MPFR_RNDZ);
            lp_dyadic_add(x->a, x->a, share[i].factor);
            mpfr_neg(s->work[0], share[i].factor, MPFR_RNDZ);
            add_scaled(&x->r, s, &part->iv[LP_SOFT_Q], s->work[0]);
        } else {
            lp_iv_set_prec(&s->iv[0], row->prec);
            lp_softrow_p(&s->iv[0], &s->part[i], part, j);
            add_scaled(&x->r, s, &s->iv[0], share[i].factor);
        }
    }
}

/* First order: on top -(factor / n) e^-x_k for each class below, else (factor / n) e^-x_j; times n
 * m where n and m are the sizes of the two top groups. */
static int grad_sign(lp_scope *s, const lp_row *row, int64_t j, portion *share) {
    lp_far f = {0};
    mpfr_t c;
    mpfr_init2(c, 64);
    for (int i = 0; i < LP_DISTILL_PARTS; i++) {
        if (!share[i].used) continue;
        const double *z = logits_of(s, row, i);
        const lp_row *part = &row->part[i];
        double t = lp_softrow_temperature(&s->part[i]);
        int64_t other = row->part[i == LP_DISTILL_T ? LP_DISTILL_S : LP_DISTILL_T].ties;
        lp_dyadic_set_int(c, other);
        lp_dyadic_mul(c, c, share[i].factor);
        if (share[i].top) mpfr_neg(c, c, MPFR_RNDZ);
        f.unfit = f.unfit || (!share[i].top && in_top(s, row, i, j));
        for (int64_t k = 0; k < s->c->k; k++)
            if (z[k] != -INFINITY && z[k] != z[part->top] && (share[i].top || k == j))
                lp_far_add(&f, z[part->top], z[k], t, c);
    }
    mpfr_clear(c);
    return lp_far_sign(&f);
}

static void find_shares(portion *share, lp_scope *s, lp_row *row, int64_t j, bool taught) {
    for (int i = 0; i < LP_DISTILL_PARTS; i++) {
        int con = i == LP_DISTILL_P ? LP_DISTILL_MIX : LP_DISTILL_G;
        share[i].used =
            has(s, con) && (i == LP_DISTILL_P || taught) && !lp_distill_absent(s, row, i, j);
        share[i].top = share[i].used && lp_softrow_tops(&s->part[i], &row->part[i], j);
        lp_dyadic_copy(share[i].factor, s->con[con]);
        if (i == LP_DISTILL_T) mpfr_neg(share[i].factor, share[i].factor, MPFR_RNDZ);
    }
}

static void enclose_grad(lp_enclosure *x, lp_scope *s, lp_row *row, int64_t j) {
    portion share[LP_DISTILL_PARTS];
    bool taught = !row->equal;
    for (int i = 0; i < LP_DISTILL_PARTS; i++) mpfr_init2(share[i].factor, 64);
    find_shares(share, s, row, j, taught);
    sum_shares(x, s, row, j, share);
    if (!x->whole && taught && has(s, LP_DISTILL_G) && straddles(&x->r) && twins(s, row, j)) {
        find_shares(share, s, row, j, false);
        sum_shares(x, s, row, j, share);
    }
    if (!x->whole && straddles(&x->r)) settle(&x->r, grad_sign(s, row, j, share));
    for (int i = 0; i < LP_DISTILL_PARTS; i++) mpfr_clear(share[i].factor);
}

static void enclose(lp_enclosure *x, lp_scope *s, lp_row *row, lp_out out, int64_t j) {
    if (out == LP_OUT_LOSS)
        enclose_loss(x, s, row);
    else
        enclose_grad(x, s, row, j);
}

const lp_family lp_family_distill = {
    .domain = domain,
    .prepare = prepare,
    .open = open_row,
    .kind = kind,
    .evaluate = evaluate,
    .enclose = enclose,
    .bound = lp_bound_distill,
};
