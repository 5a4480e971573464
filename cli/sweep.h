/* The store of a sweep: what every block of a finite domain gave, as lines of JSON, so that a sweep
 * resumes after a kill and shards merge. */
#ifndef LP_CLI_SWEEP_H
#define LP_CLI_SWEEP_H

#include "core/error.h"
#include "core/op.h"
#include "core/verdict.h"

#include <stdio.h>

#define LP_SWEEP_BLOCK 65536 /* values a block */
#define LP_SWEEP_OUTS  4

/* One output over some blocks. */
typedef struct lp_sweep_count {
    lp_out out;
    int64_t numbers, correct, faithful, within1, special, undecided;
    lp_level level;
    double ulp;  /* largest error that was not the correctly rounded value's; 0: none */
    uint32_t at; /* the input's code there */
} lp_sweep_count;

typedef struct lp_sweep {
    char *header;         /* first line: whose sweep of what by which version; compared as text */
    unsigned char *block; /* 1: done */
    int64_t blocks, done;
    lp_sweep_count out[LP_SWEEP_OUTS];
    int outs;
} lp_sweep;

void lp_sweep_init(lp_sweep *s, const char *header, int64_t blocks);
void lp_sweep_clear(lp_sweep *s);
/* Folds one output of one block in. */
void lp_sweep_fold(lp_sweep *s, const lp_sweep_count *one);
/* Appends a finished block; flushed before it counts. False: not written. */
bool lp_sweep_write(FILE *f, int64_t block, const lp_sweep_count *one, int outs);
/* Folds a file in. *whole is the length of what is complete: after a kill a torn block may follow
 * it. False with err: not a sweep's file, another header, a block that is there already. An empty
 * file is no error. A header of NULL in `s` is taken from the file. */
bool lp_sweep_read(lp_sweep *s, const char *path, long *whole, lp_error *err);

#endif
