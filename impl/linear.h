/* linear_xent's rows: what its quick part (linear.c) and its limbs (linear_exact.c) share. */
#ifndef LP_IMPL_LINEAR_H
#define LP_IMPL_LINEAR_H

#include "impl/batch.h"
#include "impl/gap_row.h"

typedef struct lp_linear lp_linear;

/* Of a row that is one: */
typedef struct lp_line {
    const lp_linear *l;
    int64_t i, label;
    bool point; /* the largest logit is +inf, and so all there is */
    lp_gap_row row;
} lp_line;

/* Rows that stay at hand while components are asked for, 1.6 kB each; row i has place i mod this.
 * Where more rows than these count, every component of a sum over rows that takes limbs computes
 * all of them again. */
enum { LP_LINEAR_KEPT = 32 };
typedef struct lp_kept {
    bool used, number;
    lp_line line;
    double ties;
    lp_big narrow, wide; /* the sum below the largest, of the fewest limbs and of most; n = 0: not
                            there */
} lp_kept;

struct lp_linear {
    lp_batch batch;
    const lp_call *c;
    bool limit;
    lp_kept *kept; /* LP_LINEAR_KEPT of them */
};

/* A component of a gradient: of row `at` (grad_x) or of class `at` (grad_w, grad_b), at d. */
typedef struct lp_linear_component {
    const lp_linear *l;
    const lp_sink *sink;
    lp_out out;
    int64_t at, d;
    lp_value sum; /* in double-doubles */
} lp_linear_component;

/* False: the row is NaN. */
bool lp_line_open(lp_line *t, const lp_linear *l, int64_t i);
/* u_a - u_j, a the largest; +inf: u_j is -inf, or u_a a point mass. And of numbers, in r->n limbs.
 */
lp_value lp_line_gap(const void *line, int64_t j);
void lp_line_exact_gap(lp_big *r, const void *line, int64_t j);
/* What p_ij - [j = c] is multiplied by in grad_w and grad_b. */
double lp_linear_weight(const lp_linear *l, lp_out out, int64_t i, int64_t d);
/* With the sink's upstream, where that is finite, and its denominator; lp_row_eval's. */
void lp_linear_exact(lp_big *r, void *component, int out, int64_t at);

#endif
