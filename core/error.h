/* One-line error text, filled by whatever refuses an input. Empty text: no error. */
#ifndef LP_CORE_ERROR_H
#define LP_CORE_ERROR_H

#include <stdbool.h>

typedef struct lp_error {
    char text[512];
} lp_error;

/* Formats `text` (cut at 511 bytes; control characters become '?'); err may be NULL. Always returns
 * false, so that a caller can `return lp_error_set(err, ...)`. */
bool lp_error_set(lp_error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
