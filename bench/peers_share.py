"""PyTorch's share of rows within 1 and 4 ulp, beside what an earlier survey measured elsewhere.

    bench/peers_share.py BUILD [SEED]          BUILD: the folder of the release build

The survey (2026-11-20; another reference, at 520 bits; torch 1.13.1) gives, for binary64 softmax
cross-entropy, the worst error in ulp of loss and gradient by kind of row, and over all its 969 rows
the share of losses within 1 ulp (66 %), within 4 (71 %) and lost (14 %). Its rows are not kept; the
kinds drawn here are its columns. The share over all is a matter of the mix, since nearly every miss
is a row whose label dominates: the last line gives such rows the weight at which the first figure
is the survey's, so that the other two can be compared. Exact values: `lossproof oracle --digits`.
"""
import json
import math
import os
import random
import subprocess
import sys
from fractions import Fraction

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SUBJECT = ["/usr/bin/python3", os.path.join(ROOT, "subjects/python/torch_subject.py")]
P, EMIN = 53, -1022
LOST = "lost"
CONFIDENT = "label on the dominant logit"


def normal(r):
    """N(0, 1): the one scale at which the survey's worst errors, 2.4 and 18 ulp, can be met."""
    k = r.choice((2, 3, 5, 10, 100, 1000))
    return [r.gauss(0, 1) for _ in range(k)], r.randrange(k)


def dominated(r, on):
    """One logit 5 to 700 above the rest, which are N(0, 1); the label on it or off it."""
    k = r.choice((2, 3, 5, 10, 100, 1000))
    z = [r.gauss(0, 1) for _ in range(k)]
    top = r.randrange(k)
    z[top] = max(z) + 5 * 140**r.random()
    return z, top if on else (top + 1 + r.randrange(k - 1)) % k


def equal(r):
    k = r.choice((2, 3, 5, 10, 100, 1000))
    return [r.choice((-1, 1)) * 10.0**r.uniform(0, 300)] * k, r.randrange(k)


def huge(r):
    """+-1e308 and 0: differences overflow, and every loss is 0, ln m or about 1e308."""
    k = r.choice((2, 3, 5, 10))
    return [r.choice((1e308, -1e308, 0.0)) for _ in range(k)], r.randrange(k)


# (kind, rows, drawing, the survey's worst loss and gradient error of torch)
KINDS = [
    ("normal logits", 300, normal, "2.4 / 18"),
    (CONFIDENT, 180, lambda r: dominated(r, True), "lost / lost"),
    ("label off it", 180, lambda r: dominated(r, False), "78 / 3e3"),
    ("equal, up to 1e300", 180, equal, "0.49 / 1.6"),
    ("+-1e308", 129, huge, "0.49 / 1.6"),
]
SURVEY = (66, 71, 14)


def lines(seed):
    r = random.Random(seed)
    for kind, rows, draw, _ in KINDS:
        for _ in range(rows):
            z, label = draw(r)
            yield kind, json.dumps({"id": kind, "op": "softmax_xent", "format": "binary64", "n": 1,
                                    "k": len(z), "logits": list(map(float.hex, z)),
                                    "label": [label]})


def answers(command, text, skip):
    out = subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout
    return [json.loads(line) for line in out.splitlines()[skip:]]


def error(got, exact, rounded):
    """In ulp of the exact value; None where it is infinite and met, or 0 and met; LOST from a
    relative error of a quarter on, an infinity or NaN included."""
    got = float.fromhex(got)
    if math.isinf(got) and got == float.fromhex(rounded):
        return 0.5  # the exact value rounds to it
    if exact in ("inf", "-inf"):
        return None if got == float(exact) else LOST
    # A rational (equal logits) ends within 40 digits and is left undecided there: half an ulp off.
    x = Fraction(float.fromhex(rounded)) if exact == "undecided" else Fraction(exact)
    if x == 0:
        return None if got == 0 else LOST
    if not math.isfinite(got) or abs(Fraction(got) - x) >= abs(x) / 4:
        return LOST
    e = abs(x).numerator.bit_length() - abs(x).denominator.bit_length()
    e -= abs(x) < Fraction(2)**e
    return float(abs(Fraction(got) - x) / Fraction(2)**(max(e, EMIN) - P + 1))


def worst(errors):
    finite = [e for e in errors if e not in (None, LOST)]
    return LOST if LOST in errors else "%.3g" % max(finite) if finite else "-"


def share(errors, test):
    counted = [e for e in errors if e is not None]
    return 100 * sum(1 for e in counted if test(e)) / len(counted) if counted else math.nan


def figures(losses):
    return tuple(share(losses, test) for test in (
        lambda e: e != LOST and e <= 1, lambda e: e != LOST and e <= 4, lambda e: e == LOST))


def main():
    build, seed = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1
    drawn = list(lines(seed))
    text = "".join(line + "\n" for _, line in drawn)
    exact = answers([os.path.join(build, "bin/lossproof"), "oracle", "--digits", "40"], text, 0)
    given = answers(SUBJECT, text, 1)
    print("%-28s %5s  %-13s %-13s %6s %6s %6s" % ("torch binary64, seed %d" % seed, "rows",
          "worst, survey", "worst, here", "<=1", "<=4", "lost"))
    everything, confident, others = [], [], []
    for kind, _, _, survey in KINDS:
        pairs = [(g, x) for (name, _), g, x in zip(drawn, given, exact) if name == kind]
        losses = [error(g["loss"][0], x["exact"]["loss"][0], x["loss"][0]) for g, x in pairs]
        grads = [error(*three) for g, x in pairs
                 for three in zip(g["grad"], x["exact"]["grad"], x["grad"])]
        everything += losses
        (confident if kind == CONFIDENT else others).extend(losses)
        print("%-28s %5d  %-13s %-13s %5.1f%% %5.1f%% %5.1f%%" % (
            kind, len(pairs), survey, "%s / %s" % (worst(losses), worst(grads)), *figures(losses)))
    print("%-28s %5d  %-13s %-13s %5.1f%% %5.1f%% %5.1f%%" % ("all, in this mix",
          len(everything), "", "", *figures(everything)))
    print("%-28s %5d  %-13s %-13s %5.1f%% %5.1f%% %5.1f%%" % ("all, the survey", 969, "", "",
          *SURVEY))
    weight = (figures(others)[0] - SURVEY[0]) / (figures(others)[0] - figures(confident)[0])
    print("%-28s %5s  %-13s %-13s %5.1f%% %5.1f%% %5.1f%%" % (
        "all, %.0f %% confident" % (100 * weight), "", "", "",
        *((1 - weight) * o + weight * c for o, c in zip(figures(others), figures(confident)))))


if __name__ == "__main__":
    main()
