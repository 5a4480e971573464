#!/bin/bash
# Test vectors: valid by an independent validator, right by their own decimals and by the judge, wrong
# once an answer is off by an ulp; the same bytes again; refusals. $2: the source folder.
source=$2
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/cli/check.sh
. "$here/check.sh"
python=/usr/bin/python3 # the one that has Debian's packages
schema=$source/reports/lossproof-vectors-1.schema.json

# Every operation; with parameters, reductions and two formats.
expect 0 vectors --evals 60 --max-k 8 --out plain
lines out 32
tail -1 out >last
grep -qx plain last || fail 'the last line is not the directory'
expect 0 vectors --evals 30 --max-k 5 --param all --reduction none --reduction mean --reduction sum \
    --format binary32 --seed 18446744073709551615 --out options
expect 0 vectors --op hinge_multi --op softmax_xent --op kl_gen --rounding up --rounding zero --format bfloat16 \
    --evals 60 --max-k 8 --out directed
ls directed >names
grep -c -- '-bfloat16-\(up\|zero\)\.json$' names >count
[ "$(cat count)" -eq 6 ] || fail "$(cat count) documents, not 6"
for out in plain options directed; do
    cmp -s "$schema" "$out/lossproof-vectors-1.schema.json" || fail "$out has another schema"
done

# Alone or among others, once or again: the same bytes. Fewer are the first of more.
expect 0 vectors --op softmax_xent --evals 60 --max-k 8 --out one.json
cmp -s one.json plain/softmax_xent-binary64.json || fail 'what else was asked for shows'
cp -r plain again
expect 0 vectors --op softmax_xent --op kl_div --op hinge --evals 60 --max-k 8 --out again --force
diff -r plain again >/dev/null || fail 'the same seed, other bytes'
expect 0 vectors --op softmax_xent --evals 60 --max-k 8 --seed 2 --out -
cmp -s out one.json && fail 'another seed, the same bytes'
expect 0 vectors --op softmax_xent --evals 20 --max-k 8 --out -
[ ! -s err ] || fail "$(head -1 err)"
sed -n '/^{"id"/{s/,$//;p}' out >first
sed -n '/^{"id"/{s/,$//;p}' one.json | head -20 | cmp -s first - || fail 'fewer are not the first of more'

if $python -c 'import jsonschema' 2>/dev/null; then
    # one.json last: the one that is spoilt in every way that the schema has to notice
    $python "$here/vectors.py" check "$schema" options/*-b*.json plain/*4.json \
        directed/*-b*.json one.json >said 2>&1 || fail "$(tail -1 said)"
    cat said
    "$command" list ops | sed -n 's/ .*//;/^[a-z]/p' | sort >ops
    $python -c 'import json, sys; print(*sorted(json.load(open(sys.argv[1]))["definitions"]["op"]["enum"]), sep="\n")' \
        "$schema" | LC_ALL=C sort | diff <(LC_ALL=C sort ops) - || fail 'the schema has other operations'

    # No subject declares another rounding than to nearest: those are checked by their decimals alone.
    for document in plain/softmax_xent-binary64 plain/log_sigmoid-binary64 options/focal_softmax-binary32; do
        $python "$here/vectors.py" split "$document.json" || fail "$document"
        expect 0 judge cases.jsonl answers.jsonl --level correct --out right --force
        expect 1 judge cases.jsonl spoilt.jsonl --level correct --out wrong --force
        says out 'conforms to correct: no'
    done
else
    echo 'not tested: python3-jsonschema is missing (./dev installs it)'
fi

# Cases of one's own: numbered as they stand, by their own rounding, one document for each kind.
case_of() { printf '{"op":"softmax_xent","format":"%s","n":1,"k":2,"logits":["0x1p+%d","0x0p+0"],"label":[0]%s}\n' "$@"; }
{ case_of binary64 3 ',"id":"mine"' && case_of binary32 2 '' && case_of binary64 1 '' && case_of e4m3 1 '' &&
    case_of binary64 1 ',"rounding":"down"'; } >rows.jsonl
expect 0 vectors --cases rows.jsonl --out mine
lines out 5
ls mine >names
grep -qx 'softmax_xent-binary64-down.json' names || fail 'no document of its own rounding'
grep -c '^{"id":\(1\|3\),' mine/softmax_xent-binary64.json >count
[ "$(cat count)" -eq 2 ] || fail 'a case is not found by its place'
grep -q '"id":"mine","loss":\["0x1\.5fb2f6707713p-12"\]' mine/softmax_xent-binary64.json || fail 'an id is lost'
expect 0 vectors --cases rows.jsonl --rounding up --out mine --force
ls mine >names
grep -c -- '-up.json$' names >count
[ "$(cat count)" -eq 3 ] || fail '--rounding is not for all'

# A sum of 520 logarithms that is 0 is beyond what is recognised: left out, counted.
row() { for ((i = 0; i < 130; i++)); do printf '%s' "$1"; done | sed 's/,$//'; }
for k in 520 8; do
    printf '{"op":"kl_div","format":"binary64","n":1,"k":%d,"p":[%s],"q":[%s]}\n' $k \
        "$(row '"0x1.8p+1","0x1p+0","0x1p+0","0x1p+0",' | cut -d, -f1-$k)" \
        "$(row '"0x1p+0","0x1.8p+1","0x1.8p+1","0x1.8p+1",' | cut -d, -f1-$k)"
done >open.jsonl
expect 4 vectors --cases open.jsonl --out open.json
says out '^kl_div binary64 nearest +1 vectors, 1 undecided$'
grep -q '^"undecided": 1,$' open.json || fail 'the document does not say what is left out'
grep -q '^{"id":2,.*"loss":\["0x0p+0"\]' open.json || fail 'the vector that is settled is not there'

printf 'nonsense\n' >>rows.jsonl
expect 2 vectors --cases rows.jsonl --out bad
says err '^lossproof: rows.jsonl:6: '
lines err 1
[ -s bad/softmax_xent-binary32.json ] || fail 'one bad line, and nothing is written'

# Refusals, before anything is written.
expect 2 vectors --op softmax_xent --out plain
says err '^lossproof: plain exists; --force writes into it, --out names another$'
expect 2 vectors --op softmax_xent --out one.json
says err '^lossproof: one.json exists; --force overwrites it'
cmp -s one.json plain/softmax_xent-binary64.json || fail 'a refused run wrote'
printf '{"op":"sigmoid","format":"binary64","n":0,"k":1,"logits":[]}\n' >empty.jsonl
: >none.jsonl
for wrong in '--out two.json' '--op softmax_xent --op sigmoid --out -' 'extra' '--op nonsense' '--format e4m3' \
    '--rounding sideways' '--digits 1' '--digits 10001' '--evals 0' '--seed -1' '--param nonsense' '--op sigmoid --param gamma' \
    '--cases rows.jsonl --op sigmoid' '--cases rows.jsonl --seed 3' '--cases absent.jsonl' '--cases none.jsonl' \
    '--op sigmoid --out absent/x.json' '--op sigmoid --out absent/x' '--op sigmoid --out /dev/full' '--op sigmoid --out'; do
    # shellcheck disable=SC2086 # the words of a command line
    expect 2 vectors $wrong
    lines out 0
    lines err 1
done
expect 0 vectors --cases empty.jsonl --out -
[ ! -e lossproof-vectors ] || fail 'a refused run made its directory'

# A full disk: told, no half document, no success.
"$command" vectors --op sigmoid --evals 20 --out - >/dev/full 2>err && fail 'nothing was written, and status 0'
says err '^lossproof: standard output: '
(
    ulimit -f 4
    trap '' XFSZ
    "$command" vectors --op sigmoid --op softmax --evals 60 --out full >out 2>err
    [ $? -eq 2 ]
) || fail 'a full disk is no success'
says err 'cannot write'
find full -name '*.json*' -size -16k ! -name '*.schema.json' | grep -q . && fail 'half a document'

# The page's reader, where SciPy is.
if $python -c 'import scipy' 2>/dev/null; then
    sed -n '/^```python$/,/^```$/p' "$source/docs/vectors.md" | sed '/^```/d' >reader.py
    $python reader.py plain/*.json >said 2>err || fail "the page's reader: $(tail -1 err)"
    [ "$(cut -d' ' -f1 said | sort -u | wc -l)" -eq 4 ] || fail "the page's reader sees $(cut -d' ' -f1 said | sort -u)"
    says said '^softmax_xent +confident .* 0\.0% correct'
fi

exit "$failed"
