#include "reports/read_fields.h"

#include "core/case_text.h"
#include "core/certificate.h"
#include "core/hexfloat.h"
#include "core/memory.h"
#include "reports/certificate_json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool lp_read_wrong(lp_reader *r, const char *what) {
    return lp_error_set(r->err, "%s: %s%s%s", r->file, r->key, r->key[0] ? ": " : "", what);
}

size_t lp_read_enter(lp_reader *r, const char *key) {
    size_t mark = strlen(r->key);
    snprintf(r->key + mark, sizeof r->key - mark, "%s%s", mark ? "." : "", key);
    return mark;
}

size_t lp_read_enter_item(lp_reader *r, size_t index) {
    size_t mark = strlen(r->key);
    snprintf(r->key + mark, sizeof r->key - mark, "[%zu]", index);
    return mark;
}

void lp_read_leave(lp_reader *r, size_t mark) {
    r->key[mark] = 0;
}

/* --- one value -------------------------------------------------------------------------------- */

/* jansson refuses NUL inside strings, so that they are C strings. */
static bool text(lp_reader *r, char **to, const json_t *value) {
    if (json_is_null(value)) return true;
    if (!json_is_string(value)) return lp_read_wrong(r, "is no text");
    *to = lp_memory_text(json_string_value(value));
    return true;
}

static bool chars(lp_reader *r, char *to, size_t size, const json_t *value) {
    if (!json_is_string(value)) return lp_read_wrong(r, "is no text");
    if (json_string_length(value) >= size) return lp_read_wrong(r, "is too long");
    strcpy(to, json_string_value(value));
    return true;
}

static bool count(lp_reader *r, int64_t *to, const json_t *value) {
    if (!json_is_integer(value)) return lp_read_wrong(r, "is no integer");
    *to = json_integer_value(value);
    return *to >= 0 || lp_read_wrong(r, "is negative");
}

static bool small(lp_reader *r, int *to, const json_t *value) {
    int64_t n = 0;
    if (!count(r, &n, value)) return false;
    if (n > 1000000) return lp_read_wrong(r, "is too large");
    *to = (int)n;
    return true;
}

static bool seed(lp_reader *r, uint64_t *to, const json_t *value) {
    const char *digits = json_string_value(value);
    if (!digits || !*digits || strspn(digits, "0123456789") != strlen(digits))
        return lp_read_wrong(r, "is no whole number as text");
    errno = 0;
    *to = strtoull(digits, NULL, 10);
    return errno == 0 || lp_read_wrong(r, "is too large");
}

bool lp_read_double(lp_reader *r, double *x, const json_t *value) {
    const char *hex = json_string_value(value);
    if (json_is_object(value)) {
        if (json_object_size(value) != 2 || !json_is_string(json_object_get(value, "decimal")))
            return lp_read_wrong(r, "is not {\"decimal\", \"hex\"}");
        hex = json_string_value(json_object_get(value, "hex"));
    }
    return (hex && lp_hexfloat_parse(x, hex)) || lp_read_wrong(r, "is no hex-float");
}

/* Through the parser of case lines, which checks it, and back in the one spelling. */
static bool case_line(lp_reader *r, char **to, const json_t *value) {
    if (!json_is_object(value)) return text(r, to, value);
    char *line = json_dumps(value, JSON_COMPACT);
    lp_case c;
    const char *status;
    lp_error why = {""};
    if (!line) return lp_read_wrong(r, "cannot be read");
    bool good = lp_case_parse(&c, line, strlen(line), &status, &why);
    free(line);
    if (!good) return lp_read_wrong(r, why.text);
    *to = lp_case_print(&c);
    lp_case_clear(&c);
    return true;
}

static const char *name_of(lp_field_kind kind, int i) {
    switch (kind) {
    case LP_FIELD_OP:
        return i < LP_OP_COUNT ? lp_op_get((lp_op)i)->name : NULL;
    case LP_FIELD_FORMAT:
        return i < LP_FORMAT_COUNT ? lp_format_get((lp_format_id)i)->name : NULL;
    case LP_FIELD_OUT:
        return i < LP_OUT_COUNT ? lp_out_name((lp_out)i) : NULL;
    case LP_FIELD_LEVEL:
        return i < LP_LEVEL_COUNT ? lp_level_name((lp_level)i) : NULL;
    case LP_FIELD_CAUSE:
        return i < LP_CAUSE_COUNT ? lp_cause_name((lp_cause)i) : NULL;
    case LP_FIELD_EVIDENCE:
        return i <= LP_PROVED ? lp_evidence_name((lp_evidence)i) : NULL;
    case LP_FIELD_CONTRACT:
        return i < LP_CONTRACT_COUNT ? lp_contract_word[i] : NULL;
    case LP_FIELD_PART:
        return i < LP_PART_COUNT ? lp_part_name((lp_part)i) : NULL;
    case LP_FIELD_WAY:
        return i < LP_WAY_COUNT ? lp_way_name((lp_way)i) : NULL;
    case LP_FIELD_FINDING:
        return i < LP_FIND_COUNT ? lp_finding_name((lp_finding)(1 << i)) : NULL;
    default:
        return NULL;
    }
}

_Static_assert(sizeof(lp_op) == sizeof(int) && sizeof(lp_finding) == sizeof(int) &&
                   sizeof(lp_level) == sizeof(int) && sizeof(lp_contract) == sizeof(int),
               "enumerations are read as int");

static bool word(lp_reader *r, int *to, lp_field_kind kind, const json_t *value) {
    const char *given = json_string_value(value), *name;
    for (int i = 0; given && (name = name_of(kind, i)); i++)
        if (!strcmp(name, given)) {
            *to = kind == LP_FIELD_FINDING ? 1 << i : i;
            return true;
        }
    return lp_read_wrong(r, given ? "is a name that this version does not know" : "is no text");
}

static bool read_value(lp_reader *r, void *object, const json_t *value, const lp_field *f) {
    void *to = (char *)object + f->offset;
    switch (f->kind) {
    case LP_FIELD_TEXT:
        return text(r, to, value);
    case LP_FIELD_CHARS:
        return chars(r, to, f->size, value);
    case LP_FIELD_COUNT:
        return count(r, to, value);
    case LP_FIELD_SMALL:
        return small(r, to, value);
    case LP_FIELD_BOOL:
        *(bool *)to = json_is_true(value);
        return json_is_boolean(value) || lp_read_wrong(r, "is neither true nor false");
    case LP_FIELD_DOUBLE:
        return lp_read_double(r, to, value);
    case LP_FIELD_SEED:
        return seed(r, to, value);
    case LP_FIELD_CASE:
        return case_line(r, to, value);
    case LP_FIELD_OF_OTHERS:
        return true;
    case LP_FIELD_INNER:
        return f->inner(r, object, value);
    default:
        return word(r, to, f->kind, value);
    }
}

/* --- objects and lists ------------------------------------------------------------------------ */

static const lp_field *field_of(const lp_field *field, int fields, const char *key) {
    for (int i = 0; i < fields; i++)
        if (!strcmp(field[i].key, key)) return &field[i];
    return NULL;
}

bool lp_read_fields(lp_reader *r, void *object, const json_t *value, const lp_field *field,
                    int fields) {
    const char *key;
    json_t *inner;
    if (!json_is_object(value)) return lp_read_wrong(r, "is no object");
    json_object_foreach((json_t *)(uintptr_t)value, key, inner) {
        const lp_field *f = field_of(field, fields, key);
        size_t mark = lp_read_enter(r, key);
        bool good = f ? read_value(r, object, inner, f) : lp_read_wrong(r, "unknown key");
        if (!good) return false;
        lp_read_leave(r, mark);
    }
    for (int i = 0; i < fields; i++) {
        if (field[i].optional || json_object_get(value, field[i].key)) continue;
        lp_read_enter(r, field[i].key);
        return lp_read_wrong(r, "is missing");
    }
    return true;
}

static size_t room(size_t count) {
    size_t n = 1;
    while (n < count) n *= 2;
    return n;
}

bool lp_read_list(lp_reader *r, void **list, int *count_, size_t size, const json_t *value,
                  const lp_field *field, int fields) {
    if (!json_is_array(value)) return lp_read_wrong(r, "is no array");
    size_t n = json_array_size(value);
    if (n > 1000000) return lp_read_wrong(r, "is too long");
    if (n > 0) *list = lp_memory_zeros(room(n), size);
    for (size_t i = 0; i < n; i++) {
        size_t mark = lp_read_enter_item(r, i);
        *count_ = (int)i + 1;
        if (!lp_read_fields(r, (char *)*list + i * size, json_array_get(value, i), field, fields))
            return false;
        lp_read_leave(r, mark);
    }
    return true;
}
