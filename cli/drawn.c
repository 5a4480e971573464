#include "cli/drawn.h"

#include "props/props/source.h"

#include <string.h>

static bool params_taken(lp_drawn *d, const lp_args *args) {
    const char *const *value;
    for (int i = 0, n = lp_args_all(args, "param", &value); i < n; i++) {
        uint64_t bits = strcmp(value[i], "all") ? 0 : LP_PARAM_BIT(LP_PARAM_COUNT) - 1;
        for (int p = 0; p < LP_PARAM_COUNT; p++)
            if (!strcmp(value[i], lp_param_name((lp_param)p))) bits |= LP_PARAM_BIT(p);
        if (!bits) {
            lp_complain("--param %s: no such parameter", value[i]);
            return false;
        }
        d->params |= bits;
    }
    return true;
}

static bool reductions_taken(lp_drawn *d, const lp_args *args) {
    const char *const *value;
    int n = lp_args_all(args, "reduction", &value);
    if (n == 0) d->reductions = LP_REDUCE_BIT(LP_REDUCE_NONE);
    for (int i = 0; i < n; i++) {
        lp_reduction r;
        if (!lp_reduction_by_name(&r, value[i])) {
            lp_complain("--reduction %s: none, sum or mean", value[i]);
            return false;
        }
        d->reductions |= LP_REDUCE_BIT(r);
    }
    return true;
}

static bool generated(lp_format_id format) {
    return format < LP_SUBJECT_FORMATS;
}

bool lp_drawn_wanted(const lp_drawn *d, lp_op op, lp_format_id format) {
    bool by_default = d->named.formats == 0 && format == LP_BINARY64;
    bool named = d->named.formats > 0 && lp_asked_format(&d->named, format);
    return lp_op_get(op)->built && lp_asked_op(&d->named, op) && (named || by_default) &&
           (d->reductions & lp_op_get(op)->built_reductions);
}

/* What was asked for by name is taken by each operation that was named, or by one at least where
 * none was: nothing is left out in silence. */
static bool taken(const lp_drawn *d, const char *option, const char *value,
                  bool (*takes)(const lp_op_info *, const char *)) {
    const char *lacks = NULL;
    int takers = 0;
    for (int o = 0; o < LP_OP_COUNT; o++) {
        const lp_op_info *info = lp_op_get((lp_op)o);
        if (!info->built || !lp_asked_op(&d->named, (lp_op)o)) continue;
        takers += takes(info, value);
        if (!takes(info, value)) lacks = info->name;
    }
    if (!lacks || (d->named.ops == 0 && takers > 0)) return true;
    lp_complain("--%s %s: not of %s; 'lossproof list ops'", option, value,
                d->named.ops ? lacks : "any operation");
    return false;
}

static bool takes_param(const lp_op_info *info, const char *name) {
    if (!strcmp(name, "all")) return true;
    for (int p = 0; p < LP_PARAM_COUNT; p++)
        if (info->built_params >> p & 1 && !strcmp(name, lp_param_name((lp_param)p))) return true;
    return false;
}

static bool takes_reduction(const lp_op_info *info, const char *name) {
    lp_reduction r;
    return lp_reduction_by_name(&r, name) && (info->built_reductions & LP_REDUCE_BIT(r));
}

static bool all_taken(const lp_drawn *d, const lp_args *args) {
    const char *const *value;
    for (int i = 0; i < d->named.formats; i++) {
        if (generated(d->named.format[i])) continue;
        lp_complain("--format %s: no subject computes in it",
                    lp_format_get(d->named.format[i])->name);
        return false;
    }
    for (int i = 0, n = lp_args_all(args, "param", &value); i < n; i++)
        if (!taken(d, "param", value[i], takes_param)) return false;
    for (int i = 0, n = lp_args_all(args, "reduction", &value); i < n; i++)
        if (!taken(d, "reduction", value[i], takes_reduction)) return false;
    return true;
}

bool lp_drawn_taken(lp_drawn *d, const lp_args *args) {
    d->seed = 1;
    return lp_ops_taken(&d->named, args) && params_taken(d, args) && reductions_taken(d, args) &&
           all_taken(d, args) && lp_args_i64(&d->evals, args, "evals", 1) &&
           lp_args_i64(&d->max_k, args, "max-k", 1) && lp_args_u64(&d->seed, args, "seed");
}

/* What an operation has not is not asked of it. */
void lp_drawn_each(const lp_drawn *d, lp_op op, lp_format_id format, lp_drawn_fn each, void *ctx) {
    const lp_op_info *info = lp_op_get(op);
    const lp_gen_plan plan = {.op = op,
                              .format = format,
                              .params = d->params & info->built_params,
                              .reductions = d->reductions & info->built_reductions,
                              .max_k = d->max_k,
                              .wide_k = d->max_k};
    lp_source source;
    bool more = true;
    lp_source_open(&source, &plan, d->seed);
    for (int64_t i = 0; i < d->evals && more; i++) {
        lp_case c;
        char regime[24];
        lp_source_case(&c, regime, &source, i);
        more = each(ctx, &c, i + 1);
        lp_case_clear(&c);
    }
    lp_source_close(&source);
}
