#!/bin/bash
# A run that is killed leaves what it found, and --resume begins with that.
# shellcheck source=tests/cli/check.sh
. "$(dirname "$0")/check.sh"

only=(--op softmax_xent --format binary64)

"$command" certify builtin:naive "${only[@]}" --evals 100000000 --out cut >/dev/null 2>&1 &
for _ in $(seq 600); do
    [ "$(wc -l 2>/dev/null <cut/found.jsonl)" -ge 3 ] 2>/dev/null && break
    sleep 0.05
done
kill -KILL $!
wait $! 2>/dev/null
[ ! -e cut/certificate.json ] || fail 'the run was not cut off'
cp cut/found.jsonl found.jsonl || fail 'nothing was left of the run'
[ "$(uniq found.jsonl | wc -l)" -eq "$(wc -l <found.jsonl)" ] || fail 'one case, two lines'

# Every line is a case, and fails.
expect 1 certify builtin:naive --cases found.jsonl --only-cases --out again
grep -q found.jsonl err && fail 'a line is no case'

# Not overwritten by accident; taken up when asked, and away once a certificate holds it all.
expect 2 certify builtin:naive "${only[@]}" --evals 100 --out cut
says err '--resume'
cmp -s found.jsonl cut/found.jsonl || fail 'found.jsonl changed'
expect 1 certify builtin:naive "${only[@]}" --phase stored --resume --out cut
says out 'in stored'
[ -s cut/certificate.json ] && [ ! -e cut/found.jsonl ] || fail 'not ended as any run ends'

# A directory that the killed run did not come to make is no mistake.
expect 1 certify builtin:naive "${only[@]}" --evals 100 --resume --out fresh
exit "$failed"
