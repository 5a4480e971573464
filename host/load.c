#include "host/load.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static bool refuse(lp_block *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
static bool refuse(lp_block *b, const char *format, ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(b->text, sizeof b->text, format, args);
    va_end(args);
    return false;
}

/* The subject's strings may be anything: what is not printable ASCII becomes '?', so that it can go
 * into every report; a string that never ends is cut. */
static void copy_text(char *to, size_t room, const char *from) {
    size_t i = 0;
    for (; from && from[i] && i + 1 < room; i++)
        to[i] = from[i] >= 0x20 && from[i] <= 0x7e ? from[i] : '?';
    to[i] = '\0';
}

/* Reads what both sides know of a struct that says its own size; the rest counts as zero. */
static void copy_known(void *to, size_t known, const void *from, size_t theirs) {
    memset(to, 0, known);
    memcpy(to, from, theirs < known ? theirs : known);
}

static bool read_table(lp_block *b, lp_run_fn *run, const lp_subject *theirs) {
    lp_subject s;
    if (!theirs)
        return refuse(b, "%s() returned no table (of a mutant: no such one)", LP_SUBJECT_SYMBOL);
    uint32_t head[4]; /* abi, size, entry_size, count: in every version */
    memcpy(head, theirs, sizeof head);
    if (head[0] != LP_SUBJECT_ABI)
        return refuse(b, "declares ABI %u, this program speaks %u", head[0], LP_SUBJECT_ABI);
    if (head[1] < sizeof head) return refuse(b, "declares a table of %u bytes", head[1]);
    copy_known(&s, sizeof s, theirs, head[1]);
    if (s.count > LP_ENTRY_MAX) return refuse(b, "declares %u entries", s.count);
    if (s.count == 0 || !s.entry) return refuse(b, "declares no entry");
    if (s.entry_size < sizeof(char *)) return refuse(b, "entries of %u bytes", s.entry_size);
    copy_text(b->raw.name, sizeof b->raw.name, s.name);
    copy_text(b->raw.version, sizeof b->raw.version, s.version);
    copy_text(b->raw.conventions, sizeof b->raw.conventions, s.conventions);
    for (uint32_t i = 0; i < s.count; i++) {
        lp_entry e;
        copy_known(&e, sizeof e, (const char *)s.entry + (size_t)i * s.entry_size, s.entry_size);
        lp_raw_entry *raw = &b->raw.entry[i];
        *raw = (lp_raw_entry){.params = e.params,
                              .format = e.format,
                              .outputs = e.outputs,
                              .reductions = e.reductions,
                              .flags = e.flags,
                              .callable = e.run != NULL};
        copy_text(raw->op, sizeof raw->op, e.op);
        run[i] = e.run;
    }
    b->raw.count = s.count;
    return true;
}

bool lp_load(lp_block *b, lp_run_fn *run, const char *path) {
    lp_fpenv_set(lp_fpenv_default());
    b->env_before = lp_fpenv_get();
    atomic_store(&b->phase, LP_PHASE_LOAD);
    void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!object) return refuse(b, "cannot be loaded: %s", dlerror());
    atomic_store(&b->phase, LP_PHASE_TABLE);
    lp_subject_fn enter = NULL;
    void *symbol = dlsym(object, LP_SUBJECT_SYMBOL);
    if (!symbol) return refuse(b, "has no entry point %s", LP_SUBJECT_SYMBOL);
    memcpy(&enter, &symbol, sizeof enter); /* ISO C has no cast between the two */
    bool read = read_table(b, run, enter());
    b->env = lp_fpenv_get(); /* the entry point is part of loading */
    return read;
}
