/* `lossproof vectors`: cases with their exact answers, for people who have JSON and not lossproof.
 */
#include "cli/cases.h"
#include "cli/certify_files.h"
#include "cli/cli.h"
#include "cli/drawn.h"
#include "cli/progress.h"
#include "cli/vector.h"
#include "reports/atomic_write.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const lp_option options[] = {
    LP_DRAWN_OPTIONS("500", "64"),
    {"cases", "FILE", false, "case lines or counterexamples in place of generated cases"},
    {"rounding", "MODE", true,
     "nearest (default; cases of --cases have their own), zero, up, down"},
    {"digits", "N", false, "decimals of the exact answers (40)"},
    {"out", "PATH", false,
     "a directory (lossproof-vectors); FILE.json or - (standard output) for one document"},
    {"force", NULL, false, "write into an existing directory, over an existing file"},
};

static const char text[] =
    "Writes one JSON document for each operation, format and rounding, and the schema of them all\n"
    "beside it. Each vector is a case (docs/case-format.md), its regime and tags, the correctly\n"
    "rounded answer, the numbers of the format below and above the exact one, and its decimals.\n"
    "Who reads them needs a JSON parser and no lossproof (docs/vectors.md). The same options give\n"
    "the same bytes. A case whose answer is not settled is left out and counted (exit status "
    "4).\n\n"
    "  lossproof vectors --op softmax_xent --format binary32 --out xent.json\n"
    "  lossproof vectors --param all --reduction mean --out vectors\n"
    "  lossproof vectors --cases lossproof-out/counterexamples.jsonl --out regressions\n";

typedef struct vectors {
    lp_drawn drawn;
    lp_case_list given; /* --cases */
    const char *cases, *out;
    bool force, asked[LP_ROUNDING_COUNT];
    int digits, documents;
    int status;
    int64_t done, all; /* cases */
    lp_progress progress;
    /* of the document at hand */
    lp_vectors v;
    char what[96];
} vectors;

/* ---- options ---- */

static bool ends_with(const char *word, const char *ending) {
    size_t length = strlen(word), end = strlen(ending);
    return length > end && !strcmp(word + length - end, ending);
}

static bool to_one(const vectors *j) {
    return !strcmp(j->out, "-") || ends_with(j->out, ".json");
}

static bool roundings_taken(vectors *j, const lp_args *args) {
    const char *const *value;
    int n = lp_args_all(args, "rounding", &value);
    for (int i = 0; i < n; i++) {
        lp_rounding mode;
        if (!lp_rounding_by_name(&mode, value[i])) {
            lp_complain("--rounding %s: one of nearest, zero, up, down", value[i]);
            return false;
        }
        j->asked[mode] = true;
    }
    if (n == 0 && !j->cases) j->asked[LP_ROUND_NEAREST] = true;
    return true;
}

/* What is about cases that are drawn says nothing about cases that are given. */
static bool apart(const lp_args *args) {
    static const lp_option drawn[] = {LP_DRAWN_OPTIONS("", "")};
    for (int i = 0; i < LP_COUNT(drawn); i++)
        if (lp_args_get(args, drawn[i].name)) {
            lp_complain("--cases and --%s: the one or the other", drawn[i].name);
            return false;
        }
    return true;
}

static bool place_free(const vectors *j) {
    if (!to_one(j)) return lp_directory_free(j->out, j->force, false);
    if (!strcmp(j->out, "-") || j->force || access(j->out, F_OK) != 0) return true;
    lp_complain("%s exists; --force overwrites it, --out names another", j->out);
    return false;
}

static bool options_taken(vectors *j, const lp_args *args) {
    int64_t digits = 40;
    const char *out = lp_args_get(args, "out");
    j->cases = lp_args_get(args, "cases");
    j->out = out ? out : "lossproof-vectors";
    j->force = lp_args_get(args, "force") != NULL;
    if (args->words) {
        lp_complain("vectors takes no argument '%s'; 'lossproof vectors --help'", args->word[0]);
        return false;
    }
    if (j->cases && !apart(args)) return false;
    if (!lp_drawn_taken(&j->drawn, args) || !roundings_taken(j, args) ||
        !lp_args_i64(&digits, args, "digits", 2))
        return false;
    if (digits > 10000) {
        lp_complain("--digits %lld: at most 10000", (long long)digits);
        return false;
    }
    j->digits = (int)digits;
    return true;
}

/* ---- a document ---- */

/* An array parameter has its scalar's name. */
static bool named_before(const lp_op_info *info, int p) {
    for (int i = 0; i < p; i++)
        if (info->built_params & LP_PARAM_BIT(i) &&
            !strcmp(lp_param_name((lp_param)i), lp_param_name((lp_param)p)))
            return true;
    return false;
}

/* Of what the document depends on, and no more: what else was asked for beside it does not show. */
static char *command_of(const vectors *j, lp_op op, lp_format_id format, lp_rounding mode) {
    const lp_op_info *info = lp_op_get(op);
    lp_text t = {0};
    lp_text_format(&t, "lossproof vectors --op %s --format %s --rounding %s", info->name,
                   lp_format_get(format)->name, lp_rounding_name(mode));
    for (int p = 0; p < LP_PARAM_COUNT; p++)
        if (j->drawn.params & info->built_params & LP_PARAM_BIT(p) && !named_before(info, p))
            lp_text_format(&t, " --param %s", lp_param_name((lp_param)p));
    for (int r = 0; r < 3; r++)
        if (j->drawn.reductions & info->built_reductions & LP_REDUCE_BIT(r))
            lp_text_format(&t, " --reduction %s", lp_reduction_name((lp_reduction)r));
    lp_text_format(&t, " --evals %" PRId64 " --max-k %" PRId64 " --seed %" PRIu64 " --digits %d",
                   j->drawn.evals, j->drawn.max_k, j->drawn.seed, j->digits);
    return lp_text_take(&t);
}

static bool put(void *ctx, lp_case *c, int64_t number) {
    vectors *j = ctx;
    lp_error err = {""};
    if (!j->cases) {
        free(c->tags); /* the regime, which stands beside the case */
        c->tags = NULL;
    }
    if (!lp_vector_add(&j->v, c, number, j->digits, &err)) {
        lp_complain("%s: case %lld: %s", j->what, (long long)number, err.text);
        j->status = lp_exit_worse(j->status, LP_EXIT_USAGE);
    }
    lp_progress_step(&j->progress, ++j->done, j->all, j->what);
    return true;
}

static bool given_in(const vectors *j, int i, lp_op op, lp_format_id format, lp_rounding mode) {
    const lp_case *c = &j->given.item[i];
    bool by_case = !j->asked[0] && !j->asked[1] && !j->asked[2] && !j->asked[3];
    return c->op == op && c->format == format && (by_case ? c->rounding == mode : j->asked[mode]);
}

/* Numbered by their place among the given ones, so that a vector is found again in its file. */
static void put_given(vectors *j, lp_op op, lp_format_id format, lp_rounding mode) {
    for (int i = 0; i < j->given.count; i++) {
        if (!given_in(j, i, op, format, mode)) continue;
        lp_case c;
        lp_case_copy(&c, &j->given.item[i]);
        put(j, &c, i + 1);
        lp_case_clear(&c);
    }
}

/* "DIR/softmax_xent-binary64-up.json", malloc'd. */
static char *path_of(const vectors *j, lp_op op, lp_format_id format, lp_rounding mode) {
    char name[96];
    snprintf(name, sizeof name, "%s-%s%s%s", lp_op_get(op)->name, lp_format_get(format)->name,
             mode == LP_ROUND_NEAREST ? "" : "-",
             mode == LP_ROUND_NEAREST ? "" : lp_rounding_name(mode));
    return lp_path_of(j->out, name, ".json");
}

static bool store(vectors *j, const char *path, const char *data) {
    lp_error err = {""};
    if (lp_write_file(path, data, strlen(data), &err)) return true;
    lp_complain("%s", err.text);
    j->status = LP_EXIT_USAGE;
    return false;
}

static void make(vectors *j, lp_op op, lp_format_id format, lp_rounding mode) {
    char *command = NULL;
    lp_text from = {0};
    if (j->cases) {
        lp_text_format(&from, "lossproof vectors --cases FILE --digits %d", j->digits);
        command = lp_text_take(&from);
    } else {
        command = command_of(j, op, format, mode);
    }
    j->v = (lp_vectors){.tool = "lossproof " LP_VERSION,
                        .command = command,
                        .op = op,
                        .format = format,
                        .rounding = mode,
                        .seed = j->cases ? NULL : &j->drawn.seed};
    snprintf(j->what, sizeof j->what, "%s %s %s", lp_op_get(op)->name, lp_format_get(format)->name,
             lp_rounding_name(mode));
    if (j->cases)
        put_given(j, op, format, mode);
    else
        lp_drawn_each(&j->drawn, op, format, put, j);
    char *whole = lp_vectors_print(&j->v), *path = to_one(j) ? NULL : path_of(j, op, format, mode);
    lp_progress_end(&j->progress);
    if (!strcmp(j->out, "-"))
        fputs(whole, stdout);
    else if (store(j, path ? path : j->out, whole))
        printf("%-40s %6" PRId64 " vectors, %" PRId64 " undecided\n", j->what, j->v.count,
               j->v.undecided);
    if (j->v.undecided) j->status = lp_exit_worse(j->status, LP_EXIT_UNDECIDED);
    free(path);
    free(whole);
    free(command);
    lp_vectors_clear(&j->v);
}

/* ---- all of them ---- */

/* Cases of the document, 0: it is not asked for. */
static int64_t cases_of(const vectors *j, lp_op op, lp_format_id format, lp_rounding mode) {
    int64_t n = 0;
    if (!j->cases)
        return j->asked[mode] && lp_drawn_wanted(&j->drawn, op, format) ? j->drawn.evals : 0;
    for (int i = 0; i < j->given.count; i++) n += given_in(j, i, op, format, mode);
    return n;
}

typedef void (*each_fn)(vectors *j, lp_op op, lp_format_id format, lp_rounding mode);

static void each_document(vectors *j, each_fn f) {
    for (int o = 0; o < LP_OP_COUNT; o++)
        for (int k = 0; k < LP_FORMAT_COUNT; k++)
            for (int r = 0; r < LP_ROUNDING_COUNT; r++)
                if (cases_of(j, (lp_op)o, (lp_format_id)k, (lp_rounding)r) > 0)
                    f(j, (lp_op)o, (lp_format_id)k, (lp_rounding)r);
}

static void count(vectors *j, lp_op op, lp_format_id format, lp_rounding mode) {
    j->documents++;
    j->all += cases_of(j, op, format, mode);
}

/* Two runs side by side would be taken for one: the older documents of these names go first. */
static void forget(vectors *j, lp_op op, lp_format_id format, lp_rounding mode) {
    char *path = path_of(j, op, format, mode);
    unlink(path);
    free(path);
}

static bool place_made(vectors *j) {
    if (to_one(j)) return true;
    if (!lp_directory_made(j->out)) return false;
    each_document(j, forget);
    char *path = lp_path_of(j->out, LP_VECTORS_SCHEMA, "");
    bool stored = store(j, path, lp_vectors_schema);
    free(path);
    return stored;
}

static int written(vectors *j) {
    each_document(j, count);
    if (j->documents == 0) {
        lp_complain("no case to make a vector of");
        return LP_EXIT_USAGE;
    }
    if (to_one(j) && j->documents > 1) {
        lp_complain("--out %s holds one document, and %d are asked for: name a directory", j->out,
                    j->documents);
        return LP_EXIT_USAGE;
    }
    if (!place_free(j) || !place_made(j)) return LP_EXIT_USAGE;
    lp_progress_start(&j->progress);
    each_document(j, make);
    if (strcmp(j->out, "-") != 0 && j->status != LP_EXIT_USAGE) puts(j->out);
    return j->status;
}

static int run(const lp_args *args) {
    vectors j = {.drawn = {.evals = 500, .max_k = 64}};
    if (!options_taken(&j, args)) return LP_EXIT_USAGE;
    if (j.cases && !lp_cases_load(&j.given, j.cases)) return LP_EXIT_USAGE;
    int status = written(&j);
    if (j.given.bad) status = lp_exit_worse(status, LP_EXIT_USAGE);
    lp_cases_free(&j.given);
    return status;
}

const lp_command lp_vectors_command = {
    "vectors", "[OPTION...]", "Write test vectors for use without this software",
    text,      options,       LP_COUNT(options),
    run};
