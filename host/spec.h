/* The four spellings of a subject, resolved to files. */
#ifndef LP_HOST_SPEC_H
#define LP_HOST_SPEC_H

#include "core/error.h"

typedef struct lp_spec {
    char *spec;   /* as given */
    char *path;   /* file that is loaded or run, absolute */
    char *mutant; /* NULL: none */
    char **argv;  /* cmd: only; else NULL */
} lp_spec;

/* PATH                of a shared object
 * builtin:NAME        LIBDIR/NAME.so
 * mutant:NAME         LIBDIR/mutants.so, told NAME in LOSSPROOF_MUTANT
 * cmd:PROGRAM ARGS    words as a shell splits them: blanks separate, '...' is literal, "..." and
 *                     what follows a backslash too; nothing is expanded and no shell is run (write
 *                     cmd:sh -c '...' for one). PROGRAM is looked up in PATH.
 * LIBDIR is libdir, else LOSSPROOF_LIBDIR, else ../lib/lossproof beside the running program. */
bool lp_spec_resolve(lp_spec *s, const char *spec, const char *libdir, lp_error *err);
void lp_spec_clear(lp_spec *s);

/* SHA-256 in lower-case hex of the file that is loaded or run followed by every file that a word of
 * the command names, in order: what `cat FILE... | sha256sum` says. An interpreter alone would not
 * tell one script from another. "" where one cannot be read. */
void lp_spec_digest(char hex[65], const lp_spec *s);

#endif
