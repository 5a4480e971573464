/* Subjects that are programs: a case line out, an answer line back (docs/cmd-protocol.md). */
#include "core/case_text.h"
#include "core/memory.h"
#include "host/hello.h"
#include "host/inside.h"
#include "host/layout.h"
#include "host/note.h"
#include "host/pipes.h"
#include "host/process.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

/* A first line may have to wait for an interpreter and its libraries. */
static const double first_line_extra = 60;
static const double grace = 0.2;
/* Longest lines: a declaration; of an answer, the fixed part and one number with its quotes, its
 * leading or trailing zeros, and its decimals under `exact`. More is a program that never ends its
 * line. */
enum { HELLO_LIMIT = 1 << 22, ANSWER_LIMIT = 1 << 16, NUMBER_LIMIT = 256 };

typedef struct command {
    lp_pipes pipes;
    char *hello; /* as first declared */
    uint64_t sent;
} command;

static void describe_end(char *text, size_t room, int status) {
    if (status != -1 && WIFSIGNALED(status))
        snprintf(text, room, "ended by signal %d", WTERMSIG(status));
    else if (status != -1)
        snprintf(text, room, "ended with status %d", WEXITSTATUS(status));
    else
        snprintf(text, room, "ended");
}

/* --- opening ---------------------------------------------------------------------------------- */

typedef struct greeting {
    lp_host_result result;
    bool cannot_start; /* no program at all: with LP_HOST_CANNOT */
} greeting;

static greeting greet(lp_host *h, char **hello, lp_error *err) {
    command *m = h->state;
    const char *line;
    size_t length;
    char end[64];
    *hello = NULL;
    if (!lp_pipes_start(&m->pipes, h->spec.path, h->spec.argv, err))
        return (greeting){LP_HOST_CANNOT, true};
    lp_line_result got = lp_pipes_exchange(&m->pipes, NULL, 0, &line, &length, HELLO_LIMIT,
                                           h->options.timeout + first_line_extra);
    if (got == LP_LINE_OK) {
        *hello = lp_memory_zeros(length + 1, 1);
        memcpy(*hello, line, length);
        return (greeting){LP_HOST_OK, false};
    }
    describe_end(end, sizeof end, lp_pipes_end(&m->pipes, got == LP_LINE_END ? grace : 0));
    if (got == LP_LINE_LATE)
        lp_error_set(err, "%s gives no first line", h->spec.spec);
    else if (got == LP_LINE_LONG)
        lp_error_set(err, "%s: first line too long", h->spec.spec);
    else
        lp_error_set(err, "%s %s before its first line", h->spec.spec, end);
    return (greeting){LP_HOST_DIED, false};
}

static lp_host_result open_command(lp_host *h, lp_error *err) {
    command *m = h->state = lp_memory_zeros(1, sizeof(command));
    lp_error why = {""};
    greeting g = greet(h, &m->hello, err);
    if (g.result != LP_HOST_OK) return g.result;
    if (lp_hello_parse(&h->declared, m->hello, strlen(m->hello), &why)) return LP_HOST_OK;
    lp_error_set(err, "%s: first line: %s", h->spec.spec, why.text);
    return LP_HOST_CANNOT;
}

static void close_command(lp_host *h) {
    command *m = h->state;
    if (!m) return;
    lp_pipes_end(&m->pipes, grace);
    free(m->hello);
    free(m);
}

/* --- one line --------------------------------------------------------------------------------- */

static void lose(lp_host *h, lp_answer *answer, lp_line_result why) {
    command *m = h->state;
    bool ended = why == LP_LINE_END || why == LP_LINE_HALF;
    bool stays = ended && !lp_process_ends(m->pipes.pid, grace);
    int status = lp_pipes_end(&m->pipes, 0);
    bool clean = status != -1 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    char end[64];
    describe_end(end, sizeof end, status);
    answer->status = LP_E_INTERNAL;
    h->cut = why == LP_LINE_CUT;
    if (h->cut) return;
    if (why == LP_LINE_LATE)
        lp_note(answer, LP_FIND_HANG, "no answer within %g s", h->options.timeout);
    else if (why == LP_LINE_LONG)
        lp_note(answer, LP_FIND_NOISE, "answer line too long");
    else
        lp_note(answer, stays || clean ? LP_FIND_NOISE : LP_FIND_CRASH, "%s%s",
                stays ? "closed its output" : end,
                why == LP_LINE_HALF ? " within its answer" : " before its answer");
}

static size_t answer_limit(const lp_case *c, uint32_t outputs) {
    size_t values = 0;
    for (int o = 0; o < LP_OUT_COUNT; o++)
        if (outputs & LP_OUT_BIT(o)) values += (size_t)lp_case_out_len(c, (lp_out)o);
    return ANSWER_LIMIT + NUMBER_LIMIT * values;
}

/* What the line says; noise ends the program, since nobody knows what its next line would answer.
 */
static void read_answer(lp_host *h, const lp_case *c, uint32_t outputs, const char *line,
                        size_t length, lp_answer *answer) {
    command *m = h->state;
    lp_error why = {""};
    bool read = lp_answer_parse(answer, c, line, length, &why);
    if (!read) lp_note(answer, LP_FIND_NOISE, "answer: %.120s", why.text);
    for (int o = 0; read && o < LP_OUT_COUNT; o++) {
        bool due = (outputs & LP_OUT_BIT(o)) && answer->status == LP_OK;
        if (due && !answer->out[o])
            lp_note(answer, LP_FIND_NOISE, "answer: %s is missing", lp_out_name((lp_out)o));
        if (due || !answer->out[o]) continue;
        if (answer->status != LP_OK)
            lp_note(answer, LP_FIND_WROTE_ON_ERROR, "%s beside status %s", lp_out_name((lp_out)o),
                    lp_status_name(answer->status));
        free(answer->out[o]);
        answer->out[o] = NULL;
        answer->len[o] = 0;
    }
    if (lp_pipes_more(&m->pipes)) lp_note(answer, LP_FIND_NOISE, "more than one line for a case");
    if (!(answer->findings & LP_FIND_NOISE)) return;
    if (!read) answer->status = LP_E_INTERNAL;
    lp_pipes_end(&m->pipes, 0);
}

/* A program is started again, and must say the same as the first time. */
static bool program_ready(lp_host *h, lp_answer *answer, bool *failed, lp_error *err) {
    command *m = h->state;
    char *hello;
    lp_error why = {""};
    *failed = false;
    if (m->pipes.pid > 0) return true;
    greeting g = greet(h, &hello, &why);
    *failed = g.cannot_start;
    if (g.cannot_start) return lp_error_set(err, "%s", why.text);
    bool same = hello && strcmp(hello, m->hello) == 0;
    free(hello);
    if (same) return true;
    lp_pipes_end(&m->pipes, 0);
    answer->status = LP_E_INTERNAL;
    lp_note(answer, LP_FIND_CRASH, "%s",
            hello ? "declares something else when started again" : why.text);
    return false;
}

static bool ask(lp_host *h, const lp_case *c, const char *text, uint32_t outputs, lp_answer *answer,
                lp_error *err) {
    command *m = h->state;
    const char *line;
    size_t length;
    bool failed;
    lp_answer_init(answer);
    if (!program_ready(h, answer, &failed, err)) return !failed;
    double start = lp_seconds();
    m->pipes.stop = h->options.stop;
    lp_line_result got = lp_pipes_exchange(&m->pipes, text, strlen(text), &line, &length,
                                           answer_limit(c, outputs), h->options.timeout);
    double ns = (lp_seconds() - start) * 1e9;
    if (got == LP_LINE_OK)
        read_answer(h, c, outputs, line, length, answer);
    else
        lose(h, answer, got);
    answer->ns = ns;
    return true;
}

/* --- a case ----------------------------------------------------------------------------------- */

static bool same_value(double a, double b) {
    return memcmp(&a, &b, sizeof a) == 0 || (isnan(a) && isnan(b));
}

static void compare(lp_answer *answer, const lp_answer *again) {
    answer->findings |= again->findings;
    if (answer->status != again->status)
        lp_note(answer, LP_FIND_NONDETERMINISTIC, "status %s, then %s",
                lp_status_name(answer->status), lp_status_name(again->status));
    for (int o = 0; o < LP_OUT_COUNT; o++)
        for (int64_t i = 0; answer->out[o] && again->out[o] && i < answer->len[o]; i++)
            if (!same_value(answer->out[o][i], again->out[o][i])) {
                lp_note(answer, LP_FIND_NONDETERMINISTIC,
                        "%s[%" PRId64 "] differs when asked again", lp_out_name((lp_out)o), i);
                break;
            }
}

/* The case with an id by which its answer is known, as a line. */
static char *case_line(lp_case *c, char id[32], uint64_t number) {
    if (!c->id) {
        snprintf(id, 32, "h%" PRIu64, number);
        c->id = id;
    }
    char *text = lp_case_print(c);
    size_t n = strlen(text);
    text = lp_memory_resize(text, n + 2, 1);
    memcpy(text + n, "\n", 2);
    return text;
}

static bool run_command(lp_host *h, const lp_case *c, int entry, uint32_t outputs,
                        const lp_host_how *how, lp_answer *answer, lp_error *err) {
    command *m = h->state;
    (void)entry, (void)how; /* memory layout: nothing of it on a pipe */
    char id[32];
    lp_case named = *c; /* borrows the arrays */
    char *text = case_line(&named, id, ++m->sent);
    bool ok = ask(h, &named, text, outputs, answer, err);
    if (ok && h->options.check_twice && !h->cut && !(answer->findings & LP_FIND_FATAL)) {
        lp_answer again;
        ok = ask(h, &named, text, outputs, &again, err);
        if (ok && (again.findings & LP_FIND_FATAL)) { /* as one call that was lost */
            lp_answer lost = again;
            again = *answer;
            *answer = lost;
        } else if (ok) {
            compare(answer, &again);
        }
        lp_answer_clear(&again);
    }
    free(text);
    return ok;
}

const lp_backend lp_backend_command = {open_command, close_command, run_command};
