#include "core/reach.h"

#include <string.h>

static const char *const way_name[] = {"ahead", "behind", "offset", "classes", "size"};
static const char *const mark_name[] = {"faithful", "accurate", "stable", "kept"};

const char *lp_way_name(lp_way way) {
    return way_name[way];
}

const char *lp_reach_name(lp_reach_mark mark) {
    return mark_name[mark];
}

bool lp_way_by_name(lp_way *way, const char *name) {
    for (int w = 0; w < LP_WAY_COUNT; w++)
        if (!strcmp(name, way_name[w])) {
            *way = (lp_way)w;
            return true;
        }
    return false;
}

bool lp_reach_has(lp_reach_mark mark, lp_level level, bool lost) {
    static const lp_level least[] = {[LP_REACH_FAITHFUL] = LP_LEVEL_FAITHFUL,
                                     [LP_REACH_ACCURATE] = LP_LEVEL_ACCURATE,
                                     [LP_REACH_STABLE] = LP_LEVEL_STABLE,
                                     [LP_REACH_KEPT] = LP_LEVEL_FINITE};
    return level >= least[mark] && !(mark == LP_REACH_KEPT && lost);
}

void lp_reach_merge(lp_reach_row *into, const lp_reach_row *from) {
    into->probes += from->probes;
    if (from->tried_from < into->tried_from) into->tried_from = from->tried_from;
    if (from->tried_to > into->tried_to) into->tried_to = from->tried_to;
    for (int m = 0; m < LP_REACH_COUNT; m++) {
        if (from->holds[m] < into->holds[m]) into->holds[m] = from->holds[m];
        if (from->fails[m] < into->fails[m]) into->fails[m] = from->fails[m];
    }
}
