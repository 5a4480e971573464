#include "problem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int list_of_ints(int64_t *x, lp_choices *tc, int64_t lo, int64_t hi, double more) {
    int n = 0;
    lp_span_begin(tc, 2);
    for (;;) {
        lp_span_begin(tc, 1);
        bool another = n < ROOM && lp_draw_bool(tc, more);
        if (another) x[n++] = lp_draw_int(tc, lo, hi, 0);
        lp_span_end(tc);
        if (!another) break;
    }
    lp_span_end(tc);
    return n;
}

void put(char *out, const char *format, ...) {
    va_list args;
    size_t used = strlen(out);
    va_start(args, format);
    vsnprintf(out + used, sizeof(text) - used, format, args);
    va_end(args);
}

void put_ints(char *out, const int64_t *x, int n) {
    put(out, "[");
    for (int i = 0; i < n; i++) put(out, "%s%lld", i ? " " : "", (long long)x[i]);
    put(out, "]");
}

static bool is_minimum(const problem *p, const char *got) {
    for (int i = 0; i < 3 && p->minimum[i]; i++)
        if (!strcmp(got, p->minimum[i])) return true;
    return false;
}

void shrink_from_seeds(const problem *p) {
    int64_t tried = 0, most = 0;
    int found = 0;
    for (uint64_t index = 0; found < SEEDS; index++) {
        text value;
        assert_true(index < 3000000);
        lp_choices *tc = lp_choices_random(1, 2, index, NULL, 0);
        if (!p->fails(value, tc) || lp_choices_rejected(tc)) {
            lp_choices_free(tc);
            continue;
        }
        found++;
        lp_shrink_result r =
            lp_shrink(lp_choices_record(tc), lp_choices_count(tc), p->fails, value, BUDGET);
        lp_choices_free(tc);
        tc = lp_choices_replay(r.record, r.count);
        assert_true(p->fails(value, tc));
        assert_int_equal(lp_choices_count(tc), r.count);
        lp_choices_free(tc);
        free(r.record);
        if (!is_minimum(p, value))
            fail_msg("seed %llu ended at %s instead of %s", (unsigned long long)index, value,
                     p->minimum[0]);
        assert_true(r.tried < BUDGET); /* a fix point, not an end of patience */
        tried += r.tried;
        most = r.tried > most ? r.tried : most;
    }
    print_message("  %s: %.1f tries a seed, at most %lld\n", p->minimum[0], (double)tried / SEEDS,
                  (long long)most);
}
