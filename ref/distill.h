/* Shared by the value and the bound of distill. */
#ifndef LP_REF_DISTILL_H
#define LP_REF_DISTILL_H

#include "ref/family.h"
#include "ref/orders.h"

/* Parts: p at T = 1, the student and the teacher at T; views and scopes in the same order. */
enum { LP_DISTILL_P, LP_DISTILL_S, LP_DISTILL_T, LP_DISTILL_PARTS };
/* scope->con: mix, (1 - mix) T^2, (1 - mix) T. */
enum { LP_DISTILL_MIX, LP_DISTILL_Q, LP_DISTILL_G };

/* row->x: E, and d_c. row->equal: s = t. */
enum { LP_DISTILL_X_E, LP_DISTILL_X_GAP };
/* row->iv: m W = sum t_k (m d_k - E); sum t_k y_k. */
enum { LP_DISTILL_IV_W, LP_DISTILL_IV_DEPTH };

bool lp_distill_kl(const lp_case *c);
/* The number of the case is not 0. */
bool lp_distill_has(const lp_scope *s, int con);
/* Logits of a part. */
const double *lp_distill_logits(const lp_scope *s, const lp_row *row, int part);
/* How far class j of a part lies below its largest; it is one of these. */
void lp_distill_depth(mpfr_t d, const lp_scope *s, const lp_row *row, int part, int64_t j);
bool lp_distill_in_top(const lp_scope *s, const lp_row *row, int part, int64_t j);
/* work[0] = m d_k - E. */
void lp_distill_lag(lp_scope *s, const lp_row *row, int64_t k);
/* r += factor * v; by s->iv[1]. */
void lp_distill_add(lp_iv *r, lp_scope *s, const lp_iv *v, const mpfr_t factor);
/* What a part adds to a component of the gradient, times the whole's b. */
typedef struct lp_distill_share {
    bool used, top;
    mpfr_t factor; /* l, g or -g, times b; on top over n too */
} lp_distill_share;
/* distill_whole.c: r of the shares' sum, or x whole; false: more terms than there is room for. */
bool lp_distill_enclose_whole(lp_enclosure *x, lp_scope *s, const lp_row *row, int64_t j,
                              const lp_distill_share *share);
/* distill_loss.c, distill_grad.c */
void lp_distill_enclose_loss(lp_enclosure *x, lp_scope *s, lp_row *row);
void lp_distill_enclose_grad(lp_enclosure *x, lp_scope *s, lp_row *row, int64_t j);
/* distill_order.c: what is left of the loss. */
bool lp_distill_expand(lp_orders *o, lp_scope *s, const lp_row *row);
/* Class j of a part is absent. */
bool lp_distill_absent(const lp_scope *s, const lp_row *row, int part, int64_t j);
bool lp_bound_distill(mpfr_t err, lp_scope *s, lp_row *row, lp_out out, int64_t j,
                      const lp_enclosure *x);

extern const lp_family lp_family_distill;

#endif
