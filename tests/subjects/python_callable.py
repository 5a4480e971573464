"""subjects/python/callable_subject.py around small functions, on the CPU: python_callable.py
FOLDER-OF-THE-MODULE. 77: no PyTorch."""
import importlib.util
import inspect
import json
import math
import os
import subprocess
import sys
import tempfile

FOLDER = sys.argv[1]
if importlib.util.find_spec("torch") is None:
    print("not tested: %s has no PyTorch" % sys.executable)
    sys.exit(77)
sys.path.insert(0, FOLDER)
sys.dont_write_bytecode = True
import callable_subject  # noqa: E402
import kernels  # noqa: E402
import lossproof_subject as ls  # noqa: E402
import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402

LN2 = math.log(2)
failures = []


def check(what, got, want):
    if got != want:
        failures.append("%s: got %r, want %r" % (what, got, want))


def near(what, texts, want):
    got = list(map(float.fromhex, texts or ()))
    if len(got) != len(want) or any(not abs(g - w) < 2**-20 for g, w in zip(got, want)):
        failures.append("%s: got %r, want %r" % (what, got, want))


def ask(function, operation, formats, cases, **more):
    """The declaration of one function as an operation, and its answers."""
    ls._entries.clear()
    callable_subject.register(function, operation, "cpu", formats, **more)
    return (json.loads(ls.hello())["entries"],
            [json.loads(ls.answer(json.dumps(dict(op=operation, format=formats[0], id="i", **case))))
             for case in cases])


# ---- softmax_xent, with options and reductions ---------------------------------------------------


def plain(logits, label, reduction, smoothing=0.0, ignore_index=None):
    assert logits.stride(0) == (7 if ask.strided else 2), logits.stride()
    ask.strided = False
    return F.cross_entropy(logits, label, label_smoothing=smoothing, reduction=reduction)


def jax_plain(logits, label, reduction, smoothing=0.0, ignore_index=None):
    import jax.numpy as jnp
    rows = jnp.log(jnp.exp(logits).sum(axis=1)) - logits[jnp.arange(len(label)), label]
    return {"none": rows, "sum": rows.sum(), "mean": rows.mean()}[reduction]


ROWS = {"n": 2, "k": 2, "logits": ["0x0p+0"] * 4, "label": [0, 1]}


def check_plain(function, **more):
    ask.strided = False
    (entry,), answers = ask(function, "softmax_xent", ("binary32",), [
        ROWS, dict(ROWS, params={"reduction": "sum"}, upstream=["0x1p+1"]),
        dict(ROWS, upstream=["0x1p+1", "0x0p+0"]), dict(ROWS, label=[0, 2]),
        dict(ROWS, weights=["0x1p+0"] * 2)], **more)
    check("parameters", entry["params"], ["smoothing", "ignore_index", "upstream"])
    check("reductions", entry["reductions"], ["none", "sum", "mean"])
    near("loss", answers[0].get("loss"), [LN2, LN2])
    near("grad", answers[0].get("grad"), [-.5, .5, .5, -.5])
    near("sum", answers[1].get("loss"), [2 * LN2])
    near("grad of a sum", answers[1].get("grad"), [-1, 1, 1, -1])
    near("upstream", answers[2].get("grad"), [-1, 1, 0, 0])
    check("a label outside", answers[3]["status"], "label")
    check("not a parameter of it", answers[4]["status"], "unsupported")
    return entry


check("strided", check_plain(plain)["flags"], ["strided"])
ask.strided = True
check("a stride", ask(plain, "softmax_xent", ("binary32",), [dict(ROWS, stride=7)])[1][0]["status"],
      "ok")
check("unguarded", ask(plain, "softmax_xent", ("binary32",), [dict(ROWS, label=[0, 2])],
                       guarded=False)[1][0]["status"], "internal")

# ---- other operations -----------------------------------------------------------------------------


def linear(x, w, b, label):
    return F.cross_entropy(F.linear(x, w, b), label)


entries, answers = ask(linear, "linear_xent", ("binary64", "binary32"), [
    {"n": 2, "k": 2, "d": 1, "x": ["0x1p+0", "0x1p+1"], "w": ["0x0p+0"] * 2, "b": ["0x0p+0"] * 2,
     "label": [0, 0], "upstream": ["0x1p+1"]}])
check("formats", [entry["format"] for entry in entries], ["binary64", "binary32"])
check("outputs", entries[0]["outputs"], ["loss", "grad_w", "grad_x", "grad_b"])
for name, want in (("loss", [LN2]), ("grad_w", [-1.5, 1.5]), ("grad_x", [0, 0]),
                   ("grad_b", [-1, 1])):
    near(name, answers[0].get(name), want)

LINK = {"n": 1, "k": 2, "logits": ["0x0p+0"] * 2}
(entry,), answers = ask(lambda logits: F.softmax(logits, dim=1), "softmax", ("binary32",),
                        [LINK, dict(LINK, v=["0x1p+0", "0x0p+0"])])
near("a link", answers[0]["value"], [.5, .5])
check("no cotangent, no gradient", "grad" in answers[0], False)
near("a cotangent", answers[1].get("grad"), [.25, -.25])
check("a link has no upstream", entry["params"], [])

_, answers = ask(lambda p, q: F.kl_div(torch.log(q), p, reduction="none").sum(dim=1), "kl_div",
                 ("binary32",), [{"n": 1, "k": 2, "p": ["0x1p-1"] * 2, "q": ["0x1p-2", "0x1.8p-1"]}])
near("grad of q", answers[0].get("grad"), [-2, -2 / 3])
near("grad of p", answers[0].get("grad_p"), [LN2 + 1, 1 + math.log(2 / 3)])

_, answers = ask(lambda logits: torch.sigmoid(logits) / 2, "sigmoid", ("bfloat16",),
                 [{"n": 1, "k": 1, "logits": ["0x0p+0"]}])
near("bfloat16", answers[0].get("value"), [.25])
near("bfloat16, grad", answers[0].get("grad"), [.125])

# ---- other people's kernels: what they declare, and what is said where they are not ----------------

KNOWN = {"weights", "ignore_index", "softcap", "mean_rule", "smoothing", "z_loss"}
rows = [f for f in vars(kernels).values() if getattr(f, "__module__", "") == "kernels"
        and list(inspect.signature(f).parameters)[:2] == ["logits", "label"]]
check("kernels of rows", len(rows) >= 7, True)
for function in rows:
    check(function.__name__, set(callable_subject.declaration(function)[0]) - KNOWN, set())
if importlib.util.find_spec("flash_attn") is None:
    _, answers = ask(kernels.flash_attn, "softmax_xent", ("binary32",), [ROWS])
    check("what is missing", [answers[0]["status"], "No module named" in answers[0]["error"]],
          ["internal", True])

# ---- the program ----------------------------------------------------------------------------------

scratch = tempfile.mkdtemp()
path = os.path.join(scratch, "mine.py")
with open(path, "w") as file:
    file.write("VERSION = '1.5'\n"
               "def twice(logits):\n    return 2 * logits.sum(dim=1)\n"
               "def nameless(logits, *rest):\n    return logits\n")
case = json.dumps(dict(LINK, op="logsumexp", format="binary64", id="p")) + "\n"


def program(*words):
    return subprocess.run([sys.executable, os.path.join(FOLDER, "callable_subject.py"), *words],
                          input=case, capture_output=True, text=True)


lines = program("--accumulation=binary32", path, "twice", "logsumexp", "cpu",
                "binary64").stdout.splitlines()
hello = json.loads(lines[0])
check("name", [hello["name"], hello["version"]], ["twice of mine.py", "1.5"])
check("conventions", hello["conventions"], "special=ieee accumulation=binary32 domain=adapter")
near("an answer", json.loads(lines[1]).get("grad"), [2, 2])
check("no declaration", "a parameter without a name" in program(path, "nameless").stderr, True)

if importlib.util.find_spec("jax") is None:
    print("JAX is not here: --jax not tested")
else:
    check("rows of JAX lie together", check_plain(jax_plain, jax=True)["flags"], [])

for failure in failures:
    print(failure)
sys.exit(bool(failures))
