/* A subject of a later version: larger entries, bits and operations that are unknown today, and a
 * table that says it is shorter than ours. */
#include "plain.h"

typedef struct later_entry {
    lp_entry entry;
    uint64_t more[5];
} later_entry;

static lp_status unknown_operation(const lp_call *c) {
    (void)c;
    __builtin_trap();
}

static const later_entry entries[] = {
    {{"transmogrify", 0, LP_BINARY64, 1, 1, 0, unknown_operation}, {1, 2, 3, 4, 5}},
    {{"softmax_xent", UINT64_C(1) << 60, LP_BINARY64, PLAIN_OUTPUTS | 1u << 20,
      1u << LP_REDUCE_NONE | 1u << 9, 1u << 31, plain_run},
     {0}},
    {{"softmax_xent", 0, 99, PLAIN_OUTPUTS, 1, 0, unknown_operation}, {0}},
    {{"softmax", 0, LP_BINARY64, 2, 1, 0, NULL}, {0}},
    {{NULL, 0, LP_BINARY64, 2, 1, 0, unknown_operation}, {0}}};

static const lp_subject subject = {LP_SUBJECT_ABI,
                                   sizeof(lp_subject),
                                   sizeof(later_entry),
                                   sizeof entries / sizeof *entries,
                                   "newer\n\xff",
                                   "9",
                                   NULL,
                                   (const lp_entry *)(const void *)entries};

const lp_subject *lossproof_subject_v1(void) {
    return &subject;
}
