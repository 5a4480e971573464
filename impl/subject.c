/* Our library as a subject: builtin:accurate. It comes in through loss.h and goes out through
 * subject.h, like any stranger's. */
#include <lossproof/loss.h>
#include <lossproof/subject.h>

#include <stddef.h>

#define P(name) LP_PARAM_BIT(LP_PARAM_##name)
#define BATCH   (P(UPSTREAM) | P(EMPTY_MEAN))
#define CLASS   (BATCH | P(IGNORE_INDEX) | P(BAD_LABEL))
#define LOGS    (BATCH | P(BASE)) /* losses with logarithms */
#define XENT                                                                                       \
    (LOGS | P(TEMPERATURE) | P(SMOOTHING) | P(SMOOTHING_RULE) | P(WEIGHTS) | P(SPECIAL) |          \
     P(Z_LOSS) | P(SOFTCAP))
#define LOSS_GRAD  (LP_OUT_BIT(LP_OUT_LOSS) | LP_OUT_BIT(LP_OUT_GRAD))
#define ONLY_LOSS  LP_OUT_BIT(LP_OUT_LOSS)
#define VALUE_GRAD (LP_OUT_BIT(LP_OUT_VALUE) | LP_OUT_BIT(LP_OUT_GRAD))
#define GRAD_P     LP_OUT_BIT(LP_OUT_GRAD_P)
#define NONE       LP_REDUCE_BIT(LP_REDUCE_NONE)
#define ANY        (NONE | LP_REDUCE_BIT(LP_REDUCE_SUM) | LP_REDUCE_BIT(LP_REDUCE_MEAN))
#define ON_LOGITS  (LP_FLAG_STRIDED | LP_FLAG_PARTIAL | LP_FLAG_IN_PLACE)
#define ON_VECTORS (LP_FLAG_STRIDED | LP_FLAG_PARTIAL)

/* A loss of rows of logits or of probabilities, and a link, in one format. */
#define LOSS(name, params, format)                                                                 \
    { name, params, format, LOSS_GRAD, ANY, ON_LOGITS, lp_loss_call }
#define PROB(name, outputs, format)                                                                \
    { name, LOGS, format, outputs, ANY, ON_VECTORS, lp_loss_call }
#define LABELLED(name, params, outputs, reductions, format)                                        \
    { name, (params) | P(IGNORE_INDEX), format, outputs, reductions, ON_VECTORS, lp_loss_call }
#define LINK(name, params, format)                                                                 \
    { name, params, format, VALUE_GRAD, NONE, ON_LOGITS, lp_loss_call }

#define ENTRIES(format)                                                                            \
    LOSS("softmax_xent", XENT | CLASS | P(MEAN_RULE), format),                                     \
        LOSS("bce_logits", LOGS | P(POS_WEIGHT), format),                                          \
        LOSS("multilabel_bce", LOGS | P(POS_WEIGHT) | P(POS_WEIGHT_ARRAY) | P(LABEL_REDUCTION),    \
             format),                                                                              \
        LOSS("softmax_xent_soft", XENT & ~P(SMOOTHING_RULE), format),                              \
        LOSS("kl_logits", LOGS | P(SPECIAL), format),                                              \
        LOSS("focal_softmax", CLASS | P(BASE) | P(GAMMA) | P(ALPHA) | P(ALPHA_ARRAY) | P(SPECIAL), \
             format),                                                                              \
        LOSS("focal_sigmoid", LOGS | P(GAMMA) | P(ALPHA), format), LINK("logsumexp", 0, format),   \
        LOSS("logistic_margin", LOGS, format), LOSS("hinge", BATCH, format),                       \
        LOSS("hinge_multi", CLASS | P(FORM), format), LOSS("mse_sigmoid", BATCH, format),          \
        LOSS("mse_softmax", BATCH | P(SPECIAL), format),                                           \
        LINK("softmax", P(TEMPERATURE) | P(SPECIAL), format),                                      \
        LOSS("policy_grad",                                                                        \
             CLASS | P(BASE) | P(ADVANTAGE) | P(ADVANTAGE_ARRAY) | P(ENTROPY_WEIGHT) | P(SPECIAL), \
             format),                                                                              \
        LOSS("distill", CLASS | P(BASE) | P(TEMPERATURE) | P(MIX) | P(FORM) | P(SPECIAL), format), \
        {"info_nce",  LOGS | P(TEMPERATURE) | P(SYMMETRIC) | P(SPECIAL),                           \
         format,      LOSS_GRAD | LP_OUT_BIT(LP_OUT_GRAD_TAU),                                     \
         NONE,        ON_VECTORS,                                                                  \
         lp_loss_call},                                                                            \
        {"linear_xent",                                                                            \
         CLASS | P(BASE) | P(SPECIAL),                                                             \
         format,                                                                                   \
         ONLY_LOSS | LP_OUT_BIT(LP_OUT_GRAD_X) | LP_OUT_BIT(LP_OUT_GRAD_W) |                       \
             LP_OUT_BIT(LP_OUT_GRAD_B),                                                            \
         NONE,                                                                                     \
         ON_VECTORS,                                                                               \
         lp_loss_call},                                                                            \
        LINK("log_softmax", P(TEMPERATURE) | P(SPECIAL), format), LINK("sigmoid", 0, format),      \
        LINK("log_sigmoid", 0, format), LINK("softplus", 0, format),                               \
        PROB("entropy", LOSS_GRAD, format), PROB("cross_entropy", LOSS_GRAD | GRAD_P, format),     \
        PROB("kl_div", LOSS_GRAD | GRAD_P, format), PROB("kl_gen", LOSS_GRAD | GRAD_P, format),    \
        PROB("bce_prob", LOSS_GRAD, format),                                                       \
        LABELLED("nll", LOGS | P(BAD_LABEL), LOSS_GRAD, ANY, format),                              \
        LABELLED("brier", P(EMPTY_MEAN), ONLY_LOSS, ANY, format),                                  \
        LABELLED("perplexity", P(EMPTY_MEAN), ONLY_LOSS, NONE, format),                            \
        LABELLED("ece", P(EMPTY_MEAN) | P(BINS), ONLY_LOSS, NONE, format)

static const lp_entry entries[] = {ENTRIES(LP_BINARY64), ENTRIES(LP_BINARY32)};

const lp_subject *lossproof_subject_v1(void) {
    static const lp_subject subject = {LP_SUBJECT_ABI,       sizeof(lp_subject),
                                       sizeof(lp_entry),     sizeof entries / sizeof *entries,
                                       "lossproof accurate", LP_IMPL_VERSION,
                                       "special=ieee",       entries};
    return &subject;
}
