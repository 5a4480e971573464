/* A row of distill, as distill.c evaluates it in double-doubles and distill_exact.c in limbs. p =
 * softmax(z), s = softmax(z/T), t = softmax(y/T), y the teacher's logits, l = mix:
 *   loss     l CE + (1 - l) T^2 X,  X = -sum t_j ln s_j  or  sum t_j ln(t_j/s_j)
 *   grad_j   l (p_j - [j = c]) + (1 - l) T (s_j - t_j) */
#ifndef LP_IMPL_DISTILL_H
#define LP_IMPL_DISTILL_H

#include "impl/far.h"
#include "impl/soft_row.h"

enum { LP_DISTILL_HARD, LP_DISTILL_STUDENT, LP_DISTILL_TEACHER, LP_DISTILL_ROWS };
typedef struct lp_distill {
    lp_soft_row apart, student, teacher; /* softmax(z) for T other than 1; s; t */
    lp_soft_row *hard;                   /* p: `apart`, or `student` for T = 1 */
    lp_view z, y;
    int64_t k, label; /* the label counts where mix is not 0 */
    double mix, temperature, z_label;
    bool kl;                       /* X is the divergence */
    bool equal;                    /* z_j - y_j is one number for all classes: s = t */
    lp_value pull, weight;         /* (1 - mix) T, (1 - mix) T^2 */
    double infinite;               /* the loss is: -inf or +inf; 0: it is a number */
    int permuted;                  /* lp_distill_twins': 1: yes, 0: no, -1: not looked yet */
    bool far_known;                /* these are: */
    lp_far below[LP_DISTILL_ROWS]; /* a row's exponentials but those of its largest, summed */
    lp_big den;                    /* what is left to divide a gradient by */
    int tilt;                      /* the sign of that less (1 - mix) T times the student's */
    lp_far lead;                   /* what the teacher's come to less the student's */
} lp_distill;

LP_INLINE bool lp_distill_absent(double z) {
    return z < -DBL_MAX;
}
/* X has a part in the loss; s - t in the gradient. */
LP_INLINE bool lp_distill_taught(const lp_distill *d) {
    return d->pull.x.m.hi != 0 && !(d->equal && d->kl);
}
LP_INLINE bool lp_distill_pulled(const lp_distill *d) {
    return d->pull.x.m.hi != 0 && !d->equal;
}

/* s_j = t_j exactly, given z_j and y_j. */
bool lp_distill_twins(lp_distill *d, double z, double y);
/* (1 - mix) T^power in n limbs */
void lp_distill_weight(lp_big *r, const lp_distill *d, int n, int power);
/* In as many limbs as r and the rows have. */
void lp_distill_exact_gradient(lp_big *r, lp_distill *d, int64_t j);
/* lp_row_eval's last way, and what is left to divide by. */
void lp_distill_exact(lp_big *r, void *row, int out, int64_t j);
void lp_distill_over(lp_big *r, void *row);

#endif
