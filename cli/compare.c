/* `lossproof compare`: certificates side by side, or against a baseline. */
#include "cli/cli.h"
#include "cli/read_back.h"
#include "core/memory.h"
#include "reports/reports.h"

#include <stdlib.h>
#include <unistd.h>

#define MOST 8

static const lp_option options[] = {
    {"out", "FILE", false, "the page (compare.html); an existing one is refused"},
    {"force", NULL, false, "overwrite an existing page"},
    {"svg", "FILE", false, "also the plot of what is lost most, as a picture of its own"},
    {"baseline", NULL, false, "the first is the baseline: exit status 3 where another is worse"},
};

static const char text[] =
    "Reads DIR/certificate.json of two to eight runs and shows them side by side: a table here,\n"
    "a page with plots in FILE. Subjects are columns; operation, format and output are rows: "
    "level,\n"
    "largest error, share of values within 1 ulp, share lost (relative error of 1/4 or more).\n"
    "Certificates made by different versions of lossproof are refused. Worse than a baseline is a\n"
    "lower level, an output not tested any more, or, at the same seed and effort, more values "
    "lost.\n\n"
    "  lossproof certify builtin:textbook builtin:accurate --out both\n"
    "  lossproof compare both/builtin_textbook both/builtin_accurate\n";

static int shown(const lp_certificate *c, int count, const lp_args *args) {
    lp_error err = {""};
    int status = LP_EXIT_OK;
    const char *out = lp_args_get(args, "out"), *svg = lp_args_get(args, "svg");
    if (!out) out = "compare.html";
    for (int i = 1; i < count; i++)
        if (!lp_read_comparable(&c[0], &c[i])) return LP_EXIT_USAGE;
    if (!lp_args_get(args, "force") && access(out, F_OK) == 0) {
        lp_complain("%s exists; --force overwrites it, --out names another", out);
        return LP_EXIT_USAGE;
    }
    if (!lp_report_compare(out, c, count, &err) ||
        (svg && !lp_report_compare_svg(svg, c, count, &err))) {
        lp_complain("%s", err.text);
        return LP_EXIT_USAGE;
    }
    lp_report_compare_text(stdout, c, count);
    for (int i = 1; i < count && lp_args_get(args, "baseline"); i++)
        status = lp_exit_worse(status, lp_tell_worse(stdout, &c[0], &c[i]));
    puts(out);
    return status;
}

static int run(const lp_args *args) {
    lp_certificate c[MOST];
    int count = 0, status = LP_EXIT_OK;
    if (args->words < 2 || args->words > MOST) {
        lp_complain("compare what? two to %d directories with a certificate.json", MOST);
        return LP_EXIT_USAGE;
    }
    for (; count < args->words && status == LP_EXIT_OK; count++)
        if (!lp_read_back(&c[count], args->word[count], NULL)) status = LP_EXIT_USAGE;
    if (status == LP_EXIT_OK) status = shown(c, count, args);
    for (int i = 0; i < count; i++) lp_certificate_clear(&c[i]);
    return status;
}

const lp_command lp_compare_command = {"compare",
                                       "DIR DIR... [OPTION...]",
                                       "Show certificates side by side",
                                       text,
                                       options,
                                       LP_COUNT(options),
                                       run};
