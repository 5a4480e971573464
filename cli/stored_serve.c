/* Stored answers as a `cmd:` subject, so that the judge's road is the one of every other subject.
 */
#include "cli/cli.h"
#include "cli/stored.h"
#include "core/case_text.h"
#include "props/props/trial.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* What the answered cases of one operation and format have among them. */
typedef struct entry {
    lp_op op;
    lp_format_id format;
    uint64_t params;
    unsigned outputs, reductions;
    bool strided;
    int cases;
} entry;

static entry entry_of(const lp_stored *s, lp_op op, lp_format_id format) {
    entry e = {.op = op, .format = format};
    for (int i = 0; i < s->cases.count; i++) {
        const lp_case *c = &s->cases.item[i];
        if (c->op != op || c->format != format) continue;
        e.cases++;
        e.params |= c->set;
        e.reductions |= LP_REDUCE_BIT(c->reduction);
        e.strided = e.strided || c->stride > c->k;
        for (int o = 0; o < LP_OUT_COUNT && s->given[i]; o++)
            if (s->answer[i].out[o]) e.outputs |= LP_OUT_BIT(o);
    }
    return e;
}

static void put_names(const char *key, uint64_t bits, int count, const char *(*name)(int)) {
    printf(",\"%s\":[", key);
    for (int i = 0, n = 0; i < count; i++)
        if (bits >> i & 1) printf("%s\"%s\"", n++ ? "," : "", name(i));
    putchar(']');
}

static const char *param_name(int i) {
    return lp_param_name((lp_param)i);
}
static const char *out_name(int i) {
    return lp_out_name((lp_out)i);
}
static const char *reduction_name(int i) {
    return lp_reduction_name((lp_reduction)i);
}

static void put_entry(const entry *e, bool first) {
    printf("%s{\"op\":\"%s\",\"format\":\"%s\"", first ? "" : ",", lp_op_get(e->op)->name,
           lp_format_get(e->format)->name);
    put_names("params", e->params, LP_PARAM_COUNT, param_name);
    put_names("outputs", e->outputs, LP_OUT_COUNT, out_name);
    put_names("reductions", e->reductions, LP_REDUCE_MEAN + 1, reduction_name);
    printf(",\"flags\":[%s]}", e->strided ? "\"strided\"" : "");
}

static void put_text(const char *key, const char *text) {
    json_t *value = json_string(text);
    char *quoted = value ? json_dumps(value, JSON_ENCODE_ANY) : NULL;
    if (quoted) printf(",\"%s\":%s", key, quoted);
    free(quoted);
    json_decref(value);
}

static void put_hello(const lp_stored *s, const char *name) {
    fputs("{\"hello\":\"lossproof\",\"abi\":1", stdout);
    put_text("name", s->name ? s->name : name);
    put_text("version", s->version ? s->version : "stored");
    if (s->conventions) put_text("conventions", s->conventions);
    fputs(",\"entries\":[", stdout);
    bool first = true;
    for (int op = 0; op < LP_OP_COUNT; op++)
        for (int f = 0; f < LP_FORMAT_COUNT; f++) {
            entry e = entry_of(s, (lp_op)op, (lp_format_id)f);
            if (!e.cases) continue;
            put_entry(&e, first);
            first = false;
        }
    puts("]}");
    lp_flush_output();
}

typedef struct key {
    uint64_t hash;
    int at;
} key;

static int by_hash(const void *a, const void *b) {
    const key *x = a, *y = b;
    return x->hash < y->hash ? -1 : x->hash > y->hash;
}

/* Of the case's equals the first that was answered; -1: none. */
static int find(const lp_stored *s, const key *keys, const lp_case *c) {
    const uint64_t hash = lp_case_hash(c);
    int lo = 0, hi = s->cases.count;
    while (lo < hi) {
        int mid = lo + (hi - lo) / 2;
        if (keys[mid].hash < hash)
            lo = mid + 1;
        else
            hi = mid;
    }
    for (; lo < s->cases.count && keys[lo].hash == hash; lo++)
        if (s->given[keys[lo].at] && lp_case_equal(&s->cases.item[keys[lo].at], c))
            return keys[lo].at;
    return -1;
}

static void serve_line(const lp_stored *s, const key *keys, const char *line, size_t length) {
    lp_case c;
    const char *status;
    lp_answer_line out = {.status = "unsupported"};
    if (!lp_case_parse(&c, line, length, &status, NULL)) return; /* not the host's */
    out.id = c.id;
    int at = find(s, keys, &c);
    if (at >= 0) {
        const lp_answer *a = &s->answer[at];
        out.status = lp_status_name(a->status);
        out.answer = a->status == LP_OK ? a : NULL;
    }
    char *text = lp_answer_print(&out);
    puts(text);
    lp_flush_output();
    free(text);
    lp_case_clear(&c);
}

int lp_stored_serve(const lp_stored *s, const char *name) {
    key *keys = malloc(((size_t)s->cases.count + 1) * sizeof *keys);
    if (!keys) abort();
    for (int i = 0; i < s->cases.count; i++) keys[i] = (key){lp_case_hash(&s->cases.item[i]), i};
    qsort(keys, (size_t)s->cases.count, sizeof *keys, by_hash);
    put_hello(s, name);
    lp_line_reader reader = {.stream = stdin};
    char *line;
    size_t length;
    while (lp_line_next(&reader, &line, &length) > 0) serve_line(s, keys, line, length);
    lp_line_close(&reader);
    free(keys);
    return LP_EXIT_OK;
}
