#include "core/case_text.h"
#include "core/json_read.h"
#include "core/memory.h"
#include "core/text.h"

#include <stdlib.h>
#include <string.h>

/* One line being read. Every step returns false with err and status filled. */
typedef struct reader {
    lp_case *c;
    json_t *root;
    const char *status;
    lp_error *err;
} reader;

static bool refuse(reader *r, const char *status, const char *key, const char *reason) {
    r->status = status;
    return lp_error_set(r->err, "%.60s: %s", key, reason);
}

static const char *op_name(const reader *r) {
    return lp_op_get(r->c->op)->name;
}

static bool not_taken(reader *r, const char *key) {
    r->status = "value";
    return lp_error_set(r->err, "%s: %s does not take it", key, op_name(r));
}

static json_t *required(reader *r, const char *key) {
    json_t *value = json_object_get(r->root, key);
    if (!value) refuse(r, "syntax", key, "missing");
    return value;
}

/* --- op, format, sizes ------------------------------------------------------------------------ */

static bool read_op(reader *r) {
    json_t *value = required(r, "op");
    const char *name = value ? lp_read_text(value, "op", r->err) : NULL;
    lp_op op;
    if (!name) return false;
    if (!lp_op_by_name(&op, name)) return refuse(r, "value", "op", "no such operation");
    lp_case_init(r->c, op);
    if (lp_op_get(op)->built) return true;
    r->status = "unsupported";
    return lp_error_set(r->err, "op: %s is not built", name);
}

static bool read_format(reader *r) {
    json_t *value = required(r, "format");
    const char *name = value ? lp_read_text(value, "format", r->err) : NULL;
    if (!name) return false;
    return lp_format_by_name(&r->c->format, name) || refuse(r, "value", "format", "no such format");
}

static bool read_size(reader *r, int64_t *size, const char *key) {
    json_t *value = required(r, key);
    if (!value || !lp_read_integer(size, value, key, r->err)) return false;
    return *size >= 0 || refuse(r, "value", key, "negative");
}

static bool takes_d(const lp_op_info *info) {
    for (int i = 0; i < LP_IN_COUNT; i++)
        if (info->in[i] == LP_SHAPE_ND || info->in[i] == LP_SHAPE_KD) return true;
    return false;
}

static bool read_sizes(reader *r) {
    lp_case *c = r->c;
    if (!read_size(r, &c->n, "n") || !read_size(r, &c->k, "k")) return false;
    if (takes_d(lp_op_get(c->op))) {
        if (!read_size(r, &c->d, "d")) return false;
    } else if (json_object_get(r->root, "d")) {
        return not_taken(r, "d");
    }
    json_t *stride = json_object_get(r->root, "stride");
    c->stride = c->k;
    return !stride || lp_read_integer(&c->stride, stride, "stride", r->err);
}

static bool read_rounding(reader *r) {
    json_t *value = json_object_get(r->root, "rounding");
    if (!value) return true;
    const char *name = lp_read_text(value, "rounding", r->err);
    if (!name) return false;
    return lp_rounding_by_name(&r->c->rounding, name) ||
           refuse(r, "value", "rounding", "none of nearest, zero, up, down");
}

/* --- arrays ----------------------------------------------------------------------------------- */

static bool read_array(reader *r, lp_in role, const json_t *value) {
    const char *key = lp_in_name(role);
    bool fits = true;
    if (!lp_op_input(lp_op_get(r->c->op), role)) return not_taken(r, key);
    r->c->in[role] = lp_read_reals(value, lp_case_in_len(r->c, role), key, &fits, r->err);
    if (!fits) r->status = "value";
    return r->c->in[role];
}

/* In `params`, where a scalar of the same name is taken too. */
static bool in_params(lp_in role) {
    return role == LP_IN_ALPHA || role == LP_IN_POS_WEIGHT || role == LP_IN_ADVANTAGE;
}

static bool read_arrays(reader *r) {
    for (int i = 0; i < LP_IN_COUNT; i++) {
        lp_in role = (lp_in)i;
        const json_t *value = json_object_get(r->root, lp_in_name(role));
        bool due = lp_op_get(r->c->op)->required & 1u << i;
        if (in_params(role)) continue;
        if (value && !read_array(r, role, value)) return false;
        /* Without rows there is nothing to give: the key may be left out. */
        if (!value && due) {
            if (lp_case_in_len(r->c, role) != 0)
                return refuse(r, "value", lp_in_name(role), "missing");
            lp_case_alloc(r->c, role);
        }
    }
    return true;
}

static bool read_label(reader *r) {
    lp_label_kind kind = lp_op_get(r->c->op)->label;
    const json_t *value = json_object_get(r->root, "label");
    bool fits = true;
    if (!value && kind != LP_LABEL_NONE && r->c->n == 0) lp_case_alloc_label(r->c);
    if (!value) return true;
    if (kind == LP_LABEL_NONE) return not_taken(r, "label");
    r->c->label = lp_read_integers(value, r->c->n, "label", &fits, r->err);
    if (!fits) r->status = "value";
    return r->c->label;
}

/* --- params ----------------------------------------------------------------------------------- */

static bool read_word(reader *r, double *x, const lp_param_info *info, const json_t *value) {
    const char *const *word = lp_param_words(lp_op_get(r->c->op), info->param);
    const char *text = lp_read_text(value, info->name, r->err);
    if (!text) return false;
    if (!word) return not_taken(r, info->name);
    for (int i = 0; i < info->words; i++)
        if (!strcmp(text, word[i])) {
            *x = i;
            return true;
        }
    return refuse(r, "value", info->name, "none of its words");
}

static bool read_bool(reader *r, double *x, const lp_param_info *info, const json_t *value) {
    if (!json_is_boolean(value)) return refuse(r, "syntax", info->name, "not true or false");
    *x = json_is_true(value);
    return true;
}

static bool read_count(reader *r, double *x, const lp_param_info *info, const json_t *value) {
    int64_t count;
    if (!lp_read_integer(&count, value, info->name, r->err)) return false;
    /* Beyond 2^53 no count is in its domain, and a double would round some into it: one stands for
     * all of a sign, an argument as wrong as each. */
    const int64_t most = INT64_C(1) << 53;
    *x = count > most ? 0x1p54 : count < -most ? -0x1p54 : (double)count;
    return true;
}

static bool read_scalar(reader *r, const lp_param_info *info, const json_t *value) {
    double x = 0;
    bool read = false;
    switch (info->type) {
    case LP_TYPE_REAL:
        read = lp_read_real(&x, value, info->name, r->err);
        break;
    case LP_TYPE_WORD:
        read = read_word(r, &x, info, value);
        break;
    case LP_TYPE_BOOL:
        read = read_bool(r, &x, info, value);
        break;
    case LP_TYPE_INTEGER:
        read = read_count(r, &x, info, value);
        break;
    }
    if (read) lp_case_set(r->c, info->param, x);
    return read;
}

static bool read_reduction(reader *r, const json_t *value) {
    const char *name = lp_read_text(value, "reduction", r->err);
    if (!name) return false;
    return lp_reduction_by_name(&r->c->reduction, name) ||
           refuse(r, "value", "reduction", "none of none, sum, mean");
}

/* `reduction` was read before: the lengths of arrays depend on it. */
static bool read_param(reader *r, const char *key, const json_t *value) {
    if (!strcmp(key, "reduction")) return true;
    if (!strcmp(key, "ignore_index")) {
        r->c->set |= LP_PARAM_BIT(LP_PARAM_IGNORE_INDEX);
        return lp_read_integer(&r->c->ignore_index, value, key, r->err);
    }
    for (int i = 0; json_is_array(value) && i < LP_IN_COUNT; i++)
        if (in_params((lp_in)i) && !strcmp(key, lp_in_name((lp_in)i)))
            return read_array(r, (lp_in)i, value);
    const lp_param_info *info = lp_param_by_name(key);
    return info ? read_scalar(r, info, value) : refuse(r, "syntax", key, "unknown parameter");
}

static bool read_params(reader *r) {
    json_t *params = json_object_get(r->root, "params"), *value;
    const char *key;
    if (!params) return true;
    if (!json_is_object(params)) return refuse(r, "syntax", "params", "not an object");
    value = json_object_get(params, "reduction");
    if (value && !read_reduction(r, value)) return false;
    json_object_foreach(params, key, value) {
        if (!read_param(r, key, value)) return false;
    }
    return true;
}

/* --- id, source, tags ------------------------------------------------------------------------- */

static bool read_text(reader *r, char **text, const char *key) {
    const json_t *value = json_object_get(r->root, key);
    if (!value) return true;
    *text = lp_memory_text(lp_read_text(value, key, r->err));
    return *text;
}

static bool read_tags(reader *r) {
    const json_t *value = json_object_get(r->root, "tags");
    lp_text joined = {0};
    if (!value) return true;
    if (!json_is_array(value)) return refuse(r, "syntax", "tags", "not an array of strings");
    for (size_t i = 0; i < json_array_size(value); i++) {
        const char *tag = json_string_value(json_array_get(value, i));
        if (!tag || !*tag || strchr(tag, ',')) {
            lp_text_clear(&joined);
            return refuse(r, tag ? "value" : "syntax", "tags",
                          "a tag is a string without a comma, not empty");
        }
        lp_text_add(&joined, i ? "," : "");
        lp_text_add(&joined, tag);
    }
    if (joined.data) r->c->tags = lp_text_take(&joined);
    return true;
}

static bool known_key(const char *key) {
    static const char *const other[] = {"op",     "format", "n",  "k",      "d",    "label",
                                        "stride", "params", "id", "source", "tags", "rounding"};
    for (size_t i = 0; i < sizeof other / sizeof *other; i++)
        if (!strcmp(key, other[i])) return true;
    for (int i = 0; i < LP_IN_COUNT; i++)
        if (!in_params((lp_in)i) && !strcmp(key, lp_in_name((lp_in)i))) return true;
    return false;
}

static bool check_keys(reader *r) {
    const char *key;
    json_t *value;
    json_object_foreach(r->root, key, value) {
        if (!known_key(key)) return refuse(r, "syntax", key, "unknown key");
    }
    return true;
}

static bool read_case(reader *r) {
    if (!read_op(r) || !check_keys(r) || !read_format(r) || !read_sizes(r) || !read_rounding(r) ||
        !read_params(r) || !read_arrays(r) || !read_label(r) || !read_text(r, &r->c->id, "id") ||
        !read_text(r, &r->c->source, "source") || !read_tags(r))
        return false;
    lp_case_sync(r->c);
    return lp_case_check_status(r->c, &r->status, r->err);
}

bool lp_case_parse(lp_case *c, const char *line, size_t length, const char **status,
                   lp_error *err) {
    lp_case_init(c, (lp_op)0);
    reader r = {c, lp_read_object(line, length, err), "syntax", err};
    bool done = r.root && read_case(&r);
    json_decref(r.root);
    *status = done ? "ok" : r.status;
    if (!done) lp_case_clear(c);
    return done;
}
