"""The code of the texts behind the specification as subjects, one a snippet.

    seeds_subject.py            lists them: name, text and line, function
    seeds_subject.py NAME       is the cmd: subject

The functions are transcribed in seeds_numpy.py and seeds_torch.py. They return the mean over a batch;
for reduction `none` each row is a batch of one. NumPy's give a gradient only where the text has one,
PyTorch's are differentiated by autograd, as the texts use them. What a text computes in bits is
multiplied by ln 2, a rounding of ours, where a case asks for nats. None of them checks its input,
so what lies outside the domain is refused here.
"""
import math
import sys

import lossproof_subject as ls

BOTH = ("binary64", "binary32")
_snippets = {}


def snippet(name, source, function):
    """Registers what declares the subject `name`."""
    def register(declare):
        _snippets[name] = (source, function, declare)
        return declare
    return register


def reduced(function, reduction, n, *arrays):
    """The batch's mean, or the mean of each row alone: lists of results."""
    if reduction == "mean":
        return [function(*arrays)]
    return [function(*(a[i:i + 1] for a in arrays)) for i in range(n)]


# ---- NumPy ------------------------------------------------------------------------------------


def numpy_rows(op, call, inputs, params=(), reductions=("none", "mean")):
    """The loss of `call(module, arrays..., parameters...)`."""
    import seeds_numpy as module

    @ls.op(op, formats=BOTH, guarded=True, outputs=("loss",), params=params, reductions=reductions, strided=True)
    def run(reduction="none", **given):
        arrays = [given.pop(name) for name in inputs]
        return reduced(lambda *a: call(module, *a, **given), reduction, len(arrays[0]), *arrays)


@snippet("003-cross-entropy", "003:12", "cross_entropy")
def _():
    def call(m, p, q, base="nats"):
        return m.cross_entropy(p[0], q[0]) * (1 if base == "bits" else math.log(2))
    numpy_rows("cross_entropy", call, ("p", "q"), ("base",), ("none",))


@snippet("003-entropy", "003:12", "entropy")
def _():
    def call(m, p, base="nats"):
        return m.entropy(p[0]) * (1 if base == "bits" else math.log(2))
    numpy_rows("entropy", call, ("p",), ("base",), ("none",))


@snippet("003-bce", "003:29", "binary_cross_entropy")
def _():
    numpy_rows("bce_prob", lambda m, p, y: m.binary_cross_entropy(y, p), ("p", "targets"))


@snippet("003-gradients", "003:51", "sigmoid, ce_grad, mse_grad")
def _():
    import seeds_numpy as m

    @ls.op("sigmoid", formats=BOTH, guarded=True, outputs=("value", "grad"))
    def sigmoid(logits, v=1):
        return m.sigmoid(logits), m.sigmoid_derivative(logits) * v

    @ls.op("bce_logits", formats=BOTH, guarded=True, outputs=("grad",))
    def bce_logits(logits, targets):
        return m.ce_grad(m.sigmoid(logits), targets)

    @ls.op("mse_sigmoid", formats=BOTH, guarded=True, outputs=("grad",))
    def mse_sigmoid(logits, targets):
        return m.mse_grad(m.sigmoid(logits), targets, logits)


@snippet("004-log-softmax", "004:116", "log_softmax_stable, log_sum_exp_stable")
def _():
    import seeds_numpy as m

    @ls.op("log_softmax", formats=BOTH, guarded=True, outputs=("value",))
    def log_softmax(logits):
        return [m.log_softmax_stable(row) for row in logits]

    @ls.op("logsumexp", formats=BOTH, guarded=True, outputs=("value",))
    def logsumexp(logits):
        return [m.log_sum_exp_stable(row) for row in logits]


@snippet("004-naive", "004:116", "cross_entropy_naive")
def _():
    numpy_rows("softmax_xent", lambda m, z, c: m.cross_entropy_naive(z, c), ("logits", "label"))


@snippet("004-stable", "004:116", "cross_entropy_stable")
def _():
    numpy_rows("softmax_xent", lambda m, z, c: m.cross_entropy_stable(z, c), ("logits", "label"))


@snippet("004-gradient", "004:116", "cross_entropy_with_gradient")
def _():
    import seeds_numpy as m

    @ls.op("softmax_xent", formats=BOTH, guarded=True, reductions=("none", "mean"), strided=True)
    def run(logits, label, reduction):
        rows = reduced(m.cross_entropy_with_gradient, reduction, len(label), logits, label)
        return [loss for loss, _ in rows], [grad for _, grad in rows]


@snippet("004-weighted", "004:168", "weighted_cross_entropy")
def _():
    def call(m, z, c, weights=None, mean_rule="n"):
        if mean_rule != "n":
            raise ls.Unsupported("it divides by N")
        if weights is None:
            weights = m.np.ones(z.shape[1], z.dtype)
        return m.weighted_cross_entropy(z, c, weights)
    numpy_rows("softmax_xent", call, ("logits", "label"), ("weights", "mean_rule"))


@snippet("004-focal", "004:168", "focal_loss")
def _():
    def call(m, z, c, gamma=0.0, alpha=None):
        return m.focal_loss(z, c, gamma, alpha)
    numpy_rows("focal_softmax", call, ("logits", "label"), ("gamma", "alpha[]"))


@snippet("004-smoothing", "004:168", "label_smoothing_cross_entropy")
def _():
    def call(m, z, c, smoothing=0.0, smoothing_rule="K"):
        if smoothing_rule != "K":
            raise ls.Unsupported("the other rule")
        return m.label_smoothing_cross_entropy(z, c, smoothing)
    numpy_rows("softmax_xent", call, ("logits", "label"), ("smoothing", "smoothing_rule"))


# ---- PyTorch ----------------------------------------------------------------------------------


def torch_rows(op, call, second, params=(), reductions=("none", "mean")):
    """Loss and autograd's gradient of `call(module, logits, second, parameters...)`."""
    import torch

    import seeds_torch as module

    @ls.op(op, formats=BOTH, guarded=True, arrays=ls.torch_tensor, params=params, reductions=reductions, strided=True)
    def run(logits, reduction="none", **given):
        other = given.pop(second)
        if second == "label":
            other = torch.from_numpy(other)
        z = logits.requires_grad_(True)
        losses = reduced(lambda *a: call(module, *a, **given), reduction, len(z), z, other)
        if not losses:
            return [], []
        loss = torch.stack(losses)
        return loss, torch.autograd.grad(loss.sum(), z)[0]


@snippet("002-smoothing", "002:433", "cross_entropy_with_label_smoothing")
def _():
    def call(m, z, c, smoothing=0.0, smoothing_rule="K"):
        if smoothing_rule != "K":
            raise ls.Unsupported("the other rule")
        return m.cross_entropy_with_label_smoothing(z, c, smoothing)
    torch_rows("softmax_xent", call, "label", ("smoothing", "smoothing_rule"))


@snippet("003-manual", "002:627, 003:24", "manual cross-entropy")
def _():
    torch_rows("softmax_xent", lambda m, z, c: m.manual_cross_entropy(z, c), "label")


@snippet("003-nll", "003:41", "manual NLL with 1e-10")
def _():
    torch_rows("softmax_xent", lambda m, z, c: m.manual_nll(z, c), "label")


@snippet("003-bce-logits", "003:32", "bce_with_logits_manual")
def _():
    torch_rows("bce_logits", lambda m, z, y: m.bce_with_logits_manual(z, y), "targets")


@snippet("003-smoothing", "003:77", "label_smoothing_ce")
def _():
    def call(m, z, c, smoothing=0.0, smoothing_rule="K"):
        if smoothing_rule != "K-1" and smoothing != 0:
            raise ls.Unsupported("the other rule")
        return m.label_smoothing_ce(z, c, smoothing)
    torch_rows("softmax_xent", call, "label", ("smoothing", "smoothing_rule"))


@snippet("003-weighted", "003:77", "weighted_ce")
def _():
    def call(m, z, c, weights=None, mean_rule="n"):
        if weights is not None and mean_rule != "weights":
            raise ls.Unsupported("PyTorch divides by the sum of the weights, one row's too")
        return m.weighted_ce(z, c, weights)
    torch_rows("softmax_xent", call, "label", ("weights", "mean_rule"), ("mean",))


@snippet("003-focal", "003:77", "focal_loss")
def _():
    def call(m, z, c, gamma=0.0, alpha=None):
        return m.focal_loss(z, c, gamma, alpha)
    torch_rows("focal_softmax", call, "label", ("gamma", "alpha[]"))


def main():
    if len(sys.argv) != 2 or sys.argv[1] not in _snippets:
        for name, (source, function, _declare) in sorted(_snippets.items()):
            print("%-18s %-16s %s" % (name, source, function))
        sys.exit(0 if len(sys.argv) == 1 else 2)
    source, function, declare = _snippets[sys.argv[1]]
    declare()
    ls.about("%s of text %s" % (function, source), "", "")
    ls.main()


if __name__ == "__main__":
    main()
