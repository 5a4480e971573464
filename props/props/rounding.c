/* Section 5, 27: one rounding. A result that was rounded to a wider format first (binary64 before
 * binary32, binary32 before those of 16 bits) differs from the correctly rounded one where the
 * exact value lies within a rounding error of the wider one of the middle between two numbers. Such
 * values are made: the loss at a gap D = (2^p + 2i + 1) 2^q, which is such a middle, is
 * D + e^-D + ..., a little more, and the wider format holds D but no more of it: D >= 2^6, so that
 * e^-D < 2^-92. Rounding twice goes to even, down for even i. A one-hot target, no focus or the
 * logarithm of the share say the same. */
#include "props/props/domain.h"

#include <math.h>

static const lp_op ops[] = {LP_OP_SOFTMAX_XENT, LP_OP_SOFTMAX_XENT_SOFT, LP_OP_KL_LOGITS,
                            LP_OP_FOCAL_SOFTMAX, LP_OP_LOG_SOFTMAX};

/* Asked beside an ordinary row only: it is not about what the base case is. */
static bool row_in(const lp_case *c, int64_t r) {
    return lp_domain_masked(c, LP_IN_LOGITS, r);
}

static int derive(lp_case more[], const lp_case *base, lp_rng *rng, uint64_t params,
                  uint64_t declared) {
    (void)params, (void)declared;
    if (base->format == LP_BINARY64 || !lp_domain_known(base, 0) || !lp_domain_any(base, row_in))
        return -1;
    const lp_format *f = lp_format_get(base->format);
    int least = 6 - f->p, most = f->emax - f->p - 1; /* D from 2^6 on, and no overflow */
    if (most > least + 59) most = least + 59;
    int64_t odd = 1 + 4 * (int64_t)lp_rng_below(rng, UINT64_C(1) << (f->p - 4)); /* i even */
    int q = least + (int)lp_rng_below(rng, (uint64_t)(most - least + 1));
    lp_case *c = &more[0];
    lp_case_init(c, base->op);
    c->format = base->format;
    c->n = 1;
    c->k = c->stride = 2;
    double *z = lp_case_alloc(c, LP_IN_LOGITS);
    z[0] = ldexp(1, f->p + q);
    z[1] = -ldexp((double)odd, q);
    if (lp_op_get(c->op)->label == LP_LABEL_CLASS) *lp_case_alloc_label(c) = 1;
    if (lp_op_get(c->op)->in[LP_IN_TARGETS]) lp_case_alloc(c, LP_IN_TARGETS)[1] = 1;
    return 1;
}

/* Only `correct` claims it. */
static bool holds(const lp_eval *eval, int n, lp_level level, char why[256]) {
    (void)n;
    const bool value = lp_op_output(lp_op_get(eval[1].kase->op), LP_OUT_VALUE) != NULL;
    const lp_out out = value ? LP_OUT_VALUE : LP_OUT_LOSS;
    const int64_t at = value; /* class 1, or the one row */
    double x;
    if (level < LP_LEVEL_CORRECT || !lp_returned(&x, &eval[1], out, at)) return true;
    bool open = false;
    lp_format_id own = eval[1].kase->format, wider = own == LP_BINARY32 ? LP_BINARY64 : LP_BINARY32;
    double once = lp_exact_round(eval[1].exact, out, at, own, LP_ROUND_NEAREST, &open);
    double wide = lp_exact_round(eval[1].exact, out, at, wider, LP_ROUND_NEAREST, NULL);
    double twice = lp_format_round(lp_format_get(own), wide);
    return open || x == once ||
           lp_broken(why, "%s %a (%.9g) where %a (%.9g) is right%s", lp_out_name(out), x, x, once,
                     once, x == twice ? ": rounded twice" : "");
}

const lp_property lp_property_single_rounding = {
    .name = "single_rounding",
    .number = 27,
    .claim = "a result is the rounding of the exact value, not of a wider format's rounding of it",
    .ops = ops,
    .op_count = sizeof ops / sizeof *ops,
    .derive = derive,
    .holds = holds,
    .outputs = LP_OUT_BIT(LP_OUT_LOSS) | LP_OUT_BIT(LP_OUT_VALUE)};
