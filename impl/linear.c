/* linear_xent: one-hot cross-entropy of the logits u_ij = sum_d x_id w_jd + b_j, the mean over the
 * M rows that count. With p the softmax of a row and c its label,
 *   grad_x_id  sum over j of (p_ij - [j = c]) w_jd/M = sum over j of p_ij (w_jd - w_cd)/M
 *   grad_w_jd  sum over i of (p_ij - [j = c]) x_id/M, and grad_b_j with 1 for x_id
 *
 * A logit is a sum of exact products, its error that of the additions; which one is the largest is
 * settled exactly, 4608 bits holding any such sum. Rows are seen by the distances from the largest
 * (gap_row.h). The gradients are signed sums.
 *
 * No memory is kept: SUMS components of a gradient are added up at a time, and for each such block
 * every row is computed again, so that the gradient in w takes N K D + N (K D)^2/SUMS products. */
#include "impl/linear.h"
#include "impl/rows.h"
#include "impl/soft_row.h"

static lp_view row_of(const lp_linear *l, lp_in role, int64_t i) {
    return lp_view_row(l->c, role, i);
}

/* --- logits ---------------------------------------------------------------------------------- */

/* The IEEE sum of the terms that are no numbers; 0: all are. */
static double special_logit(const lp_linear *l, int64_t i, int64_t j) {
    lp_view x = row_of(l, LP_IN_X, i), w = row_of(l, LP_IN_W, j);
    double b = lp_at(row_of(l, LP_IN_B, 0), j), sum = isfinite(b) ? 0 : b;
    for (int64_t d = 0; d < l->c->d; d++) {
        double a = lp_at(x, d), v = lp_at(w, d);
        if (!isfinite(a) || !isfinite(v)) sum += a * v;
    }
    return sum;
}
/* u_ia - u_ij of numbers, by differences of w and b: what these have in common leaves no error. */
static lp_value quick_gap(const lp_linear *l, int64_t i, int64_t a, int64_t j) {
    lp_view x = row_of(l, LP_IN_X, i), b = row_of(l, LP_IN_B, 0);
    lp_view of_a = row_of(l, LP_IN_W, a), of_j = row_of(l, LP_IN_W, j);
    lp_sum sum = lp_sum_open();
    lp_sum_add(&sum, lp_difference(lp_at(b, a), lp_at(b, j)));
    for (int64_t d = 0; d < l->c->d; d++)
        lp_sum_add(&sum, lp_value_mul(lp_value_from(lp_at(x, d)),
                                      lp_difference(lp_at(of_a, d), lp_at(of_j, d))));
    return lp_sum_get(&sum);
}
/* u_ia - u_ij of numbers */
static void big_gap(lp_big *r, const lp_linear *l, int64_t i, int64_t a, int64_t j) {
    lp_view x = row_of(l, LP_IN_X, i), b = row_of(l, LP_IN_B, 0);
    lp_view of_a = row_of(l, LP_IN_W, a), of_j = row_of(l, LP_IN_W, j);
    int n = r->n;
    lp_big_difference(r, n, lp_at(b, a), lp_at(b, j));
    for (int64_t d = 0; d < l->c->d; d++) {
        lp_big w;
        lp_big_difference(&w, n, lp_at(of_a, d), lp_at(of_j, d));
        lp_big_mul_d(&w, &w, lp_at(x, d));
        lp_big_add(r, r, &w);
    }
}
/* u_ij > u_ia */
static bool above(const lp_linear *l, int64_t i, int64_t j, int64_t a) {
    lp_value quick = quick_gap(l, i, j, a);
    if (lp_value_sign_known(quick)) return quick.x.m.hi > 0;
    lp_big exact;
    lp_big_set(&exact, LP_BIG_LIMBS, 0);
    big_gap(&exact, l, i, j, a);
    return lp_big_sign(&exact) == 1;
}

lp_value lp_line_gap(const void *context, int64_t j) {
    const lp_line *t = context;
    if (t->point || special_logit(t->l, t->i, j) != 0) return lp_special(INFINITY);
    return quick_gap(t->l, t->i, t->row.top, j);
}
void lp_line_exact_gap(lp_big *r, const void *context, int64_t j) {
    const lp_line *t = context;
    big_gap(r, t->l, t->i, t->row.top, j);
}

/* False: the row is NaN. */
bool lp_line_open(lp_line *t, const lp_linear *l, int64_t i) {
    int64_t top = -1, infinite = 0;
    *t = (lp_line){.l = l, .i = i, .label = l->c->label[i]};
    if (lp_batch_spoiled(&l->batch, i)) return false;
    for (int64_t j = 0; j < l->c->k; j++) {
        double special = special_logit(l, i, j);
        if (isnan(special)) return false;
        if (special > 0) {
            infinite++;
            top = j;
        }
        if (special == 0 && infinite == 0 && (top < 0 || above(l, i, j, top))) top = j;
    }
    if (top < 0 || infinite > (l->limit ? 1 : 0)) return false;
    t->point = infinite != 0;
    lp_gap_row_set(&t->row, (lp_gaps){lp_line_gap, lp_line_exact_gap, t}, l->c->k, top);
    return true;
}

/* p_ij - [j = c], given p_ij */
static lp_value slope(const lp_line *t, int64_t j, lp_value p) {
    if (j != t->label) return p;
    return j == t->row.top ? lp_value_neg(t->row.rest) : lp_value_sub(p, lp_value_from(1));
}

/* --- the loss -------------------------------------------------------------------------------- */

static lp_value fast_loss(void *context, int out, int64_t at, bool precise) {
    const lp_line *t = context;
    (void)out, (void)at, (void)precise;
    if (t->label == t->row.top) return t->row.loss;
    return lp_value_add(t->row.loss, lp_line_gap(t, t->label));
}
static void big_loss(lp_big *r, void *context, int out, int64_t at) {
    const lp_line *t = context;
    lp_big_row row = {.n = 0};
    (void)out, (void)at;
    lp_gap_row_big(&row, &t->row, r->n);
    lp_line_exact_gap(r, t, t->label);
    lp_big_add(r, r, &row.log);
}
static void answer(const void *context, const lp_call *c, int64_t i, lp_job *job) {
    static const lp_row_eval eval = {.fast = fast_loss, .exact = big_loss};
    lp_line t;
    if (lp_line_open(&t, context, i))
        lp_job_answer(job, &eval, &t, c->k);
    else
        lp_job_fill(job, c->k, NAN);
}

/* --- gradients ------------------------------------------------------------------------------- */

enum { SUMS = 256 };

double lp_linear_weight(const lp_linear *l, lp_out out, int64_t i, int64_t d) {
    return out == LP_OUT_GRAD_B ? 1 : lp_at(row_of(l, LP_IN_X, i), d);
}
/* An infinite weight adds 0 beside what is exactly 0; it stands beside 1 or -1 else. */
static void add_term(lp_sum *sum, lp_value s, lp_value w) {
    if (w.special != 0 && s.x.m.hi == 0) return;
    lp_sum_add(sum, lp_value_mul(s, w));
}

static lp_value known(void *context, int out, int64_t at, bool precise) {
    (void)out, (void)at, (void)precise;
    return ((const lp_linear_component *)context)->sum;
}
/* `exact` multiplies and divides itself, but by what is infinite or NaN. */
static void put(const lp_linear *l, const lp_sink *to, lp_out out, int64_t at, int64_t d,
                lp_value sum) {
    static const lp_row_eval eval = {.fast = known, .exact = lp_linear_exact};
    lp_linear_component g = {l, to, out, at, d, sum};
    lp_sink sink = *to;
    sink.over = NULL;
    if (isfinite(to->times)) sink.times = 1;
    lp_sink_store(to, d < 0 ? at : d, lp_job_component(&sink, &eval, &g, LP_EVAL_GRAD, 0, l->c->k));
}

static void gradient_x(const lp_linear *l) {
    for (int64_t i = 0; i < l->c->n; i++) {
        lp_sink sink = lp_batch_sink(&l->batch, LP_OUT_GRAD_X, i);
        bool skipped = lp_batch_skips(&l->batch, i);
        lp_line t;
        if (skipped || !lp_line_open(&t, l, i)) {
            lp_value none = skipped ? lp_value_zero() : lp_special(NAN);
            for (int64_t d = 0; d < l->c->d; d++) lp_sink_put(&sink, d, none);
            continue;
        }
        lp_view of_label = row_of(l, LP_IN_W, t.label);
        for (int64_t first = 0; first < l->c->d; first += SUMS) {
            int64_t count = l->c->d - first < SUMS ? l->c->d - first : SUMS;
            lp_sum sum[SUMS];
            for (int64_t m = 0; m < count; m++) sum[m] = lp_sum_open();
            for (int64_t j = 0; j < l->c->k; j++) {
                lp_value p = lp_gap_row_share(&t.row, j), s = slope(&t, j, p);
                lp_view w = row_of(l, LP_IN_W, j);
                for (int64_t m = 0; m < count; m++) {
                    double own = lp_at(of_label, first + m), x = lp_at(w, first + m);
                    if (isinf(own))
                        add_term(&sum[m], s, lp_value_from(x));
                    else if (j != t.label)
                        add_term(&sum[m], p, isinf(x) ? lp_special(x) : lp_difference(x, own));
                }
            }
            for (int64_t m = 0; m < count; m++)
                put(l, &sink, LP_OUT_GRAD_X, i, first + m, lp_sum_get(&sum[m]));
        }
    }
}

/* Components first .. first + count - 1 of grad_w in order of class and d (width D), or of grad_b
 * (width 1). */
static void class_block(const lp_linear *l, lp_out out, int64_t width, int64_t first,
                        int64_t count) {
    lp_sum sum[SUMS];
    lp_value s = lp_value_zero();
    for (int64_t m = 0; m < count; m++) sum[m] = lp_sum_open();
    for (int64_t i = 0; i < l->c->n; i++) {
        lp_line t;
        if (lp_batch_skips(&l->batch, i)) continue;
        bool number = lp_line_open(&t, l, i);
        for (int64_t m = 0; m < count; m++) {
            int64_t j = (first + m) / width, d = (first + m) % width;
            if (number && (m == 0 || d == 0)) s = slope(&t, j, lp_gap_row_share(&t.row, j));
            if (number)
                add_term(&sum[m], s, lp_value_from(lp_linear_weight(l, out, i, d)));
            else
                lp_sum_add(&sum[m], lp_special(NAN));
        }
    }
    for (int64_t m = 0; m < count; m++) {
        int64_t j = (first + m) / width, d = (first + m) % width;
        bool bias = out == LP_OUT_GRAD_B;
        lp_sink sink = lp_batch_sink(&l->batch, out, bias ? 0 : j);
        put(l, &sink, out, j, bias ? -1 : d, lp_sum_get(&sum[m]));
    }
}
static void gradient_classes(const lp_linear *l, lp_out out, int64_t width) {
    int64_t all = l->c->k * width;
    if (!l->c->out[out].data) return;
    for (int64_t first = 0; first < all; first += SUMS)
        class_block(l, out, width, first, all - first < SUMS ? all - first : SUMS);
}

void lp_run_linear_xent(const lp_call *c) {
    lp_kept kept[LP_LINEAR_KEPT];
    lp_linear l = {.limit =
                       c->set & LP_PARAM_BIT(LP_PARAM_SPECIAL) && c->param[LP_PARAM_SPECIAL] != 0};
    lp_call rows = *c;
    for (int i = 0; i < LP_LINEAR_KEPT; i++) kept[i].used = false;
    l.kept = kept;
    rows.reduction = LP_REDUCE_MEAN;
    l.c = &rows;
    lp_batch_open(&l.batch, &rows);
    lp_batch_answer(&rows, c->k, answer, &l);
    if (c->out[LP_OUT_GRAD_X].data) gradient_x(&l);
    gradient_classes(&l, LP_OUT_GRAD_W, c->d);
    gradient_classes(&l, LP_OUT_GRAD_B, 1);
}
