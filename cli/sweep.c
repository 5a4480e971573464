/* `lossproof sweep`: every input of a finite domain, in processes that take block after block; the
 * blocks are written in order, so that a sweep that was killed and goes on ends with the same
 * bytes. */
#include "cli/sweep.h"

#include "cli/certify.h"
#include "cli/cli.h"
#include "cli/pool.h"
#include "cli/progress.h"
#include "core/accumulation.h"
#include "core/text.h"
#include "host/host.h"

#include <inttypes.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const lp_option options[] = {
    {"op", "OP", false, "sigmoid, log_sigmoid, softplus, bce_logits or softmax_xent"},
    {"target", "Y", false, "bce_logits: the label, 0 (default) or 1"},
    {"out", "FILE", false, "where blocks are kept; a file that is there is continued"},
    {"shard", "I/N", false, "only the I-th of N equal parts (1/1)"},
    {"first", "B", false, "in place of shards: the first block of 65536 rows, 0 to 65535"},
    {"blocks", "N", false, "... and how many"},
    {"jobs", "N", false, "processes; as many as processors by default"},
    {"ruler", NULL, false, "measures every value, however slowly: a check on the sweep itself"},
    {"reference", NULL, false, "no SUBJECT: the exact answers alone, and the time that they take"},
    {"level", "LEVEL", false, "level asked for: stable by default"},
    {"merge", NULL, false, "adds up the files of shards that are given in place of SUBJECT"},
};

static const char text[] =
    "Runs all 2^32 binary32 inputs of an operation on one number through SUBJECT and judges every\n"
    "output; of softmax_xent, all 2^32 pairs of bfloat16 logits, widened to binary32, with label "
    "0.\n"
    "Block b holds the codes b * 65536 to b * 65536 + 65535 (of a pair: the first logit's code is\n"
    "b); NaN inputs are passed as one NaN. Every value is counted in the class of the level that "
    "it\n"
    "reaches. FILE is a line of JSON a block and output; killed and started again the sweep goes "
    "on\n"
    "where FILE ends. Shards may run anywhere; --merge adds their files up, refuses those of "
    "other\n"
    "subjects or versions, and claims the domain exhausted only where no block is missing.\n\n"
    "  lossproof sweep ./mylib.so --op softplus --out softplus.jsonl\n"
    "  lossproof sweep ./mylib.so --op sigmoid --shard 2/8 --out part2.jsonl\n"
    "  lossproof sweep --merge part*.jsonl\n"
    "  lossproof sweep --reference --op softplus\n";

/* What a block gave. */
typedef struct block {
    atomic_int state; /* PENDING, DONE, BROKEN: the tool failed */
    int outs;
    lp_sweep_count one[LP_SWEEP_OUTS];
    char finding[160];
} block;
enum { PENDING, DONE, BROKEN };

/* Between the processes. */
typedef struct shared {
    atomic_int stop;
    _Atomic int64_t reference,
        subject; /* ns: of processor time; of the calls, as the worker saw them */
    block block[];
} shared;

typedef struct job {
    const char *spec;
    lp_sweep_domain domain;
    int64_t first, blocks;
    int jobs;
    lp_level asked;
    lp_host *host; /* a process's own */
    const lp_host_entry *entry;
    lp_format_id within; /* that its programs compute in */
    lp_sweep_work work;
    shared *shared;
    FILE *out;
    lp_sweep sum;
    int64_t next, findings; /* the block to be folded next */
    bool failed;
    lp_progress progress;
    const volatile int *stop;
} job;

/* ---- one block, in a process of the pool ---- */

static int64_t processor_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Outputs that the subject declares; a finding, a status or a missing output fails them. */
static void judge_block(block *to, job *j, const lp_case *c, int64_t b, lp_exact *e,
                        const lp_answer *want, const lp_answer *got) {
    const lp_op_info *info = lp_op_get(c->op);
    bool broken = got->status != LP_OK || got->findings & ~(unsigned)LP_FIND_REPORTED;
    if (broken)
        snprintf(to->finding, sizeof to->finding, "%.40s%s%.110s",
                 got->status != LP_OK ? lp_status_name(got->status) : "",
                 got->status != LP_OK && got->note[0] ? ", " : "", got->note);
    j->work.ready = false;
    for (int o = 0; o < info->out_count; o++) {
        lp_out out = info->out[o].role;
        if (!(j->entry->outputs & LP_OUT_BIT(out)) || !want->out[out]) continue;
        lp_sweep_count *one = &to->one[to->outs++];
        *one = (lp_sweep_count){.out = out, .least = LP_LEVEL_CORRECT};
        if (broken || !got->out[out])
            one->least = LP_LEVEL_FAIL;
        else
            lp_sweep_judge(one, e, c, b, want->out[out], got->out[out], &j->work);
    }
}

static bool run_block(block *to, job *j, int64_t b, lp_error *err) {
    lp_case c;
    lp_answer got, want;
    lp_sweep_fill(&c, &j->domain, b);
    lp_answer_init(&got);
    lp_answer_init(&want);
    bool ok = lp_host_run(j->host, &c, NULL, &got, err);
    int64_t start = processor_ns();
    lp_exact *e = ok ? lp_exact_new(&c, err) : NULL;
    if (e) {
        lp_exact_accumulate(e, j->within);
        lp_exact_answer(&want, e);
        j->shared->reference += processor_ns() - start;
        j->shared->subject += (int64_t)got.ns;
        judge_block(to, j, &c, b, e, &want, &got);
    }
    lp_exact_free(e);
    lp_answer_clear(&got);
    lp_answer_clear(&want);
    lp_case_clear(&c);
    return e != NULL;
}

/* The process's own host; it takes the domain's rows, or err. */
static lp_host_result subject_opened(job *j, lp_error *err) {
    lp_case c;
    const char *why = "";
    lp_host_result r = lp_host_open(&j->host, j->spec, NULL, err);
    if (r != LP_HOST_OK) return r;
    lp_sweep_fill(&c, &j->domain, 0);
    j->entry = lp_host_accepts(j->host, &c, &why);
    j->within = lp_accumulation(lp_host_describe(j->host)->conventions, c.format);
    lp_case_clear(&c);
    if (!j->entry) lp_error_set(err, "%s: %s", j->spec, why);
    return j->entry ? LP_HOST_OK : LP_HOST_CANNOT;
}

static void task(void *ctx, int i) {
    job *j = ctx;
    lp_error err = {""};
    block *to = &j->shared->block[i];
    if (j->sum.block[j->first + i] || j->shared->stop) return;
    bool ok = j->host || subject_opened(j, &err) == LP_HOST_OK;
    if (ok) ok = run_block(to, j, j->first + i, &err);
    if (!ok) lp_complain("block %" PRId64 ": %s", j->first + i, err.text);
    atomic_store(&to->state, ok ? DONE : BROKEN);
}

/* ---- in the parent ---- */

static void fold(job *j, int64_t b, const block *from) {
    if (from->finding[0]) {
        j->findings++;
        if (j->findings <= 10) lp_complain("block %" PRId64 ": %s", b, from->finding);
    }
    for (int i = 0; i < from->outs; i++) lp_sweep_fold(&j->sum, &from->one[i]);
    j->sum.block[b] = 1;
    j->sum.done++;
    if (!j->out || lp_sweep_write(j->out, b, from->one, from->outs)) return;
    lp_complain("block %" PRId64 " could not be written", b);
    j->failed = true;
}

/* Folds what is done, in order. */
static void watch(void *ctx) {
    job *j = ctx;
    for (; j->next < j->blocks && !j->failed; j->next++) {
        int64_t b = j->first + j->next;
        if (j->sum.block[b]) continue;
        int state = atomic_load(&j->shared->block[j->next].state);
        if (state == BROKEN) j->failed = true;
        if (state != DONE) break;
        fold(j, b, &j->shared->block[j->next]);
    }
    if (j->failed || *j->stop) j->shared->stop = 1;
    lp_progress_step(&j->progress, j->next * LP_SWEEP_BLOCK, j->blocks * LP_SWEEP_BLOCK,
                     lp_op_get(j->domain.op)->name);
}

static double seconds_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static bool run_blocks(job *j) {
    double start = seconds_now();
    int64_t before = j->sum.done;
    j->shared = lp_pool_memory(sizeof *j->shared + (size_t)j->blocks * sizeof(block));
    lp_progress_start(&j->progress);
    bool ok = lp_pool_watched(j->jobs, (int)j->blocks, task, watch, j) && !j->failed;
    lp_progress_end(&j->progress);
    if (j->sum.done > before)
        fprintf(stderr,
                "lossproof: %" PRId64 " rows in %.2f s, %d processes; reference %.2f s, subject "
                "%.2f s\n",
                (j->sum.done - before) * LP_SWEEP_BLOCK, seconds_now() - start, j->jobs,
                1e-9 * (double)j->shared->reference, 1e-9 * (double)j->shared->subject);
    return ok;
}

/* ---- what is asked for ---- */

static bool range_taken(job *j, const lp_args *args) {
    const char *shard = lp_args_get(args, "shard");
    int64_t i = 1, n = 1;
    int end = -1;
    j->blocks = LP_SWEEP_BLOCKS;
    if (!lp_args_i64(&j->first, args, "first", 0) || !lp_args_i64(&j->blocks, args, "blocks", 1))
        return false;
    /* Out of range is caught by the comparisons. NOLINTNEXTLINE(cert-err34-c) */
    if (shard && (sscanf(shard, "%" SCNd64 "/%" SCNd64 "%n", &i, &n, &end) != 2 || shard[end] ||
                  i < 1 || n < i || n > LP_SWEEP_BLOCKS)) {
        lp_complain("--shard %s: I/N, 1 <= I <= N <= 65536", shard);
        return false;
    }
    if (shard && (lp_args_get(args, "first") || lp_args_get(args, "blocks"))) {
        lp_complain("--shard or --first and --blocks, not both");
        return false;
    }
    if (shard) {
        j->first = LP_SWEEP_BLOCKS * (i - 1) / n;
        j->blocks = LP_SWEEP_BLOCKS * i / n - j->first;
    }
    if (!lp_args_get(args, "blocks") && !shard) j->blocks = LP_SWEEP_BLOCKS - j->first;
    if (j->first < LP_SWEEP_BLOCKS && j->blocks <= LP_SWEEP_BLOCKS - j->first) return true;
    lp_complain("blocks %" PRId64 " to %" PRId64 ": there are 65536", j->first,
                j->first + j->blocks - 1);
    return false;
}

static bool op_taken(job *j, const lp_args *args) {
    static const char *const labels[] = {"0", "1"};
    const char *name = lp_args_get(args, "op");
    int target = 0;
    if (!name || !lp_op_by_name(&j->domain.op, name) || !lp_sweep_has(j->domain.op)) {
        lp_complain("--op %s: sigmoid, log_sigmoid, softplus, bce_logits or softmax_xent",
                    name ? name : "");
        return false;
    }
    if (!lp_args_word(&target, args, "target", labels, 2)) return false;
    j->domain.target = target;
    return true;
}

static char *header(const job *j) {
    const lp_host_info *info = lp_host_describe(j->host);
    lp_text t = {0};
    lp_text_add(&t, "{\"sweep\":2,\"tool\":\"lossproof " LP_VERSION "\",\"subject\":");
    lp_text_json(&t, info->spec);
    lp_text_add(&t, ",\"version\":");
    lp_text_json(&t, info->version);
    lp_text_format(&t, ",\"sha256\":\"%s\",\"op\":\"%s\",\"format\":\"binary32\",\"target\":%d}\n",
                   info->digest, lp_op_get(j->domain.op)->name, j->domain.target);
    return lp_text_take(&t);
}

/* The subject is there, and takes the domain: its header; the host is closed again, since each
 * process opens its own. */
static bool subject_known(char **line, job *j, int *status) {
    lp_error err = {""};
    lp_host_result r = subject_opened(j, &err);
    *status = r == LP_HOST_DIED ? LP_EXIT_BELOW : LP_EXIT_USAGE;
    if (r == LP_HOST_OK)
        *line = header(j);
    else
        lp_complain("%s", err.text);
    if (j->host) lp_host_close(j->host);
    j->host = NULL;
    return r == LP_HOST_OK;
}

/* One sweep at a time may write a file. A killed one's processes end a moment after it. */
static bool locked(FILE *f) {
    const struct timespec moment = {.tv_nsec = 100000000};
    for (int i = 0; i < 30; i++) {
        if (flock(fileno(f), LOCK_EX | LOCK_NB) == 0) return true;
        nanosleep(&moment, NULL);
    }
    return false;
}

/* What a device gives has no end, and nothing is kept there to go on from. */
static bool regular(FILE *f) {
    struct stat s;
    return fstat(fileno(f), &s) == 0 && S_ISREG(s.st_mode);
}

/* Reads what is there, cuts a torn block off, and goes on behind it. */
static bool store_opened(job *j, const char *line, const char *path) {
    lp_error err = {""};
    long whole = 0;
    lp_sweep_init(&j->sum, line);
    if (!path) return true;
    bool ok = (j->out = fopen(path, "a")) != NULL;
    if (!ok) lp_error_set(&err, "%s cannot be written", path);
    if (ok && !regular(j->out)) ok = lp_error_set(&err, "%s is no file to go on from", path);
    if (ok && !locked(j->out)) ok = lp_error_set(&err, "%s: another sweep is writing it", path);
    ok = ok && lp_sweep_read(&j->sum, path, &whole, &err);
    if (ok && truncate(path, whole) != 0) ok = lp_error_set(&err, "%s cannot be continued", path);
    if (ok && whole == 0 && (fputs(line, j->out) < 0 || fflush(j->out) != 0))
        ok = lp_error_set(&err, "%s cannot be written", path);
    if (!ok) lp_complain("%s", err.text);
    return ok;
}

static int swept(job *j) {
    lp_stop_on_signals();
    bool ran = run_blocks(j);
    int status = lp_sweep_shown(&j->sum, &j->domain, j->asked);
    if (j->findings) status = lp_exit_worse(status, LP_EXIT_BELOW);
    for (int64_t b = j->first; b < j->first + j->blocks; b++)
        ran = ran && j->sum.block[b]; /* stopped by a signal: what was asked for is not done */
    return ran ? status : LP_EXIT_USAGE;
}

static int run(const lp_args *args) {
    job j = {.asked = LP_LEVEL_STABLE, .work.ruler = lp_args_get(args, "ruler") != NULL};
    if (!lp_level_taken(&j.asked, args)) return LP_EXIT_USAGE;
    if (lp_args_get(args, "merge")) return lp_sweep_merged(args, j.asked);
    bool alone = lp_args_get(args, "reference") != NULL;
    if (args->words != (alone ? 0 : 1)) {
        lp_complain("sweep which subject? 'lossproof sweep builtin:accurate --op sigmoid'");
        return LP_EXIT_USAGE;
    }
    int64_t jobs = lp_pool_processors();
    if (!op_taken(&j, args) || !range_taken(&j, args)) return LP_EXIT_USAGE;
    if (!lp_args_i64(&jobs, args, "jobs", 1)) return LP_EXIT_USAGE;
    if (!lp_reference_sound()) return LP_EXIT_USAGE;
    /* A block's arrays are made again for every block: kept, not given back and faulted in. */
    mallopt(M_MMAP_THRESHOLD, 1 << 26);
    mallopt(M_TRIM_THRESHOLD, 1 << 28);
    j.jobs = jobs < j.blocks ? (int)jobs : (int)j.blocks;
    j.stop = alone ? lp_stop_on_signals() : lp_end_on_signals();
    if (alone) return lp_sweep_alone(&j.domain, j.first, j.blocks, j.jobs, j.stop);
    j.spec = args->word[0];
    int status = LP_EXIT_USAGE;
    char *line = NULL;
    if (subject_known(&line, &j, &status)) {
        bool ok = store_opened(&j, line, lp_args_get(args, "out"));
        status = ok ? swept(&j) : LP_EXIT_USAGE;
        lp_sweep_clear(&j.sum);
    }
    free(line);
    if (j.out && fclose(j.out) != 0) status = LP_EXIT_USAGE;
    return status;
}

const lp_command lp_sweep_command = {
    "sweep",
    "SUBJECT [OPTION...]",
    "Exhaust all inputs of an operation on one number, or of two classes",
    text,
    options,
    LP_COUNT(options),
    run};
