/* `lossproof list`: what there is, one a line. */
#include "cli/cli.h"
#include "cli/mutants.h"
#include "core/claims.h"
#include "core/format.h"
#include "core/op.h"
#include "host/host.h"
#include "props/props/conventions.h"
#include "props/props/formulas.h"
#include "props/props/property.h"

#include <string.h>

static const char text[] = "The first word of a line is the name that options take.\n";

static const char *label_name(lp_label_kind kind) {
    static const char *const name[] = {[LP_LABEL_NONE] = "",
                                       [LP_LABEL_CLASS] = "label",
                                       [LP_LABEL_BINARY] = "label(0,1)",
                                       [LP_LABEL_SIGN] = "label(-1,1)",
                                       [LP_LABEL_MAYBE] = "label?"};
    return name[kind];
}

/* "; lead name name", nothing where there is no bit. */
static void put_params(const char *lead, uint64_t bits) {
    for (int p = 0, n = 0; p < LP_PARAM_COUNT; p++)
        if (bits >> p & 1) printf("%s%s", n++ ? " " : lead, lp_param_name((lp_param)p));
}

/* Inputs that an operation requires, then its options. */
static void put_inputs(const lp_op_info *info) {
    const char *label = label_name(info->label);
    fputs("  [", stdout);
    for (int i = 0, n = 0; i < LP_IN_COUNT; i++)
        if (info->required >> i & 1) printf("%s%s", n++ ? " " : "", lp_in_name((lp_in)i));
    printf("%s%s", *label ? " " : "", label);
    put_params("; options ", info->built ? info->built_params : info->params);
    if (info->built) put_params("; not yet ", info->params & ~info->built_params);
}

/* What docs/implementation.md bounds before anything is rounded. */
static void put_first_phase(const lp_op_info *info) {
    static const char *const what[] = {"value", "gradient"};
    for (int i = 0, n = 0; i < 2; i++)
        if (info->first_phase[i] > 0)
            printf("%s%s 0.5+2^-%g", n++ ? ", " : "; first phase in ulp: ", what[i],
                   info->first_phase[i]);
}

/* What our own library declares of an operation in binary64, beside what is built. */
static void put_lacking(const lp_host *ours, const lp_op_info *info, lp_op op) {
    const lp_host_info *h = ours ? lp_host_describe(ours) : NULL;
    const lp_host_entry *mine = NULL;
    for (int i = 0; h && i < h->entries; i++)
        if (h->entry[i].op == op && h->entry[i].format == LP_BINARY64) mine = &h->entry[i];
    if (h && info->built && !mine) fputs("; not in builtin:accurate", stdout);
    if (mine) put_params("; builtin:accurate lacks ", info->built_params & ~mine->params);
    if (mine) put_first_phase(info);
    puts("]");
}

static int list_ops(void) {
    int built = 0;
    lp_error err = {""};
    lp_host *ours = NULL;
    if (lp_host_open(&ours, "builtin:accurate", NULL, &err) != LP_HOST_OK)
        printf("# builtin:accurate is not here, what it lacks is not shown: %s\n", err.text);
    for (int i = 0; i < LP_OP_COUNT; i++) {
        const lp_op_info *info = lp_op_get((lp_op)i);
        built += info->built;
        printf("%-18s %c  %-10s %s", info->name, info->group, info->built ? "built" : "not built",
               info->formula);
        put_inputs(info);
        put_lacking(ours, info, (lp_op)i);
    }
    lp_host_close(ours);
    printf("# groups: A on probabilities, B links on logits, C losses on logits\n"
           "# first phase: plain rows of builtin:accurate in binary64, before what is not sure is "
           "computed again; the results are rounded correctly\n"
           "# %d operations: %d built, %d not built (refused by name)\n",
           LP_OP_COUNT, built, LP_OP_COUNT - built);
    return LP_EXIT_OK;
}

static int list_properties(void) {
    for (int i = 0; i < lp_property_count; i++) {
        const lp_property *p = lp_properties[i];
        printf("%-20s %2d  %s  [", p->name, p->number, p->claim);
        for (int k = 0; k < p->op_count; k++)
            printf("%s%s", k ? " " : "", lp_op_get(p->ops[k])->name);
        puts("]");
    }
    return LP_EXIT_OK;
}

static int list_formats(void) {
    for (int i = 0; i < LP_FORMAT_COUNT; i++) {
        const lp_format *f = lp_format_get((lp_format_id)i);
        printf("%-10s p %2d  emin %5d  emax %4d  max %a  least %a%s\n", f->name, f->p, f->emin,
               f->emax, f->max, f->least, f->has_inf ? "" : "  no infinity");
    }
    return LP_EXIT_OK;
}

static int list_subjects(void) {
    static const char *const rows[][2] = {
        {"builtin:accurate", "our own double-double library (impl/)"},
        {"builtin:textbook", "max shift and libm: the formula of the textbooks"},
        {"builtin:naive", "log of softmax, no shift: what people write first"},
        {"builtin:onednn", "oneDNN's log-softmax in binary32 (needs libdnnl at build time)"},
        {"mutant:NAME", "planted faults, 'lossproof list mutants'"},
        {"PATH.so", "any shared object that exports lossproof_subject_v1"},
        {"cmd:PROGRAM ARGS", "any program that speaks docs/cmd-protocol.md"},
    };
    for (int i = 0; i < LP_COUNT(rows); i++) printf("%-18s %s\n", rows[i][0], rows[i][1]);
    puts("# In this repository, for 'cmd:/usr/bin/python3 FILE' ('./dev certify torch', 'scipy', "
         "'seeds'):\n"
         "# subjects/python/torch_subject.py               PyTorch\n"
         "# subjects/python/callable_subject.py FILE NAME  one function on tensors, on any device\n"
         "# subjects/python/scipy_subject.py [composed]    scipy.special; losses composed of it\n"
         "# subjects/python/seeds_subject.py NAME          the code of the texts; no NAME: a list");
    return LP_EXIT_OK;
}

static int list_mutants(void) {
    for (int i = 0; i < lp_mutant_count; i++)
        printf("%-24s %c %3d  %-14s %s [%s]\n", lp_mutants[i].name, lp_mutants[i].letter,
               lp_mutants[i].number, lp_mutants[i].op, lp_mutants[i].note, lp_mutants[i].thread);
    return LP_EXIT_OK;
}

static int list_conventions(void) {
    for (int i = 0; i < lp_convention_count; i++)
        printf("%-26s %s\n", lp_conventions[i].name, lp_conventions[i].says);
    return LP_EXIT_OK;
}

static int list_formulas(void) {
    for (int i = 0; i < lp_formula_count; i++)
        printf("%-28s %-13s %-6s %s; better: %s\n", lp_formulas[i].name,
               lp_op_get(lp_formulas[i].op)->name, lp_out_name(lp_formulas[i].out),
               lp_formulas[i].says, lp_formulas[i].advice);
    return LP_EXIT_OK;
}

/* Section 6 of the specification; tests/ref/t_claims.c computes every row. */
static int list_claims(void) {
    int right = 0;
    for (int i = 0; i < lp_claim_count; i++) {
        const lp_claim *c = &lp_claims[i];
        right += c->right;
        printf("%s  %-5s  %-58s says %-10s  exact %s\n", c->text, c->right ? "true" : "FALSE",
               c->what, c->says, c->exact);
    }
    printf("# %d numeric claims of the texts: %d true at the digits printed, %d false\n",
           lp_claim_count, right, lp_claim_count - right);
    return LP_EXIT_OK;
}

static int run(const lp_args *args) {
    static const struct {
        const char *what;
        int (*list)(void);
    } rows[] = {{"ops", list_ops},
                {"properties", list_properties},
                {"subjects", list_subjects},
                {"formats", list_formats},
                {"mutants", list_mutants},
                {"claims", list_claims},
                {"conventions", list_conventions},
                {"formulas", list_formulas}};
    for (int i = 0; i < LP_COUNT(rows) && args->words == 1; i++)
        if (!strcmp(args->word[0], rows[i].what)) return rows[i].list();
    lp_complain(
        "list what? ops, properties, subjects, formats, mutants, claims, conventions or formulas");
    return LP_EXIT_USAGE;
}

const lp_command lp_list_command = {
    "list",
    "ops|properties|subjects|formats|mutants|claims|conventions|formulas",
    "List what there is, one a line",
    text,
    NULL,
    0,
    run};
