/* Every component of every operation against the reference, in binary64 and binary32: the exact
 * value rounded once, over families of inputs that do not cancel and such that cancel as far as
 * they can. */
#include <lossproof/loss.h>
#include <lossproof/ref.h>

#include "tests/impl/families.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { K_MAX = 12, N = 3, D = 3, SIZE = N * K_MAX };
static uint64_t rows = 8;
#define P(name) LP_PARAM_BIT(LP_PARAM_##name)

/* Rows and everything that an operation may want beside them. */
typedef struct draw {
    double in[LP_IN_COUNT][SIZE];
    int64_t k, label[N];
    double param[LP_PARAM_COUNT];
    lp_rng r;
    lp_format_id format;
} draw;

/* To a number of the format. */
static double fit(const draw *d, double x) {
    if (d->format == LP_BINARY64) return x;
    double f = (double)(float)x;
    return isinf(f) && !isinf(x) ? 1 : f;
}
static double positive(draw *d) {
    return fit(d, family_positive(&d->r));
}
/* Some units in the last place up or down. */
static double nudge(draw *d, double x) {
    double ulp = d->format == LP_BINARY64 ? 0x1p-52 : 0x1p-23;
    return fit(d, x * (1 + ((double)lp_rng_below(&d->r, 5) - 2) * ulp));
}

/* Softmax in plain double arithmetic. */
static void softmax(double *p, const double *z, int64_t k) {
    double max = -INFINITY, sum = 0;
    for (int64_t j = 0; j < k; j++) max = fmax(max, z[j]);
    for (int64_t j = 0; j < k; j++) sum += p[j] = exp(z[j] - max);
    for (int64_t j = 0; j < k; j++) p[j] /= sum;
}

/* What cancels: logits a few units apart, or as tiny as numbers are; targets, cotangents,
 * probabilities at or beside what makes a gradient or a sum 0. */
enum { CLOSE, TINY, EQUAL, BALANCED, CANCELLING = 4 };
static void make_close(draw *d, int64_t i, int how) {
    double *z = d->in[LP_IN_LOGITS] + i * d->k, *t = d->in[LP_IN_TARGETS] + i * d->k;
    double *v = d->in[LP_IN_V] + i * d->k, *p = d->in[LP_IN_P] + i * d->k, soft[K_MAX];
    double *q = d->in[LP_IN_Q] + i * d->k;
    double base = lp_rng_below(&d->r, 2) ? 1 : lp_rng_normal(&d->r), scale = lp_rng_unit(&d->r);
    int depth = d->format == LP_BINARY64 ? 1070 : 140,
        tiny = -(int)lp_rng_below(&d->r, (uint64_t)depth);
    for (int64_t j = 0; j < d->k; j++) {
        if (how == CLOSE) z[j] = nudge(d, fit(d, base));
        if (how == TINY) z[j] = lp_rng_below(&d->r, 3) ? ldexp(lp_rng_normal(&d->r), tiny) : 0;
        if (how == EQUAL) z[j] = base;
        z[j] = fit(d, z[j]);
    }
    softmax(soft, z, d->k);
    double sum = 0;
    for (int64_t j = 0; j < d->k; j++) {
        double total = lp_rng_below(&d->r, 2) ? 1 : 1 + scale, unit = lp_rng_unit(&d->r);
        t[j] = lp_rng_below(&d->r, 4) ? nudge(d, fit(d, soft[j] * total)) : fit(d, soft[j]);
        if (how == EQUAL && scale < 0.5) t[j] = 0.5;
        if (d->k == 1)
            t[j] = nudge(d, fit(d, 1 / (1 + exp(-z[j])))); /* and a label's probability */
        if (t[j] > 1) t[j] = 1;
        sum += v[j] = fit(d, unit - 0.5);
        p[j] = lp_rng_below(&d->r, 2) ? soft[j] : 1 + (unit - 0.5) * 0x1p-20;
        p[j] = nudge(d, fit(d, p[j]));
        q[j] = lp_rng_below(&d->r, 4) ? nudge(d, p[j]) : p[j];
    }
    int64_t j = (int64_t)lp_rng_below(&d->r, (uint64_t)d->k); /* v_j = p_j sum v */
    if (soft[j] < 1) v[j] = fit(d, soft[j] * (sum - v[j]) / (1 - soft[j]));
}

static void make_scalars(draw *d) {
    for (int64_t j = 0; j < d->k; j++) {
        d->in[LP_IN_WEIGHTS][j] = d->in[LP_IN_ALPHA][j] = positive(d);
        d->in[LP_IN_POS_WEIGHT][j] = positive(d);
    }
    double unit = lp_rng_unit(&d->r);
    d->param[LP_PARAM_TEMPERATURE] = ldexp(1 + unit, (int)lp_rng_below(&d->r, 20) - 10);
    d->param[LP_PARAM_SMOOTHING] = lp_rng_unit(&d->r);
    d->param[LP_PARAM_GAMMA] = lp_rng_below(&d->r, 3) ? 4 * lp_rng_unit(&d->r) : 2;
    d->param[LP_PARAM_ALPHA] = lp_rng_unit(&d->r);
    d->param[LP_PARAM_POS_WEIGHT] = family_positive(&d->r);
    d->param[LP_PARAM_SMOOTHING_RULE] = (double)lp_rng_below(&d->r, 2);
    d->param[LP_PARAM_FORM] = (double)lp_rng_below(&d->r, 2);
    unit = lp_rng_unit(&d->r);
    d->param[LP_PARAM_MIX] = lp_rng_below(&d->r, 3) ? unit : 0;
    d->param[LP_PARAM_SYMMETRIC] = 1;
    d->param[LP_PARAM_Z_LOSS] = lp_rng_below(&d->r, 2) ? 0x1p-13 : lp_rng_unit(&d->r);
    unit = lp_rng_unit(&d->r);
    d->param[LP_PARAM_SOFTCAP] = ldexp(1 + unit, (int)lp_rng_below(&d->r, 40) - 20);
    d->param[LP_PARAM_ADVANTAGE] = lp_rng_normal(&d->r);
    unit = lp_rng_unit(&d->r);
    d->param[LP_PARAM_ENTROPY_WEIGHT] = lp_rng_below(&d->r, 3) ? unit : 0;
}
/* A teacher like any logits, next to the student's, or these in another order. */
static void make_teacher(draw *d, int64_t i) {
    double *z = d->in[LP_IN_LOGITS] + i * d->k, *y = d->in[LP_IN_TEACHER] + i * d->k;
    uint64_t how = lp_rng_below(&d->r, 4), turn = lp_rng_below(&d->r, 2);
    for (int64_t j = 0; j < d->k; j++) {
        double normal = lp_rng_normal(&d->r);
        y[j] = how == 0 ? fit(d, normal) : z[(j + (int64_t)turn) % d->k];
        if (how == 1) y[j] = nudge(d, y[j]);
        if (how == 2) y[j] = fit(d, y[j] + 1);
    }
}
/* A layer: any numbers; or, where logits shall be close or equal, rows of W that are. */
static void make_layer(draw *d, int how) {
    double unit = lp_rng_unit(&d->r);
    for (int i = 0; i < N * D; i++) {
        double x = lp_rng_normal(&d->r);
        d->in[LP_IN_X][i] = fit(d, how == EQUAL && unit < 0.5 ? round(4 * x) : x);
    }
    for (int64_t j = 0; j < d->k; j++) {
        d->in[LP_IN_B][j] = how < 0 ? d->in[LP_IN_LOGITS][j] : how == CLOSE ? nudge(d, 1) : 1;
        for (int e = 0; e < D; e++) {
            double *w = d->in[LP_IN_W] + j * D, x = lp_rng_normal(&d->r);
            w[e] = fit(d, x);
            if (how >= 0 && j > 0) w[e] = how == CLOSE ? nudge(d, w[e - D]) : w[e - D];
            if (how == TINY) w[e] = ldexp(x, -(int)lp_rng_below(&d->r, 900));
            if (how == TINY) w[e] = fit(d, w[e]);
        }
    }
}
static void make(draw *d, lp_format_id format, int family, uint64_t index) {
    *d = (draw){.format = format};
    lp_rng_init(&d->r, 31, (uint64_t)family, index);
    d->k = 1 + (int64_t)lp_rng_below(&d->r, K_MAX);
    for (int64_t i = 0; i < N; i++) {
        double z[K_MAX];
        d->label[i] = (int64_t)lp_rng_below(&d->r, (uint64_t)d->k);
        int base = family < FAMILIES ? family : (int)lp_rng_below(&d->r, FAMILIES);
        if (family == FAMILIES + BALANCED && base == 3) base = 0;
        family_row(z, d->k, d->label[i], base, &d->r);
        for (int64_t j = 0; j < d->k; j++) {
            int64_t at = i * d->k + j;
            double unit = lp_rng_unit(&d->r), normal = lp_rng_normal(&d->r);
            d->in[LP_IN_LOGITS][at] = fit(d, z[j]);
            d->in[LP_IN_V][at] = fit(d, normal);
            d->in[LP_IN_P][at] = positive(d);
            d->in[LP_IN_Q][at] = positive(d);
            d->in[LP_IN_TARGETS][at] = fit(d, unit < 0.3 || isinf(z[j]) ? 0
                                              : unit > 0.8              ? 1
                                                                        : unit);
        }
        if (family >= FAMILIES) make_close(d, i, family - FAMILIES);
        make_teacher(d, i);
        memcpy(d->in[LP_IN_SIM] + i * N, d->in[LP_IN_LOGITS] + i * d->k,
               sizeof(double) * (size_t)(d->k < N ? d->k : N));
        d->in[LP_IN_UPSTREAM][i] = fit(d, lp_rng_normal(&d->r));
    }
    make_scalars(d);
    make_layer(d, family < FAMILIES ? -1 : family - FAMILIES);
}

typedef struct shape {
    lp_op op;
    bool column, labelled;
    uint64_t set;
    lp_reduction reduction;
    uint32_t in, out; /* 1u << role */
} shape;
#define I(role)    (1u << LP_IN_##role)
#define LOSS_GRAD  (LP_OUT_BIT(LP_OUT_LOSS) | LP_OUT_BIT(LP_OUT_GRAD))
#define VALUE_GRAD (LP_OUT_BIT(LP_OUT_VALUE) | LP_OUT_BIT(LP_OUT_GRAD))
#define GRAD_P     LP_OUT_BIT(LP_OUT_GRAD_P)
#define LAYER      (I(X) | I(W) | I(B))
#define LAYER_OUT                                                                                  \
    (LP_OUT_BIT(LP_OUT_LOSS) | LP_OUT_BIT(LP_OUT_GRAD_X) | LP_OUT_BIT(LP_OUT_GRAD_W) |             \
     LP_OUT_BIT(LP_OUT_GRAD_B))

static const shape shapes[] = {
    {LP_OP_SOFTMAX_XENT, false, true, 0, LP_REDUCE_NONE, I(LOGITS), LOSS_GRAD},
    {LP_OP_SOFTMAX_XENT, false, true, P(TEMPERATURE) | P(SMOOTHING) | P(WEIGHTS), LP_REDUCE_NONE,
     I(LOGITS) | I(WEIGHTS), LOSS_GRAD},
    {LP_OP_SOFTMAX_XENT, false, true, P(WEIGHTS) | P(UPSTREAM), LP_REDUCE_MEAN,
     I(LOGITS) | I(WEIGHTS) | I(UPSTREAM), LOSS_GRAD},
    {LP_OP_SOFTMAX, false, false, P(TEMPERATURE), LP_REDUCE_NONE, I(LOGITS) | I(V), VALUE_GRAD},
    {LP_OP_LOG_SOFTMAX, false, false, P(TEMPERATURE), LP_REDUCE_NONE, I(LOGITS) | I(V), VALUE_GRAD},
    {LP_OP_SOFTMAX_XENT_SOFT, false, false, P(SMOOTHING) | P(WEIGHTS), LP_REDUCE_NONE,
     I(LOGITS) | I(TARGETS) | I(WEIGHTS), LOSS_GRAD},
    {LP_OP_SOFTMAX_XENT_SOFT, false, false, 0, LP_REDUCE_NONE, I(LOGITS) | I(TARGETS), LOSS_GRAD},
    {LP_OP_SOFTMAX_XENT_SOFT, false, false, P(TEMPERATURE) | P(UPSTREAM), LP_REDUCE_MEAN,
     I(LOGITS) | I(TARGETS) | I(UPSTREAM), LOSS_GRAD},
    {LP_OP_SOFTMAX_XENT, false, true, P(SMOOTHING), LP_REDUCE_SUM, I(LOGITS), LOSS_GRAD},
    {LP_OP_SOFTMAX_XENT, false, true, P(SMOOTHING) | P(SMOOTHING_RULE) | P(UPSTREAM),
     LP_REDUCE_NONE, I(LOGITS) | I(UPSTREAM), LOSS_GRAD},
    {LP_OP_KL_LOGITS, false, false, P(UPSTREAM), LP_REDUCE_NONE,
     I(LOGITS) | I(TARGETS) | I(UPSTREAM), LOSS_GRAD},
    {LP_OP_KL_LOGITS, false, false, 0, LP_REDUCE_SUM, I(LOGITS) | I(TARGETS), LOSS_GRAD},
    {LP_OP_KL_LOGITS, false, false, 0, LP_REDUCE_MEAN, I(LOGITS) | I(TARGETS), LOSS_GRAD},
    {LP_OP_FOCAL_SOFTMAX, false, true, P(GAMMA) | P(ALPHA_ARRAY), LP_REDUCE_NONE,
     I(LOGITS) | I(ALPHA), LOSS_GRAD},
    {LP_OP_LOGSUMEXP, false, false, 0, LP_REDUCE_NONE, I(LOGITS), VALUE_GRAD},
    {LP_OP_SIGMOID, true, false, 0, LP_REDUCE_NONE, I(LOGITS) | I(V), VALUE_GRAD},
    {LP_OP_LOG_SIGMOID, true, false, 0, LP_REDUCE_NONE, I(LOGITS), VALUE_GRAD},
    {LP_OP_SOFTPLUS, true, false, 0, LP_REDUCE_NONE, I(LOGITS), VALUE_GRAD},
    {LP_OP_BCE_LOGITS, true, false, 0, LP_REDUCE_NONE, I(LOGITS) | I(TARGETS), LOSS_GRAD},
    {LP_OP_BCE_LOGITS, true, false, P(POS_WEIGHT), LP_REDUCE_SUM, I(LOGITS) | I(TARGETS),
     LOSS_GRAD},
    {LP_OP_MULTILABEL_BCE, false, false, P(LABEL_REDUCTION) | P(POS_WEIGHT_ARRAY), LP_REDUCE_MEAN,
     I(LOGITS) | I(TARGETS) | I(POS_WEIGHT), LOSS_GRAD},
    {LP_OP_DISTILL, false, true, P(MIX), LP_REDUCE_NONE, I(LOGITS) | I(TEACHER), LOSS_GRAD},
    {LP_OP_DISTILL, false, true, P(MIX) | P(FORM) | P(TEMPERATURE) | P(UPSTREAM), LP_REDUCE_MEAN,
     I(LOGITS) | I(TEACHER) | I(UPSTREAM), LOSS_GRAD},
    {LP_OP_SOFTMAX_XENT, false, true, P(Z_LOSS), LP_REDUCE_NONE, I(LOGITS), LOSS_GRAD},
    {LP_OP_SOFTMAX_XENT_SOFT, false, false, P(Z_LOSS) | P(TEMPERATURE) | P(WEIGHTS), LP_REDUCE_MEAN,
     I(LOGITS) | I(TARGETS) | I(WEIGHTS), LOSS_GRAD},
    {LP_OP_SOFTMAX_XENT, false, true, P(SOFTCAP), LP_REDUCE_NONE, I(LOGITS), LOSS_GRAD},
    {LP_OP_SOFTMAX_XENT, false, true,
     P(SOFTCAP) | P(SMOOTHING) | P(TEMPERATURE) | P(WEIGHTS) | P(Z_LOSS) | P(UPSTREAM),
     LP_REDUCE_NONE, I(LOGITS) | I(WEIGHTS) | I(UPSTREAM), LOSS_GRAD},
    {LP_OP_SOFTMAX_XENT_SOFT, false, false, P(SOFTCAP), LP_REDUCE_MEAN, I(LOGITS) | I(TARGETS),
     LOSS_GRAD},
    {LP_OP_INFO_NCE, false, false, P(TEMPERATURE), LP_REDUCE_NONE, I(SIM),
     LOSS_GRAD | LP_OUT_BIT(LP_OUT_GRAD_TAU)},
    {LP_OP_INFO_NCE, false, false, P(SYMMETRIC) | P(UPSTREAM), LP_REDUCE_NONE, I(SIM) | I(UPSTREAM),
     LOSS_GRAD | LP_OUT_BIT(LP_OUT_GRAD_TAU)},
    {LP_OP_LINEAR_XENT, false, true, 0, LP_REDUCE_NONE, LAYER, LAYER_OUT},
    {LP_OP_LINEAR_XENT, false, true, P(UPSTREAM), LP_REDUCE_NONE, LAYER | I(UPSTREAM), LAYER_OUT},
    {LP_OP_POLICY_GRAD, false, true, P(ADVANTAGE) | P(ENTROPY_WEIGHT), LP_REDUCE_NONE, I(LOGITS),
     LOSS_GRAD},
    {LP_OP_NLL, false, true, P(UPSTREAM), LP_REDUCE_MEAN, I(Q) | I(UPSTREAM), LOSS_GRAD},
    {LP_OP_BCE_PROB, true, false, 0, LP_REDUCE_SUM, I(P) | I(TARGETS), LOSS_GRAD},
    {LP_OP_KL_GEN, false, false, 0, LP_REDUCE_NONE, I(P) | I(Q), LOSS_GRAD | GRAD_P},
    {LP_OP_KL_GEN, false, false, 0, LP_REDUCE_MEAN, I(P) | I(Q), LOSS_GRAD},
    {LP_OP_BRIER, false, true, 0, LP_REDUCE_SUM, I(P), LP_OUT_BIT(LP_OUT_LOSS)},
    {LP_OP_HINGE, true, true, 0, LP_REDUCE_SUM, I(LOGITS), LOSS_GRAD},
    {LP_OP_HINGE_MULTI, false, true, P(FORM), LP_REDUCE_MEAN, I(LOGITS), LP_OUT_BIT(LP_OUT_LOSS)},
    {LP_OP_LOGISTIC_MARGIN, true, true, 0, LP_REDUCE_SUM, I(LOGITS), LOSS_GRAD},
    {LP_OP_FOCAL_SOFTMAX, false, true, P(GAMMA), LP_REDUCE_MEAN, I(LOGITS), LOSS_GRAD},
    {LP_OP_FOCAL_SIGMOID, true, true, P(GAMMA) | P(ALPHA), LP_REDUCE_SUM, I(LOGITS), LOSS_GRAD},
    {LP_OP_FOCAL_SIGMOID, true, true, P(GAMMA), LP_REDUCE_NONE, I(LOGITS), LOSS_GRAD},
    {LP_OP_ENTROPY, false, false, 0, LP_REDUCE_NONE, I(P), LOSS_GRAD},
    {LP_OP_CROSS_ENTROPY, false, false, 0, LP_REDUCE_NONE, I(P) | I(Q), LOSS_GRAD | GRAD_P},
    {LP_OP_KL_DIV, false, false, P(UPSTREAM), LP_REDUCE_NONE, I(P) | I(Q) | I(UPSTREAM),
     LOSS_GRAD | GRAD_P},
};

static bool same(double a, double b) {
    return isnan(a) ? isnan(b) : a == b;
}
/* An array in the call's format. */
typedef union packed {
    double d[SIZE];
    float f[SIZE];
} packed;
static void pack(packed *p, const double *x, lp_format_id format) {
    for (int i = 0; i < SIZE; i++)
        if (format == LP_BINARY64)
            p->d[i] = x[i];
        else
            p->f[i] = (float)x[i];
}
static double at(const packed *p, int i, lp_format_id format) {
    return format == LP_BINARY64 ? p->d[i] : (double)p->f[i];
}

static int64_t skipped, compared, wrong[LP_OP_COUNT][LP_OUT_COUNT][2];
static void compare(const shape *s, draw *d, const char *where) {
    static packed in[LP_IN_COUNT], ours[LP_OUT_COUNT], exact[LP_OUT_COUNT];
    int64_t k = s->column ? 1 : d->k, undecided = 0, label[N];
    bool square = s->op == LP_OP_INFO_NCE; /* of the first entries */
    if (square && k < N) return;
    if (square) k = N;
    lp_call c = {.size = sizeof c,
                 .op = s->op,
                 .format = (uint32_t)d->format,
                 .n = N,
                 .k = k,
                 .d = D,
                 .set = s->set};
    c.reduction = s->reduction;
    c.param = d->param;
    c.label = s->labelled ? label : NULL;
    bool sign = s->op == LP_OP_HINGE || s->op == LP_OP_LOGISTIC_MARGIN;
    for (int i = 0; i < N; i++) {
        label[i] = s->column ? d->label[i] & 1 : d->label[i];
        if (sign) label[i] = 2 * label[i] - 1;
    }
    for (int i = 0; i < LP_IN_COUNT; i++)
        if (s->in >> i & 1) {
            double x[SIZE]; /* bce_prob wants p in [0, 1] */
            for (int j = 0; j < SIZE; j++)
                x[j] = s->op == LP_OP_BCE_PROB && d->in[i][j] > 1 ? fit(d, 1 / d->in[i][j])
                                                                  : d->in[i][j];
            pack(&in[i], x, d->format);
            c.in[i] = (lp_matrix){&in[i], i == LP_IN_X || i == LP_IN_W ? D : k};
        }
    memset(ours, 0, sizeof ours), memset(exact, 0, sizeof exact);
    for (int o = 0; o < LP_OUT_COUNT; o++)
        if (s->out >> o & 1)
            c.out[o] = (lp_matrix){&exact[o], o == LP_OUT_GRAD_X || o == LP_OUT_GRAD_W ? D : k};
    assert_int_equal(lp_ref_call(&c, 0, &undecided), LP_OK);
    skipped += undecided != 0;
    if (undecided) return;
    for (int o = 0; o < LP_OUT_COUNT; o++)
        if (s->out >> o & 1) c.out[o].data = &ours[o];
    assert_int_equal(lp_loss_call(&c), LP_OK);
    for (int o = 0; o < LP_OUT_COUNT; o++)
        for (int i = 0; i < SIZE && s->out >> o & 1; i++) {
            double x = at(&ours[o], i, d->format), y = at(&exact[o], i, d->format);
            compared++;
            if (same(x, y)) continue;
            if (wrong[s->op][o][d->format]++ == 0)
                print_error("%s op %d set %" PRIx64 " out %d [%d]: %a, exact %a\n", where,
                            (int)s->op, s->set, o, i, x, y);
        }
}

static void test_all(void **state) {
    static draw d;
    static const char *const cancelling[] = {"close", "tiny", "equal", "balanced"};
    (void)state;
    for (int f = 0; f < FAMILIES + CANCELLING; f++)
        for (uint64_t i = 0; i < rows * (f < FAMILIES ? 1 : 4); i++)
            for (int format = LP_BINARY64; format <= LP_BINARY32; format++) {
                make(&d, (lp_format_id)format, f, i);
                char where[80];
                snprintf(where, sizeof where, "%s i %" PRIu64 " k %d format %d",
                         f < FAMILIES ? family_name(f) : cancelling[f - FAMILIES], i, (int)d.k,
                         format);
                for (size_t q = 0; q < sizeof shapes / sizeof *shapes; q++)
                    compare(&shapes[q], &d, where);
            }
    print_message("  %" PRId64 " compared, %" PRId64 " calls undecided by the reference\n",
                  compared, skipped);
    assert_true(skipped * 1000 <= compared);
    int64_t all = 0;
    for (int op = 0; op < LP_OP_COUNT; op++)
        for (int o = 0; o < LP_OUT_COUNT; o++)
            for (int f = 0; f < 2; f++) {
                all += wrong[op][o][f];
                if (wrong[op][o][f])
                    print_error("op %d out %d format %d: %" PRId64 " misrounded\n", op, o, f,
                                wrong[op][o][f]);
            }
    assert_int_equal(all, 0);
}

/* hi on a midpoint of binary32 or beside one, lo on either side: ties, subnormals, the overflow
 * threshold; through sums of logits that are exact but for a tiny rest. */
static void test_midpoints(void **state) {
    static const struct {
        float z[2], loss;
    } c[] = {
        {{16777216, -1}, 16777218},      /* 2^24 + 1 + e^-...: above the midpoint */
        {{0x1p24f, -3}, 0x1.000004p24f}, /* 2^24 + 3: above, to even would be down or up */
        {{0x1.fffffep127f, -0x1p102f}, 0x1.fffffep127f}, /* a quarter of an ulp above */
        {{0x1.fffffep127f, -0x1p103f}, INFINITY},        /* exactly at the threshold, and beyond */
    };
    (void)state;
    for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
        float loss;
        const int64_t label = 1;
        lp_call call = {.size = sizeof call, .op = LP_OP_SOFTMAX_XENT, .format = LP_BINARY32};
        call.n = 1, call.k = 2, call.label = &label;
        call.in[LP_IN_LOGITS] = (lp_matrix){(void *)(uintptr_t)c[i].z, 2};
        call.out[LP_OUT_LOSS] = (lp_matrix){&loss, 1};
        assert_int_equal(lp_loss_call(&call), LP_OK);
        if (loss != c[i].loss) fprintf(stderr, "[%d] %a\n", (int)i, (double)loss);
        assert_true(loss == c[i].loss);
    }
}

/* Rows of soft targets that fill vectors: near and far from softmax's own, few classes with a
 * target, masks, logits beyond the floor of the quick exponentials, an upstream factor. */
enum { LONG = 700 };
typedef union column {
    double d[LONG];
    float f[LONG];
} column;
typedef struct long_row {
    lp_format_id format;
    double z[LONG], t[LONG], up;
    int64_t k;
    bool scaled;
} long_row;
static void make_long(long_row *d, uint64_t index) {
    lp_rng r;
    lp_rng_init(&r, 29, 0, index);
    double spread = index % 5 == 3 ? 90 : 3, offset = index % 7 == 6 ? 200 : 0;
    d->format = index % 2 ? LP_BINARY32 : LP_BINARY64;
    d->k = 2 + (int64_t)lp_rng_below(&r, LONG - 2);
    d->up = (double)(float)ldexp(lp_rng_normal(&r), (int)lp_rng_below(&r, 40) - 20);
    d->scaled = index % 3 == 0;
    for (int64_t j = 0; j < d->k; j++)
        d->z[j] = (double)(float)(offset + spread * lp_rng_normal(&r));
    softmax(d->t, d->z, d->k);
    for (int64_t j = 0; j < d->k; j++) {
        if (index % 5 == 1)
            d->t[j] *= fabs(1 + ldexp(lp_rng_normal(&r), -(int)lp_rng_below(&r, 50)));
        if (d->format == LP_BINARY32) d->t[j] = (double)(float)d->t[j];
        if (index % 5 != 2 || lp_rng_below(&r, 8) == 0) continue;
        d->t[j] = 0;
        if (lp_rng_below(&r, 2)) d->z[j] = -INFINITY;
    }
}
static void put(column *to, lp_format_id format, const double *x, int64_t k) {
    for (int64_t j = 0; j < k; j++)
        if (format == LP_BINARY32)
            to->f[j] = (float)x[j];
        else
            to->d[j] = x[j];
}
static void run_long(double *loss, column *grad, const long_row *d, lp_op op, bool exact) {
    static column z, t, up, y;
    int64_t undecided = 0;
    lp_call c = {.size = sizeof c, .op = op, .format = d->format};
    put(&z, d->format, d->z, d->k);
    put(&t, d->format, d->t, d->k);
    put(&up, d->format, &d->up, 1);
    c.n = 1, c.k = d->k;
    c.in[LP_IN_LOGITS] = (lp_matrix){&z, d->k};
    c.in[LP_IN_TARGETS] = (lp_matrix){&t, d->k};
    if (d->scaled) c.set = P(UPSTREAM), c.in[LP_IN_UPSTREAM] = (lp_matrix){&up, 1};
    c.out[LP_OUT_LOSS] = (lp_matrix){&y, 1};
    c.out[LP_OUT_GRAD] = (lp_matrix){grad, d->k};
    assert_int_equal(exact ? lp_ref_call(&c, 0, &undecided) : lp_loss_call(&c), LP_OK);
    *loss = d->format == LP_BINARY32 ? (double)y.f[0] : y.d[0];
}
static bool same_bits(double a, double b) {
    return (a == b && signbit(a) == signbit(b)) || (isnan(a) && isnan(b));
}
static void test_long_soft(void **state) {
    static long_row d;
    static column got, exact;
    (void)state;
    for (uint64_t index = 0; index < 40 * rows / 8; index++) {
        double loss, want;
        lp_op op = index / 2 % 2 ? LP_OP_KL_LOGITS : LP_OP_SOFTMAX_XENT_SOFT;
        make_long(&d, index);
        run_long(&loss, &got, &d, op, false);
        run_long(&want, &exact, &d, op, true);
        if (!same_bits(loss, want)) fail_msg("row %d: loss %a, exact %a", (int)index, loss, want);
        for (int64_t j = 0; j < d.k; j++) {
            bool single = d.format == LP_BINARY32;
            double a = single ? (double)got.f[j] : got.d[j];
            double b = single ? (double)exact.f[j] : exact.d[j];
            if (!same_bits(a, b))
                fail_msg("row %d, k %d: grad %d: %a, exact %a", (int)index, (int)d.k, (int)j, a, b);
        }
    }
}

int main(int argc, char **argv) {
    if (argc > 1) rows = strtoull(argv[1], NULL, 10);
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_all), cmocka_unit_test(test_midpoints),
                                       cmocka_unit_test(test_long_soft)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
