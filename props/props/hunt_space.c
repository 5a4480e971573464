#include "props/props/hunt_space.h"

/* What is worth searching: beyond it every exponential is over- or underflown, and common offsets
 * are the shift's move. The arm of raw bits looks everywhere. */
#define IN(of, least, most) [of] = {.lo = (least), .hi = (most), .format = (of)}
#define RANGE(least, most)                                                                         \
    {                                                                                              \
        IN(LP_BINARY64, least, most), IN(LP_BINARY32, least, most), IN(LP_BINARY16, least, most),  \
            IN(LP_BFLOAT16, least, most)                                                           \
    }
static const lp_f64_domain logits[LP_SUBJECT_FORMATS] = RANGE(-1500, 1500),
                           unit[LP_SUBJECT_FORMATS] = RANGE(0, 1),
                           positive[LP_SUBJECT_FORMATS] = RANGE(0, 8),
                           either[LP_SUBJECT_FORMATS] = RANGE(-8, 8);

static const lp_f64_domain *const domain_of[LP_IN_COUNT] = {
    [LP_IN_LOGITS] = logits,   [LP_IN_TARGETS] = unit,
    [LP_IN_P] = unit,          [LP_IN_Q] = unit,
    [LP_IN_X] = either,        [LP_IN_W] = either,
    [LP_IN_B] = either,        [LP_IN_SIM] = logits,
    [LP_IN_TEACHER] = logits,  [LP_IN_WEIGHTS] = positive,
    [LP_IN_UPSTREAM] = either, [LP_IN_V] = either,
    [LP_IN_ALPHA] = positive,  [LP_IN_POS_WEIGHT] = positive,
    [LP_IN_ADVANTAGE] = either};

void lp_hunt_space(lp_search_space *space, const lp_case *c) {
    space->n = 0;
    for (int role = 0; role < LP_IN_COUNT; role++)
        for (int64_t i = 0, n = lp_case_in_len(c, (lp_in)role); c->in[role] && i < n; i++) {
            if (space->n == LP_SEARCH_MOST) return;
            space->domain[space->n] = &domain_of[role][c->format];
            space->group[space->n++] = role;
        }
}

static void each(lp_case *c, double *x, int n, bool put) {
    int at = 0;
    for (int role = 0; role < LP_IN_COUNT; role++)
        for (int64_t i = 0, len = lp_case_in_len(c, (lp_in)role); c->in[role] && i < len && at < n;
             i++, at++) {
            if (put)
                c->in[role][i] = x[at];
            else
                x[at] = c->in[role][i];
        }
}

void lp_hunt_vector(double *x, const lp_case *c, int n) {
    each((lp_case *)c, x, n, false);
}

void lp_hunt_put(lp_case *c, const double *x, int n) {
    each(c, (double *)x, n, true);
}
