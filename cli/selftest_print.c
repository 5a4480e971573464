/* Who kills what: lines for a reader, a table for a program. */
#include "cli/selftest.h"

#include "cli/mutants.h"
#include "core/format.h"
#include "core/op.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CLASSES ('L' - 'A' + 1)

typedef struct tally {
    char name[96];
    int killed, of, special;
} tally;

static void add(tally *t, const lp_kill *k) {
    t->of++;
    t->killed += k->told && k->result.killed;
    t->special += k->told && k->result.killed && k->result.special;
}

static int by_kills(const void *a, const void *b) {
    const tally *x = a, *y = b;
    return x->killed != y->killed ? (x->killed < y->killed ? 1 : -1) : strcmp(x->name, y->name);
}

/* Kills by the check that came first. */
static void print_checks(const lp_power *p) {
    tally check[64] = {{.of = 0}};
    int checks = 0;
    for (int i = 0; i < p->kills; i++) {
        const lp_kill *k = &p->kill[i];
        if (!k->told || !k->result.killed) continue;
        int c = 0;
        while (c < checks && strcmp(check[c].name, k->result.by)) c++;
        if (c == LP_COUNT(check)) continue;
        if (c == checks) memcpy(check[checks++].name, k->result.by, sizeof check->name);
        add(&check[c], k);
    }
    qsort(check, (size_t)checks, sizeof *check, by_kills);
    printf("killed first by");
    for (int c = 0; c < checks; c++)
        printf("%s %s %d", c ? "," : ":", check[c].name, check[c].killed);
    puts("");
}

static void print_classes(const lp_power *p) {
    tally class[CLASSES] = {{.of = 0}};
    for (int i = 0; i < p->kills; i++)
        add(&class[lp_mutants[p->kill[i].mutant].letter - 'A'], &p -> kill[i]);
    const char *before = "by class:";
    for (int c = 0; c < CLASSES; c++) {
        if (!class[c].of) continue;
        printf("%s %c %d/%d", before, 'A' + c, class[c].killed, class[c].of);
        before = ",";
    }
    puts("");
}

static void print_survivors(const lp_power *p) {
    for (int i = 0; i < p->kills; i++) {
        const lp_kill *k = &p->kill[i];
        const lp_mutant *m = &lp_mutants[k->mutant];
        if (k->told && k->result.killed) continue;
        printf("%-8s %-28s %c %-14s %-9s %s\n", k->told ? "SURVIVED" : "NOT RUN", m->name,
               m->letter, m->op, lp_format_get(k->format)->name, m->note);
    }
}

static int print_good(const lp_power *p, int *accused) {
    int status = LP_EXIT_OK;
    for (int i = 0; i < p->goods; i++) {
        const lp_good *g = &p->good[i];
        const char *word = !g->told                     ? "not run"
                           : g->status == LP_EXIT_OK    ? "passes"
                           : g->status == LP_EXIT_BELOW ? "ACCUSED"
                                                        : "unsettled";
        *accused += g->told && g->status == LP_EXIT_BELOW;
        status = lp_exit_worse(status, g->told ? g->status : LP_EXIT_BELOW);
        printf("%-8s %-24s %s over %lld evaluations%s%s\n", word, g->spec, lp_level_name(g->asked),
               (long long)g->evaluations, g->by[0] ? ": " : "", g->by);
    }
    return status;
}

int lp_power_print(const lp_power *p, bool interrupted) {
    tally all = {.of = 0};
    int accused = 0;
    int64_t evaluations = 0;
    printf("seed %llu\n", (unsigned long long)p->seed);
    for (int i = 0; i < p->kills; i++) {
        add(&all, &p->kill[i]);
        if (p->kill[i].told) evaluations += p->kill[i].result.evaluations;
    }
    print_survivors(p);
    if (p->kills) print_classes(p);
    if (p->kills) print_checks(p);
    int status = print_good(p, &accused);
    if (all.killed < all.of || interrupted) status = lp_exit_worse(status, LP_EXIT_BELOW);
    printf("exact answers: %lld computed for %lld judged calls\n", (long long)p->evaluated,
           (long long)p->answers);
    printf("selftest: %d of %d killed (mutants times formats), %d by the hand-made special list "
           "alone, in %lld evaluations and %.1f s; %d good subjects accused%s\n",
           all.killed, all.of, all.special, (long long)evaluations, p->seconds, accused,
           interrupted ? "; interrupted" : "");
    lp_flush_output();
    return status;
}

bool lp_power_table(const lp_power *p, FILE *f) {
    fputs("seed\tmutant\tclass\tdefect\toperation\tformat\tkilled by\tand by\tregime\tcases\t"
          "evaluations\tthread or operator\n",
          f);
    for (int i = 0; i < p->kills; i++) {
        const lp_kill *k = &p->kill[i];
        const lp_mutant *m = &lp_mutants[k->mutant];
        const lp_herd_result *r = &k->result;
        const bool killed = k->told && r->killed;
        fprintf(f, "%llu\t%s\t%c\t%d\t%s\t%s\t%s\t%s\t%s\t%s\t%lld\t%s\n",
                (unsigned long long)p->seed, m->name, m->letter, m->number, m->op,
                lp_format_get(k->format)->name,
                killed    ? r->by
                : k->told ? "SURVIVED"
                          : "NOT RUN",
                killed ? r->also : "", killed ? r->regime : "",
                !killed      ? ""
                : r->special ? "special list"
                             : "generated",
                (long long)r->evaluations, m->thread);
    }
    return fflush(f) == 0 && !ferror(f);
}
