/* What can be wrong before the first call, one object a number (LOADING). */
#include "plain.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CRASH       1
#define HANG        2
#define EXIT        3
#define ABI         4
#define NOTHING     5
#define NO_ENTRY    6
#define ENTRY_CRASH 7
#define MANY        8
#define ROUNDING    9

#if LOADING == CRASH || LOADING == HANG || LOADING == EXIT
__attribute__((constructor)) static void at_load(void) {
    if (LOADING == CRASH) abort();
    if (LOADING == EXIT) exit(0);
    for (;;) usleep(100000);
}
#endif

#if LOADING == ROUNDING
#include <fenv.h>
__attribute__((constructor)) static void at_load(void) {
    fesetround(FE_UPWARD);
}
#endif

#if LOADING != NO_ENTRY
static const lp_entry entries[] = {PLAIN_ENTRY(LP_BINARY64, 0, plain_run)};

const lp_subject *lossproof_subject_v1(void) {
    static lp_subject subject = PLAIN_SUBJECT("loading", entries);
    if (LOADING == ABI) subject.abi = 2;
    if (LOADING == MANY) subject.count = 1u << 30;
    if (LOADING == ENTRY_CRASH) subject.entry = (const lp_entry *)(uintptr_t)8;
    return LOADING == NOTHING ? NULL : &subject;
}
#endif
