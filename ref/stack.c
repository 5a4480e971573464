#include "ref/stack.h"

#include "core/memory.h"
#include "ref/dyadic.h"
#include "ref/part.h"

/* row->x: sum of z_a - z_c. */
enum { X_GAP };

void lp_stack_views(lp_scope *s, int64_t n, bool made) {
    const lp_case *c = s->c;
    lp_part_views(s, 1);
    lp_case *view = &s->view[0];
    view->n = n;
    if (made) s->stack = lp_memory_zeros((size_t)(n * c->k), sizeof *s->stack);
    view->in[LP_IN_LOGITS] = s->stack;
    if (lp_case_has(c, LP_PARAM_TEMPERATURE))
        lp_case_set(view, LP_PARAM_TEMPERATURE, c->param[LP_PARAM_TEMPERATURE]);
    if (lp_case_has(c, LP_PARAM_SPECIAL))
        lp_case_set(view, LP_PARAM_SPECIAL, c->param[LP_PARAM_SPECIAL]);
}

bool lp_stack_counts(const lp_scope *s, int64_t i) {
    return !lp_case_ignored(s->c, i);
}

bool lp_stack_nan(const lp_row *row, int64_t i) {
    return row->part[i].nature == LP_SOFT_NAN;
}

int64_t lp_stack_label(const lp_scope *s, int64_t i) {
    return s->c->label ? s->c->label[i] : i % s->c->n;
}

bool lp_stack_absent(const lp_scope *s, const lp_row *row, int64_t i, int64_t j) {
    return lp_softrow_absent(&s->part[0], &row->part[i], j);
}

static void open_part(lp_scope *s, lp_row *part, int64_t i) {
    part->at = i;
    part->prec = 0;
    part->bound.done = false;
    part->nature = LP_SOFT_NAN;
    if (!lp_case_bad_label(s->c, i)) lp_softrow_open(&s->part[0], part);
}

void lp_stack_open(lp_scope *s, lp_row *row) {
    int64_t n = s->view[0].n;
    bool nan = false, pinf = false;
    lp_row *part = lp_part_rows(row, s, n);
    row->count = 0;
    mpfr_set_zero(row->x[X_GAP], 1);
    for (int64_t i = 0; i < n; i++) {
        if (!lp_stack_counts(s, i)) continue;
        row->count++;
        open_part(s, &part[i], i);
        nan |= lp_stack_nan(row, i);
        if (lp_stack_nan(row, i)) continue;
        int64_t label = lp_stack_label(s, i);
        bool gone = lp_stack_absent(s, row, i, label);
        pinf |= gone;
        if (gone) continue;
        lp_softrow_depth(s->work[0], &s->part[0], &part[i], label);
        lp_dyadic_add(row->x[X_GAP], row->x[X_GAP], s->work[0]);
    }
    row->nature = nan               ? LP_STACK_NAN
                  : pinf            ? LP_STACK_PINF
                  : row->count == 0 ? LP_STACK_EMPTY
                                    : LP_STACK_NUMBER;
}

void lp_stack_evaluate(lp_scope *s, lp_row *row) {
    for (int64_t i = 0; i < row->parts; i++)
        if (lp_stack_counts(s, i) && !lp_stack_nan(row, i))
            lp_part_evaluate(s, &s->part[0], &row->part[i], row->prec);
}

lp_kind lp_stack_loss_kind(const lp_scope *s, const lp_row *row) {
    bool void_mean = row->nature == LP_STACK_EMPTY && lp_case_param(s->c, LP_PARAM_EMPTY_MEAN) == 0;
    if (row->nature == LP_STACK_NAN || void_mean) return LP_KIND_NAN;
    return row->nature == LP_STACK_PINF ? LP_KIND_PINF : LP_KIND_NUMBER;
}

/* r and two += log S of a row; in bits its multiple of ln 2 apart. False: nothing is left for r. */
static bool add_log(lp_enclosure *x, lp_scope *s, const lp_row *part) {
    if (part->count == 1) return false;
    if (!s->bits) {
        lp_iv_add(&x->r, &x->r, &part->iv[LP_SOFT_LOG]);
        return true;
    }
    int k = lp_softrow_log_odd(&s->iv[0], &s->part[0], part);
    lp_dyadic_set_int(s->work[0], k);
    lp_dyadic_add(x->two, x->two, s->work[0]);
    if (part->equal && part->ties == (int64_t)1 << k) return false;
    lp_iv_add(&x->r, &x->r, &s->iv[0]);
    return true;
}

/* a = sum (z_a - z_c), r = T sum log S, b = M T. */
void lp_stack_enclose_loss(lp_enclosure *x, lp_scope *s, const lp_row *row) {
    double t = lp_softrow_temperature(&s->part[0]);
    x->whole = true;
    if (row->nature == LP_STACK_EMPTY) return; /* +0 by empty_mean */
    mpfr_set_zero(x->r.lo, 1);
    mpfr_set_zero(x->r.hi, 1);
    for (int64_t i = 0; i < row->parts; i++)
        if (lp_stack_counts(s, i) && add_log(x, s, &row->part[i])) x->whole = false;
    lp_dyadic_set(s->work[0], t);
    lp_iv_scale(&x->r, &x->r, s->work[0]);
    lp_dyadic_mul(x->two, x->two, s->work[0]);
    lp_dyadic_copy(x->a, row->x[X_GAP]);
    lp_dyadic_set_int(x->b, row->count);
    lp_dyadic_mul_d(x->b, x->b, t);
    x->unit = mpfr_cmp_ui(x->b, 1) == 0;
}

long double lp_stack_slope(const lp_scope *s, const lp_row *row, int64_t i, int64_t j) {
    const lp_row *part = &row->part[i];
    const double *z = lp_softrow_logits(&s->part[0], part);
    long double own = j == lp_stack_label(s, i), n = (long double)part->ties;
    if (lp_stack_absent(s, row, i, j)) return -own;
    if (z[j] != z[part->top]) return lp_softrow_p_approx(part, j) - own;
    return (1 - n * own - mpfr_get_ld(part->iv[LP_SOFT_Q].hi, MPFR_RNDN)) / n;
}
