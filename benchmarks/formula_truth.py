"""The values of formula trees, by code of its own: rationals, and balls of 320 bits where they end."""

from __future__ import annotations

import random
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import flint
from flint import arb, fmpq
from formula_trees import Tree

BITS = 320
POINTS = 12
"""Fresh random points at which a mutant is judged, in each of two settings of sizes."""

SIZES = ({"K": 4, "n": 3, "d": 2, "k": 5}, {"K": 3, "n": 4, "d": 5, "k": 2})

Names = Mapping[str, tuple[tuple[str, ...], str]]
"""Each name's shape, in names of sizes, and its domain."""


class Meaningless(Exception):
    """A tree whose shapes do not fit, or that has no value at a point."""


class Unfit(Meaningless):
    """A tree whose shapes do not fit, whatever the values."""


def same(one: Tree, two: Tree, names: Names, seed: int) -> bool | None:
    """Return whether two trees are equal at fresh random points; None where that cannot be told."""
    rng = random.Random(seed)
    flint.ctx.prec = BITS
    seen = undefined = 0
    for sizes in SIZES:
        for _ in range(POINTS):
            point = draw(rng, names, sizes)
            try:
                a = value(one, point, sizes)
            except Meaningless:
                continue
            try:
                b = value(two, point, sizes)
            except (Unfit, TypeError, IndexError):  # arrays where numbers belong
                return False
            except Meaningless:
                undefined += 1
                continue
            found = agree(a, b)
            if found is not True:
                return found
            seen += 1
    if undefined:
        return False if undefined > POINTS // 2 else None
    return True if seen > POINTS // 2 else None


def agree(a: Any, b: Any) -> bool | None:
    """Return whether two values are equal as far as 200 bits tell; None where balls are too wide."""
    if type(a) is not type(b) and (isinstance(a, (list, tuple)) or isinstance(b, (list, tuple))):
        return False
    if isinstance(a, tuple):
        return agree(a[1], b[1])
    if isinstance(a, list):
        if len(a) != len(b):
            return False
        found = [agree(x, y) for x, y in zip(a, b, strict=True)]
        return False if False in found else None if None in found else True
    if isinstance(a, fmpq) and isinstance(b, fmpq):
        return bool(a == b)
    gap = arb(a) - arb(b)
    if not gap.is_finite():
        return None
    if 0 not in gap:
        return False
    return True if abs(gap) < (1 + abs(arb(a))) * arb(2) ** -200 else None


def draw(rng: random.Random, names: Names, sizes: Mapping[str, int]) -> dict[str, Any]:
    """Return random rational values of all names."""
    point: dict[str, Any] = {}
    for name, (shape, domain) in names.items():
        if domain == "index":
            point[name] = rng.randint(1, sizes[shape[0]])
        elif domain == "distribution":
            shares = [rng.randint(1, 999) for _ in range(sizes[shape[0]])]
            point[name] = [fmpq(share, sum(shares)) for share in shares]
        else:
            point[name] = _fill(rng, [sizes[d] for d in shape], domain)
    return point


def _fill(rng: random.Random, shape: list[int], domain: str) -> Any:
    if shape:
        return [_fill(rng, shape[1:], domain) for _ in range(shape[0])]
    if domain == "positive integer":
        return fmpq(rng.randint(1, rng.choice((6, 90))))
    if domain == "probability":
        return fmpq(rng.randint(1, 99_990), 99_991)
    found = fmpq(rng.randint(-300_000, 300_000) or 1, 99_991)
    return abs(found) if domain == "positive" else found


def value(tree: Tree, point: Mapping[str, Any], sizes: Mapping[str, int]) -> Any:
    """Return the value of a tree at a point; raise Meaningless where there is none."""
    kind, *parts = tree
    if kind == "name":
        if parts[0] == "pi":
            return arb.pi()
        found = point[parts[0]] if parts[0] in point else sizes[parts[0]]
        return fmpq(found) if isinstance(found, int) else found
    if kind == "number":
        found = Fraction(parts[0])
        return fmpq(found.numerator, found.denominator)
    if kind == "entry":
        out = point[parts[0]]
        for index in parts[1:]:
            out = out[int(point.get(index, index)) - 1]
        return out
    if kind == "delta":
        return fmpq(int(point[parts[0]] == point[parts[1]]))
    if kind == "total":
        index, size, body = parts
        return _sum([value(body, {**point, index: i}, sizes) for i in range(1, sizes[size] + 1)])
    if kind == "call":
        return _call(parts[0], [value(a, point, sizes) for a in parts[1:]], point, sizes)
    args = [value(a, point, sizes) for a in parts]
    if kind == "transpose":
        return _transpose(args[0])
    if kind == "neg":
        return _each(lambda x: -x, args[0])
    return _two(kind, *args)


def _transpose(a: Any) -> Any:
    if isinstance(a, tuple):
        return a[1]
    if not isinstance(a, list):
        return a
    return [list(row) for row in zip(*a, strict=True)] if isinstance(a[0], list) else ("row", a)


def _two(kind: str, a: Any, b: Any) -> Any:
    if kind == "mul":
        return _multiply(a, b)
    if isinstance(a, tuple) or isinstance(b, tuple):
        raise Unfit("a row outside a product")
    if kind in ("add", "sub", "had"):
        rule = {"add": lambda x, y: x + y, "sub": lambda x, y: x - y, "had": lambda x, y: x * y}[kind]
        return _pair(rule, a, b)
    if kind == "div":
        if isinstance(b, list):
            raise Unfit("division by an array")
        return _each(lambda x: _divide(x, b), a)
    if isinstance(b, list):
        raise Unfit("an array in an exponent")
    if isinstance(a, list):
        if b != 2 or not isinstance(a[0], list) or len(a) != len(a[0]):
            raise Unfit("a power of an array")
        return _multiply(a, a)
    return _power(a, b)


def _pair(rule: Any, a: Any, b: Any) -> Any:
    if isinstance(a, list) != isinstance(
        b, list
    ):  # 1 − σ(z): a number beside an array is meant for each entry
        return [_pair(rule, x, b) for x in a] if isinstance(a, list) else [_pair(rule, a, y) for y in b]
    if isinstance(a, list):
        if len(a) != len(b):
            raise Unfit("lengths")
        return [_pair(rule, x, y) for x, y in zip(a, b, strict=True)]
    return rule(a, b)


def _each(rule: Any, a: Any) -> Any:
    if isinstance(a, tuple):
        return ("row", _each(rule, a[1]))
    return [_each(rule, x) for x in a] if isinstance(a, list) else rule(a)


def _sum(terms: list[Any]) -> Any:
    out = terms[0]
    for term in terms[1:]:
        out = _pair(lambda x, y: x + y, out, term)
    return out


def _dot(a: list[Any], b: list[Any]) -> Any:
    if len(a) != len(b):
        raise Unfit("lengths")
    return _sum([x * y for x, y in zip(a, b, strict=True)])


def _multiply(a: Any, b: Any) -> Any:
    """Return a product; a vector is a column, and ("row", …) its transpose."""
    number = (isinstance(a, (list, tuple)), isinstance(b, (list, tuple)))
    if number == (False, False):
        return a * b
    if False in number:
        scalar, array = (b, a) if number[0] else (a, b)
        return _each(lambda x: x * scalar, array)
    if isinstance(a, tuple):
        if isinstance(b, tuple):
            raise Unfit("two rows")
        if isinstance(b[0], list):
            return ("row", [_dot(a[1], [row[j] for row in b]) for j in range(len(b[0]))])
        return _dot(a[1], b)
    if isinstance(b, tuple):
        if isinstance(a[0], list):
            raise Unfit("a matrix before a row")
        return [[x * y for y in b[1]] for x in a]
    if not isinstance(a[0], list):
        raise Unfit("a column before an array")
    if isinstance(b[0], list):
        return [
            [_dot(row, [r[j] for r in b]) for j in range(len(b[0]))] if len(row) == len(b) else _unfit()
            for row in a
        ]
    return [_dot(row, b) for row in a]


def _unfit() -> Any:
    raise Unfit("lengths")


def _divide(a: Any, b: Any) -> Any:
    if b == 0 or not (isinstance(b, fmpq) or 0 not in b):
        raise Meaningless("division by 0")
    return a / b


def _power(a: Any, b: Any) -> Any:
    if isinstance(b, fmpq) and b.q == 1 and abs(b.p) < 200:
        if b < 0 and a == 0:
            raise Meaningless("0 to a negative power")
        return a ** int(b.p)
    if not a > 0:
        raise Meaningless("a power of what is not positive")
    return arb(a) ** arb(b)


def _call(name: str, args: list[Any], point: Mapping[str, Any], sizes: Mapping[str, int]) -> Any:
    if name == "norm2":
        return _dot(args[0], args[0]) if isinstance(args[0], list) else args[0] ** 2
    if name == "trace":
        if (
            not isinstance(args[0], list)
            or not isinstance(args[0][0], list)
            or len(args[0]) != len(args[0][0])
        ):
            raise Unfit("a trace")
        return _sum([row[i] for i, row in enumerate(args[0])])
    if name == "identity":
        raise Unfit("an identity outside its place")
    if name == "softmax":
        if not isinstance(args[0], list) or isinstance(args[0][0], list):
            raise Unfit("softmax of no vector")
        shares = [arb(x).exp() for x in args[0]]
        return [share / _sum(shares) for share in shares]
    if name in ("max", "min"):
        if any(isinstance(a, (list, tuple)) for a in args):
            raise Unfit("max of arrays")
        return _choose(name, *args)
    return _each(_FUNCTIONS[name], args[0])


def _choose(name: str, a: Any, b: Any) -> Any:
    gap = a - b
    if gap > 0:
        return a if name == "max" else b
    if gap < 0:
        return b if name == "max" else a
    return a


def _log(x: Any) -> Any:
    if not x > 0:
        raise Meaningless("a logarithm of what is not positive")
    return arb(x).log()


def _sqrt(x: Any) -> Any:
    if not x >= 0:
        raise Meaningless("a root of what is negative")
    return arb(x).sqrt()


def _floor(x: Any) -> Any:
    if isinstance(x, fmpq):
        return fmpq(x.floor())
    whole = x.floor().unique_fmpz()
    if whole is None:
        raise Meaningless("a floor at a step")
    return fmpq(whole)


_FUNCTIONS = {
    "exp": lambda x: arb(x).exp(),
    "log": _log,
    "ln": _log,
    "sqrt": _sqrt,
    "tanh": lambda x: arb(x).tanh(),
    "sigmoid": lambda x: 1 / (1 + (-arb(x)).exp()),
    "relu": lambda x: x if x > 0 else x * 0,
    "abs": abs,
    "floor": _floor,
}
