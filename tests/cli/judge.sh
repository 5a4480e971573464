#!/bin/bash
# Answers given elsewhere are judged as a subject's are: right ones, a wrong one, a missing one, a
# line that is none.
# shellcheck source=tests/cli/check.sh
. "$(dirname "$0")/check.sh"

expect 0 cases --op softmax_xent --format binary32 --evals 200 --max-k 20 --seed 7
lines out 200
mv out cases.jsonl
expect 0 cases --op softmax_xent --format binary32 --evals 200 --max-k 20 --seed 7
cmp -s out cases.jsonl || fail 'the same seed gave other cases'

cp cases.jsonl in
expect 0 oracle
mv out answers.jsonl
rm in
expect 0 judge cases.jsonl answers.jsonl --level correct --out right
says out 'conforms to correct: yes'

# Without ids the order counts.
sed 's/"id":"[0-9]*",//' answers.jsonl >plain.jsonl
sed 's/"id":"[0-9]*",//' cases.jsonl >unnamed.jsonl
expect 0 judge unnamed.jsonl plain.jsonl --level correct --out plain

# Reversed, ids count.
tac answers.jsonl >reversed.jsonl
expect 0 judge cases.jsonl reversed.jsonl --level correct --out reversed

# A hello line before them says who answered, and is no answer.
printf '%s\n' '{"hello":"lossproof","abi":1,"name":"else\"where","version":"7","conventions":"accumulation=binary64","entries":[]}' |
    cat - plain.jsonl >told.jsonl
expect 0 judge unnamed.jsonl told.jsonl --level correct --out told
says out 'else"where 7'
grep -q '"conventions": *"accumulation=binary64"' told/certificate.json || fail 'conventions are lost'

# One loss that is not zero becomes zero.
grep -n '"loss":\["0x1[^"]*"\],' answers.jsonl | head -1 >hit
line=$(cut -d: -f1 hit)
[ -n "$line" ] || fail 'no answer to spoil'
sed "${line}s/\"loss\":\[\"[^\"]*\"\]/\"loss\":[\"0x0p+0\"]/" answers.jsonl >wrong.jsonl
expect 1 judge cases.jsonl wrong.jsonl --level accurate --out wrong
grep -q '"lost:loss"' wrong/counterexamples.jsonl || fail 'the lost loss is no counterexample'

head -150 answers.jsonl >short.jsonl
expect 4 judge cases.jsonl short.jsonl --out short
says err '50 of 200 cases have no answer'
says out 'calls of what is declared were left unanswered'

sed '3s/.*/nonsense/' answers.jsonl >noise.jsonl
expect 2 judge cases.jsonl noise.jsonl --out noise
says err '^lossproof: noise\.jsonl:3: '
expect 2 judge cases.jsonl absent.jsonl
expect 2 judge cases.jsonl
: >empty.jsonl
expect 2 judge cases.jsonl empty.jsonl
expect 2 cases --op nonsense
expect 2 cases --param nonsense

# Both files are read twice: what a pipe holds would be gone, and nobody is to be accused of that.
for given in '- answers.jsonl' 'cases.jsonl -' 'cases.jsonl /dev/zero' '/dev/zero answers.jsonl'; do
    # shellcheck disable=SC2086 # two words
    expect 2 judge $given --out piped
    lines err 1
    says err '^lossproof: (-|/dev/zero): no regular file'
done
expect 2 judge cases.jsonl <(cat answers.jsonl) --out piped
says err '^lossproof: /dev/fd/[0-9]+: no regular file'

# An option that the named operation has not is refused, not left out.
expect 2 cases --op softmax_xent --param gamma
says err '^lossproof: --param gamma: not of softmax_xent'
expect 2 cases --op softmax_xent --op ece --reduction mean
says err '^lossproof: --reduction mean: not of ece'
expect 2 cases --param symmetric --op focal_softmax
expect 0 cases --param gamma --evals 40
says out '"gamma"'
expect 2 cases --format e4m3

exit "$failed"
