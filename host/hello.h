/* The first line of a cmd: subject (docs/cmd-protocol.md). */
#ifndef LP_HOST_HELLO_H
#define LP_HOST_HELLO_H

#include "host/declare.h"

/* Fills `d`; names this version does not know go to d->unknown. False: not a declaration. */
bool lp_hello_parse(lp_declared *d, const char *line, size_t length, lp_error *err);

#endif
