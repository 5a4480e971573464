/* A subject of one formula, that which LP_WRITTEN names: formulas as strangers write them, which
 * props/props/formulas.c must recognise, written apart from it. Arrays are binary64. */
#include <lossproof/subject.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <tgmath.h>

typedef struct row {
    const double *z, *y, *p, *q;
    int64_t k, c;
} row;

#define REAL    double
#define NAME(x) x##_wide
#include "written_rows.h"
#undef REAL
#undef NAME
#define REAL    float
#define NAME(x) x##_narrow
#include "written_rows.h"

static void narrow_sum(double *to, const row *r, double e) {
    const double m = most_wide(r);
    float s = 0;
    (void)e;
    for (int64_t j = 0; j < r->k; j++) s += (float)exp(r->z[j] - m);
    to[0] = (m - r->z[r->c]) + log((double)s);
}

static void minus_one_hot(double *to, const row *r, double e) {
    (void)e;
    for (int64_t j = 0; j < r->k; j++) to[j] = j == r->c ? -1 : 0;
}

static void bce_log(double *to, const row *r, double e) {
    const double z = r->z[0];
    (void)e;
    to[0] = fmax(z, 0.0) - z * r->y[0] + log(1 + exp(-fabs(z)));
}

static void bce_bare(double *to, const row *r, double e) {
    (void)e;
    to[0] = log(1 + exp(r->z[0])) - r->z[0] * r->y[0];
}

static void sigmoid_less(double *to, const row *r, double e) {
    (void)e;
    to[0] = 1 / (1 + exp(-r->z[0])) - r->y[0];
}

static void by_tanh(double *to, const row *r, double e) {
    (void)e;
    to[0] = (1 + tanh(r->z[0] / 2)) / 2;
}

static void minus_log(double *to, const row *r, double e) {
    (void)e;
    to[0] = -log(1 + exp(-r->z[0]));
}

static void kl(double *to, const row *r, double e) {
    (void)e;
    to[0] = 0;
    for (int64_t j = 0; j < r->k; j++) to[0] += r->p[j] * (log(r->p[j]) - log(r->q[j]));
}

/* --- which, and of what operation --- */

typedef struct written {
    const char *name, *op;
    lp_out out;
    void (*row)(double *to, const row *r, double e);
    double e;
} written;

#define XENT "softmax_xent", LP_OUT_LOSS
#define GRAD "softmax_xent", LP_OUT_GRAD
static const written all[] = {
    {"log_of_softmax_plus_1e-6", XENT, nll_wide, 1e-6},
    {"log_of_softmax_plus_1e-7", XENT, nll_wide, 1e-7},
    {"log_of_softmax_plus_1e-8", XENT, nll_wide, 1e-8},
    {"log_of_softmax_plus_1e-9", XENT, nll_wide, 1e-9},
    {"log_of_softmax_plus_1e-12", XENT, nll_wide, 1e-12},
    {"log_of_clipped_softmax_1e-6", XENT, nll_clipped_wide, 1e-6},
    {"log_of_clipped_softmax_1e-8", XENT, nll_clipped_wide, 1e-8},
    {"log_of_clipped_softmax_1e-12", XENT, nll_clipped_wide, 1e-12},
    {"log_of_clipped_softmax_1e-15", XENT, nll_clipped_wide, 1e-15},
    {"unshifted_lse_minus_label", XENT, bare_wide, 0},
    {"gap_without_log", XENT, gap_wide, 0},
    {"loss_in_binary32", XENT, gap_log_narrow, 0},
    {"log_of_softmax_in_binary32", XENT, nll_narrow, 0},
    {"sum_in_binary32", XENT, narrow_sum, 0},
    {"gradient_without_one_hot", GRAD, chances_wide, 0},
    {"gradient_without_softmax", GRAD, minus_one_hot, 0},
    {"gradient_in_binary32", GRAD, chances_narrow, 1},
    {"exp_of_minus_lse", "softmax", LP_OUT_VALUE, chances_from_lse_wide, 0},
    {"softmax_in_binary32", "softmax", LP_OUT_VALUE, chances_narrow, 0},
    {"logs_of_softmax", "log_softmax", LP_OUT_VALUE, logs_of_chances_wide, 0},
    {"logits_minus_lse", "log_softmax", LP_OUT_VALUE, logs_from_lse_wide, 0},
    {"log_softmax_in_binary32", "log_softmax", LP_OUT_VALUE, gaps_less_narrow, 0},
    {"shifted_lse", "logsumexp", LP_OUT_VALUE, lse_wide, 0},
    {"lse_in_binary32", "logsumexp", LP_OUT_VALUE, lse_narrow, 0},
    {"nce_unshifted", "info_nce", LP_OUT_LOSS, bare_wide, 0},
    {"nce_log_of_softmax", "info_nce", LP_OUT_LOSS, nll_wide, 0},
    {"nce_lse_minus_positive", "info_nce", LP_OUT_LOSS, from_lse_wide, 0},
    {"linear_unshifted", "linear_xent", LP_OUT_LOSS, bare_wide, 0},
    {"linear_log_of_softmax", "linear_xent", LP_OUT_LOSS, nll_wide, 0},
    {"bce_by_log", "bce_logits", LP_OUT_LOSS, bce_log, 0},
    {"bce_by_log1p", "bce_logits", LP_OUT_LOSS, bce_log1p_wide, 0},
    {"bce_unguarded", "bce_logits", LP_OUT_LOSS, bce_bare, 0},
    {"bce_in_binary32", "bce_logits", LP_OUT_LOSS, bce_log1p_narrow, 0},
    {"sigmoid_minus_target", "bce_logits", LP_OUT_GRAD, sigmoid_less, 0},
    {"sigmoid_by_tanh", "sigmoid", LP_OUT_VALUE, by_tanh, 0},
    {"log_of_one_more", "log_sigmoid", LP_OUT_VALUE, minus_log, 0},
    {"kl_of_logarithms", "kl_div", LP_OUT_LOSS, kl, 0},
};

static const written *chosen;

/* Without LP_FLAG_STRIDED arrays are dense. */
static const double *at(const lp_call *c, lp_in role, int64_t offset) {
    const double *data = c->in[role].data;
    return data ? data + offset : NULL;
}

static bool labels_fit(const lp_call *c) {
    for (int64_t i = 0; c->label && i < c->n; i++)
        if (c->label[i] < 0 || c->label[i] >= c->k) return false;
    return true;
}

static lp_status run_rows(const lp_call *c) {
    const bool each = chosen->out == LP_OUT_GRAD || !strcmp(chosen->op, "softmax") ||
                      !strcmp(chosen->op, "log_softmax");
    if (!labels_fit(c)) return LP_E_LABEL;
    for (int64_t i = 0; i < c->n; i++) {
        const int64_t from = i * c->k;
        const row r = {at(c, LP_IN_LOGITS, from),
                       at(c, LP_IN_TARGETS, from),
                       at(c, LP_IN_P, from),
                       at(c, LP_IN_Q, from),
                       c->k,
                       c->label ? c->label[i] : 0};
        chosen->row((double *)c->out[chosen->out].data + (each ? from : i), &r, chosen->e);
    }
    return LP_OK;
}

/* The mean over rows of logits: of similarities, or X W^T + b. */
static lp_status run_mean(const lp_call *c) {
    double *z = calloc((size_t)(c->k > c->n ? c->k : c->n) + 1, sizeof *z), sum = 0;
    if (!z) return LP_E_MEMORY;
    for (int64_t i = 0; labels_fit(c) && i < c->n; i++) {
        row r = {.z = at(c, LP_IN_SIM, i * c->n), .k = c->n, .c = i};
        if (c->in[LP_IN_X].data) r = (row){.z = z, .k = c->k, .c = c->label[i]};
        for (int64_t j = 0; r.z == z && j < c->k; j++) {
            z[j] = 0;
            for (int64_t l = 0; l < c->d; l++)
                z[j] += at(c, LP_IN_X, i * c->d)[l] * at(c, LP_IN_W, j * c->d)[l];
            z[j] += at(c, LP_IN_B, 0)[j];
        }
        double one;
        chosen->row(&one, &r, chosen->e);
        sum += one;
    }
    free(z);
    if (!labels_fit(c)) return LP_E_LABEL;
    *(double *)c->out[LP_OUT_LOSS].data = sum / (double)c->n;
    return LP_OK;
}

const lp_subject *lossproof_subject_v1(void) {
    static lp_entry entry = {NULL, 0, LP_BINARY64, 0, LP_REDUCE_BIT(LP_REDUCE_NONE), 0, NULL};
    static const lp_subject subject = {
        LP_SUBJECT_ABI, sizeof(lp_subject), sizeof(lp_entry), 1, "written", "1", NULL, &entry};
    const char *name = getenv("LP_WRITTEN");
    for (size_t i = 0; name && i < sizeof all / sizeof *all; i++)
        if (!strcmp(all[i].name, name)) chosen = &all[i];
    if (!chosen) return NULL;
    const bool mean = !strcmp(chosen->op, "info_nce") || !strcmp(chosen->op, "linear_xent");
    entry.op = chosen->op;
    entry.outputs = LP_OUT_BIT(chosen->out);
    entry.run = mean ? run_mean : run_rows;
    return &subject;
}
