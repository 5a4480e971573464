/* What every family of operations gives to the precision loop. Private to the room. */
#ifndef LP_REF_FAMILY_H
#define LP_REF_FAMILY_H

#include "core/case.h"
#include "core/measure.h"
#include "ref/bound.h"
#include "ref/enclosure.h"
#include "ref/fixed.h"
#include "ref/orders.h"
#include "ref/vec.h"

#define LP_ROW_INTERVALS 8
#define LP_ROW_EXACT     4
#define LP_CASE_EXACT    4

/* One row's state: facts that are exact, found once, and enclosures of the present precision. */
typedef struct lp_row {
    bool made;                /* its numbers are initialised */
    int64_t at;               /* row number, -1: none */
    mpfr_prec_t prec;         /* of the enclosures, 0: none yet */
    int nature;               /* the family's reading of section 2, rules 3 to 6 */
    int64_t top, ties, count; /* softmax: argmax, how many equal it, how many participate */
    int64_t near;             /* behind a soft cap: how many are nearly equal (softrow.h) */
    bool equal;               /* all that participate are equal */
    bool v_nan;               /* softmax, log_softmax: the cotangent holds a NaN */
    double v_inf;  /* ... and the IEEE sum of those of its infinities that take part; 0: none */
    int zero;      /* the row's sum is exactly zero: 1 yes, -1 no, 0 not looked into */
    double *limit; /* rule `limit` with one +inf: logits of the point mass; else NULL or not used */
    bool limited;
    mpfr_t x[LP_ROW_EXACT];
    lp_vec e;     /* one lower bound per class */
    lp_vec depth; /* exact z_a - z_j, where the logits are ranks of such; empty: theirs */
    lp_iv iv[LP_ROW_INTERVALS];
    lp_row_bound bound;
    double cond;
    struct lp_row *part; /* rows that it is made of (part.h) */
    int64_t parts;
} lp_row;

/* What a family sees. */
typedef struct lp_scope {
    const lp_case *c;
    const lp_format *format;
    const lp_format *within;   /* what the program of the bound computes in */
    mpfr_t con[LP_CASE_EXACT]; /* exact numbers of the whole case */
    mpfr_prec_t start;         /* first working precision */
    bool bits;                 /* value and gradient are to be divided by ln 2 (batch.c does) */
    bool integers;    /* exponentials of a first precision may come from the integer tier */
    bool picked;      /* ... but the row in hand is one that MPFR decides too */
    lp_fixed inverse; /* 1 / T */
    uint64_t rechecked, disagreed;
    lp_bound_unit unit;
    mpfr_t work[3]; /* scratch of the family */
    lp_iv iv[2];
    const int64_t *member; /* of the segment asked about, which enclose is to take; NULL: its own */
    struct lp_scope *part; /* scopes of the parts of rows, and their cases (part.h) */
    lp_case *view;
    int parts;
    double *stack; /* logits of the view that are no input's (stack.h), else NULL */
} lp_scope;

typedef struct lp_family {
    /* Section 2, rule 1, beyond what is common to all operations, without MPFR. NULL: nothing. */
    lp_status (*domain)(const lp_case *c);
    /* Fills con. NULL: nothing. */
    void (*prepare)(lp_scope *s);
    /* Reads row->at: nature and the exact facts. */
    void (*open)(lp_scope *s, lp_row *row);
    lp_kind (*kind)(const lp_scope *s, const lp_row *row, lp_out out, int64_t j);
    /* Enclosures of the row at row->prec. */
    void (*evaluate)(lp_scope *s, lp_row *row);
    /* Component j of the row, x started; out may be LP_OUT_HVP where the operation has it. Only for
     * numbers. With `bits` x holds any rational
     * multiple of ln 2 in x->two, so that the remainder is 0 or no rational multiple of ln 2. */
    void (*enclose)(lp_enclosure *x, lp_scope *s, lp_row *row, lp_out out, int64_t j);
    /* Where any number from end[0] to end[1] is a right component, times upstream / D: a gradient
     * at a kink. False: it is one number. NULL: it always is. */
    bool (*segment)(lp_scope *s, lp_row *row, lp_out out, int64_t j, int64_t end[2]);
    /* Error of the textbook program before its result is stored; false: void. x encloses the
     * component. */
    bool (*bound)(mpfr_t err, lp_scope *s, lp_row *row, lp_out out, int64_t j,
                  const lp_enclosure *x);
    /* Is the sum of the remainders (r of `enclose`) of the losses of `rows` rows from `row` on
     * exactly 0, all of them numbers? Asked where the enclosures leave it open; false where it
     * cannot be told. NULL: that is never recognised, and what is left then, a number of the format
     * or a middle, stays undecided. */
    bool (*vanishes)(lp_scope *s, int64_t row, int64_t rows);
    /* ... and where it is not: is it certainly positive? NULL: that is not known. */
    bool (*positive)(lp_scope *s, int64_t row, int64_t rows);
    /* Adds the remainder of a row's loss, opened, to the orders (orders.h), with one t for all
     * rows; false: it is not of that kind. Asked where the sum of the rows' is open. NULL: it never
     * is. */
    lp_orders_expand expand;
    /* The sign of a row's remainder, 0 where there is none, and an enclosure of the logarithm of
     * its size; false: not known. Asked where the orders of the rows' sum tell nothing: a row far
     * ahead of all others does. NULL: it is never known. */
    bool (*size)(int *sign, lp_iv *log, lp_scope *s, const lp_row *row);
    /* Sum over the inputs of |input * derivative|, to a few digits; NULL: not computed. Long double
     * for its range. */
    long double (*sensitivity)(lp_scope *s, lp_row *row, lp_out out, int64_t j);
} lp_family;

extern const lp_family lp_family_softmax_xent, lp_family_softmax, lp_family_log_softmax,
    lp_family_bce, lp_family_entropy, lp_family_cross_entropy, lp_family_kl_div, lp_family_kl_gen,
    lp_family_logsumexp, lp_family_kl_logits, lp_family_focal_softmax, lp_family_nll,
    lp_family_bce_prob, lp_family_logistic_margin, lp_family_hinge, lp_family_brier,
    lp_family_perplexity, lp_family_ece, lp_family_mse_sigmoid, lp_family_mse_softmax,
    lp_family_info_nce, lp_family_linear_xent;

/* NULL where the operation is not built here. */
const lp_family *lp_family_get(lp_op op);

#endif
