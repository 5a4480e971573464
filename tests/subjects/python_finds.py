"""python_finds.py LOSSPROOF SCRATCH MODULE SUBJECT...: in a library whose loss of a confident row is 0,
an untold run must find that, and shrink it to two classes. 77: MODULE cannot be imported."""
import importlib.util
import json
import os
import shutil
import subprocess
import sys

lossproof, scratch, module, *words = sys.argv[1:]
if importlib.util.find_spec(module) is None:
    print("not tested: %s has no %s" % (sys.executable, module))
    sys.exit(77)
shutil.rmtree(scratch, ignore_errors=True)
command = " ".join("'%s'" % word for word in [sys.executable, *words])
run = subprocess.run([lossproof, "certify", "cmd:" + command, "--op", "softmax_xent", "--format",
                      "binary64", "--evals", "2500", "--out", scratch],
                     capture_output=True, text=True, env=dict(os.environ, PYTHONDONTWRITEBYTECODE="1"))
print(run.stdout, run.stderr)
assert run.returncode == 1, run.returncode
with open(os.path.join(scratch, "certificate.json")) as file:
    certificate = json.load(file)
assert not certificate["findings"], certificate["findings"]
zeros = [c for c in certificate["counterexamples"]
         if c.get("got") and float.fromhex(c["got"]["hex"]) == 0 and c["message"].startswith("loss")
         and float(c["exact"]) != 0]
assert zeros, "no loss of 0 was found where the exact one is not 0"
least = min(zeros, key=lambda c: (c["case"]["n"], c["case"]["k"]))["case"]
print(least)
assert (least["n"], least["k"]) == (1, 2), "not shrunk to two classes"
