#!/bin/bash
# A certificate's figures are computed again, and a changed one is named.
# shellcheck source=tests/cli/check.sh
. "$(dirname "$0")/check.sh"
command -v python3 >/dev/null || exit 77

expect 1 certify builtin:naive --op softmax_xent --evals 1200 --out d --level accurate
expect 0 verify d
says out '^d/certificate.json: [1-9][0-9]* stored values computed again, 0 figures differ$'
expect 0 verify d/certificate.json d
lines out 2

cat >change.py <<'P'
import json, math, sys
c = json.load(open("d/certificate.json"))
def next_hex(d):  # the last digit of a double
    x = float.fromhex(d["hex"])
    return x + 2.0 ** (math.frexp(x)[1] - 53)
def spelt(x):
    m, e = x.hex().split("p")
    m = m.rstrip("0").rstrip(".") if "." in m else m
    return {"decimal": "%.17g" % x, "hex": m + "p" + e}
out = next(i for i, o in enumerate(c["outputs"]) if o["worst"])
bad = next(i for i, o in enumerate(c["outputs"]) if o["worst_special"])
ce = next(i for i, x in enumerate(c["counterexamples"]) if x["origin"].startswith("accuracy"))
loss = next(i for i, o in enumerate(c["outputs"])
            if o["output"] == "loss" and o["worst"] and float(o["worst"]["condition"]["decimal"]) > 0)
most = lambda key: max(c["outputs"][loss]["regimes"].items(),
                       key=lambda r: float.fromhex(r[1][key]["hex"]))
regime = next(iter(c["outputs"][loss]["regimes"]))
w, x = c["outputs"][out]["worst"], c["counterexamples"][ce]
def digit(s, at):
    return s[:at] + str((int(s[at]) + 1) % 10) + s[at + 1:]
what = sys.argv[1]
key = {
    "exact": f"outputs[{out}].worst.exact", "want": f"outputs[{out}].worst.want",
    "got": f"outputs[{out}].worst.ulp", "ulp": f"outputs[{out}].worst.ulp",
    "at": f"outputs[{out}].worst.at", "special": f"outputs[{bad}].worst_special.got",
    "lost": f"outputs[{out}].lost",
    "condition": f"outputs[{loss}].worst.condition",
    "regime_condition": f"outputs[{loss}].regimes",
    "over": f"outputs[{loss}].max_over_bound",
    "regime_over": f"outputs[{loss}].max_over_bound",
    "unclaimed": f"outputs[{loss}].bound_not_claimable",
    "sampled": f"outputs[{loss}].regimes.{regime}.conditions_sampled",
    "id": f"counterexamples[{ce}].id", "message": f"counterexamples[{ce}].message",
    "ce_exact": f"counterexamples[{ce}].exact",
    "case": f"counterexamples[{ce}].id"}[what]
if what == "exact": w["exact"] = digit(w["exact"], len(w["exact"].split("e")[0]) - 1)
if what == "want": w["want"] = spelt(next_hex(w["want"]))
if what == "got": w["got"] = spelt(float.fromhex(w["got"]["hex"]) * 1.5 + 1e-3)
if what == "ulp": w["ulp"] = spelt(float.fromhex(w["ulp"]["hex"]) * 1.001)
if what == "at": w["at"] = 100000
if what == "special":
    s = c["outputs"][bad]["worst_special"]
    s["got"] = s["want"]
if what == "lost": c["outputs"][out]["lost"] += 1
if what == "condition":
    s = c["outputs"][loss]["worst"]
    s["condition"] = spelt(float.fromhex(s["condition"]["hex"]) * 0.99)
if what == "regime_condition":
    for r in c["outputs"][loss]["regimes"].values():
        r["condition_at_max_ulp"] = spelt(float.fromhex(r["condition_at_max_ulp"]["hex"]) * 0.5)
if what == "over": c["outputs"][loss]["max_over_bound"] = spelt(1e300)
if what == "regime_over":
    r = most("max_over_bound")[1]
    r["max_over_bound"] = spelt(float.fromhex(r["max_over_bound"]["hex"]) * 2)
if what == "unclaimed": c["outputs"][loss]["regimes"][regime]["bound_not_claimable"] += 1
if what == "sampled": c["outputs"][loss]["regimes"][regime]["conditions_sampled"] += 1
if what == "id": x["id"] = x["id"][:-1] + ("0" if x["id"][-1] != "0" else "1")
if what == "message": x["message"] = x["message"].replace("exact ", "exact 9")
if what == "ce_exact": x["exact"] = digit(x["exact"], len(x["exact"].split("e")[0]) - 1)
if what == "case": x["case"]["logits"][0] = "0x1.8p+1" if x["case"]["logits"][0] != "0x1.8p+1" else "0x1p+1"
json.dump(c, open("changed.json", "w"))
print(key)
P
for what in exact want got ulp at special lost condition regime_condition over regime_over \
    unclaimed sampled id message ce_exact case; do
    key=$(python3 change.py "$what") || fail "$what: no change made"
    expect 1 verify changed.json
    grep -Fq "lossproof: changed.json: $key: " err || {
        fail "$what: $key is not named"
        head -3 err
    }
done

# What the reader itself finds, and what is no certificate.
sed 's/"conforms": false/"conforms": true/' d/certificate.json >changed.json
expect 2 verify changed.json
says err 'changed.json: verdict.conforms: contradicts'
expect 2 verify absent.json
expect 2 verify
expect 2 verify d absent.json

exit "$failed"
