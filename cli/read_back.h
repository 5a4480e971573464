/* Certificates from files, and what a baseline says of one. */
#ifndef LP_CLI_READ_BACK_H
#define LP_CLI_READ_BACK_H

#include "core/certificate.h"

#include <stdio.h>

/* Reads DIR/certificate.json, or the file itself; false after a message. *file, where not NULL, is
 * the file's path, malloc'd. */
bool lp_read_back(lp_certificate *c, const char *path, char **file);
/* Comparable by version; false after a message. */
bool lp_read_comparable(const lp_certificate *a, const lp_certificate *b);
/* One line on `stream` for each output at which c is worse; LP_EXIT_WORSE where there is any. */
int lp_tell_worse(FILE *stream, const lp_certificate *baseline, const lp_certificate *c);

#endif
