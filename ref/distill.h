/* Shared by the value and the bound of distill. */
#ifndef LP_REF_DISTILL_H
#define LP_REF_DISTILL_H

#include "ref/family.h"

/* Parts: p at T = 1, the student and the teacher at T; views and scopes in the same order. */
enum { LP_DISTILL_P, LP_DISTILL_S, LP_DISTILL_T, LP_DISTILL_PARTS };
/* scope->con: mix, (1 - mix) T^2, (1 - mix) T. */
enum { LP_DISTILL_MIX, LP_DISTILL_Q, LP_DISTILL_G };

bool lp_distill_kl(const lp_case *c);
/* Class j of a part is absent. */
bool lp_distill_absent(const lp_scope *s, const lp_row *row, int part, int64_t j);
bool lp_bound_distill(mpfr_t err, lp_scope *s, lp_row *row, lp_out out, int64_t j,
                      const lp_enclosure *x);

extern const lp_family lp_family_distill;

#endif
