/* Answer + exact value + contract -> verdict. */
#ifndef LP_JUDGE_JUDGE_H
#define LP_JUDGE_JUDGE_H

#include "core/answer.h"
#include "core/histogram.h"
#include "core/verdict.h"
#include "ref/exact.h"

typedef struct lp_judgement {
    lp_level level; /* least over the outputs and findings */
    lp_cause cause;
    char message[256]; /* one line for the worst: output[index], got, exact, ulp */
    int outs;
    lp_verdict verdict[LP_OUT_COUNT]; /* one per delivered output */
    /* The component that set `level` (what `message` shows): -1 where none did. */
    lp_out out;
    int64_t at;
    lp_measure measure;
} lp_judgement;

/* Judges every output that `outputs` names (LP_OUT_BIT; those declared). Special values first,
 * bits; then the error interval against the contract. */
void lp_judge(lp_judgement *j, const lp_case *c, const lp_answer *a, lp_exact *e, uint32_t outputs);
/* The same with `message` left empty (its digits cost more than the verdict): for hot loops. */
void lp_judge_quiet(lp_judgement *j, const lp_case *c, const lp_answer *a, lp_exact *e,
                    uint32_t outputs);
/* Is told of every component whose exact value is a number: `one` counts it alone. */
typedef struct lp_judge_watch {
    void (*see)(void *ctx, const lp_case *c, lp_out out, int64_t at, const lp_bucket *one);
    void *ctx;
} lp_judge_watch;
/* lp_judge_quiet with somebody looking on; NULL: nobody. */
void lp_judge_watched(lp_judgement *j, const lp_case *c, const lp_answer *a, lp_exact *e,
                      uint32_t outputs, const lp_judge_watch *watch);
void lp_judge_message(lp_judgement *j, const lp_answer *a, lp_exact *e);
/* Level of one component by its measure; *cause says why not the next one. Levels are nested from
 * above: a component is given the highest one whose condition it meets, so that a void bound
 * ("not claimable") matters only to a component that is not accurate: it is finite.
 * LP_CAUSE_UNDECIDED: the highest level that the reference could not rule out; counted, so that it
 * is no pass (exit status 4), and no failure either. */
lp_level lp_judge_component(lp_cause *cause, const lp_measure *m, lp_contract contract,
                            const lp_format *format);
/* Error at most `ulps` by the measure alone, no allowance; at x = 0 in least subnormals. */
bool lp_judge_within(const lp_measure *m, double ulps, const lp_format *format);
/* Below `accurate`, and a quarter of a nonzero exact value or more off: no digit is left and no
 * contract excuses it. */
bool lp_judge_lost(const lp_measure *m, lp_level level);

#endif
