"""Makes Python callables a `cmd:` subject of lossproof (docs/cmd-protocol.md, docs/adapter.md).

    import lossproof_subject as ls

    @ls.op("softmax_xent", formats=("binary64",))
    def f(logits, label):
        ...
        return loss, grad

    ls.main()

A callable gets the case's arrays as keyword arguments under the names of docs/case-format.md, N x K
ones in that shape, in the case's format; `label` as integers; of the scalar parameters those that
the case gives, as floats or words; `reduction` where the entry declares others than "none". It
returns its outputs in the order of `outputs`, or one value alone; None only for the gradient of a
link that got no cotangent. Results are rounded to the case's format, as storing them into an array
of it would. An exception is an answer: an error, with its text. What a callable does with labels and
values outside their domain is its own affair and is judged; only K = 0, a call without meaning, is
refused here.

Only the standard library is needed; arrays are NumPy's where NumPy can be imported, else lists.
"""
import itertools
import json
import math
import os
import struct
import sys
import traceback
import warnings

# One thread, so that no answer depends on how many cores the machine has. Read at import by the
# libraries behind NumPy, SciPy and PyTorch, hence before them.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

try:
    import numpy
except ImportError:
    numpy = None

FORMATS = ("binary64", "binary32")

# Shapes by role; what is not here is N x K. `upstream` is N for reduction none, else 1.
_VECTORS = {"weights": "k", "alpha": "k", "pos_weight": "k", "b": "k", "advantage": "n",
            "upstream": "loss"}
_MATRICES = {"x": ("n", "d"), "w": ("k", "d"), "sim": ("n", "n")}
_NOT_ARRAYS = {"id", "op", "format", "n", "k", "d", "label", "stride", "rounding", "params",
               "source", "tags"}
# Whose cotangent `v` is one number a row; whose gradient is due only where there is one; whose loss
# is one number whatever the reduction.
_ROW_COTANGENT = {"logsumexp"}
GRAD_NEEDS_V = {"softmax", "log_softmax"}
_ONE_NUMBER = {"ece", "perplexity", "info_nce", "linear_xent"}

# ---- what a callable may say instead of an answer ---------------------------------------------


class Refused(Exception):
    """Raised by a callable that refuses the case; the answer is `status`, and nothing else."""
    status = "internal"


class ArgumentRefused(Refused):
    status = "argument"


class LabelRefused(Refused):
    status = "label"


class Unsupported(Refused):
    """The case is not tested: something that the declaration cannot say."""
    status = "unsupported"


def _status_of(error):
    if isinstance(error, Refused):
        return error.status
    if isinstance(error, MemoryError):
        return "memory"
    return "internal"


# ---- numbers ----------------------------------------------------------------------------------


_PACKED = {"binary32": "<f", "binary16": "<e"}


def _to_bfloat16(x):
    if x == 0 or not math.isfinite(x):
        return x
    ulp = max(math.frexp(x)[1] - 1, -126) - 7
    y = math.copysign(math.ldexp(round(math.ldexp(x, -ulp)), ulp), x)  # round: ties to even
    return y if abs(y) < math.ldexp(1, 128) else math.copysign(math.inf, x)


def to_format(x, form):
    """The nearest value of the format, as a float; infinity beyond its range."""
    if form == "bfloat16":
        return _to_bfloat16(x)
    if form == "binary64":
        return x
    try:
        return struct.unpack(_PACKED[form], struct.pack(_PACKED[form], x))[0]
    except OverflowError:
        return math.copysign(math.inf, x)


def _shape(role, case):
    if role in _MATRICES:
        rows, columns = _MATRICES[role]
        return case[rows], case[columns]
    if role == "v" and case["op"] in _ROW_COTANGENT:
        return (case["n"],)
    kind = _VECTORS.get(role)
    if kind == "loss":
        return (case["n"] if reduction_of(case) == "none" and case["op"] not in _ONE_NUMBER else 1,)
    return (case["n"], case["k"]) if kind is None else (case[kind],)


def reduction_of(case):
    return case.get("params", {}).get("reduction", "none")


def _padded(values, shape, stride):
    """Rows `stride` apart; what lies between them is NaN and belongs to nobody."""
    if len(shape) < 2 or stride <= shape[1]:
        return values, None
    gap = [math.nan] * (stride - shape[1])
    rows = (values[i * shape[1]:(i + 1) * shape[1]] + gap for i in range(shape[0]))
    return list(itertools.chain.from_iterable(rows)), stride


def numpy_array(values, shape, stride, form):
    """A list of floats as an array of the format; a view with row stride where one is asked for.
    NumPy has no bfloat16."""
    dtype = {"binary64": numpy.float64, "binary32": numpy.float32, "binary16": numpy.float16}[form]
    values, stride = _padded(values, shape, stride)
    flat = numpy.array(values, dtype=dtype)
    if stride:
        return flat.reshape(shape[0], stride)[:, :shape[1]]
    return flat.reshape(shape)


def torch_tensor(values, shape, stride, form, device="cpu"):
    """The same as a PyTorch tensor."""
    import torch
    dtype = {"binary64": torch.float64, "binary32": torch.float32, "binary16": torch.float16,
             "bfloat16": torch.bfloat16}[form]
    values, stride = _padded(values, shape, stride)
    flat = torch.tensor(values, dtype=dtype, device=device)
    if stride:  # a view into a wider tensor, as a slice is one
        return flat.reshape(shape[0], stride)[:, :shape[1]]
    return flat.reshape(shape)


def nested_list(values, shape, stride, form):
    """The same as lists of floats, a row each; binary32 values are floats too."""
    del stride, form
    if len(shape) == 1:
        return values
    return [values[i * shape[1]:(i + 1) * shape[1]] for i in range(shape[0])]


def _labels(values, convert):
    if convert is nested_list:
        return values
    # An array, since code indexes with it; a label beyond int64 does not exist (section 7).
    return numpy.array(values, dtype=numpy.int64)


def _flat(value):
    """A result of any kind as a flat list of floats."""
    if hasattr(value, "detach"):  # a tensor
        value = value.detach()
    if hasattr(value, "reshape") and hasattr(value, "tolist"):
        return value.reshape(-1).tolist()
    if isinstance(value, (list, tuple)):
        return [x for item in value for x in _flat(item)]
    return [float(value)]


def _output_length(name, case):
    n, k = case["n"], case["k"]
    if name == "loss":
        return n if reduction_of(case) == "none" and case["op"] not in _ONE_NUMBER else 1
    if name == "value" and case["op"] == "logsumexp":
        return n
    return {"grad_w": k * case.get("d", 0), "grad_x": n * case.get("d", 0), "grad_b": k,
            "grad_tau": 1}.get(name, n * k)


# ---- the registry -----------------------------------------------------------------------------

_entries = []
_about = {"name": "", "version": "", "conventions": ""}


def about(name, version="", conventions=""):
    """What the reports call the subject; without it the program's file name."""
    _about.update(name=name, version=str(version), conventions=conventions)


def op(name, formats=("binary64",), outputs=("loss", "grad"), params=(), reductions=("none",),
       strided=False, arrays=None, errors=None, guarded=False):
    """Registers a callable for an operation. `params` as a `hello` line lists them; `arrays` makes
    an array out of (list of floats, shape, row stride, format): numpy_array, torch_tensor,
    nested_list or your own; `errors` maps exception classes to a status, where a library refuses by
    raising; `guarded` refuses what lies outside the operation's domain before the call: for code
    that documents something else there, or nothing. The certificate then says "domain=adapter"."""
    def register(function):
        convert = arrays or (numpy_array if numpy else nested_list)
        for form in formats:
            _entries.append({"op": name, "format": form, "outputs": tuple(outputs),
                             "params": tuple(params), "reductions": tuple(reductions),
                             "flags": ("strided",) if strided else (), "call": function,
                             "arrays": convert, "errors": dict(errors or {}),
                             "guarded": guarded})
        return function
    return register


def hello():
    """The first line, without its newline."""
    keys = ("op", "format", "params", "outputs", "reductions", "flags")
    guarded = "domain=adapter" if any(entry["guarded"] for entry in _entries) else ""
    return json.dumps({
        "hello": "lossproof", "abi": 1,
        "name": _about["name"] or os.path.basename(sys.argv[0]),
        "version": _about["version"],
        "conventions": " ".join(filter(None, (_about["conventions"], guarded))),
        "entries": [{key: entry[key] for key in keys} for entry in _entries]})


# ---- the domain of the operations (docs/operations.md) ----------------------------------------

_UNIT_TARGETS = {"bce_logits", "multilabel_bce", "bce_prob", "mse_sigmoid"}
_LABELS = {"focal_sigmoid": (0, 1), "hinge": (-1, 1), "logistic_margin": (-1, 1)}
_SCALARS = {"smoothing": (0, 1), "temperature": (5e-324, math.inf), "softcap": (5e-324, math.inf),
            "gamma": (0, math.inf), "pos_weight": (0, math.inf), "z_loss": (0, math.inf),
            "mix": (0, math.inf)}


def _outside(texts, low, high):
    """NaN is no error: it makes its row NaN."""
    return any(x < low or x > high for x in map(float.fromhex, texts))


def guard(case):
    """Raises where section 2 wants an error."""
    operation, params = case["op"], case.get("params", {})
    for role in ("p", "q", "targets"):
        unit = role == "p" and operation == "bce_prob" or (
            role == "targets" and operation in _UNIT_TARGETS)
        if _outside(case.get(role, ()), 0, 1 if unit else math.inf):
            raise ArgumentRefused("%s outside its domain" % role)
    arrays = [value for value in params.values() if isinstance(value, list)]
    for texts in [case.get("weights", ()), *arrays]:
        if any(math.isinf(float.fromhex(x)) for x in texts):
            raise ArgumentRefused("an infinite parameter")
    for name, value in params.items():
        x = None if isinstance(value, list) else _scalar(value)
        low, high = _SCALARS.get(name, (-math.inf, math.inf))
        if isinstance(x, float) and not (math.isfinite(x) and low <= x <= high):
            raise ArgumentRefused("%s outside its domain" % name)
    low, high = 0, case["k"] - 1
    for label in case.get("label", ()):
        if operation in _LABELS:
            bad = label not in _LABELS[operation]
        else:
            bad = not low <= label <= high and label != params.get("ignore_index")
        if bad:
            raise LabelRefused("a label outside its domain")


# ---- one case ---------------------------------------------------------------------------------


def _params_given(case):
    """By the names of a declaration: arrays are `alpha[]`, but `weights` and `upstream`."""
    given = {"weights", "upstream"} & case.keys()
    for name, value in case.get("params", {}).items():
        if name != "reduction":
            given.add(name + "[]" if isinstance(value, list) else name)
    return given


def _entry_of(case):
    """The first entry that takes the case, as the host chooses."""
    for entry in _entries:
        if (entry["op"] == case["op"] and entry["format"] == case["format"]
                and _params_given(case) <= set(entry["params"])
                and reduction_of(case) in entry["reductions"]):
            return entry
    raise Unsupported("no entry takes this case")


def _scalar(value):
    if isinstance(value, str) and (value in ("inf", "-inf", "nan") or "0x" in value):
        return float.fromhex(value)
    return value


def arguments(entry, case):
    """The case as the keyword arguments of a callable."""
    out = {}
    convert = entry["arrays"]

    def array(role, texts):
        values = list(map(float.fromhex, texts))
        return convert(values, _shape(role, case), case.get("stride", 0), case["format"])

    for key, value in case.items():
        # A cotangent concerns those who have a gradient.
        if key not in _NOT_ARRAYS and (key != "v" or "grad" in entry["outputs"]):
            out[key] = array(key, value)
    if "label" in case:
        out["label"] = _labels(case["label"], convert)
    for key, value in case.get("params", {}).items():
        if key == "reduction":
            continue
        out[key] = array(key, value) if isinstance(value, list) else _scalar(value)
    if set(entry["reductions"]) != {"none"}:
        out["reduction"] = reduction_of(case)
    return out


def _outputs(entry, case, result):
    """name -> list of floats of the case's format, checked for length."""
    if not isinstance(result, tuple):
        result = (result,)
    if len(result) > len(entry["outputs"]):
        raise ValueError("%d results for the outputs %s" % (len(result), entry["outputs"]))
    out = {}
    for name, value in itertools.zip_longest(entry["outputs"], result):
        if value is None:
            if name == "grad" and case["op"] in GRAD_NEEDS_V and "v" not in case:
                continue
            raise ValueError("%s is missing" % name)
        values = _flat(value)
        length = _output_length(name, case)
        if len(values) != length:
            raise ValueError("%s has %d values, not %d" % (name, len(values), length))
        out[name] = [to_format(x, case["format"]) for x in values]
    return out


def _answer_line(case_id, outputs, status, error=None):
    parts = ['{"id":%s' % json.dumps(case_id)]
    for name, values in outputs.items():
        text = '","'.join(map(float.hex, values))
        parts.append('"%s":[%s]' % (name, '"%s"' % text if values else ""))
    parts.append('"status":"%s"' % status)
    if error:
        parts.append('"error":%s' % json.dumps(error))
    return ",".join(parts) + "}\n"


_told = set()


def _tell(error):
    """The traceback on standard error, once a kind: a run makes thousands of the same."""
    kind = (type(error), str(error)[:80])
    if kind not in _told and len(_told) < 100:
        _told.add(kind)
        traceback.print_exception(type(error), error, error.__traceback__, file=sys.stderr)


def answer(line):
    """The answer line to a case line. Whatever goes wrong is an answer, with its status."""
    case_id, entry = None, None
    try:
        case = json.loads(line)
        case_id = case.get("id")
        entry = _entry_of(case)
        if case["k"] == 0:
            raise ArgumentRefused("no classes")
        if entry["guarded"]:
            guard(case)
        outputs = _outputs(entry, case, entry["call"](**arguments(entry, case)))
        return _answer_line(case_id, outputs, "ok")
    except (Exception, SystemExit) as error:
        status = _status_of(error)
        for kind, name in (entry["errors"] if entry else {}).items():
            if isinstance(error, kind):
                status = name
                break
        else:
            if status == "internal":
                _tell(error)
        return _answer_line(case_id, {}, status, "%s: %s" % (type(error).__name__, str(error)[:200]))


# ---- the loop ---------------------------------------------------------------------------------


def _private_streams():
    """Standard input and output for us alone: what a callable or its libraries print, from C too,
    goes to standard error, and they read nothing."""
    lines = os.fdopen(os.dup(0), "rb")
    out = os.fdopen(os.dup(1), "wb")
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    os.dup2(2, 1)
    return lines, out


def _settle_libraries():
    warnings.simplefilter("ignore")  # an overflow in exp is no news here, and costs a line each
    if numpy:
        numpy.seterr(all="ignore")
    torch = sys.modules.get("torch")
    if torch:
        torch.set_num_threads(1)
        torch.use_deterministic_algorithms(True)


def main():
    """Declares, answers until standard input ends, and exits."""
    lines, out = _private_streams()
    _settle_libraries()
    out.write(hello().encode() + b"\n")
    out.flush()
    for line in lines:
        out.write(answer(line).encode())
        out.flush()
    out.close()
