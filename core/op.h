/* The operation table: one row per operation of the specification's section 1, built or not.
 * Everything that is common knowledge about an operation is a column here; nobody switches on
 * names. */
#ifndef LP_CORE_OP_H
#define LP_CORE_OP_H

#include <lossproof/subject.h>

#include <stdbool.h>
#include <stdint.h>

typedef enum lp_shape {
    LP_SHAPE_NONE, /* the operation does not have it */
    LP_SHAPE_ONE,
    LP_SHAPE_N,
    LP_SHAPE_K,
    LP_SHAPE_NK,
    LP_SHAPE_NN,
    LP_SHAPE_ND,
    LP_SHAPE_KD,
    LP_SHAPE_LOSS /* N for reduction none, else 1 */
} lp_shape;

typedef enum lp_label_kind {
    LP_LABEL_NONE,
    LP_LABEL_CLASS,  /* [0, K) */
    LP_LABEL_BINARY, /* 0, 1 */
    LP_LABEL_SIGN,   /* -1, 1 */
    LP_LABEL_MAYBE   /* class label, not needed when mix = 0 */
} lp_label_kind;

typedef enum lp_contract {
    LP_RELATIVE, /* the level's ulp figure alone */
    LP_MIXED     /* a signed sum that can cancel: + 2^-12 * a-priori bound (section 3) */
} lp_contract;

typedef struct lp_op_out {
    lp_out role;
    lp_shape shape;
    lp_contract contract;
    bool needs_v; /* there only where the case gives the cotangent `v` */
} lp_op_out;

typedef struct lp_op_info {
    const char *name;
    char group;               /* 'A', 'B' or 'C' of section 1 */
    const char *formula;      /* value, one line, for `list ops` and the page */
    lp_shape in[LP_IN_COUNT]; /* shape of each input, LP_SHAPE_NONE where it takes none */
    uint32_t required;        /* 1u << lp_in: inputs that must be given; the rest are optional */
    lp_label_kind label;
    bool scalar;     /* k must be 1 */
    bool hvp;        /* the reference takes `v`, N x K, for the Hessian times v; no subject does */
    uint64_t params; /* bits of all parameters of the specification */
    uint32_t reductions; /* LP_REDUCE_BIT, specification */
    int out_count;
    lp_op_out out[6];
    bool built;            /* reference, generator and judge exist; else refused by name */
    uint64_t built_params; /* of `params`, those that are built */
    uint32_t built_reductions;
    /* Of plain rows in binary64: impl/'s first phase alone, which hands on what it is not sure of,
     * is within 0.5 + 2^-x ulp, x for the loss or value and for the gradient; 0: errors are counted
     * number by number (impl/value.h) or there is none. docs/implementation.md has what they add up
     * from and what of that is proved; the test impl.budget holds these to it. */
    double first_phase[2];
    const char *const *form; /* words of LP_PARAM_FORM, which differ by operation, else NULL */
} lp_op_info;

/* The Hessian-vector product: an output of the reference beyond those of a call (subject.h). */
#define LP_OUT_HVP ((lp_out)LP_OUT_COUNT)

const lp_op_info *lp_op_get(lp_op op);
bool lp_op_by_name(lp_op *op, const char *name);
/* The answer is one number over all rows by definition: ece, perplexity, info_nce, linear_xent. */
bool lp_op_whole(const lp_op_info *info);
/* NULL where the operation has no such output. */
/* Shape of an input of a case: `v` for the Hessian too. */
lp_shape lp_op_input(const lp_op_info *info, lp_in role);
const lp_op_out *lp_op_output(const lp_op_info *info, lp_out role);

/* JSON key of an input, output or parameter ("logits", "grad", "smoothing"); two array parameters
 * share their scalar's key ("alpha"). */
const char *lp_in_name(lp_in role);
const char *lp_out_name(lp_out role);
bool lp_out_by_name(lp_out *role, const char *name);

typedef enum lp_param_type {
    LP_TYPE_REAL, /* hex-float string in JSON */
    LP_TYPE_WORD, /* small integer; string in JSON */
    LP_TYPE_BOOL, /* 0 or 1; true or false in JSON */
    LP_TYPE_INTEGER
} lp_param_type;

typedef struct lp_param_info {
    const char *name;
    lp_param param;
    lp_param_type type;
    double min, max;         /* closed domain unless `open_min` */
    bool open_min;           /* min itself is outside */
    double neutral;          /* value that equals leaving it out; NaN where there is none */
    const char *const *word; /* spellings of an enumerated parameter (value = index), else NULL;
                                NULL for `form` too: lp_param_words */
    int words;
} lp_param_info;

/* NULL for the array parameters and fields, which are not scalars. */
const lp_param_info *lp_param_get(lp_param p);
const lp_param_info *lp_param_by_name(const char *name);
/* Spellings of an enumerated parameter for this operation; NULL where it is not enumerated. */
const char *const *lp_param_words(const lp_op_info *info, lp_param p);
const char *lp_param_name(lp_param p); /* every parameter, arrays too ("weights", "alpha[]") */

const char *lp_status_name(lp_status s); /* "ok", "argument", "label", "unsupported" ... */
bool lp_status_by_name(lp_status *s, const char *name);
const char *lp_reduction_name(lp_reduction r);
bool lp_reduction_by_name(lp_reduction *r, const char *name);

#endif
