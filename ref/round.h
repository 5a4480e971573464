/* From an enclosure to a number of any format in any rounding mode by one rounding. */
#ifndef LP_REF_ROUND_H
#define LP_REF_ROUND_H

#include "core/format.h"
#include "ref/enclosure.h"

typedef enum lp_place {
    LP_AT_BELOW,     /* x = below */
    LP_UNDER_MIDDLE, /* below < x < middle */
    LP_AT_MIDDLE,
    LP_OVER_MIDDLE
} lp_place;

/* Where x lies among the format's numbers: below <= x < above, neighbours; an infinity stands for
 * "beyond the largest finite number", also in a format that has none. */
typedef struct lp_cell {
    double below, above;
    lp_place place;
} lp_cell;

/* False: undecided; then `below` alone is set, to the round-down of the lower bound of x. */
bool lp_cell_find(lp_cell *cell, lp_enclosure *x, const lp_format *f);
/* At the cap: x lies nearer to one number than to any other although its side of that number is not
 * settled (0.5 less what no exponent range holds). Then rounding to nearest is decided. */
bool lp_cell_nearest(double *nearest, lp_enclosure *x, const lp_format *f);
/* The cell's x rounded: infinities, or NaN where the format has none. */
double lp_cell_round(const lp_cell *cell, const lp_format *f, lp_rounding mode);
double lp_cell_down(const lp_cell *cell, const lp_format *f);
double lp_cell_up(const lp_cell *cell, const lp_format *f);
/* The end of the cell that is nearer to zero; x itself where x = below. */
double lp_cell_inner(const lp_cell *cell);

#endif
