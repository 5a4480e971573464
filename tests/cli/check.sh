# Sourced: runs the command under test in a scratch folder and compares. $1 of the script is the
# command's path.
set -u
command=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
failed=0

fail() {
    printf 'FAILED: %s\n' "$*"
    failed=1
}

# expect STATUS ARGS...: standard output in ./out, standard error in ./err, input from ./in if any.
expect() {
    local want=$1 got=0
    shift
    [ -e in ] || : >in
    "$command" "$@" <in >out 2>err || got=$?
    [ "$got" -eq "$want" ] || {
        fail "lossproof $*: status $got, not $want"
        head -3 err
    }
}

# says FILE PATTERN: a line of ./out or ./err matches.
says() {
    grep -Eq -- "$2" "$1" || {
        fail "no '$2' on std$1"
        head -3 "$1"
    }
}

# lines FILE N
lines() {
    local n
    n=$(wc -l <"$1")
    [ "$n" -eq "$2" ] || fail "$n lines on std$1, not $2"
}
