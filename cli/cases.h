/* Files of case lines. */
#ifndef LP_CLI_CASES_H
#define LP_CLI_CASES_H

#include "core/case.h"
#include "core/case_text.h"

typedef struct lp_case_list {
    lp_case *item;
    char **subject; /* the line's subject (a counterexample's), NULL where it names none */
    char **id;
    int64_t *line;
    int count;
    int bad; /* lines refused, each with one message on stderr */
} lp_case_list;

/* Reads case lines, or lines of counterexamples.jsonl (objects that hold a "case"). Every bad line
 * is reported as FILE:LINE: key and reason, and counted. False where the file cannot be read. */
bool lp_cases_load(lp_case_list *list, const char *path);
/* The same at the end of a list that is there. */
bool lp_cases_add(lp_case_list *list, const char *path);
void lp_cases_free(lp_case_list *list);

/* Why there are no more lines, after lp_line_next's -1. */
void lp_complain_line(const char *path, const lp_line_reader *reader);

#endif
