"""What the PyTorch subjects share: gradients by autograd, and what a device does when it fails."""
import functools
import os
import sys

import lossproof_subject as ls
import torch


def tracked(*tensors):
    for t in tensors:
        t.requires_grad_(True)
    return tensors[0] if len(tensors) == 1 else tensors


def backward(loss, wrt, upstream=None):
    """loss, d(upstream . loss)/d(wrt)..."""
    if upstream is None:
        upstream = torch.ones_like(loss)
    grads = torch.autograd.grad(loss, wrt, grad_outputs=upstream.reshape(loss.shape).to(loss.dtype))
    return (loss, *grads)


def on_device(function, device):
    """What the device lacks in a format is not tested; everything else that is raised is an error.
    After an error of CUDA (an assertion that failed, an address out of bounds) nothing is left that
    could answer the next case: the process ends without an answer, and is started again by who runs
    it. Kernels run behind the caller's back: they are waited for, also where something was raised,
    so that the case that broke the device is the one that dies of it."""
    @functools.wraps(function)
    def run(*args, **kwargs):
        try:
            try:
                return function(*args, **kwargs)
            finally:
                if device.startswith("cuda"):
                    torch.cuda.synchronize()
        except RuntimeError as error:
            if "not implemented for" in str(error):
                raise ls.Unsupported(str(error)) from error
            if "CUDA error" in str(error):
                print(error, file=sys.stderr, flush=True)
                os._exit(1)
            raise
    return run
