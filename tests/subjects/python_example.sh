#!/bin/sh
# python_example.sh LOSSPROOF PYTHON GUIDE MODULE-FOLDER SCRATCH: the Python subject of docs/adapter.md,
# as it stands there, must conform to `stable` with no finding and nothing undecided. 77: no NumPy.
set -eu
lossproof=$1 python=$2 guide=$3 module=$4 scratch=$5
if ! "$python" -c 'import numpy' 2>/dev/null; then
    echo "not tested: $python has no NumPy (apt-get install python3-numpy)"
    exit 77
fi
rm -rf "$scratch"
mkdir -p "$scratch"
sed -n '/^```python$/,/^```$/p' "$guide" | sed '/^```/d' >"$scratch/my_subject.py"
grep -q 'ls.main()' "$scratch/my_subject.py" || { echo "no Python example in $guide"; exit 1; }
PYTHONPATH=$module PYTHONDONTWRITEBYTECODE=1
export PYTHONPATH PYTHONDONTWRITEBYTECODE
"$lossproof" certify "cmd:'$python' '$scratch/my_subject.py'" --evals 1500 --out "$scratch/out" >"$scratch/said" ||
    { cat "$scratch/said"; exit 1; }
cat "$scratch/said"
grep -q ' 0 findings' "$scratch/said"
# The same with a planted fault is rejected: the certificate above was no accident.
sed 's/grad\[rows, label\] -= 1/grad[rows, label] -= 1.0001/' "$scratch/my_subject.py" >"$scratch/faulty.py"
! cmp -s "$scratch/my_subject.py" "$scratch/faulty.py" || { echo "no fault was planted"; exit 1; }
status=0
"$lossproof" certify "cmd:'$python' '$scratch/faulty.py'" --evals 1500 --out "$scratch/faulty" >"$scratch/faulty.said" || status=$?
[ "$status" -eq 1 ] || { cat "$scratch/faulty.said"; echo "the planted fault was not rejected: $status"; exit 1; }
