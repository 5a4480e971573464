/* A case as one JSON line and back (section 7), and the answer lines of `oracle` and `cmd:`
 * subjects. */
#ifndef LP_CORE_CASE_TEXT_H
#define LP_CORE_CASE_TEXT_H

#include "core/answer.h"
#include "core/case.h"

/* Parses and checks one line (no newline or NUL needed). On failure `c` is empty, *status says
 * which answer the line deserves and err names key and reason: "syntax" (not JSON, an unknown,
 * missing or duplicate key, a wrong type, a malformed number), "value" (well written, but it does
 * not fit the operation, the sizes or the format), "unsupported" (of the specification, not built).
 * *status is "ok" otherwise. */
bool lp_case_parse(lp_case *c, const char *line, size_t length, const char **status, lp_error *err);
/* The line without newline, sorted as section 7 lists the keys; malloc'd. Parsing it gives an equal
 * case, printing that the same bytes. */
char *lp_case_print(const lp_case *c);

/* One answer line: {"id":..,"loss":[..],"grad":[..],"status":"ok"}; malloc'd. Keys in the order id,
 * line (when > 0), outputs, hvp, exact (when not NULL: decimals, one array per output), status,
 * error.
 */
typedef struct lp_answer_line {
    const char *id;
    int64_t line;
    const lp_answer *answer; /* outputs; NULL: none */
    const double *hvp;       /* hvp_len numbers after the outputs, key `hvp`; NULL: none */
    int64_t hvp_len;
    char **exact[LP_OUT_COUNT + 1]; /* the last: of hvp */
    const char *status;             /* "ok", "undecided" or an error name */
    const char *error;
} lp_answer_line;
char *lp_answer_print(const lp_answer_line *a);
/* Parses an answer to `c` (a cmd: subject's line): outputs' lengths must fit the case. False:
 * noise; err says why. A status other than "ok" fills answer->status. */
bool lp_answer_parse(lp_answer *answer, const lp_case *c, const char *line, size_t length,
                     lp_error *err);

/* Reads lines of up to a gibibyte from a stream that nobody else reads: LF, CRLF, a first BOM, an
 * unterminated last line. Returns 1 with *line and *length, 0 at the end, -1 where no line can be
 * had any more: a read error, or one too long (a device that never ends). *line is reused. */
typedef struct lp_line_reader {
    void *stream; /* FILE * */
    char *line;
    size_t room;
    int64_t number; /* of the line just read, from 1 */
    size_t most;    /* bytes of the longest line; 0: 2^30 */
    bool too_long;
} lp_line_reader;
int lp_line_next(lp_line_reader *r, char **line, size_t *length);
/* What -1 meant: "read error after line 3", "line 4 is longer than ...". */
void lp_line_trouble(lp_error *err, const lp_line_reader *r);
void lp_line_close(lp_line_reader *r); /* frees the buffer, not the stream */

#endif
