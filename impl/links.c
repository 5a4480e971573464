/* sigmoid, log_sigmoid and softplus, and what logistic_margin shares with them. With w = exp(-|z|),
 * L = log1p(w) and s = sigma(|z|) = 1/(1 + w), every value is one term or a sum of two of one sign:
 *   z >= 0   sigma s            ln sigma -L            softplus z + L
 *   z <  0   sigma w s          ln sigma -(|z| + L)    softplus L
 * and the slopes w s^2, sigma(-z), sigma(z). LP_LANES logits at a time (binary_lanes.h), one by one
 * where that is not enough. */
#include "impl/binary_lanes.h"
#include "impl/rows.h"

static const lp_wide vanishing = {{-1, 0}, -9000}; /* rounds to -0: log_sigmoid at +inf */

typedef struct link { /* value and slope, at -inf, +inf and elsewhere */
    double at_minus[2], at_plus[2];
    lp_link_parts parts;
} link;
typedef struct link_row {
    const link *op;
    double z;
} link_row;

static bool minus(const link *op, int out) {
    return op->parts.s < 0 && out == LP_EVAL_LOSS;
}
static lp_value fast(void *context, int out, int64_t j, bool precise) {
    const link_row *s = context;
    const link *op = s->op;
    (void)j;
    if (!isfinite(s->z)) {
        double at = isnan(s->z) ? s->z : s->z > 0 ? op->at_plus[out] : op->at_minus[out];
        return at == 0 && signbit(at) ? lp_exact(vanishing) : lp_value_from(at);
    }
    lp_binary b = lp_binary_at(s->z * op->parts.s, precise);
    lp_value x = lp_binary_get(&b, op->parts.part[out]);
    return minus(op, out) ? lp_value_neg(x) : x;
}
static void exact(lp_big *r, void *context, int out, int64_t j) {
    const link_row *s = context;
    (void)j;
    lp_big_binary(r, s->z * s->op->parts.s, s->op->parts.part[out]);
    if (minus(s->op, out)) lp_big_neg(r, r);
}

/* What the lanes leave, from copies: the place of a logit may hold a result by then. */
static double answer(const link *op, int out, double z, double v, bool single) {
    static const lp_row_eval eval = {.fast = fast, .exact = exact, .precise = true, .vector = true};
    lp_sink sink = lp_sink_plain(NULL, single);
    link_row s = {.op = op, .z = z};
    if (out == LP_EVAL_GRAD) lp_sink_multiply(&sink, v);
    return lp_job_component(&sink, &eval, &s, out, 0, 1);
}
static void run(const link *op, const lp_call *c) {
    const bool single = c->format == LP_BINARY32;
    const lp_matrix *in = &c->in[LP_IN_LOGITS], *times = &c->in[LP_IN_V];
    const lp_matrix *out[] = {&c->out[LP_OUT_VALUE], &c->out[LP_OUT_GRAD]};
    for (int64_t i = 0; i < c->n; i += LP_LANES) {
        double z[LP_LANES], v[LP_LANES], y[2][LP_LANES];
        bool done[LP_LANES];
        int64_t count = c->n - i < LP_LANES ? c->n - i : LP_LANES;
        lp_lanes_read(z, in->data, single, in->stride, i, count);
        if (times->data)
            lp_lanes_read(v, times->data, single, times->stride, i, count);
        else
            for (int q = 0; q < LP_LANES; q++) v[q] = 1;
        (single ? lp_lanes_link_single : lp_lanes_link)(
            done, out[0]->data ? y[0] : NULL, out[1]->data ? y[1] : NULL, z, v, &op->parts);
        for (int64_t q = 0; q < count; q++)
            for (int o = 0; o < 2 && !done[q]; o++)
                if (out[o]->data) y[o][q] = answer(op, o, z[q], v[q], single);
        for (int o = 0; o < 2; o++)
            if (out[o]->data) lp_lanes_write(out[o]->data, single, out[o]->stride, i, count, y[o]);
    }
}

void lp_run_sigmoid(const lp_call *c) {
    static const link op = {{0, 0}, {1, 0}, {{LP_SIGMA, LP_SIGMA_SLOPE}, 1}};
    run(&op, c);
}
void lp_run_log_sigmoid(const lp_call *c) {
    static const link op = {{-INFINITY, 1}, {-0.0, 0}, {{LP_SOFTPLUS, LP_SIGMA}, -1}};
    run(&op, c);
}
void lp_run_softplus(const lp_call *c) {
    static const link op = {{0, 0}, {INFINITY, 1}, {{LP_SOFTPLUS, LP_SIGMA}, 1}};
    run(&op, c);
}
