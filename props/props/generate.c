#include "props/props/generate_family.h"

#include "core/memory.h"

#include <string.h>

const lp_gen_family *lp_gen_families(const lp_gen_plan *plan, int *count) {
    switch (plan->op) {
    case LP_OP_ENTROPY:
        *count = lp_gen_entropy_count;
        return lp_gen_entropy_families;
    case LP_OP_CROSS_ENTROPY:
    case LP_OP_KL_DIV:
        *count = lp_gen_pair_count;
        return lp_gen_pair_families;
    case LP_OP_SIGMOID:
    case LP_OP_LOG_SIGMOID:
    case LP_OP_SOFTPLUS:
    case LP_OP_BCE_LOGITS:
        *count = lp_gen_binary_count;
        return lp_gen_binary_families;
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

static int draw_family(lp_choices *tc, const lp_gen_plan *plan, const lp_gen_family *family,
                       int n) {
    double weight[32] = {0}; /* by value is for replay and for bytes */
    for (int i = 0; i < n; i++) weight[i + 1] = grid(&family[i], plan) ? family[i].weight : 0;
    return lp_draw_pick(tc, weight, n + 1);
}

static void draw_stride(lp_gen *g) {
    lp_case *c = g->c;
    c->stride = c->k;
    if (g->plan->strided && lp_gen_coin(g, 0.25)) c->stride += lp_draw_int(g->tc, 1, 17, 1);
}

void lp_generate(lp_case *c, lp_choices *tc, const lp_gen_plan *plan, char regime[24]) {
    int n;
    const lp_gen_family *table = lp_gen_families(plan, &n);
    lp_gen g = {tc, plan, lp_format_get(plan->format), c};
    lp_case_init(c, plan->op);
    c->format = plan->format;
    int family = draw_family(tc, plan, table, n);
    if (family == 0) {
        lp_gen_read_value(c, tc, plan);
    } else {
        const lp_gen_family *f = &table[grid(&table[family - 1], plan) ? family - 1 : 0];
        int a = (int)lp_draw_int(tc, 0, f->a - 1, 0), b = (int)lp_draw_int(tc, 0, f->b - 1, 0);
        f->draw(&g, a, b);
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
    return count;
}

/* Families take turns by whole grids; K goes round its table at its own pace, so that a grid meets
 * every K. */
int lp_gen_prefix(int64_t prefix[16], const lp_gen_plan *plan, int64_t i) {
    int n;
    const lp_gen_family *table = lp_gen_families(plan, &n);
    int64_t at = i;
    for (int k = 0; k < n; k++) {
        int size = grid(&table[k], plan);
        if (at >= size) {
            at -= size;
            continue;
        }
        prefix[0] = k + 1;
        prefix[1] = at % table[k].a;
        prefix[2] = at / table[k].a;
        prefix[3] = i % lp_gen_class_choices(plan);
        return 4;
    }
    return 0;
}
