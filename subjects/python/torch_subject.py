"""PyTorch as a subject: torch.nn.functional's losses and links, values and autograd's gradients.

    lossproof certify 'cmd:python3 subjects/python/torch_subject.py [--compile] [DEVICE [FORMAT...]]'

DEVICE is what PyTorch calls it (cpu, cuda), FORMAT one of binary64 and binary32 (both, where none is
given), bfloat16 and binary16. With --compile the losses are what torch.compile makes of them, which
fuses what is rounded in between otherwise. Where the device is on another machine: docs/adapter.md,
On a GPU.

Every answer is the library's own within the operations' domains; what lies outside (targets of 1.5,
infinite weights), which PyTorch takes as it comes, is refused here. What is translated: the
`ignore_index` that PyTorch's API always has (-100 by default) is, where a case has none, one that no
label has; the mean over weighted rows is the rule `weights`, the only one that PyTorch has.
"""
import functools
import sys

import lossproof_subject as ls
import torch
import torch.nn.functional as F
from torch_calls import backward, on_device, tracked

COMPILE = "--compile" in sys.argv
WORDS = [word for word in sys.argv[1:] if not word.startswith("--")]
DEVICE = WORDS[0] if WORDS else "cpu"
FORMATS = tuple(WORDS[1:]) or ("binary64", "binary32")
ANY = ("none", "sum", "mean")
ROWS = ("upstream",)


def labels(label):
    return torch.from_numpy(label).to(DEVICE)


@functools.lru_cache(maxsize=None)
def forward(function):
    """The function, or what torch.compile makes of it: whole, for shapes that change, and never the
    function itself where compiling it has become too much, which would be certified unnoticed."""
    if not COMPILE:
        return function
    import torch._dynamo
    torch._dynamo.config.recompile_limit = 10**6
    torch._dynamo.config.accumulated_recompile_limit = 10**6

    def whole(*args, **kwargs):
        return function(*args, **kwargs)
    return torch.compile(whole, dynamic=True, fullgraph=True)


def op(name, **keywords):
    keywords.setdefault("reductions", ANY)
    return lambda function: ls.op(
        name, formats=FORMATS, strided=True, guarded=True,
        arrays=functools.partial(ls.torch_tensor, device=DEVICE), **keywords)(
            on_device(function, DEVICE))


# ---- links ------------------------------------------------------------------------------------


def link(name, function, params=()):
    @op(name, outputs=("value", "grad"), params=params, reductions=("none",))
    def run(logits, v=None):
        if v is None:
            return forward(function)(logits), None
        z = tracked(logits)
        return backward(forward(function)(z), z, v)
    return run


def scalar_link(name, function):
    @op(name, outputs=("value", "grad"), reductions=("none",))
    def run(logits, v=None):
        z = tracked(logits)
        return backward(forward(function)(z), z, v)
    return run


link("softmax", lambda z: F.softmax(z, dim=1))
link("log_softmax", lambda z: F.log_softmax(z, dim=1))
scalar_link("logsumexp", lambda z: torch.logsumexp(z, dim=1))
scalar_link("sigmoid", torch.sigmoid)
scalar_link("log_sigmoid", F.logsigmoid)
scalar_link("softplus", F.softplus)

# ---- losses -----------------------------------------------------------------------------------


def ignored(label, ignore_index):
    """PyTorch always has one."""
    if ignore_index is not None:
        return ignore_index
    taken = set(label.tolist())
    return next(i for i in range(-100, -100 - len(taken) - 1, -1) if i not in taken)


@op("softmax_xent", params=("weights", "smoothing", "ignore_index", "mean_rule", *ROWS))
def softmax_xent(logits, label, reduction, weights=None, smoothing=0.0, ignore_index=None,
                 mean_rule="n", upstream=None):
    if reduction == "mean" and weights is not None and mean_rule != "weights":
        raise ls.Unsupported("PyTorch divides by the sum of the weights")
    z, label = tracked(logits), labels(label)
    loss = forward(F.cross_entropy)(z, label, weight=weights, label_smoothing=smoothing,
                                    ignore_index=ignored(label, ignore_index), reduction=reduction)
    return backward(loss, z, upstream)


@op("softmax_xent_soft", params=("weights", "smoothing", *ROWS))
def softmax_xent_soft(logits, targets, reduction, weights=None, smoothing=0.0, upstream=None):
    z = tracked(logits)
    loss = forward(F.cross_entropy)(z, targets, weight=weights, label_smoothing=smoothing,
                                    reduction=reduction)
    return backward(loss, z, upstream)


def nll_of(q, label, ignore_index, reduction):
    return F.nll_loss(torch.log(q), label, ignore_index=ignore_index, reduction=reduction)


@op("nll", params=("ignore_index", *ROWS))
def nll(q, label, reduction, ignore_index=None, upstream=None):
    """As its documentation says: the input is log-probabilities."""
    q, label = tracked(q), labels(label)
    loss = forward(nll_of)(q, label, ignored(label, ignore_index), reduction)
    return backward(loss, q, upstream)


@op("bce_logits", params=("pos_weight", *ROWS))
def bce_logits(logits, targets, reduction, pos_weight=None, upstream=None):
    z = tracked(logits)
    q = None if pos_weight is None else torch.tensor([pos_weight], dtype=z.dtype, device=DEVICE)
    loss = forward(F.binary_cross_entropy_with_logits)(z, targets, pos_weight=q,
                                                       reduction=reduction)
    return backward(loss, z, upstream)


@op("bce_prob", params=ROWS)
def bce_prob(p, targets, reduction, upstream=None):
    p = tracked(p)
    return backward(forward(F.binary_cross_entropy)(p, targets, reduction=reduction), p, upstream)


def reduced(rows, reduction):
    """Of PyTorch's terms, summed over a row: its own `mean` divides by N K, `batchmean` by N."""
    return {"none": rows, "sum": rows.sum(), "mean": rows.mean()}[reduction]


def multilabel_of(z, targets, pos_weight, label_reduction, reduction):
    terms = F.binary_cross_entropy_with_logits(z, targets, pos_weight=pos_weight, reduction="none")
    return reduced(terms.sum(dim=1) if label_reduction == "sum" else terms.mean(dim=1), reduction)


@op("multilabel_bce", params=("pos_weight", "pos_weight[]", "label_reduction", *ROWS))
def multilabel_bce(logits, targets, reduction, pos_weight=None, label_reduction="sum",
                   upstream=None):
    z = tracked(logits)
    if isinstance(pos_weight, float):
        pos_weight = torch.full((z.shape[1],), pos_weight, dtype=z.dtype, device=DEVICE)
    return backward(forward(multilabel_of)(z, targets, pos_weight, label_reduction, reduction), z,
                    upstream)


def kl_logits_of(z, targets, reduction):
    terms = F.kl_div(F.log_softmax(z, dim=1), targets, reduction="none")
    return reduced(terms.sum(dim=1), reduction)


@op("kl_logits", params=ROWS)
def kl_logits(logits, targets, reduction, upstream=None):
    z = tracked(logits)
    return backward(forward(kl_logits_of)(z, targets, reduction), z, upstream)


def kl_of(p, q, reduction):
    return reduced(F.kl_div(torch.log(q), p, reduction="none").sum(dim=1), reduction)


@op("kl_div", outputs=("loss", "grad", "grad_p"), params=ROWS)
def kl_div(p, q, reduction, upstream=None):
    p, q = tracked(p, q)
    return backward(forward(kl_of)(p, q, reduction), (q, p), upstream)


if __name__ == "__main__":
    accumulation = " accumulation=binary32" if set(FORMATS) & {"bfloat16", "binary16"} else ""
    where = " " + torch.cuda.get_device_name() if DEVICE.startswith("cuda") else ""
    ls.about("PyTorch" + where + (" torch.compile" if COMPILE else ""), torch.__version__,
             "special=ieee mean_rule=weights" + accumulation)
    ls.main()
