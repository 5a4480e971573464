#include "fuzz/target.h"

#include <string.h>

/* The tables of the subjects, their one exported symbol renamed so that both fit in a program. */
const lp_subject *lp_fuzz_textbook(void);
const lp_subject *lp_fuzz_accurate(void);

/* The textbook's numbers are known to be wrong in places, intermediate overflow among them: there
 * the fuzzer shows that it climbs to them, and what stops it is misbehaviour. */
static const lp_fuzz_subject subjects[] = {
    {"accurate", lp_fuzz_accurate, LP_LEVEL_ACCURATE},
    {"textbook", lp_fuzz_textbook, LP_LEVEL_FAIL},
};

const lp_fuzz_subject *lp_fuzz_subject_by_name(const char *name) {
    for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++)
        if (!strcmp(subjects[i].name, name)) return &subjects[i];
    return NULL;
}
