/* The formulas as they are first written down. Included once per format. */
#include "subjects/exemplars/rows.h"

static void NAME(softmax_xent)(const lp_call *c, int64_t i) {
    const REAL *z = NAME(in)(c, LP_IN_LOGITS, i);
    REAL *grad = NAME(out)(c, LP_OUT_GRAD, i), s = 0;

    for (int64_t j = 0; j < c->k; j++) s += exp(z[j]);
    for (int64_t j = 0; j < c->k; j++) grad[j] = exp(z[j]) / s - (REAL)(j == c->label[i]);
    NAME(out)(c, LP_OUT_LOSS, 0)[i] = -log(exp(z[c->label[i]]) / s);
}

static void NAME(softmax)(const lp_call *c, int64_t i) {
    const REAL *z = NAME(in)(c, LP_IN_LOGITS, i);
    REAL *p = NAME(out)(c, LP_OUT_VALUE, i), s = 0;

    for (int64_t j = 0; j < c->k; j++) s += exp(z[j]);
    for (int64_t j = 0; j < c->k; j++) p[j] = exp(z[j]) / s;
}

static void NAME(log_softmax)(const lp_call *c, int64_t i) {
    REAL *l = NAME(out)(c, LP_OUT_VALUE, i);

    NAME(softmax)(c, i);
    for (int64_t j = 0; j < c->k; j++) l[j] = log(l[j]);
}

/* slope * v, v = 1 where it is absent. */
static void NAME(pull_back)(const lp_call *c, int64_t i, REAL slope) {
    const REAL *v = NAME(in)(c, LP_IN_V, i);
    *NAME(out)(c, LP_OUT_GRAD, i) = v ? slope * *v : slope;
}

static void NAME(sigmoid)(const lp_call *c, int64_t i) {
    const REAL p = 1 / (1 + exp(-*NAME(in)(c, LP_IN_LOGITS, i)));

    *NAME(out)(c, LP_OUT_VALUE, i) = p;
    NAME(pull_back)(c, i, p * (1 - p));
}

static void NAME(log_sigmoid)(const lp_call *c, int64_t i) {
    const REAL p = 1 / (1 + exp(-*NAME(in)(c, LP_IN_LOGITS, i)));

    *NAME(out)(c, LP_OUT_VALUE, i) = log(p);
    NAME(pull_back)(c, i, 1 - p);
}

static void NAME(softplus)(const lp_call *c, int64_t i) {
    const REAL z = *NAME(in)(c, LP_IN_LOGITS, i);

    *NAME(out)(c, LP_OUT_VALUE, i) = log(1 + exp(z));
    NAME(pull_back)(c, i, exp(z) / (1 + exp(z)));
}

/* BCE of one label through its probability. */
static void NAME(bce)(REAL *loss, REAL *grad, REAL z, REAL y, double q) {
    const REAL p = 1 / (1 + exp(-z));

    *loss = (REAL) - (q * y * log(p) + (1 - y) * log(1 - p));
    *grad = (REAL)((1 - y) * p - q * y * (1 - p));
}

static double NAME(pos_weight)(const lp_call *c, int64_t j) {
    const REAL *q = NAME(in)(c, LP_IN_POS_WEIGHT, 0);
    if (q) return q[j];
    return c->set & LP_PARAM_BIT(LP_PARAM_POS_WEIGHT) ? c->param[LP_PARAM_POS_WEIGHT] : 1;
}

static void NAME(bce_logits)(const lp_call *c, int64_t i) {
    const REAL z = *NAME(in)(c, LP_IN_LOGITS, i), y = *NAME(in)(c, LP_IN_TARGETS, i);

    NAME(bce)
    (NAME(out)(c, LP_OUT_LOSS, 0) + i, NAME(out)(c, LP_OUT_GRAD, i), z, y, NAME(pos_weight)(c, 0));
}

static void NAME(multilabel_bce)(const lp_call *c, int64_t i) {
    const REAL *z = NAME(in)(c, LP_IN_LOGITS, i), *y = NAME(in)(c, LP_IN_TARGETS, i);
    const REAL labels = c->param[LP_PARAM_LABEL_REDUCTION] == 1 ? (REAL)c->k : 1;
    REAL *grad = NAME(out)(c, LP_OUT_GRAD, i), sum = 0, loss;

    for (int64_t j = 0; j < c->k; j++) {
        NAME(bce)(&loss, &grad[j], z[j], y[j], NAME(pos_weight)(c, j));
        sum += loss;
        grad[j] /= labels;
    }
    NAME(out)(c, LP_OUT_LOSS, 0)[i] = sum / labels;
}

static void NAME(focal_sigmoid)(const lp_call *c, int64_t i) {
    const bool positive = c->label[i] == 1, has_alpha = c->set & LP_PARAM_BIT(LP_PARAM_ALPHA);
    const double gamma = c->param[LP_PARAM_GAMMA], given = c->param[LP_PARAM_ALPHA];
    const double alpha = !has_alpha ? 1 : positive ? given : 1 - given;
    const REAL p = 1 / (1 + exp(-*NAME(in)(c, LP_IN_LOGITS, i))), hit = positive ? p : 1 - p;
    const double factor = pow(1 - hit, gamma);

    NAME(out)(c, LP_OUT_LOSS, 0)[i] = (REAL)(-alpha * factor * log(hit));
    *NAME(out)(c, LP_OUT_GRAD, i) =
        (REAL)((positive ? alpha : -alpha) * factor * (gamma * hit * log(hit) - (1 - hit)));
}

static void NAME(logistic_margin)(const lp_call *c, int64_t i) {
    const REAL y = (REAL)c->label[i], e = exp(-y * *NAME(in)(c, LP_IN_LOGITS, i));

    NAME(out)(c, LP_OUT_LOSS, 0)[i] = log(1 + e);
    *NAME(out)(c, LP_OUT_GRAD, i) = -y * e / (1 + e);
}

static void NAME(entropy)(const lp_call *c, int64_t i) {
    const REAL *p = NAME(in)(c, LP_IN_P, i);
    REAL *grad = NAME(out)(c, LP_OUT_GRAD, i), h = 0;

    for (int64_t j = 0; j < c->k; j++) {
        h -= p[j] * log(p[j]);
        grad[j] = -(log(p[j]) + 1);
    }
    NAME(out)(c, LP_OUT_LOSS, 0)[i] = h;
}

static void NAME(cross_entropy)(const lp_call *c, int64_t i) {
    const REAL *p = NAME(in)(c, LP_IN_P, i), *q = NAME(in)(c, LP_IN_Q, i);
    REAL h = 0;

    for (int64_t j = 0; j < c->k; j++) {
        h -= p[j] * log(q[j]);
        NAME(out)(c, LP_OUT_GRAD, i)[j] = -p[j] / q[j];
        NAME(out)(c, LP_OUT_GRAD_P, i)[j] = -log(q[j]);
    }
    NAME(out)(c, LP_OUT_LOSS, 0)[i] = h;
}

static void NAME(kl_div)(const lp_call *c, int64_t i) {
    const REAL *p = NAME(in)(c, LP_IN_P, i), *q = NAME(in)(c, LP_IN_Q, i);
    REAL d = 0;

    for (int64_t j = 0; j < c->k; j++) {
        d += p[j] * log(p[j] / q[j]);
        NAME(out)(c, LP_OUT_GRAD, i)[j] = -p[j] / q[j];
        NAME(out)(c, LP_OUT_GRAD_P, i)[j] = log(p[j] / q[j]) + 1;
    }
    NAME(out)(c, LP_OUT_LOSS, 0)[i] = d;
}

static void NAME(kl_gen)(const lp_call *c, int64_t i) {
    const REAL *p = NAME(in)(c, LP_IN_P, i), *q = NAME(in)(c, LP_IN_Q, i);
    REAL d = 0;

    for (int64_t j = 0; j < c->k; j++) {
        d += p[j] * log(p[j] / q[j]) - p[j] + q[j];
        NAME(out)(c, LP_OUT_GRAD, i)[j] = 1 - p[j] / q[j];
        NAME(out)(c, LP_OUT_GRAD_P, i)[j] = log(p[j] / q[j]);
    }
    NAME(out)(c, LP_OUT_LOSS, 0)[i] = d;
}

static void NAME(bce_prob)(const lp_call *c, int64_t i) {
    const REAL p = *NAME(in)(c, LP_IN_P, i), y = *NAME(in)(c, LP_IN_TARGETS, i);

    NAME(out)(c, LP_OUT_LOSS, 0)[i] = -(y * log(p) + (1 - y) * log(1 - p));
    *NAME(out)(c, LP_OUT_GRAD, i) = (p - y) / (p * (1 - p));
}

static void NAME(nll)(const lp_call *c, int64_t i) {
    const REAL *q = NAME(in)(c, LP_IN_Q, i);

    for (int64_t j = 0; j < c->k; j++)
        NAME(out)(c, LP_OUT_GRAD, i)[j] = j == c->label[i] ? -1 / q[j] : 0;
    NAME(out)(c, LP_OUT_LOSS, 0)[i] = -log(q[c->label[i]]);
}

/* The square multiplied out. */
static void NAME(brier)(const lp_call *c, int64_t i) {
    const REAL *p = NAME(in)(c, LP_IN_P, i);
    REAL squares = 0;

    for (int64_t j = 0; j < c->k; j++) squares += p[j] * p[j];
    NAME(out)(c, LP_OUT_LOSS, 0)[i] = squares - 2 * p[c->label[i]] + 1;
}

/* The N-th root of the product itself. */
static void NAME(perplexity)(const lp_call *c, int64_t i) {
    REAL product = 1, n = 0;

    for (i = 0; i < c->n; i++) {
        if (frame_ignored(c, i)) continue;
        product *= NAME(in)(c, LP_IN_Q, i)[c->label[i]];
        n += 1;
    }
    NAME(out)(c, LP_OUT_LOSS, 0)[0] = pow(product, -1 / n);
}

/* Equally wide bins by a division; nothing is said of NaN, and 0 has no bin. */
static void NAME(ece)(const lp_call *c, int64_t i) {
    const REAL bins = c->set & LP_PARAM_BIT(LP_PARAM_BINS) ? (REAL)c->param[LP_PARAM_BINS] : 15;
    REAL sum = 0, n = 0;

    for (i = 0; i < c->n; i++) n += (REAL)!frame_ignored(c, i);
    for (REAL b = 0; b < bins && b < 1000; b++) {
        REAL gap = 0;
        for (i = 0; i < c->n; i++) {
            const REAL *p = NAME(in)(c, LP_IN_P, i);
            int64_t top = 0;
            for (int64_t j = 1; j < c->k; j++)
                if (p[j] > p[top]) top = j;
            if (!frame_ignored(c, i) && p[top] > b / bins && p[top] <= (b + 1) / bins)
                gap += (REAL)(top == c->label[i]) - p[top];
        }
        sum += fabs(gap);
    }
    NAME(out)(c, LP_OUT_LOSS, 0)[0] = sum / n;
}
