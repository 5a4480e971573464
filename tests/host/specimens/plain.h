/* softmax cross-entropy done decently, binary64 and binary32: what the specimens are when they are
 * not misbehaving, and how they declare themselves. */
#ifndef SPECIMEN_PLAIN_H
#define SPECIMEN_PLAIN_H

#include <lossproof/subject.h>

#include <math.h>
#include <stddef.h>

static inline double plain_get(const lp_call *c, lp_matrix m, int64_t i) {
    return c->format == LP_BINARY32 ? (double)((const float *)m.data)[i]
                                    : ((const double *)m.data)[i];
}

static inline void plain_put(const lp_call *c, lp_matrix m, int64_t i, double x) {
    if (c->format == LP_BINARY32)
        ((float *)m.data)[i] = (float)x;
    else
        ((double *)m.data)[i] = x;
}

static inline lp_status plain_row(const lp_call *c, int64_t row, int64_t label) {
    lp_matrix z = c->in[LP_IN_LOGITS], grad = c->out[LP_OUT_GRAD];
    int64_t at = row * z.stride;
    double max = -INFINITY, sum = 0;
    if (label < 0 || label >= c->k) return LP_E_LABEL;
    for (int64_t j = 0; j < c->k; j++) max = fmax(max, plain_get(c, z, at + j));
    for (int64_t j = 0; j < c->k; j++) sum += exp(plain_get(c, z, at + j) - max);
    if (c->out[LP_OUT_LOSS].data)
        plain_put(c, c->out[LP_OUT_LOSS], row, max - plain_get(c, z, at + label) + log(sum));
    if (grad.data)
        for (int64_t j = 0; j < c->k; j++)
            plain_put(c, grad, row * grad.stride + j,
                      exp(plain_get(c, z, at + j) - max) / sum - (j == label));
    return LP_OK;
}

static inline lp_status plain_run(const lp_call *c) {
    for (int64_t i = 0; i < c->n; i++) /* nothing is written beside an error */
        if (c->label[i] < 0 || c->label[i] >= c->k) return LP_E_LABEL;
    for (int64_t i = 0; i < c->n; i++) plain_row(c, i, c->label[i]);
    return LP_OK;
}

#define PLAIN_OUTPUTS (LP_OUT_BIT(LP_OUT_LOSS) | LP_OUT_BIT(LP_OUT_GRAD))
#define PLAIN_ENTRY(format, flags, run)                                                            \
    { "softmax_xent", 0, format, PLAIN_OUTPUTS, LP_REDUCE_BIT(LP_REDUCE_NONE), flags, run }
#define PLAIN_SUBJECT(name, entries)                                                               \
    {                                                                                              \
        LP_SUBJECT_ABI, sizeof(lp_subject), sizeof(lp_entry), sizeof(entries) / sizeof *(entries), \
            name, "1", NULL, entries                                                               \
    }

#endif
