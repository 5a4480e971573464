/* Where in the space of inputs a component lies: the coordinates by which errors are counted. */
#ifndef LP_PROPS_PLACE_H
#define LP_PROPS_PLACE_H

#include "core/certificate.h"

/* One case's rows are looked at once each; zero but for `cert` at the start of a case. */
typedef struct lp_place {
    lp_certificate *cert;
    bool opened;
    int64_t row;         /* the one described below */
    bool logits;         /* the row is one of finite or -inf logits with a finite largest one */
    double top, second;  /* largest logits over T; second -infinity where there is none */
    int64_t first, tied; /* where the largest is (the first of them), how many there are */
    double sum, rest;    /* of e^(z-top): all, and all but the first largest */
    int64_t label;       /* -1: none */
} lp_place;

/* The coordinates of a component: x[axis] where bit `axis` of the result is set. *part says which
 * of the output's parts it belongs to. */
unsigned lp_place_of(double x[LP_AXIS_COUNT], lp_part *part, lp_place *p, const lp_case *c,
                     lp_out out, int64_t at);
/* An lp_judge_watch.see; ctx is an lp_place: counts the component in its certificate. */
void lp_place_see(void *ctx, const lp_case *c, lp_out out, int64_t at, const lp_bucket *one);

#endif
