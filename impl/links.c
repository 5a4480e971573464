/* sigmoid, log_sigmoid and softplus, and what logistic_margin shares with them. With w = exp(-|z|),
 * L = log1p(w) and s = sigma(|z|) = 1/(1 + w), every value is one term or a sum of two of one sign:
 *   z >= 0   sigma s            ln sigma -L            softplus z + L
 *   z <  0   sigma w s          ln sigma -(|z| + L)    softplus L
 * and the slopes w s^2, sigma(-z), sigma(z). */
#include "impl/binary.h"
#include "impl/rows.h"

static const lp_wide vanishing = {{-1, 0}, -9000}; /* rounds to -0: log_sigmoid at +inf */

typedef struct link { /* value and slope, at -inf, +inf and elsewhere */
    double at_minus[2], at_plus[2];
    lp_binary_part part[2];
    double sign[2], direction[2]; /* sign part(direction z) */
} link;
typedef struct link_row {
    const link *op;
    double z;
} link_row;

static lp_value fast(void *context, int out, int64_t j, bool precise) {
    const link_row *s = context;
    const link *op = s->op;
    (void)j;
    if (!isfinite(s->z)) {
        double at = isnan(s->z) ? s->z : s->z > 0 ? op->at_plus[out] : op->at_minus[out];
        return at == 0 && signbit(at) ? lp_exact(vanishing) : lp_value_from(at);
    }
    lp_binary b = lp_binary_at(s->z * op->direction[out], precise);
    lp_value x = lp_binary_get(&b, op->part[out]);
    return op->sign[out] < 0 ? lp_value_neg(x) : x;
}
static void exact(lp_big *r, void *context, int out, int64_t j) {
    const link_row *s = context;
    (void)j;
    lp_big_binary(r, s->z * s->op->direction[out], s->op->part[out]);
    if (s->op->sign[out] < 0) lp_big_neg(r, r);
}

static void run(const link *op, const lp_call *c) {
    static const lp_row_eval eval = {fast, exact, true, true};
    for (int64_t i = 0; i < c->n; i++) {
        lp_view v = lp_view_row(c, LP_IN_V, i);
        lp_job job = {.out = {lp_sink_row(c, LP_OUT_VALUE, i), lp_sink_row(c, LP_OUT_GRAD, i)}};
        link_row s = {.op = op, .z = lp_at(lp_view_row(c, LP_IN_LOGITS, i), 0)};
        if (v.data) lp_sink_multiply(&job.out[LP_EVAL_GRAD], lp_at(v, 0));
        lp_job_answer(&job, &eval, &s, 1);
    }
}

void lp_run_sigmoid(const lp_call *c) {
    static const link op = {{0, 0}, {1, 0}, {LP_SIGMA, LP_SIGMA_SLOPE}, {1, 1}, {1, 1}};
    run(&op, c);
}
void lp_run_log_sigmoid(const lp_call *c) {
    static const link op = {{-INFINITY, 1}, {-0.0, 0}, {LP_SOFTPLUS, LP_SIGMA}, {-1, 1}, {-1, -1}};
    run(&op, c);
}
void lp_run_softplus(const lp_call *c) {
    static const link op = {{0, 0}, {INFINITY, 1}, {LP_SOFTPLUS, LP_SIGMA}, {1, 1}, {1, 1}};
    run(&op, c);
}
