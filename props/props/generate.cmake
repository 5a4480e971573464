set(LP_GENERATE_SOURCES generate.c generate_value.c generate_draw.c generate_regime.c
  generate_special.c generate_special_binary.c generate_special_rows.c generate_special_score.c generate_special_policy.c
  generate_special_hinge.c generate_special_mse.c generate_special_stacked.c generate_stacked.c generate_score.c generate_hinge.c generate_targets.c
  generate_logits.c generate_option.c generate_softmax.c generate_binary.c generate_prob.c generate_batch.c)
