"""What subjects/python/lossproof_subject.py has to cope with, one operation a misdeed. Standard
library only, so that the protocol is tested without NumPy too."""
import ctypes
import itertools
import os
import sys

import lossproof_subject as ls

OUT = dict(arrays=ls.nested_list)


@ls.op("softmax_xent", formats=ls.FORMATS, strided=True, reductions=("none", "sum"),
       params=("temperature", "weights", "alpha[]", "smoothing_rule"), **OUT)
def echo(logits, label, reduction, temperature=1.0, weights=None, **words):
    """Loss: the label, or their sum; gradient: the logits by temperature and weight."""
    assert set(words) <= {"smoothing_rule", "alpha"}, words
    weights = weights or itertools.repeat(1.0)
    grad = [[z * w / temperature for z, w in zip(row, weights)] for row in logits]
    return [float(c) for c in label] if reduction == "none" else sum(label), grad


@ls.op("nll", outputs=("loss",), **OUT)
def talks(q, label):
    """Noise on every way out, and a hand in the till."""
    print("noise")
    os.write(1, b"noise\n")
    ctypes.CDLL(None).puts(b"noise")
    sys.stdout.flush()
    assert sys.stdin.readline() == ""
    return [0.5]


@ls.op("entropy", **OUT)
def short(p):
    return [0.0] * len(p), [0.0]


@ls.op("kl_div", **OUT)
def missing(p, q):
    return None


@ls.op("cross_entropy", outputs=("loss", "grad", "grad_p"), **OUT)
def raises(p, q):
    raise {1: ZeroDivisionError("one"), 2: MemoryError(), 3: SystemExit(3), 4: ls.LabelRefused("c"),
           5: ls.ArgumentRefused("k"), 6: ls.Unsupported("not this"), 7: KeyError("x"),
           8: RecursionError("deep")}[len(p[0])]


@ls.op("bce_prob", outputs=("loss",), errors={KeyError: "argument"}, **OUT)
def mapped(p, targets):
    raise KeyError("y")


@ls.op("sigmoid", formats=("binary32",), outputs=("value",), **OUT)
def wide(logits):
    """Doubles for a binary32 case: to be rounded as an array of floats would."""
    return [0.1, 1e300, -1e300, float("nan"), float("-inf"), 1e-50, -0.0, 1 + 2.0**-24]


@ls.op("softplus", outputs=("value", "grad"), **OUT)
def too_many(logits):
    return [0.0], [0.0], [0.0]


@ls.op("log_softmax", outputs=("value",), guarded=True, params=("temperature",), **OUT)
def value_only(logits, temperature=1.0):
    """No cotangent comes to those who declare no gradient."""
    return logits


@ls.op("mse_softmax", outputs=("loss",), guarded=True, **OUT)
@ls.op("bce_logits", outputs=("loss",), guarded=True, **OUT)
@ls.op("focal_sigmoid", outputs=("loss",), guarded=True, **OUT)
@ls.op("brier", outputs=("loss",), guarded=True, params=("ignore_index", "weights", "alpha[]"), **OUT)
def guarded(ignore_index=None, **arrays):
    return [0.0]


@ls.op("hinge", outputs=("loss",), **OUT)
def a_string(logits, label):
    return "zero"


if __name__ == "__main__":
    ls.about("hostile", 1, "special=limit")
    ls.main()
