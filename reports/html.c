/* report.html: one page, no script, nothing from elsewhere. */
#include "reports/html.h"

#include "core/memory.h"
#include "reports/atomic_write.h"
#include "reports/markup.h"
#include "reports/reports.h"

#include <stdlib.h>
#include <string.h>

/* The content policy makes the browser keep what the page promises. */
void lp_html_top(lp_text *t, const char *title) {
    lp_text_add(t, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                   "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                   "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                   "style-src 'unsafe-inline'\">\n<title>lossproof: ");
    lp_markup_text(t, title);
    lp_text_add(t, "</title>\n");
    lp_html_style(t);
    lp_text_add(t, "</head>\n<body>\n");
}

/* The folder of a path, as a command would be given it. */
static char *folder(const char *path) {
    const char *slash = strrchr(path, '/');
    if (!slash) return lp_memory_text(".");
    char *dir = lp_memory_text(path);
    dir[slash == path ? 1 : slash - path] = 0;
    return dir;
}

static void page(lp_text *t, const lp_certificate *c, const char *dir, const lp_html_room *room) {
    lp_html_top(t, c->name && *c->name ? c->name : c->subject);
    lp_html_head(t, c);
    lp_text_add(t, "<main>\n");
    lp_html_levels(t, c);
    lp_html_plots(t, c, room);
    lp_html_recorded(t, c);
    lp_html_reach(t, c);
    lp_html_regimes(t, c);
    lp_html_worst(t, c);
    lp_html_counterexamples(t, c, dir, room);
    lp_html_properties(t, c);
    lp_html_findings(t, c);
    lp_html_canaries(t, c);
    lp_html_not_tested(t, c);
    lp_html_meaning(t, c);
    lp_html_claims(t);
    lp_html_reproduce(t, c);
    lp_text_add(t, "</main>\n</body>\n</html>\n");
}

bool lp_report_html(const char *path, const lp_certificate *c, lp_error *err) {
    static const lp_html_room rooms[] = {{10, 40, 3}, {4, 15, 1}, {1, 3, 1}};
    lp_text t = {0};
    char *dir = folder(path);
    for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++) {
        lp_text_clear(&t);
        page(&t, c, dir, &rooms[i]);
        if (t.length < LP_HTML_MOST) break;
    }
    bool written = lp_write_file(path, t.data, t.length, err);
    lp_text_clear(&t);
    free(dir);
    return written;
}
