/* The rows of a call on several threads: slices of neighbouring rows, each a call of its own. A
 * row's result is a function of the row, so that slices and threads change no bit. */
#ifndef LP_IMPL_THREADS_H
#define LP_IMPL_THREADS_H

#include <lossproof/subject.h>

/* Runs what `run` does with each slice of a checked call whose rows are for themselves; at most
 * `threads` slices, at once where the build has OpenMP, else one after the other. */
void lp_threads_run(void (*run)(const void *context, const lp_call *slice), const void *context,
                    const lp_call *call, int threads);

#endif
