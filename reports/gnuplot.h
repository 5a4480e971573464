/* Draws by gnuplot, a program that may be missing. */
#ifndef LP_REPORTS_GNUPLOT_H
#define LP_REPORTS_GNUPLOT_H

#include "core/error.h"
#include "core/text.h"

/* Runs the script (settings of its own, no file of the user's is read) and appends what it draws.
 * False with the reason: not installed, failed, or longer than 20 s. */
bool lp_gnuplot(lp_text *drawn, const char *script, lp_error *err);

#endif
