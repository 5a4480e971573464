#include "host/layout.h"

#include <string.h>

/* Quiet NaNs with payloads that no arithmetic makes from other operands; in the 8-bit formats two
 * of the few NaNs there are. */
static const uint64_t poison[LP_FORMAT_COUNT][2] = {
    [LP_BINARY64] = {UINT64_C(0x7ff84c50504f4931), UINT64_C(0x7ff84c50504f4932)},
    [LP_BINARY32] = {0x7fd04f31, 0x7fd04f32},
    [LP_BINARY16] = {0x7ed1, 0x7ed2},
    [LP_BFLOAT16] = {0x7fd1, 0x7fd2},
    [LP_E5M2] = {0x7e, 0x7f},
    [LP_E4M3] = {0x7f, 0xff}};

/* Around the inputs: a NaN in every format, so that a value read past a row's end shows. */
enum { INPUT_CANARY = 0xff };

lp_poison lp_poison_of(lp_format_id format, uint32_t which) {
    lp_poison made = {{0}};
    uint64_t b64 = poison[format][which];
    uint32_t b32 = (uint32_t)b64;
    uint16_t b16 = (uint16_t)b64;
    uint8_t b8 = (uint8_t)b64;
    size_t bytes = (size_t)lp_format_get(format)->bytes;
    memcpy(made.element,
           bytes == 8   ? (const void *)&b64
           : bytes == 4 ? &b32
           : bytes == 2 ? &b16
                        : (const void *)&b8,
           bytes);
    return made;
}

unsigned char lp_canary(uint32_t which) {
    return which ? 0x5a : 0xa5;
}

/* Everything of the open pages that is not an element. */
static void fill_canary(const lp_buffer *b, unsigned char canary) {
    memset(b->from, canary, (size_t)(b->at - b->from));
    memset(b->at + b->span, canary, (size_t)(b->to - b->at - b->span));
    int64_t gap = b->pitch - b->row_bytes;
    for (int64_t r = 0; gap > 0 && r + 1 < b->rows; r++)
        memset(b->at + r * b->pitch + b->row_bytes, canary, (size_t)gap);
}

static void pack(const lp_buffer *b, const lp_format *f, const double *x) {
    int64_t cols = b->row_bytes / f->bytes;
    if (b->pitch == b->row_bytes) {
        lp_format_pack(b->at, f, x, b->rows * cols);
        return;
    }
    for (int64_t r = 0; r < b->rows; r++)
        lp_format_pack(b->at + r * b->pitch, f, x + r * cols, cols);
}

/* The first element, then doubling copies: memcpy's speed whatever the element's size. */
static void fill_poison(const lp_buffer *b, lp_poison what, int bytes) {
    for (int64_t r = 0; r < b->rows; r++) {
        unsigned char *row = b->at + r * b->pitch;
        memcpy(row, what.element, (size_t)bytes);
        for (int64_t done = bytes; done < b->row_bytes;) {
            int64_t more = done < b->row_bytes - done ? done : b->row_bytes - done;
            memcpy(row + done, row, (size_t)more);
            done += more;
        }
    }
}

static void fill_label(const lp_buffer *b, const lp_case *c, bool label32) {
    if (!label32) {
        memcpy(b->at, c->label, (size_t)b->span);
        return;
    }
    int32_t *to = (int32_t *)(void *)b->at;
    for (int64_t i = 0; i < c->n; i++) to[i] = (int32_t)c->label[i];
}

static void fill_inputs(const lp_layout *l, const lp_plan *p, uint32_t which) {
    const lp_case *c = which && p->other ? p->other : p->c;
    for (int i = 0; i < LP_IN_COUNT; i++) {
        const lp_buffer *b = &l->buffer[lp_slot_in(which, (lp_in)i, p)];
        if (b->span == 0) continue;
        fill_canary(b, INPUT_CANARY);
        pack(b, p->format, c->in[i]);
    }
    const lp_buffer *label = &l->buffer[lp_slot_label(which, p)];
    if (label->span == 0) return;
    fill_canary(label, INPUT_CANARY);
    fill_label(label, c, p->label32);
}

/* What the call is to add to: an answer's numbers, or +0, whose bits are 0 in every format. */
static void fill_held(const lp_buffer *b, const lp_plan *p, lp_out role) {
    if (p->held && p->held->out[role]) {
        pack(b, p->format, p->held->out[role]);
        return;
    }
    for (int64_t r = 0; r < b->rows; r++) memset(b->at + r * b->pitch, 0, (size_t)b->row_bytes);
}

static void fill_output(const lp_buffer *b, const lp_plan *p, uint32_t which, lp_out role) {
    fill_canary(b, lp_canary(which));
    if (lp_plan_adds(p, role))
        fill_held(b, p, role);
    else if (p->in_place && role == LP_OUT_GRAD)
        pack(b, p->format, p->c->in[LP_IN_LOGITS]);
    else
        fill_poison(b, lp_poison_of(p->c->format, which), p->format->bytes);
}

static lp_matrix matrix(const lp_buffer *b, int bytes) {
    return (lp_matrix){b->span > 0 ? b->at : NULL, b->pitch / bytes};
}

static void fill_call(const lp_layout *l, const lp_plan *p, uint32_t which) {
    const lp_case *c = p->c;
    lp_call call = {.size = sizeof call,
                    .op = (uint32_t)c->op,
                    .format = (uint32_t)c->format,
                    .reduction = (uint32_t)c->reduction,
                    .n = c->n,
                    .k = c->k,
                    .d = c->d,
                    .label = (const int64_t *)(void *)l->buffer[lp_slot_label(which, p)].at,
                    .ignore_index = c->ignore_index,
                    .set = c->set,
                    .param = (const double *)(void *)l->buffer[LP_SLOT_PARAM].at};
    for (int i = 0; i < LP_IN_COUNT; i++)
        call.in[i] = matrix(&l->buffer[lp_slot_in(which, (lp_in)i, p)], p->format->bytes);
    for (int o = 0; o < LP_OUT_COUNT; o++)
        call.out[o] = matrix(&l->buffer[lp_slot_out(which, (lp_out)o)], p->format->bytes);
    if (p->in_place) call.in[LP_IN_LOGITS] = call.out[LP_OUT_GRAD];
    memcpy(l->buffer[LP_SLOT_CALL + (int)which].at, &call, sizeof call);
}

void lp_layout_fill(const lp_layout *l, const lp_plan *p) {
    const lp_case *c = p->c;
    for (int s = LP_SLOT_PARAM; s < LP_SLOT_OUT; s++)
        if (l->buffer[s].span > 0) fill_canary(&l->buffer[s], INPUT_CANARY);
    for (uint32_t set = 0; set < (p->other ? 2 : 1); set++) fill_inputs(l, p, set);
    memcpy(l->buffer[LP_SLOT_PARAM].at, c->param, sizeof c->param);
    for (uint32_t which = 0; which < p->calls; which++) {
        for (int o = 0; o < LP_OUT_COUNT; o++) {
            const lp_buffer *b = &l->buffer[lp_slot_out(which, (lp_out)o)];
            if (b->span > 0) fill_output(b, p, which, (lp_out)o);
        }
        fill_call(l, p, which);
    }
}
