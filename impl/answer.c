/* Results that are rounded correctly: from double-doubles where their error leaves no doubt, else
 * from precise ones, else from 5, 20 and 72 limbs (big.h). Beyond that, where a sum of logarithms
 * or exponentials cancels to less than 2^-4500 of its terms and no rational reason for it is seen,
 * the middle of what is known stands: 0 where its sign is not known, and a tie where it is as near
 * to the middle between two numbers, as a sum of logarithms of powers of two over ln 2 is. */
#include "impl/batch.h"
#include "impl/far.h"

/* Beyond these precise.h's sums are no better. */
static bool may_be_precise(const lp_row_eval *eval, int64_t k) {
    return eval->precise && k <= INT64_C(1) << 20;
}

/* By `over`, the mean's denominator (NULL: 1), and by ln 2. */
static void divide(lp_big *r, const lp_big *over, const lp_exact_sum *by, bool bits) {
    lp_big divisor, count;
    if (over) divisor = *over;
    if (by) lp_big_set_sum(&count, r->n, by);
    if (over && by) lp_big_mul(&divisor, &divisor, &count);
    if (over || by) lp_big_div(r, r, over ? &divisor : &count);
    if (!bits) return;
    lp_big_set_ln2(&divisor, r->n);
    lp_big_div(r, r, &divisor);
}
/* r over `over` (NULL: 1) as the sink scales it, rounded; of an infinite upstream it has the sign.
 */
static bool settled(double *y, lp_big *r, const lp_big *over, const lp_sink *s) {
    if (s->scaled && !isfinite(s->times)) {
        int sign = lp_big_sign(r);
        *y = sign == 2 || sign == 0 ? NAN : sign * s->times;
        return sign != 2;
    }
    if (s->scaled) lp_big_mul_d(r, r, s->times);
    divide(r, over, s->scaled ? s->over : NULL, s->scaled && s->bits);
    return lp_big_round(y, r, s->single);
}

double lp_job_component(const lp_sink *s, const lp_row_eval *eval, void *row, int out, int64_t j,
                        int64_t k) {
    double y;
    lp_value v = lp_sink_value(s, eval->fast(row, out, j, false));
    if (lp_value_decided(&y, v, s->single)) return y;
    if (may_be_precise(eval, k)) {
        v = lp_sink_value(s, eval->fast(row, out, j, true));
        if (lp_value_decided(&y, v, s->single)) return y;
    }
    for (int level = 0; level < LP_BIG_LEVELS; level++) {
        const bool divided = eval->over && out != LP_EVAL_LOSS;
        lp_big r, over;
        r.n = lp_big_limbs[level];
        eval->exact(&r, row, out, j);
        if (divided) eval->over(&over, row);
        if (settled(&y, &r, divided ? &over : NULL, s)) break;
    }
    return y;
}

/* Once without writing where rows are overwritten, so that they have been read as far as they must.
 */
static void components(const lp_job *job, const lp_row_eval *eval, void *row, int64_t k) {
    int first = eval->vector ? LP_EVAL_LOSS : LP_EVAL_GRAD;
    bool any = false;
    for (int o = first; o < LP_EVAL_OUTPUTS; o++) any |= job->out[o].data != NULL;
    for (int dry = job->in_place && k > 1 ? 1 : 0; any && dry >= 0; dry--)
        for (int64_t j = 0; j < k; j++) {
            double y[LP_EVAL_OUTPUTS];
            for (int o = first; o < LP_EVAL_OUTPUTS; o++)
                if (job->out[o].data) y[o] = lp_job_component(&job->out[o], eval, row, o, j, k);
            for (int o = first; !dry && o < LP_EVAL_OUTPUTS; o++)
                if (job->out[o].data) lp_sink_store(&job->out[o], j, y[o]);
        }
}

/* Two sums, so that numbers beyond the limbs of the whole are added among themselves before they
 * move it to a side: of what is left below 2^2200 2^-64 n, and the limbs reach twice as far. */
static void add_exact(lp_job *job, const lp_row_eval *eval, void *row) {
    lp_big loss, rest;
    const int n = job->sum->n;
    lp_value known = eval->fast(row, LP_EVAL_LOSS, 0, false);
    loss.n = rest.n = n;
    if (known.err == -INFINITY) { /* what is no formula's among them: 0 beyond a margin */
        lp_big_set_dd(&loss, n, known.x.m);
        lp_big_scale(&loss, &loss, (int64_t)known.x.e);
    } else if (eval->apart && eval->apart(&loss, &rest, row)) {
        lp_big_add(job->rest, job->rest, &rest);
    } else {
        eval->exact(&loss, row, LP_EVAL_LOSS, 0);
    }
    bool below = loss.limb[n - 1] == 0 || loss.e < 2200 - 64 * n;
    lp_big *to = below ? job->rest : job->sum;
    lp_big_add(to, to, &loss);
}

void lp_job_answer(lp_job *job, const lp_row_eval *eval, void *row, int64_t k) {
    if (job->far && eval->far) eval->far(job->far, row);
    if (job->sum) add_exact(job, eval, row);
    if (job->far || job->sum) return;
    if (job->total)
        job->loss = eval->fast(row, LP_EVAL_LOSS, 0, job->precise && may_be_precise(eval, k));
    const lp_sink *loss = &job->out[LP_EVAL_LOSS];
    if (loss->data && !eval->vector)
        lp_sink_store(loss, 0, lp_job_component(loss, eval, row, LP_EVAL_LOSS, 0, k));
    components(job, eval, row, k);
}
void lp_job_fill(lp_job *job, int64_t k, double value) {
    job->loss = lp_value_from(value);
    if (job->far || job->sum) return;
    if (job->out[LP_EVAL_LOSS].data) lp_sink_store(&job->out[LP_EVAL_LOSS], 0, value);
    for (int out = LP_EVAL_GRAD; out < LP_EVAL_OUTPUTS; out++)
        lp_sink_fill(&job->out[out], k, value);
}

/* --- batches --------------------------------------------------------------------------------- */

typedef struct work {
    lp_batch batch;
    int64_t k;
    lp_row_answer *row;
    const void *context;
    bool in_place;
} work;

static void answer_row(const work *w, int64_t i, lp_job *job) {
    if (lp_batch_skips(&w->batch, i))
        lp_job_fill(job, w->k, 0);
    else if (lp_batch_spoiled(&w->batch, i))
        lp_job_fill(job, w->k, NAN);
    else
        w->row(w->context, w->batch.call, i, job);
}
static lp_sink loss_at(const work *w, int64_t i) {
    lp_sink s = lp_sink_loss(w->batch.call, i);
    s.scaled = s.bits = w->batch.bits;
    if (s.bits) s.factor = lp_batch_unit(&w->batch, s.factor); /* 1 / ln 2 */
    return s;
}
static void gradients(const work *w, int64_t i, lp_job *job) {
    job->out[LP_EVAL_GRAD] = lp_batch_sink(&w->batch, LP_OUT_GRAD, i);
    job->out[LP_EVAL_GRAD_P] = lp_batch_sink(&w->batch, LP_OUT_GRAD_P, i);
}

/* Sums the losses; writes the gradients on the way where `too`. */
static lp_value total(work *w, bool precise, bool too) {
    lp_sum sum = lp_sum_open();
    bool nan = false;
    for (int64_t i = 0; i < w->batch.call->n; i++) {
        lp_job job = {.total = true, .precise = precise, .in_place = too && w->in_place};
        if (too) gradients(w, i, &job);
        answer_row(w, i, &job);
        nan |= isnan(job.loss.special);
        lp_sum_add(&sum, job.loss);
    }
    return nan ? lp_special(NAN) : lp_sum_get(&sum);
}
static bool mean_decided(double *y, const lp_batch *b, lp_value sum, bool single) {
    const lp_call *c = b->call;
    bool zero = c->set & LP_PARAM_BIT(LP_PARAM_EMPTY_MEAN) && c->param[LP_PARAM_EMPTY_MEAN] != 0;
    if (isnan(sum.special))
        ;
    else if (b->empty)
        sum = zero ? lp_value_zero() : lp_special(NAN);
    else
        sum = b->count.special != 0 ? b->count : lp_value_div(sum, b->count.x);
    return lp_value_decided(y, lp_batch_unit(b, sum), single);
}
static void far_terms(lp_far *f, const void *context) {
    const work *w = context;
    for (int64_t i = 0; i < w->batch.call->n; i++) {
        lp_job job = {.far = f};
        if (!lp_batch_skips(&w->batch, i)) answer_row(w, i, &job);
    }
}
static void exact_total(double *y, work *w, bool single) {
    for (int level = 0; level < LP_BIG_LEVELS; level++) {
        lp_big sum, rest;
        lp_big_set(&sum, lp_big_limbs[level], 0);
        rest = sum;
        for (int64_t i = 0; i < w->batch.call->n; i++) {
            lp_job job = {.sum = &sum, .rest = &rest};
            if (!lp_batch_skips(&w->batch, i)) answer_row(w, i, &job);
        }
        if (lp_big_sign(&rest) == 2 && rest.n == LP_BIG_LIMBS)
            lp_far_settle(&rest, lp_far_sign(far_terms, w, true));
        lp_big_add(&sum, &sum, &rest);
        divide(&sum, NULL, w->batch.call->reduction == LP_REDUCE_MEAN ? &w->batch.exact : NULL,
               w->batch.bits);
        if (lp_big_round(y, &sum, single)) break;
    }
}
/* A sum whose rows are overwritten by gradients comes before them. */
static void reduced(work *w, bool loss, bool grads) {
    const lp_call *c = w->batch.call;
    double y;
    bool single = c->format == LP_BINARY32, apart = w->in_place && grads;
    lp_value sum = total(w, false, !(loss && apart));
    if (!loss) return;
    if (!mean_decided(&y, &w->batch, sum, single) &&
        !mean_decided(&y, &w->batch, total(w, true, false), single))
        exact_total(&y, w, single);
    lp_sink s = loss_at(w, 0);
    for (int64_t i = 0; apart && i < c->n; i++) {
        lp_job job = {.in_place = true};
        gradients(w, i, &job);
        answer_row(w, i, &job);
    }
    lp_sink_store(&s, 0, y);
}

void lp_batch_answer(const lp_call *c, int64_t k, lp_row_answer *row, const void *context) {
    work w = {.k = k, .row = row, .context = context, .in_place = lp_batch_in_place(c)};
    lp_batch_open(&w.batch, c);
    if (c->reduction != LP_REDUCE_NONE) {
        reduced(&w, c->out[LP_OUT_LOSS].data != NULL,
                c->out[LP_OUT_GRAD].data || c->out[LP_OUT_GRAD_P].data);
        return;
    }
    for (int64_t i = 0; i < c->n; i++) {
        lp_job job = {.in_place = w.in_place, .out = {loss_at(&w, i)}};
        gradients(&w, i, &job);
        answer_row(&w, i, &job);
    }
}
