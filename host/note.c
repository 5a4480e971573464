#include "host/note.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void lp_note(lp_answer *a, unsigned finding, const char *format, ...) {
    if (finding && (a->findings & finding) == finding) return;
    a->findings |= finding;
    size_t used = strlen(a->note);
    if (used > 0 && used + 2 < sizeof a->note) {
        memcpy(a->note + used, "; ", 3);
        used += 2;
    }
    va_list args;
    va_start(args, format);
    vsnprintf(a->note + used, sizeof a->note - used, format, args);
    va_end(args);
}
