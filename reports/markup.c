#include "reports/markup.h"

#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd"

static const char *entity(char c) {
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

/* Of the valid UTF-8: C0 but tab and newline, DEL and C1 (0xc2 0x80..0x9f), and the two
 * noncharacters U+FFFE and U+FFFF that XML leaves out. */
static int printable(const char *at, int bytes) {
    unsigned char c = (unsigned char)at[0], second = (unsigned char)at[bytes > 1];
    if (bytes == 1) return (c >= 0x20 && c != 0x7f) || c == '\t' || c == '\n';
    if (c == 0xc2 && second < 0xa0) return 0;
    return !(c == 0xef && second == 0xbf && (unsigned char)at[2] >= 0xbe);
}

static const char *add_character(lp_text *t, const char *at) {
    int bytes = lp_text_utf8(at);
    const char *name = entity(*at);
    if (name)
        lp_text_add(t, name);
    else if (bytes && printable(at, bytes))
        lp_text_bytes(t, at, (size_t)bytes);
    else
        lp_text_add(t, REPLACEMENT);
    return at + (bytes ? bytes : 1);
}

void lp_markup_text(lp_text *t, const char *text) {
    while (text && *text) text = add_character(t, text);
}

void lp_markup_cut(lp_text *t, const char *text, size_t most) {
    const char *start = text;
    while (text && *text && (size_t)(text - start) < most) text = add_character(t, text);
    if (text && *text) lp_text_format(t, " \xe2\x80\xa6 (%zu bytes in all)", strlen(start));
}

void lp_shell_word(lp_text *t, const char *word) {
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=,+@%";
    if (*word && strspn(word, plain) == strlen(word)) {
        lp_text_add(t, word);
        return;
    }
    lp_text_add(t, "'");
    for (; *word; word++)
        if (*word == '\'')
            lp_text_add(t, "'\\''");
        else
            lp_text_bytes(t, word, 1);
    lp_text_add(t, "'");
}
