#include "core/case_text.h"
#include "core/hexfloat.h"
#include "core/json_read.h"
#include "core/text.h"

#include <stdio.h>
#include <string.h>

/* --- writing ---------------------------------------------------------------------------------- */

static void add_key(lp_text *t, const char *key) {
    if (t->length > 1) lp_text_add(t, ",");
    lp_text_format(t, "\"%s\":", key);
}

static void add_string(lp_text *t, const char *key, const char *text) {
    if (!text) return;
    add_key(t, key);
    lp_text_json(t, text);
}

static void add_reals(lp_text *t, const char *key, const double *x, int64_t length) {
    char buf[LP_HEXFLOAT_SIZE];
    add_key(t, key);
    for (int64_t i = 0; i < length; i++) {
        lp_text_add(t, i ? "\",\"" : "[\"");
        lp_text_add(t, lp_hexfloat_print(buf, x[i]));
    }
    lp_text_add(t, length > 0 ? "\"]" : "[]");
}

static void add_exact(lp_text *t, const lp_answer_line *a) {
    lp_text all = {0};
    lp_text_add(&all, "{");
    for (int o = 0; o <= LP_OUT_COUNT; o++) {
        if (!a->exact[o] || !a->answer) continue;
        int64_t len = o < LP_OUT_COUNT ? a->answer->len[o] : a->hvp_len;
        add_key(&all, o < LP_OUT_COUNT ? lp_out_name((lp_out)o) : "hvp");
        for (int64_t i = 0; i < len; i++) {
            lp_text_add(&all, i ? "," : "[");
            lp_text_json(&all, a->exact[o][i]);
        }
        lp_text_add(&all, len > 0 ? "]" : "[]");
    }
    if (all.length > 1) {
        add_key(t, "exact");
        lp_text_add(t, all.data);
        lp_text_add(t, "}");
    }
    lp_text_clear(&all);
}

char *lp_answer_print(const lp_answer_line *a) {
    lp_text t = {0};
    lp_text_add(&t, "{");
    add_string(&t, "id", a->id);
    if (a->line > 0) {
        add_key(&t, "line");
        lp_text_format(&t, "%lld", (long long)a->line);
    }
    for (int o = 0; a->answer && o < LP_OUT_COUNT; o++)
        if (a->answer->out[o])
            add_reals(&t, lp_out_name((lp_out)o), a->answer->out[o], a->answer->len[o]);
    if (a->hvp) add_reals(&t, "hvp", a->hvp, a->hvp_len);
    add_exact(&t, a);
    add_string(&t, "status", a->status);
    add_string(&t, "error", a->error);
    lp_text_add(&t, "}");
    return lp_text_take(&t);
}

/* --- reading ---------------------------------------------------------------------------------- */

static bool read_id(const lp_case *c, const json_t *root, lp_error *err) {
    const json_t *value = json_object_get(root, "id");
    const char *id = value ? lp_read_text(value, "id", err) : NULL;
    if (value && !id) return false;
    if (!c->id || (id && !strcmp(id, c->id)))
        return !id || c->id || lp_error_set(err, "id: the case has none");
    return lp_error_set(err, "id: %.60s where %.60s is due", id ? id : "nothing", c->id);
}

static bool read_output(lp_answer *a, const lp_case *c, lp_out role, const json_t *value,
                        lp_error *err) {
    const char *key = lp_out_name(role);
    bool fits;
    if (!lp_op_output(lp_op_get(c->op), role))
        return lp_error_set(err, "%s: %s does not give it", key, lp_op_get(c->op)->name);
    a->len[role] = lp_case_out_len(c, role);
    a->out[role] = lp_read_reals(value, a->len[role], key, &fits, err);
    if (!a->out[role]) return false;
    const lp_format *f = lp_format_get(c->format);
    for (int64_t i = 0; i < a->len[role]; i++)
        if (!lp_format_holds(f, a->out[role][i]))
            return lp_error_set(err, "%s: element %lld is not a %s value", key, (long long)i,
                                f->name);
    return true;
}

static bool read_status(lp_answer *a, const json_t *root, lp_error *err) {
    const json_t *value = json_object_get(root, "status");
    if (!value) return lp_error_set(err, "status: missing");
    const char *name = lp_read_text(value, "status", err);
    if (!name) return false;
    return lp_status_by_name(&a->status, name) ||
           lp_error_set(err,
                        "status: %.60s is none of ok, argument, label, unsupported, memory, "
                        "internal",
                        name);
}

/* Keys that an answer may have besides its outputs; the last four are for people. */
static bool known_key(const char *key) {
    return !strcmp(key, "id") || !strcmp(key, "status") || !strcmp(key, "line") ||
           !strcmp(key, "exact") || !strcmp(key, "error") || !strcmp(key, "hvp");
}

/* Why a case was refused, in the subject's words: printable ASCII, the rest is shown as `?`. */
static void read_why(lp_answer *a, const json_t *root) {
    const char *why = json_string_value(json_object_get(root, "error"));
    if (a->status == LP_OK || !why) return;
    snprintf(a->note, sizeof a->note, "%s", why);
    for (char *c = a->note; *c; c++)
        if (*c < 0x20 || *c > 0x7e) *c = '?';
}

static bool read_answer(lp_answer *a, const lp_case *c, json_t *root, lp_error *err) {
    const char *key;
    json_t *value;
    if (!read_id(c, root, err) || !read_status(a, root, err)) return false;
    read_why(a, root);
    json_object_foreach(root, key, value) {
        lp_out role;
        if (known_key(key)) continue;
        if (!lp_out_by_name(&role, key)) return lp_error_set(err, "%.60s: unknown key", key);
        if (!read_output(a, c, role, value, err)) return false;
    }
    return true;
}

bool lp_answer_parse(lp_answer *answer, const lp_case *c, const char *line, size_t length,
                     lp_error *err) {
    lp_answer_init(answer);
    json_t *root = lp_read_object(line, length, err);
    bool done = root && read_answer(answer, c, root, err);
    json_decref(root);
    if (!done) lp_answer_clear(answer);
    return done;
}
