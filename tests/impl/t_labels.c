/* bce_logits, multilabel_bce, focal_sigmoid, focal_softmax and short rows of softmax_xent_soft by
 * the dozen: every loss and gradient is the reference's, in both formats, labels 0, 1 and between,
 * with weights, upstream factors, sums and means, whole vectors and what is left of them; rows with
 * NaN and infinities between others; in place or not.
 *
 *   t_impl_labels [rounds]   default 300 */
#include <lossproof/loss.h>
#include <lossproof/ref.h>

#include "tests/impl/families.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { N_MAX = 80, SIZE = 4 * N_MAX };
#define P(name) LP_PARAM_BIT(LP_PARAM_##name)
static uint64_t rounds = 300;

typedef union array {
    double d[SIZE];
    float f[SIZE];
} array;
typedef struct draw {
    lp_rng r;
    lp_call c;
    double param[LP_PARAM_COUNT];
    array z, y, q, up;
    int64_t label[N_MAX];
} draw;
typedef struct answer {
    array loss, grad;
} answer;

static double get(const array *a, uint32_t format, int64_t i) {
    return format == LP_BINARY32 ? (double)a->f[i] : a->d[i];
}
static double put(array *a, uint32_t format, int64_t i, double x) {
    float f = (float)x;
    if (format == LP_BINARY64)
        a->d[i] = x;
    else
        a->f[i] = isinf(f) && !isinf(x) ? 1 : f;
    return get(a, format, i);
}

/* 0 or 1; anything; next to what makes the gradient 0. */
static double label_for(draw *d, double z, uint64_t kind) {
    double unit = lp_rng_unit(&d->r);
    if (kind == 0 || lp_rng_below(&d->r, 4) == 0) return (double)lp_rng_below(&d->r, 2);
    if (kind == 1) return unit;
    if (kind == 2) return ldexp(unit, -(int)lp_rng_below(&d->r, 1060));
    return fmin(1, 1 / (1 + exp(-z)) * (1 + (double)lp_rng_below(&d->r, 3) * 0x1p-52));
}
static double special(draw *d, double x) {
    static const double these[] = {NAN, INFINITY, -INFINITY};
    return lp_rng_below(&d->r, 40) ? x : these[lp_rng_below(&d->r, 3)];
}
/* gamma is a whole number, most of the time such as lanes take. */
static void make_focal(draw *d) {
    lp_call *c = &d->c;
    double unit = lp_rng_unit(&d->r);
    c->op = LP_OP_FOCAL_SIGMOID;
    c->set = (c->set & P(UPSTREAM)) | P(GAMMA);
    c->label = d->label;
    c->in[LP_IN_TARGETS].data = NULL;
    if (lp_rng_below(&d->r, 4)) c->set |= P(ALPHA);
    d->param[LP_PARAM_ALPHA] = lp_rng_below(&d->r, 8) ? unit : 4 * unit - 2;
    d->param[LP_PARAM_GAMMA] = (double)lp_rng_below(&d->r, 9);
    if (lp_rng_below(&d->r, 8) == 0) d->param[LP_PARAM_GAMMA] = 4 * unit;
    for (int64_t i = 0; i < c->n; i++) d->label[i] = (int64_t)lp_rng_below(&d->r, 2);
}
/* Targets next to what makes the gradient 0, some of the time; masks that have none. */
static void make_soft(draw *d) {
    lp_call *c = &d->c;
    c->op = LP_OP_SOFTMAX_XENT_SOFT;
    c->in[LP_IN_POS_WEIGHT].data = NULL;
    c->set &= P(UPSTREAM);
    for (int64_t i = 0; i < c->n; i++) {
        double sum = 0;
        bool near = lp_rng_below(&d->r, 4) == 0, masked = lp_rng_below(&d->r, 4) == 0;
        for (int64_t j = i * c->k; j < (i + 1) * c->k; j++) sum += exp(get(&d->z, c->format, j));
        for (int64_t j = i * c->k; j < (i + 1) * c->k; j++) {
            double p = exp(get(&d->z, c->format, j)) / sum, unit = lp_rng_unit(&d->r);
            p *= 1 + ldexp(unit, -(int)lp_rng_below(&d->r, 53)); /* and some digits cancel */
            if (near && p <= 1) put(&d->y, c->format, j, p);
            if (!masked || lp_rng_below(&d->r, 4)) continue;
            put(&d->z, c->format, j, -INFINITY);
            put(&d->y, c->format, j, 0);
        }
    }
}
/* Of so few classes or so many, and weights of each or of all. */
static void make_focal_softmax(draw *d) {
    lp_call *c = &d->c;
    make_focal(d);
    c->op = LP_OP_FOCAL_SOFTMAX;
    c->in[LP_IN_POS_WEIGHT].data = NULL;
    if (lp_rng_below(&d->r, 3) == 0) {
        c->set = (c->set & ~P(ALPHA)) | P(ALPHA_ARRAY);
        c->in[LP_IN_ALPHA] = (lp_matrix){&d->q, c->k};
    }
    for (int64_t i = 0; i < c->n; i++) d->label[i] = (int64_t)lp_rng_below(&d->r, (uint64_t)c->k);
    if (lp_rng_below(&d->r, 4)) return;
    c->set |= P(IGNORE_INDEX);
    c->ignore_index = (int64_t)lp_rng_below(&d->r, (uint64_t)c->k);
}
typedef enum subject { ONE, MANY, FOCAL, SOFT, FOCAL_SOFTMAX } subject;
static void make(draw *d, uint64_t index, uint32_t format, subject what) {
    bool wide = what == MANY || what >= SOFT;
    lp_rng_init(&d->r, 71 + (uint64_t)what, format, index);
    lp_call *c = &d->c;
    int64_t n = wide ? 1 + (int64_t)lp_rng_below(&d->r, 4) : (int64_t)lp_rng_below(&d->r, N_MAX);
    int64_t k = wide ? 1 + (int64_t)lp_rng_below(&d->r, N_MAX) : 1;
    if (what == SOFT) n *= 9, k = 2 + (int64_t)lp_rng_below(&d->r, 7);
    if (what == FOCAL_SOFTMAX && index % 4) n *= 9, k = 1 + (int64_t)lp_rng_below(&d->r, 8);
    if (what == FOCAL_SOFTMAX && index % 4 == 0) k = 60 + (int64_t)lp_rng_below(&d->r, 20);
    uint64_t kind = lp_rng_below(&d->r, 5) % 4, options = lp_rng_u64(&d->r);
    bool dirty = lp_rng_below(&d->r, 4) == 0;
    *c = (lp_call){.size = sizeof *c, .format = format, .n = n, .k = k, .param = d->param};
    c->op = wide ? LP_OP_MULTILABEL_BCE : LP_OP_BCE_LOGITS;
    c->reduction = (uint32_t)(options & 3) % 3;
    if (options & 4) c->set |= P(UPSTREAM);
    if (options & 8) c->set |= wide && options & 16 ? P(POS_WEIGHT_ARRAY) : P(POS_WEIGHT);
    if (wide && options & 32) c->set |= P(LABEL_REDUCTION);
    d->param[LP_PARAM_LABEL_REDUCTION] = 1;
    d->param[LP_PARAM_POS_WEIGHT] = options & 64 ? 3 : family_positive(&d->r);
    int family = lp_rng_below(&d->r, 3) ? 0 : (int)lp_rng_below(&d->r, 7);
    for (int64_t i = 0; i < n * k; i++) {
        double z = put(&d->z, format, i, family_logit(family, &d->r));
        put(&d->y, format, i, label_for(d, z, kind));
        if (dirty) put(&d->z, format, i, special(d, z));
    }
    for (int64_t j = 0; j < k; j++)
        put(&d->q, format, j, options & 128 ? 2 : family_positive(&d->r));
    for (int64_t i = 0; i <= n; i++) {
        double up = lp_rng_normal(&d->r);
        int far = lp_rng_below(&d->r, 8) ? 0 : (int)lp_rng_below(&d->r, 800) - 400;
        put(&d->up, format, i, ldexp(up, far));
    }
    c->in[LP_IN_LOGITS] = (lp_matrix){&d->z, k};
    c->in[LP_IN_TARGETS] = (lp_matrix){&d->y, k};
    if (c->set & P(UPSTREAM)) c->in[LP_IN_UPSTREAM] = (lp_matrix){&d->up, 1};
    if (c->set & P(POS_WEIGHT_ARRAY)) c->in[LP_IN_POS_WEIGHT] = (lp_matrix){&d->q, k};
    if (what == FOCAL) make_focal(d);
    if (what == SOFT) make_soft(d);
    if (what == FOCAL_SOFTMAX) make_focal_softmax(d);
}

typedef enum way { REFERENCE, PLAIN, LOSS_ONLY, GRAD_ONLY, IN_PLACE, OVER_TARGETS, WAYS } way;
static void run(answer *a, const draw *d, way w) {
    draw copy = *d;
    lp_call c = d->c;
    int64_t undecided = 0;
    memset(a, 0, sizeof *a);
    c.in[LP_IN_LOGITS].data = &copy.z;
    if (c.in[LP_IN_TARGETS].data) c.in[LP_IN_TARGETS].data = &copy.y;
    array *grad = w == IN_PLACE ? &copy.z : w == OVER_TARGETS ? &copy.y : &a->grad;
    if (w != GRAD_ONLY) c.out[LP_OUT_LOSS] = (lp_matrix){&a->loss, 1};
    if (w != LOSS_ONLY) c.out[LP_OUT_GRAD] = (lp_matrix){grad, c.k};
    assert_int_equal(w == REFERENCE ? lp_ref_call(&c, 0, &undecided) : lp_loss_call(&c), LP_OK);
    assert_int_equal(undecided, 0);
    a->grad = *grad;
}
/* An exact 0 is +0; what was rounded to 0 may have either sign. */
static void equal(const array *got, const array *want, int64_t count, const draw *d,
                  const char *what) {
    for (int64_t i = 0; i < count; i++) {
        double a = get(got, d->c.format, i), b = get(want, d->c.format, i);
        if (isnan(b) ? isnan(a) : a == b) continue;
        fail_msg("%s %d: %a, exact %a; binary%d n %d k %d op %d reduction %d set %#llx z %a y %a",
                 what, (int)i, a, b, d->c.format == LP_BINARY32 ? 32 : 64, (int)d->c.n, (int)d->c.k,
                 (int)d->c.op, (int)d->c.reduction, (unsigned long long)d->c.set,
                 get(&d->z, d->c.format, i), get(&d->y, d->c.format, i));
    }
}

static void labels(subject what) {
    static const char *const name[] = {"",          "plain",    "loss only",
                                       "grad only", "in place", "over targets"};
    static draw d;
    static answer exact, got;
    for (uint64_t index = 0; index < rounds; index++)
        for (uint32_t format = 0; format < 2; format++) {
            make(&d, index, format, what);
            run(&exact, &d, REFERENCE);
            for (way w = PLAIN; w < WAYS; w++) {
                if (w > PLAIN && index % 4) continue;
                run(&got, &d, w);
                int64_t losses = d.c.reduction ? 1 : d.c.n;
                if (w != GRAD_ONLY) equal(&got.loss, &exact.loss, losses, &d, name[w]);
                if (w != LOSS_ONLY) equal(&got.grad, &exact.grad, d.c.n * d.c.k, &d, name[w]);
            }
        }
}
static void test_one(void **state) {
    (void)state;
    labels(ONE);
}
static void test_many(void **state) {
    (void)state;
    labels(MANY);
}
static void test_focal(void **state) {
    (void)state;
    labels(FOCAL);
}

static void test_soft(void **state) {
    (void)state;
    labels(SOFT);
}
static void test_focal_softmax(void **state) {
    (void)state;
    labels(FOCAL_SOFTMAX);
}

int main(int argc, char **argv) {
    if (argc > 1) rounds = strtoull(argv[1], NULL, 10);
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_one), cmocka_unit_test(test_many),
                                       cmocka_unit_test(test_focal), cmocka_unit_test(test_soft),
                                       cmocka_unit_test(test_focal_softmax)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
