/* The functions of loss.h as calls. */
#include <lossproof/loss.h>

#include <stddef.h>

/* A call in the making: the parameters it gives live beside it. */
typedef struct request {
    lp_call call;
    double param[LP_PARAM_COUNT];
} request;

static void begin(request *r, lp_op op, int64_t n, int64_t k) {
    *r = (request){
        .call = {.size = sizeof r->call, .op = op, .format = LP_BINARY64, .n = n, .k = k}};
    r->call.param = r->param;
}
static void input(request *r, lp_in role, lp_loss_in m) {
    r->call.in[role] = (lp_matrix){(void *)(uintptr_t)m.data, m.stride};
}
static void output(request *r, lp_out role, lp_loss_out m) {
    r->call.out[role] = (lp_matrix){m.data, m.stride};
}
static void set(request *r, lp_param p, double x) {
    r->call.set |= LP_PARAM_BIT(p);
    r->param[p] = x;
}
/* A parameter that is an array; NULL is no parameter. */
static void set_array(request *r, lp_param p, lp_in role, const double *x, int64_t count) {
    if (!x) return;
    r->call.set |= LP_PARAM_BIT(p);
    input(r, role, (lp_loss_in){x, count});
}
/* One for all, or one a class. False: any other count. */
static int set_either(request *r, lp_param one, lp_param each, lp_in role, const double *x,
                      int64_t count) {
    if (!x) return 1;
    if (count == 1)
        set(r, one, *x);
    else
        set_array(r, each, role, x, count);
    return count == 1 || count == r->call.k;
}

/* The end of every loss: the batch, the outputs and the call. */
static lp_status run(request *r, double *loss, lp_loss_out grad, const lp_loss_batch *b) {
    output(r, LP_OUT_LOSS, (lp_loss_out){loss, r->call.n});
    output(r, LP_OUT_GRAD, grad);
    if (!b) return lp_loss_call(&r->call);
    if (b->reduction < 0) return LP_E_ARGUMENT;
    r->call.reduction = (uint32_t)b->reduction;
    if (b->mean_rule) set(r, LP_PARAM_MEAN_RULE, b->mean_rule);
    if (b->base) set(r, LP_PARAM_BASE, b->base);
    if (b->empty_mean) set(r, LP_PARAM_EMPTY_MEAN, b->empty_mean);
    if (b->bad_label) set(r, LP_PARAM_BAD_LABEL, b->bad_label);
    if (b->limit) set(r, LP_PARAM_SPECIAL, b->limit);
    if (b->ignore) set(r, LP_PARAM_IGNORE_INDEX, 0);
    r->call.ignore_index = b->ignore_index;
    set_array(r, LP_PARAM_UPSTREAM, LP_IN_UPSTREAM, b->upstream, b->reduction ? 1 : r->call.n);
    lp_status status = lp_loss_call_threads(&r->call, b->threads);
    return status == LP_E_UNSUPPORTED ? LP_E_ARGUMENT : status;
}

static void set_xent(request *r, const lp_loss_xent_options *o) {
    if (!o) return;
    set(r, LP_PARAM_TEMPERATURE, o->temperature);
    set(r, LP_PARAM_SMOOTHING, o->smoothing);
    set(r, LP_PARAM_SMOOTHING_RULE, o->smoothing_rule);
    set_array(r, LP_PARAM_WEIGHTS, LP_IN_WEIGHTS, o->weights, r->call.k);
    if (o->z_loss != 0) set(r, LP_PARAM_Z_LOSS, o->z_loss);
    if (o->softcap != 0) set(r, LP_PARAM_SOFTCAP, o->softcap);
}
lp_status lp_loss_softmax_xent(double *loss, lp_loss_out grad, lp_loss_in logits,
                               const int64_t *label, int64_t n, int64_t k,
                               const lp_loss_xent_options *options, const lp_loss_batch *batch) {
    request r;
    begin(&r, LP_OP_SOFTMAX_XENT, n, k);
    input(&r, LP_IN_LOGITS, logits);
    r.call.label = label;
    set_xent(&r, options);
    return run(&r, loss, grad, batch);
}
lp_status lp_loss_softmax_xent_soft(double *loss, lp_loss_out grad, lp_loss_in logits,
                                    lp_loss_in targets, int64_t n, int64_t k,
                                    const lp_loss_xent_options *options,
                                    const lp_loss_batch *batch) {
    request r;
    begin(&r, LP_OP_SOFTMAX_XENT_SOFT, n, k);
    input(&r, LP_IN_LOGITS, logits);
    input(&r, LP_IN_TARGETS, targets);
    set_xent(&r, options);
    return run(&r, loss, grad, batch);
}
lp_status lp_loss_kl_logits(double *loss, lp_loss_out grad, lp_loss_in logits, lp_loss_in targets,
                            int64_t n, int64_t k, const lp_loss_batch *batch) {
    request r;
    begin(&r, LP_OP_KL_LOGITS, n, k);
    input(&r, LP_IN_LOGITS, logits);
    input(&r, LP_IN_TARGETS, targets);
    return run(&r, loss, grad, batch);
}
lp_status lp_loss_focal_softmax(double *loss, lp_loss_out grad, lp_loss_in logits,
                                const int64_t *label, int64_t n, int64_t k, double gamma,
                                const double *alpha, int64_t count, const lp_loss_batch *batch) {
    request r;
    begin(&r, LP_OP_FOCAL_SOFTMAX, n, k);
    input(&r, LP_IN_LOGITS, logits);
    r.call.label = label;
    set(&r, LP_PARAM_GAMMA, gamma);
    if (!set_either(&r, LP_PARAM_ALPHA, LP_PARAM_ALPHA_ARRAY, LP_IN_ALPHA, alpha, count))
        return LP_E_ARGUMENT;
    return run(&r, loss, grad, batch);
}

static lp_status link(lp_op op, lp_loss_out value, lp_loss_out grad, lp_loss_in logits,
                      lp_loss_in v, int64_t n, int64_t k, const double *temperature) {
    request r;
    begin(&r, op, n, k);
    input(&r, LP_IN_LOGITS, logits);
    if (v.data) input(&r, LP_IN_V, v);
    if (temperature) set(&r, LP_PARAM_TEMPERATURE, *temperature);
    output(&r, LP_OUT_VALUE, value);
    output(&r, LP_OUT_GRAD, grad);
    return lp_loss_call(&r.call);
}
lp_status lp_loss_linear_xent(double *loss, lp_loss_out grad_x, lp_loss_out grad_w, double *grad_b,
                              lp_loss_in x, lp_loss_in w, const double *b, const int64_t *label,
                              int64_t n, int64_t k, int64_t d, const lp_loss_batch *batch) {
    request r;
    begin(&r, LP_OP_LINEAR_XENT, n, k);
    r.call.d = d;
    r.call.label = label;
    input(&r, LP_IN_X, x);
    input(&r, LP_IN_W, w);
    input(&r, LP_IN_B, (lp_loss_in){b, k});
    output(&r, LP_OUT_GRAD_X, grad_x);
    output(&r, LP_OUT_GRAD_W, grad_w);
    output(&r, LP_OUT_GRAD_B, (lp_loss_out){grad_b, k});
    return run(&r, loss, (lp_loss_out){NULL, 0}, batch);
}
lp_status lp_loss_softmax(lp_loss_out value, lp_loss_out grad, lp_loss_in logits, lp_loss_in v,
                          int64_t n, int64_t k, double temperature) {
    if (n > 0 && grad.data && !v.data) return LP_E_ARGUMENT;
    return link(LP_OP_SOFTMAX, value, grad, logits, v, n, k, &temperature);
}
lp_status lp_loss_log_softmax(lp_loss_out value, lp_loss_out grad, lp_loss_in logits, lp_loss_in v,
                              int64_t n, int64_t k, double temperature) {
    if (n > 0 && grad.data && !v.data) return LP_E_ARGUMENT;
    return link(LP_OP_LOG_SOFTMAX, value, grad, logits, v, n, k, &temperature);
}
lp_status lp_loss_logsumexp(double *value, lp_loss_out grad, lp_loss_in logits, const double *v,
                            int64_t n, int64_t k) {
    return link(LP_OP_LOGSUMEXP, (lp_loss_out){value, n}, grad, logits, (lp_loss_in){v, n}, n, k,
                NULL);
}
lp_status lp_loss_sigmoid(lp_loss_out value, lp_loss_out grad, lp_loss_in logits, lp_loss_in v,
                          int64_t n) {
    return link(LP_OP_SIGMOID, value, grad, logits, v, n, 1, NULL);
}
lp_status lp_loss_log_sigmoid(lp_loss_out value, lp_loss_out grad, lp_loss_in logits, lp_loss_in v,
                              int64_t n) {
    return link(LP_OP_LOG_SIGMOID, value, grad, logits, v, n, 1, NULL);
}
lp_status lp_loss_softplus(lp_loss_out value, lp_loss_out grad, lp_loss_in logits, lp_loss_in v,
                           int64_t n) {
    return link(LP_OP_SOFTPLUS, value, grad, logits, v, n, 1, NULL);
}

lp_status lp_loss_bce_logits(double *loss, lp_loss_out grad, lp_loss_in logits, lp_loss_in targets,
                             int64_t n, double pos_weight, const lp_loss_batch *batch) {
    request r;
    begin(&r, LP_OP_BCE_LOGITS, n, 1);
    input(&r, LP_IN_LOGITS, logits);
    input(&r, LP_IN_TARGETS, targets);
    if (pos_weight != 1) set(&r, LP_PARAM_POS_WEIGHT, pos_weight);
    return run(&r, loss, grad, batch);
}
lp_status lp_loss_multilabel_bce(double *loss, lp_loss_out grad, lp_loss_in logits,
                                 lp_loss_in targets, int64_t n, int64_t k, const double *pos_weight,
                                 int64_t count, int label_mean, const lp_loss_batch *batch) {
    request r;
    begin(&r, LP_OP_MULTILABEL_BCE, n, k);
    input(&r, LP_IN_LOGITS, logits);
    input(&r, LP_IN_TARGETS, targets);
    if (label_mean) set(&r, LP_PARAM_LABEL_REDUCTION, 1);
    if (!set_either(&r, LP_PARAM_POS_WEIGHT, LP_PARAM_POS_WEIGHT_ARRAY, LP_IN_POS_WEIGHT,
                    pos_weight, count))
        return LP_E_ARGUMENT;
    return run(&r, loss, grad, batch);
}
lp_status lp_loss_focal_sigmoid(double *loss, lp_loss_out grad, lp_loss_in logits,
                                const int64_t *label, int64_t n, double gamma, const double *alpha,
                                const lp_loss_batch *batch) {
    request r;
    begin(&r, LP_OP_FOCAL_SIGMOID, n, 1);
    input(&r, LP_IN_LOGITS, logits);
    r.call.label = label;
    set(&r, LP_PARAM_GAMMA, gamma);
    if (alpha) set(&r, LP_PARAM_ALPHA, *alpha);
    return run(&r, loss, grad, batch);
}

lp_status lp_loss_entropy(double *loss, lp_loss_out grad, lp_loss_in p, int64_t n, int64_t k,
                          const lp_loss_batch *batch) {
    request r;
    begin(&r, LP_OP_ENTROPY, n, k);
    input(&r, LP_IN_P, p);
    return run(&r, loss, grad, batch);
}
static lp_status divergence(lp_op op, double *loss, lp_loss_out grad_q, lp_loss_out grad_p,
                            lp_loss_in p, lp_loss_in q, int64_t n, int64_t k,
                            const lp_loss_batch *batch) {
    request r;
    begin(&r, op, n, k);
    input(&r, LP_IN_P, p);
    input(&r, LP_IN_Q, q);
    output(&r, LP_OUT_GRAD_P, grad_p);
    return run(&r, loss, grad_q, batch);
}
lp_status lp_loss_cross_entropy(double *loss, lp_loss_out grad_q, lp_loss_out grad_p, lp_loss_in p,
                                lp_loss_in q, int64_t n, int64_t k, const lp_loss_batch *batch) {
    return divergence(LP_OP_CROSS_ENTROPY, loss, grad_q, grad_p, p, q, n, k, batch);
}
lp_status lp_loss_kl_div(double *loss, lp_loss_out grad_q, lp_loss_out grad_p, lp_loss_in p,
                         lp_loss_in q, int64_t n, int64_t k, const lp_loss_batch *batch) {
    return divergence(LP_OP_KL_DIV, loss, grad_q, grad_p, p, q, n, k, batch);
}
lp_status lp_loss_kl_gen(double *loss, lp_loss_out grad_q, lp_loss_out grad_p, lp_loss_in p,
                         lp_loss_in q, int64_t n, int64_t k, const lp_loss_batch *batch) {
    return divergence(LP_OP_KL_GEN, loss, grad_q, grad_p, p, q, n, k, batch);
}

/* A loss of one matrix and labels, or of two matrices. */
static lp_status labelled(lp_op op, double *loss, lp_loss_out grad, lp_in role, lp_loss_in m,
                          const int64_t *label, int64_t n, int64_t k, const double *form,
                          const lp_loss_batch *batch) {
    request r;
    begin(&r, op, n, k);
    input(&r, role, m);
    r.call.label = label;
    if (form) set(&r, LP_PARAM_FORM, *form);
    return run(&r, loss, grad, batch);
}
static lp_status targeted(lp_op op, double *loss, lp_loss_out grad, lp_in role, lp_loss_in m,
                          lp_loss_in targets, int64_t n, int64_t k, const lp_loss_batch *batch) {
    request r;
    begin(&r, op, n, k);
    input(&r, role, m);
    input(&r, LP_IN_TARGETS, targets);
    return run(&r, loss, grad, batch);
}

lp_status lp_loss_nll(double *loss, lp_loss_out grad, lp_loss_in q, const int64_t *label, int64_t n,
                      int64_t k, const lp_loss_batch *batch) {
    return labelled(LP_OP_NLL, loss, grad, LP_IN_Q, q, label, n, k, NULL, batch);
}
lp_status lp_loss_bce_prob(double *loss, lp_loss_out grad, lp_loss_in p, lp_loss_in targets,
                           int64_t n, const lp_loss_batch *batch) {
    return targeted(LP_OP_BCE_PROB, loss, grad, LP_IN_P, p, targets, n, 1, batch);
}
lp_status lp_loss_brier(double *loss, lp_loss_in p, const int64_t *label, int64_t n, int64_t k,
                        const lp_loss_batch *batch) {
    return labelled(LP_OP_BRIER, loss, (lp_loss_out){NULL, 0}, LP_IN_P, p, label, n, k, NULL,
                    batch);
}
lp_status lp_loss_perplexity(double *perplexity, lp_loss_in q, const int64_t *label, int64_t n,
                             int64_t k, const lp_loss_batch *batch) {
    return labelled(LP_OP_PERPLEXITY, perplexity, (lp_loss_out){NULL, 0}, LP_IN_Q, q, label, n, k,
                    NULL, batch);
}
lp_status lp_loss_ece(double *ece, lp_loss_in p, const int64_t *label, int64_t n, int64_t k,
                      int64_t bins, const lp_loss_batch *batch) {
    request r;
    begin(&r, LP_OP_ECE, n, k);
    input(&r, LP_IN_P, p);
    r.call.label = label;
    set(&r, LP_PARAM_BINS, (double)bins);
    return run(&r, ece, (lp_loss_out){NULL, 0}, batch);
}
lp_status lp_loss_logistic_margin(double *loss, lp_loss_out grad, lp_loss_in logits,
                                  const int64_t *label, int64_t n, const lp_loss_batch *batch) {
    return labelled(LP_OP_LOGISTIC_MARGIN, loss, grad, LP_IN_LOGITS, logits, label, n, 1, NULL,
                    batch);
}
lp_status lp_loss_hinge(double *loss, lp_loss_out grad, lp_loss_in logits, const int64_t *label,
                        int64_t n, const lp_loss_batch *batch) {
    return labelled(LP_OP_HINGE, loss, grad, LP_IN_LOGITS, logits, label, n, 1, NULL, batch);
}
lp_status lp_loss_hinge_multi(double *loss, lp_loss_out grad, lp_loss_in logits,
                              const int64_t *label, int64_t n, int64_t k, int largest,
                              const lp_loss_batch *batch) {
    const double form = largest ? 1 : 0;
    return labelled(LP_OP_HINGE_MULTI, loss, grad, LP_IN_LOGITS, logits, label, n, k, &form, batch);
}
lp_status lp_loss_mse_sigmoid(double *loss, lp_loss_out grad, lp_loss_in logits, lp_loss_in targets,
                              int64_t n, const lp_loss_batch *batch) {
    return targeted(LP_OP_MSE_SIGMOID, loss, grad, LP_IN_LOGITS, logits, targets, n, 1, batch);
}
lp_status lp_loss_mse_softmax(double *loss, lp_loss_out grad, lp_loss_in logits, lp_loss_in targets,
                              int64_t n, int64_t k, const lp_loss_batch *batch) {
    return targeted(LP_OP_MSE_SOFTMAX, loss, grad, LP_IN_LOGITS, logits, targets, n, k, batch);
}
lp_status lp_loss_policy_grad(double *loss, lp_loss_out grad, lp_loss_in logits,
                              const int64_t *action, int64_t n, int64_t k, const double *advantage,
                              int64_t count, double entropy_weight, const lp_loss_batch *batch) {
    request r;
    begin(&r, LP_OP_POLICY_GRAD, n, k);
    input(&r, LP_IN_LOGITS, logits);
    r.call.label = action;
    set(&r, LP_PARAM_ENTROPY_WEIGHT, entropy_weight);
    if (advantage && count == 1)
        set(&r, LP_PARAM_ADVANTAGE, *advantage);
    else if (advantage && count == n)
        set_array(&r, LP_PARAM_ADVANTAGE_ARRAY, LP_IN_ADVANTAGE, advantage, n);
    else if (advantage)
        return LP_E_ARGUMENT;
    return run(&r, loss, grad, batch);
}
lp_status lp_loss_distill(double *loss, lp_loss_out grad, lp_loss_in logits, lp_loss_in teacher,
                          const int64_t *label, int64_t n, int64_t k, double temperature,
                          double mix, int divergence, const lp_loss_batch *batch) {
    request r;
    begin(&r, LP_OP_DISTILL, n, k);
    input(&r, LP_IN_LOGITS, logits);
    input(&r, LP_IN_TEACHER, teacher);
    r.call.label = label;
    set(&r, LP_PARAM_TEMPERATURE, temperature);
    set(&r, LP_PARAM_MIX, mix);
    set(&r, LP_PARAM_FORM, divergence ? 1 : 0);
    return run(&r, loss, grad, batch);
}
lp_status lp_loss_info_nce(double *loss, lp_loss_out grad, double *grad_temperature, lp_loss_in sim,
                           int64_t n, double temperature, int symmetric,
                           const lp_loss_batch *batch) {
    request r;
    begin(&r, LP_OP_INFO_NCE, n, n);
    input(&r, LP_IN_SIM, sim);
    set(&r, LP_PARAM_TEMPERATURE, temperature);
    set(&r, LP_PARAM_SYMMETRIC, symmetric ? 1 : 0);
    output(&r, LP_OUT_GRAD_TAU, (lp_loss_out){grad_temperature, 1});
    return run(&r, loss, grad, batch);
}
