#include "certified.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

void certify(lp_certificate *cert, const char *spec, lp_op op, lp_format_id format, lp_level asked,
             int64_t evals) {
    lp_error err = {""};
    lp_host *h = NULL;
    lp_host_options how = {.timeout = 5};
    lp_campaign ask = {.seed = 1,
                       .evals = evals,
                       .asked = asked,
                       .skip = LP_PHASE_BIT(LP_PHASE_TARGET) | LP_PHASE_BIT(LP_PHASE_SHRINK),
                       .op = &op,
                       .ops = 1,
                       .format = &format,
                       .formats = 1};
    lp_certificate_init(cert);
    if (lp_host_open(&h, spec, &how, &err) != LP_HOST_OK) fail_msg("%s: %s", spec, err.text);
    if (!lp_campaign_run(cert, h, &ask, &err)) fail_msg("%s: %s", spec, err.text);
    lp_host_close(h);
}
