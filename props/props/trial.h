/* One case through subject, reference and judge. */
#ifndef LP_PROPS_TRIAL_H
#define LP_PROPS_TRIAL_H

#include "host/host.h"
#include "props/judge/judge.h"
#include "props/props/exacts.h"
#include "props/props/property.h"

/* Asks a subject; lp_host_run for a host. Tests ask the reference itself, or a spoilt copy of it.
 */
typedef bool (*lp_call_fn)(void *subject, const lp_case *c, const lp_host_how *how,
                           lp_answer *answer, lp_error *err);

/* Where trials run: one entry of one subject. Counts what was spent. */
typedef struct lp_bench {
    lp_call_fn call;
    void *subject;
    lp_host *host; /* NULL: `call` takes every case */
    const lp_host_entry *entry;
    uint64_t declared;    /* bit per lp_op that the subject declares in the entry's format */
    int64_t evaluations;  /* calls of the subject */
    int64_t fatal, hangs; /* answers that ended in one */
    lp_format_id within;  /* that its programs compute in (core/accumulation.h) */
    lp_exacts *shared;    /* where other subjects find the exact answers too; NULL: nowhere */
    lp_error *err;        /* filled when the tool itself fails */
    const lp_judge_watch *watch; /* of judged trials; NULL: none */
} lp_bench;

void lp_bench_open(lp_bench *b, lp_host *host, const lp_host_entry *entry, lp_error *err);
bool lp_bench_accepts(const lp_bench *b, const lp_case *c, const char **why);

typedef struct lp_trial {
    lp_case kase;
    char regime[24];
    lp_answer answer;
    lp_exact *exact;
    bool borrowed; /* the exact answer is the bench's shared one */
    lp_judgement judgement;
    bool unsupported; /* the subject said so: NOT TESTED, not judged */
} lp_trial;

/* Runs and judges trial->kase, which the trial owns from here on (do not move the trial). False:
 * the tool failed (bench->err); the trial is cleared. */
bool lp_trial_run(lp_trial *t, lp_bench *b);
void lp_trial_clear(lp_trial *t);
/* 64-bit FNV-1a over everything that lp_case_equal compares. */
uint64_t lp_case_hash(const lp_case *c);

/* One property on an evaluated case, output by output: one that is wrong does not lower another. */
typedef struct lp_check {
    bool met;                   /* precondition, and answers to speak of */
    bool broken;                /* at some level, by some output */
    lp_level cap[LP_OUT_COUNT]; /* the level that it leaves to each output; CORRECT: not broken */
    lp_level least;             /* of them, */
    lp_out out;                 /* whose, */
    char why[256];              /* and one line about it */
    unsigned findings; /* of the derived calls, and the case of the first with any (cleared by */
    lp_case culprit;   /* lp_check_clear): */
    char note[160];
} lp_check;

/* `from`: the strictest level to ask at; what holds there is not broken. */
bool lp_check_run(lp_check *out, lp_bench *b, const lp_property *p, const lp_trial *t,
                  lp_level from);
void lp_check_clear(lp_check *c);

#endif
