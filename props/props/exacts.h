/* Exact answers that several subjects share: each case of one round is evaluated once. */
#ifndef LP_PROPS_EXACTS_H
#define LP_PROPS_EXACTS_H

#include "ref/exact.h"

typedef struct lp_exacts {
    struct lp_exacts_item *item;
    int count, room;
    int64_t asked, evaluated; /* since the start */
} lp_exacts;

/* The exact answer of a case equal to `c`, with the case that it belongs to kept as well; owned by
 * the table. NULL with err as lp_exact_new. */
lp_exact *lp_exacts_get(lp_exacts *s, const lp_case *c, lp_error *err);
/* Ends the round: all answers are gone. */
void lp_exacts_forget(lp_exacts *s);
/* And the table. */
void lp_exacts_free(lp_exacts *s);

#endif
