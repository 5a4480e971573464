/* A directory of counterexamples by value: a file each, named by the hash of its case, so that what
 * two runs found alike is there once and folders of several people merge by copying. */
#ifndef LP_CLI_KEPT_H
#define LP_CLI_KEPT_H

#include "cli/cases.h"
#include "core/certificate.h"

/* Every case of DIR/NAME.jsonl in the order of the files' names, into an uninitialised list; a
 * directory that is not there is an empty one. Lines that are none are told and counted. False
 * after a message where something cannot be read. */
bool lp_kept_read(lp_case_list *l, const char *dir);
/* Adds the counterexamples below the level asked for, as lines of counterexamples.jsonl; a file
 * that is there stays as it is. False after a message. */
bool lp_kept_write(const char *dir, const lp_certificate *cert);

#endif
