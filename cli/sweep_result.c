/* What a sweep, or the files of several, add up to. */
#include "cli/cli.h"
#include "cli/sweep.h"

#include <inttypes.h>
#include <string.h>

int lp_sweep_shown(const lp_sweep *s, const lp_sweep_domain *d, lp_level asked) {
    int status = LP_EXIT_OK;
    for (int i = 0; i < s->outs; i++) {
        const lp_sweep_count *c = &s->out[i];
        printf("%s: %s; %" PRId64 " numbers:", lp_out_name(c->out), lp_level_name(c->least),
               c->numbers);
        for (int l = LP_LEVEL_COUNT - 1; l >= 0; l--)
            printf(" %" PRId64 " %s%s", c->level[l], lp_level_name((lp_level)l), l ? "," : "");
        printf("; %" PRId64 " within 1 ulp, %" PRId64 " wrong specials, %" PRId64 " undecided",
               c->within1, c->special, c->undecided);
        if (c->ulp > 0) {
            char at[80];
            lp_sweep_input(at, sizeof at, d, c->at);
            printf("; at most %.4g ulp, at %s", c->ulp, at);
        }
        putchar('\n');
        if (c->undecided) status = lp_exit_worse(status, LP_EXIT_UNDECIDED);
        if (c->least < asked) status = lp_exit_worse(status, LP_EXIT_BELOW);
    }
    printf("%" PRId64 " of %d blocks: %s\n", s->done, LP_SWEEP_BLOCKS,
           s->done == LP_SWEEP_BLOCKS ? "exhausted" : "searched");
    return status;
}

/* The operation of a file's header, as header() writes it. */
static void domain_of(lp_sweep_domain *d, const char *line) {
    char name[32] = "";
    const char *op = line ? strstr(line, ",\"op\":\"") : NULL;
    d->op = LP_OP_SIGMOID;
    if (op && sscanf(op, ",\"op\":\"%31[a-z_]", name) == 1) lp_op_by_name(&d->op, name);
}

int lp_sweep_merged(const lp_args *args, lp_level asked) {
    lp_sweep s;
    lp_error err = {""};
    bool ok = args->words > 0;
    long whole;
    if (!ok) lp_error_set(&err, "sweep --merge FILE...");
    lp_sweep_init(&s, NULL);
    for (int i = 0; ok && i < args->words; i++) ok = lp_sweep_read(&s, args->word[i], &whole, &err);
    int status = LP_EXIT_USAGE;
    if (ok) {
        lp_sweep_domain d = {0};
        domain_of(&d, s.header);
        if (s.header) fputs(s.header, stdout);
        status = lp_sweep_shown(&s, &d, asked);
        if (s.done < LP_SWEEP_BLOCKS) {
            int64_t first = 0;
            while (s.block[first]) first++;
            lp_complain("%" PRId64 " blocks are missing, the first is %" PRId64,
                        LP_SWEEP_BLOCKS - s.done, first);
            status = lp_exit_worse(status, LP_EXIT_UNDECIDED);
        }
    } else {
        lp_complain("%s", err.text);
    }
    lp_sweep_clear(&s);
    return status;
}
