/* The hinges as a careful engineer writes them: the difference of the logits before the 1, which a
 * common offset would swallow; a kink counts as inactive. Included once per format. */

static void NAME(hinge)(const lp_call *c, int64_t i) {
    const REAL z = *NAME(in)(c, LP_IN_LOGITS, i), y = (REAL)c->label[i];

    NAME(out)(c, LP_OUT_LOSS, 0)[i] = isnan(z) ? z : y * z < 1 ? 1 - y * z : 0;
    *NAME(out)(c, LP_OUT_GRAD, i) = isnan(z) ? z : y * z < 1 ? -y : 0;
}

/* The first of the largest of the other classes, -1 where there is none. */
static int64_t NAME(rival)(const REAL *z, int64_t k, int64_t label) {
    int64_t best = -1;
    for (int64_t j = 0; j < k; j++)
        if (j != label && (best < 0 || z[j] > z[best])) best = j;
    return best;
}

/* Reads every logit before it writes a gradient there. */
static void NAME(hinge_multi)(const lp_call *c, int64_t i) {
    const REAL *z = NAME(in)(c, LP_IN_LOGITS, i);
    REAL *grad = NAME(out)(c, LP_OUT_GRAD, i), sum = 0;
    const int64_t label = c->label[i], rival = NAME(rival)(z, c->k, label);
    const bool largest = c->param[LP_PARAM_FORM] == 1;
    const REAL own = z[label];
    bool nan_row = NAME(any_nan)(z, c->k);
    int64_t active = 0;

    for (int64_t j = 0; j < c->k; j++) {
        const bool term = j != label && (!largest || j == rival);
        const REAL margin = term ? (z[j] - own) + 1 : 0; /* NaN where both are infinite alike */
        nan_row |= isnan(margin) != 0;
        active += margin > 0;
        sum += margin > 0 ? margin : 0;
        if (j != label) grad[j] = margin > 0;
    }
    grad[label] = (REAL)-active + 0; /* +0, not -0 */
    for (int64_t j = 0; nan_row && j < c->k; j++) grad[j] = (REAL)NAN;
    NAME(out)(c, LP_OUT_LOSS, 0)[i] = nan_row ? (REAL)NAN : sum;
}
