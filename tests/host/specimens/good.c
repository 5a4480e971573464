/* Behaves. */
#include "plain.h"

#include <string.h>

static lp_status run_label32(const lp_call *c) {
    const int32_t *label = (const int32_t *)(const void *)c->label;
    for (int64_t i = 0; i < c->n; i++)
        if (label[i] < 0 || label[i] >= c->k) return LP_E_LABEL;
    for (int64_t i = 0; i < c->n; i++) plain_row(c, i, label[i]);
    return LP_OK;
}

#define ALL (LP_FLAG_STRIDED | LP_FLAG_IN_PLACE | LP_FLAG_PARTIAL)
static const lp_entry entries[] = {PLAIN_ENTRY(LP_BINARY64, ALL, plain_run),
                                   PLAIN_ENTRY(LP_BINARY32, LP_FLAG_LABEL32, run_label32)};
static const lp_subject subject = PLAIN_SUBJECT("good", entries);

const lp_subject *lossproof_subject_v1(void) {
    return &subject;
}
