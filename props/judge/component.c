/* One component: measure + contract -> level (section 3). */
#include "props/judge/judge.h"

#include <math.h>

/* Values compared: the zeros are equal, NaN equals NaN. */
static bool same(double a, double b) {
    return a == b || (isnan(a) && isnan(b));
}

/* An infinity stands for +-2^(emax+1) where the exact value lies in or above the last binade and on
 * the same side (section 3); anywhere else it is no number at all. */
static bool infinity_stands(const lp_measure *m, const lp_format *f) {
    bool last_binade = m->ulp_exp >= f->emax - f->p + 1;
    return last_binade && signbit(m->got) == signbit(m->want);
}

static bool wrong_special(const lp_measure *m, const lp_format *f) {
    switch (m->kind) {
    case LP_KIND_NAN:
        return !isnan(m->got);
    case LP_KIND_PINF:
        return m->got != INFINITY;
    case LP_KIND_NINF:
        return m->got != -INFINITY;
    case LP_KIND_NUMBER:
        break;
    }
    if (m->undecided && m->ulp_lo == 0) return false; /* x may be that too, and it is counted so */
    if (same(m->got, m->want)) return false; /* an overflow: inf, or NaN in a format without it */
    return isnan(m->got) || (isinf(m->got) && !infinity_stands(m, f));
}

static bool faithful(const lp_measure *m) {
    return same(m->got, m->down) || same(m->got, m->up);
}

/* Where x = 0 the measure's figure is the absolute error (section 3), and the ulp by which it is
 * held to account is the format's least subnormal, that of the smallest numbers around it. */
static double unit(const lp_measure *m, const lp_format *f) {
    return m->exact_zero ? f->least : 1;
}

bool lp_judge_within(const lp_measure *m, double ulps, const lp_format *f) {
    return m->ulp_hi <= ulps * unit(m, f);
}

/* Of a nonzero value: an exact 0 has no digits to lose, and a counterexample of lost digits would
 * otherwise shrink to one. */
bool lp_judge_lost(const lp_measure *m, lp_level level) {
    return m->kind == LP_KIND_NUMBER && !m->exact_zero && level < LP_LEVEL_ACCURATE &&
           m->rel_err >= 0.25;
}

/* The allowance of a mixed output, 2^-12 of the a-priori bound, in units of ulp_lo and ulp_hi; none
 * where the bound is void. A bound beyond the doubles (terms of 2^600 over T = 2^-1000) reads
 * infinity, but the error over it is known. ldexp only scales by a power of two: it is exact, and
 * where it overflows no finite error exceeds it. */
static double allowance(const lp_measure *m, lp_contract contract) {
    if (contract != LP_MIXED || isnan(m->bound)) return 0;
    if (isinf(m->bound)) return m->over_bound <= 0x1p-12 ? INFINITY : 0;
    return ldexp(m->bound, m->exact_zero ? -12 : -12 - m->ulp_exp);
}

/* Not surely more than `ulps` units plus the allowance. The error is known as an interval that the
 * ruler makes narrower than 2^-16 of itself: what it cannot tell from the limit is not held against
 * the subject. The sum is rounded once; its neighbour above is no smaller than the exact limit. */
static bool within(const lp_measure *m, double ulps, double extra, const lp_format *f) {
    double limit = ulps * unit(m, f);
    return m->ulp_lo <= (extra > 0 ? nextafter(limit + extra, INFINITY) : limit);
}

static bool bounded(const lp_measure *m) {
    if (m->undecided) return ldexp(m->ulp_lo, m->ulp_exp) <= m->bound;
    return m->over_bound <= 1;
}

static lp_level decided(lp_cause *cause, lp_level level, lp_cause why) {
    *cause = why;
    return level;
}

lp_level lp_judge_component(lp_cause *cause, const lp_measure *m, lp_contract contract,
                            const lp_format *f) {
    if (wrong_special(m, f)) return decided(cause, LP_LEVEL_FAIL, LP_CAUSE_WRONG_SPECIAL);
    if (m->kind != LP_KIND_NUMBER) return decided(cause, LP_LEVEL_CORRECT, LP_CAUSE_NONE);
    if (m->exact_zero && m->got == 0)
        return !signbit(m->got) == !signbit(m->want)
                   ? decided(cause, LP_LEVEL_CORRECT, LP_CAUSE_NONE)
                   : decided(cause, LP_LEVEL_FAITHFUL, LP_CAUSE_ZERO_SIGN);
    if (m->undecided) {
        *cause = LP_CAUSE_UNDECIDED;
        if (m->ulp_lo < 1) return LP_LEVEL_CORRECT;
    } else {
        *cause = LP_CAUSE_ERROR;
        if (same(m->got, m->want)) return decided(cause, LP_LEVEL_CORRECT, LP_CAUSE_NONE);
        if (faithful(m)) return LP_LEVEL_FAITHFUL;
    }
    /* Without an allowance `faithful` is the two neighbours and nothing else. */
    double extra = allowance(m, contract);
    if (extra > 0 && within(m, 1, extra, f)) return LP_LEVEL_FAITHFUL;
    if (within(m, 4, extra, f)) return LP_LEVEL_ACCURATE;
    return bounded(m) ? LP_LEVEL_STABLE : LP_LEVEL_FINITE;
}
