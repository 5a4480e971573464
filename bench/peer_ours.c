/* Ours, through the same call a stranger makes; and its AVX2 build on a machine that has more. */
#include "bench/peers.h"
#include "impl/rows.h"

#include <stdlib.h>

static lp_call call(const lp_bench_rows *r) {
    lp_call c = {.size = sizeof c, .op = r->op, .format = r->format, .n = r->n, .k = r->k};
    c.reduction = LP_REDUCE_NONE;
    c.label = r->label;
    c.in[LP_IN_LOGITS] = (lp_matrix){(void *)(uintptr_t)r->logits, r->k};
    if (r->op == LP_OP_BCE_LOGITS)
        c.in[LP_IN_TARGETS] = (lp_matrix){(void *)(uintptr_t)r->targets, r->k};
    c.out[LP_OUT_LOSS] = (lp_matrix){r->loss, r->n};
    c.out[LP_OUT_GRAD] = (lp_matrix){r->grad, r->k};
    return c;
}

void lp_bench_ours(const lp_bench_rows *r) {
    const lp_call c = call(r);
    if (lp_loss_call(&c) != LP_OK) abort();
}

#ifdef LP_IMPL_V3
extern const lp_rows_table lp_rows_v3;

bool lp_bench_v3_here(void) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}
/* The caller's checks are left out: they are read once a row. */
void lp_bench_ours_v3(const lp_bench_rows *r) {
    const lp_call c = call(r);
    lp_rows_v3.op[r->op](&c);
}
#endif
