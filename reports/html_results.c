/* Regimes, properties, findings, planted faults. */
#include "reports/figure.h"
#include "reports/html.h"
#include "reports/markup.h"
#include "reports/words.h"

#include <stdio.h>

/* --- figures by regime ------------------------------------------------------------------------ */

/* Where some values have no bound the figure is of the others. */
static void over_bound(lp_text *t, const lp_regime_row *r) {
    char buf[LP_FIGURE_SIZE], without[LP_FIGURE_SIZE], both[2 * LP_FIGURE_SIZE + 32];
    lp_figure_up(buf, r->max_over_bound);
    if (r->void_bound == 0)
        snprintf(both, sizeof both, "%s", buf);
    else if (r->void_bound == r->cases && r->max_over_bound == 0)
        snprintf(both, sizeof both, "not claimable");
    else
        snprintf(both, sizeof both, "%s; not claimable in %s", buf,
                 lp_figure_count(without, r->void_bound));
    lp_html_dense_cell(t, both);
}

static void regime_row(lp_text *t, const lp_regime_row *r) {
    char buf[LP_FIGURE_SIZE];
    lp_text_add(t, r->lost > 0 ? "<tr class=\"lost\">" : "<tr>");
    lp_html_dense_cell(t, r->name);
    lp_html_dense_cell(t, lp_figure_count(buf, r->cases));
    lp_html_dense_cell(t, lp_figure_count(buf, r->components));
    lp_html_dense_cell(t, lp_figure_share(buf, r->within1, r->components));
    lp_html_dense_cell(t, lp_figure_share(buf, r->within4, r->components));
    lp_html_dense_cell(t, lp_figure_share(buf, r->lost, r->components));
    lp_html_dense_cell(t, lp_figure_count(buf, r->special));
    lp_html_dense_cell(t, lp_figure_up(buf, r->max_ulp));
    lp_html_dense_cell(t, lp_figure_condition(buf, r->condition));
    over_bound(t, r);
    lp_html_dense_cell(t, lp_figure_condition(buf, r->max_condition));
    lp_html_dense_cell(t, lp_figure_count(buf, r->sampled));
    lp_text_add(t, "</tr>\n");
}

static void regimes_of(lp_text *t, const lp_output_row *row) {
    static const char *const column[] = {"regime",
                                         "cases",
                                         "values",
                                         "within 1 ulp",
                                         "within 4 ulp",
                                         "lost",
                                         "wrong special",
                                         "largest ulp",
                                         "condition there",
                                         "error over bound",
                                         "largest condition",
                                         "of sampled"};
    char share[LP_FIGURE_SIZE];
    const lp_regime_row *most = lp_words_most_lost(row);
    const lp_regime_row *confident = lp_words_regime(row, "confident");
    bool open = confident && confident->lost > 0;
    lp_text_add(t, open ? "<details open><summary>" : "<details><summary>");
    lp_html_row_name(t, row);
    if (most) {
        lp_text_format(t, ": up to %s lost, in ",
                       lp_figure_share(share, most->lost, most->components));
        lp_markup_text(t, most->name);
    }
    lp_text_add(t, "</summary>\n<div class=\"fold\">\n");
    lp_html_dense(t, column, 12);
    for (int i = 0; i < row->regimes; i++) regime_row(t, &row->regime[i]);
    lp_html_table_end(t);
    lp_text_add(t, "</div></details>\n");
}

void lp_html_regimes(lp_text *t, const lp_certificate *c) {
    lp_text_add(t,
                "<h2 id=\"regimes\">By regime of the inputs</h2>\n<p>The most particular regime of "
                "any row names a case. Shares are of the values whose exact answer is a number. "
                "<i>confident</i>: the right class is far ahead, so that loss and gradient are "
                "small. ");
    lp_text_format(t,
                   "<i>Error over bound</i>: the largest error in units of the a-priori bound of "
                   "the textbook program, of all values. <i>Condition</i>: by how much a relative "
                   "error of the inputs is magnified, at the value with the largest error, and the "
                   "largest of a sample (every %dth case of the regime, its value furthest off); a "
                   "dash where it is 0 or not computed, as of gradients.</p>\n",
                   LP_CONDITION_EVERY);
    for (int i = 0; i < c->rows; i++)
        if (c->row[i].regimes > 0) regimes_of(t, &c->row[i]);
}

/* --- properties ------------------------------------------------------------------------------- */

static void property_row(lp_text *t, const lp_certificate *c, const lp_property_row *p) {
    char buf[LP_FIGURE_SIZE];
    lp_text_add(t, "<tr>");
    lp_text_format(t, "<td data-label=\"property\"><b>%d</b> ", p->number);
    lp_markup_text(t, p->name);
    lp_text_add(t, "</td><td data-label=\"of\">");
    lp_html_place(t, p->op, p->format);
    lp_text_add(t, "</td>");
    lp_html_figure_cell(t, "tried", lp_figure_count(buf, p->tried));
    lp_html_figure_cell(t, "not met", lp_figure_count(buf, p->unmet));
    lp_html_figure_cell(t, "broken", lp_figure_count(buf, p->broken));
    lp_text_add(t, "<td data-label=\"holds at\">");
    if (p->tried > 0)
        lp_html_level(t, lp_property_cap(p), c->asked);
    else
        lp_text_add(t, "not tested");
    lp_text_add(t, "</td></tr>\n");
}

/* What a property's outcome means for the level asked for, in the order in which it is shown. */
typedef enum standing { FAILS, HOLDS_BELOW, HOLDS, STANDINGS } standing;

static standing standing_of(const lp_certificate *c, const lp_property_row *p) {
    if (p->broken == 0) return HOLDS;
    return lp_property_cap(p) < c->asked ? FAILS : HOLDS_BELOW;
}

static int standing_count(const lp_certificate *c, standing which) {
    int count = 0;
    for (int i = 0; i < c->properties; i++) count += standing_of(c, &c->property[i]) == which;
    return count;
}

static void property_table(lp_text *t, const lp_certificate *c, standing which) {
    static const char *const column[] = {"property", "of",     "tried",
                                         "not met",  "broken", "holds at"};
    lp_html_table(t, NULL, column, 6);
    for (int i = 0; i < c->properties; i++)
        if (standing_of(c, &c->property[i]) == which) property_row(t, c, &c->property[i]);
    lp_html_table_end(t);
}

void lp_html_properties(lp_text *t, const lp_certificate *c) {
    lp_text_add(t,
                "<h2 id=\"properties\">Properties</h2>\n<p>Laws that the exact functions obey, "
                "checked with tolerances that no correctly rounded answer can break. A property "
                "is tried where its precondition is met; broken with the tolerance of one level, "
                "it holds only at the levels below.</p>\n");
    if (c->properties == 0) lp_text_add(t, "<p>None was tried.</p>\n");
    for (int which = 0; which < STANDINGS; which++) {
        int count = standing_count(c, (standing)which);
        if (count == 0) continue;
        if (which != FAILS) {
            lp_text_format(t, "<details><summary>%d ", count);
            if (which == HOLDS)
                lp_text_add(t, "never broken</summary>\n");
            else
                lp_text_format(t, "that hold at %s and break above it</summary>\n",
                               lp_level_name(c->asked));
        }
        property_table(t, c, (standing)which);
        if (which != FAILS) lp_text_add(t, "</details>\n");
    }
}

/* --- findings --------------------------------------------------------------------------------- */

static void failing_finding(lp_text *t, const lp_finding_row *f) {
    char buf[LP_FIGURE_SIZE];
    lp_text_format(t, "<article><p><span class=\"level bad\">%s</span> ",
                   lp_finding_name(f->finding));
    lp_html_place(t, f->op, f->format);
    lp_text_format(t, ", seen %s times</p>\n<p>", lp_figure_count(buf, f->count));
    lp_markup_text(t, f->note);
    lp_text_add(t, "</p>\n");
    lp_html_case(t, f->case_line);
    lp_text_add(t, "</article>\n");
}

static void reported_finding(lp_text *t, const lp_finding_row *f) {
    char buf[LP_FIGURE_SIZE];
    lp_text_add(t, "<tr>");
    lp_html_cell(t, "finding", lp_finding_name(f->finding));
    lp_text_add(t, "<td data-label=\"of\">");
    lp_html_place(t, f->op, f->format);
    lp_text_add(t, "</td>");
    lp_html_figure_cell(t, "times", lp_figure_count(buf, f->count));
    lp_html_cell(t, "note", f->note);
    lp_text_add(t, "</tr>\n");
}

/* Reported, never failed: what a C library does to errno is its own affair. */
static void reported_findings(lp_text *t, const lp_certificate *c, int count) {
    static const char *const column[] = {"finding", "of", "times", "note"};
    lp_text_format(t, "<details><summary>%d reported, not failures</summary>\n", count);
    lp_html_table(t, NULL, column, 4);
    for (int i = 0; i < c->findings; i++)
        if (c->finding[i].finding & LP_FIND_REPORTED) reported_finding(t, &c->finding[i]);
    lp_html_table_end(t);
    lp_text_add(t, "</details>\n");
}

void lp_html_findings(lp_text *t, const lp_certificate *c) {
    int reported = 0;
    for (int i = 0; i < c->findings; i++)
        reported += (c->finding[i].finding & LP_FIND_REPORTED) != 0;
    lp_text_add(t, "<h2 id=\"findings\">Findings</h2>\n");
    if (c->load_note && *c->load_note) {
        lp_text_add(t, "<p>While loading: ");
        lp_markup_text(t, c->load_note);
        lp_text_add(t, "</p>\n");
    }
    if (c->findings == reported)
        lp_text_add(t, "<p>No crash, hang, access outside its buffers, unwritten output, changed "
                       "input or changed environment.</p>\n");
    for (int i = 0; i < c->findings; i++)
        if (!(c->finding[i].finding & LP_FIND_REPORTED)) failing_finding(t, &c->finding[i]);
    if (reported) reported_findings(t, c, reported);
}

/* --- planted faults --------------------------------------------------------------------------- */

static void canary_row(lp_text *t, const lp_canary_row *row) {
    char buf[LP_FIGURE_SIZE];
    lp_text_add(t, "<tr>");
    lp_html_cell(t, "planted fault", row->name);
    lp_text_format(t, "<td data-label=\"noticed\"><span class=\"level %s\">%s</span></td>",
                   row->killed ? "good" : "bad", row->killed ? "yes" : "no");
    lp_html_cell(t, "by", row->by);
    lp_html_figure_cell(t, "evaluations", lp_figure_count(buf, row->evaluations));
    lp_text_add(t, "</tr>\n");
}

void lp_html_canaries(lp_text *t, const lp_certificate *c) {
    static const char *const column[] = {"planted fault", "noticed", "by", "evaluations"};
    lp_text_add(t, "<h2 id=\"planted\">Could this run have noticed a fault?</h2>\n");
    if (c->canaries == 0) {
        lp_text_add(t, "<p>No fault was planted in this run.</p>\n");
        return;
    }
    lp_text_format(
        t,
        "<p>Faulty subjects, judged at the same shapes, formats and tolerances: %d of %d "
        "were noticed. A fault of a kind that went unnoticed could be in the subject as "
        "well.</p>\n",
        lp_words_killed(c), c->canaries);
    lp_html_table(t, NULL, column, 4);
    for (int i = 0; i < c->canaries; i++) canary_row(t, &c->canary[i]);
    lp_html_table_end(t);
}
