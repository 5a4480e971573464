#!/bin/bash
# junit.xml and report.html of a real run: $1 the command, $2 this folder. Where chromium is
# installed and $3 is "browser", the page is opened in it: no request, no console message, no overflow.
set -u
lossproof=$1 here=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1

"$lossproof" certify builtin:naive --op softmax_xent --evals 600 >/dev/null
[ $? -eq 1 ] || { echo 'naive does not fail'; exit 1; }
python3 "$here/junit.py" lossproof-out/junit.xml >counts || exit 1
read -r tests failures _ _ replays <counts
[ "$tests" -gt 10 ] && [ "$failures" -gt 2 ] && [ "$replays" -gt 0 ] || { echo "too little: $(cat counts)"; exit 1; }
# The line that a failure gives does run again.
id=$(grep -o 'lossproof replay ce-[0-9a-f]*' lossproof-out/junit.xml | head -1 | cut -d' ' -f3)
"$lossproof" replay "$id" >replayed
[ $? -eq 1 ] || { echo "replay $id: $(tail -2 replayed)"; exit 1; }

page=lossproof-out/report.html
[ "$(wc -c <"$page")" -lt 1000000 ] || { echo 'the page is too large'; exit 1; }
if grep -Eiq '<script|https?://|[^a-z]src=|@import|url\(' "$page"; then
    echo 'the page asks for something'
    exit 1
fi
[ "${3:-}" = browser ] || exit 0

command -v chromium >/dev/null || exit 77
"$lossproof" compare lossproof-out lossproof-out --out compare.html >/dev/null || { echo 'compare'; exit 1; }
python3 "$here/browser.py" "$page" compare.html
