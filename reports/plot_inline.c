/* gnuplot's drawing made a part of a page. */
#include "reports/markup.h"
#include "reports/plot.h"

#include <stdio.h>
#include <string.h>

static const char *drawing(const char *drawn, int which) {
    const char *at = strstr(drawn, "<svg");
    while (at && which-- > 0) at = strstr(at + 1, "<svg");
    return at;
}

/* What is written in place of gnuplot's; the ground's colours belong to the page, identifiers would
 * repeat, and what SVG means without saying is left unsaid. */
static const struct {
    const char *from, *to;
} written[] = {{" color=\"black\"", ""},
               {"\"black\"", "\"currentColor\""},
               {"'black'", "\"currentColor\""},
               {"xlink:href", "href"},
               {" font-family=\"sans-serif\"", ""},
               {" stroke-linecap=\"butt\" stroke-linejoin=\"miter\"", ""},
               {" color=\"white\"", ""},
               {"'", "\""}};

static const char *rewritten(lp_text *t, const char *at) {
    for (size_t i = 0; i < sizeof written / sizeof *written; i++)
        if (!strncmp(at, written[i].from, strlen(written[i].from))) {
            lp_text_add(t, written[i].to);
            return at + strlen(written[i].from);
        }
    return NULL;
}

/* A point: gnuplot repeats scale and colour with each, the page has one marker a curve. */
static const char *point(lp_text *t, const char *at) {
    double x, y;
    int number, red, green, blue, length = 0;
    char one[256]; /* sscanf measures all of its text before it reads: not the whole picture each */
    if (strncmp(at, "<use ", 5) != 0) return NULL;
    snprintf(one, sizeof one, "%.*s", (int)sizeof one - 1, at);
    /* gnuplot wrote these numbers; one out of range would show in the picture.
     * NOLINTNEXTLINE(cert-err34-c) */
    if (sscanf(one,
               "<use xlink:href='#gpPt%d' transform='translate(%lf,%lf) scale(%*[0-9.])' "
               "color='rgb(%d, %d, %d)'/>%n",
               &number, &x, &y, &red, &green, &blue, &length) != 6 ||
        length == 0)
        return NULL;
    lp_text_format(t, "<use href=\"#m%d-%d-%d\" x=\"%.1f\" y=\"%.1f\"/>", red, green, blue, x, y);
    return at + length;
}

/* Past an element or attribute that does not belong on the page, NULL where none stands here. */
static const char *skipped(const char *at) {
    const char *end = NULL;
    if (!strncmp(at, "<title>", 7)) end = strstr(at, "</title>");
    if (end) return end + 8;
    if (!strncmp(at, "<g ", 3)) { /* an empty group */
        end = strchr(at, '>');
        end = end ? end + 1 + strspn(end + 1, " \t\n\r") : NULL;
        return end && !strncmp(end, "</g>", 4) ? end + 4 : NULL;
    }
    if (!strncmp(at, " id=\"", 5)) end = strchr(at + 5, '"');
    return end ? end + 1 : NULL;
}

static void body(lp_text *t, const char *at, const char *end) {
    bool blank = false;
    while (at < end) {
        const char *next = skipped(at);
        if (!next) next = point(t, at);
        if (!next) next = rewritten(t, at);
        if (!next && strchr(" \t\n\r", *at)) {
            if (!blank) lp_text_add(t, *at == ' ' ? " " : "\n");
            blank = true;
            at++;
            continue;
        }
        if (!next) lp_text_bytes(t, at, 1);
        blank = false;
        at = next ? next : at + 1;
    }
}

bool lp_plot_inline(lp_text *t, const char *drawn, int which, const char *id, const char *title,
                    const char *words) {
    const char *svg = drawing(drawn, which), *end = svg ? strstr(svg, "</svg>") : NULL;
    const char *box = svg ? strstr(svg, "viewBox=\"") : NULL;
    const char *start = svg ? strstr(svg, "</defs>") : NULL;
    if (!end || !box || !start || start > end || box > start) return false;
    lp_text_format(t, "<svg role=\"img\" aria-labelledby=\"%s-t %s-d\" ", id, id);
    lp_text_bytes(t, box, strcspn(box + 9, "\"") + 10);
    lp_text_format(t, ">\n<title id=\"%s-t\">", id);
    lp_markup_text(t, title);
    lp_text_format(t, "</title>\n<desc id=\"%s-d\">", id);
    lp_markup_text(t, words);
    lp_text_add(t, "</desc>\n<g>");
    body(t, start + strlen("</defs>"), end);
    lp_text_add(t, "</svg>\n");
    return true;
}
