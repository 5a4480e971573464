#!/bin/bash
# The script of docs/in-ci.md as it stands there: no baseline, one kept, something worse, no run at
# all. $2: the page.
page=$2
# shellcheck source=tests/cli/check.sh
. "$(dirname "$0")/check.sh"

mkdir -p lossproof/baseline
sed -n '/^```bash$/,/^```$/p' "$page" | sed '/^```/d' >lossproof/check.sh
[ -s lossproof/check.sh ] || fail "no script in $page"
export LOSSPROOF=$command
command=bash
few=(--op softmax_xent --format binary64 --evals 300)

expect 0 lossproof/check.sh builtin:textbook "${few[@]}"
says out 'no baseline'
[ -s lossproof-out/report.html ] || fail 'no report'
cp lossproof-out/certificate.json lossproof/baseline/
expect 0 lossproof/check.sh builtin:textbook "${few[@]}"
says out 'textbook'
# A subject that does not conform is no failure where it never did.
expect 3 lossproof/check.sh builtin:naive "${few[@]}"
says out 'worse than the baseline: softmax_xent binary64 (loss|grad)'
ls lossproof/found/ce-*.jsonl >/dev/null 2>&1 || fail 'nothing kept of what failed'
cp lossproof-out/certificate.json lossproof/baseline/
expect 0 lossproof/check.sh builtin:naive "${few[@]}"
# What is not tested any more is worse; what cannot be run is neither.
expect 3 lossproof/check.sh builtin:naive --op softmax --format binary64 --evals 300
says out 'worse.*not tested'
expect 2 lossproof/check.sh ./missing.so "${few[@]}"
cp lossproof/check.sh weaker.sh
sed -i 's/--baseline lossproof/lossproof/' weaker.sh
expect 0 weaker.sh builtin:naive --op softmax --format binary64 --evals 300 # the check can fail

exit "$failed"
