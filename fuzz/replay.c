/* fuzz_replay [accurate|textbook|case] FILE...
 *
 * Runs what the fuzzer runs on each file, without a fuzzer, after printing the case that the bytes
 * stand for as a line of section 7. A finding aborts; exit status 2: a file that cannot be read. */
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

static void replay(const lp_fuzz_subject *s, const uint8_t *data, size_t size) {
    if (!s) {
        printf("%.*s\n", (int)size, (const char *)data);
        fflush(stdout);
        lp_fuzz_case(data, size);
        return;
    }
    print_case(s, data, size);
    fflush(stdout); /* before a finding aborts */
    lp_fuzz_loss(s, data, size);
}

int main(int argc, char **argv) {
    int from = 1;
    bool text = argc > 1 && !strcmp(argv[1], "case");
    const lp_fuzz_subject *s = argc > 1 ? lp_fuzz_subject_by_name(argv[1]) : NULL;
    if (s || text)
        from = 2;
    else
        s = lp_fuzz_subject_by_name("textbook");
    if (from >= argc) {
        fprintf(stderr, "usage: fuzz_replay [accurate|textbook|case] FILE...\n");
        return 2;
    }
    for (int i = from; i < argc; i++) {
        size_t size;
        uint8_t *data = lp_fuzz_slurp(&size, argv[i]);
        if (!data) {
            fprintf(stderr, "fuzz_replay: %s cannot be read\n", argv[i]);
            return 2;
        }
        replay(text ? NULL : s, data, size);
        free(data);
    }
    return 0;
}
