#include "cli/found.h"

#include "cli/certify_files.h"
#include "cli/cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *path_in(const char *dir) {
    return lp_path_of(dir, "found", ".jsonl");
}

void lp_found_begin(lp_found *f, const char *dir, bool kept) {
    *f = (lp_found){.path = path_in(dir), .kept = kept};
    if (!kept) unlink(f->path); /* --force: of an older run */
}

void lp_found_add(void *found, const lp_case *c) {
    lp_found *f = found;
    if (f->failed) return;
    if (!f->file) f->file = fopen(f->path, f->kept ? "a" : "w");
    char *line = lp_case_print(c);
    const bool again = f->last && !strcmp(line, f->last);
    const bool ok =
        again || (f->file && fprintf(f->file, "%s\n", line) > 0 && fflush(f->file) == 0);
    free(f->last);
    f->last = line;
    if (ok) return;
    lp_complain("%s: %s", f->path, strerror(errno));
    f->failed = true;
}

void lp_found_end(lp_found *f, bool written) {
    if (f->file) fclose(f->file); /* every line was flushed */
    if (written) unlink(f->path);
    free(f->last);
    free(f->path);
}

bool lp_found_read(lp_case_list *list, const char *dir) {
    char *path = path_in(dir);
    const bool ok = access(path, F_OK) != 0 || lp_cases_add(list, path);
    free(path);
    return ok;
}
