#include "core/json_read.h"

#include "core/hexfloat.h"
#include "core/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY_SHOWN 40

/* The last `"key":` before `end`: jansson says where it stopped, not in which key. `due`: the last
 * string is a key too, its colon was not read. */
static void key_before(char key[KEY_SHOWN + 1], const char *line, size_t end, bool due) {
    size_t start = 0, length = 0; /* of the last complete string */
    bool inside = false;
    key[0] = 0;
    for (size_t i = 0; i <= end; i++) {
        if (inside && i < end && line[i] == '\\') {
            i++;
        } else if (i < end && line[i] == '"') {
            if (inside)
                length = i - start;
            else
                start = i + 1;
            inside = !inside;
        } else if (i == end ? due : !inside && line[i] == ':') {
            int shown = length < KEY_SHOWN ? (int)length : KEY_SHOWN;
            snprintf(key, KEY_SHOWN + 1, "%.*s", shown, line + start);
        }
    }
}

static bool syntax_error(const json_error_t *why, const char *line, size_t length, lp_error *err) {
    char key[KEY_SHOWN + 1];
    const enum json_error_code code = json_error_code(why);
    size_t at = why->position < 0 ? 0 : (size_t)why->position;
    key_before(key, line, at < length ? at : length, code == json_error_duplicate_key);
    if (!*key || code == json_error_end_of_input_expected)
        return lp_error_set(err, "not a JSON object: %.200s", why->text);
    return lp_error_set(err, "%s: %.200s", key, why->text);
}

static bool blank(const char *line, size_t length) {
    for (size_t i = 0; i < length; i++)
        if (!line[i] || !strchr(" \t\r\n", line[i])) return false;
    return true;
}

json_t *lp_read_object(const char *line, size_t length, lp_error *err) {
    json_error_t why;
    if (blank(line, length)) {
        lp_error_set(err, "empty line");
        return NULL;
    }
    json_t *root = json_loadb(line, length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why);
    if (!root)
        syntax_error(&why, line, length, err);
    else if (!json_is_object(root))
        lp_error_set(err, "not a JSON object");
    if (json_is_object(root)) return root;
    json_decref(root);
    return NULL;
}

static const char *type_name(const json_t *value) {
    static const char *const name[] = {"an object",   "an array", "a string", "an integer",
                                       "a JSON real", "true",     "false",    "null"};
    return name[json_typeof(value)];
}

bool lp_read_real(double *x, const json_t *value, const char *key, lp_error *err) {
    if (!json_is_string(value))
        return lp_error_set(err, "%s: %s where a hex-float string is due", key, type_name(value));
    const char *text = json_string_value(value);
    if (lp_hexfloat_parse(x, text)) return true;
    return lp_error_set(err, "%s: \"%.60s\" is not a hex-float that a double equals", key, text);
}

bool lp_read_integer(int64_t *x, const json_t *value, const char *key, lp_error *err) {
    if (!json_is_integer(value))
        return lp_error_set(err, "%s: %s where an integer is due", key, type_name(value));
    *x = json_integer_value(value);
    return true;
}

const char *lp_read_text(const json_t *value, const char *key, lp_error *err) {
    if (json_is_string(value)) return json_string_value(value);
    lp_error_set(err, "%s: %s where a string is due", key, type_name(value));
    return NULL;
}

static bool check_length(const json_t *value, int64_t length, const char *key, bool *fits,
                         lp_error *err) {
    *fits = true;
    if (!json_is_array(value))
        return lp_error_set(err, "%s: %s where an array is due", key, type_name(value));
    *fits = (int64_t)json_array_size(value) == length;
    return *fits || lp_error_set(err, "%s: %zu values where %lld are due", key,
                                 json_array_size(value), (long long)length);
}

/* "key: element 3" for the message of one element, made only once it is known to be wrong. */
static void element_key(char *buf, size_t size, const char *key, size_t i) {
    snprintf(buf, size, "%.40s: element %zu", key, i);
}

double *lp_read_reals(const json_t *value, int64_t length, const char *key, bool *fits,
                      lp_error *err) {
    if (!check_length(value, length, key, fits, err)) return NULL;
    double *x = lp_memory_zeros((size_t)length, sizeof *x);
    for (size_t i = 0; i < (size_t)length; i++) {
        const json_t *one = json_array_get(value, i);
        if (lp_read_real(&x[i], one, key, NULL)) continue;
        char element[80];
        element_key(element, sizeof element, key, i);
        lp_read_real(&x[i], one, element, err);
        free(x);
        return NULL;
    }
    return x;
}

int64_t *lp_read_integers(const json_t *value, int64_t length, const char *key, bool *fits,
                          lp_error *err) {
    if (!check_length(value, length, key, fits, err)) return NULL;
    int64_t *x = lp_memory_zeros((size_t)length, sizeof *x);
    for (size_t i = 0; i < (size_t)length; i++) {
        const json_t *one = json_array_get(value, i);
        if (lp_read_integer(&x[i], one, key, NULL)) continue;
        char element[80];
        element_key(element, sizeof element, key, i);
        lp_read_integer(&x[i], one, element, err);
        free(x);
        return NULL;
    }
    return x;
}
