/* Faults of a whole call around the exemplar's sound answer: one function each, call_NAME for the
 * row NAME of call.def. */
#include "subjects/mutants/call_access.h"

#include "subjects/mutants/call_answers.h"
#include "subjects/mutants/call_memory.h"
#include "subjects/mutants/call_state.h"
