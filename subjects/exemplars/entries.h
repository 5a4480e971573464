/* What textbook, naive and the mutants export: one entry per operation and format, one subject. */
#ifndef LP_SUBJECTS_ENTRIES_H
#define LP_SUBJECTS_ENTRIES_H

#include <lossproof/subject.h>

#define EXEMPLAR_ENTRY(name, params, format, outputs, flags, run)                                  \
    { name, params, format, outputs, LP_REDUCE_BIT(LP_REDUCE_NONE), flags, run }

#define EXEMPLAR_SUBJECT(entries_of, of)                                                           \
    {                                                                                              \
        .abi = LP_SUBJECT_ABI, .size = sizeof(lp_subject), .entry_size = sizeof(lp_entry),         \
        .count = sizeof(entries_of) / sizeof *(entries_of), .name = of, .version = "1",            \
        .entry = entries_of                                                                        \
    }

#endif
