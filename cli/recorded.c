#include "cli/recorded.h"

#include "cli/cli.h"
#include "core/memory.h"
#include "core/npy.h"
#include "core/rng.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file in memory, paged in as it is read. */
typedef struct mapped {
    const char *path;
    void *bytes;
    size_t length;
    lp_npy array;
} mapped;

static bool bytes_mapped(mapped *m) {
    struct stat s;
    int fd = open(m->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &s) != 0) {
        lp_complain("%s: %s", m->path, strerror(errno));
        if (fd >= 0) close(fd);
        return false;
    }
    m->length = S_ISREG(s.st_mode) ? (size_t)s.st_size : 0;
    void *bytes = m->length ? mmap(NULL, m->length, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
    if (!m->length)
        lp_complain("%s: %s", m->path, S_ISREG(s.st_mode) ? "empty" : "no regular file");
    else if (bytes == MAP_FAILED)
        lp_complain("%s: %s", m->path, strerror(errno));
    else
        m->bytes = bytes;
    close(fd);
    return m->bytes != NULL;
}

static bool array_opened(mapped *m, const char *path, int rank, bool real) {
    lp_error err = {""};
    *m = (mapped){.path = path};
    if (!bytes_mapped(m)) return false;
    if (!lp_npy_open(&m->array, m->bytes, m->length, &err))
        lp_complain("%s: %s", path, err.text);
    else if (m->array.rank != rank)
        lp_complain("%s: %d dimension%s where %s", path, m->array.rank,
                    m->array.rank == 1 ? "" : "s",
                    rank == 2 ? "rows of logits have two" : "labels have one");
    else if (m->array.real != real)
        lp_complain("%s: %s", path,
                    real ? "integers where logits are due"
                         : "floating numbers where labels are due");
    else if (m->array.size[0] == 0 || m->array.size[1] == 0)
        lp_complain("%s: no %s in it", path, m->array.size[0] ? "classes" : "rows");
    else
        return true;
    return false;
}

static void closed(mapped *m) {
    if (m->bytes) munmap(m->bytes, m->length);
}

/* Of every row, tried or not: a file that does not belong to the logits is found out. */
static bool labels_fit(const mapped *labels, const mapped *logits) {
    const int64_t n = logits->array.size[0], k = logits->array.size[1];
    if (labels->array.size[0] != n) {
        lp_complain("%s: %lld labels for the %lld rows of %s", labels->path,
                    (long long)labels->array.size[0], (long long)n, logits->path);
        return false;
    }
    for (int64_t i = 0; i < n; i++) {
        int64_t label = lp_npy_integer(&labels->array, i, 0);
        if (label >= 0 && label < k) continue;
        lp_complain("%s: label %lld of row %lld is outside [0, %lld)", labels->path,
                    (long long)label, (long long)i, (long long)k);
        return false;
    }
    return true;
}

/* Row number i of the sample: anywhere in stretch i of n of the file's rows. 128 bits: rows times
 * sample does not fit 64 for the largest files. */
static int64_t row_of(const lp_recorded *r, int64_t i, lp_rng *rng) {
    int64_t from = (int64_t)((__int128)i * r->of / r->n);
    int64_t to = (int64_t)((__int128)(i + 1) * r->of / r->n);
    return from + (int64_t)lp_rng_below(rng, (uint64_t)(to - from));
}

static void rows_taken(lp_recorded *r, const lp_npy *logits, const lp_npy *labels, uint64_t seed) {
    lp_rng rng;
    lp_rng_init(&rng, seed, lp_rng_domain("recorded"), 0);
    r->logits = lp_memory_zeros((size_t)(r->n * r->k), sizeof *r->logits);
    if (labels) r->label = lp_memory_zeros((size_t)r->n, sizeof *r->label);
    for (int f = 0; f < LP_FORMAT_COUNT; f++) r->held[f] = true;
    for (int64_t i = 0; i < r->n; i++) {
        const int64_t row = row_of(r, i, &rng);
        if (labels) r->label[i] = lp_npy_integer(labels, row, 0);
        for (int64_t j = 0; j < r->k; j++) {
            double z = r->logits[i * r->k + j] = lp_npy_real(logits, row, j);
            for (int f = 0; f < LP_FORMAT_COUNT; f++)
                r->held[f] = r->held[f] && lp_format_holds(lp_format_get((lp_format_id)f), z);
        }
    }
}

bool lp_recorded_load(lp_recorded *r, const char *logits, const char *labels, int64_t most,
                      uint64_t seed) {
    mapped z, c = {.path = labels};
    *r = (lp_recorded){.n = 0};
    bool good = array_opened(&z, logits, 2, true) &&
                (!labels || (array_opened(&c, labels, 1, false) && labels_fit(&c, &z)));
    if (good) {
        r->of = z.array.size[0];
        r->k = z.array.size[1];
        r->n = most / r->k < 1 ? 1 : most / r->k;
        if (r->n > r->of) r->n = r->of;
        rows_taken(r, &z.array, labels ? &c.array : NULL, seed);
    }
    closed(&z);
    closed(&c);
    return good;
}

void lp_recorded_free(lp_recorded *r) {
    free(r->logits);
    free(r->label);
    *r = (lp_recorded){.n = 0};
}
