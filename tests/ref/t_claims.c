/* Section 6: the numeric claims of the texts that the built operations settle, printed as true or
 * false with the right value. A printed decimal is taken as right within one unit of its last
 * place. */
#include "check.h"

#include "ref/exact.h"

#include <math.h>

typedef struct ask {
    lp_op op;
    int64_t k;
    double in[3], other[3];
    int64_t label;
    double temperature, smoothing, rule;
    double weight[3];
} ask;

static double answer(const ask *a, lp_out out, int64_t i) {
    lp_case c;
    lp_error err;
    lp_case_init(&c, a->op);
    c.n = 1;
    c.k = c.stride = a->k;
    size_t bytes = (size_t)a->k * sizeof(double);
    bool prob = lp_op_get(a->op)->group == 'A';
    memcpy(lp_case_alloc(&c, prob ? LP_IN_P : LP_IN_LOGITS), a->in, bytes);
    if (a->op == LP_OP_CROSS_ENTROPY) memcpy(lp_case_alloc(&c, LP_IN_Q), a->other, bytes);
    if (a->op == LP_OP_BCE_LOGITS) memcpy(lp_case_alloc(&c, LP_IN_TARGETS), a->other, bytes);
    if (a->op == LP_OP_SOFTMAX_XENT) lp_case_alloc_label(&c)[0] = a->label;
    if (a->temperature > 0) lp_case_set(&c, LP_PARAM_TEMPERATURE, a->temperature);
    if (a->smoothing > 0) {
        lp_case_set(&c, LP_PARAM_SMOOTHING, a->smoothing);
        lp_case_set(&c, LP_PARAM_SMOOTHING_RULE, a->rule);
    }
    if (a->weight[0] > 0) memcpy(lp_case_alloc(&c, LP_IN_WEIGHTS), a->weight, bytes);
    lp_exact *e = lp_exact_new(&c, &err);
    double x = lp_exact_round(e, out, i, LP_BINARY64, LP_ROUND_NEAREST, NULL);
    lp_exact_free(e);
    lp_case_clear(&c);
    return x;
}

static double mean(const ask *a, int n) {
    double sum = 0;
    for (int i = 0; i < n; i++) sum += answer(&a[i], LP_OUT_LOSS, 0);
    return sum / n;
}

/* Is x the decimal `says` (with its digits), and is that what the specification expects? */
static void settle(const char *text, const char *what, double x, const char *says, bool expected) {
    const char *point = strchr(says, '.'), *exponent = strchr(says, 'e');
    size_t digits = point ? strlen(point + 1) - (exponent ? strlen(exponent) : 0) : 0;
    double unit = pow(10, -(double)digits) * (exponent ? pow(10, atof(exponent + 1)) : 1);
    bool is_true = fabs(x - strtod(says, NULL)) <= unit * 1.0000001;
    printf("%s %s: says %s: %s, %.15g\n", text, what, says, is_true ? "true" : "FALSE", x);
    assert_true(is_true == expected);
}

#define XENT LP_OP_SOFTMAX_XENT
#define SOFT LP_OP_SOFTMAX
#define BCE  LP_OP_BCE_LOGITS
#define CE   LP_OP_CROSS_ENTROPY

#define ASK(o, n, ...) .op = o, .k = n, .in = {__VA_ARGS__}
#define WITH(...)      .other = {__VA_ARGS__}

static void test_slips(void **state) {
    (void)state;
    const ask big = {ASK(SOFT, 3, 1000, 1001, 999)};
    settle("002", "softmax(1000, 1001, 999)[0]", answer(&big, LP_OUT_VALUE, 0), "0.268", false);
    settle("   ", "softmax(1000, 1001, 999)[0]", answer(&big, LP_OUT_VALUE, 0), "0.244728", true);
    settle("   ", "softmax(1000, 1001, 999)[1]", answer(&big, LP_OUT_VALUE, 1), "0.665241", true);
    settle("   ", "softmax(1000, 1001, 999)[2]", answer(&big, LP_OUT_VALUE, 2), "0.090031", true);
    const ask warm = {ASK(SOFT, 3, 1, 2, 3), .temperature = 2};
    const ask cool = {ASK(SOFT, 3, 1, 2, 3), .temperature = 0.5};
    settle("002", "softmax(1, 2, 3; T = 2)[0]", answer(&warm, LP_OUT_VALUE, 0), "0.16", false);
    settle("   ", "softmax(1, 2, 3; T = 2)[0]", answer(&warm, LP_OUT_VALUE, 0), "0.186324", true);
    settle("   ", "softmax(1, 2, 3; T = 2)[1]", answer(&warm, LP_OUT_VALUE, 1), "0.307196", true);
    settle("   ", "softmax(1, 2, 3; T = 2)[2]", answer(&warm, LP_OUT_VALUE, 2), "0.506480", true);
    settle("   ", "softmax(1, 2, 3; T = 0.5)[2]", answer(&cool, LP_OUT_VALUE, 2), "0.866813", true);
    const ask smooth = {ASK(XENT, 3, 1, 0, -2), .smoothing = 0.1}, sharp = {ASK(XENT, 3, 1, 0, -2)};
    const ask h = {ASK(LP_OP_ENTROPY, 3, answer(&(ask){ASK(SOFT, 3, 1, 0, -2)}, LP_OUT_VALUE, 0),
                       answer(&(ask){ASK(SOFT, 3, 1, 0, -2)}, LP_OUT_VALUE, 1),
                       answer(&(ask){ASK(SOFT, 3, 1, 0, -2)}, LP_OUT_VALUE, 2))};
    double reward = answer(&sharp, LP_OUT_LOSS, 0) - 0.1 * answer(&h, LP_OUT_LOSS, 0);
    settle("002", "smoothing is CE - a H(p)", answer(&smooth, LP_OUT_LOSS, 0), "0.277626", false);
    settle("   ", "smoothing", answer(&smooth, LP_OUT_LOSS, 0), "0.482346", true);
    settle("   ", "CE - a H(p)", reward, "0.277626", true);
    const ask ten = {ASK(SOFT, 3, 10, 0, 0)}, hundred = {ASK(XENT, 3, 100, 0, 0), .label = 1};
    settle("004", "1 / p_2 of (10, 0, 0)", 1 / answer(&ten, LP_OUT_VALUE, 1), "22048.", false);
    settle("   ", "1 / p_2 of (10, 0, 0)", 1 / answer(&ten, LP_OUT_VALUE, 1), "22028.47", true);
    settle("   ", "p_2", answer(&ten, LP_OUT_VALUE, 1), "4.53958e-5", true);
    settle("004", "loss of (100, 0, 0) at 1", answer(&hundred, LP_OUT_LOSS, 0), "100.", true);
}

static void test_right_ones(void **state) {
    (void)state;
    const double ln2 = 0x1.62e42fefa39efp-1; /* 0.693147... */
    const ask cent = {ASK(CE, 1, 1), WITH(0.01)}, mille = {ASK(CE, 1, 1), WITH(0.001)};
    settle("...", "-log2 0.01", answer(&cent, LP_OUT_LOSS, 0) / ln2, "6.643856", true);
    settle("   ", "-log2 0.001", answer(&mille, LP_OUT_LOSS, 0) / ln2, "9.965784", true);
    const double p[] = {0.7, 0.2, 0.1};
    const ask same_q = {ASK(CE, 3, p[0], p[1], p[2]), WITH(p[0], p[1], p[2])};
    const ask close_q = {ASK(CE, 3, p[0], p[1], p[2]), WITH(0.6, 0.3, 0.1)};
    const ask poor_q = {ASK(CE, 3, p[0], p[1], p[2]), WITH(0.33, 0.33, 0.34)};
    settle("003", "H(P,P) bits", answer(&same_q, LP_OUT_LOSS, 0) / ln2, "1.15677964945", true);
    settle("   ", "H(P,Q close)", answer(&close_q, LP_OUT_LOSS, 0) / ln2, "1.19546184424", true);
    settle("   ", "H(P,Q poor)", answer(&poor_q, LP_OUT_LOSS, 0) / ln2, "1.59515519823", true);
    const ask rows[] = {{ASK(XENT, 3, 2, 1, 0.1), .label = 0},
                        {ASK(XENT, 3, 0.5, 2.5, 0.3), .label = 1},
                        {ASK(XENT, 3, 0.1, 0.2, 3), .label = 2}};
    settle("003", "mean CE of three rows", mean(rows, 3), "0.248893667939946", true);
    const ask wrong = {ASK(CE, 2, 1, 0), WITH(0.1, 0.9)};
    const ask bce[] = {{ASK(CE, 2, 1, 0), WITH(0.9, 1 - 0.9)},
                       {ASK(CE, 2, 0, 1), WITH(0.2, 0.8)},
                       {ASK(CE, 2, 1, 0), WITH(0.8, 0.2)},
                       {ASK(CE, 2, 1, 0), WITH(0.7, 1 - 0.7)},
                       {ASK(CE, 2, 0, 1), WITH(0.1, 0.9)}};
    settle("003", "BCE of five", mean(bce, 5), "0.202736615577", true);
    settle("   ", "BCE all wrong", answer(&wrong, LP_OUT_LOSS, 0), "2.302585092994", true);
    const ask with_logits[] = {{ASK(BCE, 1, 5), WITH(1)},
                               {ASK(BCE, 1, -3), WITH(0)},
                               {ASK(BCE, 1, 2), WITH(1)},
                               {ASK(BCE, 1, 1), WITH(1)},
                               {ASK(BCE, 1, -5), WITH(0)}};
    const ask extreme[] = {{ASK(BCE, 1, 100), WITH(1)}, {ASK(BCE, 1, -100), WITH(0)}};
    settle("003", "BCE with logits", mean(with_logits, 5), "0.10044154942263", true);
    settle("   ", "extreme logits", mean(extreme, 2), "3.720075976020836e-44", true);
    const ask two[] = {{ASK(XENT, 3, 1, 2, 3), .label = 2}, {ASK(XENT, 3, 2, 1, 3), .label = 0}};
    settle("004", "normal logits", mean(two, 2), "0.907605964444380", true);
}

static void test_variants(void **state) {
    (void)state;
    ask rows[] = {{ASK(XENT, 3, 3, 0.5, 0.1), .label = 0},
                  {ASK(XENT, 3, 0.1, 3, 0.2), .label = 1},
                  {ASK(XENT, 3, 0.5, 0.4, 0.3), .label = 2},
                  {ASK(XENT, 3, 0.8, 1, 0.9), .label = 0}};
    static const char *const says[] = {"0.128488389378", "0.109601464521", "1.20194284823",
                                       "1.20194284823"};
    for (int i = 0; i < 4; i++)
        settle("004", "variants, row", answer(&rows[i], LP_OUT_LOSS, 0), says[i], true);
    settle("   ", "plain mean", mean(rows, 4), "0.660493887589", true);
    for (int i = 0; i < 4; i++) memcpy(rows[i].weight, (double[]){1, 1, 3}, 3 * sizeof(double));
    settle("   ", "weighted, by N", mean(rows, 4), "1.2614653117", true);
    settle("   ", "weighted, by sum w", mean(rows, 4) * 4 / 6, "0.840976874469", true);
    for (int i = 0; i < 4; i++) rows[i].weight[0] = 0, rows[i].smoothing = 0.1;
    settle("   ", "smoothing, rule K", mean(rows, 4), "0.747993887589", true);
    for (int i = 0; i < 4; i++) rows[i].rule = 1;
    settle("   ", "smoothing, rule K-1", mean(rows, 4), "0.791743887589", true);
    const ask easy = {ASK(XENT, 3, 3, 0, 0)}, easy_p = {ASK(SOFT, 3, 3, 0, 0)};
    settle("   ", "easy p", answer(&easy_p, LP_OUT_VALUE, 0), "0.909442998513", true);
    settle("   ", "easy CE", answer(&easy, LP_OUT_LOSS, 0), "0.094922956421", true);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_slips),
                                       cmocka_unit_test(test_right_ones),
                                       cmocka_unit_test(test_variants)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
