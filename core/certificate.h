/* The certificate: an associative fold of verdicts, findings and property results. Plain data, no
 * behaviour of its own; `props` fills it, `reports` shows it, the same in any order of folding.
 *
 * Folding only counts and keeps what is worst. What follows from the whole is settled once at the
 * end (lp_certificate_settle): a row's level is the least of
 *   - its numbers (`numeric`);
 *   - the caps of the properties of its operation and format: broken with the bound of level L, it
 *     is capped at the level below L; an exact property (23 to 26), broken at all, means fail;
 *   - fail, where the host found anything (LP_FIND_REPORTED aside) for its operation and format.
 * The cause and the detail are those of the least; where several are, the numbers come first, then
 * the property that is first by name, then the finding. */
#ifndef LP_CORE_CERTIFICATE_H
#define LP_CORE_CERTIFICATE_H

#include "core/histogram.h"
#include "core/reach.h"
#include "core/verdict.h"

#define LP_REGIME_SIZE 24

/* Worst case of something: by value, so that it replays without a seed. */
typedef struct lp_worst {
    char *case_line; /* section 7 text, NULL where none */
    int64_t at;      /* component */
    double got, want;
    double ulp;       /* rounded up; rounded down where it is a claim of failure */
    char *exact;      /* 40 digits */
    double condition; /* number, of the component in its inputs; 0: none */
} lp_worst;

/* One line per regime of the input space ("confident", "offset", "ties" ...). A condition number
 * costs as much as a bound, so it is asked where the error is the regime's largest, and beside that
 * of a sample: of every LP_CONDITION_EVERYth case of the regime, from its first on, the component
 * that is furthest off. 0: not computed of this output, or of inputs that are zeros. */
typedef struct lp_regime_row {
    char name[LP_REGIME_SIZE];
    int64_t cases, components, within1, within4, lost, special, void_bound;
    double max_ulp;
    double condition;      /* where max_ulp is; of several such values the largest */
    double max_over_bound; /* over values with a bound: void_bound cases have one without */
    int64_t sampled;       /* condition numbers asked for, */
    double max_condition;  /* the largest of them */
} lp_regime_row;
#define LP_CONDITION_EVERY 64

/* One operation, format and output: the level and its figures. */
typedef struct lp_output_row {
    lp_op op;
    lp_format_id format;
    lp_out out;
    lp_contract contract;
    lp_level level;   /* least over everything tried, properties and findings included */
    lp_level numeric; /* by the numbers alone */
    lp_evidence evidence;
    lp_cause cause;         /* of the level */
    char detail[96];        /* one line: property or finding or regime that capped it */
    lp_cause numeric_cause; /* of `numeric`, in numeric_regime; ties: the least of each */
    char numeric_regime[LP_REGIME_SIZE];
    int64_t cases, components, correct, faithful, within1, within4, lost, special, zero_sign,
        undecided, void_bound;
    double max_over_bound;
    lp_worst worst;         /* by ulp */
    lp_worst worst_special; /* a wrong special value, if any */
    lp_regime_row *regime;
    int regimes;
    lp_histogram *histogram; /* by coordinates of the inputs; NULL where nothing was counted */
} lp_output_row;

typedef struct lp_property_row {
    char name[32];
    int number; /* of section 5 */
    lp_op op;
    lp_format_id format;
    int64_t tried, unmet, broken; /* unmet: precondition not met, not tested on that case */
    lp_level holds;               /* highest level at which it never broke, FAIL: none; settled */
    int64_t broken_at[LP_LEVEL_COUNT]; /* by the level whose bound it was evaluated with */
    uint32_t outputs; /* LP_OUT_BIT of the rows that it speaks of and caps; 0: all */
    int64_t broken_out[LP_OUT_COUNT][LP_LEVEL_COUNT]; /* broken_at of each of `outputs` */
} lp_property_row;

typedef struct lp_finding_row {
    lp_op op;
    lp_format_id format;
    lp_finding finding;
    int64_t count;
    char note[160];
    char *case_line;
} lp_finding_row;

typedef struct lp_counterexample {
    char id[24];     /* "ce-" and 16 hex digits of the shrunk case's hash */
    char origin[96]; /* "accuracy:loss", "gibbs", "finding:crash" ...: kept apart by it */
    lp_op op;
    lp_format_id format;
    lp_level level;  /* the level that the case reaches */
    char *case_line; /* shrunk */
    char *original;  /* as found */
    char *message;   /* one line: got, exact, error, bound */
    char *exact;     /* digits of the component shown */
    double got, want;
    lp_out out;
    int64_t at;
    int64_t found_at; /* evaluation number of the first hit */
    int64_t shrinks;  /* accepted steps */
} lp_counterexample;

typedef struct lp_canary_row { /* planted faults run at this certificate's shapes and formats */
    char name[48];
    bool killed;
    char by[96];
    int64_t evaluations;
} lp_canary_row;

/* Rows of logits that the user recorded: what became of them in one output. A row is within an
 * error where each of its values is, and lost where one of them is. */
typedef struct lp_recorded_row {
    lp_op op;
    lp_format_id format;
    lp_out out;
    int64_t rows, within1, within4, lost, special;
    int64_t unanswered; /* of calls that failed as a whole */
} lp_recorded_row;

/* An output that fails, compared with another convention (props/props/conventions.h): on `apart`
 * cases the exact answers under the two differ by more than rounding explains, on `agree` of them
 * the subject gave the other one. Counted until the first that disagrees, so that merging shards
 * keeps a refuted convention refuted. Or (`formula`) with a formula that loses digits
 * (props/props/formulas.h): on `apart` of the `seen` values it is far off, on `agree` of them the
 * subject is off alike; `same` of all seen are its bits, `alike` within two units of them. */
typedef struct lp_hint_row {
    lp_op op;
    lp_format_id format;
    lp_out out;
    char name[40];
    char says[120]; /* what the subject would be doing, for people */
    int64_t apart, agree;
    bool formula;
    char advice[160]; /* of a formula: what to compute instead */
    int64_t seen, same, alike;
} lp_hint_row;
#define LP_HINT_LEAST 20 /* cases, before a convention is named */

/* How the exact answers were had (docs/reference-tiers.md). */
typedef struct lp_reference_count {
    int64_t questions, integers;  /* asked; decided by the integer tier, the rest by MPFR */
    int64_t rechecked, disagreed; /* decided by both; differently */
} lp_reference_count;

typedef struct lp_certificate {
    char *subject, *name, *version, *conventions,
        *digest;                                  /* as given; as declared; SHA-256 of file */
    char *tool_version, *command, *effort, *host; /* host: cpu, compiler, libraries */
    uint64_t seed;
    lp_level asked; /* --level */
    int64_t evaluations, undecided;
    lp_reference_count reference;
    int64_t refused;   /* calls of what is declared that were answered "unsupported" */
    bool complete;     /* false: interrupted or subject lost; what was found stands */
    bool subject_lost; /* crashed while loading or answered nothing */
    char *created;     /* timestamp, the only part outside the bytes-equal promise */
    char *load_note;   /* environment changed at load, else NULL */
    lp_output_row *row;
    int rows;
    lp_property_row *property;
    int properties;
    lp_finding_row *finding;
    int findings;
    lp_counterexample *counterexample;
    int counterexamples;
    lp_canary_row *canary;
    int canaries;
    lp_reach_row *reach;
    int reaches;
    lp_recorded_row *recorded;
    int recordeds;
    lp_hint_row *hint;
    int hints;
    char **not_tested; /* one line each: what was declared or asked for and not tried, and why */
    int not_tested_count;
} lp_certificate;

/* Empty, complete, level stable asked for. */
void lp_certificate_init(lp_certificate *c);
void lp_certificate_clear(lp_certificate *c);
/* Finds or appends; pointers are valid until the next call. */
lp_output_row *lp_certificate_row(lp_certificate *c, lp_op op, lp_format_id f, lp_out out);
lp_property_row *lp_certificate_property(lp_certificate *c, const char *name, lp_op op,
                                         lp_format_id f);
lp_regime_row *lp_output_row_regime(lp_output_row *row, const char *name);
lp_histogram *lp_output_row_histogram(lp_output_row *row);
/* Folds one verdict in under a regime; the worst case's text is made through `line` only when it is
 * a new worst or ties with it (line(ctx) is malloc'd). A new worst has `exact` NULL until the
 * caller writes its digits there. The greater ulp is worse, of equals the line that is first by
 * strcmp; of wrong special values the shortest line, then strcmp. The row's undecided components
 * count for the certificate too. */
void lp_certificate_add(lp_certificate *c, const lp_case *kase, const char *regime,
                        const lp_verdict *v, char *(*line)(void *ctx), void *ctx);
/* Of a verdict that was just folded into the row under that regime: is the condition number of
 * component v->at due? */
bool lp_regime_condition_due(const lp_regime_row *r, const lp_verdict *v);
/* ... here it is; NaN counts as not computed. */
void lp_regime_condition_add(lp_regime_row *r, const lp_verdict *v, double condition);
void lp_certificate_add_finding(lp_certificate *c, const lp_case *kase, lp_finding one,
                                const char *note);
/* Appends a copy of a counterexample unless one of the same id and origin is there: then the one
 * that was found first stays. */
void lp_certificate_add_counterexample(lp_certificate *c, const lp_counterexample *one);
/* Finds or appends; a new row holds everywhere and was probed nowhere. */
lp_reach_row *lp_certificate_reach(lp_certificate *c, lp_op op, lp_format_id f, lp_out out,
                                   lp_part part, lp_way way);
/* Finds or appends. */
lp_recorded_row *lp_certificate_recorded(lp_certificate *c, lp_op op, lp_format_id f, lp_out out);
/* Finds or appends; a new row has counted nothing. */
lp_hint_row *lp_certificate_hint(lp_certificate *c, lp_op op, lp_format_id f, lp_out out,
                                 const char *name);
/* Every case that tells the two apart agrees with it, and there are enough of them; of a formula 98
 * values in 100 are enough, since a library's exp may differ from ours at an overflow, but of all
 * values, not of those alone where it is off: two formulas may be off alike. */
bool lp_hint_named(const lp_hint_row *h);
/* In a line about an output that was asked for and of which nothing was judged. */
#define LP_NO_VALUE ": no value of "
/* Appends a line, once. */
void lp_certificate_not_tested(lp_certificate *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Folds `from` in, so that shards merge in any order; false where they are not shards of one run
 * (subject, digest, tool version, effort, seed or level differ). Settle afterwards. */
bool lp_certificate_merge(lp_certificate *into, const lp_certificate *from, lp_error *err);

/* Settles levels and causes as said above, adds the rows of operations that were lost before any
 * answer came (cases 0, level fail), and sorts everything. Idempotent; more may be folded after it.
 */
void lp_certificate_settle(lp_certificate *c);
/* By operation, format and output; regimes, canaries and lines by name. Part of settling. */
void lp_certificate_sort(lp_certificate *c);
/* Cap by one property, CORRECT where it never broke; over all outputs, and of one of them. */
lp_level lp_property_cap(const lp_property_row *p);
lp_level lp_property_cap_out(const lp_property_row *p, lp_out out);
/* Rows that count: with cases, or failed by a finding. Of a settled certificate. */
bool lp_output_row_counts(const lp_output_row *row);
/* Least level over the rows that count; FAIL where there is no row or the subject was lost. */
lp_level lp_certificate_level(const lp_certificate *c);
/* Exit status of section 8: 2 where nothing was tested, 1 below the level asked for, 4 where
 * something is undecided or the run was not complete, 0 conforms. */
int lp_certificate_status(const lp_certificate *c);

#endif
