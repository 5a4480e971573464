/* The sentence that most readers came for: what is left of the small losses of confident rows, and
 * the smallest case of such a row. */
#include "core/case_text.h"
#include "reports/figure.h"
#include "reports/html.h"
#include "reports/markup.h"
#include "reports/words.h"

#include <math.h>
#include <string.h>

#define LOGITS_SHOWN 6

/* The row whose confident values are lost most; losses come before other outputs. */
static const lp_output_row *most_lost(const lp_certificate *c, const lp_regime_row **regime) {
    const lp_output_row *most = NULL;
    double share = 0;
    for (int i = 0; i < c->rows; i++) {
        const lp_output_row *row = &c->row[i];
        const lp_regime_row *r = lp_words_regime(row, "confident");
        if (!r || r->lost == 0) continue;
        bool loss = row->out == LP_OUT_LOSS, before = most && most->out == LP_OUT_LOSS;
        double here = (double)r->lost / (double)r->components;
        if (most && (loss == before ? here <= share : before)) continue;
        most = row;
        share = here;
        *regime = r;
    }
    return most;
}

/* The lead of z_c over the largest other logit; of a single logit, on the label's side. */
static double lead(const lp_case *c, int64_t row, int64_t label, bool hit) {
    const double *z = c->in[LP_IN_LOGITS] + row * c->k;
    double other = -INFINITY;
    if (c->k == 1) return hit ? z[0] : -z[0];
    for (int64_t j = 0; j < c->k; j++)
        if (j != label) other = fmax(other, z[j]);
    return z[label] - other;
}

/* A row of logits is confident, as generated cases are (lp_gen_regime), from p = 1 - 2^-10 of the
 * right class on: 10 ln 2. Without a label the class that leads is right; a target names its
 * largest. */
static bool far_ahead(const lp_case *c, int64_t row) {
    const double far = 6.931471805599453, *y = c->in[LP_IN_TARGETS];
    const double *of = y ? y : c->in[LP_IN_LOGITS];
    int64_t label = 0;
    for (int64_t j = 1; j < c->k; j++)
        if (of[row * c->k + j] > of[row * c->k + label]) label = j;
    if (c->label && c->k > 1) label = c->label[row];
    if (label < 0 || label >= c->k) return false;
    bool hit = y ? y[row * c->k] > 0.5 : c->label ? c->label[row] > 0 : of[row * c->k] > 0;
    return lead(c, row, label, hit) >= far;
}

/* The component is of a confident row; what is not of logits has no such row to show. */
static bool confident(const lp_counterexample *x) {
    lp_case c;
    const char *status;
    if (!lp_case_parse(&c, x->case_line, strlen(x->case_line), &status, NULL)) return false;
    int64_t length = lp_case_out_len(&c, x->out);
    bool rows = c.in[LP_IN_LOGITS] && c.n > 0 && length >= c.n && x->at < length;
    bool ahead = rows && far_ahead(&c, x->at / (length / c.n));
    lp_case_clear(&c);
    return ahead;
}

static bool shows_it(const lp_counterexample *x, const lp_output_row *row) {
    return x->op == row->op && x->format == row->format && x->at >= 0 && x->out == row->out &&
           x->case_line && x->want != 0 && fabs(x->got / x->want - 1) >= 0.25 && confident(x);
}

static const lp_counterexample *smallest(const lp_certificate *c, const lp_output_row *row) {
    const lp_counterexample *least = NULL;
    for (int i = 0; i < c->counterexamples; i++) {
        const lp_counterexample *x = &c->counterexample[i];
        bool less = !least || strlen(x->case_line) < strlen(least->case_line);
        if (shows_it(x, row) && less) least = x;
    }
    return least;
}

/* "logits (36.7, 0), label 0" */
static void inputs(lp_text *t, const char *line) {
    lp_case c;
    const char *status;
    char value[LP_FIGURE_SIZE];
    if (!lp_case_parse(&c, line, strlen(line), &status, NULL)) return;
    int64_t count = lp_case_in_len(&c, LP_IN_LOGITS);
    if (c.in[LP_IN_LOGITS] && count <= LOGITS_SHOWN) {
        lp_text_add(t, count == 1 ? "logit" : "logits");
        for (int64_t j = 0; j < count; j++)
            lp_text_format(t, "%s%s", j ? ", " : " (",
                           lp_figure_value(value, c.format, c.in[LP_IN_LOGITS][j]));
        lp_text_add(t, ")");
        if (c.label && c.n == 1) lp_text_format(t, ", label %lld", (long long)c.label[0]);
        lp_text_add(t, ": ");
    }
    lp_case_clear(&c);
}

static void example(lp_text *t, const lp_counterexample *x) {
    char value[LP_FIGURE_SIZE];
    lp_text_add(t, "<br>Smallest case: ");
    inputs(t, x->case_line);
    lp_text_format(t, "returned <code>%s</code>", lp_figure_value(value, x->format, x->got));
    lp_text_format(t, ", exact <code>%.6g</code> (<a href=\"#", x->want);
    lp_markup_text(t, x->id);
    lp_text_add(t, "\">counterexample</a>).");
}

void lp_html_lost(lp_text *t, const lp_certificate *c) {
    char share[LP_FIGURE_SIZE];
    const lp_regime_row *regime = NULL;
    const lp_output_row *row = most_lost(c, &regime);
    if (!row) return;
    const lp_counterexample *x = smallest(c, row);
    lp_text_format(t, "<p class=\"lost\"><strong>%s of confident %s lost</strong> in ",
                   lp_figure_share(share, regime->lost, regime->components),
                   row->out == LP_OUT_LOSS ? "losses" : "values");
    lp_html_place(t, row->op, row->format);
    lp_text_add(t, ": a relative error of 1/4 or more where the right class is far ahead.");
    if (x) example(t, x);
    lp_text_add(t, "</p>\n");
}
