/* Options of softmax_xent and softmax_xent_soft: the soft cap, the z-loss, the rule `limit`;
 * the programs of docs/bounds.md. Included
 * once per format, before soft_rows.h, which holds the row itself. Scalars are binary64, like every
 * parameter. */
#define OPTION_SET(c, name) (((c)->set & LP_PARAM_BIT(LP_PARAM_##name)) != 0)

/* What stands for the row's logits where it is not themselves; all of it NULL or false where it is.
 */
typedef struct NAME(view) {
    REAL *z;     /* v_j = s tanh(z_j / s), or 0 and -inf of the point mass */
    REAL *slope; /* 1 - tanh^2, 0 at +-inf */
    int64_t mass;
    bool limited;
} NAME(view);

static void NAME(view_free)(NAME(view) * v) {
    free(v->z);
    free(v->slope);
}

static void NAME(view_capped)(NAME(view) * v, const lp_call *c, const REAL *z BATCH_MORE) {
    const double s = c->param[LP_PARAM_SOFTCAP];
    v->slope = malloc((size_t)c->k * sizeof *v->slope);
    for (int64_t j = 0; v->z && v->slope && j < c->k; j++) {
        double t = tanh((double)z[j] / s);
        if (BATCH_FAULT(softcap_clamps)) t = fmax(-1, fmin(1, (double)z[j] / s));
        if (BATCH_FAULT(softcap_keeps_masks) && z[j] == (REAL)-INFINITY) t = -INFINITY;
        v->z[j] = (REAL)(s * t);
        v->slope[j] = (REAL)(1 - t * t);
        if (BATCH_FAULT(softcap_in_loss_only)) v->slope[j] = 1;
        if (BATCH_FAULT(softcap_slope_linear)) v->slope[j] = (REAL)(1 - fabs(t));
    }
}

static void NAME(view_limited)(NAME(view) * v, const lp_call *c, const REAL *z BATCH_MORE) {
    int64_t count = 0;
    for (int64_t j = 0; j < c->k; j++) {
        if (isnan(z[j])) return;
        if (z[j] == (REAL)INFINITY) v->mass = j, count++;
    }
    if (count != 1 && !(count > 1 && BATCH_FAULT(limit_of_many))) return;
    v->limited = true;
    for (int64_t j = 0; v->z && j < c->k; j++) v->z[j] = j == v->mass ? 0 : (REAL)-INFINITY;
}

static NAME(view) NAME(view_row)(const lp_call *c, const REAL *z BATCH_MORE) {
    NAME(view) v = {0};
    const bool capped = OPTION_SET(c, SOFTCAP) && !BATCH_FAULT(softcap_ignored);
    const bool limit = c->param[LP_PARAM_SPECIAL] == 1 && !BATCH_FAULT(limit_ignored);
    if (!capped && !limit) return v;
    v.z = malloc((size_t)c->k * sizeof *v.z);
    if (capped)
        NAME(view_capped)(&v, c, z BATCH_PASS);
    else
        NAME(view_limited)(&v, c, z BATCH_PASS);
    if (!capped && !v.limited) {
        free(v.z);
        v.z = NULL;
    }
    return v;
}

/* (l h) h, the order in which nothing overflows that does not in the product. */
static double NAME(z_term)(const lp_call *c, double h BATCH_MORE) {
    const double l = BATCH_FAULT(z_loss_ignored) ? 0 : c->param[LP_PARAM_Z_LOSS];
    if (BATCH_FAULT(z_loss_linear)) return l * fabs(h);
    return l == 0 ? 0 : l * h * h;
}

/* ((2 l) p_j) h, in that order for the same reason. */
static double NAME(z_slope)(const lp_call *c, double p, double h BATCH_MORE) {
    const double l = c->param[LP_PARAM_Z_LOSS];
    /* NOLINTNEXTLINE(misc-redundant-expression) ; without the faults both are the same 0 */
    if (l == 0 || BATCH_FAULT(z_loss_ignored) || BATCH_FAULT(z_loss_in_loss_only)) return 0;
    return (BATCH_FAULT(z_loss_slope_halved) ? l : 2 * l) * p * h;
}
