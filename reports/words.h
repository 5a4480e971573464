/* What the page and the terminal say alike, in words. */
#ifndef LP_REPORTS_WORDS_H
#define LP_REPORTS_WORDS_H

#include "core/certificate.h"
#include "core/text.h"

/* "yes", "no", "undecided", "nothing was tested": the answer to "conforms to LEVEL?". */
const char *lp_words_conforms(const lp_certificate *c);
/* One line each: what the level claims. */
const char *lp_words_level(lp_level level);
/* Why a row has its level, e.g. "error in confident", "property gibbs"; plain text. */
void lp_words_why(lp_text *t, const lp_output_row *row);
/* The regime that lost the largest share of its values, NULL where none was lost. */
const lp_regime_row *lp_words_most_lost(const lp_output_row *row);
/* The regime of that name, NULL where the row has none. */
const lp_regime_row *lp_words_regime(const lp_output_row *row, const char *name);
/* "faithful to 0.1, accurate to 2.9, stable throughout, lost from 37". */
void lp_words_reach(lp_text *t, const lp_reach_row *r);
/* "200 recorded rows: 35 % within 1 ulp, 60 % within 4, 12 % lost". */
void lp_words_recorded(lp_text *t, const lp_recorded_row *r);
/* "matches smoothing rule K-1 ... on 200 of 200 cases that tell the two apart". */
void lp_words_hint(lp_text *t, const lp_hint_row *h);
int lp_words_killed(const lp_certificate *c);
/* Counterexamples below the level asked for. */
int lp_words_failing(const lp_certificate *c);

#endif
