/* The arrays of one call: their shapes, their places in the arena, their contents. */
#ifndef LP_HOST_LAYOUT_H
#define LP_HOST_LAYOUT_H

#include "host/arena.h"
#include "host/host.h"

/* Larger arrays are refused by lp_host_accepts. */
#define LP_SPAN_MAX (INT64_C(1) << 32)

/* One array. Rows of row_bytes lie pitch bytes apart; what is between them, and between the array
 * and the ends of its pages, belongs to nobody and is watched. */
typedef struct lp_buffer {
    int64_t rows, row_bytes, pitch;
    int64_t span; /* bytes from the first element to the end of the last row; 0: absent, NULL */
    unsigned char *at;
    unsigned char *from, *to; /* open pages */
    bool writable;
} lp_buffer;

/* How one case is put before one entry. */
typedef struct lp_plan {
    const lp_case *c;
    const lp_format *format; /* the case's */
    uint32_t entry;          /* index in the subject's table */
    uint32_t outputs;
    uint32_t calls;
    bool label32, in_place, guard_before;
    int64_t align;
    const lp_case *other;  /* of the second call, with the first's shapes; NULL: `c` again */
    const lp_answer *held; /* `accumulate`: what the gradients hold before; NULL: +0 */
} lp_plan;

typedef struct lp_layout {
    lp_buffer buffer[LP_SLOT_COUNT];
} lp_layout;

/* Outputs that the case has: those of its operation, the vector-Jacobian product only with `v`. */
uint32_t lp_plan_case_outputs(const lp_case *c);
/* The call adds to what this output holds. */
bool lp_plan_adds(const lp_plan *p, lp_out role);
/* Bytes of the case's largest array with its stride, saturated. */
int64_t lp_plan_largest(const lp_case *c);
static inline int lp_slot_out(uint32_t which, lp_out role) {
    return LP_SLOT_OUT + (int)which * LP_OUT_COUNT + (int)role;
}

static inline int lp_slot_in(uint32_t which, lp_in role, const lp_plan *p) {
    return (which && p->other ? LP_SLOT_OTHER : LP_SLOT_IN) + (int)role;
}
static inline int lp_slot_label(uint32_t which, const lp_plan *p) {
    return (which && p->other ? LP_SLOT_OTHER : LP_SLOT_IN) + LP_SLOT_LABEL;
}

/* Shapes, then places: every buffer ends at an inaccessible page (starts at one: guard_before). */
void lp_layout_make(lp_layout *l, const lp_plan *p, const lp_arena *a);
/* Tells the worker which pages to open; true where they differ from the last layout's. */
bool lp_layout_publish(const lp_layout *l, const lp_arena *a);
/* Packs the inputs, poisons the outputs, fills what is watched, writes the calls. */
void lp_layout_fill(const lp_layout *l, const lp_plan *p);

/* The NaN that fills the outputs of call `which`, as the format stores it; another one for each. */
typedef struct lp_poison {
    unsigned char element[8];
} lp_poison;
lp_poison lp_poison_of(lp_format_id format, uint32_t which);
/* Canary byte around and between the rows of call `which`'s outputs. */
unsigned char lp_canary(uint32_t which);
const char *lp_slot_name(int slot);

#endif
