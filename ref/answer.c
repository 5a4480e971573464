/* All outputs of a case: what the filter decides at once, the rest row by row. */
#include "ref/env.h"
#include "ref/exact.h"
#include "ref/filter.h"
#include "ref/refine.h"

#include <math.h>

typedef struct part {
    lp_out out;
    double *x;
    int64_t len; /* components a row */
} part;

/* The outputs of the case, with room made. */
static int parts_of(part *to, lp_answer *a, const lp_case *c) {
    const lp_op_info *info = lp_op_get(c->op);
    int64_t rows = lp_op_whole(info) ? 1 : c->n;
    int parts = 0;
    for (int o = 0; o < info->out_count; o++) {
        lp_out out = info->out[o].role;
        if (info->out[o].needs_v && !c->in[LP_IN_V]) continue;
        double *x = lp_answer_alloc(a, c, out);
        to[parts++] = (part){out, x, rows > 0 && !lp_case_reduced(c, out) ? a->len[out] / rows : 0};
    }
    return parts;
}

/* `len` components of a row: what the integers leave goes to MPFR, whose environment costs as much
 * as a few logits and is entered for that alone. */
static int64_t answer_part(const part *p, lp_exact *e, int64_t row, int64_t len) {
    const lp_case *c = e->scope.c;
    int64_t undecided = 0, from = row * len;
    lp_env env;
    bool entered = false;
    bool some = len > 0 && lp_refine_tier_row(p->x + from, e, p->out, row, len);
    for (int64_t i = from; i < from + len; i++) {
        bool open;
        if (some && !isnan(p->x[i])) continue;
        if (!entered) lp_env_enter(&env);
        entered = true;
        p->x[i] = lp_refine_round(e, p->out, i, c->format, c->rounding, &open);
        undecided += open;
    }
    if (entered) lp_env_leave(&env);
    return undecided;
}

/* Row by row, so that a batch of any size evaluates each row once; a reduced loss before them. */
static int64_t answer_all(const part *to, int parts, lp_exact *e) {
    int64_t undecided = 0;
    for (int o = 0; o < parts; o++)
        if (lp_case_reduced(e->scope.c, to[o].out)) undecided += answer_part(&to[o], e, 0, 1);
    for (int64_t r = 0, rows = lp_refine_rows(e); r < rows; r++)
        for (int o = 0; o < parts; o++) undecided += answer_part(&to[o], e, r, to[o].len);
    return undecided;
}

/* --- after the filter -------------------------------------------------------------------------
 */

/* The row's logits as the integer tier sees them: (0, z) of a scalar operation. */
static const double *logits_of(double pair[2], const lp_case *c, int64_t row) {
    const double *z = c->in[LP_IN_LOGITS];
    if (c->k == 2) return z + 2 * row;
    pair[0] = 0;
    pair[1] = z[row];
    return pair;
}

/* A component that the filter left, or one of the thousandth that the others decide too. */
static int64_t answer_again(double *x, lp_exact *e, lp_out out, int64_t i) {
    const lp_case *c = e->scope.c;
    bool open;
    double filtered = *x;
    *x = lp_refine_round(e, out, i, c->format, c->rounding, &open);
    if (!isnan(filtered) && !open) lp_refine_agree(filtered, *x);
    return open;
}

static int64_t answer_row(const part *p, lp_exact *e, int64_t row, bool again, int64_t *passed) {
    int64_t undecided = 0;
    for (int64_t i = row * p->len; i < (row + 1) * p->len; i++) {
        if (!again && !isnan(p->x[i])) continue;
        undecided += answer_again(&p->x[i], e, p->out, i);
        ++*passed;
    }
    return undecided;
}

/* A NaN among the logits: every component is one, as the filter left it. */
static int64_t answer_filtered(const part *to, int parts, lp_answer *a, lp_exact *e) {
    const lp_case *c = e->scope.c;
    int64_t undecided = 0, numbers = 0, passed = 0;
    lp_env env;
    lp_env_enter(&env);
    lp_filter_round(a->out, c);
    for (int64_t r = 0; r < c->n; r++) {
        double pair[2];
        const double *z = logits_of(pair, c, r);
        if (isnan(z[0]) || isnan(z[1])) continue;
        bool again = lp_tier_picks(z, 2);
        numbers++;
        for (int o = 0; o < parts; o++) undecided += answer_row(&to[o], e, r, again, &passed);
    }
    int64_t all = 0;
    for (int o = 0; o < parts; o++) all += numbers * to[o].len;
    lp_refine_count_filtered(all - passed);
    lp_env_leave(&env);
    return undecided;
}

/* The tier is there where MPFR is not asked for alone, and the case is without options. */
static bool filtered(const lp_exact *e) {
    return e->status == LP_OK && e->tier && lp_filter_takes(e->scope.c);
}

int64_t lp_exact_answer(lp_answer *a, lp_exact *e) {
    part to[LP_OUT_COUNT];
    a->status = e->status;
    if (e->status != LP_OK) return 0;
    lp_env_assert_doubles();
    int parts = parts_of(to, a, e->scope.c);
    return filtered(e) ? answer_filtered(to, parts, a, e) : answer_all(to, parts, e);
}

bool lp_exact_near(double *const out[LP_OUT_COUNT], const lp_exact *e) {
    if (!filtered(e)) return false;
    lp_env_assert_doubles();
    lp_filter_near(out, e->scope.c);
    return true;
}

int64_t lp_exact_hvp(double *x, lp_exact *e) {
    const lp_case *c = e->scope.c;
    int64_t undecided = 0;
    lp_env env;
    lp_env_enter(&env);
    for (int64_t i = 0, n = lp_exact_len(e, LP_OUT_HVP); i < n; i++) {
        bool open;
        x[i] = lp_refine_round(e, LP_OUT_HVP, i, c->format, c->rounding, &open);
        undecided += open;
    }
    lp_env_leave(&env);
    return undecided;
}
