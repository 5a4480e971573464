/* distill's fast phase. What its results are tested with is as wide as it has to be: rows are made
 * backward from a midpoint of the format, next to which the student's logits of classes far below
 * the others move a result by less than what the fast phase knows; a width that is left out at one
 * place shows as results that are not the reference's. Its sums are off by what their comments say.
 * And in place, where every row goes the slow way, results are the same. */
#include <lossproof/loss.h>
#include <lossproof/ref.h>

#include "core/rng.h"
#include "impl/distill_short.h"

#include <math.h>
#include <mpfr.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { K_MAX = 300, N = 40, SHORT_K = 64, SIZE = N * SHORT_K, BITS = 300, TUNED = 3, DRAWS = 8 };
#define P(name) LP_PARAM_BIT(LP_PARAM_##name)

typedef union array {
    double d[SIZE];
    float f[SIZE];
} array;
typedef struct draw {
    lp_rng r;
    bool single, kl, loss;
    int64_t n, k, at, label[N];
    double z[SIZE], y[SIZE], up[N], temperature, mix;
    uint32_t reduction;
    bool upstream;
} draw;

static double into(const draw *d, double x) {
    return d->single ? (double)(float)x : x;
}
static double pick(draw *d, double low, double high) {
    return into(d, low + (high - low) * lp_rng_unit(&d->r));
}
static void pack(array *a, const draw *d, const double *x, int64_t n) {
    for (int64_t i = 0; i < n; i++)
        if (d->single)
            a->f[i] = (float)x[i];
        else
            a->d[i] = x[i];
}

typedef enum way { FAST, IN_PLACE, REFERENCE } way;
typedef struct answer {
    array loss, grad;
} answer;
static void run(answer *a, const draw *d, way how) {
    static array z, y, up;
    double param[LP_PARAM_COUNT] = {
        [LP_PARAM_TEMPERATURE] = d->temperature, [LP_PARAM_MIX] = d->mix, [LP_PARAM_FORM] = d->kl};
    lp_call c = {.size = sizeof c, .op = LP_OP_DISTILL, .n = d->n, .k = d->k, .param = param};
    int64_t undecided = 0;
    memset(a, 0, sizeof *a);
    pack(&z, d, d->z, d->n * d->k);
    pack(&y, d, d->y, d->n * d->k);
    pack(&up, d, d->up, d->n);
    if (how == IN_PLACE) a->grad = z;
    c.format = d->single ? LP_BINARY32 : LP_BINARY64;
    c.reduction = d->reduction;
    c.label = d->label;
    c.set = P(TEMPERATURE) | P(MIX) | P(FORM);
    if (d->upstream) c.set |= P(UPSTREAM);
    c.in[LP_IN_LOGITS] = (lp_matrix){how == IN_PLACE ? &a->grad : &z, d->k};
    c.in[LP_IN_TEACHER] = (lp_matrix){&y, d->k};
    if (d->upstream) c.in[LP_IN_UPSTREAM] = (lp_matrix){&up, 1};
    c.out[LP_OUT_LOSS] = (lp_matrix){&a->loss, 1};
    c.out[LP_OUT_GRAD] = (lp_matrix){&a->grad, d->k};
    assert_int_equal(how == REFERENCE ? lp_ref_call(&c, 0, &undecided) : lp_loss_call(&c), LP_OK);
    assert_int_equal(undecided, 0);
}

/* --- next to a midpoint ---------------------------------------------------------------------- */

typedef struct softmax {
    mpfr_t all, own, log; /* sum of exponentials over the largest, that of `at`, log of the sum */
    double top;
} softmax;
enum { STUDENT, TEACHER, HARD, ROWS };
static softmax rows[ROWS];
static mpfr_t e, sum, goal, now, term;

/* (a - b)/T */
static void set_gap(mpfr_t x, double a, double b, double temperature) {
    mpfr_set_d(x, a, MPFR_RNDN);
    mpfr_sub_d(x, x, b, MPFR_RNDN);
    mpfr_div_d(x, x, temperature, MPFR_RNDN);
}
static void set_row(softmax *s, const double *z, int64_t k, int64_t at, double temperature) {
    s->top = z[0];
    for (int64_t j = 1; j < k; j++) s->top = fmax(s->top, z[j]);
    mpfr_set_zero(s->all, 1);
    for (int64_t j = 0; j < k; j++) {
        set_gap(e, z[j], s->top, temperature);
        mpfr_exp(e, e, MPFR_RNDN);
        mpfr_add(s->all, s->all, e, MPFR_RNDN);
        if (j == at) mpfr_set(s->own, e, MPFR_RNDN);
    }
    mpfr_log(s->log, s->all, MPFR_RNDN);
}
/* r += c (a/b - less), c = (1 - mix) T^power where `soft`, else mix */
static void add_part(mpfr_t r, const mpfr_t x, const draw *d, bool soft, int power) {
    mpfr_set_d(term, soft ? 1 : d->mix, MPFR_RNDN);
    if (soft) mpfr_sub_d(term, term, d->mix, MPFR_RNDN);
    for (int i = 0; i < power; i++) mpfr_mul_d(term, term, d->temperature, MPFR_RNDN);
    mpfr_mul(term, term, x, MPFR_RNDN);
    mpfr_add(r, r, term, MPFR_RNDN);
}
static void set_loss(mpfr_t r, const draw *d) {
    mpfr_set(sum, rows[HARD].log, MPFR_RNDN);
    mpfr_add_d(sum, sum, rows[HARD].top, MPFR_RNDN);
    mpfr_sub_d(sum, sum, d->z[d->label[0]], MPFR_RNDN);
    add_part(r, sum, d, false, 0);
    mpfr_set_zero(sum, 1);
    for (int64_t j = 0; j < d->k; j++) { /* t_j ((z_a - z_j)/T - [kl] (y_b - y_j)/T) */
        set_gap(term, rows[STUDENT].top, d->z[j], d->temperature);
        set_gap(e, d->y[j], rows[TEACHER].top, d->temperature);
        if (d->kl) mpfr_add(term, term, e, MPFR_RNDN);
        mpfr_exp(e, e, MPFR_RNDN);
        mpfr_mul(term, term, e, MPFR_RNDN);
        mpfr_add(sum, sum, term, MPFR_RNDN);
    }
    mpfr_div(sum, sum, rows[TEACHER].all, MPFR_RNDN);
    mpfr_add(sum, sum, rows[STUDENT].log, MPFR_RNDN);
    if (d->kl) mpfr_sub(sum, sum, rows[TEACHER].log, MPFR_RNDN);
    add_part(r, sum, d, true, 2);
}
static void set_gradient(mpfr_t r, const draw *d) {
    mpfr_div(sum, rows[HARD].own, rows[HARD].all, MPFR_RNDN);
    if (d->at == d->label[0]) mpfr_sub_ui(sum, sum, 1, MPFR_RNDN);
    add_part(r, sum, d, false, 0);
    mpfr_div(sum, rows[STUDENT].own, rows[STUDENT].all, MPFR_RNDN);
    mpfr_div(e, rows[TEACHER].own, rows[TEACHER].all, MPFR_RNDN);
    mpfr_sub(sum, sum, e, MPFR_RNDN);
    add_part(r, sum, d, true, 1);
}
static void set_result(mpfr_t r, const draw *d) {
    set_row(&rows[STUDENT], d->z, d->k, d->at, d->temperature);
    set_row(&rows[TEACHER], d->y, d->k, d->at, d->temperature);
    set_row(&rows[HARD], d->z, d->k, d->at, 1);
    mpfr_set_zero(r, 1);
    if (d->loss)
        set_loss(r, d);
    else
        set_gradient(r, d);
}
/* The midpoint next below. */
static void set_midpoint(mpfr_t m, const mpfr_t x, const draw *d) {
    const int digits = d->single ? 24 : 53;
    mpfr_set(m, x, MPFR_RNDN);
    mpfr_prec_round(m, digits, MPFR_RNDD);
    mpfr_prec_round(m, BITS, MPFR_RNDN);
    mpfr_set_ui_2exp(term, 1, mpfr_get_exp(m) - digits - 1, MPFR_RNDN);
    mpfr_sub(m, m, term, MPFR_RNDN);
}
/* Each class by some of what a step of the one before leaves. */
static void tune(draw *d, const int64_t *class) {
    set_result(now, d);
    set_midpoint(goal, now, d);
    for (int i = 0; i < 4 * TUNED; i++) {
        double *z = &d->z[class[i / 4]], at = *z;
        mpfr_t off, slope;
        mpfr_inits2(BITS, off, slope, (mpfr_ptr)0);
        set_result(now, d);
        mpfr_sub(off, goal, now, MPFR_RNDN);
        *z = at + 0x1p-10;
        set_result(slope, d);
        mpfr_sub(slope, slope, now, MPFR_RNDN);
        mpfr_div(off, off, slope, MPFR_RNDN);
        double step = 0x1p-10 * mpfr_get_d(off, MPFR_RNDN);
        *z = into(d, at + fmax(-1, fmin(1, step)));
        mpfr_clears(off, slope, (mpfr_ptr)0);
    }
}

typedef struct subject {
    const char *name;
    double mix; /* 0.25: some, below 1 */
    bool kl, tempered, loss;
    enum {
        CLASS,
        LABEL,
        TOP,
        APART
    } at; /* TOP: a class that is the label and the largest of
           both; APART: the largest are two */
} subject;
static const subject subjects[] = {
    {"ce", 0.25, false, true, true, CLASS},
    {"kl", 0.25, true, true, true, CLASS},
    {"ce alone", 0, false, true, true, CLASS},
    {"kl alone", 0, true, true, true, CLASS},
    {"kl, T = 1", 0.25, true, false, true, TOP},
    {"ce, mix 2", 2, false, true, true, LABEL},
    {"hard alone", 1, false, true, true, LABEL},
    {"gradient", 0.25, false, true, false, CLASS},
    {"alone", 0, false, true, false, CLASS},
    {"T = 1", 0.25, false, false, false, CLASS},
    {"mix 2", 2, false, true, false, CLASS},
    {"hard", 1, false, true, false, CLASS},
    {"label", 0.25, false, true, false, LABEL},
    {"label, T = 1", 0.25, false, false, false, LABEL},
    {"top", 0.25, false, true, false, TOP},
    {"top alone", 0, false, true, false, TOP},
    {"top, T = 1", 0.25, false, false, false, TOP},
    {"apart", 0, false, true, true, APART}, /* the lag is all there is */
};
static void make(draw *d, const subject *s, int64_t k, bool single, uint64_t index) {
    static const double depth[2][TUNED] = {{-27, -55, -80}, {-7, -17, -27}};
    *d = (draw){.single = single, .kl = s->kl, .loss = s->loss, .n = 1, .k = k};
    lp_rng_init(&d->r, 97, (uint64_t)(s - subjects) * 1000 + (uint64_t)k, index);
    int64_t class[TUNED];
    d->label[0] = (int64_t)lp_rng_below(&d->r, (uint64_t)k);
    d->at = s->at == CLASS ? (d->label[0] + 1) % k : d->label[0];
    d->temperature = s->tempered ? 1 + lp_rng_unit(&d->r) : 1;
    d->mix = s->mix == 0.25 ? 0.2 + 0.5 * lp_rng_unit(&d->r) : s->mix;
    for (int64_t j = 0; j < k; j++) {
        d->z[j] = pick(d, -2, 2);
        d->y[j] = pick(d, -2, 2);
    }
    if (s->at == TOP) d->z[d->at] = pick(d, 6, 12), d->y[d->at] = pick(d, 5, 14);
    if (s->at == APART) d->z[d->at] = 60, d->y[(d->at + 1) % k] = 2;
    for (int i = 0; i < TUNED; i++) {
        class[i] = (d->label[0] + 2 + i) % k;
        d->z[class[i]] = into(d, depth[single][i] * (s->mix == 1 ? 1 : d->temperature));
        d->y[class[i]] = pick(d, -60, -40); /* beside which t_j (z_a - z_j) moves little */
        if (s->at != APART) continue;
        d->y[class[i]] = into(d, 2 + depth[single][i] * d->temperature);
        d->z[class[i]] = pick(d, -2, 2);
    }
    tune(d, class);
}
/* The row `copies` times, and so its results. */
static void repeat(draw *d, answer *a, int64_t copies) {
    const size_t size = d->single ? 4 : 8, row = (size_t)d->k * size;
    for (int64_t i = 1; i < copies; i++) {
        d->label[i] = d->label[0];
        memcpy(d->z + i * d->k, d->z, (size_t)d->k * sizeof *d->z);
        memcpy(d->y + i * d->k, d->y, (size_t)d->k * sizeof *d->y);
        memcpy((char *)&a->loss + (size_t)i * size, &a->loss, size);
        memcpy((char *)&a->grad + (size_t)i * row, &a->grad, row);
    }
    d->n = copies;
}
static int misrounded(const subject *s, int64_t k, int64_t copies, bool single) {
    static draw d;
    static answer fast, exact;
    int bad = 0;
    for (uint64_t i = 0; i < DRAWS; i++) {
        make(&d, s, k, single, i);
        run(&exact, &d, REFERENCE);
        repeat(&d, &exact, copies);
        run(&fast, &d, FAST);
        if (memcmp(&fast, &exact, sizeof fast) == 0) continue;
        const array *x = d.loss ? &fast.loss : &fast.grad, *y = d.loss ? &exact.loss : &exact.grad;
        const int64_t at = d.loss ? 0 : d.at;
        if (bad++ == 0)
            print_message("  %s, k %d, binary%d: %a, exact %a\n", s->name, (int)k, single ? 32 : 64,
                          single ? (double)x->f[at] : x->d[at],
                          single ? (double)y->f[at] : y->d[at]);
    }
    return bad;
}
static void test_midpoints(void **state) {
    int bad = 0;
    (void)state;
    for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++)
        for (int single = 0; single < 2; single++) {
            bad += misrounded(&subjects[i], 9, 1, single);
            bad += misrounded(&subjects[i], 10, 20, single); /* a row a lane, and some left */
            bad += misrounded(&subjects[i], 100, 1, single);
        }
    assert_int_equal(bad, 0);
}

/* --- sums ------------------------------------------------------------------------------------ */

/* |got - x| over |x|, or over `size` where that is not 0, as a power of two */
static double off(lp_dd got, const mpfr_t x, double size) {
    mpfr_set_d(term, got.hi, MPFR_RNDN);
    mpfr_add_d(term, term, got.lo, MPFR_RNDN);
    mpfr_sub(term, term, x, MPFR_RNDN);
    if (size == 0)
        mpfr_div(term, term, x, MPFR_RNDN);
    else
        mpfr_div_d(term, term, size, MPFR_RNDN);
    return log2(fabs(mpfr_get_d(term, MPFR_RNDA)) + 0x1p-300);
}
static double mass_off(const lp_distill_mass *m, const double *z, int64_t k, double temperature) {
    set_row(&rows[HARD], z, k, 0, temperature);
    mpfr_sub_d(rows[HARD].all, rows[HARD].all, m->ties, MPFR_RNDN);
    return off(m->below, rows[HARD].all, 0);
}
static double lag_off(const lp_distill_sums *s, const draw *d) {
    mpfr_set_zero(sum, 1);
    for (int64_t j = 0; j < d->k; j++) {
        set_gap(now, rows[STUDENT].top, d->z[j], 1);
        set_gap(e, rows[TEACHER].top, d->y[j], 1);
        if (d->kl) mpfr_sub(now, now, e, MPFR_RNDN);
        mpfr_div_d(e, e, -d->temperature, MPFR_RNDN);
        mpfr_exp(e, e, MPFR_RNDN);
        mpfr_mul(now, now, e, MPFR_RNDN);
        mpfr_add(sum, sum, now, MPFR_RNDN);
    }
    return off(s->lag, sum, s->size);
}
static void test_sums(void **state) {
    static draw d;
    static array z, y;
    static lp_distill_rows all;
    (void)state;
    for (int single = 0; single < 2; single++) {
        double mass = -300, lag = -300, log = -300;
        for (uint64_t i = 0; i < 600; i++) {
            d = (draw){.single = single, .kl = i & 1};
            lp_rng_init(&d.r, 98, (uint64_t)single, i);
            const bool lanes = i & 2; /* the same row in each */
            d.k = 2 + (int64_t)lp_rng_below(&d.r, (lanes ? SHORT_K : K_MAX) - 1);
            d.temperature = lp_rng_below(&d.r, 4) ? 0.5 + 4 * lp_rng_unit(&d.r) : 1;
            double wide = ldexp(lp_rng_unit(&d.r), (int)lp_rng_below(&d.r, 8)) / 2;
            for (int64_t j = 0; j < d.k; j++) {
                d.z[j] = pick(&d, -wide, wide);
                d.y[j] = pick(&d, -wide, wide);
            }
            pack(&z, &d, d.z, d.k);
            pack(&y, &d, d.y, d.k);
            lp_distill_pair r = {&z, &y, single, .hard = true, .soft = true, .kl = d.kl, .k = d.k};
            r.temperature = d.temperature;
            r.inverse = 1 / d.temperature;
            lp_distill_sums s;
            if (lanes) {
                lp_distill_rows_set(&all, &r, 0, 0);
                if (!lp_distill_rows_get(&s, &r, &all, (int64_t)(i % LP_DISTILL_LANES))) continue;
            } else {
                if (!lp_distill_tame(&r)) continue;
                lp_distill_sum(&s, NULL, &r);
            }
            mass = fmax(mass, mass_off(&s.p, d.z, d.k, 1));
            mass = fmax(mass, mass_off(&s.s, d.z, d.k, d.temperature));
            mass = fmax(mass, mass_off(&s.t, d.y, d.k, d.temperature));
            set_row(&rows[STUDENT], d.z, d.k, 0, d.temperature);
            set_row(&rows[TEACHER], d.y, d.k, 0, d.temperature);
            lag = fmax(lag, lag_off(&s, &d));
            if (lanes) log = fmax(log, off(s.s.log, rows[STUDENT].log, 0));
        }
        print_message("binary%d: masses 2^%.2f, lags 2^%.2f, logarithms 2^%.2f\n", single ? 32 : 64,
                      mass, lag, log);
        assert_true(mass <= (single ? -50.2 : -79.6) && lag <= (single ? -49.7 : -79));
        assert_true(log <= (single ? -50 : -66.5));
    }
}

/* --- both ways ------------------------------------------------------------------------------- */

/* Teachers of their own, near the student, a constant apart, the same; sharp rows; masks; NaN. */
static void make_any(draw *d, bool single, uint64_t index) {
    *d = (draw){.single = single};
    lp_rng_init(&d->r, 99, single, index);
    uint64_t options = lp_rng_u64(&d->r), how = lp_rng_below(&d->r, 7);
    d->n = 1 + (int64_t)lp_rng_below(&d->r, options & 1 ? N : 3);
    d->k = 1 + (int64_t)lp_rng_below(&d->r, options & 1 ? SHORT_K : K_MAX);
    if ((options >> 20 & 63) == 0) { /* exponentials that are not kept */
        d->n = 1;
        d->k = LP_DISTILL_KEPT + (int64_t)lp_rng_below(&d->r, 100);
    }
    d->kl = options & 2;
    d->upstream = options & 4;
    d->reduction = (uint32_t)(options >> 3 & 3) % 3;
    double unit = lp_rng_unit(&d->r), near = ldexp(1, -(int)lp_rng_below(&d->r, 54));
    static const double mixes[] = {0, 1, 0.5, 2};
    d->temperature = options & 32 ? 1 + 4 * unit : options & 64 ? 1 : ldexp(1 + unit, how ? 2 : -2);
    d->mix = options & 128 ? lp_rng_unit(&d->r) : mixes[lp_rng_below(&d->r, 4)];
    double wide = ldexp(lp_rng_unit(&d->r), (int)lp_rng_below(&d->r, 9) - 3);
    for (int64_t i = 0; i < d->n; i++) {
        d->label[i] = how == 4 ? 0 : (int64_t)lp_rng_below(&d->r, (uint64_t)d->k);
        d->up[i] = into(d, ldexp(lp_rng_normal(&d->r), (int)(options >> 10 & 63) - 32));
        for (int64_t j = i * d->k; j < (i + 1) * d->k; j++) {
            double y = into(d, wide * lp_rng_normal(&d->r)), normal = lp_rng_normal(&d->r);
            d->z[j] = into(d, wide * normal);
            d->y[j] = how == 1   ? into(d, d->z[j] + near * y)
                      : how == 2 ? into(d, d->z[j] + 1)
                      : how == 3 ? d->z[j]
                                 : y;
        }
        if (how == 4) d->z[i * d->k] = into(d, 30 * unit), d->y[i * d->k] = into(d, 35 * unit);
        int64_t one = i * d->k + (int64_t)lp_rng_below(&d->r, (uint64_t)d->k);
        if (how == 5) d->z[one] = options & 256 ? -INFINITY : into(d, -1e4 * unit);
        if (how == 5 && options & 512) d->y[one] = options & 1024 ? NAN : -INFINITY;
        if (how == 5 && options & 4096) d->z[one] = NAN;
        if (how == 6) d->z[one] = round(d->z[one]), d->z[i * d->k] = d->z[one];
    }
}
static bool same(const array *a, const array *b, bool single, int64_t n) {
    for (int64_t i = 0; i < n; i++) {
        double x = single ? (double)a->f[i] : a->d[i], y = single ? (double)b->f[i] : b->d[i];
        if (!(isnan(x) && isnan(y)) && memcmp(&x, &y, sizeof x) != 0) return false;
    }
    return true;
}
static void test_ways(void **state) {
    static draw d;
    static answer fast, slow;
    (void)state;
    for (uint64_t i = 0; i < 900; i++) {
        make_any(&d, i & 1, i);
        run(&fast, &d, FAST);
        run(&slow, &d, IN_PLACE);
        if (same(&fast.loss, &slow.loss, d.single, d.n) &&
            same(&fast.grad, &slow.grad, d.single, d.n * d.k))
            continue;
        print_message("row %d: n %d, k %d, T %a, mix %a\n", (int)i, (int)d.n, (int)d.k,
                      d.temperature, d.mix);
        fail();
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_midpoints),
                                       cmocka_unit_test(test_sums), cmocka_unit_test(test_ways)};
    mpfr_inits2(BITS, e, sum, goal, now, term, (mpfr_ptr)0);
    for (int i = 0; i < ROWS; i++)
        mpfr_inits2(BITS, rows[i].all, rows[i].own, rows[i].log, (mpfr_ptr)0);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    for (int i = 0; i < ROWS; i++) mpfr_clears(rows[i].all, rows[i].own, rows[i].log, (mpfr_ptr)0);
    mpfr_clears(e, sum, goal, now, term, (mpfr_ptr)0);
    mpfr_free_cache();
    return failed;
}
