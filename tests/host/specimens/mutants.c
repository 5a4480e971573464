/* One misdeed a name, chosen by LOSSPROOF_MUTANT: what a subject can do wrong during a call. */
#define _GNU_SOURCE
#include "plain.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fenv.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <xmmintrin.h>

static double *loss(const lp_call *c) {
    return c->out[LP_OUT_LOSS].data;
}
static double *grad(const lp_call *c) {
    return c->out[LP_OUT_GRAD].data;
}
static double *logits(const lp_call *c) {
    return c->in[LP_IN_LOGITS].data;
}
static int64_t last(const lp_call *c) { /* index of a matrix's last element */
    return (c->n - 1) * c->out[LP_OUT_GRAD].stride + c->k - 1;
}

/* Read where it is used: gcc -O1 takes a function that stores to what it knows to be 0 for one
 * without effect, and drops the calls whose result nobody wants. */
static volatile uintptr_t nowhere;
static lp_status null_pointer(const lp_call *c) {
    *(volatile double *)(nowhere + (uintptr_t)(c->n - c->n)) = 1;
    return LP_OK;
}
static lp_status wild_pointer(const lp_call *c) {
    *(volatile double *)(uintptr_t)(0x123456789000 + c->n - c->n) = 1;
    return LP_OK;
}
static lp_status no_address(const lp_call *c) { /* not canonical: the processor knows no page */
    *(volatile double *)(uintptr_t)(UINT64_C(1) << 63 | (uint64_t)(c->n - c->n)) = 1;
    return LP_OK;
}
static lp_status slow(const lp_call *c) {
    usleep(600000);
    return plain_run(c);
}
static lp_status stale(const lp_call *c) { /* reads what was its input in the call before */
    static volatile double *kept;
    if (kept) (void)kept[0];
    kept = logits(c);
    return plain_run(c);
}
static lp_status write_before_input(const lp_call *c) {
    logits(c)[-1] = 1;
    return plain_run(c);
}
static lp_status hang(const lp_call *c) {
    for (volatile int64_t i = 0;; i = c->n) continue;
}
static lp_status hang_second(const lp_call *c) {
    static int calls;
    return calls++ % 2 ? hang(c) : plain_run(c);
}
static lp_status sleep_long(const lp_call *c) {
    for (;;) usleep(1000000);
    return plain_run(c);
}
static lp_status write_past(const lp_call *c) {
    plain_run(c);
    grad(c)[last(c) + 1] = 1;
    return LP_OK;
}
static lp_status write_before(const lp_call *c) {
    plain_run(c);
    grad(c)[-1] = 1;
    return LP_OK;
}
static lp_status write_far_before(const lp_call *c) {
    plain_run(c);
    grad(c)[-100000] = 1;
    return LP_OK;
}
static lp_status read_past(const lp_call *c) {
    volatile double beyond = logits(c)[last(c) + 1];
    (void)beyond;
    return plain_run(c);
}
static lp_status read_before(const lp_call *c) {
    volatile double before = logits(c)[-1];
    (void)before;
    return plain_run(c);
}
static lp_status read_label_past(const lp_call *c) {
    volatile int64_t beyond = c->label[c->n];
    (void)beyond;
    return plain_run(c);
}
static lp_status write_input(const lp_call *c) {
    plain_run(c);
    logits(c)[0] -= 1;
    return LP_OK;
}
static lp_status write_call(const lp_call *c) {
    ((lp_call *)(uintptr_t)c)->n = 0;
    return LP_OK;
}
static lp_status leave_last(const lp_call *c) {
    double keep = grad(c)[last(c)];
    plain_run(c);
    memcpy(&grad(c)[last(c)], &keep, sizeof keep);
    return LP_OK;
}
static lp_status leave_all(const lp_call *c) {
    (void)c;
    return LP_OK;
}
static lp_status rounding(const lp_call *c) {
    lp_status s = plain_run(c);
    fesetround(FE_UPWARD);
    return s;
}
static lp_status x87_precision(const lp_call *c) {
    const uint16_t single = 0x7f;
    lp_status s = plain_run(c);
    __asm__ volatile("fldcw %0" : : "m"(single));
    return s;
}
static lp_status ftz(const lp_call *c) {
    lp_status s = plain_run(c);
    _mm_setcsr(_mm_getcsr() | 0x8040);
    return s;
}
static lp_status set_errno(const lp_call *c) {
    lp_status s = plain_run(c);
    errno = ERANGE;
    return s;
}
static lp_status call_abort(const lp_call *c) {
    (void)c;
    abort();
}
static lp_status call_exit(const lp_call *c) {
    (void)c;
    exit(0);
}
static lp_status call_immediate_exit(const lp_call *c) {
    (void)c;
    _exit(0);
}
static lp_status divide(const lp_call *c) {
    volatile int zero = 0;
    return (lp_status)((int)c->k / zero);
}
static lp_status illegal(const lp_call *c) {
    (void)c;
    __builtin_trap();
}
static lp_status kill_self(const lp_call *c) {
    (void)c;
    raise(SIGKILL);
    return LP_OK;
}
static int deeper(const lp_call *c, volatile char *above) {
    volatile char here[4096];
    here[0] = above ? above[0] : (char)c->n;
    return deeper(c, here) + here[0];
}
static lp_status recurse(const lp_call *c) {
    return (lp_status)deeper(c, NULL);
}
static lp_status close_all(const lp_call *c) {
    for (int fd = 0; fd < 1024; fd++) close(fd);
    return plain_run(c);
}
static lp_status noise(const lp_call *c) {
    puts("look at me");
    fflush(stdout);
    for (int fd = 3; fd < 100; fd++)
        if (write(fd, "xxxx", 4) > 0) abort();
    return plain_run(c);
}
static lp_status nondeterministic(const lp_call *c) {
    static int calls;
    plain_run(c);
    loss(c)[c->n - 1] += calls++;
    return LP_OK;
}
static lp_status status_changes(const lp_call *c) {
    static int calls;
    return calls++ % 2 ? LP_E_MEMORY : plain_run(c);
}
static lp_status nan_sign(const lp_call *c) { /* the sign of a NaN means nothing */
    static int calls;
    plain_run(c);
    loss(c)[0] = copysign(NAN, calls++ % 2 ? -1 : 1);
    return LP_OK;
}
static lp_status write_padding(const lp_call *c) {
    plain_run(c);
    if (c->n > 1) grad(c)[c->k] = 0;
    return LP_OK;
}
static lp_status wrote_on_error(const lp_call *c) {
    plain_run(c);
    return LP_E_ARGUMENT;
}
static lp_status odd_status(const lp_call *c) {
    (void)c;
    return (lp_status)77;
}
static lp_status network(const lp_call *c) { /* succeeds only where there is no sandbox */
    if (socket(AF_INET, SOCK_STREAM, 0) >= 0) return LP_E_INTERNAL;
    if (open("/tmp/lossproof-must-not-be-there", O_CREAT | O_WRONLY, 0600) >= 0)
        return LP_E_INTERNAL;
    if (fork() >= 0 || kill(getppid(), 0) == 0) return LP_E_INTERNAL;
    errno = 0;
    return plain_run(c);
}
static void *work(void *call) {
    plain_run(call);
    return NULL;
}
static lp_status threads(const lp_call *c) {
    pthread_t thread[4];
    for (int i = 0; i < 4; i++)
        if (pthread_create(&thread[i], NULL, work, (void *)(uintptr_t)c)) return LP_E_INTERNAL;
    for (int i = 0; i < 4; i++) pthread_join(thread[i], NULL);
    return LP_OK;
}
static void *crash(void *call) {
    null_pointer(call);
    return NULL;
}
static lp_status thread_crash(const lp_call *c) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, crash, (void *)(uintptr_t)c)) return LP_E_INTERNAL;
    pthread_join(thread, NULL);
    return LP_OK;
}

/* A row is copied to memory of all threads; under a lock, or to each thread's own, it may be. */
static lp_status by_copy(const lp_call *c, double scratch[64]) {
    lp_call own = *c;
    for (int64_t i = 0; i < c->n * c->k; i++) scratch[i] = logits(c)[i];
    own.in[LP_IN_LOGITS].data = scratch;
    return plain_run(&own);
}
static lp_status shared_scratch(const lp_call *c) {
    static double scratch[64];
    return by_copy(c, scratch);
}
static lp_status thread_scratch(const lp_call *c) {
    static _Thread_local double scratch[64];
    return by_copy(c, scratch);
}
static lp_status locked_scratch(const lp_call *c) {
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static double scratch[64];
    pthread_mutex_lock(&lock);
    lp_status status = by_copy(c, scratch);
    pthread_mutex_unlock(&lock);
    return status;
}
/* The second of two that overlap has no place of its own. */
static lp_status overlap_crash(const lp_call *c) {
    static int inside;
    if (__atomic_add_fetch(&inside, 1, __ATOMIC_SEQ_CST) > 1) return null_pointer(c);
    lp_status status = plain_run(c);
    __atomic_sub_fetch(&inside, 1, __ATOMIC_SEQ_CST);
    return status;
}

/* The gradient added to what was there, each through `sum`. */
static lp_status added(const lp_call *c, double (*sum)(double held, double x)) {
    double held[64];
    bool asked = c->set & LP_PARAM_BIT(LP_PARAM_ACCUMULATE) && last(c) < 64;
    if (asked) memcpy(held, grad(c), sizeof(double) * (size_t)(last(c) + 1));
    lp_status status = plain_run(c);
    for (int64_t i = 0; asked && i <= last(c); i++) grad(c)[i] = sum(held[i], grad(c)[i]);
    return status;
}
static double exactly(double held, double x) {
    return held + x;
}
static double in_single(double held, double x) {
    return (float)held * 1.0000001 + x;
}
static lp_status adds(const lp_call *c) {
    return added(c, exactly);
}
static lp_status adds_roughly(const lp_call *c) {
    return added(c, in_single);
}
static lp_status replaces(const lp_call *c) {
    return plain_run(c);
}

#define ROW(name, flags)                                                                           \
    { #name, name, flags }
static const struct {
    const char *name;
    lp_status (*run)(const lp_call *);
    uint32_t flags;
} misdeed[] = {ROW(null_pointer, 0),
               ROW(wild_pointer, 0),
               ROW(no_address, 0),
               ROW(slow, 0),
               ROW(stale, 0),
               ROW(write_before_input, 0),
               ROW(hang, 0),
               ROW(hang_second, 0),
               ROW(sleep_long, 0),
               ROW(write_past, 0),
               ROW(write_before, 0),
               ROW(write_far_before, 0),
               ROW(read_past, 0),
               ROW(read_before, 0),
               ROW(read_label_past, 0),
               ROW(write_input, 0),
               ROW(write_call, 0),
               ROW(leave_last, 0),
               ROW(leave_all, 0),
               ROW(rounding, 0),
               ROW(x87_precision, 0),
               ROW(ftz, 0),
               ROW(set_errno, 0),
               ROW(call_abort, 0),
               ROW(call_exit, 0),
               ROW(call_immediate_exit, 0),
               ROW(divide, 0),
               ROW(illegal, 0),
               ROW(kill_self, 0),
               ROW(recurse, 0),
               ROW(close_all, 0),
               ROW(noise, 0),
               ROW(nondeterministic, 0),
               ROW(status_changes, 0),
               ROW(nan_sign, 0),
               ROW(write_padding, LP_FLAG_STRIDED),
               ROW(wrote_on_error, 0),
               ROW(odd_status, 0),
               ROW(network, 0),
               ROW(threads, 0),
               ROW(thread_crash, 0),
               ROW(shared_scratch, 0),
               ROW(thread_scratch, 0),
               ROW(locked_scratch, 0),
               ROW(overlap_crash, 0),
               ROW(adds, 0),
               ROW(adds_roughly, 0),
               ROW(replaces, 0),
               {"one_thread", shared_scratch, LP_FLAG_ONE_THREAD}};

const lp_subject *lossproof_subject_v1(void) {
    static lp_entry entries[1];
    static lp_subject subject = PLAIN_SUBJECT("mutants", entries);
    const char *name = getenv("LOSSPROOF_MUTANT");
    for (size_t i = 0; name && i < sizeof misdeed / sizeof *misdeed; i++)
        if (strcmp(misdeed[i].name, name) == 0) {
            entries[0] = (lp_entry)PLAIN_ENTRY(LP_BINARY64, misdeed[i].flags, misdeed[i].run);
            entries[0].params = LP_PARAM_BIT(LP_PARAM_ACCUMULATE);
            return &subject;
        }
    return NULL;
}
