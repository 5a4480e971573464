/* A CUDA kernel behind the C ABI: your own in the place of `xent` (docs/adapter.md, On a GPU).
 *
 *   nvcc -O2 -arch=native -shared -Xcompiler -fPIC -I include subjects/adapters/cuda.cu -o my_kernel.so
 *   LOSSPROOF_SANDBOX=off build/bin/lossproof certify ./my_kernel.so
 *
 * The driver is spoken to by writing to its devices, which the worker's sandbox refuses: within it
 * cudaMalloc fails, and every call answers LP_E_MEMORY. Guard pages and poison lie around the
 * buffers on the host; what a kernel does to the device's memory is compute-sanitizer's to see. */
#include <lossproof/subject.h>

#include <cuda_runtime.h>

/* A thread a row. */
__global__ void xent(float *loss, float *grad, const float *logits, const int64_t *label, int64_t n,
                     int64_t k) {
    int64_t i = blockIdx.x * (int64_t)blockDim.x + threadIdx.x;
    if (i >= n) return;
    const float *z = logits + i * k;
    float m = z[0], sum = 0;
    for (int64_t j = 1; j < k; j++) m = z[j] > m ? z[j] : m;
    for (int64_t j = 0; j < k; j++) sum += expf(z[j] - m);
    loss[i] = logf(sum) - (z[label[i]] - m);
    for (int64_t j = 0; j < k; j++) grad[i * k + j] = expf(z[j] - m) / sum - (j == label[i]);
}

static void *there(const void *here, size_t bytes) {
    void *p = nullptr;
    if (cudaMalloc(&p, bytes ? bytes : 1) != cudaSuccess) return nullptr;
    if (here && cudaMemcpy(p, here, bytes, cudaMemcpyHostToDevice) != cudaSuccess) return nullptr;
    return p;
}

static lp_status run(const lp_call *c) {
    const float *z = (const float *)c->in[LP_IN_LOGITS].data;
    size_t rows = c->n > 0 ? (size_t)c->n : 0, all = rows * (size_t)c->k;
    if (c->n < 0 || c->k < 1 || (rows && !z)) return LP_E_ARGUMENT;
    for (size_t i = 0; i < rows; i++)
        if (c->label[i] < 0 || c->label[i] >= c->k) return LP_E_LABEL;
    if (rows == 0) return LP_OK;
    float *zs = (float *)there(z, all * sizeof *z), *grad = (float *)there(nullptr, all * sizeof *z),
          *loss = (float *)there(nullptr, rows * sizeof *z);
    int64_t *label = (int64_t *)there(c->label, rows * sizeof *label);
    lp_status status = zs && grad && loss && label ? LP_OK : LP_E_MEMORY;
    if (status == LP_OK) {
        xent<<<(unsigned)((rows + 127) / 128), 128>>>(loss, grad, zs, label, c->n, c->k);
        if (cudaMemcpy(c->out[LP_OUT_LOSS].data, loss, rows * sizeof *z, cudaMemcpyDeviceToHost) ||
            cudaMemcpy(c->out[LP_OUT_GRAD].data, grad, all * sizeof *z, cudaMemcpyDeviceToHost))
            status = LP_E_INTERNAL;
    }
    cudaFree(zs), cudaFree(grad), cudaFree(loss), cudaFree(label);
    return status;
}

static const lp_entry entries[] = {{"softmax_xent", 0, LP_BINARY32,
                                    LP_OUT_BIT(LP_OUT_LOSS) | LP_OUT_BIT(LP_OUT_GRAD),
                                    LP_REDUCE_BIT(LP_REDUCE_NONE), 0, run}};
static const lp_subject subject = {LP_SUBJECT_ABI, sizeof(lp_subject), sizeof(lp_entry), 1,
                                   "my kernel",    "1.0",              nullptr,          entries};

const lp_subject *lossproof_subject_v1(void) { return &subject; }
