#include "impl/threads.h"

#include <stdbool.h>
#include <stddef.h>

/* What a row of an array is: a row of a matrix, one number, or nothing (the array is all rows'). */
typedef enum shape { NOTHING, ROW, NUMBER } shape;
static const shape in_shape[LP_IN_COUNT] = {
    [LP_IN_LOGITS] = ROW,      [LP_IN_TARGETS] = ROW,     [LP_IN_P] = ROW,
    [LP_IN_Q] = ROW,           [LP_IN_TEACHER] = ROW,     [LP_IN_V] = ROW,
    [LP_IN_UPSTREAM] = NUMBER, [LP_IN_ADVANTAGE] = NUMBER};
static const shape out_shape[LP_OUT_COUNT] = {
    [LP_OUT_LOSS] = NUMBER, [LP_OUT_VALUE] = ROW, [LP_OUT_GRAD] = ROW, [LP_OUT_GRAD_P] = ROW};

static void move(lp_matrix *m, shape s, int64_t first, uint32_t format) {
    int64_t step = s == ROW ? m->stride : s == NUMBER ? 1 : 0;
    if (m->data) m->data = (char *)m->data + first * step * (format == LP_BINARY32 ? 4 : 8);
}
/* logsumexp has one value and one cotangent a row */
static shape shape_of(const lp_call *c, bool vector, shape s) {
    return vector && c->op == LP_OP_LOGSUMEXP ? NUMBER : s;
}

static lp_call slice_of(const lp_call *c, int64_t first, int64_t n) {
    lp_call slice = *c;
    slice.n = n;
    if (slice.label) slice.label += first;
    for (int in = 0; in < LP_IN_COUNT; in++)
        move(&slice.in[in], shape_of(c, in == LP_IN_V, in_shape[in]), first, c->format);
    for (int out = 0; out < LP_OUT_COUNT; out++)
        move(&slice.out[out], shape_of(c, out == LP_OUT_VALUE, out_shape[out]), first, c->format);
    return slice;
}

void lp_threads_run(void (*run)(const void *context, const lp_call *slice), const void *context,
                    const lp_call *call, int threads) {
    const int64_t slices = threads < call->n ? threads : call->n;
#ifdef _OPENMP
#pragma omp parallel for schedule(static, 1) num_threads((int)slices)
#endif
    for (int64_t s = 0; s < slices; s++) {
        /* not s n / slices, which could overflow */
        const int64_t share = call->n / slices, more = call->n % slices;
        const int64_t first = s * share + (s < more ? s : more);
        const lp_call slice = slice_of(call, first, share + (s < more ? 1 : 0));
        run(context, &slice);
    }
}
