/* Section 6: the numeric claims of the texts, core/claims.c, every row computed by the reference. A
 * row's digits must be the exact value's, and its verdict must be what the two numbers say: a
 * printed decimal is right when it is the exact value rounded to its digits. */
#include "check.h"

#include "core/claims.h"
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

static double rounded(const ask *a, lp_out out, int64_t i, lp_format_id format) {
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
    double x = lp_exact_round(e, out, i, format, LP_ROUND_NEAREST, NULL);
    lp_exact_free(e);
    lp_case_clear(&c);
    return x;
}

static double answer(const ask *a, lp_out out, int64_t i) {
    return rounded(a, out, i, LP_BINARY64);
}

static double mean(const ask *a, int n) {
    double sum = 0;
    for (int i = 0; i < n; i++) sum += answer(&a[i], LP_OUT_LOSS, 0);
    return sum / n;
}

/* -p ln q with both as given. */
static double surprise(double p, double q) {
    return answer(&(ask){.op = LP_OP_CROSS_ENTROPY, .k = 1, .in = {p}, .other = {q}}, LP_OUT_LOSS,
                  0);
}

/* ---- a row of the table ---- */

static int settled[256];

static const lp_claim *row(const char *text, const char *what) {
    for (int i = 0; i < lp_claim_count; i++)
        if (!strcmp(lp_claims[i].text, text) && !strcmp(lp_claims[i].what, what))
            return &lp_claims[i];
    fail_msg("%s: '%s' is not in core/claims.c", text, what);
    return NULL;
}

/* One half of the last digit printed. */
static double half_unit(const char *says) {
    const char *point = strchr(says, '.'), *exponent = strchr(says, 'e');
    size_t digits = point ? strlen(point + 1) - (exponent ? strlen(exponent) : 0) : 0;
    return 0.5 * pow(10, -(double)digits) * (exponent ? pow(10, atof(exponent + 1)) : 1);
}

/* `x` in the digits of the row's `exact`, whose leading words are skipped. */
static void digits_checked(const lp_claim *c, double x) {
    char text[64];
    const char *digits = c->exact + strcspn(c->exact, "-0123456789");
    const char *point = strchr(digits, '.'), *exponent = strchr(digits, 'e');
    int after = point ? (int)(strlen(point + 1) - (exponent ? strlen(exponent) : 0)) : 0;
    snprintf(text, sizeof text, exponent ? "%.*e" : "%.*f", after, x);
    if (strcmp(text, digits) != 0)
        fail_msg("%s %s: exact is %s, the table says %s", c->text, c->what, text, digits);
}

static void verdict_checked(const lp_claim *c, bool right) {
    settled[c - lp_claims]++;
    printf("%s %-55s says %-10s %s, exact %s\n", c->text, c->what, c->says,
           right ? "right" : "WRONG", c->exact);
    if (right != c->right) fail_msg("%s %s: the table's verdict is wrong", c->text, c->what);
}

/* The claim is the number `says`; x is the exact one as a double. A tie may be printed either way,
 * and x itself has an error of an ulp or so. */
static void settle(const char *text, const char *what, double x) {
    const lp_claim *c = row(text, what);
    digits_checked(c, x);
    double says = strtod(c->says, NULL);
    verdict_checked(c, fabs(x - says) <= half_unit(c->says) + 1e-15 * fabs(says));
}

/* The claim is no plain number: `right` was decided by the caller. */
static void decide(const char *text, const char *what, double x, bool right) {
    const lp_claim *c = row(text, what);
    digits_checked(c, x);
    verdict_checked(c, right);
}

#define XENT LP_OP_SOFTMAX_XENT
#define SOFT LP_OP_SOFTMAX
#define BCE  LP_OP_BCE_LOGITS
#define CE   LP_OP_CROSS_ENTROPY

#define ASK(o, n, ...) .op = o, .k = n, .in = {__VA_ARGS__}
#define WITH(...)      .other = {__VA_ARGS__}

/* ---- 000, 002 ---- */

/* The gradient of BCE at the logit ln(p/(1-p)) is p - y. */
static double bce_gradient(double p) {
    const ask a = {ASK(BCE, 1, log(p / (1 - p))), WITH(1)};
    return answer(&a, LP_OUT_GRAD, 0);
}

static void test_gradients(void **state) {
    (void)state;
    settle("000", "BCE gradient at p = 0.8, y = 1", bce_gradient(0.8));
    settle("000", "BCE gradient at p = 0.3, y = 1", bce_gradient(0.3));
    const ask a = {ASK(XENT, 3, log(0.1), log(0.7), log(0.2)), .label = 1};
    settle("002", "CE gradient at p = (0.1, 0.7, 0.2), c = 1: [0]", answer(&a, LP_OUT_GRAD, 0));
    settle("002", "CE gradient at p = (0.1, 0.7, 0.2), c = 1: [1]", answer(&a, LP_OUT_GRAD, 1));
    settle("002", "CE gradient at p = (0.1, 0.7, 0.2), c = 1: [2]", answer(&a, LP_OUT_GRAD, 2));
}

/* exp(z) is rounded to infinity from z = ln(2^1024 - 2^970) on, half an ulp above DBL_MAX: less
 * than 1e-16 below 1024 ln 2. */
static void test_range(void **state) {
    (void)state;
    double overflow = surprise(1, 0x1p-1024);
    decide("000", "exp(z) overflows (binary64) where z > 710", overflow,
           overflow < 710 && overflow > 709);
    settle("002", "log10 exp(1000)", 1000 / surprise(1, 0.1));
}

static void softmax_claimed(const char *name, const ask *a) {
    for (int i = 0; i < 3; i++) {
        char what[64];
        snprintf(what, sizeof what, "%s[%d]", name, i);
        settle("002", what, answer(a, LP_OUT_VALUE, i));
    }
}

static void test_softmax(void **state) {
    (void)state;
    const ask big = {ASK(SOFT, 3, 1000, 1001, 999)};
    softmax_claimed("softmax(1000, 1001, 999)", &big);
    static const struct {
        const char *name;
        double temperature;
    } rows[] = {{"softmax(1, 2, 3)", 1},
                {"softmax(1, 2, 3; T = 2)", 2},
                {"softmax(1, 2, 3; T = 10)", 10},
                {"softmax(1, 2, 3; T = 0.5)", 0.5}};
    for (int i = 0; i < 4; i++) {
        const ask a = {ASK(SOFT, 3, 1, 2, 3), .temperature = rows[i].temperature};
        softmax_claimed(rows[i].name, &a);
    }
}

/* At equal logits the gradient is 1/3 - t', hence the smoothed targets t'. */
static void smoothing_rule(const char *text, double rule, const char *says) {
    const ask a = {ASK(XENT, 3, 1, 1, 1), .label = 0, .smoothing = 0.1, .rule = rule};
    double other = 1.0 / 3 - answer(&a, LP_OUT_GRAD, 1);
    const lp_claim *c = row(text, "label smoothing gives each other class");
    assert_string_equal(c->says, says);
    verdict_checked(c, fabs(other - 0.1 / (rule == 0 ? 3 : 2)) < 1e-15);
}

static void test_smoothing(void **state) {
    (void)state;
    const ask even = {ASK(XENT, 3, 1, 1, 1), .label = 0, .smoothing = 0.1};
    settle("002", "smoothed target at c, K = 3, eps = 0.1",
           1.0 / 3 - answer(&even, LP_OUT_GRAD, 0));
    settle("002", "smoothed target elsewhere, K = 3, eps = 0.1",
           1.0 / 3 - answer(&even, LP_OUT_GRAD, 1));
    smoothing_rule("001", 1, "eps/(K-1)");
    smoothing_rule("002", 0, "eps/K");
    smoothing_rule("003", 1, "eps/(K-1)");
    smoothing_rule("004", 0, "eps/K");
    const ask smooth = {ASK(XENT, 3, 1, 0, -2), .smoothing = 0.1}, sharp = {ASK(XENT, 3, 1, 0, -2)},
              p = {ASK(SOFT, 3, 1, 0, -2)};
    const ask h = {ASK(LP_OP_ENTROPY, 3, answer(&p, LP_OUT_VALUE, 0), answer(&p, LP_OUT_VALUE, 1),
                       answer(&p, LP_OUT_VALUE, 2))};
    double rewarded = answer(&sharp, LP_OUT_LOSS, 0) - 0.1 * answer(&h, LP_OUT_LOSS, 0);
    const char *what = "smoothed CE is CE - eps H(p): (1, 0, -2), c = 0, eps = 0.1";
    settle("002", what, answer(&smooth, LP_OUT_LOSS, 0));
    /* What the table lets the text say is what its formula gives. */
    assert_true(fabs(rewarded - strtod(row("002", what)->says, NULL)) <= 0.5e-6);
}

/* The focal loss (1-p)^2 (-ln p) of a probability: -(coefficient) ln q with exact products. */
static void test_focal_of_p(void **state) {
    (void)state;
    double easy = surprise(0.01, 0.9), hard = surprise(0.81, 0.1);
    settle("002", "focal loss, gamma = 2, p = 0.9", easy);
    settle("002", "focal loss, gamma = 2, p = 0.5", surprise(0.25, 0.5));
    settle("002", "focal loss, gamma = 2, p = 0.1", hard);
    settle("002", "focal loss at p = 0.1 over that at p = 0.9", hard / easy);
}

/* ---- 003 ---- */

static void test_entropies(void **state) {
    (void)state;
    const double ln2 = surprise(1, 0.5);
    settle("003", "-log 0.01 (log2)", surprise(1, 0.01) / ln2);
    settle("003", "-log 0.001 (log2)", surprise(1, 0.001) / ln2);
    const double p[] = {0.7, 0.2, 0.1};
    const ask same_q = {ASK(CE, 3, p[0], p[1], p[2]), WITH(p[0], p[1], p[2])};
    const ask close_q = {ASK(CE, 3, p[0], p[1], p[2]), WITH(0.6, 0.3, 0.1)};
    const ask poor_q = {ASK(CE, 3, p[0], p[1], p[2]), WITH(0.33, 0.33, 0.34)};
    settle("003", "H(P, P), P = (0.7, 0.2, 0.1), bits", answer(&same_q, LP_OUT_LOSS, 0) / ln2);
    settle("003", "H(P, Q), Q = (0.6, 0.3, 0.1), bits", answer(&close_q, LP_OUT_LOSS, 0) / ln2);
    settle("003", "H(P, Q), Q = (0.33, 0.33, 0.34), bits", answer(&poor_q, LP_OUT_LOSS, 0) / ln2);
}

static void test_losses(void **state) {
    (void)state;
    const ask rows[] = {{ASK(XENT, 3, 2, 1, 0.1), .label = 0},
                        {ASK(XENT, 3, 0.5, 2.5, 0.3), .label = 1},
                        {ASK(XENT, 3, 0.1, 0.2, 3), .label = 2}};
    settle("003", "mean CE of the three rows", mean(rows, 3));
    const ask bce[] = {{ASK(CE, 2, 1, 0), WITH(0.9, 1 - 0.9)},
                       {ASK(CE, 2, 0, 1), WITH(0.2, 0.8)},
                       {ASK(CE, 2, 1, 0), WITH(0.8, 0.2)},
                       {ASK(CE, 2, 1, 0), WITH(0.7, 1 - 0.7)},
                       {ASK(CE, 2, 0, 1), WITH(0.1, 0.9)}};
    settle("003", "BCE of the five predictions", mean(bce, 5));
    settle("003", "BCE, all wrong by 0.1 against 1", surprise(1, 0.1));
    const ask with_logits[] = {{ASK(BCE, 1, 5), WITH(1)},
                               {ASK(BCE, 1, -3), WITH(0)},
                               {ASK(BCE, 1, 2), WITH(1)},
                               {ASK(BCE, 1, 1), WITH(1)},
                               {ASK(BCE, 1, -5), WITH(0)}};
    const ask extreme[] = {{ASK(BCE, 1, 100), WITH(1)}, {ASK(BCE, 1, -100), WITH(0)}};
    settle("003", "BCE from logits (5, -3, 2, 1, -5)", mean(with_logits, 5));
    settle("003", "BCE from logits (100, -100)", mean(extreme, 2));
}

/* d/dz of (p - y)^2 / 2 is (p - y) p (1 - p), with p - y the exact BCE gradient. */
static double mse_gradient(double z) {
    const ask wrong = {ASK(BCE, 1, z), WITH(1)}, right = {ASK(BCE, 1, z), WITH(0)};
    double less = answer(&wrong, LP_OUT_GRAD, 0), p = answer(&right, LP_OUT_GRAD, 0);
    return less * p * -less;
}

static void test_mse(void **state) {
    (void)state;
    static const struct {
        const char *p;
        double value;
    } rows[] = {{"0.01", 0.01}, {"0.30", 0.3}, {"0.90", 0.9}, {"0.99", 0.99}};
    const ask five = {ASK(BCE, 1, -5), WITH(1)};
    int smallest = 0;
    settle("003", "MSE gradient at z = -5, y = 1 is about 0", mse_gradient(-5));
    settle("003", "CE gradient at z = -5, y = 1 is about -1", answer(&five, LP_OUT_GRAD, 0));
    for (int i = 0; i < 4; i++) {
        char what[64];
        double z = log(rows[i].value / (1 - rows[i].value));
        snprintf(what, sizeof what, "MSE gradient at p = %s, y = 1", rows[i].p);
        settle("003", what, mse_gradient(z));
        snprintf(what, sizeof what, "CE gradient at p = %s, y = 1", rows[i].p);
        settle("003", what, bce_gradient(rows[i].value));
        double least = log(rows[smallest].value / (1 - rows[smallest].value));
        if (fabs(mse_gradient(z)) < fabs(mse_gradient(least))) smallest = i;
    }
    settle("003", "the MSE gradient is smallest at p =", rows[smallest].value);
}

/* ---- 004 ---- */

/* p_1 of (gap, 0, 0) as a softmax in the format returns it at best: the correctly rounded one. */
static double off_label(double gap, lp_format_id format) {
    const ask a = {ASK(SOFT, 3, gap, 0, 0)};
    return rounded(&a, LP_OUT_VALUE, 1, format);
}

/* Least gap, to a double's ulp, whose p_1 rounds to 0, so that its logarithm is -inf. */
static double naive_fails_from(lp_format_id format) {
    double low = 0, high = 1000;
    for (int i = 0; i < 60; i++) {
        double middle = low + (high - low) / 2;
        *(off_label(middle, format) > 0 ? &low : &high) = middle;
    }
    return high;
}

static void test_naive(void **state) {
    (void)state;
    const ask ten = {ASK(SOFT, 3, 10, 0, 0)}, far = {ASK(SOFT, 3, 40, 0, 0)};
    settle("004", "1 / p_2 of (10, 0, 0)", 1 / answer(&ten, LP_OUT_VALUE, 1));
    settle("004", "p_2 of (10, 0, 0)", answer(&ten, LP_OUT_VALUE, 1));
    settle("004", "p_2 of (100, 0, 0)", off_label(100, LP_BINARY64));
    double in64 = surprise(1, off_label(100, LP_BINARY64)),
           in32 = surprise(1, off_label(100, LP_BINARY32));
    decide("004", "naive loss of (100, 0, 0) at class 1, binary64", in64, !isfinite(in64));
    decide("004", "naive loss of (100, 0, 0) at class 1, binary32", in32, !isfinite(in32));
    settle("004", "gap from which the naive loss is inf, binary64", naive_fails_from(LP_BINARY64));
    settle("004", "gap from which the naive loss is inf, binary32", naive_fails_from(LP_BINARY32));
    double certain = answer(&far, LP_OUT_VALUE, 0);
    decide("004", "softmax(40, 0, 0)[0] in binary64", certain, certain != 1);
}

/* The focal loss and its gradient over CE's, (1-p)^2 - 2 p (1-p) ln p, from the exact CE and its
 * exact gradient p - 1, so that 1 - p is not a difference. */
static double focal(const ask *a) {
    double rest = -answer(a, LP_OUT_GRAD, a->label);
    return rest * rest * answer(a, LP_OUT_LOSS, 0);
}

static void test_variants(void **state) {
    (void)state;
    const ask two[] = {{ASK(XENT, 3, 1, 2, 3), .label = 2}, {ASK(XENT, 3, 2, 1, 3), .label = 0}};
    settle("004", "mean CE of the normal logits", mean(two, 2));
    ask rows[] = {{ASK(XENT, 3, 3, 0.5, 0.1), .label = 0},
                  {ASK(XENT, 3, 0.1, 3, 0.2), .label = 1},
                  {ASK(XENT, 3, 0.5, 0.4, 0.3), .label = 2},
                  {ASK(XENT, 3, 0.8, 1, 0.9), .label = 0}};
    static const char *const name[] = {
        "loss of row 0, (3, 0.5, 0.1)", "loss of row 1, (0.1, 3, 0.2)",
        "loss of row 2, (0.5, 0.4, 0.3)", "loss of row 3, (0.8, 1, 0.9)"};
    double focals = 0;
    for (int i = 0; i < 4; i++) {
        settle("004", name[i], answer(&rows[i], LP_OUT_LOSS, 0));
        focals += focal(&rows[i]);
    }
    settle("004", "mean CE of the four rows", mean(rows, 4));
    settle("004", "focal, gamma = 2", focals / 4);
    for (int i = 0; i < 4; i++) memcpy(rows[i].weight, (double[]){1, 1, 3}, 3 * sizeof(double));
    settle("004", "weighted (1, 1, 3), by N", mean(rows, 4));
    settle("004", "weighted (1, 1, 3), by the sum of w", mean(rows, 4) * 4 / 6);
    for (int i = 0; i < 4; i++) rows[i].weight[0] = 0, rows[i].smoothing = 0.1;
    settle("004", "smoothing, eps = 0.1, rule K", mean(rows, 4));
    for (int i = 0; i < 4; i++) rows[i].rule = 1;
    settle("004", "smoothing, eps = 0.1, rule K-1", mean(rows, 4));
}

static void test_easy_and_hard(void **state) {
    (void)state;
    const ask easy = {ASK(XENT, 3, 3, 0, 0)}, easy_p = {ASK(SOFT, 3, 3, 0, 0)},
              hard = {ASK(XENT, 3, 0.5, 0.5, 0.5)}, hard_p = {ASK(SOFT, 3, 0.5, 0.5, 0.5)};
    settle("004", "easy (3, 0, 0): p", answer(&easy_p, LP_OUT_VALUE, 0));
    settle("004", "easy (3, 0, 0): CE", answer(&easy, LP_OUT_LOSS, 0));
    settle("004", "easy (3, 0, 0): focal", focal(&easy));
    settle("004", "hard (0.5, 0.5, 0.5): p", answer(&hard_p, LP_OUT_VALUE, 0));
    settle("004", "hard (0.5, 0.5, 0.5): CE", answer(&hard, LP_OUT_LOSS, 0));
    settle("004", "hard (0.5, 0.5, 0.5): focal", focal(&hard));
    double p = answer(&hard_p, LP_OUT_VALUE, 0), rest = -answer(&hard, LP_OUT_GRAD, 0);
    settle("004", "focal gradient over CE's, gamma = 2, p = 1/3: (1-p)^2 =",
           rest * rest + 2 * p * rest * answer(&hard, LP_OUT_LOSS, 0));
}

/* No row without a computation, and none computed twice under one name. */
static void test_all_settled(void **state) {
    (void)state;
    assert_true(lp_claim_count <= (int)(sizeof settled / sizeof *settled));
    for (int i = 0; i < lp_claim_count; i++)
        if (settled[i] != 1)
            fail_msg("%s '%s' was settled %d times", lp_claims[i].text, lp_claims[i].what,
                     settled[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gradients),     cmocka_unit_test(test_range),
        cmocka_unit_test(test_softmax),       cmocka_unit_test(test_smoothing),
        cmocka_unit_test(test_focal_of_p),    cmocka_unit_test(test_entropies),
        cmocka_unit_test(test_losses),        cmocka_unit_test(test_mse),
        cmocka_unit_test(test_naive),         cmocka_unit_test(test_variants),
        cmocka_unit_test(test_easy_and_hard), cmocka_unit_test(test_all_settled)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
