#!/bin/bash
# published.sh LOSSPROOF FOLDER: the published counterexamples replay; who rounds correctly passes
# every one, what people write first not. The large rows are cases that can be answered.
# shellcheck source=tests/cli/check.sh
. "$(dirname "$0")/check.sh"
folder=$2 file=$2/gpu_counterexamples.jsonl

expect 0 replay "$file" --subject "cmd:$command oracle --hello" --level correct
all=$(wc -l <"$file")
right=$(grep -c 'level: correct' out)
[ "$right" -eq "$all" ] || fail "$right of $all replayed"

grep '"format":"binary32"' "$file" >ours.jsonl
expect 0 replay ours.jsonl --subject builtin:accurate --level correct
grep -v -e softcap -e upstream -e ignore_index -e weights ours.jsonl >plain.jsonl
expect 1 replay plain.jsonl --subject builtin:naive
says out 'level: (fail|finite)'

# Each line that names a row of gpu.txt is there.
for id in $(grep -o 'ce-[0-9a-f]*' "$folder/gpu.txt" | sort -u); do
    grep -q "\"id\":\"$id" "$file" || fail "no $id"
done
for id in $(grep -o '"id":"ce-[0-9a-f]\{8\}' "$file" | cut -d'"' -f4 | sort -u); do
    grep -q "$id" "$folder/gpu.txt" || fail "gpu.txt does not speak of $id"
done

if command -v python3 >/dev/null; then
    python3 "$folder/gpu_rows.py" binary32 softcap >in
    expect 0 oracle
    lines out 10
    says out '"id":"zeros-3","loss":\["0x1.193ea8p\+0"\]'
    rm in
fi
exit "$failed"
