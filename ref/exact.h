/* The exact answer to a case. Every component of every output is known as an enclosure that is
 * refined until the question asked of it is decided, or answered "undecided" at the cap. The only
 * door to MPFR: nothing of it shows here. Not thread-safe per object; objects are independent. */
#ifndef LP_REF_EXACT_H
#define LP_REF_EXACT_H

#include "core/answer.h"
#include "core/measure.h"
#include "core/verdict.h"

typedef struct lp_exact lp_exact;

/* Evaluates lazily; `c` must outlive the object and stay unchanged. NULL with err where the
 * operation is not built. */
lp_exact *lp_exact_new(const lp_case *c, lp_error *err);
void lp_exact_free(lp_exact *e);

/* LP_OK, or the error that section 2 demands for the whole case: then there are no components. */
lp_status lp_exact_status(const lp_exact *e);
/* Components of the output, 0 where the operation has it not (or its optional input is absent). */
int64_t lp_exact_len(const lp_exact *e, lp_out out);
lp_kind lp_exact_kind(lp_exact *e, lp_out out, int64_t i);
/* The component rounded once to the format; kinds give NaN, inf. *undecided (may be NULL) is set,
 * and the round-down of the best enclosure returned, where the cap was reached. */
double lp_exact_round(lp_exact *e, lp_out out, int64_t i, lp_format_id format, lp_rounding mode,
                      bool *undecided);
/* The ruler: `got` against component i, in the case's format and rounding. Where any number of a
 * segment is right, against the nearest of them. */
void lp_exact_measure(lp_measure *m, lp_exact *e, lp_out out, int64_t i, double got);
/* Condition number of the component in its inputs, to a few digits; 0 where it is not computed. Of
 * a segment one end's. It costs as much as a bound: asked of what is shown, not of everything. */
double lp_exact_condition(lp_exact *e, lp_out out, int64_t i);
/* Any number of a segment is right: the component of a gradient at a kink (hinge, hinge_multi).
 * What the functions around this one answer is then one member that stands for them all. */
bool lp_exact_segment(lp_exact *e, lp_out out, int64_t i);
/* RD(x) and RU(x) in the case's format: a subject between them is faithful. Of a segment those of
 * its ends. *undecided is set where the cap was reached, and never cleared. */
void lp_exact_range(double range[2], lp_exact *e, lp_out out, int64_t i, bool *undecided);
/* Sign of (x - b): -1, 0, 1; 2: undecided. For numbers only. */
int lp_exact_compare(lp_exact *e, lp_out out, int64_t i, double b);
/* Sign of (x_i of a - x_i of b) * 2^scale - bound, likewise: differences of nearby values, whose
 * leading digits agree. */
int lp_exact_compare_difference(lp_exact *a, lp_exact *b, lp_out out, int64_t i, int scale,
                                double bound);
/* Decimal digits of the component, truncated toward zero, trailing zeros left out: with 19 of them
 * "1.928749847963917783e-22"; "0", "inf", "-inf", "nan"; "tiny" or "-tiny" of that sign below
 * 2^-2^61; "undecided" at the cap. At least 2. */
void lp_exact_digits(char *buf, size_t size, lp_exact *e, lp_out out, int64_t i, int digits);
/* The format that the program of section 4 computes in: before it is told, the case's own. What it
 * returns is stored in the case's format whatever this is. */
void lp_exact_accumulate(lp_exact *e, lp_format_id within);
/* A-priori bound of section 4, absolute, rounded up; NaN: void, not claimable. */
double lp_exact_bound(lp_exact *e, lp_out out, int64_t i);
/* h of section 5: half an ulp at `correct`, one at `faithful`, four at `accurate` (both plus
 * 2^-12 * bound where the contract is mixed), the bound at `stable`; rounded up; infinity where
 * void; of a segment its largest member's. */
double lp_exact_h(lp_exact *e, lp_out out, int64_t i, lp_level level);
/* All outputs, correctly rounded, as an answer; returns the count of undecided components. */
int64_t lp_exact_answer(lp_answer *a, lp_exact *e);

/* The components of the outputs whose array is not NULL within a relative error of LP_EXACT_NEAR,
 * NaN where there is no such value at hand: a first look at many rows, at a few nanoseconds each.
 * False: not for this case, nothing is written. */
#define LP_EXACT_NEAR 0x1p-49
bool lp_exact_near(double *const out[LP_OUT_COUNT], const lp_exact *e);

/* The Hessian of the (reduced, times upstream) loss of each row times its `v`, N x K numbers,
 * correctly rounded into x (lp_exact_len of LP_OUT_HVP; 0 where the case has no `v`). Returns the
 * count of undecided components. Digits and roundings of LP_OUT_HVP can be asked for as of any
 * output; there is no bound and no measure. */
int64_t lp_exact_hvp(double *x, lp_exact *e);

/* MPFR alone answers, not the double filter and the integer tier in front of it
 * (docs/reference-tiers.md): what they are checked against and measured beside. To be said before
 * anything is asked. */
void lp_exact_forgo_tier(lp_exact *e);

typedef struct lp_ref_stats {
    uint64_t questions, refinements, undecided;
    uint64_t filter;      /* questions that the double filter decided */
    uint64_t tier;        /* questions that the integer tier decided */
    uint64_t tier_passed; /* ... that it took, could not decide and left to MPFR */
    uint64_t rechecked;   /* ... of the random thousandth, which both answered */
    uint64_t disagreed;   /* ... differently: a defect of this software; MPFR's answer stands */
    long max_precision;
} lp_ref_stats;
/* Totals of this thread since the start. */
lp_ref_stats lp_ref_stats_get(void);
/* Checks the ruler against hand-made intervals before it judges (binade edges, subnormals,
 * overflow, zero); false with err where it is wrong. Run by every command that judges. */
bool lp_ref_selftest(lp_error *err);

#endif
