/* The table of t_contrived.c: a case as a line, and what its answer lies between, for the reason
 * that the comment above it gives. */
#ifndef LP_TESTS_REF_CONTRIVED_TABLE_H
#define LP_TESTS_REF_CONTRIVED_TABLE_H

#include "core/case.h"

typedef struct contrived {
    const char *line;
    lp_out out;
    int64_t at;
    double down, up; /* the component in binary64 */
} contrived;

#define LEAST  0x1p-1074
#define LABEL0 "\"label\":[0]"
#define NOLAB  "\"mix\":\"0x0p+0\""
#define ROWS(n, op, k, arrays, params)                                                             \
    "{\"op\":\"" op "\",\"format\":\"binary64\",\"n\":" #n ",\"k\":" #k "," arrays                 \
    ",\"params\":{" params "}}"
#define CASE(op, k, arrays, params) ROWS(1, op, k, arrays, params)
#define Z(...)                      "\"logits\":[" __VA_ARGS__ "]"

#define FIVE(gamma)                                                                                \
    ROWS(5, "focal_sigmoid", 1,                                                                    \
         Z("\"0x1p+61\",\"0x1.fep+127\",\"0x1.fep+127\",\"0x1p+61\",\"0x1.fep+127\"") ",\"label\"" \
                                                                                      ":[1,0,0,1," \
                                                                                      "0]",        \
         "\"alpha\":\"0x1p-2\",\"gamma\":\"" gamma "\",\"reduction\":\"mean\"")
#define FIVE_ROWS(gamma)                                                                           \
    ROWS(5, "focal_softmax", 2,                                                                    \
         Z("\"0x0p+0\",\"-0x1p+61\",\"0x0p+0\",\"-0x1.fep+127\",\"0x0p+0\",\"-0x1.fep+127\","      \
           "\"0x0p+0\",\"-0x1p+61\",\"0x0p+0\",\"-0x1.fep+127\"") ",\"label\":[0,1,1,0,1]",        \
         "\"alpha\":[\"0x1p-2\",\"0x1.8p-1\"],\"gamma\":\"" gamma "\",\"reduction\":\"mean\"")

#define FAR_POWER(n, logits, labels, alpha)                                                        \
    ROWS(n, "focal_sigmoid", 1, Z(logits) ",\"label\":[" labels "]",                               \
         alpha "\"gamma\":\"0x1.7e43c8800759cp+996\",\"reduction\":\"sum\"")
#define TWICE(d, two_d, gamma)                                                                     \
    CASE("focal_softmax", 3, Z("\"-" d "\",\"0x0p+0\",\"-" two_d "\"") "," LABEL0,                 \
         "\"gamma\":\"" gamma "\"")

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
    /* A = b d_1, d_2 = 2 d_1: e_2 (A - b d_2) and A e_1^2 cancel as well, 2^38 e_1 e_2 is left */
    {CASE("policy_grad", 3, Z("\"0x0p+0\",\"-0x1p+37\",\"-0x1p+38\"") "," LABEL0,
          "\"advantage\":\"-0x1p+37\",\"entropy_weight\":\"-0x1p+0\""),
     LP_OUT_GRAD, 0, 0, LEAST},
    /* 1 + d_1 = A / b, d_2 = 2 d_1: e_2 (A - b - b d_2) against (A - b) e_1^2 / 2 */
    {CASE("policy_grad", 3, Z("\"0x0p+0\",\"-0x1p+37\",\"-0x1p+38\"") "," LABEL0,
          "\"advantage\":\"0x1.0000000008p+37\",\"entropy_weight\":\"0x1p+0\""),
     LP_OUT_LOSS, 0, -LEAST, 0},
    /* g l far below 1: a little less than 1 */
    {CASE("focal_softmax", 2, Z("\"0x0p+0\",\"0x1p+62\"") "," LABEL0, "\"gamma\":\"0x1p-492\""),
     LP_OUT_GRAD, 0, -1, -0x1.fffffffffffffp-1},
    /* n alpha rows of label 1 at x = 1, as many of label 0 with 1 - alpha */
    {ROWS(3, "focal_sigmoid", 1, Z("\"0x1p+0\",\"-0x1p+0\",\"-0x1p+0\"") ",\"label\":[1,0,0]",
          "\"alpha\":\"0x1p+1\",\"gamma\":\"0x1.8p+0\",\"reduction\":\"sum\""),
     LP_OUT_LOSS, 0, 0, 0},
    /* rows alike, the labels too, and alike but for them */
    {ROWS(2, "focal_softmax", 3,
          Z("\"0x1p+0\",\"0x0p+0\",\"0x0p+0\",\"0x0p+0\",\"0x1p+0\",\"0x0p+0\"") ",\"label\":[0,1]",
          "\"alpha\":[\"0x1p+0\",\"-0x1p+0\",\"0x1p+0\"],\"gamma\":\"0x1p+1\",\"reduction\":"
          "\"sum\""),
     LP_OUT_LOSS, 0, 0, 0},
    {ROWS(2, "focal_softmax", 3,
          Z("\"0x1p+0\",\"0x0p+0\",\"0x0p+0\",\"0x0p+0\",\"0x0p+0\",\"0x1p+0\"") ",\"label\":[0,1]",
          "\"alpha\":[\"0x1p+0\",\"-0x1p+0\",\"0x1p+0\"],\"gamma\":\"0x0p+0\",\"reduction\":"
          "\"sum\""),
     LP_OUT_LOSS, 0, -0x1p+0, -0x1p+0},
    /* two of e^-(g + 1) 2^61 / 4 against three of -(3 / 4) (g d - 1) e^-d, d the largest bfloat16,
       beside 9 d / 20, which is a middle of bfloat16 */
    {FIVE("0x1p+0"), LP_OUT_LOSS, 0, 0x1.cbp+126, 0x1.cb00000000001p+126},
    {FIVE("0x1p+1"), LP_OUT_LOSS, 0, 0x1.cbp+126, 0x1.cb00000000001p+126},
    {FIVE("0x1.4p+2"), LP_OUT_LOSS, 0, 0x1.cbp+126, 0x1.cb00000000001p+126},
    {FIVE("0x1.999999999999ap-2"), LP_OUT_LOSS, 0, 0x1.cbp+126, 0x1.cb00000000001p+126},
    {FIVE("0x1p+65"), LP_OUT_LOSS, 0, 0x1.cbp+126, 0x1.cb00000000001p+126},
    {FIVE("0x1p+67"), LP_OUT_LOSS, 0, 0x1.cafffffffffffp+126, 0x1.cbp+126},
    {FIVE("0x1p+1000"), LP_OUT_LOSS, 0, 0x1.cafffffffffffp+126, 0x1.cbp+126},
    {FIVE("0x0p+0"), LP_OUT_LOSS, 0, 0x1.cbp+126, 0x1.cb00000000001p+126},
    /* the same of softmax rows: twice (0, -2^61) and three of the other class */
    {FIVE_ROWS("0x1p+0"), LP_OUT_LOSS, 0, 0x1.cbp+126, 0x1.cb00000000001p+126},
    {FIVE_ROWS("0x1.8p-1"), LP_OUT_LOSS, 0, 0x1.cbp+126, 0x1.cb00000000001p+126},
    {FIVE_ROWS("0x1p+67"), LP_OUT_LOSS, 0, 0x1.cafffffffffffp+126, 0x1.cbp+126},
    /* e^-2 2^60 / 4 against (3 / 4) (d - 1) e^-d, d = 2^61: of one exponent */
    {ROWS(2, "focal_sigmoid", 1, Z("\"0x1p+60\",\"0x1p+61\"") ",\"label\":[1,0]",
          "\"alpha\":\"0x1p-2\",\"gamma\":\"0x1p+0\",\"reduction\":\"sum\""),
     LP_OUT_LOSS, 0, 0x1.7ffffffffffffp+60, 0x1.8p+60},
    /* in bits alpha 2^-g, alpha = 1 + 2^-300 */
    {CASE("focal_sigmoid", 1, Z("\"0x0p+0\"") "," LABEL0,
          "\"alpha\":\"-0x1p-300\",\"gamma\":\"0x1.4p+2\",\"base\":\"bits\""),
     LP_OUT_LOSS, 0, 0x1p-5, 0x1.0000000000001p-5},
    /* ... and the half of 1 that both labels share */
    {ROWS(2, "focal_sigmoid", 1, Z("\"0x0p+0\",\"0x0p+0\"") ",\"label\":[0,1]",
          "\"alpha\":\"-0x1p-300\",\"gamma\":\"0x1p+0\",\"base\":\"bits\",\"reduction\":\"sum\""),
     LP_OUT_LOSS, 0, 0.5, 0.5},
    /* (1 - p)^g beyond MPFR's exponents at any logit: 1 / 2 to the power and e^-2^55; e^-2^110 is
       larger; of logits of one sign the smaller one's is, a factor of 4 notwithstanding */
    {FAR_POWER(2, "\"0x0p+0\",\"-0x1p+55\"", "1,0", "\"alpha\":\"0x1p+1\","), LP_OUT_LOSS, 0, 0,
     LEAST},
    {FAR_POWER(3, "\"0x1p+110\",\"0x0p+0\",\"0x0p+0\"", "0,1,1", ""), LP_OUT_LOSS, 0,
     0x1.fffffffffffffp+109, 0x1p+110},
    {FAR_POWER(2, "\"0x1p+0\",\"-0x1.00001p+0\"", "1,0", "\"alpha\":\"0x1.4p+0\","), LP_OUT_LOSS, 0,
     0, LEAST},
    {FAR_POWER(2, "\"0x1.00001p+0\",\"-0x1p+0\"", "1,0", "\"alpha\":\"0x1.4p+0\","), LP_OUT_LOSS, 0,
     -LEAST, 0},
    {FAR_POWER(2, "\"0x1p+100\",\"-0x1.8p+100\"", "1,0", "\"alpha\":\"-0x1p+0\","), LP_OUT_LOSS, 0,
     -LEAST, 0},
    /* g d = 1: no first order, -g e^-2d / 2 is left, with a class at 2 d 1 - g / 2 */
    {CASE("focal_sigmoid", 1, Z("\"-0x1p+61\"") ",\"label\":[1]", "\"gamma\":\"0x1p-61\""),
     LP_OUT_LOSS, 0, 0x1.fffffffffffffp+60, 0x1p+61},
    {CASE("focal_softmax", 2, Z("\"-0x1p+61\",\"0x0p+0\"") "," LABEL0, "\"gamma\":\"0x1p-61\""),
     LP_OUT_LOSS, 0, 0x1.fffffffffffffp+60, 0x1p+61},
    {TWICE("0x1p+61", "0x1p+62", "0x1p-61"), LP_OUT_LOSS, 0, 0x1p+61, 0x1.0000000000001p+61},
    /* g (d - 1) = 1: of the gradient g (1 - g) / 2 is left, of the top's with a class at 2 d 1 less
     */
    {CASE("focal_sigmoid", 1, Z("\"-0x1.0000000000004p+50\"") ",\"label\":[1]",
          "\"gamma\":\"0x1p-50\""),
     LP_OUT_GRAD, 0, -0x1.0000000000001p+0, -1},
    {TWICE("0x1.0000000000004p+50", "0x1.0000000000004p+51", "0x1p-50"), LP_OUT_GRAD, 0,
     -0x1.0000000000001p+0, -1},
    {TWICE("0x1.0000000000004p+50", "0x1.0000000000004p+51", "0x1p-50"), LP_OUT_GRAD, 1,
     0x1.fffffffffffffp-1, 1},
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
    /* the teacher's equal classes lie 1.5 2^60 above and below its own, and leave nothing */
    {CASE("distill", 3,
          Z("\"-0x1.8p+61\",\"0x0p+0\",\"-0x1.8p+60\"") ",\"teacher\":[\"-0x1p+59\",\"-0x1p+59\","
                                                        "\"0x0p+0\"]," LABEL0,
          "\"mix\":\"0x1p-1\",\"temperature\":\"0x1p+1\",\"form\":\"ce\""),
     LP_OUT_LOSS, 0, 0x1.8p+61, 0x1.8000000000001p+61},
    /* s_1 - t_1 = -e^-M and no first order, l p_1 = e^-M / 2 */
    {CASE("distill", 3,
          Z("\"0x0p+0\",\"0x0p+0\",\"0x1.fffffffffffffp+1023\"") ",\"teacher\":[\"-0x1."
                                                                 "fffffffffffffp+1023\",\"0x0p+"
                                                                 "0\",\"0x1.fffffffffffffp+1023\"],"
                                                                 "\"label\":[2]",
          "\"mix\":\"0x1p-1\",\"temperature\":\"0x1p+1\""),
     LP_OUT_GRAD, 1, -LEAST, 0},
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
    /* rows of both signs: q R of the first, nearer than the lag of the second, on a middle */
    {ROWS(2, "distill", 4,
          Z("\"0x0p+0\",\"0x0p+0\",\"0x0p+0\",\"0x1p+972\",\"0x1.fffffffffffffp+1023\","
            "\"0x0p+0\",\"0x0p+0\",\"0x0p+0\"") ",\"teacher\":[\"0x0p+0\",\"0x0p+0\",\"0x0p+0\","
                                                "\"-0x1p+973\",\"-0x1.ffffffffffffdp+1023\","
                                                "\"0x0p+0\",\"0x0p+0\",\"0x0p+0\"]",
          NOLAB ",\"reduction\":\"mean\""),
     LP_OUT_LOSS, 0, 0x1p+1023, 0x1.0000000000001p+1023},
    /* e^-2^50 of A = -1 outweighs e^-2^60 of A = 1; rows alike leave nothing */
    {ROWS(2, "policy_grad", 3,
          Z("\"0x0p+0\",\"-0x1p+60\",\"-inf\",\"0x0p+0\",\"-0x1p+50\",\"-inf\"") ",\"label\":[0,0]",
          "\"reduction\":\"sum\",\"advantage\":[\"0x1p+0\",\"-0x1p+0\"]"),
     LP_OUT_LOSS, 0, -LEAST, 0},
    {ROWS(
         2, "softmax_xent", 2,
         Z("\"0x0p+0\",\"-0x1p+60\",\"-0x1p+50\",\"-0x1.004p+60\"") ",\"label\":[0,1],\"weights\":["
                                                                    "\"0x1p+0\",\"-0x1p+0\"]",
         "\"reduction\":\"sum\""),
     LP_OUT_LOSS, 0, -0x1p+60, -0x1p+60},
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
    /* the same behind a cap */
    {CASE("softmax_xent", 3, Z("\"-0x1p+40\",\"0x0p+0\",\"0x0p+0\"") "," LABEL0,
          "\"smoothing\":\"0x1p+0\",\"smoothing_rule\":\"K-1\",\"z_loss\":\"0x1p-2\",\"base\":"
          "\"bits\",\"softcap\":\"0x1p+20\""),
     LP_OUT_GRAD, 1, 0x1.fffffffffffffp-3, 0x1p-2},
    /* p (1 + log S) = 1 - R^2 / 2, a cap between the top class and the others */
    {CASE("softmax_xent", 6,
          Z("\"-0x1p+54\",\"0x0p+0\",\"-0x1p+54\",\"-0x1p+53\",\"-0x1p+53\","
            "\"-0x1p+53\"") "," LABEL0,
          "\"z_loss\":\"0x1p-1\",\"softcap\":\"0x1p+20\""),
     LP_OUT_GRAD, 1, 0x1.fffffffffffffp-1, 1},
    /* two of four classes that a cap leaves nearly equal are no pair by themselves */
    {CASE("softmax_xent", 4, Z("\"0x0p+0\",\"0x0p+0\",\"-0x1p-70\",\"-0x1p-70\"") ",\"label\":[2]",
          "\"z_loss\":\"0x1p-2\",\"base\":\"bits\",\"softcap\":\"0x1p+20\""),
     LP_OUT_GRAD, 0, 0x1.38aa3b295c17fp-1, 0x1.38aa3b295c18p-1},
};

#endif
