/* Case source -> host -> judge -> certificate: the main job. */
#ifndef LP_PROPS_CAMPAIGN_H
#define LP_PROPS_CAMPAIGN_H

#include "core/certificate.h"
#include "host/host.h"
#include "props/props/generate.h"
#include "props/props/property.h"
#include "props/props/recorded.h"

typedef enum lp_effort { LP_EFFORT_SMOKE, LP_EFFORT_STANDARD, LP_EFFORT_DEEP } lp_effort;

/* What a pair of operation and format goes through, in this order. */
typedef enum lp_phase {
    LP_PHASE_EXPLICIT, /* the user's cases and recorded rows */
    LP_PHASE_STORED,   /* counterexamples of earlier runs, of whatever subject */
    LP_PHASE_GENERATE, /* special, structured and random cases */
    LP_PHASE_TARGET,   /* ways along which a level is lost, followed to where it is */
    LP_PHASE_SHRINK    /* what failed, made small */
} lp_phase;
#define LP_PHASES       5
#define LP_PHASE_BIT(p) (1u << (p))
#define LP_PHASE_DRAWN  (LP_PHASE_BIT(LP_PHASE_GENERATE) | LP_PHASE_BIT(LP_PHASE_TARGET))
extern const char *const lp_phase_words[LP_PHASES];

typedef struct lp_campaign {
    uint64_t seed;
    lp_effort effort;
    int64_t evals; /* in all; 0: by effort */
    double budget; /* seconds; 0: none */
    lp_level asked;
    const lp_op *op; /* those asked for; 0: all declared */
    int ops;
    const lp_format_id *format;
    int formats;
    const lp_case *user; /* --cases, tried first */
    int users;
    const lp_recorded *recorded; /* --logits, tried after them; NULL: none */
    const lp_case *stored;       /* tried after those, whoever takes them */
    int storeds;
    unsigned skip;            /* LP_PHASE_BIT: phases that are left out */
    int shrink_budget;        /* evaluations per counterexample; 0: by effort */
    bool stop_at_first;       /* leave at the first failure below `asked` (selftest, canaries) */
    volatile const int *stop; /* set by a signal handler: end with what was found */
    void (*progress)(void *ctx, int64_t done, int64_t all, const char *what);
    void *progress_ctx;
    /* The first case of each kind of failure, as found, before it is shrunk. */
    void (*found)(void *ctx, const lp_case *c);
    void *found_ctx;
} lp_campaign;

/* Runs the campaign and folds everything into an initialised certificate. False: the tool failed
 * (err); what was found so far is in the certificate all the same. An operation or format asked for
 * and not declared: false with err, nothing run (exit status 2). */
bool lp_campaign_run(lp_certificate *cert, lp_host *host, const lp_campaign *campaign,
                     lp_error *err);

/* Planted faults at the campaign's operations and formats, shapes of its smoke effort: fills
 * cert->canary. `names` NULL-terminated mutants; those whose operation is not among the
 * certificate's rows are left out. */
bool lp_campaign_canaries(lp_certificate *cert, const char *const *names,
                          const lp_campaign *campaign, lp_error *err);

/* One case, all of what certify would say of it: used by replay. Prints to `stream`. Returns the
 * level. */
lp_level lp_campaign_replay(void *stream, lp_host *host, const lp_case *c, uint64_t seed,
                            lp_error *err);

#endif
