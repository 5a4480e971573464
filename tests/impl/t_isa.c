/* The same inputs give the same bits on every instruction set and from every compiler. */
#include "impl/rows.h"
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

extern const lp_rows_table lp_rows_base;
#if defined(LP_IMPL_V3)
extern const lp_rows_table lp_rows_v3;
#endif
#if defined(LP_IMPL_V4)
extern const lp_rows_table lp_rows_v4;
#endif

enum { K_MAX = 70, OUTPUTS = 84, SIDE = 8, WIDE = 5, ROWS = 120 };

static uint64_t compared = ROWS;

/* Results of every operation on one random row. */
typedef struct results {
    double x[OUTPUTS][K_MAX];
    int used;
} results;

/* One random row and everything that an operation may want beside it. */
typedef struct draw {
    double z[K_MAX], v[K_MAX], w[K_MAX], p[K_MAX], y[K_MAX], up[K_MAX];
    int64_t k, c, bit[K_MAX];
    double param[LP_PARAM_COUNT];
} draw;

static void set_inputs(lp_call *c, const draw *d, bool column) {
    const double *in[LP_IN_COUNT] = {
        [LP_IN_LOGITS] = d->z, [LP_IN_SIM] = d->z,        [LP_IN_TARGETS] = d->y,
        [LP_IN_P] = d->p,      [LP_IN_Q] = d->w,          [LP_IN_WEIGHTS] = d->w,
        [LP_IN_V] = d->v,      [LP_IN_TEACHER] = d->v,    [LP_IN_UPSTREAM] = d->up,
        [LP_IN_ALPHA] = d->w,  [LP_IN_POS_WEIGHT] = d->w, [LP_IN_X] = d->v,
        [LP_IN_W] = d->v,      [LP_IN_B] = d->z};
    static const struct {
        lp_in role;
        lp_param param;
    } optional[] = {{LP_IN_WEIGHTS, LP_PARAM_WEIGHTS},
                    {LP_IN_UPSTREAM, LP_PARAM_UPSTREAM},
                    {LP_IN_ALPHA, LP_PARAM_ALPHA_ARRAY},
                    {LP_IN_POS_WEIGHT, LP_PARAM_POS_WEIGHT_ARRAY}};
    for (int i = 0; i < LP_IN_COUNT; i++)
        c->in[i] = (lp_matrix){(void *)(uintptr_t)in[i], column ? 1 : d->k};
    for (int i = 0; i < 4; i++)
        if (!(c->set & LP_PARAM_BIT(optional[i].param))) c->in[optional[i].role].data = NULL;
}

/* An operation on the row, or on its entries as a column, with the parameters given. */
static void run_op(results *all, const lp_rows_table *rows, const draw *d, lp_op op, bool column,
                   uint64_t set, lp_reduction reduction) {
    int64_t n = column ? d->k : 1, k = column ? 1 : d->k;
    lp_call c = {.size = sizeof c, .op = op, .n = n, .k = k, .set = set, .reduction = reduction};
    c.param = d->param;
    c.label = column ? d->bit : &d->c;
    set_inputs(&c, d, column);
    if (op == LP_OP_INFO_NCE) {
        c.n = c.k = c.in[LP_IN_SIM].stride = SIDE;
        c.out[LP_OUT_GRAD_TAU].data = all->x[all->used + 1];
    }
    if (op == LP_OP_LINEAR_XENT) { /* K_MAX entries of W hold so many classes */
        c.k = K_MAX / WIDE;
        c.d = c.in[LP_IN_X].stride = c.in[LP_IN_W].stride = WIDE;
        c.label = d->bit;
        c.out[LP_OUT_GRAD_W] = (lp_matrix){all->x[all->used + 1], WIDE};
        c.out[LP_OUT_GRAD_X] = (lp_matrix){all->x[all->used + 2], WIDE};
        c.out[LP_OUT_GRAD_B] = (lp_matrix){all->x[all->used + 2] + WIDE, c.k};
    }
    static const lp_out out[] = {LP_OUT_LOSS, LP_OUT_VALUE, LP_OUT_GRAD, LP_OUT_GRAD_P};
    for (int o = 0; o < 4; o++) {
        double *to = o == 3 ? all->x[all->used + 1] : all->x[all->used];
        if (o == 2) to = all->x[all->used + 2];
        if (o == 1 && (op < LP_OP_LOGSUMEXP || op > LP_OP_SOFTPLUS)) continue;
        if (o == 3 && op != LP_OP_CROSS_ENTROPY && op != LP_OP_KL_DIV && op != LP_OP_KL_GEN)
            continue;
        c.out[out[o]] = (lp_matrix){to, op == LP_OP_INFO_NCE ? SIDE : column ? 1 : d->k};
    }
    if (op >= LP_OP_LOGSUMEXP && op <= LP_OP_SOFTPLUS) c.out[LP_OUT_LOSS].data = NULL;
    rows->op[op](&c);
    all->used += 3;
}

static void make(draw *d, int family, uint64_t index) {
    lp_rng r;
    lp_rng_init(&r, 6, (uint64_t)family, index);
    *d = (draw){.k = 1 + (int64_t)lp_rng_below(&r, K_MAX)};
    d->c = (int64_t)lp_rng_below(&r, (uint64_t)d->k);
    family_row(d->z, d->k, d->c, family, &r);
    for (int64_t j = 0; j < d->k; j++) {
        d->v[j] = lp_rng_normal(&r);
        double normal = lp_rng_normal(&r);
        d->up[j] = ldexp(normal, (int)lp_rng_below(&r, 200) - 100);
        d->w[j] = family_positive(&r);
        d->p[j] = family_positive(&r);
        d->y[j] = lp_rng_unit(&r);
        d->bit[j] = (int64_t)lp_rng_below(&r, 2);
    }
    double t = 1 + lp_rng_unit(&r), unit = lp_rng_unit(&r);
    d->param[LP_PARAM_TEMPERATURE] = ldexp(t, (int)lp_rng_below(&r, 60) - 30);
    d->param[LP_PARAM_SMOOTHING] = lp_rng_below(&r, 2) ? unit : 0;
    unit = lp_rng_unit(&r);
    d->param[LP_PARAM_GAMMA] = ldexp(unit, (int)lp_rng_below(&r, 12) - 2);
    d->param[LP_PARAM_ALPHA] = lp_rng_unit(&r);
    d->param[LP_PARAM_POS_WEIGHT] = family_positive(&r);
    d->param[LP_PARAM_MIX] = lp_rng_unit(&r);
    d->param[LP_PARAM_FORM] = (double)lp_rng_below(&r, 2);
    d->param[LP_PARAM_ENTROPY_WEIGHT] = lp_rng_unit(&r);
    d->param[LP_PARAM_SYMMETRIC] = 1;
    d->param[LP_PARAM_Z_LOSS] = lp_rng_unit(&r);
    unit = lp_rng_unit(&r);
    d->param[LP_PARAM_SOFTCAP] = ldexp(1 + unit, (int)lp_rng_below(&r, 20) - 10);
}

#define P(name) LP_PARAM_BIT(LP_PARAM_##name)
static void run(results *all, const lp_rows_table *rows, int family, uint64_t index) {
    static draw d;
    static const struct {
        lp_op op;
        bool column;
        uint64_t set;
        lp_reduction reduction;
    } calls[] = {
        {LP_OP_SOFTMAX_XENT, false, 0, LP_REDUCE_NONE},
        {LP_OP_SOFTMAX_XENT, false, P(TEMPERATURE) | P(SMOOTHING) | P(WEIGHTS), LP_REDUCE_NONE},
        {LP_OP_SOFTMAX_XENT, false, P(WEIGHTS) | P(UPSTREAM) | P(MEAN_RULE), LP_REDUCE_MEAN},
        {LP_OP_SOFTMAX_XENT_SOFT, false, P(TEMPERATURE) | P(SMOOTHING) | P(WEIGHTS),
         LP_REDUCE_NONE},
        {LP_OP_KL_LOGITS, false, P(UPSTREAM), LP_REDUCE_NONE},
        {LP_OP_FOCAL_SOFTMAX, false, P(GAMMA) | P(ALPHA_ARRAY), LP_REDUCE_NONE},
        {LP_OP_FOCAL_SIGMOID, true, P(GAMMA) | P(ALPHA), LP_REDUCE_SUM},
        {LP_OP_SOFTMAX, false, P(TEMPERATURE), LP_REDUCE_NONE},
        {LP_OP_LOG_SOFTMAX, false, P(TEMPERATURE), LP_REDUCE_NONE},
        {LP_OP_LOGSUMEXP, false, 0, LP_REDUCE_NONE},
        {LP_OP_SIGMOID, true, 0, LP_REDUCE_NONE},
        {LP_OP_LOG_SIGMOID, true, 0, LP_REDUCE_NONE},
        {LP_OP_SOFTPLUS, true, 0, LP_REDUCE_NONE},
        {LP_OP_BCE_LOGITS, true, 0, LP_REDUCE_NONE},
        {LP_OP_MULTILABEL_BCE, false, P(POS_WEIGHT), LP_REDUCE_NONE},
        {LP_OP_KL_DIV, false, P(UPSTREAM), LP_REDUCE_MEAN},
        {LP_OP_ENTROPY, false, 0, LP_REDUCE_NONE},
        {LP_OP_NLL, false, 0, LP_REDUCE_NONE},
        {LP_OP_KL_GEN, false, 0, LP_REDUCE_NONE},
        {LP_OP_HINGE_MULTI, false, 0, LP_REDUCE_NONE},
        {LP_OP_MSE_SIGMOID, true, 0, LP_REDUCE_NONE},
        {LP_OP_MSE_SOFTMAX, false, 0, LP_REDUCE_NONE},
        {LP_OP_POLICY_GRAD, false, P(ENTROPY_WEIGHT), LP_REDUCE_NONE},
        {LP_OP_SOFTMAX_XENT, false, P(SMOOTHING) | P(Z_LOSS), LP_REDUCE_NONE},
        {LP_OP_SOFTMAX_XENT, false, P(SMOOTHING) | P(SOFTCAP), LP_REDUCE_NONE},
        {LP_OP_INFO_NCE, false, P(TEMPERATURE) | P(SYMMETRIC), LP_REDUCE_NONE},
        {LP_OP_DISTILL, false, P(TEMPERATURE) | P(MIX) | P(FORM), LP_REDUCE_NONE},
        {LP_OP_LINEAR_XENT, false, 0, LP_REDUCE_NONE},
    };
    make(&d, family, index);
    memset(all, 0, sizeof *all);
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        run_op(all, rows, &d, calls[i].op, calls[i].column, calls[i].set, calls[i].reduction);
}

static void compare(const lp_rows_table *other) {
    static results a, b;
    for (int f = 0; f < FAMILIES; f++)
        for (uint64_t i = 0; i < compared; i++) {
            run(&a, &lp_rows_base, f, i);
            run(&b, other, f, i);
            assert_memory_equal(&a, &b, sizeof a);
        }
}
static void test_v3(void **state) {
    (void)state;
#if defined(LP_IMPL_V3)
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) skip();
    compare(&lp_rows_v3);
#else
    skip();
#endif
}
static void test_v4(void **state) {
    (void)state;
#if defined(LP_IMPL_V4)
    if (!__builtin_cpu_supports("avx512dq") || !__builtin_cpu_supports("avx512vl")) skip();
    compare(&lp_rows_v4);
#else
    skip();
#endif
}

/* FNV-1a of all results, as this test printed it when built by gcc 12 and by clang 14 for x86-64;
 * the rows come from integers by exact operations, so that they are the same everywhere. Where a
 * formula changes on purpose so does the number: both compilers must print the new one. */
static void test_compilers(void **state) {
    static results a;
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    (void)state;
    for (int f = 0; f < FAMILIES; f++)
        for (uint64_t i = 0; i < ROWS; i++) {
            run(&a, &lp_rows_base, f, i);
            for (int o = 0; o < OUTPUTS; o++)
                for (int j = 0; j < K_MAX; j++) {
                    uint64_t b;
                    memcpy(&b, &a.x[o][j], sizeof b);
                    if (isnan(a.x[o][j])) b = 0; /* a NaN's sign and payload say nothing */
                    hash = (hash ^ b) * UINT64_C(0x100000001b3);
                }
        }
    print_message("hash of the results: %016" PRIx64 "\n", hash);
    assert_int_equal(hash, UINT64_C(0x5b54083f45b1a0cb));
}

/* No call leaves the upper halves of vector registers in use (call.c says why that matters). The
 * processor tells: XGETBV(1) bit 2, where CPUID says that it can be asked. */
#if defined(__x86_64__)
#include <cpuid.h>
static bool can_ask(void) {
    unsigned a, b, c, d;
    return __builtin_cpu_supports("avx2") && __get_cpuid_count(13, 1, &a, &b, &c, &d) && (a & 4);
}
static bool uppers_in_use(void) {
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(1));
    return low & 4;
}
static void test_uppers(void **state) {
    static const lp_op ops[] = {LP_OP_SOFTMAX_XENT, LP_OP_SOFTMAX, LP_OP_LOG_SOFTMAX,
                                LP_OP_BCE_LOGITS};
    static double z[3 * 96];
    static double loss[3 * 96], grad[3 * 96];
    static const int64_t label[3 * 96] = {0};
    int asked = 0;
    (void)state;
    if (!can_ask()) skip();
    for (int f = 0; f < 2; f++)
        for (size_t o = 0; o < sizeof ops / sizeof *ops; o++)
            for (int64_t k = 1; k <= 96; k += k < 8 ? 1 : 11) {
                bool scalar = ops[o] == LP_OP_BCE_LOGITS;
                lp_call c = {.size = sizeof c, .op = ops[o], .format = (uint32_t)f, .label = label};
                c.n = scalar ? k : 3;
                c.k = scalar ? 1 : k;
                c.in[LP_IN_LOGITS] = c.in[LP_IN_TARGETS] = (lp_matrix){z, c.k};
                if (!scalar) c.in[LP_IN_TARGETS].data = NULL;
                c.out[LP_OUT_LOSS] = c.out[LP_OUT_VALUE] = (lp_matrix){loss, c.k};
                c.out[LP_OUT_GRAD] = (lp_matrix){grad, c.k};
                __asm__ volatile("vzeroupper");
                if (uppers_in_use()) continue; /* a processor that never says no */
                lp_status status = lp_loss_call(&c);
                bool dirty = uppers_in_use();
                assert_int_equal(status, LP_OK);
                assert_false(dirty);
                asked++;
            }
    print_message("%d calls\n", asked);
}
#else
static void test_uppers(void **state) {
    (void)state;
    skip();
}
#endif

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_v3), cmocka_unit_test(test_v4),
                                       cmocka_unit_test(test_compilers),
                                       cmocka_unit_test(test_uppers)};
    if (argc > 1) compared = strtoull(argv[1], NULL, 10);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
