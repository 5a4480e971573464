#include "ref/vec.h"

#include "core/memory.h"

#include <stdlib.h>

void lp_vec_shape(lp_vec *v, int64_t len, mpfr_prec_t prec) {
    size_t bytes = mpfr_custom_get_size(prec);
    if (len != v->len || prec != v->prec) {
        v->at = lp_memory_resize(v->at, (size_t)len, sizeof *v->at);
        v->each = lp_memory_resize(v->each, (size_t)len, sizeof *v->each);
        v->limbs = lp_memory_resize(v->limbs, (size_t)len, bytes);
        v->len = len;
        v->prec = prec;
        for (int64_t i = 0; i < len; i++) v->each[i] = v->at[i];
    }
    for (int64_t i = 0; i < len; i++) {
        void *limbs = (char *)v->limbs + (size_t)i * bytes;
        mpfr_custom_init(limbs, prec);
        mpfr_custom_init_set(v->at[i], MPFR_ZERO_KIND, 0, prec, limbs);
    }
}

void lp_vec_clear(lp_vec *v) {
    free(v->at);
    free(v->each);
    free(v->limbs);
    *v = (lp_vec){0};
}

int lp_vec_sum(mpfr_t r, const lp_vec *v, mpfr_rnd_t rnd) {
    return mpfr_sum(r, v->each, (unsigned long)v->len, rnd);
}
