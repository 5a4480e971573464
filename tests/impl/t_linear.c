/* linear_xent: values by hand, special values, what is refused, sums of more terms than a block. */
#include "tests/impl/special.h"

#include <lossproof/loss.h>

/* Two rows of two numbers, three classes; row 0 has label 0, row 1 the label given. */
static void test_linear_xent(void **state) {
    enum { ROWS = 2, WIDE = 2, CLASSES = 3 };
    static const struct {
        const char *what;
        double x[ROWS * WIDE], w[CLASSES * WIDE], b[CLASSES];
        int64_t label;
        double loss, x_grad[ROWS * WIDE], w_grad[CLASSES * WIDE], b_grad[CLASSES];
        int ignore, limit, zero;
    } c[] = {
        /* logits 0, 0 and -inf: halves, over two rows */
        {"mask",
         {1, 2, 3, 4},
         {1, 1, 1, 1, 1, 1},
         {0, 0, -INF},
         1,
         LN2,
         {0, 0, 0, 0},
         {0.5, 0.5, -0.5, -0.5, 0, 0},
         {0, 0, 0},
         0,
         0,
         0},
        {"label -inf",
         {1, 2, 3, 4},
         {1, 1, 1, 1, 3, 1},
         {0, 0, -INF},
         2,
         INF,
         {0, 0, -1, 0},
         {0.5, 0.5, 1, 1.5, -1.5, -2},
         {0, 0.5, -0.5},
         0,
         0,
         0},
        {"ignored NaN",
         {1, 2, NAN, 4},
         {1, 1, 1, 1, 1, 1},
         {0, 0, -INF},
         9,
         LN2,
         {0, 0, 0, 0},
         {-0.5, -1, 0.5, 1, 0, 0},
         {-0.5, 0.5, 0},
         1,
         0,
         0},
        {"NaN",
         {1, 2, NAN, 4},
         {1, 1, 1, 1, 1, 1},
         {0, 0, -INF},
         1,
         NAN,
         {0, 0, NAN, NAN},
         {NAN, NAN, NAN, NAN, NAN, NAN},
         {NAN, NAN, NAN},
         0,
         0,
         0},
        {"0 inf",
         {0, 2, 3, 4},
         {INF, 1, 1, 1, 1, 1},
         {0, 0, 0},
         1,
         NAN,
         {NAN, NAN, NAN, NAN},
         {NAN, NAN, NAN, NAN, NAN, NAN},
         {NAN, NAN, NAN},
         0,
         0,
         0},
        /* both rows are point masses at class 0: the second's slopes are 1, -1, 0 */
        {"limit",
         {1, 2, 3, 4},
         {1, 1, 1, 1, 1, 1},
         {INF, 0, 0},
         1,
         INF,
         {0, 0, 0, 0},
         {1.5, 2, -1.5, -2, 0, 0},
         {0.5, -0.5, 0},
         0,
         1,
         0},
        {"infinite w, limit",
         {1, 2, 3, 4},
         {INF, 1, 1, 1, 1, 1},
         {0, 0, 0},
         0,
         0,
         {0, 0, 0, 0},
         {0, 0, 0, 0, 0, 0},
         {0, 0, 0},
         0,
         1,
         0},
        {"infinite w and another label",
         {1, 2, 3, 4},
         {INF, 1, 1, 1, 1, 1},
         {0, 0, 0},
         1,
         INF,
         {0, 0, INF, 0},
         {1.5, 2, -1.5, -2, 0, 0},
         {0.5, -0.5, 0},
         0,
         1,
         0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
        double loss, gx[ROWS * WIDE], gw[CLASSES * WIDE], gb[CLASSES];
        const int64_t label[ROWS] = {0, c[i].label};
        const lp_loss_batch b = {.ignore = c[i].ignore, .ignore_index = 9, .limit = c[i].limit};
        assert_int_equal(lp_loss_linear_xent(&loss, (lp_loss_out){gx, WIDE},
                                             (lp_loss_out){gw, WIDE}, gb,
                                             (lp_loss_in){c[i].x, WIDE}, (lp_loss_in){c[i].w, WIDE},
                                             c[i].b, label, ROWS, CLASSES, WIDE, &b),
                         LP_OK);
        expect(c[i].what, &loss, &c[i].loss, 1);
        expect(c[i].what, gx, c[i].x_grad, ROWS * WIDE);
        expect(c[i].what, gw, c[i].w_grad, CLASSES * WIDE);
        expect(c[i].what, gb, c[i].b_grad, CLASSES);
    }
}

/* No rows, no columns, and what is refused. */
static void test_linear_ends(void **state) {
    static const double x[4] = {1, 2, 3, 4}, bias[2] = {0, 0};
    static const int64_t label[2] = {0, 1};
    double loss, g[4], gb[2];
    const lp_loss_in in = {x, 2};
    const lp_loss_out out = {g, 2}, none = {NULL, 0}, narrow = {g, 1};
    (void)state;
    assert_int_equal(lp_loss_linear_xent(&loss, none, out, gb, in, in, bias, NULL, 0, 2, 2, NULL),
                     LP_OK);
    assert_true(isnan(loss) && g[0] == 0 && g[3] == 0 && gb[0] == 0);
    assert_int_equal(lp_loss_linear_xent(&loss, none, none, gb, in, in, bias, label, 2, 2, 0, NULL),
                     LP_OK);
    assert_true(loss == LN2 && gb[0] == 0 && gb[1] == 0);
    const struct {
        lp_loss_out grad_x;
        lp_loss_in x;
        const double *b;
        int64_t n, k, d;
        lp_status status;
    } bad[] = {
        {out, in, bias, 2, 2, -1, LP_E_ARGUMENT},   {out, in, bias, 2, 2, 3, LP_E_ARGUMENT},
        {narrow, in, bias, 2, 2, 2, LP_E_ARGUMENT}, {out, {NULL, 2}, bias, 2, 2, 2, LP_E_ARGUMENT},
        {out, in, NULL, 2, 2, 2, LP_E_ARGUMENT},    {out, in, bias, -1, 2, 2, LP_E_ARGUMENT},
        {out, in, bias, 2, 0, 2, LP_E_ARGUMENT},    {out, in, bias, 2, 1, 2, LP_E_LABEL}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(lp_loss_linear_xent(&loss, bad[i].grad_x, none, NULL, bad[i].x, in,
                                             bad[i].b, label, bad[i].n, bad[i].k, bad[i].d, NULL),
                         bad[i].status);
}

/* More components than are added up at a time, where they are softmax_xent's times powers of two: W
 * is 1 for one class and 0 for the others. */
static void test_linear_blocks(void **state) {
    enum { CLASSES = 4, WIDE = 150 };
    static double x[WIDE], w[CLASSES * WIDE], gw[CLASSES * WIDE], gx[WIDE];
    static const double bias[CLASSES] = {0.5, -1, 3, 0};
    static const int64_t label[1] = {1};
    double grad[CLASSES], gb[CLASSES];
    (void)state;
    for (int d = 0; d < WIDE; d++) x[d] = ldexp(1, d % 5);
    for (int j = 0; j < CLASSES * WIDE; j++) w[j] = j / WIDE == 2;
    double logits[CLASSES];
    for (int j = 0; j < CLASSES; j++) {
        logits[j] = bias[j];
        for (int d = 0; d < WIDE; d++) logits[j] += x[d] * w[j * WIDE + d];
    }
    assert_int_equal(lp_loss_softmax_xent(NULL, (lp_loss_out){grad, CLASSES},
                                          (lp_loss_in){logits, CLASSES}, label, 1, CLASSES, NULL,
                                          NULL),
                     LP_OK);
    assert_int_equal(lp_loss_linear_xent(NULL, (lp_loss_out){gx, WIDE}, (lp_loss_out){gw, WIDE}, gb,
                                         (lp_loss_in){x, WIDE}, (lp_loss_in){w, WIDE}, bias, label,
                                         1, CLASSES, WIDE, NULL),
                     LP_OK);
    for (int j = 0; j < CLASSES; j++) {
        assert_true(gb[j] == grad[j]);
        for (int d = 0; d < WIDE; d++) assert_true(gw[j * WIDE + d] == grad[j] * x[d]);
    }
    for (int d = 0; d < WIDE; d++) assert_true(gx[d] == grad[2]); /* times 1, and 0 elsewhere */
    for (int j = 0; j < CLASSES * WIDE; j++) w[j] = 1;            /* the shares add up to 1 */
    assert_int_equal(lp_loss_linear_xent(NULL, (lp_loss_out){gx, WIDE}, (lp_loss_out){NULL, 0},
                                         NULL, (lp_loss_in){x, WIDE}, (lp_loss_in){w, WIDE}, bias,
                                         label, 1, CLASSES, WIDE, NULL),
                     LP_OK);
    for (int d = 0; d < WIDE; d++) assert_true(gx[d] == 0 && !signbit(gx[d]));
}

/* More rows than are kept. Two classes at a distance of 60, as many rows of either label: the
 * gradient of the bias is exactly 0, a sum of exponentials that no number of limbs tells from it;
 * that of w is p a row, all of one sign. */
static void test_linear_many(void **state) {
    enum { ROWS = 34, CLASSES = 2 };
    double x[ROWS * CLASSES] = {0}, gw[CLASSES * CLASSES], gb[CLASSES], loss;
    double one_loss, one_grad[CLASSES];
    static const double w[CLASSES * CLASSES] = {1, 0, 0, 1}, bias[CLASSES], row[CLASSES] = {60, 0};
    int64_t label[ROWS];
    (void)state;
    for (int i = 0; i < ROWS; i++) {
        label[i] = i % CLASSES;
        x[i * CLASSES + label[i]] = 60;
    }
    assert_int_equal(lp_loss_linear_xent(&loss, (lp_loss_out){NULL, 0}, (lp_loss_out){gw, CLASSES},
                                         gb, (lp_loss_in){x, CLASSES}, (lp_loss_in){w, CLASSES},
                                         bias, label, ROWS, CLASSES, CLASSES, NULL),
                     LP_OK);
    assert_int_equal(lp_loss_softmax_xent(&one_loss, (lp_loss_out){one_grad, CLASSES},
                                          (lp_loss_in){row, CLASSES}, label, 1, CLASSES, NULL,
                                          NULL),
                     LP_OK);
    assert_true(loss == one_loss);
    for (int j = 0; j < CLASSES; j++) {
        assert_true(gb[j] == 0 && !signbit(gb[j]));
        /* half the rows, times 60: 30 once rounded is what 30 rounded once is but for an ulp */
        for (int d = 0; d < CLASSES; d++)
            assert_true(fabs(gw[j * CLASSES + d] - 30 * one_grad[j != d]) <=
                        0x1p-52 * fabs(30 * one_grad[1]));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_linear_xent),
        cmocka_unit_test(test_linear_ends),
        cmocka_unit_test(test_linear_blocks),
        cmocka_unit_test(test_linear_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
