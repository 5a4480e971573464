/* A histogram as JSON, for the certificate's writer and reader. */
#ifndef LP_REPORTS_HISTOGRAM_JSON_H
#define LP_REPORTS_HISTOGRAM_JSON_H

#include "core/histogram.h"
#include "reports/read_fields.h"

#include <jansson.h>
#include <stddef.h>

/* {axis: {part: {column: array}}} of the buckets that are not empty, "bucket" their numbers and
 * "from" where they begin; {} for NULL. A new reference. */
json_t *lp_json_histogram(const lp_histogram *h);

/* And back; false with err where it is anything else. */
bool lp_read_histogram(lp_reader *r, lp_histogram *h, const json_t *value);

/* The columns of a bucket: JSON key and place in lp_bucket. */
typedef struct lp_bucket_column {
    const char *key;
    size_t offset;
} lp_bucket_column;
#define LP_BUCKET_COUNTS  5
#define LP_BUCKET_DOUBLES 2
extern const lp_bucket_column lp_bucket_counts[LP_BUCKET_COUNTS];
extern const lp_bucket_column lp_bucket_doubles[LP_BUCKET_DOUBLES];

#endif
