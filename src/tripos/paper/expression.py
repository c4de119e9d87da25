"""Expressions on the command line: Python's syntax against a whitelist, evaluated piece by piece, exactly.

Nothing is compiled or run by Python: an expression can name, call and calculate, and no more.
"""

from __future__ import annotations

import ast
import operator
import re
import warnings
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache
from inspect import Parameter, Signature, signature
from typing import Any

from .. import nets
from ..graph import GraphError, Node, size
from ..graph.node import Shape, free_symbols
from ..nets.module import Module
from .diagnostic import nearest
from .language import HOOKS

Unknown = Callable[[str], Any]
"""What a name that is not known stands for; None where it stands for nothing."""

MAX_LENGTH = 20_000
"""Most characters of an expression."""

MAX_DEPTH = 100
"""How deep an expression may be nested; a sum of that many terms is as deep."""

MAX_BITS = 1000
"""Largest number, in bits above and below the fraction bar."""

MAX_COUNT = 10_000
"""Largest number that is no size: of layers, of heads, of groups."""

SHOWN = 100
"""Most characters of an expression that an error repeats."""

_BINARY: dict[type[ast.operator], tuple[str, Callable[[Any, Any], Any]]] = {
    ast.Add: ("+", operator.add),
    ast.Sub: ("-", operator.sub),
    ast.Mult: ("*", operator.mul),
    ast.Div: ("/", HOOKS["_divide"]),
    ast.Pow: ("**", HOOKS["_power"]),
    ast.FloorDiv: ("//", operator.floordiv),
    ast.Mod: ("%", operator.mod),
    ast.MatMult: ("@", operator.matmul),
}
_UNARY: dict[type[ast.unaryop], tuple[str, Callable[[Any], Any]]] = {
    ast.USub: ("-", operator.neg),
    ast.UAdd: ("+", operator.pos),
}
_SIZE = re.compile(r"[A-Za-z][0-9]*(_[A-Za-z0-9]+)?")


class ExpressionError(GraphError):
    """What is wrong with an expression, and where: ``text[start:end]``."""

    def __init__(self, message: str, text: str, start: int, end: int):
        self.message, self.text, self.start, self.end = message, text, start, end
        left = max(0, min(start - SHOWN // 2, len(text) - SHOWN))
        shown = text[left : left + SHOWN]
        head, tail = "…" * (left > 0), "…" * (left + SHOWN < len(text))
        width = max(1, min(end, left + SHOWN) - start)
        mark = " " * (len(head) + start - left) + "^" * width
        super().__init__(f"{message}\n    {head}{shown}{tail}\n    {mark}")


def evaluate(text: str, names: Mapping[str, Any], unknown: Unknown | None = None) -> Any:
    """Return the value of an expression in ``names``, exactly: decimals and quotients are fractions.

    ``unknown(name)`` says what any other name stands for, if anything.  Allowed are numbers, strings, tuples
    and lists, arithmetic, calls of what ``names`` holds and of layers, ``.T`` and entries such as ``h[0]``.
    Raises ExpressionError with the place.
    """
    return _Reader(text, names, unknown).value()


def a_size(name: str) -> Any:
    """Return a symbolic size for a letter such as d, H, d2 or d_k, and None for any other name."""
    return size(name) if _SIZE.fullmatch(name) else None


@cache
def layers() -> Mapping[str, type[Module]]:
    """Return every public layer by name."""
    found = {name: getattr(nets, name) for name in nets.__all__}
    return {
        n: v for n, v in found.items() if isinstance(v, type) and issubclass(v, Module) and v is not Module
    }


def read_system(text: str) -> Module:
    """Return the layer that an expression makes; letters in it are symbolic sizes."""
    found = evaluate(text, layers(), a_size)
    if not isinstance(found, Module):
        raise ExpressionError(
            f"expected a layer, such as Linear(9, 4), found {_shown(found)}", text, 0, len(text)
        )
    return found


def read_shape(text: str) -> Shape:
    """Return a shape such as ``3x223x223`` or ``3×H×W``; letters are symbolic sizes, ``scalar`` is none."""
    if text.strip() == "scalar":
        return ()
    found: list[Any] = []
    start = 0
    for part in re.split("([x×])", text):
        end = start + len(part)
        if part not in ("x", "×"):
            if not part.strip():
                raise ExpressionError("a size is missing; write a shape as 3x223x223", text, start, end + 1)
            try:
                dim = evaluate(part, {}, a_size)
            except ExpressionError as error:
                raise ExpressionError(error.message, text, start + error.start, start + error.end) from None
            if not is_size(dim):
                raise ExpressionError(
                    f"a size is a positive whole number or a letter, found {dim}", text, start, end
                )
            found.append(dim)
        start = end
    return tuple(found)


def is_size(value: Any) -> bool:
    """Say whether a value can be the size of an axis: a positive int, or calculated from letters."""
    if isinstance(value, Node):
        letters = free_symbols(value)
        return not value.shape and bool(letters) and all(dict(n.attrs)["domain"] == "size" for n in letters)
    return type(value) is int and value > 0


class _Reader:
    """Walks the syntax tree of one expression."""

    def __init__(self, text: str, names: Mapping[str, Any], unknown: Unknown | None):
        self.text = re.sub(r"\s", " ", text)
        self.names = names
        self.unknown = unknown

    def fail(self, message: str, node: ast.expr | ast.keyword | None = None) -> ExpressionError:
        """Return the error that points at a piece of syntax, or at the whole expression."""
        if node is None:
            return ExpressionError(message, self.text, 0, len(self.text))
        ends = (node.col_offset, node.end_col_offset)  # in bytes
        start, end = (len(self.source.encode()[:n].decode()) + self.indent for n in ends)
        return ExpressionError(message, self.text, start, end)

    def value(self) -> Any:
        self.source = self.text.lstrip()
        self.indent = len(self.text) - len(self.source)
        if not self.source:
            raise self.fail("the expression is empty")
        if len(self.text) > MAX_LENGTH:
            raise ExpressionError(f"the expression is longer than {MAX_LENGTH:,} characters", self.text, 0, 1)
        odd = next((i for i, c in enumerate(self.text) if not c.isprintable()), None)
        if odd is not None:
            shown = "".join(c if c.isprintable() else "�" for c in self.text)
            raise ExpressionError(f"no character U+{ord(self.text[odd]):04X} is allowed", shown, odd, odd + 1)
        try:
            with warnings.catch_warnings(action="ignore"):
                tree = ast.parse(self.source, mode="eval")
        except SyntaxError as error:
            at = min(max((error.offset or 1) - 1 + self.indent, 0), len(self.text))
            raise ExpressionError(f"not an expression: {error.msg}", self.text, at, at + 1) from None
        except (ValueError, MemoryError, RecursionError) as error:
            raise self.fail(f"not an expression: {str(error) or 'too deeply nested'}") from None
        return self.read(tree.body, 0)

    def read(self, node: ast.expr, depth: int) -> Any:
        """Return the value of a piece of the expression."""
        if depth > MAX_DEPTH:
            raise self.fail(f"nested more than {MAX_DEPTH} deep", node)
        deeper = depth + 1
        match node:
            case ast.Constant():
                return self.bounded(self.literal(node), node)
            case ast.Name():
                return self.name(node)
            case ast.Tuple():
                return tuple(self.read(e, deeper) for e in node.elts)
            case ast.List():
                return [self.read(e, deeper) for e in node.elts]
            case ast.UnaryOp(op=op) if type(op) in _UNARY:
                mark, unary = _UNARY[type(op)]
                return self.calculated(mark, unary, node, self.read(node.operand, deeper))
            case ast.BinOp(op=op) if type(op) in _BINARY:
                mark, binary = _BINARY[type(op)]
                left = self.read(node.left, deeper)
                return self.calculated(mark, binary, node, left, self.read(node.right, deeper))
            case ast.BinOp(op=ast.BitXor()):
                raise self.fail("write a power as **, not ^", node)
            case ast.Call():
                return self.call(node, deeper)
            case ast.Attribute(attr="T"):
                value = self.read(node.value, deeper)
                if isinstance(value, Node):
                    return self.guarded(lambda: value.T, node)
                raise self.fail(f".T transposes a matrix, found {_shown(value)}", node)
            case ast.Subscript():
                value, at = self.read(node.value, deeper), self.read(node.slice, deeper)
                if isinstance(value, Node):
                    return self.guarded(lambda: value[at], node)
                raise self.fail(f"an entry is taken of an array, found {_shown(value)}", node)
            case ast.Attribute():
                raise self.fail(f"no attribute .{node.attr} is allowed here; there is .T", node)
            case ast.Starred():
                raise self.fail("write arguments one by one, without *", node)
            case ast.Slice():
                raise self.fail("entries are taken one by one, as in h[0] or W[0, 1]", node)
            case _:
                what = re.sub(r"(?<!^)(?=[A-Z])", " ", type(node).__name__).lower()
                raise self.fail(
                    f"{what} is not allowed here: an expression names, calls and calculates", node
                )

    def literal(self, node: ast.Constant) -> Any:
        """Return a number, exactly as it is written, a string, a truth value or None."""
        value = node.value
        if isinstance(value, float):
            written = ast.get_source_segment(self.source, node) or repr(value)
            return self.guarded(lambda: HOOKS["_decimal"](written), node)
        if value is None or isinstance(value, (int, str)):
            return value
        raise self.fail("numbers are whole numbers and decimals, and text is in plain quotes", node)

    def name(self, node: ast.Name) -> Any:
        """Return what a name stands for."""
        if node.id in self.names:
            return self.names[node.id]
        value = self.unknown(node.id) if self.unknown else None
        if value is None:
            raise self.fail(f"no name {node.id!r}{self.remedy(node.id)}", node)
        return value

    def remedy(self, word: str) -> str:
        """Return what may have been meant by a name that is not known."""
        for known in self.names:
            if known.casefold() == word.casefold():
                return f"; did you mean {known!r}?"
        found = nearest(word, list(self.names))
        short = found.startswith("did") or len(self.names) <= SHOWN
        return f"; {found}" if found and short else ""

    def calculated(self, mark: str, rule: Callable[..., Any], node: ast.expr, *values: Any) -> Any:
        """Return the result of an arithmetical operation."""
        for value in values:
            if isinstance(value, bool) or not isinstance(value, (int, Fraction, Node)):
                called = "; write its arguments as well, as in pi() or log(x)" if callable(value) else ""
                raise self.fail(
                    f"{mark} calculates with numbers and sizes, found {_shown(value)}{called}", node
                )
        if mark == "@" and not any(isinstance(v, Node) for v in values):
            raise self.fail("@ multiplies vectors and matrices, found numbers", node)
        return self.bounded(self.guarded(lambda: rule(*values), node), node)

    def bounded(self, value: Any, node: ast.expr) -> Any:
        """Return a value unless it is a number too large to work with."""
        if isinstance(value, Fraction) and value.denominator == 1:
            value = int(value)
        if isinstance(value, (int, Fraction)):
            bits = max(value.numerator.bit_length(), value.denominator.bit_length())
            if bits > MAX_BITS:
                raise self.fail(
                    f"a number of {bits:,} bits is too large; at most {MAX_BITS:,} are allowed", node
                )
        return value

    def call(self, node: ast.Call, depth: int) -> Any:
        """Return what a call of a known function, or of a layer, returns."""
        if isinstance(node.func, ast.Name):
            called, label = self.names.get(node.func.id), node.func.id
            if called is None:
                raise self.fail(f"no layer or function {label!r}{self.remedy(label)}", node.func)
        elif isinstance(node.func, ast.Call):
            called, label = self.read(node.func, depth), ast.unparse(node.func.func)
        else:
            raise self.fail("only names and layers are called", node.func)
        if not callable(called):
            raise self.fail(f"{label} cannot be called: it is {_shown(called)}", node.func)
        if any(k.arg is None for k in node.keywords):
            raise self.fail("write arguments one by one, without **", node)
        args = [self.read(a, depth) for a in node.args]
        keywords: dict[str, Any] = {}
        for keyword in node.keywords:
            if keyword.arg in keywords:
                raise self.fail(f"{label}: {keyword.arg} is given twice", keyword)
            keywords[str(keyword.arg)] = self.read(keyword.value, depth)
        self.check_arguments(called, label, args, keywords, node)
        return self.guarded(lambda: called(*args, **keywords), node, label)

    def check_arguments(
        self,
        called: Callable[..., Any],
        label: str,
        args: list[Any],
        keywords: dict[str, Any],
        node: ast.Call,
    ) -> None:
        """Raise the error, at its place, of arguments that do not fit the signature or its types."""
        known = _signature(called)
        if known is None:
            return
        try:
            known.bind(*args, **keywords)
        except TypeError as error:
            raise self.fail(f"{label}: {error}; it is {label}{_parameters(known)}", node) from None
        parameters = list(known.parameters.values())
        starred = next((i for i, p in enumerate(parameters) if p.kind is p.VAR_POSITIONAL), len(parameters))
        for i, place in enumerate(node.args):
            self.check_type(args[i], parameters[min(i, starred)], label, place)
        for keyword in node.keywords:
            name = str(keyword.arg)
            if name in known.parameters:
                self.check_type(keywords[name], known.parameters[name], label, keyword.value)

    def check_type(self, value: Any, parameter: Parameter, label: str, place: ast.expr) -> None:
        """Raise the error of an argument that is not of the type its parameter asks for."""
        wanted = _unfit(value, parameter.annotation)
        if wanted:
            raise self.fail(f"{label}: {parameter.name} is {wanted}, found {_shown(value)}", place)

    def guarded(self, action: Callable[[], Any], node: ast.expr, label: str = "") -> Any:
        """Return what ``action`` returns; what it raises gets the place of ``node``."""
        try:
            return action()
        except GraphError as error:
            raise self.fail(str(error), node) from None
        except ArithmeticError as error:
            raise self.fail(f"cannot be calculated: {error}", node) from None
        except (TypeError, ValueError, AttributeError, LookupError) as error:
            raise self.fail(f"{label or 'this'} does not take these arguments: {error}", node) from None


@cache
def _signature(called: Callable[..., Any]) -> Signature | None:
    try:
        return signature(called)
    except (TypeError, ValueError):
        return None


def _parameters(known: Signature) -> str:
    """Return parameters as a reader needs them: names and defaults."""
    plain = [p.replace(annotation=Parameter.empty) for p in known.parameters.values()]
    return str(Signature(plain)).replace("<factory>", "...")


def _is_count(value: Any) -> bool:
    return type(value) is int and abs(value) <= MAX_COUNT


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, Fraction)) and not isinstance(value, bool)


_TYPES: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "Dim": ("a size (a positive whole number or a letter)", is_size),
    "int": (f"a whole number up to {MAX_COUNT:,}", _is_count),
    "Count": (f"a whole number from 1 to {MAX_COUNT:,}", lambda v: _is_count(v) and v > 0),
    "bool": ("True or False", lambda v: isinstance(v, bool)),
    "str": ("text in quotes", lambda v: isinstance(v, str)),
    "None": ("None", lambda v: v is None),
    "float": ("a number", _is_number),
    "Fraction": ("a number", _is_number),
    "Number": ("a number", _is_number),
    "Module": ("a layer, such as ReLU()", lambda v: isinstance(v, Module)),
}


def _unfit(value: Any, annotation: Any) -> str:
    """Return what a parameter wants where ``value`` is not it; nothing where its type says too little."""
    if not isinstance(annotation, str):
        return ""
    kinds = [part.strip() for part in annotation.split("|")]
    if not all(kind in _TYPES for kind in kinds) or any(_TYPES[kind][1](value) for kind in kinds):
        return ""
    return " or ".join(dict.fromkeys(_TYPES[kind][0] for kind in kinds))


def _shown(value: Any) -> str:
    """Return a value as an error says it."""
    if isinstance(value, type):
        return f"{value.__name__} without its arguments: write {value.__name__}(...)"
    if isinstance(value, (Module, Node, Fraction, int, str)) or value is None:
        text = str(value) if isinstance(value, Fraction) else repr(value)
    else:
        text = f"a {type(value).__name__}" if not callable(value) else "a function"
    return text if len(text) <= 60 else text[:59] + "…"
