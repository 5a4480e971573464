/* The exemplar into which the faults are planted, one row of each operation. Included once per
 * format with REAL, NAME, NARROW (to the next narrower format and back) and NORMAL (the least
 * normal number) defined. Without a fault it is the textbook with its options, within the a-priori
 * bound everywhere; a fault is one case at the step that it breaks. */
#include "subjects/exemplars/rows.h"

#include "subjects/exemplars/soft_rows.h"

#include "subjects/exemplars/whole_rows.h"

#include "subjects/exemplars/stacked_rows.h"

#include "subjects/exemplars/policy_rows.h"

#include "subjects/exemplars/distill_rows.h"

#include "subjects/mutants/softmax_steps.h"

#include "subjects/mutants/link_rows.h"
#include "subjects/mutants/xent_rows.h"

#include "subjects/mutants/binary_rows.h"

#include "subjects/mutants/margin_rows.h"

#include "subjects/mutants/bce_rows.h"

#include "subjects/mutants/divergence_rows.h"

#include "subjects/mutants/excess_rows.h"

#include "subjects/mutants/score_rows.h"

#include "subjects/mutants/hinge_rows.h"

#include "subjects/mutants/brier_rows.h"

#include "subjects/mutants/mse_rows.h"
