/* The composition root: finds the subcommand and hands over. */
#include "cli/cli.h"
#include "ref/exact.h"

#include <stdlib.h>
#include <string.h>

const lp_command *const lp_commands[] = {
    &lp_certify_command, &lp_oracle_command,  &lp_replay_command,  &lp_shrink_command,
    &lp_cases_command,   &lp_judge_command,   &lp_search_command,  &lp_selftest_command,
    &lp_list_command,    &lp_report_command,  &lp_compare_command, &lp_sweep_command,
    &lp_verify_command,  &lp_vectors_command,
};
const int lp_command_count = LP_COUNT(lp_commands);

static const lp_command *command_named(const char *name) {
    for (int i = 0; i < lp_command_count; i++)
        if (strcmp(lp_commands[i]->name, name) == 0) return lp_commands[i];
    return NULL;
}

static int help_about(int argc, char **argv) {
    if (argc < 1) {
        lp_help(stdout);
        return lp_finish_output(LP_EXIT_OK);
    }
    const lp_command *command = command_named(argv[0]);
    if (!command) {
        lp_complain("no command '%s'; 'lossproof --help' lists them", argv[0]);
        return LP_EXIT_USAGE;
    }
    lp_help_command(stdout, command);
    return lp_finish_output(LP_EXIT_OK);
}

/* Two ways to the exact answer that differ: whatever was concluded from it is worth nothing. */
static int status_of_reference(int status) {
    lp_ref_stats s = lp_ref_stats_get();
    if (!s.disagreed) return status;
    lp_complain("the reference contradicts itself: of %llu answers of its integer tier that MPFR "
                "decided again, %llu differ; a defect of lossproof, nothing here counts",
                (unsigned long long)s.rechecked, (unsigned long long)s.disagreed);
    return LP_EXIT_USAGE;
}

int main(int argc, char **argv) {
    if (argc < 2) {
        lp_help(stderr);
        return LP_EXIT_USAGE;
    }
    const char *name = argv[1];
    if (!strcmp(name, "--version")) {
        puts("lossproof " LP_VERSION);
        return lp_finish_output(LP_EXIT_OK);
    }
    if (!strcmp(name, "--help") || !strcmp(name, "-h") || !strcmp(name, "help"))
        return help_about(argc - 2, argv + 2);
    if (!strcmp(name, "--man") && argc == 2) {
        lp_help_man(stdout);
        return lp_finish_output(LP_EXIT_OK);
    }
    const lp_command *command = command_named(name);
    if (!command) {
        lp_complain("no command '%s'; 'lossproof --help' lists them", name);
        return LP_EXIT_USAGE;
    }
    for (int i = 2; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) {
            lp_help_command(stdout, command);
            return lp_finish_output(LP_EXIT_OK);
        }
    lp_args args;
    if (!lp_args_parse(&args, command, argc - 2, argv + 2)) return LP_EXIT_USAGE;
    int status = command->run(&args);
    lp_args_free(&args);
    return lp_finish_output(status_of_reference(status));
}
