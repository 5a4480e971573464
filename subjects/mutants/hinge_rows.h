/* The hinges. Included once per format. */

static REAL NAME(margin_of)(REAL z, REAL y, fault f) {
    switch (f) {
    case FAULT_hinge_labels_zero_one:
        return 1 - (y > 0 ? z : 0);
    case FAULT_hinge_no_margin:
        return -y * z;
    case FAULT_hinge_narrow_product:
        return 1 - NARROW(y * z);
    default:
        return 1 - y * z;
    }
}

/* Of an active term. */
static REAL NAME(hinge_slope)(REAL margin, REAL z, REAL y, fault f) {
    switch (f) {
    case FAULT_hinge_gradient_everywhere:
        return -y;
    case FAULT_hinge_gradient_of_weight:
        return margin > 0 ? -y * z : 0;
    case FAULT_hinge_gradient_epsilon:
        return margin > (REAL)1e-7 ? -y : 0;
    case FAULT_hinge_kink_outside:
        return margin > 0 ? -y : margin == 0 ? y / 2 : 0;
    case FAULT_hinge_labels_zero_one:
        return margin > 0 && y > 0 ? -1 : 0;
    case FAULT_hinge_squared:
        return margin > 0 ? -2 * y * margin : 0;
    default:
        return margin > 0 ? -y : 0;
    }
}

static void NAME(hinge)(const lp_call *c, int64_t i, fault f) {
    const REAL z = *NAME(in)(c, LP_IN_LOGITS, i), y = (REAL)c->label[i];
    const REAL margin = NAME(margin_of)(z, y, f), loss = margin > 0 ? margin : 0;
    const bool nan_row = isnan(z) && f != FAULT_hinge_nan_swallowed;

    NAME(out)
    (c, LP_OUT_LOSS, 0)[i] = nan_row ? z : f == FAULT_hinge_squared ? loss * loss : loss;
    *NAME(out)(c, LP_OUT_GRAD, i) = nan_row ? z : NAME(hinge_slope)(margin, z, y, f) + 0;
}

/* The first of the largest of the classes that compete with the label, -1 where there is none. */
static int64_t NAME(rival)(const REAL *z, int64_t k, int64_t label, fault f) {
    const bool all = f == FAULT_hinges_label_competes;
    int64_t best = -1;
    for (int64_t j = 0; j < k; j++)
        if ((all || j != label) && (best < 0 || z[j] > z[best])) best = j;
    return best;
}

static REAL NAME(margin_to)(REAL z, REAL own, fault f) {
    if (f == FAULT_hinges_unshifted) return (1 - own) + z;
    if (f == FAULT_hinges_no_margin) return z - own;
    return (z - own) + 1;
}

static void NAME(hinge_multi)(const lp_call *c, int64_t i, fault f) {
    const REAL *z = NAME(in)(c, LP_IN_LOGITS, i);
    REAL *grad = NAME(out)(c, LP_OUT_GRAD, i), sum = 0;
    const int64_t label = c->label[i], rival = NAME(rival)(z, c->k, label, f);
    const int64_t seen = f == FAULT_hinges_last_missing && c->k > 1 ? c->k - 1 : c->k;
    const bool largest = c->param[LP_PARAM_FORM] == 1 && f != FAULT_hinges_form_ignored;
    const REAL own = z[label], highest = rival < 0 ? 0 : z[rival];
    bool nan_row = NAME(any_nan)(z, c->k) && f != FAULT_hinges_nan_swallowed;
    int64_t active = 0;

    for (int64_t j = 0; j < c->k; j++) {
        const bool term = j < seen && j != label && (!largest || j == rival);
        const REAL margin = term ? NAME(margin_to)(z[j], own, f) : 0;
        const bool tied = f == FAULT_hinges_every_tie && largest && j != label && z[j] == highest &&
                          NAME(margin_to)(z[j], own, f) > 0;
        const bool kink = f == FAULT_hinges_kink_unbalanced && term && margin == 0;
        nan_row |= isnan(margin) != 0 && f != FAULT_hinges_nan_swallowed;
        active += margin > 0;
        sum += margin > 0 ? margin : f == FAULT_hinges_masked_product ? 0 * margin : 0;
        if (f == FAULT_hinges_own_term && j == label) sum += 1;
        if (j != label) grad[j] = margin > 0 || tied || kink;
    }
    if (f == FAULT_hinges_label_once && active > 1) active = 1;
    if (f == FAULT_hinges_label_gradient_missing) active = 0;
    if (f == FAULT_hinges_mean) sum /= (REAL)c->k;
    grad[label] = (REAL)-active + 0; /* +0, not -0 */
    for (int64_t j = 0; nan_row && j < c->k; j++) grad[j] = (REAL)NAN;
    NAME(out)(c, LP_OUT_LOSS, 0)[i] = nan_row ? (REAL)NAN : sum;
}
