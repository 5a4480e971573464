"""Turns straight-line C of this project into Gappa definitions, so that what is proved is what is
compiled: reads a proof on standard input and writes it with every line

    @from FILE ...         headers that the functions and constants below come from
    @define NAME VALUE     for the preprocessor (NAME alone: 1), before @from
    @call NAME = FUNCTION(ARGUMENT, ...)

replaced. A call becomes one definition an operation, inlined, each rounded by `rnd`: NAME_variable
for a double, NAME_variable_hi and _lo for a double-double, NAME or NAME_hi, NAME_lo for the result.
An argument is a number, a name, or `hi:lo` for a double-double. An operation inside an expression
gets a name of its own, NAME_t1 and so on, in the order of evaluation.

Error-free transformations become what they are proved to be: hi = rnd(a + b), lo = (a + b) - hi. For
lp_two_sum and lp_two_prod that holds always (Knuth; Dekker, or a fused multiply-add, within the
domain in dd.h). lp_fast_two_sum has a condition, |a| >= |b| or a = 0, which is to be proved beside
the rest: the line

    @conditions

ends the output of what comes before with one goal for each, |b / a| in [0, 1], joined by /\\; the
proof ends with `}`. A function that has anything but straight lines is refused.
"""
import re
import subprocess
import sys

from pycparser import c_ast, c_parser

PRELUDE = """
typedef unsigned long uint64_t; typedef struct { double hi, lo; } lp_dd; typedef int bool;
typedef struct { lp_dd m; double e; } lp_exp_value; typedef struct { lp_dd m; double e; } lp_wide;
typedef struct { lp_dd t; double hi, lo; } lp_log_parts;
"""


class Refused(Exception):
    pass


def read_functions(files, defines):
    """name -> FuncDef of every static function of the headers, with constants expanded."""
    found = {}
    for name in files:
        with open(name, encoding="utf-8") as f:
            text = "".join(line for line in f if not line.lstrip().startswith("#include"))
        text = "".join(CONSTANTS) + text
        flags = ["-D" + d for d in defines] + ["-D__attribute__(x)=", "-D__inline=inline"]
        plain = subprocess.run(["cc", "-E", "-P", *flags, "-x", "c", "-"], input=text, check=True,
                               capture_output=True, text=True).stdout
        CONSTANTS.extend(l for l in text.splitlines(True) if l.startswith("#define LP_"))
        for chunk in functions_of(plain):
            try:
                tree = c_parser.CParser().parse(PRELUDE + chunk)
            except c_parser.ParseError:
                continue
            for node in tree.ext:
                if isinstance(node, c_ast.FuncDef):
                    found[node.decl.name] = node
    return found


CONSTANTS = []


def functions_of(text):
    """The texts of the function definitions, without `static inline`."""
    text = text.replace("static inline ", "\x00").replace("always_inline", "")
    for chunk in text.split("\x00")[1:]:
        depth = 0
        for at, char in enumerate(chunk):
            depth += (char == "{") - (char == "}")
            if char == "}" and depth == 0:
                yield chunk[:at + 1]
                break


class Call:
    """One inlined call: names are prefixed, variables map to Gappa names or pairs of them."""

    def __init__(self, translator, prefix):
        self.t = translator
        self.prefix = prefix
        self.names = {}
        self.count = {}

    def fresh(self, stem):
        name = f"{self.prefix}_{stem}"
        self.count[stem] = self.count.get(stem, 0) + 1
        return name if self.count[stem] == 1 and stem != "t" else f"{name}{self.count[stem]}"

    def run(self, function, arguments):
        params = function.decl.type.args.params
        if len(params) != len(arguments):
            raise Refused(f"{function.decl.name} takes {len(params)} arguments")
        for param, argument in zip(params, arguments):
            self.names[param.name] = argument
        for node in function.body.block_items:
            result = self.statement(node)
            if result is not None:
                return result
        raise Refused(f"{function.decl.name} returns nothing")

    def statement(self, node):
        if isinstance(node, c_ast.Decl):
            if node.init is not None:
                self.assign(node.name, self.value(node.init, node.name))
        elif isinstance(node, c_ast.DeclList):
            for decl in node.decls:
                self.statement(decl)
        elif isinstance(node, c_ast.Return):
            return self.value(node.expr, "r")
        elif isinstance(node, c_ast.Assignment):
            self.change(node)
        elif isinstance(node, c_ast.Cast):
            pass  # (void)x
        elif isinstance(node, c_ast.If):
            taken = node.iftrue if self.number(node.cond) else node.iffalse
            if taken is not None:
                for child in getattr(taken, "block_items", None) or [taken]:
                    result = self.statement(child)
                    if result is not None:
                        return result
        else:
            raise Refused(f"{type(node).__name__} in {self.prefix}")
        return None

    def number(self, node):
        value = self.value(node, "c")
        if value not in ("0", "1"):
            raise Refused("a condition that is not given")
        return value == "1"

    def assign(self, name, value):
        self.names[name] = value

    def change(self, node):
        value = self.value(node.rvalue, "v")
        if node.op != "=":
            value = self.operation(node.op[0], self.value(node.lvalue, "l"), value, "v")
        if isinstance(node.lvalue, c_ast.StructRef):
            pair = list(self.names[node.lvalue.name.name])
            pair[("hi", "lo").index(node.lvalue.field.name)] = value
            value, name = tuple(pair), node.lvalue.name.name
        else:
            name = node.lvalue.name
        self.names[name] = value

    def define(self, stem, formula):
        name = self.fresh(stem)
        self.t.put(f"{name} = {formula};")
        return name

    def operation(self, op, a, b, stem):
        return self.define(stem, f"rnd({a} {op} {b})")

    def value(self, node, stem):
        """A Gappa name or number, or a pair of them."""
        if isinstance(node, c_ast.Constant):
            return node.value
        if isinstance(node, c_ast.ID):
            return self.names[node.name]
        if isinstance(node, c_ast.StructRef):
            return self.value(node.name, "s")[("hi", "lo").index(node.field.name)]
        if isinstance(node, c_ast.CompoundLiteral):
            return tuple(self.value(e, f"{stem}_{part}")
                         for e, part in zip(node.init.exprs, ("hi", "lo")))
        if isinstance(node, c_ast.UnaryOp) and node.op == "-":
            inner = self.value(node.expr, "t")
            return f"(-{inner})"
        if isinstance(node, c_ast.BinaryOp) and node.op in "+-*/":
            a, b = self.value(node.left, "t"), self.value(node.right, "t")
            return self.operation(node.op, a, b, stem)
        if isinstance(node, c_ast.FuncCall):
            return self.call(node, stem)
        raise Refused(f"{type(node).__name__} in {self.prefix}_{stem}")

    def call(self, node, stem):
        name = node.name.name
        a = [self.value(e, "t") for e in node.args.exprs]
        if name in ("lp_muladd", "__builtin_fma"):
            fuse = name == "__builtin_fma" or (a.pop(0) == "1" and "__FMA__" in self.t.defines)
            if fuse:
                return self.define(stem, f"rnd({a[0]} * {a[1]} + {a[2]})")
            return self.operation("+", self.operation("*", a[0], a[1], "t"), a[2], stem)
        if name in ("lp_two_sum", "lp_fast_two_sum", "lp_two_diff", "lp_two_prod"):
            op = {"lp_two_diff": "-", "lp_two_prod": "*"}.get(name, "+")
            b = a[1]
            if op == "+" and b.startswith("(-"): # Gappa knows more of a difference
                op, b = "-", b[2:-1]
            whole = f"{a[0]} {op} {b}"
            if name == "lp_fast_two_sum":
                self.t.conditions.append(f"|{b} / {a[0]}| in [0, 1]")
            high = self.define(stem + "_hi", f"rnd({whole})")
            return high, self.define(stem + "_lo", f"({whole}) - {high}")
        return self.t.inline(f"{self.prefix}_{stem}", name, a)


class Translator:
    def __init__(self):
        self.defines = []
        self.functions = {}
        self.lines = []
        self.conditions = []

    def put(self, line):
        self.lines.append(line)

    def inline(self, prefix, name, arguments):
        if name not in self.functions:
            raise Refused(f"no function {name}")
        return Call(self, prefix).run(self.functions[name], arguments)

    def alias(self, name, value):
        """The result under the call's name: its last definition is renamed, if it is one."""
        for at, line in enumerate(self.lines):
            if line.startswith(f"{value} = "):
                self.lines[at:] = [re.sub(rf"\b{value}\b", name, l) for l in self.lines[at:]]
                self.conditions = [re.sub(rf"\b{value}\b", name, c) for c in self.conditions]
                return
        self.put(f"{name} = {value};")

    def line(self, text):
        words = text.split()
        if text.startswith("@define "):
            self.defines.append("=".join(words[1:]))
        elif text.startswith("@from "):
            self.functions.update(read_functions(words[1:], self.defines))
        elif text.startswith("@call "):
            left, right = text[6:].split("=", 1)
            name, inside = right.strip().rstrip(";").split("(", 1)
            arguments = [tuple(a.strip().split(":")) if ":" in a else a.strip()
                         for a in inside.rstrip(")").split(",")]
            result = self.inline(left.strip(), name.strip(), arguments)
            if isinstance(result, tuple):
                self.alias(left.strip() + "_hi", result[0])
                self.alias(left.strip() + "_lo", result[1])
            else:
                self.alias(left.strip(), result)
        elif text.strip() == "@conditions":
            self.put(" /\\\n  ".join(self.conditions))
        else:
            self.put(re.sub(r"\bLP_\w+", self.constant, text.rstrip("\n")))

    def constant(self, match):
        for line in CONSTANTS:
            words = line.split()
            if words[1] == match.group():
                return words[2]
        raise Refused(f"no constant {match.group()}")


def main():
    translator = Translator()
    for number, text in enumerate(sys.stdin, 1):
        try:
            translator.line(text)
        except (Refused, KeyError, OSError) as problem:
            sys.exit(f"c2gappa: line {number}: {problem}")
    print("\n".join(translator.lines))


main()
