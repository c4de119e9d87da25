"""Sums and products as people write them: collected, cancelled, factored where that is shorter.

What stands between arithmetic operations (a name, a matrix product, tanh(z)) is an atom.  A formula is
rewritten only where fewer symbols are left, so ``f (1 − f)`` stays what it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import reduce
from typing import Any

from ..node import Adjoint, Node, constant, is_literal
from ..ops.elementwise import sqrt
from ..ops.norm import norm
from ..ops.shape import expand

ARITHMETIC = frozenset(("add", "sub", "neg", "mul", "div", "power", "sqrt", "expand"))
"""The ops that are taken apart."""

MAX_ATOMS = 24
"""Most atoms of a formula that is multiplied out."""

MAX_TERMS = 300
"""Most terms of a polynomial that is multiplied out."""

MAX_DEGREE = 8
"""Largest power that is multiplied out."""

MAX_POWER = 100
"""Largest power that is taken of each factor of a product."""

_SYMBOLS = {"power": 2, "neg": 1, "sqrt": 1}


@dataclass
class Product:
    """A number times powers of nodes, in the order in which they were met."""

    number: Fraction = Fraction(1)
    powers: dict[Node, Fraction] = field(default_factory=dict)

    def __mul__(self, other: Product) -> Product:
        powers = dict(self.powers)
        for base, power in other.powers.items():
            powers[base] = powers.get(base, Fraction(0)) + power
        for base in [b for b in powers if b.op.name == "unit_vector" and b.name is None]:
            (x,) = base.args
            if powers[base] == 1 and powers.get(norm(x), Fraction(0)) >= 1:  # ‖x‖ · x/‖x‖ is x
                powers[base] = Fraction(0)
                powers[norm(x)] -= 1
                powers[x] = powers.get(x, Fraction(0)) + 1
        kept = {b: p for b, p in powers.items() if p}
        return Product(self.number * other.number, kept if self.number * other.number else {})

    def raised(self, power: Fraction) -> Product | None:
        """Return a power of the product; None where that is not a product of powers."""
        whole = power.denominator == 1 and abs(power) <= MAX_POWER
        simple = self.number == 1 and list(self.powers.values()) == [1]
        if not (whole or simple) or (not self.number and power <= 0):
            return None
        number = self.number ** int(power) if whole else Fraction(1)
        return Product(number, {b: p * power for b, p in self.powers.items()})


# -- reading -------------------------------------------------------------------------------------


def is_atom(node: Node) -> bool:
    """Say whether a node is not taken apart: it has a name, or is no arithmetic."""
    return node.name is not None or not node.args or node.op.name not in ARITHMETIC


def number_of(node: Node) -> Fraction | None:
    """Return the number that all entries of an unnamed constant are."""
    if node.op.name != "constant" or node.name is not None:
        return None
    entries: tuple[Fraction, ...] = dict(node.attrs)["value"]
    return entries[0] if entries and len(set(entries)) == 1 else None


def factors(node: Node) -> Product:
    """Return a node as a product."""
    number = number_of(node)
    if number is not None:
        return Product(number)
    if is_atom(node):
        return Product(powers={node: Fraction(1)})
    name, args = node.op.name, node.args
    if name == "neg":
        return Product(Fraction(-1)) * factors(args[0])
    if name == "mul":
        return factors(args[0]) * factors(args[1])
    if name == "expand":
        return factors(args[0]) if not args[0].shape else Product(powers={node: Fraction(1)})
    power = {"div": Fraction(-1), "sqrt": Fraction(1, 2)}.get(name)
    if name == "power":
        power = number_of(args[1])
    if power is not None:
        base = factors(args[1] if name == "div" else args[0]).raised(power)
        if base is not None:
            return factors(args[0]) * base if name == "div" else base
    whole = added(terms(node)) if name in ("add", "sub") else node
    number = number_of(whole)
    return Product(powers={whole: Fraction(1)}) if number is None else Product(number)


def terms(node: Node) -> list[Product]:
    """Return a node as a sum of products."""
    found: list[Product] = []
    stack = [(node, Fraction(1))]
    while stack:
        top, sign = stack.pop()
        if top.op.name in ("add", "sub") and not is_atom(top):
            second = sign if top.op.name == "add" else -sign
            stack += [(top.args[1], second), (top.args[0], sign)]
        elif top.op.name == "neg" and not is_atom(top):
            stack.append((top.args[0], -sign))
        else:
            found.append(Product(sign) * factors(top))
    return found


# -- writing -------------------------------------------------------------------------------------


def multiplied(product: Product) -> Node:
    """Return a product as a node: the number first, then scalars, then arrays, over what divides them."""
    above: list[Node] = []
    below: list[Node] = []
    size = abs(product.number)
    for base, power in product.powers.items():
        node = base if abs(power) == 1 else _raised(base, abs(power))
        (above if power > 0 else below).append(node)
    if size.numerator != 1:
        above.insert(0, constant(size.numerator))
    if size.denominator != 1:
        below.insert(0, constant(size.denominator))
    top, bottom = (_chain(part) for part in (above, below))
    node = top / bottom if below else top
    return -node if product.number < 0 else node


def _raised(base: Node, power: Fraction) -> Node:
    if power.denominator == 2:
        root: Node = sqrt(base)
        whole = power.numerator // 2
        return root if not whole else _raised(base, Fraction(whole)) * root
    return base if power == 1 else base**power


def _chain(parts: Sequence[Node]) -> Node:
    """Return a product: adjoints before other scalars, and these before arrays."""
    groups: list[list[Node]] = [[], [], []]
    for part in parts:
        groups[2 if part.shape else not isinstance(part.name, Adjoint)].append(part)
    if groups[0] and groups[1] and is_literal(groups[1][0]):
        groups[0].insert(0, groups[1].pop(0))
    chains = [reduce(lambda a, b: a * b, group) for group in groups if group]
    return reduce(lambda b, a: a * b, reversed(chains)) if chains else constant(1)


def added(products: Iterable[Product]) -> Node:
    """Return a sum of products as a node: like terms collected, one without a sign first."""
    totals: dict[Any, Product] = {}
    for product in products:
        key = frozenset(product.powers.items())
        before = totals.get(key, Product(Fraction(0), product.powers))
        totals[key] = Product(before.number + product.number, before.powers)
    found = [p for p in totals.values() if p.number]
    if not found:
        return constant(0)
    first = next((i for i, p in enumerate(found) if p.number > 0), 0)
    found.insert(0, found.pop(first))
    total = multiplied(found[0])
    for product in found[1:]:
        part = multiplied(Product(abs(product.number), product.powers))
        total = total + part if product.number > 0 else total - part
    return total


# -- choosing ------------------------------------------------------------------------------------


def shortest(node: Node) -> Node:
    """Return the shortest of some ways to write an arithmetical formula."""
    found = terms(node)
    ways = [added(found), added(_gathered(found))]
    parts = _as_quotient(node)
    if parts is not None:
        ways += _written(*parts)
    best = min(ways, key=_length)  # the first of several, so that what was well written stays
    return expand(best, node.shape)


def _gathered(products: Sequence[Product]) -> list[Product]:
    """Return a sum with what several of its terms have in common taken out of them, the longest first."""
    shared: dict[Node, int] = {}
    for product in products:
        for base, power in product.powers.items():
            shared[base] = shared.get(base, 0) + (power == 1)
    saved = {b: _length(b) * (n - 1) for b, n in shared.items() if n > 1 and not is_atom(b)}
    if not saved:
        return list(products)
    common = max(saved, key=lambda b: saved[b])
    inside = [p for p in products if p.powers.get(common) == 1]
    rest = [Product(p.number, {b: k for b, k in p.powers.items() if b is not common}) for p in inside]
    whole = Product(powers={common: Fraction(1), added(_gathered(rest)): Fraction(1)})
    first = products.index(inside[0])
    others = [p for p in products if p not in inside]
    return _gathered([*others[:first], whole, *others[first:]])


def _length(node: Node) -> int:
    """Return how many symbols a formula is written with."""
    found, stack = 0, [node]
    while stack:
        top = stack.pop()
        if is_atom(top):
            found += 1 if top.name is not None or not top.args else 3
        else:
            found += _SYMBOLS.get(top.op.name, 1)
            stack += top.args[:1] if top.op.name in _SYMBOLS else top.args
    return found


def _atoms(node: Node) -> list[Node]:
    """Return the atoms of a formula from left to right; roots and odd powers are atoms as well."""
    found: dict[Node, None] = {}
    stack = [node]
    while stack:
        top = stack.pop()
        if number_of(top) is not None:
            continue
        if is_atom(top) or _is_odd(top):
            found[top] = None
        else:
            stack += reversed(top.args[:1] if top.op.name in _SYMBOLS else top.args)
    return list(found)


def _is_odd(node: Node) -> bool:
    """Say whether a node is no polynomial and no quotient of its arguments."""
    if node.op.name == "power":
        power = number_of(node.args[1])
        return power is None or power.denominator != 1 or abs(power) > MAX_DEGREE
    return node.op.name == "sqrt" or (node.op.name == "expand" and bool(node.args[0].shape))


def _as_quotient(node: Node) -> tuple[Any, Any, list[Node]] | None:
    """Return a formula as a quotient of polynomials without common factors, and the atoms in them."""
    import flint

    atoms = _atoms(node)
    if not atoms or len(atoms) > MAX_ATOMS:
        return None
    context = flint.fmpz_mpoly_ctx.get([f"x{i}" for i in range(len(atoms))], flint.Ordering.lex)
    known: dict[Node, tuple[Any, Any]] = {
        atom: (x, context.constant(1)) for atom, x in zip(atoms, context.gens(), strict=True)
    }
    stack = [node]
    while stack:
        top = stack[-1]
        number = number_of(top)
        if top in known:
            stack.pop()
        elif number is not None:
            known[top] = context.constant(number.numerator), context.constant(number.denominator)
        elif missing := [a for a in _operands(top) if a not in known]:
            stack += missing
        else:
            quotient = _combined(top, [known[a] for a in _operands(top)])
            if quotient is None:
                return None
            known[top] = quotient
    return (*known[node], atoms)


def _operands(node: Node) -> tuple[Node, ...]:
    return node.args[:1] if node.op.name == "power" else node.args


def _combined(node: Node, args: Sequence[tuple[Any, Any]]) -> tuple[Any, Any] | None:
    """Return one operation on quotients, cancelled; None where it grows too large or divides by zero."""
    (a, b), (c, d) = args[0], args[-1]
    name = node.op.name
    if name in ("add", "sub"):
        above, below = (a * d + c * b if name == "add" else a * d - c * b), b * d
    elif name == "mul":
        above, below = a * c, b * d
    elif name == "div":
        above, below = a * d, b * c
    elif name == "power":
        power = int(number_of(node.args[1]) or 0)
        if max(len(a), len(b)) ** abs(power) > MAX_TERMS:
            return None
        above, below = (a**power, b**power) if power >= 0 else (b**-power, a**-power)
    else:
        above, below = (-a if name == "neg" else a), b
    if not below or max(len(above), len(below)) > MAX_TERMS:
        return None
    common = above.gcd(below)
    return above / common, below / common


def _written(above: Any, below: Any, atoms: list[Node]) -> list[Node]:
    """Return ways to write a quotient: in factors, the numerator multiplied out, and each term on its own."""
    if not above:
        return [constant(0)]
    top, bottom = (_factored(polynomial, atoms) for polynomial in (above, below))
    over = bottom.raised(Fraction(-1)) or Product()
    expanded = _monomials(above, atoms)
    ways = [multiplied(top * over)]
    if len(expanded) > 1:
        ways.append(multiplied(Product(powers={added(expanded): Fraction(1)}) * over))
        if len(below) == 1:
            ways.append(added([term * over for term in expanded]))
    return ways


def _monomials(polynomial: Any, atoms: list[Node]) -> list[Product]:
    found = []
    for exponents, coefficient in polynomial.terms():
        powers = {a: Fraction(int(e)) for a, e in zip(atoms, exponents, strict=True) if e}
        found.append(Product(Fraction(int(coefficient)), powers))
    return found


def _order(polynomial: Any) -> tuple[int, int]:
    """Return what factors are sorted by: the first of their atoms, single ones first."""
    used = [
        min(i for i, e in enumerate(exponents) if e) for exponents in polynomial.monoms() if any(exponents)
    ]
    return min(used), len(polynomial)


def _factored(polynomial: Any, atoms: list[Node]) -> Product:
    """Return a polynomial in factors, each with the sign with which people write it."""
    content, parts = polynomial.factor()
    number = Fraction(int(content))
    powers: dict[Node, Fraction] = {}
    free = []  # differences, which may be turned round
    for part, power in sorted(parts, key=lambda p: _order(p[0])):
        found = _monomials(part, atoms)
        minus = sum(p.number < 0 for p in found)
        turn = 2 * minus > len(found)
        if 2 * minus == len(found):
            alone = [p for p in found if not p.powers]
            turn = bool(alone) and alone[0].number < 0
            if not alone and power % 2:
                free.append(added(found))
        if turn:
            found = [Product(-p.number, p.powers) for p in found]
            number *= (-1) ** int(power)
        powers[added(found)] = Fraction(int(power))
    if number < 0 and free:
        turned = added([Product(-p.number, p.powers) for p in terms(free[0])])
        powers = {turned if b is free[0] else b: p for b, p in powers.items()}
        number = -number
    return Product(number, powers)
