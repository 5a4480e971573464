/* perplexity and ece: one number over all rows that are not ignored.
 *   perplexity   exp of the mean of -ln q_c. What counts is the absolute error of the mean: each
 * logarithm is below 745 and good to 2^-87 of itself (precise.h), the additions to 2^-100 of a
 * partial sum, and so the mean of any number of rows is good to 745 2^-86, the result to 2^-76
 *   ece          (1 / N) sum_b |sum of hit - p over the bin|, both sums exactly (exact_sum.h), the
 * bin of p found from the exact product B p. No memory is kept for bins: each is found and summed
 * in a pass of its own over the rows, the lowest first, so that time grows with the number of bins
 * that hold rows. */
#include "impl/batch.h"
#include "impl/exact_sum.h"
#include "impl/logarithm.h"
#include "impl/precise.h"
#include "impl/rows.h"

static bool ignored(const lp_call *c, int64_t i) {
    return c->set & LP_PARAM_BIT(LP_PARAM_IGNORE_INDEX) && c->label[i] == c->ignore_index;
}

static void put(const lp_call *c, lp_value v) {
    if (c->out[LP_OUT_LOSS].data)
        lp_store(c->out[LP_OUT_LOSS].data, c->format == LP_BINARY32, 0, v);
}

/* A mean over no row: NaN, or this. */
static lp_value empty(const lp_call *c, double zero) {
    bool wanted = c->set & LP_PARAM_BIT(LP_PARAM_EMPTY_MEAN) && c->param[LP_PARAM_EMPTY_MEAN] != 0;
    return wanted ? lp_value_from(zero) : lp_special(NAN);
}

void lp_run_perplexity(const lp_call *c) {
    lp_wide sum = {{0, 0}, 0};
    double special = 0;
    int64_t n = 0;
    for (int64_t i = 0; i < c->n; i++) {
        if (ignored(c, i)) continue;
        lp_view q = lp_view_row(c, LP_IN_Q, i);
        double own = lp_at(q, c->label[i]);
        n++;
        if (lp_any_nan(q, c->k)) special = NAN;
        if (own == 0 || isinf(own)) special += own == 0 ? INFINITY : -INFINITY;
        if (own > 0 && isfinite(own))
            sum = lp_wide_sub(sum, lp_wide_log_precise(lp_wide_from(own)));
    }
    if (n == 0) {
        put(c, empty(c, 1));
    } else if (special != 0) {
        put(c, special < 0 ? lp_value_zero() : lp_special(special));
    } else {
        put(c, lp_number(lp_wide_exp_precise(lp_wide_div(sum, lp_wide_from((double)n)))));
    }
}

static int64_t best(lp_view p, int64_t k) {
    int64_t best = 0;
    for (int64_t j = 1; j < k; j++)
        if (lp_at(p, j) > lp_at(p, best)) best = j;
    return best;
}

/* ceil(B p), from 1 to B. place = B p rounded, monotone, so that an integer which is not below B p
 * is not below place: only where place is an integer can B p lie above it, and then the rest of the
 * product, exact since place >= 1, says so. */
static double bin_of(double bins, double p) {
    if (!(p > 0)) return 1;
    if (p >= 1) return bins;
    lp_dd place = lp_two_prod(bins, p);
    double b = ceil(place.hi);
    if (b == place.hi && place.lo > 0) b += 1;
    return b < 1 ? 1 : b;
}

/* The lowest bin above this one that holds rows; +inf: none. */
static double next_bin(const lp_call *c, double bins, double after) {
    double next = INFINITY;
    for (int64_t i = 0; i < c->n; i++) {
        if (ignored(c, i)) continue;
        lp_view p = lp_view_row(c, LP_IN_P, i);
        double b = bin_of(bins, lp_at(p, best(p, c->k)));
        if (b > after && b < next) next = b;
    }
    return next;
}

static void add_bin(lp_exact_sum *total, const lp_call *c, double bins, double bin) {
    lp_exact_sum sum = {0};
    for (int64_t i = 0; i < c->n; i++) {
        if (ignored(c, i)) continue;
        lp_view p = lp_view_row(c, LP_IN_P, i);
        int64_t top = best(p, c->k);
        double confidence = lp_at(p, top);
        if (bin_of(bins, confidence) != bin) continue;
        lp_exact_sum_add(&sum, top == c->label[i]);
        lp_exact_sum_add(&sum, -confidence);
    }
    lp_exact_sum_add_size(total, &sum);
}

void lp_run_ece(const lp_call *c) {
    double bins = c->set & LP_PARAM_BIT(LP_PARAM_BINS) ? c->param[LP_PARAM_BINS] : 15;
    lp_exact_sum total = {0};
    double special = 0;
    int64_t n = 0;
    for (int64_t i = 0; i < c->n; i++) {
        if (ignored(c, i)) continue;
        lp_view p = lp_view_row(c, LP_IN_P, i);
        n++;
        if (lp_any_nan(p, c->k)) special = NAN;
        for (int64_t j = 0; j < c->k; j++)
            if (isinf(lp_at(p, j))) special += INFINITY;
    }
    if (n == 0 || special != 0) {
        put(c, n == 0 ? empty(c, 0) : lp_special(special));
        return;
    }
    for (double b = next_bin(c, bins, 0); isfinite(b); b = next_bin(c, bins, b))
        add_bin(&total, c, bins, b);
    put(c, lp_value_div(lp_number(lp_exact_sum_get(&total)), lp_wide_from((double)n)));
}
