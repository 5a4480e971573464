/* oneDNN's log-softmax in binary32, forward and backward, as its users compose the loss of it.
 * Primitives are made once a shape, one thread; the cotangent -onehot is written and erased in
 * place, so that no pass over memory is ours. */
#include "bench/peers.h"

#include <oneapi/dnnl/dnnl.h>
#include <stdlib.h>

/* Of the OpenMP runtime that libdnnl was linked with, if any. */
__attribute__((weak)) void omp_set_num_threads(int threads);

static struct {
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    dnnl_memory_desc_t mem;
    dnnl_primitive_t forward, backward;
    int64_t n, k;
    float *cotangent;
} made; /* for the shape in hand: bench_impl measures one after another */

static void must(dnnl_status_t s) {
    if (s != dnnl_success) abort();
}

static void make(const lp_bench_rows *r) {
    const dnnl_dims_t dims = {r->n, r->k};
    dnnl_softmax_v2_desc_t there, back;
    dnnl_primitive_desc_t there_pd, back_pd;
    if (made.n == r->n && made.k == r->k) return;
    if (omp_set_num_threads) omp_set_num_threads(1);
    if (!made.engine) {
        must(dnnl_engine_create(&made.engine, dnnl_cpu, 0));
        must(dnnl_stream_create(&made.stream, made.engine, dnnl_stream_default_flags));
    } else {
        dnnl_primitive_destroy(made.forward);
        dnnl_primitive_destroy(made.backward);
        free(made.cotangent);
    }
    must(dnnl_memory_desc_init_by_tag(&made.mem, 2, dims, dnnl_f32, dnnl_ab));
    must(dnnl_softmax_v2_forward_desc_init(&there, dnnl_forward_training, dnnl_softmax_log,
                                           &made.mem, &made.mem, 1));
    must(dnnl_primitive_desc_create(&there_pd, &there, NULL, made.engine, NULL));
    must(dnnl_softmax_v2_backward_desc_init(&back, dnnl_softmax_log, &made.mem, &made.mem,
                                            &made.mem, 1));
    must(dnnl_primitive_desc_create(&back_pd, &back, NULL, made.engine, there_pd));
    must(dnnl_primitive_create(&made.forward, there_pd));
    must(dnnl_primitive_create(&made.backward, back_pd));
    dnnl_primitive_desc_destroy(there_pd);
    dnnl_primitive_desc_destroy(back_pd);
    made.cotangent = calloc((size_t)(r->n * r->k), sizeof *made.cotangent);
    if (!made.cotangent) abort();
    made.n = r->n;
    made.k = r->k;
}

typedef struct argument {
    int role; /* DNNL_ARG_* */
    void *data;
} argument;
static void execute(dnnl_primitive_t p, const argument *arg, int count) {
    dnnl_exec_arg_t args[3];
    for (int a = 0; a < count; a++) {
        args[a].arg = arg[a].role;
        must(dnnl_memory_create(&args[a].memory, &made.mem, made.engine, arg[a].data));
    }
    must(dnnl_primitive_execute(p, made.stream, count, args));
    must(dnnl_stream_wait(made.stream));
    for (int a = 0; a < count; a++) dnnl_memory_destroy(args[a].memory);
}

void lp_bench_onednn(const lp_bench_rows *r) {
    float *log_p = r->scratch, *loss = r->loss;
    make(r);
    const argument there[] = {{DNNL_ARG_SRC, (void *)(uintptr_t)r->logits}, {DNNL_ARG_DST, log_p}};
    execute(made.forward, there, 2);
    for (int64_t i = 0; i < r->n; i++) loss[i] = -log_p[i * r->k + r->label[i]];
    if (!r->grad) return;
    const argument back[] = {
        {DNNL_ARG_DST, log_p}, {DNNL_ARG_DIFF_DST, made.cotangent}, {DNNL_ARG_DIFF_SRC, r->grad}};
    for (int64_t i = 0; i < r->n; i++) made.cotangent[i * r->k + r->label[i]] = -1;
    execute(made.backward, back, 3);
    for (int64_t i = 0; i < r->n; i++) made.cotangent[i * r->k + r->label[i]] = 0;
}
