/* The precision loop: a question about a component is asked of ever narrower enclosures until one
 * decides it, or the cap is reached. Private to the room. */
#ifndef LP_REF_REFINE_H
#define LP_REF_REFINE_H

#include "ref/batch.h"
#include "ref/exact.h"
#include "ref/family.h"
#include "ref/tier.h"

/* The families' expressions are transcendental where they are not recognised as rational, so a
 * question is decided at some precision; the largest one met that is not contrived (a softmax of
 * (0, 1e-300) in a directed mode) needs about 1100 bits. Signed sums (negative weights, KL on
 * vectors that sum to nothing in particular) have no such a-priori figure. */
#define LP_PRECISION_CAP 16384

struct lp_exact {
    lp_scope scope;
    const lp_family *family;
    lp_status status;
    lp_tier *tier;                    /* NULL: none for this case */
    bool ready;                       /* what follows, and the MPFR part of scope, is made */
    int64_t length[LP_OUT_COUNT + 1]; /* components of a row, of each output and of hvp */
    bool reduced[LP_OUT_COUNT + 1];   /* one number of all rows instead */
    lp_row *row;                      /* direct-mapped: row r lives in slot r mod slots */
    int64_t slots;
    lp_batch batch;
    lp_enclosure x; /* the component last asked about */
};

/* Makes the MPFR side, which a case that the tier decides never needs; before any lp_batch_ call.
 */
void lp_refine_ready(lp_exact *e);
/* Rows of the families' kind: the case's, or one, where the operation is of all rows together. */
int64_t lp_refine_rows(const lp_exact *e);
/* Row `at` is ignored, or its label is no class; what is of all rows sees to both by itself. */
bool lp_refine_ignored(const lp_exact *e, int64_t at);
bool lp_refine_bad_label(const lp_exact *e, int64_t at);
/* Components of the output that belong to one row; 1 of a reduced loss. */
int64_t lp_refine_row_length(const lp_exact *e, lp_out out);
/* The MPFR numbers of a slot, for a row to be opened in it. */
void lp_refine_make_row(lp_row *row, mpfr_prec_t prec);
/* Row `at`, opened; of component i, *j is the component's place in it. Not for ignored rows. */
lp_row *lp_refine_open(lp_exact *e, int64_t at);
lp_row *lp_refine_row(lp_exact *e, lp_out out, int64_t i, int64_t *j);
/* The row's enclosures at `prec` bits or more, 0: at what there is. */
void lp_refine_evaluate(lp_exact *e, lp_row *row, mpfr_prec_t prec);
lp_kind lp_refine_kind(lp_exact *e, lp_out out, int64_t i);

/* Reads e->x; true: decided, the answer is in *answer. */
typedef bool (*lp_question)(void *answer, lp_exact *e);
/* Only for numbers. False: undecided at the cap; e->x is the narrowest enclosure. */
bool lp_refine_ask(lp_exact *e, lp_out out, int64_t i, lp_question question, void *answer);

/* The format asked for, flushed as the case is. */
const lp_format *lp_refine_format(const lp_exact *e, lp_format_id format);
/* The component rounded, by the tier, MPFR or both; *undecided at the cap. */
double lp_refine_round(lp_exact *e, lp_out out, int64_t i, lp_format_id format, lp_rounding mode,
                       bool *undecided);
/* The component rounded by the tier; false: by MPFR. *again: by both, and lp_refine_agree is told.
 */
bool lp_refine_tier_round(double *x, bool *again, lp_exact *e, lp_out out, int64_t i,
                          const lp_format *f, lp_rounding mode);
/* The `len` components of a row as far as the tier decides them; NaN for the others. False: none of
 * them. */
bool lp_refine_tier_row(double *x, lp_exact *e, lp_out out, int64_t row, int64_t len);
void lp_refine_agree(double tier, double mpfr);
/* Counts questions that the double filter decided. */
void lp_refine_count_filtered(int64_t decided);

/* NaN or the infinity that a kind other than a number stands for. */
double lp_kind_value(lp_kind kind);

#endif
