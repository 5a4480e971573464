/* The textbook formula: shift by the largest logit, exp, sum, log. Compiled twice, with the C
 * library's functions and, LP_LIBMVEC, with its vector variants (glibc's libmvec), declared here
 * since glibc's headers offer them under -ffast-math alone. */
#include "bench/peers.h"

#ifdef LP_LIBMVEC
#define SIMD __attribute__((__simd__("notinbranch")))
#define RUN  lp_bench_libmvec
#else
#define SIMD
#define RUN lp_bench_libm
#endif
extern SIMD double exp(double) __attribute__((__nothrow__, __const__));
extern SIMD double log1p(double) __attribute__((__nothrow__, __const__));
extern SIMD float expf(float) __attribute__((__nothrow__, __const__));
extern SIMD float log1pf(float) __attribute__((__nothrow__, __const__));
extern double log(double);
extern float logf(float);

#define REAL  double
#define EXP   exp
#define LOG   log
#define LOG1P log1p
#define XENT  xent_double
#define BCE   bce_double
#include "bench/textbook.h"
#undef REAL
#undef EXP
#undef LOG
#undef LOG1P
#undef XENT
#undef BCE
#define REAL  float
#define EXP   expf
#define LOG   logf
#define LOG1P log1pf
#define XENT  xent_float
#define BCE   bce_float
#include "bench/textbook.h"

void RUN(const lp_bench_rows *r) {
    static lp_bench_run *const run[2][2] = {{xent_double, xent_float}, {bce_double, bce_float}};
    run[r->op == LP_OP_BCE_LOGITS][r->format == LP_BINARY32](r);
}
