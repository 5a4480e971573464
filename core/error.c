#include "core/error.h"

#include <stdarg.h>
#include <stdio.h>

bool lp_error_set(lp_error *err, const char *format, ...) {
    if (!err) return false;
    va_list args;
    va_start(args, format);
    vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    /* The text may quote a hostile input: it must stay one line and must not drive a terminal. */
    for (char *p = err->text; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f) *p = '?';
    return false;
}
