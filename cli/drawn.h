/* The campaign's cases as a command asks for them: the options that `cases` and `vectors` share. */
#ifndef LP_CLI_DRAWN_H
#define LP_CLI_DRAWN_H

#include "cli/asked.h"
#include "core/case.h"

/* clang-format off */
#define LP_DRAWN_OPTIONS(EVALS, MAX_K)                                                             \
    {"op", "OP", true, "only this operation; default all that are built"},                         \
    {"format", "FORMAT", true, "binary64 (default), binary32, binary16, bfloat16"},                \
    {"param", "NAME", true, "a parameter that cases may have, or all; default none"},              \
    {"reduction", "NAME", true, "none (default), sum, mean"},                                      \
    {"evals", "N", false, "cases of each operation and format (" EVALS ")"},                       \
    {"max-k", "K", false, "most classes (" MAX_K ")"},                                             \
    {"seed", "N", false, "seed of all random choices (1)"}
/* clang-format on */

typedef struct lp_drawn {
    uint64_t seed, params;
    uint32_t reductions;
    int64_t evals, max_k;
    lp_asked named;
} lp_drawn;

/* The options; evals and max_k keep what they are where absent. False after a message. */
bool lp_drawn_taken(lp_drawn *d, const lp_args *args);
/* The pair is asked for, and has a reduction of those asked for. */
bool lp_drawn_wanted(const lp_drawn *d, lp_op op, lp_format_id format);
/* Hands the pair's cases to `each` with their numbers from 1 until it says false. The case is
 * `each`'s to change, not to keep. */
typedef bool (*lp_drawn_fn)(void *ctx, lp_case *c, int64_t number);
void lp_drawn_each(const lp_drawn *d, lp_op op, lp_format_id format, lp_drawn_fn each, void *ctx);

#endif
