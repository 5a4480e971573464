/* `lossproof cases`: the campaign's cases as lines, for a subject that runs elsewhere. */
#include "cli/cli.h"
#include "cli/drawn.h"
#include "core/case_text.h"
#include "core/memory.h"

#include <stdlib.h>

static const lp_option options[] = {LP_DRAWN_OPTIONS("1000", "1000")};

static const char text[] =
    "Writes the cases that certify would try, special and structured ones first, to standard\n"
    "output. Where the implementation cannot be reached from here (a GPU, another machine), "
    "answer\n"
    "them there, one line each (docs/case-format.md), and let `lossproof judge` read both "
    "files.\n\n"
    "  lossproof cases --op softmax_xent --format binary32 > cases.jsonl\n"
    "  lossproof judge cases.jsonl answers.jsonl --level accurate\n";

static bool put(void *written, lp_case *c, int64_t number) {
    (void)number; /* ids go on from one operation to the next */
    char id[32];
    snprintf(id, sizeof id, "%lld", (long long)++*(int64_t *)written);
    free(c->id);
    c->id = lp_memory_text(id);
    char *line = lp_case_print(c);
    puts(line);
    free(line);
    return !ferror(stdout);
}

static int run(const lp_args *args) {
    lp_drawn d = {.evals = 1000, .max_k = 1000};
    int64_t written = 0;
    if (args->words) {
        lp_complain("cases takes no argument '%s'; 'lossproof cases --help'", args->word[0]);
        return LP_EXIT_USAGE;
    }
    if (!lp_drawn_taken(&d, args)) return LP_EXIT_USAGE;
    for (int o = 0; o < LP_OP_COUNT; o++)
        for (int f = 0; f < LP_FORMAT_COUNT; f++)
            if (lp_drawn_wanted(&d, (lp_op)o, (lp_format_id)f))
                lp_drawn_each(&d, (lp_op)o, (lp_format_id)f, put, &written);
    return LP_EXIT_OK;
}

const lp_command lp_cases_command = {"cases",
                                     "[OPTION...] > CASES",
                                     "Write case lines for a subject that runs elsewhere",
                                     text,
                                     options,
                                     LP_COUNT(options),
                                     run};
