/* The orders of a focal row, label against the other classes: of focal_softmax and, two classes
 * being a logit and 0, of focal_sigmoid. Private to the room. */
#ifndef LP_REF_FOCAL_ORDER_H
#define LP_REF_FOCAL_ORDER_H

#include "ref/orders.h"

/* With one class on top, all exponents over t = 1. Both may be reordered, nothing else. */
typedef struct lp_focal_row {
    double gamma;
    lp_expsum rest;   /* R, the exponentials of all classes below the top */
    lp_expsum others; /* those of them that are not the label's; R where that is on top */
    mpfr_t depth;     /* D of the label below the top; of one on top it is not looked at */
    bool top;         /* the label is on top */
} lp_focal_row;

void lp_focal_row_init(lp_focal_row *r, double gamma);
void lp_focal_row_clear(lp_focal_row *r);
/* A class below the top, at this depth. */
void lp_focal_row_below(lp_focal_row *r, const mpfr_t depth, bool label);

/* alpha times the loss, less alpha D where the label is below the top. False: it is no sum of
 * exponentials. */
bool lp_focal_add_loss(lp_orders *o, const mpfr_t alpha, lp_focal_row *r);
/* The label is below the top: the rest of minus its own gradient (top: of the top class's) beside
 * 1, at alpha = 1. */
void lp_focal_add_grad(lp_orders *o, lp_focal_row *r, bool top);

#endif
