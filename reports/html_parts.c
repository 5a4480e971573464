#include "core/hexfloat.h"
#include "reports/figure.h"
#include "reports/html.h"
#include "reports/markup.h"

#include <string.h>

#define CASE_SHOWN 1200

static void cell(lp_text *t, const char *class, const char *column, const char *text) {
    lp_text_format(t, "<td%s data-label=\"", class);
    lp_markup_text(t, column);
    lp_text_add(t, "\">");
    lp_markup_text(t, text);
    lp_text_add(t, "</td>");
}

void lp_html_cell(lp_text *t, const char *column, const char *text) {
    cell(t, "", column, text);
}

void lp_html_figure_cell(lp_text *t, const char *column, const char *text) {
    cell(t, " class=\"figure\"", column, text);
}

static void head(lp_text *t, const char *const *column, int columns) {
    lp_text_add(t, "<thead><tr>");
    for (int i = 0; i < columns; i++) {
        lp_text_add(t, "<th scope=\"col\">");
        lp_markup_text(t, column[i]);
        lp_text_add(t, "</th>");
    }
    lp_text_add(t, "</tr></thead>\n<tbody>\n");
}

void lp_html_table(lp_text *t, const char *caption, const char *const *column, int columns) {
    lp_text_add(t, "<table>");
    if (caption) {
        lp_text_add(t, "<caption>");
        lp_markup_text(t, caption);
        lp_text_add(t, "</caption>");
    }
    head(t, column, columns);
}

void lp_html_dense(lp_text *t, const char *const *column, int columns) {
    lp_text_add(t, "<table class=\"dense\">");
    head(t, column, columns);
}

void lp_html_dense_cell(lp_text *t, const char *text) {
    lp_text_add(t, "<td>");
    lp_markup_text(t, text);
    lp_text_add(t, "</td>");
}

void lp_html_table_end(lp_text *t) {
    lp_text_add(t, "</tbody></table>\n");
}

void lp_html_place(lp_text *t, lp_op op, lp_format_id format) {
    lp_text_format(t, "<b>%s</b> %s", lp_op_get(op)->name, lp_format_get(format)->name);
}

void lp_html_row_name(lp_text *t, const lp_output_row *row) {
    lp_html_place(t, row->op, row->format);
    lp_text_format(t, " <i>%s</i>", lp_out_name(row->out));
}

void lp_html_level(lp_text *t, lp_level level, lp_level asked) {
    lp_text_format(t, "<span class=\"level %s\">%s</span>", level >= asked ? "good" : "bad",
                   lp_level_name(level));
}

void lp_html_case(lp_text *t, const char *line) {
    lp_text_add(t, "<pre class=\"case\">");
    lp_markup_cut(t, line, CASE_SHOWN);
    lp_text_add(t, "</pre>\n");
}

void lp_html_command(lp_text *t, const char *command) {
    lp_text_add(t, "<pre class=\"command\">");
    lp_markup_text(t, command);
    lp_text_add(t, "</pre>\n");
}

/* Where the wrong digits of a decimal text begin: after `agreeing` significant ones. */
static size_t first_wrong(const char *text, int agreeing) {
    size_t at = 0;
    int seen = 0;
    bool leading = true;
    for (; text[at] && text[at] != 'e'; at++) {
        if (text[at] < '0' || text[at] > '9') continue;
        leading = leading && text[at] == '0';
        if (leading) continue;
        if (seen++ == agreeing) break;
    }
    return at;
}

static void marked(lp_text *t, const char *text, int agreeing) {
    bool number = *text && strspn(text, "-+.e0123456789") == strlen(text);
    size_t from = agreeing == 0 || !number ? 0 : first_wrong(text, agreeing);
    size_t to = from == 0 ? strlen(text) : from + strcspn(text + from, "e");
    if (agreeing >= 99) from = to = strlen(text);
    lp_text_bytes(t, text, from);
    if (to > from) {
        lp_text_add(t, "<mark>");
        lp_text_bytes(t, text + from, to - from);
        lp_text_add(t, "</mark>");
    }
    lp_text_add(t, text + to);
}

static void number_row(lp_text *t, const char *name, const char *value, int agreeing, double x) {
    char hex[LP_HEXFLOAT_SIZE];
    lp_text_format(t, "<div><dt>%s</dt><dd><code>", name);
    marked(t, value, agreeing);
    lp_text_format(t, "</code> <code class=\"hex\">%s</code></dd></div>\n",
                   lp_hexfloat_print(hex, x));
}

void lp_html_numbers(lp_text *t, lp_format_id format, const char *exact, double want, double got) {
    char value[LP_FIGURE_SIZE];
    lp_text_add(t, "<dl class=\"numbers\">\n");
    if (exact) {
        lp_text_add(t, "<div><dt>exact</dt><dd><code>");
        lp_markup_text(t, exact);
        lp_text_add(t, "</code></dd></div>\n");
    }
    number_row(t, "rounded", lp_figure_value(value, format, want), 99, want);
    number_row(t, "subject", lp_figure_value(value, format, got), lp_figure_agreeing(got, want),
               got);
    lp_text_add(t, "</dl>\n");
}
