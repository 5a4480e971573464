/* info_nce and linear_xent as their definitions stand: every share p_ij as a quotient, the sums of
 * the products, nothing cancelled beforehand. */
#include "arb_oracle.h"

#include <math.h>
#include <stdlib.h>

/* M x K logits as balls, which of them are there, every row's label (-1: the row is left out), and
 * the shares and -log shares of them. */
typedef struct table {
    slong m, k, count;
    arb_ptr z, p, nll;
    bool *there;
    slong *label;
} table;

static void open_table(table *t, slong m, slong k) {
    size_t cells = (size_t)(m * k) + 1;
    *t = (table){.m = m, .k = k};
    t->z = _arb_vec_init(m * k);
    t->p = _arb_vec_init(m * k);
    t->nll = _arb_vec_init(m * k);
    t->there = calloc(cells, sizeof *t->there);
    t->label = calloc((size_t)m + 1, sizeof *t->label);
    if (!t->there || !t->label) abort();
}

static void close_table(table *t) {
    _arb_vec_clear(t->z, t->m * t->k);
    _arb_vec_clear(t->p, t->m * t->k);
    _arb_vec_clear(t->nll, t->m * t->k);
    free(t->there);
    free(t->label);
}

/* About the first logit that is there: any centre is right. */
static void share_row(table *t, slong i, slong prec) {
    arb_ptr z = t->z + i * t->k, p = t->p + i * t->k, nll = t->nll + i * t->k;
    const bool *there = t->there + i * t->k;
    slong centre = 0;
    arb_t sum, log;
    arb_init(sum);
    arb_init(log);
    while (centre + 1 < t->k && !there[centre]) centre++;
    for (slong j = 0; j < t->k; j++) {
        if (!there[j]) continue;
        arb_sub(p + j, z + j, z + centre, prec);
        arb_exp(p + j, p + j, prec);
        arb_add(sum, sum, p + j, prec);
    }
    arb_log(log, sum, prec);
    for (slong j = 0; j < t->k; j++) {
        if (!there[j]) continue;
        arb_div(p + j, p + j, sum, prec);
        arb_sub(nll + j, z + centre, z + j, prec);
        arb_add(nll + j, nll + j, log, prec);
    }
    arb_clear(sum);
    arb_clear(log);
}

static void share(table *t, slong prec) {
    for (slong i = 0; i < t->m; i++) {
        if (t->label[i] < 0) continue;
        t->count++;
        share_row(t, i, prec);
    }
}

static void mean_loss(arb_ptr out, const table *t, slong prec) {
    for (slong i = 0; i < t->m; i++)
        if (t->label[i] >= 0) arb_add(out, out, t->nll + i * t->k + t->label[i], prec);
    if (t->count > 0) arb_div_si(out, out, t->count, prec);
}

/* (p_ij - [j = c]) / M. */
static void slope(arb_t g, const table *t, slong i, slong j, slong prec) {
    arb_sub_si(g, t->p + i * t->k + j, j == t->label[i], prec);
    arb_div_si(g, g, t->count, prec);
}

/* --- info_nce --- */

static void open_similarities(table *t, const lp_case *c, const arb_t tau, slong prec) {
    bool both = lp_case_param(c, LP_PARAM_SYMMETRIC) == 1;
    slong n = c->n;
    open_table(t, both ? 2 * n : n, n);
    for (slong i = 0; i < t->m; i++) {
        t->label[i] = i < n ? i : i - n;
        for (slong j = 0; j < n; j++) {
            double s = i < n ? c->in[LP_IN_SIM][i * n + j] : c->in[LP_IN_SIM][j * n + i - n];
            t->there[i * n + j] = s != -INFINITY;
            if (s == -INFINITY) continue;
            arb_set_d(t->z + i * n + j, s);
            arb_div(t->z + i * n + j, t->z + i * n + j, tau, prec);
        }
    }
    share(t, prec);
}

/* dL/dS_ij. */
static void similarity_slope(arb_t g, const table *t, const lp_case *c, slong at, const arb_t tau,
                             slong prec) {
    slong n = c->n, i = at / n, j = at % n;
    slope(g, t, i, j, prec);
    if (t->m > n) {
        arb_t column;
        arb_init(column);
        slope(column, t, n + j, i, prec);
        arb_add(g, g, column, prec);
        arb_clear(column);
    }
    arb_div(g, g, tau, prec);
}

void arb_info_nce(arb_ptr out, const lp_case *c, lp_out which, slong prec) {
    table t;
    arb_t tau, g, s;
    arb_init(tau);
    arb_init(g);
    arb_init(s);
    arb_set_d(tau, lp_case_param(c, LP_PARAM_TEMPERATURE));
    open_similarities(&t, c, tau, prec);
    if (which == LP_OUT_LOSS) mean_loss(out, &t, prec);
    for (slong at = 0; which != LP_OUT_LOSS && at < c->n * c->n; at++) {
        similarity_slope(g, &t, c, at, tau, prec);
        if (which == LP_OUT_GRAD) {
            arb_set(out + at, g);
        } else if (c->in[LP_IN_SIM][at] != -INFINITY) {
            arb_set_d(s, c->in[LP_IN_SIM][at]);
            arb_submul(out, s, g, prec);
        }
    }
    if (which == LP_OUT_GRAD_TAU) arb_div(out, out, tau, prec);
    close_table(&t);
    arb_clear(tau);
    arb_clear(g);
    arb_clear(s);
}

/* --- linear_xent --- */

static void open_products(table *t, const lp_case *c, slong prec) {
    arb_t x, w;
    arb_init(x);
    arb_init(w);
    open_table(t, c->n, c->k);
    for (slong i = 0; i < c->n; i++) {
        bool left_out = lp_case_has(c, LP_PARAM_IGNORE_INDEX) && c->label[i] == c->ignore_index;
        t->label[i] = left_out ? -1 : c->label[i];
        for (slong j = 0; j < c->k && !left_out; j++) {
            arb_ptr z = t->z + i * c->k + j;
            t->there[i * c->k + j] = c->in[LP_IN_B][j] != -INFINITY;
            if (c->in[LP_IN_B][j] == -INFINITY) continue;
            arb_set_d(z, c->in[LP_IN_B][j]);
            for (slong d = 0; d < c->d; d++) {
                arb_set_d(x, c->in[LP_IN_X][i * c->d + d]);
                arb_set_d(w, c->in[LP_IN_W][j * c->d + d]);
                arb_addmul(z, x, w, prec);
            }
        }
    }
    share(t, prec);
    arb_clear(x);
    arb_clear(w);
}

void arb_linear_xent(arb_ptr out, const lp_case *c, lp_out which, slong prec) {
    table t;
    arb_t g, x;
    arb_init(g);
    arb_init(x);
    open_products(&t, c, prec);
    if (which == LP_OUT_LOSS) mean_loss(out, &t, prec);
    for (slong i = 0; which != LP_OUT_LOSS && i < c->n; i++)
        for (slong j = 0; j < c->k && t.label[i] >= 0; j++) {
            slope(g, &t, i, j, prec);
            if (which == LP_OUT_GRAD_B) arb_add(out + j, out + j, g, prec);
            for (slong d = 0; which != LP_OUT_GRAD_B && d < c->d; d++) {
                bool of_x = which == LP_OUT_GRAD_X;
                arb_set_d(x, of_x ? c->in[LP_IN_W][j * c->d + d] : c->in[LP_IN_X][i * c->d + d]);
                arb_addmul(out + (of_x ? i : j) * c->d + d, g, x, prec);
            }
        }
    close_table(&t);
    arb_clear(g);
    arb_clear(x);
}
