#include "host/fpenv.h"

#include <fenv.h>

#if defined(__x86_64__)

#include <xmmintrin.h>

/* Intel SDM vol. 1, 10.2.3: bits 0-5 sticky flags, 6 DAZ, 7-12 masks, 13-14 rounding, 15 FTZ. */
enum { STICKY = 0x3f, FLUSH = 0x8040, MXCSR_DEFAULT = 0x1f80, X87_DEFAULT = 0x37f };

lp_fpenv lp_fpenv_get(void) {
    uint16_t x87;
    __asm__ volatile("fnstcw %0" : "=m"(x87));
    return (lp_fpenv){_mm_getcsr() & ~(uint32_t)STICKY, x87};
}

void lp_fpenv_set(lp_fpenv env) {
    uint16_t x87 = (uint16_t)env.x87;
    __asm__ volatile("fninit\n\tfldcw %0" : : "m"(x87));
    _mm_setcsr(env.control);
}

lp_fpenv lp_fpenv_default(void) {
    return (lp_fpenv){MXCSR_DEFAULT, X87_DEFAULT};
}

#elif defined(__aarch64__)

/* Arm ARM, FPCR: 8-12 and 15 traps, 19 FZ16, 22-23 rounding, 24 FZ, 25 DN; 0-1 FIZ, AH. */
enum { FLUSH = 1 << 24 | 1 << 19 | 1 };

lp_fpenv lp_fpenv_get(void) {
    uint64_t fpcr;
    __asm__ volatile("mrs %0, fpcr" : "=r"(fpcr));
    return (lp_fpenv){(uint32_t)fpcr, 0};
}

void lp_fpenv_set(lp_fpenv env) {
    uint64_t fpcr = env.control, fpsr = 0;
    __asm__ volatile("msr fpsr, %1\n\tmsr fpcr, %0" : : "r"(fpcr), "r"(fpsr));
}

lp_fpenv lp_fpenv_default(void) {
    return (lp_fpenv){0, 0};
}

#else

enum { FLUSH = 0 };

lp_fpenv lp_fpenv_get(void) {
    return (lp_fpenv){(uint32_t)fegetround(), 0};
}

void lp_fpenv_set(lp_fpenv env) {
    fesetenv(FE_DFL_ENV);
    fesetround((int)env.control);
}

lp_fpenv lp_fpenv_default(void) {
    return (lp_fpenv){FE_TONEAREST, 0};
}

#endif

bool lp_fpenv_rounds_differently(lp_fpenv a, lp_fpenv b) {
    return ((a.control ^ b.control) & ~(uint32_t)FLUSH) != 0 || a.x87 != b.x87;
}

bool lp_fpenv_flushes_differently(lp_fpenv a, lp_fpenv b) {
    return ((a.control ^ b.control) & (uint32_t)FLUSH) != 0;
}
