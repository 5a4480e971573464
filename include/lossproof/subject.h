/* The ABI of a subject: what a shared object exports to be certified by lossproof.
 *
 * A subject is a table of entries, one per (operation, format) that it computes, behind one
 * exported function, `lossproof_subject_v1`. The host loads the shared object in a process of its
 * own, walks the table and calls `run` with one lp_call per batch of rows. This header depends on
 * nothing else; enumerators are fixed for ever and only ever appended to. C11 and C++.
 *
 * Conventions: logits z are row-major N x K with a row stride in elements; a case's arrays are in
 * the entry's format, scalar parameters are binary64 whatever the format; labels are int64 (int32
 * with LP_FLAG_LABEL32); losses are in nats. What each operation computes is docs/operations.md. A
 * pointer that is NULL is an input that is absent or an output that is not wanted (outputs are
 * always all wanted unless the entry says LP_FLAG_PARTIAL). `run` writes nothing when it returns an
 * error. Everything the call points to belongs to the caller and is valid during the call only.
 * `run` may be called from several threads at once, unless the entry says LP_FLAG_ONE_THREAD. */
#ifndef LOSSPROOF_SUBJECT_H
#define LOSSPROOF_SUBJECT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LP_SUBJECT_ABI 1u

typedef enum lp_status {
    LP_OK = 0,
    LP_E_ARGUMENT = 1,    /* a size, pointer, parameter or input value outside its domain */
    LP_E_LABEL = 2,       /* a label outside [0, K) that is not ignored */
    LP_E_UNSUPPORTED = 3, /* not declared: an operation, format, parameter or layout */
    LP_E_MEMORY = 4,
    LP_E_INTERNAL = 5
} lp_status;

typedef enum lp_op {
    LP_OP_ENTROPY = 0,
    LP_OP_CROSS_ENTROPY = 1,
    LP_OP_KL_DIV = 2,
    LP_OP_KL_GEN = 3,
    LP_OP_NLL = 4,
    LP_OP_BCE_PROB = 5,
    LP_OP_BRIER = 6,
    LP_OP_ECE = 7,
    LP_OP_PERPLEXITY = 8,
    LP_OP_LOGSUMEXP = 9,
    LP_OP_SOFTMAX = 10,
    LP_OP_LOG_SOFTMAX = 11,
    LP_OP_SIGMOID = 12,
    LP_OP_LOG_SIGMOID = 13,
    LP_OP_SOFTPLUS = 14,
    LP_OP_SOFTMAX_XENT = 15,
    LP_OP_SOFTMAX_XENT_SOFT = 16,
    LP_OP_KL_LOGITS = 17,
    LP_OP_BCE_LOGITS = 18,
    LP_OP_MULTILABEL_BCE = 19,
    LP_OP_FOCAL_SOFTMAX = 20,
    LP_OP_FOCAL_SIGMOID = 21,
    LP_OP_DISTILL = 22,
    LP_OP_HINGE = 23,
    LP_OP_HINGE_MULTI = 24,
    LP_OP_LOGISTIC_MARGIN = 25,
    LP_OP_MSE_SIGMOID = 26,
    LP_OP_MSE_SOFTMAX = 27,
    LP_OP_INFO_NCE = 28,
    LP_OP_POLICY_GRAD = 29,
    LP_OP_LINEAR_XENT = 30
} lp_op;
#define LP_OP_COUNT 31

typedef enum lp_format_id {
    LP_BINARY64 = 0,
    LP_BINARY32 = 1,
    LP_BINARY16 = 2,
    LP_BFLOAT16 = 3,
    LP_E5M2 = 4,
    LP_E4M3 = 5
} lp_format_id;
#define LP_FORMAT_COUNT 6

typedef enum lp_reduction {
    LP_REDUCE_NONE = 0,
    LP_REDUCE_SUM = 1,
    LP_REDUCE_MEAN = 2
} lp_reduction;
#define LP_REDUCE_BIT(r) (1u << (r))

/* Bit in `set` and `params`, index in `param`. Those from LP_PARAM_WEIGHTS on stand for an array or
 * a field of lp_call; their slot in `param` is not read. Enumerated parameters are small integers.
 */
typedef enum lp_param {
    LP_PARAM_SMOOTHING = 0,
    LP_PARAM_SMOOTHING_RULE = 1, /* 0: K, 1: K-1 */
    LP_PARAM_TEMPERATURE = 2,
    LP_PARAM_GAMMA = 3,
    LP_PARAM_ALPHA = 4,
    LP_PARAM_POS_WEIGHT = 5,
    LP_PARAM_Z_LOSS = 6,
    LP_PARAM_SOFTCAP = 7,
    LP_PARAM_MIX = 8,
    LP_PARAM_FORM = 9,  /* distill 0: ce, 1: kl; hinge_multi 0: pairwise, 1: crammer_singer */
    LP_PARAM_BASE = 10, /* 0: nats, 1: bits */
    LP_PARAM_ADVANTAGE = 11,
    LP_PARAM_ENTROPY_WEIGHT = 12,
    LP_PARAM_BINS = 13,
    LP_PARAM_SYMMETRIC = 14,
    LP_PARAM_LABEL_REDUCTION = 15, /* 0: sum, 1: mean */
    LP_PARAM_MEAN_RULE = 16,       /* 0: n, 1: weights */
    LP_PARAM_EMPTY_MEAN = 17,      /* 0: torch (NaN), 1: zero */
    LP_PARAM_SPECIAL = 18,         /* 0: ieee, 1: limit */
    LP_PARAM_BAD_LABEL = 19,       /* 0: error, 1: nan_row */
    LP_PARAM_FTZ = 20,
    LP_PARAM_ACCUMULATE = 21,       /* each gradient is added to what its array holds (+=) */
    LP_PARAM_WEIGHTS = 22,          /* in[LP_IN_WEIGHTS] */
    LP_PARAM_UPSTREAM = 23,         /* in[LP_IN_UPSTREAM] */
    LP_PARAM_IGNORE_INDEX = 24,     /* lp_call.ignore_index */
    LP_PARAM_ALPHA_ARRAY = 25,      /* in[LP_IN_ALPHA] */
    LP_PARAM_POS_WEIGHT_ARRAY = 26, /* in[LP_IN_POS_WEIGHT] */
    LP_PARAM_ADVANTAGE_ARRAY = 27   /* in[LP_IN_ADVANTAGE] */
} lp_param;
#define LP_PARAM_COUNT  28
#define LP_PARAM_BIT(p) (UINT64_C(1) << (p))

/* Slots of lp_call.in. Shapes: N x K unless said. A vector has stride equal to its length. */
typedef enum lp_in {
    LP_IN_LOGITS = 0,
    LP_IN_TARGETS = 1, /* N x K; N x 1 for the scalar operations */
    LP_IN_P = 2,
    LP_IN_Q = 3,
    LP_IN_X = 4,   /* N x D */
    LP_IN_W = 5,   /* K x D */
    LP_IN_B = 6,   /* K */
    LP_IN_SIM = 7, /* N x N */
    LP_IN_TEACHER = 8,
    LP_IN_WEIGHTS = 9,     /* K */
    LP_IN_UPSTREAM = 10,   /* N for reduction none, else 1 */
    LP_IN_V = 11,          /* cotangent of the value */
    LP_IN_ALPHA = 12,      /* K */
    LP_IN_POS_WEIGHT = 13, /* K */
    LP_IN_ADVANTAGE = 14   /* N */
} lp_in;
#define LP_IN_COUNT 15 /* used slots; the array has 16 */

typedef enum lp_out {
    LP_OUT_LOSS = 0,  /* N, or 1 for a reduction */
    LP_OUT_VALUE = 1, /* shape of the input, or N for logsumexp */
    LP_OUT_GRAD = 2,
    LP_OUT_GRAD_P = 3,
    LP_OUT_GRAD_W = 4,
    LP_OUT_GRAD_B = 5,
    LP_OUT_GRAD_X = 6,
    LP_OUT_GRAD_TAU = 7
} lp_out;
#define LP_OUT_COUNT  8
#define LP_OUT_BIT(o) (1u << (o))

#define LP_FLAG_STRIDED    1u /* honours a row stride larger than the row */
#define LP_FLAG_IN_PLACE   2u /* out[GRAD] may be the same memory as in[LOGITS] */
#define LP_FLAG_LABEL32    4u /* `label` points to int32_t */
#define LP_FLAG_PARTIAL    8u /* any output may be absent; without it all declared ones are wanted */
#define LP_FLAG_ONE_THREAD 16u /* `run` must not be called while a call of it lasts */

typedef struct lp_matrix {
    void *data;     /* NULL: absent or not wanted */
    int64_t stride; /* distance between rows, in elements */
} lp_matrix;

typedef struct lp_call {
    uint32_t size; /* of this struct, as the caller knows it */
    uint32_t op;   /* lp_op */
    uint32_t format;
    uint32_t reduction;
    int64_t n, k, d;
    const int64_t *label; /* N; int32_t with LP_FLAG_LABEL32; NULL where the operation takes none */
    int64_t ignore_index; /* meaningful when its bit is in `set` */
    uint64_t set;         /* which parameters are given */
    const double *param;  /* LP_PARAM_COUNT values; those whose bit is not set hold 0 */
    lp_matrix in[16];
    lp_matrix out[8];
} lp_call;

typedef struct lp_entry {
    const char *op;      /* the operation's name in the specification, e.g. "softmax_xent" */
    uint64_t params;     /* bits of the parameters it understands */
    uint32_t format;     /* lp_format_id */
    uint32_t outputs;    /* LP_OUT_BIT of the outputs it writes */
    uint32_t reductions; /* LP_REDUCE_BIT of the reductions it knows */
    uint32_t flags;
    lp_status (*run)(const lp_call *call);
} lp_entry;

typedef struct lp_subject {
    uint32_t abi;        /* LP_SUBJECT_ABI */
    uint32_t size;       /* sizeof(lp_subject) */
    uint32_t entry_size; /* sizeof(lp_entry) */
    uint32_t count;
    const char *name, *version;
    /* "key=value ..." or NULL: e.g. "special=limit ftz=1"; "accumulation=binary32": computes in
     * that format whatever the arrays hold (docs/bounds.md) */
    const char *conventions;
    const lp_entry *entry;
} lp_subject;

/* The one exported symbol; its name carries the major version. */
#define LP_SUBJECT_SYMBOL "lossproof_subject_v1"
typedef const lp_subject *(*lp_subject_fn)(void);
#if defined(__GNUC__)
__attribute__((visibility("default")))
#endif
const lp_subject *
lossproof_subject_v1(void);

#ifdef __cplusplus
}
#endif
#endif
