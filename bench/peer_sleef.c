/* The textbook formula on SLEEF's 1-ulp exponential, with the widest vectors of the machine this
 * file was compiled for; the survey's straw man that is none. */
#include "bench/peers.h"

#include <immintrin.h>
#include <math.h>
#include <sleef.h>
#include <string.h>

#ifdef __AVX512F__
#define LANES_D     8
#define LANES_F     16
#define EXP_D(x)    ((wide_d)Sleef_expd8_u10avx512f((__m512d)(x)))
#define EXP_F(x)    ((wide_f)Sleef_expf16_u10avx512f((__m512)(x)))
#define LOG1P_D(x)  ((wide_d)Sleef_log1pd8_u10avx512f((__m512d)(x)))
#define LOG1P_F(x)  ((wide_f)Sleef_log1pf16_u10avx512f((__m512)(x)))
#define AVAILABLE() __builtin_cpu_supports("avx512f")
#else
#define LANES_D     4
#define LANES_F     8
#define EXP_D(x)    ((wide_d)Sleef_expd4_u10avx2((__m256d)(x)))
#define EXP_F(x)    ((wide_f)Sleef_expf8_u10avx2((__m256)(x)))
#define LOG1P_D(x)  ((wide_d)Sleef_log1pd4_u10avx2((__m256d)(x)))
#define LOG1P_F(x)  ((wide_f)Sleef_log1pf8_u10avx2((__m256)(x)))
#define AVAILABLE() __builtin_cpu_supports("avx2")
#endif
typedef double wide_d __attribute__((vector_size(LANES_D * sizeof(double))));
typedef float wide_f __attribute__((vector_size(LANES_F * sizeof(float))));
typedef int64_t mask_d __attribute__((vector_size(LANES_D * sizeof(double))));
typedef int32_t mask_f __attribute__((vector_size(LANES_F * sizeof(float))));

bool lp_bench_sleef_here(void) {
    return AVAILABLE();
}

#define REAL  double
#define WIDE  wide_d
#define MASK  mask_d
#define PICK  pick_double
#define LANES LANES_D
#define EXP   EXP_D
#define LOG1P LOG1P_D
#define LOG   log
#define XENT  xent_double
#define BCE   bce_double
#define LOAD  load_double
#define STORE store_double
#include "bench/sleef_rows.h"
#undef REAL
#undef WIDE
#undef MASK
#undef PICK
#undef LANES
#undef EXP
#undef LOG1P
#undef LOG
#undef XENT
#undef BCE
#undef LOAD
#undef STORE
#define REAL  float
#define WIDE  wide_f
#define MASK  mask_f
#define PICK  pick_float
#define LANES LANES_F
#define EXP   EXP_F
#define LOG1P LOG1P_F
#define LOG   logf
#define XENT  xent_float
#define BCE   bce_float
#define LOAD  load_float
#define STORE store_float
#include "bench/sleef_rows.h"

void lp_bench_sleef(const lp_bench_rows *r) {
    static lp_bench_run *const run[2][2] = {{xent_double, xent_float}, {bce_double, bce_float}};
    run[r->op == LP_OP_BCE_LOGITS][r->format == LP_BINARY32](r);
}
