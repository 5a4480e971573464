/* builtin:onednn: oneDNN's softmax and log-softmax and the cross entropy made from them, binary32,
 * as a user of the library gets them. The loss is -log_softmax(z)[c]; its gradient is the library's
 * log-softmax backward for the cotangent -onehot(c), that is p - onehot(c).
 *
 * The adapter itself refuses bad sizes and labels, since no primitive sees a label; everything else
 * is the library's own answer. Primitives are made per call: oneDNN keeps its own cache of them,
 * bounded at 1024. One thread, so that no answer depends on how many cores the machine has. */
#include <lossproof/subject.h>

#include <oneapi/dnnl/dnnl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/* Of the OpenMP runtime that libdnnl was linked with, whichever that is; weak, so that this file
 * can be built without one and a oneDNN without threads is served too. */
__attribute__((weak)) void omp_set_num_threads(int threads);

/* The only state: an engine and a stream, made at the first call and kept until the process ends.
 */
static struct {
    dnnl_engine_t engine;
    dnnl_stream_t stream;
} cpu;

static dnnl_status_t start(void) {
    dnnl_status_t status = dnnl_success;
    if (omp_set_num_threads) omp_set_num_threads(1);
    if (!cpu.engine) status = dnnl_engine_create(&cpu.engine, dnnl_cpu, 0);
    if (status == dnnl_success && !cpu.stream)
        status = dnnl_stream_create(&cpu.stream, cpu.engine, dnnl_stream_default_flags);
    return status;
}

typedef struct argument {
    int role; /* DNNL_ARG_* */
    void *data;
} argument;

static dnnl_status_t execute(const_dnnl_primitive_desc_t pd, const dnnl_memory_desc_t *desc,
                             const argument *arg, int count) {
    dnnl_exec_arg_t args[3] = {{0}};
    dnnl_primitive_t primitive = NULL;
    dnnl_status_t status = dnnl_primitive_create(&primitive, pd);

    for (int a = 0; status == dnnl_success && a < count; a++) {
        args[a].arg = arg[a].role;
        status = dnnl_memory_create(&args[a].memory, desc, cpu.engine, arg[a].data);
    }
    if (status == dnnl_success) status = dnnl_primitive_execute(primitive, cpu.stream, count, args);
    if (status == dnnl_success) status = dnnl_stream_wait(cpu.stream);
    for (int a = 0; a < count; a++) dnnl_memory_destroy(args[a].memory);
    dnnl_primitive_destroy(primitive);
    return status;
}

/* dst = softmax or log_softmax of src and, where diff_src is given, diff_src = the gradient in src
 * for the cotangent diff_dst; all dense N x K. */
static dnnl_status_t softmax(const lp_call *c, dnnl_alg_kind_t alg, float *src, float *dst,
                             float *diff_dst, float *diff_src) {
    const dnnl_dims_t dims = {c->n, c->k};
    const argument there[] = {{DNNL_ARG_SRC, src}, {DNNL_ARG_DST, dst}};
    const argument back[] = {
        {DNNL_ARG_DST, dst}, {DNNL_ARG_DIFF_DST, diff_dst}, {DNNL_ARG_DIFF_SRC, diff_src}};
    dnnl_memory_desc_t mem;
    dnnl_softmax_v2_desc_t forward, backward;
    dnnl_primitive_desc_t forward_pd = NULL, backward_pd = NULL;

    dnnl_status_t status = dnnl_memory_desc_init_by_tag(&mem, 2, dims, dnnl_f32, dnnl_ab);
    if (status == dnnl_success)
        status =
            dnnl_softmax_v2_forward_desc_init(&forward, dnnl_forward_training, alg, &mem, &mem, 1);
    if (status == dnnl_success)
        status = dnnl_primitive_desc_create(&forward_pd, &forward, NULL, cpu.engine, NULL);
    if (status == dnnl_success) status = execute(forward_pd, &mem, there, 2);

    if (status == dnnl_success && diff_src) {
        status = dnnl_softmax_v2_backward_desc_init(&backward, alg, &mem, &mem, &mem, 1);
        if (status == dnnl_success)
            status =
                dnnl_primitive_desc_create(&backward_pd, &backward, NULL, cpu.engine, forward_pd);
        if (status == dnnl_success) status = execute(backward_pd, &mem, back, 3);
    }
    dnnl_primitive_desc_destroy(backward_pd);
    dnnl_primitive_desc_destroy(forward_pd);
    return status;
}

static dnnl_status_t softmax_xent(const lp_call *c) {
    const size_t size = (size_t)c->n * (size_t)c->k;
    float *log_p = malloc(size * sizeof *log_p), *minus_onehot = calloc(size, sizeof *minus_onehot);
    float *loss = c->out[LP_OUT_LOSS].data;
    dnnl_status_t status = log_p && minus_onehot ? dnnl_success : dnnl_out_of_memory;

    for (int64_t i = 0; status == dnnl_success && i < c->n; i++)
        minus_onehot[i * c->k + c->label[i]] = -1;
    if (status == dnnl_success)
        status = softmax(c, dnnl_softmax_log, c->in[LP_IN_LOGITS].data, log_p, minus_onehot,
                         c->out[LP_OUT_GRAD].data);
    for (int64_t i = 0; status == dnnl_success && i < c->n; i++)
        loss[i] = 0 - log_p[i * c->k + c->label[i]]; /* no -0 of the adapter's making */
    free(minus_onehot);
    free(log_p);
    return status;
}

static lp_status check(const lp_call *c) {
    const bool xent = c->op == LP_OP_SOFTMAX_XENT;
    if (c->n < 0 || c->k < 1) return LP_E_ARGUMENT;
    if (c->n == 0) return LP_OK;
    if (!c->in[LP_IN_LOGITS].data || (xent && !c->label)) return LP_E_ARGUMENT;
    for (int64_t i = 0; xent && i < c->n; i++)
        if (c->label[i] < 0 || c->label[i] >= c->k) return LP_E_LABEL;
    return LP_OK;
}

static dnnl_status_t dispatch(const lp_call *c) {
    dnnl_status_t status = start();
    if (status != dnnl_success) return status;
    if (c->op == LP_OP_SOFTMAX_XENT) return softmax_xent(c);
    /* The gradient of softmax and log_softmax exists for a cotangent v only. */
    return softmax(c, c->op == LP_OP_SOFTMAX ? dnnl_softmax_accurate : dnnl_softmax_log,
                   c->in[LP_IN_LOGITS].data, c->out[LP_OUT_VALUE].data, c->in[LP_IN_V].data,
                   c->in[LP_IN_V].data ? c->out[LP_OUT_GRAD].data : NULL);
}

static lp_status run(const lp_call *c) {
    const lp_status checked = check(c);
    if (checked != LP_OK || c->n == 0) return checked;
    switch (dispatch(c)) {
    case dnnl_success:
        return LP_OK;
    case dnnl_out_of_memory:
        return LP_E_MEMORY;
    case dnnl_unimplemented:
        return LP_E_UNSUPPORTED;
    default:
        return LP_E_INTERNAL;
    }
}

#define ENTRY(name, out)                                                                           \
    { name, 0, LP_BINARY32, out, LP_REDUCE_BIT(LP_REDUCE_NONE), 0, run }
static const lp_entry entries[] = {
    ENTRY("softmax_xent", LP_OUT_BIT(LP_OUT_LOSS) | LP_OUT_BIT(LP_OUT_GRAD)),
    ENTRY("softmax", LP_OUT_BIT(LP_OUT_VALUE) | LP_OUT_BIT(LP_OUT_GRAD)),
    ENTRY("log_softmax", LP_OUT_BIT(LP_OUT_VALUE) | LP_OUT_BIT(LP_OUT_GRAD)),
};

/* The version is that of the library which is loaded, not of the header. */
const lp_subject *lossproof_subject_v1(void) {
    static char version[32];
    static const lp_subject subject = {
        .abi = LP_SUBJECT_ABI,
        .size = sizeof(lp_subject),
        .entry_size = sizeof(lp_entry),
        .count = sizeof entries / sizeof *entries,
        .name = "oneDNN",
        .version = version,
        .entry = entries,
    };
    const dnnl_version_t *v = dnnl_version();
    snprintf(version, sizeof version, "%d.%d.%d", v->major, v->minor, v->patch);
    return &subject;
}
