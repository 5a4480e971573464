#include "cli/sweep.h"

#include "core/memory.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void lp_sweep_init(lp_sweep *s, const char *header) {
    *s = (lp_sweep){.header = header ? lp_memory_text(header) : NULL};
    s->block = lp_memory_zeros(LP_SWEEP_BLOCKS, 1);
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
        *to = (lp_sweep_count){.out = one->out, .least = LP_LEVEL_CORRECT};
    }
    to->numbers += one->numbers;
    for (int l = 0; l < LP_LEVEL_COUNT; l++) to->level[l] += one->level[l];
    to->within1 += one->within1;
    to->special += one->special;
    to->undecided += one->undecided;
    if (one->least < to->least) to->least = one->least;
    /* of equal errors the input that is first, so that shards merge in any order */
    if (one->ulp > to->ulp || (one->ulp == to->ulp && one->at < to->at)) {
        to->ulp = one->ulp;
        to->at = one->at;
    }
}

#define COUNTS "\"%s\":%" PRId64 ","
#define LINE                                                                                       \
    "\"within1\":%" PRId64 ",\"special\":%" PRId64 ",\"undecided\":%" PRId64                       \
    ",\"least\":\"%s\",\"ulp\":\"%a\",\"at\":\"0x%08" PRIx32 "\"}\n"

bool lp_sweep_write(FILE *f, int64_t block, const lp_sweep_count *one, int outs) {
    for (int i = 0; i < outs; i++, one++) {
        fprintf(f, "{\"block\":%" PRId64 ",\"output\":\"%s\",\"numbers\":%" PRId64 ",", block,
                lp_out_name(one->out), one->numbers);
        for (int l = LP_LEVEL_COUNT - 1; l >= 0; l--)
            fprintf(f, COUNTS, lp_level_name((lp_level)l), one->level[l]);
        fprintf(f, LINE, one->within1, one->special, one->undecided, lp_level_name(one->least),
                one->ulp, one->at);
    }
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

/* The block's number and its counts are checked against each other below, so that what sscanf makes
 * of a number too large is caught. */
#define READ                                                                                       \
    "{\"block\":%" SCNd64 ",\"output\":\"%15[a-z_]\",\"numbers\":%" SCNd64 ",\"correct\":%" SCNd64 \
    ",\"faithful\":%" SCNd64 ",\"accurate\":%" SCNd64 ",\"stable\":%" SCNd64                       \
    ",\"finite\":%" SCNd64 ",\"fail\":%" SCNd64 ",\"within1\":%" SCNd64 ",\"special\":%" SCNd64    \
    ",\"undecided\":%" SCNd64 ",\"least\":\"%15[a-z]\",\"ulp\":\"%la\",\"at\":\"0x%8" SCNx32       \
    "\"}%n"

static bool parsed(lp_sweep_count *c, int64_t *block, const char *line) {
    char out[16], least[16];
    int64_t *l = c->level;
    int end = -1;
    /* NOLINTBEGIN(cert-err34-c) */
    int got =
        sscanf(line, READ, block, out, &c->numbers, &l[LP_LEVEL_CORRECT], &l[LP_LEVEL_FAITHFUL],
               &l[LP_LEVEL_ACCURATE], &l[LP_LEVEL_STABLE], &l[LP_LEVEL_FINITE], &l[LP_LEVEL_FAIL],
               &c->within1, &c->special, &c->undecided, least, &c->ulp, &c->at, &end);
    /* NOLINTEND(cert-err34-c) */
    int64_t sum = 0;
    for (int i = 0; i < LP_LEVEL_COUNT && got == 15; i++) sum += l[i];
    return got == 15 && end > 0 && line[end] == '\n' && sum == c->numbers &&
           out_by_name(&c->out, out) && lp_level_by_name(&c->least, least);
}

static bool read_output(reader *r, const char *line) {
    lp_sweep_count c = {0};
    int64_t block;
    if (!parsed(&c, &block, line)) return refuse(r, "no line of a sweep");
    if (block < 0 || block >= LP_SWEEP_BLOCKS || (r->pending >= 0 && block != r->pending))
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
    if (strncmp(line, "{\"sweep\":2,", 11) != 0) return refuse(r, "not the file of a sweep");
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

/* Of a sweep's lines the first alone has a length that is not known: it names the subject. */
enum { MOST_LINE = 1 << 20 };

/* A line with its end, cut where the file ends before it; 0 at the end, MOST_LINE + 1: longer than
 * any. A file that is a hole of a terabyte is not read for one. */
static size_t next_line(char *line, FILE *f) {
    size_t length = 0;
    for (int c; length <= MOST_LINE && (c = getc_unlocked(f)) != EOF;) {
        line[length++] = (char)c;
        if (c == '\n') break;
    }
    line[length] = '\0';
    return length;
}

bool lp_sweep_read(lp_sweep *s, const char *path, long *whole, lp_error *err) {
    FILE *f = fopen(path, "r");
    size_t length;
    struct stat info;
    bool ok = true;
    reader r = {.s = s, .path = path, .pending = -1, .err = err};
    *whole = 0;
    if (!f) {
        lp_error_set(err, "%s: %s", path, strerror(errno));
        return false;
    }
    if (fstat(fileno(f), &info) != 0 || !S_ISREG(info.st_mode)) /* a device may never end */
        ok = lp_error_set(err, "%s: no regular file", path);
    char *line = lp_memory_zeros(MOST_LINE + 2, 1);
    while (ok && (length = next_line(line, f)) > 0) {
        r.number++;
        if (length > MOST_LINE) ok = refuse(&r, "a line longer than any of a sweep");
        if (!ok || line[length - 1] != '\n') break;
        ok = read_line(&r, line);
        if (r.pending < 0) *whole = ftell(f);
    }
    free(line);
    fclose(f);
    return ok;
}
