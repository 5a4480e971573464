#define _GNU_SOURCE
#include "host/arena.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static size_t whole_pages(size_t bytes, size_t page) {
    return (bytes + page - 1) / page * page;
}

bool lp_arena_open(lp_arena *a, size_t slot_room, lp_error *err) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    lp_arena made = {.page = page};
    made.slot_room = whole_pages(slot_room, page);
    made.slots = whole_pages(sizeof(lp_block), page) + page;
    made.bytes = made.slots + LP_SLOT_COUNT * (made.slot_room + page);
    void *base = mmap(NULL, made.bytes, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED)
        return lp_error_set(err, "cannot map %zu bytes of shared memory: %s", made.bytes,
                            strerror(errno));
    made.base = base;
    *a = made;
    return true;
}

void lp_arena_close(lp_arena *a) {
    if (a->base) munmap(a->base, a->bytes);
    *a = (lp_arena){0};
}

void lp_arena_trim(lp_arena *a) {
    /* Failure would only mean that the memory stays in use. */
    (void)madvise(a->base + a->slots, a->bytes - a->slots, MADV_REMOVE);
}
