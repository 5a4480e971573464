/* fuzz_replay [--print] [accurate|textbook|case] FILE...
 *
 * Runs what the fuzzer runs on each file, without a fuzzer, after printing the case that the bytes
 * stand for as a line of section 7 (with --print, only that: `lossproof shrink` takes it from
 * there). A finding aborts; exit status 2: a file that cannot be read. */
#include "fuzz/target.h"

#include "core/case_text.h"
#include "fuzz/slurp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_case(const lp_fuzz_subject *s, const uint8_t *data, size_t size) {
    lp_case c;
    const lp_entry *entry;
    if (!lp_fuzz_read(&c, &entry, s, data, size)) {
        fprintf(stderr, "fuzz_replay: no case that %s declares\n", s->name);
        return;
    }
    char *line = lp_case_print(&c);
    puts(line);
    free(line);
    lp_case_clear(&c);
}

static void replay(const lp_fuzz_subject *s, const uint8_t *data, size_t size, bool print_only) {
    if (s)
        print_case(s, data, size);
    else
        printf("%.*s\n", (int)size, (const char *)data);
    fflush(stdout); /* before a finding aborts */
    if (print_only) return;
    if (s)
        lp_fuzz_loss(s, data, size);
    else
        lp_fuzz_case(data, size);
}

int main(int argc, char **argv) {
    int at = 1;
    bool print_only = at < argc && !strcmp(argv[at], "--print");
    if (print_only) at++;
    bool text = at < argc && !strcmp(argv[at], "case");
    const lp_fuzz_subject *s = at < argc ? lp_fuzz_subject_by_name(argv[at]) : NULL;
    if (s || text)
        at++;
    else
        s = lp_fuzz_subject_by_name("textbook");
    if (at >= argc) {
        fprintf(stderr, "usage: fuzz_replay [--print] [accurate|textbook|case] FILE...\n");
        return 2;
    }
    for (; at < argc; at++) {
        size_t size;
        uint8_t *data = lp_fuzz_slurp(&size, argv[at]);
        if (!data) {
            fprintf(stderr, "fuzz_replay: %s cannot be read\n", argv[at]);
            return 2;
        }
        replay(text ? NULL : s, data, size, print_only);
        free(data);
    }
    return 0;
}
