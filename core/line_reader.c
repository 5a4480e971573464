#include "core/case_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int lp_line_next(lp_line_reader *r, char **line, size_t *length) {
    static const char bom[] = "\xef\xbb\xbf";
    ssize_t got = getline(&r->line, &r->room, r->stream);
    if (got < 0) return feof((FILE *)r->stream) && !ferror((FILE *)r->stream) ? 0 : -1;
    size_t count = (size_t)got;
    r->number++;
    *line = r->line;
    if (count && r->line[count - 1] == '\n') count--;
    if (count && r->line[count - 1] == '\r') count--;
    r->line[count] = 0;
    if (r->number == 1 && count >= 3 && !memcmp(r->line, bom, 3)) {
        *line += 3;
        count -= 3;
    }
    *length = count;
    return 1;
}

void lp_line_close(lp_line_reader *r) {
    free(r->line);
    r->line = NULL;
    r->room = 0;
}
