/* One row of logits by shape. */
#ifndef LP_PROPS_GENERATE_LOGITS_H
#define LP_PROPS_GENERATE_LOGITS_H

#include "props/props/generate_family.h"

/* generate_targets.c: the targets of every row, where the operation has them. */
void lp_gen_draw_targets(lp_gen *g);

typedef struct lp_gen_row {
    lp_gen *g;
    double *z; /* k of them */
    int64_t k;
    int64_t *label; /* always written; the operation may have none */
} lp_gen_row;

/* SHAPE(function, NAME, sizes of its grid, share among random cases) */
#define LP_GEN_SHAPE_LIST(SHAPE)                                                                   \
    SHAPE(ordinary, ORDINARY, 6, 1, 2)                                                             \
    SHAPE(threshold, THRESHOLD, LP_GEN_THRESHOLDS, 18, 4)                                          \
    SHAPE(confident, CONFIDENT, 18, 3, 4)                                                          \
    SHAPE(wrong_confident, WRONG_CONFIDENT, 18, 3, 3)                                              \
    SHAPE(offset, OFFSET, 16, 4, 3)                                                                \
    SHAPE(ties, TIES, 5, 10, 2)                                                                    \
    SHAPE(near_midpoint, NEAR_MIDPOINT, 6, 5, 2)                                                   \
    SHAPE(masked, MASKED, 10, 4, 3)                                                                \
    SHAPE(special, SPECIAL, 11, 3, 1)                                                              \
    SHAPE(extreme, EXTREME, 8, 4, 2)                                                               \
    SHAPE(subnormal, SUBNORMAL, 5, 4, 2)

enum {
#define SHAPE(function, NAME, a, b, weight) LP_SHAPE_##NAME,
    LP_GEN_SHAPE_LIST(SHAPE)
#undef SHAPE
        LP_GEN_SHAPES
};

typedef struct lp_gen_shape {
    int a, b;
    void (*draw)(const lp_gen_row *row, int a, int b);
} lp_gen_shape;
extern const lp_gen_shape lp_gen_shapes[LP_GEN_SHAPES];

/* At a point of the shape's grid that is drawn. */
void lp_gen_draw_shape(const lp_gen_row *r, int shape);

#endif
