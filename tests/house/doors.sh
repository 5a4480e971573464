#!/bin/bash
# The door test: doors.sh SOURCE BUILD [DEPS SYMBOLS]
#
# Reads what the compiler really opened (`ninja -t deps`) and what the objects really ask for (nm), and
# holds both against doors.txt. Rooms see each other through links in the build tree, so
# every path is resolved first. DEPS and SYMBOLS replace the two tools' output: the self-check.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
source=$(realpath "$1")
build=$(realpath "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Pairs "a <tab> b" of paths, each resolved from BUILD. Relative to SOURCE where it lies there; what is
# outside, or was generated in BUILD, stays absolute and is nobody's room.
resolve() {
    sort -u >"$work/raw"
    tr '\t' '\n' <"$work/raw" | sort -u >"$work/paths"
    (cd "$build" && tr '\n' '\0' <"$work/paths" | xargs -0 -r realpath -m --) >"$work/real"
    paste "$work/paths" "$work/real" | awk -F'\t' -v OFS='\t' -v source="$source/" -v build="$build/" '
        FNR == NR { real[$1] = $2; next }
        { print shorten(real[$1]), shorten(real[$2]) }
        function shorten(p) {
            return index(p, build) != 1 && index(p, source) == 1 ? substr(p, length(source) + 1) : p
        }' - "$work/raw"
}

# DEPS is "object: #deps ..." followed by its indented paths, the source first.
edges() {
    awk -v OFS='\t' '/^[^ ]/ { first = ""; stale = /\(STALE\)/; next }
        /^ / && !stale { sub(/^ +/, ""); if (first == "") first = $0; else print first, $0 }' "$1" | resolve
}

# Each object's symbols beside the source that it was compiled from.
symbols() {
    awk -v OFS='\t' '/^[^ ]/ { object = $1; sub(/:$/, "", object); stale = /\(STALE\)/; next }
        /^ / && !stale && object != "" { sub(/^ +/, ""); print object, $0; object = "" }' "$1" |
        resolve >"$work/objects"
    cut -f1 "$work/objects" | while read -r object; do
        [ ! -f "$object" ] || echo "$object"
    done | xargs -r nm -A -P -g | awk -v OFS='\t' '
        FNR == NR { source[$1] = $2; next }
        { object = $1; sub(/:$/, "", object); print source[object], $2, $3 ~ /[Uvw]/ ? "U" : "D" }' \
        "$work/objects" -
}

# `..` would leave the room by the back door. Printed as violations of their own.
back_doors() {
    cut -d: -f1 "$here/doors.txt" | grep -v '^#' | while read -r room; do
        [ -d "$source/$room" ] || continue
        grep -rnE '^[[:space:]]*#[[:space:]]*include[[:space:]]*["<]([^">]*/)?\.\./' "$source/$room" \
            --include='*.[ch]' --include='*.def' | sed "s|^$source/||; s|\$|: no .. in an include|" || true
    done
}

if [ $# -eq 4 ]; then
    cp "$3" "$work/deps"
    cp "$4" "$work/symbols"
else
    "${NINJA:-ninja}" -C "$build" -t deps >"$work/deps"
    symbols "$work/deps" >"$work/symbols"
fi
edges "$work/deps" >"$work/edges"
back_doors | tee "$work/back"
awk -f "$here/doors.awk" file=1 "$here/doors.txt" file=2 "$work/edges" file=3 "$work/symbols" || exit 1
[ ! -s "$work/back" ]
