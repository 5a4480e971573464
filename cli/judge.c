/* `lossproof judge`: a certificate from answers that were given elsewhere. */
#include "cli/certify.h"
#include "cli/stored.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Handed on to certify as they are. */
static const lp_option options[] = {
    {"level", "LEVEL", false, "level asked for: stable by default"},
    {"out", "DIR", false, "where the certificate goes (lossproof-out); an existing one is refused"},
    {"force", NULL, false, "write into an existing directory"},
    {"json", NULL, false, "the summary as one JSON line"},
    {"serve", NULL, false, "be the subject that gives the stored answers (docs/cmd-protocol.md)"},
};

static const char text[] =
    "CASES is what `lossproof cases` wrote, ANSWERS one answer a line: by `id`, or without ids in\n"
    "the cases' order. Each answer is judged as certify judges it; a case without an answer is "
    "not\n"
    "tested and counted as such. Properties that need further calls are not tested either.\n\n"
    "  lossproof judge cases.jsonl answers.jsonl --level accurate\n";

/* A word of a cmd: line that stands for itself (host/spec.c): ' ends, \' is one, ' begins again. */
static void quoted(char *to, const char *word) {
    to += strlen(to);
    *to++ = '\'';
    for (; *word; word++) {
        if (*word == '\'') {
            *to++ = '\'';
            *to++ = '\\';
            *to++ = '\'';
        }
        *to++ = *word;
    }
    memcpy(to, "'", 2);
}

/* The subject's line, malloc'd. */
static char *subject_of(const char *cases, const char *answers) {
    char *subject = malloc(4 * (strlen(cases) + strlen(answers)) + 64);
    if (!subject) abort();
    strcpy(subject, "cmd:/proc/self/exe judge --serve -- ");
    quoted(subject, cases);
    strcat(subject, " ");
    quoted(subject, answers);
    return subject;
}

static int certified(const lp_args *args, const char *cases, const char *answers) {
    char *argv[16], *subject = subject_of(cases, answers);
    int argc = 0;
    argv[argc++] = subject;
    argv[argc++] = "--cases";
    argv[argc++] = (char *)cases;
    argv[argc++] = "--only-cases";
    for (int o = 0; o < args->command->options; o++) {
        const lp_option *option = &args->command->option[o];
        const char *value = lp_args_get(args, option->name);
        static char name[4][16];
        if (!value || o >= 4) continue;
        snprintf(name[o], sizeof name[o], "--%s", option->name);
        argv[argc++] = name[o];
        if (option->arg) argv[argc++] = (char *)value;
    }
    lp_args inner;
    int status = LP_EXIT_USAGE;
    if (lp_args_parse(&inner, &lp_certify_command, argc, argv)) {
        status = lp_certify_command.run(&inner);
        lp_args_free(&inner);
    }
    free(subject);
    return status;
}

static int judged(const lp_args *args, lp_stored *s) {
    if (lp_args_get(args, "serve")) return lp_stored_serve(s, "stored answers");
    int given = 0;
    for (int i = 0; i < s->cases.count; i++) given += s->given[i];
    if (!given) {
        lp_complain("%s: no answer to any of %d cases", args->word[1], s->cases.count);
        return LP_EXIT_USAGE;
    }
    if (given < s->cases.count)
        fprintf(stderr, "lossproof: %d of %d cases have no answer: not tested\n",
                s->cases.count - given, s->cases.count);
    return certified(args, args->word[0], args->word[1]);
}

/* Both are read again by the subject that serves the answers: a pipe would be empty by then. What
 * is not there is told by who opens it. */
static bool files(const lp_args *args) {
    struct stat s;
    for (int i = 0; i < args->words; i++) {
        const char *word = args->word[i];
        if (stat(word, &s) == 0 ? S_ISREG(s.st_mode) : strcmp(word, "-") != 0) continue;
        lp_complain("%s: no regular file, and it is read twice", word);
        return false;
    }
    return true;
}

static int run(const lp_args *args) {
    if (args->words != 2) {
        lp_complain("judge what? CASES and ANSWERS, two files");
        return LP_EXIT_USAGE;
    }
    if (!files(args)) return LP_EXIT_USAGE;
    lp_stored s;
    bool serves = lp_args_get(args, "serve") != NULL;
    bool loaded = lp_stored_load(&s, args->word[0], args->word[1], serves);
    int status = loaded ? judged(args, &s) : LP_EXIT_USAGE;
    if (s.bad && !serves) status = lp_exit_worse(status, LP_EXIT_USAGE);
    lp_stored_free(&s);
    return status;
}

const lp_command lp_judge_command = {"judge",
                                     "CASES ANSWERS [OPTION...]",
                                     "Judge answers that were given elsewhere",
                                     text,
                                     options,
                                     LP_COUNT(options),
                                     run};
