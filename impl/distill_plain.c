/* With p = softmax(z), s = softmax(z/T), t = softmax(y/T), the largest logits z_a and y_b, l = mix,
 * g = (1 - l) T and w = g T:
 *   loss     l (L_p + z_a - z_c) + w (L_s - [kl] L_t) + g sum t_j ((z_a - z_j) - [kl] (y_b - y_j))
 *   grad_j   l (p_j - [j = c]) + g (s_j - t_j)
 * L = log(n + B), where n logits are the largest and B is the others' sum. At T = 1 p is s, whose
 * coefficient is l + g = 1. */
#include "impl/distill_plain.h"

#include "impl/distill_lanes.h"
#include "impl/precise.h"
#include "impl/temper.h"

typedef struct plain_row {
    lp_distill_pair r;
    lp_distill_sums sums;
    lp_dd mix, pull, weight; /* l, g, w */
    lp_dd lead, lead_weight; /* of s: g and w, or 1 */
    int64_t label;
    double z_label;
} plain_row;

/* What is sure of the range of all that follows: l and |1 - l| in 2^-60 to 2^60 or 0, T as well. */
static bool fits(plain_row *p, const lp_distill *d) {
    const bool single = d->z.single;
    const double mix = d->mix, t = d->temperature;
    if (!lp_view_dense(d->z, single) || !lp_view_dense(d->y, single) || !lp_temper_fits(t))
        return false;
    if (d->k < 2 || d->k > INT64_C(1) << 20) return false;
    if (mix != 0 && !(mix >= 0x1p-60 && mix <= 0x1p60)) return false;
    const lp_dd rest = lp_two_diff(1, mix), one = {1, 0};
    const bool soft = rest.hi != 0, merged = soft && mix != 0 && t == 1;
    p->r = (lp_distill_pair){.z = d->z.data,
                             .y = d->y.data,
                             .single = single,
                             .hard = mix != 0 && !merged,
                             .soft = soft,
                             .kl = d->kl,
                             .k = d->k,
                             .temperature = t,
                             .inverse = 1 / t};
    p->mix = (lp_dd){mix, 0};
    p->pull = lp_dd_mul_d(rest, t);
    p->weight = lp_dd_mul_d(p->pull, t);
    p->lead = merged ? one : p->pull;
    p->lead_weight = merged ? one : p->weight;
    p->label = d->label;
    p->z_label = d->z_label;
    return true;
}
/* Short rows' sums come from the rows beside them, where as many are left. */
static bool take_sums(plain_row *p, lp_distill_kept *keep, lp_distill_rows *rows, const lp_call *c,
                      int64_t i) {
    const bool here = i >= rows->first && i < rows->first + rows->count;
    if (!here && c->k <= LP_DISTILL_SHORT && c->n - i >= LP_DISTILL_LANES) {
        lp_distill_rows_set(rows, &p->r, c->in[LP_IN_LOGITS].stride, c->in[LP_IN_TEACHER].stride);
        rows->first = i;
        rows->count = LP_DISTILL_LANES;
    } else if (!here) {
        if (!lp_distill_tame(&p->r)) return false;
        lp_distill_sum(&p->sums, keep, &p->r);
        return true;
    }
    return lp_distill_rows_get(&p->sums, &p->r, rows, i - rows->first);
}

/* --- a sum of terms of either sign ----------------------------------------------------------- */

typedef struct account {
    lp_dd sum;
    double err;
} account;
/* x times, good to eps of itself: 2^-99 at least, what the product and up to six additions, 3 u^2
 * of the terms' sizes each, round among it. */
static void add(account *a, lp_dd x, lp_dd times, double eps) {
    lp_dd term = lp_dd_mul(x, times);
    a->sum = lp_dd_add(a->sum, term);
    a->err += fabs(term.hi) * eps;
}
/* A sum that cancels to 0 may be a number of either sign, or none. */
static lp_value value_of(const account *a) {
    if (a->sum.hi == 0) return lp_unknown();
    return (lp_value){lp_wide_make(a->sum, 0), 0, lp_exponent(a->err) + 1};
}

/* --- the loss -------------------------------------------------------------------------------- */

/* B's error, 2^-79.6, is none that log1p enlarges; its own is 2^-66.8, `sharp` 2^-97. */
static lp_dd logarithm(const lp_distill_sums *s, const lp_distill_mass *m, bool sharp) {
    if (s->logs && !sharp) return m->log;
    lp_dd more = lp_dd_add_d(m->below, m->ties - 1);
    return sharp ? lp_wide_dd(lp_wide_log1p_precise(lp_wide_make(more, 0))) : lp_log1p_dd(more);
}
/* The lag is off by 2^-79 of its size, t's sum by 2^-79.6: 2^-78.2 of their quotient; in binary32
 * by 8.3 u and 5.3 u, where logarithms have 5.3 u too. Products that underflow lose 2^-1070 of what
 * stands beside a logarithm of 2^-491 at least. */
static lp_value loss_of(const plain_row *p, bool sharp) {
    const double log = p->r.single ? 0x1p-50 : sharp ? 0x1p-79 : LP_EPS_LOSS;
    account a = {{0, 0}, 0};
    if (p->mix.hi != 0) add(&a, lp_two_diff(p->r.z_top, p->z_label), p->mix, 0x1p-99);
    if (p->r.hard) add(&a, logarithm(&p->sums, &p->sums.p, sharp), p->mix, log);
    if (!p->r.soft) return value_of(&a);
    const lp_dd all = lp_dd_add_d(p->sums.t.below, p->sums.t.ties);
    add(&a, logarithm(&p->sums, &p->sums.s, sharp), p->lead_weight, log);
    if (p->r.kl) add(&a, logarithm(&p->sums, &p->sums.t, sharp), lp_dd_neg(p->weight), log);
    add(&a, lp_dd_div(p->sums.lag, all), p->pull, 0x1p-99);
    a.err += p->sums.size / all.hi * fabs(p->pull.hi) * (p->r.single ? 0x1p-49 : 0x1p-78);
    return value_of(&a);
}
static bool put_loss(const lp_sink *to, const plain_row *p, lp_value quick) {
    double y;
    bool sure = lp_value_decided(&y, lp_sink_value(to, quick), to->single);
    if (!sure && !to->single)
        sure = lp_value_decided(&y, lp_sink_value(to, loss_of(p, true)), to->single);
    if (sure) lp_sink_store(to, 0, y);
    return sure;
}

/* --- the gradient ---------------------------------------------------------------------------- */

/* The mass is good to 2^-79.6, the rest to 2^-100; in binary32 5.3 u, and u as one double. */
static lp_dd factor_of(lp_dd coefficient, lp_dd times, const lp_distill_mass *m) {
    return lp_dd_div(lp_dd_mul(coefficient, times), lp_dd_add_d(m->below, m->ties));
}
static lp_distill_factors factors_of(const plain_row *p, lp_dd times) {
    lp_distill_factors f = {{0, 0}, {0, 0}, {0, 0}};
    if (p->r.hard) f.p = factor_of(p->mix, times, &p->sums.p);
    if (!p->r.soft) return f;
    f.s = factor_of(p->lead, times, &p->sums.s);
    f.t = factor_of(lp_dd_neg(p->pull), times, &p->sums.t);
    return f;
}
/* A share from its exponential, or where that is the only largest 1 less of it. */
static void add_share(account *a, lp_dd e, const lp_distill_mass *m, lp_dd factor, bool only,
                      double eps) {
    e = only ? lp_dd_neg(m->below) : lp_fast_two_sum(e.hi, e.lo);
    add(a, e, factor, eps);
}
/* The label, and what cancels in the loop: shares of a class that is the only largest are 1 less
 * the others', so that what has 1 in it, l (1 - [j = c]) + g (1 - 1), is known. Exponentials or B,
 * and the factor's: 2 2^-79.6 and 2^-100; in binary32 5.3 u each. */
static bool component(double *y, const plain_row *p, const lp_distill_factors *f, lp_dd times,
                      int64_t j) {
    const double eps = p->r.single ? 0x1p-49 : LP_EPS_SOFT;
    const lp_distill_class e = lp_distill_at(&p->r, j);
    const lp_distill_sums *s = &p->sums;
    const bool z = e.z_top && (p->r.soft ? s->s.ties : s->p.ties) == 1;
    const bool t = e.y_top && p->r.soft && s->t.ties == 1;
    const double hard = (z ? 1 : 0) - (j == p->label ? 1 : 0);
    const double soft = p->r.soft ? (z ? 1 : 0) - (t ? 1 : 0) : 0;
    account a = {{0, 0}, 0};
    if (p->r.hard) add_share(&a, e.p, &s->p, f->p, z, eps);
    if (p->r.soft) add_share(&a, e.s, &s->s, f->s, z, eps);
    if (p->r.soft) add_share(&a, e.t, &s->t, f->t, t, eps);
    if (hard != 0) add(&a, lp_dd_mul(p->mix, times), (lp_dd){hard, 0}, 0x1p-99);
    if (soft != 0) add(&a, lp_dd_mul(p->pull, times), (lp_dd){soft, 0}, 0x1p-99);
    return lp_value_decided(y, value_of(&a), p->r.single);
}
static double get(const lp_sink *s, int64_t j) {
    return s->single ? (double)((float *)s->data)[j] : ((double *)s->data)[j];
}
static bool put_gradient(const lp_sink *to, const plain_row *p, const lp_distill_kept *kept,
                         lp_dd times) {
    const lp_distill_factors f = factors_of(p, times);
    bool all = true;
    if (to->single)
        lp_distill_scale_single(to->data, &p->r, kept, &f);
    else
        lp_distill_scale(to->data, &p->r, kept, &f);
    for (int64_t j = 0; j < p->r.k; j++) {
        double y;
        if (j != p->label && !isnan(get(to, j))) continue;
        const bool sure = component(&y, p, &f, times, j);
        lp_sink_store(to, j, sure ? y : NAN);
        all &= sure;
    }
    return all;
}

bool lp_distill_plain_row(lp_soft_plain *done, lp_job *job, const lp_distill *d,
                          lp_distill_rows *rows, const lp_call *c, int64_t i) {
    const lp_sink *loss = &job->out[LP_EVAL_LOSS], *grad = &job->out[LP_EVAL_GRAD];
    plain_row p;
    lp_wide scale = {{1, 0}, 0};
    if (job->sum || job->far || job->precise || job->in_place) return false;
    if (grad->data && (!lp_sink_scale(&scale, grad) || scale.m.hi == 0 || !(fabs(scale.e) < 300)))
        return false;
    lp_distill_kept room;
    lp_distill_kept *keep = NULL;
    if (grad->data && d->k <= LP_DISTILL_KEPT) keep = &room;
    if (!fits(&p, d) || !take_sums(&p, keep, rows, c, i)) return false;
    if (p.sums.logs) keep = NULL;
    *done = (lp_soft_plain){true, true};
    if (loss->data || job->total) {
        job->loss = loss_of(&p, false);
        if (loss->data) done->loss = put_loss(loss, &p, job->loss);
    }
    if (grad->data) done->grad = put_gradient(grad, &p, keep, lp_wide_dd(scale));
    return true;
}
