#include "host/hello.h"

#include "core/memory.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

/* Printable ASCII, as for shared objects. */
static char *clean_text(const json_t *value) {
    char *text = lp_memory_text(json_is_string(value) ? json_string_value(value) : "");
    for (char *c = text; *c; c++)
        if (*c < 0x20 || *c > 0x7e) *c = '?';
    return text;
}

typedef bool bit_by_name(unsigned *bit, const char *name);

/* No array lies on a pipe that a gradient could be added to. */
static bool param_bit(unsigned *bit, const char *name) {
    if (strcmp(name, lp_param_name(LP_PARAM_ACCUMULATE)) == 0) return false;
    for (unsigned p = 0; p < LP_PARAM_COUNT; p++)
        if (strcmp(lp_param_name((lp_param)p), name) == 0) {
            *bit = p;
            return true;
        }
    return false;
}

static bool output_bit(unsigned *bit, const char *name) {
    lp_out out;
    bool known = lp_out_by_name(&out, name);
    if (known) *bit = (unsigned)out;
    return known;
}

static bool reduction_bit(unsigned *bit, const char *name) {
    lp_reduction r;
    bool known = lp_reduction_by_name(&r, name);
    if (known) *bit = (unsigned)r;
    return known;
}

/* The other flags of the ABI are about memory and mean nothing on a pipe. */
static bool flag_bit(unsigned *bit, const char *name) {
    *bit = 0;
    return strcmp(name, "strided") == 0;
}

typedef struct list {
    const char *key;
    bit_by_name *bit;
    uint64_t absent; /* bits where the key is not given */
} list;

static const list lists[] = {{"params", param_bit, 0},
                             {"outputs", output_bit, 0},
                             {"reductions", reduction_bit, LP_REDUCE_BIT(LP_REDUCE_NONE)},
                             {"flags", flag_bit, 0}};
enum { PARAMS, OUTPUTS, REDUCTIONS, FLAGS, LISTS };

/* An array of names as bits. */
static bool read_list(uint64_t *bits, lp_declared *d, const json_t *entry, const list *l,
                      const char *op, lp_error *err) {
    const json_t *array = json_object_get(entry, l->key), *item;
    size_t i;
    *bits = array ? 0 : l->absent;
    if (!array) return true;
    if (!json_is_array(array)) return lp_error_set(err, "%s is not an array", l->key);
    json_array_foreach(array, i, item) {
        unsigned bit;
        if (!json_is_string(item)) return lp_error_set(err, "%s[%zu] is not a string", l->key, i);
        if (l->bit(&bit, json_string_value(item)))
            *bits |= UINT64_C(1) << bit;
        else
            lp_declared_unknown(d, "%s: unknown %s '%.60s'", op, l->key, json_string_value(item));
    }
    return true;
}

static void report_keys(lp_declared *d, json_t *object, const char *where,
                        const char *const *known) {
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value) {
        const char *const *k = known;
        while (*k && strcmp(*k, key) != 0) k++;
        if (!*k) lp_declared_unknown(d, "%s: unknown key '%.60s'", where, key);
    }
}

static bool read_entry(lp_declared *d, json_t *entry, uint32_t index, lp_error *err) {
    static const char *const known[] = {"op",         "format", "params", "outputs",
                                        "reductions", "flags",  NULL};
    const char *op = json_string_value(json_object_get(entry, "op"));
    const char *format = json_string_value(json_object_get(entry, "format"));
    uint64_t bits[LISTS];
    lp_format_id id;
    if (!op || !format) return lp_error_set(err, "entry %u: op or format is missing", index);
    report_keys(d, entry, op, known);
    for (int i = 0; i < LISTS; i++)
        if (!read_list(&bits[i], d, entry, &lists[i], op, err)) return false;
    if (!lp_format_by_name(&id, format)) {
        lp_declared_unknown(d, "%.60s: format '%.60s'", op, format);
        return true;
    }
    lp_raw_entry raw = {.params = bits[PARAMS],
                        .format = (uint32_t)id,
                        .outputs = (uint32_t)bits[OUTPUTS],
                        .reductions = (uint32_t)bits[REDUCTIONS],
                        .flags = LP_FLAG_ONE_THREAD | (bits[FLAGS] ? LP_FLAG_STRIDED : 0),
                        .callable = 1};
    snprintf(raw.op, sizeof raw.op, "%s", op);
    lp_declared_add(d, &raw, index);
    return true;
}

static bool read_hello(lp_declared *d, json_t *root, lp_error *err) {
    static const char *const known[] = {"hello",       "abi",     "name", "version",
                                        "conventions", "entries", NULL};
    const char *hello = json_string_value(json_object_get(root, "hello"));
    const json_t *abi = json_object_get(root, "abi"), *entries = json_object_get(root, "entries");
    if (!hello || strcmp(hello, "lossproof") != 0)
        return lp_error_set(err, "\"hello\":\"lossproof\" is missing");
    if (!json_is_integer(abi) || json_integer_value(abi) != LP_SUBJECT_ABI)
        return lp_error_set(err, "abi is not %u", LP_SUBJECT_ABI);
    if (!json_is_array(entries) || json_array_size(entries) == 0 ||
        json_array_size(entries) > LP_ENTRY_MAX)
        return lp_error_set(err, "entries is not an array of 1 to %d", LP_ENTRY_MAX);
    report_keys(d, root, "hello", known);
    d->name = clean_text(json_object_get(root, "name"));
    d->version = clean_text(json_object_get(root, "version"));
    lp_declared_conventions(d, clean_text(json_object_get(root, "conventions")));
    for (uint32_t i = 0; i < json_array_size(entries); i++)
        if (!read_entry(d, json_array_get(entries, i), i, err)) return false;
    return true;
}

bool lp_hello_parse(lp_declared *d, const char *line, size_t length, lp_error *err) {
    json_error_t why;
    json_t *root = json_loadb(line, length, JSON_REJECT_DUPLICATES, &why);
    if (!root) return lp_error_set(err, "not JSON: %s", why.text);
    bool ok = json_is_object(root) ? read_hello(d, root, err) : lp_error_set(err, "not an object");
    json_decref(root);
    return ok;
}
