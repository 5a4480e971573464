"""SciPy's special functions as subjects, and the losses that people compose from them.

    lossproof certify 'cmd:/usr/bin/python3 subjects/python/scipy_subject.py'
    lossproof certify 'cmd:/usr/bin/python3 subjects/python/scipy_subject.py composed'

Without an argument: what scipy.special has, values only, since it has no gradients. `composed`: the
cross-entropies that one finds written with it, and the gradient softmax - onehot beside them. What
lies outside an operation's domain, for which SciPy documents infinities, is refused here.
"""
import sys

import lossproof_subject as ls
import numpy as np
import scipy
from scipy import special

BOTH = ("binary64", "binary32")


def op(name, *outputs):
    return ls.op(name, formats=BOTH, outputs=outputs or ("value",), strided=True,
                 guarded=True)


def library():
    op("logsumexp")(lambda logits: special.logsumexp(logits, axis=1))
    op("softmax")(lambda logits: special.softmax(logits, axis=1))
    op("log_softmax")(lambda logits: special.log_softmax(logits, axis=1))
    op("sigmoid")(lambda logits: special.expit(logits))
    op("log_sigmoid")(lambda logits: special.log_expit(logits))
    op("entropy", "loss")(lambda p: special.entr(p).sum(axis=1))
    op("kl_div", "loss")(lambda p, q: special.rel_entr(p, q).sum(axis=1))
    op("kl_gen", "loss")(lambda p, q: special.kl_div(p, q).sum(axis=1))
    op("cross_entropy", "loss")(lambda p, q: -special.xlogy(p, q).sum(axis=1))


def composed():
    @op("softmax_xent", "loss", "grad")
    def softmax_xent(logits, label):
        rows = np.arange(len(label))
        loss = -special.log_softmax(logits, axis=1)[rows, label]
        grad = special.softmax(logits, axis=1)
        grad[rows, label] -= 1
        return loss, grad

    @op("softmax_xent_soft", "loss", "grad")
    def softmax_xent_soft(logits, targets):
        loss = -(targets * special.log_softmax(logits, axis=1)).sum(axis=1)
        return loss, special.softmax(logits, axis=1) * targets.sum(axis=1)[:, None] - targets

    @op("kl_logits", "loss", "grad")
    def kl_logits(logits, targets):
        loss = special.rel_entr(targets, special.softmax(logits, axis=1)).sum(axis=1)
        return loss, special.softmax(logits, axis=1) * targets.sum(axis=1)[:, None] - targets

    @op("bce_logits", "loss", "grad")
    def bce_logits(logits, targets):
        loss = -targets * special.log_expit(logits) - (1 - targets) * special.log_expit(-logits)
        return loss, special.expit(logits) - targets

    @op("softplus", "value", "grad")
    def softplus(logits, v=1):
        return np.logaddexp(0, logits), special.expit(logits) * v


if __name__ == "__main__":
    name = sys.argv[1] if len(sys.argv) > 1 else "library"
    if name not in ("library", "composed"):
        sys.exit("scipy_subject.py [library|composed]")
    {"library": library, "composed": composed}[name]()
    ls.about("scipy.special" if name == "library" else "scipy.special, composed",
             scipy.__version__)
    ls.main()
