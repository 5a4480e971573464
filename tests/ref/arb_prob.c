/* Rows on probabilities, and what is of several rows together. */
#include "arb_rows.h"

#include <stdlib.h>

static void log_of(arb_t r, double x, slong prec) {
    arb_set_d(r, x);
    arb_log(r, r, prec);
}

/* ln p and ln q apart, never their ratio. */
void arb_row_probability(arb_ptr out, const lp_case *c, lp_out which, slong prec) {
    const double *p = c->in[LP_IN_P];
    const double *q = c->op == LP_OP_ENTROPY ? p : c->in[LP_IN_Q];
    bool general = c->op == LP_OP_KL_GEN, kl = general || c->op == LP_OP_KL_DIV;
    arb_t a, b, x;
    arb_init(a);
    arb_init(b);
    arb_init(x);
    for (slong j = 0; j < c->k; j++) {
        arb_ptr to = which == LP_OUT_LOSS ? out : out + j;
        arb_set_d(x, p[j]);
        if (which == LP_OUT_GRAD && c->op != LP_OP_ENTROPY) {
            arb_set_d(b, q[j]);
            arb_div(to, x, b, prec);
            arb_neg(to, to);
            if (general) arb_add_si(to, to, 1, prec);
            continue;
        }
        if (general && which == LP_OUT_LOSS) {
            arb_set_d(b, q[j]);
            arb_add(to, to, b, prec);
            arb_sub(to, to, x, prec);
        }
        if (p[j] == 0 && (which == LP_OUT_LOSS || c->op != LP_OP_CROSS_ENTROPY)) continue;
        log_of(b, q[j], prec);
        if (kl) {
            log_of(a, p[j], prec);
            arb_sub(b, a, b, prec);
        } else {
            arb_neg(b, b);
        }
        if (which == LP_OUT_LOSS) {
            arb_addmul(to, x, b, prec);
        } else {
            arb_set_si(to, general ? 0 : kl ? 1 : c->op == LP_OP_ENTROPY ? -1 : 0);
            arb_add(to, to, b, prec);
        }
    }
    arb_clear(a);
    arb_clear(b);
    arb_clear(x);
}

/* Both terms of each formula as they stand, 1 - p and 1 - y as balls. */
void arb_row_binary_probability(arb_ptr out, const lp_case *c, lp_out which, slong prec) {
    arb_t p[2], y[2], term; /* p and 1 - p, y and 1 - y */
    arb_init(term);
    for (int i = 0; i < 2; i++) {
        arb_init(p[i]);
        arb_init(y[i]);
        arb_set_d(p[i], c->in[LP_IN_P][0]);
        arb_set_d(y[i], c->in[LP_IN_TARGETS][0]);
        if (i) arb_sub_si(p[i], p[i], 1, prec), arb_neg(p[i], p[i]);
        if (i) arb_sub_si(y[i], y[i], 1, prec), arb_neg(y[i], y[i]);
    }
    for (int i = 0; i < 2; i++) {
        if (arb_is_zero(y[i])) continue;
        if (which == LP_OUT_LOSS) {
            arb_log(term, p[i], prec);
            arb_submul(out, y[i], term, prec);
        } else {
            arb_div(term, y[i], p[i], prec);
            i ? arb_add(out, out, term, prec) : arb_sub(out, out, term, prec);
        }
    }
    for (int i = 0; i < 2; i++) {
        arb_clear(p[i]);
        arb_clear(y[i]);
    }
    arb_clear(term);
}

/* sum p^2 - 2 p_c + 1. */
void arb_row_squares(arb_ptr out, const lp_case *c, slong prec) {
    arb_t p;
    arb_init(p);
    arb_set_d(p, c->in[LP_IN_P][c->label[0]]);
    arb_mul_si(out, p, -2, prec);
    arb_add_si(out, out, 1, prec);
    for (slong j = 0; j < c->k; j++) {
        arb_set_d(p, c->in[LP_IN_P][j]);
        arb_addmul(out, p, p, prec);
    }
    arb_clear(p);
}

static bool passed_over(const lp_case *c, slong i) {
    return lp_case_has(c, LP_PARAM_IGNORE_INDEX) && c->label[i] == c->ignore_index;
}

/* exp of the mean of -ln q over the rows. */
void arb_row_perplexity(arb_ptr out, const lp_case *c, slong prec) {
    slong n = 0;
    arb_t q;
    arb_init(q);
    for (slong i = 0; i < c->n; i++) {
        if (passed_over(c, i)) continue;
        log_of(q, c->in[LP_IN_Q][i * c->k + c->label[i]], prec);
        arb_sub(out, out, q, prec);
        n++;
    }
    if (n > 0) arb_div_si(out, out, n, prec);
    arb_exp(out, out, prec);
    arb_clear(q);
}

/* Bin by bin: rows whose confidence lies above (b - 1) / B (from 0 on in the first) and not above b
 * / B (without end in the last), all as balls that are points. */
void arb_row_calibration(arb_ptr out, const lp_case *c, slong prec) {
    double given = lp_case_has(c, LP_PARAM_BINS) ? c->param[LP_PARAM_BINS] : 15;
    slong *bin = calloc((size_t)c->n + 1, sizeof *bin), n = 0;
    arb_t p, gap;
    arb_init(p);
    arb_init(gap);
    for (slong i = 0; i < c->n; i++) {
        const double *x = c->in[LP_IN_P] + i * c->k;
        double most = 0;
        for (slong j = 0; j < c->k; j++)
            if (x[j] > most) most = x[j];
        arb_set_d(p, most);
        arb_mul_si(p, p, (slong)given, prec);
        arb_ceil(p, p, prec);
        bin[i] = most > 1 ? (slong)given : most > 0 ? arf_get_si(arb_midref(p), ARF_RND_NEAR) : 1;
        if (passed_over(c, i)) bin[i] = -1;
        n += bin[i] > 0;
    }
    for (slong i = 0; i < c->n; i++) {
        slong in_bin = 0, hits = 0, b = bin[i];
        if (b < 0) continue;
        arb_zero(gap);
        for (slong r = i; r < c->n; r++) {
            if (bin[r] != b) continue;
            const double *x = c->in[LP_IN_P] + r * c->k;
            slong best = c->k - 1;
            for (slong j = c->k - 1; j >= 0; j--)
                if (x[j] >= x[best]) best = j;
            arb_set_d(p, x[best]);
            arb_add(gap, gap, p, prec);
            hits += best == c->label[r];
            in_bin++;
            bin[r] = -1;
        }
        arb_div_si(gap, gap, in_bin, prec); /* |acc - conf| n_b / N */
        arb_set_si(p, hits);
        arb_div_si(p, p, in_bin, prec);
        arb_sub(gap, gap, p, prec);
        arb_abs(gap, gap);
        arb_mul_si(gap, gap, in_bin, prec);
        arb_div_si(gap, gap, n, prec);
        arb_add(out, out, gap, prec);
    }
    arb_clear(p);
    arb_clear(gap);
    free(bin);
}

void arb_row_labelled_probability(arb_ptr out, const lp_case *c, lp_out which, slong prec) {
    arb_ptr to = which == LP_OUT_LOSS ? out : out + c->label[0];
    double q = c->in[LP_IN_Q][c->label[0]];
    if (which == LP_OUT_LOSS) {
        log_of(to, q, prec);
    } else {
        arb_set_d(to, q);
        arb_inv(to, to, prec);
    }
    arb_neg(to, to);
}
