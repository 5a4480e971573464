#include "ref/labelled.h"

#include <math.h>

lp_status lp_labelled_domain(const lp_case *c, lp_in role) {
    for (int64_t i = 0; i < c->n; i++)
        if (!lp_case_label_fits(c, i)) return LP_E_LABEL;
    for (int64_t i = 0; i < c->n * c->k; i++)
        if (c->in[role][i] < 0) return LP_E_ARGUMENT;
    return LP_OK;
}

bool lp_labelled_nan(const lp_case *c, lp_in role, int64_t row) {
    const double *x = c->in[role] + row * c->k;
    if (lp_case_bad_label(c, row)) return true;
    for (int64_t j = 0; j < c->k; j++)
        if (isnan(x[j])) return true;
    return false;
}

int64_t lp_labelled_count(const lp_case *c) {
    int64_t count = 0;
    for (int64_t i = 0; i < c->n; i++) count += !lp_case_ignored(c, i);
    return count;
}
