/* distill in double-doubles. Every row is split at its largest logit: with d_j = z_a - z_j, L_p =
 * LSE(z) - z_a, L_s = LSE(z/T) - z_a/T and for the teacher, whose largest is b, y_b - y_j and L_t,
 *   CE = L_p + d_c
 *   X = L_s + sum t_j d_j/T,  less, for the divergence, L_t + sum t_j (y_b - y_j)/T
 * and where a class is the largest of both s_j - t_j = (1 - t_j) - (1 - s_j). Signed sums, that
 * cancel where student and teacher agree; their errors are counted and decide. */
#include "impl/distill_plain.h"

#include "impl/far.h"
#include "impl/rows.h"

static double param(const lp_call *c, lp_param p, double neutral) {
    return c->set & LP_PARAM_BIT(p) ? c->param[p] : neutral;
}

static lp_value share(const lp_soft_row *s, const lp_row *row, int64_t j, double z) {
    return lp_row_term(j == s->top ? lp_row_value(row, row->own) : lp_soft_row_other(row, z));
}
static lp_value logarithm(const lp_row *row) {
    return lp_row_term(lp_row_loss(row));
}
static lp_value others(const lp_row *row) { /* 1 - p at the largest */
    return lp_row_term(lp_row_value(row, row->rest));
}

/* sum t_j (d_j - [kl] (y_b - y_j)) */
static lp_value lag(const lp_distill *d, const lp_row *teacher) {
    lp_sum sum = lp_sum_open();
    for (int64_t j = 0; j < d->k; j++) {
        double z = lp_at(d->z, j), y = lp_at(d->y, j);
        if (lp_distill_absent(y)) continue;
        lp_value t = share(&d->teacher, teacher, j, y);
        lp_value far = lp_difference(d->student.z_top, z);
        if (d->kl) far = lp_value_sub(far, lp_difference(d->teacher.z_top, y));
        lp_sum_add(&sum, lp_value_mul(t, far));
    }
    return lp_sum_get(&sum);
}
static lp_value loss(lp_distill *d, bool precise) {
    lp_value sum = lp_value_zero();
    if (d->infinite != 0) return lp_special(d->infinite);
    if (d->mix != 0) {
        lp_value ce = logarithm(lp_soft_row_at(d->hard, precise));
        ce = lp_value_add(ce, lp_difference(d->student.z_top, d->z_label));
        sum = lp_value_mul(lp_value_from(d->mix), ce);
    }
    if (!lp_distill_taught(d)) return sum;
    const lp_row *teacher = lp_soft_row_at(&d->teacher, precise);
    lp_value log = logarithm(lp_soft_row_at(&d->student, precise));
    if (d->kl) log = lp_value_sub(log, logarithm(teacher));
    sum = lp_value_add(sum, lp_value_mul(d->weight, log));
    return lp_value_add(sum, lp_value_mul(d->pull, lag(d, teacher)));
}

/* p_j - [j = c] */
static lp_value hard_part(lp_distill *d, int64_t j, bool precise) {
    const lp_row *row = lp_soft_row_at(d->hard, precise);
    bool label = j == d->label;
    if (label && j == d->hard->top) return lp_value_neg(others(row));
    lp_value p = share(d->hard, row, j, lp_at(d->z, j));
    return label ? lp_value_sub(p, lp_value_from(1)) : p;
}
/* s_j - t_j */
static lp_value soft_part(lp_distill *d, int64_t j, bool precise) {
    const lp_row *s = lp_soft_row_at(&d->student, precise);
    const lp_row *t = lp_soft_row_at(&d->teacher, precise);
    if (j == d->student.top && j == d->teacher.top) return lp_value_sub(others(t), others(s));
    return lp_value_sub(share(&d->student, s, j, lp_at(d->z, j)),
                        share(&d->teacher, t, j, lp_at(d->y, j)));
}
static lp_value fast(void *row, int out, int64_t j, bool precise) {
    lp_distill *d = row;
    lp_value sum = lp_value_zero();
    if (out == LP_EVAL_LOSS) return loss(d, precise);
    if (d->mix != 0) sum = lp_value_mul(lp_value_from(d->mix), hard_part(d, j, precise));
    if (lp_distill_pulled(d))
        sum = lp_value_add(sum, lp_value_mul(d->pull, soft_part(d, j, precise)));
    return sum;
}

static bool same_rows(const lp_distill *d) {
    double z_top = d->student.z_top, y = lp_at(d->y, d->student.top);
    if (lp_distill_absent(y)) return false;
    for (int64_t j = 0; j < d->k; j++) {
        double zj = lp_at(d->z, j), yj = lp_at(d->y, j);
        if (lp_distill_absent(zj) != lp_distill_absent(yj)) return false;
        if (!lp_distill_absent(zj) && !lp_gap_same(zj, yj, z_top, y)) return false;
    }
    return true;
}

/* Both rows' distances to their largest are the same numbers in some order: as many classes, and of
 * each of the student's distances as many. */
static bool permuted(const lp_distill *d) {
    int64_t present = 0;
    for (int64_t i = 0; i < d->k; i++) {
        double z = lp_at(d->z, i), count = 0;
        present += (lp_distill_absent(z) ? 0 : 1) - (lp_distill_absent(lp_at(d->y, i)) ? 0 : 1);
        for (int64_t j = 0; j < d->k && !lp_distill_absent(z); j++) {
            double y = lp_at(d->y, j);
            count += lp_at(d->z, j) == z;
            count -= !lp_distill_absent(y) && lp_gap_same(d->student.z_top, z, d->teacher.z_top, y);
        }
        if (count != 0) return false;
    }
    return present == 0;
}
/* 1/s_j and 1/t_j are sums of exponentials of (z_i - z_j)/T and (y_i - y_j)/T: equal, by Lindemann
 * and Weierstrass, only where these are the same numbers in some order, the largest among them. */
bool lp_distill_twins(lp_distill *d, double z, double y) {
    if (lp_distill_absent(z) || lp_distill_absent(y)) return z == y;
    if (!lp_gap_same(d->student.z_top, z, d->teacher.z_top, y)) return false;
    if (d->permuted < 0) d->permuted = permuted(d);
    return d->permuted;
}

/* Rule 6, -ln of a class at -inf: +inf where its coefficient is above 0 (mix at the label, (1 -
 * mix) T^2 t_j), else -inf where one is below. */
static double infinite_loss(const lp_distill *d) {
    double sign = 0, weight = d->pull.x.m.hi;
    if (!d->student.row[0].minus_inf) return 0;
    for (int64_t j = 0; j < d->k; j++) {
        if (!lp_distill_absent(lp_at(d->z, j))) continue;
        bool taught = !lp_distill_absent(lp_at(d->y, j));
        if ((d->mix != 0 && j == d->label) || (taught && weight > 0)) return INFINITY;
        if (taught && weight < 0) sign = -INFINITY;
    }
    return sign;
}
static void read(lp_distill *d, const lp_call *c, int64_t i) {
    const double mix = param(c, LP_PARAM_MIX, 1);
    d->z = lp_view_logits(c, i);
    d->y = lp_view_limit(lp_view_row(c, LP_IN_TEACHER, i), c->k, c);
    d->k = c->k;
    d->mix = mix;
    d->temperature = param(c, LP_PARAM_TEMPERATURE, 1);
    d->kl = param(c, LP_PARAM_FORM, 0) != 0;
    d->label = mix != 0 ? c->label[i] : -1;
    d->z_label = mix != 0 ? lp_at(d->z, d->label) : 0;
}
/* False: the row is NaN. */
static bool open(lp_distill *d) {
    const double temperature = d->temperature;
    if (!lp_soft_row_set(&d->student, d->z, d->k, temperature) ||
        !lp_soft_row_set(&d->teacher, d->y, d->k, temperature))
        return false;
    d->hard = temperature == 1 ? &d->student : &d->apart;
    if (temperature != 1) lp_soft_row_set(&d->apart, d->z, d->k, 1);
    lp_value t = lp_value_from(temperature);
    d->pull = lp_value_mul(lp_difference(1, d->mix), t);
    d->weight = lp_value_mul(d->pull, t);
    d->equal = same_rows(d);
    d->infinite = infinite_loss(d);
    d->permuted = -1;
    d->far_known = false;
    return true;
}
typedef struct kept {
    lp_distill_rows *rows;
} kept;
static void answer(const void *context, const lp_call *c, int64_t i, lp_job *job) {
    static const lp_row_eval eval = {
        .fast = fast, .exact = lp_distill_exact, .over = lp_distill_over, .precise = true};
    lp_distill d;
    lp_soft_plain done;
    read(&d, c, i);
    const bool quick = lp_distill_plain_row(&done, job, &d, ((const kept *)context)->rows, c, i);
    if (quick && done.loss && done.grad) return;
    if (!open(&d))
        lp_job_fill(job, c->k, NAN);
    else if (quick)
        lp_soft_plain_complete(job, &done, &eval, &d, c->k);
    else
        lp_job_answer(job, &eval, &d, c->k);
}
void lp_run_distill(const lp_call *c) {
    lp_distill_rows rows;
    const kept k = {&rows};
    rows.first = rows.count = 0;
    lp_batch_answer(c, c->k, answer, &k);
}
