/* The certificate's JSON, shared by the writers. */
#ifndef LP_REPORTS_CERTIFICATE_JSON_H
#define LP_REPORTS_CERTIFICATE_JSON_H

#include "core/certificate.h"

#include <jansson.h>

/* New references. */
json_t *lp_json_certificate(const lp_certificate *c);
json_t *lp_json_counterexample(const lp_counterexample *x);

#endif
