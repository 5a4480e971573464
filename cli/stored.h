/* Answers that were given elsewhere, beside the cases they belong to. */
#ifndef LP_CLI_STORED_H
#define LP_CLI_STORED_H

#include "cli/cases.h"
#include "core/answer.h"

typedef struct lp_stored {
    lp_case_list cases;
    lp_answer *answer; /* of case i; meaningful where given[i] */
    bool *given;
    char *name, *version, *conventions; /* declared by a hello line before the answers, or NULL */
    int bad;                            /* lines of either file that were refused */
} lp_stored;

/* An answer with an id belongs to the case with that id, one without to the case whose place in the
 * file it has. Every refused line is reported as FILE:LINE: reason, unless `quiet`. False after a
 * message where a file cannot be read. A first line `hello` (docs/cmd-protocol.md), which a subject
 * that was fed the cases writes, says who answered. */
bool lp_stored_load(lp_stored *s, const char *cases, const char *answers, bool quiet);
void lp_stored_free(lp_stored *s);

/* Speaks docs/cmd-protocol.md as a subject that knows these answers and no others. */
int lp_stored_serve(const lp_stored *s, const char *name);

#endif
