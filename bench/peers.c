#include "bench/peers.h"

#define SINGLE (1u << LP_BINARY32)
#define BOTH   (1u << LP_BINARY64 | SINGLE)

/* What is not built in (CMakeLists.txt) is said there. */
const lp_bench_peer lp_bench_peers[] = {
    {"ours", BOTH, true, true, lp_bench_ours, NULL, false, NULL},
#ifdef LP_IMPL_V3
    {"ours-avx2", BOTH, true, true, lp_bench_ours_v3, NULL, false, lp_bench_v3_here},
#endif
    {"textbook-libm", BOTH, true, true, lp_bench_libm, NULL, false, NULL},
#ifdef LP_WITH_LIBMVEC
    {"textbook-libmvec", BOTH, true, true, lp_bench_libmvec, NULL, false, NULL},
#endif
#ifdef LP_WITH_SLEEF
    {"textbook-sleef", BOTH, true, true, lp_bench_sleef, NULL, false, lp_bench_sleef_here},
#endif
    {"torch", BOTH, true, false, NULL, lp_bench_torch, false, NULL},
    {"torch-avx512", BOTH, true, false, NULL, lp_bench_torch, true, NULL},
#ifdef LP_WITH_ONEDNN
    {"onednn", SINGLE, false, true, lp_bench_onednn, NULL, false, NULL},
#endif
#ifdef LP_WITH_XNNPACK
    {"xnnpack", SINGLE, false, true, lp_bench_xnnpack, NULL, false, NULL},
#endif
    {"memory-read", BOTH, false, false, lp_bench_read, NULL, false, NULL},
    {"memory-copy", BOTH, false, false, lp_bench_copy, NULL, false, NULL},
};
const int lp_bench_peer_count = sizeof lp_bench_peers / sizeof *lp_bench_peers;
