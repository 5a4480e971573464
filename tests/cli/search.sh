#!/bin/bash
# The search finds what is known to be there, repeats whatever the cores, and its store feeds the
# next one.
# shellcheck source=tests/cli/check.sh
. "$(dirname "$0")/check.sh"

hunt=(search builtin:textbook --op softmax_xent --format binary64 --evals 6000)
expect 0 "${hunt[@]}" --store worst.jsonl
says out 'loss +9\.007e\+15 ulp +got 0, '
says out 'grad .* of the bound'
cp out first
lines worst.jsonl 4

real=$command
command=taskset
expect 0 -c 0 "$real" "${hunt[@]}"
command=$real
cmp -s out first || fail 'one core found something else than two'
expect 0 "${hunt[@]}" --seed 2
cmp -s out first && fail 'another seed found the very same'

# A store that knows the answer: the result is there at once, and nothing is lost.
expect 0 search builtin:textbook --op softmax_xent --format binary64 --evals 200 --store worst.jsonl
says out 'loss +9\.007e\+15 ulp +got 0, .*known'
lines worst.jsonl 4
cp worst.jsonl kept.jsonl
expect 0 search builtin:accurate --op softmax_xent --format binary64 --evals 200 --store worst.jsonl
grep -q '"subject":"builtin:accurate"' worst.jsonl || fail 'the second subject is not in the store'
head -4 worst.jsonl | cmp -s - kept.jsonl || fail 'the first subject lost its lines'
expect 1 replay kept.jsonl --level accurate

expect 1 search builtin:naive --op softmax_xent --format binary64 --evals 2000
says out 'wrong special'
expect 1 search builtin:textbook --op softmax_xent --format binary64 --first accurate --level correct
says out 'below accurate at call [0-9]+$'
expect 0 search builtin:accurate --op softmax_xent --format binary64 --first stable --evals 1000
says out 'nothing below stable in 1000 calls'

for wrong in search 'search builtin:textbook --arm nonsense' 'search builtin:textbook --op nonsense' \
    'search builtin:none' 'search builtin:textbook --known absent.jsonl' \
    'search builtin:onednn_is_not --op softmax_xent' 'search builtin:textbook --islands 65' \
    'search builtin:textbook --store /dev/full' 'search builtin:textbook --store .' \
    'search builtin:textbook --store absent/worst.jsonl'; do
    # shellcheck disable=SC2086 # the words of a command line
    expect 2 $wrong
    lines out 0 # before anything is searched
done

# A handful of calls may be of cases without a value: said, and no success.
expect 4 search builtin:textbook --op softmax_xent --format binary64 --evals 1
says out '^softmax_xent +binary64 +no value in 1 calls$'

exit "$failed"
