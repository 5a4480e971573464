/* The parts of `sweep`: its domains, the verdict on a block, and the store, lines of JSON, so that
 * a sweep resumes after a kill and shards merge. */
#ifndef LP_CLI_SWEEP_H
#define LP_CLI_SWEEP_H

#include "cli/cli.h"
#include "core/answer.h"
#include "core/error.h"
#include "core/verdict.h"
#include "ref/exact.h"

#include <stdio.h>

#define LP_SWEEP_BLOCK  65536 /* rows a block */
#define LP_SWEEP_BLOCKS 65536 /* of a whole domain: 2^32 rows */
#define LP_SWEEP_OUTS   4

/* ---- domains ---- */

/* All 2^32 codes of binary32 of an operation on one number; of softmax_xent all pairs of bfloat16
 * logits, widened to binary32, with label 0. Row i of block b has the code 65536 b + i: the
 * number's, or the first logit's in the upper half and the second's in the lower. */
typedef struct lp_sweep_domain {
    lp_op op;
    int target; /* y of bce_logits */
} lp_sweep_domain;

bool lp_sweep_has(lp_op op);
/* An initialised case of all rows of the block. */
void lp_sweep_fill(lp_case *c, const lp_sweep_domain *d, int64_t block);
/* The input of a code, for people. */
void lp_sweep_input(char *buf, size_t size, const lp_sweep_domain *d, uint32_t code);

/* ---- the reference alone ---- */

/* Computes every answer of the blocks, shows how many were undecided and the time; exit status. */
int lp_sweep_alone(const lp_sweep_domain *d, int64_t first, int64_t blocks, int jobs,
                   const volatile int *stop);

/* ---- verdicts ---- */

/* One output over some blocks. */
typedef struct lp_sweep_count {
    lp_out out;
    int64_t numbers;               /* components whose exact value is one */
    int64_t level[LP_LEVEL_COUNT]; /* of the numbers, by the level that each reaches */
    int64_t within1, special, undecided;
    lp_level least;
    double ulp;  /* largest error that was not the correctly rounded value's, to 2^-23; 0: none */
    uint32_t at; /* the row's code there */
} lp_sweep_count;

/* What is kept between values and blocks: values near the exact ones (lp_exact_near), estimated
 * errors, and a-priori bounds by cells of the input. Of one domain. */
typedef struct lp_sweep_cell {
    uint64_t key;
    double margin, bound; /* of the component that was first seen there */
} lp_sweep_cell;
typedef struct lp_sweep_work {
    double *near[LP_OUT_COUNT];
    double *error;
    lp_sweep_cell *cell[LP_OUT_COUNT];
    lp_contract contract; /* of the output in hand */
    int64_t odd;          /* 1: two components a row, with bounds of their own */
    bool ruler;           /* every value is measured: what the estimates are checked against */
    bool ready;           /* `near` is this block's */
} lp_sweep_work;

void lp_sweep_work_clear(lp_sweep_work *work);
/* Judges output `to->out` of a block: `want` the correctly rounded values, `got` the subject's.
 * work->ready is false where the block is a new one. */
void lp_sweep_judge(lp_sweep_count *to, lp_exact *e, const lp_case *c, int64_t block,
                    const double *want, const double *got, lp_sweep_work *work);

/* ---- the store ---- */

typedef struct lp_sweep {
    char *header;         /* first line: whose sweep of what by which version; compared as text */
    unsigned char *block; /* 1: done */
    int64_t done;
    lp_sweep_count out[LP_SWEEP_OUTS];
    int outs;
} lp_sweep;

void lp_sweep_init(lp_sweep *s, const char *header);
void lp_sweep_clear(lp_sweep *s);
/* Folds one output of one block in. */
void lp_sweep_fold(lp_sweep *s, const lp_sweep_count *one);
/* Appends a finished block; flushed before it counts. False: not written. */
bool lp_sweep_write(FILE *f, int64_t block, const lp_sweep_count *one, int outs);
/* Folds a file in. *whole is the length of what is complete: after a kill a torn block may follow
 * it. False with err: not a sweep's file, another header, a block that is there already. An empty
 * file is no error. A header of NULL in `s` is taken from the file. */
bool lp_sweep_read(lp_sweep *s, const char *path, long *whole, lp_error *err);

/* ---- the result ---- */

/* Prints the classes of every output and how many blocks there are; the exit status. */
int lp_sweep_shown(const lp_sweep *s, const lp_sweep_domain *d, lp_level asked);
/* Adds the files up that the command's words name, and shows the sum; undecided where a block is
 * missing. */
int lp_sweep_merged(const lp_args *args, lp_level asked);

#endif
