#include "fuzz/mutate.h"

#include "core/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct moves {
    lp_rng rng;
    lp_choice *record;
    int count;
    int *real; /* places of the doubles */
    int reals;
} moves;

static int below(moves *m, int n) {
    return (int)lp_rng_below(&m->rng, (uint64_t)n);
}

static double *any_real(moves *m) {
    return &m->record[m->real[below(m, m->reals)]].x;
}

/* A few neighbours up or down in the double's own format. */
static void nudge(moves *m) {
    lp_choice *c = &m->record[m->real[below(m, m->reals)]];
    const lp_format *f = lp_format_get(c->domain ? c->domain->format : LP_BINARY64);
    bool up = below(m, 2);
    for (int i = 1 << below(m, 7); i > 0; i--)
        c->x = up ? lp_format_above(f, c->x) : lp_format_below(f, c->x);
}

static void rescale(moves *m) {
    double *x = any_real(m);
    *x = ldexp(*x, below(m, 2) ? 1 : -1);
}

static void negate(moves *m) {
    double *x = any_real(m);
    *x = -*x;
}

static void tie(moves *m) {
    double x = *any_real(m);
    *any_real(m) = x;
}

static void swap(moves *m) {
    double *a = any_real(m), *b = any_real(m), x = *a;
    *a = *b;
    *b = x;
}

static void shift_all(moves *m) {
    double by = ldexp(below(m, 2) ? 1 : -1, below(m, 60) - 6);
    for (int i = 0; i < m->reals; i++) m->record[m->real[i]].x += by;
}

static void scale_all(moves *m) {
    int by = below(m, 2) ? 1 : -1;
    for (int i = 0; i < m->reals; i++) m->record[m->real[i]].x = ldexp(m->record[m->real[i]].x, by);
}

/* One number at a distance from another at which exponentials change their nature. */
static void gap(moves *m) {
    static const double at[] = {16.635532333438686, /* 24 ln 2 */
                                36.7368005696771,   /* 53 ln 2 */
                                87.3365447505531,   88.72283905206835, 103.97207708399179,
                                708.3964185322641,  709.782712893384,  745.1332191019412};
    double x = *any_real(m), by = at[below(m, (int)(sizeof at / sizeof *at))];
    *any_real(m) = below(m, 2) ? x + by : x - by;
}

static void whole(moves *m) {
    *any_real(m) = below(m, 201) - 100;
}

/* An integer choice: a family, K, a label, a flag. */
static void decide(moves *m) {
    lp_choice *c = &m->record[below(m, m->count)];
    if (c->kind != LP_CHOICE_INT) return;
    uint64_t size = (uint64_t)c->hi - (uint64_t)c->lo + 1;
    c->i = (int64_t)((uint64_t)c->lo + (size ? lp_rng_below(&m->rng, size) : lp_rng_u64(&m->rng)));
}

static void move_some(moves *m) {
    static void (*const on_reals[])(moves *) = {nudge,     rescale,   negate, tie,  swap,
                                                shift_all, scale_all, gap,    whole};
    const int kinds = (int)(sizeof on_reals / sizeof *on_reals);
    for (int left = 1 + below(m, 3); left > 0; left--) {
        int kind = below(m, kinds + 1);
        if (kind < kinds && m->reals)
            on_reals[kind](m);
        else
            decide(m);
    }
}

size_t lp_fuzz_mutate(const lp_fuzz_subject *s, uint8_t *data, size_t size, size_t max_size,
                      unsigned seed) {
    moves m = {.count = 0};
    m.record = lp_fuzz_record(&m.count, s, data, size);
    if (!m.record) return 0;
    lp_rng_init(&m.rng, seed, lp_rng_domain("fuzz/mutate"), (uint64_t)m.count);
    m.real = malloc(((size_t)m.count + 1) * sizeof *m.real);
    if (!m.real) abort();
    for (int i = 0; i < m.count; i++)
        if (m.record[i].kind == LP_CHOICE_F64) m.real[m.reals++] = i;
    if (m.count) move_some(&m);
    size_t made;
    uint8_t *bytes = lp_choices_encode(&made, m.record, m.count);
    bool fits = made <= max_size;
    if (fits) memcpy(data, bytes, made);
    free(bytes);
    free(m.real);
    free(m.record);
    return fits ? made : 0;
}
