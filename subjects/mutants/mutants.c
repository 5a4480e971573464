/* mutant:NAME. One exemplar, one planted fault each; the environment variable LOSSPROOF_MUTANT
 * selects the row of mutants.def, or `control`, the exemplar without a fault, which must pass
 * `stable`: what kills a mutant is then its fault and nothing else. */
#include "subjects/exemplars/entries.h"
#include "subjects/exemplars/frame.h"
#include "subjects/exemplars/narrow.h"

#include "subjects/mutants/flush.h"

#include <fenv.h>
#include <float.h>
#include <math.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <tgmath.h>
#include <time.h>

typedef enum fault {
    FAULT_none,
#define LP_MUTANT(name, class, number, thread, op, params, note) FAULT_##name,
#include "subjects/mutants/mutants.def"
#undef LP_MUTANT
} fault;

/* The fault of `sum_order` is that a call leaves a trace for the next one. */
static bool fault_odd_call;

/* The smallest multiple of a vector's eight lanes that holds k. */
static int64_t in_lanes(int64_t k) {
    return (k + 7) / 8 * 8;
}

/* binary64 through binary32, binary32 through bfloat16, both to nearest even; what is beyond the
 * narrower format's range becomes infinite, as a conversion does. */
static double narrow_binary64(double x) {
    return (float)x;
}

static float narrow_binary32(float x) {
    uint32_t bits;
    if (!isfinite(x)) return x;
    memcpy(&bits, &x, sizeof bits);
    bits = (bits + 0x7fffu + (bits >> 16 & 1)) & 0xffff0000u;
    memcpy(&x, &bits, sizeof bits);
    return x;
}

typedef void (*row_fn)(const lp_call *call, int64_t i, fault f);
#define BATCH_ROW              row_fn
#define BATCH_CALL(row, of, i) row(of, i, f)
#define BATCH_FAULT(name)      (f == FAULT_##name)
#define BATCH_NARROW(x)        NAME(narrow)(x)
#define BATCH_MORE             , fault f
#define BATCH_PASS             , f
#define WHOLE_FAULT(name)      BATCH_FAULT(name)
#define WHOLE_NARROW(x)        NAME(narrow)(x)
#define WHOLE_MORE             , fault f
#define WHOLE_PASS             , f

#define NARROW  NAME(narrow)
#define REAL    double
#define NORMAL  DBL_MIN
#define NAME(x) x##_binary64
#include "subjects/mutants/exemplar_rows.h"

#include "subjects/exemplars/batch_rows.h"
#undef REAL
#undef NORMAL
#undef NAME

#define REAL    float
#define NORMAL  FLT_MIN
#define NAME(x) x##_binary32
#include "subjects/mutants/exemplar_rows.h"

#include "subjects/exemplars/batch_rows.h"
#undef REAL
#undef NORMAL
#undef NAME

#include "subjects/mutants/call_faults.h"

static const struct operation {
    uint32_t in, out;
    frame_label label;
    row_fn row[2]; /* by format */
} operations[LP_OP_COUNT] = {
#define OPERATION(op, name, in, out, more, label, params)                                          \
    [LP_OP_##op] = {in, out, label, {name##_binary64, name##_binary32}},
#include "subjects/exemplars/operations.def"
#undef OPERATION
};

enum outputs {
#define OPERATION(op, name, in, out, more, label, params) OUTPUTS_##name = (out) | (more),
#include "subjects/exemplars/operations.def"
#undef OPERATION
};

static lp_status run_wide(const lp_call *given, int which) {
    const fault f = (fault)which;
    const struct operation *op = &operations[given->op];
    lp_call call = *given;

    const bool any_label = f == FAULT_label_unchecked || f == FAULT_nll_label_unchecked ||
                           f == FAULT_margin_label_unchecked || f == FAULT_brier_label_unchecked;
    const uint32_t in = f == FAULT_score_above_one ? op->in & ~IN_P : op->in;
    const lp_status status =
        frame_check(&call, in, op->out, any_label ? FRAME_UNLABELLED : op->label);
    if (f == FAULT_stride_ignored)
        call.in[LP_IN_LOGITS].stride = call.out[LP_OUT_GRAD].stride = call.k;
    fault_odd_call = !fault_odd_call;
    if (status == LP_OK && FRAME_WHOLE(call.op)) {
        op->row[call.format](&call, 0, f);
        return LP_OK;
    }
    if (status == LP_OK && frame_batched(&call))
        return call.format == LP_BINARY32 ? batch_binary32(&call, op->row[LP_BINARY32], f)
                                          : batch_binary64(&call, op->row[LP_BINARY64], f);
    for (int64_t i = 0; status == LP_OK && i < call.n; i++) op->row[call.format](&call, i, f);
    return status;
}

static lp_status run(const lp_call *call, fault f) {
    if (call->op >= LP_OP_COUNT || !operations[call->op].row[0]) return LP_E_UNSUPPORTED;
    if (narrow_format(call->format))
        return narrow_run(call, FRAME_WHOLE(call->op), run_wide, (int)f);
    return call->format <= LP_BINARY32 ? run_wide(call, (int)f) : LP_E_UNSUPPORTED;
}

#define ENTRY(name, format, params, reductions, run)                                               \
    EXEMPLAR_ENTRY(#name, params, format, OUTPUTS_##name, reductions, LP_FLAG_STRIDED, run)
#define WIDE_FORMATS(op, params, reductions, run)                                                  \
    ENTRY(op, LP_BINARY64, params, reductions, run), ENTRY(op, LP_BINARY32, params, reductions, run)
#define ALL_FORMATS(op, params, reductions, run)                                                   \
    WIDE_FORMATS(op, params, reductions, run), ENTRY(op, LP_BINARY16, params, reductions, run),    \
        ENTRY(op, LP_BFLOAT16, params, reductions, run)
#define ENTRIES(name, formats, op, params, reductions, run)                                        \
    static const lp_entry entries_##name[] = {formats(op, params, reductions, run)};
#define RUN(name)                                                                                  \
    static lp_status run_##name(const lp_call *call) {                                             \
        return run(call, FAULT_##name);                                                            \
    }

#define LP_MUTANT(name, class, number, thread, op, params, note)                                   \
    RUN(name) ENTRIES(name, ALL_FORMATS, op, params, EXEMPLAR_NO_REDUCTION, run_##name)
#define LP_MUTANT_FINE(name, class, number, thread, op, params, note)                              \
    RUN(name) ENTRIES(name, WIDE_FORMATS, op, params, EXEMPLAR_NO_REDUCTION, run_##name)
#define LP_MUTANT_BATCH(name, class, number, thread, op, params, note)                             \
    RUN(name) ENTRIES(name, ALL_FORMATS, op, params, EXEMPLAR_ANY_REDUCTION, run_##name)
#define LP_MUTANT_CALL(name, class, number, thread, op, params, note)                              \
    ENTRIES(name, WIDE_FORMATS, op, params, EXEMPLAR_NO_REDUCTION, call_##name)
#include "subjects/mutants/mutants.def"
#undef LP_MUTANT

static lp_status run_control(const lp_call *call) {
    return adding(call);
}

/* What the control declares. Temperature it takes and does not claim: the rounding error of
 * p_j sum W - W_j over a tiny T overflows where the exact gradient is 0, a wrong special value. Nor
 * does it claim rows together, which the textbook does: extreme weights overflow in a denominator.
 */
#define CONTROL_XENT                                                                               \
    (LP_PARAM_BIT(LP_PARAM_SMOOTHING) | LP_PARAM_BIT(LP_PARAM_SMOOTHING_RULE) |                    \
     LP_PARAM_BIT(LP_PARAM_WEIGHTS))
#define CONTROL_ADDS(format) ((format) <= LP_BINARY32 ? MUTANT_ADDS : 0)
#define CONTROL(op, name, format, params)                                                          \
    ENTRY(name, format,                                                                            \
          LP_OP_##op == LP_OP_SOFTMAX_XENT ? CONTROL_XENT | CONTROL_ADDS(format) : (params),       \
          EXEMPLAR_NO_REDUCTION, run_control)

static const lp_entry entries_control[] = {
#define OPERATION(op, name, in, out, more, label, params)                                          \
    CONTROL(op, name, LP_BINARY64, params), CONTROL(op, name, LP_BINARY32, params),                \
        CONTROL(op, name, LP_BINARY16, params), CONTROL(op, name, LP_BFLOAT16, params),
#include "subjects/exemplars/operations.def"
#undef OPERATION
};

static const lp_subject subjects[] = {
    EXEMPLAR_SUBJECT(entries_control, "control", NARROW_CONVENTIONS),
#define LP_MUTANT(name, class, number, thread, op, params, note)                                   \
    EXEMPLAR_SUBJECT(entries_##name, #name, NARROW_CONVENTIONS),
#include "subjects/mutants/mutants.def"
#undef LP_MUTANT
};

const lp_subject *lossproof_subject_v1(void) {
    const char *name = getenv("LOSSPROOF_MUTANT");
    for (size_t s = 0; name && s < sizeof subjects / sizeof *subjects; s++)
        if (strcmp(subjects[s].name, name) == 0) return &subjects[s];
    return NULL;
}
