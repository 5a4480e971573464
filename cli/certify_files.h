/* Where certificates go: directories and the four files in them. */
#ifndef LP_CLI_CERTIFY_FILES_H
#define LP_CLI_CERTIFY_FILES_H

#include "cli/cli.h"
#include "core/certificate.h"

/* May be written into, before any work is done; it is made when there is something to write. False
 * after a message, which speaks of --resume where the command has it. */
bool lp_directory_free(const char *path, bool force, bool resumes);
/* Is there, or was made now; false after a message. */
bool lp_directory_made(const char *path);
/* DIR/NAMEENDING, malloc'd */
char *lp_path_of(const char *dir, const char *name, const char *ending);
/* One subject's directory inside `out`, malloc'd: its name with everything but letters, digits, .
 * and - as _; of `many` = 1 subject `out` itself. */
char *lp_subject_directory(const char *out, int many, const char *subject);
/* No two subjects of the command have one directory; false after a message. */
bool lp_subjects_differ(const char *out, const lp_args *args);
/* The certificate and its views; false after a message for each that failed. */
bool lp_files_written(const char *dir, const lp_certificate *cert);

#endif
