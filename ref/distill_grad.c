/* The gradient of distill: l (p_j - [j = c]) + g (s_j - t_j), g = (1 - l) T, by the shares that its
 * three parts have in it: at the top of a part factor / n exactly, less factor R / (n S), below it
 * factor e_j / S.
 *
 * Where student and teacher agree these cancel, down to what is of second order in the
 * exponentials. Then the student's and the teacher's are taken together. With e_k of the student
 * and f_k of the teacher, S = n + R of the one and U = m + V of the other, and a = g or, at T = 1
 * where p = s, a = g
 * + l, what stands beside the exact part of a s_j - g t_j is, over S U,
 *
 *   neither top   a e_j (m + V) - g f_j (n + R)
 *   both          [g n^2 V - a m^2 R + (g n - a m) R V] / (n m)
 *   student's     -[a R (m + V) + g n f_j (n + R)] / n
 *   teacher's     [a m e_j (m + V) + g V (n + R)] / m
 *
 * sums of exponentials (expsum.h), with their relative precision, and 0 only where they are 0
 * exactly: then a s_j - g t_j is rational. At T /= 1 an l other than 0 adds the share of p to that:
 * of the three the product of all denominators decides (distill_whole.c), and beyond its room the
 * first order where it can. */
#include "ref/distill.h"

#include "ref/dyadic.h"
#include "ref/expsum.h"
#include "ref/part.h"
#include "ref/softrow.h"

#include <math.h>

/* a, b and r of the shares; whole: nothing is left for r. */
static void sum_shares(lp_enclosure *x, lp_scope *s, lp_row *row, int64_t j,
                       lp_distill_share *share) {
    bool label = lp_distill_has(s, LP_DISTILL_MIX) && s->c->label[row->at] == j;
    lp_dyadic_set_int(x->b, 1);
    mpfr_set_zero(x->a, 1);
    mpfr_set_zero(x->r.lo, 1);
    mpfr_set_zero(x->r.hi, 1);
    x->whole = true;
    int64_t last = 0; /* parts p and s have one top group */
    for (int i = 0; i < LP_DISTILL_PARTS; i++) {
        int64_t n = row->part[i].ties;
        if (!share[i].used || !share[i].top || (i == LP_DISTILL_S && last)) continue;
        if (i == LP_DISTILL_P) last = n;
        lp_dyadic_set_int(s->work[0], n);
        lp_dyadic_mul(x->b, x->b, s->work[0]);
    }
    x->unit = mpfr_cmp_ui(x->b, 1) == 0;
    if (label) lp_dyadic_mul(x->a, x->b, s->con[LP_DISTILL_MIX]);
    mpfr_neg(x->a, x->a, MPFR_RNDZ);
    for (int i = 0; i < LP_DISTILL_PARTS; i++) {
        if (!share[i].used) continue;
        lp_row *part = &row->part[i];
        lp_dyadic_mul(share[i].factor, share[i].factor, x->b);
        x->whole = x->whole && part->equal;
        if (share[i].top) { /* b / n is an integer */
            mpfr_div_si(share[i].factor, share[i].factor, part->ties, MPFR_RNDZ);
            lp_dyadic_add(x->a, x->a, share[i].factor);
            mpfr_neg(s->work[0], share[i].factor, MPFR_RNDZ);
            lp_distill_add(&x->r, s, &part->iv[LP_SOFT_Q], s->work[0]);
        } else {
            lp_iv_set_prec(&s->iv[0], row->prec);
            lp_softrow_p(&s->iv[0], &s->part[i], part, j);
            lp_distill_add(&x->r, s, &s->iv[0], share[i].factor);
        }
    }
}

/* ---- student and teacher together ---- */

/* Products of R and V that a sum is given room for; of more the interval is taken. */
enum { MANY = 4096 };

typedef struct pair {
    lp_scope *s;
    const lp_row *row;
    lp_expsum sum;
    mpfr_t rests, divisor; /* the coefficient of R V; n m, n, m or 1 */
    double t;
} pair;

static bool below_top(const pair *p, int part, int64_t k) {
    return !lp_distill_absent(p->s, p->row, part, k) && !lp_distill_in_top(p->s, p->row, part, k);
}

/* sum += c times the exponential of a class of a part. */
static void add_one(pair *p, const mpfr_t c, int part, int64_t k) {
    lp_distill_depth(p->s->work[0], p->s, p->row, part, k);
    lp_expsum_add(&p->sum, c, p->s->work[0], p->t);
}

/* sum += c R or c V. */
static void add_rest(pair *p, const mpfr_t c, int part) {
    for (int64_t k = 0; k < p->s->c->k; k++)
        if (below_top(p, part, k)) add_one(p, c, part, k);
}

/* sum += c e_j V or c f_j R. */
static void add_product(pair *p, const mpfr_t c, int part, int64_t j) {
    int other = part == LP_DISTILL_S ? LP_DISTILL_T : LP_DISTILL_S;
    mpfr_t d;
    mpfr_init2(d, 64);
    for (int64_t k = 0; k < p->s->c->k; k++) {
        if (!below_top(p, other, k)) continue;
        lp_distill_depth(d, p->s, p->row, part, j);
        lp_distill_depth(p->s->work[0], p->s, p->row, other, k);
        lp_dyadic_add(d, d, p->s->work[0]);
        lp_expsum_add(&p->sum, c, d, p->t);
    }
    mpfr_clear(d);
}

/* sum += c x (own + rest), own and rest the sum of `other`'s row, x the exponential of class j of
 * `part`, or R or V in its place where the class is on `top`. */
static void add_side(pair *p, mpfr_t c, int part, int64_t j, bool top) {
    const lp_row *other = &p->row->part[part == LP_DISTILL_S ? LP_DISTILL_T : LP_DISTILL_S];
    mpfr_t own;
    mpfr_init2(own, 64);
    lp_dyadic_set_int(own, other->ties);
    lp_dyadic_mul(own, own, c);
    if (top) {
        add_rest(p, own, part);
        lp_dyadic_add(p->rests, p->rests, c);
    } else {
        add_one(p, own, part, j);
        add_product(p, c, part, j);
    }
    mpfr_clear(own);
}

/* The sum for class j; a and g are of the shares of student and teacher. */
static void fill_pair(pair *p, int64_t j, const lp_distill_share *share, const mpfr_t a,
                      const mpfr_t g) {
    bool over = share[LP_DISTILL_S].top, under = share[LP_DISTILL_T].top;
    mpfr_t n, m, c;
    mpfr_inits2(64, n, m, c, (mpfr_ptr)0);
    lp_dyadic_set_int(n, over ? p->row->part[LP_DISTILL_S].ties : 1);
    lp_dyadic_set_int(m, under ? p->row->part[LP_DISTILL_T].ties : 1);
    lp_dyadic_mul(p->divisor, n, m);
    lp_dyadic_mul(c, a, m);
    if (over) mpfr_neg(c, c, MPFR_RNDZ);
    add_side(p, c, LP_DISTILL_S, j, over);
    lp_dyadic_mul(c, g, n);
    if (!under) mpfr_neg(c, c, MPFR_RNDZ);
    add_side(p, c, LP_DISTILL_T, j, under);
    mpfr_clears(n, m, c, (mpfr_ptr)0);
}

/* R V goes into the sum where there is room; else its coefficient stays. */
static void place_rests(pair *p) {
    const lp_row *s = &p->row->part[LP_DISTILL_S], *t = &p->row->part[LP_DISTILL_T];
    if (mpfr_zero_p(p->rests) || (s->count - s->ties) * (t->count - t->ties) > MANY) return;
    for (int64_t k = 0; k < p->s->c->k; k++)
        if (below_top(p, LP_DISTILL_S, k)) add_product(p, p->rests, LP_DISTILL_S, k);
    mpfr_set_zero(p->rests, 1);
}

/* r = the sum times b over S U and the divisor. */
static void close_pair(lp_enclosure *x, pair *p) {
    const lp_row *part = p->row->part;
    lp_iv *term = &p->s->iv[0];
    lp_iv_set_prec(term, p->row->prec);
    lp_expsum_enclose(&x->r, &p->sum);
    lp_iv_mul_nonneg(term, &part[LP_DISTILL_S].iv[LP_SOFT_R], &part[LP_DISTILL_T].iv[LP_SOFT_R]);
    lp_distill_add(&x->r, p->s, term, p->rests);
    lp_iv_mul_nonneg(term, &x->r, &part[LP_DISTILL_S].iv[LP_SOFT_INV]);
    lp_iv_mul_nonneg(&x->r, term, &part[LP_DISTILL_T].iv[LP_SOFT_INV]);
    lp_iv_scale(&x->r, &x->r, x->b);
    mpfr_div(x->r.lo, x->r.lo, p->divisor, MPFR_RNDD);
    mpfr_div(x->r.hi, x->r.hi, p->divisor, MPFR_RNDU);
}

/* The share of p in r. */
static void add_plain(lp_enclosure *x, lp_scope *s, lp_row *row, int64_t j,
                      const lp_distill_share *plain) {
    const lp_row *part = &row->part[LP_DISTILL_P];
    if (plain->top) {
        mpfr_neg(s->work[0], plain->factor, MPFR_RNDZ);
        lp_distill_add(&x->r, s, &part->iv[LP_SOFT_Q], s->work[0]);
        return;
    }
    lp_iv_set_prec(&s->iv[0], row->prec);
    lp_softrow_p(&s->iv[0], &s->part[LP_DISTILL_P], part, j);
    lp_distill_add(&x->r, s, &s->iv[0], plain->factor);
}

/* r as the head of this file has it; a and b are those of the shares. */
static void enclose_pair(lp_enclosure *x, lp_scope *s, lp_row *row, int64_t j,
                         const lp_distill_share *share) {
    pair p = {.s = s, .row = row, .t = lp_case_param(s->c, LP_PARAM_TEMPERATURE)};
    bool joined = p.t == 1, plain = share[LP_DISTILL_P].used;
    mpfr_t a;
    mpfr_inits2(64, a, p.rests, p.divisor, (mpfr_ptr)0);
    mpfr_set_zero(p.rests, 1);
    lp_dyadic_copy(a, s->con[LP_DISTILL_G]);
    if (joined && plain) lp_dyadic_add(a, a, s->con[LP_DISTILL_MIX]);
    fill_pair(&p, j, share, a, s->con[LP_DISTILL_G]);
    place_rests(&p);
    bool zero = mpfr_zero_p(p.rests) && lp_expsum_zero(&p.sum);
    x->whole = zero && (joined || !plain || row->part[LP_DISTILL_P].equal);
    if (!x->whole) close_pair(x, &p);
    if (!x->whole && plain && !joined) add_plain(x, s, row, j, &share[LP_DISTILL_P]);
    lp_expsum_clear(&p.sum);
    mpfr_clears(a, p.rests, p.divisor, (mpfr_ptr)0);
}

/* ---- the sign by first order ---- */

/* On top -(factor / n) e^-x_k for each class below, else (factor / n) e^-x_j; times n m where n and
 * m are the sizes of the two top groups. */
static int grad_sign(lp_scope *s, const lp_row *row, int64_t j, const lp_distill_share *share) {
    lp_expsum f = {0};
    bool small = true; /* every term is */
    mpfr_t c;
    mpfr_init2(c, 64);
    for (int i = 0; i < LP_DISTILL_PARTS; i++) {
        if (!share[i].used) continue;
        int64_t other = row->part[i == LP_DISTILL_T ? LP_DISTILL_S : LP_DISTILL_T].ties;
        lp_dyadic_set_int(c, other);
        lp_dyadic_mul(c, c, share[i].factor);
        if (share[i].top) mpfr_neg(c, c, MPFR_RNDZ);
        small = small && (share[i].top || !lp_distill_in_top(s, row, i, j));
        for (int64_t k = 0; k < s->c->k; k++) {
            if (lp_distill_absent(s, row, i, k) || lp_distill_in_top(s, row, i, k)) continue;
            if (!share[i].top && k != j) continue;
            lp_distill_depth(s->work[0], s, row, i, k);
            lp_expsum_add(&f, c, s->work[0], lp_softrow_temperature(&s->part[i]));
        }
    }
    int sign = small ? lp_expsum_leading_sign(&f, 1) : 0;
    lp_expsum_clear(&f);
    mpfr_clear(c);
    return sign;
}

static void find_shares(lp_distill_share *share, lp_scope *s, lp_row *row, int64_t j) {
    bool joined = lp_case_param(s->c, LP_PARAM_TEMPERATURE) == 1;
    for (int i = 0; i < LP_DISTILL_PARTS; i++) {
        int con = i == LP_DISTILL_P ? LP_DISTILL_MIX : LP_DISTILL_G;
        bool wanted = lp_distill_has(s, con) && (i == LP_DISTILL_P || !row->equal);
        share[i].used = wanted && !lp_distill_absent(s, row, i, j);
        share[i].top = share[i].used && lp_softrow_tops(&s->part[i], &row->part[i], j);
        lp_dyadic_copy(share[i].factor, s->con[con]);
        if (i == LP_DISTILL_T) mpfr_neg(share[i].factor, share[i].factor, MPFR_RNDZ);
    }
    if (joined && share[LP_DISTILL_P].used && share[LP_DISTILL_S].used) /* one row, one form */
        share[LP_DISTILL_P].top = share[LP_DISTILL_S].top;
}

void lp_distill_enclose_grad(lp_enclosure *x, lp_scope *s, lp_row *row, int64_t j) {
    lp_distill_share share[LP_DISTILL_PARTS];
    for (int i = 0; i < LP_DISTILL_PARTS; i++) mpfr_init2(share[i].factor, 64);
    find_shares(share, s, row, j);
    sum_shares(x, s, row, j, share);
    bool both = share[LP_DISTILL_S].used && share[LP_DISTILL_T].used;
    if (!x->whole && both && lp_iv_straddles(&x->r)) enclose_pair(x, s, row, j, share);
    bool open = !x->whole && lp_iv_straddles(&x->r);
    if (open && !lp_distill_enclose_whole(x, s, row, j, share))
        lp_iv_settle(&x->r, grad_sign(s, row, j, share));
    for (int i = 0; i < LP_DISTILL_PARTS; i++) mpfr_clear(share[i].factor);
}
