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
[ "$count" -ge 5 ] || fail "only $count scripts"

# broken FILE EXPRESSION SCRIPT: with sed's EXPRESSION applied to FILE the script must not be proved
broken() {
    rm -rf "$work/tree" && mkdir "$work/tree" && cp -r impl "$work/tree"
    sed "$2" "$1" >"$work/tree/$1"
    ! cmp -s "$1" "$work/tree/$1" || fail "nothing to break: $2"
    ! (cd "$work/tree" && proves "$3") || fail "proved of a broken $1: $2"
}
broken impl/exp_dd.h 's/0\.5 \* r)/0.25 * r)/' impl/proofs/exp_reduced_fused.gappa
broken impl/exp_dd.h 's/s\.lo + head\.lo/s.lo/' impl/proofs/exp_reduced_apart.gappa
broken impl/log_dd.h 's/q\.lo += x \* t\.lo/q.lo += 0 * t.lo/' impl/proofs/log1p_small.gappa
broken impl/tables.h 's/\(LP_EXP_STEP_A 0x1.62e43\)/\1f/' impl/proofs/exp_argument_apart.gappa
echo "$count scripts hold, and 4 broken texts are noticed"
