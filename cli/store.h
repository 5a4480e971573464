/* Worst inputs by value, a JSON line each: {"arm":..,"case":{..},"output":..,"score":..,...}. Case
 * readers (search --known, replay, shrink) take such lines. */
#ifndef LP_CLI_STORE_H
#define LP_CLI_STORE_H

#include "cli/islands.h"

bool lp_store_exists(const char *path);
/* False with a complaint: something else than a file is there (a device has no end, and would take
 * what is written without keeping it), or the folder takes none. Asked before the search is paid.
 */
bool lp_store_usable(const char *path);
/* Writes the file anew: what it held of other subjects, operations and formats stays, what it held
 * of this one stays where it is as bad as what was found now. False after a message. */
bool lp_store_write(const char *path, const char *subject, const lp_islands *y);

#endif
