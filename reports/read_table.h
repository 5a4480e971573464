/* How a row of a table of fields is written. Private to the files that read certificates. */
#ifndef LP_REPORTS_READ_TABLE_H
#define LP_REPORTS_READ_TABLE_H

#include "reports/read_fields.h"

#define COUNT(table) ((int)(sizeof(table) / sizeof(table)[0]))
#define FIELD(type, member, key_, kind_)                                                           \
    {                                                                                              \
        .key = key_, .kind = LP_FIELD_##kind_, .offset = offsetof(type, member),                   \
        .size = sizeof(((type *)0)->member)                                                        \
    }
#define INNER(key_, read)                                                                          \
    { .key = key_, .kind = LP_FIELD_INNER, .inner = read }
#define OPTIONAL_INNER(key_, read)                                                                 \
    { .key = key_, .kind = LP_FIELD_INNER, .inner = read, .optional = true }
#define DERIVED(key_)                                                                              \
    { .key = key_, .kind = LP_FIELD_OF_OTHERS }
#define OPTIONAL(type, member, key_, kind_)                                                        \
    {                                                                                              \
        .key = key_, .kind = LP_FIELD_##kind_, .offset = offsetof(type, member),                   \
        .size = sizeof(((type *)0)->member), .optional = true                                      \
    }

#endif
