/* `lossproof report`: the page and the test results again, from certificates. */
#include "cli/cli.h"
#include "cli/read_back.h"
#include "core/memory.h"
#include "reports/reports.h"

#include <stdlib.h>
#include <string.h>

static const char text[] =
    "Reads DIR/certificate.json (or the file itself) and writes report.html, junit.xml and\n"
    "counterexamples.jsonl beside it again, without the subject. A certificate that is malformed,\n"
    "of another schema or that contradicts itself is refused by file and key.\n\n"
    "  lossproof report lossproof-out\n";

static bool written(const char *certificate, const lp_certificate *c) {
    static const struct {
        const char *name;
        bool (*write)(const char *, const lp_certificate *, lp_error *);
    } files[] = {{"counterexamples.jsonl", lp_report_counterexamples},
                 {"junit.xml", lp_report_junit},
                 {"report.html", lp_report_html}};
    const char *slash = strrchr(certificate, '/');
    size_t folder = slash ? (size_t)(slash - certificate) + 1 : 0;
    char *path = lp_memory_zeros(strlen(certificate) + 32, 1);
    bool good = true;
    for (int i = 0; i < LP_COUNT(files) && good; i++) {
        lp_error err = {""};
        memcpy(path, certificate, folder);
        strcpy(path + folder, files[i].name);
        good = files[i].write(path, c, &err);
        if (!good) lp_complain("%s", err.text);
    }
    if (good) puts(path);
    free(path);
    return good;
}

static int run(const lp_args *args) {
    int status = LP_EXIT_OK;
    if (!args->words) {
        lp_complain("report what? 'lossproof report lossproof-out'");
        return LP_EXIT_USAGE;
    }
    for (int i = 0; i < args->words; i++) {
        lp_certificate c;
        char *file = NULL;
        if (!lp_read_back(&c, args->word[i], &file) || !written(file, &c)) status = LP_EXIT_USAGE;
        lp_certificate_clear(&c);
        free(file);
    }
    return status;
}

const lp_command lp_report_command = {
    "report", "DIR...", "Write the page again from certificates", text, NULL, 0, run};
