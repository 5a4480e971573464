/* Flush-to-zero, which the standard library does not know. */
#ifndef LP_SUBJECTS_FLUSH_H
#define LP_SUBJECTS_FLUSH_H

#include <stdbool.h>
#include <stdint.h>

#if defined(__SSE2__)
#include <xmmintrin.h>
#define FLUSH_BITS 0x8040u /* FTZ and DAZ */
static uint64_t flush_control(void) {
    return _mm_getcsr();
}
static void flush_set_control(uint64_t control) {
    _mm_setcsr((unsigned)control);
}
#elif defined(__aarch64__)
#define FLUSH_BITS (UINT64_C(1) << 24) /* FZ */
static uint64_t flush_control(void) {
    uint64_t control;
    __asm__ volatile("mrs %0, fpcr" : "=r"(control));
    return control;
}
static void flush_set_control(uint64_t control) {
    __asm__ volatile("msr fpcr, %0" : : "r"(control));
}
#else
/* cppcheck-suppress preprocessorErrorDirective */
#error "flush-to-zero of this processor is not known"
#endif

/* Returns what was set before. */
static bool flush_to_zero(bool on) {
    const uint64_t before = flush_control();
    flush_set_control(on ? before | FLUSH_BITS : before & ~(uint64_t)FLUSH_BITS);
    return (before & FLUSH_BITS) != 0;
}

#endif
