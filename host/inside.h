/* A host from inside: two kinds of subject behind one table of functions. */
#ifndef LP_HOST_INSIDE_H
#define LP_HOST_INSIDE_H

#include "host/declare.h"
#include "host/spec.h"

/* A shared object in a worker (shared.c) or a program on pipes (command.c). */
typedef struct lp_backend {
    lp_host_result (*open)(lp_host *h, lp_error *err);
    void (*close)(lp_host *h);
    /* The entry takes the case, its outputs are those wanted. Fills the answer; false: err. */
    bool (*run)(lp_host *h, const lp_case *c, int entry, uint32_t outputs, const lp_host_how *how,
                lp_answer *answer, lp_error *err);
} lp_backend;

extern const lp_backend lp_backend_shared, lp_backend_command;

struct lp_host {
    const lp_backend *backend;
    void *state; /* the backend's */
    lp_host_options options;
    lp_spec spec;
    lp_declared declared;
    bool load_ftz, load_rounding;
    bool cut; /* the call at hand was given up since somebody wants an end */
    char load_note[256];
    lp_host_info info;
    char *why; /* of the last refusal; LP_WHY_SIZE bytes */
};
#define LP_WHY_SIZE 160

#endif
