#define _GNU_SOURCE
#include "host/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define SHADOW_MEMORY 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SHADOW_MEMORY 1
#endif
#endif
#ifndef SHADOW_MEMORY
#define SHADOW_MEMORY 0
#endif

/* RLIMIT_DATA rather than RLIMIT_AS: it counts private writable memory, not the address space that
 * thread stacks, allocators and device runtimes reserve. AddressSanitizer's shadow counts too, so
 * there is no limit under it. */
static void limit_memory(void) {
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    if (SHADOW_MEMORY || pages <= 0 || page <= 0) return;
    rlim_t memory = (rlim_t)pages * (rlim_t)page;
    setrlimit(RLIMIT_DATA, &(struct rlimit){memory, memory});
}

/* Should memory run out all the same, the kernel is to take the worker, not the judge. */
static void die_first(void) {
    int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (fd < 0) return;
    ssize_t written = write(fd, "1000", 4);
    (void)written;
    close(fd);
}

static void quiet(void) {
    int null = open("/dev/null", O_RDWR);
    if (null < 0) return;
    dup2(null, 0);
    dup2(null, 1);
    if (!getenv("LOSSPROOF_SUBJECT_STDERR")) dup2(null, 2);
    if (null > 2) close(null);
}

void lp_sandbox_limits(int parent) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(0); /* it died before the line above */
    setsid(); /* Ctrl-C is for the judge, which ends with what it has found */
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    limit_memory();
    die_first();
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    quiet();
}

#ifdef LP_HAVE_SECCOMP

#include <sched.h>
#include <seccomp.h>

/* The first rule that fails (other than for a call that this architecture lacks) is kept. */
typedef struct filter {
    scmp_filter_ctx ctx;
    int failed;
} filter;

static void refuse(filter *f, int error, int call, unsigned comparisons,
                   const struct scmp_arg_cmp *comparison) {
    int rc = seccomp_rule_add_array(f->ctx, SCMP_ACT_ERRNO((uint16_t)error), call, comparisons,
                                    comparison);
    if (rc < 0 && rc != -EDOM && f->failed == 0) f->failed = rc;
}

static void refuse_calls(filter *f) {
    static const int refused[] = {
        /* network */
        SCMP_SYS(socket), SCMP_SYS(socketpair), SCMP_SYS(connect), SCMP_SYS(bind), SCMP_SYS(listen),
        SCMP_SYS(accept), SCMP_SYS(accept4),
        /* programs and other processes */
        SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(fork), SCMP_SYS(vfork), SCMP_SYS(ptrace),
        SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev), SCMP_SYS(rt_sigqueueinfo),
        SCMP_SYS(rt_tgsigqueueinfo), SCMP_SYS(pidfd_send_signal), SCMP_SYS(tkill),
        /* files */
        SCMP_SYS(creat), SCMP_SYS(openat2), SCMP_SYS(truncate), SCMP_SYS(unlink),
        SCMP_SYS(unlinkat), SCMP_SYS(rename), SCMP_SYS(renameat), SCMP_SYS(renameat2),
        SCMP_SYS(mkdir), SCMP_SYS(mkdirat), SCMP_SYS(rmdir), SCMP_SYS(link), SCMP_SYS(linkat),
        SCMP_SYS(symlink), SCMP_SYS(symlinkat), SCMP_SYS(mknod), SCMP_SYS(mknodat), SCMP_SYS(chmod),
        SCMP_SYS(fchmodat), SCMP_SYS(chown), SCMP_SYS(lchown), SCMP_SYS(fchownat), SCMP_SYS(mount),
        SCMP_SYS(umount2), SCMP_SYS(pivot_root), SCMP_SYS(chroot), SCMP_SYS(setns),
        SCMP_SYS(unshare),
        /* ways around a filter */
        SCMP_SYS(io_uring_setup), SCMP_SYS(bpf)};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        refuse(f, EPERM, refused[i], 0, NULL);
}

static void refuse_writing_opens(filter *f) {
    static const unsigned flags[] = {O_WRONLY, O_RDWR, O_CREAT, O_TRUNC};
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        refuse(f, EPERM, SCMP_SYS(open), 1, &SCMP_A1(SCMP_CMP_MASKED_EQ, flags[i], flags[i]));
        refuse(f, EPERM, SCMP_SYS(openat), 1, &SCMP_A2(SCMP_CMP_MASKED_EQ, flags[i], flags[i]));
    }
}

/* Threads are made by clone with CLONE_THREAD. clone3 hides its flags behind a pointer: told that
 * the kernel has none, the C library falls back on clone. abort() needs signals to oneself. */
static void refuse_processes(filter *f) {
    unsigned self = (unsigned)getpid();
    refuse(f, ENOSYS, SCMP_SYS(clone3), 0, NULL);
    refuse(f, EPERM, SCMP_SYS(clone), 1, &SCMP_A0_64(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0));
    refuse(f, EPERM, SCMP_SYS(kill), 1, &SCMP_A0_32(SCMP_CMP_NE, self, 0));
    refuse(f, EPERM, SCMP_SYS(tgkill), 1, &SCMP_A0_32(SCMP_CMP_NE, self, 0));
}

const char *lp_sandbox_enter(void) {
    const char *wish = getenv("LOSSPROOF_SANDBOX");
    if (wish && strcmp(wish, "off") == 0) return "sandbox off by LOSSPROOF_SANDBOX";
    filter f = {seccomp_init(SCMP_ACT_ALLOW), 0};
    if (!f.ctx) return "sandbox off: libseccomp cannot make a filter";
    refuse_calls(&f);
    refuse_writing_opens(&f);
    refuse_processes(&f);
    /* TSYNC: threads that a constructor has started are bound too. */
    if (f.failed == 0) f.failed = seccomp_attr_set(f.ctx, SCMP_FLTATR_CTL_TSYNC, 1);
    if (f.failed == 0) f.failed = seccomp_load(f.ctx);
    seccomp_release(f.ctx);
    return f.failed == 0 ? "" : "sandbox off: the kernel takes no filter";
}

#else

const char *lp_sandbox_enter(void) {
    return "sandbox off: built without libseccomp";
}

#endif
