#include "support.h"

#include <fenv.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include <setjmp.h>

#include <cmocka.h>
#ifdef __SSE__
#include <xmmintrin.h>
#endif

void equal_case(lp_case *c, int64_t n, lp_format_id format) {
    lp_case_init(c, LP_OP_SOFTMAX_XENT);
    c->format = format;
    c->n = n;
    c->k = c->stride = 4;
    lp_case_alloc(c, LP_IN_LOGITS);
    lp_case_alloc_label(c);
}

void assert_own_arithmetic(void) {
    assert_int_equal(fegetround(), FE_TONEAREST);
#ifdef __SSE__
    assert_int_equal(_mm_getcsr() & 0xffc0, 0x1f80);
#endif
}

void assert_equal_answer(const lp_case *c, const lp_answer *a) {
    assert_int_equal(a->status, LP_OK);
    assert_int_equal(a->findings & ~(unsigned)LP_FIND_REPORTED, 0);
    const double ln4 = c->format == LP_BINARY32 ? (double)(float)log(4) : log(4);
    for (int64_t i = 0; i < c->n; i++) {
        assert_true(a->out[LP_OUT_LOSS][i] == ln4);
        for (int64_t j = 0; j < 4; j++)
            assert_true(a->out[LP_OUT_GRAD][i * 4 + j] == (j == 0 ? -0.75 : 0.25));
    }
    assert_own_arithmetic();
}

const char *specimen(const char *name) {
    static char path[512];
    snprintf(path, sizeof path, "%s/%s.so", SPECIMEN_DIR, name);
    return path;
}

lp_host *open_host(const char *spec, double timeout, bool twice) {
    lp_host *h;
    lp_error err = {""};
    lp_host_options options = {.timeout = timeout, .libdir = SPECIMEN_DIR, .check_twice = twice};
    if (lp_host_open(&h, spec, &options, &err) != LP_HOST_OK) fail_msg("%s", err.text);
    return h;
}

void assert_good_works(lp_host *good) {
    lp_case c;
    lp_answer a;
    lp_error err = {""};
    equal_case(&c, 3, LP_BINARY64);
    lp_answer_init(&a);
    assert_true(lp_host_run(good, &c, NULL, &a, &err));
    assert_equal_answer(&c, &a);
    lp_answer_clear(&a);
    lp_case_clear(&c);
}
