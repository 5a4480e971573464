#!/bin/bash
# A stream of answers: the same bytes from one process and from four, refusals where they belong, and
# the modes and digits that were asked for.
# shellcheck source=tests/cli/check.sh
. "$(dirname "$0")/check.sh"

for ((i = 0; i < 1500; i++)); do
    printf '{"id":"%d","op":"softmax_xent","format":"binary64","n":1,"k":2,"logits":["0x1p+%d","0x%dp-2"],"label":[%d]}\n' \
        $i $((i % 9)) $((i % 7 + 1)) $((i % 2))
    [ $((i % 400)) -ne 399 ] || printf '{"op":"nonsense"}\n'
done | sed 's/0x2p-2/0x1p-1/; s/0x3p-2/0x1.8p-1/; s/0x4p-2/0x1p+0/; s/0x5p-2/0x1.4p+0/; s/0x6p-2/0x1.8p+0/; s/0x7p-2/0x1.cp+0/' >in
for jobs in 1 4; do
    expect 2 oracle --jobs $jobs
    mv out out.$jobs
done
cmp -s out.1 out.4 || fail 'the number of processes shows in the answers'
[ "$(grep -c '"status":"ok"' out.1)" -eq 1500 ] || fail 'a case was not answered'
[ "$(grep -c '"line":401,' out.4)" -eq 1 ] || fail 'a refused line is told by another number'
[ "$(sed -n '1203p' out.4 | grep -c '"line":1203')" -eq 1 ] || fail 'answers are out of order'

sed -n '1,400p' in >some && mv some in
expect 0 oracle --jobs 2 --rounding up --digits 40
says out '"exact":\{"loss":\["[0-9.e-]{40,}"'
mv out up
expect 0 oracle --jobs 2 --rounding down
! cmp -s out up || fail 'the rounding mode makes no difference'
: >in
expect 0 oracle --jobs 3
lines out 0
expect 2 oracle --jobs 0

# A partner that asks again gets the same line again, and each refusal the number of its own line.
case_of() { printf '{"id":"a","op":"softmax_xent","format":"binary64","n":1,"k":2,"logits":["0x1p+%d","0x1p-2"],"label":[0]}\n' "$1"; }
{ case_of 1; case_of 1; case_of 2; case_of 1; printf '{"op":"nonsense"}\n{"op":"nonsense"}\n'; case_of 1; } >in
expect 2 oracle --hello
lines out 8
[ "$(sed -n '2,3p;5p;8p' out | sort -u | wc -l)" -eq 1 ] || fail 'asked again, another answer'
[ "$(sed -n '4p' out)" != "$(sed -n '3p' out)" ] || fail 'another case, the same answer'
[ "$(sed -n '6p' out | grep -c '"line":5')$(sed -n '7p' out | grep -c '"line":6')" = 11 ] || fail 'a refusal is copied'

exit "$failed"
