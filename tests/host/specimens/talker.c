/* A cmd: subject; its argument says how it misbehaves. */
#define _GNU_SOURCE
#include "core/case_text.h"
#include "plain.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HELLO(head, more)                                                                          \
    "{\"hello\":\"lossproof\",\"abi\":1,\"name\":\"talker\",\"version\":\"2\"," head               \
    "\"entries\":[{\"op\":\"softmax_xent\",\"format\":\"binary64\",\"outputs\":[\"loss\","         \
    "\"grad\"]" more "}]}\n"

static const char *how;
static int asked;

static bool is(const char *name) {
    return strcmp(how, name) == 0;
}

static void say(const char *text) {
    fputs(text, stdout);
    fflush(stdout);
}

static const char *greeting(void) {
    if (is("hello_other"))
        return HELLO("\"colour\":\"red\",", ",\"params\":[\"temperature\",\"tea\"],\"flags\":["
                                            "\"strided\",\"in_place\"],\"reductions\":[\"none\","
                                            "\"max\"],\"extra\":1},{\"op\":\"brew\",\"format\":"
                                            "\"binary64\",\"outputs\":[]},{\"op\":\"softmax\","
                                            "\"format\":\"binary128\",\"outputs\":[\"value\"]");
    if (is("hello_noise")) return "Welcome to talker 2.0!\n";
    if (is("hello_abi")) return "{\"hello\":\"lossproof\",\"abi\":2,\"entries\":[]}\n";
    if (is("hello_entries")) return "{\"hello\":\"lossproof\",\"abi\":1,\"entries\":[]}\n";
    return HELLO("", "");
}

static void compute(const lp_case *c, lp_answer *a) {
    lp_call call = {.format = LP_BINARY64,
                    .n = c->n,
                    .k = c->k,
                    .label = c->label,
                    .in[LP_IN_LOGITS] = {c->in[LP_IN_LOGITS], c->k}};
    lp_answer_init(a);
    call.out[LP_OUT_LOSS] = (lp_matrix){lp_answer_alloc(a, c, LP_OUT_LOSS), c->n};
    call.out[LP_OUT_GRAD] = (lp_matrix){lp_answer_alloc(a, c, LP_OUT_GRAD), c->k};
    a->status = plain_run(&call);
}

static void drop(lp_answer *a, lp_out out) {
    free(a->out[out]);
    a->out[out] = NULL;
}

/* What goes wrong before an answer. */
static void before(void) {
    if (is("chatter")) say("computing...\n");
    if (is("crash")) abort();
    if (is("exit_0")) exit(0);
    if (is("exit_3")) exit(3);
    if (is("half")) {
        say("{\"id\":");
        exit(0);
    }
    if (is("hang")) pause();
    if (is("endless"))
        for (;;) say("                                ");
    if (is("eager")) /* a long answer, begun before the question is read */
        for (int i = 0; i < 40000; i++) say("                                                  ");
}

static void answer(const lp_case *c) {
    lp_answer a;
    char *text;
    compute(c, &a);
    if (is("nondeterministic")) a.out[LP_OUT_GRAD][1] += asked;
    if (is("missing")) drop(&a, LP_OUT_GRAD);
    if (is("unsupported") || is("label")) {
        drop(&a, LP_OUT_LOSS);
        drop(&a, LP_OUT_GRAD);
    }
    lp_answer_line line = {.id = is("wrong_id") ? "other" : c->id,
                           .answer = &a,
                           .error = is("label") ? "no such\nlabel" : NULL,
                           .status = is("unsupported")                        ? "unsupported"
                                     : is("label") || is("error_with_values") ? "label"
                                     : is("odd_status")                       ? "sleepy"
                                                                              : "ok"};
    text = lp_answer_print(&line);
    if (is("wrong_length")) { /* one more loss */
        char *at = strstr(text, "\"loss\":[") + 8;
        say("{\"id\":\"");
        say(c->id);
        say("\",\"loss\":[\"0x0p+0\",");
        say(at);
    } else {
        say(text);
    }
    say("\n");
    if (is("two_lines")) {
        say(text);
        say("\n");
        sleep(1); /* both have come before anyone asks */
    }
    free(text);
    lp_answer_clear(&a);
}

/* Answers each case at its first byte, and reads it then. */
static int hasty(void) {
    for (int c; (c = getchar()) != EOF;) {
        say("{\"id\":\"fixed\",\"status\":\"label\"}\n");
        while (c != EOF && c != '\n') c = getchar();
    }
    return 0;
}

int main(int argc, char **argv) {
    char *line;
    size_t length;
    lp_line_reader in = {.stream = stdin};
    how = argc > 1 ? argv[1] : "good";
    if (is("hello_exit")) return 0;
    if (is("hello_crash")) abort();
    say(greeting());
    if (is("hasty")) return hasty();
    if (is("eager")) {
        ungetc(getchar(), stdin);
        before();
    }
    for (; lp_line_next(&in, &line, &length) == 1; asked++) {
        lp_case c;
        const char *status;
        if (!lp_case_parse(&c, line, length, &status, NULL)) return 2;
        if (!is("eager")) before();
        if (is("mute")) { /* says no more */
            close(1);
            pause();
        }
        answer(&c);
        lp_case_clear(&c);
        if (is("deaf")) { /* reads no more */
            close(0);
            pause();
        }
    }
    lp_line_close(&in);
    return 0;
}
