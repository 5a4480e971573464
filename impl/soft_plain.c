#include "impl/soft_plain.h"

#include "impl/log_dd.h"
#include "impl/row.h"
#include "impl/single_row.h"
#include "impl/soft_lanes.h"
#include "impl/split.h"

/* The row without its largest logit m, R the rest's sum of exponentials, w = exp(m):
 *   loss = sum t_j (m - z_j) + log1p(R/w) sum t_j        g_j = exp(z_j) factor - t_j scale
 * with factor = scale sum t/(R + w). */
typedef struct tame_row {
    lp_dd rest, top;
    lp_soft_sums sums;
} tame_row;

/* As in split.c; NaN is not tame. */
static bool tame(tame_row *r, lp_view z, lp_view t, int64_t k) {
    int64_t top = lp_row_argmax(z, k);
    double m = lp_at(z, top);
    if (!(m >= LP_TAME_LOW && m <= LP_TAME)) return false;
    lp_long_sum others = z.single ? lp_single_row_sum(NULL, z.data, k, top, NULL, NULL)
                                  : lp_long_row_sum(NULL, NULL, z.data, k, top, NULL);
    if (!(others.max >= LP_TAME_LOW && others.sum.hi <= DBL_MAX)) return false;
    lp_dd w = lp_exp_term(m);
    r->rest = others.sum;
    r->top = lp_fast_two_sum(w.hi, w.lo);
    r->sums = lp_soft_lanes_sum(z.data, t.data, z.single, k, m);
    return !r->sums.wild;
}

/* All terms are >= 0: 2^-66.7 as in split.c, in binary32 2^-50.6 of R, the sums' 2^-85. What
 * underflows in products is 2^-1074 a term. */
static bool loss_of(lp_value *loss, const tame_row *r, bool single) {
    lp_dd log = lp_log1p_dd(lp_dd_div(r->rest, r->top));
    lp_dd sum = lp_dd_add(lp_dd_mul(log, r->sums.targets), r->sums.gaps);
    if (!(sum.hi >= 0x1p-900 && sum.hi <= 0x1p900)) return false;
    *loss = lp_good_to(lp_wide_make(sum, 0), single ? 48 : LP_QUICK_BITS);
    return true;
}
static bool add_entropy(lp_value *loss, lp_view t, int64_t k) {
    lp_dd sum;
    if (!lp_soft_lanes_entropy(&sum, t.data, t.single, k)) return false;
    if (sum.hi != 0) *loss = lp_value_add(*loss, lp_number(lp_wide_make(sum, 0)));
    return true;
}
/* The factor: R 2^-79.4, w 2^-80.4, sum t 2^-85, a product and a quotient of 2^-100: below 2^-79.3
 * in all; in binary32 R 2^-50.6, and rounded to a double 2^-50.3. */
bool lp_soft_plain_row(lp_soft_plain *done, lp_job *job, lp_view z, lp_view t, int64_t k,
                       bool entropy) {
    const lp_sink *loss = &job->out[LP_EVAL_LOSS], *grad = &job->out[LP_EVAL_GRAD];
    tame_row r;
    lp_wide scale;
    lp_value v;
    double y;
    if (job->sum || job->precise || job->in_place || k < 2 || k > INT64_C(1) << 20) return false;
    const bool single = z.single;
    if (!lp_view_dense(z, single) || !lp_view_dense(t, single)) return false;
    if (grad->data &&
        (!lp_sink_scale(&scale, grad) || scale.m.hi == 0 || !(fabs(scale.e) < (single ? 60 : 300))))
        return false;
    if (!tame(&r, z, t, k) || !loss_of(&v, &r, single)) return false;
    if (entropy && (loss->data || job->total) && !add_entropy(&v, t, k)) return false;
    lp_dd times = grad->data ? lp_wide_dd(scale) : (lp_dd){1, 0};
    lp_dd factor = lp_dd_div(lp_dd_mul(times, r.sums.targets), lp_dd_add(r.rest, r.top));
    if (!(fabs(factor.hi) >= 0x1p-700)) return false; /* at most 2^702 */
    *done = (lp_soft_plain){true, true};
    job->loss = v;
    if (loss->data) {
        done->loss = lp_value_decided(&y, lp_sink_value(loss, v), loss->single);
        if (done->loss) lp_sink_store(loss, 0, y);
    }
    if (grad->data && single)
        done->grad = lp_soft_lanes_scale_single(grad->data, z.data, t.data, k, factor.hi, times.hi);
    else if (grad->data)
        done->grad = lp_soft_lanes_scale(grad->data, z.data, t.data, k, factor, times);
    return true;
}

static bool missing(const lp_sink *s, int64_t j) {
    return isnan(s->single ? (double)((float *)s->data)[j] : ((double *)s->data)[j]);
}
void lp_soft_plain_complete(lp_job *job, const lp_soft_plain *done, const lp_row_eval *eval,
                            void *row, int64_t k) {
    lp_sink grad = job->out[LP_EVAL_GRAD];
    job->out[LP_EVAL_GRAD].data = NULL;
    if (!done->loss) lp_job_answer(job, eval, row, k);
    for (int64_t j = 0; !done->grad && j < k; j++)
        if (missing(&grad, j))
            lp_sink_store(&grad, j, lp_job_component(&grad, eval, row, LP_EVAL_GRAD, j, k));
}
