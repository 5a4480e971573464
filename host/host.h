/* Running a subject: in a process of its own, between guard pages, watched. A subject is never
 * loaded into the caller's process. */
#ifndef LP_HOST_HOST_H
#define LP_HOST_HOST_H

#include "core/answer.h"

typedef struct lp_host lp_host;

typedef struct lp_host_options {
    double timeout;     /* seconds per call, and for loading; 0: 10 s. A cmd: subject's first line
                           gets 60 s more */
    const char *libdir; /* where builtin: and mutant: shared objects lie; NULL: found beside the
                           program or through LOSSPROOF_LIBDIR */
    bool check_twice;   /* call twice with different poison: unwritten and nondeterministic outputs
                           are told apart (default of `certify`) */
    volatile const int *stop; /* NULL, or set when somebody wants an end: a call then has a second
                                 left, and is as good as not made: UNSUPPORTED, "interrupted" */
} lp_host_options;

/* What one entry of the subject declares. */
typedef struct lp_host_entry {
    lp_op op;
    lp_format_id format;
    uint64_t params;
    uint32_t outputs, reductions, flags;
} lp_host_entry;

typedef struct lp_host_info {
    const char *spec; /* as given: PATH, builtin:NAME, mutant:NAME, cmd:PROGRAM ARGS */
    const char *path; /* file that was loaded or run */
    const char *name, *version, *conventions; /* declared; empty strings where absent */
    const lp_host_entry *entry;
    int entries;
    char *const
        *unknown; /* entries or bits that this version does not know: reported, never called */
    int unknowns;
    bool load_ftz;         /* loading changed flush-to-zero, */
    bool load_rounding;    /* or the rounding mode */
    const char *load_note; /* "" where nothing */
    char digest[65];       /* SHA-256 (host/spec.h), lower-case hex; "" where there is none */
} lp_host_info;

typedef enum lp_host_result {
    LP_HOST_OK = 0,
    LP_HOST_CANNOT = 1, /* wrong spec, no file, no entry point, wrong abi: exit status 2 */
    LP_HOST_DIED = 2    /* the subject crashed or hung while loading: exit status 1 */
} lp_host_result;

/* On LP_HOST_OK *h is open; else err holds one line. options may be NULL. */
lp_host_result lp_host_open(lp_host **h, const char *spec, const lp_host_options *options,
                            lp_error *err);
void lp_host_close(lp_host *h);
const lp_host_info *lp_host_describe(const lp_host *h);

/* The entry that can take the case, NULL with *why (a static or host-owned line such as "parameter
 * smoothing not declared") where none does: NOT TESTED. */
const lp_host_entry *lp_host_accepts(const lp_host *h, const lp_case *c, const char **why);

typedef struct lp_host_how {
    bool in_place;     /* gradient over the logits (entries with LP_FLAG_IN_PLACE) */
    uint32_t outputs;  /* LP_OUT_BIT wanted; 0: all declared */
    int64_t align;     /* > 0: the logits begin that many bytes (a multiple of the format's size)
                          past a multiple of 64; 0: where the guard page puts them */
    bool guard_before; /* buffers start at the guard page instead of ending at it */
    bool at_once;      /* while a second thread makes the same call with its arrays back to front
                          and the signs of its logits changed: the first answer that differs from
                          the call's alone, the last where none does. UNSUPPORTED where the call is
                          too long for that, or the entry says LP_FLAG_ONE_THREAD */
} lp_host_how;

/* Runs one case; always fills `answer` (findings where the subject failed to give one), which is
 * initialised: what it held is freed. A case that lp_host_accepts refuses has status UNSUPPORTED
 * and the reason as note. A dead worker is started again by the next call. how may be NULL. False:
 * the tool itself failed (err). A host belongs to the thread that calls it: its workers end with
 * that thread. */
bool lp_host_run(lp_host *h, const lp_case *c, const lp_host_how *how, lp_answer *answer,
                 lp_error *err);

#endif
