/* What case lines and answer lines share: strict reading of section 7's JSON, every refusal naming
 * its key. Private to core. */
#ifndef LP_CORE_JSON_READ_H
#define LP_CORE_JSON_READ_H

#include "core/error.h"
#include "core/format.h"

#include <jansson.h>

/* One JSON object and nothing else; NULL with err. */
json_t *lp_read_object(const char *line, size_t length, lp_error *err);
bool lp_read_real(double *x, const json_t *value, const char *key, lp_error *err);
bool lp_read_integer(int64_t *x, const json_t *value, const char *key, lp_error *err);
/* NULL with err where it is no string. Owned by `value`. */
const char *lp_read_text(const json_t *value, const char *key, lp_error *err);
/* malloc'd array of exactly `length` numbers; NULL with err. *fits false: the array is well written
 * but its length is wrong. */
double *lp_read_reals(const json_t *value, int64_t length, const char *key, bool *fits,
                      lp_error *err);
int64_t *lp_read_integers(const json_t *value, int64_t length, const char *key, bool *fits,
                          lp_error *err);

#endif
