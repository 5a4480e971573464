/* About twelve lines for a terminal: the verdict, one line an operation, and where to read on. */
#include "core/text.h"
#include "reports/figure.h"
#include "reports/reports.h"
#include "reports/words.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#define OPERATION_LINES 8

/* A subject's name may hold anything; a terminal must not obey it. C1 controls are two bytes in
 * UTF-8, 0xc2 0x80 to 0xc2 0x9f. */
static void put(FILE *f, const char *text) {
    for (int bytes; text && *text; text += bytes ? bytes : 1) {
        unsigned char c = (unsigned char)*text;
        bytes = lp_text_utf8(text);
        bool control = c < 0x20 || c == 0x7f || (c == 0xc2 && (unsigned char)text[1] < 0xa0);
        if (bytes && !control)
            fwrite(text, 1, (size_t)bytes, f);
        else
            fputc('?', f);
    }
}

static void put_count(FILE *f, int64_t n, const char *one, const char *many) {
    char buf[LP_FIGURE_SIZE];
    fprintf(f, "%s %s", lp_figure_count(buf, n), n == 1 ? one : many);
}

static void put_coloured(FILE *f, bool colour, bool good, const char *text, int width) {
    if (colour) fputs(good ? "\033[32m" : "\033[31m", f);
    fprintf(f, "%-*s", width, text);
    if (colour) fputs("\033[0m", f);
}

/* The row that decides an operation's level: the lowest, then the one with the largest error. */
static const lp_output_row *deciding_row(const lp_certificate *c, lp_op op) {
    const lp_output_row *least = NULL;
    for (int i = 0; i < c->rows; i++) {
        const lp_output_row *row = &c->row[i];
        if (row->op != op || !lp_output_row_counts(row)) continue;
        bool lower = !least || row->level < least->level;
        bool larger = least && row->level == least->level && row->worst.ulp > least->worst.ulp;
        if (lower || larger) least = row;
    }
    return least;
}

static void print_operation(FILE *f, const lp_certificate *c, const lp_output_row *row,
                            bool colour) {
    char ulp[LP_FIGURE_SIZE], share[LP_FIGURE_SIZE];
    const lp_regime_row *lost = lp_words_most_lost(row);
    lp_text why = {0};
    lp_words_why(&why, row);
    fprintf(f, "  %-15s ", lp_op_get(row->op)->name);
    put_coloured(f, colour, row->level >= c->asked, lp_level_name(row->level), 9);
    fprintf(f, "%s %s", lp_format_get(row->format)->name, lp_out_name(row->out));
    if (row->worst.case_line) fprintf(f, ", up to %s ulp", lp_figure_up(ulp, row->worst.ulp));
    if (*why.data) {
        fputs("; ", f);
        put(f, why.data);
    }
    if (lost) {
        fprintf(f, "; %s of ", lp_figure_share(share, lost->lost, lost->components));
        put(f, lost->name);
        fputs(" lost", f);
    }
    fputc('\n', f);
    lp_text_clear(&why);
}

/* The lowest levels first; what does not fit is said to be there. */
static void print_operations(FILE *f, const lp_certificate *c, bool colour) {
    int printed = 0, left = 0;
    for (int level = 0; level < LP_LEVEL_COUNT; level++)
        for (int op = 0; op < LP_OP_COUNT; op++) {
            const lp_output_row *row = deciding_row(c, (lp_op)op);
            if (!row || (int)row->level != level) continue;
            if (printed++ < OPERATION_LINES)
                print_operation(f, c, row, colour);
            else
                left++;
        }
    if (left) fprintf(f, "  and %d more at these levels or above\n", left);
}

/* One line: how far the first loss that confident rows lose is good for. */
static void print_reach(FILE *f, const lp_certificate *c) {
    for (int i = 0; i < c->reaches; i++) {
        const lp_reach_row *r = &c->reach[i];
        if (r->out != LP_OUT_LOSS || r->way != LP_WAY_AHEAD) continue;
        if (isinf(r->fails[LP_REACH_KEPT])) continue;
        lp_text words = {0};
        lp_words_reach(&words, r);
        fprintf(f, "  %s %s loss by the label's lead: %s\n", lp_op_get(r->op)->name,
                lp_format_get(r->format)->name, words.data);
        lp_text_clear(&words);
        return;
    }
}

/* What an output makes of the user's own rows. */
static void print_recorded(FILE *f, const lp_certificate *c) {
    for (int i = 0; i < c->recordeds && i < OPERATION_LINES; i++) {
        lp_text words = {0};
        lp_words_recorded(&words, &c->recorded[i]);
        fprintf(f, "  %s %s %s of %s\n", lp_op_get(c->recorded[i].op)->name,
                lp_format_get(c->recorded[i].format)->name, lp_out_name(c->recorded[i].out),
                words.data);
        lp_text_clear(&words);
    }
    if (c->recordeds > OPERATION_LINES)
        fprintf(f, "  and %d more outputs on recorded rows, in the report\n",
                c->recordeds - OPERATION_LINES);
}

/* What was asked for and left without a verdict, which is why the run is not complete. */
static void print_unseen(FILE *f, const lp_certificate *c) {
    const char *first = NULL;
    int unseen = 0;
    for (int i = 0; i < c->not_tested_count; i++) {
        if (!strstr(c->not_tested[i], LP_NO_VALUE)) continue;
        if (!first) first = c->not_tested[i];
        unseen++;
    }
    if (!first) return;
    fputs("  ", f);
    put(f, first);
    if (unseen > 1) fprintf(f, " (and %d more outputs in the report)", unseen - 1);
    fputc('\n', f);
}

/* One line: the first output that follows another convention, and how many more do. */
static void print_hint(FILE *f, const lp_certificate *c) {
    const lp_hint_row *first = NULL;
    int named = 0;
    for (int i = 0; i < c->hints; i++) {
        if (!lp_hint_named(&c->hint[i])) continue;
        if (!first) first = &c->hint[i];
        named++;
    }
    if (!first) return;
    lp_text words = {0};
    lp_words_hint(&words, first);
    fprintf(f, "  %s %s %s ", lp_op_get(first->op)->name, lp_format_get(first->format)->name,
            lp_out_name(first->out));
    put(f, words.data);
    if (named > 1) fprintf(f, " (and %d more in the report)", named - 1);
    fputc('\n', f);
    lp_text_clear(&words);
}

static void print_subject(FILE *f, const lp_certificate *c) {
    put(f, c->subject);
    if (c->name) {
        fputs(" (", f);
        put(f, c->name);
        if (c->version) fputc(' ', f);
        put(f, c->version);
        fputc(')', f);
    }
    if (c->digest && *c->digest) fprintf(f, "  sha256 %.12s...", c->digest);
    fputc('\n', f);
}

static void print_counts(FILE *f, const lp_certificate *c) {
    int64_t broken = 0;
    int failing = 0;
    for (int i = 0; i < c->properties; i++) broken += lp_property_cap(&c->property[i]) < c->asked;
    put_count(f, c->counterexamples, "counterexample", "counterexamples");
    fprintf(f, " (%d below %s), ", lp_words_failing(c), lp_level_name(c->asked));
    put_count(f, broken, "broken property", "broken properties");
    fputs(", ", f);
    put_count(f, c->findings, "finding", "findings");
    for (int i = 0; i < c->findings; i++) failing += !(c->finding[i].finding & LP_FIND_REPORTED);
    if (failing < c->findings)
        fprintf(f, " (%d failing)", failing); /* the rest is for the report */
    if (c->canaries)
        fprintf(f, ", planted faults noticed: %d of %d", lp_words_killed(c), c->canaries);
    else
        fputs(", no planted fault was tried", f);
    fputc('\n', f);
}

void lp_report_summary(FILE *stream, const lp_certificate *c, const char *outdir, bool colour) {
    lp_text verdict = {0};
    print_subject(stream, c);
    lp_text_format(&verdict, "conforms to %s: %s", lp_level_name(c->asked), lp_words_conforms(c));
    put_coloured(stream, colour, lp_certificate_status(c) == 0, verdict.data, 0);
    fputs("  (searched; seed ", stream);
    fprintf(stream, "%" PRIu64 ", ", c->seed);
    put(stream, c->effort);
    fputs(", ", stream);
    put_count(stream, c->evaluations, "evaluation", "evaluations");
    if (c->undecided) fprintf(stream, ", %" PRId64 " undecided", c->undecided);
    if (c->refused) fprintf(stream, ", %" PRId64 " left unanswered", c->refused);
    fputs(")\n", stream);
    print_operations(stream, c, colour);
    print_hint(stream, c);
    print_reach(stream, c);
    print_recorded(stream, c);
    print_counts(stream, c);
    if (c->not_tested_count)
        fprintf(stream, "not tested: %d %s, listed in the report\n", c->not_tested_count,
                c->not_tested_count == 1 ? "thing" : "things");
    print_unseen(stream, c);
    if (!outdir) return;
    put(stream, outdir);
    fputs("/report.html\n", stream);
    lp_text_clear(&verdict);
}
