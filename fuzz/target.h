/* What the fuzzers run, without a fuzzer: the harnesses hand these functions their bytes, the
 * replay program its files. A target that finds something says what, prints the case as a line of
 * section 7 and aborts, so that the engine keeps the input. */
#ifndef LP_FUZZ_TARGET_H
#define LP_FUZZ_TARGET_H

#include "core/case.h"
#include "core/verdict.h"
#include "props/engine/choices.h"

#include <lossproof/subject.h>

/* A subject compiled in, and the level below which an answer of its is a finding. */
typedef struct lp_fuzz_subject {
    const char *name;
    lp_subject_fn table;
    lp_level floor;
} lp_fuzz_subject;
/* NULL where the name is unknown. */
const lp_fuzz_subject *lp_fuzz_subject_by_name(const char *name);

/* Bytes that begin with '{' are a case by value, as the corpora in the tree have them; any others
 * are choices: which entry of the subject, then lp_generate. False: text that is no case, or one
 * that the subject does not declare. `c` is then empty. */
bool lp_fuzz_read(lp_case *c, const lp_entry **entry, const lp_fuzz_subject *s, const uint8_t *data,
                  size_t size);
/* The choices behind the input (malloc'd), by value where it is text; NULL: none. */
lp_choice *lp_fuzz_record(int *count, const lp_fuzz_subject *s, const uint8_t *data, size_t size);

/* Calls the entry in this process, arrays of their exact lengths from the heap: what lies beyond
 * is AddressSanitizer's. Findings are the environment and unwritten outputs. */
void lp_fuzz_call(lp_answer *a, const lp_entry *entry, const lp_case *c);

/* Call, judge, leave the errors' magnitudes in lp_fuzz_counters. */
void lp_fuzz_loss(const lp_fuzz_subject *s, const uint8_t *data, size_t size);
/* Parse, print, parse: equal cases, equal bytes; and the by-value record gives the case again. */
void lp_fuzz_case(const uint8_t *data, size_t size);

#endif
