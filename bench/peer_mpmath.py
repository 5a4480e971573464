"""The peer: softmax cross-entropy by mpmath at 128 bits, which certifies nothing.

Reads rows "label z z z ..." (hex floats) on standard input; times loss and gradient, rounded to
binary64, and prints nanoseconds a logit, the best of the rows.
"""
import sys
import time

import mpmath


def answer(z, label):
    others = [x for j, x in enumerate(z) if j != label]
    top = max(others)
    e = [mpmath.exp(x - top) for x in z]
    total = mpmath.fsum(x for j, x in enumerate(e) if j != label)
    odds = mpmath.exp(top - z[label]) * total
    factor = mpmath.exp(top - z[label]) / (1 + odds)
    loss = float(mpmath.log1p(odds))
    return loss, [float(-odds / (1 + odds) if j == label else x * factor) for j, x in enumerate(e)]


mpmath.mp.prec = 128
best = None
for line in sys.stdin:
    words = line.split()
    row = [mpmath.mpf(float.fromhex(w)) for w in words[1:]]
    start = time.process_time()
    answer(row, int(words[0]))
    spent = (time.process_time() - start) * 1e9 / len(row)
    best = spent if best is None else min(best, spent)
print(best)
