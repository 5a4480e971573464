#!/bin/bash
# A run that cannot mean what it seems to mean says so and is no success.
# shellcheck source=tests/cli/check.sh
. "$(dirname "$0")/check.sh"

cat >subject.py <<'END'
import json, sys, time
print(json.dumps({"hello": "lossproof", "abi": 1, "name": "slow", "version": "1", "entries": [
    {"op": "sigmoid", "format": "binary64", "outputs": ["value", "grad"]}]}), flush=True)
for line in sys.stdin:
    time.sleep(0.1)
    case = json.loads(line)
    zeros = ["0x0p+0"] * case["n"]
    print(json.dumps({"id": case.get("id"), "status": "ok", "value": zeros, "grad": zeros}), flush=True)
END
/usr/bin/python3 -c '' 2>/dev/null || exit "$failed"

# 26 000 calls at 0.2 s, two calls each, were an hour and a half: nobody asked for that, and nothing is reduced.
expect 1 certify "cmd:/usr/bin/python3 subject.py" --out slow
grep -q 'given up, a case takes 0.[0-9]* s and 26000 evaluations [0-9.]* hours' slow/certificate.json ||
    fail 'a slow subject is not told'
# Who says how many gets them.
expect 1 certify "cmd:/usr/bin/python3 subject.py" --evals 4 --budget 9s --out asked --force
grep -q 'given up' asked/certificate.json && fail 'calls that were asked for were not made'
exit "$failed"
