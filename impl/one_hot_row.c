#include "impl/one_hot_row.h"

#include "impl/bounds.h"
#include "impl/mag.h"

void lp_one_hot_open(lp_one_hot_row *r, lp_view z, int64_t k, int64_t label, double temperature,
                     double weight) {
    r->z = z;
    r->k = k;
    r->label = label;
    r->own = lp_at(z, label);
    r->temperature = temperature;
    r->weight = weight;
    r->known[0] = r->known[1] = false;
    r->levels = 0;
}

/* --- double-double ---------------------------------------------------------------------------- */

static bool split(lp_one_hot_row *r, bool precise) {
    if (!r->known[precise])
        r->known[precise] =
            lp_row_split(&r->row[precise], r->z, r->k, r->label, r->temperature, precise);
    return r->known[precise];
}
bool lp_one_hot_quick(lp_one_hot_row *r) {
    return split(r, false);
}

static lp_value loss(const lp_one_hot_row *r, const lp_row *row) {
    lp_value w = lp_value_from(r->weight);
    if (row->infinite && r->weight != 0) return lp_value_mul(lp_special(INFINITY), w);
    return lp_value_mul(lp_good_to(row->loss, row->precise ? LP_PRECISE_BITS : LP_QUICK_BITS), w);
}
/* Quick rows are not made for this; where there is none, what asks has a better answer already. */
static lp_value fast(void *context, int out, int64_t j, bool precise) {
    lp_one_hot_row *r = context;
    if (!precise && !r->known[0]) return lp_unknown();
    if (!split(r, precise)) return lp_special(NAN);
    const lp_row *row = &r->row[precise];
    if (out == LP_EVAL_LOSS) return loss(r, row);
    lp_wide p = j == r->label ? lp_wide_neg(row->rest) : lp_row_other(row, r->other);
    lp_value v = lp_good_to(p, precise ? LP_PRECISE_BITS : LP_GRAD_BITS);
    v = lp_value_mul(v, lp_value_from(r->weight));
    return r->temperature == 1 ? v : lp_value_div(v, lp_wide_from(r->temperature));
}

/* --- limbs ------------------------------------------------------------------------------------ */

/* (a - b)/T, its exponential; a may be -inf in the latter */
static void gap(lp_big *r, int n, double a, double b, double temperature) {
    lp_big low;
    lp_big_set(r, n, a);
    lp_big_set(&low, n, b);
    lp_big_sub(r, r, &low);
    if (temperature != 1) lp_big_div_d(r, r, temperature);
}
static void power(lp_big *r, int n, double a, double b, double temperature) {
    if (a < -DBL_MAX) {
        lp_big_set(r, n, 0);
        return;
    }
    gap(r, n, a, b, temperature);
    lp_big_exp(r, r);
}
static double top(const lp_one_hot_row *r) {
    return r->row[r->known[0] ? 0 : 1].shift.z_max;
}
static const lp_big *sum_of(lp_one_hot_row *r, int n) {
    int level = 0;
    while (lp_big_limbs[level] < n) level++;
    for (; r->levels <= level; r->levels++) {
        lp_big *sum = &r->sum[r->levels], term;
        lp_big_set(sum, lp_big_limbs[r->levels], 0);
        for (int64_t j = 0; j < r->k; j++) {
            double z = lp_at(r->z, j);
            if (j == r->label || z < -DBL_MAX) continue;
            power(&term, sum->n, z, top(r), r->temperature);
            lp_big_add(sum, sum, &term);
        }
    }
    return &r->sum[level];
}
/* As lp_row_split. For T = 1 the term d of the loss is exact and what is added to it positive, so
 * that a d on a midpoint is told from the loss. */
static void exact_loss(lp_big *y, const lp_one_hot_row *r, const lp_big *sum) {
    int n = sum->n;
    double own = r->own;
    lp_big d, one;
    gap(&d, n, top(r), own, r->temperature);
    lp_big_set(&one, n, 1);
    if (top(r) <= own) {
        lp_big_exp(y, &d);
        lp_big_mul(y, y, sum);
        lp_big_log1p(y, y);
        return;
    }
    lp_big_neg(y, &d);
    lp_big_exp(y, y);
    lp_big_add(y, y, sum);
    lp_big_sub(y, y, &one);
    lp_big_log1p(y, y);
    lp_big_add(y, &d, y);
}
/* w times the sink's factor, and what it is divided by: T times a mean's denominator */
static void factors(lp_big *w, lp_big *d, const lp_one_hot_row *r, int n) {
    const lp_sink *s = r->sink;
    lp_big_set(w, n, r->weight);
    lp_big_set(d, n, r->temperature);
    if (!s->scaled) return;
    if (isfinite(s->times)) lp_big_mul_d(w, w, s->times);
    if (s->over) {
        lp_big count;
        lp_big_set_sum(&count, n, s->over);
        lp_big_mul(d, d, &count);
    }
}
/* The gradient with all its factors, f e_j/(S d) and -f R/(S d), R = S - e_c. With equal logits it
 * is rational, and a tie is recognised as what is divided is exact. Beside equal ones may lie
 * classes so far below that of their exponentials t only the sign is known: R/S grows by t at most,
 * relatively, so that it is found without t, which then tells the side of a tie; and where c itself
 * is below the others R/S is 1 less the positive e_c/S. By the theorem of Lindemann and Weierstrass
 * no other gradient lies on a midpoint: some number of limbs decides. */
static void exact_gradient(lp_big *y, const lp_one_hot_row *r, const lp_big *sum, bool own) {
    int n = sum->n;
    lp_big e, all, rest = *sum, f, d;
    lp_mag more = {0, 0};
    power(&e, n, r->own, top(r), r->temperature);
    factors(&f, &d, r, n);
    bool known = lp_mag_is_zero(e.in) && lp_mag_is_zero(e.out);
    if (own && known && lp_mag_is_zero(sum->in)) {
        more = sum->out;
        rest.out = (lp_mag){0, 0};
    }
    lp_big_add(&all, &e, &rest);
    lp_big_mul(&all, &all, &d);
    if (!own) {
        power(y, n, r->other, top(r), r->temperature);
    } else if (known || r->own > top(r)) {
        lp_big_neg(y, &rest);
    } else {
        *y = e;
    }
    lp_big_mul(y, y, &f);
    lp_big_div(y, y, &all);
    if (own && !known && r->own <= top(r)) {
        lp_big_div(&f, &f, &d);
        lp_big_sub(y, y, &f);
    }
    lp_mag size = {2, y->e}; /* |y| < 2^e, and more than its error can add */
    y->out = lp_mag_add(y->out, lp_mag_mul(size, more));
}
static void exact(lp_big *y, void *context, int out, int64_t j) {
    lp_one_hot_row *r = context;
    const lp_big *sum = sum_of(r, y->n);
    if (out != LP_EVAL_LOSS) {
        exact_gradient(y, r, sum, j == r->label);
        return;
    }
    exact_loss(y, r, sum);
    lp_big_mul_d(y, y, r->weight);
}

const lp_row_eval lp_one_hot_eval = {.fast = fast, .exact = exact, .precise = true};

/* `exact` multiplies gradients itself, but by what is infinite or NaN. */
static double gradient(lp_one_hot_row *r, const lp_sink *s, int64_t j) {
    lp_sink sink = *s;
    r->sink = s;
    sink.over = NULL;
    if (isfinite(s->times)) sink.times = 1;
    return lp_job_component(&sink, &lp_one_hot_eval, r, LP_EVAL_GRAD, j, r->k);
}

double lp_one_hot_loss(lp_one_hot_row *r, const lp_sink *s) {
    return lp_job_component(s, &lp_one_hot_eval, r, LP_EVAL_LOSS, 0, r->k);
}
double lp_one_hot_own(lp_one_hot_row *r, const lp_sink *s) {
    return gradient(r, s, r->label);
}
double lp_one_hot_other(lp_one_hot_row *r, const lp_sink *s, double z) {
    r->other = z;
    return gradient(r, s, r->label ? 0 : 1);
}
