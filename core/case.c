#include "core/case.h"

#include "core/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Parameters that are arrays, and the input that carries each. */
static const struct {
    lp_param param;
    lp_in in;
} array_param[] = {{LP_PARAM_WEIGHTS, LP_IN_WEIGHTS},
                   {LP_PARAM_UPSTREAM, LP_IN_UPSTREAM},
                   {LP_PARAM_ALPHA_ARRAY, LP_IN_ALPHA},
                   {LP_PARAM_POS_WEIGHT_ARRAY, LP_IN_POS_WEIGHT},
                   {LP_PARAM_ADVANTAGE_ARRAY, LP_IN_ADVANTAGE}};

void lp_case_init(lp_case *c, lp_op op) {
    *c = (lp_case){.op = op};
}

void lp_case_clear(lp_case *c) {
    free(c->label);
    for (int i = 0; i < LP_IN_COUNT; i++) free(c->in[i]);
    free(c->id);
    free(c->source);
    free(c->tags);
    lp_case_init(c, c->op);
}

void lp_case_copy(lp_case *to, const lp_case *from) {
    *to = *from;
    to->label = lp_memory_copy(from->label, (size_t)from->n * sizeof *from->label);
    for (int i = 0; i < LP_IN_COUNT; i++)
        to->in[i] =
            lp_memory_copy(from->in[i], (size_t)lp_case_in_len(from, (lp_in)i) * sizeof(double));
    to->id = lp_memory_text(from->id);
    to->source = lp_memory_text(from->source);
    to->tags = lp_memory_text(from->tags);
}

/* Same presence and same bytes; arrays of length 0 are all alike. */
static bool same(const void *a, const void *b, int64_t count, size_t size) {
    if (count <= 0) return true;
    if (!a || !b) return a == b;
    return !memcmp(a, b, (size_t)count * size);
}

bool lp_case_equal(const lp_case *a, const lp_case *b) {
    bool head = a->op == b->op && a->format == b->format && a->rounding == b->rounding &&
                a->reduction == b->reduction && a->n == b->n && a->k == b->k && a->d == b->d &&
                a->stride == b->stride && a->set == b->set;
    if (!head) return false;
    if (lp_case_has(a, LP_PARAM_IGNORE_INDEX) && a->ignore_index != b->ignore_index) return false;
    for (int p = 0; p < LP_PARAM_WEIGHTS; p++)
        if (lp_case_has(a, (lp_param)p) && !same(&a->param[p], &b->param[p], 1, sizeof(double)))
            return false;
    for (int i = 0; i < LP_IN_COUNT; i++)
        if (!same(a->in[i], b->in[i], lp_case_in_len(a, (lp_in)i), sizeof(double))) return false;
    return same(a->label, b->label, a->n, sizeof *a->label);
}

/* Saturates: a length that does not fit is larger than any array. */
static int64_t times(int64_t a, int64_t b) {
    int64_t product;
    return __builtin_mul_overflow(a, b, &product) ? INT64_MAX : product;
}

int64_t lp_shape_len(const lp_case *c, lp_shape shape) {
    switch (shape) {
    case LP_SHAPE_NONE:
        return 0;
    case LP_SHAPE_ONE:
        return 1;
    case LP_SHAPE_N:
        return c->n;
    case LP_SHAPE_K:
        return c->k;
    case LP_SHAPE_NK:
        return times(c->n, c->k);
    case LP_SHAPE_NN:
        return times(c->n, c->n);
    case LP_SHAPE_ND:
        return times(c->n, c->d);
    case LP_SHAPE_KD:
        return times(c->k, c->d);
    case LP_SHAPE_LOSS:
        return c->reduction == LP_REDUCE_NONE ? c->n : 1;
    }
    return 0;
}

lp_layout_rows lp_case_rows(const lp_case *c, lp_shape shape) {
    int64_t len = lp_shape_len(c, shape);
    switch (shape) {
    case LP_SHAPE_NK:
        return (lp_layout_rows){c->n, c->k, c->stride > c->k ? c->stride : c->k};
    case LP_SHAPE_NN:
        return (lp_layout_rows){c->n, c->n, c->n};
    case LP_SHAPE_ND:
        return (lp_layout_rows){c->n, c->d, c->d};
    case LP_SHAPE_KD:
        return (lp_layout_rows){c->k, c->d, c->d};
    default:
        return (lp_layout_rows){len > 0, len, len};
    }
}

int64_t lp_case_in_len(const lp_case *c, lp_in role) {
    return lp_shape_len(c, lp_op_input(lp_op_get(c->op), role));
}

int64_t lp_case_out_len(const lp_case *c, lp_out role) {
    if (role == LP_OUT_HVP) return lp_op_get(c->op)->hvp && c->in[LP_IN_V] ? times(c->n, c->k) : 0;
    const lp_op_out *out = lp_op_output(lp_op_get(c->op), role);
    if (!out || (out->needs_v && !c->in[LP_IN_V])) return 0;
    return lp_shape_len(c, out->shape);
}

double *lp_case_alloc(lp_case *c, lp_in role) {
    free(c->in[role]);
    c->in[role] = lp_memory_zeros((size_t)lp_case_in_len(c, role), sizeof(double));
    lp_case_sync(c);
    return c->in[role];
}

int64_t *lp_case_alloc_label(lp_case *c) {
    free(c->label);
    c->label = lp_memory_zeros((size_t)c->n, sizeof *c->label);
    return c->label;
}

void lp_case_set(lp_case *c, lp_param p, double value) {
    c->set |= LP_PARAM_BIT(p);
    if (p == LP_PARAM_IGNORE_INDEX)
        c->ignore_index = (int64_t)value;
    else
        c->param[p] = value;
}

bool lp_case_has(const lp_case *c, lp_param p) {
    return c->set & LP_PARAM_BIT(p);
}

double lp_case_param(const lp_case *c, lp_param p) {
    if (lp_case_has(c, p)) return c->param[p];
    const lp_param_info *info = lp_param_get(p);
    return info ? info->neutral : 0;
}

bool lp_case_ignored(const lp_case *c, int64_t row) {
    return c->label && lp_case_has(c, LP_PARAM_IGNORE_INDEX) && c->label[row] == c->ignore_index;
}

bool lp_case_bad_label(const lp_case *c, int64_t row) {
    lp_label_kind kind = lp_op_get(c->op)->label;
    bool looked_at =
        kind == LP_LABEL_CLASS || (kind == LP_LABEL_MAYBE && lp_case_param(c, LP_PARAM_MIX) != 0);
    if (!looked_at || !c->label) return false;
    return !lp_case_ignored(c, row) && (c->label[row] < 0 || c->label[row] >= c->k);
}

bool lp_case_label_fits(const lp_case *c, int64_t row) {
    return lp_case_param(c, LP_PARAM_BAD_LABEL) == 1 || !lp_case_bad_label(c, row);
}

bool lp_case_reduced(const lp_case *c, lp_out out) {
    const lp_op_out *row = lp_op_output(lp_op_get(c->op), out);
    return c->reduction != LP_REDUCE_NONE && row && row->shape == LP_SHAPE_LOSS;
}

void lp_case_sync(lp_case *c) {
    for (size_t i = 0; i < sizeof array_param / sizeof *array_param; i++) {
        uint64_t bit = LP_PARAM_BIT(array_param[i].param);
        c->set = c->in[array_param[i].in] ? c->set | bit : c->set & ~bit;
    }
}

/* Weights below 0 make a sum over rows, and the mean's denominator, signed sums. */
static bool signed_batch(const lp_case *c) {
    const double *w = c->in[LP_IN_WEIGHTS];
    for (int64_t j = 0; w && c->reduction != LP_REDUCE_NONE && j < c->k; j++)
        if (w[j] < 0) return true;
    return false;
}

/* Terms that cancel without any of them being small: soft targets, p_j SW - W_j where smoothing
 * spreads W over several classes, a gradient's second term 2 l LSE p_j. */
static bool signed_row(const lp_case *c, lp_out out) {
    bool spread = lp_case_param(c, LP_PARAM_SMOOTHING) != 0;
    bool z_loss = lp_case_param(c, LP_PARAM_Z_LOSS) != 0;
    return c->op == LP_OP_SOFTMAX_XENT_SOFT || (out == LP_OUT_GRAD && (spread || z_loss));
}

/* The table speaks of what impl/ computes without doubt; it has no softcap, and that a gradient
 * with the z-loss lies on no midpoint is a conjecture (ref/z_loss.c). */
lp_contract lp_case_contract(const lp_case *c, lp_out out) {
    const lp_op_out *row = lp_op_output(lp_op_get(c->op), out);
    bool beyond = lp_case_param(c, LP_PARAM_Z_LOSS) != 0 || lp_case_has(c, LP_PARAM_SOFTCAP);
    if (!row || (beyond && (signed_batch(c) || signed_row(c, out)))) return LP_MIXED;
    return row->contract;
}

const lp_format *lp_case_format(const lp_case *c) {
    return lp_case_param(c, LP_PARAM_FTZ) == 1 ? lp_format_flushed(c->format)
                                               : lp_format_get(c->format);
}
