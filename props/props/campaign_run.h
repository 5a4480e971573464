/* A campaign in progress. Private to the campaign's files. */
#ifndef LP_PROPS_CAMPAIGN_RUN_H
#define LP_PROPS_CAMPAIGN_RUN_H

#include "props/props/campaign.h"
#include "props/props/detector.h"
#include "props/props/diagnosis.h"
#include "props/props/effort.h"
#include "props/props/hits.h"
#include "props/props/source.h"
#include "props/props/visits.h"

typedef struct lp_run {
    lp_certificate *cert;
    lp_host *host;
    const lp_campaign *ask;
    const lp_effort_row *effort;
    lp_error *err;
    int64_t evals, done;     /* planned in all; calls of the pairs before this one */
    int64_t reach;           /* calls of the domain finder, beside them; */
    int64_t reach_saved;     /* of the shares so far, not needed */
    double started;          /* seconds, for `budget` */
    int pairs;               /* that are generated, */
    int weight;              /* and their weights */
    bool found;              /* something below `asked` */
    bool ended;              /* stop flag, time budget or stop_at_first */
    int64_t answered, fatal; /* calls that gave an answer at all, and that died */
} lp_run;

/* One operation and format. */
typedef struct lp_pair {
    lp_run *run;
    lp_bench bench;
    lp_gen_plan plan;
    lp_hits hits;
    lp_detector detector;
    lp_diagnosis diagnosis;
    lp_visits visits;
    int64_t judged;
    double until;  /* time left to the pair, a quarter of its share for shrinking; 0: no limit */
    double began;  /* time of lp_clock, */
    bool paced;    /* and it was looked at: */
    bool slow;     /* too much to shrink anything */
    bool given_up; /* the subject dies or hangs too often, or is too slow for what was asked */
    int turn;      /* of the properties */
    int64_t rare;  /* turns of those that are not asked at each */
} lp_pair;

/* Runs the pair's phases, those that draw cases where `generated` (`until` a time of lp_clock, 0:
 * none), the last of which reduces what was found. *seen: calls that led to a
 * verdict or a finding. False: the tool failed. */
bool lp_pair_run(lp_run *run, const lp_host_entry *entry, bool generated, double until,
                 int64_t *seen);

/* The pair without cases yet, and its end (NULL allowed). */
lp_pair *lp_pair_begin(lp_run *run, const lp_host_entry *entry, double until);
void lp_pair_end(lp_pair *p);
/* One case through subject, judge and `checks` properties; takes the trial's case over. False: the
 * tool failed. */
bool lp_pair_try(lp_pair *p, lp_trial *t, int checks);
/* Folds a judged trial into the certificate and collects its failures. */
void lp_pair_fold(lp_pair *p, lp_trial *t);
/* Tries properties on a folded trial: all, or `some` in turn. False: the tool failed. */
bool lp_pair_checks(lp_pair *p, const lp_trial *t, int some);
/* Reduces the pair's hits to counterexamples. False: the tool failed. */
bool lp_pair_report(lp_pair *p);

/* What the subject declares, or the operation knows, and this run does not try: one line each. */
void lp_campaign_gaps(lp_certificate *cert, const lp_host_entry *entry);
/* The entry is built and not excluded by --op or --format. */
bool lp_campaign_asked(const lp_campaign *ask, const lp_host_entry *e);
/* Was any value of the output judged, or did a finding settle it? */
bool lp_campaign_saw(const lp_certificate *cert, lp_op op, lp_format_id format, lp_out out);
bool lp_campaign_format_built(lp_format_id format);

#endif
