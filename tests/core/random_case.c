#include "random_case.h"

#include "core/memory.h"

#include <math.h>
#include <string.h>

int built_ops(void) {
    int count = 0;
    for (int i = 0; i < LP_OP_COUNT; i++) count += lp_op_get((lp_op)i)->built;
    return count;
}

lp_op built_op(int i) {
    int skip = i % built_ops(), op = 0;
    for (;; op++)
        if (lp_op_get((lp_op)op)->built && skip-- == 0) return (lp_op)op;
}

/* Any double: raw bits, specials, or something plain. */
static double any_double(lp_rng *r) {
    static const double special[] = {0.0,       -0.0, 1,         -1,      INFINITY,
                                     -INFINITY, NAN,  0x1p-1074, 0x1p1023};
    uint64_t bits = lp_rng_u64(r);
    double x;
    switch (lp_rng_below(r, 3)) {
    case 0:
        return special[lp_rng_below(r, sizeof special / sizeof *special)];
    case 1:
        return ldexp(lp_rng_normal(r), (int)lp_rng_below(r, 20));
    default:
        memcpy(&x, &bits, sizeof x);
    }
    return isnan(x) ? NAN : x; /* one NaN: payloads have no spelling */
}

static double any_value(const lp_case *c, lp_rng *r) {
    const lp_format *f = lp_format_get(c->format);
    double x = lp_format_round(f, any_double(r));
    return isnan(x) || !lp_format_holds(f, x) ? NAN : x;
}

static void random_inputs(lp_case *c, lp_rng *r) {
    const lp_op_info *info = lp_op_get(c->op);
    for (int i = 0; i < LP_IN_COUNT; i++) {
        bool buildable =
            (lp_in)i != LP_IN_UPSTREAM; /* a parameter that no operation has built yet */
        bool required = info->required & 1u << i;
        if (!info->in[i] || !buildable || !(required || lp_rng_below(r, 2))) continue;
        double *x = lp_case_alloc(c, (lp_in)i);
        for (int64_t j = 0; j < lp_case_in_len(c, (lp_in)i); j++) x[j] = any_value(c, r);
    }
}

static void random_params(lp_case *c, lp_rng *r) {
    for (int p = 0; p < LP_PARAM_WEIGHTS; p++) {
        const lp_param_info *info = lp_param_get((lp_param)p);
        bool built = lp_op_get(c->op)->built_params & LP_PARAM_BIT(p);
        bool array = (p == LP_PARAM_POS_WEIGHT && c->in[LP_IN_POS_WEIGHT]) ||
                     (p == LP_PARAM_ALPHA && c->in[LP_IN_ALPHA]) ||
                     (p == LP_PARAM_ADVANTAGE && c->in[LP_IN_ADVANTAGE]); /* one or the other */
        if (!built || array || lp_rng_below(r, 2)) continue;
        bool real = info->type == LP_TYPE_REAL;
        lp_case_set(c, (lp_param)p, real ? any_double(r) : (double)lp_rng_below(r, 2));
    }
    for (int i = 0; i < LP_IN_COUNT; i++) /* under `ftz` a subnormal is no value of the format */
        for (int64_t j = 0; c->in[i] && j < lp_case_in_len(c, (lp_in)i); j++)
            if (!lp_format_holds(lp_case_format(c), c->in[i][j])) c->in[i][j] = 0;
}

static char *random_name(lp_rng *r) {
    static const char *const name[] = {
        "a",        "ce-0123",          "caf\xc3\xa9", "quote\"back\\slash",
        "\x01\x7f", "\xf0\x9f\x92\xa9", "two words",   ""};
    return lp_memory_text(name[lp_rng_below(r, sizeof name / sizeof *name)]);
}

void random_case(lp_case *c, lp_rng *r, lp_op op) {
    const lp_op_info *info = lp_op_get(op);
    lp_case_init(c, op);
    c->format = (lp_format_id)lp_rng_below(r, LP_FORMAT_COUNT);
    c->rounding = (lp_rounding)lp_rng_below(r, LP_ROUNDING_COUNT);
    c->n = (int64_t)lp_rng_below(r, 4);
    c->k = info->scalar ? 1 : info->in[LP_IN_SIM] ? c->n : (int64_t)lp_rng_below(r, 6);
    if (info->in[LP_IN_X]) c->d = (int64_t)lp_rng_below(r, 4);
    c->stride = c->k + (int64_t)lp_rng_below(r, 3);
    random_inputs(c, r);
    random_params(c, r);
    if (info->label != LP_LABEL_NONE) {
        lp_case_alloc_label(c);
        for (int64_t i = 0; i < c->n; i++)
            c->label[i] = (int64_t)(lp_rng_below(r, 4) ? lp_rng_below(r, 6) : lp_rng_u64(r));
    }
    if (lp_rng_below(r, 2)) c->id = random_name(r);
    if (lp_rng_below(r, 2)) c->source = random_name(r);
    if (lp_rng_below(r, 2))
        c->tags = lp_memory_text(lp_rng_below(r, 2) ? "one" : "one,caf\xc3\xa9,3");
}
