#define _GNU_SOURCE
#include "host/fault.h"

#include "host/note.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

typedef struct place {
    int slot;
    int64_t offset; /* from the buffer's first byte */
    int64_t beyond; /* 0: within the buffer; else distance from it */
} place;

static bool is_access(const lp_shared_fault *f) {
    /* si_code > 0: from the kernel; SI_KERNEL: an address that is none (si_addr says nothing). */
    return (f->signal == SIGSEGV || f->signal == SIGBUS) && f->code > 0 && f->code != SI_KERNEL;
}

/* The buffer nearest to an address of the slots; slot -1 where the address is elsewhere. */
static place nearest(const lp_layout *l, const lp_arena *a, uint64_t address) {
    place best = {-1, 0, INT64_MAX};
    uint64_t base = (uint64_t)(uintptr_t)a->base;
    if (address < base + a->slots - a->page || address >= base + a->bytes) return best;
    for (int s = 0; s < LP_SLOT_COUNT; s++) {
        const lp_buffer *b = &l->buffer[s];
        if (b->span == 0) continue;
        int64_t offset = (int64_t)(address - (uint64_t)(uintptr_t)b->at);
        int64_t beyond = offset < 0 ? -offset : offset < b->span ? 0 : offset - b->span + 1;
        if (beyond < best.beyond) best = (place){s, offset, beyond};
    }
    return best;
}

static void explain_access(lp_answer *answer, const lp_layout *l, place at, int write) {
    const lp_buffer *b = &l->buffer[at.slot];
    const char *name = lp_slot_name(at.slot);
    if (at.beyond == 0) { /* readable: only a write to an input faults there */
        lp_note(answer, LP_FIND_INPUT_CHANGED, "write into %s at byte %" PRId64, name, at.offset);
        return;
    }
    bool wrote = write < 0 ? b->writable : write;
    const char *verb = wrote ? "write" : "read";
    unsigned finding = wrote ? LP_FIND_OVERWRITE : LP_FIND_OVERREAD;
    if (at.offset < 0)
        lp_note(answer, finding, "%s %" PRId64 " bytes before the start of %s", verb, -at.offset,
                name);
    else
        lp_note(answer, finding, "%s %" PRId64 " bytes past the end of %s", verb,
                at.offset - b->span, name);
}

static void describe_signal(char *text, size_t room, const lp_shared_fault *f) {
    const char *name = sigabbrev_np(f->signal);
    if (!name) name = "?";
    if (is_access(f) && f->address < 4096)
        snprintf(text, room, "SIG%s: null pointer", name);
    else if (is_access(f))
        snprintf(text, room, "SIG%s at address 0x%" PRIx64, name, f->address);
    else
        snprintf(text, room, "SIG%s", name);
}

/* The fault record is the worker's own word and may be missing; the wait status is the kernel's. */
static void describe_end(char *text, size_t room, const lp_block *b, int status) {
    lp_shared_fault f = b->fault;
    if (f.signal > 0 && f.signal < NSIG)
        describe_signal(text, room, &f);
    else if (f.signal == LP_FAULT_EXIT)
        snprintf(text, room, "called exit()");
    else if (f.signal == LP_FAULT_LINE)
        snprintf(text, room, "closed the host's descriptor");
    else if (status != -1 && WIFEXITED(status))
        snprintf(text, room, "process ended with status %d", WEXITSTATUS(status));
    else if (status != -1 && WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)
        describe_signal(text, room, &(lp_shared_fault){.signal = WTERMSIG(status)});
    else
        snprintf(text, room, "killed (out of memory?)");
}

void lp_fault_explain(lp_answer *answer, const lp_layout *l, const lp_arena *a, int wait_status) {
    const lp_block *b = lp_arena_block(a);
    lp_shared_fault f = b->fault;
    place at = {-1, 0, 0};
    if (is_access(&f)) at = nearest(l, a, f.address);
    if (at.slot >= 0) {
        explain_access(answer, l, at, f.write);
        return;
    }
    char text[96];
    describe_end(text, sizeof text, b, wait_status);
    lp_note(answer, LP_FIND_CRASH, "%s", text);
}

void lp_fault_describe(char *text, size_t room, const lp_block *b, int wait_status) {
    describe_end(text, room, b, wait_status);
}
