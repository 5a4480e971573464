#!/bin/bash
# Exit statuses of section 8, and one line on standard error for what is wrong.
# shellcheck source=tests/cli/check.sh
. "$(dirname "$0")/check.sh"

confident='{"op":"softmax_xent","format":"binary64","n":1,"k":2,"logits":["0x1.9p+6","0x1.9p+5"],"label":[0]}'

expect 0 --version
says out '^lossproof [0-9]'
expect 0 --help
says out certify
expect 0 certify --help
says out '--level'
expect 0 --man
says out '^\.Dd|^\.TH'

for wrong in '' nonsense 'certify' 'certify builtin:none' 'certify builtin:textbook --op nonsense' \
    'certify builtin:textbook --level nonsense' 'certify builtin:textbook --evals 0' \
    'certify builtin:textbook --cases absent.jsonl' 'certify builtin:textbook --only-cases' \
    'certify ./absent.so' 'replay' 'replay absent.jsonl' 'shrink' 'list nonsense' 'oracle extra'; do
    # shellcheck disable=SC2086 # the words of a command line
    expect 2 $wrong
    [ -s err ] || fail "'$wrong': nothing on standard error"
    [ -z "$wrong" ] || lines err 1
done

printf '%s\n' "$confident" >rows.jsonl
expect 1 certify builtin:textbook --cases rows.jsonl --only-cases --level accurate --out d1
for file in certificate.json counterexamples.jsonl junit.xml report.html; do
    [ -s "d1/$file" ] || fail "d1/$file was not written"
done
expect 2 certify builtin:textbook --cases rows.jsonl --only-cases --out d1
says err 'd1 exists'
expect 0 certify builtin:accurate --cases rows.jsonl --only-cases --level faithful --out d2

printf '%s\nnonsense\n' "$confident" >in
expect 2 oracle
lines out 2
says out '"loss":\["0x1\.d257d547e083fp-73"\]'
says out '"line":2'

# The last word says why the status is 2 although the certificate is there.
printf '%s\nnonsense\n' "$confident" >mixed.jsonl
expect 2 certify builtin:textbook --cases mixed.jsonl --only-cases --level finite --out mixed
says out 'no planted fault was tried'
tail -1 err >last
grep -q '^lossproof: mixed.jsonl: 1 line is no case, which is why the exit status is 2$' last ||
    fail 'the last word is not about the bad line'
printf '%s\n' "${confident%\}},\"params\":{\"z_loss\":\"0x1p-3\"}}" >asked.jsonl
cat rows.jsonl >>asked.jsonl
expect 2 certify builtin:naive --cases asked.jsonl --only-cases --level finite --out asked
tail -1 err >last
grep -q '1 of the given cases could not be tested on this subject' last ||
    fail 'the last word is not about the refused case'

# Nothing has a value here: status 2, and why.
printf '%s\n' "${confident/\"label\":\[0\]/\"label\":[2]}" >refused.jsonl
expect 2 certify builtin:textbook --cases refused.jsonl --only-cases --out refused
says err 'builtin:textbook: no value was judged'
printf '%s\n' "${confident%\}},\"params\":{\"z_loss\":\"0x1p-3\"}}" >asked.jsonl
expect 2 certify builtin:naive --cases asked.jsonl --only-cases --out undeclared
says out '^  not tested: parameter z_loss'

# A signal ends what has found nothing yet: a subject that does not say its first word.
for how in certify search; do
    "$command" $how "cmd:sleep 60" >out 2>err &
    sleep 0.3
    kill -TERM $!
    wait $!
    [ $? -eq 143 ] || fail "$how went on after a signal"
done

# Out of its domain a count is an argument like any other.
for bins in 0 -3 9007199254740993 9223372036854775807 -9223372036854775808; do
    printf '{"op":"ece","format":"binary64","n":1,"k":1,"p":["0x1p+0"],"label":[0],"params":{"bins":%s}}\n' "$bins" >in
    expect 0 oracle
    says out '"status":"argument"'
done
rm in

# What an operation takes, and what our own library has not.
expect 0 list ops
says out '^softmax_xent .*\[logits label; options smoothing .*\]$'
says out '^# groups: A on probabilities, B links on logits, C losses on logits$'
LOSSPROOF_LIBDIR=$PWD/absent expect 0 list ops
says out '^# builtin:accurate is not here, what it lacks is not shown: '

# Cut short before the first verdict: undecided, and what was left unseen is named.
expect 4 certify builtin:accurate --budget 0.001s --out late
says out 'the run is not complete'
says out 'no value of .* was judged \(and [0-9]+ more outputs in the report\)'
# Calls that were asked for bound the shrinking and the finder too.
expect 1 certify builtin:naive --op softmax_xent --format binary64 --evals 200 --level accurate --json --out few
python3 - out <<'END' || fail '--evals 200 made more than twice as many calls'
import json, sys
sys.exit(json.load(open(sys.argv[1]))["evaluations"] > 400)
END
expect 2 certify ./absent.so
says err '^lossproof: ./absent.so: No such file or directory$'

exit "$failed"
