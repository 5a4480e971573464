#include "host/declare.h"

#include "core/accumulation.h"
#include "core/memory.h"
#include "host/layout.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void lp_declared_unknown(lp_declared *d, const char *format, ...) {
    char text[256];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    d->unknown = lp_memory_resize(d->unknown, (size_t)d->unknowns + 1, sizeof *d->unknown);
    d->unknown[d->unknowns++] = lp_memory_text(text);
}

static uint64_t known_bits(lp_declared *d, const lp_raw_entry *raw, const char *what, uint64_t bits,
                           uint64_t known) {
    if (bits & ~known)
        lp_declared_unknown(d, "%s: unknown %s bits 0x%" PRIx64, raw->op, what, bits & ~known);
    return bits & known;
}

void lp_declared_add(lp_declared *d, const lp_raw_entry *raw, uint32_t index) {
    const uint64_t params = LP_PARAM_BIT(LP_PARAM_COUNT) - 1;
    const uint32_t outputs = LP_OUT_BIT(LP_OUT_COUNT) - 1,
                   reductions = LP_REDUCE_BIT(LP_REDUCE_MEAN + 1) - 1,
                   flags = LP_FLAG_STRIDED | LP_FLAG_IN_PLACE | LP_FLAG_LABEL32 | LP_FLAG_PARTIAL |
                           LP_FLAG_ONE_THREAD;
    lp_op op;
    if (!lp_op_by_name(&op, raw->op)) {
        lp_declared_unknown(d, "operation '%s'", raw->op);
        return;
    }
    if (raw->format >= LP_FORMAT_COUNT) {
        lp_declared_unknown(d, "%s: format %u", raw->op, raw->format);
        return;
    }
    if (!raw->callable) {
        lp_declared_unknown(d, "%s: no function", raw->op);
        return;
    }
    size_t n = (size_t)d->entries + 1;
    d->entry = lp_memory_resize(d->entry, n, sizeof *d->entry);
    d->index = lp_memory_resize(d->index, n, sizeof *d->index);
    d->index[d->entries] = index;
    d->entry[d->entries++] = (lp_host_entry){
        .op = op,
        .format = (lp_format_id)raw->format,
        .params = known_bits(d, raw, "parameter", raw->params, params),
        .outputs = (uint32_t)known_bits(d, raw, "output", raw->outputs, outputs),
        .reductions = (uint32_t)known_bits(d, raw, "reduction", raw->reductions, reductions),
        .flags = (uint32_t)known_bits(d, raw, "flag", raw->flags, flags)};
}

void lp_declared_conventions(lp_declared *d, char *text) {
    lp_format_id any;
    d->conventions = text;
    if (text && !lp_accumulation_declared(&any, text, LP_E4M3))
        lp_declared_unknown(d, "conventions '%.120s': accumulation of no known format", text);
}

void lp_declared_clear(lp_declared *d) {
    for (int i = 0; i < d->unknowns; i++) free(d->unknown[i]);
    free(d->unknown);
    free(d->entry);
    free(d->index);
    free(d->name);
    free(d->version);
    free(d->conventions);
    *d = (lp_declared){0};
}

static bool fits_label32(const lp_case *c) {
    for (int64_t i = 0; c->label && i < c->n; i++)
        if (c->label[i] < INT32_MIN || c->label[i] > INT32_MAX) return false;
    return true;
}

/* Why an entry of the right operation and format cannot take the case; true where it can. */
static bool entry_takes(const lp_host_entry *e, const lp_case *c, char *why, size_t room) {
    uint64_t undeclared = c->set & ~e->params;
    const char *what = NULL;
    if (undeclared)
        snprintf(why, room, "parameter %s not declared",
                 lp_param_name((lp_param)__builtin_ctzll(undeclared)));
    else if (!(e->reductions & LP_REDUCE_BIT(c->reduction)))
        snprintf(why, room, "reduction %s not declared", lp_reduction_name(c->reduction));
    else if (!(e->outputs & lp_plan_case_outputs(c)))
        what = "declares none of the operation's outputs";
    else if (c->stride > c->k && !(e->flags & LP_FLAG_STRIDED))
        what = "row stride not declared (padding not tested)";
    else if ((e->flags & LP_FLAG_LABEL32) && !fits_label32(c))
        what = "a label does not fit 32 bits";
    else
        return true;
    if (what) snprintf(why, room, "%s", what);
    return false;
}

int lp_declared_accepts(const lp_declared *d, const lp_case *c, char *why, size_t room) {
    bool op = false;
    why[0] = '\0';
    if (c->rounding != LP_ROUND_NEAREST) { /* no entry can declare another */
        snprintf(why, room, "rounding %s not declared", lp_rounding_name(c->rounding));
        return -1;
    }
    if (lp_plan_largest(c) > LP_SPAN_MAX) {
        snprintf(why, room, "array larger than the host's %" PRId64 " bytes", LP_SPAN_MAX);
        return -1;
    }
    for (int i = 0; i < d->entries; i++) {
        if (d->entry[i].op != c->op) continue;
        op = true;
        if (d->entry[i].format != c->format) continue;
        if (entry_takes(&d->entry[i], c, why, room)) return i;
    }
    if (why[0] == '\0')
        snprintf(why, room, "%s %s not declared", op ? "format" : "operation",
                 op ? lp_format_get(c->format)->name : lp_op_get(c->op)->name);
    return -1;
}
