/* Several certificates side by side: compare.html, a text table, one plot as a file of its own. */
#include "core/memory.h"
#include "reports/atomic_write.h"
#include "reports/figure.h"
#include "reports/gnuplot.h"
#include "reports/html.h"
#include "reports/markup.h"
#include "reports/plot.h"
#include "reports/reports.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PLOTS_MOST 12

/* What is compared: an output of any of the certificates. */
typedef struct line {
    lp_op op;
    lp_format_id format;
    lp_out out;
} line;

static const lp_output_row *row_of(const lp_certificate *c, const line *l) {
    for (int i = 0; i < c->rows; i++) {
        const lp_output_row *row = &c->row[i];
        if (row->op == l->op && row->format == l->format && row->out == l->out)
            return lp_output_row_counts(row) ? row : NULL;
    }
    return NULL;
}

/* Every line of the comparison in the order of the operation table. */
static bool next(line *l, const lp_certificate *c, int count) {
    const int all = LP_OP_COUNT * LP_FORMAT_COUNT * LP_OUT_COUNT;
    int at = ((int)l->op * LP_FORMAT_COUNT + (int)l->format) * LP_OUT_COUNT + (int)l->out + 1;
    for (; at < all; at++) {
        *l = (line){(lp_op)(at / LP_OUT_COUNT / LP_FORMAT_COUNT),
                    (lp_format_id)(at / LP_OUT_COUNT % LP_FORMAT_COUNT),
                    (lp_out)(at % LP_OUT_COUNT)};
        for (int i = 0; i < count; i++)
            if (row_of(&c[i], l)) return true;
    }
    return false;
}

static line before_first(void) {
    return (line){(lp_op)0, (lp_format_id)0, (lp_out)-1};
}

/* "textbook 1", or what the subject was given as. */
static char *name_of(const lp_certificate *c) {
    lp_text t = {0};
    lp_text_add(&t, c->name && *c->name ? c->name : c->subject ? c->subject : "(nothing)");
    if (c->name && *c->name && c->version && *c->version) {
        lp_text_add(&t, " ");
        lp_text_add(&t, c->version);
    }
    return lp_text_take(&t);
}

/* --- the page --------------------------------------------------------------------------------- */

static void cell(lp_text *t, const lp_certificate *c, const lp_output_row *row,
                 const char *column) {
    char buf[LP_FIGURE_SIZE];
    lp_text_add(t, "<td data-label=\"");
    lp_markup_text(t, column);
    lp_text_add(t, "\">");
    if (!row) {
        lp_text_add(t, "<span class=\"dim\">not tested</span></td>");
        return;
    }
    lp_html_level(t, row->level, c->asked);
    if (row->worst.case_line) lp_text_format(t, " %s ulp", lp_figure_up(buf, row->worst.ulp));
    lp_text_format(t, "<br><small>%s within 1 ulp",
                   lp_figure_share(buf, row->within1, row->components));
    if (row->lost)
        lp_text_format(t, ", <mark>%s lost</mark>",
                       lp_figure_share(buf, row->lost, row->components));
    if (row->special) lp_text_format(t, ", %s wrong special", lp_figure_count(buf, row->special));
    lp_text_add(t, "</small></td>");
}

static void table(lp_text *t, const lp_certificate *c, int count, char *const *name) {
    const char **column = lp_memory_zeros((size_t)count + 1, sizeof *column);
    line l = before_first();
    column[0] = "operation and output";
    for (int i = 0; i < count; i++) column[i + 1] = name[i];
    lp_text_add(t, "<div class=\"fold\">");
    lp_html_table(t, "Level, largest error found, shares of the values", column, count + 1);
    while (next(&l, c, count)) {
        lp_text_format(t, "<tr><td data-label=\"\"><b>%s</b> %s <i>%s</i></td>",
                       lp_op_get(l.op)->name, lp_format_get(l.format)->name, lp_out_name(l.out));
        for (int i = 0; i < count; i++) cell(t, &c[i], row_of(&c[i], &l), name[i]);
        lp_text_add(t, "</tr>\n");
    }
    lp_html_table_end(t);
    lp_text_add(t, "</div>\n");
    free(column);
}

static void runs(lp_text *t, const lp_certificate *c, int count, char *const *name) {
    static const char *const column[] = {"subject",     "level reached", "effort and seed",
                                         "evaluations", "not tested",    "sha256"};
    lp_html_table(t, "The runs", column, 6);
    for (int i = 0; i < count; i++) {
        char buf[LP_FIGURE_SIZE], text[96];
        lp_text_add(t, "<tr>");
        lp_html_cell(t, column[0], name[i]);
        lp_text_format(t, "<td data-label=\"%s\">", column[1]);
        lp_html_level(t, lp_certificate_level(&c[i]), c[i].asked);
        lp_text_add(t, "</td>");
        snprintf(text, sizeof text, "%s, %llu%s", c[i].effort ? c[i].effort : "",
                 (unsigned long long)c[i].seed, c[i].complete ? "" : ", not complete");
        lp_html_cell(t, column[2], text);
        lp_html_figure_cell(t, column[3], lp_figure_count(buf, c[i].evaluations));
        lp_html_figure_cell(t, column[4], lp_figure_count(buf, c[i].not_tested_count));
        lp_html_cell(t, column[5], c[i].digest);
        lp_text_add(t, "</tr>\n");
    }
    lp_html_table_end(t);
}

/* --- plots ------------------------------------------------------------------------------------ */

/* An output along its axis, one curve a subject; of a gradient the label's component. False where
 * nothing was counted. */
static bool plot_of(lp_plot *p, const line *l, const lp_certificate *c, int count,
                    char *const *name, lp_plot_kind kind) {
    static const lp_axis axes[] = {LP_AXIS_GAP, LP_AXIS_ODDS};
    *p = (lp_plot){.kind = kind, .format = l->format};
    for (int a = 0; a < 2 && p->curves == 0; a++) {
        p->axis = axes[a];
        for (int i = 0; i < count && p->curves < LP_PLOT_CURVES; i++) {
            const lp_output_row *row = row_of(&c[i], l);
            if (!row || !row->histogram) continue;
            bool label = lp_histogram_has(row->histogram, p->axis, LP_PART_LABEL);
            lp_part part = label ? LP_PART_LABEL : LP_PART_ALL;
            if (!lp_histogram_has(row->histogram, p->axis, part)) continue;
            lp_curve *curve = &p->curve[p->curves++];
            snprintf(curve->title, sizeof curve->title, "%.60s", name[i]);
            curve->bucket = row->histogram->bucket[p->axis][part];
        }
    }
    return p->curves > 0;
}

static double share_lost(const line *l, const lp_certificate *c, int count) {
    double most = 0;
    for (int i = 0; i < count; i++) {
        const lp_output_row *row = row_of(&c[i], l);
        if (!row || row->components == 0) continue;
        double here = (double)row->lost / (double)row->components;
        if (here > most) most = here;
    }
    return most;
}

/* The lines to draw: those of which a subject loses most. Insertion keeps order among equals. */
static int drawn_lines(line drawn[PLOTS_MOST], const lp_certificate *c, int count,
                       char *const *name) {
    int n = 0;
    line l = before_first();
    while (next(&l, c, count)) {
        lp_plot p;
        double share = share_lost(&l, c, count);
        int at = n < PLOTS_MOST ? n : PLOTS_MOST;
        if (!plot_of(&p, &l, c, count, name, LP_PLOT_ULP)) continue;
        while (at > 0 && share_lost(&drawn[at - 1], c, count) < share) at--;
        if (at == PLOTS_MOST) continue;
        if (n < PLOTS_MOST) n++;
        memmove(&drawn[at + 1], &drawn[at], (size_t)(n - 1 - at) * sizeof *drawn);
        drawn[at] = l;
    }
    return n;
}

static void figure(lp_text *t, const char *drawn, int number, const lp_plot *p, const line *l) {
    char id[24];
    lp_text title = {0}, words = {0};
    const char *what = p->kind == LP_PLOT_LOST ? "share of lost values" : "largest error";
    snprintf(id, sizeof id, "plot%d", number);
    lp_text_format(&title, "%s %s %s: %s by %s", lp_op_get(l->op)->name,
                   lp_format_get(l->format)->name, lp_out_name(l->out), what,
                   lp_plot_axis_words(p->axis));
    lp_plot_words(&words, p);
    lp_text_add(t, "<figure>\n");
    lp_plot_inline(t, drawn, number, id, title.data, words.data);
    lp_text_format(t, "<figcaption><b>%s</b> %s <i>%s</i>: %s by %s</figcaption>\n</figure>\n",
                   lp_op_get(l->op)->name, lp_format_get(l->format)->name, lp_out_name(l->out),
                   what, lp_plot_axis_words(p->axis));
    lp_text_clear(&title);
    lp_text_clear(&words);
}

static void plots(lp_text *t, const lp_certificate *c, int count, char *const *name) {
    line chosen[PLOTS_MOST];
    lp_plot p;
    lp_text script = {0}, drawn = {0};
    lp_error err = {""};
    int n = drawn_lines(chosen, c, count, name), number = 0;
    if (n == 0) return;
    lp_text_add(&script, "");
    for (int i = 0; i < n; i++)
        for (int kind = LP_PLOT_ULP; kind <= LP_PLOT_LOST; kind++)
            if (plot_of(&p, &chosen[i], c, count, name, (lp_plot_kind)kind))
                lp_plot_script(&script, &p, false);
    lp_text_add(t, "<h2 id=\"plots\">Where the errors lie</h2>\n");
    if (lp_gnuplot(&drawn, script.data, &err)) {
        lp_plot_markers(t);
        lp_text_add(t, "<div class=\"plots\">\n");
        for (int i = 0; i < n; i++)
            for (int kind = LP_PLOT_ULP; kind <= LP_PLOT_LOST; kind++)
                if (plot_of(&p, &chosen[i], c, count, name, (lp_plot_kind)kind))
                    figure(t, drawn.data ? drawn.data : "", number++, &p, &chosen[i]);
        lp_text_add(t, "</div>\n");
    } else {
        lp_text_add(t, "<p><b>No plots: ");
        lp_markup_text(t, err.text);
        lp_text_add(t, " (Debian: gnuplot-nox).</b> The figures are in each certificate.json "
                       "under <i>histograms</i>.</p>\n");
    }
    lp_text_clear(&script);
    lp_text_clear(&drawn);
}

/* ---------------------------------------------------------------------------------------------- */

/* A name that a later one has too gets its place in the row of certificates: two builds of one
 * library are what people compare. */
static void told_apart(char **name, int count, int i) {
    char *own = lp_memory_text(name[i]);
    int like = 0;
    for (int k = i + 1; k < count; k++) like += !strcmp(name[k], own);
    for (int k = i; k < count && like > 0; k++) {
        if (strcmp(name[k], own) != 0) continue;
        lp_text t = {0};
        lp_text_format(&t, "%s #%d", own, k + 1);
        free(name[k]);
        name[k] = lp_text_take(&t);
    }
    free(own);
}

static char **names_of(const lp_certificate *c, int count) {
    char **name = lp_memory_zeros((size_t)count, sizeof *name);
    for (int i = 0; i < count; i++) name[i] = name_of(&c[i]);
    for (int i = 0; i < count; i++) told_apart(name, count, i);
    return name;
}

static void names_free(char **name, int count) {
    for (int i = 0; i < count; i++) free(name[i]);
    free(name);
}

bool lp_report_compare(const char *path, const lp_certificate *c, int count, lp_error *err) {
    lp_text t = {0};
    char **name = names_of(c, count);
    lp_html_top(&t, "comparison");
    lp_text_add(&t, "<header>\n<p>lossproof comparison</p>\n<h1>");
    for (int i = 0; i < count; i++) {
        if (i) lp_text_add(&t, " \xc2\xb7 ");
        lp_markup_text(&t, name[i]);
    }
    lp_text_add(&t, "</h1>\n</header>\n<main>\n");
    table(&t, c, count, name);
    plots(&t, c, count, name);
    lp_text_add(&t, "<h2 id=\"runs\">What was compared</h2>\n");
    runs(&t, c, count, name);
    lp_text_format(&t, "<p>All certified by ");
    lp_markup_text(&t, count ? c[0].tool_version : "");
    lp_text_add(&t, ". <i>lost</i>: a relative error of 1/4 or more. Largest errors are lower "
                    "bounds of the worst ones. How fast a subject is stands in no certificate, "
                    "since the same run gives the same bytes; see bench/.</p>\n"
                    "</main>\n</body>\n</html>\n");
    bool written = lp_write_file(path, t.data, t.length, err);
    names_free(name, count);
    lp_text_clear(&t);
    return written;
}

/* A name may hold anything; a terminal must not obey it. */
static void put_name(FILE *f, const char *name, int width) {
    int left = width;
    for (int bytes; *name && left > 1; name += bytes ? bytes : 1, left--) {
        bytes = lp_text_utf8(name);
        if (bytes == 1 && (unsigned char)*name >= 0x20 && *name != 0x7f)
            fputc(*name, f);
        else
            fputc('?', f);
    }
    fprintf(f, "%*s", left, "");
}

void lp_report_compare_text(FILE *f, const lp_certificate *c, int count) {
    enum { HEAD = 36, COLUMN = 26 };
    char **name = names_of(c, count);
    line l = before_first();
    fprintf(f, "%-*s", HEAD, "");
    for (int i = 0; i < count; i++) put_name(f, name[i], COLUMN);
    fputc('\n', f);
    while (next(&l, c, count)) {
        char head[96];
        snprintf(head, sizeof head, "%s %s %s", lp_op_get(l.op)->name,
                 lp_format_get(l.format)->name, lp_out_name(l.out));
        fprintf(f, "%-*s", HEAD, head);
        for (int i = 0; i < count; i++) {
            char ulp[LP_FIGURE_SIZE] = "", text[96];
            const lp_output_row *row = row_of(&c[i], &l);
            if (row && row->worst.case_line) lp_figure_up(ulp, row->worst.ulp);
            snprintf(text, sizeof text, "%s%s%s%s", row ? lp_level_name(row->level) : "not tested",
                     *ulp ? " " : "", ulp, *ulp ? " ulp" : "");
            fprintf(f, "%-*s", COLUMN, text);
        }
        fprintf(f, "\n%*s", HEAD, "");
        for (int i = 0; i < count; i++) {
            char within[LP_FIGURE_SIZE], lost[LP_FIGURE_SIZE], text[96] = "";
            const lp_output_row *row = row_of(&c[i], &l);
            if (row)
                snprintf(text, sizeof text, "%s in 1, %s lost",
                         lp_figure_share(within, row->within1, row->components),
                         lp_figure_share(lost, row->lost, row->components));
            fprintf(f, "%-*s", COLUMN, text);
        }
        fputc('\n', f);
    }
    names_free(name, count);
}

bool lp_report_compare_svg(const char *path, const lp_certificate *c, int count, lp_error *err) {
    line chosen[PLOTS_MOST];
    lp_plot p;
    lp_text script = {0}, drawn = {0};
    char **name = names_of(c, count);
    bool good =
        drawn_lines(chosen, c, count, name) > 0 || lp_error_set(err, "%s: nothing to draw", path);
    if (good) {
        plot_of(&p, &chosen[0], c, count, name, LP_PLOT_ULP);
        lp_plot_script(&script, &p, true);
        good = lp_gnuplot(&drawn, script.data, err) &&
               lp_write_file(path, drawn.data ? drawn.data : "", drawn.length, err);
    }
    names_free(name, count);
    lp_text_clear(&script);
    lp_text_clear(&drawn);
    return good;
}
