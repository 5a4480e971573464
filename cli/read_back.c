#include "cli/read_back.h"

#include "cli/cli.h"
#include "core/certificate_compare.h"
#include "core/memory.h"
#include "reports/reports.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static char *file_of(const char *path) {
    struct stat s;
    if (stat(path, &s) != 0 || !S_ISDIR(s.st_mode)) return lp_memory_text(path);
    size_t room = strlen(path) + sizeof "/certificate.json";
    char *file = lp_memory_zeros(room, 1);
    snprintf(file, room, "%s/certificate.json", path);
    return file;
}

bool lp_read_back(lp_certificate *c, const char *path, char **file) {
    lp_error err = {""};
    char *name = file_of(path);
    bool good = lp_report_read(c, name, &err);
    if (!good) lp_complain("%s", err.text);
    if (good && file)
        *file = name;
    else
        free(name);
    return good;
}

bool lp_read_comparable(const lp_certificate *a, const lp_certificate *b) {
    lp_error err = {""};
    if (lp_certificate_comparable(a, b, &err)) return true;
    lp_complain("%s", err.text);
    return false;
}

static void tell(void *ctx, const char *line) {
    fprintf(ctx, "worse than the baseline: %s\n", line);
}

int lp_tell_worse(FILE *stream, const lp_certificate *baseline, const lp_certificate *c) {
    return lp_certificate_worse(baseline, c, tell, stream) ? LP_EXIT_WORSE : LP_EXIT_OK;
}
