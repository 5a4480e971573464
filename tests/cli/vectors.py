"""What a stranger can check of test vectors, with a JSON Schema validator and exact fractions.

vectors.py check SCHEMA DOCUMENT...   the schema holds and refuses what is spoilt, the numbers agree
vectors.py split DOCUMENT             cases.jsonl, answers.jsonl, and spoilt.jsonl: one answer is off
                                      by an ulp
"""
import copy
import json
import re
import sys
from fractions import Fraction

import jsonschema

BITS = {"binary64": (53, -1022, 1023), "binary32": (24, -126, 127), "binary16": (11, -14, 15),
        "bfloat16": (8, -126, 127), "e5m2": (3, -14, 15)}


def fail(*words):
    sys.exit("FAILED: " + " ".join(str(w) for w in words))


def ulp(fmt, x):
    """Of the binade of a fraction x that is not 0."""
    p, emin, emax = BITS[fmt]
    e = x.numerator.bit_length() - x.denominator.bit_length()
    e -= Fraction(2) ** e > x
    return Fraction(2) ** (min(max(e, emin), emax) - p + 1)


def rounded(fmt, mode, x):
    """The fraction x in the format, by the definition: floor, or the nearest with ties to even."""
    size, sign = abs(x), -1 if x < 0 else 1
    if size == 0:
        return 0.0
    unit = ulp(fmt, size)
    below = size // unit
    rest = size / unit - below
    away = {"nearest": rest > Fraction(1, 2) or rest == Fraction(1, 2) and below % 2 == 1,
            "zero": False, "up": sign > 0, "down": sign < 0}[mode]
    whole = (below + (away and rest > 0)) * unit
    p, _, emax = BITS[fmt]
    largest = (2 - Fraction(2) ** (1 - p)) * Fraction(2) ** emax
    if whole <= largest:
        return sign * float(whole)
    return sign * (float("inf") if away or mode == "nearest" else float(largest))


def same(a, b):
    return a == b or a != a and b != b


def check_number(where, document, v, values):
    """Answer, down and up beside the decimals."""
    answer, down, up, digits = values
    got, lo, hi = (float.fromhex(w) for w in (answer, down, up))
    if not (lo <= got <= hi) and not (got != got and lo != lo and hi != hi):
        fail(where, "answer outside down and up", values)
    if not re.match("-?[0-9]", digits) or "segment" in v["tags"]:
        return 0
    # What lies far below every format is as good as 10^-9999: an exponent may have 18 digits.
    power = re.search("e-([0-9]+)$", digits)
    if power and int(power[1]) > 9999:
        digits = ("-" if digits[0] == "-" else "") + "1e-9999"
    low = Fraction(digits)
    # 40 digits, trailing zeros left out: the exact value is `low`, or less than 10^-39 of it further
    # from zero.
    ends = low, low * (1 + Fraction(1, 10 ** 39))
    for mode, word in (("down", lo), ("up", hi), (document["rounding"], got)):
        right = [rounded(document["format"], mode, x) for x in ends]
        if not any(same(word, r) for r in right):
            fail(where, mode, values, right)
    return 1


def check_vector(path, document, v):
    where = f"{path} vector {v['id']}"
    c, answer = v["case"], v["answer"]
    if (c["op"], c["format"]) != (document["op"], document["format"]):
        fail(where, "is of another document")
    if c.get("rounding", "nearest") != document["rounding"]:
        fail(where, "is rounded otherwise")
    if (answer["status"] != "ok") != ("refused" in v["tags"]):
        fail(where, "tag refused")
    checked = 0
    for name in v.get("down", ()):
        columns = answer[name], v["down"][name], v["up"][name], answer["exact"][name]
        if len({len(one) for one in columns}) != 1:
            fail(where, name, "lengths differ")
        for values in zip(*columns):
            checked += check_number(where, document, v, values) if "ftz" not in c.get("params", ()) else 0
    if "down" in v and set(v["down"]) != set(answer) - {"exact", "status", "id"}:
        fail(where, "outputs differ")
    return checked


def spoilt(document):
    """Documents with one thing wrong each."""
    at = next(i for i, v in enumerate(document["vectors"]) if v["answer"]["status"] == "ok" and v["case"]["n"])
    out = "loss" if "loss" in document["vectors"][at]["answer"] else "value"

    def put(change):
        d = copy.deepcopy(document)
        change(d, d["vectors"][at])
        return d

    yield "no count", put(lambda d, v: d.pop("count"))
    yield "an unknown key", put(lambda d, v: v.update(comment="x"))
    yield "a JSON number", put(lambda d, v: v["answer"][out].__setitem__(0, 0.5))
    yield "a decimal", put(lambda d, v: v["answer"][out].__setitem__(0, "0.5"))
    yield "another spelling", put(lambda d, v: v["answer"][out].__setitem__(0, "0x1.80p+0"))
    yield "no up", put(lambda d, v: v.pop("up"))
    yield "no answer", put(lambda d, v: v["answer"].pop(out))
    yield "an operation of nobody", put(lambda d, v: d.update(op="softmax_ent"))
    yield "a status with numbers", put(lambda d, v: v["answer"].update(status="label"))
    yield "an unknown parameter", put(lambda d, v: v["case"].update(params={"tau": "0x1p+0"}))
    yield "another schema", put(lambda d, v: d.update(schema="lossproof-vectors-2.schema.json"))


def check(schema_path, paths):
    schema = json.load(open(schema_path))
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    checked = vectors = 0
    for path in paths:
        document = json.load(open(path))
        for error in validator.iter_errors(document):
            fail(path, list(error.absolute_path)[:5], error.message[:300])
        words = {v["regime"] for v in document["vectors"]}
        words |= {t for v in document["vectors"] for t in v["tags"]}
        if words != set(document["notes"]):
            fail(path, "not explained, or for nothing:", words ^ set(document["notes"]))
        ids = [v["id"] for v in document["vectors"]]
        if len(ids) != document["count"] or ids != sorted(set(ids)):
            fail(path, "count or ids")
        for v in document["vectors"]:
            checked += check_vector(path, document, v)
        vectors += len(ids)
    for what, wrong in spoilt(document):
        if validator.is_valid(wrong):
            fail("the schema lets pass", what)
    print(f"{len(paths)} documents, {vectors} vectors, {checked} numbers beside their decimals")


def next_away(fmt, word):
    """The next number of the format away from zero, as a hexadecimal float."""
    x = float.fromhex(word)
    unit = float(ulp(fmt, Fraction(abs(x))))
    return re.sub(r"\.?0*p", "p", (x + unit if x > 0 else x - unit).hex())


def split(path):
    document = json.load(open(path))
    fmt = document["format"]
    out = "loss" if any("loss" in v["answer"] for v in document["vectors"]) else "value"
    right = [v["answer"] for v in document["vectors"]]
    wrong = copy.deepcopy(right)
    at = next(a for v, a in zip(document["vectors"], wrong)
              if v["regime"] not in ("special", "empty") and 0 < abs(float.fromhex(a[out][0])) < 1e300)
    at[out][0] = next_away(fmt, at[out][0])
    for name, lines in (("cases", [v["case"] for v in document["vectors"]]), ("answers", right), ("spoilt", wrong)):
        with open(name + ".jsonl", "w") as f:
            for line in lines:
                f.write(json.dumps(line) + "\n")


if sys.argv[1] == "check":
    check(sys.argv[2], sys.argv[3:])
else:
    split(sys.argv[2])
