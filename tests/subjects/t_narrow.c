/* The exemplars' conversions of 16 bits against the formats' own table. */
#include "core/format.h"
#include "core/rng.h"
#include "subjects/exemplars/narrow.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const lp_format_id formats[] = {LP_BINARY16, LP_BFLOAT16};

static void test_every_code_widens(void **state) {
    (void)state;
    for (int f = 0; f < 2; f++)
        for (uint32_t code = 0; code < 65536; code++) {
            const uint16_t packed = (uint16_t)code;
            double want;
            lp_format_unpack(&want, lp_format_get(formats[f]), &packed, 1);
            const float got = narrow_load(formats[f], packed);
            assert_true(isnan(want) ? isnan(got) : got == want && !signbit(got) == !signbit(want));
        }
}

static void store(lp_format_id id, float x) {
    const lp_format *f = lp_format_get(id);
    const double want = lp_format_round(f, x);
    uint16_t code;
    lp_format_pack(&code, f, &want, 1);
    const uint16_t got = narrow_store(id, x);
    double back;
    lp_format_unpack(&back, f, &got, 1);
    if (isnan(x))
        assert_true(isnan(back));
    else
        assert_int_equal(got, code);
}

/* Every number of 16 bits, the middle above it, and binary32's neighbours of both; then any bits.
 */
static void test_stores_round_once(void **state) {
    (void)state;
    lp_rng rng;
    lp_rng_init(&rng, 1, 1, 0);
    for (int f = 0; f < 2; f++) {
        for (uint32_t code = 0; code < 65536; code++) {
            const float x = narrow_load(formats[f], (uint16_t)code);
            const float next = narrow_load(formats[f], (uint16_t)(code + 1));
            const float at[] = {x, x + (next - x) / 2, next};
            for (int i = 0; i < 3; i++) {
                store(formats[f], at[i]);
                store(formats[f], nextafterf(at[i], INFINITY));
                store(formats[f], nextafterf(at[i], -INFINITY));
            }
        }
        for (int i = 0; i < 2000000; i++) {
            const uint32_t bits = (uint32_t)lp_rng_u64(&rng);
            float x;
            memcpy(&x, &bits, sizeof x);
            store(formats[f], x);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_code_widens),
                                       cmocka_unit_test(test_stores_round_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
