/* A case is data: one call of one operation, every number exact. */
#ifndef LP_CORE_CASE_H
#define LP_CORE_CASE_H

#include "core/error.h"
#include "core/format.h"
#include "core/op.h"

typedef struct lp_case {
    lp_op op;
    lp_format_id format;
    lp_rounding rounding;
    lp_reduction reduction;
    int64_t n, k, d;
    int64_t stride;               /* of logits and gradient, >= k; arrays here hold N*K values */
    uint64_t set;                 /* LP_PARAM_BIT of what is given */
    double param[LP_PARAM_COUNT]; /* 0 where not set */
    int64_t ignore_index;
    int64_t *label;           /* n labels, or NULL */
    double *in[LP_IN_COUNT];  /* values of the format, lp_case_in_len each; NULL where absent */
    char *id, *source, *tags; /* NULL where absent; `tags` is comma-separated */
} lp_case;

/* An empty case of the operation: binary64, nearest, no reduction, nothing set, n = k = 0. */
void lp_case_init(lp_case *c, lp_op op);
/* Frees what the case owns (all pointers are from malloc) and leaves it empty. */
void lp_case_clear(lp_case *c);
/* Deep copy into an uninitialised `to`. */
void lp_case_copy(lp_case *to, const lp_case *from);
bool lp_case_equal(const lp_case *a, const lp_case *b); /* bits; id, source, tags ignored */

int64_t lp_shape_len(const lp_case *c, lp_shape shape);
/* How a subject gets such an array: N x K ones with the case's row stride, other matrices dense, a
 * vector as one row. In elements. */
typedef struct lp_layout_rows {
    int64_t rows, cols, stride;
} lp_layout_rows;
lp_layout_rows lp_case_rows(const lp_case *c, lp_shape shape);
int64_t lp_case_in_len(const lp_case *c, lp_in role);
int64_t lp_case_out_len(const lp_case *c, lp_out role);
/* Allocates in[role] (zeros) or label for the present n, k, d; returns it. Aborts without memory.
 */
double *lp_case_alloc(lp_case *c, lp_in role);
int64_t *lp_case_alloc_label(lp_case *c);
void lp_case_set(lp_case *c, lp_param p, double value);
bool lp_case_has(const lp_case *c, lp_param p);
/* The format, without subnormals where the case has `ftz`: what its numbers are held to. */
const lp_format *lp_case_format(const lp_case *c);
/* The parameter's value, its neutral value where it is not set. */
double lp_case_param(const lp_case *c, lp_param p);
/* `ignore_index` is given and the row's label equals it. */
bool lp_case_ignored(const lp_case *c, int64_t row);
/* The row's class label lies outside [0, k) and is not ignored. Then the case is an error, unless
 * `bad_label` says that such a row is NaN and the others are what they are: `lp_case_label_fits` is
 * false for a row that is an error. Of operations with class labels, which are there. */
bool lp_case_bad_label(const lp_case *c, int64_t row);
bool lp_case_label_fits(const lp_case *c, int64_t row);
/* The output holds one number for all rows: a loss under `sum` or `mean`. */
bool lp_case_reduced(const lp_case *c, lp_out out);
/* Sets the array parameters' bits in `set` from the arrays present. */
void lp_case_sync(lp_case *c);

/* LP_RELATIVE or LP_MIXED for this case's output. */
lp_contract lp_case_contract(const lp_case *c, lp_out out);

/* The structural rules of section 7: the operation is built, takes what is given and gets what it
 * needs, lengths fit, values belong to the format, parameters are known to the operation. Values
 * outside a domain (a label of 7 for K = 3, T = 0) are NOT refused here: they are cases, whose
 * answer is an error status. */
bool lp_case_check(const lp_case *c, lp_error *err);
/* The same; on refusal *status is "value", or "unsupported" for what the specification has and this
 * version has not built. */
bool lp_case_check_status(const lp_case *c, const char **status, lp_error *err);

#endif
