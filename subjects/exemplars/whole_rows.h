/* Perplexity and the calibration error as the texts have them, for textbook and mutants; included
 * once per format. They are called once and look at all rows; BATCH_FAULT is false in the textbook.
 */

/* What a mean over no row is worth: NaN unless it is to be `zero`. */
static REAL NAME(empty_mean)(const lp_call *c, REAL zero) {
    return c->param[LP_PARAM_EMPTY_MEAN] == 1 ? zero : (REAL)NAN;
}

static void NAME(perplexity)(const lp_call *c, int64_t i WHOLE_MORE) {
    REAL sum = 0;
    int64_t n = 0;

    for (i = 0; i < c->n; i++) {
        if (frame_ignored(c, i)) {
            n += WHOLE_FAULT(perplexity_counts_ignored);
            continue;
        }
        const REAL *q = NAME(in)(c, LP_IN_Q, i);
        const bool bad = frame_bad_label(c, i), nan_row = bad || NAME(any_nan)(q, c->k);
        REAL own = bad ? (REAL)NAN : q[c->label[i]] + 0, l = log(own); /* -0 is 0 */
        n++;
        if (nan_row && WHOLE_FAULT(perplexity_nan_skipped)) continue;
        if (WHOLE_FAULT(perplexity_epsilon)) l = log(own + (REAL)1e-7);
        if (WHOLE_FAULT(perplexity_floored)) l = fmax(l, (REAL)-100);
        if (WHOLE_FAULT(perplexity_of_rows)) l = 1 / own;
        if (WHOLE_FAULT(perplexity_misses_last) && i == c->n - 1 && i > 0) continue;
        sum += nan_row ? (REAL)NAN : WHOLE_FAULT(perplexity_of_rows) ? l : -l;
        /* cppcheck-suppress selfAssignment ; without the fault WHOLE_NARROW is its argument */
        if (WHOLE_FAULT(perplexity_narrow)) sum = WHOLE_NARROW(sum);
    }
    REAL mean = sum / (REAL)n;
    if (WHOLE_FAULT(perplexity_over_classes)) mean /= (REAL)c->k;
    REAL x = WHOLE_FAULT(perplexity_bits) ? exp2(mean) : exp(mean);
    if (WHOLE_FAULT(perplexity_of_rows)) x = mean;
    if (n == 0) x = WHOLE_FAULT(perplexity_empty_is_1) ? 1 : NAME(empty_mean)(c, 1);
    NAME(out)(c, LP_OUT_LOSS, 0)[0] = x;
}

/* The largest p of a row, the first of them where several are. */
static int64_t NAME(guess)(const REAL *p, int64_t k WHOLE_MORE) {
    int64_t best = 0;
    for (int64_t j = 1; j < k; j++)
        if (p[j] > p[best] || (WHOLE_FAULT(ece_ties_last) && p[j] == p[best])) best = j;
    return best;
}

/* ceil(B p), from 1 to B. The product in binary64 with what it was rounded by: an edge is exact. */
static double NAME(bin)(const lp_call *c, REAL p WHOLE_MORE) {
    const bool set = c->set & LP_PARAM_BIT(LP_PARAM_BINS) && !WHOLE_FAULT(ece_bins_ignored);
    const double bins = set ? c->param[LP_PARAM_BINS] : 15;
    const bool rounded = WHOLE_FAULT(ece_edge_rounded); /* to the format, and taken for exact */
    const double place = rounded ? (double)((REAL)bins * p) : bins * (double)p;
    double b = ceil(place);
    if (b == place && fma(bins, (double)p, -place) > 0 && !rounded) b += 1;
    if (WHOLE_FAULT(ece_left_edges)) b = floor(place) + 1;
    return b < 1 ? 1 : b > bins ? bins : b;
}

/* Bin by bin in order, each found by a pass over the rows. */
static void NAME(ece)(const lp_call *c, int64_t i WHOLE_MORE) {
    REAL sum = 0, nan = 0, most = 0;
    int64_t n = 0, used = 0;

    for (i = 0; i < c->n; i++) {
        const REAL *p = NAME(in)(c, LP_IN_P, i);
        if (!frame_ignored(c, i) || WHOLE_FAULT(ece_counts_ignored)) n++;
        if (frame_ignored(c, i)) continue;
        if (NAME(any_nan)(p, c->k) && !WHOLE_FAULT(ece_nan_skipped)) nan = (REAL)NAN;
        if (frame_bad_label(c, i)) nan = (REAL)NAN;
    }
    for (double b = 0;; used++) {
        double next = INFINITY;
        REAL confidence = 0, small = 0, hits = 0, count = 0;
        for (i = 0; i < c->n; i++) {
            const REAL *p = NAME(in)(c, LP_IN_P, i);
            const double of = NAME(bin)(c, p[NAME(guess)(p, c->k WHOLE_PASS)] WHOLE_PASS);
            if (!frame_ignored(c, i) && of > b && of < next) next = of;
        }
        if (next == (double)INFINITY) break;
        b = next;
        for (i = 0; i < c->n; i++) {
            const REAL *p = NAME(in)(c, LP_IN_P, i);
            const int64_t top = NAME(guess)(p, c->k WHOLE_PASS), own = c->label[i];
            if (frame_ignored(c, i) || NAME(bin)(c, p[top] WHOLE_PASS) != b) continue;
            if (WHOLE_FAULT(ece_zero_dropped) && p[top] == 0) continue;
            const bool labelled = WHOLE_FAULT(ece_of_the_label) && !frame_bad_label(c, i);
            confidence += labelled ? p[own] : p[top];
            /* cppcheck-suppress selfAssignment ; without the fault WHOLE_NARROW is its argument */
            if (WHOLE_FAULT(ece_narrow)) confidence = WHOLE_NARROW(confidence);
            small += p[top] * (REAL)0x1p-30; /* where the sum overflows and the mean does not */
            hits += (REAL)(top == own);
            count += 1;
        }
        if (count == 0) continue;
        confidence = isinf(confidence) ? small / count * (REAL)0x1p30 : confidence / count;
        REAL gap = fabs(hits / count - confidence);
        if (WHOLE_FAULT(ece_signed)) gap = hits / count - confidence;
        if (WHOLE_FAULT(ece_squared)) gap *= gap;
        if (WHOLE_FAULT(ece_unweighted))
            sum += gap;
        else
            sum += count / (REAL)n * gap;
        most = fmax(most, gap);
    }
    if (WHOLE_FAULT(ece_unweighted) && used > 0) sum /= (REAL)used;
    if (WHOLE_FAULT(ece_largest)) sum = most;
    if (n == 0) sum = NAME(empty_mean)(c, 0);
    NAME(out)(c, LP_OUT_LOSS, 0)[0] = sum + nan;
}
