/* Cases that are of several rows: similarities, and a product and its bias. */
#include "random_draws.h"

#include <math.h>

/* Two-level rows against columns of the other level, whose shares add up to a rational number. */
static void draw_mirrored(lp_case *c, lp_rng *rng) {
    double *s = c->in[LP_IN_SIM], gap = ldexp(1, (int)random_below(rng, 12) - 4);
    int64_t n = c->n, a = random_below(rng, n), b = random_below(rng, n);
    for (int64_t j = 0; j < n; j++) s[a * n + j] = j == b || random_below(rng, 3) == 0 ? gap : 0;
    for (int64_t i = 0; i < n; i++)
        s[i * n + b] = i == a || random_below(rng, 3) == 0 ? gap : 2 * gap;
}

/* Similarities: rows of one family, or the columns; its own place for the label; some masked. */
void random_draw_similarities(lp_case *c, lp_rng *rng, int64_t max_k) {
    static const double t[] = {1, 0.07, 0.5, 0x1p-6, 0.1, 2, 0x1p-40};
    c->n = c->k = c->stride = 1 + random_below(rng, max_k < 6 ? max_k : max_k < 20 ? 6 : 12);
    int64_t n = c->n, families = RANDOM_FAMILIES;
    int64_t which = random_below(rng, families), turned = random_below(rng, 2);
    double *s = lp_case_alloc(c, LP_IN_SIM), row[16];
    for (int64_t i = 0; i < n; i++) {
        random_family[which](row, rng, n, i);
        for (int64_t j = 0; j < n; j++) s[turned ? j * n + i : i * n + j] = row[j];
    }
    if (random_below(rng, 8) == 0) draw_mirrored(c, rng);
    for (int64_t i = 0; i < n * n; i++) s[i] = random_stored(c, s[i]);
    for (int64_t i = 0; random_below(rng, 6) == 0 && i < n * n; i++)
        if (i % (n + 1) != 0 && random_below(rng, 4) == 0) s[i] = -INFINITY;
    if (random_below(rng, 3)) lp_case_set(c, LP_PARAM_TEMPERATURE, t[random_below(rng, 7)]);
    if (random_below(rng, 2))
        lp_case_set(c, LP_PARAM_SYMMETRIC, (double)(random_below(rng, 5) > 0));
}

/* X W^T + b whose logits are one of the families', through W, through X or in b alone. */
static void draw_through(lp_case *c, lp_rng *rng, int64_t families) {
    double *x = c->in[LP_IN_X], *w = c->in[LP_IN_W], *b = c->in[LP_IN_B], row[300];
    int64_t how = random_below(rng, 3), which = random_below(rng, families);
    for (int64_t i = 0; i < c->n * c->d; i++) x[i] = how == 0 && i / c->d % c->d == i % c->d;
    for (int64_t i = 0; i < c->k * c->d; i++) w[i] = how == 1 && i / c->d == i % c->d;
    for (int64_t m = 0; m < (how == 0 ? c->d : how == 1 ? c->n : 1); m++) {
        random_family[which](row, rng, c->k, how == 0 ? m % c->k : c->label[m]);
        for (int64_t j = 0; j < c->k; j++) {
            if (how == 0) w[j * c->d + m] = row[j];
            if (how == 1 && j < c->d) x[m * c->d + j] = row[j];
            if (how == 2) b[j] = row[j];
        }
    }
}

/* Products of any size, small integers with many ties, large ones that cancel. */
static void draw_product(lp_case *c, lp_rng *rng) {
    double *x = c->in[LP_IN_X], *w = c->in[LP_IN_W], *b = c->in[LP_IN_B];
    int64_t how = random_below(rng, 4);
    double a = ldexp(1, (int)random_below(rng, how == 3 ? 600 : 12) - (how == 3 ? 300 : 6));
    for (int64_t i = 0; i < c->n * c->d; i++)
        x[i] = how == 1 ? (double)random_below(rng, 3) - 1 : a * lp_rng_normal(rng);
    for (int64_t i = 0; i < c->k * c->d; i++)
        w[i] =
            how == 1 ? (double)random_below(rng, 3) - 1 : lp_rng_normal(rng) * (how == 3 ? a : 1);
    for (int64_t j = 0; j < c->k; j++)
        b[j] = how == 1               ? (double)random_below(rng, 2)
               : random_below(rng, 2) ? lp_rng_normal(rng)
                                      : 0;
    if (how != 2 || c->d < 2) return;
    for (int64_t i = 0; i < c->n; i++) x[i * c->d] = 0x1p30 * (1 + (double)random_below(rng, 3));
    for (int64_t j = 0; j < c->k; j++) w[j * c->d] = 0x1p20;
}

/* Up to six times three rows of six classes, of three kinds at one distance each, no two sums of
 * which are alike, whose shares of a class weighted by the last column of X cancel: with x =
 * e^-gap, 1 / (1 + x) - 1 / (1 + 2 x) = x / (1 + 3 x + 2 x^2). */
static void draw_cancelling_kinds(lp_case *c, lp_rng *rng) {
    static const double depth[3][6] = {{0, 0, 0, 1, 1, 1}, {0, 0, 1, 1, 1, 1}, {1, 0, 1, 1, 2, 2}};
    static const double factor[3] = {3, -2, -1};
    double *x = c->in[LP_IN_X], *w = c->in[LP_IN_W];
    int exponent = (int)random_below(rng, 16);
    for (int64_t i = 0; i < c->n; i++) {
        double gap = ldexp(1 + ldexp(1, (int)(i - i % 3) - 23), exponent);
        x[i * c->d + i] = 1;
        x[i * c->d + c->n] = factor[i % 3];
        for (int64_t j = 0; j < 6; j++) w[j * c->d + i] = -gap * depth[i % 3][j];
    }
}

void random_draw_linear(lp_case *c, lp_rng *rng) {
    int64_t families = RANDOM_FAMILIES;
    bool kinds = c->k == 6 && random_below(rng, 3) == 0;
    c->n = kinds ? 3 * (random_below(rng, 8) ? 1 + random_below(rng, 2) : 6)
                 : 1 + random_below(rng, 4);
    c->d = kinds ? c->n + 1 : random_below(rng, 5);
    int64_t *label = lp_case_alloc_label(c);
    for (int64_t i = 0; i < c->n; i++) label[i] = random_below(rng, c->k);
    lp_case_alloc(c, LP_IN_X);
    lp_case_alloc(c, LP_IN_W);
    double *b = lp_case_alloc(c, LP_IN_B);
    if (kinds)
        draw_cancelling_kinds(c, rng);
    else if (random_below(rng, 2) && c->d > 0)
        draw_through(c, rng, families);
    else
        draw_product(c, rng);
    double most = lp_format_get(c->format)->max;
    for (int r = LP_IN_X; r <= LP_IN_B; r++)
        for (int64_t i = 0; i < lp_case_in_len(c, (lp_in)r); i++)
            c->in[r][i] = fmax(-most, fmin(most, random_stored(c, c->in[r][i])));
    for (int64_t j = 0; random_below(rng, 6) == 0 && j < c->k; j++) {
        bool wanted = random_below(rng, 2);
        for (int64_t i = 0; i < c->n; i++) wanted = wanted || label[i] == j;
        if (!wanted) b[j] = -INFINITY;
    }
    if (random_below(rng, 4) == 0) lp_case_set(c, LP_PARAM_IGNORE_INDEX, (double)label[0]);
    if (lp_case_ignored(c, 0) && c->n > 1) label[1] = (label[0] + 1) % c->k;
    if (c->n == 1 || c->k == 1) c->set &= ~LP_PARAM_BIT(LP_PARAM_IGNORE_INDEX);
    if (b[label[c->n > 1]] == -INFINITY) b[label[c->n > 1]] = 0;
}
