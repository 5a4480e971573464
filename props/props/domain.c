#include "props/props/domain.h"

#include "ref/combine.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool lp_domain_known(const lp_case *c, uint64_t known) {
    return c->rounding == LP_ROUND_NEAREST && c->reduction == LP_REDUCE_NONE && !(c->set & ~known);
}

const double *lp_domain_row(const lp_case *c, lp_in role, int64_t row) {
    return c->in[role] + row * c->k;
}

bool lp_domain_finite(const lp_case *c, lp_in role, int64_t row) {
    const double *x = lp_domain_row(c, role, row);
    for (int64_t j = 0; j < c->k; j++)
        if (!isfinite(x[j])) return false;
    return true;
}

bool lp_domain_masked(const lp_case *c, lp_in role, int64_t row) {
    const double *x = lp_domain_row(c, role, row);
    bool some = false;
    for (int64_t j = 0; j < c->k; j++) {
        if (isnan(x[j]) || x[j] == INFINITY) return false;
        some |= isfinite(x[j]) != 0;
    }
    return some;
}

bool lp_domain_weights(const lp_case *c) {
    const double *w = c->in[LP_IN_WEIGHTS] ? c->in[LP_IN_WEIGHTS] : c->in[LP_IN_ALPHA];
    for (int64_t j = 0; w && j < c->k; j++)
        if (!(w[j] >= 0) || isinf(w[j])) return false;
    return !lp_case_has(c, LP_PARAM_ALPHA) || c->param[LP_PARAM_ALPHA] >= 0;
}

bool lp_domain_distribution(const lp_case *c, lp_in role, int64_t row) {
    const double *x = lp_domain_row(c, role, row);
    double rough = 0;
    for (int64_t j = 0; j < c->k; j++) {
        if (!(x[j] >= 0)) return false;
        rough += x[j];
    }
    /* Recursive summation of nonnegative numbers is within K 2^-53 relative of the exact sum: what
     * lies outside that is refused without the exact sum. */
    if (!(fabs(rough - 1) <= ldexp((double)c->k, -52))) return false;
    double *term = malloc((size_t)(c->k + 1) * sizeof *term);
    if (!term) abort();
    memcpy(term, x, (size_t)c->k * sizeof *term);
    term[c->k] = -1;
    int sign = lp_sum_sign(term, c->k + 1);
    free(term);
    return sign == 0;
}

bool lp_domain_any(const lp_case *c, bool (*in)(const lp_case *c, int64_t row)) {
    for (int64_t r = 0; r < c->n; r++)
        if (in(c, r)) return true;
    return false;
}

int64_t lp_domain_row_length(const lp_case *c, lp_shape shape) {
    switch (shape) {
    case LP_SHAPE_NK:
        return c->k;
    case LP_SHAPE_ND:
        return c->d;
    case LP_SHAPE_N:
        return 1;
    case LP_SHAPE_LOSS:
        return c->reduction == LP_REDUCE_NONE;
    default:
        return 0;
    }
}

void lp_domain_gather(lp_case *to, const lp_case *base, const int64_t *pick, int64_t n) {
    const lp_op_info *info = lp_op_get(base->op);
    lp_case_copy(to, base);
    to->n = n;
    for (int64_t i = 0; i < n; i++) {
        if (base->label) to->label[i] = base->label[pick[i]];
        for (int role = 0; role < LP_IN_COUNT; role++) {
            int64_t width = lp_domain_row_length(base, info->in[role]);
            if (!base->in[role] || !width) continue;
            memcpy(to->in[role] + i * width, base->in[role] + pick[i] * width,
                   (size_t)width * sizeof(double));
        }
    }
}

double lp_tolerance(lp_exact *e, lp_out out, int64_t i, lp_level level) {
    double h = lp_exact_h(e, out, i, level);
    if (level == LP_LEVEL_CORRECT) return h;
    if (level == LP_LEVEL_STABLE) h = fmax(h, lp_exact_h(e, out, i, LP_LEVEL_ACCURATE));
    /* The judge takes an error for h that the ruler cannot tell from it: its interval [lo, hi] with
     * lo <= h has hi <= lo + (lo + 1) 2^-16 in units in the last place (ref/ulp.c), 2^-15 of h for
     * an h of one at least; the next number, since the product is rounded. */
    return nextafter(h * (1 + 0x1p-15), INFINITY);
}

bool lp_returned(double *x, const lp_eval *eval, lp_out out, int64_t i) {
    const lp_answer *a = eval->answer;
    if (!a->out[out] || i >= a->len[out]) return false;
    *x = a->out[out][i];
    return isfinite(*x) && lp_exact_kind(eval->exact, out, i) == LP_KIND_NUMBER;
}

bool lp_below(double x, double y, double h) {
    if (x <= y || !isfinite(h)) return true;
    if (!isfinite(x) || !isfinite(y)) return false;
    const double term[] = {x, -y, -h};
    return lp_sum_sign(term, 3) <= 0;
}

bool lp_broken(char why[256], const char *format, ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(why, 256, format, args);
    va_end(args);
    return false;
}

static bool within(double x, double y, double hx, double hy) {
    if (!isfinite(hx) || !isfinite(hy)) return true;
    const double rise[] = {x, -y, -hx, -hy}, fall[] = {-x, y, -hx, -hy};
    return lp_sum_sign(rise, 4) <= 0 && lp_sum_sign(fall, 4) <= 0;
}

bool lp_agree_outs(const lp_eval *a, lp_out a_out, int64_t i, const lp_eval *b, lp_out b_out,
                   int64_t k, double sign, lp_level level, char why[256]) {
    double x, y;
    if (!lp_returned(&x, a, a_out, i) || !lp_returned(&y, b, b_out, k) || x == sign * y)
        return true;
    if (lp_exact_segment(a->exact, a_out, i) || lp_exact_segment(b->exact, b_out, k)) return true;
    if (level != LP_LEVEL_CORRECT && within(x, sign * y, lp_tolerance(a->exact, a_out, i, level),
                                            lp_tolerance(b->exact, b_out, k, level)))
        return true;
    return lp_broken(why, "%s[%lld] = %a (%.17g) against %s%s[%lld] = %a (%.17g)",
                     lp_out_name(a_out), (long long)i, x, x, sign < 0 ? "-" : "",
                     lp_out_name(b_out), (long long)k, y, y);
}

bool lp_agree(const lp_eval *a, int64_t i, const lp_eval *b, int64_t k, lp_out out, double sign,
              lp_level level, char why[256]) {
    return lp_agree_outs(a, out, i, b, out, k, sign, level, why);
}

bool lp_not_above(const lp_eval *a, int64_t i, const lp_eval *b, int64_t k, lp_out out,
                  lp_level level, char why[256]) {
    double x, y;
    if (!lp_returned(&x, a, out, i) || !lp_returned(&y, b, out, k)) return true;
    bool strict = level == LP_LEVEL_CORRECT;
    const double h[] = {strict ? 0 : lp_tolerance(a->exact, out, i, level),
                        strict ? 0 : lp_tolerance(b->exact, out, k, level)};
    bool claims = isfinite(h[0]) && isfinite(h[1]);
    return !claims || lp_below(x, y, lp_sum_up(h, 2)) ||
           lp_broken(why, "%s[%lld] of %s = %a (%.17g) > %s[%lld] of %s = %a (%.17g)",
                     lp_out_name(out), (long long)i, lp_op_get(a->kase->op)->name, x, x,
                     lp_out_name(out), (long long)k, lp_op_get(b->kase->op)->name, y, y);
}
