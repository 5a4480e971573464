#!/bin/bash
# proofs.sh HEADER FOLDER: Gappa and Sollya prove what the scripts in FOLDER claim of the constants in
# HEADER; with a wrong coefficient, and with a claim too good, they must not.
set -euo pipefail
header=$1
folder=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for tool in gappa sollya; do
    command -v "$tool" >/dev/null || { echo "not tested: $tool is missing (./dev installs it)" && exit 0; }
done

# `#define LP_FILTER_NAME value ...` as `NAME = value;`, a language that both speak.
constants() { awk '$1 == "#define" && NF > 2 { sub(/^LP_FILTER_/, "", $2); print $2 " = " $3 ";" }' "$1"; }

# Gappa wants a definition used, or it warns: only the constants that a script names. A warning fails.
gappa_proves() { # SCRIPT HEADER
    constants "$2" | while read -r name rest; do
        ! grep -qw "$name" "$1" || echo "$name $rest"
    done | cat - "$1" >"$work/script"
    gappa "$work/script" >"$work/said" 2>&1 && [ ! -s "$work/said" ]
}
sollya_proves() { # SCRIPT HEADER
    { constants "$2" && cat "$1"; } >"$work/script"
    sollya "$work/script" >"$work/said" 2>&1 && [ "$(grep -c '^proved' "$work/said")" -eq 3 ]
}
fail() {
    echo "FAILED: $1"
    cat "$work/said"
    exit 1
}

count=0
for script in "$folder"/*.gappa; do
    gappa_proves "$script" "$header" || fail "$script"
    count=$((count + 1))
done
[ "$count" -ge 9 ] || fail "only $count scripts"
sollya_proves "$folder/minimax.sollya" "$header" || fail minimax.sollya

sed 's/\(LP_FILTER_E4 0x1.5555555\)5/\16/' "$header" >"$work/wrong.h"
! cmp -s "$header" "$work/wrong.h" || fail 'no wrong coefficient was made'
! sollya_proves "$folder/minimax.sollya" "$work/wrong.h" || fail 'a wrong coefficient was proved'
sed 's/|y -\/ Y| <= 0x1.9p-53/|y -\/ Y| <= 0x1.8p-54/' "$folder/exp_poly.gappa" >"$work/bold.gappa"
! cmp -s "$folder/exp_poly.gappa" "$work/bold.gappa" || fail 'no bold claim was made'
! gappa_proves "$work/bold.gappa" "$header" || fail 'a bold claim was proved'
echo "$count scripts of Gappa's and 3 claims of Sollya's hold"
