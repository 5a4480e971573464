# awk -f doors.awk file=1 doors.txt file=2 EDGES file=3 SYMBOLS
# prints each forbidden door on one line, then what was looked at.
#   EDGES:   FROM <tab> TO, paths relative to the source tree where they lie in it
#   SYMBOLS: FROM <tab> NAME <tab> D (defined) or U (undefined) in the object compiled from it
# Exit status 1 for a violation, and where there was nothing to look at.
BEGIN { FS = "\t" }

file == 1 {
    if ($0 ~ /^#/ || $0 !~ /:/) next
    split($0, half, ":")
    rooms[half[1]] = 1
    count = split(half[2], seen, " ")
    for (i = 1; i <= count; i++) may[half[1], seen[i]] = 1
    next
}

file == 2 {
    from = room($1); to = room($2)
    if (from == "" && $1 !~ /^\//) complain($1 ": in no room of doors.txt")
    if (from == "" || to == "" && $2 ~ /^\//) next
    includes++
    if (!allowed(from, to)) complain($1 ": includes " $2 ": " from " may not see " (to == "" ? "it" : to))
    next
}

file == 3 && $3 == "D" { owners[$2] = owners[$2] " " room($1); next }
file == 3 && room($1) != "" { used++; user[used] = $1; name[used] = $2 }

END {
    for (u = 1; u <= used; u++) {
        from = room(user[u])
        if (name[u] ~ /^(mpfr_|__gmp|mpz_|mpq_|mpf_)/) {
            if (!allowed(from, "mpfr")) complain(user[u] ": uses " name[u] ": " from " may not see mpfr")
            continue
        }
        count = split(owners[name[u]], owner, " ")
        seen_one = count == 0
        for (i = 1; i <= count; i++) seen_one = seen_one || allowed(from, owner[i])
        if (!seen_one) complain(user[u] ": uses " name[u] ": " from " may not see " owner[1])
    }
    printf "%d includes and %d symbols looked at, %d violations\n", includes, used, violations
    exit violations > 0 || includes == 0 || used == 0
}

function room(path,   part) {
    if (path ~ /^\//) return path ~ /\/(mpfr|mpf2mpfr|gmp|gmpxx)\.h$/ ? "mpfr" : ""
    split(path, part, "/")
    if (part[1] "/" part[2] in rooms) return part[1] "/" part[2]
    return part[1] in rooms ? part[1] : ""
}

function allowed(from, to) {
    return from == to || (from, to) in may || (from, "*") in may && to != "cli"
}

function complain(line) {
    if (!(line in said)) print line
    said[line] = 1
    violations++
}
