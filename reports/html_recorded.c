/* What the subject makes of rows that a model really gave. */
#include "reports/figure.h"
#include "reports/html.h"
#include "reports/words.h"

void lp_words_recorded(lp_text *t, const lp_recorded_row *r) {
    char buf[LP_FIGURE_SIZE];
    const struct {
        int64_t part;
        const char *what;
        bool always;
    } part[] = {{r->within1, "within 1 ulp", true},
                {r->within4, "within 4", true},
                {r->lost, "lost", true},
                {r->special, "with a wrong special value", false},
                {r->unanswered, "without an answer", false}};
    lp_text_format(t, "%s recorded rows:", lp_figure_count(buf, r->rows));
    for (size_t i = 0; i < sizeof part / sizeof *part; i++)
        if (part[i].always || part[i].part > 0)
            lp_text_format(t, "%s %s %s", i ? "," : "", lp_figure_share(buf, part[i].part, r->rows),
                           part[i].what);
}

static void row_of(lp_text *t, const lp_recorded_row *r) {
    char buf[LP_FIGURE_SIZE];
    lp_text_add(t, r->lost > 0 ? "<tr class=\"lost\"><td>" : "<tr><td>");
    lp_html_place(t, r->op, r->format);
    lp_text_format(t, " <b>%s</b></td>", lp_out_name(r->out));
    lp_html_dense_cell(t, lp_figure_count(buf, r->rows));
    lp_html_dense_cell(t, lp_figure_share(buf, r->within1, r->rows));
    lp_html_dense_cell(t, lp_figure_share(buf, r->within4, r->rows));
    lp_html_dense_cell(t, lp_figure_share(buf, r->lost, r->rows));
    lp_html_dense_cell(t, lp_figure_count(buf, r->special));
    lp_html_dense_cell(t, lp_figure_count(buf, r->unanswered));
    lp_text_add(t, "</tr>\n");
}

void lp_html_recorded(lp_text *t, const lp_certificate *c) {
    static const char *const column[] = {"values", "rows",          "within 1 ulp", "within 4 ulp",
                                         "lost",   "wrong special", "no answer"};
    if (!c->recordeds) return;
    lp_text_add(t, "<h2 id=\"recorded\">Your own rows</h2>\n<p>Logits that a model really gave. A "
                   "row is within an error where each of its values is, and <i>lost</i> where one "
                   "of them has no digit right.</p>\n");
    lp_html_dense(t, column, 7);
    for (int i = 0; i < c->recordeds; i++) row_of(t, &c->recorded[i]);
    lp_html_table_end(t);
}
