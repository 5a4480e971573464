#include "props/props/diagnosis.h"

#include "core/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Wider cases cost more than they tell. */
#define MOST_COMPONENTS 256
/* A formula is off where it misses the exact value by that much, in ulp; two exponentials or
 * logarithms of different libraries, each within an ulp, do not explain it. */
#define OFF 16
/* An answer is off alike where it is that near to the formula's: rounded differently in a last step
 * or two. */
#define ALIKE 2

static bool same_value(double a, double b) {
    return (isnan(a) && isnan(b)) || a == b;
}

/* |a - b| <= most ulp of b, of the format. */
static bool within(double a, double b, int most, const lp_format *f) {
    if (!isfinite(a) || !isfinite(b)) return same_value(a, b);
    return fabs(a - b) <= ldexp(most, lp_format_ulp_exp(f, b));
}

/* Every number that goes in is finite: what a formula makes of infinities is no trait of it. */
static bool finite_row(const lp_case *c, int64_t row) {
    static const lp_in role[] = {LP_IN_LOGITS, LP_IN_TARGETS, LP_IN_P, LP_IN_Q};
    for (size_t i = 0; i < sizeof role / sizeof *role; i++)
        for (int64_t j = 0; c->in[role[i]] && j < c->k; j++)
            if (!isfinite(c->in[role[i]][row * c->k + j])) return false;
    return true;
}

static lp_formula_row row_of(const lp_case *c, int64_t row) {
    lp_formula_row r = {.k = c->k, .label = c->label ? c->label[row] : 0};
    if (c->in[LP_IN_LOGITS]) r.z = c->in[LP_IN_LOGITS] + row * c->k;
    if (c->in[LP_IN_TARGETS]) r.y = c->in[LP_IN_TARGETS] + row * c->k;
    if (c->in[LP_IN_P]) r.p = c->in[LP_IN_P] + row * c->k;
    if (c->in[LP_IN_Q]) r.q = c->in[LP_IN_Q] + row * c->k;
    return r;
}

/* Component i of the output, of which the formula makes x. */
static void compare(lp_diagnosis *d, int which, lp_trial *t, int64_t i, double x) {
    const lp_out out = lp_formulas[which].out;
    const lp_format *f = lp_format_get(t->kase.format);
    double got = t->answer.out[out][i];
    if (lp_exact_kind(t->exact, out, i) != LP_KIND_NUMBER) return;
    double exact = lp_exact_round(t->exact, out, i, t->kase.format, LP_ROUND_NEAREST, NULL);
    bool alike = within(got, x, ALIKE, f);
    d->count[which].seen++;
    d->count[which].same += same_value(got, x);
    d->count[which].alike += alike;
    if (within(x, exact, OFF, f)) return;
    d->count[which].apart++;
    d->count[which].agree += alike;
}

static void compare_rows(lp_diagnosis *d, int which, lp_trial *t) {
    const lp_formula *v = &lp_formulas[which];
    double room[MOST_COMPONENTS];
    int64_t width = lp_case_out_len(&t->kase, v->out) / t->kase.n;
    for (int64_t i = 0; i < t->kase.n; i++) {
        if (!finite_row(&t->kase, i)) continue;
        lp_formula_row r = row_of(&t->kase, i);
        v->row[t->kase.format](room, &r, v->arg);
        for (int64_t j = 0; j < width; j++) compare(d, which, t, i * width + j, room[j]);
    }
}

/* Row i of what the operation is the mean over: of the similarities, or of X W^T + b, every step
 * rounded to the format. In doubles and then again is once, since 53 >= 2 * 24 + 2. */
static lp_formula_row stacked_row(double *z, const lp_case *c, int64_t i) {
    const lp_format *f = lp_format_get(c->format);
    const double *x = c->in[LP_IN_X], *w = c->in[LP_IN_W];
    if (c->op == LP_OP_INFO_NCE)
        return (lp_formula_row){.z = c->in[LP_IN_SIM] + i * c->k, .k = c->k, .label = i};
    for (int64_t j = 0; j < c->k; j++) {
        z[j] = 0;
        for (int64_t l = 0; l < c->d; l++)
            z[j] = lp_format_round(f, z[j] + lp_format_round(f, x[i * c->d + l] * w[j * c->d + l]));
        z[j] = lp_format_round(f, z[j] + c->in[LP_IN_B][j]);
    }
    return (lp_formula_row){.z = z, .k = c->k, .label = c->label[i]};
}

/* Finite, and far enough from the largest number that no difference of two logits and no sum of
 * rows overflows: what is done about that is no trait of a formula. */
static bool moderate(const lp_case *c) {
    const double most = lp_format_get(c->format)->max / (4 * (double)c->n);
    double z[MOST_COMPONENTS];
    for (int64_t i = 0; i < c->n; i++) {
        lp_formula_row r = stacked_row(z, c, i);
        for (int64_t j = 0; j < c->k; j++)
            if (!(fabs(r.z[j]) <= most)) return false;
    }
    return true;
}

/* The mean of the rows' losses, summed in their order, and of a gradient each row's part. */
static void compare_whole(lp_diagnosis *d, int which, lp_trial *t) {
    const lp_formula *v = &lp_formulas[which];
    const lp_case *c = &t->kase;
    const lp_format *f = lp_format_get(c->format);
    double z[MOST_COMPONENTS], room[MOST_COMPONENTS], sum = 0;
    if (!moderate(c)) return;
    for (int64_t i = 0; i < c->n; i++) {
        lp_formula_row r = stacked_row(z, c, i);
        v->row[c->format](room, &r, v->arg);
        sum = lp_format_round(f, sum + room[0]);
        for (int64_t j = 0; v->out != LP_OUT_LOSS && j < c->k; j++)
            compare(d, which, t, i * c->k + j, lp_format_round(f, room[j] / (double)c->n));
    }
    if (v->out == LP_OUT_LOSS) compare(d, which, t, 0, lp_format_round(f, sum / (double)c->n));
}

static bool plain(const lp_case *c) {
    return c->n > 0 && c->rounding == LP_ROUND_NEAREST && c->reduction == LP_REDUCE_NONE &&
           !c->set && !c->in[LP_IN_V] && c->n * c->k <= MOST_COMPONENTS;
}

void lp_diagnosis_see(lp_diagnosis *d, lp_trial *t, lp_level asked) {
    if (t->answer.status != LP_OK || lp_exact_status(t->exact) != LP_OK) return;
    if (t->kase.format > LP_BINARY32 || !plain(&t->kase)) return;
    bool any = false;
    for (int k = 0; k < t->judgement.outs; k++) {
        const lp_verdict *v = &t->judgement.verdict[k];
        d->failed[v->out] |= v->components > 0 && (v->level < asked || v->lost > 0);
        any |= d->failed[v->out];
    }
    if (!any) return;
    const bool whole = lp_op_whole(lp_op_get(t->kase.op));
    for (int i = 0; i < lp_formula_count; i++) {
        const lp_formula *v = &lp_formulas[i];
        if (v->op != t->kase.op || !v->row[t->kase.format] || !d->failed[v->out]) continue;
        if (t->answer.out[v->out]) (whole ? compare_whole : compare_rows)(d, i, t);
    }
}

static void tell(lp_certificate *cert, const lp_diagnosis *d, int which, lp_format_id format) {
    const lp_formula *v = &lp_formulas[which];
    lp_hint_row *h = lp_certificate_hint(cert, v->op, format, v->out, v->name);
    h->formula = true;
    snprintf(h->says, sizeof h->says, "%s", v->says);
    snprintf(h->advice, sizeof h->advice, "%s", v->advice);
    h->seen += d->count[which].seen;
    h->same += d->count[which].same;
    h->alike += d->count[which].alike;
    h->apart += d->count[which].apart;
    h->agree += d->count[which].agree;
}

/* Of each output the formula with most of the answers' bits: log(1/(1 + e)) and -log(1 + e) are
 * alike nearly everywhere, and one of them is meant. */
void lp_diagnosis_tell(lp_certificate *cert, const lp_diagnosis *d, lp_op op, lp_format_id format) {
    for (int out = 0; out < LP_OUT_COUNT; out++) {
        int best = -1;
        for (int i = 0; i < lp_formula_count; i++) {
            if (lp_formulas[i].op != op || (int)lp_formulas[i].out != out) continue;
            if (d->count[i].apart == 0 || d->count[i].agree == 0) continue;
            if (best < 0 || d->count[i].same > d->count[best].same) best = i;
        }
        if (best >= 0) tell(cert, d, best, format);
    }
}
