/* FILE|ID on a command line: which cases, and who answers them. */
#ifndef LP_CLI_PICK_H
#define LP_CLI_PICK_H

#include "cli/cli.h"
#include "core/case.h"

/* Options of a command that picks. */
#define LP_PICK_OPTIONS                                                                            \
    {"subject", "SUBJECT", false, "who answers; default the one that the counterexample names"}, { \
        "dir", "DIR", false, "where an ID is looked up (lossproof-out)"                            \
    }

/* `where`: FILE:LINE of the case, NULL where it was picked by its id. Returns an exit status. */
typedef int (*lp_pick_fn)(void *ctx, const char *subject, const lp_case *c, const char *where);

/* Hands every case of the one word FILE|ID to `each`. An ID names one line of
 * DIR/counterexamples.jsonl; of anything else, a file of case lines or counterexamples, all are
 * taken. Returns the worst status; LP_EXIT_USAGE after messages where a line is bad, names no
 * subject, or nothing is picked. */
int lp_pick_each(const lp_args *args, lp_pick_fn each, void *ctx);

#endif
