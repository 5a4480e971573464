/* What is drawn: figures by one coordinate of the inputs, as a gnuplot script. */
#ifndef LP_REPORTS_PLOT_H
#define LP_REPORTS_PLOT_H

#include "core/format.h"
#include "core/histogram.h"
#include "core/text.h"

#define LP_PLOT_CURVES 8

typedef enum lp_plot_kind { LP_PLOT_ULP, LP_PLOT_LOST } lp_plot_kind;

typedef struct lp_curve {
    char title[64];          /* letters, digits, blanks and _.,:()- only; others are left out */
    const lp_bucket *bucket; /* LP_BUCKETS of them */
} lp_curve;

typedef struct lp_plot {
    lp_axis axis;
    lp_plot_kind kind;
    lp_format_id format; /* for the line from which on nothing is left of a value */
    lp_curve curve[LP_PLOT_CURVES];
    int curves;
    bool bound; /* draws the first curve's a-priori bound */
} lp_plot;

/* Makes the plot one drawing of its own on standard output. `alone`: a file of its own with a white
 * ground, else a part of a page. */
void lp_plot_script(lp_text *t, const lp_plot *p, bool alone);
/* What the coordinate is, in words. */
const char *lp_plot_axis_words(lp_axis axis);
/* One sentence for who cannot see it: largest error of each curve and where values are lost. */
void lp_plot_words(lp_text *t, const lp_plot *p);
/* Lower end of a bucket for people: "-16", "2^20", "below". */
char *lp_plot_from(char buf[32], lp_axis axis, int bucket);

/* Appends drawing number `which` of gnuplot's output, fit for a page: names and descriptions for
 * readers, colours of the page, nothing that repeats. False where there is none. */
bool lp_plot_inline(lp_text *t, const char *drawn, int which, const char *id, const char *title,
                    const char *words);
/* The markers that inline drawings share; once a page, before them. */
void lp_plot_markers(lp_text *t);

#endif
