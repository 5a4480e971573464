/* Direct calls of a subject, without host: small buffers of a known pattern around everything. */
#ifndef LP_TESTS_SUBJECTS_LAB_H
#define LP_TESTS_SUBJECTS_LAB_H

#include <lossproof/subject.h>

#include <stdbool.h>

#define LAB_ROWS  8
#define LAB_CELLS 160 /* per buffer, more than any test uses: what lies past the end is watched */
#define LAB_PAD   7.0 /* value of every cell that no test sets */

typedef struct lab {
    lp_call call;
    double param[LP_PARAM_COUNT];
    int64_t label[LAB_ROWS];
    double in[16][LAB_CELLS], out[8][LAB_CELLS]; /* holding floats where the format is binary32 */
} lab;

/* The shared object `name` of LOSSPROOF_LIBDIR, or NULL where it was not built. */
lp_subject_fn lab_load(const char *name);
const lp_entry *lab_entry(const lp_subject *subject, const char *op, lp_format_id format);

/* An N x K call of the entry, stride K + pad where the entry takes one; all declared outputs have
 * memory, inputs are given by lab_give. */
void lab_init(lab *l, lp_op op, const lp_entry *entry, int64_t n, int64_t k, int64_t pad);
void lab_give(lab *l, lp_in role);
void lab_set(lab *l, lp_in role, int64_t i, int64_t j, double value);
/* Gives the role ordinary values in (from, to), exact in binary32. */
void lab_fill(lab *l, lp_in role, double from, double to);
double lab_get(const lab *l, lp_in role, int64_t i, int64_t j);
double lab_out(const lab *l, lp_out role, int64_t i, int64_t j);
void lab_param(lab *l, lp_param p, double value);
/* Every byte of inputs and outputs the same? */
bool lab_same(const lab *a, const lab *b);

#endif
