"""An immutable node of a computation graph, and the operators that build nodes.

Nodes are hash-consed: the same op on the same arguments under the same name *is* the same object,
so common subexpressions are shared, and equality is identity.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple
from weakref import WeakValueDictionary

from .literal import entries, number
from .op import GraphError, Op, find, register

Dim = Any
"""A size along one axis: an int, or a scalar node such as ``size("d")`` or ``d + 1``."""
Shape = tuple[Dim, ...]
Literal = Any
"""What may stand where a node is expected: numbers, nested lists of numbers, nodes."""


class Adjoint(NamedTuple):
    """The name of an adjoint: the derivative of ``of`` with respect to ``at``."""

    of: Node
    at: Node


Name = str | Adjoint

DOMAINS = tuple("real positive nonnegative probability distribution size bit normal uniform".split())
"""What a symbol may stand for; a distribution's entries along the last axis are ≥ 0 and sum to 1, a size is a
positive integer, a bit is 0 or 1; normal and uniform are draws, from N(0, 1) and from between 0 and 1."""

MAX_FILLED = 1_000_000
"""Most entries that a constant is filled with."""


class Node:
    """One operation applied to arguments: ``op``, ``args``, ``attrs``, ``shape`` and an optional ``name``.

    Build nodes with ops, operators, ``constant`` and ``symbol``, never with this class.
    """

    __slots__ = ("__weakref__", "args", "attrs", "name", "op", "shape")

    op: Op
    args: tuple[Node, ...]
    attrs: tuple[tuple[str, Any], ...]
    shape: Shape
    name: Name | None

    __array_ufunc__ = None  # so that numpy_array @ node asks the node

    def __setattr__(self, key: str, value: object) -> None:
        raise AttributeError("a node is immutable")

    def __reduce__(self) -> tuple[Any, ...]:
        return _revive, (self.op.name, self.args, self.attrs, self.name)

    def __copy__(self) -> Node:
        return self

    def __deepcopy__(self, memo: object) -> Node:
        return self

    def __repr__(self) -> str:
        from .notation import write

        if self.op.name == "symbol":
            return f"<{self.name}>"
        text = write(self, own_name=False).text
        return f"<{self.name} = {text}>" if isinstance(self.name, str) else f"<{text}>"

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def T(self) -> Node:
        """The transpose of a matrix."""
        return apply(find("transpose"), self)

    def __add__(self, other: Literal) -> Node:
        return apply(find("add"), self, other)

    def __radd__(self, other: Literal) -> Node:
        return apply(find("add"), other, self)

    def __sub__(self, other: Literal) -> Node:
        return apply(find("sub"), self, other)

    def __rsub__(self, other: Literal) -> Node:
        return apply(find("sub"), other, self)

    def __mul__(self, other: Literal) -> Node:
        return apply(find("mul"), self, other)

    def __rmul__(self, other: Literal) -> Node:
        return apply(find("mul"), other, self)

    def __truediv__(self, other: Literal) -> Node:
        return apply(find("div"), self, other)

    def __rtruediv__(self, other: Literal) -> Node:
        return apply(find("div"), other, self)

    def __pow__(self, other: Literal) -> Node:
        return apply(find("power"), self, other)

    def __rpow__(self, other: Literal) -> Node:
        return apply(find("power"), other, self)

    def __neg__(self) -> Node:
        return apply(find("neg"), self)

    def __pos__(self) -> Node:
        return self

    def __matmul__(self, other: Literal) -> Node:
        from .ops.contraction import matmul

        return matmul(self, other)

    def __rmatmul__(self, other: Literal) -> Node:
        return lift(other) @ self

    def __getitem__(self, position: Any) -> Node:
        from .ops.slicing import index

        return index(self, position)

    def __iter__(self) -> Iterator[Node]:
        if not self.shape or not isinstance(self.shape[0], int):
            raise GraphError(f"cannot unpack a node of shape {show_shape(self.shape)}")
        return (self[i] for i in range(self.shape[0]))

    def __index__(self) -> int:
        known = as_dim(self)
        if not isinstance(known, int):
            raise TypeError(f"{self!r} is not a known whole number")
        return known

    def __bool__(self) -> bool:
        raise GraphError(
            "a node has no truth value until it is evaluated; "
            "compare with less(a, b), at_most(a, b) or same(a, b)"
        )

    def _no_order(self, other: object) -> bool:
        raise GraphError("nodes are not ordered by < and >; compare with less(a, b) or at_most(a, b)")

    __lt__ = __le__ = __gt__ = __ge__ = _no_order

    def _no_remainder(self, other: object) -> Node:
        raise GraphError("nodes have no // and %; write floor(a / b), and a - b * floor(a / b)")

    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = _no_remainder


_nodes: WeakValueDictionary[Any, Node] = WeakValueDictionary()


def _sizes(what: str, shape: Any) -> Shape:
    from .sizes import as_shape

    return as_shape(what, shape)


def interned(op: Op, args: tuple[Node, ...], attrs: tuple[tuple[str, Any], ...], name: Name | None) -> Node:
    """Return the one node of an op, its arguments, attributes and name; it is made where there is none."""
    # A float and an int of the same value hash alike, so the key carries the types as well.
    key = (op, args, attrs, tuple(type(v) for _, v in attrs), name)
    try:
        node = _nodes.get(key)
    except TypeError:
        raise GraphError(f"{op.name}: an option or a name cannot be {attrs!r}, named {name!r}") from None
    if node is None:
        shape = op.shape(*(a.shape for a in args), **dict(attrs))
        if any(type(n) is not int or n < 1 for n in shape):
            shape = _sizes(op.name, shape)
        node = object.__new__(Node)
        put = object.__setattr__
        put(node, "op", op)
        put(node, "args", args)
        put(node, "attrs", attrs)
        put(node, "shape", shape)
        put(node, "name", name)
        _nodes[key] = node
    return node


def _revive(op: str, args: tuple[Node, ...], attrs: tuple[tuple[str, Any], ...], name: Name) -> Node:
    return interned(find(op), args, attrs, name)


def apply(op: Op, *args: Literal, name: Name | None = None, **attrs: Any) -> Node:
    """Build the node ``op(*args, **attrs)``; literals become constants, and neutral ones vanish."""
    options = {key: _frozen(value) for key, value in attrs.items()}
    op.check(len(args), options)
    nodes = tuple(lift(a) for a in args)
    full = {key: options.get(key, default) for key, default in op.attrs.items()}
    if name is None and op.shorter is not None and (short := op.shorter(*nodes)) is not None:
        return short
    return interned(op, nodes, tuple(full.items()), name)


Builder = Callable[..., Node]
"""A function that builds nodes of one op: arguments, then attributes by name."""


def define(op: Op) -> Builder:
    """Register ``op`` and return the function that builds its nodes."""
    register(op)

    def build(*args: Literal, **attrs: Any) -> Node:
        return apply(op, *args, **attrs)

    build.__name__ = build.__qualname__ = op.name
    build.__doc__ = op.doc
    build.__module__ = op.forward.__module__  # the family that it belongs to
    return build


# -- leaves ------------------------------------------------------------------------------------


def symbol(name: str, shape: Shape | Dim = (), domain: str = "real") -> Node:
    """Return a leaf without a value: ``symbol("W", (3, 2))``, ``symbol("p", k, "probability")``."""
    if not isinstance(name, str) or not name:
        raise GraphError(f"symbol: a name is text such as 'x', found {name!r}")
    if domain not in DOMAINS:
        raise GraphError(f"symbol {name}: no domain {domain!r}; there are {', '.join(DOMAINS)}")
    dims = _sizes(f"symbol {name}", shape)
    if domain == "distribution" and not dims:
        raise GraphError(f"symbol {name}: a distribution has entries; give it a shape")
    return apply(find("symbol"), name=name, shape=dims, domain=domain)


def size(names: str) -> Any:
    """Return symbolic sizes, one for each name in a string such as "M N d"."""
    if not isinstance(names, str) or not names.strip(" ,"):
        raise GraphError(f"size: expected names such as 'M N', found {names!r}")
    nodes = tuple(symbol(name, (), "size") for name in names.replace(",", " ").split())
    return nodes[0] if len(nodes) == 1 else nodes


def constant(value: Literal, name: str | None = None) -> Node:
    """Return a constant, kept exactly: a float is read as the decimal that it prints as."""
    numbers, shape = entries(value)
    return apply(find("constant"), value=numbers, shape=shape, name=name)


def filled(value: int | Fraction, shape: tuple[int, ...]) -> Node:
    """Return a constant array all of whose entries are ``value``."""
    total = entry_count(shape := _sizes("a constant", shape))
    if not isinstance(total, int) or total > MAX_FILLED:
        shown = f"{total:,}" if isinstance(total, int) else show_dim(total)
        raise GraphError(f"a constant of {shown} entries is too large; use a symbol")
    return apply(find("constant"), value=(number(value),) * total, shape=shape)


def lift(value: Literal) -> Node:
    """Return ``value`` as a node; lists that hold nodes are stacked."""
    if isinstance(value, Node):
        return value
    if isinstance(value, (list, tuple)) and any(_holds_node(v) for v in value):
        rows = [lift(v) for v in value]
        return apply(find("stack"), *rows, ndim=rows[0].ndim)
    return constant(value)


def _holds_node(value: Literal) -> bool:
    return any(map(_holds_node, value)) if isinstance(value, (list, tuple)) else isinstance(value, Node)


def _frozen(value: Any) -> Any:
    """Return an attribute in a form that hashes and stays exact."""
    if isinstance(value, float):
        return number(value)
    if isinstance(value, Node):
        return as_dim(value)
    return tuple(_frozen(v) for v in value) if type(value) in (list, tuple) else value


def as_dim(value: Any) -> Any:
    """Return a node as a size, a stride or a position: an int where that is its value, else tidy."""
    if not isinstance(value, Node) or value.shape:
        return value
    from .polynomial import tidy

    found = tidy(value)
    if not isinstance(found, Node) or free_symbols(found):
        return found
    from .program import exact

    known = exact(found).item()
    if not known.is_Rational:
        return value
    above, below = known.get_num_den()
    entry = Fraction(int(above), int(below))
    return int(entry) if entry.denominator == 1 else entry


# -- names -------------------------------------------------------------------------------------


def named(node: Literal, name: Name) -> Node:
    """Return the same computation under a name; a node that has one becomes ``name = old name``."""
    node = lift(node)
    if not isinstance(name, (str, Adjoint)) or not name:
        raise GraphError(f"named: a name is text such as 'x', found {name!r}")
    if node.name is not None:
        return node if node.name == name else apply(find("alias"), node, name=name)
    return interned(node.op, node.args, node.attrs, name)


def is_literal(node: Node, value: int | None = None) -> bool:
    """Say whether ``node`` is an unnamed constant (all of whose entries are ``value``)."""
    literal = node.op.name == "constant" and node.name is None
    return literal and (value is None or all(e == value for e in dict(node.attrs)["value"]))


# -- shapes, traversal ----------------------------------------------------------------------------


def show_shape(shape: Shape) -> str:
    """Return a shape as people write it: ``3×223×223``, ``d×k``, ``scalar``."""
    if not shape:
        return "scalar"
    if len(shape) == 1 or all(isinstance(n, int) for n in shape):
        return "×".join(map(show_dim, shape))
    from .notation import PRODUCT, bracket, write

    return "×".join(str(n) if isinstance(n, int) else bracket(write(n), PRODUCT).text for n in shape)


def entry_count(shape: Shape) -> Dim:
    """Return how many entries an array of a shape has."""
    count: Dim = 1
    for dim in shape:
        count = dim * count
    return count


def show_dim(dim: Dim) -> str:
    """Return one size as text."""
    if not isinstance(dim, Node):
        return str(dim)
    from .notation import write

    return write(dim).text


def schedule(outputs: Iterable[Node], *, evaluated: bool = False, measured: bool = False) -> list[Node]:
    """Return every node that ``outputs`` rest on, arguments first, each once; linear, no recursion.

    ``evaluated=True`` leaves out what an evaluation does not visit, the arguments of static ops;
    ``measured=True`` leaves those out only where no kernel measures them.
    """
    order: list[Node] = []
    seen: set[Node] = set()
    for output in outputs:
        stack: list[tuple[Node, bool]] = [(lift(output), False)]
        while stack:
            node, ready = stack.pop()
            if ready:
                order.append(node)
            elif node not in seen:
                seen.add(node)
                stack.append((node, True))
                skipped = evaluated or (measured and node.op.kernel is None)
                if not (node.op.static and skipped):
                    stack.extend((a, False) for a in reversed(node.args) if a not in seen)
    return order


def rebuild(outputs: Sequence[Node], change: Mapping[Node, Node]) -> list[Node]:
    """Return ``outputs`` with some nodes replaced, everything above them built anew."""
    new: dict[Node, Node] = dict(change)
    for node in schedule(outputs):
        if node not in new:
            args = tuple(new[a] for a in node.args)
            name = node.name
            if isinstance(name, Adjoint):
                name = Adjoint(new.get(name.of, name.of), new.get(name.at, name.at))
            same = args == node.args and name == node.name
            new[node] = node if same else interned(node.op, args, node.attrs, name)
    return [new[output] for output in outputs]


def free_symbols(node: Node) -> list[Node]:
    """Return the symbols that the value of ``node`` depends on, in order of first use."""
    return [n for n in schedule([node], evaluated=True) if n.op.name == "symbol"]
