#include "props/props/generate_family.h"

#include "core/memory.h"

#include <math.h>
#include <string.h>

/* Powers of two and their neighbours (vector widths, unrolled loops, their tails), then what people
 * have. Weights are for random cases; an enumeration takes every entry in turn. */
static const struct {
    int64_t k;
    double weight;
} class_table[] = {{2, 5},    {3, 5},    {1, 1},    {4, 3},     {5, 4},    {7, 3},    {8, 3},
                   {9, 3},    {10, 4},   {15, 2},   {16, 2},    {17, 2},   {31, 1},   {32, 1},
                   {33, 1},   {63, .6},  {64, .6},  {65, .6},   {100, .6}, {127, .4}, {128, .4},
                   {129, .4}, {257, .2}, {512, .1}, {1000, .05}};
#define CLASS_CHOICES ((int)(sizeof class_table / sizeof *class_table))

int lp_gen_class_choices(const lp_gen_plan *plan) {
    int n = 3; /* 2, 3, 1 are always there */
    while (n < CLASS_CHOICES && class_table[n].k <= plan->max_k) n++;
    return n;
}

int64_t lp_gen_classes(lp_gen *g) {
    double weight[CLASS_CHOICES];
    int n = lp_gen_class_choices(g->plan);
    for (int i = 0; i < n; i++) weight[i] = class_table[i].weight;
    return class_table[lp_draw_pick(g->tc, weight, n)].k;
}

int64_t lp_gen_wide_classes(lp_gen *g) {
    static const int64_t wide[] = {1025, 1279, 2047, 2048, 4096, 5003, 10007, 32000, 50257, 128256};
    const int64_t last = (int64_t)(sizeof wide / sizeof *wide) - 1;
    int64_t at = lp_draw_int(g->tc, 0, last, 0), k = wide[at];
    while (k > g->plan->wide_k && at > 0) k = wide[--at];
    return k < g->plan->wide_k ? k : g->plan->wide_k;
}

int64_t lp_gen_rows(lp_gen *g, int64_t most) {
    if (g->rows) return g->rows;
    return lp_gen_coin(g, 0.3) ? lp_draw_int(g->tc, 2, most, 2) : 1;
}

/* Enough rows that offsets beyond 256 elements occur, no more: each element is evaluated exactly.
 */
int64_t lp_gen_tall_rows(lp_gen *g, int64_t k) {
    return (257 + lp_draw_int(g->tc, 0, 128, 0)) / k + 2;
}

void lp_gen_open(lp_gen *g, int64_t n, int64_t k) {
    const lp_op_info *op = lp_op_get(g->c->op);
    g->c->n = n;
    g->c->k = g->c->stride = k;
    for (int i = 0; i < LP_IN_COUNT; i++)
        if (op->required & 1u << i) lp_case_alloc(g->c, (lp_in)i);
    if (op->label != LP_LABEL_NONE) lp_case_alloc_label(g->c);
}

int lp_gen_index(lp_gen *g, int64_t n) {
    return (int)lp_draw_int(g->tc, 0, n - 1, 0);
}

bool lp_gen_coin(lp_gen *g, double probability) {
    return lp_draw_bool(g->tc, probability);
}

double lp_gen_uniform(lp_gen *g, double scale) {
    static const lp_f64_domain unit = {-1, 1, false, false, false, false, LP_BINARY64};
    return scale * lp_draw_f64(g->tc, &unit);
}

double lp_gen_normal(lp_gen *g, double sd) {
    static const lp_f64_domain eight = {-8, 8, false, false, false, false, LP_BINARY64};
    return sd * lp_draw_normal(g->tc, &eight, 0, 1);
}

double lp_gen_bits(lp_gen *g) {
    int64_t draw = lp_draw_int(g->tc, INT64_MIN, INT64_MAX, 0);
    uint64_t bits = (uint64_t)draw;
    double x;
    if (g->f->p == 53) {
        memcpy(&x, &bits, sizeof x);
    } else { /* exponents of the format rather than of binary64, two below the least number too */
        int span = g->f->emax - g->f->emin + g->f->p + 2;
        double m = 1 + (double)(bits >> 12) * 0x1p-52;
        x = ldexp(bits & 2048 ? -m : m, g->f->emin - g->f->p - 1 + (int)(bits % 2048) % span);
    }
    x = lp_gen_round(g, x);
    return isfinite(x) ? x : 0;
}

/* What is finite stays finite. */
double lp_gen_round(const lp_gen *g, double x) {
    double y = lp_format_round(g->f, x);
    return isinf(y) && isfinite(x) ? copysign(g->f->max, x) : y;
}

double lp_gen_nudge(const lp_gen *g, double x, int64_t ulps) {
    x = lp_gen_round(g, x);
    for (; ulps > 0; ulps--) x = lp_format_above(g->f, x);
    for (; ulps < 0; ulps++) x = lp_format_below(g->f, x);
    return x;
}

/* x = k ln 2 + r with |r| < 0.35; k ln 2 in two pieces, the first of 32 bits, so that k times it is
 * exact. Taylor to r^14/14!: the rest is below 2^-60. Plain operations in one order. */
double lp_gen_exp(double x) {
    if (!(x > -745.2)) return 0; /* below half the least subnormal, and NaN */
    if (x > 709.78) return INFINITY;
    double k = nearbyint(x * 0x1.71547652b82fep+0 /* 1/ln 2 */);
    double r = x - k * 0x1.62e42feep-1 - k * 0x1.a39ef35793c76p-33;
    double sum = 1;
    for (int n = 14; n > 0; n--) sum = 1 + sum * r / n;
    return ldexp(sum, (int)k);
}

/* Gaps at which an exponential or the sum behind it changes its nature. */
const double lp_gen_threshold[] = {
    36.7368005696771,   /* 53 ln 2: 1 + e^-x rounds to 1 in binary64 */
    36.04365338911715,  /* 52 ln 2 */
    37.42994775023705,  /* 54 ln 2 */
    708.3964185322641,  /* e^-x becomes subnormal in binary64 */
    709.782712893384,   /* e^x overflows */
    744.4400719213812,  /* e^-x is the least subnormal */
    745.1332191019412,  /* e^-x rounds to zero */
    16.635532333438686, /* 24 ln 2: the same six in binary32 */
    15.942385152878742,
    17.328679513998633,
    87.3365447505531,
    88.72283905206835,
    103.27892990343184,
    103.97207708399179,
    0, /* from here on scales: powers of two from 2^-8 to 2^11 and what lies just beyond them */
    0x1p-8,
    0x1p-7,
    0x1p-6,
    0x1p-5,
    0x1p-4,
    0x1p-3,
    0x1p-2,
    0x1p-1,
    0x1p0,
    0x1p1,
    0x1p2,
    0x1p3,
    0x1p4,
    0x1p5,
    0x1p6,
    0x1p7,
    0x1p8,
    0x1p9,
    0x1p10,
    0x1p11,
    0x1p12};
_Static_assert(sizeof lp_gen_threshold / sizeof *lp_gen_threshold == LP_GEN_THRESHOLDS,
               "the count in generate_family.h");
