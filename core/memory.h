/* Allocation that cannot fail: without memory there is nothing to report and the process ends. */
#ifndef LP_CORE_MEMORY_H
#define LP_CORE_MEMORY_H

#include <stddef.h>

/* Never NULL, also for a length of 0. */
void *lp_memory_zeros(size_t count, size_t size);
void *lp_memory_resize(void *old, size_t count, size_t size);
/* NULL gives NULL. */
void *lp_memory_copy(const void *from, size_t bytes);
char *lp_memory_text(const char *text);

#endif
