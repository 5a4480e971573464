/* `lossproof verify`: the figures of a certificate computed again, without the subject. */
#include "cli/cli.h"
#include "cli/read_back.h"
#include "core/accumulation.h"
#include "core/case_text.h"
#include "core/hexfloat.h"
#include "core/rng.h"
#include "props/judge/judge.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const char text[] =
    "Reads DIR/certificate.json (or the file itself) and computes every stored figure again from\n"
    "the stored case and answer: exact digits, correctly rounded value, error in ulp, the level\n"
    "that the value allows, messages and names of counterexamples, sums over regimes. What "
    "differs\n"
    "is named by file and key. The subject is not needed, and not believed: that it gave these\n"
    "answers only a new run of the certificate's command shows.\n\n"
    "  lossproof verify lossproof-out\n\n"
    "Ends with 1 where a figure differs, 2 where the file cannot be read or contradicts itself,\n"
    "4 where the reference could not settle a value or the file holds none.\n";

typedef struct verify {
    const char *file, *conventions;
    char key[64]; /* of the object at hand: "outputs[3].worst" */
    int64_t values, wrong, undecided;
} verify;

__attribute__((format(printf, 3, 4))) static void differs(verify *y, const char *key,
                                                          const char *format, ...) {
    char what[320];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    lp_complain("%s: %s.%s: %s", y->file, y->key, key, what);
    y->wrong++;
}

/* One stored value. */
typedef struct value {
    const char *line, *exact;
    lp_op op;
    lp_format_id format;
    lp_out out;
    int64_t at;
    double got, want;
} value;

/* What the reference says of it. */
typedef struct found {
    lp_case kase;
    lp_exact *exact;
    lp_measure m;
    lp_level level;
    lp_cause cause;
} found;

static void found_clear(found *f) {
    lp_exact_free(f->exact);
    lp_case_clear(&f->kase);
}

static bool found_open(found *f, verify *y, const value *v) {
    lp_error err = {""};
    const char *status;
    if (!v->line || !lp_case_parse(&f->kase, v->line, strlen(v->line), &status, &err)) {
        differs(y, "case", "%s", v->line ? err.text : "is missing");
        return false;
    }
    f->exact = lp_exact_new(&f->kase, &err);
    if (f->kase.op != v->op || f->kase.format != v->format)
        differs(y, "case", "is of another operation or format");
    else if (!f->exact)
        differs(y, "case", "%s", err.text);
    else if (v->at >= lp_exact_len(f->exact, v->out))
        differs(y, "at", "%" PRId64 " is no component of the case's %s", v->at,
                lp_out_name(v->out));
    else
        return true;
    found_clear(f);
    return false;
}

/* Digits, the rounded value, the level. False: nothing more can be said of it. */
static bool value_found(found *f, verify *y, const value *v) {
    char digits[64], want[LP_HEXFLOAT_SIZE], stored[LP_HEXFLOAT_SIZE];
    if (!found_open(f, y, v)) return false;
    y->values++;
    lp_exact_accumulate(f->exact, lp_accumulation(y->conventions, v->format));
    lp_exact_measure(&f->m, f->exact, v->out, v->at, v->got);
    f->level = lp_judge_component(&f->cause, &f->m, lp_case_contract(&f->kase, v->out),
                                  lp_case_format(&f->kase));
    lp_exact_digits(digits, sizeof digits, f->exact, v->out, v->at, 40);
    if (f->m.undecided || !strcmp(digits, "undecided")) {
        y->undecided++;
        return true;
    }
    if (!v->exact || strcmp(digits, v->exact) != 0)
        differs(y, "exact", "%s stored, %s found", v->exact ? v->exact : "nothing", digits);
    lp_hexfloat_print(want, f->m.want);
    if (strcmp(want, lp_hexfloat_print(stored, v->want)) != 0)
        differs(y, "want", "%s stored, %s found", stored, want);
    return true;
}

/* The ruler knows an error to 2^-16 of itself, and how much closer depends on what was asked of the
 * case before: two runs agree to twice that. */
static bool ulp_agrees(double stored, const lp_measure *m) {
    return stored >= m->ulp_lo * (1 - 0x1p-15) && stored <= m->ulp_hi * (1 + 0x1p-15);
}

/* --- outputs ---------------------------------------------------------------------------------- */

/* The reference knows it to a few digits: three. */
static bool condition_agrees(double stored, double now) {
    if (!(now > 0)) return stored == 0;
    return stored == now || fabs(stored - now) <= 0x1p-10 * now;
}

static void condition_verified(verify *y, const lp_output_row *row, const lp_worst *w, found *f) {
    const bool known = row->out == LP_OUT_LOSS || row->out == LP_OUT_VALUE;
    const double now = known ? lp_exact_condition(f->exact, row->out, w->at) : 0;
    if (!condition_agrees(w->condition, now))
        differs(y, "condition", "%.6g stored, %.6g found", w->condition, now);
}

static void worst_verified(verify *y, const lp_output_row *row, const lp_worst *w, int i,
                           bool special) {
    const value v = {w->case_line, w->exact, row->op, row->format,
                     row->out,     w->at,    w->got,  w->want};
    found f;
    snprintf(y->key, sizeof y->key, "outputs[%d].%s", i, special ? "worst_special" : "worst");
    if (!w->case_line || !value_found(&f, y, &v)) return;
    if (special != (f.cause == LP_CAUSE_WRONG_SPECIAL))
        differs(y, "got", "is %s wrong special value", special ? "no" : "a");
    else if (!special && !f.m.undecided && !ulp_agrees(w->ulp, &f.m))
        differs(y, "ulp", "%.17g stored, got is %.17g from the exact value", w->ulp, f.m.ulp_hi);
    if (!special) condition_verified(y, row, w, &f);
    snprintf(y->key, sizeof y->key, "outputs[%d]", i);
    if (row->numeric > f.level && !f.m.undecided)
        differs(y, "level_by_numbers", "%s stored, its worst value allows no more than %s",
                lp_level_name(row->numeric), lp_level_name(f.level));
    if (!special && !f.m.undecided && f.m.over_bound * (1 - 0x1p-15) > row->max_over_bound)
        differs(y, "max_over_bound", "%.17g stored, its worst value alone has %.17g",
                row->max_over_bound, f.m.over_bound);
    found_clear(&f);
}

/* What is kept of the largest error and of the sample fits the rest of the regime. */
static void regime_verified(verify *y, const lp_regime_row *r, int i) {
    snprintf(y->key, sizeof y->key, "outputs[%d].regimes.%s", i, r->name);
    if (r->void_bound > r->cases) differs(y, "bound_not_claimable", "more than its cases");
    if (r->sampled > (r->cases + LP_CONDITION_EVERY - 1) / LP_CONDITION_EVERY)
        differs(y, "conditions_sampled", "more than one in %d of its cases", LP_CONDITION_EVERY);
    if (r->max_condition > 0 && r->sampled == 0)
        differs(y, "max_condition_sampled", "none was sampled");
    if (r->condition > 0 && r->max_ulp == 0)
        differs(y, "condition_at_max_ulp", "there is no error");
}

/* The regimes as one: counts added up, figures the largest. */
static void regimes_summed(lp_regime_row *sum, const lp_output_row *row) {
    for (int k = 0; k < row->regimes; k++) {
        const lp_regime_row *r = &row->regime[k];
        sum->components += r->components;
        sum->within1 += r->within1;
        sum->within4 += r->within4;
        sum->lost += r->lost;
        sum->special += r->special;
        sum->void_bound += r->void_bound;
        sum->max_over_bound = fmax(sum->max_over_bound, r->max_over_bound);
        if (r->max_ulp > sum->max_ulp) sum->condition = 0;
        sum->max_ulp = fmax(sum->max_ulp, r->max_ulp);
        if (r->max_ulp == sum->max_ulp) sum->condition = fmax(sum->condition, r->condition);
    }
}

static void sums_verified(verify *y, const lp_output_row *row, int i) {
    lp_regime_row sum = {.cases = 0};
    regimes_summed(&sum, row);
    for (int k = 0; k < row->regimes; k++) regime_verified(y, &row->regime[k], i);
    const struct {
        const char *key;
        int64_t stored, sum;
    } count[] = {{"components", row->components, sum.components},
                 {"within_1_ulp", row->within1, sum.within1},
                 {"within_4_ulp", row->within4, sum.within4},
                 {"lost", row->lost, sum.lost},
                 {"wrong_special", row->special, sum.special},
                 {"bound_not_claimable", row->void_bound, sum.void_bound}};
    snprintf(y->key, sizeof y->key, "outputs[%d]", i);
    for (int k = 0; k < LP_COUNT(count); k++)
        if (count[k].stored != count[k].sum)
            differs(y, count[k].key, "%" PRId64 " stored, its regimes have %" PRId64,
                    count[k].stored, count[k].sum);
    if (row->worst.case_line && row->worst.ulp != sum.max_ulp)
        differs(y, "regimes", "the largest error is %.17g ulp, the worst value's %.17g",
                sum.max_ulp, row->worst.ulp);
    if (row->max_over_bound != sum.max_over_bound)
        differs(y, "max_over_bound", "%.17g stored, its regimes have %.17g", row->max_over_bound,
                sum.max_over_bound);
    if (row->worst.case_line && row->worst.condition > sum.condition)
        differs(y, "regimes", "condition_at_max_ulp is %.6g at most, the worst value's %.6g",
                sum.condition, row->worst.condition);
}

/* --- counterexamples -------------------------------------------------------------------------- */

static bool of_kind(const lp_counterexample *x, const char *kind) {
    return !strncmp(x->origin, kind, strlen(kind));
}

/* Up to the digits of the exact value, but for a NaN: its sign is printed and not stored. */
static bool same_head(const char *stored, const char *due, bool nan) {
    const char *a = strstr(stored, ", exact "), *b = strstr(due, ", exact ");
    size_t of_a, of_b, name = strcspn(due, ":");
    if (!a || !b) return false;
    of_a = (size_t)(a - stored) + 8 + strcspn(a + 8, ",");
    of_b = (size_t)(b - due) + 8 + strcspn(b + 8, ",");
    if (nan) return !strncmp(stored, due, name) && !strncmp(a, b, of_b - (size_t)(b - due));
    return of_a == of_b && !strncmp(stored, due, of_b);
}

/* The line that the judge writes. The error in it has four digits (half a unit of the fourth is at
 * most 2^-10 of it) of a figure that two runs know alike only as ulp_agrees says. */
static void message_verified(verify *y, const lp_counterexample *x, found *f) {
    const lp_answer none = {.status = LP_OK};
    lp_judgement j = {.level = f->level, .cause = f->cause, .out = x->out, .at = x->at};
    j.measure = f->m;
    lp_judge_message(&j, &none, f->exact);
    const char *stored = x->message ? x->message : "";
    const char *tail = strstr(stored, " off, "), *due = strstr(j.message, " off, ");
    bool same = same_head(stored, j.message, x->got != x->got) && !tail == !due;
    if (!due) tail = strrchr(stored, ','), due = strrchr(j.message, ',');
    same = same && tail && !strcmp(tail, due);
    if (same && strstr(due, " off, ")) {
        const char *exact = strstr(stored, ", exact ") + 8;
        double ulp = strtod(exact + strcspn(exact, ",") + 1, NULL);
        same = ulp >= f->m.ulp_lo * (1 - 0x1p-10) && ulp <= f->m.ulp_hi * (1 + 0x1p-10);
    }
    if (!same) differs(y, "message", "does not say what was found: %s", j.message);
}

/* "ce-" and the hash of the line without names. */
static void id_verified(verify *y, const lp_counterexample *x, lp_case *c) {
    char id[24];
    free(c->id);
    free(c->source);
    free(c->tags);
    c->id = c->source = c->tags = NULL;
    char *bare = lp_case_print(c);
    snprintf(id, sizeof id, "ce-%016" PRIx64, lp_rng_domain(bare));
    free(bare);
    if (strcmp(id, x->id) != 0) differs(y, "id", "%s stored, the case's is %s", x->id, id);
}

static void counterexample_verified(verify *y, const lp_counterexample *x, int i) {
    const value v = {x->case_line, x->exact, x->op, x->format, x->out, x->at, x->got, x->want};
    lp_error err;
    const char *status;
    found f = {.exact = NULL};
    snprintf(y->key, sizeof y->key, "counterexamples[%d]", i);
    if (x->at < 0) { /* of the answer as a whole: only its case is stored */
        if (!x->case_line ||
            !lp_case_parse(&f.kase, x->case_line, strlen(x->case_line), &status, &err)) {
            differs(y, "case", "is missing or no case");
            return;
        }
        f.exact = NULL;
    } else if (!value_found(&f, y, &v)) {
        return;
    }
    id_verified(y, x, &f.kase);
    if (f.exact && !f.m.undecided) {
        const bool special = f.cause == LP_CAUSE_WRONG_SPECIAL;
        if (of_kind(x, "special:") && !special)
            differs(y, "origin", "%s, but got is no wrong special value", x->origin);
        /* The lowest component is shown, which need not be the lost one, but is no better. */
        if (of_kind(x, "lost:") && f.level >= LP_LEVEL_ACCURATE)
            differs(y, "origin", "%s, but the value is %s", x->origin, lp_level_name(f.level));
        if (x->level > f.level)
            differs(y, "level", "%s stored, the value allows no more than %s",
                    lp_level_name(x->level), lp_level_name(f.level));
        message_verified(y, x, &f);
    }
    if (f.exact)
        found_clear(&f);
    else
        lp_case_clear(&f.kase);
}

/* --- the command ------------------------------------------------------------------------------ */

static int certificate_verified(const char *file, const lp_certificate *c) {
    verify y = {.file = file, .conventions = c->conventions ? c->conventions : ""};
    for (int i = 0; i < c->rows; i++) {
        worst_verified(&y, &c->row[i], &c->row[i].worst, i, false);
        worst_verified(&y, &c->row[i], &c->row[i].worst_special, i, true);
        sums_verified(&y, &c->row[i], i);
    }
    for (int i = 0; i < c->counterexamples; i++)
        counterexample_verified(&y, &c->counterexample[i], i);
    printf("%s: %" PRId64 " stored values computed again, %" PRId64 " figures differ", file,
           y.values, y.wrong);
    if (y.undecided) printf(", %" PRId64 " values undecided", y.undecided);
    putchar('\n');
    if (y.wrong) return LP_EXIT_BELOW;
    return y.undecided || y.values == 0 ? LP_EXIT_UNDECIDED : LP_EXIT_OK;
}

static int run(const lp_args *args) {
    int status = LP_EXIT_OK;
    if (!args->words) {
        lp_complain("verify what? 'lossproof verify lossproof-out'");
        return LP_EXIT_USAGE;
    }
    lp_error err = {""};
    if (!lp_ref_selftest(&err)) {
        lp_complain("the reference fails its own test, nothing is judged: %s", err.text);
        return LP_EXIT_USAGE;
    }
    for (int i = 0; i < args->words; i++) {
        lp_certificate c;
        char *file = NULL;
        if (lp_read_back(&c, args->word[i], &file))
            status = lp_exit_worse(status, certificate_verified(file, &c));
        else
            status = LP_EXIT_USAGE;
        lp_certificate_clear(&c);
        free(file);
    }
    return status;
}

const lp_command lp_verify_command = {"verify",
                                      "CERTIFICATE...",
                                      "Compute a certificate's figures again, without the subject",
                                      text,
                                      NULL,
                                      0,
                                      run};
