# One set of flags for everything. -ffp-contract=off and no fast-math are part of the arithmetic: the
# kernels' proofs and the judge's comparisons hold for IEEE operations as written.
add_library(lp_flags INTERFACE)
target_compile_options(lp_flags INTERFACE -ffp-contract=off -fno-fast-math -Wall -Wextra -Wconversion
  -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wno-unknown-warning-option)
if(LP_WERROR)
  target_compile_options(lp_flags INTERFACE -Werror)
endif()
if(LP_SANITIZE)
  # float-divide-by-zero is not undefined here (IEC 60559), so it is left out.
  target_compile_options(lp_flags INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all
    -fno-omit-frame-pointer)
  target_link_options(lp_flags INTERFACE -fsanitize=address,undefined)
endif()
