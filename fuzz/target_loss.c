#include "fuzz/target.h"

#include "core/case_text.h"
#include "props/judge/judge.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* libFuzzer reads this section as further coverage: a byte that becomes nonzero for the first time
 * makes the input interesting. One byte per entry, output and power of two, of the error in ulp and
 * of the error over its a-priori bound: so the fuzzer climbs both, which branches alone do not show
 * it. (The section's name is libFuzzer's; other builds carry it unused.) */
#define ENTRIES 32
#define BUCKETS 80
#define SCORES  2
__attribute__((section("__libfuzzer_extra_counters"),
               used)) static uint8_t counters[ENTRIES][LP_OUT_COUNT][SCORES][BUCKETS];

/* floor(log2 x) from 2^-16 on, one bucket below. */
static int bucket(double x) {
    if (!(x >= 0x1p-16)) return 0;
    int e = isinf(x) ? BUCKETS : ilogb(x) + 17;
    return e < BUCKETS ? e : BUCKETS - 1;
}

static void score(const lp_judgement *j, uint32_t entry) {
    for (int i = 0; i < j->outs && entry < ENTRIES; i++) {
        const lp_verdict *v = &j->verdict[i];
        if (v->at < 0) continue;
        counters[entry][v->out][0][bucket(v->worst.ulp_lo)] = 1;
        counters[entry][v->out][1][bucket(v->over_bound)] = 1;
    }
}

static void report(const lp_case *c, const lp_judgement *j, unsigned findings) {
    char *line = lp_case_print(c);
    fprintf(stderr, "lossproof: level %s (%s): %s\n", lp_level_name(j->level),
            lp_cause_name(j->cause), j->message);
    for (int bit = 0; bit < LP_FIND_COUNT; bit++)
        if (findings & 1u << bit)
            fprintf(stderr, "lossproof: finding %s\n", lp_finding_name((lp_finding)(1 << bit)));
    fprintf(stderr, "%s\n", line);
    free(line);
}

/* LP_FUZZ_LEVEL in the environment raises or lowers the floor. */
static lp_level floor_of(const lp_fuzz_subject *s) {
    lp_level level = s->floor;
    const char *name = getenv("LP_FUZZ_LEVEL");
    if (name) lp_level_by_name(&level, name);
    return level;
}

/* Misbehaviour is a finding whatever the floor. What the reference could not settle is not the
 * subject's fault. */
static bool is_finding(const lp_judgement *j, unsigned findings, const lp_fuzz_subject *s) {
    if (findings & ~(unsigned)LP_FIND_REPORTED || j->cause == LP_CAUSE_STATUS) return true;
    return j->level < floor_of(s) && j->cause != LP_CAUSE_UNDECIDED;
}

/* Section 2 says what infinite logits do; it does not say it of probabilities and cotangents, and
 * nobody is to blame for an answer there. */
static bool is_specified(const lp_case *c) {
    static const lp_in finite[] = {LP_IN_P, LP_IN_Q, LP_IN_V};
    for (size_t f = 0; f < sizeof finite / sizeof *finite; f++)
        for (int64_t i = 0, n = lp_case_in_len(c, finite[f]); c->in[finite[f]] && i < n; i++)
            if (isinf(c->in[finite[f]][i])) return false;
    return true;
}

static void judge(const lp_fuzz_subject *s, const lp_entry *entry, const lp_case *c) {
    lp_answer a;
    lp_judgement j;
    lp_exact *exact = lp_exact_new(c, NULL);
    if (!exact) abort(); /* the operation is built */
    lp_answer_init(&a);
    lp_fuzz_call(&a, entry, c);
    lp_judge_quiet(&j, c, &a, exact, entry->outputs);
    score(&j, (uint32_t)(entry - s->table()->entry));
    if (is_finding(&j, a.findings, s)) {
        lp_judge_message(&j, &a, exact);
        report(c, &j, a.findings);
        abort();
    }
    lp_answer_clear(&a);
    lp_exact_free(exact);
}

void lp_fuzz_loss(const lp_fuzz_subject *s, const uint8_t *data, size_t size) {
    lp_case c;
    const lp_entry *entry;
    if (!lp_fuzz_read(&c, &entry, s, data, size)) return;
    if (is_specified(&c)) judge(s, entry, &c);
    lp_case_clear(&c);
}
