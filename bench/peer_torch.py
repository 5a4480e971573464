"""The peer: PyTorch's cross_entropy and binary_cross_entropy_with_logits, one thread.

Reads requests "op format n k what seconds" on standard input, a line each; times whole passes in
processor time for that long and answers nanoseconds a logit. Its logits are N(0, 3) as bench_impl's
are. The first line it writes is PyTorch's version.
"""
import sys
import time

import torch
from torch.nn import functional

torch.set_num_threads(1)
print(torch.__version__, flush=True)
rows = {}


def made(op, form, n, k):
    if (op, form, n, k) not in rows:
        rows.clear()
        torch.manual_seed(1)
        kind = {"binary64": torch.float64, "binary32": torch.float32}[form]
        z = torch.randn((n, k), dtype=kind) * 3
        z.requires_grad_(True)
        if op == "softmax_xent":
            rows[op, form, n, k] = (z, torch.randint(k, (n,)))
        else:
            rows[op, form, n, k] = (z, torch.randint(2, (n, k)).to(kind))
    return rows[op, form, n, k]


def once(op, z, target, gradient):
    if op == "softmax_xent":
        loss = functional.cross_entropy(z, target, reduction="sum")
    else:
        loss = functional.binary_cross_entropy_with_logits(z, target, reduction="sum")
    if gradient:
        z.grad = None
        loss.backward()


for line in sys.stdin:
    op, form, n, k, what, seconds = line.split()
    z, target = made(op, form, int(n), int(k))
    with torch.set_grad_enabled(what == "loss+grad"):
        once(op, z, target, what == "loss+grad")
        passes, start = 0, time.process_time()
        while True:
            once(op, z, target, what == "loss+grad")
            passes += 1
            spent = time.process_time() - start
            if spent >= float(seconds):
                break
    print(spent * 1e9 / passes / z.numel(), flush=True)
