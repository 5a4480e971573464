#include "sample.h"
#include "check.h"

#include "core/case_text.h"
#include "core/memory.h"

#include <math.h>

static char *case_line(void *ctx) {
    return lp_case_print(ctx);
}

static lp_case logits(lp_op op, lp_format_id format, int64_t k) {
    lp_case c;
    lp_case_init(&c, op);
    c.format = format;
    c.n = 1;
    c.stride = c.k = k;
    double *z = lp_case_alloc(&c, LP_IN_LOGITS);
    for (int64_t i = 0; i < k; i++) z[i] = (double)(100 - 50 * (i % 3));
    if (lp_op_get(op)->label == LP_LABEL_CLASS) lp_case_alloc_label(&c);
    c.source = lp_memory_text(HOSTILE);
    return c;
}

static void add(lp_certificate *c, const lp_case *kase, const char *regime, lp_out out,
                lp_level level, double ulp, double got, double want, int64_t lost) {
    lp_verdict v = {.out = out,
                    .level = level,
                    .at = 0,
                    .components = 10,
                    .correct = 5,
                    .within1 = 8 - lost,
                    .within4 = 9 - lost,
                    .lost = lost,
                    .over_bound = 0.5};
    v.cause = level == LP_LEVEL_CORRECT ? LP_CAUSE_NONE : LP_CAUSE_ERROR;
    v.special = isnan(got);
    if (v.special) v.cause = LP_CAUSE_WRONG_SPECIAL;
    v.worst = (lp_measure){.got = got, .want = want, .ulp_hi = ulp};
    lp_certificate_add(c, kase, regime, &v, case_line, (void *)(uintptr_t)kase);
}

static void histograms(lp_certificate *c) {
    static const lp_part parts[] = {LP_PART_ALL, LP_PART_LABEL};
    for (int i = 0; i < 2; i++) {
        lp_histogram *h = lp_output_row_histogram(&c->row[i]);
        for (int at = 20; at < 60; at += 3)
            h->bucket[LP_AXIS_GAP][parts[i]][at] =
                (lp_bucket){10, 5, 6, at > 44 ? 4 : 0, 0, ldexp(1, at - 8), ldexp(1, at - 6)};
        h->bucket[LP_AXIS_CLASSES][parts[i]][2] = (lp_bucket){20, 1, 2, 3, 4, 5.5, INFINITY};
    }
}

static void rows(lp_certificate *c) {
    lp_case z = logits(LP_OP_SOFTMAX_XENT, LP_BINARY64, 3);
    add(c, &z, "confident", LP_OUT_LOSS, LP_LEVEL_STABLE, 0x1.0000000000001p+53, 0,
        0x1.d23a1d8d5c7d4p-73 /* 1.928...e-22 */, 4);
    add(c, &z, "ordinary", LP_OUT_LOSS, LP_LEVEL_FAITHFUL, 0.7004, 0.25, nextafter(0.25, 1), 0);
    add(c, &z, "ordinary", LP_OUT_GRAD, LP_LEVEL_ACCURATE, 3.1, 0.1234567890123, 0.1234567890125,
        0);
    add(c, &z, HOSTILE, LP_OUT_GRAD, LP_LEVEL_CORRECT, 0, 1, 1, 1);
    lp_case_clear(&z);
    z = logits(LP_OP_LOG_SOFTMAX, LP_BINARY32, 4000);
    add(c, &z, "wide", LP_OUT_VALUE, LP_LEVEL_FAIL, 0, NAN, -3.5, 0);
    lp_certificate_add_finding(c, &z, LP_FIND_CRASH, HOSTILE);
    lp_certificate_add_finding(c, &z, LP_FIND_ERRNO, "ERANGE");
    lp_case_clear(&z);
    lp_output_row_regime(&c->row[0], "confident")->condition = c->row[0].worst.condition = 150;
    lp_output_row_regime(&c->row[0], "confident")->max_condition = 1234.5;
    lp_output_row_regime(&c->row[0], "confident")->sampled = 1;
    lp_output_row_regime(&c->row[0], "ordinary")->void_bound = 1;
    c->row[0].worst.exact = lp_memory_text("1.928749847963917783017386438173810e-22");
    c->row[1].worst.exact = lp_memory_text(HOSTILE);
    histograms(c);
}

static void reaches(lp_certificate *c) {
    lp_reach_row *r = lp_certificate_reach(c, LP_OP_SOFTMAX_XENT, LP_BINARY64, LP_OUT_GRAD,
                                           LP_PART_LABEL, LP_WAY_AHEAD);
    r->tried_from = 0.125;
    r->tried_to = 800;
    r->probes = 77;
    r->holds[LP_REACH_ACCURATE] = 2.5;
    r->fails[LP_REACH_ACCURATE] = 2.6;
}

static void properties(lp_certificate *c) {
    lp_property_row *p = lp_certificate_property(c, "grad_sum", LP_OP_SOFTMAX_XENT, LP_BINARY64);
    *p = (lp_property_row){.name = "grad_sum", .number = 3, .op = p->op, .tried = 12, .unmet = 3};
    p->broken = p->broken_at[LP_LEVEL_CORRECT] = 2;
    p = lp_certificate_property(c, "gibbs", LP_OP_KL_DIV, LP_BINARY32);
    p->number = 2;
    p->unmet = 7;
    p = lp_certificate_property(c, "shift_invariance", LP_OP_SOFTMAX_XENT, LP_BINARY64);
    p->number = 1;
    p->tried = 1000;
    p->outputs = LP_OUT_BIT(LP_OUT_LOSS) | LP_OUT_BIT(LP_OUT_GRAD);
}

static void counterexamples(lp_certificate *c) {
    lp_counterexample x = {.id = "ce-0123456789abcdef",
                           .origin = "accuracy:loss",
                           .op = LP_OP_SOFTMAX_XENT,
                           .level = LP_LEVEL_FINITE,
                           .got = 0,
                           .want = 0x1.d23a1d8d5c7d4p-73,
                           .found_at = 17,
                           .shrinks = 4};
    char *line = c->row[0].worst.case_line;
    x.case_line = x.original = line;
    x.message = (char[]){"loss[0] is 0 where 1.9287e-22 is exact " HOSTILE};
    x.exact = (char[]){"1.928749847963917783017386438173810e-22"};
    lp_certificate_add_counterexample(c, &x);
    snprintf(x.id, sizeof x.id, "ce-fedcba9876543210");
    snprintf(x.origin, sizeof x.origin, "finding:crash");
    x.at = -1;
    x.exact = NULL;
    x.level = LP_LEVEL_ACCURATE;
    lp_certificate_add_counterexample(c, &x);
}

static void hints(lp_certificate *c) {
    lp_hint_row *h =
        lp_certificate_hint(c, LP_OP_LOG_SOFTMAX, LP_BINARY64, LP_OUT_VALUE, "base_bits");
    *h = (lp_hint_row){.op = h->op, .format = h->format, .out = h->out, .apart = 200, .agree = 200};
    snprintf(h->name, sizeof h->name, "base_bits");
    snprintf(h->says, sizeof h->says, "bits " HOSTILE);
    h = lp_certificate_hint(c, LP_OP_LOG_SOFTMAX, LP_BINARY64, LP_OUT_VALUE, "logs_of_softmax");
    snprintf(h->says, sizeof h->says, "log(softmax(z)_j)");
    snprintf(h->advice, sizeof h->advice, "another way " HOSTILE);
    h->formula = true;
    h->seen = 10000;
    h->same = 9998;
    h->alike = 9999;
    h->apart = 100;
    h->agree = 99;
    h = lp_certificate_hint(c, LP_OP_LOG_SOFTMAX, LP_BINARY64, LP_OUT_VALUE, "negated");
    snprintf(h->says, sizeof h->says, "the sign reversed");
    h->apart = 20;
    h->agree = 19;
}

void sample(lp_certificate *c) {
    lp_certificate_init(c);
    c->subject = lp_memory_text("./lib " HOSTILE ".so");
    c->name = lp_memory_text("my <b>lib</b>");
    c->version = lp_memory_text("1.0 \"rc\"");
    c->conventions = lp_memory_text("special=ieee " HOSTILE);
    c->digest = lp_memory_text("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    c->tool_version = lp_memory_text("lossproof 0.1.0");
    c->command = lp_memory_text("lossproof certify " HOSTILE);
    c->effort = lp_memory_text("smoke");
    c->host = lp_memory_text("some cpu " HOSTILE);
    c->created = lp_memory_text("2026-01-02T03:04:05Z");
    c->load_note = lp_memory_text("flush-to-zero " HOSTILE);
    c->seed = UINT64_MAX;
    c->evaluations = 49321;
    rows(c);
    reaches(c);
    hints(c);
    properties(c);
    counterexamples(c);
    c->canary = lp_memory_zeros(2, sizeof *c->canary);
    c->canaries = 2;
    c->canary[0] =
        (lp_canary_row){.name = "no_max", .killed = true, .by = HOSTILE, .evaluations = 120};
    c->canary[1] = (lp_canary_row){.name = "<i>\x1b\"&\xff", .evaluations = 5000};
    lp_certificate_not_tested(c, "softmax_xent binary32: not declared %s", HOSTILE);
    lp_certificate_settle(c);
}

void temporary_folder(char folder[64]) {
    strcpy(folder, "/tmp/lossproof-reports-XXXXXX");
    assert_non_null(mkdtemp(folder));
}

char *file_text(const char *folder, const char *name, size_t *length) {
    char path[160];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "rb");
    if (!f) fail_msg("%s is not there", path);
    char *text = NULL;
    size_t room = 0;
    ssize_t got = getdelim(&text, &room, -1, f); /* no byte is 0xffff...: all of it */
    fclose(f);
    *length = got < 0 ? 0 : (size_t)got;
    return text;
}
