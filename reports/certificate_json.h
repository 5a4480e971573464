/* The certificate's JSON, shared by the writers. */
#ifndef LP_REPORTS_CERTIFICATE_JSON_H
#define LP_REPORTS_CERTIFICATE_JSON_H

#include "core/certificate.h"

#include <jansson.h>

/* Changes when a key changes its meaning or a key is added: the reader knows every key. */
#define LP_CERTIFICATE_SCHEMA "lossproof.certificate/3"

#define LP_CONTRACT_COUNT 3
extern const char *const lp_contract_word[LP_CONTRACT_COUNT];

/* New references. */
json_t *lp_json_certificate(const lp_certificate *c);
json_t *lp_json_counterexample(const lp_counterexample *x);
json_t *lp_json_recorded(const lp_recorded_row *r);

#endif
