/* The means of cross-entropies over rows of logits that are not the call's own: info_nce, and
 * linear_xent, which forms them. For textbook and mutants; included once per format after
 * whole_rows.h. Called once, they look at all rows; WHOLE_FAULT is false in the textbook. */

/* x, of which `small` is 2^-30 where x is infinite. */
static void NAME(put)(NAME(total) * t, REAL x, REAL small) {
    NAME(add)(t, x, isfinite(x) ? x * (REAL)0x1p-30 : small);
}

static REAL NAME(mean)(const NAME(total) * t, REAL m) {
    return isinf(t->sum) ? t->small / m * (REAL)0x1p30 : t->sum / m;
}

/* A gradient as it is delivered: times upstream, in bits, +0. */
static REAL NAME(delivered)(const lp_call *c, REAL g WHOLE_MORE) {
    const REAL *up = NAME(in)(c, LP_IN_UPSTREAM, 0);
    const bool bits = c->param[LP_PARAM_BASE] == 1 && !WHOLE_FAULT(nce_bits_in_loss_only);
    if (bits) g /= (REAL)0x1.62e42fefa39efp-1;
    return (up && !WHOLE_FAULT(linear_upstream_dropped) ? g * *up : g) + 0;
}

static REAL NAME(loss_in_base)(const lp_call *c, REAL x) {
    return c->param[LP_PARAM_BASE] == 1 ? x / (REAL)0x1.62e42fefa39efp-1 : x;
}

/* --- info_nce --- */

/* Row r of S, from N on column r - N. */
static REAL NAME(similarity)(const lp_call *c, int64_t r, int64_t j) {
    return r < c->n ? NAME(in)(c, LP_IN_SIM, r)[j] : NAME(in)(c, LP_IN_SIM, j)[r - c->n];
}

static REAL NAME(divided)(const lp_call *c, REAL x WHOLE_MORE) {
    const bool tempered = c->set & LP_PARAM_BIT(LP_PARAM_TEMPERATURE);
    const REAL t = (REAL)c->param[LP_PARAM_TEMPERATURE];
    if (!tempered || WHOLE_FAULT(nce_temperature_ignored)) return x;
    return WHOLE_FAULT(nce_temperature_multiplies) ? x * t : x / t;
}

/* One row's loss and the row's part of grad_tau into the totals, p_j - [j = own] into the gradient.
 */
static void NAME(similarity_row)(const lp_call *c, int64_t r, NAME(total) * loss,
                                 NAME(total) * tau WHOLE_MORE) {
    const int64_t own = r % c->n;
    const REAL at = NAME(similarity)(c, r, own), small = (REAL)0x1p-30;
    REAL m = NAME(similarity)(c, r, 0), s = 0, t = 0;
    for (int64_t j = 1; j < c->n; j++) m = fmax(m, NAME(similarity)(c, r, j));
    if (WHOLE_FAULT(nce_unshifted)) m = 0;
    for (int64_t j = 0; j < c->n; j++) {
        const REAL z = NAME(similarity)(c, r, j), d = NAME(divided)(c, z - m WHOLE_PASS);
        const REAL e = exp(d);
        if (WHOLE_FAULT(nce_positive_left_out) && j == own && c->n > 1) continue;
        if (WHOLE_FAULT(nce_last_negative_missing) && j == c->n - 1 && j != own && j > 1) continue;
        s += e;
        /* cppcheck-suppress selfAssignment ; without the fault WHOLE_NARROW is its argument */
        if (WHOLE_FAULT(nce_narrow)) s = WHOLE_NARROW(s);
        if (d != 0 && (!isinf(d) || WHOLE_FAULT(nce_tau_masked_product))) t += e * d;
    }
    REAL d = NAME(divided)(c, at - m WHOLE_PASS);
    if (WHOLE_FAULT(nce_positive_not_divided)) d = at - m;
    /* cppcheck-suppress invalidFunctionArg ; a row has a term */
    NAME(put)(loss, log(s) - d, NAME(divided)(c, m * small - at * small WHOLE_PASS));
    if (WHOLE_FAULT(nce_tau_without_positive)) d = 0;
    if (t != 0)
        NAME(put)(tau, d - t / s, NAME(divided)(c, at * small - m * small WHOLE_PASS));
    else
        NAME(put)(tau, d, NAME(divided)(c, at * small - m * small WHOLE_PASS));
    for (int64_t j = 0; j < c->n; j++) {
        const bool turned = (r < c->n) == WHOLE_FAULT(nce_gradient_transposed);
        const REAL z = NAME(similarity)(c, r, j);
        REAL p = exp(NAME(divided)(c, z - m WHOLE_PASS)) / s;
        /* cppcheck-suppress selfAssignment ; without the fault WHOLE_NARROW is its argument */
        if (WHOLE_FAULT(nce_shares_narrow)) p = WHOLE_NARROW(p);
        const bool twice = r >= c->n && WHOLE_FAULT(nce_positive_once);
        if (j == own && !twice && !WHOLE_FAULT(nce_gradient_without_positive)) p -= 1;
        if (turned)
            NAME(out)(c, LP_OUT_GRAD, j)[own] += p;
        else
            NAME(out)(c, LP_OUT_GRAD, own)[j] += p;
        if (isnan(s)) NAME(out)(c, LP_OUT_LOSS, 0)[0] = (REAL)NAN;
    }
}

static void NAME(info_nce)(const lp_call *c, int64_t i WHOLE_MORE) {
    const bool asked = c->param[LP_PARAM_SYMMETRIC] == 1;
    const bool both = asked && !WHOLE_FAULT(nce_rows_only);
    const int64_t rows = both ? 2 * c->n : c->n;
    NAME(total) loss = {0, 0}, tau = {0, 0};
    REAL m = (REAL)rows;

    for (i = 0; i < c->n; i++)
        for (int64_t j = 0; j < c->n; j++) NAME(out)(c, LP_OUT_GRAD, i)[j] = 0;
    for (i = 0; i < rows; i++) {
        if (WHOLE_FAULT(nce_last_row_missing) && i == rows - 1 && i > 0) continue;
        NAME(similarity_row)(c, i, &loss, &tau WHOLE_PASS);
    }
    if (WHOLE_FAULT(nce_not_halved)) m = (REAL)c->n;
    if (WHOLE_FAULT(nce_over_squares)) m *= (REAL)c->n;
    REAL value = NAME(mean)(&loss, m);
    if (WHOLE_FAULT(nce_sum)) value = loss.sum;
    NAME(out)(c, LP_OUT_LOSS, 0)[0] = NAME(loss_in_base)(c, value);
    const REAL over = WHOLE_FAULT(nce_gradient_of_the_sum) ? 1 : m;
    for (i = 0; i < c->n; i++)
        for (int64_t j = 0; j < c->n; j++) {
            REAL *g = NAME(out)(c, LP_OUT_GRAD, i) + j;
            if (!WHOLE_FAULT(nce_gradient_over_no_tau)) *g = NAME(divided)(c, *g WHOLE_PASS);
            *g = NAME(delivered)(c, *g / over WHOLE_PASS);
        }
    REAL slope = NAME(mean)(&tau, m);
    if (!WHOLE_FAULT(nce_tau_over_tau_once)) slope = NAME(divided)(c, slope WHOLE_PASS);
    if (WHOLE_FAULT(nce_tau_sign)) slope = -slope;
    const bool lost = WHOLE_FAULT(nce_tau_without_upstream);
    NAME(out)
    (c, LP_OUT_GRAD_TAU, 0)[0] =
        lost ? NAME(loss_in_base)(c, slope) : NAME(delivered)(c, slope WHOLE_PASS);
}

/* --- linear_xent --- */

/* z_ij, times 2^-2E where x and w come as 2^-E of themselves. */
static REAL NAME(product)(const lp_call *c, int64_t i, int64_t j, int scale WHOLE_MORE) {
    const REAL *x = NAME(in)(c, LP_IN_X, i), *w = NAME(in)(c, LP_IN_W, j);
    const REAL b = NAME(in)(c, LP_IN_B, 0)[j];
    const int64_t most = WHOLE_FAULT(linear_feature_missing) && c->d > 1 ? c->d - 1 : c->d;
    REAL z = 0;
    for (int64_t d = 0; d < most; d++) {
        const REAL term = ldexp(x[d], -scale) * ldexp(w[d], -scale);
        z = d ? z + term : term;
        /* cppcheck-suppress selfAssignment ; without the fault WHOLE_NARROW is its argument */
        if (WHOLE_FAULT(linear_products_narrow)) z = WHOLE_NARROW(z);
    }
    if (WHOLE_FAULT(linear_bias_dropped)) return z;
    return c->d ? z + ldexp(b, -2 * scale) : ldexp(b, -2 * scale);
}

static bool NAME(finite_product)(const lp_call *c, int64_t i, int64_t j) {
    const REAL *x = NAME(in)(c, LP_IN_X, i), *w = NAME(in)(c, LP_IN_W, j);
    bool finite = isfinite(NAME(in)(c, LP_IN_B, 0)[j]);
    for (int64_t d = 0; d < c->d; d++) finite = finite && isfinite(x[d]) && isfinite(w[d]);
    return finite;
}

/* The row's logits in z. Returns 2E where a product of finite numbers overflowed: then 2^-2E of
 * them. */
static int NAME(products)(const lp_call *c, int64_t i, REAL *z WHOLE_MORE) {
    const int half = c->format == LP_BINARY32 ? 68 : 520;
    bool over = false;
    for (int64_t j = 0; j < c->k; j++) {
        z[j] = NAME(product)(c, i, j, 0 WHOLE_PASS);
        over = over || (!isfinite(z[j]) && NAME(finite_product)(c, i, j));
        /* cppcheck-suppress selfAssignment ; without the fault WHOLE_NARROW is its argument */
        if (WHOLE_FAULT(linear_logits_narrow)) z[j] = WHOLE_NARROW(z[j]);
    }
    for (int64_t j = 0; over && j < c->k; j++) z[j] = NAME(product)(c, i, j, half WHOLE_PASS);
    return over ? 2 * half : 0;
}

/* p_j - [j = label] over the logits, 0 where it is exactly that; the loss into the total. */
static void NAME(linear_row)(const lp_call *c, int64_t i, REAL *z, NAME(total) * loss WHOLE_MORE) {
    const int64_t label = c->label[i];
    const int scale = NAME(products)(c, i, z WHOLE_PASS);
    REAL m = z[0], s = 0;
    for (int64_t j = 1; j < c->k; j++) m = fmax(m, z[j]);
    if (WHOLE_FAULT(linear_unshifted)) m = 0;
    for (int64_t j = 0; j < c->k; j++) s += exp(ldexp(z[j] - m, scale));
    if (WHOLE_FAULT(linear_padded_lanes))
        for (int64_t j = c->k; j % 8; j++) s += exp(-m);
    const REAL gap = ldexp(m - z[label], scale);
    const REAL small = ldexp(m * (REAL)0x1p-30 - z[label] * (REAL)0x1p-30, scale);
    /* cppcheck-suppress invalidFunctionArg ; a row has a term */
    const REAL row = WHOLE_FAULT(linear_lse_first) ? (m + log(s)) - z[label] : log(s) + gap;
    NAME(put)(loss, row, small);
    for (int64_t j = 0; j < c->k; j++) {
        REAL p = exp(ldexp(z[j] - m, scale)) / s;
        /* cppcheck-suppress selfAssignment ; without the fault WHOLE_NARROW is its argument */
        if (WHOLE_FAULT(linear_shares_narrow)) p = WHOLE_NARROW(p);
        if (WHOLE_FAULT(linear_small_shares_filtered) && p < (REAL)0x1p-12) p = 0;
        z[j] = j == label ? p - 1 : p;
    }
}

/* What a row that is left out, or has no class, puts in place of its slopes. */
static bool NAME(linear_outside)(const lp_call *c, int64_t i, REAL *g,
                                 NAME(total) * loss WHOLE_MORE) {
    const bool skip = frame_ignored(c, i), bad = frame_bad_label(c, i);
    for (int64_t j = 0; (skip || bad) && j < c->k; j++) g[j] = bad ? (REAL)NAN : 0;
    if (bad) NAME(put)(loss, (REAL)NAN, 0);
    if (skip && WHOLE_FAULT(linear_ignored_times_zero) && c->d > 0)
        NAME(put)(loss, 0 * NAME(in)(c, LP_IN_X, i)[0], 0);
    return skip || bad;
}

/* sum g x, x left out where g is exactly 0. */
static void NAME(add_product)(NAME(total) * t, REAL g, REAL x) {
    if (g != 0) NAME(put)(t, g * x, g * (x * (REAL)0x1p-30));
}

static void NAME(linear_classes)(const lp_call *c, const REAL *g, REAL n WHOLE_MORE) {
    const REAL over = WHOLE_FAULT(linear_weights_of_the_sum) ? 1 : n;
    const int64_t last = WHOLE_FAULT(linear_last_chunk_missing) ? c->n / 2 * 2 : c->n;
    for (int64_t j = 0; j < c->k; j++) {
        NAME(total) bias = {0, 0};
        for (int64_t i = 0; i < c->n; i++) bias.sum += g[i * c->k + j];
        bias.sum /= WHOLE_FAULT(linear_bias_of_the_sum) ? 1 : n;
        NAME(out)(c, LP_OUT_GRAD_B, 0)[j] = NAME(delivered)(c, bias.sum WHOLE_PASS);
        for (int64_t d = 0; d < c->d; d++) {
            NAME(total) t = {0, 0};
            for (int64_t i = 0; i < last; i++) {
                if (WHOLE_FAULT(linear_chunk_overwrites) && i % 2 == 0) t = (NAME(total)){0, 0};
                NAME(add_product)(&t, g[i * c->k + j], NAME(in)(c, LP_IN_X, i)[d]);
                /* cppcheck-suppress selfAssignment ; without the fault it is its argument */
                if (WHOLE_FAULT(linear_weights_narrow)) t.sum = WHOLE_NARROW(t.sum);
            }
            NAME(out)(c, LP_OUT_GRAD_W, j)[d] = NAME(delivered)(c, NAME(mean)(&t, over) WHOLE_PASS);
        }
    }
}

static void NAME(linear_features)(const lp_call *c, const REAL *g, REAL n WHOLE_MORE) {
    const REAL over = WHOLE_FAULT(linear_features_of_the_sum) ? 1 : n;
    for (int64_t i = 0; i < c->n; i++)
        for (int64_t d = 0; d < c->d; d++) {
            NAME(total) t = {0, 0};
            for (int64_t j = 0; j < c->k; j++) {
                const bool label = !frame_ignored(c, i) && c->label[i] == j;
                const bool square = WHOLE_FAULT(linear_w_transposed) && c->d == c->k;
                REAL own = g[i * c->k + j];
                if (label && WHOLE_FAULT(linear_features_without_label)) own += 1;
                if (!label && WHOLE_FAULT(linear_features_of_the_label)) own = 0;
                const REAL *w = NAME(in)(c, LP_IN_W, square ? d : j);
                NAME(add_product)(&t, own, w[square ? j : d]);
            }
            if (WHOLE_FAULT(linear_first_row_rules) && frame_ignored(c, 0)) t = (NAME(total)){0, 0};
            NAME(out)(c, LP_OUT_GRAD_X, i)[d] = NAME(delivered)(c, NAME(mean)(&t, over) WHOLE_PASS);
        }
}

static void NAME(linear_xent)(const lp_call *c, int64_t i WHOLE_MORE) {
    NAME(total) loss = {0, 0};
    REAL n = 0;
    REAL *g = malloc((size_t)(c->n * c->k + 1) * sizeof *g);
    if (!g) return;

    for (i = 0; i < c->n; i++) {
        n += (REAL)(!frame_ignored(c, i) || WHOLE_FAULT(linear_mean_over_all_rows));
        if (!NAME(linear_outside)(c, i, g + i * c->k, &loss WHOLE_PASS))
            NAME(linear_row)(c, i, g + i * c->k, &loss WHOLE_PASS);
    }
    REAL value = NAME(mean)(&loss, n);
    if (WHOLE_FAULT(linear_sum)) value = loss.sum;
    if (n == 0) value = WHOLE_FAULT(linear_empty_is_0) ? 0 : NAME(empty_mean)(c, 0);
    NAME(out)(c, LP_OUT_LOSS, 0)[0] = NAME(loss_in_base)(c, value);
    if (n == 0) n = 1; /* no row, every sum is 0 */
    NAME(linear_classes)(c, g, n WHOLE_PASS);
    NAME(linear_features)(c, g, n WHOLE_PASS);
    free(g);
}
