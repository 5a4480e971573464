/* `lossproof oracle`: case lines in, correctly rounded answers out. */
#include "cli/answered.h"
#include "cli/cases.h"
#include "cli/cli.h"
#include "cli/crew.h"
#include "cli/pool.h"
#include "core/text.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const lp_option options[] = {
    {"rounding", "MODE", false, "nearest, zero, up or down, in place of the cases' own"},
    {"digits", "N", false, "add the exact decimals, N digits, truncated toward zero"},
    {"jobs", "N", false, "processes for a long input; as many as processors by default"},
    {"hello", NULL, false, "speak first, as a cmd: subject does"},
};

static const char text[] =
    "Reads one case a line (JSON, docs/case-format.md) on standard input and writes one answer a\n"
    "line: every number correctly rounded to the case's format. A line that cannot be read is\n"
    "answered with its number, its status and what is wrong; the rest goes on and the exit status\n"
    "is 2. A long input is answered by several processes, in its order, and held nowhere as a "
    "whole.\n"
    "An answer that could not be settled says \"undecided\" (exit status 4).\n\n"
    "  cmd:'lossproof oracle --hello' is the reference as a subject.\n";

typedef struct oracle {
    int rounding; /* -1: the case's own */
    int digits;
    int status;
    bool talks; /* --hello: a subject */
    int jobs;
    FILE *to;       /* the answers */
    lp_text asked;  /* by a partner that talks: the last line that was a case, */
    char *answered; /* and its answer; NULL: none */
} oracle;

static void put_text(const oracle *o, const char *line) {
    fputs(line, o->to);
    fputc('\n', o->to);
}

static void put_line(const oracle *o, const lp_answer_line *a) {
    char *line = lp_answer_print(a);
    put_text(o, line);
    free(line);
}

static void put_refusal(oracle *o, const char *id, int64_t number, const char *status,
                        const char *why) {
    o->status = lp_exit_worse(o->status, LP_EXIT_USAGE);
    put_line(o, &(lp_answer_line){.id = id, .line = number, .status = status, .error = why});
}

/* Of a case, by a partner that may ask again. */
static void put_answer(oracle *o, const lp_answer_line *a) {
    char *line = lp_answer_print(a);
    put_text(o, line);
    free(o->answered);
    o->answered = line;
}

/* `certify` asks everything twice, to see whether a subject answers alike. The judge computes each
 * answer anew and in another process, so that nothing is hidden where the second one is a copy. */
static bool asked_again(oracle *o, const char *line, size_t length) {
    if (o->answered && o->asked.length == length && !memcmp(o->asked.data, line, length)) {
        put_text(o, o->answered);
        return true;
    }
    free(o->answered);
    o->answered = NULL;
    o->asked.length = 0;
    lp_text_bytes(&o->asked, line, length);
    return false;
}

static void answer_case(oracle *o, lp_case *c, int64_t number) {
    lp_error err = {""};
    if (o->rounding >= 0) c->rounding = (lp_rounding)o->rounding;
    lp_exact *e = lp_exact_new(c, &err);
    if (!e) {
        put_refusal(o, c->id, number, "unsupported", err.text);
        return;
    }
    lp_answered a;
    lp_answered_take(&a, c, e, o->digits);
    /* A subject answers what it has: the lower bound, rounded down. */
    if (a.undecided + a.open > 0 && !o->talks) {
        a.line.status = "undecided";
        o->status = lp_exit_worse(o->status, LP_EXIT_UNDECIDED);
    }
    put_answer(o, &a.line);
    lp_answered_clear(&a);
    lp_exact_free(e);
}

static void answer_line(oracle *o, const char *line, size_t length, int64_t number) {
    lp_case c;
    lp_error err = {""};
    const char *status = "syntax";
    if (!lp_case_parse(&c, line, length, &status, &err)) {
        put_refusal(o, NULL, number, status, err.text);
        return;
    }
    answer_case(o, &c, number);
    lp_case_clear(&c);
}

/* The declaration of a cmd: subject (docs/cmd-protocol.md): all that is built. */
static void put_hello(void) {
    fputs(
        "{\"hello\":\"lossproof\",\"abi\":1,\"name\":\"lossproof oracle\",\"version\":\"" LP_VERSION
        "\",\"conventions\":\"special=ieee\",\"entries\":[",
        stdout);
    bool first = true;
    for (int op = 0; op < LP_OP_COUNT; op++) {
        const lp_op_info *info = lp_op_get((lp_op)op);
        for (int f = LP_BINARY64; info->built && f < LP_SUBJECT_FORMATS; f++) {
            printf("%s{\"op\":\"%s\",\"format\":\"%s\",\"params\":[", first ? "" : ",", info->name,
                   lp_format_get((lp_format_id)f)->name);
            first = false;
            for (int p = 0, n = 0; p < LP_PARAM_COUNT; p++)
                if (info->built_params & LP_PARAM_BIT(p) && p != LP_PARAM_ACCUMULATE)
                    printf("%s\"%s\"", n++ ? "," : "", lp_param_name((lp_param)p));
            fputs("],\"outputs\":[", stdout);
            for (int k = 0; k < info->out_count; k++)
                printf("%s\"%s\"", k ? "," : "", lp_out_name(info->out[k].role));
            fputs("],\"reductions\":[", stdout);
            for (int r = 0, n = 0; r < 32; r++)
                if (info->built_reductions >> r & 1)
                    printf("%s\"%s\"", n++ ? "," : "", lp_reduction_name((lp_reduction)r));
            fputs("],\"flags\":[]}", stdout);
        }
    }
    puts("]}");
}

/* ---- the stream ---- */

/* Lines for a process, each behind its number and its length, and with a NUL behind it. */
enum { PIECE_LINES = 256, PIECE_BYTES = 1 << 18 };
typedef struct piece {
    lp_text text;
    int lines;
} piece;

static void add_line(piece *p, const char *line, size_t length, int64_t number) {
    int64_t head[2] = {number, (int64_t)length};
    lp_text_bytes(&p->text, (const char *)head, sizeof head);
    lp_text_bytes(&p->text, line, length);
    lp_text_bytes(&p->text, "", 1);
    p->lines++;
}

static int answer_piece(void *ctx, FILE *to, const char *lines, size_t bytes) {
    const oracle *all = ctx;
    oracle o = {.rounding = all->rounding, .digits = all->digits, .jobs = all->jobs, .to = to};
    for (const char *at = lines; at < lines + bytes;) {
        int64_t head[2];
        memcpy(head, at, sizeof head);
        at += sizeof head;
        answer_line(&o, at, (size_t)head[1], head[0]);
        at += head[1] + 1;
    }
    free(o.answered);
    return o.status;
}

/* To the processes, which the first full piece makes; false: they failed. */
static bool give_piece(oracle *o, lp_crew **crew, piece *p) {
    if (!*crew) *crew = lp_crew_open(o->jobs, answer_piece, o);
    bool ok = *crew && lp_crew_give(*crew, p->text.data, p->text.length, stdout, &o->status);
    p->text.length = 0;
    p->lines = 0;
    return ok;
}

/* What is left at the end; a short input never had a process. */
static bool finish_pieces(oracle *o, lp_crew *crew, piece *p) {
    bool ok = true;
    if (p->lines && crew)
        ok = give_piece(o, &crew, p);
    else if (p->lines)
        o->status = lp_exit_worse(o->status, answer_piece(o, stdout, p->text.data, p->text.length));
    if (crew) ok = lp_crew_close(crew, stdout, &o->status) && ok;
    lp_text_clear(&p->text);
    return ok;
}

static int answer_stream(oracle *o) {
    lp_line_reader reader = {.stream = stdin};
    lp_crew *crew = NULL;
    piece p = {{0}, 0};
    char *line;
    size_t length;
    int got;
    bool ok = true;
    while (ok && (got = lp_line_next(&reader, &line, &length)) > 0) {
        if (o->jobs == 1) {
            if (!o->talks || !asked_again(o, line, length))
                answer_line(o, line, length, reader.number);
            /* A partner that waits for its answer gets it at once; a pipe of many lines stays
             * buffered. */
            if ((o->talks && fflush(stdout) != 0) || ferror(stdout)) break;
            continue;
        }
        add_line(&p, line, length, reader.number);
        if (p.lines == PIECE_LINES || p.text.length >= PIECE_BYTES) ok = give_piece(o, &crew, &p);
    }
    ok = finish_pieces(o, crew, &p) && ok;
    if (!ok && !ferror(stdout)) lp_complain("a process that answered lines has failed");
    if (ok && got < 0) lp_complain_line("standard input", &reader);
    if (!ok || got < 0) o->status = LP_EXIT_USAGE;
    lp_line_close(&reader);
    lp_text_clear(&o->asked);
    free(o->answered);
    return o->status;
}

static int run(const lp_args *args) {
    static const char *const modes[] = {"nearest", "zero", "up", "down"};
    oracle o = {.rounding = -1, .status = LP_EXIT_OK, .to = stdout};
    int64_t digits = 0, jobs = lp_pool_processors();
    if (args->words) {
        lp_complain("oracle takes no argument '%s': cases come on standard input", args->word[0]);
        return LP_EXIT_USAGE;
    }
    if (!lp_args_word(&o.rounding, args, "rounding", modes, LP_COUNT(modes)) ||
        !lp_args_i64(&digits, args, "digits", 1) || !lp_args_i64(&jobs, args, "jobs", 1))
        return LP_EXIT_USAGE;
    if (digits > 10000) {
        lp_complain("--digits %lld: at most 10000", (long long)digits);
        return LP_EXIT_USAGE;
    }
    o.digits = (int)digits;
    o.talks = lp_args_get(args, "hello") != NULL;
    if (o.talks) {
        put_hello();
        lp_flush_output();
    }
    o.jobs = o.talks || isatty(STDIN_FILENO) ? 1 : jobs > 64 ? 64 : (int)jobs;
    return answer_stream(&o);
}

const lp_command lp_oracle_command = {"oracle",
                                      "[OPTION...] < CASES > ANSWERS",
                                      "Answer case lines with correctly rounded numbers",
                                      text,
                                      options,
                                      LP_COUNT(options),
                                      run};
