/* A block's verdict. By far most values are the correctly rounded ones. Of the others a value x
 * within 2^-49 of the exact X is at hand (lp_exact_near), and an error known to 2^-24 of an ulp
 * settles the class of nearly all; what is left open is measured. With E = |got - x| / ulp(X) in
 * doubles the exact error lies within 1.01 2^-25 + 2^-50 E of E: X differs from x by 2^-49 2^24 ulp
 * at most, the subtraction rounds by 2^-53 of itself.
 *
 * Beyond 4 ulp the a-priori bound decides. It is a function of the margin x alone (the logit, or
 * the two logits' difference), and the bound at one x serves its neighbours. For |x| <= 104 the
 * logarithm of every node of the programs (|x|, e^-|x|, 1 + e^-|x|, its inverse, log1p(e^-|x|),
 * products and sums of one sign of these) changes by no more than D = d + d / |x| where x changes
 * by d; a node's error is a sum of products of at most 16 nodes, errors' constants and 1 / (b -
 * E_b), with E_b far below b. So the bound's logarithm changes by less than 17 D, and for 17 D <=
 * 1/2 the bound by less than a share of 1.3 17 D < 23 D. */
#include "cli/sweep.h"

#include "core/memory.h"
#include "props/judge/judge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CELLS (1 << 19) /* direct-mapped */

void lp_sweep_work_clear(lp_sweep_work *work) {
    for (int o = 0; o < LP_OUT_COUNT; o++) {
        free(work->near[o]);
        free(work->cell[o]);
    }
    free(work->error);
    *work = (lp_sweep_work){0};
}

static void make_room(lp_sweep_work *work, const lp_case *c) {
    const lp_op_info *info = lp_op_get(c->op);
    for (int o = 0; o < info->out_count; o++) {
        if (info->out[o].needs_v) continue;
        size_t len = (size_t)lp_case_out_len(c, info->out[o].role);
        work->near[info->out[o].role] = lp_memory_zeros(len, sizeof(double));
        work->cell[info->out[o].role] = lp_memory_zeros(CELLS, sizeof(lp_sweep_cell));
    }
    work->error = lp_memory_zeros((size_t)(c->n * c->k), sizeof(double));
}

/* Values near all outputs of the block, made for the first that asks. */
static void near_ready(lp_sweep_work *work, const lp_exact *e, const lp_case *c) {
    if (!work->error) make_room(work, c);
    if (work->ready) return;
    work->ready = lp_exact_near(work->near, e);
    memset(work->error, 0, (size_t)(c->n * c->k) * sizeof(double));
}

static bool row_finite(const lp_case *c, int64_t row) {
    const double *z = c->in[LP_IN_LOGITS];
    return c->k == 2 ? isfinite(z[2 * row]) && isfinite(z[2 * row + 1]) : isfinite(z[row]);
}

/* Two classes have a gradient of two components; all else is one number a row. */
static int64_t row_of(const lp_case *c, const lp_sweep_count *to, int64_t i) {
    return c->k == 2 && to->out == LP_OUT_GRAD ? i / 2 : i;
}

static uint32_t code_of(const lp_case *c, const lp_sweep_count *to, int64_t block, int64_t i) {
    return (uint32_t)block << 16 | (uint32_t)row_of(c, to, i);
}

/* ---- by the ruler ---- */

static void largest(lp_sweep_count *to, double ulp, uint32_t code) {
    if (!(ulp > to->ulp)) return;
    to->ulp = ulp;
    to->at = code;
}

static void count_level(lp_sweep_count *to, lp_level level) {
    to->level[level]++;
    if (level < to->least) to->least = level;
}

static void measure(lp_sweep_count *to, lp_exact *e, const lp_case *c, int64_t block, int64_t i,
                    double got, const lp_sweep_work *work) {
    lp_measure m;
    lp_cause cause;
    const lp_format *f = lp_format_get(c->format);
    lp_exact_measure(&m, e, to->out, i, got);
    lp_level level = lp_judge_component(&cause, &m, work->contract, f);
    to->special += cause == LP_CAUSE_WRONG_SPECIAL;
    if (m.kind != LP_KIND_NUMBER) {
        if (level < to->least) to->least = level;
        return;
    }
    to->numbers++;
    count_level(to, level);
    to->undecided += cause == LP_CAUSE_UNDECIDED;
    if (cause == LP_CAUSE_WRONG_SPECIAL) return;
    to->within1 += level == LP_LEVEL_CORRECT || lp_judge_within(&m, 1, f);
    if (level != LP_LEVEL_CORRECT) largest(to, m.ulp_hi, code_of(c, to, block, i));
}

/* ---- by a near value ---- */

/* NaN or an infinity where the exact value is a number below the last binade. */
static bool wrong_special(double want, double got) {
    return isfinite(want) && fabs(want) < 0x1p127 && !isfinite(got);
}

static double margin(const lp_case *c, int64_t row) {
    const double *z = c->in[LP_IN_LOGITS];
    return c->k == 2 ? z[2 * row + 1] - z[2 * row] : z[row];
}

/* The doubles with one sign, exponent and first 14 bits share a cell. */
static const lp_sweep_cell *cell_of(lp_sweep_work *work, lp_exact *e, lp_out out, int64_t i,
                                    double x) {
    uint64_t key;
    memcpy(&key, &x, sizeof key);
    key = key >> 38 << 1 | (uint64_t)(i & work->odd);
    lp_sweep_cell *cell = &work->cell[out][key % CELLS];
    key |= UINT64_C(1) << 63; /* never an empty cell's */
    if (cell->key != key) *cell = (lp_sweep_cell){key, x, lp_exact_bound(e, out, i)};
    return cell;
}

/* How the error of a component at margin x compares with its bound; false: too near to tell, or
 * void. x itself is rounded, by less than 2^-40 as the margin allows. */
static bool bounded(lp_level *level, double error, const lp_sweep_cell *cell, double x) {
    double d = fabs(x - cell->margin), share = 23 * (d + d / fabs(x)) + 0x1p-40;
    *level = error < cell->bound ? LP_LEVEL_STABLE : LP_LEVEL_FINITE;
    return error * (1 + 0x1p-20) < cell->bound * (1 - share) ||
           error * (1 - 0x1p-20) > cell->bound * (1 + share);
}

/* The class of a number that is not the correctly rounded one, up to 4 ulp, and its error; false:
 * not settled. LP_LEVEL_FINITE: surely more than 4. */
static bool settled(lp_level *level, double *error, double x, double want, double got) {
    const lp_format *f = lp_format_get(LP_BINARY32);
    if (!(fabs(x) > 0) || !isfinite(got)) return false;
    int ulp = lp_format_ulp_exp(f, x * (1 - LP_EXACT_NEAR));
    if (ulp != lp_format_ulp_exp(f, x * (1 + LP_EXACT_NEAR))) return false;
    *error = ldexp(fabs(got - x), -ulp);
    double slack = 0x1.03p-25 + 0x1p-50 * *error;
    if (*error + slack <
        1) { /* want's neighbour on the side where X surely is; else: to the ruler */
        double side = x - want;
        *level = LP_LEVEL_FAITHFUL;
        if (!(fabs(side) > 2 * LP_EXACT_NEAR * fabs(x))) return false;
        return got == (side > 0 ? lp_format_above(f, want) : lp_format_below(f, want));
    }
    *level = *error < 4 ? LP_LEVEL_ACCURATE : LP_LEVEL_FINITE;
    return *error - slack > 1 && (*error + slack < 4 || *error - slack > 4);
}

/* The class of component i as far as a near value tells. */
static bool told(lp_level *level, lp_exact *e, const lp_case *c, lp_out out, int64_t i, int64_t row,
                 double want, double got, lp_sweep_work *work) {
    double x = work->near[out][i], d = margin(c, row);
    if (!settled(level, &work->error[i], x, want, got)) return false;
    if (*level != LP_LEVEL_FINITE) return true;
    return fabs(d) <= 104 && bounded(level, fabs(got - x), cell_of(work, e, out, i, d), d);
}

static void count_correct(lp_sweep_count *to, int64_t numbers) {
    to->numbers += numbers;
    to->level[LP_LEVEL_CORRECT] += numbers;
    to->within1 += numbers;
}

static void judge_other(lp_sweep_count *to, lp_exact *e, const lp_case *c, int64_t block, int64_t i,
                        double want, double got, lp_sweep_work *work) {
    lp_level level;
    bool finite = row_finite(c, row_of(c, to, i));
    if (finite && wrong_special(want, got) && !work->ruler) {
        to->numbers++;
        to->special++;
        count_level(to, LP_LEVEL_FAIL);
        return;
    }
    bool near = finite && work->contract == LP_RELATIVE && !work->ruler;
    if (near) near_ready(work, e, c);
    if (!near || !told(&level, e, c, to->out, i, row_of(c, to, i), want, got, work)) {
        if (work->error) work->error[i] = 0;
        measure(to, e, c, block, i, got, work);
        return;
    }
    to->numbers++;
    to->within1 += level == LP_LEVEL_FAITHFUL;
    count_level(to, level);
}

/* The first of the largest estimated errors, measured: no other is larger by more than 2^-23 ulp
 * and 2^-49 of itself. */
static void measure_largest(lp_sweep_count *to, lp_exact *e, const lp_case *c, int64_t block,
                            const double *got, const lp_sweep_work *work) {
    int64_t len = lp_case_out_len(c, to->out), at = 0;
    lp_measure m;
    for (int64_t i = 0; i < len; i++)
        if (work->error[i] > work->error[at]) at = i;
    if (!(work->error[at] > to->ulp)) return;
    lp_exact_measure(&m, e, to->out, at, got[at]);
    largest(to, m.ulp_hi, code_of(c, to, block, at));
}

void lp_sweep_judge(lp_sweep_count *to, lp_exact *e, const lp_case *c, int64_t block,
                    const double *want, const double *got, lp_sweep_work *work) {
    int64_t len = lp_case_out_len(c, to->out), correct = 0;
    work->contract = lp_case_contract(c, to->out);
    work->odd = len > c->n;
    if (work->error) memset(work->error, 0, (size_t)len * sizeof *work->error);
    for (int64_t i = 0; i < len; i++) {
        bool finite = row_finite(c, row_of(c, to, i));
        if (got[i] == want[i] && finite && !work->ruler)
            correct++; /* the zeros of either sign: a finite logit's value is not 0 itself */
        else if (!(isnan(want[i]) && isnan(got[i])))
            judge_other(to, e, c, block, i, want[i], got[i], work);
    }
    count_correct(to, correct);
    if (work->error) measure_largest(to, e, c, block, got, work);
}
