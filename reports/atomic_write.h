/* A whole file or none. */
#ifndef LP_REPORTS_ATOMIC_WRITE_H
#define LP_REPORTS_ATOMIC_WRITE_H

#include "core/error.h"

#include <stddef.h>

/* Writes a temporary file beside `path`, syncs it and renames it over `path`. On failure (a full
 * disk, a file size limit) err names the path, the temporary is gone and `path` is as it was. What
 * exists and is no regular file (a pipe, a device) is written to as it is. */
bool lp_write_file(const char *path, const char *data, size_t length, lp_error *err);

#endif
