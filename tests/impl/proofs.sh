#!/bin/bash
# proofs.sh ROOT: Gappa proves every script of ROOT/impl/proofs of the C text that it names (c2gappa.py
# turns one into the other); of the same text with a step broken it must not.
set -euo pipefail
root=$1
tool=$(cd "$(dirname "$0")" && pwd)/c2gappa.py
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
command -v gappa >/dev/null || { echo "not tested: gappa is missing (./dev installs it)" && exit 0; }
/usr/bin/python3 -c 'import pycparser' 2>/dev/null ||
    { echo "not tested: python3-pycparser is missing (./dev installs it)" && exit 0; }

# A rewriting that is no identity is a warning to Gappa; here it is a failure.
proves() { # SCRIPT, in the folder whose impl/ it speaks of
    /usr/bin/python3 "$tool" <"$1" >"$work/script" 2>"$work/said" &&
        gappa -Edichotomy=4 -Eno-auto-dichotomy "$work/script" >"$work/said" 2>&1 && ! grep -q 'not trivially equal' "$work/said"
}
fail() {
    echo "FAILED: $1"
    grep -v 'assumed to be nonzero\|number of iterations' "$work/said" | head -20
    exit 1
}

cd "$root"
count=0
for script in impl/proofs/*.gappa; do
    proves "$script" || fail "$script"
    count=$((count + 1))
done
[ "$count" -ge 30 ] || fail "only $count scripts"

# broken FILE EXPRESSION SCRIPT: with sed's EXPRESSION applied to FILE the script must not be proved
broken() {
    rm -rf "$work/tree" && mkdir "$work/tree" && cp -r impl "$work/tree"
    sed "$2" "$1" >"$work/tree/$1"
    ! cmp -s "$1" "$work/tree/$1" || fail "nothing to break: $2"
    ! (cd "$work/tree" && proves "$3") || fail "proved of a broken $1: $2"
}
broken impl/exp_dd.h 's/half = 0\.5/half = 0.25/' impl/proofs/exp_reduced_fused.gappa
broken impl/exp_dd.h 's/q, head\.lo)/q, 0)/' impl/proofs/exp_reduced_apart.gappa
broken impl/exp_dd.h 's/b, c - hi)/b, c)/' impl/proofs/exp_reduced_fused.gappa
broken impl/exp_dd.h 's/m\.hi + low, rl/m.hi, rl/' impl/proofs/exp_reduced_apart.gappa
broken impl/log_dd.h 's/fuse, x, t\.lo, q/fuse, 0, t.lo, q/' impl/proofs/log1p_small_apart.gappa
broken impl/log_dd.h 's/fuse, x, t\.lo, q/fuse, x, 0, q/' impl/proofs/log1p_small_fused.gappa
broken impl/tables.h 's/\(LP_EXP_STEP_A 0x1.62e43\)/\1f/' impl/proofs/exp_argument_apart.gappa
broken impl/single_math.h 's/LP_EXP_P4), LP_EXP_P3)/LP_EXP_P5), LP_EXP_P3)/' impl/proofs/single_exp_fused.gappa
broken impl/single_math.h 's/LP_P(-n, LP_LN2_HI, x)/LP_P(-n, LP_LN2_HI + LP_LN2_LO, x)/' impl/proofs/single_argument_apart.gappa
broken impl/single_math.h 's/return inverse \* (2 + w)/return inverse * 2/' impl/proofs/single_log_apart.gappa
broken impl/tested.h 's/e\.lo, factor\.hi, lp/e.lo, 0, lp/' impl/proofs/soft_product_apart.gappa
broken impl/tested.h 's/p\.lo - w\.lo/p.lo/' impl/proofs/within_p.gappa
broken impl/tested.h 's/d\.lo + (p/(p/' impl/proofs/within_w.gappa
broken impl/dd.h 's/(a\.lo - q \* b\.lo)) \* inverse/a.lo) * inverse/' impl/proofs/ratio.gappa
broken impl/bce_lanes.c 's/near \* (c - d \* w)/near * c - near * d * w * 0.5/' impl/proofs/bce_slope.gappa
broken impl/bce_lanes.c 's/(size + log) + d \* log/(size + log) + d * size/' impl/proofs/bce_loss.gappa
broken impl/logistic.h 's/x, y\.lo, s\.lo/x, 0, s.lo/' impl/proofs/half_exp_fused.gappa
broken impl/logistic.h 's/-n, LP_EXP_LN2, -a/-n, LP_EXP_LN2_A, -a/' impl/proofs/half_argument_fused.gappa
broken impl/logistic.h 's/-q, b\.lo, a\.lo/-q, 0, a.lo/' impl/proofs/unit_ratio_apart.gappa
broken impl/logistic.h 's/s\.hi + s\.hi, s\.lo/s.hi, s.lo/' impl/proofs/atanh_near_apart.gappa
broken impl/logistic.h 's/v\.lo, tail, g/0, tail, g/' impl/proofs/atanh_far_fused.gappa
broken impl/focal_lanes.c 's/gamma \* (p \* l) + r/gamma * (p * r) + r/' impl/proofs/focal_slope.gappa
echo "$count scripts hold, and 22 broken texts are noticed"
