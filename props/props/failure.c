#include "props/props/failure.h"

#include <stdio.h>
#include <string.h>

void lp_failure_name(char name[96], const lp_failure *f) {
    switch (f->kind) {
    case LP_FAILURE_FINDING:
        snprintf(name, 96, "finding:%s", lp_finding_name(f->finding));
        return;
    case LP_FAILURE_STATUS:
        snprintf(name, 96, "status");
        return;
    case LP_FAILURE_SPECIAL:
        snprintf(name, 96, "special:%s", lp_out_name(f->out));
        return;
    case LP_FAILURE_ACCURACY:
        snprintf(name, 96, "accuracy:%s", lp_out_name(f->out));
        return;
    case LP_FAILURE_LOST:
        snprintf(name, 96, "lost:%s", lp_out_name(f->out));
        return;
    case LP_FAILURE_UNDECIDED:
        snprintf(name, 96, "undecided:%s", lp_out_name(f->out));
        return;
    case LP_FAILURE_PROPERTY:
        snprintf(name, 96, "%s", f->property->name);
        return;
    }
}

static bool number_below(const lp_verdict *v, lp_level below) {
    return v->level < below && (v->cause == LP_CAUSE_ERROR || v->cause == LP_CAUSE_ZERO_SIGN);
}

static bool verdict_shows(const lp_failure *f, const lp_verdict *v) {
    switch (f->kind) {
    case LP_FAILURE_SPECIAL:
        return v->special > 0;
    case LP_FAILURE_ACCURACY:
        return number_below(v, f->below);
    case LP_FAILURE_LOST:
        return v->lost > 0;
    case LP_FAILURE_UNDECIDED:
        return v->undecided > 0;
    default:
        return false;
    }
}

static bool status_shows(const lp_trial *t) {
    return !t->unsupported && (t->answer.status == LP_OK) != (lp_exact_status(t->exact) == LP_OK);
}

static int add(lp_failure *list, int count, int most, lp_failure f) {
    if (count < most) list[count++] = f;
    return count;
}

int lp_failures_of(lp_failure *list, int most, const lp_trial *t, lp_level below) {
    static const lp_failure_kind numeric[] = {LP_FAILURE_SPECIAL, LP_FAILURE_ACCURACY,
                                              LP_FAILURE_LOST, LP_FAILURE_UNDECIDED};
    int n = 0;
    for (unsigned bit = 1; bit < 1u << LP_FIND_COUNT; bit <<= 1)
        if (t->answer.findings & bit & ~(unsigned)LP_FIND_REPORTED)
            n = add(list, n, most,
                    (lp_failure){.kind = LP_FAILURE_FINDING, .finding = (lp_finding)bit});
    if (t->answer.findings & LP_FIND_FATAL) return n;
    if (status_shows(t)) n = add(list, n, most, (lp_failure){.kind = LP_FAILURE_STATUS});
    for (size_t k = 0; k < sizeof numeric / sizeof *numeric; k++)
        for (int v = 0; v < t->judgement.outs; v++) {
            lp_failure f = {.kind = numeric[k], .out = t->judgement.verdict[v].out, .below = below};
            f.level = t->judgement.verdict[v].level;
            if (verdict_shows(&f, &t->judgement.verdict[v])) n = add(list, n, most, f);
        }
    return n;
}

bool lp_failure_of_check(lp_failure *f, const lp_check *check, const lp_property *p,
                         lp_level below) {
    *f = (lp_failure){
        .kind = LP_FAILURE_PROPERTY, .property = p, .below = below, .level = check->least};
    return check->met && check->broken && check->least < below;
}

static const lp_verdict *verdict_of(const lp_judgement *j, lp_out out) {
    for (int i = 0; i < j->outs; i++)
        if (j->verdict[i].out == out) return &j->verdict[i];
    return NULL;
}

static bool property_shows(bool *shows, lp_shown *shown, const lp_failure *f, lp_bench *b,
                           const lp_trial *t) {
    lp_check check;
    bool ok = lp_check_run(&check, b, f->property, t, f->below);
    lp_failure again;
    *shows = ok && lp_failure_of_check(&again, &check, f->property, f->below);
    if (*shows && shown) {
        lp_level level = check.least < t->judgement.level ? check.least : t->judgement.level;
        *shown = (lp_shown){.level = level, .out = check.out, .at = -1};
        memcpy(shown->why, check.why, sizeof shown->why);
    }
    lp_check_clear(&check);
    return ok;
}

/* The failing output judged by itself: its lowest component is the one to show. */
static void show_output(lp_shown *shown, const lp_failure *f, const lp_trial *t) {
    lp_judgement one;
    lp_answer plain = t->answer; /* borrowed; findings have a failure of their own */
    plain.findings = 0;
    lp_judge(&one, &t->kase, &plain, t->exact, LP_OUT_BIT(f->out));
    shown->out = f->out;
    shown->at = one.at;
    memcpy(shown->why, one.message, sizeof shown->why);
    if (one.at < 0) return;
    shown->got = one.measure.got;
    shown->want = one.measure.want;
    lp_exact_digits(shown->exact, sizeof shown->exact, t->exact, f->out, one.at, 40);
}

static bool numeric(const lp_failure *f) {
    return f->kind == LP_FAILURE_SPECIAL || f->kind == LP_FAILURE_ACCURACY ||
           f->kind == LP_FAILURE_LOST || f->kind == LP_FAILURE_UNDECIDED;
}

static void show(lp_shown *shown, const lp_failure *f, const lp_trial *t) {
    *shown = (lp_shown){.level = t->judgement.level, .at = -1};
    if (f->kind == LP_FAILURE_UNDECIDED) {
        const lp_verdict *v = verdict_of(&t->judgement, f->out);
        shown->out = f->out;
        snprintf(shown->why, sizeof shown->why,
                 "%s: the reference could not settle %lld of %lld values", lp_out_name(f->out),
                 (long long)v->undecided, (long long)v->components);
    } else if (numeric(f)) {
        show_output(shown, f, t);
    } else {
        lp_judgement whole = t->judgement;
        lp_judge_message(&whole, &t->answer, t->exact);
        memcpy(shown->why, whole.message, sizeof shown->why);
    }
}

bool lp_failure_shows(bool *shows, lp_shown *shown, const lp_failure *f, lp_bench *b,
                      const lp_trial *t) {
    if (f->kind == LP_FAILURE_PROPERTY) return property_shows(shows, shown, f, b, t);
    const lp_verdict *v = numeric(f) ? verdict_of(&t->judgement, f->out) : NULL;
    if (f->kind == LP_FAILURE_FINDING)
        *shows = (t->answer.findings & f->finding) != 0;
    else
        *shows = v ? verdict_shows(f, v) : f->kind == LP_FAILURE_STATUS && status_shows(t);
    if (*shows && shown) show(shown, f, t);
    return true;
}
