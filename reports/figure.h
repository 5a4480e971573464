/* Figures for people. An error that is printed is never smaller than the one that was found. */
#ifndef LP_REPORTS_FIGURE_H
#define LP_REPORTS_FIGURE_H

#include "core/certificate.h"

#define LP_FIGURE_SIZE 32

/* Three significant digits, rounded up: 0.501, 12.4, 1240, 9.01e+15. 0, "infinite", and "not
 * claimable" for NaN. x >= 0. Returns buf, like all of these. */
char *lp_figure_up(char buf[LP_FIGURE_SIZE], double x);
/* The same of a condition number, whose 0 says that it was not computed: a dash. */
char *lp_figure_condition(char buf[LP_FIGURE_SIZE], double x);
/* A count in groups of three: 12 345 678. */
char *lp_figure_count(char buf[LP_FIGURE_SIZE], int64_t n);
/* part/whole in percent; what is not 0 never prints as 0 and what is not all never as 100. */
char *lp_figure_share(char buf[LP_FIGURE_SIZE], int64_t part, int64_t whole);
/* A value of the format with as many digits as tell it from its neighbours. */
char *lp_figure_value(char buf[LP_FIGURE_SIZE], lp_format_id format, double x);
/* Significant decimal digits of `got` that agree with `want`: 0 where the relative error is 1/10 or
 * more, 99 where they are equal. */
int lp_figure_agreeing(double got, double want);

#endif
