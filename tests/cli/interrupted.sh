#!/bin/bash
# A signal while a call hangs ends the run at once, with what was found before it, and the call that
# was not given its time is no hang of the subject's.
# shellcheck source=tests/cli/check.sh
. "$(dirname "$0")/check.sh"
export LOSSPROOF_ORACLE=$command

row() { printf '{"op":"softmax","format":"binary64","n":1,"k":2,"logits":[%s]}\n' "$1"; }

# interrupted SUBJECT DIR: a call may take five minutes; the run is over long before.
interrupted() {
    local began=$SECONDS status=0 pid
    "$command" certify "$1" --op softmax --cases rows.jsonl --only-cases --timeout 300 --out "$2" >out 2>err &
    pid=$!
    sleep 3
    kill -INT $pid
    wait $pid || status=$?
    [ $((SECONDS - began)) -lt 60 ] || fail "$1: it took $((SECONDS - began)) s"
    [ -s "$2/certificate.json" ] || fail "$1: status $status and no certificate: $(head -1 err)"
    grep -q 'no answer within\|"hang"\|nondeterministic\|wrong special' "$2/certificate.json" && fail "$1 is accused"
    [ "$status" -eq 4 ] || fail "$1: status $status, not 4"
}

# A mutant that waits for ever where a logit is NaN; a program that does where one is 16.
{ row '"0x1p+0","0x0p+0"' && row '"nan","0x0p+0"' && row '"0x1p+1","0x0p+0"'; } >rows.jsonl
interrupted mutant:nan_hangs shared
cat >stuck.sh <<'END'
while read -r line; do
    case $line in *'"0x1p+4"'*) exec sleep 400 ;; esac
    printf '%s\n' "$line"
done | "$LOSSPROOF_ORACLE" oracle --hello
END
{ row '"0x1p+0","0x0p+0"' && row '"0x1p+4","0x0p+0"' && row '"0x1p+1","0x0p+0"'; } >rows.jsonl
interrupted 'cmd:bash stuck.sh' program

exit "$failed"
