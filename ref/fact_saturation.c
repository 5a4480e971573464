#include "ref/env.h"
#include "ref/fact_end.h"
#include "ref/facts.h"

lp_fact_range lp_fact_saturation(double z, lp_format_id format) {
    lp_env env;
    mpfr_t x;
    lp_fact_range r;
    const lp_format *f = lp_format_get(format);
    lp_env_enter(&env);
    mpfr_init2(x, FACT_BITS);
    mpfr_set_d(x, z, MPFR_RNDU);
    mpfr_exp(x, x, MPFR_RNDU);
    r.hi = lp_fact_end(x, f, true, false);
    mpfr_ui_sub(x, 1, x, MPFR_RNDD);
    r.lo = lp_fact_end(x, f, false, false);
    mpfr_clear(x);
    lp_env_leave(&env);
    return r;
}
