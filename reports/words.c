#include "reports/words.h"

#include "reports/figure.h"

#include <string.h>

const char *lp_words_conforms(const lp_certificate *c) {
    switch (lp_certificate_status(c)) {
    case 0:
        return "yes";
    case 1:
        return "no";
    case 4:
        if (c->refused) return "undecided, calls of what is declared were left unanswered";
        return c->complete ? "undecided" : "undecided, the run is not complete";
    default:
        return "nothing was tested";
    }
}

const char *lp_words_level(lp_level level) {
    static const char *const words[LP_LEVEL_COUNT] = {
        "a wrong special value, a broken bit-for-bit property, a crash, a hang or a memory fault",
        "no wrong special value, but an error beyond the a-priori bound",
        "every error is within the a-priori bound of the textbook program",
        "every error is at most 4 ulp",
        "every value is one of the two floating-point numbers around the exact one",
        "every value is the correctly rounded one"};
    return words[level];
}

void lp_words_why(lp_text *t, const lp_output_row *row) {
    static const char *const words[LP_CAUSE_COUNT] = {[LP_CAUSE_ERROR] = "error",
                                                      [LP_CAUSE_WRONG_SPECIAL] =
                                                          "wrong special value",
                                                      [LP_CAUSE_ZERO_SIGN] = "sign of zero",
                                                      [LP_CAUSE_STATUS] = "wrong status",
                                                      [LP_CAUSE_UNDECIDED] = "undecided"};
    bool by_numbers = row->cause < LP_CAUSE_COUNT && words[row->cause];
    lp_text_add(t, "");
    if (row->cause == LP_CAUSE_NONE) return;
    if (by_numbers && row->numeric_regime[0])
        lp_text_format(t, "%s in %s", words[row->cause], row->numeric_regime);
    else
        lp_text_add(t, row->detail); /* "property gibbs", "finding crash" */
}

/* a's share of lost values is larger than b's; by cross multiplication, counts are below 2^31. */
static bool more_lost(const lp_regime_row *a, const lp_regime_row *b) {
    return (double)a->lost * (double)b->components > (double)b->lost * (double)a->components;
}

const lp_regime_row *lp_words_most_lost(const lp_output_row *row) {
    const lp_regime_row *most = NULL;
    for (int i = 0; i < row->regimes; i++)
        if (row->regime[i].lost > 0 && (!most || more_lost(&row->regime[i], most)))
            most = &row->regime[i];
    return most;
}

const lp_regime_row *lp_words_regime(const lp_output_row *row, const char *name) {
    for (int i = 0; i < row->regimes; i++)
        if (!strcmp(row->regime[i].name, name)) return &row->regime[i];
    return NULL;
}

int lp_words_killed(const lp_certificate *c) {
    int killed = 0;
    for (int i = 0; i < c->canaries; i++) killed += c->canary[i].killed;
    return killed;
}

int lp_words_failing(const lp_certificate *c) {
    int failing = 0;
    for (int i = 0; i < c->counterexamples; i++) failing += c->counterexample[i].level < c->asked;
    return failing;
}

void lp_words_hint(lp_text *t, const lp_hint_row *h) {
    char buf[LP_FIGURE_SIZE];
    if (h->formula) {
        lp_text_format(t, "computed as %s: the same bits on %s ", h->says,
                       lp_figure_count(buf, h->same));
        lp_text_format(t, "of %s values; better: %s", lp_figure_count(buf, h->seen), h->advice);
        return;
    }
    lp_text_format(t, "matches another convention: %s; on all %s cases that tell the two apart",
                   h->says, lp_figure_count(buf, h->apart));
}
