/* The rows of a call as a batch: which count, what their gradients are multiplied by, and the sum
 * or mean of their losses, of which only the end is rounded. Operations that evaluate a row at any
 * precision (lp_row_eval) get every result rounded correctly: from double-doubles where their error
 * allows, else from more. */
#ifndef LP_IMPL_BATCH_H
#define LP_IMPL_BATCH_H

#include "impl/big.h"
#include "impl/isa.h"
#include "impl/value.h"

typedef struct lp_batch {
    const lp_call *call;
    bool lenient;       /* labels of no class make their rows NaN (bad_label) */
    bool plain;         /* every row for itself, gradients as they are, nats */
    bool bits;          /* everything is divided by ln 2 (lp_batch_unit), after the rest */
    bool empty;         /* a mean over nothing: weights that sum to 0 or no row */
    lp_value count;     /* a mean's denominator, else 1; NaN where a weight is */
    lp_exact_sum exact; /* ... exactly */
    lp_sum total;
} lp_batch;

/* Reads labels and weights; upstream, ignore_index, reduction and mean_rule of the call count. */
void lp_batch_open(lp_batch *b, const lp_call *c);
/* A loss in the call's unit, from nats. */
lp_value lp_batch_unit(const lp_batch *b, lp_value loss);
/* Row i is ignored: its loss and gradient are +0. */
bool lp_batch_skips(const lp_batch *b, int64_t i);
/* Row i has a label of no class: it is NaN. */
bool lp_batch_spoiled(const lp_batch *b, int64_t i);
/* The row's gradient, with its factor. */
lp_sink lp_batch_sink(const lp_batch *b, lp_out role, int64_t i);
void lp_batch_add(lp_batch *b, int64_t i, lp_value loss);

struct lp_far;

/* Outputs of a row: the loss or value, and gradients. */
enum { LP_EVAL_LOSS, LP_EVAL_GRAD, LP_EVAL_GRAD_P, LP_EVAL_OUTPUTS };

/* A row's outputs at the precision asked for. What an output at j reads of inputs that an output
 * may overwrite is at j, or was read for an output before. */
typedef struct lp_row_eval {
    /* From double-doubles, with its error; `precise`: the second time. Infinities and NaN are told
     * apart here. */
    lp_value (*fast)(void *row, int out, int64_t j, bool precise);
    /* The number in r->n limbs, or more. */
    void (*exact)(lp_big *r, void *row, int out, int64_t j);
    /* The loss as r and what is so far below that it only moves r to a side; false: it is no such
     * loss. NULL: none is. Of sums over rows, where such numbers may have either sign. */
    bool (*apart)(lp_big *r, lp_big *rest, void *row);
    /* That rest, of all that is below the limbs, to first order in exponentials, where only its
     * sign counts. NULL: none is. */
    void (*far)(struct lp_far *f, void *row);
    /* What `exact` leaves gradients to be divided by, d > 0 in its limbs: times an upstream that is
     * a multiple of 3 a third may lie on a midpoint, and alone on no number. NULL: 1. */
    void (*over)(lp_big *d, void *row);
    bool precise; /* `fast` can be more precise than the first time */
    bool vector;  /* LP_EVAL_LOSS is a value at each j */
} lp_row_eval;

typedef struct lp_job { /* what is to be done with a row */
    lp_sink out[LP_EVAL_OUTPUTS];
    bool in_place;
    bool total, precise; /* the loss goes into a sum: to `loss`, ... */
    lp_big *sum, *rest;  /* ... or, where these are not NULL, added to the first or, what is far
                            below 1, to the second; no outputs then, */
    struct lp_far *far;  /* ... nor where this is not NULL and it goes there (lp_row_eval.far) */
    lp_value loss;
} lp_job;
/* Evaluates the row (lp_row_eval's) of width k and does it; the row has no NaN. */
void lp_job_answer(lp_job *job, const lp_row_eval *eval, void *row, int64_t k);
/* One of its outputs, rounded for the sink. */
double lp_job_component(const lp_sink *sink, const lp_row_eval *eval, void *row, int out, int64_t j,
                        int64_t k);
/* A row of nothing but this. */
void lp_job_fill(lp_job *job, int64_t k, double value);

/* Finds the row's numbers and calls one of the two. */
typedef void lp_row_answer(const void *context, const lp_call *c, int64_t i, lp_job *job);
void lp_batch_answer(const lp_call *c, int64_t k, lp_row_answer *row, const void *context);
/* The losses alone, or their sum. */
LP_INLINE void lp_batch_losses(const lp_call *c, int64_t k, lp_row_answer *row,
                               const void *context) {
    lp_call alone = *c;
    alone.out[LP_OUT_GRAD].data = NULL;
    lp_batch_answer(&alone, k, row, context);
}
/* Whether results lie where numbers are read. */
LP_INLINE bool lp_batch_in_place(const lp_call *c) {
    bool same = false;
    for (int in = 0; in < LP_IN_COUNT; in++)
        for (int out = 0; out < LP_OUT_COUNT; out++)
            same |= c->in[in].data && c->in[in].data == c->out[out].data;
    return same;
}

#endif
