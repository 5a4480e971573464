/* The machine's limit: reading every logit once; reading it and writing a gradient's worth. */
#include "bench/peers.h"

#include <string.h>

void lp_bench_read(const lp_bench_rows *r) {
    enum { LANES = 64 }; /* several cache lines in flight */
    const int64_t count = r->n * r->k * (r->format == LP_BINARY32 ? 4 : 8) / 8;
    const unsigned char *bytes = r->logits;
    uint64_t word[LANES] = {0}, block[LANES], all = 0;
    for (int64_t j = 0; j + LANES <= count; j += LANES) {
        memcpy(block, bytes + j * 8, sizeof block);
        for (int q = 0; q < LANES; q++) word[q] ^= block[q];
    }
    for (int q = 0; q < LANES; q++) all ^= word[q];
    memcpy(r->loss, &all, r->n < 2 ? 4 : 8);
}
void lp_bench_copy(const lp_bench_rows *r) {
    memcpy(r->grad ? r->grad : r->scratch, r->logits,
           (size_t)(r->n * r->k) * (r->format == LP_BINARY32 ? 4 : 8));
}
