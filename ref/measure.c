/* The ruler and the bounds of an exact answer's components. */
#include "ref/dyadic.h"
#include "ref/env.h"
#include "ref/exact.h"
#include "ref/refine.h"
#include "ref/round.h"
#include "ref/ulp.h"

#include <math.h>

/* Error of the program, plus u |x| + eta for storing the result; false: void. */
static bool bound_component(mpfr_t err, lp_exact *e, lp_out out, int64_t i) {
    if (lp_refine_kind(e, out, i) != LP_KIND_NUMBER) return false;
    MPFR_DECL_INIT(mag, LP_BOUND_PREC);
    lp_refine_ready(e);
    if (!lp_batch_bound(err, mag, e, out, i)) return false;
    lp_bound_store(err, e->scope.format, mag);
    return true;
}

/* What was worked out of the nodes in another format is forgotten. */
static void forget_row(lp_row *row) {
    row->bound.done = false;
    for (int64_t i = 0; i < row->parts; i++) forget_row(&row->part[i]);
}

void lp_exact_accumulate(lp_exact *e, lp_format_id within) {
    lp_scope *s = &e->scope;
    const lp_format *f = lp_refine_format(e, within);
    if (s->within == f) return;
    s->within = f;
    if (!e->ready) return;
    lp_bound_unit_set(&s->unit, f);
    for (int i = 0; i < s->parts; i++) {
        s->part[i].within = f;
        lp_bound_unit_set(&s->part[i].unit, f);
    }
    for (int64_t i = 0; i < e->slots; i++) forget_row(&e->row[i]);
    lp_batch_accumulate(&e->batch, s->c, f);
}

double lp_exact_bound(lp_exact *e, lp_out out, int64_t i) {
    lp_env env;
    lp_env_enter(&env);
    MPFR_DECL_INIT(err, LP_BOUND_PREC);
    double bound = bound_component(err, e, out, i) ? mpfr_get_d(err, MPFR_RNDU) : NAN;
    lp_env_leave(&env);
    return bound;
}

typedef struct measure_ask {
    lp_measure *m;
    double got;
} measure_ask;

static bool measure_x(void *answer, lp_exact *e) {
    measure_ask *ask = answer;
    return lp_ulp_measure(ask->m, &e->x, e->scope.format, e->scope.c->rounding, ask->got);
}

/* Measures; at the cap, where the nearest number is settled and its side is not, both neighbours
 * are taken for possible: a subject is not denied what the reference cannot rule out. Where the
 * neighbours are settled only the distance may be open, or beyond the largest number the binade:
 * m has the lesser figure, that of the wider ulp. */
static bool measure_number(lp_measure *m, lp_exact *e, lp_out out, int64_t i, double got) {
    const lp_format *f = e->scope.format;
    measure_ask ask = {m, got};
    if (lp_refine_ask(e, out, i, measure_x, &ask) || !m->undecided) return true;
    if (e->scope.c->rounding != LP_ROUND_NEAREST || !lp_cell_nearest(&m->want, &e->x, f))
        return false;
    m->down = lp_format_below(f, m->want);
    m->up = lp_format_above(f, m->want);
    /* Should it be a power of two, its binade is open as well: the wider ulp, the lesser figure. */
    int wide = lp_format_ulp_exp(f, m->want);
    m->ulp_lo = ldexp(m->ulp_lo, m->exact_zero ? 0 : m->ulp_exp - wide);
    m->ulp_exp = wide;
    m->undecided = false;
    return true;
}

/* NaN is right only for NaN, an infinity only for itself. */
static void measure_special(lp_measure *m, lp_kind kind, double got) {
    double want = lp_kind_value(kind);
    bool right = isnan(want) ? isnan(got) : got == want;
    double error = right ? 0 : INFINITY;
    *m = (lp_measure){.got = got,
                      .want = want,
                      .down = want,
                      .up = want,
                      .kind = kind,
                      .ulp_lo = error,
                      .ulp_hi = error,
                      .abs_err = error,
                      .rel_err = error,
                      .bound = NAN,
                      .over_bound = NAN};
}

/* Error over bound, rounded up, also where either lies beyond the doubles. */
static double over(const lp_measure *m, const mpfr_t bound) {
    bool large = !(m->abs_err < INFINITY);
    if (large && !(m->ulp_hi < INFINITY)) return INFINITY;
    MPFR_DECL_INIT(r, 64);
    mpfr_set_d(r, large ? m->ulp_hi : m->abs_err, MPFR_RNDU);
    if (large) mpfr_mul_2si(r, r, m->ulp_exp, MPFR_RNDU);
    mpfr_div(r, r, bound, MPFR_RNDU);
    return mpfr_get_d(r, MPFR_RNDU);
}

static void measure_bound(lp_measure *m, lp_exact *e, lp_out out, int64_t i) {
    MPFR_DECL_INIT(bound, LP_BOUND_PREC);
    m->bound = m->over_bound = NAN;
    if (!bound_component(bound, e, out, i)) return;
    m->bound = mpfr_get_d(bound, MPFR_RNDU);
    m->over_bound = over(m, bound);
}

static void measure_one(lp_measure *m, lp_exact *e, lp_out out, int64_t i, double got) {
    lp_kind kind = lp_refine_kind(e, out, i);
    if (kind == LP_KIND_NUMBER) {
        if (!measure_number(m, e, out, i, got)) m->undecided = true;
        measure_bound(m, e, out, i);
    } else {
        measure_special(m, kind, got);
    }
}

/* --- a component that is any number of a segment: measured against the nearest of them --- */

typedef struct side_ask {
    double got;
    int side;
} side_ask;

static bool find_side(void *answer, lp_exact *e) {
    side_ask *ask = answer;
    ask->side = lp_enclosure_compare_d(&e->x, ask->got);
    return ask->side != 2;
}

/* Sign of the end less `got`; 0 too where one of them is no number: nothing lies between. */
static int side_of(lp_exact *e, lp_out out, int64_t i, double got) {
    side_ask ask = {.got = got};
    if (!isfinite(got) || lp_refine_kind(e, out, i) != LP_KIND_NUMBER) return 0;
    lp_refine_ask(e, out, i, find_side, &ask);
    return ask.side;
}

/* The nearer end, or `got` itself where it lies between them. */
static void measure_segment(lp_measure *m, lp_exact *e, lp_out out, int64_t i, double got,
                            const int64_t end[2]) {
    int side[2];
    for (int k = 0; k < 2; k++) {
        lp_measure one;
        e->scope.member = &end[k];
        measure_one(&one, e, out, i, got);
        if (k == 0 || one.abs_err < m->abs_err) *m = one;
        side[k] = side_of(e, out, i, got);
    }
    e->scope.member = NULL;
    /* A zero with the sign of the other end: what a member near zero underflows to. */
    const int own = signbit(got) ? -1 : 1;
    if (got == 0 && m->exact_zero && (side[0] == own || side[1] == own))
        m->want = m->down = m->up = got;
    if (side[0] * side[1] >= 0) return;
    double bound = m->bound;
    lp_enclosure_start(&e->x, e->scope.start);
    lp_dyadic_set(e->x.a, got);
    e->x.whole = true;
    lp_ulp_measure(m, &e->x, e->scope.format, e->scope.c->rounding, got);
    m->bound = bound;
    m->over_bound = isnan(bound) ? NAN : 0;
}

void lp_exact_measure(lp_measure *m, lp_exact *e, lp_out out, int64_t i, double got) {
    lp_env env;
    int64_t end[2];
    lp_env_enter(&env);
    if (lp_batch_segment(e, out, i, end))
        measure_segment(m, e, out, i, got, end);
    else
        measure_one(m, e, out, i, got);
    lp_env_leave(&env);
}

double lp_exact_condition(lp_exact *e, lp_out out, int64_t i) {
    lp_env env;
    int64_t end[2];
    double cond = 0;
    lp_env_enter(&env);
    if (lp_batch_segment(e, out, i, end)) e->scope.member = &end[0];
    if (lp_refine_kind(e, out, i) == LP_KIND_NUMBER) {
        lp_refine_ready(e);
        cond = lp_batch_condition(e, out, i);
    }
    e->scope.member = NULL;
    lp_env_leave(&env);
    return cond;
}

bool lp_exact_segment(lp_exact *e, lp_out out, int64_t i) {
    lp_env env;
    int64_t end[2];
    if (e->status != LP_OK) return false;
    lp_env_enter(&env);
    bool some = lp_batch_segment(e, out, i, end);
    lp_env_leave(&env);
    return some;
}

static void range_one(double range[2], lp_exact *e, lp_out out, int64_t i, bool *undecided) {
    static const lp_rounding mode[2] = {LP_ROUND_DOWN, LP_ROUND_UP};
    for (int side = 0; side < 2; side++) {
        bool open;
        range[side] = lp_refine_round(e, out, i, e->scope.c->format, mode[side], &open);
        *undecided |= open;
    }
}

void lp_exact_range(double range[2], lp_exact *e, lp_out out, int64_t i, bool *undecided) {
    lp_env env;
    int64_t end[2];
    lp_env_enter(&env);
    bool some = lp_batch_segment(e, out, i, end);
    if (some) e->scope.member = &end[0];
    range_one(range, e, out, i, undecided);
    if (some) {
        double other[2];
        e->scope.member = &end[1];
        range_one(other, e, out, i, undecided);
        if (other[0] < range[0]) range[0] = other[0];
        if (other[1] > range[1]) range[1] = other[1];
        e->scope.member = NULL;
    }
    lp_env_leave(&env);
}

/* 2^-12 of the bound, on top of the ulp figure where the contract is mixed. */
static double slack(lp_exact *e, lp_out out, int64_t i) {
    if (lp_case_contract(e->scope.c, out) != LP_MIXED) return 0;
    return lp_exact_bound(e, out, i) * 0x1p-12; /* may underflow: see up() */
}

static double up(double x) {
    return nextafter(x, INFINITY);
}

/* The component's own scale: a measure of 0 without bound and condition, which cost as much. */
static bool scale(lp_measure *m, lp_exact *e, lp_out out, int64_t i) {
    lp_env env;
    lp_env_enter(&env);
    bool told = measure_number(m, e, out, i, 0);
    lp_env_leave(&env);
    return told;
}

static double tolerance(lp_exact *e, lp_out out, int64_t i, lp_level level) {
    lp_measure m;
    bool number = lp_exact_kind(e, out, i) == LP_KIND_NUMBER;
    if (!number || level < LP_LEVEL_STABLE) return INFINITY;
    if (level == LP_LEVEL_STABLE) {
        double bound = lp_exact_bound(e, out, i);
        return isnan(bound) ? INFINITY : bound;
    }
    if (!scale(&m, e, out, i) || m.undecided || !isfinite(m.want)) return INFINITY;
    bool nearest = e->scope.c->rounding == LP_ROUND_NEAREST;
    if (level == LP_LEVEL_CORRECT) {
        bool flushed = e->scope.format->flush && m.want == 0; /* off by up to the least normal */
        int half = m.ulp_exp - (nearest && !flushed ? 1 : 0);
        return half < -1074 ? 0x1p-1074 : ldexp(1, half);
    }
    double ulps = ldexp(level == LP_LEVEL_FAITHFUL ? 1 : 4, m.ulp_exp);
    double more = slack(e, out, i);
    if (isnan(more)) return INFINITY;
    return more > 0 ? up(up(ulps + up(more))) : ulps;
}

/* Of a segment the largest member's: no other has a larger ulp or bound. */
double lp_exact_h(lp_exact *e, lp_out out, int64_t i, lp_level level) {
    lp_env env;
    int64_t end[2];
    lp_env_enter(&env);
    bool some = lp_batch_segment(e, out, i, end);
    lp_env_leave(&env);
    if (some) e->scope.member = &end[-end[0] < end[1]];
    double h = tolerance(e, out, i, level);
    e->scope.member = NULL;
    return h;
}
