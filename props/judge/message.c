/* The one line that says what is wrong: hex for replay, decimals for people. */
#include "core/hexfloat.h"
#include "props/judge/judge.h"

#include <math.h>
#include <stdio.h>

static void findings(char *buf, size_t size, const lp_answer *a) {
    size_t used = 0;
    buf[0] = '\0';
    for (unsigned bit = 1; bit < 1u << LP_FIND_COUNT; bit <<= 1) {
        if (!(a->findings & bit) || used >= size) continue;
        int n = snprintf(buf + used, size - used, "%s%s", used ? ", " : "",
                         lp_finding_name((lp_finding)bit));
        used += n > 0 ? (size_t)n : 0;
    }
}

static void number(lp_judgement *j, lp_exact *e) {
    const lp_measure *m = &j->measure;
    char hex[LP_HEXFLOAT_SIZE], digits[64], error[48] = "";
    lp_exact_digits(digits, sizeof digits, e, j->out, j->at, 20);
    if (m->kind == LP_KIND_NUMBER && isfinite(m->got))
        snprintf(error, sizeof error, ", %.4g %s off", m->ulp_lo, m->exact_zero ? "(abs)" : "ulp");
    snprintf(j->message, sizeof j->message, "%s[%lld]: got %s (%.17g), exact %s%s, %s: %s",
             lp_out_name(j->out), (long long)j->at, lp_hexfloat_print(hex, m->got), m->got, digits,
             error, lp_level_name(j->level), lp_cause_name(j->cause));
}

void lp_judge_message(lp_judgement *j, const lp_answer *a, lp_exact *e) {
    char found[120];
    if (j->cause == LP_CAUSE_FINDING) {
        findings(found, sizeof found, a);
        snprintf(j->message, sizeof j->message, "%s%s%.120s",
                 found[0] ? found : "a declared output was not delivered", a->note[0] ? ": " : "",
                 a->note);
    } else if (j->cause == LP_CAUSE_STATUS) {
        snprintf(j->message, sizeof j->message, "status %s where %s is due%s%.120s",
                 lp_status_name(a->status), lp_status_name(lp_exact_status(e)),
                 a->note[0] ? ": " : "", a->note);
    } else if (j->at >= 0) {
        number(j, e);
    } else {
        snprintf(j->message, sizeof j->message, "every value is the correctly rounded one");
    }
}
