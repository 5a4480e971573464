/* A first adapter, as a stranger writes it against version 1 of the header. It is never changed. */
#include <lossproof/subject.h>
#include <math.h>

static lp_status run(const lp_call *c) {
    const double *z = c->in[LP_IN_LOGITS].data;
    double *loss = c->out[LP_OUT_LOSS].data, *grad = c->out[LP_OUT_GRAD].data;
    for (int64_t i = 0; i < c->n; i++, z += c->k, grad += c->k) {
        double max = z[0], sum = 0;
        for (int64_t j = 1; j < c->k; j++) max = fmax(max, z[j]);
        for (int64_t j = 0; j < c->k; j++) sum += exp(z[j] - max);
        loss[i] = max - z[c->label[i]] + log(sum);
        for (int64_t j = 0; j < c->k; j++) grad[j] = exp(z[j] - max) / sum - (j == c->label[i]);
    }
    return LP_OK;
}

static const lp_entry entry = {
    .op = "softmax_xent", .format = LP_BINARY64, .outputs = 5, .reductions = 1, .run = run};
static const lp_subject subject = {
    LP_SUBJECT_ABI, sizeof subject, sizeof entry, 1, "adapter", "1.0", 0, &entry};

const lp_subject *lossproof_subject_v1(void) {
    return &subject;
}
