#include "props/props/generate_family.h"

#include "core/memory.h"

#include <string.h>

const lp_gen_family *lp_gen_families(const lp_gen_plan *plan, int *count) {
    switch (plan->op) {
    case LP_OP_ENTROPY:
        *count = lp_gen_entropy_count;
        return lp_gen_entropy_families;
    case LP_OP_NLL:
    case LP_OP_BRIER:
    case LP_OP_PERPLEXITY:
    case LP_OP_ECE:
        *count = lp_gen_nll_count;
        return lp_gen_nll_families;
    case LP_OP_BCE_PROB:
        *count = lp_gen_binary_prob_count;
        return lp_gen_binary_prob_families;
    case LP_OP_CROSS_ENTROPY:
    case LP_OP_KL_DIV:
    case LP_OP_KL_GEN:
        *count = lp_gen_pair_count;
        return lp_gen_pair_families;
    case LP_OP_SIGMOID:
    case LP_OP_LOG_SIGMOID:
    case LP_OP_SOFTPLUS:
    case LP_OP_BCE_LOGITS:
    case LP_OP_FOCAL_SIGMOID:
    case LP_OP_MSE_SIGMOID:
    case LP_OP_LOGISTIC_MARGIN:
        *count = lp_gen_binary_count;
        return lp_gen_binary_families;
    case LP_OP_HINGE:
        *count = lp_gen_hinge_count;
        return lp_gen_hinge_families;
    case LP_OP_HINGE_MULTI:
        *count = lp_gen_hinge_multi_count;
        return lp_gen_hinge_multi_families;
    case LP_OP_INFO_NCE:
        *count = lp_gen_similarity_count;
        return lp_gen_similarity_families;
    case LP_OP_LINEAR_XENT:
        *count = lp_gen_linear_count;
        return lp_gen_linear_families;
    case LP_OP_MULTILABEL_BCE:
        *count = lp_gen_multilabel_count;
        return lp_gen_multilabel_families;
    default:
        *count = lp_gen_logit_count;
        return lp_gen_logit_families;
    }
}

/* A family about parameters none of which the plan has is idle: it has no points, is not drawn at
 * random, and where bytes name it the first family stands in. */
static int grid(const lp_gen_family *family, const lp_gen_plan *plan) {
    bool idle = family->needs && !(plan->params & family->needs);
    return idle ? 0 : family->a * family->b;
}

/* Number n + 1 is the batch: rows of another family, and what is done with them together. */
#define BATCH_SHARE 0.15

static int batch_grid(const lp_gen_plan *plan) {
    return lp_gen_batch_idle(plan) ? 0 : LP_GEN_BATCH_A * LP_GEN_BATCH_B;
}

static int draw_family(lp_choices *tc, const lp_gen_plan *plan, const lp_gen_family *family, int n,
                       bool batch) {
    double weight[32] = {0}, sum = 0; /* by value is for replay and for bytes */
    for (int i = 0; i < n; i++)
        sum += weight[i + 1] = grid(&family[i], plan) ? family[i].weight : 0;
    weight[n + 1] = batch && batch_grid(plan) ? sum * BATCH_SHARE : 0;
    return lp_draw_pick(tc, weight, n + 1 + batch);
}

static void draw_point(lp_gen *g, const lp_gen_family *table, int family) {
    const lp_gen_family *f = &table[grid(&table[family - 1], g->plan) ? family - 1 : 0];
    int a = (int)lp_draw_int(g->tc, 0, f->a - 1, 0), b = (int)lp_draw_int(g->tc, 0, f->b - 1, 0);
    f->draw(g, a, b);
}

static void draw_batch(lp_gen *g, const lp_gen_family *table, int n) {
    int a = (int)lp_draw_int(g->tc, 0, LP_GEN_BATCH_A - 1, 0);
    int b = (int)lp_draw_int(g->tc, 0, LP_GEN_BATCH_B - 1, 0);
    g->rows = lp_gen_batch_rows(g);
    int family = draw_family(g->tc, g->plan, table, n, false);
    draw_point(g, table, family ? family : 1);
    lp_gen_batch(g, a, b);
}

/* Value and gradient in bits: of any row what is done last. */
static void draw_base(lp_gen *g) {
    if (g->plan->params & LP_PARAM_BIT(LP_PARAM_BASE) && lp_gen_coin(g, 0.1))
        lp_case_set(g->c, LP_PARAM_BASE, lp_gen_coin(g, 0.9));
}

/* Families that choose powers and constants for the range of the wide formats need not know where
 * a format ends. */
static void fit(lp_gen *g) {
    for (int i = 0; i < LP_IN_COUNT; i++)
        for (int64_t j = 0; g->c->in[i] && j < lp_case_in_len(g->c, (lp_in)i); j++)
            g->c->in[i][j] = lp_gen_round(g, g->c->in[i][j]);
}

/* The subject has the least normal for its floor: of a case whose inputs are no subnormals. */
static void draw_flush(lp_gen *g) {
    lp_case *c = g->c;
    bool fits = g->plan->params & LP_PARAM_BIT(LP_PARAM_FTZ) && lp_gen_coin(g, 0.1);
    for (int i = 0; fits && i < LP_IN_COUNT; i++)
        for (int64_t j = 0; fits && c->in[i] && j < lp_case_in_len(c, (lp_in)i); j++)
            fits = lp_format_holds(lp_format_flushed(c->format), c->in[i][j]);
    if (fits) lp_case_set(c, LP_PARAM_FTZ, 1);
}

/* The gradient is to be added to what its array holds (the host has it hold 0, then the answer). */
static void draw_accumulate(lp_gen *g) {
    if (g->plan->params & LP_PARAM_BIT(LP_PARAM_ACCUMULATE) && lp_gen_coin(g, 0.1))
        lp_case_set(g->c, LP_PARAM_ACCUMULATE, 1);
}

static void draw_stride(lp_gen *g) {
    lp_case *c = g->c;
    c->stride = c->k;
    if (g->plan->strided && lp_gen_coin(g, 0.25)) c->stride += lp_draw_int(g->tc, 1, 17, 1);
}

void lp_generate(lp_case *c, lp_choices *tc, const lp_gen_plan *plan, char regime[24]) {
    int n;
    const lp_gen_family *table = lp_gen_families(plan, &n);
    lp_gen g = {tc, plan, lp_format_get(plan->format), c, 0};
    lp_case_init(c, plan->op);
    c->format = plan->format;
    int family = draw_family(tc, plan, table, n, true);
    if (family == 0) {
        lp_gen_read_value(c, tc, plan);
    } else {
        bool batch = family == n + 1 && batch_grid(plan);
        if (batch)
            draw_batch(&g, table, n);
        else
            draw_point(&g, table, family > n ? 1 : family);
        if (!batch) c->reduction = lp_gen_reduction(plan, LP_REDUCE_NONE);
        fit(&g);
        draw_base(&g);
        draw_flush(&g);
        draw_accumulate(&g);
        draw_stride(&g);
    }
    lp_gen_regime(regime, c);
    c->tags = lp_memory_text(regime);
}

int64_t lp_gen_structured_count(const lp_gen_plan *plan) {
    int n;
    const lp_gen_family *table = lp_gen_families(plan, &n);
    int64_t count = 0;
    for (int i = 0; i < n; i++) count += grid(&table[i], plan);
    return count + batch_grid(plan);
}

/* Families take turns by whole grids; K goes round its table at its own pace, so that a grid meets
 * every K. */
int lp_gen_prefix(int64_t prefix[16], const lp_gen_plan *plan, int64_t i) {
    int n;
    const lp_gen_family *table = lp_gen_families(plan, &n);
    int64_t at = i;
    for (int k = 0; k <= n; k++) {
        int a = k < n ? table[k].a : LP_GEN_BATCH_A;
        int size = k < n ? grid(&table[k], plan) : batch_grid(plan);
        if (at >= size) {
            at -= size;
            continue;
        }
        prefix[0] = k + 1;
        prefix[1] = at % a;
        prefix[2] = at / a;
        prefix[3] = i % lp_gen_class_choices(plan);
        return 4;
    }
    return 0;
}
