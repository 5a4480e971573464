#include "props/props/detector.h"

#include <float.h>
#include <math.h>
#include <stdio.h>

/* Cases that tell the two apart, then a convention counts as matched. */
#define ENOUGH 200
/* Wider cases cost more than they tell: the reference answers twice for every component. */
#define MOST_COMPONENTS 256

/* Of an output of the case as it was asked, once for all conventions; NaN: not yet. */
typedef struct asked {
    double x[MOST_COMPONENTS], allow[MOST_COMPONENTS];
    bool open[MOST_COMPONENTS]; /* x is not settled */
} asked;

/* What was asked and what the convention would answer, both exact up to `allow`. */
typedef struct pair {
    lp_exact *asked, *other;
    asked *known;
    const lp_convention *convention;
    lp_convention_at at;
    const double *got;
} pair;

/* The level `stable`, which holds where `accurate` does: the greater of the two bounds; a void one
 * is not claimed. */
static double allowance(lp_exact *e, lp_out out, int64_t i) {
    double stable = lp_exact_h(e, out, i, LP_LEVEL_STABLE);
    double accurate = lp_exact_h(e, out, i, LP_LEVEL_ACCURATE);
    return stable > accurate && stable < INFINITY ? stable : accurate;
}

static double asked_x(bool *open, const pair *p, int64_t i) {
    asked *k = p->known;
    if (isnan(k->x[i]))
        k->x[i] =
            lp_exact_round(p->asked, p->at.out, i, LP_BINARY64, LP_ROUND_NEAREST, &k->open[i]);
    *open = k->open[i];
    return k->x[i];
}

static double asked_allowance(const pair *p, int64_t i) {
    asked *k = p->known;
    if (isnan(k->allow[i])) k->allow[i] = allowance(p->asked, p->at.out, i);
    return k->allow[i];
}

static bool other_numbers(const pair *p, int64_t i, int64_t length) {
    for (int64_t k = i; k < (lp_convention_pairs(p->convention) ? 2 : 1) * length; k += length)
        if (lp_exact_kind(p->other, p->at.out, k) != LP_KIND_NUMBER) return false;
    return true;
}

/* What a subject that computes x is allowed. Of two rows each has its own, and the double that it
 * is rounded to here: where they cancel that is more than an ulp of what is left. False: unsettled.
 */
static bool other_room(long double *room, const pair *p, int64_t i, int64_t length) {
    const lp_convention *v = p->convention;
    const lp_out out = p->at.out;
    *room = lp_convention_blur(v, &p->at);
    for (int64_t k = i; k < (lp_convention_pairs(v) ? 2 : 1) * length; k += length) {
        *room += (long double)(p->other == p->asked ? asked_allowance(p, k)
                                                    : allowance(p->other, out, k));
        if (!lp_convention_pairs(v)) continue;
        long double one;
        if (!lp_convention_x(&one, &(lp_convention){0}, p->other, out, k, length)) return false;
        *room += fabsl(one) * 0x1p-53L;
    }
    return true;
}

typedef enum told { TELLS_NOTHING, SAME, APART_AGREES, APART_DIFFERS } told;

/* One component; infinities and NaN, the subject's too, are no matter of convention. The other
 * answer v = f(x) is taken of x rounded to binary64 and computed in long double: beside the
 * allowance of x, carried over by the slope of f, it is off by an ulp of binary64 at most, and a
 * subject that computes x and then f rounds at most four times more (its constant, the product, and
 * a logarithm's two): 4 ulp of the format in all, and a subnormal. */
static told component(const pair *p, int64_t i) {
    const lp_out out = p->at.out;
    const lp_format *f = lp_format_get(p->at.kase->format);
    const int64_t length = lp_exact_len(p->asked, out);
    if (lp_exact_kind(p->asked, out, i) != LP_KIND_NUMBER || !isfinite(p->got[i]))
        return TELLS_NOTHING;
    bool open;
    long double a = (long double)asked_x(&open, p, i), x, room;
    if (open || !other_numbers(p, i, length)) return TELLS_NOTHING;
    if (!lp_convention_x(&x, p->convention, p->other, out, i, length)) return TELLS_NOTHING;
    long double v = p->convention->value ? p->convention->value(x, &p->at, p->convention->arg) : x;
    if (isnan(v) || fabsl(v) > (long double)f->max) return TELLS_NOTHING;
    if (v == a) return TELLS_NOTHING; /* most often, and the bounds cost most */
    if (!other_room(&room, p, i, length)) return TELLS_NOTHING;
    long double slope = x != 0 && fabsl(v) > fabsl(x) ? fabsl(v / x) : 1;
    room = slope * room + fabsl(v) * ldexpl(4, 1 - f->p) + 2 * (long double)f->least;
    /* One bound more between them: no answer is near enough to both. */
    bool apart = fabsl(v - a) > 2 * (room + (long double)asked_allowance(p, i));
    bool near = fabsl((long double)p->got[i] - v) <= room;
    return !apart ? (near ? SAME : TELLS_NOTHING) : near ? APART_AGREES : APART_DIFFERS;
}

/* The case tells them apart where one component does, and agrees where all of these do. */
static told compare(pair *p) {
    told whole = SAME;
    const lp_case *c = p->at.kase;
    int64_t length = lp_exact_len(p->asked, p->at.out);
    if (length == 0 ||
        lp_exact_len(p->other, p->at.out) != (lp_convention_pairs(p->convention) ? 2 : 1) * length)
        return TELLS_NOTHING;
    bool rows = !lp_case_reduced(c, p->at.out) && !lp_op_whole(lp_op_get(c->op)) && length >= c->n;
    for (int64_t i = 0; i < length; i++) {
        p->at.row = rows ? i / (length / c->n) : -1;
        told one = component(p, i);
        if (one == APART_DIFFERS) return one;
        if (one == APART_AGREES) whole = one;
    }
    return whole;
}

static bool look(lp_detector *d, int which, lp_trial *t, lp_out out, asked *known, lp_error *err) {
    const lp_convention *v = &lp_conventions[which];
    pair p = {.asked = t->exact,
              .other = t->exact,
              .known = known,
              .convention = v,
              .at = {.kase = &t->kase, .out = out},
              .got = t->answer.out[out]};
    lp_case other;
    told what = TELLS_NOTHING;
    lp_case_copy(&other, &t->kase);
    bool speaks = !v->change || v->change(&other, v->arg);
    if (speaks && v->change) p.other = lp_exact_new(&other, err);
    if (speaks && p.other && lp_exact_status(p.other) == LP_OK) what = compare(&p);
    d->count[out][which].apart += what == APART_AGREES || what == APART_DIFFERS;
    d->count[out][which].agree += what == APART_AGREES;
    bool ok = p.other != NULL;
    if (p.other != t->exact) lp_exact_free(p.other);
    lp_case_clear(&other);
    return ok;
}

static bool live(const lp_detector *d, lp_out out, int which) {
    return (lp_conventions[which].outputs & LP_OUT_BIT(out)) &&
           d->count[out][which].apart == d->count[out][which].agree &&
           d->count[out][which].apart < ENOUGH;
}

bool lp_detector_see(lp_detector *d, lp_trial *t, lp_error *err) {
    if (t->answer.status != LP_OK || lp_exact_status(t->exact) != LP_OK) return true;
    for (int k = 0; k < t->judgement.outs; k++) {
        const lp_verdict *v = &t->judgement.verdict[k];
        d->failed[v->out] |= v->level < LP_LEVEL_STABLE && v->components > 0;
        if (!d->failed[v->out] || !t->answer.out[v->out]) continue;
        if (lp_case_out_len(&t->kase, v->out) > MOST_COMPONENTS) continue;
        if (t->kase.n * t->kase.k > MOST_COMPONENTS) continue;
        asked known;
        for (int i = 0; i < MOST_COMPONENTS; i++) known.x[i] = known.allow[i] = NAN;
        for (int i = 0; i < lp_convention_count; i++)
            if (live(d, v->out, i) && !look(d, i, t, v->out, &known, err)) return false;
    }
    return true;
}

void lp_detector_tell(lp_certificate *cert, const lp_detector *d, lp_op op, lp_format_id format) {
    for (int out = 0; out < LP_OUT_COUNT; out++)
        for (int i = 0; i < lp_convention_count; i++) {
            if (d->count[out][i].apart == 0) continue;
            const lp_convention *v = &lp_conventions[i];
            lp_hint_row *h = lp_certificate_hint(cert, op, format, (lp_out)out, v->name);
            snprintf(h->says, sizeof h->says, "%s", v->says);
            h->apart += d->count[out][i].apart;
            h->agree += d->count[out][i].agree;
        }
}
