#define _GNU_SOURCE
#include "host/together.h"

#include "host/guard.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

/* Calls are interrupted so many times; for no longer than PATIENCE in all, ns, of which one
 * interruption takes at most YIELD: a subject whose calls wait for each other makes each last as
 * long. On a busy machine the patience is over before the other thread has had the processor: LEAST
 * interruptions there are. Between two of them lie from PAUSE to nine times that: a few calls of a
 * small case. */
enum { INTERRUPTIONS = 6, LEAST = 3, PATIENCE = 4000000, YIELD = 1000000, PAUSE = 4000 };
/* The second thread calls no longer than this, ns, which is ten times what the first one takes. */
enum { LONGEST = 10 * (PATIENCE + INTERRUPTIONS * YIELD) };

/* One a process: a signal handler has no other way to know it. */
static struct together {
    bool up;
    sem_t go, done;
    const lp_turns *turns;
    timer_t timer;
    atomic_bool enough;
    int64_t until;                /* the second thread's last moment, ns */
    atomic_uint made;             /* calls of the second thread, */
    atomic_uint due;              /* and how many the first waits for; 0: it does not wait */
    volatile sig_atomic_t inside; /* a call of the first */
    unsigned interruptions, tries;
    int64_t end; /* of the PATIENCE */
} at;

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void wait_for(sem_t *s) {
    while (sem_wait(s) != 0 && errno == EINTR) continue;
}

/* The first thread has what it waits for. Where both have one processor it comes back now rather
 * than at the end of a time slice, or, under a real-time policy, at that of LONGEST. */
static void give_way(unsigned made) {
    const unsigned due = atomic_load(&at.due);
    if (due && made >= due) sched_yield();
}

/* Waits between requests rather than ending, since a thread costs more to make than a call. Under a
 * real-time policy on one processor nothing but its own clock takes it off, or giving way. */
static void *second_thread(void *none) {
    lp_guard_stack();
    for (;;) {
        wait_for(&at.go);
        do {
            at.turns->second(at.turns->ctx);
            give_way(atomic_fetch_add(&at.made, 1) + 1);
        } while (!atomic_load(&at.enough) && now() < at.until);
        sem_post(&at.done);
    }
    return none;
}

/* At another point of a call each time. */
static void interrupt_soon(void) {
    long ns = PAUSE * (1 + (long)(at.tries++ * 5 % 9));
    timer_settime(at.timer, 0, &(struct itimerspec){.it_value = {0, ns}}, NULL);
}

/* What is enough is enough in the middle of a call too: interrupted to its end, every few
 * microseconds for up to YIELD, a call of 24 ms lasted more than a second, and minutes on a machine
 * with other things to do. */
static bool interrupted_enough(void) {
    const int64_t t = now();
    if (at.interruptions >= INTERRUPTIONS || t >= at.until) return true;
    return t >= at.end && at.interruptions >= LEAST;
}

/* Two more calls, since the one under way may have begun before. */
static void interrupted(int signal) {
    const int error = errno;
    const unsigned made = atomic_load(&at.made);
    const int64_t end = now() + YIELD;
    (void)signal;
    atomic_store(&at.due, made + 2);
    while (at.inside && atomic_load(&at.made) - made < 2 && now() < end) sched_yield();
    atomic_store(&at.due, 0);
    if (at.inside) at.interruptions++;
    if (!interrupted_enough()) interrupt_soon();
    errno = error;
}

/* The subject may have taken the signal for itself: it is claimed for each request. */
static bool ready(void) {
    struct sigaction act = {.sa_handler = interrupted, .sa_flags = SA_RESTART | SA_ONSTACK};
    pthread_t thread;
    if (sigaction(SIGRTMAX, &act, NULL) != 0) return false;
    if (at.up) return true;
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGRTMAX};
    event.sigev_notify_thread_id = gettid();
    if (sem_init(&at.go, 0, 0) != 0 || sem_init(&at.done, 0, 0) != 0) return false;
    if (timer_create(CLOCK_MONOTONIC, &event, &at.timer) != 0) return false;
    return at.up = pthread_create(&thread, NULL, second_thread, NULL) == 0;
}

bool lp_together(const lp_turns *turns) {
    if (!ready()) return false;
    at.turns = turns;
    at.interruptions = 0;
    atomic_store(&at.enough, false);
    atomic_store(&at.made, 0);
    atomic_store(&at.due, 1);
    at.until = now() + LONGEST;
    sem_post(&at.go);
    while (atomic_load(&at.made) == 0) sched_yield();
    atomic_store(&at.due, 0);
    at.end = now() + PATIENCE;
    interrupt_soon();
    do {
        turns->prepare(turns->ctx);
        at.inside = 1;
        turns->first(turns->ctx);
        at.inside = 0;
    } while (turns->same(turns->ctx) && !interrupted_enough());
    timer_settime(at.timer, 0, &(struct itimerspec){.it_value = {0, 0}}, NULL);
    atomic_store(&at.enough, true);
    wait_for(&at.done);
    return true;
}
