/* Figures by coordinate of the inputs: one operation and format after the other, those that lose
 * most first. */
#include "reports/figure.h"
#include "reports/gnuplot.h"
#include "reports/html.h"
#include "reports/markup.h"
#include "reports/plot.h"

#include "core/memory.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct pair {
    lp_op op;
    lp_format_id format;
    lp_axis axis; /* the one that its first two plots have */
    double lost;  /* largest share that a curve lost */
} pair;

typedef struct pairs {
    pair *item;
    int count;
} pairs;

/* The curves of a pair along an axis: every output, the parts of a gradient apart. */
static void curves_of(lp_plot *p, const lp_certificate *c, const pair *of, lp_axis axis,
                      lp_plot_kind kind) {
    *p = (lp_plot){.axis = axis, .kind = kind, .format = of->format, .bound = true};
    for (int i = 0; i < c->rows; i++) {
        const lp_output_row *row = &c->row[i];
        if (row->op != of->op || row->format != of->format) continue;
        for (int part = 0; part < LP_PART_COUNT && p->curves < LP_PLOT_CURVES; part++) {
            if (!lp_histogram_has(row->histogram, axis, (lp_part)part)) continue;
            lp_curve *curve = &p->curve[p->curves++];
            static const char *const of_part[LP_PART_COUNT] = {"", " at the label", " elsewhere"};
            snprintf(curve->title, sizeof curve->title, "%s%s", lp_out_name(row->out),
                     of_part[part]);
            curve->bucket = row->histogram->bucket[axis][part];
        }
    }
}

static double share_lost(const lp_plot *p) {
    double most = 0;
    for (int k = 0; k < p->curves; k++) {
        int64_t lost = 0, all = 0;
        for (int i = 0; i < LP_BUCKETS; i++) {
            lost += p->curve[k].bucket[i].lost;
            all += p->curve[k].bucket[i].components;
        }
        double share = all ? (double)lost / (double)all : 0;
        if (share > most) most = share;
    }
    return most;
}

/* Insertion keeps the order of the rows among equals. */
static void insert(pairs *all, pair one) {
    int at = all->count;
    all->item = lp_memory_resize(all->item, (size_t)all->count + 1, sizeof *all->item);
    for (; at > 0 && all->item[at - 1].lost < one.lost; at--) all->item[at] = all->item[at - 1];
    all->item[at] = one;
    all->count++;
}

static bool known(const pairs *all, const lp_output_row *row) {
    for (int i = 0; i < all->count; i++)
        if (all->item[i].op == row->op && all->item[i].format == row->format) return true;
    return false;
}

static pairs pairs_of(const lp_certificate *c) {
    pairs all = {0};
    for (int i = 0; i < c->rows; i++) {
        const lp_output_row *row = &c->row[i];
        pair one = {.op = row->op, .format = row->format, .axis = LP_AXIS_GAP};
        lp_plot p;
        if (known(&all, row)) continue;
        curves_of(&p, c, &one, one.axis, LP_PLOT_ULP);
        if (p.curves == 0) curves_of(&p, c, &one, one.axis = LP_AXIS_ODDS, LP_PLOT_ULP);
        if (p.curves == 0) curves_of(&p, c, &one, one.axis = LP_AXIS_CLASSES, LP_PLOT_ULP);
        one.lost = share_lost(&p);
        if (p.curves > 0) insert(&all, one);
    }
    return all;
}

/* --- drawn ------------------------------------------------------------------------------------ */

/* Plots of a pair: two along its own axis, then by magnitude and by classes. */
#define PLOTS 4

static bool plot_of(lp_plot *p, const lp_certificate *c, const pair *of, int which) {
    static const lp_axis more[] = {LP_AXIS_OFFSET, LP_AXIS_CLASSES};
    lp_axis axis = which < 2 ? of->axis : more[which - 2];
    if (which >= 2 && axis == of->axis) return false;
    curves_of(p, c, of, axis, which == 1 ? LP_PLOT_LOST : LP_PLOT_ULP);
    return p->curves > 0;
}

static void figure(lp_text *t, const char *drawn, int number, const lp_plot *p, const pair *of) {
    char id[24];
    lp_text title = {0}, words = {0};
    snprintf(id, sizeof id, "plot%d", number);
    lp_text_format(&title, "%s %s: %s by %s", lp_op_get(of->op)->name,
                   lp_format_get(of->format)->name,
                   p->kind == LP_PLOT_LOST ? "share of lost values" : "largest error",
                   lp_plot_axis_words(p->axis));
    lp_plot_words(&words, p);
    lp_text_add(t, "<figure>\n");
    lp_plot_inline(t, drawn, number, id, title.data, words.data);
    lp_text_format(t, "<figcaption>%s by %s</figcaption>\n</figure>\n",
                   p->kind == LP_PLOT_LOST ? "Share of lost values" : "Largest error",
                   lp_plot_axis_words(p->axis));
    lp_text_clear(&title);
    lp_text_clear(&words);
}

static void heading(lp_text *t, const pair *of) {
    lp_text_add(t, "<h3>");
    lp_html_place(t, of->op, of->format);
    lp_text_add(t, "</h3>\n");
}

static void drawn_pairs(lp_text *t, const lp_certificate *c, const pairs *all, int most,
                        const char *drawn) {
    int number = 0;
    lp_plot p;
    for (int i = 0; i < all->count && i < most; i++) {
        heading(t, &all->item[i]);
        lp_text_add(t, "<div class=\"plots\">\n");
        for (int which = 0; which < 2; which++)
            if (plot_of(&p, c, &all->item[i], which)) figure(t, drawn, number++, &p, &all->item[i]);
        lp_text_add(t, "</div>\n<details><summary>by magnitude and classes</summary>\n"
                       "<div class=\"plots\">\n");
        for (int which = 2; which < PLOTS; which++)
            if (plot_of(&p, c, &all->item[i], which)) figure(t, drawn, number++, &p, &all->item[i]);
        lp_text_add(t, "</div></details>\n");
    }
}

static char *script_of(const lp_certificate *c, const pairs *all, int most) {
    lp_text script = {0};
    lp_plot p;
    for (int i = 0; i < all->count && i < most; i++)
        for (int which = 0; which < PLOTS; which++)
            if (plot_of(&p, c, &all->item[i], which)) lp_plot_script(&script, &p, false);
    return lp_text_take(&script);
}

/* --- the same as tables ----------------------------------------------------------------------- */

static bool any_in(const lp_plot *p, int bucket) {
    for (int k = 0; k < p->curves; k++)
        if (p->curve[k].bucket[bucket].components > 0) return true;
    return false;
}

static void table_line(lp_text *t, const lp_plot *p, int bucket) {
    char buf[LP_FIGURE_SIZE];
    lp_text_add(t, "<tr>");
    lp_html_dense_cell(t, lp_plot_from(buf, p->axis, bucket));
    for (int k = 0; k < p->curves; k++) {
        const lp_bucket *b = &p->curve[k].bucket[bucket];
        lp_html_dense_cell(t, b->components ? lp_figure_up(buf, b->max_ulp) : "");
        lp_html_dense_cell(t, b->components ? lp_figure_share(buf, b->lost, b->components) : "");
    }
    lp_text_add(t, "</tr>\n");
}

static void tables(lp_text *t, const lp_certificate *c, const pairs *all, int most) {
    for (int i = 0; i < all->count && i < most; i++) {
        lp_plot p;
        char name[2 * LP_PLOT_CURVES][80];
        const char *column[1 + 2 * LP_PLOT_CURVES] = {"from"};
        plot_of(&p, c, &all->item[i], 0);
        for (size_t k = 0; k < (size_t)p.curves; k++) {
            snprintf(name[2 * k], sizeof *name, "%s, ulp", p.curve[k].title);
            snprintf(name[2 * k + 1], sizeof *name, "lost");
            column[1 + 2 * k] = name[2 * k];
            column[2 + 2 * k] = name[2 * k + 1];
        }
        lp_text_add(t, "<details><summary>");
        lp_html_place(t, all->item[i].op, all->item[i].format);
        lp_text_format(t, ": by %s</summary>\n<div class=\"fold\">",
                       lp_plot_axis_words(all->item[i].axis));
        lp_html_dense(t, column, 1 + 2 * p.curves);
        for (int b = 0; b < LP_BUCKETS; b++)
            if (any_in(&p, b)) table_line(t, &p, b);
        lp_html_table_end(t);
        lp_text_add(t, "</div></details>\n");
    }
}

/* ---------------------------------------------------------------------------------------------- */

static void left_out(lp_text *t, const pairs *all, int most) {
    if (all->count <= most) return;
    lp_text_format(t, "<p>Left out here to keep the page small, in certificate.json under "
                      "<i>histograms</i>: ");
    for (int i = most; i < all->count; i++) {
        if (i > most) lp_text_add(t, ", ");
        lp_html_place(t, all->item[i].op, all->item[i].format);
    }
    lp_text_add(t, ".</p>\n");
}

void lp_html_plots(lp_text *t, const lp_certificate *c, const lp_html_room *room) {
    pairs all = pairs_of(c);
    lp_error err = {""};
    lp_text drawn = {0};
    if (all.count == 0) return;
    lp_text_add(t, "<h2 id=\"plots\">Where the errors lie</h2>\n<p>Largest error, and share of "
                   "values that are <i>lost</i> (relative error of 1/4 and more), by where the "
                   "inputs lie. Dashed orange: the a-priori bound that <i>stable</i> allows the "
                   "first curve. What loses most comes first.</p>\n");
    char *script = script_of(c, &all, room->plots);
    if (lp_gnuplot(&drawn, script, &err)) {
        lp_plot_markers(t);
        drawn_pairs(t, c, &all, room->plots, drawn.data ? drawn.data : "");
    } else {
        lp_text_add(t, "<p><b>No plots: ");
        lp_markup_text(t, err.text);
        lp_text_add(t, " (Debian: gnuplot-nox).</b> The same figures as tables:</p>\n");
        tables(t, c, &all, room->plots);
    }
    left_out(t, &all, room->plots);
    free(script);
    free(all.item);
    lp_text_clear(&drawn);
}
