/* Tasks over processes: subjects' workers end with the thread that started them, and a process that
 * dies takes no other task with it. */
#ifndef LP_CLI_POOL_H
#define LP_CLI_POOL_H

#include <stdbool.h>
#include <stddef.h>

/* Zeroed memory that the processes of lp_pool_run share with their parent; ends with the program.
 */
void *lp_pool_memory(size_t bytes);
/* Runs task(ctx, 0..tasks-1), each once, in `jobs` child processes; what a task leaves must lie in
 * lp_pool_memory. False: a process ended otherwise than by having no task left, or none could be
 * made. */
bool lp_pool_run(int jobs, int tasks, void (*task)(void *ctx, int i), void *ctx);
/* The same; meanwhile the parent calls watch(ctx) some times a second, and once when all is done.
 * The children end with their parent, however it ends. */
bool lp_pool_watched(int jobs, int tasks, void (*task)(void *ctx, int i), void (*watch)(void *ctx),
                     void *ctx);
/* Processors that this process may use. */
int lp_pool_processors(void);

#endif
