/* A case whose answer is known bit for bit, and the checks that every misdeed ends with. */
#ifndef T_HOST_SUPPORT_H
#define T_HOST_SUPPORT_H

#include "host/host.h"

/* n rows of four equal logits, label 0: loss ln 4, gradient -3/4, 1/4, 1/4, 1/4. */
void equal_case(lp_case *c, int64_t n, lp_format_id format);
/* `answer` is that, without fatal findings; the parent's arithmetic is the default one. */
void assert_equal_answer(const lp_case *c, const lp_answer *answer);
void assert_own_arithmetic(void);

/* SPECIMEN_DIR/name.so */
const char *specimen(const char *name);
lp_host *open_host(const char *spec, double timeout, bool twice);
/* Runs the equal case on a good subject and asserts its answer. */
void assert_good_works(lp_host *good);

#endif
