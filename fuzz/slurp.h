/* A whole file of the corpora. */
#ifndef LP_FUZZ_SLURP_H
#define LP_FUZZ_SLURP_H

#include "core/memory.h"

#include <stdint.h>
#include <stdio.h>

/* The bytes (malloc'd); NULL: the file cannot be opened. */
static inline uint8_t *lp_fuzz_slurp(size_t *size, const char *name) {
    FILE *f = fopen(name, "rb");
    uint8_t *data = NULL;
    size_t room = 0;
    *size = 0;
    for (bool more = f != NULL; more;) {
        if (*size == room) {
            room = room ? 2 * room : 4096;
            data = lp_memory_resize(data, room, 1);
        }
        size_t got = fread(data + *size, 1, room - *size, f);
        *size += got;
        more = got > 0;
    }
    if (f) fclose(f);
    return data;
}

#endif
