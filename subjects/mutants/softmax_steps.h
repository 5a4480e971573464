/* The steps of a softmax that the three operations on rows of logits share: how a logit is seen,
 * the shift, the gap, the exponential, the sum, its logarithm. Each fault is one case of the step
 * that it breaks. Included once per format. */

typedef struct NAME(softmax_row) {
    const REAL *z;
    int64_t k;
    REAL m;     /* the shift */
    REAL scale; /* 1; 1/2 where a difference of finite logits overflows */
    double t;   /* temperature */
    REAL sum, log_sum;
    fault f;
} NAME(softmax_row);

static REAL NAME(seen)(REAL z, fault f) {
    switch (f) {
    case FAULT_mask_is_finite:
        return z == (REAL)-INFINITY ? -10000 : z;
    case FAULT_zero_is_padding:
        return z == 0 ? (REAL)-INFINITY : z;
    case FAULT_narrow_logits:
        return NARROW(z);
    case FAULT_logits_clamped:
        return z > 50 ? 50 : z < -50 ? -50 : z;
    case FAULT_logits_saturated:
        return isfinite(z) && fabs(z) > 65504 ? copysign((REAL)65504, z) : z;
    default:
        return z;
    }
}

/* The classes among which the maximum is looked for. */
static int64_t NAME(shift_reach)(const lp_call *c, fault f) {
    switch (f) {
    case FAULT_overread:
        return in_lanes(c->k);
    case FAULT_shift_misses_last:
        return c->k > 1 ? c->k - 1 : 1;
    case FAULT_shift_of_first_block:
        return c->k < 8 ? c->k : 8;
    default:
        return c->k;
    }
}

static bool NAME(shift_prefers)(REAL z, REAL m, fault f) {
    switch (f) {
    case FAULT_nan_swallowed:
        return z > m || isnan(m);
    case FAULT_shift_by_least:
        return z < m;
    case FAULT_shift_by_size:
        return fabs(z) > m;
    default:
        return z > m;
    }
}

static REAL NAME(shift)(const lp_call *c, int64_t i, fault f) {
    const REAL *z = NAME(in)(c, LP_IN_LOGITS, f == FAULT_shift_of_next_row ? (i + 1) % c->n : i);
    const int64_t k = NAME(shift_reach)(c, f);
    REAL m = NAME(seen)(z[0], f);
    if (f == FAULT_no_shift || f == FAULT_no_shift_in_loss) return 0;
    if (f == FAULT_shift_by_first) return m;
    if (f == FAULT_stale_maximum && i > 0) m = NAME(shift)(c, i - 1, f);
    for (int64_t j = 0; j < k; j++) {
        const REAL seen = NAME(seen)(z[j], f);
        if (NAME(shift_prefers)(seen, m, f)) m = f == FAULT_shift_by_size ? fabs(seen) : seen;
    }
    return f == FAULT_narrow_shift ? NARROW(m) : m;
}

/* scale * (m - z_j) / T. The quotient is formed in binary64, so that T is the T that was given. */
static REAL NAME(gap)(const NAME(softmax_row) * row, int64_t j) {
    const REAL z = NAME(seen)(row->z[j], row->f);
    if (row->f == FAULT_infinite_limit && row->m == (REAL)INFINITY)
        return z == row->m ? 0 : (REAL)INFINITY;
    const double gap = (double)(row->m * row->scale - z * row->scale);
    switch (row->f) {
    case FAULT_temperature_multiplied:
        return (REAL)(gap * row->t);
    case FAULT_temperature_twice:
        return (REAL)(gap / row->t / row->t);
    case FAULT_narrow_gap:
        return NARROW((REAL)(gap / row->t));
    case FAULT_gap_clamped:
        return (REAL)fmin(gap / row->t, 64);
    default:
        return (REAL)(gap / row->t);
    }
}

/* exp by ln 2 and a polynomial of degree 6, of relative error 1e-7 at most. */
static REAL NAME(short_polynomial)(REAL x) {
    if (!(x > -700 && x < 700)) return exp(x);
    const REAL n = rint(x * (REAL)0x1.71547652b82fep+0), r = x - n * (REAL)0x1.62e42fefa39efp-1;
    REAL p = 1;
    for (int d = 5; d >= 1; d--) p = 1 + p * r / (REAL)d;
    return ldexp(p, (int)n);
}

/* exp with ln 2 rounded to 12 bits in the reduction of the argument. */
static REAL NAME(crude_reduction)(REAL x) {
    if (!(x > -700 && x < 700)) return exp(x);
    const REAL n = rint(x * (REAL)0x1.71547652b82fep+0), r = x - n * (REAL)0x1.62ep-1;
    return ldexp(exp(r), (int)n);
}

static REAL NAME(exponential)(const NAME(softmax_row) * row, int64_t j) {
    const REAL x = -NAME(gap)(row, j) / row->scale;
    switch (row->f) {
    case FAULT_nan_swallowed:
        return isnan(row->z[j]) ? 0 : exp(x);
    case FAULT_exp_window:
        return x > -37 && x < (REAL)-36.9 ? 0 : exp(x);
    case FAULT_exp_narrow:
        return NARROW(exp(x));
    case FAULT_exp_narrow_argument:
        return exp(NARROW(x));
    case FAULT_exp_short_polynomial:
        return NAME(short_polynomial)(x);
    case FAULT_exp_crude_reduction:
        return NAME(crude_reduction)(x);
    case FAULT_exp_compound: /* (1 + x/1024)^1024 */
        return x > -1024 ? pow(1 + x / 1024, (REAL)1024) : 0;
    case FAULT_exp_flat_at_zero:
        return fabs(x) < (REAL)1e-4 ? 1 : exp(x);
    case FAULT_exp_flushed:
        return x < (REAL)0.98 * log(NORMAL) ? 0 : exp(x);
    case FAULT_exp_argument_wraps: /* an int that holds x / ln 2 */
        return x < (REAL)-1.4e9 ? 1 : exp(x);
    case FAULT_exp_lane:
        return j % 8 == 7 && x < -30 ? (REAL)NAN : exp(x);
    case FAULT_exp_tail:
        return j >= row->k / 8 * 8 && row->k > 8 ? exp(x) * (1 + (REAL)1e-5) : exp(x);
    case FAULT_exp_floor:
        return x < -20 ? exp((REAL)-20) : exp(x);
    case FAULT_temperature_as_power:
        return pow(exp((REAL)((double)x * row->t)), (REAL)(1 / row->t));
    case FAULT_gap_sign:
        return x == 0 ? 1 : exp(-x);
    default:
        return exp(x);
    }
}

/* How many classes the sum sees. */
static int64_t NAME(sum_reach)(const NAME(softmax_row) * row) {
    switch (row->f) {
    case FAULT_sum_misses_last:
        return row->k > 1 ? row->k - 1 : 1;
    case FAULT_sum_misses_tail:
        return row->k > 8 ? row->k / 8 * 8 : row->k;
    case FAULT_scratch_of_1024:
        return row->k > 1024 ? 1024 : row->k;
    default:
        return row->k;
    }
}

static bool NAME(all_masked)(const REAL *z, int64_t from, int64_t to) {
    for (int64_t j = from; j < to; j++)
        if (z[j] != (REAL)-INFINITY) return false;
    return true;
}

/* What is in the sum besides its terms. */
static REAL NAME(sum_start)(const NAME(softmax_row) * row) {
    switch (row->f) {
    case FAULT_sum_starts_at_one:
        return 1;
    case FAULT_epsilon_in_sum:
        return (REAL)1e-5;
    case FAULT_masked_block: /* -inf - -inf in the first block's running maximum */
        return row->k > 8 && NAME(all_masked)(row->z, 0, 8) ? (REAL)NAN : 0;
    case FAULT_narrow_row_is_nan:
        return row->k < 8 ? (REAL)NAN : 0;
    case FAULT_padded_lanes:
        return (REAL)(in_lanes(row->k) - row->k) * exp(-row->m);
    default:
        return 0;
    }
}

static REAL NAME(sum_exp)(const NAME(softmax_row) * row) {
    const bool backwards = row->f == FAULT_sum_order && fault_odd_call;
    const int64_t k = NAME(sum_reach)(row);
    REAL s = NAME(sum_start)(row);
    bool top = false; /* the maximum was met */
    for (int64_t j = 0; j < k; j++) {
        const REAL e = NAME(exponential)(row, backwards ? row->k - 1 - j : j);
        if (row->f == FAULT_ties_counted_once && e == 1 && top) continue;
        if (row->f == FAULT_sum_of_last_block && j % 16 == 0) s = 0;
        top |= e == 1;
        s += e;
        if (row->f == FAULT_narrow_sum) s = NARROW(s);
    }
    return s;
}

static REAL NAME(log_of_sum)(REAL s, fault f) {
    switch (f) {
    case FAULT_log_sum_dropped:
        return 0 * s;
    case FAULT_log_sum_sign:
        return -log(s);
    case FAULT_log_base_two:
        return log2(s);
    case FAULT_log_first_order:
        return s < (REAL)1.01 ? s - 1 : log(s);
    case FAULT_narrow_log_sum:
        return NARROW(log(s));
    case FAULT_mean_of_exponentials:
        return log(s / 2);
    default:
        return log(s);
    }
}

/* A NaN logit, a +inf and a row of -inf alone make the sum NaN, the last two through inf - inf. */
static NAME(softmax_row) NAME(prepare)(const lp_call *c, int64_t i, fault f) {
    const bool temperature =
        (c->set & LP_PARAM_BIT(LP_PARAM_TEMPERATURE)) && f != FAULT_temperature_ignored;
    NAME(softmax_row)
    row = {.z = NAME(in)(c, LP_IN_LOGITS, i),
           .k = c->k,
           .m = NAME(shift)(c, i, f),
           .scale = 1,
           .t = temperature ? c->param[LP_PARAM_TEMPERATURE] : 1,
           .f = f};
    for (int64_t j = 0; j < row.k; j++)
        if (isfinite(row.m) && isfinite(row.z[j]) && isinf(row.m - row.z[j])) row.scale = (REAL)0.5;
    row.sum = NAME(sum_exp)(&row);
    if (f == FAULT_masked_row_is_zero && NAME(all_masked)(row.z, 0, row.k)) row.sum = 0;
    row.log_sum = NAME(log_of_sum)(row.sum, f);
    return row;
}

static REAL NAME(probability)(const NAME(softmax_row) * row, int64_t j) {
    if (row->f == FAULT_masked_row_is_zero && row->sum == 0) return 0;
    if (row->f == FAULT_probability_from_lse)
        return exp(row->z[j] - (row->m + row->log_sum)); /* temperature is not declared with it */
    return NAME(exponential)(row, j) / row->sum;
}
