/* distill's gradient in many limbs: l, g and -g times the class's share of three rows, less l at
 * the label (distill_exact.c). Where the exponentials are beyond the reach of the limbs, or cancel
 * as far as they go, far.h compares them by their exponents. */
#include "impl/distill.h"

enum {
    HARD = LP_DISTILL_HARD,
    STUDENT = LP_DISTILL_STUDENT,
    TEACHER = LP_DISTILL_TEACHER,
    ROWS = LP_DISTILL_ROWS
};
typedef struct share { /* weight e_j/S of a row */
    const lp_big_row *row;
    const lp_far *below;
    lp_view z;
    int64_t j;
    lp_big weight;
    bool used;
} share;

static void exponentials(lp_far *f, const void *context) {
    const lp_soft_row *s = context;
    lp_big one;
    lp_big_set(&one, LP_BIG_LIMBS, 1);
    for (int64_t k = 0; k < s->k; k++) {
        double z = lp_at(s->z, k);
        if (!lp_distill_absent(z) && z != s->z_top)
            lp_far_add(f, s->z_top, z, s->temperature, &one);
    }
}

/* Class k of the row is as far below as one of the other row that no class before k stands beside.
 */
static bool matched(const lp_soft_row *s, int64_t k, const lp_soft_row *other) {
    double z = lp_at(s->z, k);
    int64_t left = 0;
    for (int64_t i = 0; i < other->k; i++) {
        double y = lp_at(other->z, i);
        left += !lp_distill_absent(y) && lp_gap_same(s->z_top, z, other->z_top, y);
    }
    for (int64_t i = 0; i < k && left > 0; i++) left -= lp_at(s->z, i) == z;
    return left > 0;
}
/* The teacher's exponentials less the student's but those that both have. */
static void unmatched(lp_far *f, const void *context) {
    const lp_distill *d = context;
    const lp_soft_row *rows[] = {&d->student, &d->teacher};
    for (int i = 0; i < 2; i++) {
        lp_big sign;
        lp_big_set(&sign, LP_BIG_LIMBS, i == 0 ? -1 : 1);
        for (int64_t k = 0; k < d->k; k++) {
            double z = lp_at(rows[i]->z, k);
            if (lp_distill_absent(z) || z == rows[i]->z_top || matched(rows[i], k, rows[1 - i]))
                continue;
            lp_far_add(f, rows[i]->z_top, z, d->temperature, &sign);
        }
    }
}
/* The teacher's less g = (1 - mix) T times the student's. */
static void tilted(lp_far *f, const void *context) {
    const lp_distill *d = context;
    lp_big g, one;
    lp_distill_weight(&g, d, LP_BIG_LIMBS, 1);
    lp_big_neg(&g, &g);
    lp_big_set(&one, LP_BIG_LIMBS, 1);
    lp_far_add_sum(f, &d->below[STUDENT], &g);
    lp_far_add_sum(f, &d->below[TEACHER], &one);
}
/* Quadratic in the classes. */
enum { MOST_MATCHED = 4096 };

/* While the rows are as they were: gradients may be written over them (answer.c). */
static void look_far(lp_distill *d) {
    const lp_soft_row *rows[ROWS] = {d->hard, &d->student, &d->teacher};
    if (d->far_known) return;
    d->far_known = true;
    for (int i = 0; i < ROWS; i++) lp_far_sum(&d->below[i], exponentials, rows[i]);
    d->lead = (lp_far){.unfit = true};
    if (d->k <= MOST_MATCHED) lp_far_sum(&d->lead, unmatched, d);
    d->tilt = lp_far_sign(tilted, d, false);
}

/* A class as far below in both rows: its shares are e/S and e/S'. */
static bool level(const share *s) {
    const share *a = &s[STUDENT], *b = &s[TEACHER];
    double z = lp_at(a->z, a->j), y = lp_at(b->z, b->j);
    if (!a->used || lp_distill_absent(z) || lp_distill_absent(y)) return false;
    return lp_gap_same(a->row->max, z, b->row->max, y);
}
/* Of as many largest what cancels is left out, S' - S has the sign. */
static bool even(const share *s) {
    return level(s) && s[STUDENT].row->ties == s[TEACHER].row->ties;
}
/* At T = 1, with the hard share, e (1/S - g/S'): S' - g S has it, of m = g n largest. */
static bool even_with_hard(const share *s) {
    lp_big n, m;
    if (!s[HARD].used || s[HARD].row != s[STUDENT].row || !level(s)) return false;
    lp_big_mul_d(&n, &s[STUDENT].weight, s[STUDENT].row->ties);
    lp_big_set(&m, n.n, s[TEACHER].row->ties);
    return lp_big_compare(&n, &m) == 0;
}
/* weight e_j/S, at the largest -weight B/(ties S) */
static void add_share(lp_far *f, const share *s) {
    double own = lp_at(s->z, s->j);
    lp_big c;
    if (!s->used || lp_distill_absent(own)) return;
    lp_big_div(&c, &s->weight, &s->row->all);
    if (own != s->row->max) {
        lp_far_add(f, s->row->max, own, s->row->temperature, &c);
    } else {
        lp_big_div_d(&c, &c, -s->row->ties);
        lp_far_add_sum(f, s->below, &c);
    }
}
static void shares_but_rational(lp_far *f, const void *context) {
    const share *shares = context;
    for (int i = 0; i < ROWS; i++) add_share(f, &shares[i]);
}
/* Student's and teacher's in one term, weight e_j (S' - S)/(S S'). */
typedef struct level_shares {
    const share *shares;
    const lp_far *lead;
} level_shares;
static void shares_level(lp_far *f, const void *context) {
    const level_shares *l = context;
    const share *s = &l->shares[STUDENT];
    lp_big c;
    add_share(f, &l->shares[HARD]);
    lp_big_div(&c, &s->weight, &s->row->all);
    lp_big_div(&c, &c, &l->shares[TEACHER].row->all);
    lp_far_add_beside(f, l->lead, s->row->max, lp_at(s->z, s->j), &c);
}
/* What no number of limbs tells is asked of the exponents, in the most there are. */
static void settle_gradient(lp_big *rest, lp_distill *d, const share *s) {
    if (lp_big_sign(rest) != 2 || rest->n < LP_BIG_LIMBS) return;
    look_far(d);
    int sign = 0;
    if (even_with_hard(s)) {
        sign = d->tilt;
    } else if (even(s)) {
        const level_shares pair = {s, &d->lead};
        int order = d->lead.any && !d->lead.unfit ? lp_big_sign(&d->lead.sum) : 0;
        if (s[HARD].used)
            sign = lp_far_sign(shares_level, &pair, false);
        else if (order != 2)
            sign = lp_big_sign(&s[STUDENT].weight) < 0 ? -order : order;
    }
    if (sign == 0) sign = lp_far_sign(shares_but_rational, s, false);
    lp_far_settle(rest, sign);
}
void lp_distill_exact_gradient(lp_big *r, lp_distill *d, int64_t j) {
    int n = r->n;
    bool pulled = lp_distill_pulled(d) && !lp_distill_twins(d, lp_at(d->z, j), lp_at(d->y, j));
    share s[ROWS] = {{&d->hard->big, &d->below[HARD], d->z, j, .used = d->mix != 0},
                     {&d->student.big, &d->below[STUDENT], d->z, j, .used = pulled},
                     {&d->teacher.big, &d->below[TEACHER], d->y, j, .used = pulled}};
    lp_big num, den, rest;
    lp_big_set(&s[HARD].weight, n, d->mix);
    lp_distill_weight(&s[STUDENT].weight, d, n, 1);
    lp_big_neg(&s[TEACHER].weight, &s[STUDENT].weight);
    lp_big_set(&num, n, j == d->label ? -d->mix : 0);
    lp_big_set(&den, n, 1);
    lp_big_set(&rest, n, 0);
    for (int i = 0; i < ROWS; i++)
        if (s[i].used)
            lp_big_row_share(&num, &den, &rest, s[i].row, &s[i].weight, j, lp_at(s[i].z, j));
    settle_gradient(&rest, d, s);
    lp_big_mul(&rest, &rest, &den);
    lp_big_add(r, &num, &rest);
    d->den = den;
}
void lp_distill_over(lp_big *r, void *row) {
    *r = ((const lp_distill *)row)->den;
}
