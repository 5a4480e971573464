#include "core/case_text.h"
#include "core/hexfloat.h"
#include "core/text.h"

#include <string.h>

/* Every key is written as `,"key":`, so that order is all there is to decide. */
static void add_key(lp_text *t, const char *key) {
    lp_text_format(t, ",\"%s\":", key);
}

static void add_real(lp_text *t, double x) {
    char buf[LP_HEXFLOAT_SIZE];
    lp_text_add(t, "\"");
    lp_text_add(t, lp_hexfloat_print(buf, x));
    lp_text_add(t, "\"");
}

static void add_reals(lp_text *t, const double *x, int64_t length) {
    lp_text_add(t, "[");
    for (int64_t i = 0; i < length; i++) {
        if (i) lp_text_add(t, ",");
        /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference) no array, no elements */
        add_real(t, x[i]);
    }
    lp_text_add(t, "]");
}

static void add_integer(lp_text *t, const char *key, int64_t x) {
    add_key(t, key);
    lp_text_format(t, "%lld", (long long)x);
}

static void add_string(lp_text *t, const char *key, const char *text) {
    if (!text) return;
    add_key(t, key);
    lp_text_json(t, text);
}

/* A required array without elements is written as [], so that NULL and an empty array read alike.
 */
static void add_array(lp_text *t, const lp_case *c, lp_in role) {
    const lp_op_info *info = lp_op_get(c->op);
    bool empty = (info->required & 1u << role) && lp_case_in_len(c, role) == 0;
    if (!lp_op_input(info, role) || !(c->in[role] || empty)) return;
    add_key(t, lp_in_name(role));
    add_reals(t, c->in[role], lp_case_in_len(c, role));
}

static void add_label(lp_text *t, const lp_case *c) {
    bool empty = c->n == 0 && lp_op_get(c->op)->label != LP_LABEL_NONE;
    if (!c->label && !empty) return;
    lp_text_add(t, ",\"label\":[");
    for (int64_t i = 0; i < c->n; i++)
        lp_text_format(t, i ? ",%lld" : "%lld", (long long)c->label[i]);
    lp_text_add(t, "]");
}

static void add_scalar(lp_text *t, const lp_case *c, const lp_param_info *info) {
    double x = c->param[info->param];
    add_key(t, info->name);
    switch (info->type) {
    case LP_TYPE_REAL:
        add_real(t, x);
        break;
    case LP_TYPE_WORD:
        lp_text_json(t, lp_param_words(lp_op_get(c->op), info->param)[(int)x]);
        break;
    case LP_TYPE_BOOL:
        lp_text_add(t, x != 0 ? "true" : "false");
        break;
    case LP_TYPE_INTEGER:
        lp_text_format(t, "%lld", (long long)x);
        break;
    }
}

/* Section 7's order: the enumeration's, with the array forms beside their scalars, `reduction`
 * after `symmetric` and `ignore_index` after `mean_rule`. */
static void add_param(lp_text *t, const lp_case *c, lp_param p) {
    static const struct {
        lp_param after;
        lp_in array;
    } beside[] = {{LP_PARAM_ALPHA, LP_IN_ALPHA},
                  {LP_PARAM_POS_WEIGHT, LP_IN_POS_WEIGHT},
                  {LP_PARAM_ADVANTAGE, LP_IN_ADVANTAGE}};
    if (lp_case_has(c, p)) add_scalar(t, c, lp_param_get(p));
    for (size_t i = 0; i < sizeof beside / sizeof *beside; i++)
        if (p == beside[i].after) add_array(t, c, beside[i].array);
    if (p == LP_PARAM_SYMMETRIC && c->reduction != LP_REDUCE_NONE)
        add_string(t, "reduction", lp_reduction_name(c->reduction));
    if (p == LP_PARAM_MEAN_RULE && lp_case_has(c, LP_PARAM_IGNORE_INDEX))
        add_integer(t, "ignore_index", c->ignore_index);
}

static void add_params(lp_text *t, const lp_case *c) {
    lp_text params = {0};
    for (int p = 0; p < LP_PARAM_WEIGHTS; p++) add_param(&params, c, (lp_param)p);
    if (params.length) {
        lp_text_add(t, ",\"params\":{");
        lp_text_add(t, params.data + 1); /* without its first comma */
        lp_text_add(t, "}");
    }
    lp_text_clear(&params);
}

static void add_tags(lp_text *t, const char *tags) {
    if (!tags || !*tags) return;
    char sign = '[';
    add_key(t, "tags");
    for (const char *end; *tags; tags = *end ? end + 1 : end) {
        end = tags + strcspn(tags, ",");
        lp_text tag = {0};
        lp_text_bytes(&tag, tags, (size_t)(end - tags));
        lp_text_bytes(t, &sign, 1);
        lp_text_json(t, tag.data);
        lp_text_clear(&tag);
        sign = ',';
    }
    lp_text_add(t, "]");
}

static void add_sizes(lp_text *t, const lp_case *c) {
    const lp_op_info *info = lp_op_get(c->op);
    add_integer(t, "n", c->n);
    add_integer(t, "k", c->k);
    if (info->in[LP_IN_X]) add_integer(t, "d", c->d);
}

char *lp_case_print(const lp_case *c) {
    static const lp_in first[] = {LP_IN_LOGITS, LP_IN_P, LP_IN_Q,   LP_IN_X,
                                  LP_IN_W,      LP_IN_B, LP_IN_SIM, LP_IN_TEACHER};
    static const lp_in second[] = {LP_IN_TARGETS, LP_IN_WEIGHTS, LP_IN_UPSTREAM, LP_IN_V};
    lp_text t = {0};
    lp_text_format(&t, "{\"op\":\"%s\",\"format\":\"%s\"", lp_op_get(c->op)->name,
                   lp_format_get(c->format)->name);
    add_sizes(&t, c);
    for (size_t i = 0; i < sizeof first / sizeof *first; i++) add_array(&t, c, first[i]);
    add_label(&t, c);
    for (size_t i = 0; i < sizeof second / sizeof *second; i++) add_array(&t, c, second[i]);
    if (c->stride != c->k) add_integer(&t, "stride", c->stride);
    if (c->rounding != LP_ROUND_NEAREST) add_string(&t, "rounding", lp_rounding_name(c->rounding));
    add_params(&t, c);
    add_string(&t, "id", c->id);
    add_string(&t, "source", c->source);
    add_tags(&t, c->tags);
    lp_text_add(&t, "}");
    return lp_text_take(&t);
}
