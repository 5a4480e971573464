/* softmax_xent behind a soft cap s: u = (s/T) tanh(z/s), for the rows of spread.c:
 *   loss   sum W_j (u_a - u_j) + L sum W + l (u_a + L)^2
 *   grad   (p_j sum W - W_j + 2 l (u_a + L) p_j)/T sech^2(z_j/s)
 * with d = e^-(2|z|/s), h = 1/(1 + d) and a > b, no digit lost however far tanh is saturated:
 *   tanh(a/s) - tanh(b/s) = 2 (1 - e^-(2(a - b)/s)) h_a h_b times d_b for b > 0, d_a for a < 0
 *   tanh|z/s| = (1 - d) h        sech^2(z/s) = 4 d h^2
 * An infinite logit has d = 0. Equal logits are told by z. Of a tanh that is not 0 only
 * transcendence is known (Lindemann), of exponentials of such numbers not even that: results that
 * are rational without being recognised would be rounded from 4608 bits. */
#include "impl/coefficients.h"
#include "impl/far.h"
#include "impl/gap_row.h"
#include "impl/logarithm.h"
#include "impl/soft_row.h"

typedef struct capped {
    lp_gap_row row;
    lp_big_row big;
    lp_coefficients w;
    const lp_targets *t;
    lp_view z;
    int64_t k;
    double z_top, cap;
    lp_value decay_top, half_top;  /* d_a, h_a */
    lp_value but_top, total;       /* sums of W_j over j != a, and over all */
    int n;                         /* limbs of: */
    lp_big big_but_top, big_total; /* ... D times these sums */
    double by;                     /* beside D T, what is left to divide a gradient by */
    bool decays_known;
    int side;      /* 1, -1: all logits are above, below 0; or 0 */
    lp_far decays; /* the sum of their d */
} capped;

/* --- double-doubles -------------------------------------------------------------------------- */

static lp_value over_cap(const capped *s, lp_value x) { /* 2 x/s */
    return lp_value_div(lp_value_mul(x, lp_value_from(2)), lp_wide_from(s->cap));
}
static lp_value decay(const capped *s, double z) {
    return lp_value_decay(over_cap(s, lp_value_from(fabs(z))));
}
static lp_value half(lp_value d) {
    const lp_value one = lp_value_from(1);
    return lp_value_over(one, lp_value_add(one, d));
}
static lp_value scale(const capped *s, lp_value x) { /* x s/T */
    return lp_over_temperature(lp_value_mul(x, lp_value_from(s->cap)), s->t->temperature);
}
static lp_value gap(const void *context, int64_t j) {
    const capped *s = context;
    double z = lp_at(s->z, j), top = s->z_top;
    if (z == top) return lp_value_zero();
    bool finite = isfinite(z) && isfinite(top);
    lp_value d = decay(s, z), rise = lp_value_from(1);
    if (finite) rise = lp_value_rise(over_cap(s, lp_difference(top, z)));
    if (z > 0) rise = lp_value_mul(rise, d);
    if (top < 0) rise = lp_value_mul(rise, s->decay_top);
    rise = lp_value_mul(lp_value_mul(rise, half(d)), s->half_top);
    return scale(s, lp_value_mul(rise, lp_value_from(2)));
}
static lp_value slope(const capped *s, double z) {
    if (z == 0) return lp_value_from(1);
    lp_value d = decay(s, z), h = half(d);
    return lp_value_mul(lp_value_mul(h, h), lp_value_mul(d, lp_value_from(4)));
}
static lp_value partition(const capped *s) { /* u_a + L */
    lp_value tanh = lp_value_rise(over_cap(s, lp_value_from(fabs(s->z_top))));
    tanh = scale(s, lp_value_mul(tanh, s->half_top));
    if (s->z_top < 0) tanh = lp_value_neg(tanh);
    return lp_value_add(tanh, s->row.loss);
}

static lp_value loss(const capped *s) {
    bool all = s->w.label < 0 || s->t->smooth;
    lp_sum sum = lp_sum_open();
    for (int64_t j = all ? 0 : s->w.label; j < (all ? s->k : s->w.label + 1); j++) {
        lp_value w = lp_coefficient(&s->w, j);
        if (w.x.m.hi != 0) lp_sum_add(&sum, lp_value_mul(w, gap(s, j)));
    }
    lp_value x = lp_value_add(lp_sum_get(&sum), lp_value_mul(s->total, s->row.loss));
    if (s->t->z_loss == 0) return x;
    lp_value z = partition(s);
    return lp_value_add(x, lp_value_mul(lp_value_from(s->t->z_loss), lp_value_mul(z, z)));
}
static lp_value gradient(const capped *s, int64_t j) {
    bool top = j == s->row.top;
    lp_value w = lp_coefficient(&s->w, j), sum = top ? s->but_top : s->total;
    if (s->t->z_loss != 0)
        sum = lp_value_add(sum, lp_value_mul(lp_value_from(s->t->z_loss),
                                             lp_value_mul(partition(s), lp_value_from(2))));
    if (top) w = lp_value_mul(w, s->row.rest);
    lp_value g = lp_value_sub(lp_value_mul(lp_gap_row_share(&s->row, j), sum), w);
    return lp_over_temperature(lp_value_mul(g, slope(s, lp_at(s->z, j))), s->t->temperature);
}
static lp_value fast(void *row, int out, int64_t j, bool precise) {
    (void)precise; /* it is, the first time */
    return out == LP_EVAL_LOSS ? loss(row) : gradient(row, j);
}

/* --- limbs ----------------------------------------------------------------------------------- */

static void big_over_cap(lp_big *x, const capped *s) { /* -2 x/s */
    lp_big_scale(x, x, 1);
    lp_big_div_d(x, x, -s->cap);
}
static void big_decay(lp_big *d, const capped *s, int n, double z) {
    lp_big_set(d, n, isinf(z) ? 0 : fabs(z));
    if (isinf(z)) return;
    big_over_cap(d, s);
    lp_big_exp(d, d);
}
static void big_rise(lp_big *x, const capped *s) { /* 1 - e^-(2 x/s) */
    big_over_cap(x, s);
    lp_big_expm1(x, x);
    lp_big_neg(x, x);
}
static void over_one_plus(lp_big *r, const lp_big *d) {
    lp_big all;
    lp_big_set(&all, r->n, 1);
    lp_big_add(&all, &all, d);
    lp_big_div(r, r, &all);
}
static void big_scale(lp_big *r, const capped *s) {
    lp_big_mul_d(r, r, s->cap);
    lp_big_div_d(r, r, s->t->temperature);
}
static void big_gap(lp_big *r, const void *context, int64_t j) {
    const capped *s = context;
    double z = lp_at(s->z, j), top = s->z_top;
    int n = r->n;
    lp_big d, d_top;
    lp_big_set(r, n, z == top ? 0 : 1);
    if (z == top) return;
    if (isfinite(z) && isfinite(top)) {
        lp_big_difference(r, n, top, z);
        big_rise(r, s);
    }
    big_decay(&d, s, n, z);
    big_decay(&d_top, s, n, top);
    if (z > 0) lp_big_mul(r, r, &d);
    if (top < 0) lp_big_mul(r, r, &d_top);
    over_one_plus(r, &d);
    over_one_plus(r, &d_top);
    lp_big_scale(r, r, 1);
    big_scale(r, s);
}
static void times_slope(lp_big *r, const capped *s, double z) {
    lp_big d;
    if (z == 0) return;
    big_decay(&d, s, r->n, z);
    lp_big_mul(r, r, &d);
    over_one_plus(r, &d);
    over_one_plus(r, &d);
    lp_big_scale(r, r, 2);
}
static void big_partition(lp_big *r, const capped *s) {
    int n = s->big.n;
    lp_big d;
    lp_big_set(r, n, isinf(s->z_top) ? 1 : fabs(s->z_top));
    if (!isinf(s->z_top)) big_rise(r, s);
    big_decay(&d, s, n, s->z_top);
    over_one_plus(r, &d);
    big_scale(r, s);
    if (s->z_top < 0) lp_big_neg(r, r);
    lp_big_add(r, r, &s->big.log);
}
static void big_sums(capped *s, int n) {
    if (s->n == n) return;
    s->n = n;
    lp_big_coefficients(&s->big_but_top, &s->big_total, &s->w, n, s->row.top);
}
static void big_z_loss(lp_big *r, const capped *s) { /* D l (u_a + L) */
    big_partition(r, s);
    lp_big_mul_d(r, r, s->t->z_loss);
    lp_big_mul_d(r, r, s->t->denominator);
}

static void big_loss(lp_big *r, const capped *s) {
    lp_big w, x;
    x.n = s->n;
    lp_big_mul(r, &s->big_total, &s->big.log);
    for (int64_t j = 0; j < s->k; j++) {
        lp_big_coefficient(&w, &s->w, s->n, j);
        if (lp_big_sign(&w) == 0) continue;
        big_gap(&x, s, j);
        lp_big_mul(&w, &w, &x);
        lp_big_add(r, r, &w);
    }
    if (s->t->z_loss != 0) {
        big_z_loss(&w, s);
        big_partition(&x, s);
        lp_big_mul(&w, &w, &x);
        lp_big_add(r, r, &w);
    }
    lp_big_div_d(r, r, s->t->denominator);
}
/* --- a tie but for what no limbs hold -------------------------------------------------------- */

/* Logits on one side of 0 and so far out that nothing of d is left beside 1: all shares are 1/K.
 * For K W_j = sum W the component has the sign of K e^-g_j - sum e^-g_k, g the gaps below the top,
 * hence of sum (g_k - g_j) + R, |R| <= K g^2. There 1 - |tanh| = 2 d - ..., the rest within 2 d^2:
 * with y = -ln of the largest d, g <= 2 (s/T) e^-y, the sign is that of D = sum d_k - K d_j, above
 * 0; the other one, below where |D| > 2 K (1 + s/T) e^-2y. D is taken relative to e^-y (far.h). */
#define LEAST_SEEN 2000 /* D e^y above 2^-LEAST_SEEN */

static void add_decay(lp_far *f, const capped *s, double z, double times) {
    lp_big c;
    if (isinf(z)) return;
    lp_big_set(&c, LP_BIG_LIMBS, times);
    lp_far_add(f, fabs(z), 0, s->cap / 2, &c);
}
static void decays(lp_far *f, const void *row) {
    const capped *s = row;
    for (int64_t k = 0; k < s->k; k++) add_decay(f, s, lp_at(s->z, k), 1);
}
/* While the row is as it was: gradients may be written over it (answer.c). */
static void find_decays(capped *s) {
    bool above = true, below = true;
    for (int64_t k = 0; k < s->k; k++) {
        above &= lp_at(s->z, k) > 0;
        below &= lp_at(s->z, k) < 0;
    }
    s->side = above ? 1 : below ? -1 : 0;
    s->decays_known = true;
    if (s->side != 0 && s->cap > 0x1p-1000) lp_far_sum(&s->decays, decays, s);
}

typedef struct from_own {
    const capped *s;
    double z;
} from_own;
static void all_from_own(lp_far *f, const void *own) {
    const from_own *o = own;
    lp_big one;
    lp_big_set(&one, LP_BIG_LIMBS, 1);
    lp_far_add_sum(f, &o->s->decays, &one);
    add_decay(f, o->s, o->z, -(double)o->s->k);
}
/* y > (log2(2 K (1 + s/T)) + LEAST_SEEN) ln 2 */
static bool far_enough(const capped *s, lp_wide y) {
    int ratio = ilogb(s->cap) - ilogb(s->t->temperature) + 1;
    double bits = 66 + (ratio > 0 ? ratio : 0) + LEAST_SEEN;
    return lp_wide_sub(lp_wide_from(0.694 * bits), y).m.hi < 0;
}
static int tied_sign(capped *s, const lp_big *w, int64_t j) {
    lp_big x;
    lp_far f;
    if (!s->decays_known) find_decays(s);
    lp_big_mul_d(&x, w, (double)s->k);
    if (s->side == 0 || !s->decays.any || s->t->z_loss != 0 ||
        lp_big_compare(&x, &s->big_total) != 0)
        return 0;
    lp_far_sum(&f, all_from_own, &(from_own){s, lp_at(s->z, j)});
    if (f.unfit || !f.any || !far_enough(s, s->decays.least)) return 0;
    int sign = lp_big_sign(&f.sum);
    if (sign == 2 || sign == 0) return 0;
    lp_big_set(&x, LP_BIG_LIMBS, 1);
    lp_big_scale(&x, &x, -LEAST_SEEN);
    if (sign < 0) lp_big_neg(&f.sum, &f.sum);
    return lp_big_compare(&f.sum, &x) == 1 ? s->side * sign : 0;
}

static void big_gradient(lp_big *r, capped *s, int64_t j) {
    lp_big e, w, others = s->big_but_top, total = s->big_total;
    lp_big_coefficient(&w, &s->w, s->n, j);
    if (s->t->z_loss != 0) {
        big_z_loss(&e, s);
        lp_big_scale(&e, &e, 1);
        lp_big_add(&others, &others, &e);
        lp_big_add(&total, &total, &e);
    }
    e.n = s->n;
    lp_gap_row_exp(&e, &s->row, j);
    s->by = lp_big_row_difference(r, &s->big, &e, &total, &w, &others);
    int sign = lp_big_sign(r); /* the factors below are above 0, but widen what is known of r */
    if (sign == 2) sign = s->n == LP_BIG_LIMBS ? tied_sign(s, &w, j) : 0;
    times_slope(r, s, lp_at(s->z, j));
    if (lp_big_sign(r) == 2) lp_far_settle(r, sign);
}
static void over(lp_big *d, void *row) {
    const capped *s = row;
    lp_big_set(d, s->n, s->t->denominator);
    lp_big_mul_d(d, d, s->t->temperature);
    lp_big_mul_d(d, d, s->by);
}
static void exact(lp_big *r, void *row, int out, int64_t j) {
    capped *s = row;
    lp_gap_row_big(&s->big, &s->row, r->n);
    r->n = s->big.n;
    big_sums(s, r->n);
    if (out == LP_EVAL_LOSS)
        big_loss(r, s);
    else
        big_gradient(r, s, j);
}

/* --- rows ------------------------------------------------------------------------------------ */

static void sum_coefficients(capped *s) {
    lp_sum but_top = lp_sum_open();
    for (int64_t j = 0; j < s->k; j++)
        if (j != s->row.top) lp_sum_add(&but_top, lp_coefficient(&s->w, j));
    s->but_top = lp_sum_get(&but_top);
    s->total = lp_value_add(s->but_top, lp_coefficient(&s->w, s->row.top));
}
static void answer(const void *context, const lp_call *c, int64_t i, lp_job *job) {
    static const lp_row_eval eval = {.fast = fast, .exact = exact, .over = over};
    capped s = {.w = lp_coefficients_of(context, c, i), .t = context, .k = c->k};
    s.z = lp_view_row(c, LP_IN_LOGITS, i); /* u is finite: no rule for infinities */
    if (lp_any_nan(s.z, s.k) || lp_coefficients_nan(&s.w)) {
        lp_job_fill(job, s.k, NAN);
        return;
    }
    int64_t top = lp_row_argmax(s.z, s.k);
    s.cap = s.t->softcap;
    s.z_top = lp_at(s.z, top);
    s.decay_top = decay(&s, s.z_top);
    s.half_top = half(s.decay_top);
    lp_gap_row_set(&s.row, (lp_gaps){gap, big_gap, &s}, s.k, top);
    sum_coefficients(&s);
    lp_job_answer(job, &eval, &s, s.k);
}
void lp_softcap_run(const lp_call *c, const lp_targets *t) {
    lp_batch_answer(c, c->k, answer, t);
}
