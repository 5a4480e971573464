/* The special values and refusals of the specification's section 2, exactly, and what makes each
 * exemplar what it is called. */
#include "tests/subjects/lab.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* One row, K = 2, both formats: inputs by role and the exact answers. */
#define INF (double)INFINITY
static const struct special {
    const char *op;
    lp_op id;
    lp_in role[2];
    double in[2][2];
    double loss, grad[2], grad_p[2];
} specials[] = {
    {"softmax_xent", LP_OP_SOFTMAX_XENT, {LP_IN_LOGITS}, {{0, -INF}}, 0, {0, 0}, {0}},
    {"softmax_xent", LP_OP_SOFTMAX_XENT, {LP_IN_LOGITS}, {{-INF, 0}}, INF, {-1, 1}, {0}},
    {"softmax_xent", LP_OP_SOFTMAX_XENT, {LP_IN_LOGITS}, {{-INF, -INF}}, NAN, {NAN, NAN}, {0}},
    {"softmax_xent", LP_OP_SOFTMAX_XENT, {LP_IN_LOGITS}, {{0, INF}}, NAN, {NAN, NAN}, {0}},
    {"softmax_xent", LP_OP_SOFTMAX_XENT, {LP_IN_LOGITS}, {{0, NAN}}, NAN, {NAN, NAN}, {0}},
    {"softmax_xent",
     LP_OP_SOFTMAX_XENT,
     {LP_IN_LOGITS},
     {{-0x1p127, 0x1p120}},
     0x1p127 + 0x1p120,
     {-1, 1},
     {0}},
    {"entropy", LP_OP_ENTROPY, {LP_IN_P, LP_IN_P}, {{0, 1}, {0, 1}}, 0, {INF, -1}, {0}},
    {"entropy", LP_OP_ENTROPY, {LP_IN_P, LP_IN_P}, {{0, NAN}, {0, NAN}}, NAN, {NAN, NAN}, {0}},
    {"cross_entropy",
     LP_OP_CROSS_ENTROPY,
     {LP_IN_P, LP_IN_Q},
     {{0, 1}, {0, 1}},
     0,
     {0, -1},
     {INF, 0}},
    {"cross_entropy",
     LP_OP_CROSS_ENTROPY,
     {LP_IN_P, LP_IN_Q},
     {{1, 0}, {0, 1}},
     INF,
     {-INF, 0},
     {INF, 0}},
    {"cross_entropy",
     LP_OP_CROSS_ENTROPY,
     {LP_IN_P, LP_IN_Q},
     {{1, NAN}, {1, 1}},
     NAN,
     {NAN, NAN},
     {NAN, NAN}},
    {"cross_entropy",
     LP_OP_CROSS_ENTROPY,
     {LP_IN_P, LP_IN_Q},
     {{1, 0}, {-0.0, 1}},
     INF,
     {-INF, 0},
     {INF, 0}},
    {"kl_div", LP_OP_KL_DIV, {LP_IN_P, LP_IN_Q}, {{1, 0}, {-0.0, 1}}, INF, {-INF, 0}, {INF, -INF}},
    {"kl_div", LP_OP_KL_DIV, {LP_IN_P, LP_IN_Q}, {{0, 1}, {0, 1}}, 0, {0, -1}, {NAN, 1}},
    {"kl_div", LP_OP_KL_DIV, {LP_IN_P, LP_IN_Q}, {{1, 0}, {0, 1}}, INF, {-INF, 0}, {INF, -INF}},
    {"kl_div", LP_OP_KL_DIV, {LP_IN_P, LP_IN_Q}, {{1, 1}, {1, NAN}}, NAN, {NAN, NAN}, {NAN, NAN}},
    {"kl_gen", LP_OP_KL_GEN, {LP_IN_P, LP_IN_Q}, {{1, 0}, {-0.0, 1}}, INF, {-INF, 1}, {INF, -INF}},
    {"kl_gen", LP_OP_KL_GEN, {LP_IN_P, LP_IN_Q}, {{0, 1}, {0, 1}}, 0, {1, 0}, {NAN, 0}},
    {"kl_gen", LP_OP_KL_GEN, {LP_IN_P, LP_IN_Q}, {{0, 1}, {0.5, 1}}, 0.5, {1, 0}, {-INF, 0}},
    {"kl_gen", LP_OP_KL_GEN, {LP_IN_P, LP_IN_Q}, {{INF, 1}, {1, 1}}, INF, {-INF, 0}, {INF, 0}},
    {"kl_gen", LP_OP_KL_GEN, {LP_IN_P, LP_IN_Q}, {{1, 1}, {INF, 1}}, INF, {1, 0}, {-INF, 0}},
    {"kl_gen", LP_OP_KL_GEN, {LP_IN_P, LP_IN_Q}, {{1, 1}, {1, NAN}}, NAN, {NAN, NAN}, {NAN, NAN}},
};

/* Equal as values, an exact zero with its sign, any NaN for NaN. */
static void assert_exact(double got, double want, const char *op, unsigned row) {
    const bool same = isnan(want) ? isnan(got) : got == want && signbit(got) == signbit(want);
    if (!same) fail_msg("%s, row %u of the table: got %a, exact %a", op, row, got, want);
}

static void test_textbook_specials(void **state) {
    const lp_subject *subject = lab_load("textbook")();
    (void)state;
    for (unsigned t = 0; t < sizeof specials / sizeof *specials; t++)
        for (int format = LP_BINARY64; format <= LP_BINARY32; format++) {
            const struct special *s = &specials[t];
            const lp_entry *entry = lab_entry(subject, s->op, (lp_format_id)format);
            lab l;
            lab_init(&l, s->id, entry, 1, 2, 0);
            for (int r = 0; r < 2; r++) {
                if (r > 0 && s->role[r] == LP_IN_LOGITS) continue;
                lab_give(&l, s->role[r]);
                for (int j = 0; j < 2; j++) lab_set(&l, s->role[r], 0, j, s->in[r][j]);
            }
            assert_int_equal(entry->run(&l.call), LP_OK);
            assert_exact(lab_out(&l, LP_OUT_LOSS, 0, 0), s->loss, s->op, t);
            for (int j = 0; j < 2; j++) {
                assert_exact(lab_out(&l, LP_OUT_GRAD, 0, j), s->grad[j], s->op, t);
                if (entry->outputs & LP_OUT_BIT(LP_OUT_GRAD_P))
                    assert_exact(lab_out(&l, LP_OUT_GRAD_P, 0, j), s->grad_p[j], s->op, t);
            }
        }
}

static void test_textbook_margins(void **state) {
    static const struct {
        double z;
        int64_t y;
        double loss, grad;
    } rows[] = {{INF, 1, 0, 0},    {-INF, -1, 0, 0},   {-INF, 1, INF, -1},
                {INF, -1, INF, 1}, {NAN, 1, NAN, NAN}, {NAN, -1, NAN, NAN}};
    const lp_subject *subject = lab_load("textbook")();
    (void)state;
    for (unsigned t = 0; t < sizeof rows / sizeof *rows; t++)
        for (int format = LP_BINARY64; format <= LP_BINARY32; format++) {
            const lp_entry *entry = lab_entry(subject, "logistic_margin", (lp_format_id)format);
            lab l;
            lab_init(&l, LP_OP_LOGISTIC_MARGIN, entry, 1, 1, 0);
            lab_give(&l, LP_IN_LOGITS);
            lab_set(&l, LP_IN_LOGITS, 0, 0, rows[t].z);
            l.label[0] = rows[t].y;
            assert_int_equal(entry->run(&l.call), LP_OK);
            assert_exact(lab_out(&l, LP_OUT_LOSS, 0, 0), rows[t].loss, "logistic_margin", t);
            assert_exact(lab_out(&l, LP_OUT_GRAD, 0, 0), rows[t].grad, "logistic_margin", t);
            l.label[0] = 0;
            assert_int_equal(entry->run(&l.call), LP_E_LABEL);
        }
}

/* What is one number over all rows writes it whatever their number; all answers are exact. */
static void test_textbook_whole(void **state) {
    static const struct {
        const char *op;
        lp_op id;
        int64_t n;
        double x[4], bins;
        int64_t label[2];
        bool ignore_0, empty;
        double want;
    } rows[] = {{"perplexity", LP_OP_PERPLEXITY, 0, {0}, 0, {0}, false, false, NAN},
                {"perplexity", LP_OP_PERPLEXITY, 0, {0}, 0, {0}, false, true, 1},
                {"perplexity", LP_OP_PERPLEXITY, 2, {0, 1, 0.5, 0.5}, 0, {0, 0}, false, false, INF},
                {"perplexity", LP_OP_PERPLEXITY, 2, {INF, 1, 0.5, 0.5}, 0, {0, 0}, false, false, 0},
                {"perplexity", LP_OP_PERPLEXITY, 2, {INF, 1, 0, 0.5}, 0, {0, 0}, false, false, NAN},
                {"perplexity", LP_OP_PERPLEXITY, 2, {NAN, 0, 0.5, 1}, 0, {0, 1}, true, false, 1},
                {"ece", LP_OP_ECE, 0, {0}, 0, {0}, false, false, NAN},
                {"ece", LP_OP_ECE, 0, {0}, 0, {0}, false, true, 0},
                {"ece", LP_OP_ECE, 2, {0.5, 0, 0.25, 0}, 2, {0, 1}, false, false, 0.125},
                {"ece", LP_OP_ECE, 2, {1, 0, 3, 0}, 3, {0, 1}, false, false, 1.5},
                {"ece", LP_OP_ECE, 1, {0.5, 0.5}, 0, {1}, false, false, 0.5},
                {"ece", LP_OP_ECE, 2, {INF, 0, 0.5, 0}, 0, {0, 1}, false, false, INF},
                {"ece", LP_OP_ECE, 2, {0.5, NAN, 0.5, 0}, 0, {0, 1}, false, false, NAN},
                {"ece", LP_OP_ECE, 2, {NAN, 0, 0.25, 0}, 0, {0, 1}, true, false, 0.25}};
    const lp_subject *subject = lab_load("textbook")();
    (void)state;
    for (unsigned t = 0; t < sizeof rows / sizeof *rows; t++)
        for (int format = LP_BINARY64; format <= LP_BINARY32; format++) {
            const lp_entry *entry = lab_entry(subject, rows[t].op, (lp_format_id)format);
            const lp_in role = rows[t].id == LP_OP_ECE ? LP_IN_P : LP_IN_Q;
            lab l;
            lab_init(&l, rows[t].id, entry, rows[t].n, 2, 0);
            lab_give(&l, role);
            for (int64_t i = 0; i < rows[t].n; i++) {
                l.label[i] = rows[t].label[i];
                for (int64_t j = 0; j < 2; j++) lab_set(&l, role, i, j, rows[t].x[2 * i + j]);
            }
            if (rows[t].bins > 0) lab_param(&l, LP_PARAM_BINS, rows[t].bins);
            if (rows[t].empty) lab_param(&l, LP_PARAM_EMPTY_MEAN, 1);
            if (rows[t].ignore_0) l.call.set |= LP_PARAM_BIT(LP_PARAM_IGNORE_INDEX);
            assert_int_equal(entry->run(&l.call), LP_OK);
            assert_exact(lab_out(&l, LP_OUT_LOSS, 0, 0), rows[t].want, rows[t].op, t);
            lab_param(&l, LP_PARAM_BINS, 0);
            if (rows[t].id == LP_OP_ECE) assert_int_equal(entry->run(&l.call), LP_E_ARGUMENT);
        }
}

static void test_textbook_bce_infinities(void **state) {
    static const struct {
        double z, y, loss, grad;
    } rows[] = {{INF, 1, 0, 0},       {INF, 0.5, INF, 0.5}, {INF, 0, INF, 1},
                {-INF, 0, 0, 0},      {-INF, 1, INF, -1},   {-INF, 0.5, INF, -0.5},
                {INF, NAN, NAN, NAN}, {NAN, 1, NAN, NAN}};
    const lp_subject *subject = lab_load("textbook")();
    (void)state;
    for (unsigned t = 0; t < sizeof rows / sizeof *rows; t++)
        for (int format = LP_BINARY64; format <= LP_BINARY32; format++) {
            const lp_entry *entry = lab_entry(subject, "bce_logits", (lp_format_id)format);
            lab l;
            lab_init(&l, LP_OP_BCE_LOGITS, entry, 1, 1, 0);
            lab_give(&l, LP_IN_LOGITS);
            lab_give(&l, LP_IN_TARGETS);
            lab_set(&l, LP_IN_LOGITS, 0, 0, rows[t].z);
            lab_set(&l, LP_IN_TARGETS, 0, 0, rows[t].y);
            assert_int_equal(entry->run(&l.call), LP_OK);
            assert_exact(lab_out(&l, LP_OUT_LOSS, 0, 0), rows[t].loss, "bce_logits", t);
            assert_exact(lab_out(&l, LP_OUT_GRAD, 0, 0), rows[t].grad, "bce_logits", t);
        }
}

/* The links at the infinities, where an exact -0 is the answer once, and beside them. */
static void test_textbook_links(void **state) {
    static const struct {
        const char *op;
        lp_op id;
        double z, v, value, grad;
    } rows[] = {{"sigmoid", LP_OP_SIGMOID, INF, 1, 1, 0},
                {"sigmoid", LP_OP_SIGMOID, -INF, -1, 0, 0},
                {"sigmoid", LP_OP_SIGMOID, 800, INF, 1, INF},
                {"sigmoid", LP_OP_SIGMOID, INF, INF, 1, NAN},
                {"sigmoid", LP_OP_SIGMOID, 0, 4, 0.5, 1},
                {"log_sigmoid", LP_OP_LOG_SIGMOID, INF, 1, -0.0, 0},
                {"log_sigmoid", LP_OP_LOG_SIGMOID, -INF, -2, -INF, -2},
                {"log_sigmoid", LP_OP_LOG_SIGMOID, -800, 0, -800, 0},
                {"softplus", LP_OP_SOFTPLUS, INF, -2, INF, -2},
                {"softplus", LP_OP_SOFTPLUS, -INF, 2, 0, 0},
                {"softplus", LP_OP_SOFTPLUS, 800, -INF, 800, -INF},
                {"softplus", LP_OP_SOFTPLUS, NAN, INF, NAN, NAN}};
    const lp_subject *subject = lab_load("textbook")();
    (void)state;
    for (unsigned t = 0; t < sizeof rows / sizeof *rows; t++)
        for (int format = LP_BINARY64; format <= LP_BINARY32; format++) {
            const lp_entry *entry = lab_entry(subject, rows[t].op, (lp_format_id)format);
            lab l;
            lab_init(&l, rows[t].id, entry, 1, 1, 0);
            lab_give(&l, LP_IN_LOGITS);
            lab_give(&l, LP_IN_V);
            lab_set(&l, LP_IN_LOGITS, 0, 0, rows[t].z);
            lab_set(&l, LP_IN_V, 0, 0, rows[t].v);
            assert_int_equal(entry->run(&l.call), LP_OK);
            assert_exact(lab_out(&l, LP_OUT_VALUE, 0, 0), rows[t].value, rows[t].op, t);
            assert_exact(lab_out(&l, LP_OUT_GRAD, 0, 0), rows[t].grad, rows[t].op, t);
        }
}

/* Rows of three logits at label 0 or with targets; gradients of +0 at a mask. */
static void test_textbook_soft(void **state) {
    static const struct {
        const char *op;
        lp_op id;
        double z[3], t[3], loss, grad[3];
    } rows[] = {
        {"softmax_xent_soft", LP_OP_SOFTMAX_XENT_SOFT, {0, -INF, 0}, {0, 0, 0}, 0, {0, 0, 0}},
        {"softmax_xent_soft", LP_OP_SOFTMAX_XENT_SOFT, {0, -INF, -INF}, {1, 0, 0}, 0, {0, 0, 0}},
        {"softmax_xent_soft", LP_OP_SOFTMAX_XENT_SOFT, {0, -INF, -INF}, {1, 1, 0}, INF, {1, -1, 0}},
        {"softmax_xent_soft",
         LP_OP_SOFTMAX_XENT_SOFT,
         {0, NAN, 0},
         {1, 0, 0},
         NAN,
         {NAN, NAN, NAN}},
        {"softmax_xent_soft",
         LP_OP_SOFTMAX_XENT_SOFT,
         {0, 0, 0},
         {1, NAN, 0},
         NAN,
         {NAN, NAN, NAN}},
        {"softmax_xent_soft",
         LP_OP_SOFTMAX_XENT_SOFT,
         {INF, 0, 0},
         {0, 0, 0},
         NAN,
         {NAN, NAN, NAN}},
        {"kl_logits", LP_OP_KL_LOGITS, {7, -INF, -INF}, {1, 0, 0}, 0, {0, 0, 0}},
        {"kl_logits", LP_OP_KL_LOGITS, {7, -INF, -INF}, {0, 1, 0}, INF, {1, -1, 0}},
        {"kl_logits", LP_OP_KL_LOGITS, {-INF, -INF, -INF}, {0, 1, 0}, NAN, {NAN, NAN, NAN}},
        {"distill", LP_OP_DISTILL, {5, -INF, 5}, {7, -INF, 7}, 0, {0, 0, 0}}, /* mix = 0, kl */
        {"distill", LP_OP_DISTILL, {0, -INF, 0}, {0, 0, -INF}, INF, {0, -0.5, 0.5}},
        {"distill", LP_OP_DISTILL, {0, 0, 0}, {NAN, 0, 0}, NAN, {NAN, NAN, NAN}},
        {"distill", LP_OP_DISTILL, {0, 0, 0}, {INF, 0, 0}, NAN, {NAN, NAN, NAN}},
        {"distill", LP_OP_DISTILL, {-INF, -INF, -INF}, {0, 0, 0}, NAN, {NAN, NAN, NAN}},
        {"policy_grad", LP_OP_POLICY_GRAD, {0, -INF, 0}, {0}, 0, {-0.5, 0, 0.5}}, /* A = b = 1 */
        {"policy_grad", LP_OP_POLICY_GRAD, {-INF, 0, 0}, {0}, INF, {-1, 0.5, 0.5}},
        {"policy_grad", LP_OP_POLICY_GRAD, {-INF, 7, -INF}, {0}, INF, {-1, 1, 0}},
        {"policy_grad", LP_OP_POLICY_GRAD, {0, NAN, 0}, {0}, NAN, {NAN, NAN, NAN}},
        {"policy_grad", LP_OP_POLICY_GRAD, {INF, 0, 0}, {0}, NAN, {NAN, NAN, NAN}},
        {"focal_softmax", LP_OP_FOCAL_SOFTMAX, {7, -INF, -INF}, {0}, 0, {0, 0, 0}},
        {"focal_softmax", LP_OP_FOCAL_SOFTMAX, {-INF, 7, -INF}, {0}, INF, {-1, 1, 0}},
        {"focal_softmax", LP_OP_FOCAL_SOFTMAX, {0, INF, 0}, {0}, NAN, {NAN, NAN, NAN}},
        {"logsumexp", LP_OP_LOGSUMEXP, {-INF, -INF, -INF}, {0}, -INF, {NAN, NAN, NAN}},
        {"logsumexp", LP_OP_LOGSUMEXP, {-INF, INF, 0}, {0}, INF, {NAN, NAN, NAN}},
        {"logsumexp", LP_OP_LOGSUMEXP, {NAN, INF, 0}, {0}, NAN, {NAN, NAN, NAN}},
        {"logsumexp", LP_OP_LOGSUMEXP, {-INF, -3, -INF}, {0}, -3, {0, 1, 0}},
    };
    const lp_subject *subject = lab_load("textbook")();
    (void)state;
    for (unsigned t = 0; t < sizeof rows / sizeof *rows; t++)
        for (int format = LP_BINARY64; format <= LP_BINARY32; format++) {
            const lp_entry *entry = lab_entry(subject, rows[t].op, (lp_format_id)format);
            lab l;
            lab_init(&l, rows[t].id, entry, 1, 3, 0);
            lab_give(&l, LP_IN_LOGITS);
            lab_give(&l, LP_IN_TARGETS);
            if (rows[t].id == LP_OP_FOCAL_SOFTMAX) lab_param(&l, LP_PARAM_GAMMA, 0.5);
            if (rows[t].id == LP_OP_POLICY_GRAD) lab_param(&l, LP_PARAM_ENTROPY_WEIGHT, 1);
            if (rows[t].id == LP_OP_DISTILL) {
                lab_give(&l, LP_IN_TEACHER);
                lab_param(&l, LP_PARAM_MIX, 0);
                lab_param(&l, LP_PARAM_FORM, 1);
            }
            for (int j = 0; j < 3; j++) {
                lab_set(&l, LP_IN_LOGITS, 0, j, rows[t].z[j]);
                if (rows[t].id == LP_OP_DISTILL) lab_set(&l, LP_IN_TEACHER, 0, j, rows[t].t[j]);
                lab_set(&l, LP_IN_TARGETS, 0, j, rows[t].t[j]);
            }
            assert_int_equal(entry->run(&l.call), LP_OK);
            const lp_out out = rows[t].id == LP_OP_LOGSUMEXP ? LP_OUT_VALUE : LP_OUT_LOSS;
            assert_exact(lab_out(&l, out, 0, 0), rows[t].loss, rows[t].op, t);
            for (int j = 0; j < 3; j++)
                assert_exact(lab_out(&l, LP_OUT_GRAD, 0, j), rows[t].grad[j], rows[t].op, t);
        }
}

/* A refused call writes nothing. */
static void refused(const lp_entry *entry, lab *l, lp_status status) {
    const lab before = *l;
    assert_int_equal(entry->run(&l->call), status);
    assert_true(lab_same(l, &before));
}

static void refusals_of(const char *name) {
    const lp_entry *entry = lab_entry(lab_load(name)(), "softmax_xent", LP_BINARY32);
    lab l;

    lab_init(&l, LP_OP_SOFTMAX_XENT, entry, 2, 3, 0);
    lab_fill(&l, LP_IN_LOGITS, 0, 1);
    l.label[1] = 3;
    refused(entry, &l, LP_E_LABEL);
    l.label[1] = -1;
    refused(entry, &l, LP_E_LABEL);
    l.label[1] = 0;
    l.call.k = 0;
    refused(entry, &l, LP_E_ARGUMENT);
    l.call.n = 0;
    l.call.k = 3;
    l.call.in[LP_IN_LOGITS].data = NULL;
    refused(entry, &l, LP_OK);
    l.call.n = 2;
    refused(entry, &l, LP_E_ARGUMENT);
}

static void test_refusals(void **state) {
    const lp_subject *textbook = lab_load("textbook")();
    const lp_entry *bce = lab_entry(textbook, "bce_logits", LP_BINARY64);
    const lp_entry *kl = lab_entry(textbook, "kl_div", LP_BINARY64);
    lab l;
    (void)state;

    refusals_of("textbook");
    refusals_of("../../tests/doc_adapter");
    lab_init(&l, LP_OP_BCE_LOGITS, bce, 2, 1, 0);
    lab_fill(&l, LP_IN_LOGITS, 0, 1);
    lab_fill(&l, LP_IN_TARGETS, 0, 1);
    lab_set(&l, LP_IN_TARGETS, 1, 0, 1.5);
    refused(bce, &l, LP_E_ARGUMENT);
    lab_init(&l, LP_OP_KL_DIV, kl, 2, 2, 0);
    lab_fill(&l, LP_IN_P, 0, 1);
    lab_fill(&l, LP_IN_Q, 0, 1);
    lab_set(&l, LP_IN_Q, 1, 1, -0x1p-1074);
    refused(kl, &l, LP_E_ARGUMENT);
}

static void refused_option(const char *op, lp_op id, lp_param p, double value) {
    const lp_entry *entry = lab_entry(lab_load("textbook")(), op, LP_BINARY32);
    lab l;
    lab_init(&l, id, entry, 2, 3, 0);
    lab_fill(&l, LP_IN_LOGITS, 0, 1);
    lab_fill(&l, LP_IN_TARGETS, 0, 1);
    lab_param(&l, p, value);
    refused(entry, &l, LP_E_ARGUMENT);
}

static void test_options_refused(void **state) {
    lab l;
    (void)state;
    refused_option("softmax_xent_soft", LP_OP_SOFTMAX_XENT_SOFT, LP_PARAM_SMOOTHING, 1.5);
    refused_option("softmax_xent_soft", LP_OP_SOFTMAX_XENT_SOFT, LP_PARAM_SMOOTHING, NAN);
    refused_option("softmax_xent_soft", LP_OP_SOFTMAX_XENT_SOFT, LP_PARAM_TEMPERATURE, 0);
    refused_option("policy_grad", LP_OP_POLICY_GRAD, LP_PARAM_ADVANTAGE, -INF);
    refused_option("policy_grad", LP_OP_POLICY_GRAD, LP_PARAM_ENTROPY_WEIGHT, NAN);
    refused_option("focal_softmax", LP_OP_FOCAL_SOFTMAX, LP_PARAM_GAMMA, -1);
    refused_option("focal_softmax", LP_OP_FOCAL_SOFTMAX, LP_PARAM_ALPHA, INF);
    for (int in = LP_IN_TARGETS; in <= LP_IN_WEIGHTS; in += LP_IN_WEIGHTS - LP_IN_TARGETS) {
        const lp_entry *soft = lab_entry(lab_load("textbook")(), "softmax_xent_soft", LP_BINARY64);
        lab_init(&l, LP_OP_SOFTMAX_XENT_SOFT, soft, 2, 3, 0);
        lab_fill(&l, LP_IN_LOGITS, 0, 1);
        lab_fill(&l, LP_IN_TARGETS, 0, 9); /* any mass */
        assert_int_equal(soft->run(&l.call), LP_OK);
        lab_give(&l, (lp_in)in);
        lab_set(&l, (lp_in)in, 0, 2, INF);
        refused(soft, &l, LP_E_ARGUMENT);
    }
}

/* p/q = 2^-160 is 0 in binary32, its logarithm an ordinary number. */
static void test_quotient_beyond_range(void **state) {
    const lp_entry *entry = lab_entry(lab_load("textbook")(), "kl_div", LP_BINARY32);
    lab l;
    (void)state;
    lab_init(&l, LP_OP_KL_DIV, entry, 1, 1, 0);
    lab_give(&l, LP_IN_P);
    lab_give(&l, LP_IN_Q);
    lab_set(&l, LP_IN_P, 0, 0, 0x1p-100);
    lab_set(&l, LP_IN_Q, 0, 0, 0x1p60);
    assert_int_equal(entry->run(&l.call), LP_OK);
    const double want = 1 - 160 * 0x1.62e42fefa39efp-1; /* 1 - 160 ln 2 */
    /* Two logarithms of at most 70 at 8u, a difference and a sum of at most 111. */
    assert_true(fabs(lab_out(&l, LP_OUT_GRAD_P, 0, 0) - want) <= 0x1p-24 * (8 * 2 * 70 + 2 * 111));
}

/* A gap of twice the largest number overflows; a quarter of it does not. */
static void test_gap_beyond_range(void **state) {
    static const double most[] = {[LP_BINARY64] = DBL_MAX, [LP_BINARY32] = FLT_MAX};
    (void)state;
    for (int format = LP_BINARY64; format <= LP_BINARY32; format++) {
        const lp_entry *entry =
            lab_entry(lab_load("textbook")(), "focal_softmax", (lp_format_id)format);
        lab l;
        lab_init(&l, LP_OP_FOCAL_SOFTMAX, entry, 1, 2, 0);
        lab_give(&l, LP_IN_LOGITS);
        lab_param(&l, LP_PARAM_ALPHA, 0.25);
        lab_set(&l, LP_IN_LOGITS, 0, 0, -most[format]);
        lab_set(&l, LP_IN_LOGITS, 0, 1, most[format]);
        assert_int_equal(entry->run(&l.call), LP_OK);
        assert_exact(lab_out(&l, LP_OUT_LOSS, 0, 0), most[format] / 2, "focal_softmax", 0);
        assert_exact(lab_out(&l, LP_OUT_GRAD, 0, 0), -0.25, "focal_softmax", 0);
        assert_exact(lab_out(&l, LP_OUT_GRAD, 0, 1), 0.25, "focal_softmax", 0);
    }
}

/* Two losses of which each overflows, 3 z, and four that are 0: their mean is z. An infinite logit
 * is no overflow. */
static void test_sum_beyond_range(void **state) {
    static const double most[] = {[LP_BINARY64] = DBL_MAX, [LP_BINARY32] = FLT_MAX};
    (void)state;
    for (int format = LP_BINARY64; format <= LP_BINARY32; format++) {
        const lp_entry *entry =
            lab_entry(lab_load("textbook")(), "bce_logits", (lp_format_id)format);
        lab l;
        lab_init(&l, LP_OP_BCE_LOGITS, entry, 6, 1, 0);
        lab_give(&l, LP_IN_TARGETS);
        lab_give(&l, LP_IN_LOGITS);
        lab_param(&l, LP_PARAM_POS_WEIGHT, 3);
        for (int i = 0; i < 6; i++) lab_set(&l, LP_IN_LOGITS, i, 0, i < 2 ? -most[format] : 800);
        for (int i = 0; i < 6; i++) lab_set(&l, LP_IN_TARGETS, i, 0, 1);
        l.call.reduction = LP_REDUCE_MEAN;
        assert_int_equal(entry->run(&l.call), LP_OK);
        assert_exact(lab_out(&l, LP_OUT_LOSS, 0, 0), most[format], "bce_logits", 0);
        lab_set(&l, LP_IN_LOGITS, 5, 0, INF);
        lab_set(&l, LP_IN_TARGETS, 5, 0, 0.5);
        assert_int_equal(entry->run(&l.call), LP_OK);
        assert_exact(lab_out(&l, LP_OUT_LOSS, 0, 0), INF, "bce_logits", 1);
    }
}

/* Terms of which each overflows and which cancel: M 40 ln 2 - M 40 ln 2 = 0. Of kl_div negative
 * terms are at least -q/e, so that what overflows alone is half of the sum: M ln 2 (4 - 6/2)
 * is M ln 2. */
static void test_terms_beyond_range(void **state) {
    static const double most[] = {[LP_BINARY64] = DBL_MAX, [LP_BINARY32] = FLT_MAX};
    (void)state;
    for (int format = LP_BINARY64; format <= LP_BINARY32; format++) {
        const double m = most[format], u = format == LP_BINARY64 ? 0x1p-53 : 0x1p-24;
        const lp_subject *subject = lab_load("textbook")();
        const lp_entry *cross = lab_entry(subject, "cross_entropy", (lp_format_id)format);
        const lp_entry *kl = lab_entry(subject, "kl_div", (lp_format_id)format);
        lab l;
        lab_init(&l, LP_OP_CROSS_ENTROPY, cross, 1, 2, 0);
        lab_give(&l, LP_IN_P);
        lab_give(&l, LP_IN_Q);
        for (int j = 0; j < 2; j++) lab_set(&l, LP_IN_P, 0, j, m);
        for (int j = 0; j < 2; j++) lab_set(&l, LP_IN_Q, 0, j, j ? 0x1p40 : 0x1p-40);
        assert_int_equal(cross->run(&l.call), LP_OK);
        assert_exact(lab_out(&l, LP_OUT_LOSS, 0, 0), 0, "cross_entropy", 0);

        lab_init(&l, LP_OP_KL_DIV, kl, 1, 7, 0);
        lab_give(&l, LP_IN_P);
        lab_give(&l, LP_IN_Q);
        for (int j = 0; j < 7; j++) lab_set(&l, LP_IN_P, 0, j, j ? m / 2 : m);
        for (int j = 0; j < 7; j++) lab_set(&l, LP_IN_Q, 0, j, j ? m : m / 16);
        assert_int_equal(kl->run(&l.call), LP_OK);
        const double ln2 = 0x1.62e42fefa39efp-1;
        /* Seven products of a logarithm at 8u, and as many sums; together at most 7 M ln 2. */
        const double got = lab_out(&l, LP_OUT_LOSS, 0, 0);
        assert_true(fabs(got / m - ln2) <= u * (8 + 1 + 7) * 7 * ln2);
    }
}

/* A weight that overflows beside no surprise, and one that is small beside a gap that is not: the
 * term of the second class is the loss, 2^(1000 - 700 + 600). */
static void test_weight_beyond_range(void **state) {
    static const double w[2] = {0x1p1000, 0x1p1000}, t[2] = {0x1p900, 0x1p-700};
    const lp_entry *entry = lab_entry(lab_load("textbook")(), "softmax_xent_soft", LP_BINARY64);
    lab l;
    (void)state;
    lab_init(&l, LP_OP_SOFTMAX_XENT_SOFT, entry, 1, 2, 0);
    lab_give(&l, LP_IN_LOGITS);
    lab_give(&l, LP_IN_TARGETS);
    lab_give(&l, LP_IN_WEIGHTS);
    l.call.set |= LP_PARAM_BIT(LP_PARAM_WEIGHTS);
    for (int j = 0; j < 2; j++) {
        lab_set(&l, LP_IN_LOGITS, 0, j, j ? -0x1p600 : 0);
        lab_set(&l, LP_IN_TARGETS, 0, j, t[j]);
        lab_set(&l, LP_IN_WEIGHTS, 0, j, w[j]);
    }
    assert_int_equal(entry->run(&l.call), LP_OK);
    assert_exact(lab_out(&l, LP_OUT_LOSS, 0, 0), 0x1p900, "softmax_xent_soft", 0);
    assert_exact(lab_out(&l, LP_OUT_GRAD, 0, 1), -0x1p300, "softmax_xent_soft", 0);
}

/* What makes the exemplars what they are called. */
static void test_characters(void **state) {
    const lp_entry *naive = lab_entry(lab_load("naive")(), "softmax_xent", LP_BINARY64);
    const lp_entry *textbook = lab_entry(lab_load("textbook")(), "softmax_xent", LP_BINARY64);
    lab l;
    (void)state;

    lab_init(&l, LP_OP_SOFTMAX_XENT, naive, 1, 2, 0);
    lab_give(&l, LP_IN_LOGITS);
    lab_set(&l, LP_IN_LOGITS, 0, 0, 1000);
    lab_set(&l, LP_IN_LOGITS, 0, 1, 999);
    assert_int_equal(naive->run(&l.call), LP_OK);
    assert_true(isnan(lab_out(&l, LP_OUT_LOSS, 0, 0))); /* inf/inf */

    lab_set(&l, LP_IN_LOGITS, 0, 0, 100);
    lab_set(&l, LP_IN_LOGITS, 0, 1, 50);
    assert_int_equal(textbook->run(&l.call), LP_OK);
    assert_true(lab_out(&l, LP_OUT_LOSS, 0, 0) ==
                0); /* exact: 1.9e-22, the confident row is lost */
}

static void test_onednn(void **state) {
    const lp_subject_fn load = lab_load("onednn");
    (void)state;
    if (!load) {
        skip(); /* libdnnl-dev is optional */
        return;
    }
    refusals_of("onednn");
    const lp_entry *entry = lab_entry(load(), "softmax_xent", LP_BINARY32);
    lab l;
    lab_init(&l, LP_OP_SOFTMAX_XENT, entry, 2, 2, 0);
    lab_fill(&l, LP_IN_LOGITS, 0,
             0); /* ln 2 in each row; half the figures are enough to see the plumbing */
    assert_int_equal(entry->run(&l.call), LP_OK);
    for (int i = 0; i < 2; i++) {
        assert_true(fabs(lab_out(&l, LP_OUT_LOSS, i, 0) - 0x1.62e42fefa39efp-1) < 0x1p-12);
        assert_true(fabs(lab_out(&l, LP_OUT_GRAD, i, 0) + 0.5) < 0x1p-12);
        assert_true(fabs(lab_out(&l, LP_OUT_GRAD, i, 1) - 0.5) < 0x1p-12);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_textbook_specials),
        cmocka_unit_test(test_textbook_bce_infinities),
        cmocka_unit_test(test_textbook_margins),
        cmocka_unit_test(test_textbook_whole),
        cmocka_unit_test(test_textbook_links),
        cmocka_unit_test(test_textbook_soft),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_options_refused),
        cmocka_unit_test(test_quotient_beyond_range),
        cmocka_unit_test(test_gap_beyond_range),
        cmocka_unit_test(test_sum_beyond_range),
        cmocka_unit_test(test_terms_beyond_range),
        cmocka_unit_test(test_weight_beyond_range),
        cmocka_unit_test(test_characters),
        cmocka_unit_test(test_onednn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
