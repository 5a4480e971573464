#include "core/text.h"

#include "core/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *reserve(lp_text *t, size_t count) {
    if (t->room - t->length <= count) {
        t->room = t->room + t->room / 2 + count + 64;
        t->data = lp_memory_resize(t->data, t->room, 1);
    }
    return t->data + t->length;
}

void lp_text_bytes(lp_text *t, const char *bytes, size_t count) {
    char *at = reserve(t, count);
    memcpy(at, bytes, count);
    at[count] = 0;
    t->length += count;
}

void lp_text_add(lp_text *t, const char *text) {
    lp_text_bytes(t, text, strlen(text));
}

void lp_text_format(lp_text *t, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int count = vsnprintf(NULL, 0, format, args);
    if (count > 0) {
        vsnprintf(reserve(t, (size_t)count), (size_t)count + 1, format, again);
        t->length += (size_t)count;
    }
    va_end(again);
    va_end(args);
}

int lp_text_utf8(const char *at) {
    const unsigned char *u = (const unsigned char *)at;
    if (!*u) return 0;
    if (*u < 0x80) return 1;
    int more = *u >= 0xf0 ? 3 : *u >= 0xe0 ? 2 : 1;
    unsigned long code = *u & (0x3fu >> more);
    if (*u < 0xc2 || *u > 0xf4) return 0;
    for (int i = 1; i <= more; i++) {
        if ((u[i] & 0xc0) != 0x80) return 0; /* the terminating NUL ends here too */
        code = code << 6 | (u[i] & 0x3f);
    }
    static const unsigned long least[] = {0, 0x80, 0x800, 0x10000};
    if (code < least[more] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return 0;
    return more + 1;
}

#define REPLACEMENT "\xef\xbf\xbd"

void lp_text_utf8_clean(lp_text *t, const char *text) {
    lp_text_bytes(t, "", 0);
    for (int bytes; *text; text += bytes ? bytes : 1) {
        bytes = lp_text_utf8(text);
        lp_text_bytes(t, bytes ? text : REPLACEMENT, bytes ? (size_t)bytes : strlen(REPLACEMENT));
    }
}

void lp_text_json(lp_text *t, const char *text) {
    lp_text_add(t, "\"");
    while (*text) {
        int bytes = lp_text_utf8(text);
        unsigned char c = (unsigned char)*text;
        if (!bytes)
            lp_text_add(t, REPLACEMENT);
        else if (c == '"' || c == '\\')
            lp_text_format(t, "\\%c", c);
        else if (c < 0x20 || c == 0x7f)
            lp_text_format(t, "\\u%04x", c);
        else
            lp_text_bytes(t, text, (size_t)bytes);
        text += bytes ? bytes : 1;
    }
    lp_text_add(t, "\"");
}

char *lp_text_take(lp_text *t) {
    if (!t->data) lp_text_add(t, "");
    char *text = t->data;
    *t = (lp_text){0};
    return text;
}

void lp_text_clear(lp_text *t) {
    free(t->data);
    *t = (lp_text){0};
}
