"""Usual mistakes that a pattern of several ops shows: each is a name, and a rule that finds and makes it.

A rule takes a node and yields what stands in its place with the mistake in it, once for each way to make it
there; it yields nothing where its pattern is not found.  Mistakes of a single op are data of that op.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any, Literal, NamedTuple

from .node import Adjoint, Node, apply, as_dim, constant, entry_count, is_literal, named, schedule, symbol
from .ops.contraction import contract, parts_of
from .ops.elementwise import log
from .ops.leaf import dims
from .ops.shape import expand, transpose

Rule = Callable[[Node], Iterable[Node]]


class Pattern(NamedTuple):
    """A mistake and its rule.

    Where ``where`` is "size", it changes sizes only, and is made at windows of which nothing but the shape
    is asked; where it is "answer", it is made with the answer as a whole.
    """

    mistake: str
    rule: Rule
    where: Literal["node", "size", "answer"] = "node"


def _origin(node: Node) -> Node:
    """Return what a chain of second names stands for."""
    while node.op.name == "alias":
        node = node.args[0]
    return node


def _either_way(node: Node, op: str) -> Iterator[tuple[Node, Node]]:
    """Yield the two arguments of a node of an op, either first."""
    if node.op.name == op:
        one, other = node.args
        yield one, other
        yield other, one


# -- layers ----------------------------------------------------------------------------------------

_PRODUCTS = ("contract", "conv1d", "conv2d", "conv_transpose1d", "conv_transpose2d")
_VIEWS = ("alias", "reshape", "expand", "index", "entry", "repeat_last")


def _is_data(node: Node) -> bool:
    """Say whether a node is given: a symbol that is no size, or a constant, however it is laid out."""
    while node.op.name in _VIEWS:
        node = node.args[0]
    if node.op.name == "symbol":
        return bool(dict(node.attrs)["domain"] != "size")
    return node.op.name == "constant"


def _is_number(node: Node) -> bool:
    return is_literal(node) and not node.shape


def _is_weighed(node: Node) -> bool:
    """Say whether a node is a product of weights and inputs, or a sum of such products."""
    node = _origin(node)
    if node.op.name == "mul":
        return any(_is_data(a) for a in node.args) and not any(_is_number(a) for a in node.args)
    return node.op.name in _PRODUCTS or (node.op.name == "add" and all(map(_is_weighed, node.args)))


def _bias_forgotten(node: Node) -> Iterator[Node]:
    for one, other in _either_way(node, "add"):
        if _is_weighed(one) and _is_data(other):
            yield one


def _transposed(node: Node) -> Iterator[Node]:
    """A matrix in a product takes the place of its transpose."""
    if node.op.name == "contract" and len(node.args) == 2:
        signature = dict(node.attrs)["signature"]
        for i, part in enumerate(parts_of(signature)[0]):
            if len(part) == 2 and node.args[i].op.name != "transpose":  # which may be forgotten itself
                args = list(node.args)
                args[i] = transpose(args[i])
                yield contract(signature, *args)


def _root_forgotten(node: Node) -> Iterator[Node]:
    if _over_a_root(node):
        yield node.args[0]


def _over_a_root(node: Node) -> bool:
    """Say whether a node is an array over the root of a size, as the scores of attention are."""
    if node.op.name != "div" or not node.args[0].shape or node.args[1].op.name != "sqrt":
        return False
    size = node.args[1].args[0]
    return not size.shape and not is_literal(size, 1) and (size.op.name in ("constant", "symbol"))


# -- sums ------------------------------------------------------------------------------------------

_SUMS = ("sum", "sum_last", "sum_first", "sum_axes", "cross_entropy")


def _is_average(node: Node) -> bool:
    """Say whether a node is a sum over the number of what is summed up, or the adjoint of one."""
    if node.op.name != "div" or not _is_number(node.args[1]):
        return False
    above, below = _origin(node.args[0]), _number(node.args[1])
    if below.denominator != 1 or below < 2:
        return False
    if above.op.name in _SUMS:
        sizes = above.args[0].shape
        return as_dim(entry_count(sizes)) == below or below in sizes
    return below != 2 and isinstance(node.name, Adjoint)


def _number(node: Node) -> Fraction:
    return Fraction(dict(node.attrs)["value"][0])


def _summed(node: Node) -> Iterator[Node]:
    if _is_average(node):
        yield node.args[0]


def _half_forgotten(node: Node) -> Iterator[Node]:
    if node.op.name == "div" and is_literal(node.args[1], 2) and not _is_average(node):
        above = _origin(node.args[0])
        if above.op.name in (*_SUMS, "power", "div", "add", "sub", "mul"):
            yield node.args[0]
    for one, other in _either_way(node, "mul"):
        if _is_number(one) and _number(one) == Fraction(1, 2):
            yield other


def _two_forgotten(node: Node) -> Iterator[Node]:
    for one, other in _either_way(node, "mul"):
        if _is_number(one) and _number(one) == 2 and _counts(node) is None:
            yield other


# -- gradients -------------------------------------------------------------------------------------


def _has_gradient(node: Node) -> bool:
    return any(isinstance(n.name, Adjoint) for n in schedule([node], evaluated=True))


def _is_step(node: Node) -> bool:
    """Say whether a node is a parameter less what a gradient says."""
    return node.op.name == "sub" and _has_gradient(node.args[1]) and not _has_gradient(node.args[0])


def _ascended(node: Node) -> Iterator[Node]:
    if _is_step(node):
        yield node.args[0] + node.args[1]


def _step_size_forgotten(node: Node) -> Iterator[Node]:
    if _is_step(node):
        for one, other in _either_way(node.args[1], "mul"):
            if not one.shape and one.op.name in ("symbol", "constant") and _has_gradient(other):
                yield node.args[0] - other


def _is_slope(node: Node) -> bool:
    """Say whether a node is the derivative of an activation, as the ops write it: of relu, σ and tanh."""
    if node.op.name == "greater":
        return is_literal(node.args[1], 0)
    if node.op.name == "where":
        return node.args[0].op.name == "greater"
    if node.op.name == "mul":
        y, rest = node.args
        return rest.op.name == "sub" and is_literal(rest.args[0], 1) and rest.args[1] is y
    squared = node.args[1] if node.op.name == "sub" and is_literal(node.args[0], 1) else None
    return squared is not None and squared.op.name == "power" and is_literal(squared.args[1], 2)


def _slope_forgotten(node: Node) -> Iterator[Node]:
    for one, other in _either_way(node, "mul"):
        if _is_slope(other):
            yield one if one.shape == node.shape else expand(one, node.shape)


def _inner_forgotten(node: Node) -> Iterator[Node]:
    if isinstance(node.name, Adjoint):
        for one, other in _either_way(node, "mul"):
            if isinstance(one.name, Adjoint) and not isinstance(other.name, Adjoint):
                yield one if one.shape == node.shape else expand(one, node.shape)


def _outer_forgotten(node: Node) -> Iterator[Node]:
    if isinstance(node.name, Adjoint):
        for one, other in _either_way(node, "mul"):
            if isinstance(one.name, Adjoint) and not isinstance(other.name, Adjoint):
                yield other if other.shape == node.shape else expand(other, node.shape)


# -- numbers ---------------------------------------------------------------------------------------


def _sign_lost(node: Node) -> Iterator[Node]:
    """A negative number is put in without its sign, here only."""
    if node.op.name in ("add", "sub", "mul", "div"):
        one, other = node.args
        if _is_negative(one):
            yield apply(node.op, constant(-_number(one)), other)
        if (
            _is_negative(other) and node.op.name == "add"
        ):  # as the slip of the op has it: one mistake, not two
            yield one - other
        elif _is_negative(other) and node.op.name == "sub":
            yield one + other
        elif _is_negative(other):
            yield apply(node.op, one, constant(-_number(other)))


def _is_negative(node: Node) -> bool:
    return node.op.name == "constant" and not node.shape and _number(node) < 0


_LOGARITHMS = (
    "log",
    "log_sigmoid",
    "log_one_minus_sigmoid",
    "log_softmax",
    "logistic_loss",
    "bernoulli_log_density",
    "cross_entropy",
    "p_log_p",
    "x_log_y",
    "relative_entropy",
    "kl_bernoulli",
)
"""Ops that are proportional to the logarithm that they take."""


def _to_base(base: int) -> Rule:
    def rule(node: Node) -> Iterator[Node]:
        if node.op.name in _LOGARITHMS and not (node.op.name == "log" and _is_number(node.args[0])):
            yield node / log(constant(base))

    return rule


def _to_base_e(node: Node) -> Iterator[Node]:
    if node.op.name == "div" and node.args[1].op.name == "log" and _is_number(node.args[1].args[0]):
        yield node.args[0]


# -- sizes and counts ------------------------------------------------------------------------------


def _one_forgotten(node: Node) -> Iterator[Node]:
    if node.op.name == "add" and not node.shape and is_literal(node.args[1], 1):
        yield node.args[0]


def _terms(node: Node) -> list[Node]:
    return [t for a in node.args for t in _terms(a)] if node.op.name == "add" else [node]


def _counts(node: Node) -> list[Node] | None:
    """Return the factors of a product of sizes, None where a node is none."""
    if node.op.name == "mul" and not node.shape:
        parts = [_counts(a) for a in node.args]
        return None if None in parts else [f for part in parts if part for f in part]
    if is_literal(node) and not node.shape:
        return [node] if _number(node).denominator == 1 and _number(node) > 0 else None
    if node.op.name == "constant" and not node.shape:
        return [node]
    return [node] if node.op.name == "symbol" and dict(node.attrs)["domain"] == "size" else None


def _biases_not_counted(node: Node) -> Iterator[Node]:
    """Terms that are a factor of the term before are taken for biases: 8·3·3·3 + 8."""
    if node.op.name != "add" or node.shape:
        return
    terms = _terms(node)
    factors = [_counts(t) or [] for t in terms]
    weights = [t for i, t in enumerate(terms) if not (i and len(factors[i]) == 1 and t in factors[i - 1])]
    if len(weights) < len(terms) and all(
        len(f) > 1 for t, f in zip(terms, factors, strict=True) if t in weights
    ):
        total = weights[0]
        for weight in weights[1:]:
            total = total + weight
        yield total


def _biases_counted(node: Node) -> Iterator[Node]:
    """Layers have one bias for each output, which is the first factor of their weights."""
    terms = [_counts(t) or [] for t in _terms(_origin(node))] if not node.shape else []
    if terms and all(len(f) > 1 for f in terms):
        total = node
        for factors in terms:
            total = total + factors[0]
        yield total


def _turned(node: Node) -> Iterator[Node]:
    if node.ndim == 2 and _origin(node).op.name != "transpose":
        yield transpose(node)


def _axes_elsewhere(node: Node) -> Iterator[Node]:
    """A shape with its axes in another order: backwards, or with the channels at the other end."""
    found = _origin(node)
    sizes: Sequence[Any] = ()
    if found.op.name == "dims":
        sizes = found.args
    elif found.op.name == "shape_of":
        sizes = dict(found.attrs)["dims"]
    orders = (sizes[::-1], (*sizes[1:], *sizes[:1]), (*sizes[-1:], *sizes[:-1]))
    for order in dict.fromkeys(tuple(o) for o in orders):
        if len(sizes) > 1 and order != tuple(sizes):
            yield dims(*order)


def _resized(count: Callable[[int, int, int, tuple[int, int]], int]) -> Rule:
    """Return the rule that counts windows otherwise: count(n, k, s, padding) along each axis."""

    def rule(node: Node) -> Iterator[Node]:
        attrs = dict(node.attrs)
        assert node.op.window is not None
        windows = node.op.window(*(a.shape for a in node.args), **attrs)
        pads = attrs.get("padding", ((0, 0),) * len(windows))
        image = node.args[0].shape[-len(windows) :]
        found = []
        for n, (k, s, _), pad in zip(image, windows, pads, strict=True):
            if not all(type(v) is int for v in (n, k, s, *pad)):
                return
            found.append(count(n, k, s, pad))
        shape = (*node.shape[: -len(windows)], *found)
        if all(m > 0 for m in found) and shape != node.shape:
            yield symbol("other sizes", shape)

    return rule


PATTERNS: tuple[Pattern, ...] = (
    Pattern("bias forgotten", _bias_forgotten),
    Pattern("biases not counted", _biases_not_counted),
    Pattern("biases counted", _biases_counted, "answer"),
    Pattern("√d left out", _root_forgotten),
    Pattern("transposed", _transposed),
    Pattern("transposed", _turned, "answer"),
    Pattern("summed instead of averaged", _summed),
    Pattern("½ forgotten", _half_forgotten),
    Pattern("factor 2 forgotten", _two_forgotten),
    Pattern("ascended instead of descending", _ascended),
    Pattern("step size forgotten", _step_size_forgotten),
    Pattern("derivative of the activation forgotten", _slope_forgotten),
    Pattern("chain rule: inner derivative forgotten", _inner_forgotten),
    Pattern("chain rule: outer derivative forgotten", _outer_forgotten),
    Pattern("sign forgotten", _sign_lost),
    Pattern("base 2 instead of e", _to_base(2)),
    Pattern("base 10 instead of e", _to_base(10)),
    Pattern("base e instead of the declared one", _to_base_e),
    Pattern("+1 forgotten", _one_forgotten),
    Pattern("+1 forgotten", _resized(lambda n, k, s, pad: (n + sum(pad) - k) // s), "size"),
    Pattern(
        "rounded up instead of down", _resized(lambda n, k, s, pad: -((k - n - sum(pad)) // s) + 1), "size"
    ),
    Pattern("padding on one side only", _resized(lambda n, k, s, pad: (n + pad[0] - k) // s + 1), "size"),
    Pattern("axes in another order", _axes_elsewhere, "answer"),
)
"""All mistakes that are made at a pattern; where two make the same of a node, the first names it."""


def made(pattern: Pattern, node: Node) -> list[Node]:
    """Return what a pattern makes of a node, under the node's name."""
    return [wrong if node.name is None else named(wrong, node.name) for wrong in pattern.rule(node)]
