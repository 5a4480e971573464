#include "host/layout.h"

#include <string.h>

/* Bytes from the first to the last element, INT64_MAX where they do not fit. */
static int64_t span_of(lp_layout_rows s, int bytes) {
    int64_t span;
    if (s.rows <= 0 || s.cols <= 0) return 0;
    if (__builtin_mul_overflow(s.rows - 1, s.stride, &span) ||
        __builtin_add_overflow(span, s.cols, &span) || __builtin_mul_overflow(span, bytes, &span))
        return INT64_MAX;
    return span;
}

static lp_buffer buffer_of(lp_layout_rows s, int bytes, bool writable) {
    return (lp_buffer){.rows = s.rows,
                       .row_bytes = s.cols * bytes,
                       .pitch = s.stride * bytes,
                       .span = span_of(s, bytes),
                       .writable = writable};
}

static lp_buffer vector_of(int64_t len, int bytes) {
    return buffer_of((lp_layout_rows){len > 0, len, len}, bytes, false);
}

uint32_t lp_plan_case_outputs(const lp_case *c) {
    const lp_op_info *op = lp_op_get(c->op);
    uint32_t outputs = 0;
    for (int o = 0; o < op->out_count; o++)
        if (!op->out[o].needs_v || c->in[LP_IN_V]) outputs |= LP_OUT_BIT(op->out[o].role);
    return outputs;
}

bool lp_plan_adds(const lp_plan *p, lp_out role) {
    return role >= LP_OUT_GRAD && lp_case_param(p->c, LP_PARAM_ACCUMULATE) == 1;
}

int64_t lp_plan_largest(const lp_case *c) {
    const lp_op_info *op = lp_op_get(c->op);
    int bytes = lp_format_get(c->format)->bytes;
    int64_t largest = span_of((lp_layout_rows){c->n > 0, c->n, c->n}, (int)sizeof(int64_t));
    for (int i = 0; i < LP_IN_COUNT + op->out_count; i++) {
        lp_shape s = i < LP_IN_COUNT ? op->in[i] : op->out[i - LP_IN_COUNT].shape;
        int64_t span = span_of(lp_case_rows(c, s), bytes);
        if (span > largest) largest = span;
    }
    return largest;
}

static void make_shapes(lp_layout *l, const lp_plan *p) {
    const lp_case *c = p->c;
    const lp_op_info *op = lp_op_get(c->op);
    int bytes = p->format->bytes;
    memset(l, 0, sizeof *l);
    int label = p->label32 ? (int)sizeof(int32_t) : (int)sizeof(int64_t);
    for (uint32_t which = 0; which < p->calls; which++) {
        for (int i = 0; i < LP_IN_COUNT; i++)
            if (c->in[i] && !(p->in_place && i == LP_IN_LOGITS))
                l->buffer[lp_slot_in(which, (lp_in)i, p)] =
                    buffer_of(lp_case_rows(c, op->in[i]), bytes, false);
        if (c->label) l->buffer[lp_slot_label(which, p)] = vector_of(c->n, label);
    }
    l->buffer[LP_SLOT_PARAM] = vector_of(LP_PARAM_COUNT, (int)sizeof(double));
    for (uint32_t which = 0; which < p->calls; which++) {
        l->buffer[LP_SLOT_CALL + (int)which] = vector_of(1, (int)sizeof(lp_call));
        for (int o = 0; o < op->out_count; o++)
            if (p->outputs & LP_OUT_BIT(op->out[o].role))
                l->buffer[lp_slot_out(which, op->out[o].role)] =
                    buffer_of(lp_case_rows(c, op->out[o].shape), bytes, true);
    }
}

static unsigned char *page_down(unsigned char *at, size_t page) {
    return at - (uintptr_t)at % page;
}

/* align > 0 asks for an address that is align past a multiple of 64; up to 63 bytes between the
 * buffer and the guard are then canaries. The worker finds its lp_call at the end of the slot, so
 * calls always end at the guard. */
static void place(lp_buffer *b, const lp_arena *a, int slot, int64_t align, bool before) {
    unsigned char *start = lp_arena_slot(a, slot), *end = start + a->slot_room;
    if (before) {
        b->at = start + (align > 0 ? align % 64 : 0);
        b->from = start;
        b->to = page_down(b->at + b->span + a->page - 1, a->page);
    } else {
        b->at = end - b->span;
        if (align > 0) b->at -= ((uintptr_t)b->at + 64 - (uintptr_t)align % 64) % 64;
        b->from = page_down(b->at, a->page);
        b->to = end;
    }
}

void lp_layout_make(lp_layout *l, const lp_plan *p, const lp_arena *a) {
    const lp_op_info *op = lp_op_get(p->c->op);
    make_shapes(l, p);
    for (int s = 0; s < LP_SLOT_COUNT; s++) {
        bool is_call = s == LP_SLOT_CALL || s == LP_SLOT_CALL + 1;
        bool moved = s < LP_IN_COUNT && op->in[s] == LP_SHAPE_NK;
        moved = moved || (p->in_place && s >= LP_SLOT_OUT);
        if (l->buffer[s].span > 0)
            place(&l->buffer[s], a, s, moved ? p->align : 0, p->guard_before && !is_call);
    }
}

bool lp_layout_publish(const lp_layout *l, const lp_arena *a) {
    lp_block *block = lp_arena_block(a);
    bool changed = false;
    for (int s = 0; s < LP_SLOT_COUNT; s++) {
        const lp_buffer *b = &l->buffer[s];
        lp_range r = {0, 0, 0};
        if (b->span > 0)
            r = (lp_range){(uint64_t)(b->from - a->base), (uint64_t)(b->to - a->base), b->writable};
        changed = changed || memcmp(&block->range[s], &r, sizeof r) != 0;
        block->range[s] = r;
    }
    if (changed) block->layout++;
    return changed;
}

const char *lp_slot_name(int slot) {
    if (slot >= LP_SLOT_OTHER) slot -= LP_SLOT_OTHER;
    if (slot < LP_IN_COUNT) return lp_in_name((lp_in)slot);
    if (slot == LP_SLOT_LABEL) return "label";
    if (slot == LP_SLOT_PARAM) return "param";
    if (slot < LP_SLOT_OUT) return "the call";
    return lp_out_name((lp_out)((slot - LP_SLOT_OUT) % LP_OUT_COUNT));
}
