#include "reports/json.h"

#include "core/hexfloat.h"
#include "core/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void require(const void *made) {
    if (made) return;
    fputs("lossproof: out of memory\n", stderr);
    abort();
}

json_t *lp_json_text(const char *text) {
    lp_text clean = {0};
    if (!text) return json_null();
    lp_text_utf8_clean(&clean, text);
    json_t *value = json_string(clean.data);
    lp_text_clear(&clean);
    return value;
}

/* 17 digits name every double. The C library's decimal sign follows the locale; JSON's does not. */
static void decimal(char buf[32], double x) {
    if (isfinite(x)) {
        snprintf(buf, 32, "%.17g", x);
        size_t sign = strspn(buf, "-0123456789");
        if (buf[sign] && buf[sign] != 'e') buf[sign] = '.';
    } else {
        snprintf(buf, 32, "%s", isnan(x) ? "nan" : x < 0 ? "-inf" : "inf");
    }
}

json_t *lp_json_double(double x) {
    char hex[LP_HEXFLOAT_SIZE], text[32];
    json_t *both = json_object();
    decimal(text, x);
    lp_json_put_text(both, "decimal", text);
    lp_json_put_text(both, "hex", lp_hexfloat_print(hex, x));
    return both;
}

json_t *lp_json_case(const char *line) {
    json_t *value = line ? json_loads(line, JSON_REJECT_DUPLICATES, NULL) : NULL;
    return value ? value : lp_json_text(line);
}

void lp_json_put(json_t *object, const char *key, json_t *value) {
    require(value);
    if (json_object_set_new(object, key, value) != 0) require(NULL);
}

void lp_json_put_text(json_t *object, const char *key, const char *text) {
    lp_json_put(object, key, lp_json_text(text));
}

void lp_json_put_chars(json_t *object, const char *key, const char *text, size_t size) {
    lp_text clean = {0};
    size_t length = 0;
    lp_text_utf8_clean(&clean, text);
    while (clean.data[length]) {
        size_t next = length + (size_t)lp_text_utf8(clean.data + length);
        if (next >= size) break;
        length = next;
    }
    lp_json_put(object, key, json_stringn(clean.data, length));
    lp_text_clear(&clean);
}

void lp_json_put_count(json_t *object, const char *key, int64_t n) {
    lp_json_put(object, key, json_integer(n));
}

void lp_json_push(json_t *array, json_t *value) {
    require(value);
    if (json_array_append_new(array, value) != 0) require(NULL);
}

char *lp_json_dump(const json_t *root, size_t flags) {
    char *text = json_dumps(root, flags | JSON_SORT_KEYS);
    require(text);
    return text;
}
