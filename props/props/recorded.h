/* Logits that a model really gave, as cases: the regime "recorded". */
#ifndef LP_PROPS_RECORDED_H
#define LP_PROPS_RECORDED_H

#include "host/host.h"
#include "props/judge/judge.h"
#include "props/props/place.h"

#define LP_RECORDED "recorded"

typedef struct lp_recorded {
    int64_t n, k;
    double *logits;             /* n x k */
    int64_t *label;             /* n, in [0, k); NULL: none were given */
    int64_t of;                 /* rows that there are: more than n where n are a sample */
    bool held[LP_FORMAT_COUNT]; /* every logit is a value of the format */
} lp_recorded;

/* The entry computes something of such rows; else *why says why not (NULL: it takes no logits). */
bool lp_recorded_fits(const lp_recorded *r, const lp_host_entry *e, const char **why);
/* Batches of one operation and format: their number, and number i. */
int64_t lp_recorded_batches(const lp_recorded *r);
void lp_recorded_case(lp_case *c, const lp_recorded *r, const lp_host_entry *e, int64_t i);

/* What became of every row of one case: the judge's watch marks components, and once the case is
 * judged the rows are counted in the certificate. */
typedef struct lp_recorded_watch {
    lp_place place; /* first: lp_place_see's */
    int64_t rows;
    unsigned char *mark[LP_OUT_COUNT]; /* a byte a row, NULL where no component was seen */
} lp_recorded_watch;
void lp_recorded_see(void *ctx, const lp_case *c, lp_out out, int64_t at, const lp_bucket *one);
void lp_recorded_count(lp_recorded_watch *w, lp_certificate *cert, const lp_case *c,
                       const lp_judgement *j, const lp_answer *a, lp_exact *e);
void lp_recorded_watch_clear(lp_recorded_watch *w);

#endif
