/* `lossproof replay`: one counterexample again, every number beside the exact one. */
#include "cli/cases.h"
#include "cli/certify.h"
#include "props/props/campaign.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const lp_option options[] = {
    {"subject", "SUBJECT", false, "who answers; default the one that the counterexample names"},
    {"dir", "DIR", false, "where an ID is looked up (lossproof-out)"},
    {"level", "LEVEL", false, "exit 1 where the case is below it: stable by default"},
    {"seed", "N", false, "seed of the properties' related cases (1)"},
};

static const char text[] = "FILE holds case lines or is a counterexamples.jsonl; ID is a "
                           "counterexample's id (\"ce-...\")\n"
                           "in DIR/counterexamples.jsonl. Shows each answer beside the exact "
                           "digits, its error in ulp, its\n"
                           "level, and the properties that break.\n\n"
                           "  lossproof replay ce-0123456789abcdef\n"
                           "  lossproof replay rows.jsonl --subject builtin:accurate\n";

static int case_replayed(const char *subject, const lp_case *c, uint64_t seed, lp_level asked) {
    lp_error err = {""};
    lp_host *host = NULL;
    lp_host_options how = {.timeout = 10, .check_twice = true};
    lp_host_result opened = lp_host_open(&host, subject, &how, &err);
    if (opened != LP_HOST_OK) {
        lp_complain("%s", err.text);
        return opened == LP_HOST_DIED ? LP_EXIT_BELOW : LP_EXIT_USAGE;
    }
    lp_level level = lp_campaign_replay(stdout, host, c, seed, &err);
    lp_host_close(host);
    if (err.text[0]) {
        lp_complain("%s", err.text);
        return LP_EXIT_USAGE;
    }
    return level >= asked ? LP_EXIT_OK : LP_EXIT_BELOW;
}

/* An ID names one line of DIR/counterexamples.jsonl; anything else is a file of which all is run.
 */
static char *file_of(const char *word, const char *dir, bool *by_id) {
    *by_id = strncmp(word, "ce-", 3) == 0 && access(word, F_OK) != 0;
    size_t room = strlen(word) + strlen(dir) + 32;
    char *path = malloc(room);
    if (!path) abort();
    if (*by_id)
        snprintf(path, room, "%s/counterexamples.jsonl", dir);
    else
        strcpy(path, word);
    return path;
}

static int replayed(const lp_args *args, uint64_t seed, lp_level asked) {
    const char *dir = lp_args_get(args, "dir") ? lp_args_get(args, "dir") : "lossproof-out";
    const char *word = args->word[0], *given = lp_args_get(args, "subject");
    bool by_id;
    char *path = file_of(word, dir, &by_id);
    lp_case_list list;
    if (!lp_cases_load(&list, path)) {
        free(path);
        return LP_EXIT_USAGE;
    }
    int status = list.bad ? LP_EXIT_USAGE : LP_EXIT_OK, run = 0;
    for (int i = 0; i < list.count; i++) {
        if (by_id && (!list.id[i] || strcmp(list.id[i], word) != 0)) continue;
        const char *subject = given ? given : list.subject[i];
        run++;
        if (!subject) {
            lp_complain("%s:%lld: names no subject; give --subject", path, (long long)list.line[i]);
            status = LP_EXIT_USAGE;
            continue;
        }
        if (!by_id) printf("%s:%lld:\n", path, (long long)list.line[i]);
        status = lp_exit_worse(status, case_replayed(subject, &list.item[i], seed, asked));
        if (by_id) break; /* one case may stand for several failures: the same lines each time */
    }
    if (!run) {
        lp_complain("%s: no %s", path, by_id ? word : "case in it");
        status = LP_EXIT_USAGE;
    }
    lp_cases_free(&list);
    free(path);
    return status;
}

static int run(const lp_args *args) {
    uint64_t seed = 1;
    lp_level asked = LP_LEVEL_STABLE;
    if (args->words != 1) {
        lp_complain("replay what? one FILE or ID");
        return LP_EXIT_USAGE;
    }
    if (!lp_level_taken(&asked, args) || !lp_args_u64(&seed, args, "seed")) return LP_EXIT_USAGE;
    if (!lp_reference_sound()) return LP_EXIT_USAGE;
    return replayed(args, seed, asked);
}

const lp_command lp_replay_command = {"replay",
                                      "FILE|ID [OPTION...]",
                                      "Run a counterexample again and show every number",
                                      text,
                                      options,
                                      LP_COUNT(options),
                                      run};
