/* Our library as a subject: builtin:accurate. It comes in through loss.h and goes out through
 * subject.h, like any stranger's. */
#include <lossproof/loss.h>
#include <lossproof/subject.h>

#include <stddef.h>

static lp_loss_in in(const lp_call *c, lp_in role) {
    return (lp_loss_in){c->in[role].data, c->in[role].stride};
}
static lp_loss_out out(const lp_call *c, lp_out role) {
    return (lp_loss_out){c->out[role].data, c->out[role].stride};
}
static double *vector(const lp_call *c, lp_out role) {
    return c->out[role].data;
}
static double param(const lp_call *c, lp_param p, double neutral) {
    return c->set & LP_PARAM_BIT(p) ? c->param[p] : neutral;
}

static lp_status softmax_xent(const lp_call *c) {
    double rule = param(c, LP_PARAM_SMOOTHING_RULE, 0);
    lp_loss_xent_options o = {.temperature = param(c, LP_PARAM_TEMPERATURE, 1),
                              .smoothing = param(c, LP_PARAM_SMOOTHING, 0),
                              .smoothing_rule = rule == 0 ? LP_SMOOTHING_K : LP_SMOOTHING_K_MINUS_1,
                              .weights = c->in[LP_IN_WEIGHTS].data};
    if (rule != 0 && rule != 1) return LP_E_ARGUMENT;
    return lp_loss_softmax_xent(vector(c, LP_OUT_LOSS), out(c, LP_OUT_GRAD), in(c, LP_IN_LOGITS),
                                c->label, c->n, c->k, &o);
}

/* Without v there is no gradient to write, whatever is asked. */
static lp_loss_out product(const lp_call *c) {
    return c->in[LP_IN_V].data ? out(c, LP_OUT_GRAD) : (lp_loss_out){NULL, 0};
}
static lp_status softmax(const lp_call *c) {
    return lp_loss_softmax(out(c, LP_OUT_VALUE), product(c), in(c, LP_IN_LOGITS), in(c, LP_IN_V),
                           c->n, c->k, param(c, LP_PARAM_TEMPERATURE, 1));
}
static lp_status log_softmax(const lp_call *c) {
    return lp_loss_log_softmax(out(c, LP_OUT_VALUE), product(c), in(c, LP_IN_LOGITS),
                               in(c, LP_IN_V), c->n, c->k, param(c, LP_PARAM_TEMPERATURE, 1));
}

static lp_status bce_logits(const lp_call *c) {
    if (c->k != 1) return LP_E_ARGUMENT;
    return lp_loss_bce_logits(vector(c, LP_OUT_LOSS), out(c, LP_OUT_GRAD), in(c, LP_IN_LOGITS),
                              in(c, LP_IN_TARGETS), c->n);
}

static lp_status entropy(const lp_call *c) {
    return lp_loss_entropy(vector(c, LP_OUT_LOSS), out(c, LP_OUT_GRAD), in(c, LP_IN_P), c->n, c->k);
}
static lp_status cross_entropy(const lp_call *c) {
    return lp_loss_cross_entropy(vector(c, LP_OUT_LOSS), out(c, LP_OUT_GRAD), out(c, LP_OUT_GRAD_P),
                                 in(c, LP_IN_P), in(c, LP_IN_Q), c->n, c->k);
}
static lp_status kl_div(const lp_call *c) {
    return lp_loss_kl_div(vector(c, LP_OUT_LOSS), out(c, LP_OUT_GRAD), out(c, LP_OUT_GRAD_P),
                          in(c, LP_IN_P), in(c, LP_IN_Q), c->n, c->k);
}

#define TEMPERATURE LP_PARAM_BIT(LP_PARAM_TEMPERATURE)
#define SMOOTHING   (LP_PARAM_BIT(LP_PARAM_SMOOTHING) | LP_PARAM_BIT(LP_PARAM_SMOOTHING_RULE))
#define WEIGHTS     LP_PARAM_BIT(LP_PARAM_WEIGHTS)
#define LOSS_GRAD   (LP_OUT_BIT(LP_OUT_LOSS) | LP_OUT_BIT(LP_OUT_GRAD))
#define VALUE_GRAD  (LP_OUT_BIT(LP_OUT_VALUE) | LP_OUT_BIT(LP_OUT_GRAD))
#define GRAD_P      LP_OUT_BIT(LP_OUT_GRAD_P)
#define NONE        LP_REDUCE_BIT(LP_REDUCE_NONE)
#define ON_LOGITS   (LP_FLAG_STRIDED | LP_FLAG_PARTIAL | LP_FLAG_IN_PLACE)
#define ON_VECTORS  (LP_FLAG_STRIDED | LP_FLAG_PARTIAL)

static const lp_entry entries[] = {
    {"softmax_xent", TEMPERATURE | SMOOTHING | WEIGHTS, LP_BINARY64, LOSS_GRAD, NONE, ON_LOGITS,
     softmax_xent},
    {"softmax", TEMPERATURE, LP_BINARY64, VALUE_GRAD, NONE, ON_LOGITS, softmax},
    {"log_softmax", TEMPERATURE, LP_BINARY64, VALUE_GRAD, NONE, ON_LOGITS, log_softmax},
    {"bce_logits", 0, LP_BINARY64, LOSS_GRAD, NONE, ON_LOGITS, bce_logits},
    {"entropy", 0, LP_BINARY64, LOSS_GRAD, NONE, ON_VECTORS, entropy},
    {"cross_entropy", 0, LP_BINARY64, LOSS_GRAD | GRAD_P, NONE, ON_VECTORS, cross_entropy},
    {"kl_div", 0, LP_BINARY64, LOSS_GRAD | GRAD_P, NONE, ON_VECTORS, kl_div},
};

const lp_subject *lossproof_subject_v1(void) {
    static const lp_subject subject = {LP_SUBJECT_ABI,       sizeof(lp_subject),
                                       sizeof(lp_entry),     sizeof entries / sizeof *entries,
                                       "lossproof accurate", LP_IMPL_VERSION,
                                       "special=ieee",       entries};
    return &subject;
}
