#include "ref/alike.h"

#include "core/memory.h"
#include "ref/dyadic.h"

#include <math.h>
#include <stdlib.h>

/* Rows as many as are worth a quadratic comparison. */
#define MOST_ROWS 512

/* A row's log S is that of another where the sorted depths are the same. */
typedef struct sorted {
    double *depth; /* k of them as sums of two doubles, h and l, and the label's or 0 */
    double weight;
} sorted;

static int descending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

static void set_depth(double depth[2], double top, double z) {
    depth[0] = lp_fixed_two_diff(&depth[1], top, z);
    if (isinf(depth[0])) depth[1] = z == -INFINITY ? 0 : NAN;
}

static bool sort_row(sorted *r, const lp_scope *s, int64_t at, lp_alike_weight weight,
                     bool labelled) {
    int64_t k = s->c->k;
    const double *row = s->c->in[LP_IN_LOGITS] + at * k;
    double *z = lp_memory_copy(row, (size_t)k * sizeof *z);
    qsort(z, (size_t)k, sizeof *z, descending);
    r->depth = lp_memory_zeros((size_t)(2 * k + 2), sizeof *r->depth);
    for (int64_t j = 0; j < k; j++) set_depth(r->depth + 2 * j, z[0], z[j]);
    if (labelled) set_depth(r->depth + 2 * k, z[0], row[s->c->label[at]]);
    free(z);
    int64_t last = k - 1;
    while (last > 0 && isinf(r->depth[2 * last])) last--;
    return last == 0 || weight(&r->weight, s, at, r->depth[2 * last] == 0);
}

static bool alike(const sorted *x, const sorted *y, int64_t k) {
    for (int64_t j = 0; j < 2 * k + 2; j++)
        if (x->depth[j] != y->depth[j]) return false;
    return true;
}

static bool groups_cancel(sorted *row, int64_t n, int64_t k) {
    bool zero = true;
    mpfr_t sum, term;
    mpfr_inits2(128, sum, term, (mpfr_ptr)0);
    for (int64_t i = 0; zero && i < n; i++) {
        mpfr_set_zero(sum, 1);
        for (int64_t j = i; j < n; j++) {
            if (row[j].weight == 0 || !alike(&row[i], &row[j], k)) continue;
            lp_dyadic_set(term, row[j].weight);
            lp_dyadic_add(sum, sum, term);
            if (j > i) row[j].weight = 0;
        }
        row[i].weight = 0;
        zero = mpfr_zero_p(sum);
    }
    mpfr_clears(sum, term, (mpfr_ptr)0);
    return zero;
}

bool lp_alike_cancel(const lp_scope *s, int64_t at, int64_t rows, lp_alike_weight weight,
                     bool labelled) {
    sorted *row = lp_memory_zeros((size_t)rows, sizeof *row);
    bool fit = rows <= MOST_ROWS;
    int64_t n = 0;
    for (int64_t i = at; fit && i < at + rows; i++)
        if (!lp_case_ignored(s->c, i)) fit = sort_row(&row[n++], s, i, weight, labelled);
    bool zero = fit && groups_cancel(row, n, s->c->k);
    for (int64_t i = 0; i < n; i++) free(row[i].depth);
    free(row);
    return zero;
}
