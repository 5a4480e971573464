#define _POSIX_C_SOURCE 200809L
#include "core/case_text.h"
#include "core/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Forty million numbers; what is longer never ends. */
static const size_t longest = (size_t)1 << 30;

enum { FIRST_ROOM = 1 << 12 };

static size_t most(const lp_line_reader *r) {
    return r->most ? r->most : longest;
}

/* Bytes of the line with its newline, if any; a line that is too long stops the reader for good. */
static size_t take(lp_line_reader *r) {
    size_t count = 0;
    int byte = 0;
    while (byte != '\n' && !r->too_long && (byte = getc_unlocked(r->stream)) != EOF) {
        if (count + 1 >= r->room) {
            r->room = r->room ? 2 * r->room : FIRST_ROOM;
            r->line = lp_memory_resize(r->line, r->room, 1);
        }
        r->line[count++] = (char)byte;
        r->too_long = count > most(r);
    }
    return count;
}

int lp_line_next(lp_line_reader *r, char **line, size_t *length) {
    static const char bom[] = "\xef\xbb\xbf";
    size_t count = take(r);
    if (r->too_long || ferror((FILE *)r->stream)) return -1;
    if (count == 0) return 0;
    r->number++;
    *line = r->line;
    if (r->line[count - 1] == '\n') count--;
    if (count && r->line[count - 1] == '\r') count--;
    r->line[count] = 0;
    if (r->number == 1 && count >= 3 && !memcmp(r->line, bom, 3)) {
        *line += 3;
        count -= 3;
    }
    *length = count;
    return 1;
}

void lp_line_trouble(lp_error *err, const lp_line_reader *r) {
    if (r->too_long)
        lp_error_set(err, "line %lld is longer than %zu bytes", (long long)r->number + 1, most(r));
    else
        lp_error_set(err, "read error after line %lld", (long long)r->number);
}

void lp_line_close(lp_line_reader *r) {
    free(r->line);
    r->line = NULL;
    r->room = 0;
}
