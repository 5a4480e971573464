#include "core/certificate_fold.h"

#include <string.h>

static bool same(const char *a, const char *b) {
    return !a || !b ? a == b : !strcmp(a, b);
}

static const char *shown(const char *text) {
    return text ? text : "(none)";
}

static bool shards_of_one(const lp_certificate *a, const lp_certificate *b, lp_error *err) {
    const struct {
        const char *what, *a, *b;
    } text[] = {{"subject", a->subject, b->subject},
                {"digest", a->digest, b->digest},
                {"tool version", a->tool_version, b->tool_version},
                {"effort", a->effort, b->effort}};
    for (size_t i = 0; i < sizeof text / sizeof *text; i++)
        if (!same(text[i].a, text[i].b))
            return lp_error_set(err, "not shards of one run: %s %.80s and %.80s", text[i].what,
                                shown(text[i].a), shown(text[i].b));
    if (a->seed != b->seed)
        return lp_error_set(err, "not shards of one run: seed %llu and %llu",
                            (unsigned long long)a->seed, (unsigned long long)b->seed);
    return a->asked == b->asked || lp_error_set(err, "not shards of one run: level %s and %s",
                                                lp_level_name(a->asked), lp_level_name(b->asked));
}

static void merge_regime(lp_regime_row *r, const lp_regime_row *from) {
    r->cases += from->cases;
    r->components += from->components;
    r->within1 += from->within1;
    r->within4 += from->within4;
    r->lost += from->lost;
    r->special += from->special;
    r->void_bound += from->void_bound;
    if (from->max_ulp > r->max_ulp) {
        r->max_ulp = from->max_ulp;
        r->condition = from->condition;
    } else if (from->max_ulp == r->max_ulp && from->condition > r->condition) {
        r->condition = from->condition;
    }
    if (from->max_over_bound > r->max_over_bound) r->max_over_bound = from->max_over_bound;
    r->sampled += from->sampled;
    if (from->max_condition > r->max_condition) r->max_condition = from->max_condition;
}

static void merge_histogram(lp_output_row *row, const lp_histogram *from) {
    if (!from) return;
    lp_bucket *to = &lp_output_row_histogram(row)->bucket[0][0][0];
    const lp_bucket *at = &from->bucket[0][0][0];
    for (size_t i = 0; i < sizeof *from / sizeof *at; i++) lp_bucket_merge(&to[i], &at[i]);
}

static void merge_row(lp_certificate *into, const lp_output_row *from) {
    lp_output_row *row = lp_certificate_row(into, from->op, from->format, from->out);
    if (from->cases > 0)
        lp_level_fold(row, row->cases == 0, from->numeric, from->numeric_cause,
                      from->numeric_regime);
    /* Of a whole that was not all proved or exhausted only the weaker word is true. */
    if (row->cases == 0 || (from->cases > 0 && from->evidence < row->evidence))
        row->evidence = from->evidence;
    row->cases += from->cases;
    row->components += from->components;
    row->correct += from->correct;
    row->faithful += from->faithful;
    row->within1 += from->within1;
    row->within4 += from->within4;
    row->lost += from->lost;
    row->special += from->special;
    row->zero_sign += from->zero_sign;
    row->undecided += from->undecided;
    row->void_bound += from->void_bound;
    if (from->max_over_bound > row->max_over_bound) row->max_over_bound = from->max_over_bound;
    lp_worst_fold(&row->worst, &from->worst);
    lp_worst_special_fold(&row->worst_special, &from->worst_special);
    for (int i = 0; i < from->regimes; i++)
        merge_regime(lp_output_row_regime(row, from->regime[i].name), &from->regime[i]);
    merge_histogram(row, from->histogram);
}

static void merge_property(lp_certificate *into, const lp_property_row *from) {
    lp_property_row *p = lp_certificate_property(into, from->name, from->op, from->format);
    p->number = from->number;
    p->outputs |= from->outputs;
    p->tried += from->tried;
    p->unmet += from->unmet;
    p->broken += from->broken;
    for (int level = 0; level < LP_LEVEL_COUNT; level++)
        p->broken_at[level] += from->broken_at[level];
    for (int out = 0; out < LP_OUT_COUNT; out++)
        for (int level = 0; level < LP_LEVEL_COUNT; level++)
            p->broken_out[out][level] += from->broken_out[out][level];
}

static void merge_recorded(lp_certificate *into, const lp_recorded_row *from) {
    lp_recorded_row *r = lp_certificate_recorded(into, from->op, from->format, from->out);
    r->rows += from->rows;
    r->within1 += from->within1;
    r->within4 += from->within4;
    r->lost += from->lost;
    r->special += from->special;
    r->unanswered += from->unanswered;
}

static void merge_canary(lp_certificate *into, const lp_canary_row *from) {
    for (int i = 0; i < into->canaries; i++) {
        lp_canary_row *row = &into->canary[i];
        if (strcmp(row->name, from->name)) continue;
        row->evaluations += from->evaluations;
        /* Killed by several checks: the first by name is shown, whichever shard comes first. */
        if (from->killed && (!row->killed || strcmp(from->by, row->by) < 0))
            memcpy(row->by, from->by, sizeof row->by);
        row->killed |= from->killed;
        return;
    }
    into->canary = lp_list_grow(into->canary, into->canaries, sizeof *into->canary);
    into->canary[into->canaries++] = *from;
}

static void merge_hint(lp_certificate *into, const lp_hint_row *from) {
    lp_hint_row *h = lp_certificate_hint(into, from->op, from->format, from->out, from->name);
    memcpy(h->says, from->says, sizeof h->says);
    memcpy(h->advice, from->advice, sizeof h->advice);
    h->formula = from->formula;
    h->apart += from->apart;
    h->agree += from->agree;
    h->seen += from->seen;
    h->same += from->same;
    h->alike += from->alike;
}

bool lp_certificate_merge(lp_certificate *into, const lp_certificate *from, lp_error *err) {
    if (!shards_of_one(into, from, err)) return false;
    into->evaluations += from->evaluations;
    into->undecided += from->undecided;
    into->refused += from->refused;
    into->reference.questions += from->reference.questions;
    into->reference.integers += from->reference.integers;
    into->reference.rechecked += from->reference.rechecked;
    into->reference.disagreed += from->reference.disagreed;
    into->complete &= from->complete;
    into->subject_lost |= from->subject_lost;
    for (int i = 0; i < from->rows; i++) merge_row(into, &from->row[i]);
    for (int i = 0; i < from->reaches; i++) {
        const lp_reach_row *r = &from->reach[i];
        lp_reach_merge(lp_certificate_reach(into, r->op, r->format, r->out, r->part, r->way), r);
    }
    for (int i = 0; i < from->recordeds; i++) merge_recorded(into, &from->recorded[i]);
    for (int i = 0; i < from->hints; i++) merge_hint(into, &from->hint[i]);
    for (int i = 0; i < from->properties; i++) merge_property(into, &from->property[i]);
    for (int i = 0; i < from->findings; i++) lp_finding_fold(into, &from->finding[i]);
    for (int i = 0; i < from->counterexamples; i++)
        lp_certificate_add_counterexample(into, &from->counterexample[i]);
    for (int i = 0; i < from->canaries; i++) merge_canary(into, &from->canary[i]);
    for (int i = 0; i < from->not_tested_count; i++)
        lp_certificate_not_tested(into, "%s", from->not_tested[i]);
    return true;
}
