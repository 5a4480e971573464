/* Coordinates of components, against values worked out by hand. */
#include "props/props/place.h"

#include "core/case_text.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define LN2 0.69314718055994531

typedef struct want {
    const char *line;
    lp_out out;
    int64_t at;
    lp_part part;
    unsigned known;
    double gap, odds, offset, classes;
} want;

enum {
    G = 1 << LP_AXIS_GAP,
    O = 1 << LP_AXIS_ODDS,
    M = 1 << LP_AXIS_OFFSET,
    K = 1 << LP_AXIS_CLASSES
};

#define XENT(rest) "{\"op\":\"softmax_xent\",\"format\":\"binary64\"," rest "}"
/* 8 ahead of 4 and 0: odds e^4 / (1 + e^-4) = 53.6, log2 5.74 */
#define AHEAD  XENT("\"n\":1,\"k\":3,\"logits\":[\"0x1p+3\",\"0x1p+2\",\"0x0p+0\"],\"label\":[0]")
#define BEHIND XENT("\"n\":1,\"k\":3,\"logits\":[\"0x1p+3\",\"0x1p+2\",\"0x0p+0\"],\"label\":[2]")
#define COOL                                                                                       \
    XENT("\"n\":1,\"k\":3,\"logits\":[\"0x1p+3\",\"0x1p+2\",\"0x0p+0\"],\"label\":[0],"            \
         "\"params\":{\"temperature\":\"0x1p+2\"}")
#define FAR    XENT("\"n\":1,\"k\":2,\"logits\":[\"0x1.9p+12\",\"-0x1.9p+12\"],\"label\":[0]")
#define MASKED XENT("\"n\":1,\"k\":2,\"logits\":[\"0x1p+0\",\"-inf\"],\"label\":[0]")
#define TIED   XENT("\"n\":1,\"k\":2,\"logits\":[\"0x1p+0\",\"0x1p+0\"],\"label\":[1]")
#define NOT    XENT("\"n\":1,\"k\":2,\"logits\":[\"0x1p+0\",\"inf\"],\"label\":[0]")
#define ROWS                                                                                       \
    XENT("\"n\":2,\"k\":2,\"logits\":[\"0x1p+1\",\"0x0p+0\",\"0x1p+0\",\"0x1p+2\"],"               \
         "\"label\":[0,0]")
#define BCE                                                                                        \
    "{\"op\":\"bce_logits\",\"format\":\"binary64\",\"n\":1,\"k\":1,\"logits\":[\"0x1p+3\"],"      \
    "\"targets\":[\"0x0p+0\"]}"
#define SOFTMAX                                                                                    \
    "{\"op\":\"softmax\",\"format\":\"binary64\",\"n\":1,\"k\":2,\"logits\":[\"0x1p+3\",\"0x1p+"   \
    "2\"]}"
#define ENTROPY                                                                                    \
    "{\"op\":\"entropy\",\"format\":\"binary64\",\"n\":1,\"k\":2,\"p\":[\"0x1.8p-1\",\"0x1p-2\"]}"

static void places(void **state) {
    (void)state;
    static const want wants[] = {
        {AHEAD, LP_OUT_LOSS, 0, LP_PART_ALL, G | O | M | K, 4, 5.74, 8, 3},
        {AHEAD, LP_OUT_GRAD, 0, LP_PART_LABEL, G | O | M | K, 4, 5.74, 8, 3},
        {AHEAD, LP_OUT_GRAD, 2, LP_PART_OTHER, G | O | M | K, 4, 5.74, 8, 3},
        {BEHIND, LP_OUT_LOSS, 0, LP_PART_ALL, G | O | M | K, -8, -8 / LN2, 8, 3},
        {COOL, LP_OUT_LOSS, 0, LP_PART_ALL, G | O | M | K, 1, 1.01, 2, 3},
        {FAR, LP_OUT_LOSS, 0, LP_PART_ALL, G | O | M | K, 12800, 12800 / LN2, 6400, 2},
        {MASKED, LP_OUT_LOSS, 0, LP_PART_ALL, M | K, 0, 0, 1, 2},
        {TIED, LP_OUT_LOSS, 0, LP_PART_ALL, G | O | M | K, 0, 0, 1, 2},
        {NOT, LP_OUT_LOSS, 0, LP_PART_ALL, K, 0, 0, 0, 2},
        {ROWS, LP_OUT_LOSS, 1, LP_PART_ALL, G | O | M | K, -3, -3 / LN2, 4, 2},
        {ROWS, LP_OUT_GRAD, 3, LP_PART_OTHER, G | O | M | K, -3, -3 / LN2, 4, 2},
        {BCE, LP_OUT_LOSS, 0, LP_PART_ALL, G | O | K, -8, -8 / LN2, 0, 1},
        {SOFTMAX, LP_OUT_VALUE, 1, LP_PART_ALL, G | O | M | K, -4, -4 / LN2, 8, 2},
        {ENTROPY, LP_OUT_GRAD, 0, LP_PART_ALL, O | K, 0, 1.58, 0, 2},
        {ENTROPY, LP_OUT_LOSS, 0, LP_PART_ALL, K, 0, 0, 0, 2}};
    for (size_t i = 0; i < sizeof wants / sizeof *wants; i++) {
        const want *w = &wants[i];
        lp_case c;
        lp_error err = {""};
        const char *status;
        double x[LP_AXIS_COUNT];
        lp_part part;
        lp_place place = {.opened = false};
        if (!lp_case_parse(&c, w->line, strlen(w->line), &status, &err))
            fail_msg("%s: %s", w->line, err.text);
        unsigned known = lp_place_of(x, &part, &place, &c, w->out, w->at);
        if (known != w->known || part != w->part)
            fail_msg("%s: known %u, part %d", w->line, known, (int)part);
        const double want_x[LP_AXIS_COUNT] = {w->gap, w->odds, w->offset, w->classes};
        for (int axis = 0; axis < LP_AXIS_COUNT; axis++) {
            /* log2 by a straight line between octaves is off by 0.09 at most, twice */
            double allowed = axis == LP_AXIS_ODDS ? 0.18 : 0;
            if (known & 1u << axis && !(fabs(x[axis] - want_x[axis]) <= allowed))
                fail_msg("%s: axis %d is %g, not %g", w->line, axis, x[axis], want_x[axis]);
        }
        lp_case_clear(&c);
    }
}

/* The mean of two rows lies nowhere along the axes of one. */
static void reduced(void **state) {
    (void)state;
    lp_case c;
    const char *status;
    double x[LP_AXIS_COUNT];
    lp_part part;
    lp_place place = {.opened = false};
    assert_true(lp_case_parse(&c, ROWS, strlen(ROWS), &status, NULL));
    c.reduction = LP_REDUCE_MEAN;
    assert_int_equal(lp_place_of(x, &part, &place, &c, LP_OUT_LOSS, 0), K);
    assert_int_equal(lp_place_of(x, &part, &place, &c, LP_OUT_GRAD, 0), G | O | M | K);
    lp_case_clear(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(places), cmocka_unit_test(reduced)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
