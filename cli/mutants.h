/* The planted faults of subjects/mutants, as a table. */
#ifndef LP_CLI_MUTANTS_H
#define LP_CLI_MUTANTS_H

#include <stdint.h>

typedef struct lp_mutant {
    const char *name;
    char letter;        /* class in the catalogue of known defects: A..L */
    int number;         /* there; 0: nobody reported it, an operator made it */
    const char *thread; /* the same defect in somebody's real code, or the operator */
    const char *op;
    uint64_t params; /* that its entries declare */
    const char *note;
} lp_mutant;

extern const lp_mutant lp_mutants[];
extern const int lp_mutant_count;
const lp_mutant *lp_mutant_named(const char *name); /* NULL where there is none */

#endif
