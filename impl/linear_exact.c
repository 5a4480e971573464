/* A component of linear_xent's gradients in limbs: (sum of v_i (p_ij - [j = c]))/M over the rows of
 * a class or (sum of v_j p_ij)/M over the classes of a row, v the weight times the upstream.
 *
 * A row of `ties` largest logits has S = ties + B. What is rational, v/ties of the largest and -v
 * of the label, is a fraction and is added last; the rest is v e_j/S of a lower class and -v
 * B/(ties S) of a largest. Of logits so far apart that an exponential is only known to be next to
 * 0, or that cancel as far as the limbs go, the sign of the rest is that of its terms over the
 * largest e^-gap among them, which cancels in no other case than where the coefficients of the
 * nearest do. */
#include "impl/far.h"
#include "impl/linear.h"

typedef struct fraction { /* num/den + rest */
    lp_big num, rest;
    int64_t den;
} fraction;
static int64_t divisor(int64_t a, int64_t b) {
    while (b != 0) {
        int64_t r = a % b;
        a = b;
        b = r;
    }
    return a;
}
/* += v/ties. Denominators beyond 2^52, of many rows of unlike ties, are no more exact. */
static void add_share(fraction *f, const lp_big *v, int64_t ties) {
    int64_t common = divisor(f->den, ties), factor = ties / common;
    lp_big x;
    if (factor > (INT64_C(1) << 52) / f->den) {
        lp_big_div_d(&x, v, (double)ties);
        lp_big_add(&f->rest, &f->rest, &x);
        return;
    }
    f->den *= factor;
    int64_t whole = f->den / ties;
    lp_big_mul_d(&f->num, &f->num, (double)factor);
    lp_big_mul_d(&x, v, (double)whole);
    lp_big_add(&f->num, &f->num, &x);
}

/* A row in limbs: S = ties + below = all. */
typedef struct looked {
    const lp_line *line;
    const lp_big *below;
    double ties;
    bool number; /* else the row is NaN, and the rest says nothing */
    lp_big all;
} looked;
static lp_value quick_gap(const looked *r, int64_t j) {
    return j == r->line->row.top ? lp_value_zero() : lp_line_gap(r->line, j);
}
static void exact_gap(lp_big *gap, const looked *r, int64_t j) {
    lp_big_set(gap, r->all.n, 0);
    if (j != r->line->row.top) lp_line_exact_gap(gap, r->line, j);
}
/* += v p_ij, less v where that is to be subtracted */
static void add_slope(fraction *f, const looked *r, int64_t j, bool subtract, const lp_big *v) {
    lp_big x;
    if (subtract) {
        lp_big_neg(&x, v);
        add_share(f, &x, 1);
    }
    lp_value quick = quick_gap(r, j);
    if (quick.special != 0) return; /* absent */
    x.n = r->all.n;
    if (j == r->line->row.top || !lp_gap_row_decay(&x, &r->line->row, j, quick)) {
        add_share(f, v, (int64_t)r->ties);
        lp_big_div_d(&x, r->below, -r->ties);
    }
    lp_big_mul(&x, &x, v);
    lp_big_div(&x, &x, &r->all);
    lp_big_add(&f->rest, &f->rest, &x);
}

/* The rest over e^-least, the second time. Of what is beyond e^-4096 of that only the sign counts.
 */
typedef struct tail {
    bool summing, any;
    lp_value quick;
    lp_big least, sum;
} tail;
static void take_nearer(tail *t, const looked *r, int64_t j, lp_value quick) {
    lp_big gap;
    lp_value less = lp_value_sub(t->quick, quick);
    if (t->any && lp_value_sign_known(less) && !(less.x.m.hi > 0)) return;
    exact_gap(&gap, r, j);
    if (t->any && lp_big_compare(&gap, &t->least) != -1) return;
    t->least = gap;
    t->quick = quick;
    t->any = true;
}
static void add_tail(tail *t, const looked *r, int64_t j, const lp_big *c) {
    lp_value quick = quick_gap(r, j);
    lp_big x;
    if (!t->summing) {
        take_nearer(t, r, j, quick);
        return;
    }
    if (lp_value_beyond(lp_value_sub(quick, t->quick), 4096)) {
        lp_big_below(&x, r->all.n, 5900);
    } else {
        exact_gap(&x, r, j);
        lp_big_sub(&x, &t->least, &x);
        lp_big_exp(&x, &x);
    }
    lp_big_mul(&x, &x, c);
    lp_big_add(&t->sum, &t->sum, &x);
}
static bool largest(const looked *r, int64_t j, lp_value quick) {
    lp_big gap;
    if (lp_value_beyond(quick, 0)) return false;
    exact_gap(&gap, r, j);
    return lp_big_sign(&gap) == 0;
}
static void add_tails(tail *t, const looked *r, int64_t j, const lp_big *v) {
    lp_value quick = quick_gap(r, j);
    lp_big c;
    if (quick.special != 0) return;
    lp_big_div(&c, v, &r->all);
    if (!largest(r, j, quick)) {
        add_tail(t, r, j, &c);
        return;
    }
    lp_big_div_d(&c, &c, -r->ties);
    for (int64_t k = 0; k < r->line->row.k; k++) {
        quick = quick_gap(r, k);
        if (quick.special == 0 && !largest(r, k, quick)) add_tail(t, r, k, &c);
    }
}

static looked row_at(const lp_linear *l, int64_t i, int n) {
    lp_kept *r = &l->kept[i % LP_LINEAR_KEPT];
    if (!r->used || r->line.i != i) {
        r->used = true;
        r->number = lp_line_open(&r->line, l, i);
        r->narrow.n = r->wide.n = 0;
    }
    lp_big *below = n == LP_BIG_LIMBS ? &r->wide : &r->narrow;
    if (r->number && below->n == 0) {
        below->n = n;
        r->ties = lp_gap_row_below(below, &r->line.row);
    }
    looked at = {.line = &r->line, .below = below, .ties = r->ties, .number = r->number};
    if (r->number) {
        lp_big_set(&at.all, n, r->ties);
        lp_big_add(&at.all, &at.all, below);
    }
    return at;
}
/* v, over the upstream: w_jd - w_cd of grad_x, which leaves the label's [j = c] no part in it.
 * Where w_cd or the weight is infinite the sum is, or what stands beside it is 0. */
static bool coefficient(lp_big *v, const lp_linear_component *g, int64_t i, int64_t j, int n) {
    const lp_linear *l = g->l;
    bool row = g->out == LP_OUT_GRAD_X;
    double own =
        row ? lp_at(lp_view_row(l->c, LP_IN_W, j), g->d) : lp_linear_weight(l, g->out, i, g->d);
    double base = row ? lp_at(lp_view_row(l->c, LP_IN_W, l->c->label[i]), g->d) : 0;
    if (isinf(own) || isinf(base) || own == base) return false;
    lp_big_difference(v, n, own, base);
    return true;
}
/* Of all terms: into f, or where that is NULL into t. */
static void gather(fraction *f, tail *t, const lp_linear_component *g, int n) {
    bool one_row = g->out == LP_OUT_GRAD_X;
    const lp_linear *l = g->l;
    double upstream = g->sink->scaled && isfinite(g->sink->times) ? g->sink->times : 1;
    for (int64_t i = one_row ? g->at : 0; i < (one_row ? g->at + 1 : l->c->n); i++) {
        if (lp_batch_skips(&l->batch, i)) continue;
        const looked row = row_at(l, i, n), *r = &row;
        for (int64_t j = one_row ? 0 : g->at; j < (one_row ? l->c->k : g->at + 1); j++) {
            lp_big v;
            if (!r->number || !coefficient(&v, g, i, j, n)) continue;
            lp_big_mul_d(&v, &v, upstream);
            if (f)
                add_slope(f, r, j, !one_row && j == r->line->label, &v);
            else
                add_tails(t, r, j, &v);
        }
    }
}
static int sign_of_rest(const lp_linear_component *g) {
    tail t = {.summing = false};
    gather(NULL, &t, g, LP_BIG_LIMBS);
    if (!t.any) return 0;
    t.summing = true;
    lp_big_set(&t.sum, LP_BIG_LIMBS, 0);
    gather(NULL, &t, g, LP_BIG_LIMBS);
    int sign = lp_big_sign(&t.sum);
    return sign == 2 ? 0 : sign;
}

/* The fewest limbs, or all. */
void lp_linear_exact(lp_big *r, void *component, int out, int64_t at) {
    const lp_linear_component *g = component;
    int n = r->n == lp_big_limbs[0] ? r->n : LP_BIG_LIMBS;
    fraction f = {.den = 1};
    lp_big by;
    (void)out, (void)at;
    r->n = n;
    lp_big_set(&f.num, n, 0);
    lp_big_set(&f.rest, n, 0);
    gather(&f, NULL, g, n);
    if (n == LP_BIG_LIMBS && lp_big_sign(&f.rest) == 2) lp_far_settle(&f.rest, sign_of_rest(g));
    lp_big_set_sum(&by, n, g->sink->over);
    lp_big_div(&f.rest, &f.rest, &by);
    lp_big_mul_d(&by, &by, (double)f.den);
    lp_big_div(r, &f.num, &by);
    lp_big_add(r, r, &f.rest);
}
