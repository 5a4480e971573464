#!/bin/bash
# A wide failing case becomes two classes by value, what does not fail is left alone, and the result
# replays by itself.
# shellcheck source=tests/cli/check.sh
. "$(dirname "$0")/check.sh"

wide='{"op":"softmax_xent","format":"binary64","n":2,"k":4,"logits":["0x1.091p+6","-0x1.8p+3","0x1.9p+0","0x0p+0","0x1p+1","0x1p+0","0x0p+0","-0x1p+3"],"label":[0,1]}'
fine='{"op":"softmax_xent","format":"binary64","n":1,"k":2,"logits":["0x1p+0","0x0p+0"],"label":[0]}'

printf '%s\n' "$wide" >in
expect 1 shrink - --subject builtin:textbook --level accurate
says out '"origin":"lost:loss"'
says err 'lost:loss: .*after [1-9]'
grep -q '"case":{[^}]*"k":[3-9]' out && fail 'a case kept more than two classes'
grep '"origin":"lost:loss"' out | grep -q '"k":2,"label":\[[01]\],"logits":\["[^"]*","[^"]*"\],"n":1' ||
    fail 'the lost loss did not become one row of two classes'
mv out small.jsonl
rm in

expect 1 replay small.jsonl --level accurate
says out 'exact'

printf '%s\n' "$fine" >in
expect 0 shrink - --subject builtin:textbook
lines out 0
says err 'nothing fails'

printf '%s\n' "$wide" >in
expect 2 shrink -
says err 'names no subject'
# A full disk is called by its name, however long ago it was met.
if [ -w /dev/full ]; then
    "$command" shrink - --subject builtin:textbook --level accurate <small.jsonl >/dev/full 2>err
    says err '^lossproof: standard output: No space left on device$'
    "$command" list ops >/dev/full 2>err
    says err '^lossproof: standard output: No space left on device$'
fi

printf 'nonsense\n' >in
expect 2 shrink - --subject builtin:textbook
says err '^lossproof: -:1: '

exit "$failed"
