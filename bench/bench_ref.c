/* The reference beside what else could certify: binary64 softmax cross-entropy, loss and every
 * gradient component to nearest, K classes of N(0, 3) logits. One JSON line a measurement (spec,
 * section 8). Ours and each peer take turns; of `runs` the fastest counts, in processor time, since
 * the machine may be shared. Answers are compared bit for bit: a peer that differs ends the run.
 * Then the operations on one binary32 number, value and slope, over codes spread evenly over all
 * 2^32: what a sweep of the whole domain asks of the reference. Usage: bench_ref [seconds a
 * measurement, 0.2] [largest K, 128256] */
#include "bench/peer_arb.h"
#include "core/rng.h"
#include "ref/exact.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RUNS 5

typedef struct work {
    lp_case *c;
    lp_answer *ours; /* of each case */
    int count;
    int64_t k;
} work;

/* Answers case i; false: not the same bits as ours. */
typedef bool (*peer)(const work *w, int i);

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void fill(work *w, int64_t k) {
    w->k = k;
    w->count = k > 10000 ? 2 : k > 100 ? 32 : 512;
    w->c = calloc((size_t)w->count, sizeof *w->c);
    w->ours = calloc((size_t)w->count, sizeof *w->ours);
    if (!w->c || !w->ours) abort();
    for (int i = 0; i < w->count; i++) {
        lp_rng rng;
        lp_case *c = &w->c[i];
        lp_rng_init(&rng, 1, lp_rng_domain("bench_ref"), (uint64_t)(k * 1000 + i));
        lp_case_init(c, LP_OP_SOFTMAX_XENT);
        c->n = 1;
        c->k = c->stride = k;
        double *z = lp_case_alloc(c, LP_IN_LOGITS);
        for (int64_t j = 0; j < k; j++) z[j] = 3 * lp_rng_normal(&rng);
        lp_case_alloc_label(c)[0] = (int64_t)lp_rng_below(&rng, (uint64_t)k);
    }
}

static void done(work *w) {
    for (int i = 0; i < w->count; i++) {
        lp_case_clear(&w->c[i]);
        lp_answer_clear(&w->ours[i]);
    }
    free(w->c);
    free(w->ours);
}

static void answer(lp_answer *a, const lp_case *c, bool tier) {
    lp_exact *e = lp_exact_new(c, NULL);
    if (!tier) lp_exact_forgo_tier(e);
    lp_answer_init(a);
    if (lp_exact_answer(a, e) > 0) a->status = LP_E_ARGUMENT;
    lp_exact_free(e);
}

static bool same_answer(const lp_answer *a, const lp_answer *b, int64_t k) {
    return a->status == b->status && a->out[LP_OUT_LOSS][0] == b->out[LP_OUT_LOSS][0] &&
           memcmp(a->out[LP_OUT_GRAD], b->out[LP_OUT_GRAD], (size_t)k * sizeof(double)) == 0;
}

static bool by_reference(const work *w, int i, bool tier) {
    lp_answer a;
    answer(&a, &w->c[i], tier);
    bool same = same_answer(&a, &w->ours[i], w->k);
    lp_answer_clear(&a);
    return same;
}

static bool ours(const work *w, int i) {
    return by_reference(w, i, true);
}
static bool mpfr_alone(const work *w, int i) {
    return by_reference(w, i, false);
}

#ifdef LP_WITH_ARB
static bool arb(const work *w, int i) {
    lp_answer a;
    lp_answer_init(&a);
    double *loss = lp_answer_alloc(&a, &w->c[i], LP_OUT_LOSS);
    double *grad = lp_answer_alloc(&a, &w->c[i], LP_OUT_GRAD);
    lp_peer_arb(loss, grad, w->c[i].in[LP_IN_LOGITS], w->k, w->c[i].label[0]);
    bool same = same_answer(&a, &w->ours[i], w->k);
    lp_answer_clear(&a);
    return same;
}
#endif

/* Nanoseconds a logit of one turn: whole passes over the cases until `least` seconds. */
static double turn(const work *w, peer p, const char *name, double least) {
    int64_t cases = 0;
    double start = seconds(), spent;
    do {
        for (int i = 0; i < w->count; i++) {
            if (p(w, i)) continue;
            fprintf(stderr, "bench_ref: %s differs from ours at k = %ld, case %d\n", name,
                    (long)w->k, i);
            exit(1);
        }
        cases += w->count;
        spent = seconds() - start;
    } while (spent < least);
    return spent * 1e9 / (double)cases / (double)w->k;
}

static void put(const char *name, int64_t k, double ns, double own, int runs) {
    printf("{\"name\":\"softmax_xent\",\"peer\":\"%s\",\"format\":\"binary64\",\"n\":1,\"k\":%ld,"
           "\"what\":\"loss+grad\",\"ns_per_logit\":%.4g,\"ratio\":%.4g,\"runs\":%d}\n",
           name, (long)k, ns, ns / own, runs);
    fflush(stdout);
}

/* mpmath times itself on the same rows; its answers are not certified and not compared. */
static void mpmath(const work *w, double own) {
    char path[] = "/tmp/bench_ref.XXXXXX", command[4096], line[64];
    int fd = mkstemp(path);
    FILE *rows = fd < 0 ? NULL : fdopen(fd, "w");
    if (!rows) return;
    for (int i = 0; i < w->count && i < 20; i++) {
        fprintf(rows, "%ld", (long)w->c[i].label[0]);
        for (int64_t j = 0; j < w->k; j++) fprintf(rows, " %a", w->c[i].in[LP_IN_LOGITS][j]);
        fputc('\n', rows);
    }
    fclose(rows);
    snprintf(command, sizeof command, "/usr/bin/python3 %s < %s 2>/dev/null", LP_PEER_MPMATH, path);
    FILE *pipe = popen(command, "r");
    double ns = pipe && fgets(line, sizeof line, pipe) ? atof(line) : 0;
    if (pipe) pclose(pipe);
    remove(path);
    if (ns > 0)
        put("mpmath", w->k, ns, own, 1);
    else
        fputs("bench_ref: no mpmath (python3-mpmath): not measured\n", stderr);
}

static void measure(int64_t k, double least) {
    static const struct {
        const char *name;
        peer run;
    } peers[] = {
        {"ours", ours},
        {"mpfr", mpfr_alone},
#ifdef LP_WITH_ARB
        {"arb", arb},
#endif
    };
    enum { PEERS = sizeof peers / sizeof *peers };
    double best[PEERS];
    work w;
    fill(&w, k);
    for (int i = 0; i < w.count; i++) answer(&w.ours[i], &w.c[i], true);
    for (int p = 0; p < PEERS; p++) best[p] = INFINITY;
    for (int r = 0; r < RUNS; r++)
        for (int p = 0; p < PEERS; p++)
            best[p] = fmin(best[p], turn(&w, peers[p].run, peers[p].name, least));
    for (int p = 0; p < PEERS; p++) put(peers[p].name, k, best[p], best[0], RUNS);
    if (k <= 1000) mpmath(&w, best[0]);
    done(&w);
}

/* --- operations on one number -----------------------------------------------------------------
 */

enum { SPREAD = 65536 };

static void fill_spread(lp_case *c, lp_op op) {
    lp_rng rng;
    uint32_t *code = calloc(SPREAD, sizeof *code);
    if (!code) abort();
    lp_rng_init(&rng, 2, lp_rng_domain("bench_ref"), (uint64_t)op);
    for (uint32_t i = 0; i < SPREAD; i++) code[i] = i << 16 | (uint32_t)lp_rng_below(&rng, 65536);
    lp_case_init(c, op);
    c->format = LP_BINARY32;
    c->n = SPREAD;
    c->k = c->stride = 1;
    lp_format_unpack(lp_case_alloc(c, LP_IN_LOGITS), lp_format_get(LP_BINARY32), code, SPREAD);
    if (op == LP_OP_BCE_LOGITS) lp_case_alloc(c, LP_IN_TARGETS);
    free(code);
}

/* Nanoseconds a row of one answer. */
static double spread_turn(lp_answer *a, const lp_case *c, bool tier, double least) {
    int64_t passes = 0;
    double start = seconds(), spent;
    do {
        lp_answer_clear(a);
        answer(a, c, tier);
        passes++;
        spent = seconds() - start;
    } while (spent < least);
    return spent * 1e9 / (double)passes / SPREAD;
}

static bool same_outputs(const lp_answer *a, const lp_answer *b) {
    bool same = a->status == b->status;
    for (int o = 0; o < LP_OUT_COUNT; o++)
        for (int64_t i = 0; i < a->len[o] && same; i++) {
            double x = a->out[o][i], y = b->out[o][i];
            same = x == y || (isnan(x) && isnan(y));
        }
    return same;
}

static bool measure_spread(lp_op op, double least) {
    double best[2] = {INFINITY, INFINITY};
    lp_answer a[2];
    lp_case c;
    fill_spread(&c, op);
    for (int p = 0; p < 2; p++) lp_answer_init(&a[p]);
    for (int r = 0; r < RUNS; r++)
        for (int p = 0; p < 2; p++) best[p] = fmin(best[p], spread_turn(&a[p], &c, p == 0, least));
    bool same = same_outputs(&a[0], &a[1]);
    for (int p = 0; p < 2; p++)
        printf("{\"name\":\"%s\",\"peer\":\"%s\",\"format\":\"binary32\",\"n\":%d,\"k\":1,\"what\":"
               "\"loss+grad\",\"ns_per_logit\":%.4g,\"ratio\":%.4g,\"runs\":%d}\n",
               lp_op_get(op)->name, p ? "mpfr" : "ours", SPREAD, best[p], best[p] / best[0], RUNS);
    for (int p = 0; p < 2; p++) lp_answer_clear(&a[p]);
    lp_case_clear(&c);
    if (!same)
        fprintf(stderr, "bench_ref: %s differs between filter and MPFR\n", lp_op_get(op)->name);
    return same;
}

int main(int argc, char **argv) {
    static const int64_t classes[] = {10, 1000, 128256};
    static const lp_op scalars[] = {LP_OP_SIGMOID, LP_OP_SOFTPLUS, LP_OP_LOG_SIGMOID,
                                    LP_OP_BCE_LOGITS};
    double least = argc > 1 ? atof(argv[1]) : 0.2;
    int64_t most = argc > 2 ? atol(argv[2]) : 128256;
    bool same = true;
    for (int i = 0; i < 3 && classes[i] <= most; i++) measure(classes[i], least);
    for (int i = 0; i < 4; i++) same = measure_spread(scalars[i], least) && same;
    lp_ref_stats s = lp_ref_stats_get();
    fprintf(stderr,
            "%lu questions, %lu decided by the tier, %lu passed on, %lu rechecked, %lu disagreed\n",
            s.questions, s.tier, s.tier_passed, s.rechecked, s.disagreed);
#ifdef LP_WITH_ARB
    lp_peer_arb_end();
#else
    fputs("bench_ref: no Arb (libflint-arb-dev): not measured\n", stderr);
#endif
    return s.disagreed > 0 || !same;
}
