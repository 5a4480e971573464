#include "cli/sweep.h"

#include "core/memory.h"

#include <stdlib.h>

bool lp_sweep_has(lp_op op) {
    return op == LP_OP_SIGMOID || op == LP_OP_LOG_SIGMOID || op == LP_OP_SOFTPLUS ||
           op == LP_OP_BCE_LOGITS || op == LP_OP_SOFTMAX_XENT;
}

/* A bfloat16 is the upper half of a binary32. */
static void logits_of(double z[2], const lp_sweep_domain *d, uint32_t code) {
    uint32_t codes[2] = {code, 0};
    if (d->op == LP_OP_SOFTMAX_XENT) {
        codes[0] = code & 0xffff0000;
        codes[1] = code << 16;
    }
    lp_format_unpack(z, lp_format_get(LP_BINARY32), codes, 2);
}

void lp_sweep_fill(lp_case *c, const lp_sweep_domain *d, int64_t block) {
    bool pairs = d->op == LP_OP_SOFTMAX_XENT;
    uint32_t first = (uint32_t)block << 16;
    lp_case_init(c, d->op);
    c->format = LP_BINARY32;
    c->n = LP_SWEEP_BLOCK;
    c->k = c->stride = pairs ? 2 : 1;
    uint32_t *code = lp_memory_zeros((size_t)(c->n * c->k), sizeof *code);
    for (uint32_t i = 0; i < LP_SWEEP_BLOCK && !pairs; i++) code[i] = first | i;
    for (uint32_t i = 0; i < LP_SWEEP_BLOCK && pairs; i++) {
        code[(size_t)2 * i] = first;
        code[(size_t)2 * i + 1] = i << 16;
    }
    lp_format_unpack(lp_case_alloc(c, LP_IN_LOGITS), lp_format_get(LP_BINARY32), code, c->n * c->k);
    free(code);
    if (pairs) lp_case_alloc_label(c); /* zeros */
    if (d->op != LP_OP_BCE_LOGITS) return;
    double *y = lp_case_alloc(c, LP_IN_TARGETS);
    for (int64_t i = 0; i < c->n; i++) y[i] = d->target;
}

void lp_sweep_input(char *buf, size_t size, const lp_sweep_domain *d, uint32_t code) {
    double z[2];
    logits_of(z, d, code);
    if (d->op == LP_OP_SOFTMAX_XENT)
        snprintf(buf, size, "(%a, %a)", z[0], z[1]);
    else
        snprintf(buf, size, "%a", z[0]);
}
