#include "cli/pick.h"

#include "cli/cases.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_id(const char *word) {
    return strncmp(word, "ce-", 3) == 0 && access(word, F_OK) != 0;
}

static char *file_of(const char *word, const char *dir) {
    size_t room = strlen(word) + strlen(dir) + 32;
    char *path = malloc(room);
    if (!path) abort();
    if (is_id(word))
        snprintf(path, room, "%s/counterexamples.jsonl", dir);
    else
        strcpy(path, word);
    return path;
}

static int picked(const char *path, const lp_case_list *list, int i, const lp_args *args,
                  lp_pick_fn each, void *ctx) {
    const char *given = lp_args_get(args, "subject"), *subject = given ? given : list->subject[i];
    size_t room = strlen(path) + 32;
    char *where = malloc(room);
    if (!where) abort();
    snprintf(where, room, "%s:%lld", path, (long long)list->line[i]);
    int status = LP_EXIT_USAGE;
    if (subject)
        status = each(ctx, subject, &list->item[i], is_id(args->word[0]) ? NULL : where);
    else
        lp_complain("%s: names no subject; give --subject", where);
    free(where);
    return status;
}

int lp_pick_each(const lp_args *args, lp_pick_fn each, void *ctx) {
    const char *dir = lp_args_get(args, "dir") ? lp_args_get(args, "dir") : "lossproof-out";
    if (args->words != 1) {
        lp_complain("%s what? one FILE or ID", args->command->name);
        return LP_EXIT_USAGE;
    }
    const char *word = args->word[0];
    char *path = file_of(word, dir);
    lp_case_list list;
    if (!lp_cases_load(&list, path)) {
        free(path);
        return LP_EXIT_USAGE;
    }
    int status = list.bad ? LP_EXIT_USAGE : LP_EXIT_OK, run = 0;
    for (int i = 0; i < list.count; i++) {
        if (is_id(word) && (!list.id[i] || strcmp(list.id[i], word) != 0)) continue;
        run++;
        status = lp_exit_worse(status, picked(path, &list, i, args, each, ctx));
        if (is_id(word)) break; /* one case may stand for several failures: the same each time */
    }
    if (!run) {
        lp_complain("%s: no %s", path, is_id(word) ? word : "case in it");
        status = LP_EXIT_USAGE;
    }
    lp_cases_free(&list);
    free(path);
    return status;
}
