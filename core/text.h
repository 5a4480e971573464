/* A growing text, and the one place that knows UTF-8: what comes from a subject or a file is
 * hostile until it went through here. */
#ifndef LP_CORE_TEXT_H
#define LP_CORE_TEXT_H

#include <stddef.h>

typedef struct lp_text {
    char *data; /* NUL-terminated once anything was added, else NULL */
    size_t length, room;
} lp_text;

void lp_text_add(lp_text *t, const char *text);
void lp_text_bytes(lp_text *t, const char *bytes, size_t count);
void lp_text_format(lp_text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* As a JSON string with its quotes; bytes that are not UTF-8 become U+FFFD. */
void lp_text_json(lp_text *t, const char *text);
/* The same bytes, those that are not UTF-8 replaced by U+FFFD. */
void lp_text_utf8_clean(lp_text *t, const char *text);
/* The text, malloc'd, never NULL; `t` is empty afterwards. */
char *lp_text_take(lp_text *t);
void lp_text_clear(lp_text *t);

/* Length of the UTF-8 character at a NUL-terminated text, 1 to 4; 0: not UTF-8 (overlong forms,
 * surrogates and what lies beyond U+10FFFF included), or the end. */
int lp_text_utf8(const char *at);

#endif
