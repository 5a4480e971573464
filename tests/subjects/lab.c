#include "tests/subjects/lab.h"

#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

lp_subject_fn lab_load(const char *name) {
    const char *dir = getenv("LOSSPROOF_LIBDIR");
    char path[4096];
    lp_subject_fn fn = NULL;

    snprintf(path, sizeof path, "%s/%s.so", dir ? dir : ".", name);
    void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (object) *(void **)&fn = dlsym(object, LP_SUBJECT_SYMBOL);
    return fn;
}

const lp_entry *lab_entry(const lp_subject *subject, const char *op, lp_format_id format) {
    for (uint32_t e = 0; e < subject->count; e++)
        if (strcmp(subject->entry[e].op, op) == 0 && subject->entry[e].format == format)
            return &subject->entry[e];
    return NULL;
}

static void put(double *buffer, uint32_t format, int64_t at, double value) {
    if (format == LP_BINARY32)
        ((float *)buffer)[at] = (float)value;
    else
        buffer[at] = value;
}

static double take(const double *buffer, uint32_t format, int64_t at) {
    return format == LP_BINARY32 ? ((const float *)buffer)[at] : buffer[at];
}

void lab_init(lab *l, lp_op op, const lp_entry *entry, int64_t n, int64_t k, int64_t pad) {
    memset(l, 0, sizeof *l);
    l->call = (lp_call){.size = sizeof(lp_call),
                        .op = (uint32_t)op,
                        .format = entry->format,
                        .n = n,
                        .k = k,
                        .label = l->label,
                        .param = l->param};
    for (int b = 0; b < 16 + 8; b++)
        for (int64_t at = 0; at < LAB_CELLS; at++)
            put(b < 16 ? l->in[b] : l->out[b - 16], entry->format, at, LAB_PAD);
    for (int o = 0; o < 8; o++)
        if (entry->outputs & LP_OUT_BIT(o)) l->call.out[o] = (lp_matrix){l->out[o], k + pad};
    l->call.in[LP_IN_LOGITS].stride = k + pad;
}

void lab_give(lab *l, lp_in role) {
    l->call.in[role].data = l->in[role];
    if (role != LP_IN_LOGITS) l->call.in[role].stride = l->call.k;
}

void lab_set(lab *l, lp_in role, int64_t i, int64_t j, double value) {
    put(l->in[role], l->call.format, i * l->call.in[role].stride + j, value);
}

/* Deterministic values in (0, 1): the fractional parts of i * golden ratio. */
static double spread(int i) {
    const double x = (i + 1) * 0x1.9e3779b97f4a8p-1;
    return x - floor(x);
}

void lab_fill(lab *l, lp_in role, double from, double to) {
    lab_give(l, role);
    for (int64_t i = 0; i < l->call.n; i++)
        for (int64_t j = 0; j < l->call.k; j++)
            lab_set(l, role, i, j,
                    (double)(float)(from + (to - from) * spread((int)(i * l->call.k + j + role))));
}

double lab_get(const lab *l, lp_in role, int64_t i, int64_t j) {
    return take(l->in[role], l->call.format, i * l->call.in[role].stride + j);
}

double lab_out(const lab *l, lp_out role, int64_t i, int64_t j) {
    const int64_t stride = role == LP_OUT_LOSS ? 1 : l->call.out[role].stride;
    return take(l->out[role], l->call.format, i * stride + j);
}

void lab_param(lab *l, lp_param p, double value) {
    l->call.set |= LP_PARAM_BIT(p);
    l->param[p] = value;
}

bool lab_same(const lab *a, const lab *b) {
    return memcmp(a->in, b->in, sizeof a->in) == 0 && memcmp(a->out, b->out, sizeof a->out) == 0;
}
