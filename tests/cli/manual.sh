#!/bin/bash
# The manual page: every command, option, exit status, file and variable; clean by mandoc; installed.
# $2: the build folder.
build=$2
# shellcheck source=tests/cli/check.sh
. "$(dirname "$0")/check.sh"

expect 0 --man
mv out page.1
if command -v mandoc >/dev/null; then
    mandoc -T lint -W all page.1 >lint || true
    [ -s lint ] && fail "mandoc: $(head -3 lint)"
    mandoc -T ascii page.1 | col -b >text
else
    tr -d '\\' <page.1 >text
fi
for section in NAME SYNOPSIS DESCRIPTION 'EXIT STATUS' FILES ENVIRONMENT EXAMPLES; do
    grep -q "^\.SH $section" page.1 || fail "no section $section"
done
for status in 0 1 2 3 4; do
    grep -A1 '^\.TP' page.1 | grep -q "^\.B $status\$" || fail "exit status $status is not explained"
done
for word in LOSSPROOF_LIBDIR LOSSPROOF_SANDBOX NO_COLOR certificate.json report.html junit.xml \
    counterexamples.jsonl; do
    grep -q -- "$word" text || fail "$word is not named"
done

expect 0 --help
sed -n '/^Commands:/,/^$/s/^  \([a-z][a-z]*\) .*/\1/p' out >commands
[ "$(wc -l <commands)" -ge 6 ] || fail 'no commands in --help'
while read -r name; do
    grep -q "^\.SH LOSSPROOF $name\$" page.1 || fail "command $name is not on the page"
    expect 0 "$name" --help
    awk 'length > 100' out | grep -q . && fail "$name --help has a line of more than 100 columns"
    [ "$(grep -c '(repeatable)' out)" -eq "$(sed -n "/^\.SH LOSSPROOF $name\$/,/^\.SH [^L]/p" page.1 |
        sed '1!{/^\.SH LOSSPROOF/,$d}' | grep -c '(repeatable)')" ] || fail "$name: what repeats is not on the page"
    sed -n 's/^  \(--[a-z-]*\).*/\1/p' out >options
    sed -n "/^\.SH LOSSPROOF $name\$/,/^\.SH [^L]/p" page.1 | tr -d '\\' >section
    while read -r option; do
        grep -q -- "^\.B $option" section || fail "$name: $option is not on the page"
    done <options
done <commands

cmake --install "$build" --prefix "$PWD/root" >log 2>&1 || fail "install: $(tail -1 log)"
cmp -s page.1 root/share/man/man1/lossproof.1 || fail 'another page is installed'
[ -s root/share/lossproof/lossproof-vectors-1.schema.json ] || fail 'no schema of test vectors is installed'
[ -s root/include/lossproof/subject.h ] || fail 'no header is installed'
unset LOSSPROOF_LIBDIR
if [ -e root/lib/lossproof/textbook.so ]; then
    printf '%s\n' '{"op":"softmax_xent","format":"binary64","n":1,"k":2,"logits":["0x1p+0","0x0p+0"],"label":[0]}' >rows.jsonl
    command=$PWD/root/bin/lossproof
    expect 0 certify builtin:textbook --cases rows.jsonl --only-cases
fi

exit "$failed"
