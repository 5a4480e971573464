/* Our library as a subject: builtin:accurate. It comes in through loss.h and goes out through
 * subject.h, like any stranger's. */
#include <lossproof/loss.h>
#include <lossproof/subject.h>

#include <stddef.h>

#define P(name)    LP_PARAM_BIT(LP_PARAM_##name)
#define XENT       (P(TEMPERATURE) | P(SMOOTHING) | P(SMOOTHING_RULE) | P(WEIGHTS))
#define LOSS_GRAD  (LP_OUT_BIT(LP_OUT_LOSS) | LP_OUT_BIT(LP_OUT_GRAD))
#define VALUE_GRAD (LP_OUT_BIT(LP_OUT_VALUE) | LP_OUT_BIT(LP_OUT_GRAD))
#define GRAD_P     LP_OUT_BIT(LP_OUT_GRAD_P)
#define NONE       LP_REDUCE_BIT(LP_REDUCE_NONE)
#define ANY        (NONE | LP_REDUCE_BIT(LP_REDUCE_SUM) | LP_REDUCE_BIT(LP_REDUCE_MEAN))
#define ON_LOGITS  (LP_FLAG_STRIDED | LP_FLAG_PARTIAL | LP_FLAG_IN_PLACE)
#define ON_VECTORS (LP_FLAG_STRIDED | LP_FLAG_PARTIAL)

static const lp_entry entries[] = {
    {"softmax_xent", XENT, LP_BINARY64, LOSS_GRAD, NONE, ON_LOGITS, lp_loss_call},
    {"softmax", P(TEMPERATURE), LP_BINARY64, VALUE_GRAD, NONE, ON_LOGITS, lp_loss_call},
    {"log_softmax", P(TEMPERATURE), LP_BINARY64, VALUE_GRAD, NONE, ON_LOGITS, lp_loss_call},
    {"bce_logits", 0, LP_BINARY64, LOSS_GRAD, NONE, ON_LOGITS, lp_loss_call},
    {"sigmoid", 0, LP_BINARY64, VALUE_GRAD, NONE, ON_LOGITS, lp_loss_call},
    {"log_sigmoid", 0, LP_BINARY64, VALUE_GRAD, NONE, ON_LOGITS, lp_loss_call},
    {"softplus", 0, LP_BINARY64, VALUE_GRAD, NONE, ON_LOGITS, lp_loss_call},
    {"entropy", 0, LP_BINARY64, LOSS_GRAD, NONE, ON_VECTORS, lp_loss_call},
    {"cross_entropy", 0, LP_BINARY64, LOSS_GRAD | GRAD_P, NONE, ON_VECTORS, lp_loss_call},
    {"kl_div", 0, LP_BINARY64, LOSS_GRAD | GRAD_P, NONE, ON_VECTORS, lp_loss_call},
};

const lp_subject *lossproof_subject_v1(void) {
    static const lp_subject subject = {LP_SUBJECT_ABI,       sizeof(lp_subject),
                                       sizeof(lp_entry),     sizeof entries / sizeof *entries,
                                       "lossproof accurate", LP_IMPL_VERSION,
                                       "special=ieee",       entries};
    return &subject;
}
