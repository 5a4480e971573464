/* Floating-point formats of the specification (section 1, Formats): layout, neighbours, packing.
 * A value of any format is carried as the double that equals it. */
#ifndef LP_CORE_FORMAT_H
#define LP_CORE_FORMAT_H

#include <lossproof/subject.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum lp_rounding {
    LP_ROUND_NEAREST = 0, /* ties to even */
    LP_ROUND_ZERO = 1,
    LP_ROUND_UP = 2,
    LP_ROUND_DOWN = 3
} lp_rounding;
#define LP_ROUNDING_COUNT 4

/* binary64, binary32, binary16, bfloat16: what a subject may compute in. The two of 8 bits are the
 * reference's alone. */
#define LP_SUBJECT_FORMATS 4

typedef struct lp_format {
    const char *name; /* "binary64" ... */
    int p;            /* significand bits, the hidden one included */
    int emin, emax;   /* 2^emin the least normal, 2^emax <= largest finite < 2^(emax+1) */
    int bytes;
    bool has_inf; /* false for e4m3: overflow gives NaN */
    double max;   /* largest finite value */
    double least; /* least subnormal, 2^(emin-p+1) */
    bool flush;   /* no subnormals: least is 2^emin, what is smaller counts as a zero of its sign */
} lp_format;

const lp_format *lp_format_get(lp_format_id id);
/* The format as one has it who flushes to zero (`ftz`). Not for packing. */
const lp_format *lp_format_flushed(lp_format_id id);
/* false where the name is unknown. */
bool lp_format_by_name(lp_format_id *id, const char *name);
const char *lp_rounding_name(lp_rounding mode);
bool lp_rounding_by_name(lp_rounding *mode, const char *name);

/* x is a value of the format: representable, infinity (where the format has it) or NaN. */
bool lp_format_holds(const lp_format *f, double x);
/* e with ulp(x) = 2^e, ulp(x) = 2^(max(floor(log2|x|), emin) - p + 1); x finite; x = 0 gives that
 * of the least subnormal; 2^emin for all below it where these are flushed. x need not be a value of
 * the format. */
int lp_format_ulp_exp(const lp_format *f, double x);
/* Next value of the format above (below) x, x a value of the format; beyond the largest finite:
 * infinity (NaN in a format without it). */
double lp_format_above(const lp_format *f, double x);
double lp_format_below(const lp_format *f, double x);
/* The value of the format nearest to the double x, ties to even (one rounding). */
double lp_format_round(const lp_format *f, double x);

/* Packs n doubles, each a value of the format, into memory of the format, and back. */
void lp_format_pack(void *packed, const lp_format *f, const double *x, int64_t n);
void lp_format_unpack(double *x, const lp_format *f, const void *packed, int64_t n);

#endif
