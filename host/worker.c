#define _GNU_SOURCE
#include "host/worker.h"

#include "host/guard.h"
#include "host/load.h"
#include "host/sandbox.h"
#include "host/together.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

typedef struct worker {
    const lp_arena *arena;
    lp_block *block;
    int line;
    uint64_t layout; /* that the pages have now */
    lp_range open[LP_SLOT_COUNT];
    lp_run_fn run[LP_ENTRY_MAX];
} worker;

/* Descriptors of the caller, among them the lines of other workers, are not for the subject. The
 * line itself moves out of the way of programs that close or write to "3". */
static int keep_only(int line) {
    int moved = fcntl(line, F_DUPFD_CLOEXEC, 100);
    if (moved < 0) _exit(1);
    close_range(3, (unsigned)moved - 1, 0);
    close_range((unsigned)moved + 1, ~0u, 0);
    return moved;
}

static void set_pages(const lp_arena *a, lp_range r, int protection) {
    if (r.from < r.to && mprotect(a->base + r.from, r.to - r.from, protection) != 0) _exit(1);
}

/* Two calls for a slot whose pages change, none for the others: a run of small cases makes none. */
static void apply_layout(worker *w) {
    if (w->layout == w->block->layout) return;
    for (int i = 0; i < LP_SLOT_COUNT; i++) {
        lp_range next = w->block->range[i];
        if (memcmp(&next, &w->open[i], sizeof next) == 0) continue;
        set_pages(w->arena, w->open[i], PROT_NONE);
        set_pages(w->arena, next, next.writable ? PROT_READ | PROT_WRITE : PROT_READ);
        w->open[i] = next;
    }
    w->layout = w->block->layout;
}

static int64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void call_once(worker *w, uint32_t which) {
    lp_run_fn run = w->run[w->block->entry];
    lp_shared_call *reply = &w->block->call[which];
    unsigned char *end = w->arena->base + w->block->range[LP_SLOT_CALL + which].to;
    const lp_call *call = (const lp_call *)(void *)(end - sizeof(lp_call));
    lp_fpenv_set(w->block->env);
    errno = 0;
    int64_t start = now_ns();
    lp_status status = run(call);
    int64_t stop = now_ns();
    int error = errno;
    reply->env = lp_fpenv_get();
    reply->status = (int32_t)status;
    reply->error = error;
    reply->ns = stop - start;
}

typedef enum copying { SAVE, RESTORE, COMPARE } copying;

/* The open pages of the first call's outputs, one after the other in `kept`. */
static bool outputs(const worker *w, unsigned char *kept, copying what) {
    bool same = true;
    for (int o = 0; o < LP_OUT_COUNT; o++) {
        lp_range r = w->block->range[LP_SLOT_OUT + o];
        size_t bytes = r.to - r.from;
        if (what == SAVE) memcpy(kept, w->arena->base + r.from, bytes);
        if (what == RESTORE) memcpy(w->arena->base + r.from, kept, bytes);
        if (what == COMPARE) same = same && memcmp(kept, w->arena->base + r.from, bytes) == 0;
        kept += bytes;
    }
    return same;
}

static size_t output_bytes(const lp_block *b) {
    size_t bytes = 0;
    for (int o = 0; o < LP_OUT_COUNT; o++)
        bytes += b->range[LP_SLOT_OUT + o].to - b->range[LP_SLOT_OUT + o].from;
    return bytes;
}

typedef struct pair {
    worker *w;
    unsigned char *before, *alone; /* outputs: before the first call, and as it left them alone */
} pair;

static void restore(void *ctx) {
    const pair *p = ctx;
    outputs(p->w, p->before, RESTORE);
}

static void call_first(void *ctx) {
    call_once(((const pair *)ctx)->w, 0);
}

static void call_second(void *ctx) {
    call_once(((const pair *)ctx)->w, 1);
}

static bool first_is_same(void *ctx) {
    const pair *p = ctx;
    return outputs(p->w, p->alone, COMPARE);
}

/* The first call alone, then together with the second: an answer that differs stays there for the
 * caller to find. Nothing here is a verdict. */
static bool serve_at_once(worker *w) {
    lp_block *b = w->block;
    const size_t bytes = output_bytes(b);
    unsigned char *kept = malloc(2 * bytes + 1);
    if (!kept) return false;
    pair p = {w, kept, kept + bytes};
    outputs(w, p.before, SAVE);
    call_first(&p);
    atomic_store(&b->calls_done, 1);
    outputs(w, p.alone, SAVE);
    const lp_turns turns = {restore, call_first, call_second, first_is_same, &p};
    bool were = b->call[0].ns <= b->at_once && lp_together(&turns);
    free(kept);
    return were;
}

static void serve(worker *w) {
    lp_block *b = w->block;
    apply_layout(w);
    atomic_store(&b->phase, LP_PHASE_CALL);
    b->were_at_once = b->at_once && serve_at_once(w);
    for (uint32_t i = 0; !b->at_once && i < b->calls; i++) {
        call_once(w, i);
        atomic_store(&b->calls_done, i + 1);
    }
    atomic_store(&b->calls_done, b->calls);
    atomic_store(&b->phase, LP_PHASE_READY);
}

static bool tell(int line) {
    ssize_t n;
    do n = write(line, "", 1);
    while (n < 0 && errno == EINTR);
    return n == 1;
}

static bool asked(int line) {
    char byte;
    ssize_t n;
    do n = read(line, &byte, 1);
    while (n < 0 && errno == EINTR);
    return n == 1;
}

_Noreturn void lp_worker_main(const lp_worker_start *start) {
    lp_block *b = lp_arena_block(start->arena);
    worker *w = calloc(1, sizeof *w);
    if (!w) _exit(1);
    *w = (worker){.arena = start->arena, .block = b, .line = keep_only(start->line)};
    lp_sandbox_limits(start->parent);
    lp_guard_install(b);
    lp_guard_exit();
    const lp_arena *a = start->arena;
    set_pages(a, (lp_range){a->slots - a->page, a->bytes, 0}, PROT_NONE);
    if (start->mutant && setenv("LOSSPROOF_MUTANT", start->mutant, 1) != 0) _exit(1);
    bool usable = lp_load(b, w->run, start->path);
    lp_guard_install(b);
    strncpy(b->sandbox, lp_sandbox_enter(), sizeof b->sandbox - 1);
    atomic_store(&b->phase, usable ? LP_PHASE_READY : LP_PHASE_REFUSED);
    while (tell(w->line)) {
        if (!usable || !asked(w->line)) _exit(0);
        serve(w);
    }
    b->fault.signal = LP_FAULT_LINE;
    _exit(0);
}
