/* Scripts. Only our own words and numbers go into them. */
#include "reports/plot.h"

#include "reports/figure.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FLOOR 0.1 /* of the error axis: what is smaller is drawn on it */

/* Contrast of 3 and more on a white and on a dark ground (relative luminance 0.13 to 0.30); point
 * and line types tell the curves apart without colour. */
static const struct {
    const char *colour;
    int point, dash;
} style[LP_PLOT_CURVES] = {{"#d55e00", 7, 1}, {"#0072b2", 5, 1}, {"#009e73", 9, 1},
                           {"#b0609a", 7, 4}, {"#8a7a00", 5, 4}, {"#7a6fd0", 9, 4},
                           {"#c04a4a", 7, 5}, {"#5f8a8a", 5, 5}};

/* Each curve's point, in its colour and size, under the name that lp_plot_inline refers to. */
void lp_plot_markers(lp_text *t) {
    lp_text_add(t, "<svg class=\"markers\" aria-hidden=\"true\"><defs>");
    for (int k = 0; k < LP_PLOT_CURVES; k++) {
        static const char *const shape[] = {
            "M-2,-2h4v4h-4z",
            ("M-2.2,0a2.2,2.2 0 1 0 4.4,0"
             "a2.2,2.2 0 1 0 -4.4,0z"),
            "M0,-2.8L-2.6,1.6L2.6,1.6z",
        };
        unsigned rgb = (unsigned)strtoul(style[k].colour + 1, NULL, 16);
        lp_text_format(t, "<path id=\"m%u-%u-%u\" stroke=\"none\" fill=\"%s\" d=\"%s\"/>",
                       rgb >> 16, rgb >> 8 & 255, rgb & 255, style[k].colour,
                       shape[(style[k].point - 5) / 2]);
    }
    lp_text_add(t, "</defs></svg>\n");
}

const char *lp_plot_axis_words(lp_axis axis) {
    static const char *const words[LP_AXIS_COUNT] = {
        "how far the label's logit is ahead of the largest other one (negative: behind)",
        "odds of the label's probability, log2 of p/(1-p)", "magnitude of the largest logit",
        "number of classes K"};
    return words[axis];
}

static bool is_signed(lp_axis axis) {
    return axis == LP_AXIS_GAP || axis == LP_AXIS_ODDS;
}

/* The place of a bucket on the drawing. */
static int place(lp_axis axis, int bucket) {
    return is_signed(axis) ? bucket - 32 : bucket;
}

static void tics(lp_text *t, lp_axis axis) {
    if (is_signed(axis)) {
        lp_text_add(t, "set xrange [-31.5:31.5]\nset xtics (\"0\" 0");
        for (int i = 3; i < 31; i += 8) /* the lower edge of the i-th half octave is 2^((i-3)/2) */
            lp_text_format(t, ", \"%d\" %d.5, \"-%d\" -%d.5", 1 << (i - 3) / 2, i - 1,
                           1 << (i - 3) / 2, i - 1);
    } else if (axis == LP_AXIS_OFFSET) {
        lp_text_add(t, "set xrange [-0.5:63.5]\nset xtics (\"0\" 0");
        for (int e = 0; e <= 50; e += 10) lp_text_format(t, ", \"2^%d\" %d.5", e, e + 10);
    } else {
        lp_text_add(t, "set xrange [-0.5:20.5]\nset xtics (\"1\" 0");
        for (int e = 2; e < 12; e += 3) lp_text_format(t, ", \"%d\" %d", 1 << e, e);
        for (int e = 14; e <= 20; e += 3) lp_text_format(t, ", \"2^%d\" %d", e, e);
    }
    lp_text_add(t, ")\n");
}

/* The top of the error axis: the decade above the largest error, at least 2^p; what is larger than
 * 10^30 is drawn at the top. */
static double ceiling(const lp_plot *p) {
    double top = ldexp(1, lp_format_get(p->format)->p);
    for (int k = 0; k < p->curves; k++)
        for (int i = 0; i < LP_BUCKETS; i++) top = fmax(top, p->curve[k].bucket[i].max_ulp);
    double decade = 10;
    while (decade < top && decade < 1e30) decade *= 10;
    return decade;
}

static void error_axis(lp_text *t, double top) {
    lp_text_format(t, "set logscale y 10\nset yrange [%g:%g]\nset ylabel \"largest error, ulp\"\n",
                   FLOOR, top);
    lp_text_add(t, "set ytics (\"1\" 1");
    for (int step = top > 1e18 ? 6 : 3, e = step; e <= 30; e += step)
        lp_text_format(t, ", \"1e%d\" 1e%d", e, e);
    lp_text_add(t, ")\n");
}

static void plain(lp_text *t, const char *title) {
    for (; *title; title++) {
        bool good = (*title >= '0' && *title <= '9') || (*title >= 'a' && *title <= 'z') ||
                    (*title >= 'A' && *title <= 'Z') || strchr(" _.,:()-", *title);
        if (good) lp_text_bytes(t, title, 1);
    }
}

static double value(const lp_plot *p, const lp_bucket *b, double top) {
    if (p->kind == LP_PLOT_LOST) return 100 * (double)b->lost / (double)b->components;
    return fmin(fmax(b->max_ulp, FLOOR), top);
}

static void curve_data(lp_text *t, const lp_plot *p, const lp_curve *c, double top) {
    for (int i = 0; i < LP_BUCKETS; i++)
        if (c->bucket[i].components > 0)
            lp_text_format(t, "%d %.4g\n", place(p->axis, i), value(p, &c->bucket[i], top));
    lp_text_add(t, "e\n");
}

/* A bound that is not claimable or beyond the axis ends the line. */
static void bound_data(lp_text *t, const lp_plot *p, double top) {
    const lp_bucket *b = p->curve[0].bucket;
    for (int i = 0; i < LP_BUCKETS; i++)
        if (b[i].components > 0 && b[i].max_bound > 0)
            lp_text_format(t, "%d %.4g\n", place(p->axis, i),
                           fmin(fmax(b[i].max_bound, FLOOR), 10 * top));
    lp_text_add(t, "e\n");
}

/* Limits of the levels, and 2^p/4 and more: a quarter of the value and more. */
static void limits(lp_text *t, const lp_plot *p) {
    if (p->kind != LP_PLOT_ULP) return;
    lp_text_format(t,
                   ", 0.5 with lines lc rgb \"#808080\" dt 3 lw 0.7 title \"correct, 1/2 ulp\""
                   ", 4 with lines lc rgb \"#808080\" dt 2 title \"accurate, 4 ulp\""
                   ", %g with lines lc rgb \"#808080\" dt 4 title \"1/4 of the value\"",
                   ldexp(0.25, lp_format_get(p->format)->p));
}

void lp_plot_script(lp_text *t, const lp_plot *p, bool alone) {
    const bool bound = p->bound && p->kind == LP_PLOT_ULP;
    double top = ceiling(p);
    lp_text_format(t,
                   "reset\nset encoding utf8\nset terminal svg size %s noenhanced font "
                   "\"sans-serif,13\" %s\n",
                   alone ? "760,440" : "460,340", alone ? "background \"white\"" : "");
    lp_text_add(t, "set key below Left reverse samplen 2.5 width -1\nset border 3\n"
                   "set tics nomirror out\nset samples 2\n");
    tics(t, p->axis);
    if (p->kind == LP_PLOT_ULP)
        error_axis(t, top);
    else
        lp_text_add(t, "set yrange [0:102]\nset ylabel \"values lost, %\"\n");
    lp_text_format(t, "set xlabel \"%s\" offset 0,0.5\nplot ",
                   p->axis == LP_AXIS_GAP      ? "label ahead by"
                   : p->axis == LP_AXIS_ODDS   ? "log2 of p/(1-p)"
                   : p->axis == LP_AXIS_OFFSET ? "magnitude of the largest logit"
                                               : "classes");
    for (int k = 0; k < p->curves; k++) {
        lp_text_format(t, "%s'-' with linespoints lc rgb \"%s\" pt %d dt %d ps 0.45 title \"",
                       k ? ", " : "", style[k].colour, style[k].point, style[k].dash);
        plain(t, p->curve[k].title);
        lp_text_add(t, "\"");
    }
    if (bound) {
        lp_text_add(t, ", '-' with lines lc rgb \"#d55e00\" dt 2 lw 1.2 title \"stable, ");
        plain(t, p->curve[0].title);
        lp_text_add(t, "\"");
    }
    limits(t, p);
    lp_text_add(t, "\n");
    for (int k = 0; k < p->curves; k++) curve_data(t, p, &p->curve[k], top);
    if (bound) bound_data(t, p, top);
    lp_text_add(t, "set output\n");
}

/* --- for who reads ---------------------------------------------------------------------------- */

char *lp_plot_from(char buf[32], lp_axis axis, int bucket) {
    double from = lp_axis_from(axis, bucket);
    if (isinf(from))
        snprintf(buf, 32, "below");
    else if (axis == LP_AXIS_OFFSET && from > 0)
        snprintf(buf, 32, "2^%d", ilogb(from));
    else
        snprintf(buf, 32, "%.3g", from);
    return buf;
}

static void curve_words(lp_text *t, const lp_plot *p, const lp_curve *c) {
    char ulp[LP_FIGURE_SIZE], from[32];
    const lp_bucket *worst = &c->bucket[0];
    int lost = -1;
    for (int i = 0; i < LP_BUCKETS; i++) {
        if (c->bucket[i].max_ulp > worst->max_ulp) worst = &c->bucket[i];
        if (lost < 0 && c->bucket[i].lost > 0) lost = i;
    }
    plain(t, c->title);
    lp_text_format(t, ": up to %s ulp, in the bucket from %s", lp_figure_up(ulp, worst->max_ulp),
                   lp_plot_from(from, p->axis, (int)(worst - c->bucket)));
    if (lost >= 0)
        lp_text_format(t, "; values are lost from %s on", lp_plot_from(from, p->axis, lost));
    lp_text_add(t, ". ");
}

void lp_plot_words(lp_text *t, const lp_plot *p) {
    for (int k = 0; k < p->curves; k++) curve_words(t, p, &p->curve[k]);
}
