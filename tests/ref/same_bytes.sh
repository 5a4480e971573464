#!/bin/bash
# same_bytes.sh PROGRAM FILE: the program writes the file in the tree, byte for byte.
set -euo pipefail
"$1" | cmp - "$2" && echo "$2 is what $1 writes"
