/* Writers: a certificate as files. Nothing is computed here. */
#ifndef LP_REPORTS_REPORTS_H
#define LP_REPORTS_REPORTS_H

#include "core/certificate.h"

#include <stdio.h>

/* Each writes a whole file atomically (temporary beside it, fsync, rename) and reports a full disk.
 */
bool lp_report_certificate(const char *path, const lp_certificate *c, lp_error *err); /* JSON */
bool lp_report_html(const char *path, const lp_certificate *c, lp_error *err);
bool lp_report_junit(const char *path, const lp_certificate *c, lp_error *err);
bool lp_report_counterexamples(const char *path, const lp_certificate *c,
                               lp_error *err); /* JSON Lines */
/* certificate.json back into an uninitialised certificate, settled; false with err naming file and
 * key where it is missing, malformed, of another schema or contradicts itself (c is empty then). */
bool lp_report_read(lp_certificate *c, const char *path, lp_error *err);
/* The same lines to a stream; the caller looks at its error flag. */
void lp_report_counterexample_lines(FILE *stream, const lp_certificate *c);
/* Line i of it with its end, malloc'd. */
char *lp_report_counterexample_line(const lp_certificate *c, int i);
/* `count` certificates side by side: a page, a table, and the plot of the output of which one of
 * them loses most. They are comparable (core/certificate_compare.h). */
bool lp_report_compare(const char *path, const lp_certificate *c, int count, lp_error *err);
bool lp_report_compare_svg(const char *path, const lp_certificate *c, int count, lp_error *err);
void lp_report_compare_text(FILE *stream, const lp_certificate *c, int count);
/* About 12 lines on a terminal; outdir NULL: no report was written, none is named. */
void lp_report_summary(FILE *stream, const lp_certificate *c, const char *outdir, bool colour);
/* The summary as one JSON object on one line. */
void lp_report_summary_json(FILE *stream, const lp_certificate *c, const char *outdir);

#endif
