/* info_nce: one-hot cross-entropy of the N rows of S/T, each labelled with its own place;
 * symmetric, of the N columns too, M = N or 2N rows. The loss is the mean of theirs. grad_ij (p_ij
 * - [i = j])/(M T), symmetric (p_ij + p'_ij - 2 [i = j])/(M T), p' of the columns; terms of one
 * sign all the same grad_tau  sum over the rows of (sum_j p_j (z_a - z_j) - (z_a - z_c))/(M T^2), a
 * signed sum No memory is kept: columns are split at their diagonal a block at a time, so that the
 * time of a symmetric gradient is N^3/BLOCK exponentials of the vector loops, and N^2 others. */
#include "impl/rows.h"
#include "impl/soft_row.h"
#include "impl/xent.h"

static bool symmetric(const lp_call *c) {
    return c->set & LP_PARAM_BIT(LP_PARAM_SYMMETRIC) && c->param[LP_PARAM_SYMMETRIC] != 0;
}
/* Row i of M. */
static lp_view stacked(const lp_call *c, int64_t i) {
    lp_view z =
        i < c->k ? lp_view_row(c, LP_IN_LOGITS, i) : lp_view_column(c, LP_IN_LOGITS, i - c->k);
    return lp_view_limit(z, c->k, c);
}

/* --- the symmetric gradient ------------------------------------------------------------------ */

enum { BLOCK = 64, PAIR = 2 };
typedef struct half { /* a row or column seen from its diagonal */
    lp_view z;
    int64_t k, label, at;
    bool number;
    double temperature;
    lp_row row;
} half;
typedef struct pair { /* an entry as one of a row and one of a column */
    const half *of[PAIR];
    const lp_sink *sink;
} pair;

static void half_set(half *h, const lp_call *c, int64_t i, double temperature) {
    h->z = stacked(c, i);
    h->k = c->k;
    h->label = i % c->k;
    h->temperature = temperature;
    h->number = lp_row_split(&h->row, h->z, c->k, h->label, temperature, false);
}
static lp_value fast(void *context, int out, int64_t at, bool precise) {
    const pair *p = context;
    lp_value sum = lp_value_zero();
    (void)out, (void)at;
    for (int i = 0; i < PAIR; i++) {
        const half *h = p->of[i];
        lp_row again;
        const lp_row *row = &h->row;
        if (precise) {
            lp_row_split(&again, h->z, h->k, h->label, h->temperature, true);
            row = &again;
        }
        /* cppcheck-suppress uninitvar ; `again` is set where it is read */
        lp_value share = h->at == h->label ? lp_value_neg(lp_row_value(row, row->rest))
                                           : lp_soft_row_other(row, lp_at(h->z, h->at));
        sum = lp_value_add(sum, share);
    }
    return lp_over_temperature(sum, p->of[0]->temperature);
}
/* With upstream and denominator: (1/3 + 1/4) upstream may lie on a midpoint, 1/3 on no number. */
static void exact(lp_big *r, void *context, int out, int64_t at) {
    const pair *p = context;
    const half *first = p->of[0];
    const lp_sink *s = p->sink;
    lp_big weight, num, den, rest, by;
    int n = r->n;
    (void)out, (void)at;
    lp_big_set(&weight, n, s->scaled && isfinite(s->times) ? s->times : 1);
    lp_big_mul_d(&num, &weight, first->at == first->label ? -PAIR : 0);
    lp_big_set(&den, n, 1);
    lp_big_set(&rest, n, 0);
    for (int i = 0; i < PAIR; i++) {
        const half *h = p->of[i];
        lp_big_row row;
        lp_big_row_set(&row, n, h->z, h->k, lp_row_argmax(h->z, h->k), h->temperature);
        lp_big_row_share(&num, &den, &rest, &row, &weight, h->at, lp_at(h->z, h->at));
    }
    lp_big_set_sum(&by, n, s->over);
    lp_big_mul_d(&by, &by, first->temperature);
    lp_big_mul(&den, &den, &by);
    lp_big_div(&num, &num, &den);
    lp_big_div(&rest, &rest, &by);
    lp_big_add(r, &num, &rest);
}

static void put_entry(const lp_sink *to, half *row, half *column) {
    static const lp_row_eval eval = {.fast = fast, .exact = exact, .precise = true};
    lp_sink sink = *to; /* `exact` multiplies itself, but by what is infinite or NaN */
    pair p = {{row, column}, to};
    double y = NAN;
    sink.over = NULL;
    if (isfinite(to->times)) sink.times = 1;
    row->at = column->label;
    column->at = row->label;
    if (row->number && column->number)
        y = lp_job_component(&sink, &eval, &p, LP_EVAL_GRAD, 0, row->k);
    lp_sink_store(&sink, column->label, y);
}
static void symmetric_gradient(const lp_batch *b, double temperature) {
    const lp_call *c = b->call;
    half columns[BLOCK], row;
    for (int64_t first = 0; first < c->k; first += BLOCK) {
        int64_t count = c->k - first < BLOCK ? c->k - first : BLOCK;
        for (int64_t q = 0; q < count; q++) half_set(&columns[q], c, c->k + first + q, temperature);
        for (int64_t i = 0; i < c->k; i++) {
            lp_sink sink = lp_batch_sink(b, LP_OUT_GRAD, i);
            half_set(&row, c, i, temperature);
            for (int64_t q = 0; q < count; q++) put_entry(&sink, &row, &columns[q]);
        }
    }
}

/* --- the gradient in the temperature --------------------------------------------------------- */

typedef struct slope {
    const lp_call *c;
    double temperature;
} slope;

/* sum p_j (z_a - z_j) - (z_a - z_c) */
static lp_value row_slope(lp_soft_row *s, int64_t label, bool precise) {
    const lp_row *row = lp_soft_row_at(s, precise);
    lp_sum sum = lp_sum_open();
    double own = lp_at(s->z, label);
    if (own < -DBL_MAX) return lp_special(-INFINITY);
    for (int64_t j = 0; j < s->k; j++) {
        double z = lp_at(s->z, j);
        if (j == s->top || z < -DBL_MAX) continue;
        lp_sum_add(&sum, lp_value_mul(lp_soft_row_other(row, z), lp_difference(s->z_top, z)));
    }
    return lp_value_sub(lp_sum_get(&sum), lp_difference(s->z_top, own));
}
static lp_value slope_fast(void *context, int out, int64_t at, bool precise) {
    const slope *t = context;
    lp_sum sum = lp_sum_open();
    bool nan = false;
    (void)out, (void)at;
    for (int64_t i = 0; i < t->c->n; i++) {
        lp_soft_row s;
        if (lp_soft_row_set(&s, stacked(t->c, i), t->c->k, t->temperature))
            lp_sum_add(&sum, row_slope(&s, i % t->c->k, precise));
        else
            nan = true;
    }
    if (nan) return lp_special(NAN);
    lp_value v = lp_over_temperature(lp_sum_get(&sum), t->temperature);
    return lp_over_temperature(v, t->temperature);
}
/* The sums of p_j (z_a - z_j), positive all of them, before what is exact: sum e_j (z_a - z_j)/S of
 * each row, and the distances of the labels. */
static void slope_exact(lp_big *r, void *context, int out, int64_t at) {
    const slope *t = context;
    lp_big gaps, e, x, moment;
    int n = r->n;
    (void)out, (void)at;
    lp_big_set(r, n, 0);
    gaps = *r;
    for (int64_t i = 0; i < t->c->n; i++) {
        lp_view z = stacked(t->c, i);
        lp_big_row row;
        lp_big_row_set(&row, n, z, t->c->k, lp_row_argmax(z, t->c->k), t->temperature);
        lp_big_set(&moment, n, 0);
        for (int64_t j = 0; j < t->c->k; j++) {
            if (lp_at(z, j) == row.max || lp_at(z, j) < -DBL_MAX) continue;
            lp_big_row_exp(&e, &row, j, lp_at(z, j));
            lp_big_row_gap(&x, &row, lp_at(z, j));
            lp_big_mul(&x, &x, &e);
            lp_big_add(&moment, &moment, &x);
        }
        lp_big_div(&moment, &moment, &row.all);
        lp_big_add(r, r, &moment);
        lp_big_row_gap(&x, &row, lp_at(z, i % t->c->k));
        lp_big_add(&gaps, &gaps, &x);
    }
    lp_big_sub(r, r, &gaps);
    lp_big_div_d(r, r, t->temperature);
    lp_big_div_d(r, r, t->temperature);
}

/* --- calls ----------------------------------------------------------------------------------- */

/* The rows as a batch of cross-entropy, of which the mean is wanted. */
void lp_run_info_nce(const lp_call *c) {
    static const lp_row_eval tau = {.fast = slope_fast, .exact = slope_exact, .precise = true};
    bool both = symmetric(c);
    lp_targets t = lp_targets_set(c);
    lp_call rows = *c;
    lp_batch b;
    t.diagonal = true;
    rows.in[LP_IN_LOGITS] = c->in[LP_IN_SIM];
    rows.reduction = LP_REDUCE_MEAN;
    if (both) {
        rows.n = 2 * c->n;
        rows.out[LP_OUT_GRAD].data = NULL;
    }
    rows.label = NULL;
    lp_batch_answer(&rows, c->k, lp_xent_row, &t);
    rows.out[LP_OUT_GRAD] = c->out[LP_OUT_GRAD];
    lp_batch_open(&b, &rows);
    if (both && c->out[LP_OUT_GRAD].data) symmetric_gradient(&b, t.temperature);
    if (!c->out[LP_OUT_GRAD_TAU].data) return;
    lp_sink sink = lp_batch_sink(&b, LP_OUT_GRAD_TAU, 0);
    slope s = {&rows, t.temperature};
    lp_sink_store(&sink, 0, lp_job_component(&sink, &tau, &s, LP_EVAL_GRAD, 0, c->k));
}
