#!/bin/bash
# A sweep counts every value of its blocks, notices a wrong subject, goes on where a kill left it,
# merges into the same sums and refuses what is not a part of it.
# shellcheck source=tests/cli/check.sh
. "$(dirname "$0")/check.sh"

expect 0 sweep builtin:accurate --op sigmoid --first 16256 --blocks 3 --out whole.jsonl --level correct
says out '^value: correct; 196608 numbers: 196608 correct, 0 faithful, 0 accurate, 0 stable, 0 finite, 0 fail;'
says out '^grad: correct; 196608 numbers'
says out '^3 of 65536 blocks: searched'
expect 1 sweep builtin:naive --op softplus --first 17074 --blocks 1 --level stable
says out '^value: (fail|finite);'
expect 0 sweep builtin:textbook --op sigmoid --first 48990 --blocks 1
says out 'at most [0-9.]+ ulp, at -0x1'

# Infinities and NaN, both signs, and zero.
expect 0 sweep builtin:accurate --op log_sigmoid --first 32640 --blocks 1 --level correct
says out '^value: correct; 1 numbers: .* 0 wrong specials' # -log sigma(inf) is 0
expect 0 sweep builtin:accurate --op bce_logits --target 1 --first 65408 --blocks 1 --level correct
expect 0 sweep builtin:accurate --op softplus --first 0 --blocks 1 --level correct

# All pairs of bfloat16 logits: finite ones, equal ones, masked and infinite ones.
expect 0 sweep builtin:accurate --op softmax_xent --first 16256 --blocks 1 --level correct
says out '^loss: correct; 65281 numbers: 65281 correct'
says out '^grad: correct; 130562 numbers: 130562 correct'
expect 0 sweep builtin:accurate --op softmax_xent --first 65408 --blocks 1 --level correct
expect 1 sweep builtin:naive --op softmax_xent --first 17074 --blocks 1 --level stable

# The classes by near values are the ruler's, whatever the subject: all but the largest error's place.
same_classes() { # SUBJECT ARGUMENTS
    rm -f near.jsonl ruler.jsonl
    expect "$1" sweep "${@:2}" --blocks 1 --out near.jsonl
    expect "$1" sweep "${@:2}" --blocks 1 --out ruler.jsonl --ruler
    sed -i 's/"ulp":.*//' near.jsonl ruler.jsonl
    cmp -s near.jsonl ruler.jsonl || fail "another class by the ruler: ${*:2}"
}
same_classes 1 builtin:naive --op softplus --first 49840
same_classes 0 builtin:textbook --op softmax_xent --first 16656

# A kill in the middle of a line: what is whole stays, the rest is done again, the bytes are the same.
head -c "$(($(stat -c %s whole.jsonl) - 150))" whole.jsonl >torn.jsonl
expect 0 sweep builtin:accurate --op sigmoid --first 16256 --blocks 3 --out torn.jsonl
cmp -s whole.jsonl torn.jsonl || fail 'a sweep that went on differs from one that ran through'
expect 0 sweep builtin:accurate --op sigmoid --first 16256 --blocks 3 --out torn.jsonl
cmp -s whole.jsonl torn.jsonl || fail 'a finished sweep was not left alone'

# Killed for good half way, whatever its processes are at: started again it ends with the same bytes.
expect 0 sweep builtin:textbook --op log_sigmoid --first 16300 --blocks 48 --out through.jsonl
"$command" sweep builtin:textbook --op log_sigmoid --first 16300 --blocks 48 --out killed.jsonl >/dev/null 2>&1 &
killed=$!
for ((i = 0; i < 400; i++)); do
    [ "$(grep -c done killed.jsonl 2>/dev/null)" -lt 10 ] || break
    sleep 0.01
done
kill -9 "$killed"
wait "$killed" 2>/dev/null
before=$(grep -c done killed.jsonl)
[ "$before" -ge 10 ] && [ "$before" -lt 48 ] || echo "note: $before of 48 blocks were there when it was killed"
expect 0 sweep builtin:textbook --op log_sigmoid --first 16300 --blocks 48 --out killed.jsonl
cmp -s through.jsonl killed.jsonl || fail 'a sweep that was killed ends with other bytes'
# Two at a time on one file are refused.
flock killed.jsonl sleep 5 &
sleep 0.2
expect 2 sweep builtin:textbook --op log_sigmoid --first 16300 --blocks 48 --out killed.jsonl
says err 'another sweep is writing it'
wait
# One process or three: the same bytes.
expect 0 sweep builtin:textbook --op log_sigmoid --first 16300 --blocks 48 --jobs 1 --out one.jsonl
expect 0 sweep builtin:textbook --op log_sigmoid --first 16300 --blocks 48 --jobs 3 --out three.jsonl
cmp -s through.jsonl one.jsonl && cmp -s one.jsonl three.jsonl || fail 'the number of processes shows'

# The reference alone, without a subject.
expect 0 sweep --reference --op bce_logits --target 1 --first 16300 --blocks 2 --jobs 2
says out '^reference: 131072 rows, 0 undecided'
expect 2 sweep builtin:accurate --reference --op sigmoid --first 16300 --blocks 1

# Shards: the same sums in any order; nothing is claimed for blocks that nobody ran.
for b in 0 1 2; do
    expect 0 sweep builtin:accurate --op sigmoid --first $((16256 + b)) --blocks 1 --out part$b.jsonl
done
expect 4 sweep --merge part2.jsonl part0.jsonl part1.jsonl
says err '65533 blocks are missing, the first is 0'
mv out merged
expect 4 sweep --merge whole.jsonl
cmp -s out merged || fail 'shards do not add up to the whole'
expect 2 sweep --merge part0.jsonl part1.jsonl part0.jsonl
says err 'part0.jsonl:.*there already'
sed '1s/lossproof 0/lossproof 9/' part1.jsonl >other.jsonl
expect 2 sweep --merge part0.jsonl other.jsonl
says err 'other.jsonl:1: another sweep'
expect 2 sweep builtin:accurate --op sigmoid --first 16256 --blocks 1 --out other.jsonl
expect 2 sweep builtin:accurate --op softplus --first 16256 --blocks 1 --out part0.jsonl
sed '2s/65536/65535/' part1.jsonl >broken.jsonl
expect 2 sweep --merge broken.jsonl
says err 'broken.jsonl:2: no line of a sweep'

# The whole domain at once, made of one block's line.
{
    head -1 part0.jsonl
    for ((b = 0; b < 65536; b++)); do
        printf '{"block":%d,"output":"value","numbers":1,"correct":1,"faithful":0,"accurate":0,"stable":0,"finite":0,"fail":0,"within1":1,"special":0,"undecided":0,"least":"correct","ulp":"0x0p+0","at":"0x00000000"}\n{"done":%d}\n' $b $b
    done
} >all.jsonl
expect 0 sweep --merge all.jsonl
says out '^65536 of 65536 blocks: exhausted'

expect 2 sweep builtin:accurate --op softmax --blocks 1
expect 2 sweep builtin:accurate --op sigmoid --jobs 0
expect 2 sweep builtin:accurate --op sigmoid --shard 3/2
expect 2 sweep builtin:accurate --op sigmoid --first 65530 --blocks 7
expect 2 sweep
# A device has no end.
expect 2 sweep --merge /dev/zero
says err '^lossproof: /dev/zero: no regular file$'
# A hole of a terabyte has one, and no line of a sweep before it.
truncate -s 1T hole.jsonl
head -1 part0.jsonl >begun.jsonl
truncate -s 1T begun.jsonl
for line in 1 2; do
    [ $line -eq 1 ] || mv begun.jsonl hole.jsonl
    expect 2 sweep --merge part0.jsonl hole.jsonl
    says err "^lossproof: hole.jsonl:$line: a line longer than any of a sweep$"
    expect 2 sweep builtin:accurate --op sigmoid --first 16256 --blocks 1 --out hole.jsonl
    lines err 1
done

exit "$failed"
