/* distill in many limbs. A row of `ties` largest logits and the sum B of exponentials below them
 * has S = ties + B, a class of the largest the share 1/ties - B/(ties S), and L = ln ties +
 * log1p(B/ ties). What is rational is kept apart and added last, so that the rest, however small,
 * moves it to its side; with d_j = z_a - z_j, g = (1 - l) T, n and m the student's and the
 * teacher's ties, y_b the teacher's largest and E the sum of d_j over its top,
 *   loss   l d_c + g E/m, the logarithms,
 *          and g sum t_k (m d_k - E - [kl] m (y_b - y_k))/m below the teacher's top
 *   grad   -l [j = c] and l, g and -g times the shares (distill_shares.c)
 * Beyond the reach of the limbs the first order of the rest tells its sign (far.h). */
#include "impl/distill.h"
#include "impl/far.h"

void lp_distill_weight(lp_big *r, const lp_distill *d, int n, int power) {
    lp_big_difference(r, n, 1, d->mix);
    for (int i = 0; i < power; i++) lp_big_mul_d(r, r, d->temperature);
}
static bool is_zero(const lp_big *x) {
    return lp_big_sign(x) == 0;
}

static void top_gaps(lp_big *sum, const lp_distill *d, int n) { /* E */
    lp_big gap;
    lp_big_set(sum, n, 0);
    for (int64_t j = 0; j < d->k; j++) {
        if (lp_at(d->y, j) != d->teacher.z_top) continue;
        lp_big_row_gap(&gap, &d->student.big, lp_at(d->z, j));
        lp_big_add(sum, sum, &gap);
    }
}
/* m d_k - E - [kl] m (y_b - y_k) */
static void lag(lp_big *r, const lp_distill *d, const lp_big *e_sum, int64_t k) {
    lp_big depth;
    lp_big_row_gap(r, &d->student.big, lp_at(d->z, k));
    if (d->kl) {
        lp_big_row_gap(&depth, &d->teacher.big, lp_at(d->y, k));
        lp_big_sub(r, r, &depth);
    }
    lp_big_mul_d(r, r, d->teacher.big.ties);
    lp_big_sub(r, r, e_sum);
}
static bool below_top(const lp_distill *d, int64_t k) { /* of the teacher */
    double y = lp_at(d->y, k);
    return !lp_distill_absent(y) && y != d->teacher.z_top;
}
/* sum of e^-((y_b - y_k)/T) times that */
static void lags(lp_big *sum, const lp_distill *d, const lp_big *e_sum) {
    lp_big x, e;
    lp_big_set(sum, e_sum->n, 0);
    for (int64_t k = 0; k < d->k; k++) {
        if (!below_top(d, k)) continue;
        lag(&x, d, e_sum, k);
        lp_big_row_exp(&e, &d->teacher.big, k, lp_at(d->y, k));
        lp_big_mul(&x, &x, &e);
        lp_big_add(sum, sum, &x);
    }
}

static void add_log(lp_big *r, const lp_big *weight, double ties) {
    lp_big log;
    if (ties == 1 || is_zero(weight)) return;
    lp_big_set(&log, weight->n, ties);
    lp_big_log(&log, &log);
    lp_big_mul(&log, &log, weight);
    lp_big_add(r, r, &log);
}
static void add_log1p(lp_big *r, const lp_big *weight, const lp_big_row *row) {
    lp_big log;
    if (is_zero(weight)) return;
    lp_big_div_d(&log, &row->below, row->ties);
    lp_big_log1p(&log, &log);
    lp_big_mul(&log, &log, weight);
    lp_big_add(r, r, &log);
}
/* l L_p + w L_s - [kl] w L_t, w = (1 - l) T^2: the multiples of ln n and ln m to `whole`, the
 * log1p to `rest`; L_p and L_s are one for T = 1. */
static void logarithms(lp_big *whole, lp_big *rest, const lp_distill *d, const lp_big *mix,
                       const lp_big *weight) {
    const lp_big_row *student = &d->student.big, *teacher = &d->teacher.big;
    lp_big both, minus, of_n;
    lp_big_add(&both, mix, weight);
    lp_big_neg(&minus, weight);
    bool alike = d->kl && student->ties == teacher->ties;
    of_n = alike ? *mix : both;
    lp_big_set(whole, mix->n, 0);
    add_log(whole, &of_n, student->ties);
    if (d->kl && !alike) add_log(whole, &minus, teacher->ties);
    lp_big_set(rest, mix->n, 0);
    if (d->hard == &d->student) {
        add_log1p(rest, &both, student);
    } else {
        add_log1p(rest, mix, &d->hard->big);
        add_log1p(rest, weight, student);
    }
    if (d->kl) add_log1p(rest, &minus, teacher);
}

typedef struct loss_terms {
    const lp_distill *d;
    const lp_big *e_sum, *mix, *weight, *pull;
} loss_terms;
/* The first order of the rest, times n m^2: l m^2 e^-d_k + w m^2 e^-(d_k/T), and of the teacher (g
 * n lag_k - [kl] w n m) e^-((y_b - y_k)/T). */
static void first_order(lp_far *f, const void *context) {
    const loss_terms *t = context;
    const lp_distill *d = t->d;
    double m = d->teacher.big.ties, n = d->student.big.ties;
    lp_big c, x;
    for (int64_t k = 0; k < d->k; k++) {
        double z = lp_at(d->z, k);
        if (!lp_distill_absent(z) && z != d->student.z_top) {
            lp_big_mul_d(&c, t->mix, m * m);
            lp_far_add(f, d->student.z_top, z, 1, &c);
            lp_big_mul_d(&c, t->weight, m * m);
            lp_far_add(f, d->student.z_top, z, d->temperature, &c);
        }
        if (!below_top(d, k)) continue;
        lag(&c, d, t->e_sum, k);
        lp_big_mul(&c, &c, t->pull);
        lp_big_mul_d(&x, t->weight, m);
        if (d->kl) lp_big_sub(&c, &c, &x);
        lp_big_mul_d(&c, &c, n);
        lp_far_add(f, d->teacher.z_top, lp_at(d->y, k), d->temperature, &c);
    }
}

static void exact_loss(lp_big *r, const lp_distill *d, int n) {
    lp_big rational, x, mix, weight, pull, e_sum;
    bool taught = lp_distill_taught(d);
    double m = taught ? d->teacher.big.ties : 1;
    lp_big_set(&mix, n, d->mix);
    lp_big_set(&e_sum, n, 0);
    weight = pull = e_sum;
    if (taught) {
        lp_distill_weight(&pull, d, n, 1);
        lp_distill_weight(&weight, d, n, 2);
        top_gaps(&e_sum, d, n);
    }
    lp_big whole;
    logarithms(&whole, r, d, &mix, &weight);
    if (taught) {
        lags(&x, d, &e_sum);
        lp_big_mul(&x, &x, &pull);
        lp_big_mul_d(&rational, &d->teacher.big.all, m);
        lp_big_div(&x, &x, &rational);
        lp_big_add(r, r, &x);
    }
    if (lp_big_sign(r) == 2) {
        const loss_terms terms = {d, &e_sum, &mix, &weight, &pull};
        lp_far_settle(r, lp_far_sign(first_order, &terms, true));
    }
    lp_big_mul(&rational, &e_sum, &pull);
    if (d->mix != 0) {
        lp_big_row_gap(&x, &d->student.big, d->z_label);
        lp_big_mul_d(&x, &x, d->mix);
        lp_big_mul_d(&x, &x, m);
        lp_big_add(&rational, &rational, &x);
    }
    lp_big_div_d(&rational, &rational, m);
    lp_big_add(r, r, &whole);
    lp_big_add(r, r, &rational);
}

/* Rows may have more limbs than were asked for, all as many. */
void lp_distill_exact(lp_big *r, void *row, int out, int64_t j) {
    lp_distill *d = row;
    int n = lp_soft_row_big(&d->student, r->n);
    lp_soft_row_big(&d->teacher, n);
    if (d->hard != &d->student) lp_soft_row_big(d->hard, n);
    r->n = n;
    if (out == LP_EVAL_LOSS)
        exact_loss(r, d, n);
    else
        lp_distill_exact_gradient(r, d, j);
}
