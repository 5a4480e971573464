/* The a-priori bound against a second running error analysis, in long double, of the programs as
 * docs/bounds.md writes them; and the programs themselves, run in double and in float, within it.
 */
#include "check.h"
#include "random_case.h"

#include "ref/exact.h"

#include <float.h>
#include <math.h>
#include <mpfr.h>

/* A node: its exact value (to 2^-60), the bound of its error, and what the program computes. */
typedef struct node {
    long double v, e;
    double c;
    bool is_void;
} node;

static long double u, eta;
static bool single;

static double stored(double x) {
    return single ? (double)(float)x : x;
}

static node own(node x, int factor, double c) {
    x.e += factor * u * fabsl(x.v) + eta;
    x.c = stored(c);
    return x;
}
static node leaf(double x) {
    return (node){x, 0, x, false};
}
static bool either(node a, node b) {
    return a.is_void || b.is_void;
}
static node add(node a, node b) {
    return own((node){a.v + b.v, a.e + b.e, 0, either(a, b)}, 1, a.c + b.c);
}
static node minus(node a) {
    return (node){-a.v, a.e, -a.c, a.is_void};
}
static node sub(node a, node b) {
    return add(a, minus(b));
}
static node mul(node a, node b) {
    long double e = fabsl(a.v) * b.e + fabsl(b.v) * a.e + a.e * b.e;
    return own((node){a.v * b.v, e, 0, either(a, b)}, 1, a.c * b.c);
}
static node quotient(node a, node b) {
    long double q = a.v / b.v, room = fabsl(b.v) - b.e;
    long double e = (a.e + fabsl(q) * b.e) / room;
    return own((node){q, e, 0, either(a, b) || !(room > 0)}, 1, a.c / b.c);
}
static node expo(node a) {
    long double v = expl(a.v);
    long double e = a.e > 64 ? expl(a.v + a.e) - v : v * expm1l(a.e); /* not 0 * inf */
    return own((node){v, e, 0, a.is_void}, 8, exp(a.c));
}
static node loga(node a) {
    long double e = -log1pl(-a.e / a.v);
    return own((node){logl(a.v), e, 0, a.is_void || !(a.e < a.v)}, 8, log(a.c));
}
static node power(node a, double g) { /* a >= 0, as computed too */
    long double v = powl(a.v, g), rise = powl(a.v + a.e, g) - v, fall = v;
    if (a.e < a.v) {
        rise = v * expm1l(g * log1pl(a.e / a.v));
        fall = -v * expm1l(g * log1pl(-a.e / a.v));
    }
    return own((node){v, fmaxl(rise, fall), 0, a.is_void}, 8, pow(a.c, g));
}
static node log1(node a) { /* log1p */
    long double e = -log1pl(-a.e / (1 + a.v));
    return own((node){log1pl(a.v), e, 0, a.is_void}, 8, log1p(a.c));
}

typedef struct summer {
    node s;
    bool begun;
} summer;
static void put(summer *sum, node x) {
    sum->s = sum->begun ? add(sum->s, x) : x;
    sum->begun = true;
}

/* --- the programs ------------------------------------------------------------------------------
 */

static bool capped(const lp_case *c) {
    return lp_case_has(c, LP_PARAM_SOFTCAP);
}

static bool there(const lp_case *c, int64_t j) {
    return c->in[LP_IN_LOGITS][j] != -INFINITY || capped(c);
}

/* tanh(z / s): a child's error by the largest slope that it can meet. */
static node cap_tanh(const lp_case *c, int64_t j) {
    double z = c->in[LP_IN_LOGITS][j];
    if (isinf(z)) return leaf(z > 0 ? 1 : -1);
    node a = quotient(leaf(z), leaf(c->param[LP_PARAM_SOFTCAP]));
    long double nearest = fmaxl(fabsl(a.v) - a.e, 0), slope = 1 / (coshl(nearest) * coshl(nearest));
    return own((node){tanhl(a.v), a.e * slope, 0, a.is_void}, 8, tanh(a.c));
}

/* z_j, or s tanh(z_j / s). */
static node logit(const lp_case *c, int64_t j) {
    double z = c->in[LP_IN_LOGITS][j], s = c->param[LP_PARAM_SOFTCAP];
    if (!capped(c)) return leaf(z);
    return isinf(z) ? leaf(copysign(s, z)) : mul(leaf(s), cap_tanh(c, j));
}

static node by_t(const lp_case *c, node x) {
    bool t = lp_case_has(c, LP_PARAM_TEMPERATURE);
    return t ? quotient(x, leaf(c->param[LP_PARAM_TEMPERATURE])) : x;
}

static int64_t largest(const lp_case *c) {
    int64_t a = -1;
    for (int64_t j = 0; j < c->k; j++)
        if (there(c, j) && (a < 0 || c->in[LP_IN_LOGITS][j] > c->in[LP_IN_LOGITS][a])) a = j;
    return a;
}

/* (z_j - m) / T; equal inputs differ by exactly 0. */
static node shifted(const lp_case *c, int64_t j) {
    const double *z = c->in[LP_IN_LOGITS];
    int64_t top = largest(c);
    if (z[j] == z[top]) return leaf(0);
    node d = sub(logit(c, j), logit(c, top));
    if (capped(c)) { /* saturated values differ by less than long double tells */
        long double s = c->param[LP_PARAM_SOFTCAP], a = z[top] / s, b = z[j] / s;
        long double v = -2 * s * -expm1l(-2 * (z[top] - (long double)z[j]) / s) /
                        ((1 + expl(-2 * a)) * (1 + expl(2 * b)));
        d.e += u * (fabsl(v) - fabsl(d.v));
        d.v = v;
    }
    return by_t(c, d);
}

static node total_exp(const lp_case *c) {
    summer s = {0};
    for (int64_t j = 0; j < c->k; j++)
        if (there(c, j)) put(&s, expo(shifted(c, j)));
    return s.s;
}

static node probability(const lp_case *c, int64_t j) {
    if (!there(c, j)) return leaf(0);
    return quotient(expo(shifted(c, j)), total_exp(c));
}

static node target(const lp_case *c, int64_t j) {
    const double *t = c->in[LP_IN_TARGETS];
    bool rule_k = lp_case_param(c, LP_PARAM_SMOOTHING_RULE) == 0, label = !t && j == c->label[0];
    if (lp_case_param(c, LP_PARAM_SMOOTHING) == 0) return leaf(t ? t[j] : label ? 1 : 0);
    node e = leaf(c->param[LP_PARAM_SMOOTHING]);
    if (t) return add(mul(sub(leaf(1), e), leaf(t[j])), quotient(e, leaf((double)c->k)));
    node other = quotient(e, leaf((double)(rule_k ? c->k : c->k - 1)));
    node rest = sub(leaf(1), e);
    return !label ? other : rule_k ? add(rest, other) : rest;
}

/* More than one class has a target. */
static bool spread(const lp_case *c) {
    return lp_case_param(c, LP_PARAM_SMOOTHING) != 0 || c->in[LP_IN_TARGETS];
}

/* w_j or alpha_j, 1 where there is none. */
static double weight(const lp_case *c, int64_t j, bool *given) {
    bool focal = c->op == LP_OP_FOCAL_SOFTMAX, scalar = focal && lp_case_has(c, LP_PARAM_ALPHA);
    const double *w = c->in[focal ? LP_IN_ALPHA : LP_IN_WEIGHTS];
    *given = w || scalar;
    return w ? w[j] : scalar ? c->param[LP_PARAM_ALPHA] : 1;
}

static node coefficient(const lp_case *c, int64_t j) {
    bool given;
    node t = target(c, j);
    double w = weight(c, j, &given);
    if (t.v == 0 || w == 0) return leaf(0); /* exactly */
    if (!given) return t;
    return spread(c) ? mul(leaf(w), t) : leaf(w);
}

static node surprise(const lp_case *c, int64_t j) {
    return add(minus(shifted(c, j)), loga(total_exp(c)));
}

static bool plain(const lp_case *c) {
    bool given;
    weight(c, 0, &given);
    return !spread(c) && !given;
}

/* LSE(u) */
static node whole_lse(const lp_case *c) {
    return add(by_t(c, logit(c, largest(c))), loga(total_exp(c)));
}

/* `some`: there is a loss for it to be added to. */
static node with_z_loss(const lp_case *c, node loss, bool some) {
    if (lp_case_param(c, LP_PARAM_Z_LOSS) == 0) return loss;
    node h = whole_lse(c), z = mul(mul(leaf(c->param[LP_PARAM_Z_LOSS]), h), h);
    return some ? add(loss, z) : z;
}

static node xent_loss(const lp_case *c) {
    summer s = {0};
    if (plain(c)) return with_z_loss(c, surprise(c, c->label[0]), true);
    for (int64_t j = 0; j < c->k; j++) {
        node w = coefficient(c, j);
        if (w.v == 0) continue;
        bool kl = c->op == LP_OP_KL_LOGITS;
        put(&s, mul(w, kl ? add(loga(w), surprise(c, j)) : surprise(c, j)));
    }
    return with_z_loss(c, s.s, s.begun);
}

/* 1 - t * t, its value without the cancellation. */
static node cap_slope(const lp_case *c, int64_t j) {
    long double z = c->in[LP_IN_LOGITS][j], cosh = coshl(z / c->param[LP_PARAM_SOFTCAP]);
    if (isinf(z)) return leaf(0);
    node t = cap_tanh(c, j), o = sub(leaf(1), mul(t, t));
    o.e += u * (1 / (cosh * cosh) - fabsl(o.v));
    o.v = 1 / (cosh * cosh);
    return o;
}

/* p_j SW - W_j = sum over k /= j of (W_k e_j - W_j e_k) / S: a slope behind it makes it count. */
static node uncancelled(const lp_case *c, int64_t j, node x) {
    long double v = 0;
    if (!capped(c)) return x;
    for (int64_t k = 0; k < c->k; k++)
        if (k != j)
            v += coefficient(c, k).v * expl(shifted(c, j).v) -
                 coefficient(c, j).v * expl(shifted(c, k).v);
    v /= total_exp(c).v;
    x.e += u * (fabsl(v) - fabsl(x.v));
    x.v = v;
    return x;
}

static node xent_grad(const lp_case *c, int64_t j) {
    summer s = {0};
    node p = probability(c, j);
    for (int64_t i = 0; i < c->k; i++)
        if (spread(c) || i == c->label[0]) put(&s, coefficient(c, i));
    if (!plain(c) && there(c, j)) p = mul(p, s.s);
    if (coefficient(c, j).v != 0) p = uncancelled(c, j, sub(p, coefficient(c, j)));
    if (lp_case_param(c, LP_PARAM_Z_LOSS) != 0 && there(c, j))
        p = add(p, mul(mul(leaf(2 * c->param[LP_PARAM_Z_LOSS]), probability(c, j)), whole_lse(c)));
    if (capped(c) && isinf(c->in[LP_IN_LOGITS][j])) return leaf(0);
    return capped(c) ? mul(by_t(c, p), cap_slope(c, j)) : by_t(c, p);
}

/* f_j over its sum: the softmax of the classes other than the label. */
static node share(const lp_case *c, int64_t j) {
    const double *z = c->in[LP_IN_LOGITS];
    summer s = {0};
    double max = -INFINITY;
    for (int64_t i = 0; i < c->k; i++)
        if (i != c->label[0] && z[i] > max) max = z[i];
    node f = leaf(0);
    for (int64_t i = 0; i < c->k; i++) {
        if (i == c->label[0] || !there(c, i)) continue;
        node x = expo(z[i] == max ? leaf(0) : sub(leaf(z[i]), leaf(max)));
        put(&s, x);
        if (i == j) f = x;
    }
    return quotient(f, s.s);
}

static node scaled(const lp_case *c, node x) {
    bool given;
    double alpha = weight(c, c->label[0], &given);
    return given ? mul(leaf(alpha), x) : x;
}

static node focal(const lp_case *c, lp_out out, int64_t j) {
    int64_t label = c->label[0], others = 0;
    double gamma = lp_case_param(c, LP_PARAM_GAMMA);
    bool given;
    for (int64_t i = 0; i < c->k; i++) others += i != label && there(c, i);
    if (gamma == 0 || others == 0 || !there(c, label) || weight(c, label, &given) == 0)
        return out == LP_OUT_LOSS ? xent_loss(c) : xent_grad(c, j);
    node p = probability(c, label), q = sub(leaf(1), p), l = surprise(c, label);
    const double *z = c->in[LP_IN_LOGITS]; /* 1 - p exactly, from the others */
    long double rest = 0;
    for (int64_t i = 0; i < c->k; i++)
        if (i != label && there(c, i)) rest += expl((long double)z[i] - z[label]);
    q.v = isinf(rest) ? 1 : rest / (1 + rest);
    if (rest < 1) l.v = log1pl(rest);
    q.e = p.e + u * q.v + eta;
    node h = power(q, gamma);
    if (out == LP_OUT_LOSS) return scaled(c, mul(h, l));
    if (j != label && !there(c, j)) return leaf(0);
    node t = mul(h, add(mul(mul(leaf(gamma), p), l), q));
    return j == label ? minus(scaled(c, t)) : scaled(c, mul(t, share(c, j)));
}

static node entropy_of(const lp_case *c) {
    summer s = {0};
    for (int64_t j = 0; j < c->k; j++)
        if (there(c, j)) put(&s, mul(probability(c, j), surprise(c, j)));
    return s.s;
}

/* p_j - 1 to the last digit, from the others, and sum p_k (z_j - z_k) likewise. */
static long double less_one(const lp_case *c, int64_t j) {
    const double *z = c->in[LP_IN_LOGITS];
    long double rest = 0;
    for (int64_t i = 0; i < c->k; i++)
        if (i != j && there(c, i)) rest += expl((long double)z[i] - z[j]);
    return isinf(rest) ? -1 : -rest / (1 + rest);
}

static long double below_mean(const lp_case *c, int64_t j) {
    const double *z = c->in[LP_IN_LOGITS];
    long double mean = 0;
    for (int64_t i = 0; i < c->k; i++)
        if (there(c, i) && i != j) mean += probability(c, i).v * ((long double)z[j] - z[i]);
    return mean;
}

static node weighed(const lp_case *c, node x) {
    const double *each = c->in[LP_IN_ADVANTAGE];
    if (!each && !lp_case_has(c, LP_PARAM_ADVANTAGE)) return x;
    return mul(leaf(each ? each[0] : c->param[LP_PARAM_ADVANTAGE]), x);
}

static node policy(const lp_case *c, lp_out out, int64_t j) {
    node b = leaf(c->param[LP_PARAM_ENTROPY_WEIGHT]);
    int64_t act = c->label[0];
    if (out == LP_OUT_LOSS) {
        node first = weighed(c, surprise(c, act));
        if (b.v == 0) return first;
        return there(c, act) ? sub(first, mul(b, entropy_of(c))) : minus(mul(b, entropy_of(c)));
    }
    node p = probability(c, j);
    if (!there(c, j)) return j == act ? weighed(c, leaf(-1)) : leaf(0);
    if (j == act) {
        double computed = p.c - 1;
        p.v = less_one(c, j);
        p = own(p, 1, computed);
    }
    node first = weighed(c, p);
    if (b.v == 0) return first;
    node pull = sub(entropy_of(c), surprise(c, j));
    pull.e += u * (fabsl(below_mean(c, j)) - fabsl(pull.v));
    pull.v = below_mean(c, j);
    return add(first, mul(b, mul(probability(c, j), pull)));
}

/* The case of one of distill's rows. */
static lp_case row_of(const lp_case *c, bool teacher, bool tempered) {
    lp_case view = *c;
    if (teacher) view.in[LP_IN_LOGITS] = c->in[LP_IN_TEACHER];
    if (!tempered) view.set &= ~LP_PARAM_BIT(LP_PARAM_TEMPERATURE);
    return view;
}

/* coefficient * x, of 1 no product. */
static node times(node coefficient, node x, bool one) {
    return one ? x : mul(coefficient, x);
}

/* What cancels, to the last digit: the difference of two nodes whose value is known apart. */
static node corrected(node x, long double value) {
    x.e += u * (fabsl(value) - fabsl(x.v));
    x.v = value;
    return x;
}

/* ln sum e^x_k, about x_j; of the row's logits over T. */
static long double surprise_of(const lp_case *c, int64_t j) {
    const double *z = c->in[LP_IN_LOGITS];
    long double t = lp_case_param(c, LP_PARAM_TEMPERATURE), rest = 0, top = 0;
    for (int64_t i = 0; i < c->k; i++)
        if (there(c, i)) top = fmaxl(top, ((long double)z[i] - z[j]) / t);
    for (int64_t i = 0; i < c->k; i++)
        if (there(c, i) && !(top == 0 && i == j))
            rest += expl(((long double)z[i] - z[j]) / t - top);
    return top == 0 ? log1pl(rest) : top + logl(rest);
}

static node divergence(const lp_case *c, const lp_case *student, const lp_case *teacher) {
    summer sum = {0};
    for (int64_t j = 0; j < c->k; j++) {
        if (!there(teacher, j)) continue;
        node y = surprise(student, j);
        if (lp_case_param(c, LP_PARAM_FORM) == 1)
            y = corrected(sub(y, surprise(teacher, j)),
                          surprise_of(student, j) - surprise_of(teacher, j));
        put(&sum, mul(probability(teacher, j), y));
    }
    return sum.s;
}

static node distill(const lp_case *c, lp_out out, int64_t j) {
    lp_case plain = row_of(c, false, false), student = row_of(c, false, true);
    lp_case teacher = row_of(c, true, true);
    double mix = lp_case_param(c, LP_PARAM_MIX);
    bool tempered = lp_case_has(c, LP_PARAM_TEMPERATURE), hard = mix != 0, soft = mix != 1;
    node t = leaf(lp_case_param(c, LP_PARAM_TEMPERATURE)), first, second;
    node q = mix == 0 ? leaf(1) : sub(leaf(1), leaf(mix));
    node power = out == LP_OUT_LOSS && tempered ? mul(t, t) : t;
    if (tempered) q = times(q, power, mix == 0);
    if (out == LP_OUT_LOSS) {
        if (hard) first = times(leaf(mix), surprise(&plain, c->label[0]), mix == 1);
        if (soft) second = times(q, divergence(c, &student, &teacher), mix == 0 && !tempered);
    } else {
        bool label = hard && j == c->label[0], gone = !there(c, j);
        bool empty = gone && !there(&teacher, j);
        node p = probability(&plain, j);
        if (label) p = gone ? leaf(-1) : own((node){less_one(c, j), p.e, 0, p.is_void}, 1, p.c - 1);
        if (hard) first = times(leaf(mix), p, mix == 1);
        hard = hard && (label || !gone);
        node s = probability(&student, j), y = probability(&teacher, j);
        node d = gone ? minus(y) : !there(&teacher, j) ? s : sub(s, y);
        if (soft) second = times(q, d, mix == 0 && !tempered);
        soft = soft && !empty;
        if (!hard && !soft) return leaf(0);
    }
    return !soft ? first : !hard ? second : add(first, second);
}

static node softmax_grad(const lp_case *c, int64_t j) {
    summer s = {0};
    if (!there(c, j)) return leaf(0);
    for (int64_t k = 0; k < c->k; k++)
        if (there(c, k)) put(&s, mul(probability(c, k), leaf(c->in[LP_IN_V][k])));
    return by_t(c, mul(probability(c, j), sub(leaf(c->in[LP_IN_V][j]), s.s)));
}

static node log_softmax_grad(const lp_case *c, int64_t j) {
    summer s = {0};
    node v = leaf(c->in[LP_IN_V][j]);
    for (int64_t k = 0; k < c->k; k++) put(&s, leaf(c->in[LP_IN_V][k]));
    return by_t(c, there(c, j) ? sub(v, mul(probability(c, j), s.s)) : v);
}

static node sigma(double z) {
    node e = expo(leaf(-fabs(z)));
    return quotient(z >= 0 ? leaf(1) : e, add(leaf(1), e));
}

static node softplus(double z) {
    return add(leaf(fmax(z, 0)), log1(expo(leaf(-fabs(z)))));
}

/* 1 - s keeps its value where s rounds to 1 in long double too. */
static node complement(node s, double z) {
    node o = sub(leaf(1), s);
    o.e += u * (sigma(-z).v - fabsl(o.v));
    o.v = sigma(-z).v;
    return o;
}

static node link(const lp_case *c, lp_out out) {
    double z = c->in[LP_IN_LOGITS][0];
    bool plus = c->op == LP_OP_SOFTPLUS;
    if (out == LP_OUT_VALUE && c->op == LP_OP_SIGMOID) return sigma(z);
    if (out == LP_OUT_VALUE) return plus ? softplus(z) : minus(softplus(-z));
    node slope =
        c->op == LP_OP_SIGMOID ? mul(sigma(z), complement(sigma(z), z)) : sigma(plus ? z : -z);
    return c->in[LP_IN_V] ? mul(leaf(c->in[LP_IN_V][0]), slope) : slope;
}

static node signed_margin(const lp_case *c, lp_out out) {
    double y = (double)c->label[0], x = y * c->in[LP_IN_LOGITS][0];
    if (out == LP_OUT_LOSS) return softplus(-x);
    return y > 0 ? minus(sigma(-x)) : sigma(-x);
}

static node bce_label(const lp_case *c, lp_out out, int64_t j) {
    double z = c->in[LP_IN_LOGITS][j], y = c->in[LP_IN_TARGETS][j];
    const double *array = c->in[LP_IN_POS_WEIGHT];
    if (array || lp_case_has(c, LP_PARAM_POS_WEIGHT)) {
        node q = leaf(array ? array[j] : c->param[LP_PARAM_POS_WEIGHT]);
        node low = sub(leaf(1), leaf(y)), high = mul(q, leaf(y));
        if (out == LP_OUT_LOSS) return add(mul(low, softplus(z)), mul(high, softplus(-z)));
        return sub(mul(low, sigma(z)), mul(high, sigma(-z)));
    }
    node e = expo(leaf(-fabs(z)));
    if (out == LP_OUT_LOSS) return add(sub(leaf(fmax(z, 0)), mul(leaf(z), leaf(y))), log1(e));
    return sub(sigma(z), leaf(y));
}

static node bce(const lp_case *c, lp_out out, int64_t i) {
    summer s = {0};
    for (int64_t j = 0; out == LP_OUT_LOSS && j < c->k; j++) put(&s, bce_label(c, out, j));
    node x = out == LP_OUT_LOSS ? s.s : bce_label(c, out, i);
    return lp_case_param(c, LP_PARAM_LABEL_REDUCTION) == 1 ? quotient(x, leaf((double)c->k)) : x;
}

/* exp of what is never positive, computed or exact: the error of its argument moves it by 1 at
 * most.
 */
static node expo_below_1(node a) {
    node f = expo(a);
    long double rounding = 8 * u * fabsl(f.v) + eta;
    f.e = fminl(f.e - rounding, 1) + rounding;
    if (!(f.e < INFINITY)) f.e = 1 + rounding;
    return f;
}

static node focal_binary(const lp_case *c, lp_out out) {
    double x = c->label[0] ? c->in[LP_IN_LOGITS][0] : -c->in[LP_IN_LOGITS][0];
    bool powered = lp_case_has(c, LP_PARAM_GAMMA);
    node g = leaf(c->param[LP_PARAM_GAMMA]), a = leaf(c->param[LP_PARAM_ALPHA]), y = softplus(-x);
    if (out == LP_OUT_GRAD)
        y = powered ? add(mul(mul(g, sigma(x)), softplus(-x)), sigma(-x)) : sigma(-x);
    if (powered) y = mul(expo_below_1(minus(mul(g, softplus(x)))), y);
    if (lp_case_has(c, LP_PARAM_ALPHA)) y = mul(c->label[0] ? a : sub(leaf(1), a), y);
    return out == LP_OUT_GRAD && c->label[0] ? minus(y) : y;
}

/* 1 / (1 + e^-z) - y, which long double loses where they are near. */
static long double distance_from(double z, double y) {
    mpfr_t d;
    mpfr_init2(d, 2400);
    mpfr_set_d(d, -z, MPFR_RNDN);
    mpfr_exp(d, d, MPFR_RNDN);
    mpfr_add_ui(d, d, 1, MPFR_RNDN);
    mpfr_ui_div(d, 1, d, MPFR_RNDN);
    mpfr_sub_d(d, d, y, MPFR_RNDN);
    long double x = mpfr_get_ld(d, MPFR_RNDN);
    mpfr_clear(d);
    return x;
}

/* s, s - y. */
static node squared_sigmoid(const lp_case *c, lp_out out) {
    double z = c->in[LP_IN_LOGITS][0], y = c->in[LP_IN_TARGETS][0];
    node s = sigma(z), d = sub(s, leaf(y));
    d.v = distance_from(z, y);
    d.e = s.e + u * fabsl(d.v) + eta;
    if (out == LP_OUT_LOSS) return mul(leaf(0.5), mul(d, d));
    return mul(d, mul(s, complement(s, z)));
}

/* The exact p_j - t_j of the row. */
static void distances(long double *d, const lp_case *c) {
    const double *z = c->in[LP_IN_LOGITS];
    mpfr_t sum, e, x;
    mpfr_inits2(1300, sum, e, x, (mpfr_ptr)0);
    mpfr_set_zero(sum, 1);
    for (int pass = 0; pass < 2; pass++)
        for (int64_t j = 0; j < c->k; j++) {
            mpfr_set_d(e, z[j], MPFR_RNDN);
            mpfr_sub_d(e, e, z[largest(c)], MPFR_RNDN);
            mpfr_exp(e, e, MPFR_RNDN);
            if (pass == 0) mpfr_add(sum, sum, e, MPFR_RNDN);
            mpfr_div(x, e, sum, MPFR_RNDN);
            mpfr_sub_d(x, x, c->in[LP_IN_TARGETS][j], MPFR_RNDN);
            d[j] = mpfr_get_ld(x, MPFR_RNDN);
        }
    mpfr_clears(sum, e, x, (mpfr_ptr)0);
}

static node distance(const lp_case *c, int64_t j, const long double *exact) {
    node p = probability(c, j), d = sub(p, leaf(c->in[LP_IN_TARGETS][j]));
    d.v = exact[j];
    d.e = p.e + u * fabsl(d.v) + eta;
    return d;
}

static node squared_softmax(const lp_case *c, lp_out out, int64_t i) {
    summer s = {0};
    long double exact[8];
    if (out != LP_OUT_LOSS && !there(c, i)) return leaf(0);
    distances(exact, c);
    for (int64_t j = 0; j < c->k; j++) {
        node d = distance(c, j, exact);
        if (out == LP_OUT_LOSS)
            put(&s, mul(d, d));
        else if (there(c, j))
            put(&s, mul(probability(c, j), d));
    }
    if (out == LP_OUT_LOSS) return mul(leaf(0.5), s.s);
    return mul(probability(c, i), sub(distance(c, i, exact), s.s));
}

/* The margin: exactly 0, which no step rounds, or with the error of its own steps. */
static node margin(const lp_case *c, int64_t j) {
    const double *z = c->in[LP_IN_LOGITS];
    if (c->op == LP_OP_HINGE) return sub(leaf(1), leaf((double)c->label[0] * z[j]));
    return add(sub(leaf(z[j]), leaf(z[c->label[0]])), leaf(1));
}

/* A class is a term by itself: every other one, or the first of the largest of them. */
static bool is_term(const lp_case *c, int64_t j) {
    const double *z = c->in[LP_IN_LOGITS];
    int64_t best = -1, label = c->op == LP_OP_HINGE ? -1 : c->label[0];
    for (int64_t i = 0; i < c->k; i++)
        if (i != label && (best < 0 || z[i] > z[best])) best = i;
    return j != label && (lp_case_param(c, LP_PARAM_FORM) == 0 || j == best);
}

static node hinge_loss(const lp_case *c) {
    summer s = {0};
    for (int64_t j = 0; j < c->k; j++) {
        node m = there(c, j) ? margin(c, j) : leaf(0);
        if (!is_term(c, j)) continue;
        if (m.v + m.e <= 0) m.e = 0; /* max(0, .) of what is surely not above 0 */
        m.v = fmaxl(m.v, 0);
        m.c = fmax(m.c, 0);
        put(&s, m);
    }
    return s.s;
}

/* z_j = z_c - 1 exactly (TwoSum, Knuth): a difference of 2^-1000 is none in long double. */
static bool at_kink(const lp_case *c, int64_t j) {
    const double *z = c->in[LP_IN_LOGITS], own = z[c->label[0]];
    double s = own - 1, b = s - own;
    return z[j] == s && (own - (s - b)) + (-1 - b) == 0;
}

/* 1 where the margin is positive; off by 1 where the program may see it otherwise. */
static node step(const lp_case *c, int64_t j) {
    if (!there(c, j)) return leaf(0);
    node m = margin(c, j);
    bool flips = c->op != LP_OP_HINGE && !at_kink(c, j) && fabsl(m.v) <= m.e;
    return (node){m.v > 0, flips, m.c > 0, false};
}

static node hinge_slope(const lp_case *c, int64_t i) {
    const double *z = c->in[LP_IN_LOGITS];
    node sum = leaf(0);
    if (c->op == LP_OP_HINGE) {
        sum = step(c, i);
        return c->label[0] > 0 ? minus(sum) : sum;
    }
    if (i != c->label[0]) {
        for (int64_t j = 0; j < c->k; j++) /* tied with the largest: free to be it or not */
            if (is_term(c, j) && j != i && z[j] == z[i] && there(c, i)) {
                sum = step(c, j);
                sum.v = 0;
                sum.c = 0;
            }
        return is_term(c, i) ? step(c, i) : lp_case_param(c, LP_PARAM_FORM) == 1 ? sum : leaf(0);
    }
    for (int64_t j = 0; j < c->k; j++) {
        node s = is_term(c, j) ? step(c, j) : leaf(0);
        sum = (node){sum.v - s.v, sum.e + s.e, sum.c - s.c, false};
    }
    return sum;
}

static node log_of(const lp_case *c, int64_t i) {
    node p = leaf(c->in[LP_IN_P][i]);
    if (c->op == LP_OP_ENTROPY) return loga(p);
    node q = leaf(c->in[LP_IN_Q][i]);
    if (c->op == LP_OP_CROSS_ENTROPY) return loga(q);
    node ratio = loga(quotient(p, q));
    return ratio.is_void ? sub(loga(p), loga(q)) : ratio;
}

/* (p log(p/q) - p) + q, q where p = 0. */
static node excess(const lp_case *c, int64_t i) {
    node p = leaf(c->in[LP_IN_P][i]), q = leaf(c->in[LP_IN_Q][i]);
    return p.v == 0 ? q : add(sub(mul(p, log_of(c, i)), p), q);
}

static node information(const lp_case *c, lp_out out, int64_t i) {
    summer s = {0};
    bool general = c->op == LP_OP_KL_GEN;
    if (general && out == LP_OUT_GRAD && c->in[LP_IN_P][i] == 0) return leaf(1);
    if (out == LP_OUT_GRAD && c->op != LP_OP_ENTROPY) {
        node ratio = quotient(leaf(c->in[LP_IN_P][i]), leaf(c->in[LP_IN_Q][i]));
        return general ? sub(leaf(1), ratio) : minus(ratio);
    }
    if (general && out == LP_OUT_GRAD_P) return log_of(c, i);
    if (out != LP_OUT_LOSS)
        return c->op == LP_OP_CROSS_ENTROPY ? minus(log_of(c, i)) : add(log_of(c, i), leaf(1));
    for (int64_t j = 0; j < c->k; j++)
        if (general)
            put(&s, excess(c, j));
        else if (c->in[LP_IN_P][j] != 0)
            put(&s, mul(leaf(c->in[LP_IN_P][j]), log_of(c, j)));
    return s.s;
}

/* Terms whose coefficient is 0 are left out. */
static node binary_probability(const lp_case *c, lp_out out) {
    node p = leaf(c->in[LP_IN_P][0]), y = leaf(c->in[LP_IN_TARGETS][0]), one = leaf(1);
    if (out == LP_OUT_LOSS) {
        summer s = {0};
        if (y.v > 0) put(&s, mul(y, loga(p)));
        if (y.v < 1) put(&s, mul(sub(one, y), log1(minus(p))));
        return minus(s.s);
    }
    if (y.v == 0) return quotient(sub(one, y), sub(one, p));
    if (y.v == 1) return minus(quotient(y, p));
    return sub(quotient(sub(one, y), sub(one, p)), quotient(y, p));
}

static node labelled_probability(const lp_case *c, lp_out out, int64_t i) {
    node q = leaf(c->in[LP_IN_Q][c->label[0]]);
    if (out == LP_OUT_LOSS) return minus(loga(q));
    return i == c->label[0] ? minus(quotient(leaf(1), q)) : leaf(0);
}

static node squares(const lp_case *c) {
    summer s = {0};
    for (int64_t j = 0; j < c->k; j++) {
        node d = leaf(c->in[LP_IN_P][j]);
        if (j == c->label[0]) d = sub(d, leaf(1));
        put(&s, mul(d, d));
    }
    return s.s;
}

static node perplexity(const lp_case *c) {
    summer s = {0};
    int64_t n = 0;
    for (int64_t i = 0; i < c->n; i++) {
        if (lp_case_ignored(c, i)) continue;
        put(&s, minus(loga(leaf(c->in[LP_IN_Q][i * c->k + c->label[i]]))));
        n++;
    }
    return expo(n == 1 ? s.s : quotient(s.s, leaf((double)n)));
}

/* By a walk over all bins that hold rows, the lowest first: of_row is each row's, 0 for one that is
 * done. */
static node calibration(const lp_case *c) {
    long double bins = lp_case_has(c, LP_PARAM_BINS) ? c->param[LP_PARAM_BINS] : 15;
    double of_row[16] = {0}, top[16];
    bool hit[16];
    int64_t rows = 0;
    summer all = {0};
    for (int64_t i = 0; i < c->n; i++) {
        const double *p = c->in[LP_IN_P] + i * c->k;
        int64_t best = 0;
        for (int64_t j = 1; j < c->k; j++) best = p[j] > p[best] ? j : best;
        long double b = ceill(p[best] * bins); /* 53 + 11 bits; at 2^53 bins p itself */
        if (lp_case_ignored(c, i)) continue;
        of_row[i] = (double)fminl(fmaxl(b, 1), bins);
        top[i] = p[best];
        hit[i] = best == c->label[i];
        rows++;
    }
    for (;;) {
        double b = INFINITY, in_bin = 0, hits = 0;
        long double exact = 0;
        summer s = {0};
        for (int64_t i = 0; i < c->n; i++)
            if (of_row[i] > 0 && of_row[i] < b) b = of_row[i];
        if (isinf(b)) return all.s;
        for (int64_t i = 0; i < c->n; i++) {
            if (of_row[i] != b) continue;
            put(&s, leaf(top[i]));
            in_bin++;
            hits += hit[i];
            exact += hit[i] - (long double)top[i];
            of_row[i] = 0;
        }
        node many = leaf(in_bin), gap = s.s, accuracy = leaf(hits);
        if (in_bin > 1) gap = quotient(gap, many);
        if (in_bin > 1 && hits > 0) accuracy = hits < in_bin ? quotient(accuracy, many) : leaf(1);
        gap = sub(accuracy, gap);
        gap.c = fabs(gap.c);
        gap.e +=
            u * (fabsl(exact / (long double)in_bin) - fabsl(gap.v)); /* the exact value's share */
        gap.v = fabsl(exact / (long double)in_bin);
        put(&all, in_bin < (double)rows ? mul(quotient(many, leaf((double)rows)), gap) : gap);
    }
}

/* Row i of the similarities, from N on column i - N, as a case of softmax_xent. */
static lp_case similarity_row(const lp_case *c, int64_t i, double *z, int64_t *label) {
    lp_case row = {.op = LP_OP_SOFTMAX_XENT, .format = c->format, .n = 1, .k = c->n};
    row.set = c->set & LP_PARAM_BIT(LP_PARAM_TEMPERATURE);
    row.param[LP_PARAM_TEMPERATURE] = c->param[LP_PARAM_TEMPERATURE];
    for (int64_t j = 0; j < c->n; j++)
        z[j] = c->in[LP_IN_SIM][i < c->n ? i * c->n + j : j * c->n + i - c->n];
    *label = i % c->n;
    row.in[LP_IN_LOGITS] = z;
    row.label = label;
    return row;
}

static node entry_slope(const lp_case *c, int64_t i, int64_t j) {
    double z[16];
    int64_t label;
    lp_case row = similarity_row(c, i, z, &label);
    node p = probability(&row, j);
    return j == label ? sub(p, leaf(1)) : p;
}

/* d_c - (sum e_j d_j) / S. */
static node tau_row(const lp_case *row) {
    summer s = {0};
    int64_t top = largest(row);
    for (int64_t j = 0; j < row->k; j++) {
        bool below = there(row, j) && row->in[LP_IN_LOGITS][j] != row->in[LP_IN_LOGITS][top];
        if (below) put(&s, mul(expo(shifted(row, j)), shifted(row, j)));
    }
    node d = shifted(row, row->label[0]);
    return s.begun ? sub(d, quotient(s.s, total_exp(row))) : d;
}

static node mean_of(node sum, int64_t rows) {
    return rows == 1 ? sum : quotient(sum, leaf((double)rows));
}

static node contrastive(const lp_case *c, lp_out out, int64_t at) {
    bool both = lp_case_param(c, LP_PARAM_SYMMETRIC) == 1;
    int64_t n = c->n, rows = both ? 2 * n : n;
    summer s = {0};
    if (out == LP_OUT_GRAD) {
        put(&s, entry_slope(c, at / n, at % n));
        if (both) put(&s, entry_slope(c, n + at % n, at / n));
        return mean_of(by_t(c, s.s), rows);
    }
    for (int64_t i = 0; i < rows; i++) {
        double z[16];
        int64_t label;
        lp_case row = similarity_row(c, i, z, &label);
        put(&s, out == LP_OUT_LOSS ? surprise(&row, label) : tau_row(&row));
    }
    return out == LP_OUT_LOSS ? mean_of(s.s, rows) : by_t(c, mean_of(s.s, rows));
}

/* --- linear_xent: logits are nodes themselves --- */

static node linear_logit(const lp_case *c, int64_t i, int64_t j) {
    summer s = {0};
    for (int64_t d = 0; d < c->d; d++)
        put(&s, mul(leaf(c->in[LP_IN_X][i * c->d + d]), leaf(c->in[LP_IN_W][j * c->d + d])));
    put(&s, leaf(c->in[LP_IN_B][j]));
    return s.s;
}

/* The exact logit, to more digits than long double has where its terms cancel. */
static void exact_logit(mpfr_t z, const lp_case *c, int64_t i, int64_t j) {
    mpfr_t term;
    mpfr_init2(term, 4400);
    mpfr_set_d(z, c->in[LP_IN_B][j], MPFR_RNDN);
    for (int64_t d = 0; d < c->d; d++) {
        mpfr_set_d(term, c->in[LP_IN_X][i * c->d + d], MPFR_RNDN);
        mpfr_mul_d(term, term, c->in[LP_IN_W][j * c->d + d], MPFR_RNDN);
        mpfr_add(z, z, term, MPFR_RNDN);
    }
    mpfr_clear(term);
}

static long double exact_gap(const lp_case *c, int64_t i, int64_t j, int64_t from) {
    mpfr_t a, b;
    mpfr_inits2(4400, a, b, (mpfr_ptr)0);
    exact_logit(a, c, i, j);
    exact_logit(b, c, i, from);
    mpfr_sub(a, a, b, MPFR_RNDN);
    long double gap = mpfr_get_ld(a, MPFR_RNDN);
    mpfr_clears(a, b, (mpfr_ptr)0);
    return gap;
}

static bool open_class(const lp_case *c, int64_t j) {
    return c->in[LP_IN_B][j] != -INFINITY;
}

/* A row's nodes; the classes at -inf are left out. */
typedef struct linear_row {
    node d[16], e[16], s, l;
} linear_row;

static void open_linear(linear_row *r, const lp_case *c, int64_t i) {
    int64_t top = -1;
    double most = -INFINITY;
    long double worst = 0;
    summer sum = {0};
    for (int64_t j = 0; j < c->k; j++) {
        if (!open_class(c, j)) continue;
        node z = linear_logit(c, i, j);
        worst = fmaxl(worst, z.e);
        most = fmax(most, z.c);
        if (top < 0 || exact_gap(c, i, j, top) > 0) top = j;
    }
    for (int64_t j = 0; j < c->k; j++) {
        if (!open_class(c, j)) continue;
        node z = linear_logit(c, i, j);
        long double gap = exact_gap(c, i, j, top);
        r->d[j] = own((node){gap, z.e + worst, 0, false}, 1, z.c - most);
        node e = own((node){expl(gap), 0, 0, false}, 8, exp(r->d[j].c));
        long double by = r->d[j].e;
        long double grown = by > 64 ? expl(gap + by) - e.v : e.v * expm1l(by);
        e.e += fminl(grown, 1);
        r->e[j] = e;
        put(&sum, e);
    }
    r->s = sum.s;
    long double fall = r->s.e < r->s.v ? -log1pl(-r->s.e / r->s.v) : INFINITY, log = logl(r->s.v);
    long double error = fmaxl(log1pl(r->s.e / r->s.v), fminl(fall, log));
    r->l = own((node){log, error, 0, false}, 8, (double)logl(r->s.c));
}

static node linear_slope(const linear_row *r, const lp_case *c, int64_t i, int64_t j) {
    node p = leaf(0);
    if (open_class(c, j)) {
        p = quotient(r->e[j], r->s);
        long double most = 1 + u * p.v + eta;
        p.e = p.is_void ? most : fminl(p.e, most);
        p.is_void = false;
    }
    return j == c->label[i] ? sub(p, leaf(1)) : p;
}

static node linear(const lp_case *c, lp_out out, int64_t at) {
    summer s = {0};
    int64_t rows = 0, width = c->d ? c->d : 1, i0 = at / width, d = at % width;
    for (int64_t i = 0; i < c->n; i++) rows += !lp_case_ignored(c, i);
    if (out == LP_OUT_GRAD_X && lp_case_ignored(c, i0)) return leaf(0);
    for (int64_t i = 0; i < c->n; i++) {
        linear_row r;
        if (lp_case_ignored(c, i) || (out == LP_OUT_GRAD_X && i != i0)) continue;
        open_linear(&r, c, i);
        if (out == LP_OUT_LOSS) put(&s, sub(r.l, r.d[c->label[i]]));
        if (out == LP_OUT_GRAD_B) put(&s, linear_slope(&r, c, i, at));
        if (out == LP_OUT_GRAD_W)
            put(&s, mul(linear_slope(&r, c, i, i0), leaf(c->in[LP_IN_X][i * width + d])));
        for (int64_t j = 0; out == LP_OUT_GRAD_X && j < c->k; j++)
            put(&s, mul(linear_slope(&r, c, i, j), leaf(c->in[LP_IN_W][j * width + d])));
    }
    return mean_of(s.s, rows);
}

static node program(const lp_case *c, lp_out out, int64_t i) {
    switch (c->op) {
    case LP_OP_BCE_PROB:
        return binary_probability(c, out);
    case LP_OP_PERPLEXITY:
        return perplexity(c);
    case LP_OP_ECE:
        return calibration(c);
    case LP_OP_INFO_NCE:
        return contrastive(c, out, i);
    case LP_OP_LINEAR_XENT:
        return linear(c, out, i);
    case LP_OP_BRIER:
        return squares(c);
    case LP_OP_NLL:
        return labelled_probability(c, out, i);
    case LP_OP_FOCAL_SOFTMAX:
        return focal(c, out, i);
    case LP_OP_DISTILL:
        return distill(c, out, i);
    case LP_OP_POLICY_GRAD:
        return policy(c, out, i);
    case LP_OP_LOGSUMEXP:
        if (out == LP_OUT_VALUE)
            return add(leaf(c->in[LP_IN_LOGITS][largest(c)]), loga(total_exp(c)));
        if (!there(c, i)) return leaf(0);
        return c->in[LP_IN_V] ? mul(leaf(c->in[LP_IN_V][0]), probability(c, i)) : probability(c, i);
    case LP_OP_SOFTMAX_XENT_SOFT:
    case LP_OP_KL_LOGITS:
    case LP_OP_SOFTMAX_XENT:
        return out == LP_OUT_LOSS ? xent_loss(c) : xent_grad(c, i);
    case LP_OP_SOFTMAX:
        return out == LP_OUT_VALUE ? probability(c, i) : softmax_grad(c, i);
    case LP_OP_LOG_SOFTMAX:
        if (out == LP_OUT_GRAD) return log_softmax_grad(c, i);
        return sub(shifted(c, i), loga(total_exp(c)));
    case LP_OP_BCE_LOGITS:
    case LP_OP_MULTILABEL_BCE:
        return bce(c, out, i);
    case LP_OP_FOCAL_SIGMOID:
        return focal_binary(c, out);
    case LP_OP_LOGISTIC_MARGIN:
        return signed_margin(c, out);
    case LP_OP_MSE_SIGMOID:
        return squared_sigmoid(c, out);
    case LP_OP_MSE_SOFTMAX:
        return squared_softmax(c, out, i);
    case LP_OP_HINGE:
    case LP_OP_HINGE_MULTI:
        return out == LP_OUT_LOSS ? hinge_loss(c) : hinge_slope(c, i);
    case LP_OP_SIGMOID:
    case LP_OP_LOG_SIGMOID:
    case LP_OP_SOFTPLUS:
        return link(c, out);
    default:
        return information(c, out, i);
    }
}

/* In bits: over ln 2, the constant rounded to the format. A loss or slope that is exactly 0 stays.
 */
static node answer(const lp_case *c, lp_out out, int64_t i) {
    const long double ln2 = 0.693147180559945309417L;
    node x = program(c, out, i), two = {ln2, u * ln2, stored((double)ln2), false};
    return lp_case_param(c, LP_PARAM_BASE) == 1 && (x.v != 0 || x.e != 0) ? quotient(x, two) : x;
}

/* Programs end negated where the table's formula does; the sign does not touch the bound. */
static bool negated(const lp_case *c, lp_out out) {
    return (c->op == LP_OP_ENTROPY) || (c->op == LP_OP_CROSS_ENTROPY && out == LP_OUT_LOSS);
}

/* --- the checks --------------------------------------------------------------------------------
 */

static int64_t compared, voids, ran, mistakes;
static double most;

/* The program computes with u and eta, its result is stored in the case's format. */
static void check_component(lp_exact *e, const lp_case *c, lp_out out, int64_t i) {
    const lp_format *f = lp_format_get(c->format);
    node x = answer(c, out, i);
    long double want = x.e + ldexpl(fabsl(x.v), -f->p) + (long double)f->least;
    double got = lp_exact_bound(e, out, i);
    compared++;
    voids += x.is_void;
    bool beyond = want > DBL_MAX && isinf(got); /* a bound above binary64 is no bound */
    bool close = x.is_void ? isnan(got) : beyond || fabsl(got - want) <= 1e-6L * want + eta;
    if (!close && mistakes++ < 5)
        printf("%s %s: bound %g, second derivation %Lg\n", lp_op_get(c->op)->name, lp_out_name(out),
               got, x.is_void ? (long double)NAN : want);
    double computed = lp_format_round(f, negated(c, out) ? -x.c : x.c);
    lp_measure m;
    if (x.is_void || !isfinite(computed)) return;
    lp_exact_measure(&m, e, out, i, computed);
    ran++;
    if (m.over_bound > most) most = m.over_bound;
    if (!(m.over_bound <= 1) && mistakes++ < 5)
        printf("%s %s: computed %a, error %g, bound %g\n", lp_op_get(c->op)->name, lp_out_name(out),
               computed, m.abs_err, m.bound);
}

static void check_within(lp_exact *e, const lp_case *c, lp_format_id within) {
    const lp_op_info *info = lp_op_get(c->op);
    lp_exact_accumulate(e, within);
    single = within == LP_BINARY32;
    u = single ? 0x1p-24L : 0x1p-53L;
    eta = single ? 0x1p-149L : 0x1p-1074L;
    for (int o = 0; o < info->out_count; o++)
        for (int64_t i = 0; i < lp_exact_len(e, info->out[o].role); i++)
            if (lp_exact_kind(e, info->out[o].role, i) == LP_KIND_NUMBER)
                check_component(e, c, info->out[o].role, i);
}

/* A wider format first, where there is one, then the case's own, of the same object: what was
 * worked out for the other is forgotten. */
static void check_case(const lp_case *c) {
    lp_error err;
    lp_exact *e = lp_exact_new(c, &err);
    if (c->format == LP_BINARY32) check_within(e, c, LP_BINARY64);
    check_within(e, c, c->format);
    lp_exact_free(e);
}

static void test_bounds(void **state) {
    (void)state;
    for (int op = 0; op < LP_OP_COUNT; op++) {
        if (!lp_op_get((lp_op)op)->built) continue;
        most = 0;
        for (uint64_t i = 0; i < 1500; i++) {
            lp_rng rng;
            lp_case c;
            lp_rng_init(&rng, 4, (uint64_t)op, i);
            random_case(&c, &rng, (lp_op)op, 6);
            check_case(&c);
            lp_case_clear(&c);
        }
        printf("%s: largest error over bound of the program as run: %.3f\n",
               lp_op_get((lp_op)op)->name, most);
    }
    printf("%ld bounds equal (%ld void), %ld programs run\n", (long)compared, (long)voids,
           (long)ran);
    assert_true(ran > 20000);
    assert_int_equal(mistakes, 0);
}

/* The lines that decide what `stable` excuses (section 4). t = 0: no temperature. */
static double bound_of(const double *z, int64_t k, int64_t label, double t, lp_out out, int64_t i) {
    lp_case c;
    lp_error err;
    lp_case_init(&c, LP_OP_SOFTMAX_XENT);
    c.n = 1;
    c.k = c.stride = k;
    memcpy(lp_case_alloc(&c, LP_IN_LOGITS), z, (size_t)k * sizeof *z);
    lp_case_alloc_label(&c)[0] = label;
    if (t != 0) lp_case_set(&c, LP_PARAM_TEMPERATURE, t);
    lp_exact *e = lp_exact_new(&c, &err);
    double bound = lp_exact_bound(e, out, i);
    lp_exact_free(e);
    lp_case_clear(&c);
    return bound;
}

static void test_offsets_are_not_excused(void **state) {
    (void)state;
    const double near[] = {1, 2, 3}, far[] = {0x1p40 + 1, 0x1p40 + 2, 0x1p40 + 3};
    for (double t = 0; t < 3; t++) {
        double a = bound_of(near, 3, 0, t, LP_OUT_LOSS, 0);
        assert_true(a == bound_of(far, 3, 0, t, LP_OUT_LOSS, 0)); /* the shift comes first */
        assert_true(a < 64 * 0x1p-53);
    }
    const double tied[] = {0x1p599, 0x1p599, 0};
    assert_true(bound_of(tied, 3, 0, 0x1p-1000, LP_OUT_LOSS, 0) < 64 * 0x1p-53);
    const double reach[] = {1.7e308, -1.7e308};
    assert_true(isfinite(bound_of(reach, 2, 0, 0, LP_OUT_LOSS, 0)));
    assert_true(bound_of(reach, 2, 0, 0, LP_OUT_GRAD, 1) < 0x1p-1000); /* not 0 * inf */
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_bounds),
                                       cmocka_unit_test(test_offsets_are_not_excused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
