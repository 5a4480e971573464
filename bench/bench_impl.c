/* Our library beside what people use: losses and gradients of N(0, 3) logits. One JSON line a
 * measurement (spec, section 8). Ours and each peer take turns; of RUNS turns the fastest counts,
 * in processor time, since the machine may be shared. Losses are compared with ours: a peer that is
 * further off than a thousandth ends the run, since it does not compute what it is measured at.
 *
 * bench_impl [-s SECONDS a turn, 0.1] [-o OPERATION] [-f FORMAT] [-k K] [-p PEER beside ours] */
#include "bench/peers.h"
#include "core/rng.h"

#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define RUNS 5

typedef struct shape {
    lp_op op;
    int64_t n, k;
} shape;
/* Between 5 and 65 megabytes of binary64: beyond the second-level cache, as a training step is. */
static const shape shapes[] = {
    {LP_OP_SOFTMAX_XENT, 65536, 10},  {LP_OP_SOFTMAX_XENT, 4096, 1000},
    {LP_OP_SOFTMAX_XENT, 256, 32000}, {LP_OP_SOFTMAX_XENT, 64, 128256},
    {LP_OP_BCE_LOGITS, 1 << 20, 1},
};

typedef struct wanted {
    const char *op, *format, *peer;
    int64_t k;
    double least;
} wanted;

static const char *op_name(lp_op op) {
    return op == LP_OP_SOFTMAX_XENT ? "softmax_xent" : "bce_logits";
}
static const char *format_name(uint32_t format) {
    return format == LP_BINARY32 ? "binary32" : "binary64";
}

double lp_bench_turn(lp_bench_run *run, const lp_bench_rows *r, double least) {
    struct timespec a, b;
    int64_t passes = 0;
    double spent;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
    do {
        run(r);
        passes++;
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
        spent = (double)(b.tv_sec - a.tv_sec) + 1e-9 * (double)(b.tv_nsec - a.tv_nsec);
    } while (spent < least);
    return spent * 1e9 / (double)passes / (double)(r->n * r->k);
}

/* Every page is written, so that no turn pays for the first touch. */
static void *array(int64_t count, uint32_t format) {
    size_t size = (size_t)count * (format == LP_BINARY32 ? 4 : 8);
    void *a = aligned_alloc(64, (size + 63) / 64 * 64);
    if (!a) abort();
    memset(a, 0, size);
    return a;
}
static void put_number(void *a, uint32_t format, int64_t i, double x) {
    if (format == LP_BINARY32)
        ((float *)a)[i] = (float)x;
    else
        ((double *)a)[i] = x;
}
static double get_number(const void *a, uint32_t format, int64_t i) {
    return format == LP_BINARY32 ? (double)((const float *)a)[i] : ((const double *)a)[i];
}

static lp_bench_rows make(const shape *s, uint32_t format) {
    const int64_t size = s->n * s->k;
    void *z = array(size, format), *y = array(s->n, format);
    int64_t *label = calloc((size_t)s->n, sizeof *label);
    lp_rng rng;
    if (!label) abort();
    lp_rng_init(&rng, 1, lp_rng_domain("bench_impl"), (uint64_t)s->k);
    for (int64_t j = 0; j < size; j++) put_number(z, format, j, 3 * lp_rng_normal(&rng));
    for (int64_t i = 0; i < s->n; i++) {
        label[i] = (int64_t)lp_rng_below(&rng, (uint64_t)s->k);
        put_number(y, format, i, (double)lp_rng_below(&rng, 2));
    }
    return (lp_bench_rows){.op = s->op,
                           .format = format,
                           .n = s->n,
                           .k = s->k,
                           .logits = z,
                           .label = label,
                           .targets = y,
                           .loss = array(s->n, format),
                           .grad = array(size, format),
                           .scratch = array(size, format)};
}
static void drop(lp_bench_rows *r) {
    free((void *)(uintptr_t)r->logits);
    free((void *)(uintptr_t)r->label);
    free((void *)(uintptr_t)r->targets);
    free(r->loss);
    free(r->grad);
    free(r->scratch);
}

static bool takes_part(const lp_bench_peer *p, const lp_bench_rows *r, const wanted *w) {
    bool named = !w->peer || p == lp_bench_peers || strcmp(w->peer, p->name) == 0;
    bool able = (p->formats >> r->format & 1) && (p->bce || r->op == LP_OP_SOFTMAX_XENT);
    return named && able;
}
static bool is_here(const lp_bench_peer *p) {
    return !p->here || p->here();
}

static void compare(const lp_bench_peer *p, const lp_bench_rows *r, const double *ours) {
    p->run(r);
    for (int64_t i = 0; i < r->n; i++) {
        double got = get_number(r->loss, r->format, i);
        if (fabs(got - ours[i]) <= 1e-3 * (fabs(ours[i]) + 1)) continue;
        fprintf(stderr, "bench_impl: %s has loss %.9g in row %ld of %s %s, k = %ld; ours is %.9g\n",
                p->name, got, (long)i, op_name(r->op), format_name(r->format), (long)r->k, ours[i]);
        exit(1);
    }
}

/* ns infinite: the peer could not be measured. */
static void put(const lp_bench_peer *p, const lp_bench_rows *r, double ns, double ours) {
    printf(
        "{\"name\":\"%s\",\"peer\":\"%s\",\"format\":\"%s\",\"n\":%ld,\"k\":%ld,\"what\":\"%s\",",
        op_name(r->op), p->name, format_name(r->format), (long)r->n, (long)r->k,
        r->grad ? "loss+grad" : "loss");
    if (isfinite(ns))
        printf("\"ns_per_logit\":%.4g,\"ratio\":%.4g,\"runs\":%d}\n", ns, ns / ours, RUNS);
    else
        puts("\"ns_per_logit\":null,\"ratio\":null,\"runs\":0,\"note\":\"not on this machine\"}");
    fflush(stdout);
}

static void measure(const lp_bench_rows *r, const wanted *w) {
    double best[32];
    double *ours = calloc((size_t)r->n, sizeof *ours);
    if (!ours || lp_bench_peer_count > 32) abort();
    lp_bench_ours(r);
    for (int64_t i = 0; i < r->n; i++) ours[i] = get_number(r->loss, r->format, i);
    for (int p = 0; p < lp_bench_peer_count; p++) {
        const lp_bench_peer *peer = &lp_bench_peers[p];
        best[p] = INFINITY;
        if (peer->computes && takes_part(peer, r, w) && is_here(peer)) compare(peer, r, ours);
    }
    for (int turn = 0; turn < RUNS; turn++)
        for (int p = 0; p < lp_bench_peer_count; p++) {
            const lp_bench_peer *peer = &lp_bench_peers[p];
            if (!takes_part(peer, r, w) || !is_here(peer)) continue;
            double ns = peer->run ? lp_bench_turn(peer->run, r, w->least)
                                  : peer->turn(r, w->least, peer->avx512);
            best[p] = fmin(best[p], ns);
        }
    for (int p = 0; p < lp_bench_peer_count; p++)
        if (takes_part(&lp_bench_peers[p], r, w)) put(&lp_bench_peers[p], r, best[p], best[0]);
    free(ours);
}

static int usage(void) {
    fputs("usage: bench_impl [-s SECONDS] [-o OPERATION] [-f FORMAT] [-k K] [-p PEER]\npeers:",
          stderr);
    for (int p = 0; p < lp_bench_peer_count; p++) fprintf(stderr, " %s", lp_bench_peers[p].name);
    fputc('\n', stderr);
    return 2;
}

int main(int argc, char **argv) {
    wanted w = {.least = 0.1};
    int option, measured = 0;
    while ((option = getopt(argc, argv, "s:o:f:k:p:")) != -1) switch (option) {
        case 's':
            w.least = atof(optarg);
            break;
        case 'o':
            w.op = optarg;
            break;
        case 'f':
            w.format = optarg;
            break;
        case 'k':
            w.k = atol(optarg);
            break;
        case 'p':
            w.peer = optarg;
            break;
        default:
            return usage();
        }
    mallopt(M_MMAP_MAX, 0); /* an allocator that keeps its pages, for the peers that allocate */
    mallopt(M_TRIM_THRESHOLD, -1);
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        for (int f = 0; f < 2; f++) {
            uint32_t format = f ? LP_BINARY32 : LP_BINARY64;
            if ((w.op && strcmp(w.op, op_name(shapes[s].op)) != 0) ||
                (w.format && strcmp(w.format, format_name(format)) != 0) ||
                (w.k && w.k != shapes[s].k))
                continue;
            lp_bench_rows r = make(&shapes[s], format), loss_alone = r;
            loss_alone.grad = NULL;
            measure(&loss_alone, &w);
            measure(&r, &w);
            drop(&r);
            measured++;
        }
    lp_bench_torch_end();
    return measured ? 0 : usage();
}
