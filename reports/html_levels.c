/* The first screen: who, the verdict in words, the level of every output, and what was lost. */
#include "reports/figure.h"
#include "reports/html.h"
#include "reports/markup.h"
#include "reports/words.h"

static void subject(lp_text *t, const lp_certificate *c) {
    lp_text_add(t, "<p>lossproof certificate</p>\n<h1>");
    lp_markup_text(t, c->name && *c->name ? c->name : c->subject);
    lp_text_add(t, " ");
    lp_markup_text(t, c->version);
    lp_text_add(t, "</h1>\n<p class=\"digest\">");
    lp_markup_text(t, c->subject);
    if (c->digest && *c->digest) {
        lp_text_add(t, "<br>sha256 ");
        lp_markup_text(t, c->digest);
    }
    lp_text_add(t, "</p>\n");
}

static bool all_searched(const lp_certificate *c) {
    for (int i = 0; i < c->rows; i++)
        if (c->row[i].evidence != LP_SEARCHED) return false;
    return true;
}

static void in_short(lp_text *t, const lp_certificate *c) {
    char count[LP_FIGURE_SIZE];
    lp_text_format(t, "<p>%s evaluations", lp_figure_count(count, c->evaluations));
    lp_text_format(t, ", seed %llu, effort ", (unsigned long long)c->seed);
    lp_markup_text(t, c->effort);
    if (c->undecided)
        lp_text_format(t, ", %s values undecided", lp_figure_count(count, c->undecided));
    if (c->refused)
        lp_text_format(t, ", %s calls of what is declared answered \"unsupported\"",
                       lp_figure_count(count, c->refused));
    lp_text_add(t, ". ");
    if (all_searched(c))
        lp_text_add(t, "The evidence is a search: the largest errors found are lower bounds of the "
                       "worst ones.");
    if (c->canaries)
        lp_text_format(t, " Planted faults noticed at the same shapes and formats: %d of %d.",
                       lp_words_killed(c), c->canaries);
    lp_text_add(t, "</p>\n");
    if (!c->complete)
        lp_text_add(t,
                    "<p><b>The run ended before it was complete; what was found stands.</b></p>\n");
    if (c->subject_lost)
        lp_text_add(t, "<p><b>The subject was lost: it crashed while loading or answered nothing."
                       "</b></p>\n");
}

static const char *verdict_class(const lp_certificate *c) {
    switch (lp_certificate_status(c)) {
    case 0:
        return "good";
    case 4:
        return "open";
    default:
        return "bad";
    }
}

void lp_html_head(lp_text *t, const lp_certificate *c) {
    lp_text_add(t, "<header>\n");
    subject(t, c);
    lp_text_format(t, "<p class=\"verdict %s\">conforms to %s: %s</p>\n", verdict_class(c),
                   lp_level_name(c->asked), lp_words_conforms(c));
    lp_html_lost(t, c);
    in_short(t, c);
    lp_text_add(t, "</header>\n");
}

/* --- levels ----------------------------------------------------------------------------------- */

static const lp_output_row *row_of(const lp_certificate *c, lp_op op, lp_out out,
                                   lp_format_id format) {
    for (int i = 0; i < c->rows; i++)
        if (c->row[i].op == op && c->row[i].out == out && c->row[i].format == format)
            return &c->row[i];
    return NULL;
}

static bool has_format(const lp_certificate *c, lp_format_id format) {
    for (int i = 0; i < c->rows; i++)
        if (c->row[i].format == format) return true;
    return false;
}

/* Named where the output fails: perhaps nothing is wrong but the convention. */
static void named_conventions(lp_text *t, const lp_certificate *c, const lp_output_row *row) {
    for (int i = 0; i < c->hints; i++) {
        const lp_hint_row *h = &c->hint[i];
        if (h->op != row->op || h->format != row->format || h->out != row->out) continue;
        if (!lp_hint_named(h)) continue;
        lp_text words = {0};
        lp_words_hint(&words, h);
        lp_text_add(t, "<br><small><mark>");
        lp_markup_text(t, words.data);
        lp_text_add(t, "</mark></small>");
        lp_text_clear(&words);
    }
}

static void level_cell(lp_text *t, const lp_certificate *c, const lp_output_row *row,
                       lp_format_id format) {
    char ulp[LP_FIGURE_SIZE];
    lp_text why = {0};
    lp_text_format(t, "<td data-label=\"%s\">", lp_format_get(format)->name);
    if (row) {
        lp_words_why(&why, row);
        lp_html_level(t, row->level, c->asked);
        if (row->evidence != LP_SEARCHED) lp_text_format(t, " %s", lp_evidence_name(row->evidence));
        if (row->worst.case_line) lp_text_format(t, " %s ulp", lp_figure_up(ulp, row->worst.ulp));
        lp_text_add(t, " <small>");
        lp_markup_text(t, why.data);
        lp_text_add(t, "</small>");
        named_conventions(t, c, row);
    }
    lp_text_add(t, "</td>");
    lp_text_clear(&why);
}

/* One line an operation and output, the formats beside each other. */
static void level_line(lp_text *t, const lp_certificate *c, lp_op op, lp_out out) {
    lp_text_format(t, "<tr><td data-label=\"\"><b>%s</b> <i>%s</i></td>", lp_op_get(op)->name,
                   lp_out_name(out));
    for (int f = 0; f < LP_FORMAT_COUNT; f++)
        if (has_format(c, (lp_format_id)f))
            level_cell(t, c, row_of(c, op, out, (lp_format_id)f), (lp_format_id)f);
    lp_text_add(t, "</tr>\n");
}

static bool any_format(const lp_certificate *c, lp_op op, lp_out out) {
    for (int i = 0; i < c->rows; i++)
        if (c->row[i].op == op && c->row[i].out == out) return true;
    return false;
}

/* Confident rows are most of what a trained model sees; there the loss is small, and an error that
 * is small beside 1 can be all of it. They are named wherever they lost anything. */
static void confident_rows(lp_text *t, const lp_certificate *c) {
    int tried = 0, lost = 0;
    lp_text list = {0};
    for (int i = 0; i < c->rows; i++) {
        char share[LP_FIGURE_SIZE];
        const lp_regime_row *r = lp_words_regime(&c->row[i], "confident");
        tried += r != NULL;
        if (!r || r->lost == 0) continue;
        lp_text_add(&list, lost++ ? "; " : "");
        lp_html_row_name(&list, &c->row[i]);
        lp_text_format(&list, " <mark>%s</mark>", lp_figure_share(share, r->lost, r->components));
    }
    if (lost)
        lp_text_format(t,
                       "<p><b>Confident rows</b>, the right class far ahead, lose values, that is, "
                       "have a relative error of 1/4 or more: %s.</p>\n",
                       list.data);
    else if (tried)
        lp_text_add(t, "<p><b>Confident rows</b>, the right class far ahead, lose no value: no "
                       "relative error is 1/4 or more.</p>\n");
    lp_text_clear(&list);
}

static void other_regimes(lp_text *t, const lp_certificate *c) {
    bool lost = false;
    for (int i = 0; i < c->rows; i++) lost |= c->row[i].lost > 0;
    if (lost)
        lp_text_add(t, "<p>Every regime that lost values is marked <a href=\"#regimes\">below</a>."
                       "</p>\n");
}

void lp_html_levels(lp_text *t, const lp_certificate *c) {
    const char *column[1 + LP_FORMAT_COUNT] = {"operation and output"};
    int columns = 1;
    for (int f = 0; f < LP_FORMAT_COUNT; f++)
        if (has_format(c, (lp_format_id)f))
            column[columns++] = lp_format_get((lp_format_id)f)->name;
    if (c->rows == 0) return;
    lp_html_table(t, "Level, largest error found, and what decided the level", column, columns);
    for (int op = 0; op < LP_OP_COUNT; op++)
        for (int out = 0; out < LP_OUT_COUNT; out++)
            if (any_format(c, (lp_op)op, (lp_out)out)) level_line(t, c, (lp_op)op, (lp_out)out);
    lp_html_table_end(t);
    confident_rows(t, c);
    other_regimes(t, c);
}

/* --- meaning ---------------------------------------------------------------------------------- */

void lp_html_meaning(lp_text *t, const lp_certificate *c) {
    lp_text_add(t, "<h2 id=\"levels\">What the levels mean</h2>\n<dl class=\"facts\">\n");
    for (int level = LP_LEVEL_COUNT - 1; level >= 0; level--) {
        lp_text_add(t, "<dt>");
        lp_html_level(t, (lp_level)level, c->asked);
        lp_text_format(t, "</dt><dd>%s</dd>\n", lp_words_level((lp_level)level));
    }
    lp_text_add(
        t, "</dl>\n"
           "<p>A level is a claim about everything that was tried, per operation, output and "
           "format; the "
           "lowest one counts. Errors are measured against the exact real answer, known to as many "
           "bits "
           "as each question needs, never against a rounded one: error = |returned &minus; exact| "
           "/ ulp, "
           "where for 2<sup>e</sup> &le; |exact| &lt; 2<sup>e+1</sup> one ulp is "
           "2<sup>max(e, e<sub>min</sub>)&minus;p+1</sup> of the format. Printed errors are "
           "rounded up. "
           "Outputs that are signed sums which can cancel are allowed 2<sup>&minus;12</sup> of the "
           "a-priori bound on top, below <i>correct</i>.</p>\n"
           "<p><b>searched</b>: the largest error found is a lower bound of the worst error. "
           "<b>exhausted</b>: every input of the domain was tried. <b>proved</b>: a proof script "
           "stands "
           "behind the claim.</p>\n");
}
