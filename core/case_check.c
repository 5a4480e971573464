#include "core/case.h"

#include "core/hexfloat.h"

#include <math.h>

/* Longest array that a case may have, in elements: what a process could address, with room for
 * every product of two sizes and 8 bytes in int64. */
#define LENGTH_MAX (INT64_C(1) << 40)

static bool refuse(const char **status, const char *word) {
    *status = word;
    return false;
}
#define VALUE(...)       (lp_error_set(err, __VA_ARGS__), refuse(status, "value"))
#define UNSUPPORTED(...) (lp_error_set(err, __VA_ARGS__), refuse(status, "unsupported"))

static bool check_sizes(const lp_case *c, const char **status, lp_error *err) {
    const lp_op_info *info = lp_op_get(c->op);
    if (c->n < 0 || c->n > LENGTH_MAX) return VALUE("n: %lld is not a size", (long long)c->n);
    if (c->k < 0 || c->k > LENGTH_MAX) return VALUE("k: %lld is not a size", (long long)c->k);
    if (c->d < 0 || c->d > LENGTH_MAX) return VALUE("d: %lld is not a size", (long long)c->d);
    if (info->scalar && c->k != 1) return VALUE("k: %s takes k = 1", info->name);
    if (info->in[LP_IN_SIM] && c->k != c->n) return VALUE("k: %s takes k = n", info->name);
    if (c->stride < c->k || c->stride > LENGTH_MAX)
        return VALUE("stride: %lld is less than k or too large", (long long)c->stride);
    int64_t span;
    if (__builtin_mul_overflow(c->n, c->stride, &span) || span > LENGTH_MAX)
        return VALUE("stride: n * stride is too large");
    for (int i = 0; i < LP_IN_COUNT; i++)
        if (lp_case_in_len(c, (lp_in)i) > LENGTH_MAX)
            return VALUE("%s: too long", lp_in_name((lp_in)i));
    return true;
}

static bool check_array(const lp_case *c, lp_in role, const char **status, lp_error *err) {
    const lp_op_info *info = lp_op_get(c->op);
    const char *name = lp_in_name(role);
    const double *x = c->in[role];
    int64_t len = lp_case_in_len(c, role);
    if (!lp_op_input(info, role)) return !x || VALUE("%s: not an input of %s", name, info->name);
    if (!x) return !(info->required & 1u << role) || len == 0 || VALUE("%s: missing", name);
    const lp_format *f = lp_case_format(c);
    for (int64_t i = 0; i < len; i++) {
        if (lp_format_holds(f, x[i])) continue;
        char text[LP_HEXFLOAT_SIZE];
        return VALUE("%s: element %lld, %s, is not a %s value", name, (long long)i,
                     lp_hexfloat_print(text, x[i]), f->name);
    }
    return true;
}

static bool check_label(const lp_case *c, const char **status, lp_error *err) {
    const lp_op_info *info = lp_op_get(c->op);
    if (info->label == LP_LABEL_NONE)
        return !c->label || VALUE("label: not an input of %s", info->name);
    bool needed = info->label != LP_LABEL_MAYBE || lp_case_param(c, LP_PARAM_MIX) != 0;
    return c->label || !needed || c->n == 0 || VALUE("label: missing");
}

/* An enumerated value that has no word, or a count that is no integer, cannot be written as text.
 */
static bool check_param(const lp_case *c, lp_param p, const char **status, lp_error *err) {
    const lp_op_info *op = lp_op_get(c->op);
    const lp_param_info *info = lp_param_get(p);
    const char *name = lp_param_name(p);
    if (!(op->params & LP_PARAM_BIT(p))) return VALUE("%s: %s does not take it", name, op->name);
    if (!(op->built_params & LP_PARAM_BIT(p)))
        return UNSUPPORTED("%s: not built for %s", name, op->name);
    if (!info || info->type == LP_TYPE_REAL) return true;
    double x = c->param[p];
    bool writable = info->type == LP_TYPE_INTEGER
                        ? x == trunc(x) && fabs(x) <= 0x1p54
                        : x == 0 || x == 1 || (x == trunc(x) && x > 0 && x < info->words);
    return writable || VALUE("%s: not one of its values", name);
}

/* Parameters that are a number or an array, under one key. */
static bool check_forms(const lp_case *c, const char **status, lp_error *err) {
    static const lp_param form[][2] = {{LP_PARAM_ALPHA, LP_PARAM_ALPHA_ARRAY},
                                       {LP_PARAM_POS_WEIGHT, LP_PARAM_POS_WEIGHT_ARRAY},
                                       {LP_PARAM_ADVANTAGE, LP_PARAM_ADVANTAGE_ARRAY}};
    for (size_t i = 0; i < sizeof form / sizeof *form; i++)
        if (lp_case_has(c, form[i][0]) && lp_case_has(c, form[i][1]))
            return VALUE("%s: given as a number and as an array", lp_param_name(form[i][0]));
    return true;
}

static bool check_params(const lp_case *c, const char **status, lp_error *err) {
    for (int p = 0; p < LP_PARAM_COUNT; p++)
        if (lp_case_has(c, (lp_param)p) && !check_param(c, (lp_param)p, status, err)) return false;
    if (!check_forms(c, status, err)) return false;
    lp_case synced = *c;
    lp_case_sync(&synced);
    for (int p = LP_PARAM_WEIGHTS; p < LP_PARAM_COUNT; p++)
        if ((synced.set ^ c->set) & LP_PARAM_BIT(p))
            return VALUE("%s: given without its array, or the reverse", lp_param_name((lp_param)p));
    return true;
}

static bool check_reduction(const lp_case *c, const char **status, lp_error *err) {
    const lp_op_info *info = lp_op_get(c->op);
    const char *name = lp_reduction_name(c->reduction);
    if (!(info->reductions & LP_REDUCE_BIT(c->reduction)))
        return VALUE("reduction: %s does not take %s", info->name, name);
    if (!(info->built_reductions & LP_REDUCE_BIT(c->reduction)))
        return UNSUPPORTED("reduction: %s is not built for %s", name, info->name);
    return true;
}

bool lp_case_check_status(const lp_case *c, const char **status, lp_error *err) {
    const lp_op_info *info = lp_op_get(c->op);
    if (!info->built) return UNSUPPORTED("op: %s is not built", info->name);
    if (!check_sizes(c, status, err) || !check_params(c, status, err) ||
        !check_reduction(c, status, err) || !check_label(c, status, err))
        return false;
    for (int i = 0; i < LP_IN_COUNT; i++)
        if (!check_array(c, (lp_in)i, status, err)) return false;
    return true;
}

bool lp_case_check(const lp_case *c, lp_error *err) {
    const char *status;
    return lp_case_check_status(c, &status, err);
}
