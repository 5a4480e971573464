#!/bin/bash
# binary16 and bfloat16: the reference as a subject is right, the textbook within its bound where it
# says that it computes in binary32, every planted fault is noticed.
# shellcheck source=tests/cli/check.sh
. "$(dirname "$0")/check.sh"

for format in binary16 bfloat16; do
    expect 0 certify "cmd:$command oracle --hello" --format $format --level correct --op softmax_xent --op kl_div --op distill --evals 3000 --out "$format"
    says out 'conforms to correct: yes'
    expect 0 verify "$format"
    expect 0 certify builtin:textbook --format $format --op softmax_xent --op bce_logits --op kl_logits --evals 3000 --out "t$format"
    says out 'conforms to stable: yes'
    says out 'planted faults noticed: ([0-9]+) of \1( |$)'
    expect 0 verify "t$format"
done

# A word that names no format is told, and excuses nothing.
cat >subject.py <<'END'
import json, sys
print(json.dumps({"hello": "lossproof", "abi": 1, "name": "half", "version": "1",
    "conventions": "accumulation=fp32", "entries": [
    {"op": "sigmoid", "format": "binary16", "outputs": ["value", "grad"]}]}), flush=True)
for line in sys.stdin:
    case = json.loads(line)
    print(json.dumps({"id": case.get("id"), "status": "unsupported"}), flush=True)
END
if /usr/bin/python3 -c '' 2>/dev/null; then
    expect 2 certify "cmd:/usr/bin/python3 subject.py" --evals 4 --out unknown
    grep -q "accumulation of no known format" unknown/certificate.json || fail 'accumulation=fp32 is not told'
fi
exit "$failed"
