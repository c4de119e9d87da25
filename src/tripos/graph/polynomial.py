"""Polynomials in sizes, read off a graph and turned back into a tidy one.

A polynomial is a sum of terms, each a coefficient and a monomial.  What is no polynomial, such as ⌊H/2⌋, is
an atom in it, as a symbol is.  Positive sizes may also stand below a fraction bar.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from weakref import WeakKeyDictionary, WeakSet

from .node import Dim, Node, apply, constant, schedule
from .op import find

Polynomial = dict[tuple[int, ...], Fraction]
"""Coefficients by the exponents of given variables."""

Monomial = tuple[tuple[Node, int], ...]
"""Atoms and their powers, in the order in which they are written."""

Terms = dict[Monomial, Fraction]
"""Coefficients by monomial, none of them 0."""

MAX_POWER = 8
"""Largest power that is multiplied out."""

MAX_TERMS = 1000
"""Most terms that a product is multiplied out to."""

MAX_FACTORED = 100
"""Most terms of what is factored."""

_tidied: WeakKeyDictionary[Node, Dim] = WeakKeyDictionary()
_tidy: WeakSet[Node] = WeakSet()
_keys: WeakKeyDictionary[Node, tuple[str, str, int]] = WeakKeyDictionary()


def tidy(dim: Dim) -> Dim:
    """Return a size multiplied out and collected: equal polynomials are one node, ``H + 2 − 3 + 1`` is H.

    A size that is a known number becomes one.  Floors take whole parts out: ⌊(H − 2)/2⌋ + 1 is ⌊H/2⌋.
    """
    if not isinstance(dim, Node) or dim.shape or dim in _tidy:
        return dim
    found = _tidied.get(dim)
    if found is None:
        found = collected(terms_of(dim))
        if isinstance(found, Node):
            _tidy.add(found)
        if found is not dim:
            _tidied[dim] = found
    return found


def terms_of(*nodes: Node | int) -> Terms:
    """Return the sum of scalar nodes, multiplied out, with atoms for what is no polynomial."""
    known: dict[Node, Terms] = {}
    for step in schedule([n for n in nodes if isinstance(n, Node)]):
        known[step] = _terms(step, [known[a] for a in step.args])
    total: Terms = {}
    for node in nodes:
        _add(total, known[node] if isinstance(node, Node) else {(): Fraction(node)})
    return total


def collected(terms: Mapping[Monomial, Fraction]) -> Dim:
    """Return a sum of terms as a tidy node, or as a number where it is one."""
    terms = {m: c for m, c in terms.items() if c}
    if not terms:
        return 0
    if terms.keys() == {()}:
        number = terms[()]
        return int(number) if number.denominator == 1 else number
    return _sum(_shifted(terms))


def factored(dim: Dim) -> Dim:
    """Return a size with sums as factors where that is shorter: 9(N − 2)², C (H − k + 1) (W − k + 1).

    It is for reading; shapes hold what ``tidy`` returns.
    """
    from .notation import write

    known = tidy(dim)
    if not isinstance(known, Node) or known.shape:
        return known
    terms = terms_of(known)
    found = _shifted(terms, sums=True)
    fewer = len(found) <= min(len(terms) / 2, len(terms) - 2)
    ways = [_sum(found) if fewer else known, *_product_of_sums(terms), known]
    return min(ways, key=lambda way: len(write(way).text))


def _product_of_sums(terms: Terms) -> list[Node]:
    """Return a polynomial as a product, if two or more sums are among its factors."""
    import flint

    atoms = sorted({a for m in terms for a, _ in m}, key=_key)
    whole = all(c.denominator == 1 and all(k > 0 for _, k in m) for m, c in terms.items())
    if not whole or len(terms) > MAX_FACTORED:
        return []
    context = flint.fmpz_mpoly_ctx.get([f"x{i}" for i in range(len(atoms))], flint.Ordering.lex)
    exponents = {tuple(dict(m).get(a, 0) for a in atoms): int(c) for m, c in terms.items()}
    number, parts = context.from_dict(exponents).factor()
    sign = 1 if int(number) > 0 else -1
    singles: dict[Node, int] = {}
    sums: list[tuple[Node, int]] = []
    for part, power in parts:
        found = {
            tuple((a, int(k)) for a, k in zip(atoms, e, strict=True) if k): Fraction(int(c))
            for e, c in part.terms()
        }
        if len(found) > 1:
            if 2 * sum(c < 0 for c in found.values()) > len(found):  # H − k + 1 rather than k − H − 1
                found, sign = _scaled(found, Fraction(-1)), sign * (-1) ** int(power)
            sums.append((_sum(_shifted(found)), int(power)))
        else:
            singles |= {a: k * int(power) for a, k in next(iter(found))}
    if sign < 0 or sum(power for _, power in sums) < 2:
        return []
    first = tuple((a, singles[a]) for a in atoms if a in singles)
    return [_written((*first, *sorted(sums, key=lambda s: _key(s[0]))), abs(int(number)))]


def polynomial(node: Node, variables: Sequence[Node]) -> Polynomial | None:
    """Return a scalar node as a polynomial, or None where it is not one.

    Symbols that are not among ``variables`` count as constants of value 1, so that the exponents
    remain right and the coefficients do not matter: terms that cancel so are kept with coefficient 0.
    """
    found: Polynomial = {}
    for monomial, coefficient in terms_of(node).items():
        powers = dict(monomial)
        if node.shape or any(a.op.name != "symbol" or a.shape or k < 0 for a, k in monomial):
            return None
        exponents = tuple(powers.get(v, 0) for v in variables)
        found[exponents] = found.get(exponents, Fraction(0)) + coefficient
    return found


def as_node(terms: Polynomial, variables: Sequence[Node]) -> Node:
    """Return a polynomial as a node, highest terms first."""
    total = constant(0)
    for exponents, coefficient in sorted(terms.items(), reverse=True):
        if coefficient:
            powers = tuple((v, k) for v, k in zip(variables, exponents, strict=True) if k)
            total = total + _written(powers, coefficient)
    return total


# -- arithmetic ------------------------------------------------------------------------------------


def _terms(node: Node, args: Sequence[Terms]) -> Terms:
    """Return one operation on polynomials."""
    name = node.op.name
    found: Terms | None = None
    if any(a.shape for a in (node, *node.args)):
        return {((node, 1),): Fraction(1)}
    if name == "constant":
        value: Fraction = dict(node.attrs)["value"][0]
        return {(): value} if value else {}
    if name == "alias":
        return args[0]
    if name in ("add", "sub"):
        found = _scaled(args[0], Fraction(1))
        _add(found, args[1] if name == "add" else _scaled(args[1], Fraction(-1)))
    elif name == "neg":
        return _scaled(args[0], Fraction(-1))
    elif name == "mul":
        found = _times(args[0], args[1])
    elif name == "div":
        found = _times(args[0], _inverse(args[1]))
    elif name == "power":
        found = _power(args[0], args[1])
    elif name == "floor":
        return _floor(args[0])
    if found is not None and len(found) <= MAX_TERMS:
        return found
    return {((_atom(node, args), 1),): Fraction(1)}


def _atom(node: Node, args: Sequence[Terms]) -> Node:
    """Return what is no polynomial, without its name and on tidy arguments."""
    if not node.args:
        return node
    return apply(node.op, *(collected(a) for a in args), **dict(node.attrs))


def _add(total: Terms, terms: Mapping[Monomial, Fraction]) -> None:
    for monomial, coefficient in terms.items():
        new = total.get(monomial, Fraction(0)) + coefficient
        if new:
            total[monomial] = new
        else:
            total.pop(monomial, None)


def _scaled(terms: Terms, factor: Fraction) -> Terms:
    return {m: c * factor for m, c in terms.items()}


def _times(a: Terms | None, b: Terms | None) -> Terms | None:
    """Return a product, or None where it has too many terms or a factor is not known."""
    if a is None or b is None or len(a) * len(b) > MAX_TERMS:
        return None
    total: Terms = {}
    for x, one in a.items():
        for y, two in b.items():
            _add(total, {_product(x, y): one * two})
    return total


def _product(one: Monomial, two: Monomial) -> Monomial:
    if not one or not two:
        return one or two
    powers = dict(one)
    for atom, power in two:
        powers[atom] = powers.get(atom, 0) + power
    return tuple(sorted(((a, k) for a, k in powers.items() if k), key=lambda p: _key(p[0])))


def _inverse(terms: Terms) -> Terms | None:
    """Return one over a number or over a product of sizes, which are positive; else None."""
    if len(terms) != 1:
        return None
    ((monomial, coefficient),) = terms.items()
    if not all(_is_size(a) for a, _ in monomial):
        return None
    return {tuple((a, -k) for a, k in monomial): 1 / coefficient}


def _power(base: Terms, exponent: Terms) -> Terms | None:
    power = exponent.get((), Fraction(0))
    if exponent.keys() - {()} or power.denominator != 1 or abs(power) > MAX_POWER:
        return None
    factor: Terms | None = base if power >= 0 else _inverse(base)
    found: Terms | None = {(): Fraction(1)}
    for _ in range(abs(int(power))):
        found = _times(found, factor)
    return found


def _floor(terms: Terms) -> Terms:
    """Return the floor of a polynomial, whole multiples of whole numbers taken out of it.

    ⌊⌊x⌋/n⌋ is ⌊x/n⌋, and ⌊−p/q⌋ is −⌊(p + q − 1)/q⌋, where p and q are whole.
    """
    whole: Terms = {}
    rest: Terms = {}
    variable = [m for m in terms if m]
    numbers = all(_is_whole(m) for m in variable)
    if numbers and variable and terms[_in_order(variable)[0]] < 0:
        parts = math.lcm(*(c.denominator for c in terms.values()))
        turned = _scaled(terms, Fraction(-1))
        _add(turned, {(): 1 - Fraction(1, parts)})
        return _scaled(_floor(turned), Fraction(-1))
    for monomial, coefficient in terms.items():
        out = math.floor(coefficient) if _is_whole(monomial) else 0
        _add(whole, {monomial: Fraction(out)})
        _add(rest, {monomial: coefficient - out})
    left = rest.pop((), Fraction(0))
    if numbers:
        step = math.lcm(*(c.denominator for c in rest.values()))
        left = Fraction(math.floor(left * step), step)
    if not rest:
        return whole
    if numbers and len(rest) == 1:
        (((atom, power), *others), coefficient) = next(iter(rest.items()))
        if atom.op.name == "floor" and power == 1 and not others and coefficient.numerator == 1:
            inside = _scaled(terms_of(atom.args[0]), coefficient)
            _add(inside, {(): left})
            _add(whole, _floor(inside))
            return whole
    _add(rest, {(): left})
    _add(whole, {((apply(find("floor"), collected(rest)), 1),): Fraction(1)})
    return whole


def _is_size(atom: Node) -> bool:
    return atom.op.name == "symbol" and dict(atom.attrs)["domain"] == "size"


def _is_whole(monomial: Monomial) -> bool:
    """Say whether a monomial is a whole number: a product of sizes and floors."""
    return all(k > 0 and (_is_size(a) or a.op.name == "floor") for a, k in monomial)


# -- writing ---------------------------------------------------------------------------------------


def _key(atom: Node) -> tuple[str, str, int]:
    """Return what atoms are sorted by: alphabetically, as they are written."""
    found = _keys.get(atom)
    if found is None:
        from .notation import write

        text = write(atom).text
        found = _keys[atom] = (text.casefold(), text, id(atom))
    return found


def _sum(terms: Terms) -> Node:
    """Return a sum of terms over their common denominator, in order."""
    below = _common(terms)
    over = math.lcm(*(c.denominator for c in terms.values()))
    tops = {_product(m, below): int(c * over) for m, c in terms.items()}
    total = constant(0)
    order = _in_order(tops)
    first = next((m for m in order if tops[m] > 0), order[0])  # M − K rather than −K + M
    for monomial in (first, *(m for m in order if m != first)):
        total = total + _written(monomial, tops[monomial])
    return total / _written(below, over)


def _shifted(terms: Terms, *, sums: bool = False) -> Terms:
    """Return terms with whole numbers put into floors where fewer are left: (⌊H/2⌋ − 1)·W is one.

    This is how a sum is written; read again, the numbers come out.  With ``sums``, sizes become sums as well,
    such as H − 2.
    """
    for atom in sorted({a for m in terms for a, _ in m}, key=_key):
        inside = terms_of(atom.args[0]) if atom.op.name == "floor" else {}
        if not all(_is_whole(m) for m in inside) or not (inside or (sums and _is_size(atom))):
            continue
        powers: dict[int, Terms] = {}
        for monomial, coefficient in terms.items():
            rest = tuple((a, k) for a, k in monomial if a is not atom)
            powers.setdefault(dict(monomial).get(atom, 0), {})[rest] = coefficient
        top = max(powers)
        below = powers.get(top - 1, {})
        ratios = {below.get(m, Fraction(0)) / (top * c) for m, c in powers[top].items()} if top > 0 else set()
        for shift in sorted((r for r in ratios if r and r.denominator == 1), key=lambda r: (abs(r), r)):
            other = _moved(atom, inside, shift)
            found = _substituted(powers, {((other, 1),): Fraction(1), (): -shift})
            if found is not None and len(found) < len(terms):
                terms = found
                break
    return terms


def _moved(atom: Node, inside: Terms, shift: Fraction) -> Node:
    """Return an atom plus a whole number, which goes inside a floor."""
    if not inside:
        return atom + shift
    moved = dict(inside)
    _add(moved, {(): shift})
    return apply(find("floor"), collected(moved))


def _substituted(powers: Mapping[int, Terms], value: Terms) -> Terms | None:
    """Return Σ_k powers[k]·value^k, or None where it has too many terms."""
    total: Terms = {}
    for power, factor in powers.items():
        product: Terms | None = factor
        for _ in range(power):
            product = _times(product, value)
        if product is None:
            return None
        _add(total, product)
    return total


def _in_order(monomials: Iterable[Monomial]) -> list[Monomial]:
    """Return monomials as they are written: by their exponents of the first atom, then of the next."""
    powers = {m: dict(m) for m in monomials}
    atoms = sorted({a for found in powers.values() for a in found}, key=_key)
    return sorted(powers, key=lambda m: [powers[m].get(a, 0) for a in atoms], reverse=True)


def _common(terms: Iterable[Monomial]) -> Monomial:
    """Return the least product of sizes that brings all terms above the fraction bar."""
    below: dict[Node, int] = {}
    for monomial in terms:
        for atom, power in monomial:
            below[atom] = max(below.get(atom, 0), -power)
    return tuple(sorted(((a, k) for a, k in below.items() if k), key=lambda p: _key(p[0])))


def _written(monomial: Monomial, coefficient: Fraction | int) -> Node:
    product = constant(coefficient)
    for atom, power in monomial:
        product = product * (atom if power == 1 else atom**power)
    return product
