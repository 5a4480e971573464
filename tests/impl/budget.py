#!/usr/bin/env python3
"""budget.py ROOT: what docs/implementation.md says of the first phase's error is what impl/bounds.h
tests with, what the Gappa scripts prove and what adds up; and no other number would pass."""
import math
import re
import sys

ROOT = sys.argv[1]
FILES = {name: open(f"{ROOT}/{name}", encoding="utf-8").read() for name in (
    "docs/implementation.md", "impl/bounds.h", "impl/proofs/exp_reduced_fused.gappa",
    "impl/proofs/exp_reduced_apart.gappa", "impl/proofs/log1p_small.gappa")}
AIM = 0.501  # ulp, of the first phase alone


def only(pattern, text):
    found = re.findall(pattern, text)
    assert len(found) == 1, f"{len(found)} times: {pattern}"
    return found[0]


def row(docs, start):
    """The cells of the table's row that starts so."""
    return [c.strip() for c in only(r"(?m)^\| " + re.escape(start) + r".*$", docs).strip("|").split("|")]


def power(text):
    """The last 2^-x."""
    return 2.0 ** -float(re.findall(r"2\^-([0-9.]+)", text)[-1])


def tested(files):
    docs = files["docs/implementation.md"]
    rows = re.findall(r"(?m)^\| ([^|]*) \| `(LP_EPS_\w+)` 2\^-([0-9.]+) \|[^|]*\| 0\.5 \+ 2\^-([0-9.]+) \|$", docs)
    assert {name for _, name, _, _ in rows} == set(re.findall(r"LP_EPS_\w+(?=\s+0x)", files["impl/bounds.h"])), "rows"
    for what, name, bits, ulp in rows:
        eps = float.fromhex(only(name + r"\s+(0x\S+)", files["impl/bounds.h"]))
        digits = 24 if "binary32" in what else 53
        assert abs(math.log2(eps) + float(bits)) < 0.01, f"{name} is 2^{math.log2(eps):.2f}"
        assert abs(float(bits) - digits - float(ulp)) < 1e-9, f"{name}: {ulp} ulp"
        assert 0.5 + eps * 2.0 ** digits <= AIM, f"{name}: above {AIM} ulp"
    return {name: 2.0 ** -float(bits) for _, name, bits, _ in rows}


def check(files):
    docs, eps = files["docs/implementation.md"], tested(files)
    proved = max(float.fromhex(only(r"error / T\| <= (\S+)", files[f"impl/proofs/exp_reduced_{way}.gappa"]))
                 for way in ("fused", "apart")) / 0.997  # of T; the scripts' heads say why
    polynomial = power(row(docs, "polynomial of exp(r)")[1])
    exp = float(only(r"2\^-([0-9.]+) with the line above \(E_EXP\)", docs))
    total = float(only(r"with E_EXP 2\^-([0-9.]+) \(E_SUM\)", docs))
    exp, total = 2.0 ** -exp, 2.0 ** -total
    assert proved + polynomial <= exp, "E_EXP"
    share = row(docs, "exp(z_j) factor")[1]
    roundings = 2.0 ** -float(only(r"E_SUM \+ 2\^-([0-9.]+)", share))
    assert exp + total + roundings <= power(share) <= eps["LP_EPS_GRAD"], "p_j"
    assert power(row(docs, "S factor")[1]) <= eps["LP_EPS_GRAD"], "1 - p_c"
    log1p, loss = power(row(docs, "log1p |")[1]), power(row(docs, "loss | 2^")[1])
    series = float.fromhex(only(r"\|sum / x\| <= (\S+) /\\ \(", files["impl/proofs/log1p_small.gappa"]))
    assert series <= log1p <= loss <= eps["LP_EPS_LOSS"], "loss"
    return eps


def broken(name, old, new):
    assert old in FILES[name], f"nothing to break: {old}"
    try:
        check({**FILES, name: FILES[name].replace(old, new)})
    except AssertionError:
        return
    sys.exit(f"FAILED: {new} for {old} in {name} is not noticed")


EPS = check(FILES)
broken("impl/bounds.h", "0x1.6ap-79", "0x1.6ap-80")
broken("impl/bounds.h", "0x1.6ap-67", "0x1.6ap-66")
broken("docs/implementation.md", "2^-80.4 with", "2^-81.4 with")
broken("docs/implementation.md", "| 2^-66.7 | loss", "| 2^-66.4 | loss")
broken("docs/implementation.md", "0.5 + 2^-13.5", "0.5 + 2^-14.5")
broken("impl/proofs/exp_reduced_apart.gappa", "0x1.ep-82", "0x1.ep-80")
broken("impl/proofs/log1p_small.gappa", "<= 0x1.fap-68", "<= 0x1.fap-67")
print("the first phase alone: " + ", ".join(f"{name} 2^{math.log2(e):.1f}" for name, e in EPS.items()) +
      "; 7 broken texts are noticed")
