/* logsumexp and the losses with targets or a focus as they are first written down. Included once
 * per format, after naive_rows.h. */

static void NAME(logsumexp)(const lp_call *c, int64_t i) {
    const REAL *z = NAME(in)(c, LP_IN_LOGITS, i), *v = NAME(in)(c, LP_IN_V, 0);
    REAL *grad = NAME(out)(c, LP_OUT_GRAD, i), s = 0;

    for (int64_t j = 0; j < c->k; j++) s += exp(z[j]);
    for (int64_t j = 0; j < c->k; j++) grad[j] = exp(z[j]) / s * (v ? v[i] : 1);
    /* cppcheck-suppress invalidFunctionArg ; all exponentials may underflow: that is what is naive
     */
    NAME(out)(c, LP_OUT_VALUE, 0)[i] = log(s);
}

/* W_j = w_j ((1 - eps) t_j + eps / K) */
static REAL NAME(soft_weight)(const lp_call *c, int64_t i, int64_t j) {
    const REAL *w = NAME(in)(c, LP_IN_WEIGHTS, 0), t = NAME(in)(c, LP_IN_TARGETS, i)[j];
    const REAL eps = (REAL)c->param[LP_PARAM_SMOOTHING];
    return (w ? w[j] : 1) * ((1 - eps) * t + eps / (REAL)c->k);
}

/* s tanh(z / s) */
static REAL NAME(capped)(const lp_call *c, REAL z) {
    const REAL s = (REAL)c->param[LP_PARAM_SOFTCAP];
    return c->set & LP_PARAM_BIT(LP_PARAM_SOFTCAP) ? s * tanh(z / s) : z;
}

static REAL NAME(cap_slope)(const lp_call *c, REAL z) {
    const REAL t = NAME(capped)(c, z) / (REAL)c->param[LP_PARAM_SOFTCAP];
    return c->set & LP_PARAM_BIT(LP_PARAM_SOFTCAP) ? 1 - t * t : 1;
}

static void NAME(softmax_xent_soft)(const lp_call *c, int64_t i) {
    const REAL *z = NAME(in)(c, LP_IN_LOGITS, i), l = (REAL)c->param[LP_PARAM_Z_LOSS];
    const bool tempered = c->set & LP_PARAM_BIT(LP_PARAM_TEMPERATURE);
    const REAL temperature = tempered ? (REAL)c->param[LP_PARAM_TEMPERATURE] : 1;
    REAL *grad = NAME(out)(c, LP_OUT_GRAD, i), s = 0, total = 0, loss = 0;

    for (int64_t j = 0; j < c->k; j++) s += exp(NAME(capped)(c, z[j]) / temperature);
    for (int64_t j = 0; j < c->k; j++) total += NAME(soft_weight)(c, i, j);
    for (int64_t j = 0; j < c->k; j++) {
        const REAL p = exp(NAME(capped)(c, z[j]) / temperature) / s, w = NAME(soft_weight)(c, i, j);
        loss -= w * log(p);
        grad[j] = (p * total - w + 2 * l * log(s) * p) / temperature * NAME(cap_slope)(c, z[j]);
    }
    NAME(out)(c, LP_OUT_LOSS, 0)[i] = loss + l * log(s) * log(s);
}

static void NAME(kl_logits)(const lp_call *c, int64_t i) {
    const REAL *z = NAME(in)(c, LP_IN_LOGITS, i), *t = NAME(in)(c, LP_IN_TARGETS, i);
    REAL *grad = NAME(out)(c, LP_OUT_GRAD, i), s = 0, total = 0, loss = 0;

    for (int64_t j = 0; j < c->k; j++) s += exp(z[j]), total += t[j];
    for (int64_t j = 0; j < c->k; j++) {
        const REAL p = exp(z[j]) / s;
        loss += t[j] * log(t[j] / p);
        grad[j] = p * total - t[j];
    }
    NAME(out)(c, LP_OUT_LOSS, 0)[i] = loss;
}

static void NAME(focal_softmax)(const lp_call *c, int64_t i) {
    const REAL *z = NAME(in)(c, LP_IN_LOGITS, i), *each = NAME(in)(c, LP_IN_ALPHA, 0);
    const int64_t label = c->label[i];
    const bool scalar = c->set & LP_PARAM_BIT(LP_PARAM_ALPHA);
    const REAL alpha = each ? each[label] : scalar ? (REAL)c->param[LP_PARAM_ALPHA] : 1;
    const REAL g = (REAL)c->param[LP_PARAM_GAMMA];
    REAL *grad = NAME(out)(c, LP_OUT_GRAD, i), s = 0;

    for (int64_t j = 0; j < c->k; j++) s += exp(z[j]);
    const REAL p = exp(z[label]) / s;
    const REAL slope = alpha * pow(1 - p, g - 1) * (g * p * log(p) - (1 - p));
    for (int64_t j = 0; j < c->k; j++) grad[j] = slope * ((REAL)(j == label) - exp(z[j]) / s);
    NAME(out)(c, LP_OUT_LOSS, 0)[i] = -alpha * pow(1 - p, g) * log(p);
}

static void NAME(policy_grad)(const lp_call *c, int64_t i) {
    const REAL *z = NAME(in)(c, LP_IN_LOGITS, i), *each = NAME(in)(c, LP_IN_ADVANTAGE, 0);
    const bool scalar = c->set & LP_PARAM_BIT(LP_PARAM_ADVANTAGE);
    const REAL a = each ? each[i] : scalar ? (REAL)c->param[LP_PARAM_ADVANTAGE] : 1;
    const REAL b = (REAL)c->param[LP_PARAM_ENTROPY_WEIGHT];
    const int64_t label = c->label[i];
    REAL *grad = NAME(out)(c, LP_OUT_GRAD, i), s = 0, h = 0, own = 0;

    for (int64_t j = 0; j < c->k; j++) s += exp(z[j]);
    for (int64_t j = 0; j < c->k; j++) h -= exp(z[j]) / s * log(exp(z[j]) / s);
    own = log(exp(z[label]) / s);
    for (int64_t j = 0; j < c->k; j++) {
        const REAL p = exp(z[j]) / s;
        grad[j] = a * (p - (REAL)(j == label)) + b * p * (log(p) + h);
    }
    NAME(out)(c, LP_OUT_LOSS, 0)[i] = -a * own - b * h;
}

/* exp of a logit over T, over the sum of all. */
static REAL NAME(plain_share)(const REAL *z, int64_t k, int64_t j, REAL t) {
    REAL s = 0;
    for (int64_t i = 0; i < k; i++) s += exp(z[i] / t);
    return exp(z[j] / t) / s;
}

static void NAME(distill)(const lp_call *c, int64_t i) {
    const REAL *z = NAME(in)(c, LP_IN_LOGITS, i), *y = NAME(in)(c, LP_IN_TEACHER, i);
    const bool tempered = c->set & LP_PARAM_BIT(LP_PARAM_TEMPERATURE);
    const REAL t = tempered ? (REAL)c->param[LP_PARAM_TEMPERATURE] : 1;
    const REAL mix = (REAL)frame_mix(c), kl = (REAL)c->param[LP_PARAM_FORM];
    REAL *grad = NAME(out)(c, LP_OUT_GRAD, i), x = 0, own = 0;

    for (int64_t j = 0; j < c->k; j++) {
        const REAL s = NAME(plain_share)(z, c->k, j, t), target = NAME(plain_share)(y, c->k, j, t);
        x += target * (kl * log(target) - log(s));
    }
    if (mix != 0) own = log(NAME(plain_share)(z, c->k, c->label[i], 1));
    for (int64_t j = 0; j < c->k; j++) {
        const REAL s = NAME(plain_share)(z, c->k, j, t), target = NAME(plain_share)(y, c->k, j, t);
        const REAL hit = mix != 0 && j == c->label[i] ? 1 : 0;
        grad[j] = mix * (NAME(plain_share)(z, c->k, j, 1) - hit) + (1 - mix) * t * (s - target);
    }
    NAME(out)(c, LP_OUT_LOSS, 0)[i] = -mix * own + (1 - mix) * t * t * x;
}
