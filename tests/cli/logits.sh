#!/bin/bash
# A model's own rows: recorded logits become cases, and what becomes of each row is counted.
# shellcheck source=tests/cli/check.sh
. "$(dirname "$0")/check.sh"

# npy FILE TYPE SHAPE BYTES: a version 1.0 file; BYTES as for printf.
npy() {
    local header="{'descr': '$2', 'fortran_order': False, 'shape': $3, }"
    # shellcheck disable=SC2059 # formats on purpose
    {
        printf '\x93NUMPY\x01\x00'"\\x$(printf %02x ${#header})"'\x00'
        printf '%s' "$header"
        printf "$4"
    } >"$1"
}
zero='\0\0\0\0'
fifty='\0\0\x48\x42' # 50 in binary32
two='\0\0\0\x40'

# Three rows of two classes: the label ahead by 50, ahead by 2, a tie.
npy z.npy '<f4' '(3, 2)' "$fifty$zero$two$zero$zero$zero"
npy c.npy '<i4' '(3,)' "$zero$zero$zero"
rows() { expect "$1" certify "$2" --only-cases --out d --force --json "${@:3}"; }

rows 0 builtin:accurate --logits z.npy --labels c.npy --level correct
says out '"op":"softmax_xent","output":"loss","rows":3,"unanswered":0,"within_1_ulp":3,"within_4_ulp":3'
says out '"format":"binary32".*"rows":3'
rows 1 builtin:textbook --logits z.npy --labels c.npy --op softmax_xent --format binary32 --level accurate
says out '"lost":1,"op":"softmax_xent","output":"loss","rows":3,"unanswered":0'
grep -q '"recorded"' d/certificate.json || fail 'no recorded rows in the certificate'
grep -q 'id="recorded"' d/report.html || fail 'no recorded rows on the page'
expect 0 report d # reads back
expect 1 certify builtin:textbook --only-cases --out d --force --level accurate --op softmax_xent --logits z.npy --labels c.npy
says out 'softmax_xent binary64 loss of 3 recorded rows: [0-9.]+ % within 1 ulp, .* 33.3 % lost'

# Without labels: the links. A tenth of a double is no binary32 number, so that format is left out.
rows 0 builtin:accurate --logits z.npy --op softmax
npy tenth.npy '<f8' '(1, 2)' '\x9a\x99\x99\x99\x99\x99\xb9\x3f\0\0\0\0\0\0\0\0'
rows 0 builtin:accurate --logits tenth.npy
grep -q 'softmax binary32: the recorded logits are no values of the format' d/certificate.json ||
    fail 'the format left out is not told'
rows 2 builtin:accurate --logits tenth.npy --format binary32
says err 'nothing to do for --logits'
rows 2 builtin:accurate --logits z.npy --op softmax_xent
says err 'without --labels'

# More rows than the effort has: a sample, the same by the same seed, and told.
row='\0\x3c\0\x40\0\x42\0\x44\0\x3c\0\x40\0\x42\0\x44'
many=
for _ in $(seq 100); do many+=$row; done
all=
for _ in $(seq 50); do all+=$many; done
npy many.npy '<f2' '(5000, 8)' "$all"
rows 0 builtin:accurate --logits many.npy --op log_softmax --format binary32
says out '"rows":2500'
grep -q '2500 of 5000 rows were tried' d/certificate.json || fail 'the sample is not told'

# Rows of a network that was trained until it was sure: in binary32 the textbook formula has no
# digit of most losses right.
digits=$(cd "$(dirname "$0")/../../bench/recorded" && pwd)
rows 0 builtin:accurate --logits "$digits/digits.logits.npy" --labels "$digits/digits.labels.npy" --level correct
says out '"op":"softmax_xent","output":"grad","rows":200,"unanswered":0,"within_1_ulp":200'
expect 1 certify builtin:textbook --only-cases --out d --force --level accurate --op softmax_xent \
    --format binary32 --logits "$digits/digits.logits.npy" --labels "$digits/digits.labels.npy"
says out 'softmax_xent binary32 loss of 200 recorded rows: .* [5-9][0-9](\.[0-9])? % lost'

# refused FILE PATTERN: one line that names the file.
refused() {
    expect 2 certify builtin:accurate --logits "$1" "${@:3}" --out none
    lines err 1
    says err "^lossproof: $2"
    [ ! -e none ] || fail "$1: a directory was made"
}
: >empty.npy
mkfifo pipe.npy
head -c 20 z.npy >short.npy
npy object.npy '|O' '(1, 2)' "$zero$zero"
npy lies.npy '<f4' '(4, 2)' "$fifty$zero$two$zero$zero$zero"
npy flat.npy '<f4' '(2,)' "$fifty$zero"
npy none.npy '<f4' '(0, 2)' ''
npy far.npy '<i4' '(3,)' "$zero$zero"'\2\0\0\0'
npy few.npy '<i4' '(2,)' "$zero$zero"
refused absent.npy 'absent.npy: No such file'
refused . '\.: no regular file'
refused empty.npy 'empty.npy: empty'
refused pipe.npy 'pipe.npy: no regular file'
refused short.npy 'short.npy: it ends inside its header'
refused object.npy "object.npy: elements of type '\|O'"
refused lies.npy 'lies.npy: its header promises 32 bytes of elements, 24 are there'
refused flat.npy 'flat.npy: 1 dimension where rows'
refused none.npy 'none.npy: no rows'
refused c.npy 'c.npy: 1 dimension'
refused z.npy 'far.npy: label 2 of row 2 is outside \[0, 2\)' --labels far.npy
refused z.npy 'few.npy: 2 labels for the 3 rows of z.npy' --labels few.npy
refused z.npy 'z.npy: 2 dimensions where labels have one' --labels z.npy
expect 2 certify builtin:accurate --labels c.npy --out none
says err '--labels needs --logits'

exit "$failed"
