"""Any one function as a subject: a loss on PyTorch tensors, whatever device they lie on and whatever
kernel answers (Triton, CUDA, torch.compile), or on JAX's arrays. The framework takes the gradient.

    python3 callable_subject.py [OPTION...] FILE.py FUNCTION [OPERATION [DEVICE [FORMAT...]]]

OPERATION is softmax_xent, DEVICE cpu, FORMAT binary32 where none is given. FUNCTION's parameters are
its declaration: they are called what the case's arrays and parameters are (docs/case-format.md), and
those with a default are the options that it has:

    def mine(logits, label, smoothing=0.0, ignore_index=None):
        return kernel(logits, label, ...)        # the loss of each row

A parameter `reduction` declares none, sum and mean. `upstream` is the framework's affair. A link
returns its value, N x K.

    --jax                    FUNCTION takes JAX's arrays; it is compiled for each shape
    --accumulation=FORMAT    what the code computes in, where that is wider than its arrays
    --unguarded              what lies outside the operation's domain is FUNCTION's, and judged
"""
import functools
import importlib.util
import inspect
import os
import sys

import lossproof_subject as ls

LINKS = {"logsumexp", "softmax", "log_softmax", "sigmoid", "log_sigmoid", "softplus"}
# The output of a gradient, and the array that it belongs to.
GRADIENTS = {"entropy": {"grad": "p"}, "bce_prob": {"grad": "p"}, "nll": {"grad": "q"},
             "cross_entropy": {"grad": "q", "grad_p": "p"}, "kl_div": {"grad": "q", "grad_p": "p"},
             "kl_gen": {"grad": "q", "grad_p": "p"}, "info_nce": {"grad": "sim"},
             "linear_xent": {"grad_w": "w", "grad_x": "x", "grad_b": "b"}}


def torch_call(function, wrt, cotangent, device):
    import torch
    import torch_calls

    def run(**given):
        up = given.pop(cotangent, None)
        if "label" in given:
            given["label"] = torch.from_numpy(given["label"]).to(device)
        for name in wrt:
            given[name].requires_grad_(True)
        return torch_calls.backward(function(**given), [given[name] for name in wrt], up)
    return torch_calls.on_device(run, device)


def jax_call(function, wrt, cotangent):
    import jax
    jax.config.update("jax_enable_x64", True)

    @functools.partial(jax.jit, static_argnames=("options",))
    def both(arrays, up, options):
        def of(*tracked):
            return function(**dict(arrays, **dict(zip(wrt, tracked))), **dict(options))
        value, pull = jax.vjp(of, *(arrays[name] for name in wrt))
        if up is None:
            up = jax.numpy.ones_like(value)
        return value, *pull(up.reshape(value.shape).astype(value.dtype))

    def run(**given):
        up = given.pop(cotangent, None)
        arrays = {name: x for name, x in given.items() if hasattr(x, "shape")}
        options = tuple((name, x) for name, x in given.items() if name not in arrays)
        # NumPy's lists of bfloat16 are not of floats.
        return tuple(x.astype("float64") for x in both(arrays, up, options))
    return run


def jax_array(values, shape, stride, form):
    """A list of floats as a JAX array of the format. JAX has no rows that lie apart."""
    del stride
    import jax.numpy
    dtype = {"binary64": "float64", "binary32": "float32", "binary16": "float16"}.get(form, form)
    return jax.numpy.asarray(ls.numpy.array(values).reshape(shape), dtype=dtype)


def declaration(function):
    """params and reductions, from the signature."""
    params, reductions = [], ("none",)
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            raise SystemExit("%s: a parameter without a name says nothing" % function.__name__)
        if name == "reduction":
            reductions = ("none", "sum", "mean")
        elif parameter.default is not parameter.empty:
            params.append(name)
    return params, reductions


def register(function, operation, device, formats, jax=False, guarded=True):
    wrt = GRADIENTS.get(operation, {"grad": "logits"})
    params, reductions = declaration(function)
    link = operation in LINKS
    if not link:
        params.append("upstream")
    cotangent = "v" if link else "upstream"
    if jax:
        call, arrays = jax_call(function, tuple(wrt.values()), cotangent), jax_array
    else:
        call = torch_call(function, tuple(wrt.values()), cotangent, device)
        arrays = functools.partial(ls.torch_tensor, device=device)

    def answer(**given):
        results = call(**given)
        return (results[0], None) if operation in ls.GRAD_NEEDS_V and "v" not in given else results
    ls.op(operation, formats=formats, outputs=("value" if link else "loss", *wrt), params=params,
          reductions=reductions, strided=not jax, arrays=arrays, guarded=guarded)(answer)


def load(path):
    spec = importlib.util.spec_from_file_location(os.path.basename(path).partition(".")[0], path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def main(words):
    options = dict(word[2:].partition("=")[::2] for word in words if word.startswith("--"))
    path, name, *rest = [word for word in words if not word.startswith("--")]
    operation, device, *formats = rest + ["softmax_xent", "cpu"][len(rest):]
    module = load(path)
    register(getattr(module, name), operation, device, formats or ("binary32",), "jax" in options,
             "unguarded" not in options)
    conventions = ["special=ieee"]
    if options.get("accumulation"):
        conventions.append("accumulation=" + options["accumulation"])
    ls.about("%s of %s" % (name, os.path.basename(path)), getattr(module, "VERSION", ""),
             " ".join(conventions))
    ls.main()


if __name__ == "__main__":
    main(sys.argv[1:])
