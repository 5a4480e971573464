/* A property of section 5: related cases, a precondition, a derived bound. Never accuses a
 * correctly rounded subject. */
#ifndef LP_PROPS_PROPERTY_H
#define LP_PROPS_PROPERTY_H

#include "core/answer.h"
#include "core/rng.h"
#include "host/host.h"
#include "ref/exact.h"

#define LP_PROPERTY_CASES 4

/* One evaluated case: what the subject answered beside the exact answer. */
typedef struct lp_eval {
    lp_case *kase;
    lp_answer *answer; /* the output that is asked about alone, */
    lp_exact *exact;
    const lp_answer *all; /* and every one, for what a message says: no verdict may rest on it */
} lp_eval;

typedef struct lp_property {
    const char *name;
    int number;
    const char *claim; /* one line for `list properties` */
    const lp_op *ops;  /* that it applies to */
    int op_count;
    bool exact; /* holds or not, no tolerance (23-26): broken gives `fail` */
    /* Related cases of base (beyond base itself, at most LP_PROPERTY_CASES - 1) into uninitialised
     * `more`; returns how many, -1 where the precondition is not met. `params`, the subject's
     * declared parameters, and `declared` (bit per lp_op in the same format) say what may be asked.
     * NULL: none beyond base, always met. */
    int (*derive)(lp_case more[], const lp_case *base, lp_rng *rng, uint64_t params,
                  uint64_t declared);
    /* Does it hold at the level over the evaluated cases (eval[0] is base)? `why` gets one line. A
     * numeric property is asked only where every exact answer and every given one is an answer; an
     * output that was not delivered is NULL. Nested: what holds at a level holds below it. */
    bool (*holds)(const lp_eval *eval, int n, lp_level level, char why[256]);
    uint32_t outputs;       /* LP_OUT_BIT of the certificate rows that it caps */
    uint32_t flags;         /* LP_FLAG_* that the entry must declare */
    uint32_t barred;        /* LP_FLAG_* that it must not */
    int every;              /* a campaign asks it at one in so many of its turns; 0: at each */
    const lp_host_how *how; /* derived case i is called by how[i]; NULL: plainly */
} lp_property;

extern const lp_property *const lp_properties[];
extern const int lp_property_count;
const lp_property *lp_property_by_name(const char *name);
bool lp_property_applies(const lp_property *p, lp_op op);

#endif
