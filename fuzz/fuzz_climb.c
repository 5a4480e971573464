/* libFuzzer harness that shows whether guidance by numeric error works: the textbook's softmax
 * cross-entropy on four logits in [-700, 700], the gradients of the classes that are not the
 * label's. The inputs' branches are all alike there, so that coverage says nothing; what is left is
 * the error itself.
 *
 * What there is to find: exp(z_j - m) at a rounded difference. |z_j - m| <= 1400 < 2^11, so that
 * the difference is off by up to 2^-43 and the exponential by 2^-43 relative, 2^9 = 512 ulp at a
 * significand near 1 (about 1.5 ulp more for exp, division and storing). A search that does not see
 * the error stays with bit patterns, most of which are tiny or out of range.
 *
 * LP_FUZZ_GUIDE=0 keeps the error from the engine. LP_FUZZ_FOLD=0 reads the bytes as a plain
 * harness would, doubles out of range refused, instead of through the choice sequence, which folds
 * them into the range: half of all bit patterns then become reals of the right size, and mere
 * sampling comes far. The maximum is printed at the end of the run. */
#include "fuzz/target.h"

#include "props/judge/judge.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLASSES 4
#define STEPS   8 /* counters per factor of two */
#define BUCKETS (64 * STEPS)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

__attribute__((section("__libfuzzer_extra_counters"), used)) static uint8_t counters[BUCKETS];

static double most;
static char worst[512];
static long executions;

static bool is_on(const char *name) {
    const char *word = getenv(name);
    return !word || strcmp(word, "0") != 0;
}

static void tell(void) {
    fprintf(stderr, "fuzz_climb: %s, %s, %ld executions: at most %.4g ulp, %s\n",
            is_on("LP_FUZZ_GUIDE") ? "guided" : "unguided",
            is_on("LP_FUZZ_FOLD") ? "folded" : "bit patterns", executions, most, worst);
}

static const lp_f64_domain range = {.lo = -700, .hi = 700};

/* False: a double out of range. */
static bool read_plain(double *z, int64_t *label, const uint8_t *data, size_t size) {
    if (size < CLASSES * sizeof *z + 1) return false;
    *label = data[0] % CLASSES;
    memcpy(z, data + 1, CLASSES * sizeof *z);
    for (int j = 0; j < CLASSES; j++)
        if (!(z[j] >= range.lo && z[j] <= range.hi)) return false;
    return true;
}

static bool read_choices(double *z, int64_t *label, const uint8_t *data, size_t size) {
    lp_choices *tc = lp_choices_bytes(data, size);
    *label = lp_draw_int(tc, 0, CLASSES - 1, 0);
    for (int j = 0; j < CLASSES; j++) z[j] = lp_draw_f64(tc, &range);
    lp_choices_free(tc);
    return true;
}

static bool draw(lp_case *c, const uint8_t *data, size_t size) {
    lp_case_init(c, LP_OP_SOFTMAX_XENT);
    c->n = 1;
    c->k = c->stride = CLASSES;
    double *z = lp_case_alloc(c, LP_IN_LOGITS);
    int64_t *label = lp_case_alloc_label(c);
    return is_on("LP_FUZZ_FOLD") ? read_choices(z, label, data, size)
                                 : read_plain(z, label, data, size);
}

static const lp_entry *entry_of(const lp_subject *s) {
    for (uint32_t i = 0; i < s->count; i++)
        if (!strcmp(s->entry[i].op, "softmax_xent") && s->entry[i].format == LP_BINARY64)
            return &s->entry[i];
    abort(); /* the exemplar has it */
}

static double error_of(const lp_case *c, const lp_answer *a) {
    double ulp = 0;
    lp_exact *exact = lp_exact_new(c, NULL);
    if (!exact) abort(); /* the operation is built */
    for (int64_t j = 0; j < CLASSES; j++) {
        if (j == c->label[0]) continue;
        lp_measure m;
        lp_exact_measure(&m, exact, LP_OUT_GRAD, j, a->out[LP_OUT_GRAD][j]);
        if (m.kind == LP_KIND_NUMBER && m.ulp_lo > ulp) ulp = m.ulp_lo;
    }
    lp_exact_free(exact);
    return ulp;
}

static void remember(const lp_case *c, double ulp) {
    if (!(ulp > most)) return;
    const double *z = c->in[LP_IN_LOGITS];
    most = ulp;
    snprintf(worst, sizeof worst, "logits %a %a %a %a, label %d", z[0], z[1], z[2], z[3],
             (int)c->label[0]);
}

static void climb(const lp_case *c, const lp_entry *entry) {
    lp_answer a;
    lp_answer_init(&a);
    lp_fuzz_call(&a, entry, c);
    double ulp = error_of(c, &a);
    remember(c, ulp);
    int bucket = ulp < 0x1p-4 ? 0 : (int)(STEPS * (log2(ulp) + 4));
    if (is_on("LP_FUZZ_GUIDE")) counters[bucket < BUCKETS ? bucket : BUCKETS - 1] = 1;
    lp_answer_clear(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const lp_entry *entry;
    if (!entry) {
        entry = entry_of(lp_fuzz_subject_by_name("textbook")->table());
        atexit(tell);
    }
    executions++;
    lp_case c;
    if (draw(&c, data, size)) climb(&c, entry);
    lp_case_clear(&c);
    return 0;
}
