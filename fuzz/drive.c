/* fuzz_drive TARGET SEED RUNS FILE...
 *
 * A round that repeats anywhere: input number i is a function of SEED, i and the files alone. A
 * third are fresh bytes, the rest start at one of the files and are moved on by the harness's own
 * moves. There is no feedback, so it finds less than libFuzzer, whose rounds differ from machine to
 * machine even under one seed; it is what continuous integration runs. A finding aborts after the
 * case was printed (target.h); exit status 2: wrong use, or a file that cannot be read. */
#include "fuzz/mutate.h"

#include "core/memory.h"
#include "core/rng.h"
#include "fuzz/slurp.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_BYTES 4096

typedef struct drive {
    const lp_fuzz_subject *subject;
    uint64_t seed;
    uint8_t **file;
    size_t *size;
    int files;
} drive;

static size_t fresh(uint8_t *data, lp_rng *rng) {
    size_t size = (size_t)lp_rng_below(rng, 257);
    for (size_t i = 0; i < size; i++) data[i] = (uint8_t)lp_rng_u64(rng);
    return size;
}

static size_t moved(uint8_t *data, const drive *d, lp_rng *rng) {
    int at = (int)lp_rng_below(rng, (uint64_t)d->files);
    size_t size = d->size[at] < MOST_BYTES ? d->size[at] : MOST_BYTES;
    memcpy(data, d->file[at], size);
    for (int left = 1 + (int)lp_rng_below(rng, 4); left > 0; left--) {
        unsigned seed = (unsigned)lp_rng_u64(rng);
        size_t made = lp_fuzz_mutate(d->subject, data, size, MOST_BYTES, seed);
        if (made) size = made;
    }
    return size;
}

static void round_of(const drive *d, uint64_t i) {
    uint8_t data[MOST_BYTES];
    lp_rng rng;
    lp_rng_init(&rng, d->seed, lp_rng_domain("fuzz/drive"), i);
    size_t size =
        d->files == 0 || lp_rng_below(&rng, 3) == 0 ? fresh(data, &rng) : moved(data, d, &rng);
    lp_fuzz_loss(d->subject, data, size);
}

static bool number(uint64_t *out, const char *word) {
    char *end;
    *out = strtoull(word, &end, 10);
    return *word >= '0' && *word <= '9' && !*end;
}

static bool read_files(drive *d, char **name, int n) {
    d->file = lp_memory_zeros((size_t)n, sizeof *d->file);
    d->size = lp_memory_zeros((size_t)n, sizeof *d->size);
    for (d->files = 0; d->files < n; d->files++) {
        d->file[d->files] = lp_fuzz_slurp(&d->size[d->files], name[d->files]);
        if (d->file[d->files]) continue;
        fprintf(stderr, "fuzz_drive: %s cannot be read\n", name[d->files]);
        return false;
    }
    return true;
}

static void clear(drive *d) {
    for (int i = 0; i < d->files; i++) free(d->file[i]);
    free(d->file);
    free(d->size);
}

int main(int argc, char **argv) {
    drive d = {.subject = argc > 1 ? lp_fuzz_subject_by_name(argv[1]) : NULL};
    uint64_t runs;
    if (argc < 4 || !d.subject || !number(&d.seed, argv[2]) || !number(&runs, argv[3])) {
        fprintf(stderr, "usage: fuzz_drive accurate|textbook SEED RUNS FILE...\n");
        return 2;
    }
    bool ok = read_files(&d, argv + 4, argc - 4);
    for (uint64_t i = 0; ok && i < runs; i++) round_of(&d, i);
    if (ok)
        printf("fuzz_drive: %s, seed %" PRIu64 ", %" PRIu64 " inputs, %d files: no finding\n",
               d.subject->name, d.seed, runs, d.files);
    clear(&d);
    return ok ? 0 : 2;
}
