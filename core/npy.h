/* NumPy's .npy files, versions 1.0 to 3.0 (numpy.lib.format): a magic string, a header that is a
 * Python dictionary, the elements. Bytes in, numbers out: nothing is copied, so that a file may be
 * mapped however large it is. */
#ifndef LP_CORE_NPY_H
#define LP_CORE_NPY_H

#include "core/error.h"

#include <stddef.h>
#include <stdint.h>

#define LP_NPY_RANK 2

typedef struct lp_npy {
    const unsigned char *data; /* the first element, inside the bytes given */
    int64_t size[LP_NPY_RANK]; /* 1 beyond `rank` */
    int rank;                  /* 1 or 2 */
    int width;                 /* bytes of an element */
    bool real;                 /* float16, float32, float64; else int32, int64 */
    bool big_endian, fortran;  /* fortran: the first index runs fastest */
} lp_npy;

/* Every byte is accounted for: the file holds this one array and nothing else. False with err,
 * which says what is wrong (not whose), for other element types, more than two dimensions, sizes
 * that are negative or overflow, and a header that promises more or less than there is. */
bool lp_npy_open(lp_npy *a, const void *bytes, size_t length, lp_error *err);
/* Element (i, j), j = 0 for rank 1; exact. The caller keeps inside `size`. */
double lp_npy_real(const lp_npy *a, int64_t i, int64_t j);
int64_t lp_npy_integer(const lp_npy *a, int64_t i, int64_t j);

#endif
