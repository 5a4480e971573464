/* A document of test vectors: cases with their exact answers, for people who have JSON and not this
 * software (docs/vectors.md). */
#ifndef LP_REPORTS_VECTORS_H
#define LP_REPORTS_VECTORS_H

#include "core/format.h"
#include "core/op.h"
#include "core/text.h"

#define LP_VECTORS_SCHEMA "lossproof-vectors-1.schema.json"
extern const char lp_vectors_schema[]; /* that file's bytes, NUL-terminated */

typedef struct lp_vectors {
    const char *tool;    /* name and version */
    const char *command; /* gives these bytes again */
    lp_op op;
    lp_format_id format;
    lp_rounding rounding;
    const uint64_t *seed;     /* NULL: of cases that somebody gave */
    int64_t count, undecided; /* vectors; cases that are none since their answer is not settled */
    uint64_t noted;           /* which words are explained */
    lp_text line;             /* the vectors */
} lp_vectors;

/* One vector: its number, its regime and tags (words, each of which the head explains), and JSON
 * objects; `answers` is put behind the case as it is, a comma before it. */
void lp_vectors_add(lp_vectors *v, int64_t id, const char *regime, const char *const *tag, int tags,
                    const char *kase, const char *answers);
/* The whole document, one line a vector; malloc'd. The vectors are kept. */
char *lp_vectors_print(const lp_vectors *v);
void lp_vectors_clear(lp_vectors *v);

#endif
