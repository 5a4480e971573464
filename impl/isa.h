/* The files that do arithmetic on rows are compiled once per instruction set, from the same text,
 * and give the same bits (dd.h says why). target_clones cannot do it: a clone is preprocessed once,
 * so it could not choose between a fused and a split product. Their external names carry the suffix
 * LP_ISA: one binary holds all, loss.c picks. */
#ifndef LP_IMPL_ISA_H
#define LP_IMPL_ISA_H

#ifndef LP_ISA
#define LP_ISA base
#endif
#define LP_ISA_PASTE(name, isa)  name##_##isa
#define LP_ISA_EXPAND(name, isa) LP_ISA_PASTE(name, isa)
#define LP_ISA_NAME(name)        LP_ISA_EXPAND(name, LP_ISA)

#define lp_rows               LP_ISA_NAME(lp_rows)
#define lp_scan_row           LP_ISA_NAME(lp_scan_row)
#define lp_shift_set          LP_ISA_NAME(lp_shift_set)
#define lp_sum_exp            LP_ISA_NAME(lp_sum_exp)
#define lp_sum_gap            LP_ISA_NAME(lp_sum_gap)
#define lp_emit_exp           LP_ISA_NAME(lp_emit_exp)
#define lp_emit_log           LP_ISA_NAME(lp_emit_log)
#define lp_emit_difference    LP_ISA_NAME(lp_emit_difference)
#define lp_row_gap            LP_ISA_NAME(lp_row_gap)
#define lp_row_argmax         LP_ISA_NAME(lp_row_argmax)
#define lp_row_other          LP_ISA_NAME(lp_row_other)
#define lp_short_softmax_xent LP_ISA_NAME(lp_short_softmax_xent)
#define lp_lanes_bce          LP_ISA_NAME(lp_lanes_bce)
#define lp_row_split          LP_ISA_NAME(lp_row_split)
#define lp_rows_softmax_xent  LP_ISA_NAME(lp_rows_softmax_xent)
#define lp_rows_softmax       LP_ISA_NAME(lp_rows_softmax)
#define lp_rows_log_softmax   LP_ISA_NAME(lp_rows_log_softmax)
#define lp_rows_bce_logits    LP_ISA_NAME(lp_rows_bce_logits)
#define lp_rows_entropy       LP_ISA_NAME(lp_rows_entropy)
#define lp_rows_cross_entropy LP_ISA_NAME(lp_rows_cross_entropy)
#define lp_rows_kl_div        LP_ISA_NAME(lp_rows_kl_div)

#endif
