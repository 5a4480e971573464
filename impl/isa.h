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

#define lp_rows                  LP_ISA_NAME(lp_rows)
#define lp_scan_row              LP_ISA_NAME(lp_scan_row)
#define lp_shift_set             LP_ISA_NAME(lp_shift_set)
#define lp_sum_exp               LP_ISA_NAME(lp_sum_exp)
#define lp_sum_gap               LP_ISA_NAME(lp_sum_gap)
#define lp_emit_exp              LP_ISA_NAME(lp_emit_exp)
#define lp_emit_log              LP_ISA_NAME(lp_emit_log)
#define lp_emit_difference       LP_ISA_NAME(lp_emit_difference)
#define lp_row_gap               LP_ISA_NAME(lp_row_gap)
#define lp_row_argmax            LP_ISA_NAME(lp_row_argmax)
#define lp_row_other             LP_ISA_NAME(lp_row_other)
#define lp_row_split             LP_ISA_NAME(lp_row_split)
#define lp_row_scan              LP_ISA_NAME(lp_row_scan)
#define lp_row_gaps              LP_ISA_NAME(lp_row_gaps)
#define lp_row_emit              LP_ISA_NAME(lp_row_emit)
#define lp_sink_scale            LP_ISA_NAME(lp_sink_scale)
#define lp_short_softmax_xent    LP_ISA_NAME(lp_short_softmax_xent)
#define lp_lanes_bce             LP_ISA_NAME(lp_lanes_bce)
#define lp_targets_set           LP_ISA_NAME(lp_targets_set)
#define lp_targets_weigh         LP_ISA_NAME(lp_targets_weigh)
#define lp_spread_row            LP_ISA_NAME(lp_spread_row)
#define lp_batch_open            LP_ISA_NAME(lp_batch_open)
#define lp_batch_skips           LP_ISA_NAME(lp_batch_skips)
#define lp_batch_sink            LP_ISA_NAME(lp_batch_sink)
#define lp_batch_add             LP_ISA_NAME(lp_batch_add)
#define lp_batch_close           LP_ISA_NAME(lp_batch_close)
#define lp_batch_run             LP_ISA_NAME(lp_batch_run)
#define lp_run_entropy           LP_ISA_NAME(lp_run_entropy)
#define lp_run_cross_entropy     LP_ISA_NAME(lp_run_cross_entropy)
#define lp_run_kl_div            LP_ISA_NAME(lp_run_kl_div)
#define lp_run_logsumexp         LP_ISA_NAME(lp_run_logsumexp)
#define lp_run_softmax           LP_ISA_NAME(lp_run_softmax)
#define lp_run_log_softmax       LP_ISA_NAME(lp_run_log_softmax)
#define lp_run_sigmoid           LP_ISA_NAME(lp_run_sigmoid)
#define lp_run_log_sigmoid       LP_ISA_NAME(lp_run_log_sigmoid)
#define lp_run_softplus          LP_ISA_NAME(lp_run_softplus)
#define lp_run_softmax_xent      LP_ISA_NAME(lp_run_softmax_xent)
#define lp_run_softmax_xent_soft LP_ISA_NAME(lp_run_softmax_xent_soft)
#define lp_run_kl_logits         LP_ISA_NAME(lp_run_kl_logits)
#define lp_run_bce_logits        LP_ISA_NAME(lp_run_bce_logits)
#define lp_run_multilabel_bce    LP_ISA_NAME(lp_run_multilabel_bce)
#define lp_run_focal_softmax     LP_ISA_NAME(lp_run_focal_softmax)
#define lp_run_focal_sigmoid     LP_ISA_NAME(lp_run_focal_sigmoid)
#define lp_run_nll               LP_ISA_NAME(lp_run_nll)
#define lp_run_bce_prob          LP_ISA_NAME(lp_run_bce_prob)
#define lp_run_kl_gen            LP_ISA_NAME(lp_run_kl_gen)
#define lp_run_brier             LP_ISA_NAME(lp_run_brier)
#define lp_run_logistic_margin   LP_ISA_NAME(lp_run_logistic_margin)
#define lp_run_hinge             LP_ISA_NAME(lp_run_hinge)
#define lp_run_hinge_multi       LP_ISA_NAME(lp_run_hinge_multi)
#define lp_run_mse_sigmoid       LP_ISA_NAME(lp_run_mse_sigmoid)
#define lp_run_mse_softmax       LP_ISA_NAME(lp_run_mse_softmax)

#endif
