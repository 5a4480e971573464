/* The lists of certificate.json, each read back into its part of a certificate: for root fields
 * (read_fields.h), of which the object is the lp_certificate. */
#ifndef LP_REPORTS_CERTIFICATE_ROWS_H
#define LP_REPORTS_CERTIFICATE_ROWS_H

#include "reports/read_fields.h"

bool lp_rows_outputs(lp_reader *r, void *certificate, const json_t *value);
bool lp_rows_properties(lp_reader *r, void *certificate, const json_t *value);
bool lp_rows_findings(lp_reader *r, void *certificate, const json_t *value);
bool lp_rows_counterexamples(lp_reader *r, void *certificate, const json_t *value);
bool lp_rows_canaries(lp_reader *r, void *certificate, const json_t *value);
bool lp_rows_reach(lp_reader *r, void *certificate, const json_t *value);
bool lp_rows_recorded(lp_reader *r, void *certificate, const json_t *value);
bool lp_rows_hints(lp_reader *r, void *certificate, const json_t *value);
bool lp_rows_not_tested(lp_reader *r, void *certificate, const json_t *value);

#endif
