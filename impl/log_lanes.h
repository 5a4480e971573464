/* log_softmax, 16 logits at a time: (z - m)/T - L, m the largest, L = LSE(u) - u_m. */
#ifndef LP_IMPL_LOG_LANES_H
#define LP_IMPL_LOG_LANES_H

#include "impl/isa.h"
#include "impl/value.h"

enum { LP_LOG_LANES = 16 };

typedef struct lp_log_row {
    double m, power;      /* power: 2^-e of T */
    lp_dd minus, inverse; /* -L; 1/T's significand */
    bool tame;            /* 2^-300 < T < 2^300: products stay in their domain */
} lp_log_row;
lp_log_row lp_log_row_set(double m, double temperature, lp_wide log_sum);

/* Rounds what can be; false: something is not sure, and `sure` says what. L is good to 2^-66. */
bool lp_log_lanes(double out[LP_LOG_LANES], bool sure[LP_LOG_LANES], const double z[LP_LOG_LANES],
                  const lp_log_row *row);

#endif
