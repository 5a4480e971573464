#include "core/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *or_abort(void *p) {
    if (p) return p;
    fputs("lossproof: out of memory\n", stderr);
    abort();
}

/* glibc gives what was freed by this thread back to malloc, not to calloc: pieces of a few rows go
 * round there, and what is left in its other lists is gathered at every larger piece. */
#define SMALL 1024

void *lp_memory_zeros(size_t count, size_t size) {
    if (count == 0 || size == 0) count = size = 1;
    if (count > SMALL / size) return or_abort(calloc(count, size));
    return memset(or_abort(malloc(count * size)), 0, count * size);
}

void *lp_memory_resize(void *old, size_t count, size_t size) {
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) return or_abort(NULL);
    return or_abort(realloc(old, bytes ? bytes : 1));
}

void *lp_memory_copy(const void *from, size_t bytes) {
    if (!from) return NULL;
    void *to = or_abort(malloc(bytes ? bytes : 1));
    return memcpy(to, from, bytes);
}

char *lp_memory_text(const char *text) {
    return text ? lp_memory_copy(text, strlen(text) + 1) : NULL;
}
