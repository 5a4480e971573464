/* XNNPACK has softmax in binary32 and no loss: what its users compose of it. One operator for all
 * calls of a shape, one thread. */
#include "bench/peers.h"

#include <math.h>
#include <stdlib.h>
#include <xnnpack.h>

static xnn_operator_t softmax(size_t k) {
    static xnn_operator_t op; /* bench_impl measures one shape after another */
    static size_t made_for;
    if (made_for == k) return op;
    if (op) xnn_delete_operator(op);
    if (xnn_initialize(NULL) != xnn_status_success ||
        xnn_create_softmax_nc_f32(k, k, k, 0, &op) != xnn_status_success)
        abort();
    made_for = k;
    return op;
}

void lp_bench_xnnpack(const lp_bench_rows *r) {
    xnn_operator_t op = softmax((size_t)r->k);
    float *p = r->grad ? r->grad : r->scratch, *loss = r->loss;
    if (xnn_setup_softmax_nc_f32(op, (size_t)r->n, r->logits, p, NULL) != xnn_status_success ||
        xnn_run_operator(op, NULL) != xnn_status_success)
        abort();
    for (int64_t i = 0; i < r->n; i++) {
        float *label = &p[i * r->k + r->label[i]];
        loss[i] = -logf(*label);
        if (r->grad) *label -= 1;
    }
}
