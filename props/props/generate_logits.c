/* Shapes of one row of logits, in the coordinates that matter: the gap between the largest and the
 * rest, where the label is, a common offset, ties, masks. */
#include "props/props/generate_logits.h"

#include <math.h>

#define LN2 0x1.62e42fefa39efp-1

/* Threads through a shape: the row, its length, and where the label went (nowhere to go for the
 * operations without one). */
static void put_top(const lp_gen_row *r, int64_t *top, bool labelled) {
    *top = lp_gen_index(r->g, r->k);
    if (labelled || r->k == 1)
        *r->label = *top;
    else
        *r->label = (*top + 1 + lp_gen_index(r->g, r->k - 1)) % r->k;
}

/* Everything but `top` lies `gap` or more below it. Styles: all at the gap; one at the gap and the
 * rest scattered below; one at the gap and the rest out of sight. */
static void dominate(const lp_gen_row *r, int64_t top, double gap, int style) {
    lp_gen *g = r->g;
    double high = style == 0 ? gap : style == 1 ? 0 : lp_gen_round(g, gap / 2);
    double second = style == 0 ? 0 : high - gap;
    int64_t near = r->k > 1 ? (top + 1 + lp_gen_index(g, r->k - 1)) % r->k : top;
    for (int64_t j = 0; j < r->k; j++) {
        double below = style == 0 || j == near ? 0 : style == 1 ? fabs(lp_gen_normal(g, 5)) : 50;
        r->z[j] = lp_gen_round(g, j == top ? high : second - below);
    }
}

static void ordinary(const lp_gen_row *r, int a, int b) {
    static const double sd[] = {1, 3, 10, 0.5, 30, 0.01};
    (void)b;
    *r->label = lp_gen_index(r->g, r->k);
    for (int64_t j = 0; j < r->k; j++) r->z[j] = lp_gen_round(r->g, lp_gen_normal(r->g, sd[a]));
}

static void threshold(const lp_gen_row *r, int a, int b) {
    int64_t top;
    put_top(r, &top, b / 3 % 2 == 0);
    dominate(r, top, lp_gen_nudge(r->g, lp_gen_threshold[a], b % 3 - 1), b / 6);
}

/* 1 - p of the dominating class is about 2^-bits; the rest count (K - 1) e^-gap. */
static void confidence(const lp_gen_row *r, int a, int b, bool labelled) {
    static const int bits[] = {10, 15, 20,  24,  25,  30,  40,   52,   53,
                               54, 60, 100, 126, 140, 500, 1000, 1022, 1060};
    int64_t top;
    put_top(r, &top, labelled);
    double gap = (bits[a] + ilogb((double)r->k) + lp_gen_uniform(r->g, 0.5)) * LN2;
    dominate(r, top, gap, b);
}

static void confident(const lp_gen_row *r, int a, int b) {
    confidence(r, a, b, true);
}

static void wrong_confident(const lp_gen_row *r, int a, int b) {
    confidence(r, a, b, false);
}

static void offset(const lp_gen_row *r, int a, int b) {
    static const double by[] = {1,   -1,   1e3,    -1e3,   0x1p20,  -0x1p20, 0x1p24, -0x1p24,
                                1e8, -1e8, 0x1p40, 0x1p49, -0x1p52, 0x1p53,  1e300,  -1e300};
    if (b < 2)
        ordinary(r, b, 0);
    else if (b == 2)
        confidence(r, lp_gen_index(r->g, 14), 1, lp_gen_coin(r->g, 0.5));
    else
        for (int64_t j = 0; j < r->k; j++) r->z[j] = lp_gen_index(r->g, 7) - 3;
    if (b == 3) *r->label = lp_gen_index(r->g, r->k);
    const lp_format *f =
        r->g->f; /* beyond it: what it has instead, 2^7 to 2^11 where it ends early */
    double add = fabs(by[a]) < f->max
                     ? by[a]
                     : copysign(f->emax > 100 ? 0x1p100 : ldexp(1, 7 + a % 5), by[a]);
    for (int64_t j = 0; j < r->k; j++) r->z[j] = lp_gen_round(r->g, r->z[j] + add);
}

static void ties(const lp_gen_row *r, int a, int b) {
    static const double level[] = {0, 5, -3.7, 1e3, 1e8};
    lp_gen *g = r->g;
    const int64_t count[] = {2, 3, r->k / 2, r->k - 1, r->k};
    int64_t tied = count[a] < 2 ? 2 : count[a], start = lp_gen_index(g, r->k);
    double high = lp_gen_round(g, level[b % 5]);
    for (int64_t i = 0; i < r->k; i++) {
        double below = i < tied ? 0 : fabs(lp_gen_normal(g, 4));
        r->z[(start + i) % r->k] = lp_gen_round(g, high - below);
    }
    *r->label = b < 5 ? start : (start + lp_gen_index(g, r->k)) % r->k;
}

/* Logits a few ulps apart: with K a power of two, p_j is within 2^-106 of the midpoint 2^-m. */
static void near_midpoint(const lp_gen_row *r, int a, int b) {
    static const double level[] = {1, -1, 3.3, 1000, 0x1p-20, 0x1p60};
    static const int spread[] = {1, 2, 3, 8, 64};
    *r->label = lp_gen_index(r->g, r->k);
    for (int64_t j = 0; j < r->k; j++)
        r->z[j] = lp_gen_nudge(r->g, level[a], lp_gen_index(r->g, 2 * spread[b] + 1) - spread[b]);
}

static bool is_masked(lp_gen *g, int pattern, int64_t j, int64_t label, int64_t k) {
    switch (pattern) {
    case 0: /* one, not the label */
        return k > 1 && j == (label + 1) % k;
    case 1:
        return j != label && lp_gen_coin(g, 0.5);
    case 2: /* all but the label: loss 0 */
        return j != label;
    case 3: /* all but the label and one */
        return j != label && j != (label + 1) % k;
    case 4: /* a vector's width from the front */
        return j < 8 && j != label;
    case 5: /* and from the back */
        return k - j <= 16 && j != label;
    case 6:
        return j == label;
    case 7:
        return true;
    case 8: /* all but one that is not the label */
        return j != (label + 1) % k;
    default:
        return j % 2 != label % 2;
    }
}

static void masked(const lp_gen_row *r, int a, int b) {
    if (b == 0)
        ordinary(r, 1, 0);
    else if (b == 1)
        confidence(r, lp_gen_index(r->g, 14), 1, lp_gen_coin(r->g, 0.5));
    else if (b == 2)
        offset(r, lp_gen_index(r->g, 16), 0);
    else
        ties(r, lp_gen_index(r->g, 5), 0);
    for (int64_t j = 0; j < r->k; j++)
        if (is_masked(r->g, a, j, *r->label, r->k)) r->z[j] = -INFINITY;
}

/* What stands at the place, at its neighbour, and everywhere else; LEAVE: the ordinary logit. */
#define LEAVE 1.0
static const struct {
    double at, other, rest;
} placed[] = {{NAN, LEAVE, LEAVE},
              {INFINITY, LEAVE, LEAVE},
              {INFINITY, INFINITY, LEAVE},
              {NAN, INFINITY, LEAVE},
              {INFINITY, -INFINITY, LEAVE},
              {NAN, -INFINITY, LEAVE},
              {INFINITY, INFINITY, INFINITY},
              {NAN, -INFINITY, -INFINITY},
              {-0.0, 0.0, LEAVE},
              {-0.0, 0.0, -0.0}};
#define PLACED (int)(sizeof placed / sizeof *placed)
_Static_assert(PLACED + 1 == 11, "the shape's grid in generate_logits.h");

static void put(double *z, double x) {
    if (x != LEAVE) *z = x;
}

static void special(const lp_gen_row *r, int a, int b) {
    lp_gen *g = r->g;
    ordinary(r, 1, 0);
    const int64_t place[] = {*r->label, 0, r->k - 1};
    int64_t at = place[b], other = (at + 1) % r->k;
    if (a == PLACED) { /* scattered */
        for (int64_t j = 0; j < r->k; j++)
            if (lp_gen_coin(g, 0.3)) r->z[j] = lp_gen_coin(g, 0.5) ? -INFINITY : NAN;
        return;
    }
    for (int64_t j = 0; j < r->k; j++) put(&r->z[j], placed[a].rest);
    put(&r->z[other], placed[a].other);
    put(&r->z[at], placed[a].at);
}

static void extreme(const lp_gen_row *r, int a, int b) {
    lp_gen *g = r->g;
    double max = g->f->max;
    int64_t top;
    put_top(r, &top, b % 2 == 0);
    for (int64_t j = 0; j < r->k; j++) {
        switch (a) {
        case 0: /* a difference that overflows */
            r->z[j] = j == top ? max : -max;
            break;
        case 1:
            r->z[j] = j == top ? max : b < 2 ? 0 : -1;
            break;
        case 2:
            r->z[j] = b < 2 ? -max : max;
            break;
        case 3:
            r->z[j] = lp_gen_nudge(g, b < 2 ? max : -max,
                                   b < 2 ? -lp_gen_index(g, 4) : lp_gen_index(g, 4));
            break;
        case 4:
            r->z[j] = lp_gen_bits(g);
            break;
        case 5:
            r->z[j] = lp_gen_round(g, lp_gen_uniform(g, b < 2 ? max : max / 4));
            break;
        case 6: /* scales from 2^11 on, where only the largest remains */
            r->z[j] = lp_gen_round(g, ldexp(lp_gen_normal(g, 1), 11 + 12 * b));
            break;
        default:
            r->z[j] = j == top ? 0 : b < 2 ? -max : -lp_gen_round(g, max / 2);
        }
    }
}

/* Subnormal logits, or logits whose exponentials (hence gradients and losses) are subnormal. */
static void subnormal(const lp_gen_row *r, int a, int b) {
    lp_gen *g = r->g;
    double least = g->f->least, low = (g->f->emin - 0.5) * LN2, zero = (g->f->emin - g->f->p) * LN2;
    int64_t top;
    put_top(r, &top, b % 2 == 0);
    for (int64_t j = 0; j < r->k; j++) {
        double t = 0.5 + 0.5 * lp_gen_uniform(g, 1);
        double some = lp_gen_round(g, (double)(1 + lp_gen_index(g, 1000)) * least);
        switch (a) {
        case 0:
            r->z[j] = b < 2 ? some : -some;
            break;
        case 1:
            r->z[j] = j == top ? least : b < 2 ? 0 : -least;
            break;
        case 2:
            r->z[j] = j % 2 ? some : lp_gen_round(g, lp_gen_normal(g, 1));
            break;
        case 3: /* every class but one in the subnormal range */
            r->z[j] = j == top ? 0 : lp_gen_round(g, low + t * (zero - low));
            break;
        default: /* from normal to zero */
            r->z[j] = j == top ? 0 : lp_gen_round(g, 0.9 * low + t * 1.2 * (zero - 0.9 * low));
        }
    }
}

const lp_gen_shape lp_gen_shapes[LP_GEN_SHAPES] = {
#define SHAPE(function, NAME, a, b, weight) [LP_SHAPE_##NAME] = {a, b, function},
    LP_GEN_SHAPE_LIST(SHAPE)
#undef SHAPE
};

void lp_gen_draw_shape(const lp_gen_row *r, int shape) {
    const lp_gen_shape *s = &lp_gen_shapes[shape];
    int a = lp_gen_index(r->g, s->a), b = lp_gen_index(r->g, s->b);
    s->draw(r, a, b);
}
