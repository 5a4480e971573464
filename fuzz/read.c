#include "fuzz/target.h"

#include "core/case_text.h"
#include "props/props/generate.h"

#include <stdlib.h>
#include <string.h>

/* Small enough that the reference keeps up with the fuzzer; faults that need more classes than the
 * widest vector and its tail are the campaign's. */
#define MAX_K 64
/* A padded row costs its stride, and what is past a few elements shows nothing new. */
#define MAX_PADDING 64

static bool plan_of(lp_gen_plan *plan, const lp_entry *entry) {
    lp_op op;
    if (!lp_op_by_name(&op, entry->op) || !lp_op_get(op)->built) return false;
    if (entry->format > LP_BINARY32) return false;
    const lp_op_info *info = lp_op_get(op);
    *plan = (lp_gen_plan){.op = op,
                          .format = (lp_format_id)entry->format,
                          .params = entry->params & info->built_params,
                          .reductions = entry->reductions & info->built_reductions,
                          .max_k = MAX_K,
                          .wide_k = MAX_K,
                          .strided = entry->flags & LP_FLAG_STRIDED};
    return true;
}

static bool covers(const lp_entry *entry, const lp_case *c) {
    lp_gen_plan plan;
    return plan_of(&plan, entry) && plan.op == c->op && plan.format == c->format &&
           !(c->set & ~plan.params) && (plan.strided || c->stride == c->k) &&
           plan.reductions & LP_REDUCE_BIT(c->reduction);
}

static bool is_text(const uint8_t *data, size_t size) {
    return size > 0 && data[0] == '{';
}

static bool read_text(lp_case *c, const lp_entry **entry, const lp_subject *s, const uint8_t *data,
                      size_t size) {
    const char *status;
    if (size && data[size - 1] == '\n') size--;
    if (!lp_case_parse(c, (const char *)data, size, &status, NULL)) return false;
    for (uint32_t i = 0; i < s->count; i++)
        if (covers(&s->entry[i], c)) {
            *entry = &s->entry[i];
            return true;
        }
    lp_case_clear(c);
    return false;
}

static bool draw(lp_case *c, const lp_entry **entry, const lp_subject *s, lp_choices *tc) {
    lp_gen_plan plan;
    char regime[24];
    *entry = &s->entry[lp_draw_int(tc, 0, (int64_t)s->count - 1, 0)];
    if (!plan_of(&plan, *entry)) return false;
    lp_generate(c, tc, &plan, regime);
    if (c->stride > c->k + MAX_PADDING) c->stride = c->k + MAX_PADDING;
    return true;
}

bool lp_fuzz_read(lp_case *c, const lp_entry **entry, const lp_fuzz_subject *subject,
                  const uint8_t *data, size_t size) {
    const lp_subject *s = subject->table();
    if (is_text(data, size)) return read_text(c, entry, s, data, size);
    lp_choices *tc = lp_choices_bytes(data, size);
    bool ok = draw(c, entry, s, tc);
    lp_choices_free(tc);
    return ok;
}

static lp_choice *copied(const lp_choice *record, int count, int before) {
    lp_choice *copy = malloc((size_t)(count + before) * sizeof *copy);
    if (!copy) abort();
    if (count) memcpy(copy + before, record, (size_t)count * sizeof *copy);
    return copy;
}

static lp_choice *record_of_text(int *count, const lp_subject *s, const uint8_t *data,
                                 size_t size) {
    lp_case c;
    lp_gen_plan plan;
    const lp_entry *entry;
    if (!read_text(&c, &entry, s, data, size)) return NULL;
    plan_of(&plan, entry);
    lp_choice *value = lp_gen_by_value(count, &c, &plan), *all = copied(value, *count, 1);
    int64_t last = (int64_t)s->count - 1;
    all[0] = (lp_choice){LP_CHOICE_INT, last == 0, entry - s->entry, 0, last, 0, 0, NULL};
    ++*count;
    free(value);
    lp_case_clear(&c);
    return all;
}

lp_choice *lp_fuzz_record(int *count, const lp_fuzz_subject *subject, const uint8_t *data,
                          size_t size) {
    const lp_subject *s = subject->table();
    if (is_text(data, size)) return record_of_text(count, s, data, size);
    lp_case c;
    const lp_entry *entry;
    lp_choices *tc = lp_choices_bytes(data, size);
    lp_choice *all = NULL;
    if (draw(&c, &entry, s, tc)) {
        *count = lp_choices_count(tc);
        all = copied(lp_choices_record(tc), *count, 0);
        lp_case_clear(&c);
    }
    lp_choices_free(tc);
    return all;
}
