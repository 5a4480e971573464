#!/bin/bash
# What a stranger links with: the installed libraries by pkg-config (C and C++, shared and static) and
# by find_package, nothing shown but what the headers declare, in a tree that was moved. $2: the build
# folder; $3, $4: the compilers of C and C++ (the latter may be missing).
build=$2 cc=$3 cxx=${4:-}
# shellcheck source=tests/cli/check.sh
. "$(dirname "$0")/check.sh"

cmake --install "$build" --prefix "$PWD/first" >log 2>&1 || fail "install: $(tail -1 log)"
mv first moved
lib=$(dirname "$(find "$PWD/moved" -name liblossproof_loss.so)")
export PKG_CONFIG_PATH=$lib/pkgconfig LD_LIBRARY_PATH=$lib

cat >loss.c <<'END'
#include <lossproof/loss.h>
#include <stdio.h>
int main(void) {
    const double z[2] = {40.0, 0.0};
    const int64_t label = 0;
    double loss, grad[2];
    const lp_loss_in in = {z, 2};
    const lp_loss_out out = {grad, 2};
    if (lp_loss_softmax_xent(&loss, out, in, &label, 1, 2, 0, 0) != LP_OK)
        return 1;
    printf("%a %a %a\n", loss, grad[0], grad[1]);
    return 0;
}
END
# ln(1 + e^-40) = e^-40 - e^-80/2 + ...; the gradient -+ 1/(1 + e^40) is the same number to 58 bits.
printf '0x1.39792499b1a24p-58 -0x1.39792499b1a24p-58 0x1.39792499b1a24p-58\n' >want

# links NAME COMPILER...: the program prints what the loss is.
links() {
    local name=$1
    shift
    { "$@" >log 2>&1 && ./program >got && cmp -s got want; } || fail "$name: $(head -3 log) $(cat got)"
    rm -f program got
}
flags() { pkg-config "$@" || fail "pkg-config $*"; }
read -ra shared < <(flags --cflags --libs lossproof_loss)
read -ra static < <(flags --cflags --libs --static lossproof_loss)
links 'shared, C' "$cc" -std=c11 -o program loss.c "${shared[@]}"
links 'static, C' "$cc" -std=c11 -o program loss.c -static "${static[@]}"
[ -z "$cxx" ] || links 'shared, C++' "$cxx" -x c++ -Wall -Werror -o program loss.c -x none "${shared[@]}"

cat >ref.c <<'END'
#include <lossproof/ref.h>
#include <stdio.h>
int main(void) {
    double z = 2.0, value = 0.0;
    lp_call call = {.size = sizeof call, .n = 1, .k = 1, .op = LP_OP_SIGMOID, .format = LP_BINARY64};
    call.in[LP_IN_LOGITS] = (lp_matrix){&z, 1, 1};
    call.out[LP_OUT_VALUE] = (lp_matrix){&value, 1, 1};
    int64_t undecided = -1;
    int status = lp_ref_call(&call, 0, &undecided);
    printf("%d %d %a\n", status, (int)undecided, value);
    return 0;
}
END
read -ra reference < <(flags --cflags --libs lossproof_ref)
printf '0 0 0x1.c2f7d5a8a79cap-1\n' >want # 1/(1 + e^-2) = 0.88079707797788244...
links 'reference' "$cc" -std=c11 -o program ref.c "${reference[@]}"

for room in loss ref; do
    nm -D --defined-only "$lib/liblossproof_$room.so" | awk '{print $NF}' >names
    [ -s names ] || fail "liblossproof_$room.so shows nothing"
    while read -r name; do
        grep -q "\b$name(" "moved/include/lossproof/$room.h" || fail "liblossproof_$room.so shows $name"
    done <names
done

cat >CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.25)
project(stranger C)
find_package(lossproof 0.1 REQUIRED)
add_executable(program loss.c)
target_link_libraries(program lossproof::lossproof_loss)
END
{ cmake -S . -B out -DCMAKE_PREFIX_PATH="$PWD/moved" && cmake --build out; } >log 2>&1 ||
    fail "find_package: $(tail -3 log)"
printf '0x1.39792499b1a24p-58 -0x1.39792499b1a24p-58 0x1.39792499b1a24p-58\n' >want
{ out/program >got && cmp -s got want; } || fail "find_package: $(cat got)"

exit "$failed"
