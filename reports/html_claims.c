/* What the texts claim in numbers, and what is so (core/claims.h). */
#include "reports/html.h"

#include "core/claims.h"

void lp_html_claims(lp_text *t) {
    static const char *const columns[] = {"text", "claim", "says", "exact", ""};
    int wrong = 0;
    for (int i = 0; i < lp_claim_count; i++) wrong += !lp_claims[i].right;
    lp_text_format(t,
                   "<details id=\"claims\"><summary>Numeric claims of the texts behind the "
                   "specification: %d, of which %d are wrong at the digits printed</summary>\n",
                   lp_claim_count, wrong);
    lp_text_add(t, "<div class=\"fold\">");
    lp_html_dense(t, columns, 5);
    for (int i = 0; i < lp_claim_count; i++) {
        const lp_claim *c = &lp_claims[i];
        lp_text_add(t, "<tr>");
        lp_html_dense_cell(t, c->text);
        lp_html_dense_cell(t, c->what);
        lp_html_dense_cell(t, c->says);
        lp_html_dense_cell(t, c->exact);
        lp_html_dense_cell(t, c->right ? "right" : "WRONG");
        lp_text_add(t, "</tr>\n");
    }
    lp_html_table_end(t);
    lp_text_add(t, "</div></details>\n");
}
