#!/bin/bash
# headers.sh CC CXX INCLUDE: each public header compiles alone, twice over, as C11 and as C++17.
set -euo pipefail

cc=$1 cxx=$2 include=$3 count=0
for header in "$include"/lossproof/*.h; do
    unit="#include <lossproof/$(basename "$header")>"
    for language in "$cc -std=c11 -x c" "$cxx -std=c++17 -x c++"; do
        # shellcheck disable=SC2086 # the words of a command
        printf '%s\n%s\n' "$unit" "$unit" \
            | $language -pedantic-errors -Wall -Wextra -Wconversion -Werror -I "$include" -fsyntax-only -
    done
    count=$((count + 1))
done
echo "$count public headers stand alone"
[ "$count" -gt 0 ]
