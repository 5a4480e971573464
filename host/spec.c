#define _GNU_SOURCE
#include "host/spec.h"

#include "core/memory.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool after(const char **rest, const char *spec, const char *prefix) {
    size_t n = strlen(prefix);
    *rest = spec + n;
    return strncmp(spec, prefix, n) == 0;
}

/* The file's absolute name, malloc'd; a directory is not one. */
static bool find_file(char **path, const char *name, const char *spec, lp_error *err) {
    struct stat info;
    *path = realpath(name, NULL);
    bool named = strcmp(spec, name) != 0; /* else once is enough */
    if (!*path)
        return named ? lp_error_set(err, "%s: %s: %s", spec, name, strerror(errno))
                     : lp_error_set(err, "%s: %s", spec, strerror(errno));
    if (stat(*path, &info) == 0 && S_ISREG(info.st_mode)) return true;
    return named ? lp_error_set(err, "%s: %s is not a file", spec, name)
                 : lp_error_set(err, "%s: not a file", spec);
}

static void beside_program(char *dir, size_t room) {
    char exe[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
    exe[n > 0 ? n : 0] = '\0';
    char *slash = strrchr(exe, '/');
    if (slash) *slash = '\0';
    snprintf(dir, room, "%.*s/../lib/lossproof", (int)(room - 32), exe);
}

static bool find_named(char **path, const char *name, const char *spec, const char *libdir,
                       lp_error *err) {
    char beside[PATH_MAX], file[2 * PATH_MAX];
    if (!*name || strchr(name, '/')) return lp_error_set(err, "%s: '%s' is not a name", spec, name);
    if (!libdir) libdir = getenv("LOSSPROOF_LIBDIR");
    if (!libdir || !*libdir) {
        beside_program(beside, sizeof beside);
        libdir = beside;
    }
    snprintf(file, sizeof file, "%.*s/%.255s.so", PATH_MAX, libdir, name);
    if (find_file(path, file, spec, NULL)) return true;
    return lp_error_set(err, "%s: no such subject ('lossproof list subjects'): no %s", spec, file);
}

/* One word of the command, appended to `word`; *rest moves past it. */
static bool next_word(char *word, const char **rest, lp_error *err) {
    const char *at = *rest;
    char quote = 0;
    for (; *at && (quote || (*at != ' ' && *at != '\t')); at++) {
        if (!quote && (*at == '\'' || *at == '"')) {
            quote = *at;
        } else if (*at == quote) {
            quote = 0;
        } else if (*at == '\\' && quote != '\'' && at[1]) {
            *word++ = *++at;
        } else {
            *word++ = *at;
        }
    }
    *word = '\0';
    *rest = at;
    return quote == 0 || lp_error_set(err, "a quote (%c) is not closed", quote);
}

static bool split(char ***argv, const char *command, lp_error *err) {
    size_t count = 0;
    char *word = lp_memory_zeros(strlen(command) + 1, 1);
    bool ok = true;
    *argv = lp_memory_zeros(1, sizeof **argv);
    while (ok && *(command += strspn(command, " \t"))) {
        ok = next_word(word, &command, err);
        *argv = lp_memory_resize(*argv, count + 2, sizeof **argv);
        (*argv)[count++] = lp_memory_text(word);
        (*argv)[count] = NULL;
    }
    free(word);
    return ok && (count > 0 || lp_error_set(err, "no program given"));
}

static bool find_program(char **path, const char *program, const char *spec, lp_error *err) {
    if (strchr(program, '/')) return find_file(path, program, spec, err);
    const char *dirs = getenv("PATH");
    for (const char *dir = dirs ? dirs : "/usr/bin:/bin"; *dir;) {
        size_t n = strcspn(dir, ":");
        char *file = lp_memory_zeros(n + strlen(program) + 3, 1);
        sprintf(file, "%.*s/%s", (int)(n ? n : 1), n ? dir : ".", program);
        bool found = access(file, X_OK) == 0 && find_file(path, file, spec, NULL);
        free(file);
        if (found) return true;
        dir += n + (dir[n] == ':');
    }
    return lp_error_set(err, "%s: program '%s' not found in PATH", spec, program);
}

static bool resolve_command(lp_spec *s, const char *command, lp_error *err) {
    lp_error inner = {""};
    if (!split(&s->argv, command, &inner)) return lp_error_set(err, "%s: %s", s->spec, inner.text);
    return find_program(&s->path, s->argv[0], s->spec, err);
}

bool lp_spec_resolve(lp_spec *s, const char *spec, const char *libdir, lp_error *err) {
    const char *rest;
    *s = (lp_spec){.spec = lp_memory_text(spec)};
    if (after(&rest, spec, "builtin:")) return find_named(&s->path, rest, spec, libdir, err);
    if (after(&rest, spec, "cmd:")) return resolve_command(s, rest, err);
    if (!*spec) return lp_error_set(err, "the name of the subject is empty");
    if (!after(&rest, spec, "mutant:")) return find_file(&s->path, spec, spec, err);
    if (!*rest) return lp_error_set(err, "%s: no name", spec);
    s->mutant = lp_memory_text(rest);
    return find_named(&s->path, "mutants", spec, libdir, err);
}

void lp_spec_clear(lp_spec *s) {
    for (char **word = s->argv; word && *word; word++) free(*word);
    free(s->argv);
    free(s->spec);
    free(s->path);
    free(s->mutant);
    *s = (lp_spec){0};
}
