/* Judge and properties at the hinges' kinks: a subject that rounds correctly and takes any convex
 * combination of the subgradients, another for every row, is `correct` and breaks nothing; one that
 * leaves the set, in one component or only in the balance between them, is refused. */
#include "subjects.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Weights are sevenths, of which no format holds the odd ones. */
#define WHOLE 7

static bool largest(const lp_case *c) {
    return lp_case_param(c, LP_PARAM_FORM) == 1;
}

/* A function of the row and the class. */
static int share(const double *z, int64_t k, int64_t j) {
    uint64_t h = (uint64_t)j + 99;
    for (int64_t i = 0; i < k; i++) {
        uint64_t bits;
        memcpy(&bits, &z[i], sizeof bits);
        h = (h ^ bits) * UINT64_C(0x9e3779b97f4a7c15);
        h ^= h >> 31;
    }
    return (int)(h % (WHOLE + 1));
}

/* Sevenths of the gradient of a row of hinge_multi, all logits small integers. */
static void weigh(int *w, const lp_case *c, const double *z, int64_t label) {
    double top = -INFINITY;
    int left = WHOLE, sum = 0;
    int64_t last = -1;
    for (int64_t j = 0; j < c->k; j++)
        if (j != label) top = fmax(top, z[j]);
    for (int64_t j = 0; j < c->k; j++) {
        double margin = z[j] - z[label] + 1;
        bool term = j != label && (!largest(c) || z[j] == top);
        w[j] = 0;
        if (!term || margin < 0) continue;
        w[j] = margin > 0 ? WHOLE : share(z, c->k, j);
        if (largest(c)) { /* what is left of one, all of it to the last where the loss is active */
            w[j] = share(z, c->k, j) < left ? share(z, c->k, j) : left;
            left -= w[j];
            last = j;
        }
    }
    if (last >= 0 && top - z[label] + 1 > 0) w[last] += left;
    for (int64_t j = 0; j < c->k; j++) sum += j == label ? 0 : w[j];
    w[label] = -sum;
}

/* The row's gradient times upstream, a small integer, in one rounding. */
static void put_row(lp_answer *a, const lp_case *c, int64_t r, const int *w) {
    const lp_format *f = lp_format_get(c->format);
    double up = c->in[LP_IN_UPSTREAM] ? c->in[LP_IN_UPSTREAM][r] : 1;
    for (int64_t j = 0; j < c->k; j++) { /* exact / 7: binary64 then binary32 is one rounding here,
                                            no quotient by 7 lies within 2^-53 of a middle */
        double x = up * w[j] / WHOLE;
        a->out[LP_OUT_GRAD][r * c->k + j] = lp_format_round(f, x) + 0.0;
    }
}

/* Small integers, also the row's upstream: nothing below rounds but the one quotient. */
static bool small(double x) {
    return fabs(x) < 1e6 && x == rint(x);
}

static bool plain(const lp_case *c, int64_t r) {
    for (int64_t j = 0; j < c->k; j++)
        if (!small(c->in[LP_IN_LOGITS][r * c->k + j])) return false;
    return c->reduction == LP_REDUCE_NONE &&
           (!c->in[LP_IN_UPSTREAM] || small(c->in[LP_IN_UPSTREAM][r]));
}

static void any_subgradient(const spoilt *s, const lp_case *c, const lp_host_how *how, lp_exact *e,
                            lp_answer *a) {
    int w[8];
    (void)s, (void)how, (void)e;
    for (int64_t r = 0; r < c->n; r++) {
        const double *z = c->in[LP_IN_LOGITS] + r * c->k;
        if (!plain(c, r)) continue;
        if (c->op == LP_OP_HINGE) {
            int y = (int)c->label[r];
            double margin = 1 - y * z[0];
            w[0] = margin > 0 ? -y * WHOLE : margin < 0 ? 0 : -y * share(z, 1, 0);
        } else if (c->op == LP_OP_HINGE_MULTI) {
            weigh(w, c, z, c->label[r]);
        } else {
            return;
        }
        put_row(a, c, r, w);
    }
}

/* Of the hinge the member zero, with the sign of the others: what one of them underflows to. */
static void signed_zero(const spoilt *s, const lp_case *c, const lp_host_how *how, lp_exact *e,
                        lp_answer *a) {
    any_subgradient(s, c, how, e, a);
    for (int64_t i = 0; i < a->len[LP_OUT_GRAD]; i++)
        if (c->op == LP_OP_HINGE && lp_exact_segment(e, LP_OUT_GRAD, i)) {
            double up = c->in[LP_IN_UPSTREAM] ? c->in[LP_IN_UPSTREAM][i] : 1;
            a->out[LP_OUT_GRAD][i] = copysign(0, -up * (double)c->label[i]);
        }
}

/* A component beyond the set by an eighth of upstream; or the balance alone. */
static void beyond(const spoilt *s, const lp_case *c, const lp_host_how *how, lp_exact *e,
                   lp_answer *a) {
    any_subgradient(s, c, how, e, a);
    for (int64_t i = 0; i < a->len[LP_OUT_GRAD]; i++)
        if (lp_exact_segment(e, LP_OUT_GRAD, i)) {
            double up = c->in[LP_IN_UPSTREAM] ? c->in[LP_IN_UPSTREAM][i / c->k] : 1;
            bool label = c->op == LP_OP_HINGE ? c->label[i] > 0 : i % c->k == c->label[i / c->k];
            a->out[LP_OUT_GRAD][i] = label ? up / 8 : -up / 8;
            return;
        }
}

static void unbalanced(const spoilt *s, const lp_case *c, const lp_host_how *how, lp_exact *e,
                       lp_answer *a) {
    any_subgradient(s, c, how, e, a);
    for (int64_t i = 0; i < a->len[LP_OUT_GRAD]; i++)
        if (lp_exact_segment(e, LP_OUT_GRAD, i) && i % c->k != c->label[i / c->k]) {
            double up = c->in[LP_IN_UPSTREAM] ? c->in[LP_IN_UPSTREAM][i / c->k] : 1;
            double *x = &a->out[LP_OUT_GRAD][i];
            *x = fabs(*x) > fabs(up) / 2 ? *x - up / 4 : *x + up / 4;
            return;
        }
}

static void draw_case(lp_case *c, lp_op op, lp_format_id format, lp_rng *rng) {
    lp_case_init(c, op);
    c->format = format;
    c->n = 1 + (int64_t)lp_rng_below(rng, 3);
    c->k = c->stride = op == LP_OP_HINGE ? 1 : 2 + (int64_t)lp_rng_below(rng, 5);
    double *z = lp_case_alloc(c, LP_IN_LOGITS);
    int64_t *label = lp_case_alloc_label(c);
    for (int64_t r = 0; r < c->n; r++) {
        label[r] = op == LP_OP_HINGE ? 1 - 2 * (int64_t)lp_rng_below(rng, 2)
                                     : (int64_t)lp_rng_below(rng, (uint64_t)c->k);
        for (int64_t j = 0; j < c->k; j++) z[r * c->k + j] = (double)lp_rng_below(rng, 4) - 1;
    }
    if (op == LP_OP_HINGE_MULTI && lp_rng_below(rng, 2)) lp_case_set(c, LP_PARAM_FORM, 1);
    if (lp_rng_below(rng, 2)) {
        double *up = lp_case_alloc(c, LP_IN_UPSTREAM);
        for (int64_t r = 0; r < c->n; r++)
            up[r] = (double)(3 + lp_rng_below(rng, 5)) * (r % 2 ? -1 : 1);
    }
    lp_case_sync(c);
}

static int64_t kinks_of(const lp_trial *t) {
    int64_t kinks = 0;
    for (int64_t i = 0; i < t->answer.len[LP_OUT_GRAD]; i++)
        kinks += lp_exact_segment(t->exact, LP_OUT_GRAD, i);
    return kinks;
}

/* The level that judge and properties leave to the gradient. */
static lp_level level_of(lp_bench *b, const lp_trial *t, bool explain) {
    lp_level level = t->judgement.level;
    for (int k = 0; k < lp_property_count; k++) {
        lp_check c;
        if (!lp_property_applies(lp_properties[k], t->kase.op)) continue;
        assert_true(lp_check_run(&c, b, lp_properties[k], t, LP_LEVEL_CORRECT));
        if (c.least < level) level = c.least;
        if (c.broken && explain) print_message("%s: %s\n", lp_properties[k]->name, c.why);
        lp_check_clear(&c);
    }
    return level;
}

typedef struct tally {
    int64_t cases, kinks, refused;
} tally;

static tally run(lp_op op, lp_format_id format, spoilt *subject, uint64_t seed) {
    tally all = {0};
    lp_error err = {""};
    lp_bench b;
    lp_host_entry entry;
    open_bench(&b, &entry, op, format, subject, &err);
    for (uint64_t i = 0; i < 150; i++) {
        lp_trial t = {0};
        lp_rng rng;
        lp_rng_init(&rng, seed, (uint64_t)op, i);
        draw_case(&t.kase, op, format, &rng);
        assert_true(lp_trial_run(&t, &b));
        int64_t kinks = kinks_of(&t);
        lp_level level = level_of(&b, &t, subject->spoil == any_subgradient);
        all.cases++;
        all.kinks += kinks > 0;
        all.refused += kinks > 0 && level < LP_LEVEL_STABLE;
        if (subject->spoil == any_subgradient || subject->spoil == signed_zero || kinks == 0)
            assert_int_equal(level, LP_LEVEL_CORRECT);
        lp_trial_clear(&t);
    }
    return all;
}

static void test_members_are_correct(void **state) {
    (void)state;
    spoilt subject = {.spoil = any_subgradient}, zero = {.spoil = signed_zero};
    for (int f = LP_BINARY64; f <= LP_BINARY32; f++) {
        assert_true(run(LP_OP_HINGE, (lp_format_id)f, &zero, 4).kinks > 30);
        assert_true(run(LP_OP_HINGE, (lp_format_id)f, &subject, 1).kinks > 30);
        assert_true(run(LP_OP_HINGE_MULTI, (lp_format_id)f, &subject, 1).kinks > 30);
    }
}

static void test_others_are_refused(void **state) {
    (void)state;
    spoilt subject = {.spoil = beyond};
    for (int f = LP_BINARY64; f <= LP_BINARY32; f++) {
        tally t = run(LP_OP_HINGE, (lp_format_id)f, &subject, 2);
        assert_true(t.kinks > 30 && t.refused == t.kinks);
        t = run(LP_OP_HINGE_MULTI, (lp_format_id)f, &subject, 2);
        assert_true(t.kinks > 30 && t.refused == t.kinks);
    }
    subject.spoil = unbalanced;
    for (int f = LP_BINARY64; f <= LP_BINARY32; f++) {
        tally t = run(LP_OP_HINGE_MULTI, (lp_format_id)f, &subject, 3);
        assert_true(t.kinks > 30 && t.refused == t.kinks);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_members_are_correct),
                                       cmocka_unit_test(test_others_are_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
