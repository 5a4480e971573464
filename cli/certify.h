/* What the commands that judge share. */
#ifndef LP_CLI_CERTIFY_H
#define LP_CLI_CERTIFY_H

#include "cli/cli.h"
#include "core/certificate.h"
#include "host/host.h"
#include "props/props/campaign.h"

/* Spellings of lp_effort. */
extern const char *const lp_effort_words[3];

/* --level; *level keeps its default where absent. False after a message on stderr. */
bool lp_level_taken(lp_level *level, const lp_args *args);
/* The ruler's own test; false after a message: then nothing may be judged. */
bool lp_reference_sound(void);

/* Planted faults that every certificate runs at its own shapes, NULL-terminated. */
extern const char *const lp_canary_names[];

/* Who was certified, by what, where and how; info NULL where the subject did not load. */
void lp_certificate_header(lp_certificate *cert, const char *subject, const lp_host_info *info,
                           const lp_campaign *campaign, const lp_args *args);

#endif
