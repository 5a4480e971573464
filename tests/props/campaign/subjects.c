#include "subjects.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

bool call_spoilt(void *subject, const lp_case *c, const lp_host_how *how, lp_answer *answer,
                 lp_error *err) {
    spoilt *s = subject;
    lp_exact *e = lp_exact_new(c, err);
    if (!e) return false;
    s->undecided += lp_exact_answer(answer, e);
    s->calls++;
    if (s->spoil && answer->status == LP_OK) s->spoil(s, c, how, e, answer);
    lp_exact_free(e);
    return true;
}

static uint64_t scramble(double x, int64_t i) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    bits = (bits ^ (uint64_t)i * UINT64_C(0x9e3779b97f4a7c15)) * UINT64_C(0xbf58476d1ce4e5b9);
    return bits ^ bits >> 29;
}

/* As far as the contract goes: the neighbour, three steps, or most of the bound or the allowance.
 */
static double moved(const lp_measure *m, lp_level level, lp_contract contract, uint64_t dice,
                    const lp_format *f) {
    bool up = dice & 1;
    double x = up ? m->up : m->down;
    int steps = level == LP_LEVEL_FAITHFUL ? 0 : (int)(dice >> 1 & 3);
    for (int i = 0; i < steps && isfinite(x); i++)
        x = up ? lp_format_above(f, x) : lp_format_below(f, x);
    double share = (double)(dice >> 3 & 15) / 16;
    double more = level == LP_LEVEL_STABLE ? m->bound : contract == LP_MIXED ? m->bound / 4096 : 0;
    double far = lp_format_round(f, m->want + (up ? share : -share) * more);
    return isfinite(far) && fabs(far - m->want) > fabs(x - m->want) ? far : x;
}

void spoil_noise(const spoilt *s, const lp_case *c, const lp_host_how *how, lp_exact *e,
                 lp_answer *a) {
    (void)how;
    const lp_format *f = lp_format_get(c->format);
    for (int o = 0; o < LP_OUT_COUNT; o++)
        for (int64_t i = 0; a->out[o] && i < a->len[o]; i++) {
            lp_measure m;
            lp_cause cause;
            double *x = &a->out[o][i];
            lp_contract contract = lp_case_contract(c, (lp_out)o);
            lp_exact_measure(&m, e, (lp_out)o, i, *x);
            if (m.kind != LP_KIND_NUMBER) continue;
            double far = moved(&m, s->level, contract, scramble(*x, i), f);
            lp_exact_measure(&m, e, (lp_out)o, i, far);
            if (!isfinite(far) || lp_judge_component(&cause, &m, contract, f) < s->level) continue;
            *x = far;
        }
}

void open_bench(lp_bench *b, lp_host_entry *entry, lp_op op, lp_format_id format, spoilt *s,
                lp_error *err) {
    const lp_op_info *info = lp_op_get(op);
    *entry = (lp_host_entry){.op = op,
                             .format = format,
                             .params = info->built_params,
                             .outputs = (1u << LP_OUT_COUNT) - 1,
                             .reductions = info->built_reductions,
                             .flags = LP_FLAG_STRIDED | LP_FLAG_IN_PLACE};
    *b =
        (lp_bench){.call = call_spoilt, .subject = s, .entry = entry, .within = format, .err = err};
    b->declared = ~UINT64_C(0);
}

void open_plan(lp_gen_plan *plan, const lp_host_entry *entry) {
    *plan = (lp_gen_plan){.op = entry->op,
                          .format = entry->format,
                          .params = entry->params,
                          .reductions = entry->reductions,
                          .max_k = 12,
                          .wide_k = 40,
                          .strided = true};
}

void make_trial(lp_trial *t, lp_bench *b, const lp_source *source, int64_t i) {
    lp_source_case(&t->kase, t->regime, source, i);
    assert_true(lp_trial_run(t, b));
}
