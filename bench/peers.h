/* What bench_impl measures: a loss, or loss and gradient, of dense rows, by us and by what people
 * use. A peer is one row of lp_bench_peers (peers.c). */
#ifndef LP_BENCH_PEERS_H
#define LP_BENCH_PEERS_H

#include <lossproof/subject.h>

#include <stdbool.h>
#include <stddef.h>

typedef struct lp_bench_rows {
    lp_op op;        /* LP_OP_SOFTMAX_XENT, or LP_OP_BCE_LOGITS with k = 1 */
    uint32_t format; /* LP_BINARY64 or LP_BINARY32: of every array here */
    int64_t n, k;
    const void *logits;   /* n k */
    const int64_t *label; /* n: softmax_xent */
    const void *targets;  /* n, 0 or 1: bce_logits */
    void *loss;           /* n */
    void *grad;           /* n k; NULL: the loss alone is wanted */
    void *scratch;        /* n k, for who cannot do without */
} lp_bench_rows;

typedef void lp_bench_run(const lp_bench_rows *r);

/* Nanoseconds of processor time a logit: whole passes until `least` seconds. */
double lp_bench_turn(lp_bench_run *run, const lp_bench_rows *r, double least);

typedef struct lp_bench_peer {
    const char *name;
    uint32_t formats; /* bits 1 << LP_BINARY64, 1 << LP_BINARY32 */
    bool bce;         /* does bce_logits too */
    bool computes;    /* its losses must agree with ours; false: it moves memory only, or holds its
                         own data */
    lp_bench_run *run;
    /* Instead of run: measures itself; NaN where it is not there. */
    double (*turn)(const lp_bench_rows *r, double least, bool avx512);
    bool avx512;
    bool (*here)(void); /* NULL: on every machine; false: a row that says so instead */
} lp_bench_peer;

extern const lp_bench_peer lp_bench_peers[]; /* row 0 is ours */
extern const int lp_bench_peer_count;

lp_bench_run lp_bench_ours, lp_bench_ours_v3, lp_bench_libm, lp_bench_libmvec, lp_bench_sleef,
    lp_bench_onednn, lp_bench_xnnpack, lp_bench_read, lp_bench_copy;
bool lp_bench_v3_here(void), lp_bench_sleef_here(void);
double lp_bench_torch(const lp_bench_rows *r, double least, bool avx512);
void lp_bench_torch_end(void);

#endif
