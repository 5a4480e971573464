/* What the shrinker's passes share. A pass edits a copy of the best record and lets lp_shrink_try
 * judge it; a pass that finds nothing has changed nothing, so that the fix point is one. */
#ifndef LP_ENGINE_SHRINK_H
#define LP_ENGINE_SHRINK_H

#include "props/engine/choices.h"

/* Failures in a row after which a sweep over many like candidates is given up. */
#define LP_SHRINK_MISSES 64

typedef struct lp_shrinker {
    lp_choice *best;
    int count;
    lp_span *span; /* of best, parents before children */
    int spans;
    lp_choice *work; /* room for a candidate as long as the first record */
    lp_fails_fn fails;
    void *env;
    int64_t budget, tried, accepted;
    uint64_t *seen; /* hashes of the candidates that were tried; open addressing, 0 is empty */
    size_t seen_room, seen_used;
} lp_shrinker;

/* Runs the candidate unless it was run before, is not simpler, or the budget is spent. True: it
 * fails in the same way and what it really drew is the new best (its structure may differ from the
 * candidate's). */
bool lp_shrink_try(lp_shrinker *s, const lp_choice *candidate, int n);
/* The budget is gone: every try would be refused. Loops over a long record look at it, since even a
 * refused candidate costs a copy. */
bool lp_shrink_spent(const lp_shrinker *s);
/* s->work, filled with the best record. */
lp_choice *lp_shrink_copy(lp_shrinker *s);

/* Least t in [0, known] whose probe is accepted, where acceptance is monotone in t; t = known is
 * the present state and is not probed. */
typedef bool (*lp_shrink_probe)(void *ctx, uint64_t t);
uint64_t lp_shrink_least(uint64_t known, lp_shrink_probe probe, void *ctx);

/* Ranges of choices numbered 0 .. n-1: number[i] is the range that choice i belongs to, -1: none;
 * number[count + i] one that lies within it, or the same.
 * `select` computes it for the present best (it is asked again after every success) and returns n.
 */
typedef struct lp_sweep {
    int (*select)(const lp_shrinker *s, const struct lp_sweep *w, int *number);
    bool remove;       /* delete the choices; otherwise set them to the simplest */
    int parent, label; /* for `select` */
} lp_sweep;
/* Delta debugging: runs of ranges, long ones first, from the end. */
void lp_shrink_sweep(lp_shrinker *s, const lp_sweep *w);

/* Index of the innermost span around each choice, and of each span's parent; -1: none. */
void lp_shrink_owners(const lp_shrinker *s, int *owner);
int *lp_shrink_parents(const lp_shrinker *s); /* malloc'd */

/* The passes, in the order in which they run. */
void lp_pass_columns(lp_shrinker *s);  /* the i-th child of every parent at once */
void lp_pass_spans(lp_shrinker *s);    /* children of one parent */
void lp_pass_descend(lp_shrinker *s);  /* a span becomes one like it inside it */
void lp_pass_absent(lp_shrinker *s);   /* a flag and what it announced */
void lp_pass_blocks(lp_shrinker *s);   /* any run of choices */
void lp_pass_zero(lp_shrinker *s);     /* runs of choices to their simplest value */
void lp_pass_integers(lp_shrinker *s); /* bisection, each integer alone */
void lp_pass_floats(lp_shrinker *s);   /* fewer fraction bits, then smaller, each alone */
void lp_pass_ties(lp_shrinker *s);     /* equal values together; values made equal */
void lp_pass_offset(lp_shrinker *s);   /* a common offset of siblings, of two neighbours */
void lp_pass_weight(lp_shrinker *s);   /* move weight from one number to a later one */
void lp_pass_length(lp_shrinker *s);   /* lower an integer and delete a later choice */
void lp_pass_mirror(lp_shrinker *s);   /* change an integer's side and delete a span */
void lp_pass_sort(lp_shrinker *s);     /* order siblings */
void lp_pass_renumber(lp_shrinker *s); /* delete a sibling and lower what points behind it */

/* Simplifies the numbers at n places, all of one magnitude (or distance), together. */
void lp_lower_integers(lp_shrinker *s, const int *at, int n);
void lp_lower_floats(lp_shrinker *s, const int *at, int n);

#endif
