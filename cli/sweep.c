/* `lossproof sweep`: every input of an operation on one binary32 number. */
#include "cli/sweep.h"

#include "cli/certify.h"
#include "cli/cli.h"
#include "cli/progress.h"
#include "core/memory.h"
#include "core/text.h"
#include "host/host.h"
#include "props/judge/judge.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCKS (INT64_C(1) << 16) /* of 2^16 values: all codes of 32 bits */

static const lp_option options[] = {
    {"op", "OP", false, "sigmoid, log_sigmoid, softplus or bce_logits"},
    {"target", "Y", false, "bce_logits: the label, 0 (default) or 1"},
    {"out", "FILE", false, "where blocks are kept; a file that is there is continued"},
    {"shard", "I/N", false, "only the I-th of N equal parts (1/1)"},
    {"first", "B", false, "in place of shards: the first block of 65536 values, 0 to 65535"},
    {"blocks", "N", false, "... and how many"},
    {"level", "LEVEL", false, "level asked for: stable by default"},
    {"merge", NULL, false, "adds up the files of shards that are given in place of SUBJECT"},
};

static const char text[] =
    "Runs all 2^32 binary32 inputs of an operation on one number through SUBJECT and judges every\n"
    "output. Block b holds the codes b * 65536 to b * 65536 + 65535; NaN inputs are passed as one\n"
    "NaN. FILE is a line of JSON a block and output; killed and started again the sweep goes on\n"
    "where FILE ends. Shards may run anywhere; --merge adds their files up, refuses those of "
    "other\n"
    "subjects or versions, and claims the domain exhausted only where no block is missing.\n\n"
    "  lossproof sweep ./mylib.so --op softplus --out softplus.jsonl\n"
    "  lossproof sweep ./mylib.so --op sigmoid --shard 2/8 --out part2.jsonl\n"
    "  lossproof sweep --merge part*.jsonl\n";

typedef struct job {
    lp_op op;
    double target;
    int64_t first, blocks;
    lp_level asked;
    lp_host *host;
    const lp_host_entry *entry;
    FILE *out;
    lp_sweep sum;
    int64_t findings;
    const volatile int *stop;
} job;

/* ---- one block ---- */

static void fill(lp_case *c, const job *j, int64_t block) {
    uint32_t *code = lp_memory_resize(NULL, LP_SWEEP_BLOCK, sizeof *code);
    lp_case_init(c, j->op);
    c->format = LP_BINARY32;
    c->n = LP_SWEEP_BLOCK;
    c->k = c->stride = 1;
    for (uint32_t i = 0; i < LP_SWEEP_BLOCK; i++) code[i] = (uint32_t)(block << 16) + i;
    lp_format_unpack(lp_case_alloc(c, LP_IN_LOGITS), lp_format_get(LP_BINARY32), code, c->n);
    free(code);
    if (j->op != LP_OP_BCE_LOGITS) return;
    double *y = lp_case_alloc(c, LP_IN_TARGETS);
    for (int64_t i = 0; i < c->n; i++) y[i] = j->target;
}

/* A value that is the correctly rounded one, sign of zero included, needs no ruler. */
static bool equal(double a, double b) {
    return a == b && signbit(a) == signbit(b);
}

static void count_measured(lp_sweep_count *to, lp_exact *e, const lp_case *c, int64_t i,
                           double got) {
    lp_measure m;
    lp_cause cause;
    const lp_format *f = lp_format_get(c->format);
    lp_exact_measure(&m, e, to->out, i, got);
    lp_level level = lp_judge_component(&cause, &m, lp_case_contract(c, to->out), f);
    if (level < to->level) to->level = level;
    to->special += cause == LP_CAUSE_WRONG_SPECIAL;
    if (m.kind != LP_KIND_NUMBER) return;
    to->numbers++;
    to->undecided += cause == LP_CAUSE_UNDECIDED;
    if (cause == LP_CAUSE_WRONG_SPECIAL) return;
    to->correct += level == LP_LEVEL_CORRECT;
    to->faithful += got == m.want || got == m.down || got == m.up;
    to->within1 += lp_judge_within(&m, 1, f);
    if (level == LP_LEVEL_CORRECT || !(m.ulp_hi > to->ulp)) return;
    to->ulp = m.ulp_hi;
    float at = (float)c->in[LP_IN_LOGITS][i];
    memcpy(&to->at, &at, sizeof to->at);
}

static void judge_output(lp_sweep_count *to, lp_exact *e, const lp_case *c, const double *want,
                         const double *got) {
    for (int64_t i = 0; i < c->n; i++) {
        if (isnan(want[i]) && isnan(got[i])) continue; /* right, and no number */
        if (!isfinite(want[i]) || !equal(got[i], want[i])) {
            count_measured(to, e, c, i, got[i]);
            continue;
        }
        to->numbers++;
        to->correct++;
        to->faithful++;
        to->within1++;
    }
}

/* Outputs that the subject declares; a finding, a status or a missing output fails them. */
static bool run_block(lp_sweep_count *one, int *outs, job *j, int64_t block, lp_error *err) {
    const lp_op_info *info = lp_op_get(j->op);
    lp_case c;
    lp_answer got, want;
    fill(&c, j, block);
    lp_answer_init(&got);
    lp_answer_init(&want);
    *outs = 0;
    bool ok = lp_host_run(j->host, &c, NULL, &got, err);
    lp_exact *e = ok ? lp_exact_new(&c, err) : NULL;
    if (e) lp_exact_answer(&want, e);
    bool broken = got.status != LP_OK || got.findings & ~(unsigned)LP_FIND_REPORTED;
    if (e && broken) {
        j->findings++;
        lp_complain("block %" PRId64 ": %s%s", block,
                    got.status != LP_OK ? lp_status_name(got.status) : "", got.note);
    }
    for (int o = 0; e && o < info->out_count; o++) {
        lp_out out = info->out[o].role;
        if (!(j->entry->outputs & LP_OUT_BIT(out)) || !want.out[out]) continue;
        lp_sweep_count *to = &one[(*outs)++];
        *to = (lp_sweep_count){.out = out, .level = LP_LEVEL_CORRECT};
        if (broken || !got.out[out])
            to->level = LP_LEVEL_FAIL;
        else
            judge_output(to, e, &c, want.out[out], got.out[out]);
    }
    ok = e != NULL;
    lp_exact_free(e);
    lp_answer_clear(&got);
    lp_answer_clear(&want);
    lp_case_clear(&c);
    return ok;
}

static bool run_blocks(job *j) {
    lp_progress progress;
    lp_error err = {""};
    bool ok = true;
    lp_progress_start(&progress);
    for (int64_t b = j->first; ok && b < j->first + j->blocks && !*j->stop; b++) {
        lp_sweep_count one[LP_SWEEP_OUTS];
        int outs;
        lp_progress_step(&progress, (b - j->first) * LP_SWEEP_BLOCK, j->blocks * LP_SWEEP_BLOCK,
                         lp_op_get(j->op)->name);
        if (j->sum.block[b]) continue;
        ok = run_block(one, &outs, j, b, &err);
        if (!ok) break;
        for (int i = 0; i < outs; i++) lp_sweep_fold(&j->sum, &one[i]);
        j->sum.block[b] = 1;
        j->sum.done++;
        if (j->out && !lp_sweep_write(j->out, b, one, outs)) {
            lp_error_set(&err, "a block could not be written");
            ok = false;
        }
    }
    lp_progress_end(&progress);
    if (!ok) lp_complain("%s", err.text);
    return ok;
}

/* ---- the result ---- */

static int result_shown(const lp_sweep *s, lp_level asked) {
    int status = LP_EXIT_OK;
    for (int i = 0; i < s->outs; i++) {
        const lp_sweep_count *c = &s->out[i];
        float at;
        memcpy(&at, &c->at, sizeof at);
        printf("%s: %s; %" PRId64 " numbers, %" PRId64 " correctly rounded, %" PRId64
               " faithful, %" PRId64 " within 1 ulp, %" PRId64 " wrong specials, %" PRId64
               " undecided",
               lp_out_name(c->out), lp_level_name(c->level), c->numbers, c->correct, c->faithful,
               c->within1, c->special, c->undecided);
        if (c->ulp > 0) printf("; at most %.4g ulp, at %a", c->ulp, (double)at);
        putchar('\n');
        if (c->undecided) status = lp_exit_worse(status, LP_EXIT_UNDECIDED);
        if (c->level < asked) status = lp_exit_worse(status, LP_EXIT_BELOW);
    }
    printf("%" PRId64 " of %" PRId64 " blocks: %s\n", s->done, s->blocks,
           s->done == s->blocks ? "exhausted" : "searched");
    return status;
}

static int merged(const lp_args *args, lp_level asked) {
    lp_sweep s;
    lp_error err = {""};
    bool ok = args->words > 0;
    long whole;
    if (!ok) lp_error_set(&err, "sweep --merge FILE...");
    lp_sweep_init(&s, NULL, BLOCKS);
    for (int i = 0; ok && i < args->words; i++) ok = lp_sweep_read(&s, args->word[i], &whole, &err);
    int status = LP_EXIT_USAGE;
    if (ok) {
        if (s.header) fputs(s.header, stdout);
        status = result_shown(&s, asked);
        if (s.done < s.blocks) {
            int64_t first = 0;
            while (s.block[first]) first++;
            lp_complain("%" PRId64 " blocks are missing, the first is %" PRId64, s.blocks - s.done,
                        first);
            status = LP_EXIT_USAGE;
        }
    } else {
        lp_complain("%s", err.text);
    }
    lp_sweep_clear(&s);
    return status;
}

/* ---- what is asked for ---- */

static bool range_taken(job *j, const lp_args *args) {
    const char *shard = lp_args_get(args, "shard");
    int64_t i = 1, n = 1;
    int end = -1;
    j->blocks = BLOCKS;
    if (!lp_args_i64(&j->first, args, "first", 0) || !lp_args_i64(&j->blocks, args, "blocks", 1))
        return false;
    /* Out of range is caught by the comparisons. NOLINTNEXTLINE(cert-err34-c) */
    if (shard && (sscanf(shard, "%" SCNd64 "/%" SCNd64 "%n", &i, &n, &end) != 2 || shard[end] ||
                  i < 1 || n < i || n > BLOCKS)) {
        lp_complain("--shard %s: I/N, 1 <= I <= N <= 65536", shard);
        return false;
    }
    if (shard && (lp_args_get(args, "first") || lp_args_get(args, "blocks"))) {
        lp_complain("--shard or --first and --blocks, not both");
        return false;
    }
    if (shard) {
        j->first = BLOCKS * (i - 1) / n;
        j->blocks = BLOCKS * i / n - j->first;
    }
    if (!lp_args_get(args, "blocks") && !shard) j->blocks = BLOCKS - j->first;
    if (j->first < BLOCKS && j->blocks <= BLOCKS - j->first) return true;
    lp_complain("blocks %" PRId64 " to %" PRId64 ": there are 65536", j->first,
                j->first + j->blocks - 1);
    return false;
}

static bool swept_op(lp_op op) {
    return op == LP_OP_SIGMOID || op == LP_OP_LOG_SIGMOID || op == LP_OP_SOFTPLUS ||
           op == LP_OP_BCE_LOGITS;
}

static bool op_taken(job *j, const lp_args *args) {
    static const char *const labels[] = {"0", "1"};
    const char *name = lp_args_get(args, "op");
    int target = 0;
    if (!name || !lp_op_by_name(&j->op, name) || !swept_op(j->op)) {
        lp_complain("--op %s: sigmoid, log_sigmoid, softplus or bce_logits", name ? name : "");
        return false;
    }
    if (!lp_args_word(&target, args, "target", labels, 2)) return false;
    j->target = target;
    return true;
}

static bool subject_opened(job *j, const char *subject, int *status) {
    lp_error err = {""};
    lp_case c;
    const char *why = "";
    lp_host_result r = lp_host_open(&j->host, subject, NULL, &err);
    *status = r == LP_HOST_DIED ? LP_EXIT_BELOW : LP_EXIT_USAGE;
    if (r != LP_HOST_OK) {
        lp_complain("%s", err.text);
        return false;
    }
    fill(&c, j, 0);
    j->entry = lp_host_accepts(j->host, &c, &why);
    lp_case_clear(&c);
    if (!j->entry) lp_complain("%s: %s", subject, why);
    return j->entry != NULL;
}

static char *header(const job *j) {
    const lp_host_info *info = lp_host_describe(j->host);
    lp_text t = {0};
    lp_text_add(&t, "{\"sweep\":1,\"tool\":\"lossproof " LP_VERSION "\",\"subject\":");
    lp_text_json(&t, info->spec);
    lp_text_add(&t, ",\"version\":");
    lp_text_json(&t, info->version);
    lp_text_format(&t, ",\"sha256\":\"%s\",\"op\":\"%s\",\"format\":\"binary32\",\"target\":%d}\n",
                   info->digest, lp_op_get(j->op)->name, (int)j->target);
    return lp_text_take(&t);
}

/* Reads what is there, cuts a torn block off, and goes on behind it. */
static bool store_opened(job *j, const char *path) {
    lp_error err = {""};
    long whole = 0;
    char *line = header(j);
    lp_sweep_init(&j->sum, line, BLOCKS);
    bool ok = true;
    if (path && access(path, F_OK) == 0) {
        ok = lp_sweep_read(&j->sum, path, &whole, &err);
        if (ok && truncate(path, whole) != 0) {
            lp_error_set(&err, "%s cannot be continued", path);
            ok = false;
        }
    }
    if (path && ok) {
        j->out = fopen(path, "a");
        ok = j->out && (whole > 0 || (fputs(line, j->out) >= 0 && fflush(j->out) == 0));
        if (!ok) lp_error_set(&err, "%s cannot be written", path);
    }
    free(line);
    if (!ok) lp_complain("%s", err.text);
    return ok;
}

static int swept(job *j) {
    bool ran = run_blocks(j);
    int status = result_shown(&j->sum, j->asked);
    if (j->findings) status = lp_exit_worse(status, LP_EXIT_BELOW);
    for (int64_t b = j->first; b < j->first + j->blocks; b++)
        ran = ran && j->sum.block[b]; /* stopped by a signal: what was asked for is not done */
    return ran ? status : LP_EXIT_USAGE;
}

static int run(const lp_args *args) {
    job j = {.asked = LP_LEVEL_STABLE};
    if (!lp_level_taken(&j.asked, args)) return LP_EXIT_USAGE;
    if (lp_args_get(args, "merge")) return merged(args, j.asked);
    if (args->words != 1) {
        lp_complain("sweep which subject? 'lossproof sweep builtin:accurate --op sigmoid'");
        return LP_EXIT_USAGE;
    }
    if (!op_taken(&j, args) || !range_taken(&j, args)) return LP_EXIT_USAGE;
    if (!lp_reference_sound()) return LP_EXIT_USAGE;
    j.stop = lp_stop_on_signals();
    int status = LP_EXIT_USAGE;
    if (subject_opened(&j, args->word[0], &status)) {
        status = store_opened(&j, lp_args_get(args, "out")) ? swept(&j) : LP_EXIT_USAGE;
        lp_sweep_clear(&j.sum);
    }
    if (j.out && fclose(j.out) != 0) status = LP_EXIT_USAGE;
    if (j.host) lp_host_close(j.host);
    return status;
}

const lp_command lp_sweep_command = {"sweep",
                                     "SUBJECT [OPTION...]",
                                     "Exhaust the inputs of an operation on one binary32 number",
                                     text,
                                     options,
                                     LP_COUNT(options),
                                     run};
