/* Section 5, 17: the returned gradient is the derivative of the exact loss. Along steps h the exact
 * losses give, with phi(s) = f(x + s h), s in [-1, 1],
 *   f(x + h) - f(x - h) = 2 sum h_j g_j + R,  |R| <= max |phi'''| / 3,
 * so that with h = t s and the returned g^ = g + error
 *   |(f(x + h) - f(x - h)) / 2t - sum s_j g^_j| <= sum |s_j| h(g_j) + max |phi'''| / 6t.
 * The last term is the truncation, which slope.c bounds by the gradient itself wherever that is
 * possible. t is about 2^-26 of what the loss changes over, hence the truncation about 2^-54 of the
 * gradient; steps are only taken where x + h and x - h are doubles, so that nothing else is lost.
 * The losses come from the reference, which refines them as far as their difference needs; its
 * gradient is not asked, but for the message. */
#include "props/props/slope.h"

#include "ref/combine.h"

#include <math.h>
#include <stdlib.h>

/* Those of the table of slopes. */
static const lp_op ops[] = {LP_OP_SOFTMAX_XENT,  LP_OP_SOFTMAX_XENT_SOFT,
                            LP_OP_KL_LOGITS,     LP_OP_LOGSUMEXP,
                            LP_OP_FOCAL_SOFTMAX, LP_OP_FOCAL_SIGMOID,
                            LP_OP_BCE_LOGITS,    LP_OP_MULTILABEL_BCE,
                            LP_OP_SIGMOID,       LP_OP_LOG_SIGMOID,
                            LP_OP_SOFTPLUS,      LP_OP_LOGISTIC_MARGIN,
                            LP_OP_MSE_SIGMOID,   LP_OP_HINGE,
                            LP_OP_SOFTMAX,       LP_OP_LOG_SOFTMAX,
                            LP_OP_DISTILL,       LP_OP_POLICY_GRAD,
                            LP_OP_MSE_SOFTMAX,   LP_OP_HINGE_MULTI,
                            LP_OP_ENTROPY,       LP_OP_CROSS_ENTROPY,
                            LP_OP_KL_DIV,        LP_OP_KL_GEN,
                            LP_OP_NLL,           LP_OP_BCE_PROB,
                            LP_OP_INFO_NCE,      LP_OP_LINEAR_XENT};

/* Narrow cases only: the loss is evaluated twice for each way. */
#define MOST_CLASSES 64

/* Numbers that a loss depends on. */
static int64_t width(const lp_slope *s, const lp_case *c) {
    return lp_slope_whole(s->op) ? lp_case_in_len(c, s->in) : c->k;
}
/* Losses that each depend on numbers of their own. */
static int64_t losses(const lp_slope *s, const lp_case *c) {
    return lp_slope_whole(s->op) ? 1 : c->n;
}

/* That fl(s - x) = h says nothing where x is small beside h; with fl(s - h) = x too the error of
 * the sum, (x - (s - (s - x))) + (h - (s - x)), is 0 (Knuth's two-sum). */
static bool adds_exactly(double x, double h) {
    double s = x + h;
    return isfinite(s) && s - x == h && s - h == x;
}
static bool apart_exactly(double x, double h) {
    return adds_exactly(x, h) && adds_exactly(x, -h);
}

/* The step of component j: the slope's own or a few times that, where the arithmetic is exact. */
static double step_of(const lp_slope *s, const lp_case *c, int64_t row, int64_t j) {
    double x = lp_domain_row(c, s->in, row)[j], t = s->step(c, row, j);
    for (int i = 0; i < 4 && t > 0; i++, t *= 2)
        if (apart_exactly(x, t)) return t;
    return 0;
}

static bool row_in(const lp_slope *s, const lp_case *c, int64_t r) {
    return width(s, c) <= MOST_CLASSES && s->smooth(c, r);
}

/* The gradient is a vector-Jacobian product, which exists where the case has its cotangent. */
static bool pulled_back(lp_op op) {
    const lp_op_out *grad = lp_op_output(lp_op_get(op), LP_OUT_GRAD);
    return grad && grad->needs_v;
}

/* The component of the value that the row's cotangent picks; 0 without one. */
static int64_t picked(const lp_case *c, int64_t row) {
    int64_t j = 0;
    while (c->in[LP_IN_V] && j < c->k - 1 && c->in[LP_IN_V][row * c->k + j] == 0) j++;
    return j;
}

/* A cotangent of one class for every row: the product is then the gradient of that component. */
static void pick(lp_case *c, const lp_case *base, lp_rng *rng) {
    lp_case_copy(c, base);
    for (int64_t r = 0; r < c->n; r++) {
        int64_t one = (int64_t)lp_rng_below(rng, (uint64_t)c->k);
        for (int64_t j = 0; j < c->k; j++) c->in[LP_IN_V][r * c->k + j] = j == one;
    }
}

static int derive(lp_case more[], const lp_case *base, lp_rng *rng, uint64_t params,
                  uint64_t declared) {
    (void)params, (void)declared;
    bool product = pulled_back(base->op);
    if (product != (base->in[LP_IN_V] != NULL)) return -1;
    for (int i = 0; i < lp_slope_count; i++) {
        const lp_slope *s = &lp_slopes[i];
        if (s->op != base->op || !lp_domain_known(base, s->known)) continue;
        for (int64_t r = 0; r < losses(s, base); r++) {
            if (!row_in(s, base, r)) continue;
            if (product) pick(&more[0], base, rng);
            return product;
        }
    }
    return -1;
}

/* The exact loss of the row with its input moved by side * t s. */
static lp_exact *moved(lp_case *at, const lp_slope *s, const lp_case *c, int64_t row,
                       const double *way, double t, int side) {
    if (lp_slope_whole(s->op))
        lp_case_copy(at, c);
    else
        lp_domain_gather(at, c, &row, 1);
    at->format = LP_BINARY64; /* the moved numbers are doubles; the function is the same */
    at->stride = at->k;
    for (int64_t j = 0; j < width(s, c); j++) at->in[s->in][j] += side * t * way[j];
    lp_error err = {""};
    return lp_exact_new(at, &err);
}

/* Upper end of side * sum s_j g^_j + the errors + the truncation. */
static bool upper_end(double *end, const lp_eval *e, const lp_slope *s, int64_t row,
                      const double *way, double cut, int side, lp_level level) {
    int64_t k = width(s, e->kase), terms = 0;
    double a[2 * MOST_CLASSES + 1], b[2 * MOST_CLASSES + 1];
    for (int64_t j = 0; j < k; j++) {
        if (way[j] == 0) continue;
        double g, h;
        if (!lp_returned(&g, e, s->grad, row * k + j)) return false;
        h = lp_tolerance(e->exact, s->grad, row * k + j, level);
        if (!isfinite(h)) return false;
        a[terms] = side * way[j];
        b[terms++] = g;
        a[terms] = fabs(way[j]);
        b[terms++] = h;
    }
    a[terms] = 1;
    b[terms++] = cut;
    *end = lp_dot_round(a, b, terms, LP_BINARY64, LP_ROUND_UP);
    return terms > 1 && isfinite(*end);
}

/* The returned and the exact gradient along the way: a factor between them is what a reader of the
 * message wants to know, and whether the returned loss has the same. */
static bool complain(char why[256], const lp_eval *e, const lp_slope *s, int64_t row,
                     const double *way, bool more, double end) {
    double got = 0, want = 0, times = 0;
    int64_t k = width(s, e->kase);
    for (int64_t j = 0; j < k; j++) {
        if (way[j] == 0) continue;
        int64_t i = row * k + j;
        got += way[j] * e->answer->out[s->grad][i];
        want += way[j] * lp_exact_round(e->exact, s->grad, i, LP_BINARY64, LP_ROUND_NEAREST, NULL);
    }
    if (s->out == LP_OUT_LOSS && e->all->out[s->out])
        times = e->all->out[s->out][row] /
                lp_exact_round(e->exact, s->out, row, LP_BINARY64, LP_ROUND_NEAREST, NULL);
    /* A factor, not an error: by a hundredth of the loss at least, known to a thousandth. */
    bool alike = fabs(times - got / want) <= 1e-3 * fabs(times) && fabs(times - 1) > 1e-2;
    return lp_broken(why,
                     "%s %lld: the exact loss rises by %s %a times the step, the gradient with "
                     "its error and the truncation: the gradient is %.9g times the derivative%s",
                     lp_slope_whole(s->op) ? "loss" : "row", (long long)row,
                     more ? "more than" : "less than", end, got / want,
                     alike ? ", as the loss is of the exact one" : "");
}

static bool along(const lp_eval *e, const lp_slope *s, int64_t row, const double *way, double t,
                  lp_level level, char why[256]) {
    double hi, lo, cut = s->truncation(e, row, way, t);
    if (!isfinite(cut) || !upper_end(&hi, e, s, row, way, cut, 1, level) ||
        !upper_end(&lo, e, s, row, way, cut, -1, level))
        return true;
    lp_case up, down;
    lp_exact *x = moved(&up, s, e->kase, row, way, t, 1),
             *y = moved(&down, s, e->kase, row, way, t, -1);
    int scale = -(ilogb(t) + 1), over = 2, under = 2;
    int64_t at = picked(e->kase, row);
    if (x && y && lp_exact_status(x) == LP_OK && lp_exact_status(y) == LP_OK &&
        lp_exact_kind(x, s->out, at) == LP_KIND_NUMBER &&
        lp_exact_kind(y, s->out, at) == LP_KIND_NUMBER) {
        over = lp_exact_compare_difference(x, y, s->out, at, scale, hi);
        under = lp_exact_compare_difference(x, y, s->out, at, scale, -lo);
    }
    lp_exact_free(x);
    lp_exact_free(y);
    lp_case_clear(&up);
    lp_case_clear(&down);
    return (over != 1 && under != -1) ||
           complain(why, e, s, row, way, over == 1, over == 1 ? hi : -lo);
}

/* One component. */
static bool component(const lp_eval *e, const lp_slope *s, int64_t row, int64_t j, lp_level level,
                      char why[256]) {
    double way[MOST_CLASSES] = {0}, t = step_of(s, e->kase, row, j);
    if (t == 0) return true;
    way[j] = 1;
    return along(e, s, row, way, t, level, why);
}

/* A random direction: every component that can be moved, by its own step or not at all, to one side
 * or the other. */
static bool direction(const lp_eval *e, const lp_slope *s, int64_t row, lp_rng *rng, lp_level level,
                      char why[256]) {
    const lp_case *c = e->kase;
    double way[MOST_CLASSES] = {0}, step[MOST_CLASSES], t = 0;
    for (int64_t j = 0; j < width(s, c); j++) {
        step[j] = s->step(c, row, j);
        if (!(step[j] > 0) || !apart_exactly(lp_domain_row(c, s->in, row)[j], step[j])) step[j] = 0;
        t = fmax(t, step[j]);
    }
    for (int64_t j = 0; j < width(s, c); j++) {
        uint64_t dice = lp_rng_below(rng, 5);
        way[j] = t == 0 || dice == 4 ? 0 : (dice & 1 ? -1 : 1) * (step[j] / t);
    }
    return t == 0 || along(e, s, row, way, t, level, why);
}

/* What is tried is a function of the case: a row, its label or the class that is picked, one more
 * class and one direction. */
static bool probe(const lp_eval *e, const lp_slope *s, lp_level level, char why[256]) {
    const lp_case *c = e->kase;
    lp_rng rng;
    lp_rng_init(&rng, 0, lp_rng_domain("gradient_is_derivative"), lp_case_hash(c));
    int64_t row = (int64_t)lp_rng_below(&rng, (uint64_t)losses(s, c));
    int64_t other = (int64_t)lp_rng_below(&rng, (uint64_t)width(s, c));
    bool labelled = c->label && c->label[row] >= 0 && c->label[row] < c->k;
    int64_t first = labelled ? c->label[row] : picked(c, row);
    if (!row_in(s, c, row)) return true;
    if (lp_slope_whole(s->op)) first = (int64_t)lp_rng_below(&rng, (uint64_t)width(s, c));
    return component(e, s, row, first, level, why) &&
           (width(s, c) == 1 ||
            (component(e, s, row, other, level, why) && direction(e, s, row, &rng, level, why)));
}

static bool holds(const lp_eval *eval, int n, lp_level level, char why[256]) {
    const lp_eval *e = &eval[n - 1];
    for (int i = 0; i < lp_slope_count; i++) {
        const lp_slope *s = &lp_slopes[i];
        if (s->op != e->kase->op || !lp_domain_known(e->kase, s->known)) continue;
        if (e->answer->out[s->grad] && !probe(e, s, level, why)) return false;
    }
    return true;
}

const lp_property lp_property_gradient_is_derivative = {
    .name = "gradient_is_derivative",
    .number = 17,
    .claim = "the gradient is the derivative of the exact loss",
    .ops = ops,
    .op_count = sizeof ops / sizeof *ops,
    .derive = derive,
    .holds = holds,
    .outputs = LP_OUT_BIT(LP_OUT_GRAD) | LP_OUT_BIT(LP_OUT_GRAD_P) | LP_OUT_BIT(LP_OUT_GRAD_W) |
               LP_OUT_BIT(LP_OUT_GRAD_B) | LP_OUT_BIT(LP_OUT_GRAD_X)};
