#include "host/inspect.h"

#include "host/note.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* All bytes equal: the first one is, and each equals its neighbour. */
static bool intact(const unsigned char *at, int64_t bytes, unsigned char canary) {
    return bytes <= 0 || (at[0] == canary && memcmp(at, at + 1, (size_t)bytes - 1) == 0);
}

static void check_canary(lp_answer *a, const lp_buffer *b, unsigned char canary, const char *name) {
    if (!intact(b->from, b->at - b->from, canary))
        lp_note(a, LP_FIND_OVERWRITE, "wrote before the start of %s", name);
    if (!intact(b->at + b->span, b->to - b->at - b->span, canary))
        lp_note(a, LP_FIND_OVERWRITE, "wrote past the end of %s", name);
    int64_t gap = b->pitch - b->row_bytes;
    for (int64_t r = 0; gap > 0 && r + 1 < b->rows; r++)
        if (!intact(b->at + r * b->pitch + b->row_bytes, gap, canary))
            lp_note(a, LP_FIND_OVERWRITE, "wrote into the padding after row %" PRId64 " of %s", r,
                    name);
}

static void check_environment(lp_answer *a, const lp_block *b, uint32_t calls) {
    for (uint32_t i = 0; i < calls; i++) {
        const lp_shared_call *r = &b->call[i];
        if (lp_fpenv_rounds_differently(b->env, r->env))
            lp_note(a, LP_FIND_ROUNDING, "rounding or exception masks left changed (0x%x to 0x%x)",
                    b->env.control, r->env.control);
        if (lp_fpenv_flushes_differently(b->env, r->env))
            lp_note(a, LP_FIND_FTZ, "flush-to-zero left changed (0x%x to 0x%x)", b->env.control,
                    r->env.control);
        if (r->error != 0) lp_note(a, LP_FIND_ERRNO, "errno set to %d", r->error);
    }
}

static lp_status status_of(lp_answer *a, const lp_plan *p, const lp_block *b) {
    uint32_t calls = p->calls;
    int32_t status = b->call[0].status;
    if (calls == 2 && !p->other && b->call[1].status != status)
        lp_note(a, LP_FIND_NONDETERMINISTIC, "status %d, then %d", status, b->call[1].status);
    if (status >= LP_OK && status <= LP_E_INTERNAL) return (lp_status)status;
    lp_note(a, 0, "unknown status %d", status);
    return LP_E_INTERNAL;
}

static bool is_nan(const lp_format *f, const unsigned char *element) {
    double x;
    lp_format_unpack(&x, f, element, 1);
    return isnan(x);
}

/* One element of an output whose two calls gave different bits. Each kept its own poison: nothing
 * was written. Two NaNs are the same answer: sign and payload of a NaN mean nothing here. */
static unsigned compare_element(const lp_format *f, const unsigned char *first,
                                const unsigned char *second, const lp_poison poison[2]) {
    size_t bytes = (size_t)f->bytes;
    bool kept_first = memcmp(first, poison[0].element, bytes) == 0;
    bool kept_second = memcmp(second, poison[1].element, bytes) == 0;
    if (kept_first && kept_second) return LP_FIND_UNWRITTEN;
    if (!kept_first && !kept_second && is_nan(f, first) && is_nan(f, second)) return 0;
    return LP_FIND_NONDETERMINISTIC;
}

static void report_element(lp_answer *a, unsigned finding, const char *name, int64_t index) {
    if (finding == LP_FIND_UNWRITTEN)
        lp_note(a, finding, "%s[%" PRId64 "] not written", name, index);
    else if (finding == LP_FIND_WROTE_ON_ERROR)
        lp_note(a, finding, "%s[%" PRId64 "] written beside an error", name, index);
    else if (finding)
        lp_note(a, finding, "%s[%" PRId64 "] differs between two calls", name, index);
}

static void compare_calls(lp_answer *a, const lp_plan *p, const lp_buffer *first,
                          const lp_buffer *second, const char *name) {
    const lp_poison poison[2] = {lp_poison_of(p->c->format, 0), lp_poison_of(p->c->format, 1)};
    int64_t bytes = p->format->bytes, cols = first->row_bytes / bytes;
    if (cols == 0) return; /* rows of no classes have no address */
    for (int64_t r = 0; r < first->rows; r++) {
        const unsigned char *x = first->at + r * first->pitch, *y = second->at + r * second->pitch;
        if (memcmp(x, y, (size_t)first->row_bytes) == 0) continue;
        for (int64_t j = 0; j < cols; j++)
            if (memcmp(x + j * bytes, y + j * bytes, (size_t)bytes) != 0)
                report_element(a, compare_element(p->format, x + j * bytes, y + j * bytes, poison),
                               name, r * cols + j);
    }
}

/* Whole words, where an element is one: an array of a million would call memcmp as often. */
static bool same_element(const unsigned char *a, const unsigned char *b, int64_t bytes) {
    if (bytes == 4) return memcmp(a, b, 4) == 0;
    if (bytes == 8) return memcmp(a, b, 8) == 0;
    return memcmp(a, b, (size_t)bytes) == 0;
}

/* The first element that holds its poison's bits (kept) or does not (the reverse). In the 8-bit
 * formats a subject's own NaN can have them, so that only a second call tells what was written. */
static void check_poison(lp_answer *a, const lp_plan *p, uint32_t which, const lp_buffer *b,
                         bool kept, unsigned finding, const char *name) {
    lp_poison poison = lp_poison_of(p->c->format, which);
    int64_t bytes = p->format->bytes, cols = b->row_bytes / bytes;
    for (int64_t r = 0; r < b->rows; r++)
        for (int64_t j = 0; j < cols; j++) {
            const unsigned char *element = b->at + r * b->pitch + j * bytes;
            if (same_element(element, poison.element, bytes) == kept) {
                report_element(a, finding, name, r * cols + j);
                return;
            }
        }
}

static void deliver(lp_answer *a, const lp_plan *p, const lp_buffer *b, lp_out role) {
    double *to = lp_answer_alloc(a, p->c, role);
    int64_t cols = b->row_bytes / p->format->bytes;
    for (int64_t r = 0; b->span > 0 && r < b->rows; r++)
        lp_format_unpack(to + r * cols, p->format, b->at + r * b->pitch, cols);
}

/* In place, an output starts as the logits, and one that is added to as what it held: it has no
 * poison to keep. */
static void check_output(lp_answer *a, const lp_layout *l, const lp_plan *p, const lp_block *b,
                         lp_out role) {
    const lp_buffer *buffer[2] = {&l->buffer[lp_slot_out(0, role)],
                                  &l->buffer[lp_slot_out(1, role)]};
    const char *name = lp_out_name(role);
    bool poisoned =
        buffer[0]->span > 0 && !(p->in_place && role == LP_OUT_GRAD) && !lp_plan_adds(p, role);
    for (uint32_t i = 0; i < p->calls && poisoned; i++)
        if (b->call[i].status != LP_OK)
            check_poison(a, p, i, buffer[i], false, LP_FIND_WROTE_ON_ERROR, name);
    if (a->status != LP_OK) return;
    if (p->calls == 2 && !p->other)
        compare_calls(a, p, buffer[0], buffer[1], name);
    else if (p->format->bytes > 1 && poisoned)
        check_poison(a, p, 0, buffer[0], true, LP_FIND_UNWRITTEN, name);
    deliver(a, p, buffer[0], role);
}

void lp_inspect(lp_answer *a, const lp_layout *l, const lp_plan *p, const lp_block *b) {
    a->status = status_of(a, p, b);
    a->ns = b->call[0].ns > 0 ? (double)b->call[0].ns : 0;
    for (uint32_t which = 0; which < p->calls; which++)
        for (int o = 0; o < LP_OUT_COUNT; o++) {
            const lp_buffer *buffer = &l->buffer[lp_slot_out(which, (lp_out)o)];
            if (buffer->span > 0) check_canary(a, buffer, lp_canary(which), lp_out_name((lp_out)o));
        }
    for (int o = 0; o < LP_OUT_COUNT; o++)
        if (p->outputs & LP_OUT_BIT(o)) check_output(a, l, p, b, (lp_out)o);
    check_environment(a, b, p->calls);
}
