#include "cli/cases.h"
#include "cli/cli.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static char *text_of(const json_t *object, const char *key) {
    const char *s = json_string_value(json_object_get(object, key));
    char *copy = s ? strdup(s) : NULL;
    if (s && !copy) abort();
    return copy;
}

static void list_grow(lp_case_list *l) {
    size_t n = (size_t)l->count + 1;
    l->item = realloc(l->item, n * sizeof *l->item);
    l->subject = realloc(l->subject, n * sizeof *l->subject);
    l->id = realloc(l->id, n * sizeof *l->id);
    l->line = realloc(l->line, n * sizeof *l->line);
    if (!l->item || !l->subject || !l->id || !l->line) abort();
}

/* A counterexample's line carries its case under "case"; a case line is its own case. */
static bool line_parse(lp_case_list *l, const char *line, size_t length, lp_error *err) {
    const char *status;
    json_t *root = json_loadb(line, length, JSON_REJECT_DUPLICATES, NULL);
    json_t *inner = json_object_get(root, "case");
    char *text = inner ? json_dumps(inner, JSON_COMPACT) : NULL;
    list_grow(l);
    lp_case *c = &l->item[l->count];
    bool ok = text ? lp_case_parse(c, text, strlen(text), &status, err)
                   : lp_case_parse(c, line, length, &status, err);
    if (ok) {
        l->subject[l->count] = inner ? text_of(root, "subject") : NULL;
        l->id[l->count] = text_of(root, "id");
        l->count++;
    }
    free(text);
    json_decref(root);
    return ok;
}

void lp_complain_line(const char *path, const lp_line_reader *r) {
    lp_error why;
    lp_line_trouble(&why, r);
    lp_complain("%s: %s", path, why.text);
}

bool lp_cases_load(lp_case_list *l, const char *path) {
    memset(l, 0, sizeof *l);
    return lp_cases_add(l, path);
}

bool lp_cases_add(lp_case_list *l, const char *path) {
    FILE *f = strcmp(path, "-") ? fopen(path, "rb") : stdin;
    if (!f) {
        lp_complain("%s: %s", path, strerror(errno));
        return false;
    }
    lp_line_reader reader = {.stream = f};
    char *line;
    size_t length;
    int got;
    while ((got = lp_line_next(&reader, &line, &length)) > 0) {
        lp_error err = {""};
        if (line_parse(l, line, length, &err)) {
            l->line[l->count - 1] = reader.number;
        } else {
            l->bad++;
            lp_complain("%s:%lld: %s", path, (long long)reader.number, err.text);
        }
    }
    if (got < 0) lp_complain_line(path, &reader);
    lp_line_close(&reader);
    if (f != stdin) fclose(f);
    return got == 0;
}

void lp_cases_free(lp_case_list *l) {
    for (int i = 0; i < l->count; i++) {
        lp_case_clear(&l->item[i]);
        free(l->subject[i]);
        free(l->id[i]);
    }
    free(l->item);
    free(l->subject);
    free(l->id);
    free(l->line);
    memset(l, 0, sizeof *l);
}
