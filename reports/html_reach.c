/* How far each level reaches along one coordinate of the inputs. */
#include "reports/figure.h"
#include "reports/html.h"
#include "reports/markup.h"
#include "reports/words.h"

#include <math.h>
#include <stdio.h>

static const char *const way_words[LP_WAY_COUNT] = {
    [LP_WAY_AHEAD] = "label ahead by", [LP_WAY_BEHIND] = "label behind by",
    [LP_WAY_OFFSET] = "common offset", [LP_WAY_CLASSES] = "classes",
    [LP_WAY_SIZE] = "size of logits",
};

/* Three significant digits: an edge is known to about two percent. */
static void add_place(lp_text *t, double x) {
    if (x >= 1e6 || (x > 0 && x < 1e-3))
        lp_text_format(t, "%.1e", x);
    else
        lp_text_format(t, "%.3g", x);
}

static void add_mark(lp_text *t, const lp_reach_row *r, lp_reach_mark mark) {
    if (r->fails[mark] == INFINITY) {
        lp_text_format(t, "%s throughout", lp_reach_name(mark));
    } else if (r->holds[mark] < r->tried_from) {
        lp_text_format(t, "not %s", lp_reach_name(mark));
    } else {
        lp_text_format(t, "%s to ", lp_reach_name(mark));
        add_place(t, r->holds[mark]);
    }
}

void lp_words_reach(lp_text *t, const lp_reach_row *r) {
    /* The best level that holds throughout says it all; else where the better ones end. */
    add_mark(t, r, LP_REACH_FAITHFUL);
    if (r->fails[LP_REACH_FAITHFUL] < INFINITY) {
        lp_text_add(t, ", ");
        add_mark(t, r, LP_REACH_ACCURATE);
    }
    if (r->fails[LP_REACH_ACCURATE] < INFINITY) {
        lp_text_add(t, ", ");
        add_mark(t, r, LP_REACH_STABLE);
    }
    if (r->fails[LP_REACH_KEPT] == INFINITY) return;
    lp_text_add(t, ", lost from ");
    add_place(t, r->fails[LP_REACH_KEPT]);
}

static bool same_values(const lp_reach_row *a, const lp_reach_row *b) {
    return a->op == b->op && a->format == b->format && a->out == b->out && a->part == b->part;
}

static void reach_name(lp_text *t, const lp_reach_row *r) {
    lp_html_place(t, r->op, r->format);
    lp_text_format(t, " <b>%s</b>", lp_out_name(r->out));
    if (r->part != LP_PART_ALL)
        lp_text_add(t, r->part == LP_PART_LABEL ? " of the label" : " of the others");
}

/* The rows of one kind of values lie side by side: the certificate is sorted. */
static int values_row(lp_text *t, const lp_certificate *c, int from) {
    int to = from;
    lp_text words = {0};
    lp_text_add(t, "<tr><td data-label=\"values\">");
    reach_name(t, &c->reach[from]);
    lp_text_add(t, "</td>");
    for (int way = 0; way < LP_WAY_COUNT; way++) {
        lp_text_clear(&words);
        for (to = from; to < c->reaches && same_values(&c->reach[from], &c->reach[to]); to++)
            if ((int)c->reach[to].way == way) lp_words_reach(&words, &c->reach[to]);
        lp_html_cell(t, way_words[way], words.data ? words.data : "");
    }
    lp_text_clear(&words);
    lp_text_add(t, "</tr>\n");
    return to;
}

void lp_html_reach(lp_text *t, const lp_certificate *c) {
    const char *column[LP_WAY_COUNT + 1] = {"values"};
    if (!c->reaches) return;
    for (int way = 0; way < LP_WAY_COUNT; way++) column[way + 1] = way_words[way];
    lp_text_add(t, "<h2 id=\"reach\">How far each level reaches</h2>\n"
                   "<p>One coordinate grows while the rest stays harmless: the label's logit ahead "
                   "of or behind the others, a common offset, the number of classes, the size of "
                   "random logits. <i>accurate to x</i>: everything tried up to x was; the edge is "
                   "searched, to about two percent. <i>lost</i>: no digit right.</p>\n");
    lp_html_table(t, NULL, column, LP_WAY_COUNT + 1);
    for (int i = 0; i < c->reaches;) i = values_row(t, c, i);
    lp_html_table_end(t);
}
