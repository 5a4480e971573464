#!/bin/bash
# selftest: a killed mutant, a survivor, a table, a name that is none; the same in one process.
# shellcheck source=tests/cli/check.sh
. "$(dirname "$0")/check.sh"

expect 0 selftest --mutant onehot_gradient --mutant label_wraps --table table.tsv --evals 400
says out '^selftest: 4 of 4 killed .* 2 by the hand-made special list alone'
says out '^by class: H 2/2, L 2/2$'
[ "$(wc -l <table.tsv)" -eq 5 ] || fail 'not one row for each mutant and format'
grep -Pq '^1\tonehot_gradient\tL\t131\tsoftmax_xent\tbinary32\taccuracy:grad\t' table.tsv ||
    fail 'the table does not say who killed onehot_gradient'
grep -Pq '^1\tlabel_wraps\t.*\tspecial list\t' table.tsv ||
    fail 'the table does not say that only the special list killed label_wraps'
mv table.tsv two.tsv
expect 0 selftest --mutant onehot_gradient --mutant label_wraps --table table.tsv --evals 400 --jobs 1
cmp table.tsv two.tsv || fail 'another number of processes, another table'

# Offsets that overflow need a batch that the first case is not.
expect 1 selftest --mutant offset_overflows --evals 1 --seeds 2
says out '^SURVIVED offset_overflows .*binary32'
says out '^seed 2$'
says out '^selftest: 0 of 2 killed'

# The search finds a window of exp that no random draw meets, a tail that needs nine classes.
expect 0 selftest --mutant exp_window --mutant sum_misses_tail --mutant label_wraps --seeds 2 \
    --first-hit hits.tsv --other-evals 200 --other-seeds 1
[ "$(grep -vc '^#' hits.tsv)" -eq 5 ] || fail 'not one row for each numeric fault and format'
grep -Pq '^exp_window\tC\tsoftmax_xent\tbinary64\t2\t\d+\t\d+\t0\tbeyond' hits.tsv ||
    fail 'exp_window is not found by the search alone'
grep -q label_wraps hits.tsv && fail 'an unchecked label is no matter of numbers'
expect 1 selftest --mutant exp_window --first-hit hits.tsv --search-evals 10 --other-evals 10
says out '^MISSED   exp_window .*found from 0 of 1 seeds'

# What cannot be written is told before anything is run; a full disk ends the search.
expect 2 selftest --mutant exp_window --first-hit nowhere/hits.tsv
says err 'nowhere/hits.tsv: No such file'
[ ! -s out ] || fail 'something was run for a file that cannot be'
expect 2 selftest --mutant exp_window --table nowhere/table.tsv
[ ! -s out ] || fail 'something was run for a table that cannot be'
expect 2 selftest --mutant exp_window --first-hit hits.tsv --seeds 17
[ ! -s out ] || fail 'something was run for more seeds than there is room for'
if [ -w /dev/full ]; then
    expect 2 selftest --mutant exp_window --first-hit /dev/full
    says err '^lossproof: /dev/full: No space left'
    lines err 1
    expect 2 selftest --mutant exp_window --table /dev/full --seeds 3 --evals 400
    grep -c '^seed ' out | grep -qx 1 || fail 'went on without a table'
fi

# Only those who must pass, the reference itself among them; too few calls settle nothing.
expect 4 selftest --only-good --good-evals 300
says out '^unsettled cmd:/proc/self/exe oracle --hello correct over'
says out '^unsettled cmd:/proc/self/exe oracle --hello --rounding down faithful over'

# A signal to the command alone, not to its processes, ends them too: a search likewise.
for long in 'selftest --only-good --good-evals 100000000' 'search builtin:naive --evals 100000000'; do
    # shellcheck disable=SC2086 # the words of a command line
    "$command" $long >out 2>err &
    sleep 0.5
    kill -TERM $!
    for ((i = 0; i < 40; i++)); do kill -0 $! 2>/dev/null && sleep 0.25; done
    kill -KILL $! 2>/dev/null && fail "$long went on for 10 s after a signal"
    wait $!
done 2>/dev/null

expect 2 selftest --mutant nonesuch
says err 'no such mutant'
expect 2 selftest onehot_gradient
says err 'takes no argument'

expect 0 list mutants
says out '^onehot_gradient +L 131 +softmax_xent +the gradient lacks its softmax term'
says out '^shift_by_least +C   0 '
exit "$failed"
