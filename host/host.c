#include "host/host.h"

#include "core/memory.h"
#include "host/inside.h"
#include "host/layout.h"
#include "host/note.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *text_or_empty(const char *text) {
    return text ? text : "";
}

static void describe(lp_host *h) {
    const lp_declared *d = &h->declared;
    h->info.spec = h->spec.spec;
    h->info.path = h->spec.path;
    h->info.name = text_or_empty(d->name);
    h->info.version = text_or_empty(d->version);
    h->info.conventions = text_or_empty(d->conventions);
    h->info.entry = d->entry;
    h->info.entries = d->entries;
    h->info.unknown = d->unknown;
    h->info.unknowns = d->unknowns;
    h->info.load_ftz = h->load_ftz;
    h->info.load_rounding = h->load_rounding;
    h->info.load_note = h->load_note;
    lp_spec_digest(h->info.digest, &h->spec);
}

lp_host_result lp_host_open(lp_host **h, const char *spec, const lp_host_options *options,
                            lp_error *err) {
    lp_host *made = lp_memory_zeros(1, sizeof *made);
    made->why = lp_memory_zeros(LP_WHY_SIZE, 1);
    if (options) made->options = *options;
    if (!(made->options.timeout > 0)) made->options.timeout = 10;
    lp_host_result result = LP_HOST_CANNOT;
    if (lp_spec_resolve(&made->spec, spec, made->options.libdir, err)) {
        made->options.libdir = NULL; /* the caller's string; not needed again */
        made->backend = made->spec.argv ? &lp_backend_command : &lp_backend_shared;
        result = made->backend->open(made, err);
    }
    *h = result == LP_HOST_OK ? made : NULL;
    if (result == LP_HOST_OK)
        describe(made);
    else
        lp_host_close(made);
    return result;
}

void lp_host_close(lp_host *h) {
    if (!h) return;
    if (h->backend) h->backend->close(h);
    lp_declared_clear(&h->declared);
    lp_spec_clear(&h->spec);
    free(h->why);
    free(h);
}

const lp_host_info *lp_host_describe(const lp_host *h) {
    return &h->info;
}

const lp_host_entry *lp_host_accepts(const lp_host *h, const lp_case *c, const char **why) {
    int i = lp_declared_accepts(&h->declared, c, h->why, LP_WHY_SIZE);
    if (why) *why = h->why;
    return i >= 0 ? &h->declared.entry[i] : NULL;
}

/* What of `how` the entry does not offer; NULL: all well. */
static const char *cannot_how(const lp_host_entry *e, const lp_case *c, const lp_host_how *how,
                              uint32_t offered) {
    bool overlay = c->in[LP_IN_LOGITS] && (offered & LP_OUT_BIT(LP_OUT_GRAD));
    if (how->in_place && !(e->flags & LP_FLAG_IN_PLACE)) return "in-place gradient not declared";
    if (how->in_place && !overlay) return "no gradient over logits in this case";
    if (how->in_place && lp_case_param(c, LP_PARAM_ACCUMULATE) == 1)
        return "a gradient over the logits cannot be added to";
    if (how->at_once && (e->flags & LP_FLAG_ONE_THREAD)) return "calls that overlap not declared";
    if (how->outputs & ~offered) return "output not declared";
    if (how->outputs && how->outputs != offered && !(e->flags & LP_FLAG_PARTIAL))
        return "outputs one by one not declared";
    if (how->align < 0 || how->align % lp_format_get(c->format)->bytes)
        return "alignment is not a multiple of the format's size";
    return NULL;
}

static bool not_tested(lp_answer *answer, const char *why) {
    answer->status = LP_E_UNSUPPORTED;
    lp_note(answer, 0, "%s", why);
    return true;
}

bool lp_host_run(lp_host *h, const lp_case *c, const lp_host_how *how, lp_answer *answer,
                 lp_error *err) {
    const lp_host_how plain = {0};
    if (!how) how = &plain;
    lp_answer_clear(answer);
    int entry = lp_declared_accepts(&h->declared, c, h->why, LP_WHY_SIZE);
    if (entry < 0) return not_tested(answer, h->why);
    const lp_host_entry *e = &h->declared.entry[entry];
    uint32_t offered = e->outputs & lp_plan_case_outputs(c);
    const char *why = cannot_how(e, c, how, offered);
    if (why) return not_tested(answer, why);
    uint32_t outputs = how->outputs ? how->outputs : offered;
    h->cut = false;
    if (!h->backend->run(h, c, entry, outputs, how, answer, err)) return false;
    if (h->cut) { /* whatever it had said, the subject was not given its time */
        lp_answer_clear(answer);
        return not_tested(answer, "interrupted");
    }
    if (h->load_ftz) lp_note(answer, LP_FIND_LOAD_FTZ, "loading changed the arithmetic");
    if (h->load_rounding)
        lp_note(answer, LP_FIND_LOAD_ROUNDING, "loading changed the rounding mode");
    return true;
}
