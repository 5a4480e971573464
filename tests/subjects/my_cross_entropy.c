/* The library that docs/adapter.md assumes. */
#include <math.h>
#include <stdint.h>

void my_cross_entropy(float *loss, float *grad, const float *z, int64_t k, int64_t label);

void my_cross_entropy(float *loss, float *grad, const float *z, int64_t k, int64_t label) {
    float m = z[0], s = 0;
    for (int64_t j = 1; j < k; j++) m = fmaxf(m, z[j]);
    for (int64_t j = 0; j < k; j++) s += expf(z[j] - m);
    for (int64_t j = 0; j < k; j++) grad[j] = expf(z[j] - m) / s - (float)(j == label);
    *loss = (m - z[label]) + logf(s);
}
