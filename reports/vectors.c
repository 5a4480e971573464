#include "reports/vectors.h"

#include <string.h>

typedef struct note {
    const char *word, *text;
} note;

/* Regimes, as props/props/generate_regime.c names them, and tags, as cli/vector.c does. */
static const note notes[] = {
    {"ordinary", "nothing in particular"},
    {"gamma", "focusing parameters gamma and alpha"},
    {"policy", "advantage or entropy weight given"},
    {"confident", "the right class leads by so much that the loss and its gradient are small"},
    {"wrong_confident", "a wrong class leads by so much that the loss is nearly that lead"},
    {"soft", "targets strictly between 0 and 1"},
    {"one_hot", "a vector with one 1, else 0"},
    {"unnormalised", "a vector that does not sum to 1"},
    {"offset", "all logits share an offset that is large beside their differences"},
    {"near_identical", "two vectors that are nearly equal"},
    {"identical", "two vectors that are equal"},
    {"threshold", "next to a value where the exponential of a format, or a bin, ends"},
    {"near_midpoint", "a loss next to the middle between two numbers of the format"},
    {"cancelling", "terms that cancel nearly"},
    {"ties", "the largest entries of a row are equal"},
    {"kink", "next to or on the kink of a hinge"},
    {"subnormal", "a subnormal or underflowing number takes part or comes out"},
    {"extreme", "entries near the largest number of the format"},
    {"temperature", "temperature given"},
    {"weights", "class weights or positive weights given"},
    {"smoothing", "label smoothing given"},
    {"zeros", "probabilities that are 0 or 1"},
    {"masked", "logits of -inf"},
    {"upstream", "gradients are multiplied by numbers from above"},
    {"reduced", "a sum or mean over the rows"},
    {"ignored", "rows that are ignored"},
    {"tall", "many rows"},
    {"wide", "many classes"},
    {"special", "NaN, infinity, or a value outside the operation's domain"},
    {"empty", "no rows, no classes, or every row ignored"},
    {"refused", "the exact answer is an error: the call must fail, and write nothing"},
    {"nan", "an exact answer is NaN"},
    {"infinite", "an exact answer is an infinity"},
    {"overflow", "an exact answer lies next to or beyond the largest number of the format"},
    {"underflow", "an exact answer is not 0 and rounds to 0; a zero of either sign is right"},
    {"subnormal_result", "an answer is subnormal"},
    {"hard", "an exact answer lies within 2^-20 ulp of where its rounding changes"},
    {"segment", "at a kink: every number from down to up is right, the answer is one of them"},
};
enum { NOTES = sizeof notes / sizeof *notes };
_Static_assert(NOTES <= 64, "a bit each");

static void explain(lp_vectors *v, const char *word) {
    for (int i = 0; i < NOTES; i++)
        if (!strcmp(notes[i].word, word)) v->noted |= UINT64_C(1) << i;
}

void lp_vectors_add(lp_vectors *v, int64_t id, const char *regime, const char *const *tag, int tags,
                    const char *kase, const char *answers) {
    lp_text *t = &v->line;
    explain(v, regime);
    lp_text_format(t, "%s{\"id\":%lld,\"regime\":\"%s\",\"tags\":[", v->count ? ",\n" : "",
                   (long long)id, regime);
    for (int i = 0; i < tags; i++) {
        explain(v, tag[i]);
        lp_text_format(t, "%s\"%s\"", i ? "," : "", tag[i]);
    }
    lp_text_add(t, "],\"case\":");
    lp_text_add(t, kase);
    lp_text_add(t, answers);
    lp_text_add(t, "}");
    v->count++;
}

static void add_string(lp_text *t, const char *key, const char *text) {
    lp_text_format(t, ",\n\"%s\": ", key);
    lp_text_json(t, text);
}

static void add_notes(lp_text *t, uint64_t noted) {
    const char *between = "";
    lp_text_add(t, ",\n\"notes\": {");
    for (int i = 0; i < NOTES; i++) {
        if (!(noted >> i & 1)) continue;
        lp_text_format(t, "%s\n  \"%s\": ", between, notes[i].word);
        lp_text_json(t, notes[i].text);
        between = ",";
    }
    lp_text_add(t, *between ? "\n}" : "}");
}

char *lp_vectors_print(const lp_vectors *v) {
    lp_text t = {0};
    lp_text_add(&t, "{\n\"schema\": \"" LP_VECTORS_SCHEMA "\"");
    add_string(&t, "generator", v->tool);
    add_string(&t, "command", v->command);
    add_string(&t, "op", lp_op_get(v->op)->name);
    add_string(&t, "formula", lp_op_get(v->op)->formula);
    add_string(&t, "format", lp_format_get(v->format)->name);
    add_string(&t, "rounding", lp_rounding_name(v->rounding));
    /* As text: a seed may be larger than the whole numbers that JSON readers hold. */
    if (v->seed) lp_text_format(&t, ",\n\"seed\": \"%llu\"", (unsigned long long)*v->seed);
    lp_text_format(&t, ",\n\"count\": %lld,\n\"undecided\": %lld", (long long)v->count,
                   (long long)v->undecided);
    add_notes(&t, v->noted);
    lp_text_add(&t, ",\n\"vectors\": [\n");
    if (v->count) lp_text_bytes(&t, v->line.data, v->line.length);
    lp_text_add(&t, "\n]\n}\n");
    return lp_text_take(&t);
}

void lp_vectors_clear(lp_vectors *v) {
    lp_text_clear(&v->line);
}
