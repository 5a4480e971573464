/* What the caller's process and the worker share: one anonymous mapping, inherited by the fork and
 * therefore at the same address in both. First the block (a request, a reply, the declaration),
 * then the slots, each for one array of a call:
 *
 *   block | guard | slot 0 | guard | slot 1 | guard ...
 *
 * In the worker everything past the block is PROT_NONE but the pages that the present layout opens,
 * so that a buffer has an inaccessible page on both sides; in the caller's process all is writable.
 * The worker is under the subject's control: the caller believes nothing in the block beyond its
 * being a number, and keeps lengths and addresses on its own side. */
#ifndef LP_HOST_BLOCK_H
#define LP_HOST_BLOCK_H

#include "host/fpenv.h"

#include <lossproof/subject.h>

#include <stdatomic.h>
#include <stddef.h>

enum {
    LP_SLOT_IN = 0, /* + lp_in */
    LP_SLOT_LABEL = LP_IN_COUNT,
    LP_SLOT_PARAM,
    LP_SLOT_CALL,                   /* + which of the two calls: its lp_call */
    LP_SLOT_OUT = LP_SLOT_CALL + 2, /* + which * LP_OUT_COUNT + lp_out */
    /* Inputs of the second call where they are not the first's: + lp_in, + LP_SLOT_LABEL. */
    LP_SLOT_OTHER = LP_SLOT_OUT + 2 * LP_OUT_COUNT,
    LP_SLOT_COUNT = LP_SLOT_OTHER + LP_IN_COUNT + 1
};

/* Bounds of a declaration: more than any honest table needs. */
enum { LP_ENTRY_MAX = 1024, LP_NAME_SIZE = 64, LP_TEXT_SIZE = 1024 };

/* Pages of a slot that the subject may touch, as offsets from the mapping's start; from == to:
 * none.
 */
typedef struct lp_range {
    uint64_t from, to;
    uint64_t writable;
} lp_range;

typedef enum lp_phase {
    LP_PHASE_START = 0, /* the worker's own preparation */
    LP_PHASE_LOAD,      /* dlopen: constructors run */
    LP_PHASE_TABLE,     /* the entry point, reading its table */
    LP_PHASE_READY,
    LP_PHASE_CALL,
    LP_PHASE_REFUSED /* cannot be used: `text` says why */
} lp_phase;

typedef struct lp_shared_call {
    int32_t status, error; /* returned; errno after the call, 0 before */
    lp_fpenv env;          /* after the call; before it: lp_block.env */
    int64_t ns;
} lp_shared_call;

enum {
    LP_FAULT_EXIT = -1, /* exit() was called */
    LP_FAULT_LINE = -2  /* the worker's end of the line is closed */
};

typedef struct lp_shared_fault {
    int32_t signal; /* 0: none; > 0: a signal; else LP_FAULT_* */
    int32_t code;   /* si_code */
    uint64_t address;
    int32_t write; /* 1 write, 0 read, -1 unknown */
} lp_shared_fault;

typedef struct lp_raw_entry {
    char op[LP_NAME_SIZE];
    uint64_t params;
    uint32_t format, outputs, reductions, flags;
    uint64_t callable; /* of a width that leaves no padding: tables are compared as bytes */
} lp_raw_entry;

/* The subject's table as it was read, nothing interpreted. */
typedef struct lp_raw {
    uint64_t count;
    char name[LP_TEXT_SIZE], version[LP_TEXT_SIZE], conventions[LP_TEXT_SIZE];
    lp_raw_entry entry[LP_ENTRY_MAX];
} lp_raw;

typedef struct lp_block {
    /* request */
    uint64_t layout; /* changes whenever `range` does */
    lp_range range[LP_SLOT_COUNT];
    uint32_t entry; /* index into the subject's table */
    uint32_t calls; /* 1, or 2 with outputs of their own */
    /* 0: one after the other. Else the second is made in a thread of its own, again and again,
     * while the first is made again and again; not, should one call alone take more ns than this.
     */
    int64_t at_once;
    /* reply */
    _Atomic uint32_t phase;
    _Atomic uint32_t calls_done;
    uint32_t were_at_once;
    lp_shared_call call[2];
    lp_shared_fault fault;
    /* told once, after loading */
    lp_fpenv env_before, env; /* around the load; `env` is what calls run in */
    char sandbox[128];        /* why there is no sandbox; "" where there is one */
    char text[512];           /* with LP_PHASE_REFUSED */
    lp_raw raw;
} lp_block;

#endif
