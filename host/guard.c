#define _GNU_SOURCE
#include "host/guard.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

/* A signal handler has no other way to know its process's block; set in the worker only. */
static lp_block *watched;

static int32_t access_kind(const siginfo_t *info, const void *context) {
#if defined(__x86_64__)
    /* Page-fault error code, bit 1: the access was a write (Intel SDM vol. 3, 4.7). */
    if (info->si_signo == SIGSEGV || info->si_signo == SIGBUS)
        return (((const ucontext_t *)context)->uc_mcontext.gregs[REG_ERR] >> 1) & 1;
#endif
    (void)info, (void)context;
    return -1;
}

static void fatal(int signal, siginfo_t *info, void *context) {
    lp_shared_fault *f = &watched->fault;
    f->signal = signal;
    f->code = info->si_code;
    f->address = (uint64_t)(uintptr_t)info->si_addr;
    f->write = access_kind(info, context);
    _exit(128 + signal);
}

static void left(void) {
    if (watched->fault.signal == 0) watched->fault.signal = LP_FAULT_EXIT;
    _exit(0);
}

void lp_guard_stack(void) {
    size_t size = 1 << 16; /* AVX-512 and AMX state make a signal frame of up to 11 KiB */
    void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    stack_t stack = {.ss_sp = at, .ss_size = size};
    if (at != MAP_FAILED) sigaltstack(&stack, NULL);
}

void lp_guard_install(lp_block *block) {
    static const int fatal_signal[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
    if (!watched) lp_guard_stack();
    watched = block;
    for (int s = 1; s < NSIG; s++) signal(s, SIG_DFL);
    struct sigaction watch = {.sa_sigaction = fatal, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigfillset(&watch.sa_mask);
    for (size_t i = 0; i < sizeof fatal_signal / sizeof *fatal_signal; i++)
        sigaction(fatal_signal[i], &watch, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

void lp_guard_exit(void) {
    atexit(left);
}
