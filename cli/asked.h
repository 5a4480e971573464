/* Which operations and formats a command was asked for: --op and --format, read in one way. */
#ifndef LP_CLI_ASKED_H
#define LP_CLI_ASKED_H

#include "cli/cli.h"
#include "core/format.h"
#include "core/op.h"

typedef struct lp_asked {
    lp_op op[LP_VALUES]; /* as named; ops = 0: every one */
    int ops;
    lp_format_id format[LP_VALUES]; /* as named; formats = 0: the command's default */
    int formats;
} lp_asked;

/* Both options; false after a message that names what is no operation, not built or no format. */
bool lp_ops_taken(lp_asked *a, const lp_args *args);
bool lp_asked_op(const lp_asked *a, lp_op op);                /* named, or none was */
bool lp_asked_format(const lp_asked *a, lp_format_id format); /* likewise */

#endif
