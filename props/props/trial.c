#include "props/props/trial.h"

#include "core/accumulation.h"

#include <string.h>

static bool call_host(void *subject, const lp_case *c, const lp_host_how *how, lp_answer *answer,
                      lp_error *err) {
    return lp_host_run(subject, c, how, answer, err);
}

bool lp_bench_accepts(const lp_bench *b, const lp_case *c, const char **why) {
    return !b->host || lp_host_accepts(b->host, c, why) != NULL;
}

void lp_bench_open(lp_bench *b, lp_host *host, const lp_host_entry *entry, lp_error *err) {
    const lp_host_info *info = lp_host_describe(host);
    *b = (lp_bench){.call = call_host,
                    .subject = host,
                    .host = host,
                    .entry = entry,
                    .within = lp_accumulation(info->conventions, entry->format),
                    .err = err};
    for (int i = 0; i < info->entries; i++)
        if (info->entry[i].format == entry->format) b->declared |= UINT64_C(1) << info->entry[i].op;
}

static void count(lp_bench *b, const lp_answer *a) {
    b->evaluations++;
    b->fatal += (a->findings & LP_FIND_FATAL) != 0;
    b->hangs += (a->findings & LP_FIND_HANG) != 0;
}

static lp_exact *exact_of(const lp_bench *b, const lp_case *c) {
    lp_exact *e = b->shared ? lp_exacts_get(b->shared, c, b->err) : lp_exact_new(c, b->err);
    if (e) lp_exact_accumulate(e, b->within);
    return e;
}

bool lp_trial_run(lp_trial *t, lp_bench *b) {
    lp_answer_init(&t->answer);
    t->unsupported = false;
    t->borrowed = b->shared != NULL;
    t->exact = exact_of(b, &t->kase);
    if (!t->exact || !b->call(b->subject, &t->kase, NULL, &t->answer, b->err)) {
        lp_trial_clear(t);
        return false;
    }
    count(b, &t->answer);
    t->unsupported = t->answer.status == LP_E_UNSUPPORTED && !(t->answer.findings & LP_FIND_FATAL);
    lp_judge_watched(&t->judgement, &t->kase, &t->answer, t->exact,
                     t->unsupported ? 0 : b->entry->outputs, b->watch);
    return true;
}

void lp_trial_clear(lp_trial *t) {
    if (!t->borrowed) lp_exact_free(t->exact);
    t->exact = NULL;
    lp_answer_clear(&t->answer);
    lp_case_clear(&t->kase);
}

static uint64_t mix(uint64_t h, const void *data, size_t size) {
    const unsigned char *byte = data;
    for (size_t i = 0; byte && i < size; i++) h = (h ^ byte[i]) * UINT64_C(0x100000001b3);
    return h;
}

uint64_t lp_case_hash(const lp_case *c) {
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    const int64_t head[] = {c->op, c->format, c->rounding, c->reduction,   c->n,
                            c->k,  c->d,      c->stride,   (int64_t)c->set};
    h = mix(h, head, sizeof head);
    for (int p = 0; p < LP_PARAM_COUNT; p++)
        if (lp_case_has(c, (lp_param)p)) h = mix(h, &c->param[p], sizeof c->param[p]);
    if (lp_case_has(c, LP_PARAM_IGNORE_INDEX)) h = mix(h, &c->ignore_index, sizeof c->ignore_index);
    h = mix(h, c->label, (size_t)c->n * sizeof *c->label);
    for (int role = 0; role < LP_IN_COUNT; role++)
        h = mix(h, c->in[role], (size_t)lp_case_in_len(c, (lp_in)role) * sizeof(double));
    return h;
}

/* --- properties ------------------------------------------------------------------------------- */

/* The related cases of one check, evaluated. */
typedef struct related {
    lp_case kase[LP_PROPERTY_CASES - 1];
    lp_answer answer[LP_PROPERTY_CASES - 1];
    lp_exact *exact[LP_PROPERTY_CASES - 1];
    int count;
    bool borrowed; /* the exact answers */
} related;

static void related_clear(related *r) {
    for (int i = 0; i < r->count; i++) {
        if (!r->borrowed) lp_exact_free(r->exact[i]);
        lp_answer_clear(&r->answer[i]);
        lp_case_clear(&r->kase[i]);
    }
}

/* The check's own random numbers are a function of the case alone: it replays without a seed. */
static int derive(related *r, const lp_property *p, const lp_bench *b, const lp_case *base) {
    memset(r, 0, sizeof *r);
    r->borrowed = b->shared != NULL;
    if (!p->derive) return 0;
    lp_rng rng;
    lp_rng_init(&rng, 0, lp_rng_domain(p->name), lp_case_hash(base));
    int n = p->derive(r->kase, base, &rng, b->entry->params, b->declared);
    r->count = n > 0 ? n : 0;
    for (int i = 0; i < r->count; i++) lp_answer_init(&r->answer[i]);
    return n;
}

static bool has_answer(const lp_answer *a, lp_exact *e) {
    return !(a->findings & LP_FIND_FATAL) && a->status == LP_OK && lp_exact_status(e) == LP_OK;
}

/* An error is an answer too where bits are compared; "unsupported" is none. */
static bool speaks(const lp_answer *a) {
    return !(a->findings & LP_FIND_FATAL) && a->status != LP_E_UNSUPPORTED;
}

static void note_findings(lp_check *out, const lp_answer *a, const lp_case *c) {
    if (!a->findings) return;
    if (!out->findings) {
        lp_case_copy(&out->culprit, c);
        memcpy(out->note, a->note, sizeof out->note);
    }
    out->findings |= a->findings;
}

/* Runs the related cases; *met says whether all gave something to compare. */
static bool evaluate(related *r, bool *met, lp_check *out, lp_bench *b, const lp_property *p) {
    for (int i = 0; i < r->count && *met; i++) {
        const char *why;
        if (!lp_bench_accepts(b, &r->kase[i], &why)) {
            *met = false;
            return true;
        }
        r->exact[i] = exact_of(b, &r->kase[i]);
        if (!r->exact[i]) return false;
        const lp_host_how *how = p->how ? &p->how[i] : NULL;
        if (!b->call(b->subject, &r->kase[i], how, &r->answer[i], b->err)) return false;
        count(b, &r->answer[i]);
        note_findings(out, &r->answer[i], &r->kase[i]);
        *met = p->exact ? speaks(&r->answer[i]) : has_answer(&r->answer[i], r->exact[i]);
    }
    return true;
}

/* From the strictest level down to the first at which the output holds; returns the level that is
 * left to it, CORRECT where it held at once. */
static lp_level ask(char why[256], const lp_property *p, const lp_eval *eval, int n,
                    lp_level from) {
    if (p->exact)
        return p->holds(eval, n, LP_LEVEL_CORRECT, why) ? LP_LEVEL_CORRECT : LP_LEVEL_FAIL;
    for (int level = (int)from; level >= (int)LP_LEVEL_STABLE; level--)
        if (p->holds(eval, n, (lp_level)level, why))
            return level == (int)from ? LP_LEVEL_CORRECT : (lp_level)level;
    return LP_LEVEL_FINITE;
}

/* The property sees one output at a time: the others are hidden from it. */
static void ask_output(lp_check *out, const lp_property *p, const lp_eval *eval, int n, lp_out o,
                       lp_level from) {
    lp_answer one[LP_PROPERTY_CASES]; /* borrowed parts of the answers */
    lp_eval masked[LP_PROPERTY_CASES];
    for (int i = 0; i < n; i++) {
        one[i] = *eval[i].answer;
        for (int other = 0; other < LP_OUT_COUNT; other++)
            if (other != (int)o) one[i].out[other] = NULL;
        masked[i] = (lp_eval){eval[i].kase, &one[i], eval[i].exact, eval[i].answer};
    }
    char why[256] = "";
    out->cap[o] = ask(why, p, masked, n, from);
    if (out->cap[o] == LP_LEVEL_CORRECT) return;
    out->broken = true;
    if (out->cap[o] >= out->least) return;
    out->least = out->cap[o];
    out->out = o;
    memcpy(out->why, why, sizeof why);
}

bool lp_check_run(lp_check *out, lp_bench *b, const lp_property *p, const lp_trial *t,
                  lp_level from) {
    memset(out, 0, sizeof *out);
    out->least = LP_LEVEL_CORRECT;
    for (int o = 0; o < LP_OUT_COUNT; o++) out->cap[o] = LP_LEVEL_CORRECT;
    lp_case_init(&out->culprit, t->kase.op);
    if (!lp_property_applies(p, t->kase.op) || (p->flags & ~b->entry->flags)) return true;
    if (p->barred & b->entry->flags) return true;
    /* Their preconditions speak of the least subnormal. Of what is added the host has looked. */
    if (lp_case_param(&t->kase, LP_PARAM_FTZ) == 1) return true;
    if (lp_case_param(&t->kase, LP_PARAM_ACCUMULATE) == 1) return true;
    if (t->unsupported || !has_answer(&t->answer, t->exact)) return true;
    lp_exact_accumulate(t->exact, b->within); /* a shared one may have served another subject */
    related r;
    int n = derive(&r, p, b, &t->kase);
    out->met = n >= 0;
    bool ok = evaluate(&r, &out->met, out, b, p);
    if (ok && out->met) {
        lp_eval eval[LP_PROPERTY_CASES] = {
            {(lp_case *)&t->kase, (lp_answer *)&t->answer, t->exact, &t->answer}};
        for (int i = 0; i < r.count; i++)
            eval[i + 1] = (lp_eval){&r.kase[i], &r.answer[i], r.exact[i], &r.answer[i]};
        for (int o = 0; o < LP_OUT_COUNT; o++)
            if ((p->outputs & LP_OUT_BIT(o)) && t->answer.out[o])
                ask_output(out, p, eval, r.count + 1, (lp_out)o, from);
    }
    related_clear(&r);
    return ok;
}

void lp_check_clear(lp_check *c) {
    lp_case_clear(&c->culprit);
}
