/* The command line: one file per subcommand, one table that help, man page and parsing share. */
#ifndef LP_CLI_CLI_H
#define LP_CLI_CLI_H

#include "core/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Exit statuses of section 8; lp_worse keeps the one that precedes: 2 > 1 > 3 > 4 > 0. */
enum {
    LP_EXIT_OK = 0,
    LP_EXIT_BELOW = 1,
    LP_EXIT_USAGE = 2,
    LP_EXIT_WORSE = 3,
    LP_EXIT_UNDECIDED = 4
};
int lp_exit_worse(int a, int b);

typedef struct lp_option {
    const char *name;
    const char *arg; /* NULL: a switch */
    bool repeats;
    const char *help;
} lp_option;

#define LP_VALUES 64 /* most values that one repeatable option takes */

typedef struct lp_args {
    const struct lp_command *command;
    const char **value[32]; /* per option of the command, in the order given */
    int values[32];
    const char **word; /* what is not an option */
    int words;
} lp_args;

typedef struct lp_command {
    const char *name;
    const char *usage;   /* after the name */
    const char *summary; /* one line */
    const char *text;    /* paragraphs of --help and the man page */
    const lp_option *option;
    int options;
    int (*run)(const lp_args *args);
} lp_command;

extern const lp_command lp_certify_command, lp_oracle_command, lp_replay_command, lp_shrink_command,
    lp_cases_command, lp_judge_command, lp_search_command, lp_selftest_command, lp_list_command;
extern const lp_command lp_report_command, lp_verify_command, lp_compare_command, lp_sweep_command,
    lp_vectors_command;
extern const lp_command *const lp_commands[];
extern const int lp_command_count;

/* Parses argv after the command's name. False after a one-line message on stderr. */
bool lp_args_parse(lp_args *args, const lp_command *command, int argc, char **argv);
void lp_args_free(lp_args *args);
/* The last value given of an option, NULL where absent ("" for a switch that is on). */
const char *lp_args_get(const lp_args *args, const char *name);
int lp_args_all(const lp_args *args, const char *name, const char *const **value);

/* Typed values; false after a message on stderr. `*out` keeps its default where absent. */
bool lp_args_u64(uint64_t *out, const lp_args *args, const char *name);
bool lp_args_i64(int64_t *out, const lp_args *args, const char *name, int64_t least);
bool lp_args_seconds(double *out, const lp_args *args, const char *name);
/* Picks one of n words; false after a message that lists them. */
bool lp_args_word(int *out, const lp_args *args, const char *name, const char *const *words, int n);

void lp_help(FILE *stream);
void lp_help_command(FILE *stream, const lp_command *command);
void lp_help_man(FILE *stream);

/* "lossproof: ..." on stderr, one line. */
void lp_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* stderr or stdout is a terminal that wants colour (NO_COLOR, TERM=dumb respected). */
bool lp_wants_colour(FILE *stream);
/* Flushes stdout and keeps in mind why that failed, where it did: the stream forgets it. */
void lp_flush_output(void);
/* The same at the end; LP_EXIT_USAGE after a message where something could not be written. */
int lp_finish_output(int status);

#define LP_COUNT(array) ((int)(sizeof(array) / sizeof(array)[0]))

#endif
