#include "cli/stored.h"

#include "cli/cli.h"
#include "core/case_text.h"
#include "core/json_read.h"
#include "core/memory.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* The case of an answer: by its id, else by its place. -1 with err where there is none. */
static int place_of(const lp_stored *s, const char *id, int nth, lp_error *err) {
    for (int i = 0; id && i < s->cases.count; i++) {
        int at = (nth + i) % s->cases.count; /* answers mostly come in order */
        if (s->cases.id[at] && !strcmp(s->cases.id[at], id)) return at;
    }
    if (id) return lp_error_set(err, "id: no case %.60s", id) - 1;
    if (nth < s->cases.count) return nth;
    return lp_error_set(err, "no case is left to answer") - 1;
}

static char *declared(const json_t *hello, const char *key) {
    const char *text = json_string_value(json_object_get(hello, key));
    return text ? lp_memory_text(text) : NULL;
}

/* *next moves on by an answer, right or wrong. */
static bool read_line(lp_stored *s, const char *line, size_t length, int *next, lp_error *err) {
    const int nth = *next;
    json_t *root = lp_read_object(line, length, err);
    if (root && nth == 0 && !s->name && json_object_get(root, "hello")) {
        s->name = declared(root, "name");
        s->version = declared(root, "version");
        s->conventions = declared(root, "conventions");
        json_decref(root);
        return true;
    }
    ++*next;
    if (!root) return false;
    int at = place_of(s, json_string_value(json_object_get(root, "id")), nth, err);
    json_decref(root);
    if (at < 0) return false;
    if (s->given[at]) return lp_error_set(err, "a second answer to the same case");
    lp_case unnamed = s->cases.item[at]; /* an answer without an id is one by its place */
    if (!strstr(line, "\"id\"")) unnamed.id = NULL;
    s->given[at] = lp_answer_parse(&s->answer[at], &unnamed, line, length, err);
    return s->given[at];
}

static bool read_answers(lp_stored *s, const char *path, bool quiet) {
    FILE *f = fopen(path, "rb");
    if (!f) {
        lp_complain("%s: %s", path, strerror(errno));
        return false;
    }
    lp_line_reader reader = {.stream = f};
    char *line;
    size_t length;
    int got, nth = 0;
    while ((got = lp_line_next(&reader, &line, &length)) > 0) {
        lp_error err = {""};
        if (read_line(s, line, length, &nth, &err)) continue;
        s->bad++;
        if (!quiet) lp_complain("%s:%lld: %s", path, (long long)reader.number, err.text);
    }
    if (got < 0) lp_complain_line(path, &reader);
    lp_line_close(&reader);
    fclose(f);
    return got == 0;
}

bool lp_stored_load(lp_stored *s, const char *cases, const char *answers, bool quiet) {
    memset(s, 0, sizeof *s);
    if (!lp_cases_load(&s->cases, cases)) return false;
    s->bad = s->cases.bad;
    s->answer = lp_memory_zeros((size_t)s->cases.count, sizeof *s->answer);
    s->given = lp_memory_zeros((size_t)s->cases.count, sizeof *s->given);
    return read_answers(s, answers, quiet);
}

void lp_stored_free(lp_stored *s) {
    for (int i = 0; i < s->cases.count; i++)
        if (s->given[i]) lp_answer_clear(&s->answer[i]);
    free(s->name);
    free(s->version);
    free(s->conventions);
    free(s->answer);
    free(s->given);
    lp_cases_free(&s->cases);
}
