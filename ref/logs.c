/* sum_i c_i log a_i = 0, decided exactly for c_i and a_i > 0 dyadic.
 *
 * Write a_i as 2^k times an odd integer, and all odd integers as products over a base of pairwise
 * coprime integers > 1 (found by gcds alone, no factoring). Logarithms of pairwise coprime integers
 * > 1 and of 2 are linearly independent over the rationals, by unique factorisation: the sum is 0
 * iff the coefficient of each base element is, and those are exact dyadic sums. */
#include "ref/prob.h"

#include "core/memory.h"
#include "ref/dyadic.h"

#include <math.h>
#include <stdlib.h>

/* The refinement is quadratic in the length. */
#define LONGEST_ROW 512

typedef struct log_term {
    double coefficient;
    uint64_t odd;
    int two; /* a = odd * 2^two */
} log_term;

double lp_logs_odd(int *two, double x) {
    uint64_t m = (uint64_t)ldexp(frexp(x, two), 53); /* exact: 53 bits */
    int zeros = __builtin_ctzll(m);
    *two += zeros - 53;
    return (double)(m >> zeros);
}

/* Of a, or of its odd part alone. */
static log_term split(double coefficient, double a, bool odd) {
    log_term term = {.coefficient = coefficient};
    term.odd = (uint64_t)lp_logs_odd(&term.two, a);
    if (odd) term.two = 0;
    return term;
}

static uint64_t gcd(uint64_t a, uint64_t b) {
    while (b) {
        uint64_t r = a % b;
        a = b;
        b = r;
    }
    return a;
}

typedef struct base {
    uint64_t *at;
    int64_t len;
} base;

/* Adds n to a coprime base: whatever it shares with an element splits both, and the parts go in
 * again. The product of what waits falls with every split, so it ends. Room: an odd integer below
 * 2^53 has at most 15 distinct prime factors, no part is ever more than one of them. */
static void base_insert(base *b, uint64_t n) {
    for (int64_t i = 0; i < b->len && n > 1; i++) {
        uint64_t g = gcd(n, b->at[i]);
        if (g == 1) continue;
        if (g == b->at[i]) {
            n /= g;
            i--; /* the same element may divide again */
            continue;
        }
        uint64_t rest = b->at[i] / g;
        b->at[i] = b->at[--b->len];
        base_insert(b, g);
        base_insert(b, rest);
        base_insert(b, n);
        return;
    }
    if (n > 1) b->at[b->len++] = n;
}

/* r = sum of coefficient * (exponent of b in odd), or of the power of two for b = 2. */
static void total(mpfr_t r, mpfr_t work, const log_term *term, int64_t n, uint64_t b) {
    mpfr_set_zero(r, 1);
    for (int64_t i = 0; i < n; i++) {
        int64_t exponent = b == 2 ? term[i].two : 0;
        for (uint64_t odd = term[i].odd; b != 2 && odd % b == 0; odd /= b) exponent++;
        lp_dyadic_set_int(work, exponent);
        lp_dyadic_mul_d(work, work, term[i].coefficient);
        lp_dyadic_add(r, r, work);
    }
}

static bool vanish(const log_term *term, int64_t n) {
    base b = {lp_memory_zeros((size_t)(15 * n + 1), sizeof(uint64_t)), 0};
    mpfr_t sum, work;
    mpfr_inits2(128, sum, work, (mpfr_ptr)0);
    for (int64_t i = 0; i < n; i++) base_insert(&b, term[i].odd);
    total(sum, work, term, n, 2);
    bool zero = mpfr_zero_p(sum);
    for (int64_t i = 0; i < b.len && zero; i++) {
        total(sum, work, term, n, b.at[i]);
        zero = mpfr_zero_p(sum);
    }
    mpfr_clears(sum, work, (mpfr_ptr)0);
    free(b.at);
    return zero;
}

bool lp_logs_integers_vanish(const mpfr_t *c, const int64_t *n, int64_t count, bool odd) {
    uint64_t room[15 * LP_LOGS_MOST + 1] = {2};
    base b = {room + 1, 0};
    mpfr_t sum, part, work;
    bool zero = true;
    mpfr_inits2(128, sum, part, work, (mpfr_ptr)0);
    for (int64_t i = 0; i < count; i++) base_insert(&b, split(1, (double)n[i], odd).odd);
    for (int64_t at = 0; at <= b.len && zero; at++) {
        mpfr_set_zero(sum, 1);
        for (int64_t i = 0; i < count; i++) {
            log_term term = split(1, (double)n[i], odd);
            total(part, work, &term, 1, room[at]);
            lp_dyadic_mul(part, part, c[i]);
            lp_dyadic_add(sum, sum, part);
        }
        zero = mpfr_zero_p(sum);
    }
    mpfr_clears(sum, part, work, (mpfr_ptr)0);
    return zero;
}

bool lp_logs_pair_vanish(const mpfr_t c, int64_t n, const mpfr_t d, int64_t m, bool odd) {
    mpfr_t pair[2];
    mpfr_inits2(64, pair[0], pair[1], (mpfr_ptr)0);
    lp_dyadic_copy(pair[0], c);
    lp_dyadic_copy(pair[1], d);
    mpfr_neg(pair[1], pair[1], MPFR_RNDZ);
    bool zero = lp_logs_integers_vanish(pair, (const int64_t[]){n, m}, 2, odd);
    mpfr_clears(pair[0], pair[1], (mpfr_ptr)0);
    return zero;
}

/* p log q or p log(p / q) is not 0. */
static bool takes_part(double p, double q, bool kl) {
    return p != 0 && q != (kl ? p : 1);
}

bool lp_logs_vanish(lp_scope *s, int64_t row, int64_t rows) {
    bool kl = lp_prob_ratio(s->c->op), own = s->c->op == LP_OP_ENTROPY;
    const double *p = s->c->in[LP_IN_P] + row * s->c->k;
    const double *q = own ? p : s->c->in[LP_IN_Q] + row * s->c->k;
    int64_t count = 0, n = 0;
    for (int64_t i = 0; i < rows * s->c->k; i++) count += takes_part(p[i], q[i], kl);
    if (count > LONGEST_ROW) return false;
    log_term *term = lp_memory_zeros((size_t)(2 * count + 1), sizeof *term);
    for (int64_t i = 0; i < rows * s->c->k; i++) {
        if (!takes_part(p[i], q[i], kl)) continue;
        term[n++] = split(kl ? -p[i] : p[i], q[i], s->bits);
        if (kl) term[n++] = split(p[i], p[i], s->bits);
    }
    bool zero = vanish(term, n);
    free(term);
    return zero;
}

bool lp_logs_labels_vanish(lp_scope *s, int64_t row, int64_t rows) {
    const lp_case *c = s->c;
    int64_t n = 0;
    if (rows > LONGEST_ROW) return false;
    log_term *term = lp_memory_zeros((size_t)rows, sizeof *term);
    for (int64_t i = row; i < row + rows; i++)
        if (!lp_case_ignored(c, i))
            term[n++] = split(1, c->in[LP_IN_Q][i * c->k + c->label[i]], s->bits);
    bool zero = vanish(term, n);
    free(term);
    return zero;
}

/* Every t_j is 0 or 1/n: the usual case, for rows of any length. */
static bool flat(const double *t, int64_t k, int64_t n) {
    bool flat = (n & (n - 1)) == 0;
    for (int64_t j = 0; flat && j < k; j++) flat = t[j] == 0 || t[j] * (double)n == 1;
    return flat;
}

bool lp_logs_uniform(const double *t, int64_t k, const int64_t *n, int64_t rows) {
    int64_t terms = 0;
    bool all = true;
    for (int64_t i = 0; i < rows; i++) all = all && flat(t + i * k, k, n[i]);
    if (all) return true;
    for (int64_t j = 0; j < rows * k; j++) terms += t[j] != 0;
    if (terms > LONGEST_ROW) return false;
    log_term *term = lp_memory_zeros((size_t)(2 * terms), sizeof *term);
    terms = 0;
    for (int64_t j = 0; j < rows * k; j++) {
        int64_t row = j / k;
        if (t[j] == 0) continue;
        term[terms++] = split(t[j], t[j], false);
        term[terms++] = split(t[j], (double)n[row], false);
    }
    bool zero = vanish(term, terms);
    free(term);
    return zero;
}
