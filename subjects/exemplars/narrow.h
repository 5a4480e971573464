/* binary16 and bfloat16 as frameworks compute in them: every array widened to binary32, the program
 * run there, its results rounded once when they are stored. */
#ifndef LP_SUBJECTS_NARROW_H
#define LP_SUBJECTS_NARROW_H

#include <lossproof/subject.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define NARROW_CONVENTIONS "accumulation=binary32"

static inline bool narrow_format(uint32_t format) {
    return format == LP_BINARY16 || format == LP_BFLOAT16;
}

static inline float narrow_load(uint32_t format, uint16_t code) {
    uint32_t bits = (uint32_t)code << 16;
    float x;
    if (format == LP_BINARY16) {
        const uint32_t sign = code >> 15, exponent = code >> 10 & 31, fraction = code & 1023;
        if (exponent == 0) {
            x = (float)fraction * 0x1p-24f;
            return sign ? -x : x;
        }
        /* the bias goes from 15 to 127; all ones stay all ones: infinity and NaN */
        bits = sign << 31 | (exponent == 31 ? 255 : exponent + 112) << 23 | fraction << 13;
    }
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* To nearest, ties to even, by integers alone. */
static inline uint16_t narrow_store(uint32_t format, float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    const uint32_t sign = bits >> 16 & 0x8000, magnitude = bits & 0x7fffffff;
    if (magnitude > 0x7f800000) return (uint16_t)(sign | (format == LP_BINARY16 ? 0x7e00 : 0x7fc0));
    if (format == LP_BFLOAT16)
        return (uint16_t)(sign | (magnitude + 0x7fff + (magnitude >> 16 & 1)) >> 16);
    if (magnitude >= 0x477ff000) return (uint16_t)(sign | 0x7c00); /* 65520 and above */
    if (magnitude >= 0x38800000)                                   /* 2^-14, the least normal */
        return (uint16_t)(sign | (magnitude - 0x38000000 + 0xfff + (magnitude >> 13 & 1)) >> 13);
    /* Subnormal: units of 2^-24. The significand m counts 2^(e-150), e the biased exponent. */
    const uint32_t shift = 126 - (magnitude >> 23);
    if (shift > 24) return (uint16_t)sign; /* below 2^-25, half a unit */
    const uint32_t m = (magnitude & 0x7fffff) | 0x800000, half = UINT32_C(1) << (shift - 1);
    const uint32_t rest = m & (2 * half - 1);
    uint32_t units = m >> shift;
    units += rest > half || (rest == half && (units & 1));
    return (uint16_t)(sign | units);
}

typedef struct narrow_array {
    int64_t rows, columns;
} narrow_array;

/* By role; the scalar operations have K = 1. */
static inline narrow_array narrow_input(const lp_call *c, int role) {
    switch (role) {
    case LP_IN_X:
        return (narrow_array){c->n, c->d};
    case LP_IN_W:
        return (narrow_array){c->k, c->d};
    case LP_IN_SIM:
        return (narrow_array){c->n, c->n};
    case LP_IN_B:
    case LP_IN_WEIGHTS:
    case LP_IN_ALPHA:
    case LP_IN_POS_WEIGHT:
        return (narrow_array){1, c->k};
    case LP_IN_ADVANTAGE:
        return (narrow_array){1, c->n};
    case LP_IN_UPSTREAM:
        return (narrow_array){1, c->reduction == LP_REDUCE_NONE ? c->n : 1};
    case LP_IN_V:
        if (c->op == LP_OP_LOGSUMEXP) return (narrow_array){1, c->n};
        return (narrow_array){c->n, c->k};
    default:
        return (narrow_array){c->n, c->k};
    }
}

/* `whole`: the operation's loss is one number over all rows. */
static inline narrow_array narrow_output(const lp_call *c, int role, bool whole) {
    switch (role) {
    case LP_OUT_LOSS:
        return (narrow_array){1, whole || c->reduction != LP_REDUCE_NONE ? 1 : c->n};
    case LP_OUT_VALUE:
        if (c->op == LP_OP_LOGSUMEXP) return (narrow_array){1, c->n};
        return (narrow_array){c->n, c->k};
    case LP_OUT_GRAD_W:
        return (narrow_array){c->k, c->d};
    case LP_OUT_GRAD_X:
        return (narrow_array){c->n, c->d};
    case LP_OUT_GRAD_B:
        return (narrow_array){1, c->k};
    case LP_OUT_GRAD_TAU:
        return (narrow_array){1, 1};
    default:
        return c->op == LP_OP_INFO_NCE ? (narrow_array){c->n, c->n} : (narrow_array){c->n, c->k};
    }
}

/* Dense memory of binary32 for an array; NULL where there is none, or none to be had. */
static inline lp_matrix narrow_open(const lp_matrix *given, narrow_array a) {
    const bool some =
        a.rows > 0 && a.columns > 0; /* a wrong call has neither; its answer is an error */
    const size_t n = some ? (size_t)(a.rows * a.columns) : 1;
    return (lp_matrix){given->data ? calloc(n, sizeof(float)) : NULL, a.columns};
}

static inline void narrow_widen(const lp_matrix *wide, const lp_matrix *given, narrow_array a,
                                uint32_t format) {
    for (int64_t i = 0; wide->data && i < a.rows; i++)
        for (int64_t j = 0; j < a.columns; j++)
            ((float *)wide->data)[i * a.columns + j] =
                narrow_load(format, ((const uint16_t *)given->data)[i * given->stride + j]);
}

static inline void narrow_keep(const lp_matrix *given, const lp_matrix *wide, narrow_array a,
                               uint32_t format) {
    for (int64_t i = 0; wide->data && i < a.rows; i++)
        for (int64_t j = 0; j < a.columns; j++)
            ((uint16_t *)given->data)[i * given->stride + j] =
                narrow_store(format, ((const float *)wide->data)[i * a.columns + j]);
}

/* `run`, which is handed `which`, on a widened copy of the call; what it gives back is stored where
 * it succeeds. `whole` as above. */
static inline lp_status narrow_run(const lp_call *call, bool whole,
                                   lp_status (*run)(const lp_call *call, int which), int which) {
    lp_call wide = *call;
    bool room = true;
    wide.format = LP_BINARY32;
    for (int r = 0; r < LP_IN_COUNT; r++) {
        wide.in[r] = narrow_open(&call->in[r], narrow_input(call, r));
        narrow_widen(&wide.in[r], &call->in[r], narrow_input(call, r), call->format);
        room = room && !call->in[r].data == !wide.in[r].data;
    }
    for (int r = 0; r < LP_OUT_COUNT; r++) {
        wide.out[r] = narrow_open(&call->out[r], narrow_output(call, r, whole));
        room = room && !call->out[r].data == !wide.out[r].data;
    }
    const lp_status status = room ? run(&wide, which) : LP_E_MEMORY;
    for (int r = 0; r < LP_OUT_COUNT && status == LP_OK; r++)
        narrow_keep(&call->out[r], &wide.out[r], narrow_output(call, r, whole), call->format);
    for (int r = 0; r < LP_IN_COUNT; r++) free(wide.in[r].data);
    for (int r = 0; r < LP_OUT_COUNT; r++) free(wide.out[r].data);
    return status;
}

#endif
