/* Strict reading of JSON objects by tables: a key that is missing, unknown, of a wrong type or out
 * of range is an error that names file and key. Private to reports. */
#ifndef LP_REPORTS_READ_FIELDS_H
#define LP_REPORTS_READ_FIELDS_H

#include "core/error.h"

#include <jansson.h>
#include <stddef.h>

typedef struct lp_reader {
    const char *file;
    char key[256]; /* of what is being read: "outputs[3].worst.at" */
    lp_error *err;
} lp_reader;

typedef enum lp_field_kind {
    LP_FIELD_TEXT,   /* char *, malloc'd; null gives NULL */
    LP_FIELD_CHARS,  /* char[size] */
    LP_FIELD_COUNT,  /* int64_t, >= 0 */
    LP_FIELD_SMALL,  /* int, >= 0 */
    LP_FIELD_BOOL,   /* bool */
    LP_FIELD_DOUBLE, /* double, {"decimal","hex"}: the hex counts */
    LP_FIELD_SEED,   /* uint64_t, text */
    LP_FIELD_CASE,   /* char *, a case object as its line; null gives NULL */
    LP_FIELD_OP,     /* the enumerations by their names */
    LP_FIELD_FORMAT,
    LP_FIELD_OUT,
    LP_FIELD_LEVEL,
    LP_FIELD_CAUSE,
    LP_FIELD_EVIDENCE,
    LP_FIELD_CONTRACT,
    LP_FIELD_FINDING,
    LP_FIELD_PART,
    LP_FIELD_WAY,
    LP_FIELD_OF_OTHERS, /* follows from other keys: not read */
    LP_FIELD_INNER      /* `inner` reads it into the object */
} lp_field_kind;

typedef struct lp_field {
    const char *key;
    lp_field_kind kind;
    size_t offset, size;
    bool (*inner)(lp_reader *r, void *object, const json_t *value);
    bool optional;
} lp_field;

/* All of err's line but the file and key. Returns false. */
bool lp_read_wrong(lp_reader *r, const char *what);
/* Goes into a key or an element and comes out again: `mark` is what lp_read_enter returned. */
size_t lp_read_enter(lp_reader *r, const char *key);
size_t lp_read_enter_item(lp_reader *r, size_t index);
void lp_read_leave(lp_reader *r, size_t mark);
/* Every field of the object, and no key besides. */
bool lp_read_fields(lp_reader *r, void *object, const json_t *value, const lp_field *field,
                    int fields);
/* An array of such objects as a list in the certificate's manner: malloc'd, room to the next power
 * of two. What was read before an error belongs to the list. */
bool lp_read_list(lp_reader *r, void **list, int *count, size_t size, const json_t *value,
                  const lp_field *field, int fields);
bool lp_read_double(lp_reader *r, double *x, const json_t *value);

#endif
