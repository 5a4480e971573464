#!/bin/bash
# A directory of counterexamples by value: what fails is kept, tried first the next time, by whatever
# subject, and the phases of a run can be asked for one by one.
# shellcheck source=tests/cli/check.sh
. "$(dirname "$0")/check.sh"

only=(--op softmax_xent --format binary64)

# A directory that is not there is an empty one; what failed is in it, a file each, named by value.
expect 1 certify builtin:naive "${only[@]}" --evals 400 --store kept --out first
kept=$(find kept -name 'ce-*.jsonl' | wc -l)
[ "$kept" -gt 3 ] || fail "only $kept counterexamples were kept"
for file in kept/*; do
    grep -q "\"id\":\"$(basename "$file" .jsonl)\"" "$file" || fail "$file is not named by its case"
done
below=$(grep -c '"level":"fail"\|"level":"finite"' first/counterexamples.jsonl)
[ "$kept" -le "$below" ] || fail "$kept kept of $below below stable"

# The same fault is found again by what is stored alone, in a few dozen calls; nothing is added twice.
expect 1 certify builtin:naive "${only[@]}" --phase stored --store kept --out again
says out 'in stored'
python3 - again/certificate.json <<'END' || fail 'what is stored is not all that was tried'
import json, sys
certificate = json.load(open(sys.argv[1]))
regimes = {r for row in certificate["outputs"] for r in row["regimes"]}
sys.exit(regimes != {"stored"})
END
expect 0 certify builtin:accurate "${only[@]}" --phase stored --store kept --level faithful --out good
expect 1 replay "$(find kept -name 'ce-*' | sort | head -1)"

# Stored cases of other operations are passed over, and said to be; alone they are nothing to test.
expect 0 certify builtin:accurate --op sigmoid --evals 60 --level faithful --store kept --out other
grep -q 'stored cases: of operations or options that this run does not have' other/certificate.json ||
    fail 'stored cases were passed over in silence'
expect 2 certify builtin:accurate --op sigmoid --phase stored --store kept --out none
says err 'nothing was tested'

# Without the last phase a case stays as it was found.
expect 1 certify builtin:naive "${only[@]}" --evals 200 --phase generate --out whole
grep -q '"shrinks":[1-9]' whole/counterexamples.jsonl && fail 'a case was shrunk all the same'
grep -q '"shrinks":[1-9]' first/counterexamples.jsonl || fail 'no case was shrunk'
expect 2 certify builtin:naive --phase nonsense
says err '^lossproof: --phase nonsense: explicit, stored'
expect 2 certify builtin:naive --phase stored --only-cases --cases kept

# A line that is no case is told, and the status says so.
echo nonsense >kept/a.jsonl
expect 2 certify builtin:accurate "${only[@]}" --phase stored --store kept --out bad
says err '^lossproof: kept/a.jsonl:1: '
[ -s bad/certificate.json ] || fail 'the other cases were not tried'

# A pipe in the store is nothing to wait for.
mkdir -p odd && mkfifo odd/a.jsonl
expect 2 certify builtin:textbook --evals 50 --store odd --out odd_out
says err '^lossproof: odd/a.jsonl: no regular file$'

exit "$failed"
