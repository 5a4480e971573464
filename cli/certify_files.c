#include "cli/certify_files.h"

#include "reports/reports.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool directory_empty(const char *path) {
    DIR *d = opendir(path);
    int entries = 0;
    while (d && entries <= 2 && readdir(d)) entries++; /* . and .. are there */
    if (!d) return false;
    closedir(d);
    return entries <= 2;
}

bool lp_directory_free(const char *path, bool force, bool resumes) {
    struct stat s;
    if (!path[0]) {
        lp_complain("--out is empty");
        return false;
    }
    if (stat(path, &s) != 0 || (force && S_ISDIR(s.st_mode)) || directory_empty(path)) return true;
    if (S_ISDIR(s.st_mode))
        lp_complain("%s exists; --force writes into it, --out names another%s", path,
                    resumes ? ", --resume goes on where a run was killed" : "");
    else
        lp_complain("%s exists and is no directory", path);
    return false;
}

bool lp_directory_made(const char *path) {
    if (mkdir(path, 0777) == 0 || errno == EEXIST) return true;
    lp_complain("%s: %s", path, strerror(errno));
    return false;
}

char *lp_path_of(const char *dir, const char *name, const char *ending) {
    char *path = malloc(strlen(dir) + strlen(name) + strlen(ending) + 2);
    if (!path) abort();
    sprintf(path, "%s/%s%s", dir, name, ending);
    return path;
}

char *lp_subject_directory(const char *out, int many, const char *subject) {
    char *path = malloc(strlen(out) + strlen(subject) + 2);
    if (!path) abort();
    if (many == 1) return strcpy(path, out);
    size_t base = (size_t)sprintf(path, "%s/", out);
    size_t i = 0;
    for (; subject[i]; i++) {
        char c = subject[i];
        bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                     c == '.' || c == '-';
        path[base + i] = plain ? c : '_';
    }
    path[base + i] = 0;
    if (path[base] == '.') path[base] = '_'; /* ./my.so: no hidden folder */
    return path;
}

bool lp_subjects_differ(const char *out, const lp_args *args) {
    bool differ = true;
    for (int i = 0; i < args->words; i++)
        for (int k = 0; k < i && differ; k++) {
            char *a = lp_subject_directory(out, args->words, args->word[i]),
                 *b = lp_subject_directory(out, args->words, args->word[k]);
            differ = strcmp(a, b) != 0;
            free(a);
            free(b);
            if (!differ)
                lp_complain("%s and %s would share a directory", args->word[k], args->word[i]);
        }
    return differ;
}

bool lp_files_written(const char *dir, const lp_certificate *cert) {
    static const struct {
        const char *name;
        bool (*write)(const char *, const lp_certificate *, lp_error *);
    } files[] = {{"certificate.json", lp_report_certificate},
                 {"counterexamples.jsonl", lp_report_counterexamples},
                 {"junit.xml", lp_report_junit},
                 {"report.html", lp_report_html}};
    bool ok = true;
    /* An older set goes first: a disk that fills up must not leave two runs side by side. */
    for (int i = 0; i < LP_COUNT(files); i++) {
        char *path = lp_path_of(dir, files[i].name, "");
        unlink(path);
        free(path);
    }
    for (int i = 0; i < LP_COUNT(files); i++) {
        lp_error err = {""};
        char *path = lp_path_of(dir, files[i].name, "");
        bool written = files[i].write(path, cert, &err);
        free(path);
        if (written) continue;
        lp_complain("%s", err.text);
        ok = false;
    }
    return ok;
}
