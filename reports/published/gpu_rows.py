"""The large rows of gpu.txt as case lines: gpu_rows.py FORMAT mask|few|llm_c|softcap. Values are
multiples of 1/8, exact in every format; the seed is fixed."""
import json
import random
import sys

FORMAT, KIND = sys.argv[1:]
MASKED = float("-inf")


def row(name, logits, label, **params):
    print(json.dumps({"op": "softmax_xent", "format": FORMAT, "id": name, "n": 1, "k": len(logits),
                      "logits": [x.hex() for x in logits], "label": [label],
                      **({"params": {k: v.hex() for k, v in params.items()}} if params else {})}))


def noise(k):
    return [round(random.gauss(0, 2) * 8) / 8 for _ in range(k)]


def masked(first, k, label):
    """Nothing is left of the first classes: whole blocks of a kernel, where they are that wide."""
    row("mask-%d-of-%d" % (first, k), [MASKED] * first + noise(k)[first:], label)


def led(name, k, lead, label=3):
    logits = noise(k)
    logits[3] = float(lead)
    row("%s-%d-%d" % (name, k, lead), logits, label)


random.seed(7)
if KIND == "mask":
    for first, k in ((128, 300), (8192, 20000), (16384, 20000), (32768, 40000), (65536, 70000)):
        masked(first, k, k - 5)
    for k in (9000, 20000, 40000, 70000):
        row("plain-%d" % k, noise(k), 17)
        row("last-%d" % k, noise(k), k - 1)
    for k in (9000, 50257, 128256):
        for lead in (15, 40, 100):
            led("confident", k, lead)
elif KIND == "few":
    for first, k in ((8192, 20000), (32768, 40000), (65536, 70000)):
        masked(first, k, k - 5)
    row("plain-70000", noise(70000), 17)
    led("confident", 50257, 15)
    led("confident", 50257, 40)
elif KIND == "llm_c":
    for k in (8192, 8193, 8194, 8195, 8197, 8199, 9000, 50257):
        row("plain-%d" % k, noise(k), 17)
        row("last-%d" % k, noise(k), k - 1)
        row("next-to-last-%d" % k, noise(k), k - 2)
    for lead in (10, 20, 40, 80, 90, 105, 120, 200):
        led("confident", 8192, lead)
        led("wrong-by", 8192, lead, 5)
    masked(128, 8192, 4000)
    row("masked-last", noise(8191) + [MASKED], 4000)
elif KIND == "softcap":
    def steps(k, shift=0.0):
        return [shift + 0.5 * (j % 5) for j in range(k)]
    for k in (2, 3, 4, 5):
        row("zeros-%d" % k, [0.0] * k, 0, softcap=1.0)
    row("three", [1.0, 2.0, 3.0], 0, softcap=8.0)
    row("1025", steps(1025), 3, softcap=4.0)
    for cap, logits in ((30.0, [0.0] * 40000), (4.0, steps(40000)), (30.0, steps(40000)),
                        (30.0, steps(40000, -25.0))):
        row("40000", logits, 3, softcap=cap)
