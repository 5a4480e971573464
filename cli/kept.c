#include "cli/kept.h"

#include "cli/certify_files.h"
#include "cli/cli.h"
#include "reports/atomic_write.h"
#include "reports/reports.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int lines_file(const struct dirent *e) {
    size_t length = strlen(e->d_name);
    return length > 6 && e->d_name[0] != '.' && !strcmp(e->d_name + length - 6, ".jsonl");
}

/* A pipe that nobody writes to, a folder of that name: nothing to read a case from. */
static bool regular(const char *path) {
    struct stat s;
    if (stat(path, &s) != 0 || S_ISREG(s.st_mode)) return true; /* not there: told when opened */
    lp_complain("%s: no regular file", path);
    return false;
}

bool lp_kept_read(lp_case_list *l, const char *dir) {
    struct dirent **file;
    memset(l, 0, sizeof *l);
    int count = scandir(dir, &file, lines_file, alphasort);
    if (count < 0 && errno == ENOENT) return true;
    if (count < 0) {
        lp_complain("%s: %s", dir, strerror(errno));
        return false;
    }
    bool ok = true;
    for (int i = 0; i < count; i++) {
        char *path = lp_path_of(dir, file[i]->d_name, "");
        ok = ok && regular(path) && lp_cases_add(l, path);
        free(path);
        free(file[i]);
    }
    free(file);
    return ok;
}

bool lp_kept_write(const char *dir, const lp_certificate *cert) {
    bool ok = true;
    for (int i = 0; i < cert->counterexamples && ok; i++) {
        if (cert->counterexample[i].level >= cert->asked) continue;
        if (!lp_directory_made(dir)) return false;
        char *path = lp_path_of(dir, cert->counterexample[i].id, ".jsonl");
        char *line = lp_report_counterexample_line(cert, i);
        lp_error err = {""};
        ok = access(path, F_OK) == 0 || lp_write_file(path, line, strlen(line), &err);
        if (!ok) lp_complain("%s", err.text);
        free(line);
        free(path);
    }
    return ok;
}
