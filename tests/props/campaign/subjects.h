/* Subjects inside the test: the reference itself, and copies of it spoilt on purpose. */
#ifndef LP_TESTS_SUBJECTS_H
#define LP_TESTS_SUBJECTS_H

#include "props/props/source.h"
#include "props/props/trial.h"

typedef struct spoilt spoilt;
struct spoilt {
    /* Changes the correctly rounded answer; NULL: nothing. */
    void (*spoil)(const spoilt *s, const lp_case *c, const lp_host_how *how, lp_exact *e,
                  lp_answer *a);
    lp_level level; /* of a noisy subject */
    int64_t calls;
    int64_t undecided; /* components that the reference could not round: not correctly rounded */
};

/* An lp_call_fn over a `spoilt`. */
bool call_spoilt(void *subject, const lp_case *c, const lp_host_how *how, lp_answer *answer,
                 lp_error *err);
/* Every component as far off as the judge allows at `level`, in a direction that looks random. */
void spoil_noise(const spoilt *s, const lp_case *c, const lp_host_how *how, lp_exact *e,
                 lp_answer *a);

/* A bench for the operation and format, everything built declared, over the subject. */
void open_bench(lp_bench *b, lp_host_entry *entry, lp_op op, lp_format_id format, spoilt *s,
                lp_error *err);
void open_plan(lp_gen_plan *plan, const lp_host_entry *entry);
/* Case i evaluated on the bench. */
void make_trial(lp_trial *t, lp_bench *b, const lp_source *source, int64_t i);

#endif
