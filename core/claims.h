/* What the texts that the specification was drawn from say in numbers, and what is so: section 6 as
 * data, for `list claims` and the page. tests/ref/t_claims.c computes every row with the reference
 * and compares its digits and its verdict with those given here. */
#ifndef LP_CORE_CLAIMS_H
#define LP_CORE_CLAIMS_H

#include <stdbool.h>

typedef struct lp_claim {
    const char *text;  /* number of the text, "000" to "004" */
    const char *what;  /* what is claimed; with `text` the row's key */
    const char *says;  /* as the text prints it, or its program, or section 6 where neither does */
    const char *exact; /* rounded to the digits given; a word where the claim is no number */
    bool right;        /* says is exact, rounded to the digits that says has */
} lp_claim;

/* In the order of the texts. */
extern const lp_claim lp_claims[];
extern const int lp_claim_count;

#endif
