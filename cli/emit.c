/* `lossproof cases`: the campaign's cases as lines, for a subject that runs elsewhere. */
#include "cli/asked.h"
#include "cli/certify.h"
#include "cli/cli.h"
#include "core/case_text.h"
#include "core/memory.h"
#include "props/props/source.h"

#include <stdlib.h>
#include <string.h>

static const lp_option options[] = {
    {"op", "OP", true, "only this operation; default all that are built"},
    {"format", "FORMAT", true, "binary64 (default), binary32, binary16, bfloat16"},
    {"param", "NAME", true, "a parameter that cases may have, or all; default none"},
    {"reduction", "NAME", true, "none (default), sum, mean"},
    {"evals", "N", false, "cases of each operation and format (1000)"},
    {"max-k", "K", false, "most classes (1000)"},
    {"seed", "N", false, "seed of all random choices (1)"},
};

static const char text[] =
    "Writes the cases that certify would try, special and structured ones first, to standard\n"
    "output. Where the implementation cannot be reached from here (a GPU, another machine), "
    "answer\n"
    "them there, one line each (docs/case-format.md), and let `lossproof judge` read both "
    "files.\n\n"
    "  lossproof cases --op softmax_xent --format binary32 > cases.jsonl\n"
    "  lossproof judge cases.jsonl answers.jsonl --level accurate\n";

typedef struct emit {
    uint64_t seed, params;
    uint32_t reductions;
    int64_t evals, max_k, written;
    lp_asked named;
} emit;

static bool params_taken(emit *e, const lp_args *args) {
    const char *const *value;
    for (int i = 0, n = lp_args_all(args, "param", &value); i < n; i++) {
        uint64_t bits = strcmp(value[i], "all") ? 0 : LP_PARAM_BIT(LP_PARAM_COUNT) - 1;
        for (int p = 0; p < LP_PARAM_COUNT; p++)
            if (!strcmp(value[i], lp_param_name((lp_param)p))) bits |= LP_PARAM_BIT(p);
        if (!bits) {
            lp_complain("--param %s: no such parameter", value[i]);
            return false;
        }
        e->params |= bits;
    }
    return true;
}

static bool reductions_taken(emit *e, const lp_args *args) {
    const char *const *value;
    int n = lp_args_all(args, "reduction", &value);
    if (n == 0) e->reductions = LP_REDUCE_BIT(LP_REDUCE_NONE);
    for (int i = 0; i < n; i++) {
        lp_reduction r;
        if (!lp_reduction_by_name(&r, value[i])) {
            lp_complain("--reduction %s: none, sum or mean", value[i]);
            return false;
        }
        e->reductions |= LP_REDUCE_BIT(r);
    }
    return true;
}

static bool generated(lp_format_id format) {
    return format < LP_SUBJECT_FORMATS;
}

static bool wanted(const emit *e, lp_op op, lp_format_id format) {
    bool by_default = e->named.formats == 0 && format == LP_BINARY64;
    bool named = e->named.formats > 0 && lp_asked_format(&e->named, format);
    return lp_op_get(op)->built && lp_asked_op(&e->named, op) && (named || by_default);
}

/* What was asked for by name is taken by each operation that was named, or by one at least where
 * none was: nothing is left out in silence. */
static bool taken(const emit *e, const char *option, const char *value,
                  bool (*takes)(const lp_op_info *, const char *)) {
    const char *lacks = NULL;
    int takers = 0;
    for (int o = 0; o < LP_OP_COUNT; o++) {
        const lp_op_info *info = lp_op_get((lp_op)o);
        if (!info->built || !lp_asked_op(&e->named, (lp_op)o)) continue;
        takers += takes(info, value);
        if (!takes(info, value)) lacks = info->name;
    }
    if (!lacks || (e->named.ops == 0 && takers > 0)) return true;
    lp_complain("--%s %s: not of %s; 'lossproof list ops'", option, value,
                e->named.ops ? lacks : "any operation");
    return false;
}

static bool takes_param(const lp_op_info *info, const char *name) {
    if (!strcmp(name, "all")) return true;
    for (int p = 0; p < LP_PARAM_COUNT; p++)
        if (info->built_params >> p & 1 && !strcmp(name, lp_param_name((lp_param)p))) return true;
    return false;
}

static bool takes_reduction(const lp_op_info *info, const char *name) {
    lp_reduction r;
    return lp_reduction_by_name(&r, name) && (info->built_reductions & LP_REDUCE_BIT(r));
}

static bool all_taken(const emit *e, const lp_args *args) {
    const char *const *value;
    for (int i = 0; i < e->named.formats; i++) {
        if (generated(e->named.format[i])) continue;
        lp_complain("--format %s: no subject computes in it",
                    lp_format_get(e->named.format[i])->name);
        return false;
    }
    for (int i = 0, n = lp_args_all(args, "param", &value); i < n; i++)
        if (!taken(e, "param", value[i], takes_param)) return false;
    for (int i = 0, n = lp_args_all(args, "reduction", &value); i < n; i++)
        if (!taken(e, "reduction", value[i], takes_reduction)) return false;
    return true;
}

static void put(emit *e, lp_case *c) {
    char id[32];
    snprintf(id, sizeof id, "%lld", (long long)++e->written);
    free(c->id);
    c->id = lp_memory_text(id);
    char *line = lp_case_print(c);
    puts(line);
    free(line);
}

/* What an operation has not is not asked of it. */
static void put_pair(emit *e, const lp_op_info *info, lp_op op, lp_format_id format) {
    const lp_gen_plan plan = {.op = op,
                              .format = format,
                              .params = e->params & info->built_params,
                              .reductions = e->reductions & info->built_reductions,
                              .max_k = e->max_k,
                              .wide_k = e->max_k};
    lp_source source;
    if (!plan.reductions) return;
    lp_source_open(&source, &plan, e->seed);
    for (int64_t i = 0; i < e->evals && !ferror(stdout); i++) {
        lp_case c;
        char regime[24];
        lp_source_case(&c, regime, &source, i);
        put(e, &c);
        lp_case_clear(&c);
    }
    lp_source_close(&source);
}

static int run(const lp_args *args) {
    emit e = {.seed = 1, .evals = 1000, .max_k = 1000};
    if (args->words) {
        lp_complain("cases takes no argument '%s'; 'lossproof cases --help'", args->word[0]);
        return LP_EXIT_USAGE;
    }
    if (!lp_ops_taken(&e.named, args) || !params_taken(&e, args) || !reductions_taken(&e, args) ||
        !all_taken(&e, args) || !lp_args_i64(&e.evals, args, "evals", 1) ||
        !lp_args_i64(&e.max_k, args, "max-k", 1) || !lp_args_u64(&e.seed, args, "seed"))
        return LP_EXIT_USAGE;
    for (int o = 0; o < LP_OP_COUNT; o++)
        for (int f = 0; f < LP_FORMAT_COUNT; f++)
            if (wanted(&e, (lp_op)o, (lp_format_id)f))
                put_pair(&e, lp_op_get((lp_op)o), (lp_op)o, (lp_format_id)f);
    return LP_EXIT_OK;
}

const lp_command lp_cases_command = {"cases",
                                     "[OPTION...] > CASES",
                                     "Write case lines for a subject that runs elsewhere",
                                     text,
                                     options,
                                     LP_COUNT(options),
                                     run};
