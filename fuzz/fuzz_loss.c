/* libFuzzer harness: a subject's losses and gradients against the reference. LP_FUZZ_TARGET names
 * the subject. */
#include "fuzz/mutate.h"

#include <stdlib.h>

#define TEXT_OF(word) #word
#define NAME_OF(word) TEXT_OF(word)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size); /* libFuzzer's own */

static const lp_fuzz_subject *subject(void) {
    const lp_fuzz_subject *s = lp_fuzz_subject_by_name(NAME_OF(LP_FUZZ_TARGET));
    if (!s) abort();
    return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    lp_fuzz_loss(subject(), data, size);
    return 0;
}

/* Half of the time numeric moves on the choices, else the engine's moves on the bytes. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed) {
    size_t made = 0;
    if (seed % 2 || (size && data[0] == '{'))
        made = lp_fuzz_mutate(subject(), data, size, max_size, seed);
    return made ? made : LLVMFuzzerMutate(data, size, max_size);
}
