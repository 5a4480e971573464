#include "ref/exact.h"

#include "core/memory.h"
#include "ref/distill.h"
#include "ref/env.h"
#include "ref/focal_sigmoid.h"
#include "ref/logistic.h"
#include "ref/part.h"
#include "ref/policy_grad.h"
#include "ref/refine.h"
#include "ref/round.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Rows that keep their enclosures: a judge asks output by output, and without this every output of
 * a batch would evaluate every row again. About 8 MiB at 100 bits. */
#define KEPT_LOGITS 65536

const lp_family *lp_family_get(lp_op op) {
    switch (op) {
    case LP_OP_SOFTMAX_XENT:
    case LP_OP_SOFTMAX_XENT_SOFT:
        return &lp_family_softmax_xent;
    case LP_OP_KL_LOGITS:
        return &lp_family_kl_logits;
    case LP_OP_FOCAL_SOFTMAX:
        return &lp_family_focal_softmax;
    case LP_OP_LOGSUMEXP:
        return &lp_family_logsumexp;
    case LP_OP_SOFTMAX:
        return &lp_family_softmax;
    case LP_OP_LOG_SOFTMAX:
        return &lp_family_log_softmax;
    case LP_OP_SIGMOID:
    case LP_OP_LOG_SIGMOID:
    case LP_OP_SOFTPLUS:
        return &lp_family_sigmoid;
    case LP_OP_FOCAL_SIGMOID:
        return &lp_family_focal_sigmoid;
    case LP_OP_BCE_LOGITS:
    case LP_OP_MULTILABEL_BCE:
        return &lp_family_bce;
    case LP_OP_ENTROPY:
        return &lp_family_entropy;
    case LP_OP_CROSS_ENTROPY:
        return &lp_family_cross_entropy;
    case LP_OP_KL_DIV:
        return &lp_family_kl_div;
    case LP_OP_DISTILL:
        return &lp_family_distill;
    case LP_OP_POLICY_GRAD:
        return &lp_family_policy_grad;
    case LP_OP_KL_GEN:
        return &lp_family_kl_gen;
    case LP_OP_NLL:
        return &lp_family_nll;
    case LP_OP_BCE_PROB:
        return &lp_family_bce_prob;
    case LP_OP_ECE:
        return &lp_family_ece;
    case LP_OP_PERPLEXITY:
        return &lp_family_perplexity;
    case LP_OP_BRIER:
        return &lp_family_brier;
    case LP_OP_LOGISTIC_MARGIN:
        return &lp_family_logistic_margin;
    case LP_OP_HINGE:
    case LP_OP_HINGE_MULTI:
        return &lp_family_hinge;
    case LP_OP_MSE_SIGMOID:
        return &lp_family_mse_sigmoid;
    case LP_OP_MSE_SOFTMAX:
        return &lp_family_mse_softmax;
    case LP_OP_INFO_NCE:
        return &lp_family_info_nce;
    case LP_OP_LINEAR_XENT:
        return &lp_family_linear_xent;
    default:
        return NULL;
    }
}

/* Section 2, rule 1, what all operations share; written so that a NaN parameter is outside. */
static lp_status common_domain(const lp_case *c) {
    const lp_op_info *info = lp_op_get(c->op);
    if (c->n < 0 || c->k < 1 || (info->scalar && c->k != 1)) return LP_E_ARGUMENT;
    for (int i = 0; i < LP_IN_COUNT; i++)
        if (info->required & 1u << i && !c->in[i] && lp_case_in_len(c, (lp_in)i) > 0)
            return LP_E_ARGUMENT;
    if (info->label != LP_LABEL_NONE && info->label != LP_LABEL_MAYBE && !c->label && c->n > 0)
        return LP_E_ARGUMENT;
    for (int p = 0; c->set && p < LP_PARAM_WEIGHTS; p++) {
        if (!lp_case_has(c, (lp_param)p)) continue;
        const lp_param_info *param = lp_param_get((lp_param)p);
        double x = c->param[p];
        if (!(x >= param->min && x <= param->max) || (param->open_min && x == param->min))
            return LP_E_ARGUMENT;
    }
    return LP_OK;
}

/* p bits of the answer and some to spare, and the bits that a sum of K terms, and of N rows, can
 * lose. Exponentials by integers cost the same at any precision up to theirs: 37 to spare, a random
 * component is undecided once in 2^36. MPFR's cost by the bit: 12, by which a row of any K has a
 * component undecided about once in 300 times; a limb at least. */
static mpfr_prec_t start_precision(const lp_case *c, int p, bool integers) {
    mpfr_prec_t bits = p + (integers ? 37 : 12);
    for (int64_t k = c->k; k > 0; k /= 2) bits++;
    bool rows = c->reduction != LP_REDUCE_NONE || lp_op_whole(lp_op_get(c->op));
    for (int64_t n = c->n; n > 1 && rows; n /= 2) bits++;
    return bits < 64 ? 64 : bits;
}

/* Of a batch that the tiers in front decide, few rows are ever opened. */
void lp_refine_make_row(lp_row *row, mpfr_prec_t prec) {
    row->made = true;
    row->at = -1;
    for (int i = 0; i < LP_ROW_EXACT; i++) mpfr_init2(row->x[i], 64);
    for (int i = 0; i < LP_ROW_INTERVALS; i++) lp_iv_init(&row->iv[i], prec);
    for (int i = 0; i < LP_BOUND_SLOTS; i++) mpfr_init2(row->bound.err[i], LP_BOUND_PREC);
}

void lp_row_clear(lp_row *row) {
    for (int i = 0; i < LP_ROW_EXACT; i++) mpfr_clear(row->x[i]);
    for (int i = 0; i < LP_ROW_INTERVALS; i++) lp_iv_clear(&row->iv[i]);
    for (int i = 0; i < LP_BOUND_SLOTS; i++) mpfr_clear(row->bound.err[i]);
    lp_vec_clear(&row->e);
    lp_vec_clear(&row->depth);
    free(row->limit);
    lp_vec_clear(&row->bound.each);
    lp_vec_clear(&row->bound.logit);
    for (int64_t i = 0; i < row->parts; i++) lp_row_clear(&row->part[i]);
    free(row->part);
}

void lp_scope_init(lp_scope *s, const lp_case *c) {
    int p = s->within->p > s->format->p ? s->within->p : s->format->p;
    s->start = start_precision(c, p, s->integers);
    for (int i = 0; i < LP_CASE_EXACT; i++) mpfr_init2(s->con[i], 64);
    for (int i = 0; i < 3; i++) mpfr_init2(s->work[i], 128);
    for (int i = 0; i < 2; i++) lp_iv_init(&s->iv[i], 64);
    lp_bound_unit_init(&s->unit, s->within);
}

void lp_scope_clear(lp_scope *s) {
    for (int i = 0; i < LP_CASE_EXACT; i++) mpfr_clear(s->con[i]);
    for (int i = 0; i < 3; i++) mpfr_clear(s->work[i]);
    for (int i = 0; i < 2; i++) lp_iv_clear(&s->iv[i]);
    lp_bound_unit_clear(&s->unit);
    for (int i = 0; i < s->parts; i++) lp_scope_clear(&s->part[i]);
    free(s->part);
    free(s->view); /* their arrays are another's */
    free(s->stack);
}

lp_exact *lp_exact_new(const lp_case *c, lp_error *err) {
    const lp_family *family = lp_family_get(c->op);
    if (!family) {
        lp_error_set(err, "%s is not built in the reference", lp_op_get(c->op)->name);
        return NULL;
    }
    lp_env_assert_doubles();
    lp_exact *e = lp_memory_zeros(1, sizeof *e);
    e->family = family;
    e->scope.c = c;
    e->scope.integers = true;
    e->scope.bits = lp_case_param(c, LP_PARAM_BASE) == 1;
    e->scope.format = e->scope.within = lp_case_format(c);
    e->status = common_domain(c);
    if (e->status == LP_OK && family->domain) e->status = family->domain(c);
    if (e->status == LP_OK) e->tier = lp_tier_new(c);
    return e;
}

/* Asked for with every component that MPFR has. */
static void find_lengths(lp_exact *e) {
    const lp_op_info *info = lp_op_get(e->scope.c->op);
    for (int o = 0; o <= info->out_count; o++) {
        lp_out out = o < info->out_count ? info->out[o].role : LP_OUT_HVP;
        e->reduced[out] = lp_case_reduced(e->scope.c, out);
        e->length[out] = lp_refine_rows(e) > 0 ? lp_refine_row_length(e, out) : 1;
    }
}

void lp_refine_ready(lp_exact *e) {
    const lp_case *c = e->scope.c;
    if (e->ready) return;
    find_lengths(e);
    e->ready = true;
    lp_scope_init(&e->scope, c);
    lp_enclosure_init(&e->x);
    lp_batch_init(&e->batch, c, e->scope.within);
    int64_t rows = lp_refine_rows(e);
    if (rows == 0) return;
    if (e->family->prepare) e->family->prepare(&e->scope);
    e->slots = KEPT_LOGITS / (c->k + 64); /* a row costs as much as 64 logits by itself */
    e->slots = e->slots < 1 ? 1 : e->slots > rows ? rows : e->slots;
    e->row = lp_memory_zeros((size_t)e->slots, sizeof *e->row);
}

void lp_exact_forgo_tier(lp_exact *e) {
    if (e->ready) { /* a row's exponentials and their error would not be of one kind */
        fputs("lossproof: the reference is told too late to do without the integer tier\n", stderr);
        abort();
    }
    lp_tier_free(e->tier);
    e->tier = NULL;
    e->scope.integers = false;
}

static void clear_mpfr(lp_exact *e) {
    for (int64_t i = 0; i < e->slots; i++)
        if (e->row[i].made) lp_row_clear(&e->row[i]);
    free(e->row);
    lp_scope_clear(&e->scope);
    lp_enclosure_clear(&e->x);
    lp_batch_clear(&e->batch);
}

void lp_exact_free(lp_exact *e) {
    if (!e) return;
    if (e->ready) clear_mpfr(e);
    lp_tier_free(e->tier);
    free(e);
}

lp_status lp_exact_status(const lp_exact *e) {
    return e->status;
}

int64_t lp_exact_len(const lp_exact *e, lp_out out) {
    return e->status == LP_OK ? lp_case_out_len(e->scope.c, out) : 0;
}

lp_kind lp_exact_kind(lp_exact *e, lp_out out, int64_t i) {
    lp_env env;
    lp_env_enter(&env);
    lp_kind kind = lp_refine_kind(e, out, i);
    lp_env_leave(&env);
    return kind;
}

double lp_kind_value(lp_kind kind) {
    return kind == LP_KIND_NAN ? NAN : kind == LP_KIND_PINF ? INFINITY : -INFINITY;
}

typedef struct round_ask {
    const lp_format *format;
    lp_rounding mode;
    double x; /* `direct`: what both ends round to */
    bool direct;
    lp_cell cell;
} round_ask;

const lp_format *lp_refine_format(const lp_exact *e, lp_format_id format) {
    return e->scope.format->flush ? lp_format_flushed(format) : lp_format_get(format);
}

/* binary64 is what mpfr_get_d rounds to, once, subnormal numbers and overflow included; it is
 * monotone, so that where both ends round alike x does. Elsewhere, and where they don't, the cell
 * decides, which knows that x is no end of its interval. */
static bool round_ends(round_ask *ask, const lp_enclosure *x) {
    static const mpfr_rnd_t rnd[LP_ROUNDING_COUNT] = {MPFR_RNDN, MPFR_RNDZ, MPFR_RNDU, MPFR_RNDD};
    if (ask->format->p != 53 || ask->format->flush || x->whole || !x->unit || !mpfr_zero_p(x->a) ||
        !mpfr_zero_p(x->two))
        return false;
    double high = mpfr_get_d(x->r.hi, rnd[ask->mode]);
    ask->x = mpfr_get_d(x->r.lo, rnd[ask->mode]);
    return ask->x == high && ask->x != 0;
}

static bool find_rounded(void *answer, lp_exact *e) {
    round_ask *ask = answer;
    ask->direct = round_ends(ask, &e->x);
    return ask->direct || lp_cell_find(&ask->cell, &e->x, ask->format);
}

static double round_mpfr(lp_exact *e, lp_out out, int64_t i, lp_format_id format, lp_rounding mode,
                         bool *undecided) {
    lp_kind kind = lp_refine_kind(e, out, i);
    *undecided = false;
    if (kind != LP_KIND_NUMBER) return lp_kind_value(kind);
    round_ask ask = {.format = lp_refine_format(e, format), .mode = mode};
    if (lp_refine_ask(e, out, i, find_rounded, &ask))
        return ask.direct ? ask.x : lp_cell_round(&ask.cell, ask.format, mode);
    double nearest;
    if (mode == LP_ROUND_NEAREST && lp_cell_nearest(&nearest, &e->x, ask.format)) return nearest;
    *undecided = true;
    return ask.cell.below;
}

double lp_refine_round(lp_exact *e, lp_out out, int64_t i, lp_format_id format, lp_rounding mode,
                       bool *undecided) {
    double tier;
    bool again = false;
    *undecided = false;
    bool told = lp_refine_tier_round(&tier, &again, e, out, i, lp_refine_format(e, format), mode);
    if (told && !again) return tier;
    double x = round_mpfr(e, out, i, format, mode, undecided);
    if (told && !*undecided) lp_refine_agree(tier, x);
    return x;
}

double lp_exact_round(lp_exact *e, lp_out out, int64_t i, lp_format_id format, lp_rounding mode,
                      bool *undecided) {
    lp_env env;
    bool open;
    lp_env_enter(&env);
    double x = lp_refine_round(e, out, i, format, mode, &open);
    lp_env_leave(&env);
    if (undecided) *undecided = open;
    return x;
}

typedef struct compare_ask {
    double b;
    int sign;
} compare_ask;

static bool find_sign(void *answer, lp_exact *e) {
    compare_ask *ask = answer;
    ask->sign = lp_enclosure_compare_d(&e->x, ask->b);
    return ask->sign != 2;
}

int lp_exact_compare(lp_exact *e, lp_out out, int64_t i, double b) {
    lp_env env;
    lp_env_enter(&env);
    compare_ask ask = {.b = b};
    lp_refine_ask(e, out, i, find_sign, &ask);
    lp_env_leave(&env);
    return ask.sign;
}
