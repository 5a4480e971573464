/* What textbook, naive and the mutants export: one entry per operation and format, one subject. */
#ifndef LP_SUBJECTS_ENTRIES_H
#define LP_SUBJECTS_ENTRIES_H

#include <lossproof/subject.h>

#define EXEMPLAR_ENTRY(name, params, format, outputs, reductions, flags, run)                      \
    { name, params, format, outputs, reductions, flags, run }

#define EXEMPLAR_NO_REDUCTION LP_REDUCE_BIT(LP_REDUCE_NONE)
#define EXEMPLAR_ANY_REDUCTION                                                                     \
    (LP_REDUCE_BIT(LP_REDUCE_NONE) | LP_REDUCE_BIT(LP_REDUCE_SUM) | LP_REDUCE_BIT(LP_REDUCE_MEAN))
#define EXEMPLAR_LABEL_PARAMS                                                                      \
    (LP_PARAM_BIT(LP_PARAM_IGNORE_INDEX) | LP_PARAM_BIT(LP_PARAM_MEAN_RULE) |                      \
     LP_PARAM_BIT(LP_PARAM_BAD_LABEL))
#define EXEMPLAR_EMPTY LP_PARAM_BIT(LP_PARAM_EMPTY_MEAN)
/* Losses with a logarithm, which can be told in bits. */
#define EXEMPLAR_BASE(op, out)                                                                     \
    (((out)&LP_OUT_BIT(LP_OUT_LOSS)) && (op) != LP_OP_BRIER && (op) != LP_OP_ECE &&                \
             (op) != LP_OP_PERPLEXITY && (op) != LP_OP_HINGE && (op) != LP_OP_HINGE_MULTI &&       \
             (op) != LP_OP_MSE_SIGMOID && (op) != LP_OP_MSE_SOFTMAX                                \
         ? LP_PARAM_BIT(LP_PARAM_BASE)                                                             \
         : 0)
#define EXEMPLAR_OPTIONS                                                                           \
    (LP_PARAM_BIT(LP_PARAM_Z_LOSS) | LP_PARAM_BIT(LP_PARAM_SOFTCAP) |                              \
     LP_PARAM_BIT(LP_PARAM_SPECIAL))
#define EXEMPLAR_UPSTREAM LP_PARAM_BIT(LP_PARAM_UPSTREAM)

#define EXEMPLAR_SUBJECT(entries_of, of, says)                                                     \
    {                                                                                              \
        .abi = LP_SUBJECT_ABI, .size = sizeof(lp_subject), .entry_size = sizeof(lp_entry),         \
        .count = sizeof(entries_of) / sizeof *(entries_of), .name = of, .version = "1",            \
        .conventions = says, .entry = entries_of                                                   \
    }

#endif
