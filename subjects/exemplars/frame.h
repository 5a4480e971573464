/* What an exemplar does before it computes: the checks of section 2, rule 1. Nothing is written,
 * and nothing read out of bounds, before every row has passed them. */
#ifndef LP_SUBJECTS_FRAME_H
#define LP_SUBJECTS_FRAME_H

#include <lossproof/subject.h>

#include <stdbool.h>

#define FRAME_IN(role)    (1u << (role))
#define IN_Z              FRAME_IN(LP_IN_LOGITS)
#define IN_Y              FRAME_IN(LP_IN_TARGETS)
#define IN_TEACHER        FRAME_IN(LP_IN_TEACHER)
#define IN_SIM            FRAME_IN(LP_IN_SIM)
#define IN_X              FRAME_IN(LP_IN_X)
#define IN_W              FRAME_IN(LP_IN_W)
#define IN_B              FRAME_IN(LP_IN_B)
#define IN_P              FRAME_IN(LP_IN_P)
#define IN_Q              FRAME_IN(LP_IN_Q)
#define FRAME_PARAM(name) LP_PARAM_BIT(LP_PARAM_##name)
#define OUT_LOSS          LP_OUT_BIT(LP_OUT_LOSS)
#define OUT_VALUE         LP_OUT_BIT(LP_OUT_VALUE)
#define OUT_GRAD          LP_OUT_BIT(LP_OUT_GRAD)
#define OUT_GRAD_P        LP_OUT_BIT(LP_OUT_GRAD_P)
#define OUT_GRAD_W        LP_OUT_BIT(LP_OUT_GRAD_W)
#define OUT_GRAD_B        LP_OUT_BIT(LP_OUT_GRAD_B)
#define OUT_GRAD_X        LP_OUT_BIT(LP_OUT_GRAD_X)
#define OUT_GRAD_TAU      LP_OUT_BIT(LP_OUT_GRAD_TAU)

/* An element of an N x K input, whatever the format: binary32 to binary64 is exact. */
static inline double frame_value(const lp_call *c, lp_in role, int64_t i, int64_t j) {
    const int64_t at = i * c->in[role].stride + j;
    return c->format == LP_BINARY32 ? ((const float *)c->in[role].data)[at]
                                    : ((const double *)c->in[role].data)[at];
}

/* NaN is inside every domain: it is a row's answer, not an error. */
static inline bool frame_within(const lp_call *c, lp_in role, double lo, double hi) {
    for (int64_t i = 0; i < c->n; i++)
        for (int64_t j = 0; j < c->k; j++) {
            const double x = frame_value(c, role, i, j);
            if (x < lo || x > hi) return false;
        }
    return true;
}

/* Domains of the inputs that have one. Soft classes take any mass, binary targets a share of one;
 * beside a target p is one probability. */
static inline bool frame_domains(const lp_call *c, uint32_t in) {
    const bool mass =
        c->op == LP_OP_SOFTMAX_XENT_SOFT || c->op == LP_OP_KL_LOGITS || c->op == LP_OP_MSE_SOFTMAX;
    const struct {
        lp_in role;
        double hi;
    } bounded[] = {{LP_IN_TARGETS, mass ? 0x1.fffffffffffffp+1023 : 1},
                   {LP_IN_P, in & IN_Y ? 1 : __builtin_inf()},
                   {LP_IN_Q, __builtin_inf()}};
    for (unsigned b = 0; b < sizeof bounded / sizeof *bounded; b++)
        if ((in & FRAME_IN(bounded[b].role)) && !frame_within(c, bounded[b].role, 0, bounded[b].hi))
            return false;
    return true;
}

/* pos_weight >= 0 and finite, of every class where it is an array; there a NaN is an answer. */
static inline bool frame_pos_weight(const lp_call *c) {
    const double q = c->param[LP_PARAM_POS_WEIGHT];
    if (!(q >= 0 && q < __builtin_inf())) return false;
    for (int64_t j = 0; c->in[LP_IN_POS_WEIGHT].data && j < c->k; j++) {
        const double x = frame_value(c, LP_IN_POS_WEIGHT, 0, j);
        if (x < 0 || x == __builtin_inf()) return false;
    }
    return true;
}

/* Advantages and the entropy's weight are finite; a NaN in an array of them is an answer. */
static inline bool frame_advantages(const lp_call *c) {
    for (int64_t i = 0; c->in[LP_IN_ADVANTAGE].data && i < c->n; i++)
        if (__builtin_isinf(frame_value(c, LP_IN_ADVANTAGE, 0, i))) return false;
    return __builtin_isfinite(c->param[LP_PARAM_ADVANTAGE]) &&
           __builtin_isfinite(c->param[LP_PARAM_ENTROPY_WEIGHT]);
}

/* T > 0, s > 0, lambda >= 0, eps in [0, 1], gamma >= 0, nothing infinite; NaN fails every
 * comparison, but a NaN in an array is an answer of its row. */
static inline bool frame_options(const lp_call *c) {
    static const lp_in array[] = {LP_IN_WEIGHTS, LP_IN_ALPHA};
    const double t = c->param[LP_PARAM_TEMPERATURE], eps = c->param[LP_PARAM_SMOOTHING];
    const double gamma = c->param[LP_PARAM_GAMMA], alpha = c->param[LP_PARAM_ALPHA];
    const bool tempered = c->set & LP_PARAM_BIT(LP_PARAM_TEMPERATURE);
    if (c->set & LP_PARAM_BIT(LP_PARAM_BINS) && !(c->param[LP_PARAM_BINS] >= 1)) return false;
    for (unsigned a = 0; a < sizeof array / sizeof *array; a++)
        for (int64_t j = 0; c->in[array[a]].data && j < c->k; j++)
            if (__builtin_isinf(frame_value(c, array[a], 0, j))) return false;
    if (!frame_advantages(c)) return false;
    const double z_loss = c->param[LP_PARAM_Z_LOSS], cap = c->param[LP_PARAM_SOFTCAP];
    const bool capped = c->set & LP_PARAM_BIT(LP_PARAM_SOFTCAP);
    if (!(z_loss >= 0 && z_loss < __builtin_inf())) return false;
    if (capped && !(cap > 0 && cap < __builtin_inf())) return false;
    return (!tempered || (t > 0 && t < __builtin_inf())) && eps >= 0 && eps <= 1 && gamma >= 0 &&
           gamma < __builtin_inf() && __builtin_isfinite(alpha);
}

/* One number over all rows: its row function is called once, whatever their number. */
#define FRAME_WHOLE(op)                                                                            \
    ((op) == LP_OP_ECE || (op) == LP_OP_PERPLEXITY || (op) == LP_OP_INFO_NCE ||                    \
     (op) == LP_OP_LINEAR_XENT)

/* Of a linear layer without features those arrays have no element. */
static inline bool frame_needs(const lp_call *c, int role, bool in) {
    const uint32_t none = in ? IN_X | IN_W : OUT_GRAD_X | OUT_GRAD_W;
    return c->op != LP_OP_LINEAR_XENT || c->d > 0 || !(none >> role & 1u);
}

/* What a row's label is, and which numbers it may be. */
typedef enum frame_label {
    FRAME_UNLABELLED,
    FRAME_CLASS,
    FRAME_BINARY,
    FRAME_SIGN,
    FRAME_MAYBE
} frame_label;

/* The share of the label's own loss, 1 where it is not given. */
static inline double frame_mix(const lp_call *c) {
    return c->set & LP_PARAM_BIT(LP_PARAM_MIX) ? c->param[LP_PARAM_MIX] : 1;
}

static inline bool frame_ignored(const lp_call *c, int64_t i) {
    return (c->set & LP_PARAM_BIT(LP_PARAM_IGNORE_INDEX)) && c->label &&
           c->label[i] == c->ignore_index;
}

/* Something is done with the rows beyond computing them. */
static inline bool frame_batched(const lp_call *c) {
    return c->reduction != LP_REDUCE_NONE || (c->set & LP_PARAM_BIT(LP_PARAM_UPSTREAM)) ||
           (c->set & LP_PARAM_BIT(LP_PARAM_IGNORE_INDEX)) || c->param[LP_PARAM_BASE] == 1 ||
           c->param[LP_PARAM_BAD_LABEL] == 1;
}

/* A class label outside [0, K) that is not ignored; an error unless `bad_label` makes the row NaN.
 */
static inline bool frame_bad_label(const lp_call *c, int64_t i) {
    return c->param[LP_PARAM_BAD_LABEL] == 1 && !frame_ignored(c, i) &&
           (c->label[i] < 0 || c->label[i] >= c->k);
}

static inline bool frame_labelled(const lp_call *c, frame_label kind) {
    if (kind == FRAME_CLASS && c->param[LP_PARAM_BAD_LABEL] == 1) return true;
    for (int64_t i = 0; kind && i < c->n; i++) {
        const int64_t y = c->label[i];
        if (frame_ignored(c, i)) continue;
        if (kind == FRAME_SIGN ? y != 1 && y != -1
                               : y < 0 || y >= (kind == FRAME_BINARY ? 2 : c->k))
            return false;
    }
    return true;
}

/* `in`: the roles that must be given; `out`: the outputs that must have memory. */
static inline lp_status frame_check(const lp_call *c, uint32_t in, uint32_t out,
                                    frame_label label) {
    if (c->n < 0 || c->k < 1 || !frame_pos_weight(c) || !frame_options(c)) return LP_E_ARGUMENT;
    if (c->reduction && !c->out[LP_OUT_LOSS].data) return LP_E_ARGUMENT;
    if (!(frame_mix(c) >= 0 && frame_mix(c) < __builtin_inf())) return LP_E_ARGUMENT;
    if (c->n == 0) return LP_OK;
    for (int role = 0; role < LP_IN_COUNT; role++)
        if ((in & FRAME_IN(role)) && frame_needs(c, role, true) && !c->in[role].data)
            return LP_E_ARGUMENT;
    for (int role = 0; role < LP_OUT_COUNT; role++)
        if ((out & LP_OUT_BIT(role)) && frame_needs(c, role, false) && !c->out[role].data)
            return LP_E_ARGUMENT;
    if (label == FRAME_MAYBE && frame_mix(c) == 0) return LP_OK;
    if (label && !c->label) return LP_E_ARGUMENT;
    if (!frame_labelled(c, label)) return LP_E_LABEL;
    return frame_domains(c, in) ? LP_OK : LP_E_ARGUMENT;
}

#endif
