/* Subjects that are shared objects: one worker at a time, started again when it has died. */
#include "core/memory.h"
#include "host/fault.h"
#include "host/inside.h"
#include "host/inspect.h"
#include "host/layout.h"
#include "host/note.h"
#include "host/process.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room per array to begin with, in address space only: 2 million doubles. */
enum { FIRST_ROOM = 1 << 24 };
/* Above this the slots' memory is given back after the call: a campaign keeps many subjects open.
 */
enum { KEPT_ROOM = 1 << 20 };

/* Seconds between a worker's line closing and its end. */
static const double last_words = 0.1;

typedef struct shared {
    lp_arena arena;
    lp_process process;
    lp_raw *raw;    /* table as first declared */
    int64_t filled; /* largest array since the slots were last empty */
} shared;

typedef enum started { STARTED, START_FAILED, START_CANNOT, START_DIED } started;

/* A worker that has loaded the subject, or err and which kind of trouble it was. */
static started start(lp_host *h, lp_error *err) {
    shared *s = h->state;
    lp_block *b = lp_arena_block(&s->arena);
    memset(b, 0, sizeof *b);
    if (!lp_process_start(&s->process, &s->arena, h->spec.path, h->spec.mutant, err))
        return START_FAILED;
    lp_wait said = lp_process_wait(&s->process, h->options.timeout, NULL);
    if (said == LP_WAIT_BYTE && atomic_load(&b->phase) == LP_PHASE_READY) return STARTED;
    int status = lp_process_end(&s->process, said == LP_WAIT_GONE ? last_words : 0);
    if (said == LP_WAIT_BYTE) {
        lp_error_set(err, "%s %.*s", h->spec.spec, (int)sizeof b->text - 1, b->text);
        return START_CANNOT;
    }
    char text[96];
    lp_fault_describe(text, sizeof text, b, status);
    if (said == LP_WAIT_LATE)
        lp_error_set(err, "%s hangs while loading (%g s)", h->spec.spec, h->options.timeout);
    else
        lp_error_set(err, "%s crashes while loading: %s", h->spec.spec, text);
    return START_DIED;
}

/* The block is the subject's to scribble on: whatever it holds, the copy is a table. */
static lp_raw *copy_raw(const lp_block *b) {
    lp_raw *raw = lp_memory_copy(&b->raw, sizeof b->raw);
    if (raw->count > LP_ENTRY_MAX) raw->count = LP_ENTRY_MAX;
    raw->name[LP_TEXT_SIZE - 1] = raw->version[LP_TEXT_SIZE - 1] = '\0';
    raw->conventions[LP_TEXT_SIZE - 1] = '\0';
    for (uint32_t i = 0; i < raw->count; i++) raw->entry[i].op[LP_NAME_SIZE - 1] = '\0';
    return raw;
}

static void declare(lp_host *h, const lp_raw *raw) {
    lp_declared *d = &h->declared;
    d->name = lp_memory_text(raw->name);
    d->version = lp_memory_text(raw->version);
    lp_declared_conventions(d, lp_memory_text(raw->conventions));
    for (uint32_t i = 0; i < raw->count; i++) lp_declared_add(d, &raw->entry[i], i);
}

static void note_load(lp_host *h, const lp_block *b) {
    size_t used = 0;
    h->load_ftz = lp_fpenv_flushes_differently(b->env_before, b->env);
    h->load_rounding = lp_fpenv_rounds_differently(b->env_before, b->env);
    if (h->load_ftz || h->load_rounding)
        used = (size_t)snprintf(h->load_note, sizeof h->load_note,
                                "loading changed the floating-point control register from 0x%x to "
                                "0x%x%s",
                                b->env_before.control, b->env.control, b->sandbox[0] ? "; " : "");
    snprintf(h->load_note + used, sizeof h->load_note - used, "%.*s", (int)sizeof b->sandbox - 1,
             b->sandbox);
}

static lp_host_result open_shared(lp_host *h, lp_error *err) {
    shared *s = h->state = lp_memory_zeros(1, sizeof(shared));
    if (!lp_arena_open(&s->arena, FIRST_ROOM, err)) return LP_HOST_CANNOT;
    started how = start(h, err);
    if (how != STARTED) return how == START_DIED ? LP_HOST_DIED : LP_HOST_CANNOT;
    const lp_block *b = lp_arena_block(&s->arena);
    s->raw = copy_raw(b);
    declare(h, s->raw);
    note_load(h, b);
    return LP_HOST_OK;
}

static void close_shared(lp_host *h) {
    shared *s = h->state;
    if (!s) return;
    lp_process_end(&s->process, 0);
    lp_arena_close(&s->arena);
    free(s->raw);
    free(s);
}

/* Room for the case's arrays; a larger arena needs a new worker, which inherits it. */
static bool make_room(shared *s, const lp_case *c, lp_error *err) {
    int64_t largest = lp_plan_largest(c);
    size_t needed = (size_t)largest + 64, room = s->arena.slot_room;
    if (s->filled > KEPT_ROOM && largest <= KEPT_ROOM) {
        lp_arena_trim(&s->arena);
        s->filled = 0;
    }
    if (largest > s->filled) s->filled = largest;
    if (needed <= room) return true;
    while (room < needed) room *= 2;
    lp_process_end(&s->process, 0);
    lp_arena larger;
    if (!lp_arena_open(&larger, room, err)) return false;
    lp_arena_close(&s->arena);
    s->arena = larger;
    return true;
}

/* False with a finding where the subject does not come up again, or as another one. */
static bool worker_ready(lp_host *h, lp_answer *answer, bool *failed, lp_error *err) {
    shared *s = h->state;
    lp_error why = {""};
    *failed = false;
    if (s->process.pid > 0) return true;
    started how = start(h, &why);
    if (how == START_FAILED) {
        *failed = true;
        return lp_error_set(err, "%s", why.text);
    }
    if (how == STARTED && memcmp(&lp_arena_block(&s->arena)->raw, s->raw, sizeof *s->raw) == 0)
        return true;
    lp_process_end(&s->process, 0);
    answer->status = LP_E_INTERNAL;
    lp_note(answer, LP_FIND_CRASH, "%s",
            how == STARTED ? "declares another table when loaded again" : why.text);
    return false;
}

/* On a machine that is busy with other things a call is given its time up to so often again: a late
 * answer is a finding about the subject. */
enum { PATIENCE = 60 };
static lp_wait wait_for_call(lp_host *h) {
    shared *s = h->state;
    lp_process_look(&s->process);
    lp_wait said = lp_process_wait(&s->process, h->options.timeout, h->options.stop);
    for (int i = 0; i < PATIENCE && said == LP_WAIT_LATE; i++) {
        if (!lp_process_starved(&s->process, h->options.timeout)) break;
        said = lp_process_wait(&s->process, h->options.timeout, h->options.stop);
    }
    return said;
}

/* The limit is per call: a second call gets time of its own. */
static lp_wait wait_for_calls(lp_host *h, uint32_t calls) {
    shared *s = h->state;
    lp_block *b = lp_arena_block(&s->arena);
    lp_wait said = LP_WAIT_LATE;
    uint32_t done = 0;
    for (uint32_t i = 0; i < calls && said == LP_WAIT_LATE; i++) {
        said = wait_for_call(h);
        if (said == LP_WAIT_LATE && atomic_load(&b->calls_done) == done) break;
        done = atomic_load(&b->calls_done);
    }
    return said;
}

static void reverse(double *x, int64_t n, double sign) {
    for (int64_t i = 0, k = n - 1; i <= k; i++, k--) {
        double first = x[i];
        x[i] = sign * x[k];
        x[k] = sign * first;
    }
}

/* Another case of the same shape, in the same domain: whatever is kept between the two calls of a
 * subject holds other numbers. */
static void mirrored(lp_case *other, const lp_case *c) {
    lp_case_copy(other, c);
    for (int i = 0; i < LP_IN_COUNT; i++) {
        bool logits = i == LP_IN_LOGITS || i == LP_IN_TEACHER;
        if (c->in[i]) reverse(other->in[i], lp_case_in_len(c, (lp_in)i), logits ? -1 : 1);
    }
    for (int64_t i = 0; c->label && i < c->n; i++) other->label[i] = c->label[c->n - 1 - i];
}

/* Should the subject make the calls wait for each other, each lasts two, and the last of the other
 * thread two more: far within the time that a call has. */
static int64_t short_call(const lp_host *h) {
    return (int64_t)(h->options.timeout * 1e9 / 16);
}

static void call_worker(lp_host *h, const lp_plan *p, lp_answer *answer) {
    shared *s = h->state;
    lp_block *b = lp_arena_block(&s->arena);
    lp_layout layout;
    lp_layout_make(&layout, p, &s->arena);
    lp_layout_publish(&layout, &s->arena);
    lp_layout_fill(&layout, p);
    b->entry = p->entry;
    b->calls = p->calls;
    b->at_once = p->other ? short_call(h) : 0;
    atomic_store(&b->calls_done, 0);
    lp_wait said = lp_process_ask(&s->process) ? wait_for_calls(h, p->calls) : LP_WAIT_GONE;
    if (said == LP_WAIT_BYTE && atomic_load(&b->calls_done) == p->calls) {
        lp_inspect(answer, &layout, p, b);
        if (p->other && !b->were_at_once) {
            answer->status = LP_E_UNSUPPORTED;
            lp_note(answer, 0, "too long a call, or no second thread");
        }
        return;
    }
    int status = lp_process_end(&s->process, said == LP_WAIT_GONE ? last_words : 0);
    answer->status = LP_E_INTERNAL;
    h->cut = said == LP_WAIT_CUT;
    if (h->cut) return;
    if (said == LP_WAIT_LATE)
        lp_note(answer, LP_FIND_HANG, "no answer within %g s", h->options.timeout);
    else
        lp_fault_explain(answer, &layout, &s->arena, status);
}

/* x is twice the number that was there; both are the format's. A NaN is added to nothing. */
static bool doubled(const lp_format *f, double x, double once) {
    return isnan(once) ? isnan(x) : x == lp_format_round(f, 2 * once);
}

/* `accumulate`: over the gradient that a first call left of +0, a second one makes its double, and
 * the loss that it was. Twice a number is a number of the format but for the largest ones, which
 * overflow; whether the subject rounds its gradient before it adds or only the sum does not matter,
 * as what it has is within half an ulp of the number g that is there, a quarter of an ulp of 2 g:
 * less than half the way to either neighbour, also where 2 g is a power of two. */
static void call_again(lp_host *h, const lp_plan *first, lp_answer *answer) {
    lp_plan plan = *first;
    lp_answer again;
    plan.held = answer;
    plan.calls = 1;
    plan.other = NULL;
    lp_answer_init(&again);
    call_worker(h, &plan, &again);
    answer->findings |= again.findings;
    if (again.status != answer->status)
        lp_note(answer, LP_FIND_ACCUMULATE, "status %s where the gradient held another call's",
                lp_status_name(again.status));
    for (int o = 0; again.status == LP_OK && o < LP_OUT_COUNT; o++)
        for (int64_t i = 0; answer->out[o] && again.out[o] && i < answer->len[o]; i++) {
            double x = again.out[o][i], once = answer->out[o][i];
            bool same = x == once || (isnan(x) && isnan(once));
            if (lp_plan_adds(&plan, (lp_out)o) ? doubled(plan.format, x, once) : same) continue;
            lp_note(answer, LP_FIND_ACCUMULATE, "%s[%" PRId64 "] is %a, added to %a",
                    lp_out_name((lp_out)o), i, x, once);
            break;
        }
    lp_answer_clear(&again);
}

static bool run_shared(lp_host *h, const lp_case *c, int entry, uint32_t outputs,
                       const lp_host_how *how, lp_answer *answer, lp_error *err) {
    shared *s = h->state;
    bool failed;
    if (!make_room(s, c, err)) return false;
    if (!worker_ready(h, answer, &failed, err)) return !failed;
    lp_plan plan = {.c = c,
                    .format = lp_format_get(c->format),
                    .entry = h->declared.index[entry],
                    .outputs = outputs,
                    .calls = h->options.check_twice || how->at_once ? 2 : 1,
                    .label32 = (h->declared.entry[entry].flags & LP_FLAG_LABEL32) != 0,
                    .in_place = how->in_place,
                    .guard_before = how->guard_before,
                    .align = how->align};
    lp_case other;
    if (how->at_once) mirrored(&other, c);
    if (how->at_once) plan.other = &other;
    call_worker(h, &plan, answer);
    if (how->at_once) lp_case_clear(&other);
    bool adds = lp_case_param(c, LP_PARAM_ACCUMULATE) == 1 && answer->status == LP_OK;
    if (adds && !(answer->findings & LP_FIND_FATAL)) call_again(h, &plan, answer);
    return true;
}

const lp_backend lp_backend_shared = {open_shared, close_shared, run_shared};
