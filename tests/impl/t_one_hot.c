/* Correct rounding of one-hot softmax_xent and of bce_logits with y in {0, 1}: every component of
 * every row is the reference's, over adversarial families, those whose results lie next to
 * midpoints among them (K = 2^m, logits some ulps apart), both formats, short and long rows, all
 * options that keep a row one-hot; and the same bits whatever is asked for beside, in place or not,
 * with a stride, in another order of classes.
 *
 *   t_impl_one_hot [millions of gradient components]   default 1 */
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

enum { N = 3, K_MAX = 4100, STRIDE = K_MAX + 3 };
#define P(name) LP_PARAM_BIT(LP_PARAM_##name)

static double wanted = 1e6;

/* Rows of one format. Widths of floats are used where the format is binary32. */
typedef struct rows {
    lp_format_id format;
    int64_t n, k, stride, label[N], ignore;
    uint64_t set;
    lp_reduction reduction;
    double param[LP_PARAM_COUNT];
    double z[N * STRIDE], w[K_MAX], up[N], y[N];
} rows;
typedef struct answer {
    double loss[N], grad[N * STRIDE];
} answer;

static int64_t pick_k(lp_rng *r) {
    switch (lp_rng_below(r, 64)) {
    case 0:
        return 65 + (int64_t)lp_rng_below(r, 1000);
    case 1:
        return 1 << lp_rng_below(r, 13);
    case 2:
        return lp_rng_below(r, 16) ? 60 + (int64_t)lp_rng_below(r, 100)
                                   : K_MAX - (int64_t)lp_rng_below(r, 10);
    default:
        return lp_rng_below(r, 3) ? 1 + (int64_t)lp_rng_below(r, 20) : 1 << lp_rng_below(r, 7);
    }
}

static double into(lp_format_id format, double x) {
    if (format == LP_BINARY64) return x;
    float f = (float)x;
    return isinf(f) && !isinf(x) ? 1 : (double)f;
}
/* In binary32 logits some of its ulps apart instead. */
static void fill_row(rows *d, int64_t i, int family, lp_rng *r) {
    double *z = d->z + i * d->stride, base = 1 + lp_rng_unit(r);
    family_row(z, d->k, d->label[i], family, r);
    if (d->format == LP_BINARY32 && family == 7) {
        base = ldexp(base, (int)lp_rng_below(r, 12) - 4);
        for (int64_t j = 0; j < d->k; j++)
            z[j] = (double)(float)base * (1 + (double)lp_rng_below(r, 4) * 0x1p-23);
    }
    for (int64_t j = 0; j < d->k; j++) z[j] = into(d->format, z[j]);
}
static void make(rows *d, int family, uint64_t index, lp_format_id format) {
    lp_rng r;
    lp_rng_init(&r, 61 + (uint64_t)format, (uint64_t)family, index);
    *d = (rows){.format = format, .k = pick_k(&r)};
    d->n = d->k > 200 ? 1 : 1 + (int64_t)lp_rng_below(&r, N);
    d->stride = d->k + (int64_t)lp_rng_below(&r, 4);
    uint64_t options = lp_rng_below(&r, 2) ? 0 : lp_rng_u64(&r);
    if (options & 1) d->set |= P(WEIGHTS);
    if (options & 2) d->set |= P(UPSTREAM);
    if ((options & 12) == 12) d->set |= P(TEMPERATURE);
    if ((options & 48) == 48) d->set |= P(IGNORE_INDEX);
    if ((options & 384) == 384) d->set |= P(SMOOTHING) | P(SMOOTHING_RULE);
    d->reduction = options & 64 ? LP_REDUCE_MEAN : LP_REDUCE_NONE;
    d->ignore = (int64_t)lp_rng_below(&r, (uint64_t)d->k);
    double t = 1 + lp_rng_unit(&r);
    d->param[LP_PARAM_TEMPERATURE] = ldexp(t, (int)lp_rng_below(&r, 20) - 10);
    d->param[LP_PARAM_SMOOTHING] = options & 512 ? 0.1 : family_positive(&r);
    if (!(d->param[LP_PARAM_SMOOTHING] <= 1)) d->param[LP_PARAM_SMOOTHING] = 0.5;
    d->param[LP_PARAM_SMOOTHING_RULE] = options & 1024 ? 1 : 0;
    for (int64_t j = 0; j < d->k; j++) d->w[j] = into(format, family_positive(&r));
    for (int64_t i = 0; i < d->n; i++) {
        double up = lp_rng_normal(&r);
        d->label[i] = (int64_t)lp_rng_below(&r, (uint64_t)d->k);
        d->up[i] = into(format, up);
        fill_row(d, i, family, &r);
    }
}

/* Arrays in the call's format, and room behind them. */
typedef union array {
    double d[(N + 1) * STRIDE];
    float f[(N + 1) * STRIDE];
    unsigned char byte[(N + 1) * STRIDE * 8];
} array;
enum { POISON = 0x5A };
static size_t bytes(const rows *d, int64_t count) {
    return (size_t)count * (d->format == LP_BINARY32 ? 4 : 8);
}
/* Nothing between the rows nor in a row's length behind them was written. */
static void untouched(const array *a, const rows *d) {
    bool clean = true;
    for (int64_t i = 0; i < d->n; i++) {
        size_t end = bytes(d, (i + 1 + (i + 1 == d->n)) * d->stride);
        for (size_t at = bytes(d, i * d->stride + d->k); at < end; at++)
            clean &= a->byte[at] == POISON;
    }
    assert_true(clean);
}
static void pack(array *a, lp_format_id format, const double *x, int64_t n) {
    for (int64_t i = 0; i < n; i++) {
        if (format == LP_BINARY32)
            a->f[i] = (float)x[i];
        else
            a->d[i] = x[i];
    }
}
static void unpack(double *x, const array *a, lp_format_id format, int64_t n) {
    for (int64_t i = 0; i < n; i++) x[i] = format == LP_BINARY32 ? (double)a->f[i] : a->d[i];
}

typedef enum way { REFERENCE, PLAIN, LOSS_ONLY, GRAD_ONLY, IN_PLACE } way;
static void run(answer *out, const rows *d, lp_op op, way w) {
    static array z, weights, up, y, loss, grad;
    int64_t size = d->n * d->stride, undecided = 0;
    lp_call c = {.size = sizeof c, .op = op, .format = d->format, .reduction = d->reduction};
    c.n = d->n, c.k = d->k, c.set = d->set, c.param = d->param;
    c.label = op == LP_OP_SOFTMAX_XENT ? d->label : NULL;
    c.ignore_index = d->ignore;
    pack(&z, d->format, d->z, size);
    pack(&weights, d->format, d->w, d->k);
    pack(&up, d->format, d->up, d->n);
    pack(&y, d->format, d->y, d->n);
    memset(&loss, 0, (size_t)d->n * 8);
    memset(&grad, POISON, bytes(d, size + d->stride));
    c.in[LP_IN_LOGITS] = (lp_matrix){&z, d->stride};
    if (op == LP_OP_BCE_LOGITS) c.in[LP_IN_TARGETS] = (lp_matrix){&y, 1};
    if (d->set & P(WEIGHTS)) c.in[LP_IN_WEIGHTS] = (lp_matrix){&weights, d->k};
    if (d->set & P(UPSTREAM)) c.in[LP_IN_UPSTREAM] = (lp_matrix){&up, 1};
    if (w != GRAD_ONLY) c.out[LP_OUT_LOSS] = (lp_matrix){&loss, 1};
    if (w != LOSS_ONLY) c.out[LP_OUT_GRAD] = (lp_matrix){w == IN_PLACE ? &z : &grad, d->stride};
    assert_int_equal(w == REFERENCE ? lp_ref_call(&c, 0, &undecided) : lp_loss_call(&c), LP_OK);
    assert_int_equal(undecided, 0);
    if (w != LOSS_ONLY && w != IN_PLACE) untouched(&grad, d);
    unpack(out->loss, &loss, d->format, d->n);
    unpack(out->grad, w == IN_PLACE ? &z : &grad, d->format, size);
}

static bool same(double a, double b) {
    return isnan(a) ? isnan(b) : a == b;
}
static void equal(const answer *got, const answer *want, const rows *d, bool loss, bool grad,
                  const char *what) {
    for (int64_t i = 0; i < d->n; i++) {
        if (loss && !same(got->loss[i], want->loss[i])) {
            fprintf(stderr, "%s: loss %d: %a, exact %a\n", what, (int)i, got->loss[i],
                    want->loss[i]);
            fail();
        }
        for (int64_t j = 0; grad && j < d->k; j++) {
            int64_t at = i * d->stride + j;
            /* an exact 0 is +0; what was rounded to 0 may have either sign */
            bool mask = d->z[at] == -INFINITY && !(d->set & P(SMOOTHING));
            bool minus = mask && want->grad[at] == 0 && signbit(got->grad[at]);
            if (same(got->grad[at], want->grad[at]) && !minus) continue;
            fprintf(stderr, "%s: grad %d %d: %a, exact %a\n", what, (int)i, (int)j, got->grad[at],
                    want->grad[at]);
            fail();
        }
    }
}

/* Any class is exchanged with another. */
static void reorder(rows *d, lp_rng *r) {
    for (int64_t j = d->k - 1; j > 0; j--) {
        int64_t other = (int64_t)lp_rng_below(r, (uint64_t)j + 1);
        for (int64_t i = 0; i < d->n; i++) {
            double *z = d->z + i * d->stride, t = z[j];
            z[j] = z[other], z[other] = t;
            int64_t *c = &d->label[i];
            *c = *c == j ? other : *c == other ? j : *c;
        }
    }
}

static void one(answer *exact, rows *d, int family, uint64_t index) {
    static answer got;
    char what[120];
    /* a mean of losses is faithful only (loss.h), as is one over signed weights */
    bool loss = d->reduction == LP_REDUCE_NONE;
    snprintf(what, sizeof what, "binary%d %s i %" PRIu64 " k %d set %#" PRIx64 " reduction %d",
             d->format == LP_BINARY32 ? 32 : 64, family_name(family), index, (int)d->k, d->set,
             (int)d->reduction);
    run(exact, d, LP_OP_SOFTMAX_XENT, REFERENCE);
    run(&got, d, LP_OP_SOFTMAX_XENT, PLAIN);
    equal(&got, exact, d, loss, true, what);
    if (index % 8 == 0) {
        run(&got, d, LP_OP_SOFTMAX_XENT, LOSS_ONLY);
        equal(&got, exact, d, loss, false, what);
        run(&got, d, LP_OP_SOFTMAX_XENT, GRAD_ONLY);
        equal(&got, exact, d, false, true, what);
        run(&got, d, LP_OP_SOFTMAX_XENT, IN_PLACE);
        equal(&got, exact, d, loss, true, what);
    }
    if (index % 8 == 1 && !(d->set & (P(WEIGHTS) | P(IGNORE_INDEX)))) {
        lp_rng r;
        lp_rng_init(&r, 65, (uint64_t)family, index);
        reorder(d, &r);
        run(&got, d, LP_OP_SOFTMAX_XENT, PLAIN);
        equal(&got, exact, d, loss, false, what);
    }
}

static void softmax_xent(lp_format_id format) {
    static rows d;
    static answer exact;
    double components = 0, rounds = 0;
    for (uint64_t index = 0; components < wanted / 2; index++, rounds++)
        for (int f = 0; f < FAMILIES; f++) {
            /* the family next to midpoints more often */
            for (uint64_t more = 0; more < (f == 7 ? 3 : 1); more++) {
                make(&d, f, 3 * index + more, format);
                one(&exact, &d, f, 3 * index + more);
                components += (double)(d.n * d.k);
            }
        }
    print_message("  %.0f gradient components, %.0f rounds of families\n", components, rounds);
}
static void test_binary64(void **state) {
    (void)state;
    softmax_xent(LP_BINARY64);
}
static void test_binary32(void **state) {
    (void)state;
    softmax_xent(LP_BINARY32);
}

static void test_bce(void **state) {
    static rows d;
    static answer exact, got;
    (void)state;
    for (uint64_t index = 0; index < (uint64_t)(wanted / 20); index++) {
        int family = (int)(index % 7);
        lp_rng r;
        lp_rng_init(&r, 66, (uint64_t)family, index);
        d = (rows){.format = lp_rng_below(&r, 2) ? LP_BINARY32 : LP_BINARY64, .n = N, .k = 1};
        d.stride = 1;
        for (int i = 0; i < N; i++) {
            double z = family_logit(family, &r);
            d.z[i] = into(d.format, z);
            d.y[i] = (double)lp_rng_below(&r, 2);
        }
        run(&exact, &d, LP_OP_BCE_LOGITS, REFERENCE);
        run(&got, &d, LP_OP_BCE_LOGITS, PLAIN);
        char what[80];
        snprintf(what, sizeof what, "bce binary%d family %d i %" PRIu64 " z %a y %g",
                 d.format == LP_BINARY32 ? 32 : 64, family, index, d.z[0], d.y[0]);
        equal(&got, &exact, &d, true, true, what);
    }
}

/* A late class that is in doubt, so that its row has to be read again when its first classes could
 * be overwritten already. */
static void test_in_place(void **state) {
    static rows d;
    static answer exact, got;
    (void)state;
    for (uint64_t index = 0; index < 64; index++) {
        lp_format_id format = index & 1 ? LP_BINARY32 : LP_BINARY64;
        lp_rng r;
        lp_rng_init(&r, 67, 0, index);
        d = (rows){
            .format = format, .n = 1, .k = 300 + 100 * (int64_t)(index % 32), .reduction = 0};
        d.stride = d.k;
        d.label[0] = index & 8 ? d.k - 1 : 0;
        d.set = index & 2 ? P(TEMPERATURE) : 0;
        d.param[LP_PARAM_TEMPERATURE] = 1.5;
        for (int64_t j = 0; j < d.k; j++) d.z[j] = into(format, lp_rng_normal(&r));
        /* a subnormal result, or beside few others a midpoint's neighbour */
        if (index & 4)
            d.z[d.k - 2] = index & 1 ? -90 : -715;
        else
            for (int64_t j = 0; j < d.k; j++)
                d.z[j] =
                    j < d.k - 8 ? -1e30 : 1 + (double)(j & 1) * (index & 1 ? 0x1p-23 : 0x1p-52);
        for (int64_t j = 0; j < d.k; j++) d.z[j] = into(format, d.z[j]);
        run(&exact, &d, LP_OP_SOFTMAX_XENT, REFERENCE);
        run(&got, &d, LP_OP_SOFTMAX_XENT, IN_PLACE);
        equal(&got, &exact, &d, true, true, "in place");
    }
}

/* Of 2^m classes, half of them a unit in the last place above the others, every one is next to a
 * midpoint: 2^-m (1 +- 2^-53) and some 2^-106 of it. Nothing lies at the floor, so that the
 * rounding test alone tells. */
static void test_midpoints(void **state) {
    static rows d;
    static answer exact, got;
    (void)state;
    for (int index = 0; index < 16; index++) {
        lp_format_id format = index & 1 ? LP_BINARY32 : LP_BINARY64;
        d = (rows){.format = format, .n = 2, .k = INT64_C(128) << (index / 4), .label = {0, 100}};
        d.stride = d.k;
        for (int64_t j = 0; j < 2 * d.k; j++)
            d.z[j] = 1 + (double)((index & 2 ? j / 16 : j) & 1) * (index & 1 ? 0x1p-23 : 0x1p-52);
        run(&exact, &d, LP_OP_SOFTMAX_XENT, REFERENCE);
        run(&got, &d, LP_OP_SOFTMAX_XENT, PLAIN);
        equal(&got, &exact, &d, true, true, "midpoints");
        run(&got, &d, LP_OP_SOFTMAX_XENT, IN_PLACE);
        equal(&got, &exact, &d, true, true, "midpoints in place");
    }
}

/* Several rows that are too long for the stack, whose exponentials lie over gradients to come. */
static void test_long_rows(void **state) {
    static rows d;
    static answer exact, got;
    (void)state;
    for (uint64_t index = 0; index < 64; index++) {
        lp_format_id format = index & 1 ? LP_BINARY32 : LP_BINARY64;
        lp_rng r;
        lp_rng_init(&r, 68, 0, index);
        d = (rows){.format = format, .n = N, .k = K_MAX - (int64_t)lp_rng_below(&r, 8)};
        d.stride = d.k + (index & 2 ? 3 : 0);
        if (index & 4) d.set = P(IGNORE_INDEX);
        if (index & 16) d.set |= P(TEMPERATURE);
        if (index & 32) d.set |= P(SMOOTHING);
        d.param[LP_PARAM_TEMPERATURE] = 0.5 + 2 * lp_rng_unit(&r);
        d.param[LP_PARAM_SMOOTHING] = 0.1;
        for (int i = 0; i < N; i++) {
            d.label[i] = (int64_t)lp_rng_below(&r, (uint64_t)d.k);
            fill_row(&d, i, index & 8 ? 0 : (int)lp_rng_below(&r, FAMILIES), &r);
        }
        d.ignore = d.label[index % N];
        run(&exact, &d, LP_OP_SOFTMAX_XENT, REFERENCE);
        run(&got, &d, LP_OP_SOFTMAX_XENT, PLAIN);
        equal(&got, &exact, &d, true, true, "long rows");
        run(&got, &d, LP_OP_SOFTMAX_XENT, IN_PLACE);
        equal(&got, &exact, &d, true, true, "long rows in place");
    }
}

/* Smoothed labels at the logits that their targets are the softmax of, or next to them: both terms
 * of a gradient are the same but for what rounds, and only their widths tell that nothing is sure.
 */
static void test_balanced(void **state) {
    static rows d;
    static answer exact, got;
    (void)state;
    for (uint64_t index = 0; index < 96; index++) {
        lp_format_id format = index & 1 ? LP_BINARY32 : LP_BINARY64;
        lp_rng r;
        lp_rng_init(&r, 69, 0, index);
        d = (rows){.format = format, .n = N, .set = P(SMOOTHING) | P(SMOOTHING_RULE)};
        d.k = index & 2 ? 8 + (int64_t)lp_rng_below(&r, 57) : 65 + (int64_t)lp_rng_below(&r, 300);
        d.stride = d.k;
        d.reduction = index & 4 ? LP_REDUCE_MEAN : LP_REDUCE_NONE;
        double smoothing = 0.05 + lp_rng_unit(&r) / 2, k = (double)d.k;
        d.param[LP_PARAM_SMOOTHING] = smoothing;
        d.param[LP_PARAM_SMOOTHING_RULE] = index & 8 ? 1 : 0;
        double other = smoothing / (index & 8 ? k - 1 : k);
        double label = index & 8 ? 1 - smoothing : 1 - smoothing + other;
        for (int i = 0; i < N; i++) {
            d.label[i] = (int64_t)lp_rng_below(&r, (uint64_t)d.k);
            double base = i == 0 ? 0 : lp_rng_normal(&r);
            bool apart = index & 16; /* the label and another are not balanced, the rest is */
            int64_t raised = (d.label[i] + 1) % d.k;
            for (int64_t j = 0; j < d.k; j++) {
                double share = j == d.label[i] ? label - (apart ? 2 * other : 0) : other;
                if (apart && j == raised) share = 3 * other;
                d.z[i * d.k + j] = into(format, base + log(share / other));
            }
        }
        run(&exact, &d, LP_OP_SOFTMAX_XENT, REFERENCE);
        run(&got, &d, LP_OP_SOFTMAX_XENT, PLAIN);
        equal(&got, &exact, &d, d.reduction == LP_REDUCE_NONE, true, "balanced");
        run(&got, &d, LP_OP_SOFTMAX_XENT, IN_PLACE);
        equal(&got, &exact, &d, d.reduction == LP_REDUCE_NONE, true, "balanced in place");
    }
}

/* Over a temperature: classes so far below that what their distance leaves out is large too, labels
 * without a distance, and numbers that are none. */
static void test_far_tempered(void **state) {
    static const double edge[] = {-1e150, -1e152, -INFINITY, NAN, INFINITY, 1e200};
    static rows d;
    static answer exact, got;
    (void)state;
    for (uint64_t index = 0; index < 384; index++) {
        lp_format_id format = index & 1 ? LP_BINARY32 : LP_BINARY64;
        lp_rng r;
        lp_rng_init(&r, 70, 0, index);
        const int64_t k = index / 96 % 2 ? 70 : 5;
        d = (rows){.format = format, .n = N, .k = k, .stride = k, .set = P(TEMPERATURE)};
        if (index >= 192) d.set |= P(SMOOTHING);
        d.param[LP_PARAM_SMOOTHING] = 0.1;
        d.param[LP_PARAM_TEMPERATURE] = 0.5 + 2 * lp_rng_unit(&r);
        for (int i = 0; i < N; i++) {
            double far = i == 1 ? 0 : edge[index / 2 % 6];
            for (int64_t j = 0; j < k; j++) d.z[i * k + j] = lp_rng_normal(&r);
            d.z[i * k + 3] =
                format == LP_BINARY32 && isfinite(far) && far != 0 ? copysign(3e38, far) : far;
            d.label[i] = index / 12 % 2 ? 3 : 1;
            for (int64_t j = 0; j < k; j++) d.z[i * k + j] = into(format, d.z[i * k + j]);
        }
        run(&exact, &d, LP_OP_SOFTMAX_XENT, REFERENCE);
        run(&got, &d, LP_OP_SOFTMAX_XENT, PLAIN);
        for (int i = 0; i < N; i++) assert_true(same(got.loss[i], exact.loss[i]));
        for (int i = 0; i < N * k; i++) assert_true(same(got.grad[i], exact.grad[i]));
        run(&got, &d, LP_OP_SOFTMAX_XENT, LOSS_ONLY); /* gradients are in doubt at the floor */
        for (int i = 0; i < N; i++) assert_true(same(got.loss[i], exact.loss[i]));
    }
}

/* Over a temperature: rows that lie far from 0, a class of a subnormal result among them, and
 * smoothed ones whose loss is half made of distances that no double holds. */
static void test_aside_tempered(void **state) {
    static rows d;
    static answer exact, got;
    (void)state;
    for (uint64_t index = 0; index < 512; index++) {
        lp_format_id format = index & 1 ? LP_BINARY32 : LP_BINARY64;
        lp_rng r;
        lp_rng_init(&r, 72, 0, index);
        const int64_t k = index & 2 ? 70 : 9;
        d = (rows){.format = format, .n = N, .k = k, .stride = k, .set = P(TEMPERATURE)};
        if (index & 4) d.set |= P(SMOOTHING);
        d.param[LP_PARAM_SMOOTHING] = 0.7;
        double t = d.param[LP_PARAM_TEMPERATURE] = 1.5 + lp_rng_unit(&r);
        double aside = index & 4 ? 0 : index & 8 ? 3000 : -3000;
        double deep = index & 1 ? -90 : -708 - 30 * lp_rng_unit(&r);
        for (int i = 0; i < N; i++) {
            d.label[i] = (int64_t)lp_rng_below(&r, (uint64_t)k);
            for (int64_t j = 0; j < k; j++) {
                bool low = !(index & 4) && j == 2;
                double z = aside + (low ? deep * t : lp_rng_normal(&r));
                d.z[i * k + j] = into(format, z);
            }
        }
        run(&exact, &d, LP_OP_SOFTMAX_XENT, REFERENCE);
        run(&got, &d, LP_OP_SOFTMAX_XENT, PLAIN);
        equal(&got, &exact, &d, true, true, "aside");
        run(&got, &d, LP_OP_SOFTMAX_XENT, IN_PLACE);
        equal(&got, &exact, &d, true, true, "aside, in place");
    }
}

/* Three halves of the least subnormal, less what no limb holds: a label far below its equals. */
static void test_far_label(void **state) {
    static rows d;
    static answer exact, got;
    (void)state;
    d = (rows){.format = LP_BINARY64, .n = 2, .k = 5, .stride = 5, .label = {3, 3}};
    d.set = P(WEIGHTS);
    d.reduction = LP_REDUCE_MEAN;
    d.w[3] = 0x3p-1074;
    d.z[3] = d.z[8] = -0x1p1000;
    d.z[4] = d.z[9] = -0x1p999; /* so that neither sum of exponentials is exact */
    run(&exact, &d, LP_OP_SOFTMAX_XENT, REFERENCE);
    run(&got, &d, LP_OP_SOFTMAX_XENT, PLAIN);
    assert_true(exact.grad[3] == -0x1p-1074);
    equal(&got, &exact, &d, false, true, "far label");
}

int main(int argc, char **argv) {
    if (argc > 1) wanted = 1e6 * atof(argv[1]);
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_binary64),
                                       cmocka_unit_test(test_binary32),
                                       cmocka_unit_test(test_bce),
                                       cmocka_unit_test(test_in_place),
                                       cmocka_unit_test(test_midpoints),
                                       cmocka_unit_test(test_long_rows),
                                       cmocka_unit_test(test_balanced),
                                       cmocka_unit_test(test_far_tempered),
                                       cmocka_unit_test(test_aside_tempered),
                                       cmocka_unit_test(test_far_label)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
