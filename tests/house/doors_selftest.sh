#!/bin/bash
# The door test can go red: each forbidden door, opened in a fabricated tree, must be named on one
# line and fail; the sound tree, and only that, must pass.
set -euo pipefail

doors=$(cd "$(dirname "$0")" && pwd)/doors.sh
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
failed=0

mkdir -p "$tree"/build/rooms/{impl,ref} "$tree"/include/lossproof
for room in core ref impl host subjects props/engine props/judge props/props fuzz reports cli tests bench; do
    mkdir -p "$tree/$room"
    echo '#include "a.h"' >"$tree/$room/a.c"
    touch "$tree/$room/a.h"
done
touch "$tree"/include/lossproof/subject.h
ln -s "$tree/ref" "$tree/build/rooms/impl/ref"
ln -s "$tree/core" "$tree/build/rooms/ref/core"

# What every fabricated run holds beside the door in question: a sound include, a sound symbol.
deps() {
    printf 'x.o: #deps 3, deps mtime 1 (VALID)\n    %s\n    %s\n    /usr/include/stdio.h\n\n' "$1" "$2"
}
sound_deps() { deps "$tree/ref/a.c" rooms/ref/core/a.h; }
sound_symbols() { printf 'core/a.c\tlp_case_init\tD\nref/a.c\tlp_case_init\tU\n'; }

# verdict NAME WANT PATTERN: DEPS and SYMBOLS lie ready.
verdict() {
    local got=0
    "$doors" "$tree" "$tree/build" "$tree/deps" "$tree/symbols" >"$tree/said" 2>&1 || got=1
    if [ "$got" -ne "$2" ] || ! grep -q -- "$3" "$tree/said"; then
        echo "FAILED: $1: status $got, wanted $2 and a line with: $3"
        sed 's/^/    /' "$tree/said"
        failed=1
    fi
}

door() { # FROM TO PATTERN: an include that must be refused
    { sound_deps; deps "$1" "$2"; } >"$tree/deps"
    sound_symbols >"$tree/symbols"
    verdict "$1 -> $2" 1 "$3"
}

symbol() { # ROOM NAME OWNER PATTERN: a symbol that must be refused
    sound_deps >"$tree/deps"
    { sound_symbols; printf '%s/a.c\t%s\tD\n%s/a.c\t%s\tU\n' "$3" "$2" "$1" "$2"; } >"$tree/symbols"
    verdict "$1 uses $2" 1 "$4"
}

sound_deps >"$tree/deps"
sound_symbols >"$tree/symbols"
verdict 'sound tree' 0 ' 0 violations'

a() { echo "$tree/$1/a.$2"; }
door "$(a ref c)" "$(a impl h)" '^ref/a.c: includes impl/a.h: ref may not see impl'
door "$(a impl c)" rooms/impl/ref/a.h '^impl/a.c: includes ref/a.h: impl may not see ref'
door "$(a impl c)" "$(a core h)" 'impl may not see core'
door "$(a core c)" /usr/include/mpfr.h 'core may not see mpfr'
door "$(a core c)" /usr/include/x86_64-linux-gnu/gmp.h 'core may not see mpfr'
door "$(a core c)" "$(a ref h)" 'core may not see ref'
door "$(a reports c)" "$(a ref h)" 'reports may not see ref'
door "$(a reports c)" "$(a props/judge h)" 'reports may not see props/judge'
door "$(a reports c)" "$(a host h)" 'reports may not see host'
door "$(a host c)" "$(a ref h)" 'host may not see ref'
door "$(a subjects c)" "$(a core h)" 'subjects may not see core'
door "$(a subjects c)" "$(a impl h)" 'subjects may not see impl'
door "$(a props/engine c)" "$(a ref h)" 'props/engine may not see ref'
door "$(a props/props c)" /usr/include/mpfr.h 'props/props may not see mpfr'
door "$(a props/props c)" "$(a cli h)" 'props/props may not see cli'
door "$(a tests c)" "$(a cli h)" 'tests may not see cli'
mkdir -p "$tree/attic" && touch "$tree/attic/a.c"
door "$tree/attic/a.c" "$(a core h)" 'attic/a.c: in no room'

symbol props/judge mpfr_add nobody 'props/judge may not see mpfr'
symbol core __gmpz_init nobody 'core may not see mpfr'
symbol impl lp_exact_new ref 'impl may not see ref'
symbol ref lp_loss_row impl 'ref may not see impl'
symbol reports lp_host_run host 'reports may not see host'

sound_symbols >"$tree/symbols"
: >"$tree/deps"
verdict 'no includes at all' 1 '^0 includes'
sound_deps >"$tree/deps"
: >"$tree/symbols"
verdict 'no symbols at all' 1 ' 0 symbols'

sound_symbols >"$tree/symbols"
for include in '"../ref/a.h"' '"core/../ref/a.h"' '<../x.h>'; do
    echo "  #  include $include" >"$tree/core/a.c"
    verdict "include $include" 1 '^core/a.c:1:.*no .. in an include'
done

[ "$failed" -eq 0 ] && echo 'every forbidden door is seen'
exit "$failed"
