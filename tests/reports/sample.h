/* A certificate made by hand, with hostile text wherever a subject or a file can put text. */
#ifndef LP_TESTS_REPORTS_SAMPLE_H
#define LP_TESTS_REPORTS_SAMPLE_H

#include "core/certificate.h"

#include <stddef.h>

/* Markup, quotes, shell, control characters, broken and valid UTF-8. */
#define HOSTILE                                                                                    \
    "<script>alert(1)</script> \"q\" 'a' & $(id) `id` \\ \n \x1b[31m \x01 \xff\xfe caf\xc3\xa9 "   \
    "]]>"                                                                                          \
    " \xc2\x9b"

void sample(lp_certificate *c);
/* An empty file's name in a new folder; the folder's name goes to `folder`. */
void temporary_folder(char folder[64]);
/* The whole file, malloc'd, NUL-terminated; fails the test where there is none. */
char *file_text(const char *folder, const char *name, size_t *length);

#endif
