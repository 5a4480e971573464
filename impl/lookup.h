/* Entries of tables for the lanes of a loop, in a loop of their own: whole structs are copied, one
 * by one, of which no compiler makes a gather. The loads keep other units busy than the arithmetic
 * does, where it is that of the lanes before; a gather of 8 doubles keeps Zen 5's vector units busy
 * for 15 cycles, as long as all the rest of 8 exponentials, and is slow on Intel's processors since
 * the mending of Downfall. */
#ifndef LP_IMPL_LOOKUP_H
#define LP_IMPL_LOOKUP_H

#include "impl/log_dd.h"

/* Before a loop over so few lanes that gcc would make single statements of it before it comes to
 * make vectors. */
#if defined(__GNUC__)
#define LP_KEEP_LOOP _Pragma("GCC unroll 1")
#else
#define LP_KEEP_LOOP
#endif

/* n: a multiple of 8. place: of lp_exp_place. */
LP_INLINE void lp_exp_look_up(lp_exp_entry *restrict entry, const double *restrict place, int n) {
    for (int i = 0; i < n; i += 8)
        for (int q = i; q < i + 8; q++) entry[q] = lp_exp_table[lp_exp_index(place[q])];
}
/* place: of lp_log_place. */
LP_INLINE void lp_log_look_up(lp_log_entry *restrict entry, const double *restrict place, int n) {
    for (int i = 0; i < n; i += 8)
        for (int q = i; q < i + 8; q++) entry[q] = lp_log_table[lp_log_index(place[q])];
}

#endif
