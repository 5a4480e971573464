/* The parts of report.html, in the order in which they stand. Private to reports. */
#ifndef LP_REPORTS_HTML_H
#define LP_REPORTS_HTML_H

#include "core/certificate.h"
#include "core/text.h"

/* How much of what could be shown is shown, so that a page stays below LP_HTML_MOST bytes. */
typedef struct lp_html_room {
    int plots;           /* pairs of operation and format that are drawn */
    int counterexamples; /* shown in full, and of one operation and format: */
    int each;
} lp_html_room;
#define LP_HTML_MOST 900000 /* below the megabyte that a page may have, with room to spare */

/* From the doctype to the body, style included. */
void lp_html_top(lp_text *t, const char *title);
void lp_html_style(lp_text *t);
/* First screen: subject, verdict, levels, lost values. */
void lp_html_head(lp_text *t, const lp_certificate *c);
void lp_html_levels(lp_text *t, const lp_certificate *c);
/* What the words mean. */
void lp_html_meaning(lp_text *t, const lp_certificate *c);
/* What confident rows lose, with the smallest case that shows it. */
void lp_html_lost(lp_text *t, const lp_certificate *c);
/* Figures by regime. */
void lp_html_regimes(lp_text *t, const lp_certificate *c);
/* Figures by coordinate, drawn; as tables where gnuplot is missing. */
void lp_html_plots(lp_text *t, const lp_certificate *c, const lp_html_room *room);
/* Where along the inputs' coordinates the levels end; nothing where that was not looked for. */
void lp_html_reach(lp_text *t, const lp_certificate *c);
/* What became of the user's own rows; nothing where none were given. */
void lp_html_recorded(lp_text *t, const lp_certificate *c);
void lp_html_worst(lp_text *t, const lp_certificate *c);
/* `dir`: where the counterexamples lie, for the replay command. */
void lp_html_counterexamples(lp_text *t, const lp_certificate *c, const char *dir,
                             const lp_html_room *room);
void lp_html_properties(lp_text *t, const lp_certificate *c);
void lp_html_findings(lp_text *t, const lp_certificate *c);
void lp_html_canaries(lp_text *t, const lp_certificate *c);
void lp_html_not_tested(lp_text *t, const lp_certificate *c);
void lp_html_reproduce(lp_text *t, const lp_certificate *c);
/* The claims of core/claims.h, closed until the reader opens them. */
void lp_html_claims(lp_text *t);

/* Pieces. Text is escaped, markup is not. A cell carries its column's name, which is shown in front
 * of it where the page is too narrow for a table. */
void lp_html_cell(lp_text *t, const char *column, const char *text);
void lp_html_figure_cell(lp_text *t, const char *column, const char *text);
void lp_html_table(lp_text *t, const char *caption, const char *const *column, int columns);
/* The same for many short figures: cells without names, which stay a table on a narrow page. */
void lp_html_dense(lp_text *t, const char *const *column, int columns);
void lp_html_dense_cell(lp_text *t, const char *text);
void lp_html_table_end(lp_text *t);
/* "softmax_xent binary64" and the output's name. */
void lp_html_place(lp_text *t, lp_op op, lp_format_id format);
void lp_html_row_name(lp_text *t, const lp_output_row *row);
/* The level's name, coloured by whether it is what was asked for. */
void lp_html_level(lp_text *t, lp_level level, lp_level asked);
/* A case line, cut where it is long. */
void lp_html_case(lp_text *t, const char *line);
/* A command for the shell to copy. */
void lp_html_command(lp_text *t, const char *command);
/* The exact digits, the correctly rounded value and the subject's, whose wrong digits are marked.
 */
void lp_html_numbers(lp_text *t, lp_format_id format, const char *exact, double want, double got);

#endif
