/* What was not tested, and how to make the page again. */
#include "reports/figure.h"
#include "reports/html.h"
#include "reports/markup.h"

#include <inttypes.h>
#include <stdio.h>

void lp_html_not_tested(lp_text *t, const lp_certificate *c) {
    lp_text_add(t, "<h2 id=\"not-tested\">What was not tested</h2>\n");
    if (c->not_tested_count == 0) {
        lp_text_add(t, "<p>Everything that was asked for was tried.</p>\n");
        return;
    }
    lp_text_add(t, "<ul>\n");
    for (int i = 0; i < c->not_tested_count; i++) {
        lp_text_add(t, "<li>");
        lp_markup_text(t, c->not_tested[i]);
        lp_text_add(t, "</li>\n");
    }
    lp_text_add(t, "</ul>\n");
}

static void fact(lp_text *t, const char *name, const char *text) {
    if (!text || !*text) return;
    lp_text_format(t, "<dt>%s</dt><dd>", name);
    lp_markup_text(t, text);
    lp_text_add(t, "</dd>\n");
}

static void reference(lp_text *t, const lp_reference_count *r) {
    char asked[LP_FIGURE_SIZE], integers[LP_FIGURE_SIZE], both[LP_FIGURE_SIZE];
    if (r->questions == 0) return;
    lp_text_format(t,
                   "<p>Of %s questions to the exact answers 128-bit integers with a counted error "
                   "decided %s, MPFR the rest; %s that the integers had part in were decided by "
                   "both, and %s.</p>\n",
                   lp_figure_count(asked, r->questions), lp_figure_count(integers, r->integers),
                   lp_figure_count(both, r->rechecked),
                   r->disagreed ? "not all agree: nothing on this page counts" : "all agree");
}

void lp_html_reproduce(lp_text *t, const lp_certificate *c) {
    char seed[24];
    snprintf(seed, sizeof seed, "%" PRIu64, c->seed);
    lp_text_add(t, "<h2 id=\"reproduce\">How to reproduce</h2>\n");
    if (c->command) lp_html_command(t, c->command);
    lp_text_add(t, "<p>The same seed, version and subject give the same certificate.json byte for "
                   "byte, its date aside.</p>\n<dl class=\"facts\">\n");
    fact(t, "subject", c->subject);
    fact(t, "sha256", c->digest);
    fact(t, "declares", c->conventions);
    fact(t, "seed", seed);
    fact(t, "effort", c->effort);
    fact(t, "tool", c->tool_version);
    fact(t, "machine", c->host);
    fact(t, "made", c->created);
    lp_text_add(t, "</dl>\n");
    reference(t, &c->reference);
}
