#include "props/props/place.h"

#include "props/props/generate_family.h"

#include <math.h>

#define LN2 0x1.62e42fefa39efp-1

enum { GAP = 1 << LP_AXIS_GAP, ODDS = 1 << LP_AXIS_ODDS, OFFSET = 1 << LP_AXIS_OFFSET };

/* log2 of a positive number within a tenth, with the same bits everywhere: the significand in
 * place of its logarithm. Buckets are half octaves of this. */
static double bits(double x) {
    int e;
    double m = frexp(x, &e);
    return e + 2 * m - 2;
}

static double odds(double part, double rest, double gap) {
    if (!(part > 0) || !(rest > 0)) return gap / LN2; /* underflow: one term is all of the row */
    return bits(part) - bits(rest);
}

/* The target's class: the label, else the largest target, if there is a largest one. */
static int64_t label_of(const lp_case *c, int64_t row) {
    const double *t = c->in[LP_IN_TARGETS];
    if (c->label && lp_op_get(c->op)->label == LP_LABEL_CLASS)
        return lp_case_bad_label(c, row) ? -1 : c->label[row];
    int64_t at = -1;
    for (int64_t j = 0; t && !lp_op_get(c->op)->scalar && j < c->k; j++)
        if (at < 0 || t[row * c->k + j] > t[row * c->k + at]) at = j;
    return at;
}

static void extent(lp_place *p, const double *z, int64_t k, double t) {
    p->top = p->second = -INFINITY;
    p->tied = 0;
    p->first = -1;
    p->logits = true;
    for (int64_t j = 0; j < k; j++) {
        double u = z[j] / t;
        p->logits = p->logits && u < INFINITY; /* no NaN either */
        if (u > p->top) {
            p->second = p->top;
            p->top = u;
            p->first = j;
            p->tied = 1;
        } else {
            p->tied += u == p->top;
            if (u > p->second) p->second = u;
        }
    }
    p->logits = p->logits && p->top > -INFINITY;
}

static void open_row(lp_place *p, const lp_case *c, int64_t row) {
    const double *z = c->in[LP_IN_LOGITS] ? c->in[LP_IN_LOGITS] + row * c->k : NULL;
    double t = lp_case_has(c, LP_PARAM_TEMPERATURE) ? lp_case_param(c, LP_PARAM_TEMPERATURE) : 1;
    p->opened = true;
    p->row = row;
    p->label = label_of(c, row);
    p->logits = false;
    if (!z || c->k < 2) return;
    extent(p, z, c->k, t);
    p->rest = 0;
    for (int64_t j = 0; p->logits && j < c->k; j++)
        if (j != p->first) p->rest += lp_gen_exp(z[j] / t - p->top);
    p->sum = p->rest + 1;
}

/* Class j against the rest of its row. */
static unsigned class_place(double x[LP_AXIS_COUNT], const lp_place *p, const lp_case *c,
                            int64_t j) {
    double t = lp_case_has(c, LP_PARAM_TEMPERATURE) ? lp_case_param(c, LP_PARAM_TEMPERATURE) : 1;
    double u = c->in[LP_IN_LOGITS][p->row * c->k + j] / t, e = lp_gen_exp(u - p->top);
    x[LP_AXIS_OFFSET] = fabs(p->top);
    x[LP_AXIS_GAP] = j == p->first ? u - p->second : u - p->top;
    if (!isfinite(x[LP_AXIS_GAP])) return OFFSET; /* a mask, or everything else is masked */
    x[LP_AXIS_ODDS] =
        j == p->first ? odds(1, p->rest, x[LP_AXIS_GAP]) : odds(e, p->sum - e, x[LP_AXIS_GAP]);
    return GAP | ODDS | OFFSET;
}

/* One logit against 0: s z is what the right side is ahead by. */
static unsigned binary_place(double x[LP_AXIS_COUNT], const lp_case *c, int64_t at) {
    double z = c->in[LP_IN_LOGITS][at], y = c->in[LP_IN_TARGETS] ? c->in[LP_IN_TARGETS][at] : 1;
    if (c->label) y = (double)c->label[at];
    if (!isfinite(z)) return 0;
    x[LP_AXIS_GAP] = y >= 0.5 ? z : -z;
    x[LP_AXIS_ODDS] = x[LP_AXIS_GAP] / LN2;
    return GAP | ODDS;
}

/* Operations on probabilities: the component's own, q where there are two vectors. */
static unsigned probability_place(double x[LP_AXIS_COUNT], const lp_case *c, int64_t at) {
    const double *p = c->in[LP_IN_Q] ? c->in[LP_IN_Q] : c->in[LP_IN_P];
    if (!p || !(p[at] > 0) || !(p[at] < 1)) return 0;
    x[LP_AXIS_ODDS] = bits(p[at]) - bits(1 - p[at]);
    return ODDS;
}

/* Row and class of a component; false where it belongs to no single row. *j is -1 where the row as
 * a whole is meant. */
static bool component(int64_t *row, int64_t *j, const lp_case *c, lp_out out, int64_t at) {
    const lp_op_out *column = lp_op_output(lp_op_get(c->op), out);
    *j = -1;
    *row = at;
    switch (column ? column->shape : LP_SHAPE_NONE) {
    case LP_SHAPE_NK:
        *row = at / c->k;
        *j = at % c->k;
        return true;
    case LP_SHAPE_N:
        return true;
    case LP_SHAPE_LOSS:
        return c->reduction == LP_REDUCE_NONE || c->n == 1;
    default:
        return false;
    }
}

/* What a whole row is about: the label, or the class that is largest. */
static int64_t subject_class(const lp_place *p) {
    return p->label >= 0 ? p->label : p->first;
}

static bool is_class(const lp_case *c, int64_t j) {
    return j >= 0 && j < c->k;
}

unsigned lp_place_of(double x[LP_AXIS_COUNT], lp_part *part, lp_place *p, const lp_case *c,
                     lp_out out, int64_t at) {
    int64_t row, j;
    unsigned known = 1u << LP_AXIS_CLASSES;
    *part = LP_PART_ALL;
    x[LP_AXIS_CLASSES] = (double)c->k;
    if (!component(&row, &j, c, out, at)) return known;
    if (lp_op_get(c->op)->scalar && c->in[LP_IN_LOGITS]) return known | binary_place(x, c, row);
    if (!p->opened || p->row != row) open_row(p, c, row);
    if (j >= 0 && p->label >= 0) *part = j == p->label ? LP_PART_LABEL : LP_PART_OTHER;
    if (!c->in[LP_IN_LOGITS]) return j >= 0 ? known | probability_place(x, c, at) : known;
    /* A gradient's other components are asked about the label too: how confident is the row? */
    int64_t about = j >= 0 && p->label < 0 ? j : subject_class(p);
    return p->logits && is_class(c, about) ? known | class_place(x, p, c, about) : known;
}

void lp_place_see(void *ctx, const lp_case *c, lp_out out, int64_t at, const lp_bucket *one) {
    lp_place *p = ctx;
    double x[LP_AXIS_COUNT];
    lp_part part;
    unsigned known = lp_place_of(x, &part, p, c, out, at);
    lp_histogram *h = lp_output_row_histogram(lp_certificate_row(p->cert, c->op, c->format, out));
    for (int axis = 0; axis < LP_AXIS_COUNT; axis++)
        if (known & 1u << axis)
            lp_bucket_merge(&h->bucket[axis][part][lp_axis_bucket((lp_axis)axis, x[axis])], one);
}
