"""The language of workings: Python without imports, files or hidden attributes, made exact.

A piece of code is checked, changed and compiled once, and then run as often as needed.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from types import CodeType
from typing import Any, Literal

from ..graph import GraphError, constant
from .diagnostic import Diagnostic, Fault

_FORBIDDEN = (
    ast.Import,
    ast.ImportFrom,
    ast.Global,
    ast.Nonlocal,
    ast.ClassDef,
    ast.AsyncFunctionDef,
    ast.Await,
    ast.Try,
    ast.With,
    ast.Delete,
    ast.Yield,
    ast.YieldFrom,
)
_ASSIGNED = re.compile(r"^\s*([A-Za-z]\w*)\s*=(?!=)", re.MULTILINE)
_HIDDEN = ("_", "ag_", "co_", "cr_", "f_", "gi_", "tb_")
MAX_PYTHON_BITS = 10_000
"""Largest power of Python integers, in bits, that a working may ask for."""

MAX_EXPONENT = 1000
"""Largest power of ten in a decimal."""


@dataclass(frozen=True)
class Names:
    """The names in a piece of code: those it reads, and the line at which it first binds each other."""

    reads: frozenset[str]
    binds: Mapping[str, int]


@dataclass(frozen=True)
class Code:
    """A piece of a paper, ready to run."""

    run: CodeType
    names: Names


@lru_cache(4096)
def compiled(text: str, line: int, path: str, mode: Literal["exec", "eval"]) -> Code:
    """Return code that stands at a line of a paper, or raise Fault where it is not of the language."""
    tree = _parse(text, line, path, mode)
    names = _names(tree)
    try:
        with warnings.catch_warnings(action="ignore"):  # what Python doubts, running it will tell
            code = compile(ast.fix_missing_locations(_Exact().visit(tree)), path, mode)
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        raise _not_python(error, text, path, getattr(error, "lineno", None) or line) from None
    return Code(code, names)


@lru_cache(4096)
def read_code(text: str, line: int) -> Names:
    """Return the names in code that stands at a line; where it is not Python, those it seems to assign."""
    try:
        with warnings.catch_warnings(action="ignore"):
            tree = ast.parse(text if "\n" in text else text.strip())
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return Names(frozenset(), dict.fromkeys(_ASSIGNED.findall(text), line))
    ast.increment_lineno(tree, line - 1)
    return _names(tree)


def _names(tree: ast.AST) -> Names:
    names = [n for n in ast.walk(tree) if isinstance(n, ast.Name)]
    binds: dict[str, int] = {}
    for name in names:
        if isinstance(name.ctx, ast.Store):
            binds[name.id] = min(name.lineno, binds.get(name.id, name.lineno))
    return Names(frozenset(n.id for n in names if isinstance(n.ctx, ast.Load)), binds)


def _parse(text: str, line: int, path: str, mode: Any) -> Any:
    try:
        with warnings.catch_warnings(action="ignore"):
            tree = ast.parse(text, path, mode)
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        at = line + (getattr(error, "lineno", None) or 1) - 1
        raise _not_python(error, text, path, at) from None
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            node.written = ast.get_source_segment(text, node)  # type: ignore[attr-defined]
    ast.increment_lineno(tree, line - 1)
    for node in ast.walk(tree):
        trouble = _trouble(node)
        if trouble:
            at = getattr(node, "lineno", line)
            raise Fault(Diagnostic("error", path, at, trouble, help="workings assign, call, loop and branch"))
    return tree


def _not_python(error: BaseException, text: str, path: str, line: int) -> Fault:
    message = getattr(error, "msg", None) or str(error) or "too deeply nested"
    found = (getattr(error, "text", None) or text[:60]).strip()
    return Fault(Diagnostic("error", path, line, f"not Python: {message}", found=found))


def _trouble(node: ast.AST) -> str:
    """Return why a piece of syntax has no place in a working, or nothing."""
    if isinstance(node, _FORBIDDEN):
        return f"{type(node).__name__.lower()} is not allowed in a paper"
    hidden = (isinstance(node, ast.Attribute) and node.attr.startswith(_HIDDEN)) or (
        isinstance(node, ast.Name) and node.id.startswith("_")
    )
    if hidden:
        return "names that begin with an underscore, and Python's inner ones, are not allowed in a paper"
    if isinstance(node, ast.Attribute) and node.attr in ("format", "format_map"):
        return f"the method {node.attr!r} is not allowed in a paper"
    return ""


class _Exact(ast.NodeTransformer):
    """Makes Python fit for workings.

    The value of each assignment outside of functions is named and recorded; decimals and quotients of
    whole numbers stay exact; huge powers are refused.
    """

    def __init__(self) -> None:
        self.inside = 0

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self.inside += 1
        self.generic_visit(node)
        self.inside -= 1
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        self.generic_visit(node)
        target = node.targets[0]
        if self.inside:
            return node
        if len(node.targets) == 1 and isinstance(target, ast.Name):
            node.value = _call("_line", node, ast.Constant(node.lineno), ast.Constant(target.id), node.value)
        elif len(node.targets) == 1 and isinstance(target, (ast.Tuple, ast.List)):
            names = [e.id if isinstance(e, ast.Name) else "" for e in target.elts]
            listed = ast.List([ast.Constant(n) for n in names], ast.Load())
            node.value = _call("_lines", node, ast.Constant(node.lineno), listed, node.value)
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        if not isinstance(node.target, ast.Name):
            return self.generic_visit(node)
        value = ast.BinOp(ast.Name(node.target.id, ast.Load()), node.op, node.value)
        plain = ast.copy_location(ast.Assign([node.target], ast.copy_location(value, node)), node)
        return self.visit_Assign(plain)

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.op, (ast.Pow, ast.Div)):
            name = "_power" if isinstance(node.op, ast.Pow) else "_divide"
            return _call(name, node, node.left, node.right)
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if isinstance(node.value, float):
            return _call("_decimal", node, ast.Constant(getattr(node, "written", repr(node.value))))
        return node


def _call(name: str, like: ast.AST, *args: ast.expr) -> ast.Call:
    return ast.copy_location(ast.Call(ast.Name(name, ast.Load()), list(args), []), like)


def _power(a: Any, b: Any) -> Any:
    """Return a ** b, refusing powers of numbers too large to write down."""
    if isinstance(a, (int, Fraction)) and isinstance(b, (int, Fraction)):
        bits = max(a.numerator.bit_length(), a.denominator.bit_length())
        if a not in (-1, 0, 1) and abs(Fraction(b)) * bits > MAX_PYTHON_BITS:
            raise GraphError(f"{a} ** {b} has more than {MAX_PYTHON_BITS} bits")
        if b < 0 or b % 1:
            return constant(a) ** b  # Python would leave exact numbers here
    return a**b


def _divide(a: Any, b: Any) -> Any:
    """Return a / b; whole numbers and fractions give an exact fraction."""
    if isinstance(a, (int, Fraction)) and isinstance(b, (int, Fraction)):
        if b == 0:
            raise GraphError(f"division of {a} by zero")
        return Fraction(a) / b
    return a / b


def _decimal(written: str) -> Fraction:
    """Return a decimal exactly as it was written, beyond what a float can hold."""
    _, _, exponent = written.lower().partition("e")
    if exponent and abs(int(exponent)) > MAX_EXPONENT:
        raise GraphError(f"the exponent of {written} is beyond ±{MAX_EXPONENT}")
    return Fraction(written)


HOOKS: Mapping[str, Any] = {"_power": _power, "_divide": _divide, "_decimal": _decimal}
"""What compiled code calls; the runner adds ``_line`` and ``_lines``, which record assignments."""
