/* What a subject says it can do, sorted into what this program knows and what it does not. */
#ifndef LP_HOST_DECLARE_H
#define LP_HOST_DECLARE_H

#include "host/block.h"
#include "host/host.h"

typedef struct lp_declared {
    char *name, *version, *conventions;
    lp_host_entry *entry;
    uint32_t *index; /* entry's place in the subject's own table */
    int entries;
    char **unknown;
    int unknowns;
} lp_declared;

/* An entry of an unknown operation or format is unknown as a whole; of the others, the unknown bits
 * are. */
void lp_declared_add(lp_declared *d, const lp_raw_entry *raw, uint32_t index);
void lp_declared_unknown(lp_declared *d, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Takes the text over; a word of it that names no format is unknown (core/accumulation.h). */
void lp_declared_conventions(lp_declared *d, char *text);
void lp_declared_clear(lp_declared *d);

/* Index of the entry that takes the case; -1 with a reason in why (room bytes). */
int lp_declared_accepts(const lp_declared *d, const lp_case *c, char *why, size_t room);

#endif
