/* --logits and --labels: a model's own rows, from .npy files. */
#ifndef LP_CLI_RECORDED_H
#define LP_CLI_RECORDED_H

#include "props/props/recorded.h"

/* Reads at most `most` logits: all rows, or a sample by the seed, one row of each of equally long
 * stretches of the file, so that a prefix of an epoch is not taken for the whole. `labels` may be
 * NULL. False after a message that names the file. */
bool lp_recorded_load(lp_recorded *r, const char *logits, const char *labels, int64_t most,
                      uint64_t seed);
void lp_recorded_free(lp_recorded *r);

#endif
