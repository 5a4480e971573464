/* Figures by one coordinate of the inputs: where along it the errors lie. Folding only adds and
 * takes maxima, so that shards merge in any order; the edges are powers of two and comparisons, so
 * that every machine counts alike. */
#ifndef LP_CORE_HISTOGRAM_H
#define LP_CORE_HISTOGRAM_H

#include <stdbool.h>
#include <stdint.h>

typedef enum lp_axis {
    LP_AXIS_GAP,    /* how far the label's logit (without labels: the component's) is ahead of the
                       largest other one, in units of the logits over T; negative: behind */
    LP_AXIS_ODDS,   /* log2(p/(1-p)) of the label's probability (without labels: the component's) */
    LP_AXIS_OFFSET, /* |largest logit| of the row: what a shift has to take away */
    LP_AXIS_CLASSES /* K */
} lp_axis;
#define LP_AXIS_COUNT 4

/* Which components of an output: of a gradient in logits the label's and the others are apart. */
typedef enum lp_part { LP_PART_ALL, LP_PART_LABEL, LP_PART_OTHER } lp_part;
#define LP_PART_COUNT 3

#define LP_BUCKETS 64

typedef struct lp_bucket {
    int64_t components; /* whose exact value is a number */
    int64_t within1, within4, lost, special;
    double max_ulp;   /* over numbers beside exact values that are not 0 */
    double max_bound; /* largest a-priori bound in ulp among them; infinity: one not claimable */
} lp_bucket;

typedef struct lp_histogram {
    lp_bucket bucket[LP_AXIS_COUNT][LP_PART_COUNT][LP_BUCKETS];
} lp_histogram;

const char *lp_axis_name(lp_axis axis); /* "gap", "odds", "offset", "classes" */
const char *lp_part_name(lp_part part); /* "all", "label", "other" */

/* The bucket of a coordinate, which is no NaN. Signed axes: 32 for |x| < 1/2, half octaves on both
 * sides, the outermost (1 and 63, from 2^14 on) open. Offset: 0 below 2^-10, then octaves; the
 * last, from 2^52 on, open. Classes: the least i with K <= 2^i. */
int lp_axis_bucket(lp_axis axis, double x);
/* The coordinates that a bucket holds lie between these (infinite where it is open). */
double lp_axis_from(lp_axis axis, int bucket);
double lp_axis_to(lp_axis axis, int bucket);

void lp_bucket_merge(lp_bucket *into, const lp_bucket *from);
/* Any component in any bucket of the axis and part? */
bool lp_histogram_has(const lp_histogram *h, lp_axis axis, lp_part part);

#endif
