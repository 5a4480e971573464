/* A campaign of one operation and format against a real subject, nothing shrunk. */
#ifndef LP_TESTS_CERTIFIED_H
#define LP_TESTS_CERTIFIED_H

#include "props/props/campaign.h"

/* Of a table of such campaigns: a sanitizer sees in every sixth what it sees in all, at four times
 * their cost. */
#ifdef LP_FEW
enum { STEP = 6 };
#else
enum { STEP = 1 };
#endif

/* Fills an uninitialised certificate; fails the test where the campaign cannot be run. */
void certify(lp_certificate *cert, const char *spec, lp_op op, lp_format_id format, lp_level asked,
             int64_t evals);

#endif
