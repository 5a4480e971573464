#!/bin/bash
# Certificates read again: report, compare, --baseline.
# shellcheck source=tests/cli/check.sh
. "$(dirname "$0")/check.sh"

confident='{"op":"softmax_xent","format":"binary64","n":1,"k":2,"logits":["0x1.9p+6","0x1.9p+5"],"label":[0]}'
printf '%s\n' "$confident" >rows.jsonl

expect 0 certify builtin:textbook --cases rows.jsonl --only-cases --out text
expect 0 certify builtin:accurate --cases rows.jsonl --only-cases --out acc
for file in report.html junit.xml counterexamples.jsonl; do mv "text/$file" "was.$file"; done
expect 0 report text
says out '^text/report.html$'
for file in report.html junit.xml counterexamples.jsonl; do
    cmp -s "text/$file" "was.$file" || fail "report writes another $file than certify"
done
expect 0 report acc/certificate.json text

plot=()
if command -v gnuplot >/dev/null; then plot=(--svg plot.svg); fi
expect 0 compare text acc "${plot[@]}"
says out '^softmax_xent binary64 loss +stable .* ulp +(correct|faithful) 0.*ulp'
says out '^ +0 % in 1, 100 % lost +100 % in 1, 0 % lost'
says out '^compare.html$'
grep -q '<mark>100 % lost</mark>' compare.html || fail 'the page does not mark what is lost'
grep -q 'data-label="lossproof accurate' compare.html || fail 'no column for the second subject'
if [ ${#plot[@]} -gt 0 ]; then grep -q '<svg' plot.svg || fail 'no plot'; fi
expect 2 compare text acc
says err 'compare.html exists'
expect 0 compare --baseline --force text acc
expect 3 compare --baseline --force acc text
says out '^worse than the baseline: softmax_xent binary64 loss: stable, was (correct|faithful)$'

# One and the same version, or nothing.
mkdir old
sed 's/"tool": "lossproof [^"]*"/"tool": "lossproof 0.0.9"/' acc/certificate.json >old/certificate.json
expect 2 compare --force text old
says err 'not comparable.*lossproof 0\.0\.9'
expect 2 certify builtin:textbook --cases rows.jsonl --only-cases --out b0 --baseline old
says err 'not comparable'

# A level that somebody wrote in by hand.
sed 's/"level": "stable"/"level": "correct"/' text/certificate.json >old/certificate.json
expect 2 report old
says err 'old/certificate.json: .*level.*: contradicts'

expect 0 certify builtin:textbook --cases rows.jsonl --only-cases --out b1 --baseline text
expect 3 certify builtin:textbook --cases rows.jsonl --only-cases --out b2 --baseline acc/certificate.json
says out '^worse than the baseline: softmax_xent binary64 grad'
expect 1 certify builtin:textbook --cases rows.jsonl --only-cases --out b3 --baseline acc --level accurate
expect 2 certify builtin:textbook --cases rows.jsonl --only-cases --out b4 --baseline absent
says err '^lossproof: .*absent'
[ -e b4 ] && fail 'a run with a wrong baseline was made'
expect 2 certify builtin:textbook builtin:naive --out b5 --baseline acc
# Two builds of one library have one name.
cp -r text text2
expect 0 compare text text2 --force
says out 'textbook 1 #1 .*textbook 1 #2'
for wrong in report compare 'compare text' 'report absent' 'compare text absent'; do
    # shellcheck disable=SC2086
    expect 2 $wrong
    lines err 1
done

exit "$failed"
