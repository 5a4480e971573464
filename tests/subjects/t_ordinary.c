/* The exemplars and the documented adapter on ordinary data, against long double. */
#include "tests/subjects/lab.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define ROWS    3
#define CLASSES 11
#define SPREAD  6 /* logits lie in [-3, 3] */

/* Roundings that reach one output of these programs, each counted at u: a shift amplified by exp
 * (SPREAD), two exponentials, a logarithm and a quotient at 8u, sums over CLASSES twice, and eight
 * single operations. `magnitude` bounds the sum of the absolute values of the terms that are added
 * last; second-order terms are covered by doubling. */
static void assert_close(double got, long double exact, long double magnitude, uint32_t format) {
    const double u = format == LP_BINARY32 ? FLT_EPSILON / 2.0 : DBL_EPSILON / 2.0;
    const long double bound = 2 * u * (SPREAD + 4 * 8 + 2 * CLASSES + 8) * magnitude;
    if (!(fabsl(got - exact) <= bound))
        fail_msg("got %.17g, exact %.17Lg, bound %.3Lg", got, exact, bound);
}

static long double row_sum_exp(const lab *l, int64_t i) {
    long double s = 0;
    for (int64_t j = 0; j < l->call.k; j++) s += expl(lab_get(l, LP_IN_LOGITS, i, j));
    return s;
}

static void check_softmax_xent(const lab *l) {
    for (int64_t i = 0; i < l->call.n; i++) {
        const long double s = row_sum_exp(l, i);
        const long double loss = logl(s) - lab_get(l, LP_IN_LOGITS, i, l->label[i]);
        assert_close(lab_out(l, LP_OUT_LOSS, i, 0), loss, SPREAD + logl(CLASSES), l->call.format);
        for (int64_t j = 0; j < l->call.k; j++) {
            const long double p = expl(lab_get(l, LP_IN_LOGITS, i, j)) / s;
            assert_close(lab_out(l, LP_OUT_GRAD, i, j), p - (j == l->label[i]), p, l->call.format);
        }
    }
}

static void check_softmax(const lab *l) {
    for (int64_t i = 0; i < l->call.n; i++) {
        const long double s = row_sum_exp(l, i);
        long double mean = 0, size = 0;
        for (int64_t j = 0; j < l->call.k; j++) {
            const long double p = expl(lab_get(l, LP_IN_LOGITS, i, j)) / s;
            mean += p * lab_get(l, LP_IN_V, i, j);
            size += p * fabs(lab_get(l, LP_IN_V, i, j));
        }
        for (int64_t j = 0; j < l->call.k; j++) {
            const long double p = expl(lab_get(l, LP_IN_LOGITS, i, j)) / s;
            const double v = lab_get(l, LP_IN_V, i, j);
            assert_close(lab_out(l, LP_OUT_VALUE, i, j), p, p, l->call.format);
            if (!l->call.out[LP_OUT_GRAD].data) continue; /* naive has no gradient here */
            assert_close(lab_out(l, LP_OUT_GRAD, i, j), p * (v - mean), p * (fabs(v) + size),
                         l->call.format);
        }
    }
}

static void check_log_softmax(const lab *l) {
    for (int64_t i = 0; i < l->call.n; i++) {
        const long double s = row_sum_exp(l, i);
        long double total = 0, size = 0;
        for (int64_t j = 0; j < l->call.k; j++) {
            total += lab_get(l, LP_IN_V, i, j);
            size += fabs(lab_get(l, LP_IN_V, i, j));
        }
        for (int64_t j = 0; j < l->call.k; j++) {
            const double z = lab_get(l, LP_IN_LOGITS, i, j), v = lab_get(l, LP_IN_V, i, j);
            const long double p = expl(z) / s;
            assert_close(lab_out(l, LP_OUT_VALUE, i, j), z - logl(s), SPREAD + logl(CLASSES),
                         l->call.format);
            if (!l->call.out[LP_OUT_GRAD].data) continue;
            assert_close(lab_out(l, LP_OUT_GRAD, i, j), v - p * total, fabs(v) + p * size,
                         l->call.format);
        }
    }
}

/* The sum over the labels of a row, one or several. */
static void check_bce(const lab *l) {
    for (int64_t i = 0; i < l->call.n; i++) {
        long double loss = 0;
        for (int64_t j = 0; j < l->call.k; j++) {
            const long double z = lab_get(l, LP_IN_LOGITS, i, j);
            const long double y = lab_get(l, LP_IN_TARGETS, i, j);
            loss += log1pl(expl(z)) - y * z;
            assert_close(lab_out(l, LP_OUT_GRAD, i, j), 1 / (1 + expl(-z)) - y, 2, l->call.format);
        }
        assert_close(lab_out(l, LP_OUT_LOSS, i, 0), loss, (SPREAD + 1) * (long double)l->call.k,
                     l->call.format);
    }
}

static void check_binary_focal(const lab *l) {
    for (int64_t i = 0; i < l->call.n; i++) {
        const long double z = lab_get(l, LP_IN_LOGITS, i, 0), x = l->label[i] ? z : -z;
        const long double p = 1 / (1 + expl(-x)), f = powl(1 - p, 2);
        const long double g = f * (2 * p * logl(p) - (1 - p));
        assert_close(lab_out(l, LP_OUT_LOSS, i, 0), -0.25L * f * logl(p), 1, l->call.format);
        assert_close(lab_out(l, LP_OUT_GRAD, i, 0), (l->label[i] ? 0.25L : -0.25L) * g, 1,
                     l->call.format);
    }
}

static void check_margin(const lab *l) {
    for (int64_t i = 0; i < l->call.n; i++) {
        const long double y = (long double)l->label[i], x = y * lab_get(l, LP_IN_LOGITS, i, 0);
        assert_close(lab_out(l, LP_OUT_LOSS, i, 0), log1pl(expl(-x)), SPREAD + 1, l->call.format);
        assert_close(lab_out(l, LP_OUT_GRAD, i, 0), -y / (1 + expl(x)), 1, l->call.format);
    }
}

/* The three links on one logit, and their slopes times v. */
static void check_links(const lab *l) {
    for (int64_t i = 0; i < l->call.n; i++) {
        const long double z = lab_get(l, LP_IN_LOGITS, i, 0), v = lab_get(l, LP_IN_V, i, 0);
        const long double s = 1 / (1 + expl(-z)), o = 1 / (1 + expl(z));
        const bool sigmoid = l->call.op == LP_OP_SIGMOID, log = l->call.op == LP_OP_LOG_SIGMOID;
        const long double value = sigmoid ? s : log ? logl(s) : -logl(o);
        const long double slope = sigmoid ? s * o : log ? o : s;
        assert_close(lab_out(l, LP_OUT_VALUE, i, 0), value, fabsl(value), l->call.format);
        assert_close(lab_out(l, LP_OUT_GRAD, i, 0), v * slope, fabsl(v) * s, l->call.format);
    }
}

/* Entropy, cross entropy and KL are one sum p ln(x): x = 1/p, 1/q, p/q; the generalised KL has q -
 * p in each term and another 1 in each derivative. */
static void check_sums(const lab *l) {
    const bool general = l->call.op == LP_OP_KL_GEN, kl = general || l->call.op == LP_OP_KL_DIV;
    const bool entropy = l->call.op == LP_OP_ENTROPY;
    for (int64_t i = 0; i < l->call.n; i++) {
        long double loss = 0, size = 0;
        for (int64_t j = 0; j < l->call.k; j++) {
            const long double p = lab_get(l, LP_IN_P, i, j);
            const long double q = entropy ? p : lab_get(l, LP_IN_Q, i, j);
            const long double log_x = kl ? logl(p / q) : -logl(q);
            const long double grad = entropy ? log_x - 1 : general - p / q;
            loss += p * log_x + (general ? q - p : 0);
            size += p * (fabsl(log_x) + 1) + q;
            assert_close(lab_out(l, LP_OUT_GRAD, i, j), grad, fabsl(log_x) + p / q + 1,
                         l->call.format);
            if (!entropy)
                assert_close(lab_out(l, LP_OUT_GRAD_P, i, j), log_x + (kl && !general),
                             fabsl(log_x) + 1, l->call.format);
        }
        assert_close(lab_out(l, LP_OUT_LOSS, i, 0), loss, size, l->call.format);
    }
}

/* v is a vector, one a row. */
static void check_logsumexp(const lab *l) {
    for (int64_t i = 0; i < l->call.n; i++) {
        const long double s = row_sum_exp(l, i), v = lab_get(l, LP_IN_V, 0, i);
        assert_close(lab_out(l, LP_OUT_VALUE, 0, i), logl(s), SPREAD + logl(CLASSES),
                     l->call.format);
        for (int64_t j = 0; j < l->call.k; j++) {
            const long double g = v * expl(lab_get(l, LP_IN_LOGITS, i, j)) / s;
            assert_close(lab_out(l, LP_OUT_GRAD, i, j), g, fabsl(g), l->call.format);
        }
    }
}

/* sum W (L - z), W = w ((1 - eps) t + eps / K) where the options are declared; kl_logits: W = t,
 * and sum t ln t. */
static void check_soft(const lab *l) {
    const bool kl = l->call.op == LP_OP_KL_LOGITS, smoothed = l->call.set != 0;
    const long double eps = l->param[LP_PARAM_SMOOTHING];
    for (int64_t i = 0; i < l->call.n; i++) {
        const long double lse = logl(row_sum_exp(l, i));
        long double weight[CLASSES], loss = 0, total = 0;
        for (int64_t j = 0; j < l->call.k; j++) {
            const long double t = lab_get(l, LP_IN_TARGETS, i, j);
            weight[j] = t;
            if (smoothed)
                weight[j] = lab_get(l, LP_IN_WEIGHTS, 0, j) * ((1 - eps) * t + eps / CLASSES);
            total += weight[j];
            loss += weight[j] * (lse - lab_get(l, LP_IN_LOGITS, i, j) + (kl ? logl(t) : 0));
        }
        assert_close(lab_out(l, LP_OUT_LOSS, i, 0), loss, total * (2 * SPREAD + logl(CLASSES)),
                     l->call.format);
        for (int64_t j = 0; j < l->call.k; j++) {
            const long double p = expl(lab_get(l, LP_IN_LOGITS, i, j) - lse);
            assert_close(lab_out(l, LP_OUT_GRAD, i, j), p * total - weight[j],
                         p * total + weight[j], l->call.format);
        }
    }
}

/* gamma = 2, alpha = 1/4. 1 - p loses at most a rounding of 1, twice through the square. */
static void check_focal(const lab *l) {
    for (int64_t i = 0; i < l->call.n; i++) {
        const long double s = row_sum_exp(l, i);
        const long double p = expl(lab_get(l, LP_IN_LOGITS, i, l->label[i])) / s, q = 1 - p;
        const long double slope = 0.25L * q * (2 * p * logl(p) - q);
        assert_close(lab_out(l, LP_OUT_LOSS, i, 0), -0.25L * q * q * logl(p),
                     SPREAD + logl(CLASSES), l->call.format);
        for (int64_t j = 0; j < l->call.k; j++) {
            const long double r = expl(lab_get(l, LP_IN_LOGITS, i, j)) / s;
            assert_close(lab_out(l, LP_OUT_GRAD, i, j), slope * ((j == l->label[i]) - r), 3,
                         l->call.format);
        }
    }
}

static void check_scores(const lab *l) {
    for (int64_t i = 0; i < l->call.n; i++) {
        if (l->call.op == LP_OP_NLL) {
            for (int64_t j = 0; j < l->call.k; j++) {
                const long double q = lab_get(l, LP_IN_Q, i, j),
                                  grad = j == l->label[i] ? -1 / q : 0;
                assert_close(lab_out(l, LP_OUT_GRAD, i, j), grad, fabsl(grad), l->call.format);
            }
            const long double loss = -logl(lab_get(l, LP_IN_Q, i, l->label[i]));
            assert_close(lab_out(l, LP_OUT_LOSS, i, 0), loss, loss, l->call.format);
            continue;
        }
        const long double p = lab_get(l, LP_IN_P, i, 0), y = lab_get(l, LP_IN_TARGETS, i, 0);
        const long double loss = -y * logl(p) - (1 - y) * log1pl(-p);
        const long double up = (1 - y) / (1 - p), down = y / p;
        assert_close(lab_out(l, LP_OUT_LOSS, i, 0), loss, loss + 1, l->call.format);
        assert_close(lab_out(l, LP_OUT_GRAD, i, 0), up - down, up + down + 1 / (p * (1 - p)),
                     l->call.format);
    }
}

/* A = 3/2, b = 1/4: -A ln p_a - b H and A (p_j - [j = a]) + b p_j (ln p_j + H). */
static void check_policy(const lab *l) {
    for (int64_t i = 0; i < l->call.n; i++) {
        const long double lse = logl(row_sum_exp(l, i));
        long double h = 0, own = lse - lab_get(l, LP_IN_LOGITS, i, l->label[i]);
        for (int64_t j = 0; j < l->call.k; j++) {
            const long double y = lse - lab_get(l, LP_IN_LOGITS, i, j);
            h += expl(-y) * y;
        }
        assert_close(lab_out(l, LP_OUT_LOSS, i, 0), 1.5L * own - 0.25L * h, 2 * (own + h + SPREAD),
                     l->call.format);
        for (int64_t j = 0; j < l->call.k; j++) {
            const long double y = lse - lab_get(l, LP_IN_LOGITS, i, j), p = expl(-y);
            const long double g = 1.5L * (p - (j == l->label[i])) + 0.25L * p * (h - y);
            assert_close(lab_out(l, LP_OUT_GRAD, i, j), g, 2 + h + y, l->call.format);
        }
    }
}

static void check_hinge(const lab *l) {
    for (int64_t i = 0; i < l->call.n; i++) {
        const double y = (double)l->label[i], z = lab_get(l, LP_IN_LOGITS, i, 0);
        const long double margin = 1 - (long double)y * z;
        assert_close(lab_out(l, LP_OUT_LOSS, i, 0), margin > 0 ? margin : 0, 1 + SPREAD,
                     l->call.format);
        assert_true(lab_out(l, LP_OUT_GRAD, i, 0) == (margin > 0 ? -y : 0));
    }
}

static void check_hinges(const lab *l) {
    for (int64_t i = 0; i < l->call.n; i++) {
        const double own = lab_get(l, LP_IN_LOGITS, i, l->label[i]);
        long double sum = 0;
        int64_t active = 0;
        for (int64_t j = 0; j < l->call.k; j++) {
            const long double margin = 1 + (long double)lab_get(l, LP_IN_LOGITS, i, j) - own;
            if (j == l->label[i]) continue;
            if (margin > 0) sum += margin;
            active += margin > 0;
            assert_true(lab_out(l, LP_OUT_GRAD, i, j) == (margin > 0));
        }
        assert_close(lab_out(l, LP_OUT_LOSS, i, 0), sum, CLASSES * (1 + SPREAD), l->call.format);
        assert_true(lab_out(l, LP_OUT_GRAD, i, l->label[i]) == (double)-active);
    }
}

static void check_brier(const lab *l) {
    for (int64_t i = 0; i < l->call.n; i++) {
        long double loss = 0, size = 0;
        for (int64_t j = 0; j < l->call.k; j++) {
            const long double p = lab_get(l, LP_IN_P, i, j), d = p - (j == l->label[i]);
            loss += d * d;
            size += p * p + 1;
        }
        assert_close(lab_out(l, LP_OUT_LOSS, i, 0), loss, size, l->call.format);
    }
}

/* mix = 1/4, form kl, no temperature: s = p. */
static void check_distill(const lab *l) {
    for (int64_t i = 0; i < l->call.n; i++) {
        const long double lse = logl(row_sum_exp(l, i));
        long double taught = 0, kl = 0;
        for (int64_t j = 0; j < l->call.k; j++) taught += expl(lab_get(l, LP_IN_TEACHER, i, j));
        for (int64_t j = 0; j < l->call.k; j++) {
            const long double y = lab_get(l, LP_IN_TEACHER, i, j) - logl(taught);
            const long double x = lab_get(l, LP_IN_LOGITS, i, j) - lse;
            const long double g =
                0.25L * (expl(x) - (j == l->label[i])) + 0.75L * (expl(x) - expl(y));
            kl += expl(y) * (y - x);
            assert_close(lab_out(l, LP_OUT_GRAD, i, j), g, 2, l->call.format);
        }
        const long double own = lse - lab_get(l, LP_IN_LOGITS, i, l->label[i]);
        assert_close(lab_out(l, LP_OUT_LOSS, i, 0), 0.25L * own + 0.75L * kl, 4 * SPREAD,
                     l->call.format);
    }
}

/* e to the mean of -ln q; ROWS confidences in bins of 1/15. */
static void check_whole(const lab *l) {
    const bool ece = l->call.op == LP_OP_ECE;
    long double sum = 0, gap[16] = {0};
    for (int64_t i = 0; i < l->call.n; i++) {
        const lp_in role = ece ? LP_IN_P : LP_IN_Q;
        int64_t top = 0;
        for (int64_t j = 1; j < l->call.k; j++)
            if (lab_get(l, role, i, j) > lab_get(l, role, i, top)) top = j;
        const double p = lab_get(l, role, i, top);
        gap[(int)ceil(15 * p)] += (top == l->label[i]) - p;
        sum -= logl(lab_get(l, role, i, l->label[i]));
    }
    if (!ece) {
        const long double x = expl(sum / ROWS);
        assert_close(lab_out(l, LP_OUT_LOSS, 0, 0), x, x * (1 + sum), l->call.format);
        return;
    }
    sum = 0;
    for (int b = 0; b < 16; b++) sum += fabsl(gap[b]);
    assert_close(lab_out(l, LP_OUT_LOSS, 0, 0), sum / ROWS, 2, l->call.format);
}

static void check_squares(const lab *l) {
    for (int64_t i = 0; i < l->call.n; i++) {
        const bool binary = l->call.op == LP_OP_MSE_SIGMOID;
        const long double s =
            binary ? 1 + expl(-lab_get(l, LP_IN_LOGITS, i, 0)) : row_sum_exp(l, i);
        long double sum = 0, mean = 0, p[CLASSES], d[CLASSES];
        for (int64_t j = 0; j < l->call.k; j++) {
            p[j] = binary ? 1 / s : expl(lab_get(l, LP_IN_LOGITS, i, j)) / s;
            d[j] = p[j] - lab_get(l, LP_IN_TARGETS, i, j);
            sum += d[j] * d[j];
            mean += p[j] * d[j];
        }
        assert_close(lab_out(l, LP_OUT_LOSS, i, 0), sum / 2, CLASSES, l->call.format);
        for (int64_t j = 0; j < l->call.k; j++)
            assert_close(lab_out(l, LP_OUT_GRAD, i, j),
                         binary ? d[j] * p[j] * (1 - p[j]) : p[j] * (d[j] - mean), 2,
                         l->call.format);
    }
}

static const struct {
    const char *name;
    lp_op op;
    int64_t k;
    void (*check)(const lab *l);
} operations[] = {
    {"softmax_xent", LP_OP_SOFTMAX_XENT, CLASSES, check_softmax_xent},
    {"softmax", LP_OP_SOFTMAX, CLASSES, check_softmax},
    {"log_softmax", LP_OP_LOG_SOFTMAX, CLASSES, check_log_softmax},
    {"focal_sigmoid", LP_OP_FOCAL_SIGMOID, 1, check_binary_focal},
    {"sigmoid", LP_OP_SIGMOID, 1, check_links},
    {"log_sigmoid", LP_OP_LOG_SIGMOID, 1, check_links},
    {"softplus", LP_OP_SOFTPLUS, 1, check_links},
    {"bce_logits", LP_OP_BCE_LOGITS, 1, check_bce},
    {"multilabel_bce", LP_OP_MULTILABEL_BCE, CLASSES, check_bce},
    {"entropy", LP_OP_ENTROPY, CLASSES, check_sums},
    {"cross_entropy", LP_OP_CROSS_ENTROPY, CLASSES, check_sums},
    {"kl_div", LP_OP_KL_DIV, CLASSES, check_sums},
    {"kl_gen", LP_OP_KL_GEN, CLASSES, check_sums},
    {"logsumexp", LP_OP_LOGSUMEXP, CLASSES, check_logsumexp},
    {"softmax_xent_soft", LP_OP_SOFTMAX_XENT_SOFT, CLASSES, check_soft},
    {"kl_logits", LP_OP_KL_LOGITS, CLASSES, check_soft},
    {"focal_softmax", LP_OP_FOCAL_SOFTMAX, CLASSES, check_focal},
    {"nll", LP_OP_NLL, CLASSES, check_scores},
    {"brier", LP_OP_BRIER, CLASSES, check_brier},
    {"perplexity", LP_OP_PERPLEXITY, CLASSES, check_whole},
    {"ece", LP_OP_ECE, CLASSES, check_whole},
    {"bce_prob", LP_OP_BCE_PROB, 1, check_scores},
    {"logistic_margin", LP_OP_LOGISTIC_MARGIN, 1, check_margin},
    {"policy_grad", LP_OP_POLICY_GRAD, CLASSES, check_policy},
    {"distill", LP_OP_DISTILL, CLASSES, check_distill},
    {"hinge", LP_OP_HINGE, 1, check_hinge},
    {"hinge_multi", LP_OP_HINGE_MULTI, CLASSES, check_hinges},
    {"mse_sigmoid", LP_OP_MSE_SIGMOID, 1, check_squares},
    {"mse_softmax", LP_OP_MSE_SOFTMAX, CLASSES, check_squares},
};

static void ordinary_entry(const lp_entry *entry, unsigned o) {
    const int64_t pad = entry->flags & LP_FLAG_STRIDED ? 2 : 0;
    lab l;
    lab_init(&l, operations[o].op, entry, ROWS, operations[o].k, pad);
    lab_fill(&l, LP_IN_LOGITS, -3, 3);
    lab_fill(&l, LP_IN_TARGETS, 0, 1);
    lab_fill(&l, LP_IN_P, 0.01, 1);
    lab_fill(&l, LP_IN_Q, 0.01, 1);
    if (entry->outputs & LP_OUT_BIT(LP_OUT_VALUE)) lab_fill(&l, LP_IN_V, -1, 1);
    if (entry->params & LP_PARAM_BIT(LP_PARAM_GAMMA)) {
        lab_param(&l, LP_PARAM_GAMMA, 2);
        lab_param(&l, LP_PARAM_ALPHA, 0.25);
    }
    if (entry->params & LP_PARAM_BIT(LP_PARAM_SMOOTHING)) {
        lab_param(&l, LP_PARAM_SMOOTHING, 0.125);
        lab_fill(&l, LP_IN_WEIGHTS, 0.5, 2);
    }
    for (int64_t i = 0; i < ROWS; i++)
        l.label[i] =
            operations[o].op == LP_OP_LOGISTIC_MARGIN ? i % 2 * 2 - 1 : i * 5 % operations[o].k;
    if (entry->params & LP_PARAM_BIT(LP_PARAM_MIX)) {
        lab_fill(&l, LP_IN_TEACHER, -3, 3);
        lab_param(&l, LP_PARAM_MIX, 0.25);
        lab_param(&l, LP_PARAM_FORM, 1);
    }
    if (entry->params & LP_PARAM_BIT(LP_PARAM_ADVANTAGE)) {
        lab_param(&l, LP_PARAM_ADVANTAGE, 1.5);
        lab_param(&l, LP_PARAM_ENTROPY_WEIGHT, 0.25);
    }
    if (operations[o].op == LP_OP_FOCAL_SIGMOID) { /* alpha_t = 1/4 for label 0 as for label 1 */
        lab_param(&l, LP_PARAM_GAMMA, 2);
        lab_param(&l, LP_PARAM_ALPHA, 0.75);
    }
    for (int64_t i = 0; operations[o].op == LP_OP_HINGE && i < ROWS; i++)
        l.label[i] = i % 2 ? -1 : 1;
    assert_int_equal(entry->run(&l.call), LP_OK);
    operations[o].check(&l);
}

static void ordinary(const lp_subject *subject) {
    for (unsigned o = 0; o < sizeof operations / sizeof *operations; o++)
        for (int format = LP_BINARY64; format <= LP_BINARY32; format++) {
            const lp_entry *entry = lab_entry(subject, operations[o].name, (lp_format_id)format);
            assert_non_null(entry);
            ordinary_entry(entry, o);
        }
}

static void test_textbook_ordinary(void **state) {
    (void)state;
    ordinary(lab_load("textbook")());
}

static void test_naive_ordinary(void **state) {
    (void)state;
    ordinary(lab_load("naive")());
}

static void test_documented_adapter(void **state) {
    const lp_subject *subject = lab_load("../../tests/doc_adapter")(); /* no builtin: */
    (void)state;
    assert_int_equal(subject->count, 1);
    ordinary_entry(subject->entry, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_textbook_ordinary),
        cmocka_unit_test(test_naive_ordinary),
        cmocka_unit_test(test_documented_adapter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
