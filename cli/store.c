#include "cli/store.h"

#include "cli/cases.h"
#include "cli/cli.h"
#include "core/case_text.h"
#include "core/hexfloat.h"
#include "core/text.h"
#include "reports/atomic_write.h"
#include "reports/json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool lp_store_exists(const char *path) {
    return access(path, F_OK) == 0;
}

/* The store is written anew beside itself: its folder must take a file. */
static bool folder_takes(const char *path) {
    const char *slash = strrchr(path, '/');
    char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
    if (!folder) abort();
    bool takes = access(folder, W_OK | X_OK) == 0;
    if (!takes) lp_complain("--store %s: %s", path, strerror(errno));
    free(folder);
    return takes;
}

bool lp_store_usable(const char *path) {
    struct stat s;
    if (stat(path, &s) != 0 || S_ISREG(s.st_mode)) return folder_takes(path);
    lp_complain("--store %s: no file to keep results in", path);
    return false;
}

static bool is(const json_t *o, const char *key, const char *value) {
    const char *text = json_string_value(json_object_get(o, key));
    return text && !strcmp(text, value);
}

/* The line's place among the results, -1 where it is about something else. */
static int place_of(const json_t *o, const char *subject, const lp_islands *y) {
    if (!is(o, "subject", subject) || !is(o, "op", lp_op_get(y->op)->name) ||
        !is(o, "format", lp_format_get(y->format)->name))
        return -1;
    for (int out = 0; out < LP_OUT_COUNT; out++)
        for (int t = 0; t < LP_HUNT_TARGETS; t++)
            if (is(o, "output", lp_out_name((lp_out)out)) &&
                is(o, "target", lp_hunt_target_name((lp_hunt_target)t)))
                return out * LP_HUNT_TARGETS + t;
    return -1;
}

static double score_of(const json_t *o) {
    const char *hex = json_string_value(json_object_get(json_object_get(o, "score"), "hex"));
    double score;
    return hex && lp_hexfloat_parse(&score, hex) ? score : -1;
}

/* Lines that stay; `stays[place]`: the old result there is as bad as the new one. */
static bool keep_old(lp_text *t, bool *stays, const char *path, const char *subject,
                     const lp_islands *y) {
    FILE *f = fopen(path, "rb");
    if (!f && errno != ENOENT) lp_complain("%s: %s", path, strerror(errno));
    if (!f) return errno == ENOENT;
    lp_line_reader reader = {.stream = f};
    char *line;
    size_t length;
    int got;
    while ((got = lp_line_next(&reader, &line, &length)) > 0) {
        json_t *o = json_loadb(line, length, JSON_REJECT_DUPLICATES, NULL);
        int place = o ? place_of(o, subject, y) : -1;
        bool worse = place >= 0 && score_of(o) >= (&y->best[0][0])[place].score;
        if (worse) stays[place] = true;
        if (place < 0 || worse) lp_text_bytes(t, line, length), lp_text_add(t, "\n");
        json_decref(o);
    }
    if (got < 0) lp_complain_line(path, &reader);
    lp_line_close(&reader);
    fclose(f);
    return got == 0;
}

static void add_line(lp_text *t, const char *subject, const lp_islands *y, lp_out out,
                     lp_hunt_target target) {
    const lp_hunt_best *b = &y->best[out][target];
    json_t *o = json_object();
    lp_json_put_text(o, "arm", lp_hunt_arm_name(b->arm));
    lp_json_put_count(o, "at", b->at);
    lp_json_put(o, "case", lp_json_case(b->case_line));
    lp_json_put_text(o, "format", lp_format_get(y->format)->name);
    lp_json_put_count(o, "found_at", b->found_at);
    lp_json_put(o, "got", lp_json_double(b->got));
    lp_json_put_text(o, "level", lp_level_name(b->level));
    lp_json_put_text(o, "op", lp_op_get(y->op)->name);
    lp_json_put_text(o, "output", lp_out_name(out));
    lp_json_put(o, "score", lp_json_double(b->score));
    lp_json_put_text(o, "subject", subject);
    lp_json_put_text(o, "target", lp_hunt_target_name(target));
    lp_json_put(o, "want", lp_json_double(b->want));
    char *line = lp_json_dump(o, JSON_COMPACT);
    json_decref(o);
    lp_text_format(t, "%s\n", line);
    free(line);
}

bool lp_store_write(const char *path, const char *subject, const lp_islands *y) {
    bool stays[LP_OUT_COUNT * LP_HUNT_TARGETS] = {false};
    lp_error err = {""};
    lp_text t = {0};
    lp_text_add(&t, "");
    bool ok = keep_old(&t, stays, path, subject, y);
    for (int o = 0; o < LP_OUT_COUNT; o++)
        for (int target = 0; target < LP_HUNT_TARGETS; target++)
            if (y->best[o][target].case_line && !stays[o * LP_HUNT_TARGETS + target])
                add_line(&t, subject, y, (lp_out)o, (lp_hunt_target)target);
    if (ok && !lp_write_file(path, t.data, t.length, &err)) {
        lp_complain("%s", err.text);
        ok = false;
    }
    lp_text_clear(&t);
    return ok;
}
