#include "cli/certify.h"
#include "ref/exact.h"

#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

const char *const lp_effort_words[3] = {"smoke", "standard", "deep"};

bool lp_level_taken(lp_level *level, const lp_args *args) {
    const char *text = lp_args_get(args, "level");
    if (!text || lp_level_by_name(level, text)) return true;
    lp_complain("--level %s: one of correct, faithful, accurate, stable, finite", text);
    return false;
}

bool lp_reference_sound(void) {
    lp_error err = {""};
    if (lp_ref_selftest(&err)) return true;
    lp_complain("the reference fails its own test, nothing is judged: %s", err.text);
    return false;
}

static char *copied(const char *s) {
    char *c = s && *s ? strdup(s) : NULL;
    if (s && *s && !c) abort();
    return c;
}

/* The command that makes this certificate again, words quoted for a POSIX shell where they need it.
 */
static char *command_line(const lp_args *args) {
    char *text = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&text, &size);
    if (!f) abort();
    fprintf(f, "lossproof %s", args->command->name);
    for (int i = 0; i < args->words; i++) {
        bool plain = strpbrk(args->word[i], " \t\n'\"\\$`*?[]{}()<>|&;~#") == NULL;
        fputs(plain ? " " : " '", f);
        for (const char *p = args->word[i]; *p; p++)
            if (*p == '\'')
                fputs("'\\''", f);
            else
                fputc(*p, f);
        if (!plain) fputc('\'', f);
    }
    for (int o = 0; o < args->command->options; o++) {
        const lp_option *option = &args->command->option[o];
        if (!strcmp(option->name, "out") || !strcmp(option->name, "force")) continue;
        for (int v = 0; v < args->values[o]; v++)
            fprintf(f, " --%s%s%s", option->name, option->arg ? " " : "", args->value[o][v]);
    }
    fclose(f);
    return text;
}

static char *cpu_model(void) {
    char line[512], model[256] = "";
    FILE *f = fopen("/proc/cpuinfo", "r");
    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "model name : %255[^\n]", model) == 1) break;
    if (f) fclose(f);
    struct utsname u;
    char text[640];
    if (uname(&u) != 0) strcpy(u.machine, "unknown");
    snprintf(text, sizeof text, "%s, %s, suite built by %s", model[0] ? model : "unknown cpu",
             u.machine, LP_COMPILER);
    return copied(text);
}

static char *timestamp(void) {
    char text[32];
    time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
    return copied(text);
}

void lp_certificate_header(lp_certificate *cert, const char *subject, const lp_host_info *info,
                           const lp_campaign *campaign, const lp_args *args) {
    cert->subject = copied(subject);
    if (info) {
        cert->name = copied(info->name);
        cert->version = copied(info->version);
        cert->conventions = copied(info->conventions);
        cert->digest = copied(info->digest);
        cert->load_note = copied(info->load_note);
        for (int i = 0; i < info->unknowns; i++)
            lp_certificate_not_tested(cert, "declared, but unknown to this version: %s",
                                      info->unknown[i]);
    }
    cert->tool_version = copied("lossproof " LP_VERSION);
    cert->command = command_line(args);
    cert->effort = copied(lp_effort_words[campaign->effort]);
    cert->host = cpu_model();
    cert->created = timestamp();
    cert->seed = campaign->seed;
    cert->asked = campaign->asked;
}
