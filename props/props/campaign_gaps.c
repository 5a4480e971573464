/* What is declared or known and not tried: an omission that is told is no pass. */
#include "props/props/campaign_run.h"

bool lp_campaign_format_built(lp_format_id format) {
    return format < LP_SUBJECT_FORMATS;
}

static void parameter_gaps(lp_certificate *cert, const lp_op_info *op, const char *format,
                           const lp_host_entry *e) {
    for (int k = 0; k < LP_PARAM_COUNT; k++) {
        uint64_t bit = LP_PARAM_BIT(k);
        const char *name = lp_param_name((lp_param)k);
        if (!(op->params & bit)) continue;
        if (e->params & bit & ~op->built_params)
            lp_certificate_not_tested(cert,
                                      "%s %s: parameter %s is declared, but not built in this "
                                      "version",
                                      op->name, format, name);
        if (!(e->params & bit) && (op->built_params & bit))
            lp_certificate_not_tested(cert, "%s %s: parameter %s not declared", op->name, format,
                                      name);
    }
}

static void reduction_gaps(lp_certificate *cert, const lp_op_info *op, const char *format,
                           const lp_host_entry *e) {
    if (!(e->reductions & op->built_reductions))
        lp_certificate_not_tested(cert, "%s %s: no reduction declared, not even none: never called",
                                  op->name, format);
    for (int r = LP_REDUCE_NONE; r <= LP_REDUCE_MEAN; r++)
        if (e->reductions & ~op->built_reductions & LP_REDUCE_BIT(r))
            lp_certificate_not_tested(cert,
                                      "%s %s: reduction %s is declared, but not built in this "
                                      "version",
                                      op->name, format, lp_reduction_name((lp_reduction)r));
}

static void layout_gaps(lp_certificate *cert, const lp_op_info *op, const char *format,
                        const lp_host_entry *e) {
    bool logits = op->in[LP_IN_LOGITS] == LP_SHAPE_NK && !op->scalar;
    if (logits && !(e->flags & LP_FLAG_STRIDED))
        lp_certificate_not_tested(cert, "%s %s: padded rows (stride > k) not declared", op->name,
                                  format);
    if (logits && !(e->flags & LP_FLAG_IN_PLACE))
        lp_certificate_not_tested(cert, "%s %s: gradient in place of the logits not declared",
                                  op->name, format);
}

bool lp_campaign_saw(const lp_certificate *cert, lp_op op, lp_format_id format, lp_out out) {
    for (int i = 0; i < cert->findings; i++) {
        const lp_finding_row *f = &cert->finding[i];
        /* A call that died gave no number, and the finding speaks for every output. */
        if (f->op == op && f->format == format && !(f->finding & LP_FIND_REPORTED)) return true;
    }
    for (int i = 0; i < cert->rows; i++) {
        const lp_output_row *r = &cert->row[i];
        if (r->op == op && r->format == format && r->out == out) return r->components > 0;
    }
    return false;
}

void lp_campaign_gaps(lp_certificate *cert, const lp_host_entry *entry) {
    const lp_op_info *op = lp_op_get(entry->op);
    const char *format = lp_format_get(entry->format)->name;
    if (!op->built || !lp_campaign_format_built(entry->format)) {
        lp_certificate_not_tested(cert, "%s %s: declared, but not built in this version", op->name,
                                  format);
        return;
    }
    reduction_gaps(cert, op, format, entry);
    for (int k = 0; k < op->out_count; k++)
        if (!(entry->outputs & LP_OUT_BIT(op->out[k].role)))
            lp_certificate_not_tested(cert, "%s %s: output %s not declared", op->name, format,
                                      lp_out_name(op->out[k].role));
    if (entry->flags & LP_FLAG_ONE_THREAD)
        lp_certificate_not_tested(cert, "calls from two threads at once not declared");
    parameter_gaps(cert, op, format, entry);
    layout_gaps(cert, op, format, entry);
}
