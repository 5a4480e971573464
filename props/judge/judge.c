/* A whole answer: status and findings first, then every component of every declared output. */
#include "props/judge/judge.h"

#include <math.h>
#include <string.h>

static void lower(lp_judgement *j, lp_level level, lp_cause cause) {
    if (level < j->level) {
        j->level = level;
        j->cause = cause;
    }
}

static lp_verdict *verdict_new(lp_judgement *j, lp_out out) {
    lp_verdict *v = &j->verdict[j->outs++];
    memset(v, 0, sizeof *v);
    v->out = out;
    v->level = LP_LEVEL_CORRECT;
    v->at = -1;
    return v;
}

/* Wrong specials before all, then by the certain part of the error. */
static bool worse(const lp_measure *a, bool a_special, const lp_measure *b, bool b_special) {
    if (a_special != b_special) return a_special;
    return a->ulp_lo > b->ulp_lo;
}

/* Counts are over components whose exact value is a number; a wrong special counts apart. */
static void count(lp_verdict *v, const lp_measure *m, lp_level level, lp_cause cause,
                  const lp_format *f) {
    bool special = cause == LP_CAUSE_WRONG_SPECIAL;
    v->special += special;
    if (m->kind != LP_KIND_NUMBER) return;
    v->components++;
    v->zero_sign += cause == LP_CAUSE_ZERO_SIGN;
    v->undecided += cause == LP_CAUSE_UNDECIDED;
    if (special) return;
    v->correct += level == LP_LEVEL_CORRECT;
    v->faithful += m->got == m->want || m->got == m->down || m->got == m->up;
    v->within1 += lp_judge_within(m, 1, f);
    v->within4 += lp_judge_within(m, 4, f);
    v->lost += lp_judge_lost(m, level);
    v->void_bound |= isnan(m->bound);
    if (m->over_bound > v->over_bound) v->over_bound = m->over_bound;
}

/* The same component as a histogram counts it. */
static lp_bucket tally(const lp_measure *m, lp_level level, lp_cause cause, const lp_format *f) {
    lp_bucket one = {.components = 1};
    if (cause == LP_CAUSE_WRONG_SPECIAL) {
        one.special = 1;
        return one;
    }
    one.within1 = lp_judge_within(m, 1, f);
    one.within4 = lp_judge_within(m, 4, f);
    one.lost = lp_judge_lost(m, level);
    if (m->exact_zero) return one;
    one.max_ulp = m->ulp_hi;
    one.max_bound = isnan(m->bound) ? INFINITY : ldexp(m->bound, -m->ulp_exp);
    return one;
}

/* The component to show for the answer: the lowest level, within it the largest error. */
static void show(lp_judgement *j, lp_out out, int64_t i, const lp_measure *m, lp_level level,
                 lp_cause cause) {
    bool lowest = level < j->level;
    lower(j, level, cause);
    if (level == LP_LEVEL_CORRECT || level != j->level) return;
    if (lowest || j->at < 0 || m->ulp_lo > j->measure.ulp_lo) {
        j->out = out;
        j->at = i;
        j->measure = *m;
    }
}

static void judge_output(lp_judgement *j, const lp_case *c, const lp_answer *a, lp_exact *e,
                         lp_out out, const lp_judge_watch *watch) {
    const lp_format *f = lp_case_format(c);
    lp_contract contract = lp_case_contract(c, out);
    lp_verdict *v = verdict_new(j, out);
    bool v_special = false;
    for (int64_t i = 0; i < a->len[out]; i++) {
        lp_measure m;
        lp_cause cause;
        lp_exact_measure(&m, e, out, i, a->out[out][i]);
        lp_level level = lp_judge_component(&cause, &m, contract, f);
        bool special = cause == LP_CAUSE_WRONG_SPECIAL;
        count(v, &m, level, cause, f);
        if (watch && m.kind == LP_KIND_NUMBER) {
            lp_bucket one = tally(&m, level, cause, f);
            watch->see(watch->ctx, c, out, i, &one);
        }
        if (v->at < 0 || worse(&m, special, &v->worst, v_special)) {
            v->at = i;
            v->worst = m;
            v_special = special;
        }
        if (level < v->level) {
            v->level = level;
            v->cause = cause;
        }
        show(j, out, i, &m, level, cause);
    }
}

/* The answer as a whole is refused: every declared output of the case fails alike. */
static void refuse(lp_judgement *j, lp_cause cause, const lp_case *c, uint32_t outputs) {
    const lp_op_info *info = lp_op_get(c->op);
    for (int k = 0; k < info->out_count; k++) {
        if (!(outputs & LP_OUT_BIT(info->out[k].role))) continue;
        if (info->out[k].needs_v && !c->in[LP_IN_V]) continue;
        lp_verdict *v = verdict_new(j, info->out[k].role);
        v->level = LP_LEVEL_FAIL;
        v->cause = cause;
    }
    lower(j, LP_LEVEL_FAIL, cause);
}

static void judge_outputs(lp_judgement *j, const lp_case *c, const lp_answer *a, lp_exact *e,
                          uint32_t outputs, const lp_judge_watch *watch) {
    const lp_op_info *info = lp_op_get(c->op);
    for (int k = 0; k < info->out_count; k++) {
        lp_out out = info->out[k].role;
        int64_t want = lp_exact_len(e, out);
        if (!(outputs & LP_OUT_BIT(out)) || want == 0) continue;
        if (!a->out[out] || a->len[out] != want)
            refuse(j, LP_CAUSE_FINDING, c, LP_OUT_BIT(out)); /* declared and not delivered */
        else
            judge_output(j, c, a, e, out, watch);
    }
}

void lp_judge_quiet(lp_judgement *j, const lp_case *c, const lp_answer *a, lp_exact *e,
                    uint32_t outputs) {
    lp_judge_watched(j, c, a, e, outputs, NULL);
}

void lp_judge_watched(lp_judgement *j, const lp_case *c, const lp_answer *a, lp_exact *e,
                      uint32_t outputs, const lp_judge_watch *watch) {
    j->level = LP_LEVEL_CORRECT;
    j->cause = LP_CAUSE_NONE;
    j->message[0] = '\0';
    j->outs = 0;
    j->out = LP_OUT_LOSS;
    j->at = -1;
    memset(&j->measure, 0, sizeof j->measure);
    bool due = lp_exact_status(e) == LP_OK, given = a->status == LP_OK;
    if (a->findings & LP_FIND_FATAL)
        refuse(j, LP_CAUSE_FINDING, c, outputs); /* there is no answer to look at */
    else if (due != given)
        refuse(j, LP_CAUSE_STATUS, c, outputs); /* which error code is the subject's own affair */
    else if (due)
        judge_outputs(j, c, a, e, outputs, watch);
    if (a->findings & ~(unsigned)LP_FIND_REPORTED) lower(j, LP_LEVEL_FAIL, LP_CAUSE_FINDING);
}

void lp_judge(lp_judgement *j, const lp_case *c, const lp_answer *a, lp_exact *e,
              uint32_t outputs) {
    lp_judge_quiet(j, c, a, e, outputs);
    lp_judge_message(j, a, e);
}
