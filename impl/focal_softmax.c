/* focal_softmax: through the loops of one-hot rows (one_hot.h) where gamma is a whole number that
 * they take, else row by row. */
#include "impl/focal_row.h"
#include "impl/focal_split.h"
#include "impl/one_hot.h"
#include "impl/rows.h"

static bool by_loops(const lp_call *c, double gamma) {
    bool whole = gamma <= LP_FOCAL_GAMMA && gamma == trunc(gamma);
    return whole && c->k > 1 && c->k <= INT64_C(1) << 20 &&
           lp_focal_param(c, LP_PARAM_BASE, 0) == 0;
}
void lp_run_focal_softmax(const lp_call *c) {
    const lp_wide one = {{1, 0}, 0}, zero = {{0, 0}, 0};
    const double gamma = lp_focal_param(c, LP_PARAM_GAMMA, 0);
    if (!by_loops(c, gamma)) {
        lp_batch_answer(c, c->k, lp_focal_answer, NULL);
        return;
    }
    lp_targets t = {.label = one, .other = zero, .keep = one, .denominator = 1, .temperature = 1};
    t.weights = lp_view_row(c, LP_IN_ALPHA, 0);
    t.weight = lp_focal_param(c, LP_PARAM_ALPHA, 1);
    t.focal = true;
    t.gamma = (int)gamma;
    lp_one_hot_run(c, &t, lp_focal_answer);
}
