#include "cli/sweep.h"

#include "core/memory.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void lp_sweep_init(lp_sweep *s, const char *header, int64_t blocks) {
    *s = (lp_sweep){.header = header ? lp_memory_text(header) : NULL, .blocks = blocks};
    s->block = lp_memory_zeros((size_t)blocks, 1);
}

void lp_sweep_clear(lp_sweep *s) {
    free(s->header);
    free(s->block);
    *s = (lp_sweep){0};
}

void lp_sweep_fold(lp_sweep *s, const lp_sweep_count *one) {
    lp_sweep_count *to = NULL;
    for (int i = 0; i < s->outs && !to; i++)
        if (s->out[i].out == one->out) to = &s->out[i];
    if (!to) {
        to = &s->out[s->outs++];
        *to = (lp_sweep_count){.out = one->out, .level = LP_LEVEL_CORRECT};
    }
    to->numbers += one->numbers;
    to->correct += one->correct;
    to->faithful += one->faithful;
    to->within1 += one->within1;
    to->special += one->special;
    to->undecided += one->undecided;
    if (one->level < to->level) to->level = one->level;
    /* of equal errors the input that is first, so that shards merge in any order */
    if (one->ulp > to->ulp || (one->ulp == to->ulp && one->at < to->at)) {
        to->ulp = one->ulp;
        to->at = one->at;
    }
}

#define LINE                                                                                       \
    "{\"block\":%" PRId64 ",\"output\":\"%s\",\"numbers\":%" PRId64 ",\"correct\":%" PRId64        \
    ",\"faithful\":%" PRId64 ",\"within1\":%" PRId64 ",\"special\":%" PRId64                       \
    ",\"undecided\":%" PRId64 ",\"level\":\"%s\",\"ulp\":\"%a\",\"at\":\"0x%08" PRIx32 "\"}\n"
#define READ                                                                                       \
    "{\"block\":%" SCNd64 ",\"output\":\"%15[a-z_]\",\"numbers\":%" SCNd64 ",\"correct\":%" SCNd64 \
    ",\"faithful\":%" SCNd64 ",\"within1\":%" SCNd64 ",\"special\":%" SCNd64                       \
    ",\"undecided\":%" SCNd64 ",\"level\":\"%15[a-z]\",\"ulp\":\"%la\",\"at\":\"0x%8" SCNx32       \
    "\"}%n"

bool lp_sweep_write(FILE *f, int64_t block, const lp_sweep_count *one, int outs) {
    for (int i = 0; i < outs; i++, one++)
        fprintf(f, LINE, block, lp_out_name(one->out), one->numbers, one->correct, one->faithful,
                one->within1, one->special, one->undecided, lp_level_name(one->level), one->ulp,
                one->at);
    fprintf(f, "{\"done\":%" PRId64 "}\n", block);
    return fflush(f) == 0 && !ferror(f);
}

static bool out_by_name(lp_out *out, const char *name) {
    for (int o = 0; o < LP_OUT_COUNT; o++)
        if (strcmp(lp_out_name((lp_out)o), name) == 0) {
            *out = (lp_out)o;
            return true;
        }
    return false;
}

typedef struct reader {
    lp_sweep *s;
    const char *path;
    int64_t number, pending; /* line; block whose outputs are being read, -1: none */
    lp_sweep_count one[LP_SWEEP_OUTS];
    int outs;
    lp_error *err;
} reader;

static bool refuse(const reader *r, const char *why) {
    lp_error_set(r->err, "%s:%" PRId64 ": %s", r->path, r->number, why);
    return false;
}

static bool read_output(reader *r, const char *line) {
    lp_sweep_count c;
    char out[16], level[16];
    int64_t block;
    int end = -1;
    /* The block's number and its counts are checked against each other below.
     * NOLINTNEXTLINE(cert-err34-c) */
    int got = sscanf(line, READ, &block, out, &c.numbers, &c.correct, &c.faithful, &c.within1,
                     &c.special, &c.undecided, level, &c.ulp, &c.at, &end);
    if (got != 11 || end < 0 || line[end] != '\n' || !out_by_name(&c.out, out) ||
        !lp_level_by_name(&c.level, level))
        return refuse(r, "no line of a sweep");
    if (block < 0 || block >= r->s->blocks || (r->pending >= 0 && block != r->pending))
        return refuse(r, "a block out of place");
    if (r->outs == LP_SWEEP_OUTS) return refuse(r, "too many outputs");
    r->pending = block;
    r->one[r->outs++] = c;
    return true;
}

static bool read_done(reader *r, int64_t block) {
    if (block != r->pending) return refuse(r, "the end of a block that was not begun");
    if (r->s->block[block]) return refuse(r, "a block that is there already");
    for (int i = 0; i < r->outs; i++) lp_sweep_fold(r->s, &r->one[i]);
    r->s->block[block] = 1;
    r->s->done++;
    r->outs = 0;
    r->pending = -1;
    return true;
}

static bool read_header(reader *r, const char *line) {
    lp_sweep *s = r->s;
    if (strncmp(line, "{\"sweep\":1,", 11) != 0) return refuse(r, "not the file of a sweep");
    if (!s->header) s->header = lp_memory_text(line);
    return strcmp(s->header, line) == 0 ||
           refuse(r, "another sweep: subject, version, operation, format or target differ");
}

static bool read_line(reader *r, const char *line) {
    int64_t block;
    int end = -1;
    if (r->number == 1) return read_header(r, line);
    /* NOLINTNEXTLINE(cert-err34-c) ; as above */
    if (sscanf(line, "{\"done\":%" SCNd64 "}%n", &block, &end) == 1 && end > 0 && line[end] == '\n')
        return read_done(r, block);
    return read_output(r, line);
}

bool lp_sweep_read(lp_sweep *s, const char *path, long *whole, lp_error *err) {
    FILE *f = fopen(path, "r");
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    bool ok = true;
    reader r = {.s = s, .path = path, .pending = -1, .err = err};
    *whole = 0;
    if (!f) {
        lp_error_set(err, "%s: %s", path, strerror(errno));
        return false;
    }
    while (ok && (length = getline(&line, &room, f)) > 0 && line[length - 1] == '\n') {
        r.number++;
        ok = read_line(&r, line);
        if (r.pending < 0) *whole = ftell(f);
    }
    free(line);
    fclose(f);
    return ok;
}
