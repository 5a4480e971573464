/* Answers that stand next to a number of every format by less than any precision tells, and sums
 * whose leading terms cancel exactly: each is decided in every format and mode, and on the side
 * that the comment beside it gives the reason for. */
#include "check.h"

#include "core/case_text.h"
#include "ref/exact.h"

#include <math.h>
#include <string.h>

typedef struct contrived {
    const char *line;
    lp_out out;
    int64_t at;
    double down, up; /* the component in binary64 */
} contrived;

#define LEAST  0x1p-1074
#define LABEL0 "\"label\":[0]"
#define NOLAB  "\"mix\":\"0x0p+0\""
#define CASE(op, k, arrays, params)                                                                \
    "{\"op\":\"" op "\",\"format\":\"binary64\",\"n\":1,\"k\":" #k "," arrays                      \
    ",\"params\":{" params "}}"
#define Z(...) "\"logits\":[" __VA_ARGS__ "]"

static const contrived table[] = {
    /* A = b d: no first order, but - A q^2 */
    {CASE("policy_grad", 2, Z("\"0x0p+0\",\"-0x1p+37\"") "," LABEL0,
          "\"advantage\":\"0x1p+37\",\"entropy_weight\":\"0x1p+0\""),
     LP_OUT_GRAD, 0, -LEAST, 0},
    {CASE("policy_grad", 3, Z("\"0x0p+0\",\"-0x1p+37\",\"-0x1p+36\"") "," LABEL0,
          "\"advantage\":\"-0x1p+37\",\"entropy_weight\":\"-0x1p+0\""),
     LP_OUT_GRAD, 0, 0, LEAST},
    /* A - b = b d: (A - b) R^2 / 2 */
    {CASE("policy_grad", 2, Z("\"0x0p+0\",\"-0x1p+37\"") "," LABEL0,
          "\"advantage\":\"0x1.0000000008p+37\",\"entropy_weight\":\"0x1p+0\""),
     LP_OUT_LOSS, 0, 0, LEAST},
    /* g l far below 1: a little less than 1 */
    {CASE("focal_softmax", 2, Z("\"0x0p+0\",\"0x1p+62\"") "," LABEL0, "\"gamma\":\"0x1p-492\""),
     LP_OUT_GRAD, 0, -1, -0x1.fffffffffffffp-1},
    /* p is 1/2 and what the cap leaves of the difference, times a slope as small */
    {CASE("softmax_xent", 2, Z("\"0x1p+60\",\"0x1p+59\"") "," LABEL0,
          "\"softcap\":\"0x1p+0\",\"smoothing\":\"0x1p+0\""),
     LP_OUT_GRAD, 0, 0, LEAST},
    {CASE("softmax_xent", 2, Z("\"0x1p+60\",\"0x1p+59\"") "," LABEL0,
          "\"softcap\":\"0x1p+0\",\"smoothing\":\"0x1p+0\""),
     LP_OUT_GRAD, 1, -LEAST, 0},
    /* beyond MPFR's exponents, saturated below: the larger is the second */
    {CASE("softmax_xent", 2, Z("\"-0x1p+70\",\"-0x1p+69\"") "," LABEL0,
          "\"softcap\":\"0x1p+0\",\"smoothing\":\"0x1p+0\""),
     LP_OUT_GRAD, 0, -LEAST, 0},
    {CASE("softmax_xent", 3, Z("\"0x1.1p+70\",\"0x1.2p+70\",\"0x1p+70\"") "," LABEL0,
          "\"softcap\":\"0x1p+0\",\"smoothing\":\"0x1p+0\""),
     LP_OUT_GRAD, 0, 0, LEAST},
    /* in bits 1 and the divergence from p to equal shares; 1 and three quarters of a
       difference */
    {CASE("softmax_xent", 2, Z("\"0x1p+70\",\"0x1p+69\"") "," LABEL0,
          "\"softcap\":\"0x1p+0\",\"smoothing\":\"0x1p+0\",\"base\":\"bits\""),
     LP_OUT_LOSS, 0, 1, 0x1.0000000000001p+0},
    {CASE("softmax_xent", 2, Z("\"0x1p+70\",\"0x1p+69\"") "," LABEL0,
          "\"softcap\":\"0x1p+0\",\"base\":\"bits\""),
     LP_OUT_LOSS, 0, 0x1.fffffffffffffp-1, 1},
    /* (1/2) 2 l ln 2 over ln 2 */
    {CASE("softmax_xent", 2, Z("\"0x0p+0\",\"0x0p+0\"") "," LABEL0,
          "\"smoothing\":\"0x1p+0\",\"z_loss\":\"0x1p-13\",\"base\":\"bits\""),
     LP_OUT_GRAD, 0, 0x1p-13, 0x1p-13},
    /* 1 / (4 T) and no first order, but - R^2 / (4 T) */
    {CASE("softmax", 3,
          Z("\"0x0p+0\",\"0x0p+0\",\"-0x1p+38\"") ",\"v\":[\"0x1p+0\",\"0x1p+1\","
                                                  "\"0x1p+0\"]",
          "\"temperature\":\"0x1p-7\""),
     LP_OUT_GRAD, 1, 0x1.fffffffffffffp+4, 32},
    {CASE("softmax", 3,
          Z("\"0x0p+0\",\"0x0p+0\",\"-0x1p+80\"") ",\"v\":[\"0x1p+0\",\"0x1p+1\","
                                                  "\"0x1p+0\"]",
          "\"temperature\":\"0x1p-7\""),
     LP_OUT_GRAD, 1, 0x1.fffffffffffffp+4, 32},
    /* a divergence, the same top group 8 higher */
    {CASE("distill", 4,
          Z("\"-0x1p+35\",\"-0x1p+36\",\"0x0p+0\",\"0x0p+0\"") ",\"teacher\":[\"-0x1p+"
                                                               "35\",\"-0x1p+36\","
                                                               "\"0x1p+3\",\"0x1p+3\"]",
          NOLAB ",\"form\":\"kl\""),
     LP_OUT_LOSS, 0, 0, LEAST},
    /* e_1 (R_t - R_s): the teacher's third class is the nearer one */
    {CASE("distill", 3,
          Z("\"0x0p+0\",\"-0x1p+40\",\"-0x1p+41\"") ",\"teacher\":[\"0x0p+0\",\"-0x1p+"
                                                    "40\",\"-0x1.fffffp+40\"]",
          NOLAB),
     LP_OUT_GRAD, 1, 0, LEAST},
    /* 2^29 less what the teacher's other classes have of it */
    {CASE("distill", 6,
          Z("\"0x0p+0\",\"0x0p+0\",\"0x0p+0\",\"-0x1p+29\",\"-0x1p+29\",\"-0x1p+"
            "29\"") ",\"teacher\":[\"-0x1p+29\",\"-0x1p+29\",\"-0x1p+29\",\"0x0p+"
                    "0\",\"0x0p+0\","
                    "\"0x0p+0\"]",
          NOLAB ",\"form\":\"kl\""),
     LP_OUT_LOSS, 0, 0x1.fffffffffffffp+28, 0x1p+29},
    /* g T (1 - 2 / (1 + e^(g / T))): nothing of the student at temperature 1, nearer than that */
    {CASE("distill", 2, Z("\"0x0p+0\",\"-0x1p+66\"") ",\"teacher\":[\"-0x1p+66\",\"0x0p+0\"]",
          NOLAB ",\"form\":\"kl\",\"temperature\":\"0x1p-1\""),
     LP_OUT_LOSS, 0, 0x1.fffffffffffffp+64, 0x1p+65},
    /* 2^38 less: the first order cancels between student's and teacher's nearest, the second tells
     */
    {CASE("distill", 8,
          Z("\"0x0p+0\",\"0x0p+0\",\"-0x1p+40\",\"-0x1p+40\",\"0x0p+0\",\"-0x1p+39\",\"-0x1p+40\","
            "\"0x0p+0\"") ",\"teacher\":[\"0x0p+0\",\"-0x1p+40\",\"-0x1p+39\",\"0x0p+0\",\"-0x1p+"
                          "40\",\"-0x1p+40\",\"0x0p+0\",\"0x0p+0\"]",
          NOLAB ",\"form\":\"kl\",\"temperature\":\"0x1p-1\""),
     LP_OUT_LOSS, 0, 0x1.fffffffffffffp+37, 0x1p+38},
    /* equal student logits: log 4 whatever the teacher; log 6 - log 3; (l + q) ln 4 - q ln 2 = 0 */
    {CASE("distill", 4,
          Z("\"0x0p+0\",\"0x0p+0\",\"0x0p+0\",\"0x0p+0\"") ",\"teacher\":[\"0x1p+7\",\"0x1p-6\","
                                                           "\"-0x1p+0\",\"0x0p+0\"]",
          NOLAB ",\"base\":\"bits\""),
     LP_OUT_LOSS, 0, 2, 2},
    {CASE(
         "distill", 6,
         Z("\"0x0p+0\",\"0x0p+0\",\"0x0p+0\",\"0x0p+0\",\"0x0p+0\",\"0x0p+0\"") ",\"teacher\":["
                                                                                "\"0x0p+0\",\"0x0p+"
                                                                                "0\",\"0x0p+0\",\"-"
                                                                                "inf\",\"-inf\",\"-"
                                                                                "inf\"]",
         NOLAB ",\"base\":\"bits\",\"form\":\"kl\""),
     LP_OUT_LOSS, 0, 1, 1},
    {CASE("distill", 4,
          Z("\"0x0p+0\",\"0x0p+0\",\"0x0p+0\",\"0x0p+0\"") ",\"teacher\":[\"0x0p+0\",\"0x0p+0\","
                                                           "\"-inf\",\"-inf\"]," LABEL0,
          "\"mix\":\"0x1p+1\",\"temperature\":\"0x1p+1\",\"form\":\"kl\""),
     LP_OUT_LOSS, 0, 0, 0},
    /* over S^3, x = e^-gap: -2 - 6 x - 8 x^2, which is -S^3 / 4 but for -2 x^2 + 2 x^3 */
    {CASE(
         "mse_softmax", 4,
         Z("\"-0x1p+51\",\"0x0p+0\",\"-0x1p+51\",\"0x0p+0\"") ",\"targets\":[\"0x0p+0\",\"0x1p+1\","
                                                              "\"0x1.8p+1\",\"0x1.8p+1\"]",
         ""),
     LP_OUT_GRAD, 3, -0x1.0000000000001p-2, -0x1p-2},
    {CASE(
         "mse_softmax", 4,
         Z("\"-0x1p+70\",\"0x0p+0\",\"-0x1p+70\",\"0x0p+0\"") ",\"targets\":[\"0x0p+0\",\"0x1p+1\","
                                                              "\"0x1.8p+1\",\"0x1.8p+1\"]",
         ""),
     LP_OUT_GRAD, 3, -0x1.0000000000001p-2, -0x1p-2},
    /* H k / n in bits, and x (H - B - H ln 2) / n, H = 1/2, B = 1 */
    {CASE("softmax_xent", 3, Z("\"-0x1p+40\",\"0x0p+0\",\"0x0p+0\"") "," LABEL0,
          "\"smoothing\":\"0x1p+0\",\"smoothing_rule\":\"K-1\",\"z_loss\":\"0x1p-2\",\"base\":"
          "\"bits\""),
     LP_OUT_GRAD, 1, 0x1.fffffffffffffp-3, 0x1p-2},
};

static lp_exact *open_line(lp_case *c, const char *line) {
    const char *status;
    lp_error err = {""};
    if (!lp_case_parse(c, line, strlen(line), &status, &err)) fail_msg("%s: %s", line, err.text);
    return lp_exact_new(c, &err);
}

/* Every component in every format and mode. */
static bool all_decided(lp_exact *e, const lp_case *c) {
    const lp_op_info *info = lp_op_get(c->op);
    bool decided = true;
    for (int o = 0; o < info->out_count; o++)
        for (int64_t i = 0; i < lp_exact_len(e, info->out[o].role); i++)
            for (int f = 0; f < LP_FORMAT_COUNT; f++)
                for (int mode = 0; mode < LP_ROUNDING_COUNT; mode++) {
                    bool open;
                    lp_exact_round(e, info->out[o].role, i, (lp_format_id)f, (lp_rounding)mode,
                                   &open);
                    decided = decided && !open;
                }
    return decided;
}

static void test_sides(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const contrived *t = &table[i];
        lp_case c;
        bool open;
        lp_exact *e = open_line(&c, t->line);
        double down = lp_exact_round(e, t->out, t->at, LP_BINARY64, LP_ROUND_DOWN, &open);
        double up = lp_exact_round(e, t->out, t->at, LP_BINARY64, LP_ROUND_UP, &open);
        if (!(down == t->down && up == t->up && all_decided(e, &c)))
            fail_msg("%s: %a and %a", t->line, down, up);
        lp_exact_free(e);
        lp_case_clear(&c);
    }
}

/* Six times three rows whose shares of class 0, times 3, -2 and -1, cancel: with x = e^-gap
 *   1 / (1 + x) - 1 / (1 + 2 x) = x / (1 + 3 x + 2 x^2).
 * Of eighteen kinds whose product has 5^6 terms, no two of their exponents alike: what stays is
 * rational, -3 times the rows of label 0, which come first in their three. */
static void test_kinds_that_cancel(void **state) {
    enum { ROWS = 18, CLASSES = 6, WIDTH = ROWS + 1 };
    static const double depth[3][CLASSES] = {
        {0, 0, 0, 1, 1, 1}, {0, 0, 1, 1, 1, 1}, {1, 0, 1, 1, 2, 2}};
    static const double factor[3] = {3, -2, -1};
    lp_case c;
    lp_error err = {""};
    bool open;
    (void)state;
    lp_case_init(&c, LP_OP_LINEAR_XENT);
    c.n = ROWS;
    c.k = c.stride = CLASSES;
    c.d = WIDTH;
    double *x = lp_case_alloc(&c, LP_IN_X), *w = lp_case_alloc(&c, LP_IN_W);
    int64_t *label = lp_case_alloc_label(&c);
    lp_case_alloc(&c, LP_IN_B);
    for (int i = 0; i < ROWS; i++) {
        double gap = 0x1p40 + ldexp(1, i - i % 3);
        label[i] = i % 3;
        x[i * WIDTH + i] = 1;
        x[i * WIDTH + ROWS] = factor[i % 3];
        for (int j = 0; j < CLASSES; j++) w[j * WIDTH + i] = -gap * depth[i % 3][j];
    }
    lp_exact *e = lp_exact_new(&c, &err);
    for (int mode = 0; mode < LP_ROUNDING_COUNT; mode++) {
        double got = lp_exact_round(e, LP_OUT_GRAD_W, ROWS, LP_BINARY64, (lp_rounding)mode, &open);
        assert_true(!open && got == -1); /* (1 / 18) 6 (-3) */
    }
    lp_exact_free(e);
    lp_case_clear(&c);
}

/* A share less one that differs from it far below both: the nearest number is 0 whatever the sign,
 * flushed or not. */
static void test_nearest_where_the_side_is_open(void **state) {
    static const char *const line[] = {
        CASE("distill", 3,
             Z("\"0x1.2fbb9a371cba3p+1023\",\"0x1.cbd03bc4dd887p+1023\",\"0x0p+"
               "0\"") "," LABEL0 ",\"teacher\":[\"0x0p+0\",\"0x1.cbd03bc4dd887p+"
                      "1023\",\"0x0p+0\"]",
             "\"mix\":\"0x1p-30\",\"temperature\":\"0x1p+1\""),
        CASE("distill", 3,
             Z("\"0x1.2fbb9a371cba3p+1023\",\"0x1.cbd03bc4dd887p+1023\",\"0x0p+"
               "0\"") "," LABEL0 ",\"teacher\":[\"0x0p+0\",\"0x1.cbd03bc4dd887p+"
                      "1023\",\"0x0p+0\"]",
             "\"mix\":\"0x1p-30\",\"temperature\":\"0x1p+1\",\"ftz\":true")};
    (void)state;
    for (int i = 0; i < 2; i++) {
        lp_case c;
        bool open;
        lp_exact *e = open_line(&c, line[i]);
        double x = lp_exact_round(e, LP_OUT_GRAD, 2, LP_BINARY64, LP_ROUND_NEAREST, &open);
        assert_true(!open && x == 0);
        lp_exact_free(e);
        lp_case_clear(&c);
    }
}

/* The same share, infinitely often: an infinity of its sign, which is open, is not held against any
 * answer, and no number is certain to be one. */
static void test_infinite_multiple_of_an_open_sign(void **state) {
    static const char line[] = CASE(
        "distill", 3,
        Z("\"0x1.2fbb9a371cba3p+1023\",\"0x1.cbd03bc4dd887p+1023\",\"0x0p+"
          "0\"") "," LABEL0 ",\"upstream\":[\"inf\"],\"teacher\":[\"0x0p+0\",\"0x1.cbd03bc4dd887p+"
                 "1023\",\"0x0p+0\"]",
        "\"mix\":\"0x1p-30\",\"temperature\":\"0x1p+1\"");
    static const double got[] = {INFINITY, -INFINITY, NAN};
    lp_case c;
    (void)state;
    lp_exact *e = open_line(&c, line);
    for (int i = 0; i < 3; i++) {
        lp_measure m;
        lp_exact_measure(&m, e, LP_OUT_GRAD, 2, got[i]);
        assert_true(m.kind == LP_KIND_NUMBER && m.undecided && m.ulp_lo == 0);
    }
    lp_exact_free(e);
    lp_case_clear(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_sides),
                                       cmocka_unit_test(test_kinds_that_cancel),
                                       cmocka_unit_test(test_infinite_multiple_of_an_open_sign),
                                       cmocka_unit_test(test_nearest_where_the_side_is_open)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
