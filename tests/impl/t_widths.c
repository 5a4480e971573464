/* What the first phase tests its results with is as wide as it has to be: rows made backward from a
 * midpoint of the format, by a parameter that is finer than what the first phase knows. Whether the
 * result lies above or below is then beyond it, and a width that is left out at one place, or on
 * one side, shows as results that are not the reference's. */
#include <lossproof/loss.h>
#include <lossproof/ref.h>

#include "core/rng.h"

#include <math.h>
#include <mpfr.h>
#include <stdbool.h>
#include <stdio.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { K_MAX = 100, DRAWS = 64, BITS = 300 };
#define P(name) LP_PARAM_BIT(LP_PARAM_##name)

/* One row; the result that counts is the loss, or the gradient at `at`. */
typedef struct draw {
    lp_rng r;
    lp_call c;
    double param[LP_PARAM_COUNT], z[K_MAX], t[K_MAX], up;
    int64_t label, at;
    bool first; /* the row's own term counts, else the target's */
    bool loss;
} draw;

/* --- numbers of BITS bits ------------------------------------------------------------------- */

typedef struct number {
    mpfr_t v;
} number;
enum { POOL = 2048 };
static number pool[POOL];
static int used;
static number *fresh(double x) {
    number *n = &pool[used++ % POOL];
    mpfr_set_d(n->v, x, MPFR_RNDN);
    return n;
}
static number *exp_of(double x) {
    number *n = fresh(x);
    mpfr_exp(n->v, n->v, MPFR_RNDN);
    return n;
}
#define OPERATION(name, function)                                                                  \
    static number *name(const number *a, const number *b) {                                        \
        number *n = fresh(0);                                                                      \
        function(n->v, a->v, b->v, MPFR_RNDN);                                                     \
        return n;                                                                                  \
    }
OPERATION(add, mpfr_add)
OPERATION(sub, mpfr_sub)
OPERATION(mul, mpfr_mul)
OPERATION(over, mpfr_div)
static number *log1p_of(const number *a) {
    number *n = fresh(0);
    mpfr_log1p(n->v, a->v, MPFR_RNDN);
    return n;
}
static double value(const number *a) {
    return mpfr_get_d(a->v, MPFR_RNDN);
}
static number *copy(const number *a) {
    return add(a, fresh(0));
}
/* The midpoint between two numbers of the format next below x, or `steps` further down. */
static number *midpoint(const draw *d, const number *x, int steps) {
    int digits = d->c.format == LP_BINARY32 ? 24 : 53;
    number *m = copy(x), *ulp = fresh(0);
    mpfr_prec_round(m->v, digits, MPFR_RNDD);
    mpfr_prec_round(m->v, BITS, MPFR_RNDN);
    mpfr_set_ui_2exp(ulp->v, 1, mpfr_get_exp(m->v) - digits, MPFR_RNDN);
    mpfr_mul_d(ulp->v, ulp->v, steps - 0.5, MPFR_RNDN);
    return sub(m, ulp);
}

/* --- rows ----------------------------------------------------------------------------------- */

static double into(const draw *d, double x) {
    return d->c.format == LP_BINARY32 ? (double)(float)x : x;
}
static double pick(draw *d, double low, double high) {
    return into(d, low + (high - low) * lp_rng_unit(&d->r));
}
/* p of class `at`, and 1 - p. */
static void shares(number **p, number **rest, const draw *d) {
    number *others = fresh(0), *own = fresh(0), *e = fresh(0);
    const double t = d->c.set & P(TEMPERATURE) ? d->param[LP_PARAM_TEMPERATURE] : 1;
    for (int64_t j = 0; j < d->c.k; j++) {
        mpfr_set_d(e->v, d->z[j], MPFR_RNDN);
        mpfr_div_d(e->v, e->v, t, MPFR_RNDN);
        mpfr_exp(e->v, e->v, MPFR_RNDN);
        mpfr_add(j == d->at ? own->v : others->v, j == d->at ? own->v : others->v, e->v, MPFR_RNDN);
    }
    *p = over(own, add(others, own));
    *rest = over(others, add(others, own));
}
static void set_logits(draw *d) {
    for (int64_t j = 0; j < d->c.k; j++) d->z[j] = pick(d, -2, 2);
    d->c.set |= P(UPSTREAM);
    d->up = d->c.format == LP_BINARY32 && d->first ? pick(d, 1, 2) : 1;
}
/* p/T of class `at`. */
static number *tempered(const draw *d, double temperature) {
    number *t = fresh(temperature), *sum = fresh(0), *e = fresh(0), *own = fresh(0);
    for (int64_t j = 0; j < d->c.k; j++) {
        mpfr_set_d(e->v, d->z[j], MPFR_RNDN);
        mpfr_div(e->v, e->v, t->v, MPFR_RNDN);
        mpfr_exp(e->v, e->v, MPFR_RNDN);
        mpfr_add(sum->v, sum->v, e->v, MPFR_RNDN);
        if (j == d->at) mpfr_set(own->v, e->v, MPFR_RNDN);
    }
    return over(over(own, sum), t);
}
/* up (p - s/K)/T for a class, up ((K - 1)/K s - (1 - p))/T for the label; s small, or so large that
 * the other term is some 2^-60 of it. */
static void smooth_over(draw *d, double temperature) {
    const bool own = d->at == d->label, single = d->c.format == LP_BINARY32;
    number *p, *rest, *k = fresh((double)d->c.k), *up, *s;
    double size = !d->first ? 0.2 : single ? 0x1p-20 : 0x1p-50;
    d->c.op = LP_OP_SOFTMAX_XENT;
    d->c.set = P(SMOOTHING);
    set_logits(d);
    if (temperature != 1) d->c.set |= P(TEMPERATURE);
    d->param[LP_PARAM_TEMPERATURE] = temperature;
    if (!d->first) d->z[d->at] = into(d, d->z[d->at] + (own ? 48 : -42) * temperature);
    shares(&p, &rest, d);
    up = over(fresh(d->up), fresh(temperature));
    number *part = own ? over(sub(k, fresh(1)), k) : over(fresh(1), k);
    number *whole = own ? sub(fresh(0), rest) : p;
    number *goal = mul(part, fresh(size * (1 + lp_rng_unit(&d->r))));
    number *m = midpoint(d, mul(up, own ? add(whole, goal) : sub(whole, goal)), 1);
    s = own ? sub(over(m, up), whole) : sub(whole, over(m, up));
    d->param[LP_PARAM_SMOOTHING] = value(over(s, part));
}
static void smooth(draw *d) {
    smooth_over(d, 1);
}
static void smooth_tempered(draw *d) {
    smooth_over(d, 1 + lp_rng_unit(&d->r));
}
/* p/T of a class far below the label, by T: a distance's own rounding over T is more than the test
 * is wide. Of the next T around the zero of p/T - m, the best. */
static void temper(draw *d) {
    double scale = 0, best = 1;
    d->c.op = LP_OP_SOFTMAX_XENT;
    d->c.set = P(TEMPERATURE);
    set_logits(d);
    d->c.set = P(TEMPERATURE);
    d->z[d->at] = into(d, pick(d, -60, -50));
    double t = 1 + lp_rng_unit(&d->r) / 4;
    number *m = midpoint(d, tempered(d, t), 1);
    for (int i = 0; i < 4; i++) {
        number *g = tempered(d, t), *off = sub(m, g);
        scale = value(sub(tempered(d, t * (1 + 0x1p-30)), g)) * 0x1p30;
        t *= 1 + value(off) / scale;
    }
    for (int i = -8; i <= 8; i++) {
        double near = t * (1 + i * 0x1p-52), off = fabs(value(over(sub(m, tempered(d, near)), m)));
        if (off < best) best = off, d->param[LP_PARAM_TEMPERATURE] = near;
    }
}
/* up (p T - t), T = 1 + t + t': of one class with a target of 1, this class's t and another's t',
 * which is finer. Or t up is on a midpoint, and p 2^-60 of it. */
static void soft(draw *d) {
    int64_t finer = d->label ^ 1;
    number *p, *rest;
    d->c.op = LP_OP_SOFTMAX_XENT_SOFT;
    d->c.set = 0;
    set_logits(d);
    d->t[d->label] = 1;
    if (!d->first) {
        double digits = d->c.format == LP_BINARY32 ? 0x1p24 : 0x1p53;
        d->z[d->at] -= d->c.format == LP_BINARY32 ? 42 : 80;
        d->t[d->at] = 3; /* three times an odd number of [1/3, 2/3] 2^24 has 25 bits */
        d->up = (2 * floor(digits * (0.17 + lp_rng_unit(&d->r) / 8)) + 1) / digits;
        return;
    }
    shares(&p, &rest, d);
    number *up = fresh(d->up), *m = over(midpoint(d, mul(up, p), 3), up);
    double t = value(over(sub(p, m), rest));
    d->t[d->at] = d->c.format == LP_BINARY32 ? (double)nextafterf((float)t, 1) : t * (1 + 0x1p-52);
    number *target = fresh(d->t[d->at]);
    d->t[finer] = into(d, value(sub(sub(over(add(m, target), p), fresh(1)), target)));
}

/* weight of the label, alpha or 1 - alpha, times r^gamma l or r^gamma (gamma p l + r). */
static void focal(draw *d) {
    const bool single = d->c.format == LP_BINARY32;
    double gamma = (double)lp_rng_below(&d->r, 7);
    d->c.op = LP_OP_FOCAL_SIGMOID;
    d->c.set = P(GAMMA) | P(ALPHA);
    d->param[LP_PARAM_GAMMA] = gamma;
    d->label = single && d->first;
    d->z[0] = single ? pick(d, -6, 6) : pick(d, -6, -5); /* where log1p is worst */
    double x = d->label ? d->z[0] : -d->z[0];
    number *w = exp_of(-x), *one = fresh(1), *all = add(one, w), *l = log1p_of(w);
    number *p = over(one, all), *r = over(w, all);
    number *size = d->loss ? l : add(mul(mul(fresh(gamma), p), l), r);
    for (int i = 0; i < (int)gamma; i++) size = mul(size, r);
    number *m = midpoint(d, size, d->label ? (int)lp_rng_below(&d->r, 1 << 22) : 1);
    number *weight = over(m, size);
    d->param[LP_PARAM_ALPHA] = value(d->label ? weight : sub(one, weight));
}

/* Classes by whose logits a result is tuned, so far below the others that each moves it by some of
 * what a step of the one before leaves; and the sum of the others' exponentials but the label's. */
enum { TUNED = 3 };
typedef struct tuning {
    int64_t class[TUNED];
    number *fixed;
} tuning;
static tuning tuning_of(draw *d) {
    static const double depth[2][TUNED] = {{-27, -55, -80}, {-7, -17, -27}};
    tuning t = {.fixed = fresh(0)};
    for (int64_t j = 0, n = 0; j < d->c.k; j++) {
        if (j != d->label && j != d->at && n < TUNED) {
            d->z[j] = depth[d->c.format == LP_BINARY32][n];
            t.class[n++] = j;
        } else if (j != d->label) {
            t.fixed = add(t.fixed, exp_of(d->z[j]));
        }
    }
    return t;
}
/* alpha q^gamma l, or alpha q^gamma (gamma p l + q), of a class p_j/q of that. */
static number *focal_share(const draw *d, const tuning *t) {
    number *others = copy(t->fixed), *own = exp_of(d->z[d->label]);
    for (int i = 0; i < TUNED; i++) others = add(others, exp_of(d->z[t->class[i]]));
    number *all = add(others, own), *p = over(own, all), *q = over(others, all);
    number *l = log1p_of(over(others, own));
    number *size = add(mul(mul(fresh(d->param[LP_PARAM_GAMMA]), p), l), q);
    if (d->loss) size = l;
    if (!d->loss && d->at != d->label) size = over(mul(size, over(exp_of(d->z[d->at]), all)), q);
    for (int i = 0; i < (int)d->param[LP_PARAM_GAMMA]; i++) size = mul(size, q);
    return mul(size, fresh(d->param[LP_PARAM_ALPHA]));
}
/* To where the result is m. */
static void tune(draw *d, const tuning *t, const number *m) {
    for (int i = 0; i < 4 * TUNED; i++) {
        double *z = &d->z[t->class[i / 4]], at = *z;
        number *g = focal_share(d, t), *off = sub(m, g);
        *z = at + 0x1p-10;
        double step = 0x1p-10 * value(over(off, sub(focal_share(d, t), g)));
        *z = into(d, at + fmax(-1, fmin(1, step)));
    }
}
static void focal_softmax(draw *d) {
    d->c.op = LP_OP_FOCAL_SOFTMAX;
    set_logits(d);
    d->c.set = P(GAMMA) | P(ALPHA);
    d->param[LP_PARAM_GAMMA] = 1 + (double)lp_rng_below(&d->r, 6);
    d->param[LP_PARAM_ALPHA] = lp_rng_below(&d->r, 2) ? 1 : into(d, 1 - lp_rng_unit(&d->r) / 2);
    /* p small, else near 1 */
    d->z[d->label] = d->first ? pick(d, -3, -1) : pick(d, 6, 10);
    tuning t = tuning_of(d);
    tune(d, &t, midpoint(d, focal_share(d, &t), 1));
}

/* (1 - y) a + q y b with a little y, q from it; the gradient (1 - y) w' - q y r. */
static void bce(draw *d) {
    const bool single = d->c.format == LP_BINARY32;
    d->c.op = LP_OP_BCE_LOGITS;
    d->c.set = P(POS_WEIGHT);
    d->z[0] = single || !d->loss ? pick(d, -6, 6) : pick(d, -6, -5);
    d->t[0] = into(d, pick(d, 1, 2) * (single ? 0x1p-24 : 0x1p-50));
    number *w = exp_of(d->z[0]), *one = fresh(1), *all = add(one, w), *y = fresh(d->t[0]);
    number *a = d->loss ? log1p_of(w) : over(w, all);
    number *b = d->loss ? log1p_of(over(one, w)) : over(one, all);
    number *main = mul(sub(one, y), a), *m = midpoint(d, main, d->loss ? -1 : 2);
    number *rest = d->loss ? sub(m, main) : sub(main, m);
    d->param[LP_PARAM_POS_WEIGHT] = value(over(rest, mul(y, b)));
}

/* --- both ways ------------------------------------------------------------------------------ */

typedef union array {
    double d[K_MAX];
    float f[K_MAX];
} array;
static array pack(const double *x, const draw *d, int64_t n) {
    array a = {.d = {0}};
    for (int64_t i = 0; i < n; i++) {
        if (d->c.format == LP_BINARY32)
            a.f[i] = (float)x[i];
        else
            a.d[i] = x[i];
    }
    return a;
}
static double run(const draw *d, bool reference) {
    array z = pack(d->z, d, d->c.k), t = pack(d->t, d, d->c.k), up = pack(&d->up, d, 1);
    array loss = {.d = {0}}, grad = {.d = {0}};
    lp_call c = d->c;
    int64_t undecided = 0, label = d->label;
    bool labelled =
        c.op == LP_OP_SOFTMAX_XENT || c.op == LP_OP_FOCAL_SIGMOID || c.op == LP_OP_FOCAL_SOFTMAX;
    c.param = d->param;
    if (labelled) c.label = &label;
    c.in[LP_IN_LOGITS] = (lp_matrix){&z, c.k};
    if (!labelled) c.in[LP_IN_TARGETS] = (lp_matrix){&t, c.k};
    if (c.set & P(UPSTREAM)) c.in[LP_IN_UPSTREAM] = (lp_matrix){&up, 1};
    c.out[LP_OUT_LOSS] = (lp_matrix){&loss, 1};
    c.out[LP_OUT_GRAD] = (lp_matrix){&grad, c.k};
    assert_int_equal(reference ? lp_ref_call(&c, 0, &undecided) : lp_loss_call(&c), LP_OK);
    assert_int_equal(undecided, 0);
    const array *out = d->loss ? &loss : &grad;
    int64_t at = d->loss ? 0 : d->at;
    return c.format == LP_BINARY32 ? (double)out->f[at] : out->d[at];
}

typedef struct subject {
    const char *name;
    void (*make)(draw *d);
    int64_t k;
    bool own, first, loss;
} subject;
static const subject subjects[] = {
    {"smooth", smooth, 10, false, true, false},
    {"smooth", smooth, 100, false, true, false},
    {"smoothing", smooth, 8, false, false, false},
    {"smoothing", smooth, 96, false, false, false},
    {"own", smooth, 10, true, true, false},
    {"own", smooth, 100, true, true, false},
    {"own smoothing", smooth, 8, true, false, false},
    {"own smoothing", smooth, 96, true, false, false},
    {"soft", soft, 10, false, true, false},
    {"soft", soft, 100, false, true, false},
    {"target", soft, 10, false, false, false},
    {"target", soft, 100, false, false, false},
    {"temper", temper, 10, false, true, false},
    {"temper", temper, 100, false, true, false},
    {"smooth over T", smooth_tempered, 10, false, true, false},
    {"smooth over T", smooth_tempered, 100, false, true, false},
    {"smoothing over T", smooth_tempered, 96, false, false, false},
    {"own over T", smooth_tempered, 100, true, true, false},
    {"own smoothing over T", smooth_tempered, 96, true, false, false},
    {"focal", focal, 1, false, true, true},
    {"focal", focal, 1, false, true, false},
    {"focal", focal, 1, false, false, true},
    {"focal", focal, 1, false, false, false},
    {"focal softmax", focal_softmax, 10, true, true, true},
    {"focal softmax", focal_softmax, 10, true, false, true},
    {"focal softmax own", focal_softmax, 10, true, true, false},
    {"focal softmax own", focal_softmax, 10, true, false, false},
    {"focal softmax", focal_softmax, 10, false, true, false},
    {"focal softmax", focal_softmax, 10, false, false, false},
    {"focal softmax", focal_softmax, 100, true, false, true},
    {"focal softmax own", focal_softmax, 100, true, false, false},
    {"focal softmax", focal_softmax, 100, false, true, false},
    {"focal softmax", focal_softmax, 100, false, false, false},
    {"bce", bce, 1, false, true, true},
    {"bce", bce, 1, false, true, false},
};
static int misrounded(const subject *s, lp_format_id format) {
    int bad = 0;
    for (uint64_t index = 0; index < DRAWS; index++) {
        draw d = {.c = {.size = sizeof d.c, .format = format, .n = 1, .k = s->k},
                  .first = s->first,
                  .loss = s->loss};
        lp_rng_init(&d.r, 83, (uint64_t)(s - subjects), index);
        d.label = (int64_t)lp_rng_below(&d.r, (uint64_t)s->k);
        d.at = s->own || s->k == 1 ? d.label : (d.label ^ 2) % s->k;
        if (s->k == 1) d.at = 0;
        s->make(&d);
        double got = run(&d, false), exact = run(&d, true);
        if (got == exact) continue;
        if (bad++ == 0)
            print_message("  %s k %d binary%d: %a, exact %a\n", s->name, (int)s->k,
                          format == LP_BINARY32 ? 32 : 64, got, exact);
    }
    return bad;
}
static void look(lp_format_id format) {
    int bad = 0;
    for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++)
        bad += misrounded(&subjects[i], format);
    assert_int_equal(bad, 0);
}
static void test_binary32(void **state) {
    (void)state;
    look(LP_BINARY32);
}
static void test_binary64(void **state) {
    (void)state;
    look(LP_BINARY64);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_binary32),
                                       cmocka_unit_test(test_binary64)};
    for (int i = 0; i < POOL; i++) mpfr_init2(pool[i].v, BITS);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    for (int i = 0; i < POOL; i++) mpfr_clear(pool[i].v);
    return failed;
}
