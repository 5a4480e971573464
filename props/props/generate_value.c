/* Family "by value": one grammar, walked in two directions. Reading draws a case; writing lists the
 * choices that draw a given case.
 *
 *   head     reduction, rounding, parameters (given? value), which optional arrays there are
 *   features { another? }*                                       where there is a shape with D
 *   classes  { another?, values of shape K, features }*  not for the scalar operations, K = 1 there
 *   rows     { another?, label outside the classes?, values of shape N, features, cells }*
 *   feature  values of shape K x D, or N x D
 *   cell     values of shape N x K, label here?
 *   square   { { values of shape N x N }* }*                 for rows, where N = K
 *
 * A class is a child of "classes" and of every row, so deleting the i-th child of each parent
 * deletes the class, and a row's label travels with its class (where no cell is marked it is class
 * 0; the first mark wins). So is a feature one of "features", of every class and of every row, and
 * of a square table a class is a row, too. */
#include "props/props/generate_family.h"

#include "core/memory.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

enum {
    SPAN_PARAM = 1,
    SPAN_CLASSES,
    SPAN_CLASS,
    SPAN_ROW,
    SPAN_FEATURES,
    SPAN_FEATURE,
    SPAN_OPTIONAL /* + role */
};

#define ANY(of, most) [of] = {-(most), most, true, true, true, true, of}
static const lp_f64_domain any[LP_SUBJECT_FORMATS] = {
    ANY(LP_BINARY64, DBL_MAX), ANY(LP_BINARY32, FLT_MAX), ANY(LP_BINARY16, 65504),
    ANY(LP_BFLOAT16, 0x1.fep127)};

typedef struct walk {
    lp_choices *tc; /* reading; NULL: writing */
    lp_choice *record;
    int count, room;
    lp_case *c;
    const lp_gen_plan *plan;
    const lp_op_info *op;
    const lp_f64_domain *domain; /* of the arrays */
} walk;

static void push(walk *w, lp_choice choice) {
    if (w->count == w->room) {
        w->room = w->room ? 2 * w->room : 64;
        w->record = lp_memory_resize(w->record, (size_t)w->room, sizeof *w->record);
    }
    w->record[w->count++] = choice;
}

/* `value` is what is written, and ignored in reading. */
static int64_t integer(walk *w, int64_t value, int64_t lo, int64_t hi) {
    int64_t toward = lo > 0 ? lo : 0;
    if (w->tc) return lp_draw_int(w->tc, lo, hi, toward);
    push(w, (lp_choice){LP_CHOICE_INT, lo == hi, value, lo, hi, toward, 0, NULL});
    return value;
}

static bool yes(walk *w, bool value, double probability) {
    if (w->tc) return lp_draw_bool(w->tc, probability);
    return integer(w, value, 0, 1) == 1;
}

static double real(walk *w, double value, const lp_f64_domain *domain) {
    if (w->tc) return lp_draw_f64(w->tc, domain);
    push(w, (lp_choice){.kind = LP_CHOICE_F64, .x = value, .domain = domain});
    return value;
}

static void begin(walk *w, int label) {
    if (w->tc) lp_span_begin(w->tc, label);
}

static void end(walk *w) {
    if (w->tc) lp_span_end(w->tc);
}

/* ---- head ---- */

static int64_t param_value(walk *w, const lp_param_info *info) {
    int64_t now = (int64_t)w->c->param[info->param];
    switch (info->type) {
    case LP_TYPE_WORD:
        return integer(w, now, 0, info->words - 1);
    case LP_TYPE_BOOL:
        return integer(w, now, 0, 1);
    default:
        return integer(w, now, -(INT64_C(1) << 53), INT64_C(1) << 53);
    }
}

static void param(walk *w, const lp_param_info *info) {
    begin(w, SPAN_PARAM);
    if (yes(w, lp_case_has(w->c, info->param), 0.2)) {
        double x = info->type == LP_TYPE_REAL ? real(w, w->c->param[info->param], &any[LP_BINARY64])
                                              : (double)param_value(w, info);
        if (w->tc) lp_case_set(w->c, info->param, x);
    }
    end(w);
}

static void ignore_index(walk *w) {
    begin(w, SPAN_PARAM);
    if (yes(w, lp_case_has(w->c, LP_PARAM_IGNORE_INDEX), 0.2)) {
        w->c->ignore_index = integer(w, w->c->ignore_index, INT64_MIN, INT64_MAX);
        w->c->set |= LP_PARAM_BIT(LP_PARAM_IGNORE_INDEX);
    }
    end(w);
}

/* Optional arrays that are parameters may be given only where the plan has them. */
static bool allowed(const walk *w, lp_in role) {
    static const struct {
        lp_in in;
        lp_param param;
    } gate[] = {{LP_IN_WEIGHTS, LP_PARAM_WEIGHTS},
                {LP_IN_UPSTREAM, LP_PARAM_UPSTREAM},
                {LP_IN_ALPHA, LP_PARAM_ALPHA_ARRAY},
                {LP_IN_POS_WEIGHT, LP_PARAM_POS_WEIGHT_ARRAY},
                {LP_IN_ADVANTAGE, LP_PARAM_ADVANTAGE_ARRAY}};
    if (!w->op->in[role] || w->op->required & 1u << role) return false;
    for (size_t i = 0; i < sizeof gate / sizeof *gate; i++)
        if (gate[i].in == role) return w->plan->params & LP_PARAM_BIT(gate[i].param);
    return true;
}

static lp_reduction reduction(walk *w) {
    lp_reduction known[3] = {LP_REDUCE_NONE};
    int n = 0, at = 0;
    for (int r = LP_REDUCE_NONE; r <= LP_REDUCE_MEAN; r++)
        if (w->plan->reductions & LP_REDUCE_BIT(r)) {
            if (w->c->reduction == (lp_reduction)r) at = n;
            known[n++] = (lp_reduction)r;
        }
    return known[integer(w, at, 0, n ? n - 1 : 0)];
}

/* Returns the bits of the arrays that the case has. */
static uint32_t head(walk *w) {
    w->c->reduction = reduction(w);
    w->c->rounding = (lp_rounding)integer(w, w->c->rounding, 0, LP_ROUNDING_COUNT - 1);
    for (int p = 0; p < LP_PARAM_WEIGHTS; p++)
        if (w->plan->params & LP_PARAM_BIT(p)) param(w, lp_param_get((lp_param)p));
    if (w->plan->params & LP_PARAM_BIT(LP_PARAM_IGNORE_INDEX)) ignore_index(w);
    uint32_t present = w->op->required;
    for (int i = 0; i < LP_IN_COUNT; i++)
        if (allowed(w, (lp_in)i) && yes(w, w->c->in[i] != NULL, 0.3)) present |= 1u << i;
    static const int number[][2] = {{LP_PARAM_ALPHA, LP_IN_ALPHA},
                                    {LP_PARAM_POS_WEIGHT, LP_IN_POS_WEIGHT},
                                    {LP_PARAM_ADVANTAGE, LP_IN_ADVANTAGE}};
    for (size_t i = 0; w->tc && i < 3; i++) /* a number or an array: the array stays */
        if (present & 1u << number[i][1]) {
            w->c->set &= ~LP_PARAM_BIT(number[i][0]);
            w->c->param[number[i][0]] = 0;
        }
    return present;
}

/* ---- arrays ---- */

static lp_shape shape_of(const walk *w, int role) {
    lp_shape shape = w->op->in[role];
    if (shape != LP_SHAPE_LOSS) return shape;
    return w->c->reduction == LP_REDUCE_NONE ? LP_SHAPE_N : LP_SHAPE_ONE;
}

/* Element `at` of the array; in reading it grows by doubling. */
static void element(walk *w, lp_in role, int64_t at) {
    double **x = &w->c->in[role];
    if (!w->tc) {
        real(w, (*x)[at], w->domain);
        return;
    }
    if ((at & (at - 1)) == 0) *x = lp_memory_resize(*x, at ? 2 * (size_t)at : 1, sizeof **x);
    (*x)[at] = lp_format_round(lp_case_format(w->c), real(w, 0, w->domain));
}

/* Element `at` of every array of the shape. Those of an optional array have a span each, so that
 * they can go together. */
static void elements(walk *w, uint32_t present, lp_shape shape, int64_t at) {
    for (int i = 0; i < LP_IN_COUNT; i++) {
        if (!(present & 1u << i) || shape_of(w, i) != shape) continue;
        bool optional = !(w->op->required & 1u << i);
        if (optional) begin(w, SPAN_OPTIONAL + i);
        element(w, (lp_in)i, at);
        if (optional) end(w);
    }
}

static bool has_shape(const walk *w, lp_shape shape) {
    for (int i = 0; i < LP_IN_COUNT; i++)
        if (w->op->in[i] == shape) return true;
    return false;
}

static int64_t count_features(walk *w) {
    int64_t d = 0;
    if (!has_shape(w, LP_SHAPE_ND)) return 0;
    begin(w, SPAN_FEATURES);
    for (bool another = true; another;) {
        begin(w, SPAN_FEATURE);
        another = yes(w, d < w->c->d, 0.6);
        d += another;
        end(w);
    }
    end(w);
    return d;
}

/* Row `at` of an array with D columns. */
static void features(walk *w, uint32_t present, lp_shape shape, int64_t at) {
    for (int64_t d = 0; d < w->c->d; d++) {
        begin(w, SPAN_FEATURE);
        elements(w, present, shape, at * w->c->d + d);
        end(w);
    }
}

static int64_t classes(walk *w, uint32_t present) {
    int64_t k = 0;
    if (w->op->scalar) return 1;
    begin(w, SPAN_CLASSES);
    for (bool another = true; another;) {
        begin(w, SPAN_CLASS);
        another = yes(w, k < w->c->k, 0.85);
        if (another) {
            elements(w, present, LP_SHAPE_K, k);
            features(w, present, LP_SHAPE_KD, k);
            k++;
        }
        end(w);
    }
    end(w);
    return k;
}

static bool is_class(const walk *w, int64_t label) {
    return label >= 0 && label < w->c->k;
}

/* One row after its "another?"; returns the label. */
static int64_t row(walk *w, uint32_t present, int64_t at) {
    bool labelled = w->op->label != LP_LABEL_NONE && (w->tc || w->c->label);
    int64_t label = labelled && !w->tc ? w->c->label[at] : 0, mark = -1;
    bool marked = labelled && (w->op->label == LP_LABEL_CLASS || w->op->label == LP_LABEL_MAYBE);
    bool odd = labelled && (!marked || yes(w, !is_class(w, label) && !(label == 0), 0.02));
    if (odd) label = integer(w, label, INT64_MIN, INT64_MAX);
    elements(w, present, LP_SHAPE_N, at);
    features(w, present, LP_SHAPE_ND, at);
    for (int64_t j = 0; j < w->c->k; j++) {
        begin(w, SPAN_CLASS);
        elements(w, present, LP_SHAPE_NK, at * w->c->k + j);
        if (marked && !odd && yes(w, label == j && j > 0, 0.2) && mark < 0) mark = j;
        end(w);
    }
    if (odd) return label;
    return mark < 0 ? 0 : mark;
}

static int64_t rows(walk *w, uint32_t present) {
    int64_t n = 0;
    bool labelled = w->op->label != LP_LABEL_NONE;
    for (bool another = true; another;) {
        begin(w, SPAN_ROW);
        another = yes(w, n < w->c->n, 0.3);
        if (another && w->tc && labelled && (n & (n - 1)) == 0)
            w->c->label = lp_memory_resize(w->c->label, n ? 2 * (size_t)n : 1, sizeof *w->c->label);
        if (another) {
            int64_t label = row(w, present, n);
            if (w->tc && labelled) w->c->label[n] = label;
            n++;
        }
        end(w);
    }
    return n;
}

static int64_t square(walk *w, uint32_t present) {
    int64_t k = w->c->k;
    begin(w, SPAN_CLASSES);
    for (int64_t i = 0; i < k; i++) {
        begin(w, SPAN_CLASS);
        for (int64_t j = 0; j < k; j++) {
            begin(w, SPAN_CLASS);
            elements(w, present, LP_SHAPE_NN, i * k + j);
            end(w);
        }
        end(w);
    }
    end(w);
    return k;
}

static void stride(walk *w) {
    int64_t extra = w->plan->strided ? integer(w, w->c->stride - w->c->k, 0, 1 << 20) : 0;
    w->c->stride = w->c->k + extra;
}

static void walk_case(walk *w) {
    uint32_t present = head(w);
    elements(w, present, LP_SHAPE_ONE, 0);
    w->c->d = count_features(w);
    int64_t k = classes(w, present);
    w->c->k = k;
    int64_t n = has_shape(w, LP_SHAPE_NN) ? square(w, present) : rows(w, present);
    w->c->n = n;
    stride(w);
    if (!w->tc) return;
    for (int i = 0; i < LP_IN_COUNT; i++) /* arrays of no element are there all the same */
        if (present & 1u << i && !w->c->in[i]) lp_case_alloc(w->c, (lp_in)i);
    if (w->op->label != LP_LABEL_NONE && !w->c->label) lp_case_alloc_label(w->c);
    lp_case_sync(w->c);
}

static walk started(lp_case *c, lp_choices *tc, const lp_gen_plan *plan) {
    return (walk){
        .tc = tc, .c = c, .plan = plan, .op = lp_op_get(plan->op), .domain = &any[plan->format]};
}

void lp_gen_read_value(lp_case *c, lp_choices *tc, const lp_gen_plan *plan) {
    walk w = started(c, tc, plan);
    walk_case(&w);
}

lp_choice *lp_gen_by_value(int *count, const lp_case *c, const lp_gen_plan *plan) {
    lp_case view = *c; /* its scalars are set to what they are; its arrays are only read */
    walk w = started(&view, NULL, plan);
    int families;
    lp_gen_families(plan, &families);
    integer(&w, 0, 0, families + 1);
    walk_case(&w);
    *count = w.count;
    return w.record;
}
