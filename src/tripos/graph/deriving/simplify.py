"""Shorter ways to write a node: for the lines of derivations.

Signs and scalars are taken out of matrix products and sums, transposes are folded into products, and what
is left of arithmetic is written as shortly as ``algebra`` can.  Names stay: only what stands between them
changes.
"""

from __future__ import annotations

from fractions import Fraction

from ..node import Node, apply, constant, entry_count, lift, named
from ..ops.contraction import contract, parts_of
from ..ops.reduction import sum as total
from ..ops.selection import onehot
from ..ops.shape import expand, stack
from .algebra import ARITHMETIC, Product, factors, is_atom, multiplied, number_of, shortest, terms

MAX_SIZE = 400
"""Longest formula, in names and operations, that is rewritten."""

_LINEAR = frozenset(
    "sum sum_last sum_first repeat_last expand transpose reshape index place contract".split()
)
"""Ops from whose arguments signs and scalars are taken out."""


def inline(node: Node) -> list[Node]:
    """Return what stands in the expression of ``node`` down to names and leaves, arguments first."""
    order: list[Node] = []
    seen: set[Node] = set()
    stack = [(node, False)]
    while stack:
        top, ready = stack.pop()
        if ready:
            order.append(top)
        elif top not in seen:
            seen.add(top)
            stack.append((top, True))
            if top is node or top.name is None:
                stack += [(a, False) for a in reversed(top.args)]
    return order


def written_size(node: Node) -> int:
    """Return how many names and operations the expression of ``node`` is written with."""
    sizes: dict[Node, int] = {}
    for part in inline(node):
        opened = part is node or part.name is None
        sizes[part] = 1 + (sum(sizes[a] for a in part.args) if opened else 0)
    return sizes[node]


def simplify(node: Node) -> Node:
    """Return the same value under the same name, its expression written shorter where that can be done."""
    order = inline(node)
    if not node.args or written_size(node) > MAX_SIZE:
        return node
    done: dict[Node, Node] = {}
    for part in order:
        if not part.args or (part.name is not None and part is not node):
            done[part] = part
            continue
        # Arithmetic is rewritten once, where it ends, and not again in each of its parts.
        ends = part.op.name not in ARITHMETIC
        args = tuple(_shortest(done[a]) if ends else done[a] for a in part.args)
        done[part] = _rewritten(apply(part.op, *args, **dict(part.attrs)))
    found = _shortest(done[node])
    return found if node.name is None else named(found, node.name)


def _shortest(node: Node) -> Node:
    return node if is_atom(node) else shortest(_stacked(node))


def _rewritten(node: Node) -> Node:
    """Return a node whose arguments are as they shall be."""
    if node.op.name not in _LINEAR:
        return node
    outside, args = _outside(node)
    if args is None:
        return expand(constant(0), node.shape)
    inner = _restructured(node if args == node.args else apply(node.op, *args, **dict(node.attrs)))
    return inner if outside == Product() else expand(multiplied(outside * factors(inner)), node.shape)


def _restructured(node: Node) -> Node:
    """Return a linear op on arguments without factors in a form that people write."""
    name, inner = node.op.name, node.args[0]
    if name == "contract":
        return _without_identity(_untransposed(node))
    if name == "place":
        return _with_units(node)
    if name == "sum" and (known := _cancelled(inner)) is not None:
        return known
    if name in ("sum", "sum_last") and inner.ndim == 1:
        return _summed(node)
    if name == "index" and (entry := _repeated(inner)) is not None:
        return expand(entry, node.shape)
    if name == "transpose" and inner.name is None:
        if inner.op.name == "transpose":
            return inner.args[0]
        if inner.op.name == "diag":
            return inner
        if _is_product(inner):
            return _untransposed(_turned(inner))
    return node


def _outside(node: Node) -> tuple[Product, tuple[Node, ...] | None]:
    """Return the signs, numbers and scalars of a linear op's arguments, and these without; None for zero."""
    outside = Product()
    args = []
    for arg in node.args:
        product = factors(arg) if arg.shape and arg.name is None else Product(powers={arg: Fraction(1)})
        if not product.number:
            return outside, None
        arrays = multiplied(Product(powers={b: p for b, p in product.powers.items() if b.shape}))
        if arrays.shape != arg.shape:
            args.append(arg)
            continue
        scalars = {b: p for b, p in product.powers.items() if not b.shape}
        outside = outside * Product(product.number, scalars)
        args.append(arrays)
    return outside, tuple(args)


def _summed(node: Node) -> Node:
    """Return Σ a ⊙ b as aᵀ b, the sum of a distribution as 1, and that of n equal entries as n times one."""
    entry = _repeated(node.args[0])
    if entry is not None:
        return lift(node.args[0].shape[0]) * entry
    product = factors(node.args[0])
    arrays = [b for b, p in product.powers.items() if b.shape]
    if any(product.powers[b] != 1 or b.shape != node.args[0].shape for b in arrays):
        return node
    rest = multiplied(Product(product.number, {b: p for b, p in product.powers.items() if not b.shape}))
    if len(arrays) == 2:
        return rest * contract("i,i->", *arrays)
    if len(arrays) == 1 and sums_to_one(arrays[0]):
        return rest
    return node


def _cancelled(inner: Node) -> Node | None:
    """Return the sum of all entries where it is a number whatever they are: Σ (x − (Σ x)/n) is 0."""
    if is_atom(inner) or inner.op.name not in ("add", "sub"):
        return None
    whole = constant(0)
    for product in terms(inner):
        arrays = {b: p for b, p in product.powers.items() if b.shape}
        if any(b.shape != inner.shape for b in arrays):
            return None
        scalars = {b: p for b, p in product.powers.items() if not b.shape}
        once = total(multiplied(Product(powers=arrays))) if arrays else lift(entry_count(inner.shape))
        whole = whole + multiplied(Product(product.number, scalars)) * once
    found = shortest(whole)
    return found if number_of(found) is not None else None


def _repeated(node: Node) -> Node | None:
    """Return the scalar that all entries of an array are; None where that is not known."""
    number = number_of(node)
    if number is not None:
        return constant(number)
    repeats = node.op.name in ("expand", "repeat_last") and node.name is None and not node.args[0].shape
    return node.args[0] if repeats else None


def sums_to_one(node: Node) -> bool:
    """Say whether the entries of a vector are known to sum to 1."""
    domain = dict(node.attrs).get("domain") if node.op.name == "symbol" else None
    return node.ndim == 1 and (node.op.name in ("onehot", "softmax") or domain == "distribution")


def _with_units(node: Node) -> Node:
    """Return an entry, or a row, put in its place among zeros as a product with unit vectors: g e₂, e₂ gᵀ."""
    (g,), at = node.args, dict(node.attrs)["at"]
    if not all(isinstance(i, int) and i >= 0 for i in at) or node.ndim > 2 or g.ndim + len(at) != node.ndim:
        return node
    units = [onehot(constant(i), n=n) for i, n in zip(at, node.shape, strict=False)]
    if len(units) == 1:
        return contract("i,j->ij", units[0], g) if g.shape else g * units[0]
    return g * contract("i,j->ij", *units)


def _untransposed(node: Node) -> Node:
    """Return a product whose factors are no transposes: letters, and products inside, are turned instead."""
    inputs, output = parts_of(dict(node.attrs)["signature"])
    args = list(node.args)
    for i, arg in enumerate(node.args):
        if arg.op.name == "transpose" and arg.name is None:
            inputs[i], args[i] = inputs[i][::-1], arg.args[0]
        elif _is_product(arg) and inputs[i] != _as_written(inputs[i], inputs, output):
            inputs[i], args[i] = inputs[i][::-1], _turned(arg)
    return contract(f"{','.join(inputs)}->{output}", *args)


def _is_one(node: Node) -> bool:
    """Say whether all entries of an array are 1."""
    entry = _repeated(node)
    return entry is not None and number_of(entry) == 1


def _without_identity(node: Node) -> Node:
    """Return a product of two factors without the one that is the identity."""
    if node.op.name != "contract" or len(node.args) != 2:
        return node
    inputs, output = parts_of(dict(node.attrs)["signature"])
    for part, arg, other, rest in zip(inputs, node.args, inputs[::-1], node.args[::-1], strict=True):
        if arg.op.name == "diag" and arg.name is None and _is_one(arg.args[0]):
            summed = [c for c in part if c not in output]
            if len(summed) == 1 and summed[0] in other and len(other) == len(output) <= 2:
                (kept,) = set(part) - set(summed)
                same = other.replace(summed[0], kept) == output
                return rest if same else rest.T
    return node


def _is_product(node: Node) -> bool:
    """Say whether a node is a product of two matrices, or of two vectors to one."""
    return node.op.name == "contract" and node.name is None and node.ndim == 2 and len(node.args) == 2


def _turned(product: Node) -> Node:
    """Return the transpose of a product: (A B)ᵀ is Bᵀ Aᵀ."""
    inputs, output = parts_of(dict(product.attrs)["signature"])
    return contract(f"{','.join(inputs)}->{output[::-1]}", *product.args)


def _as_written(part: str, inputs: list[str], output: str) -> str:
    """Return the letters of a factor, turned so that it stands in a product without a transpose."""
    summed = [c for c in part if c not in output]
    if len(inputs) != 2 or len(part) != 2 or len(summed) != 1:
        return part
    (kept,) = set(part) - set(summed)
    return summed[0] + kept if output[-1] == kept and len(output) == 2 else kept + summed[0]


def _stacked(node: Node) -> Node:
    """Return a sum of entries, each put in its place among zeros, as the array of these entries."""
    found: dict[int, Node] = {}
    if node.op.name != "add" or not node.shape or not isinstance(node.shape[0], int):
        return node
    for product in terms(node):
        arrays = [b for b in product.powers if b.shape]
        if len(arrays) != 1 or (split := _placed(arrays[0])) is None or split[0] in found:
            return node
        rest = {b: p for b, p in product.powers.items() if not b.shape}
        found[split[0]] = multiplied(Product(product.number, rest)) * split[1]
    if sorted(found) != list(range(node.shape[0])):
        return node
    return stack(*(found[i] for i in range(node.shape[0])))


def _placed(node: Node) -> tuple[int, Node] | None:
    """Return the position and the row of e_i gᵀ, or of e_i, where i is a number."""
    unit, row = node, constant(1)
    if node.op.name == "contract" and dict(node.attrs)["signature"] == "i,j->ij" and node.name is None:
        unit, row = node.args
    if unit.op.name != "onehot" or unit.name is not None or unit.args[0].op.name != "constant":
        return None
    return int(dict(unit.args[0].attrs)["value"][0]), row
