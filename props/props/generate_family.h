/* What the generator's files share. A group of operations has a table of families; a family is a
 * grid of two coordinates and a function that makes the rows. Families, coordinates and counts are
 * explicit integer choices, so that an enumeration, a fuzzer and the shrinker can set them. */
#ifndef LP_PROPS_GENERATE_FAMILY_H
#define LP_PROPS_GENERATE_FAMILY_H

#include "props/props/generate.h"

typedef struct lp_gen {
    lp_choices *tc;
    const lp_gen_plan *plan;
    const lp_format *f;
    lp_case *c;
    int64_t rows; /* how many are wanted, 0: the family's own affair */
} lp_gen;

typedef struct lp_gen_family {
    const char *name;
    double weight;  /* share among random cases */
    int a, b;       /* sizes of the grid */
    uint64_t needs; /* parameters that it is about: idle where the plan has none of them; 0: none */
    void (*draw)(lp_gen *g, int a, int b);
} lp_gen_family;

/* Families of the plan's operation; number 0 is "by value" and not in the table. */
const lp_gen_family *lp_gen_families(const lp_gen_plan *plan, int *count);
extern const lp_gen_family lp_gen_logit_families[], lp_gen_binary_families[],
    lp_gen_multilabel_families[], lp_gen_pair_families[], lp_gen_entropy_families[],
    lp_gen_nll_families[], lp_gen_binary_prob_families[], lp_gen_hinge_families[],
    lp_gen_hinge_multi_families[], lp_gen_similarity_families[], lp_gen_linear_families[];
extern const int lp_gen_logit_count, lp_gen_binary_count, lp_gen_multilabel_count,
    lp_gen_pair_count, lp_gen_entropy_count, lp_gen_nll_count, lp_gen_binary_prob_count,
    lp_gen_hinge_count, lp_gen_hinge_multi_count, lp_gen_similarity_count, lp_gen_linear_count;

/* generate_batch.c: on top of every other family of an operation that reduces, ignores or scales
 * rows. Number lp_gen_families' count + 1. */
#define LP_GEN_BATCH_A 12
#define LP_GEN_BATCH_B 6
bool lp_gen_batch_idle(const lp_gen_plan *plan);
int64_t lp_gen_batch_rows(lp_gen *g);
void lp_gen_batch(lp_gen *g, int a, int b); /* changes the case that is there */
lp_reduction lp_gen_reduction(const lp_gen_plan *plan, lp_reduction wanted);

/* generate_value.c: the grammar of family "by value". */
void lp_gen_read_value(lp_case *c, lp_choices *tc, const lp_gen_plan *plan);

/* generate_draw.c: draws that several families share. */
int64_t lp_gen_classes(lp_gen *g);                 /* K from a table; index 0 is K = 2 */
int lp_gen_class_choices(const lp_gen_plan *plan); /* length of that table */
int64_t lp_gen_wide_classes(lp_gen *g);            /* ragged, up to the plan's wide_k */
int64_t lp_gen_rows(lp_gen *g, int64_t most);      /* 1 mostly */
int64_t lp_gen_tall_rows(lp_gen *g, int64_t k);    /* batches of several hundred elements */
void lp_gen_open(lp_gen *g, int64_t n, int64_t k); /* sizes, required arrays, label */
int lp_gen_index(lp_gen *g, int64_t n);            /* uniform in [0, n) */
bool lp_gen_coin(lp_gen *g, double probability);
double lp_gen_uniform(lp_gen *g, double scale); /* in [-scale, scale] */
double lp_gen_normal(lp_gen *g, double sd);
double lp_gen_bits(lp_gen *g); /* a finite value of the format, uniform in its bits */
double lp_gen_round(const lp_gen *g, double x);
double lp_gen_nudge(const lp_gen *g, double x, int64_t ulps); /* x, rounded, moved by neighbours */
/* e^x within some ulp and with the same bits everywhere, which a C library does not promise. */
double lp_gen_exp(double x);

/* Gaps at which an exponential or its sum changes its nature in binary64 or binary32;
 * between them lie those of 16 bits. */
extern const double lp_gen_threshold[];
#define LP_GEN_THRESHOLDS 36

#endif
