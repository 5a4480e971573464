"""The protocol as subjects/python/lossproof_subject.py speaks it, line by line, against a subject
that misbehaves: python_protocol.py FOLDER-OF-THE-MODULE."""
import json
import math
import os
import struct
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ENTRY = {"n": 1, "k": 2}
failures = []


def check(what, got, want):
    if got != want:
        failures.append("%s: got %r, want %r" % (what, got, want))


def case(op, **more):
    return json.dumps({"op": op, "format": "binary64", **ENTRY, **more})


PQ = {"p": ["0x1p-1", "0x1p-1"], "q": ["0x1p-1", "0x1p-1"]}
Z = {"logits": ["0x1.0000000000001p+0", "-0x1p-1074"], "label": [1]}

# (what, line, the answer's keys; status and error by their beginning)
EXPECTED = [
    ("bits survive", case("softmax_xent", id="a", **Z),
     {"id": "a", "loss": [1.0], "grad": [1 + 2.0**-52, -5e-324], "status": "ok"}),
    ("specials survive", case("softmax_xent", id="b", logits=["inf", "nan"], label=[0]),
     {"loss": [0.0], "grad": [float("inf"), "nan"], "status": "ok"}),
    ("N = 0", case("softmax_xent", n=0, logits=[], label=[]),
     {"loss": [], "grad": [], "status": "ok"}),
    ("K = 0", case("softmax_xent", k=0, logits=[], label=[0]),
     {"status": "argument", "error": "ArgumentRefused"}),
    ("parameters arrive", case("softmax_xent", weights=["0x1p+1", "0x1p+2"],
                               params={"temperature": "0x1p-1", "smoothing_rule": "K-1",
                                       "alpha": ["0x1p+0", "0x1p+0"]}, **Z),
     {"loss": [1.0], "grad": [4 * (1 + 2.0**-52), -4e-323], "status": "ok"}),
    ("a reduction", case("softmax_xent", n=2, logits=["0x1p+0"] * 4, label=[1, 2],
                         params={"reduction": "sum"}),
     {"loss": [3.0], "grad": [1.0] * 4, "status": "ok"}),
    ("a stride is none of a list's business", case("softmax_xent", stride=7, **Z),
     {"loss": [1.0], "status": "ok"}),
    ("noise is not heard", case("nll", q=["0x1p-1", "0x1p-1"], label=[0]),
     {"loss": [0.5], "status": "ok"}),
    ("wrong length", case("entropy", p=PQ["p"]),
     {"status": "internal", "error": "ValueError: grad has 1 values, not 2"}),
    ("nothing at all", case("kl_div", **PQ),
     {"status": "internal", "error": "ValueError: loss is missing"}),
    ("a mapped exception", case("bce_prob", k=1, p=["0x1p-1"], targets=["0x1p+0"]),
     {"status": "argument", "error": "KeyError"}),
    ("too many outputs", case("softplus", k=1, logits=["0x1p+0"]),
     {"status": "internal", "error": "ValueError: 3 results"}),
    ("no number", case("hinge", k=1, logits=["0x1p+0"], label=[1]),
     {"status": "internal", "error": "ValueError"}),
    ("not declared", case("focal_softmax", **Z), {"status": "unsupported"}),
    ("format not declared", case("nll", format="binary32", q=["0x1p-1"] * 2, label=[0]),
     {"status": "unsupported"}),
    ("parameter not declared", case("softmax_xent", params={"gamma": "0x1p+1"}, **Z),
     {"status": "unsupported"}),
    ("reduction not declared", case("softmax_xent", params={"reduction": "mean"}, **Z),
     {"status": "unsupported"}),
    ("not JSON", "{", {"id": None, "status": "internal"}),
    ("not a case", "[1]", {"id": None, "status": "internal"}),
    ("a number that is none", case("softmax_xent", id="z", logits=["one", "two"], label=[0]),
     {"id": "z", "status": "internal"}),
    ("alive after all that", case("softmax_xent", **Z), {"loss": [1.0], "status": "ok"}),
]
for k, status in enumerate(("internal", "memory", "internal", "label", "argument", "unsupported",
                            "internal", "internal"), 1):
    EXPECTED.append(("exception %d" % k,
                     case("cross_entropy", k=k, p=["0x1p+0"] * k, q=["0x1p+0"] * k),
                     {"status": status}))
EXPECTED.append((
    "rounded to binary32", json.dumps({"op": "sigmoid", "format": "binary32", "n": 8, "k": 1,
                                       "logits": ["0x1p+0"] * 8}),
    {"value": [float.fromhex("0x1.99999ap-4"), float("inf"), float("-inf"), "nan", float("-inf"),
               0.0, -0.0, 1.0], "status": "ok"}))


P = {"p": ["0x1p-1", "nan"], "label": [1]}
GUARDED = [
    ("no cotangent", case("log_softmax", logits=["0x1p+0"] * 2, v=["0x1p+0"] * 2), "ok"),
    ("temperature 0", case("log_softmax", logits=["0x1p+0"] * 2, params={"temperature": "0x0p+0"}),
     "argument"),
    ("temperature inf", case("log_softmax", logits=["0x1p+0"] * 2, params={"temperature": "inf"}),
     "argument"),
    ("NaN is no error", case("brier", **P), "ok"),
    ("p < 0", case("brier", p=["-0x1p-1", "0x1p+0"], label=[0]), "argument"),
    ("label K", case("brier", p=P["p"], label=[2]), "label"),
    ("label -1", case("brier", p=P["p"], label=[-1]), "label"),
    ("an ignored label", case("brier", p=P["p"], label=[-1], params={"ignore_index": -1}), "ok"),
    ("an infinite weight", case("brier", weights=["inf", "0x1p+0"], **P), "argument"),
    ("an infinite alpha", case("brier", params={"alpha": ["0x1p+0", "-inf"]}, **P), "argument"),
    ("y = 1.5", case("bce_logits", k=1, logits=["0x1p+0"], targets=["0x1.8p+0"]), "argument"),
    ("t = 1.5", case("mse_softmax", logits=["0x1p+0"] * 2, targets=["0x1.8p+0"] * 2), "ok"),
    ("a binary label", case("focal_sigmoid", k=1, logits=["0x1p+0"], label=[2]), "label"),
]
EXPECTED += [("guarded, " + what, line, {"status": status}) for what, line, status in GUARDED]


def number(text):
    return "nan" if text == "nan" else float.fromhex(text)


def compare(what, line, want):
    got = json.loads(line)
    for key, value in want.items():
        seen = got.get(key)
        if isinstance(value, list):
            seen = [number(x) for x in seen] if isinstance(seen, list) else seen
            check("%s, %s" % (what, key), repr(seen), repr(value))
        elif key == "error":
            check("%s, %s" % (what, key), str(seen)[:len(value)], value)
        else:
            check("%s, %s" % (what, key), seen, value)
    if got["status"] != "ok":
        check("%s, outputs beside an error" % what,
              set(got) - {"id", "status", "error"}, set())


def rounding():
    """to_format against a search among all positive numbers of bfloat16, whose codes are the upper
    halves of binary32's; the one beyond the largest stands for infinity. On every number, every
    middle, and the doubles next to both."""
    sys.path.insert(0, sys.argv[1])
    sys.dont_write_bytecode = True
    import lossproof_subject as ls
    number = [struct.unpack("<f", struct.pack("<I", code << 16))[0] for code in range(0x7f80)]
    number.append(2.0**128)
    wrong = 0
    for below, above, code in zip(number, number[1:], range(0x7f80)):
        middle = (below + above) / 2  # exact: 9 bits
        even = below if code % 2 == 0 else above
        for x, want in ((below, below), (math.nextafter(middle, 0), below), (middle, even),
                        (math.nextafter(middle, math.inf), above)):
            want = want if want < 2.0**128 else math.inf
            wrong += ls.to_format(x, "bfloat16") != want
            wrong += ls.to_format(-x, "bfloat16") != -want
    check("values of bfloat16 rounded wrong", wrong, 0)
    for form, x, want in (("binary16", 65519.9, 65504.0), ("binary16", 65520.0, math.inf),
                          ("binary16", -2.0**-25, -0.0), ("binary32", 2.0**128, math.inf),
                          ("bfloat16", -5e-324, -0.0), ("bfloat16", math.inf, math.inf)):
        check("%r in %s" % (x, form), repr(ls.to_format(x, form)), repr(want))


def main():
    rounding()
    env = dict(os.environ, PYTHONPATH=sys.argv[1], PYTHONDONTWRITEBYTECODE="1")
    subject = subprocess.run([sys.executable, os.path.join(HERE, "hostile_subject.py")], env=env,
                             input="".join(line + "\n" for _, line, _ in EXPECTED),
                             capture_output=True, text=True, timeout=60)
    lines = subject.stdout.splitlines()
    check("exit status", subject.returncode, 0)
    check("lines", len(lines), len(EXPECTED) + 1)
    if not failures:
        hello = json.loads(lines[0])
        check("hello", (hello["hello"], hello["abi"], hello["name"], hello["version"]),
              ("lossproof", 1, "hostile", "1"))
        check("entries", len(hello["entries"]), 15)
        check("conventions", hello["conventions"], "special=limit domain=adapter")
        check("first entry", hello["entries"][0],
              {"op": "softmax_xent", "format": "binary64", "outputs": ["loss", "grad"],
               "params": ["temperature", "weights", "alpha[]", "smoothing_rule"],
               "reductions": ["none", "sum"], "flags": ["strided"]})
        for (what, _, want), line in zip(EXPECTED, lines[1:]):
            compare(what, line, want)
    check("noise on standard error", subject.stderr.count("noise"), 3)
    for failure in failures:
        print(failure)
    if subject.returncode:
        print(subject.stderr)
    print("%d answers, %d failures" % (len(EXPECTED), len(failures)))
    return 1 if failures else 0


sys.exit(main())
