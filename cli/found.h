/* What a run has found so far, on the disk as it is found: a run that is killed writes no
 * certificate, and what it found must not go with it. */
#ifndef LP_CLI_FOUND_H
#define LP_CLI_FOUND_H

#include "cli/cases.h"

#include <stdio.h>

typedef struct lp_found {
    char *path; /* DIR/found.jsonl, there from the first find on */
    FILE *file;
    char *last; /* the line written last: a case fails in several ways at once */
    bool kept;  /* --resume: behind what the killed run left */
    bool failed;
} lp_found;

void lp_found_begin(lp_found *f, const char *dir, bool kept);
/* The campaign's `found`: appends the case's line. What cannot be written is told once. */
void lp_found_add(void *found, const lp_case *c);
/* Takes the file away where the certificate, which holds all of it, is written. */
void lp_found_end(lp_found *f, bool written);
/* Appends to `list` the cases that a killed run left in `dir`: none where it left none. False after
 * a message where they cannot be read. */
bool lp_found_read(lp_case_list *list, const char *dir);

#endif
