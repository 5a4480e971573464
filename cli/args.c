/* Options from the command's table: --name VALUE, --name=VALUE, words in any order, -- ends
 * options. */
#include "cli/cli.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void lp_complain(const char *format, ...) {
    lp_error e;
    char text[480];
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    lp_error_set(&e, "%s", text); /* control characters out: one line stays one line */
    fprintf(stderr, "lossproof: %s\n", e.text);
}

bool lp_wants_colour(FILE *stream) {
    const char *none = getenv("NO_COLOR"), *term = getenv("TERM");
    if (none && *none) return false;
    if (!term || !strcmp(term, "dumb")) return false;
    return isatty(fileno(stream)) == 1;
}

int lp_exit_worse(int a, int b) {
    static const int rank[] = {[LP_EXIT_OK] = 0,
                               [LP_EXIT_UNDECIDED] = 1,
                               [LP_EXIT_WORSE] = 2,
                               [LP_EXIT_BELOW] = 3,
                               [LP_EXIT_USAGE] = 4};
    return rank[a] >= rank[b] ? a : b;
}

static int output_errno;

void lp_flush_output(void) {
    if (fflush(stdout) != 0 && !output_errno) output_errno = errno;
}

/* A stream that failed while it was printed to has its mark and no errno of its own any more. */
int lp_finish_output(int status) {
    lp_flush_output();
    if (!output_errno && !ferror(stdout)) return status;
    lp_complain("standard output: %s", output_errno ? strerror(output_errno) : "write error");
    return LP_EXIT_USAGE;
}

static int option_index(const lp_command *c, const char *name, size_t length) {
    for (int i = 0; i < c->options; i++)
        if (strlen(c->option[i].name) == length && !strncmp(c->option[i].name, name, length))
            return i;
    return -1;
}

static bool option_take(lp_args *a, int argc, char **argv, int *i) {
    const char *name = argv[*i] + 2;
    const char *equals = strchr(name, '=');
    size_t length = equals ? (size_t)(equals - name) : strlen(name);
    int o = option_index(a->command, name, length);
    if (o < 0) {
        lp_complain("%s takes no option --%.*s; 'lossproof %s --help' lists them", a->command->name,
                    (int)length, name, a->command->name);
        return false;
    }
    const lp_option *option = &a->command->option[o];
    const char *value = "";
    if (option->arg && equals) {
        value = equals + 1;
    } else if (option->arg) {
        if (*i + 1 >= argc) {
            lp_complain("--%s needs a value: %s", option->name, option->arg);
            return false;
        }
        value = argv[++*i];
    } else if (equals) {
        lp_complain("--%s takes no value", option->name);
        return false;
    }
    if (a->values[o] > 0 && option->arg && !option->repeats) {
        lp_complain("--%s is given twice", option->name);
        return false;
    }
    if (a->values[o] == LP_VALUES) {
        lp_complain("--%s is given more than %d times", option->name, LP_VALUES);
        return false;
    }
    a->value[o][a->values[o]++] = value;
    return true;
}

bool lp_args_parse(lp_args *a, const lp_command *command, int argc, char **argv) {
    memset(a, 0, sizeof *a);
    a->command = command;
    a->word = calloc((size_t)argc + 1, sizeof *a->word);
    for (int o = 0; o < command->options; o++) {
        a->value[o] = calloc(LP_VALUES, sizeof *a->value[o]);
        if (!a->value[o]) abort();
    }
    if (!a->word) abort();
    bool options = true;
    for (int i = 0; i < argc; i++) {
        if (options && !strcmp(argv[i], "--")) {
            options = false;
        } else if (options && !strncmp(argv[i], "--", 2)) {
            if (!option_take(a, argc, argv, &i)) {
                lp_args_free(a);
                return false;
            }
        } else if (options && argv[i][0] == '-' && argv[i][1]) {
            lp_complain("no option %s; long names only, 'lossproof %s --help' lists them", argv[i],
                        command->name);
            lp_args_free(a);
            return false;
        } else {
            a->word[a->words++] = argv[i];
        }
    }
    return true;
}

void lp_args_free(lp_args *a) {
    for (int o = 0; o < LP_COUNT(a->value); o++) free(a->value[o]);
    free(a->word);
    memset(a, 0, sizeof *a);
}

int lp_args_all(const lp_args *a, const char *name, const char *const **value) {
    int o = option_index(a->command, name, strlen(name));
    if (o < 0) abort(); /* a name that the command's table lacks is our own mistake */
    *value = a->value[o];
    return a->values[o];
}

const char *lp_args_get(const lp_args *a, const char *name) {
    const char *const *value;
    int n = lp_args_all(a, name, &value);
    return n ? value[n - 1] : NULL;
}

bool lp_args_u64(uint64_t *out, const lp_args *a, const char *name) {
    const char *text = lp_args_get(a, name);
    if (!text) return true;
    char *end;
    errno = 0;
    unsigned long long v = strtoull(text, &end, 0);
    if (text[0] < '0' || text[0] > '9' || *end || errno) {
        lp_complain("--%s %s: not a whole number", name, text);
        return false;
    }
    *out = v;
    return true;
}

bool lp_args_i64(int64_t *out, const lp_args *a, const char *name, int64_t least) {
    uint64_t v = 0;
    if (!lp_args_get(a, name)) return true;
    if (!lp_args_u64(&v, a, name)) return false;
    if (v > INT64_MAX || (int64_t)v < least) {
        lp_complain("--%s %s: at least %lld", name, lp_args_get(a, name), (long long)least);
        return false;
    }
    *out = (int64_t)v;
    return true;
}

bool lp_args_seconds(double *out, const lp_args *a, const char *name) {
    const char *text = lp_args_get(a, name);
    if (!text) return true;
    static const struct {
        const char *unit;
        double seconds;
    } units[] = {{"", 1}, {"s", 1}, {"m", 60}, {"min", 60}, {"h", 3600}};
    char *end;
    double v = strtod(text, &end);
    for (int i = 0; i < LP_COUNT(units) && end != text; i++)
        if (!strcmp(end, units[i].unit) && v > 0 && isfinite(v)) {
            *out = v * units[i].seconds;
            return true;
        }
    lp_complain("--%s %s: a time such as 90s, 10m, 2h", name, text);
    return false;
}

bool lp_args_word(int *out, const lp_args *a, const char *name, const char *const *words, int n) {
    const char *text = lp_args_get(a, name);
    if (!text) return true;
    char list[256] = "";
    for (int i = 0; i < n; i++) {
        if (!strcmp(text, words[i])) {
            *out = i;
            return true;
        }
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", words[i]);
    }
    lp_complain("--%s %s: one of %s", name, text, list);
    return false;
}
