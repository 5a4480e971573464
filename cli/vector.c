#include "cli/vector.h"

#include "cli/answered.h"
#include "core/memory.h"
#include "props/props/generate.h"

#include <math.h>
#include <stdlib.h>

enum trait { REFUSED, NAN_, INFINITE, OVERFLOW_, UNDERFLOW_, SUBNORMAL, HARD, SEGMENT, TRAITS };
static const char *const trait_name[TRAITS] = {
    "refused", "nan", "infinite", "overflow", "underflow", "subnormal_result", "hard", "segment"};

typedef struct ends {
    lp_answer down, up;
    double *hvp[2];
    unsigned traits;
    bool undecided;
} ends;

/* Within 2^-20 ulp of where the rounding changes: half way between two numbers, or at one. */
static bool hard(lp_exact *e, const lp_case *c, lp_out out, int64_t i, double x) {
    lp_measure m;
    lp_exact_measure(&m, e, out, i, x);
    if (m.undecided || m.down == m.up) return false;
    if (c->rounding == LP_ROUND_NEAREST) return m.ulp_hi > 0.5 - 0x1p-20;
    return m.ulp_lo < 0x1p-20 || m.ulp_hi > 1 - 0x1p-20;
}

/* What is worth knowing of a component whose answer is x. */
static unsigned traits_of(lp_exact *e, const lp_case *c, lp_out out, int64_t i, double x,
                          const double range[2]) {
    lp_kind kind = lp_exact_kind(e, out, i);
    if (kind == LP_KIND_NAN) return 1u << NAN_;
    if (kind != LP_KIND_NUMBER) return 1u << INFINITE;
    const lp_format *f = lp_case_format(c);
    double normal = ldexp(1, f->emin);
    if (lp_exact_segment(e, out, i)) return 1u << SEGMENT;
    if (!isfinite(range[0]) || !isfinite(range[1])) return 1u << OVERFLOW_;
    if (x == 0) return range[0] != range[1] ? 1u << UNDERFLOW_ : 0;
    unsigned traits = fabs(x) < normal ? 1u << SUBNORMAL : 0;
    if (out != LP_OUT_HVP && hard(e, c, out, i, x)) traits |= 1u << HARD;
    return traits;
}

static void take_range(ends *to, lp_exact *e, const lp_case *c, lp_out out, const double *x,
                       double *down, double *up, int64_t length) {
    for (int64_t i = 0; i < length; i++) {
        double range[2];
        lp_exact_range(range, e, out, i, &to->undecided);
        down[i] = range[0];
        up[i] = range[1];
        if (!to->undecided) to->traits |= traits_of(e, c, out, i, x[i], range);
    }
}

/* The numbers of the format below and above every exact answer. */
static void ends_take(ends *to, const lp_answered *a, lp_exact *e, const lp_case *c) {
    lp_answer_init(&to->down);
    lp_answer_init(&to->up);
    to->hvp[0] = to->hvp[1] = NULL;
    to->traits = a->line.answer ? 0 : 1u << REFUSED;
    to->undecided = a->undecided > 0;
    for (int o = 0; o < LP_OUT_COUNT && !to->undecided; o++)
        if (a->line.answer && a->answer.out[o])
            take_range(to, e, c, (lp_out)o, a->answer.out[o],
                       lp_answer_alloc(&to->down, c, (lp_out)o),
                       lp_answer_alloc(&to->up, c, (lp_out)o), a->answer.len[o]);
    if (!a->hvp || to->undecided) return;
    for (int k = 0; k < 2; k++)
        to->hvp[k] = lp_memory_zeros((size_t)a->line.hvp_len, sizeof *to->hvp[k]);
    take_range(to, e, c, LP_OUT_HVP, a->hvp, to->hvp[0], to->hvp[1], a->line.hvp_len);
}

static void ends_clear(ends *to) {
    lp_answer_clear(&to->down);
    lp_answer_clear(&to->up);
    free(to->hvp[0]);
    free(to->hvp[1]);
}

static void add_line(lp_text *t, const char *key, const lp_answer_line *a) {
    char *text = lp_answer_print(a);
    lp_text_format(t, ",\"%s\":", key);
    lp_text_add(t, text);
    free(text);
}

static void put(lp_vectors *v, const lp_case *c, int64_t id, const lp_answered *a, const ends *to) {
    const char *tag[TRAITS];
    int tags = 0;
    char regime[24];
    lp_gen_regime(regime, c);
    for (int t = 0; t < TRAITS; t++)
        if (to->traits >> t & 1) tag[tags++] = trait_name[t];
    char *kase = lp_case_print(c);
    lp_text answers = {0};
    add_line(&answers, "answer", &a->line);
    if (a->line.answer) {
        const int64_t length = a->line.hvp_len;
        add_line(&answers, "down",
                 &(lp_answer_line){.answer = &to->down, .hvp = to->hvp[0], .hvp_len = length});
        add_line(&answers, "up",
                 &(lp_answer_line){.answer = &to->up, .hvp = to->hvp[1], .hvp_len = length});
    }
    lp_vectors_add(v, id, regime, tag, tags, kase, answers.data);
    lp_text_clear(&answers);
    free(kase);
}

bool lp_vector_add(lp_vectors *v, lp_case *c, int64_t id, int digits, lp_error *err) {
    c->rounding = v->rounding;
    lp_exact *e = lp_exact_new(c, err);
    if (!e) return false;
    lp_answered a;
    ends to;
    lp_answered_take(&a, c, e, digits);
    ends_take(&to, &a, e, c);
    if (to.undecided)
        v->undecided++;
    else
        put(v, c, id, &a, &to);
    ends_clear(&to);
    lp_answered_clear(&a);
    lp_exact_free(e);
    return true;
}
