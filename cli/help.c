/* --help and the man page, both from the command tables. */
#include "cli/cli.h"

#include <string.h>

/* Of the manual page; it changes with the commands. */
#define MANUAL_DATE "2026-11-27"

static const char intro[] =
    "lossproof certifies cross-entropy implementations: it knows the exact value\n"
    "and gradient of every loss (MPFR), drives a subject against it with structured,\n"
    "special and random inputs, and writes a certificate, a page and shrunk\n"
    "counterexamples.\n";

static const char subjects[] =
    "SUBJECT is one of\n"
    "  PATH.so           a shared object that exports lossproof_subject_v1 "
    "(<lossproof/subject.h>)\n"
    "  builtin:NAME      accurate, textbook, naive, onednn: 'lossproof list subjects'\n"
    "  mutant:NAME       a planted fault: 'lossproof list mutants'\n"
    "  cmd:PROGRAM ARGS  a program that answers case lines on its standard streams\n";

static const char levels[] =
    "Levels, best first: correct (every value correctly rounded), faithful (one of the two\n"
    "neighbours), accurate (at most 4 ulp), stable (within the derived bound of the textbook\n"
    "algorithm), finite (no wrong NaN or infinity), fail. A level is a claim about what was "
    "tried.\n";

static const char statuses[] =
    "Exit status: 0 conforms to the level asked for, 1 does not (or the subject crashed while\n"
    "loading), 2 wrong use, unloadable subject or the tool itself failed, 3 worse than the "
    "baseline,\n"
    "4 undecided; of several the first of 2, 1, 3, 4.\n";

void lp_help(FILE *f) {
    fprintf(f, "usage: lossproof COMMAND [OPTION...] [ARGUMENT...]\n\n%s\nCommands:\n", intro);
    for (int i = 0; i < lp_command_count; i++)
        fprintf(f, "  %-10s %s\n", lp_commands[i]->name, lp_commands[i]->summary);
    fprintf(
        f,
        "\nFirst steps:\n"
        "  lossproof certify builtin:textbook        certify the textbook formula; see its page\n"
        "  lossproof list ops                        what can be certified\n"
        "  echo '{\"op\":\"softmax_xent\",\"format\":\"binary64\",\"n\":1,\"k\":2,"
        "\"logits\":[\"0x1.9p+6\",\"0x1.9p+5\"],\"label\":[0]}' \\\n"
        "    | lossproof oracle --digits 20          the exact answer to one case\n"
        "  lossproof COMMAND --help                  all about one command\n\n%s\n%s\n%s",
        subjects, levels, statuses);
}

/* What the manual page says in lists: a term and its text. */
typedef struct entry {
    const char *term, *text;
} entry;

static const entry exit_entries[] = {
    {"0", "The subject conforms to the level asked for; everything asked for was done."},
    {"1", "It does not, or it crashed while loading."},
    {"2", "Wrong use, a library that cannot load, or the tool itself failed."},
    {"3", "Worse than the baseline."},
    {"4", "Something stayed undecided, was refused, or the run is not complete."},
};

static const entry file_entries[] = {
    {"DIR/certificate.json", "Everything found, sorted keys; what report and compare read."},
    {"DIR/report.html", "The page: no script, no request."},
    {"DIR/junit.xml", "One test case for each output, property and finding."},
    {"DIR/counterexamples.jsonl", "One shrunk case a line; replay takes the file or an id."},
    {"STORE/ce-*.jsonl", "Counterexamples that certify --store kept, a file each."},
    {"LIBDIR/NAME.so",
     "Subjects behind builtin:NAME; LIBDIR is ../lib/lossproof beside the program."},
};

static const entry environment_entries[] = {
    {"LOSSPROOF_LIBDIR", "Where builtin: and mutant: subjects lie, in place of LIBDIR."},
    {"LOSSPROOF_SANDBOX", "off: system calls of a subject are not filtered."},
    {"LOSSPROOF_SUBJECT_STDERR", "Set: what a subject writes to its standard error is shown."},
    {"NO_COLOR, TERM", "Set, or dumb: no colours."},
    {"PATH", "Where gnuplot and the programs of cmd: subjects are looked for."},
};

static const entry example_entries[] = {
    {"lossproof certify builtin:textbook", "The textbook formula; the page is in lossproof-out."},
    {"lossproof certify ./mylib.so --op softmax_xent --level accurate",
     "One operation, at most 4 ulp."},
    {"lossproof certify ./mylib.so --baseline old --out new",
     "Ends with 3 where new is worse than old."},
    {"lossproof compare old new --out compare.html", "Both side by side."},
    {"lossproof replay ce-20a4c7377fbd769b", "One counterexample of lossproof-out again."},
};

/* Columns of --help: where a line ends, where an option's text begins. */
enum { LINE = 98, INDENT = 23 };

/* From column `at` on, words that would pass the line's end on lines of their own. */
static int wrapped(FILE *f, int at, const char *text) {
    while (*text) {
        int length = (int)strcspn(text, " ");
        if (at + 1 + length > LINE) at = fprintf(f, "\n%*s", INDENT - 1, "") - 1;
        at += fprintf(f, " %.*s", length, text);
        text += length;
        text += strspn(text, " ");
    }
    return at;
}

static void help_options(FILE *f, const lp_command *c) {
    for (int i = 0; i < c->options; i++) {
        const lp_option *o = &c->option[i];
        char head[64];
        snprintf(head, sizeof head, "--%s%s%s", o->name, o->arg ? " " : "", o->arg ? o->arg : "");
        int at = wrapped(f, fprintf(f, "  %-20s", head), o->help);
        if (o->repeats) wrapped(f, at, "(repeatable)");
        fputc('\n', f);
    }
}

void lp_help_command(FILE *f, const lp_command *c) {
    fprintf(f, "usage: lossproof %s %s\n\n%s.\n\n%s", c->name, c->usage, c->summary, c->text);
    if (c->options) {
        fputs("\nOptions:\n", f);
        help_options(f, c);
    }
    if (strstr(c->usage, "SUBJECT")) fprintf(f, "\n%s", subjects);
    fprintf(f, "\n%s", statuses);
}

/* Text as roff: a leading dot or quote and backslashes would be read as requests. */
static void man_text(FILE *f, const char *text) {
    bool start = true;
    for (const char *p = text; *p; p++) {
        if (start && (*p == '.' || *p == '\'')) fputs("\\&", f);
        if (*p == '\\')
            fputs("\\e", f);
        else if (*p == '-')
            fputs("\\-", f);
        else
            fputc(*p, f);
        start = *p == '\n';
    }
}

static void man_block(FILE *f, const char *text) {
    fputs(".nf\n", f);
    man_text(f, text);
    fputs(".fi\n", f);
}

static void man_entries(FILE *f, const char *section, const entry *e, int count) {
    fprintf(f, ".SH %s\n", section);
    for (int i = 0; i < count; i++) {
        fputs(".TP\n.B ", f);
        man_text(f, e[i].term);
        fputs("\n", f);
        man_text(f, e[i].text);
        fputs("\n", f);
    }
}

void lp_help_man(FILE *f) {
    fputs(".TH LOSSPROOF 1 \"" MANUAL_DATE "\" \"lossproof " LP_VERSION
          "\" \"User Commands\"\n.SH NAME\n"
          "lossproof \\- certify cross\\-entropy implementations\n.SH SYNOPSIS\n"
          ".B lossproof\n.I COMMAND\n[\\fIOPTION\\fR...] [\\fIARGUMENT\\fR...]\n"
          ".SH DESCRIPTION\n",
          f);
    man_text(f, intro);
    fputs(".SH SUBJECTS\n", f);
    man_block(f, subjects);
    fputs(".SH LEVELS\n", f);
    man_block(f, levels);
    for (int i = 0; i < lp_command_count; i++) {
        const lp_command *c = lp_commands[i];
        fprintf(f, ".SH LOSSPROOF %s\n.B lossproof %s\n", c->name, c->name);
        man_text(f, c->usage);
        fputs("\n.PP\n", f);
        man_text(f, c->summary);
        fputs(".\n.PP\n", f);
        man_block(f, c->text);
        for (int k = 0; k < c->options; k++) {
            const lp_option *o = &c->option[k];
            fprintf(f, ".TP\n.B \\-\\-%s%s%s\n", o->name, o->arg ? " " : "", o->arg ? o->arg : "");
            man_text(f, o->help);
            fputs(o->repeats ? " (repeatable)\n" : "\n", f);
        }
    }
    man_entries(f, "EXIT STATUS", exit_entries, LP_COUNT(exit_entries));
    fputs(".PP\nOf several the first of 2, 1, 3, 4, 0.\n", f);
    man_entries(f, "FILES", file_entries, LP_COUNT(file_entries));
    man_entries(f, "ENVIRONMENT", environment_entries, LP_COUNT(environment_entries));
    man_entries(f, "EXAMPLES", example_entries, LP_COUNT(example_entries));
}
