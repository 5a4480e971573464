"""Other people's fused kernels, as functions for callable_subject.py: each calls the library as its
documentation does and translates names, nothing else. The libraries are looked for where Python looks
(PYTHONPATH); none comes with this project. What was found: reports/published/gpu.txt.

    python3 subjects/python/callable_subject.py --accumulation=binary32 subjects/python/kernels.py liger \\
        softmax_xent cuda bfloat16
"""
import ctypes
import functools
import os

import lossproof_subject as ls

NOT_A_CLASS = -100  # what all of them ignore, where nobody says what
VERSION = os.environ.get("LOSSPROOF_KERNEL_VERSION", "")  # what the libraries don't say: a commit


def ignored(index):
    return NOT_A_CLASS if index is None else index


def weighted_mean(reduction, weights, mean_rule):
    if reduction == "mean" and weights is not None and mean_rule != "weights":
        raise ls.Unsupported("it divides by the sum of the weights")


def liger(logits, label, reduction, weights=None, ignore_index=None, softcap=None, mean_rule="n"):
    """Liger-Kernel's Triton kernel; the gradient overwrites the logits."""
    from liger_kernel.ops.cross_entropy import LigerCrossEntropyFunction
    weighted_mean(reduction, weights, mean_rule)
    return LigerCrossEntropyFunction.apply(logits, label, weights, ignored(ignore_index), 0.0, 0.0,
                                           reduction, softcap, False)[0]


def liger_options(logits, label, smoothing=0.0, z_loss=0.0):
    """Numbers that are compiled into the kernel: each costs a compilation."""
    from liger_kernel.ops.cross_entropy import LigerCrossEntropyFunction
    return LigerCrossEntropyFunction.apply(logits, label, None, NOT_A_CLASS, z_loss, smoothing,
                                           "none", None, False)[0]


def liger_linear(x, w, b, label, ignore_index=None):
    """Its linear layer with the loss, chunk by chunk."""
    from liger_kernel.ops.fused_linear_cross_entropy import LigerFusedLinearCrossEntropyFunction
    return LigerFusedLinearCrossEntropyFunction.apply(x, w, label, b, None, ignored(ignore_index))[0]


def liger_kl(logits, targets):
    """Its KL divergence behind PyTorch's log_softmax; a row is the sum of its terms."""
    import torch
    from liger_kernel.ops.kl_div import LigerKLDivLossFunction
    terms = LigerKLDivLossFunction.apply(torch.log_softmax(logits, dim=1), targets, "none", False)
    return terms.sum(dim=1)


def flash_attn(logits, label, smoothing=0.0, ignore_index=None, z_loss=0.0):
    from flash_attn.ops.triton.cross_entropy import cross_entropy_loss
    return cross_entropy_loss(logits, label, label_smoothing=smoothing, lse_square_scale=z_loss,
                              ignore_index=ignored(ignore_index))[0]


def unsloth(logits, label, softcap=0.0):
    from unsloth.kernels.cross_entropy_loss import Fast_CrossEntropyLoss
    return Fast_CrossEntropyLoss.apply(logits, label, softcap, 0)


def apex(logits, label, smoothing=0.0, ignore_index=None):
    import torch
    from apex.contrib.xentropy.softmax_xentropy import SoftmaxCrossEntropyLoss
    return SoftmaxCrossEntropyLoss.apply(logits, label, smoothing, ignored(ignore_index),
                                         logits.dtype == torch.float16)


def apex_defaults(logits, label):
    from apex.contrib.xentropy.softmax_xentropy import SoftmaxCrossEntropyLoss
    return SoftmaxCrossEntropyLoss.apply(logits, label)


def cut(x, w, b, label, ignore_index=None):
    """Apple's cut cross-entropy, which leaves out what it holds for a negligible gradient."""
    from cut_cross_entropy import linear_cross_entropy
    return linear_cross_entropy(x, w, label, bias=b, ignore_index=ignored(ignore_index))


def cut_whole(x, w, b, label, ignore_index=None):
    """The same, with every term of the gradient."""
    from cut_cross_entropy import linear_cross_entropy
    return linear_cross_entropy(x, w, label, bias=b, ignore_index=ignored(ignore_index),
                                filter_eps=None)


def optax(logits, label):
    """With --jax."""
    import optax as library
    return library.softmax_cross_entropy_with_integer_labels(logits, label)


def optax_sigmoid(logits, targets):
    import optax as library
    return library.sigmoid_binary_cross_entropy(logits, targets)


@functools.lru_cache(maxsize=None)
def llm_c_library():
    """LLM_C is a shared object of llm.c's fused_classifier.cuh behind one C function:

        extern "C" void classify(floatX *logits, float *losses, const int *targets, int rows,
                                 int classes, int padded) {
            fused_classifier(logits, losses, 1.0f, targets, rows, 1, classes, padded, True, 0);
        }
    """
    return ctypes.CDLL(os.environ["LLM_C"])


def llm_c(logits, label):
    """The classes are padded to 128, as its author pads them; the gradient overwrites the logits.
    A block has 1024 threads of 16 bytes each: below that many classes its first loop does not end."""
    import torch

    class Classifier(torch.autograd.Function):
        @staticmethod
        def forward(ctx, z):
            (n, k), padded = z.shape, -(-z.shape[1] // 128) * 128
            if k * z.element_size() < 1024 * 16:
                raise ls.Unsupported("fewer classes than a block of the kernel takes")
            copy = torch.zeros((n, padded), dtype=z.dtype, device=z.device)
            copy[:, :k] = z
            loss = torch.zeros(n, dtype=torch.float32, device=z.device)
            targets = label.to(torch.int32)
            if n > 0:
                torch.cuda.synchronize()
                llm_c_library().classify(*(ctypes.c_void_p(t.data_ptr()) for t in (copy, loss, targets)),
                                         n, k, padded)
                torch.cuda.synchronize()
            ctx.grad = copy[:, :k]
            return loss

        @staticmethod
        def backward(ctx, upstream):
            return ctx.grad * upstream[:, None].to(ctx.grad.dtype)
    return Classifier.apply(logits)
