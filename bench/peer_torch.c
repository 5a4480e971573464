/* PyTorch in a process of its own (peer_torch.py), asked a line at a time: once with the vector
 * code that Debian's build takes by itself, once with AVX-512 asked for, which kills it at its
 * first loss where the machine has none. The allocator is told to keep what it has, as one that has
 * served a training step before does. */
#include "bench/peers.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct torch {
    pid_t process; /* 0: not tried yet, -1: not here */
    FILE *ask, *answer;
} torch;
static torch torches[2]; /* by avx512 */

static void become(bool avx512, int in, int out) {
    dup2(in, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    for (int fd = 3; fd < 64; fd++) close(fd);
    setenv("MALLOC_MMAP_MAX_", "0", 1);
    setenv("MALLOC_TRIM_THRESHOLD_", "100000000000", 1);
    setenv("MALLOC_TOP_PAD_", "268435456", 1);
    if (avx512) setenv("ATEN_CPU_CAPABILITY", "avx512", 1);
    if (!freopen("/dev/null", "w", stderr)) _exit(127);
    execl("/usr/bin/python3", "python3", LP_PEER_TORCH, (char *)NULL);
    _exit(127);
}

static void end(torch *t) {
    if (t->ask) fclose(t->ask);
    if (t->answer) fclose(t->answer);
    if (t->process > 0) waitpid(t->process, NULL, 0);
    *t = (torch){.process = -1};
}

static void start(torch *t, bool avx512) {
    int there[2], back[2];
    char version[64];
    t->process = -1;
    signal(SIGPIPE, SIG_IGN); /* a process that has died is told by its answer */
    if (pipe(there) != 0 || pipe(back) != 0) return;
    pid_t child = fork();
    if (child == 0) become(avx512, there[0], back[1]);
    close(there[0]);
    close(back[1]);
    if (child < 0) return;
    t->ask = fdopen(there[1], "w");
    t->answer = fdopen(back[0], "r");
    t->process = child;
    if (t->ask && t->answer && fgets(version, sizeof version, t->answer))
        fprintf(stderr, "bench_impl: PyTorch %s", version);
    else
        end(t);
}

double lp_bench_torch(const lp_bench_rows *r, double least, bool avx512) {
    torch *t = &torches[avx512];
    char line[64];
    if (t->process == 0) start(t, avx512);
    if (t->process < 0) return NAN;
    fprintf(t->ask, "%s %s %ld %ld %s %g\n",
            r->op == LP_OP_SOFTMAX_XENT ? "softmax_xent" : "bce_logits",
            r->format == LP_BINARY32 ? "binary32" : "binary64", (long)r->n, (long)r->k,
            r->grad ? "loss+grad" : "loss", least);
    if (fflush(t->ask) == 0 && fgets(line, sizeof line, t->answer)) return strtod(line, NULL);
    end(t);
    return NAN;
}

void lp_bench_torch_end(void) {
    for (int i = 0; i < 2; i++)
        if (torches[i].process > 0) end(&torches[i]);
}
