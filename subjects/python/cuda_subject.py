"""A CUDA kernel as a subject: softmax cross-entropy as it is written by hand, a block a row, the
maximum first, through CuPy. Put your own kernel in its place.

    python3 subjects/python/cuda_subject.py [OPTION...]

OPTION goes to NVRTC, e.g. --use_fast_math. Where the GPU is on another machine, answer there what
`lossproof cases` writes here (docs/adapter.md).
"""
import sys

import cupy
import lossproof_subject as ls

SOURCE = r"""
template <typename real, typename combine>
__device__ real over_block(real x, combine both) {
    __shared__ real part[THREADS];
    part[threadIdx.x] = x;
    __syncthreads();
    for (int half = THREADS / 2; half > 0; half /= 2) {
        if (threadIdx.x < half) part[threadIdx.x] = both(part[threadIdx.x], part[threadIdx.x + half]);
        __syncthreads();
    }
    x = part[0];
    __syncthreads();
    return x;
}

template <typename real>
__global__ void xent(real *loss, real *grad, const real *logits, const long long *label,
                     long long k, long long stride) {
    const real *z = logits + blockIdx.x * stride;
    const long long c = label[blockIdx.x];
    real m = z[0], sum = 0;
    for (long long j = threadIdx.x; j < k; j += THREADS) m = max(m, z[j]);
    m = over_block(m, [](real a, real b) { return max(a, b); });
    for (long long j = threadIdx.x; j < k; j += THREADS) sum += exp(z[j] - m);
    sum = over_block(sum, [](real a, real b) { return a + b; });
    if (threadIdx.x == 0) loss[blockIdx.x] = log(sum) - (z[c] - m);
    for (long long j = threadIdx.x; j < k; j += THREADS)
        grad[blockIdx.x * k + j] = exp(z[j] - m) / sum - (j == c);
}
"""
THREADS = 128
KERNELS = {"float32": "xent<float>", "float64": "xent<double>"}
module = cupy.RawModule(code=SOURCE, name_expressions=list(KERNELS.values()),
                        options=("-std=c++17", "-DTHREADS=%d" % THREADS, *sys.argv[1:]))


@ls.op("softmax_xent", formats=("binary64", "binary32"), strided=True, guarded=True)
def softmax_xent(logits, label):
    (n, k), stride = logits.shape, logits.strides[0] // logits.itemsize
    z = cupy.asarray(logits.base if logits.base is not None and stride > k else logits)
    loss, grad = cupy.empty(n, z.dtype), cupy.empty((n, k), z.dtype)
    if n > 0:
        kernel = module.get_function(KERNELS[str(z.dtype)])
        kernel((n,), (THREADS,), (loss, grad, z, cupy.asarray(label), k, stride))
    return loss, grad


if __name__ == "__main__":
    ls.about(" ".join(["CUDA kernel, one block a row", *sys.argv[1:]]),
             cupy.cuda.runtime.getDeviceProperties(0)["name"].decode(), "special=ieee")
    ls.main()
