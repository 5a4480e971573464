/* Worst inputs and counterexamples, each with the command that runs it again. */
#include "reports/figure.h"
#include "reports/html.h"
#include "reports/markup.h"

#include <string.h>

/* Longer lines are better taken from certificate.json than from a page. */
#define COMMAND_MOST 1000

static void replay_line(lp_text *t, const lp_certificate *c, const char *line) {
    if (strlen(line) > COMMAND_MOST) {
        lp_text_add(t, "<p class=\"dim\">The whole case is in certificate.json.</p>\n");
        return;
    }
    lp_text command = {0};
    lp_text_add(&command, "printf '%s\\n' ");
    lp_shell_word(&command, line);
    lp_text_add(&command, " | lossproof replay - --subject ");
    lp_shell_word(&command, c->subject ? c->subject : "");
    lp_html_command(t, command.data);
    lp_text_clear(&command);
}

/* Sets the case beside its numbers; a short one is read from the command alone. */
static void worst_case(lp_text *t, const lp_certificate *c, const lp_output_row *row,
                       const lp_worst *w) {
    lp_html_numbers(t, row->format, w->exact, w->want, w->got);
    if (strlen(w->case_line) > COMMAND_MOST) lp_html_case(t, w->case_line);
    replay_line(t, c, w->case_line);
}

/* "..., 0 instead of 1.928e-22": told before anything is unfolded. */
static void instead(lp_text *t, const lp_output_row *row, const lp_worst *w) {
    char value[LP_FIGURE_SIZE];
    lp_text_format(t, ", <code>%s</code>", lp_figure_value(value, row->format, w->got));
    lp_text_format(t, " instead of <code>%s</code>", lp_figure_value(value, row->format, w->want));
}

static void worst_of(lp_text *t, const lp_certificate *c, const lp_output_row *row) {
    char ulp[LP_FIGURE_SIZE];
    const lp_worst *w = &row->worst, *special = &row->worst_special;
    lp_text_add(t, "<details><summary>");
    lp_html_row_name(t, row);
    if (w->case_line) {
        lp_text_format(t, ": %s ulp", lp_figure_up(ulp, w->ulp));
        instead(t, row, w);
    }
    if (special->case_line) {
        lp_text_add(t, w->case_line ? "; a wrong special value" : ": a wrong special value");
        instead(t, row, special);
    }
    lp_text_add(t, "</summary>\n");
    if (w->case_line) {
        lp_text_format(t, "<p>Component %lld, error %s ulp", (long long)w->at,
                       lp_figure_up(ulp, w->ulp));
        if (w->condition > 0)
            lp_text_format(t, "; condition number %s", lp_figure_up(ulp, w->condition));
        lp_text_add(t, ".</p>\n");
        worst_case(t, c, row, w);
    }
    if (special->case_line) {
        lp_text_format(t, "<p>Component %lld, a wrong special value.</p>\n",
                       (long long)special->at);
        worst_case(t, c, row, special);
    }
    lp_text_add(t, "</details>\n");
}

void lp_html_worst(lp_text *t, const lp_certificate *c) {
    int shown = 0;
    lp_text_add(t,
                "<h2 id=\"worst\">Worst inputs found</h2>\n<p>The exact answer, the number of the "
                "format nearest to it, and what the subject returned. <mark>Marked digits</mark> "
                "are wrong.</p>\n");
    for (int i = 0; i < c->rows; i++) {
        const lp_output_row *row = &c->row[i];
        if (!row->worst.case_line && !row->worst_special.case_line) continue;
        worst_of(t, c, row);
        shown++;
    }
    if (!shown) lp_text_add(t, "<p>No error was found.</p>\n");
}

/* --- counterexamples -------------------------------------------------------------------------- */

/* Begins an element, and what lies in it: the level, where it is from. */
static void introduce(lp_text *t, const char *element, const char *inner, const lp_certificate *c,
                      const lp_counterexample *x) {
    lp_text_format(t, "<%s id=\"", element);
    lp_markup_text(t, x->id);
    lp_text_format(t, "\">%s", inner);
    lp_html_level(t, x->level, c->asked);
    lp_text_add(t, " ");
    lp_html_place(t, x->op, x->format);
    lp_text_add(t, ", ");
    lp_markup_text(t, x->origin);
}

static void counterexample(lp_text *t, const lp_certificate *c, const lp_counterexample *x,
                           const char *dir) {
    lp_text command = {0};
    introduce(t, "article", "<p>", c, x);
    lp_text_format(
        t, " <span class=\"dim\">found at evaluation %lld, shrinking steps: %lld</span></p>\n<p>",
        (long long)x->found_at, (long long)x->shrinks);
    lp_markup_text(t, x->message);
    lp_text_add(t, "</p>\n");
    if (x->at >= 0) lp_html_numbers(t, x->format, x->exact, x->want, x->got);
    lp_html_case(t, x->case_line);
    lp_text_add(&command, "lossproof replay ");
    lp_shell_word(&command, x->id);
    lp_text_add(&command, " --dir ");
    lp_shell_word(&command, dir);
    lp_html_command(t, command.data);
    lp_text_add(t, "</article>\n");
    lp_text_clear(&command);
}

/* One line for what there is no room to show in full. */
static void mention(lp_text *t, const lp_certificate *c, const lp_counterexample *x) {
    introduce(t, "li", "", c, x);
    lp_text_add(t, ": <code>");
    lp_markup_text(t, x->id);
    lp_text_add(t, "</code></li>\n");
}

static int failing(const lp_certificate *c, bool below) {
    int count = 0;
    for (int i = 0; i < c->counterexamples; i++)
        count += (c->counterexample[i].level < c->asked) == below;
    return count;
}

static void counterexamples(lp_text *t, const lp_certificate *c, bool below, const char *dir,
                            const lp_html_room *room) {
    int full = 0, here = 0;
    lp_text rest = {0};
    const lp_counterexample *last = NULL;
    for (int i = 0; i < c->counterexamples; i++) {
        const lp_counterexample *x = &c->counterexample[i];
        if ((x->level < c->asked) != below) continue;
        if (!last || last->op != x->op || last->format != x->format) here = 0;
        last = x;
        if (here < room->each && full < room->counterexamples) {
            counterexample(t, c, x, dir);
            here++;
            full++;
        } else {
            mention(&rest, c, x);
        }
    }
    if (!rest.data) return;
    lp_text_add(t, "<p>The others, in counterexamples.jsonl; each replays by "
                   "<code>lossproof replay ID --dir ");
    lp_markup_text(t, dir);
    lp_text_add(t, "</code>:</p>\n<ul>\n");
    lp_text_add(t, rest.data);
    lp_text_add(t, "</ul>\n");
    lp_text_clear(&rest);
}

void lp_html_counterexamples(lp_text *t, const lp_certificate *c, const char *dir,
                             const lp_html_room *room) {
    int below = failing(c, true), above = failing(c, false);
    lp_text_add(t,
                "<h2 id=\"counterexamples\">Counterexamples</h2>\n<p>One for each kind of failure, "
                "made as small as it still fails.</p>\n");
    if (below == 0)
        lp_text_format(t, "<p>None below %s, the level asked for.</p>\n", lp_level_name(c->asked));
    counterexamples(t, c, true, dir, room);
    if (above == 0) return;
    lp_text_format(t, "<details><summary>%d at %s or above</summary>\n", above,
                   lp_level_name(c->asked));
    counterexamples(t, c, false, dir, room);
    lp_text_add(t, "</details>\n");
}
