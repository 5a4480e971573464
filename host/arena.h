/* The mapping that block.h describes, seen from its owner. */
#ifndef LP_HOST_ARENA_H
#define LP_HOST_ARENA_H

#include "core/error.h"
#include "host/block.h"

typedef struct lp_arena {
    unsigned char *base; /* NULL: none */
    size_t bytes;        /* of the mapping */
    size_t page;
    size_t slots;     /* offset of the first slot */
    size_t slot_room; /* bytes of a slot, whole pages; a guard page follows each */
} lp_arena;

/* Slots of at least `slot_room` bytes each. Address space only: pages cost memory when touched. */
bool lp_arena_open(lp_arena *a, size_t slot_room, lp_error *err);
void lp_arena_close(lp_arena *a);
/* Gives the slots' memory back; the block stays. */
void lp_arena_trim(lp_arena *a);

static inline lp_block *lp_arena_block(const lp_arena *a) {
    return (lp_block *)(void *)a->base;
}
static inline unsigned char *lp_arena_slot(const lp_arena *a, int slot) {
    return a->base + a->slots + (size_t)slot * (a->slot_room + a->page);
}

#endif
