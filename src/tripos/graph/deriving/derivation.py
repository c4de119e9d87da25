"""Derivations: the forward lines, the adjoints in reverse order, and each gradient in full.

Gradients are nodes, and so a derivation is read off the graph; sizes may be symbols.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from ..node import Adjoint, Node, Shape, apply, schedule, show_shape
from ..notation import Piece, write
from ..op import GraphError
from ..reverse import derivatives
from .naming import is_activation, on, with_names
from .simplify import inline, simplify, written_size

MAX_WRITTEN = 2000
"""Longest expression, in names and operations, that is written as a line."""

SHORT = 60
"""Longest expression, in characters of text, in which adjoints are replaced by what they stand for."""

FULL = 2000
"""As ``SHORT``, where a gradient is wanted in full."""

SHORTER = 30
"""Longest expression in which names that were given here are replaced as well."""

_WORDS = {
    "contract": "the product",
    "mul": "the product",
    "div": "the quotient",
    "power": "the power",
    "sum": "the sum",
    "sum_last": "the sum",
    "sum_first": "the sum",
    "abs": "the absolute value",
}
_RULES = {"contract": "product rule", "mul": "product rule", "div": "quotient rule"}
_SILENT = ("add", "sub", "neg", "alias", "expand", "index", "entry")


@dataclass(frozen=True)
class Line:
    """One line of a derivation: what is computed, the forms in which it is written, and the rule in words.

    A gradient is an adjoint that was asked for.
    """

    kind: Literal["forward", "adjoint", "gradient"]
    node: Node
    forms: tuple[Node, ...]
    rule: str = ""

    @property
    def symbol(self) -> Piece:
        """The name of what is computed."""
        return write(self.node)

    @property
    def shape(self) -> Shape:
        """The shape of what is computed."""
        return self.node.shape

    @property
    def stages(self) -> tuple[Piece, ...]:
        """The expressions that it equals."""
        return tuple(write(form, own_name=False) for form in self.forms)

    @property
    def text(self) -> str:
        """The line as plain text."""
        return " = ".join(p.text for p in (self.symbol, *self.stages))

    @property
    def latex(self) -> str:
        """The line as LaTeX."""
        return " = ".join(p.latex for p in (self.symbol, *self.stages))


@dataclass(frozen=True)
class Derivation:
    """The lines that lead from a formula to its gradients."""

    of: Node
    gradients: tuple[Node, ...]
    lines: tuple[Line, ...]

    def __str__(self) -> str:
        return "\n".join(line.text for line in self.lines)


def derivation(
    of: Node, wrt: Node | Sequence[Node], *, order: Sequence[Node] = (), longest: int = SHORT
) -> Derivation:
    """Return how the derivatives of a scalar are found, line by line.

    Intermediate results get names where a person would give them some; forward lines stand as in ``order``
    where it says so.  Gradients that were asked for are also written in full where that takes at most
    ``longest`` characters.
    """
    targets = [wrt] if isinstance(wrt, Node) else list(wrt)
    _check(of, targets)
    needed = set(schedule([of]))
    new = with_names([n for n in schedule([*order, of]) if n in needed], targets)
    top = new[of]
    wanted = [new.get(t, t) for t in targets]
    given = {n for old, n in new.items() if old.name is None and n.name is not None}
    forward = [n for n in dict.fromkeys(new.values()) if n.name is not None and n.args]
    found = _simplified(_by_name(derivatives(top, wanted), forward), top)
    adjoints = _in_order(found, forward)
    reached = {n.name.at for n in adjoints if isinstance(n.name, Adjoint)} | {top}
    for node in (*forward, *adjoints):
        _check_size(node)
    lines = [Line("forward", n, (n,)) for n in forward]
    for node in adjoints:
        assert isinstance(node.name, Adjoint)
        at = node.name.at
        forms = _forms(node, given, longest, at in wanted)
        lines.append(
            Line("gradient" if at in wanted else "adjoint", node, forms, _rule(at, forward, reached))
        )
    return Derivation(top, tuple(found), tuple(lines))


def _check(of: Node, targets: Sequence[Node]) -> None:
    """Raise GraphError where there is nothing to derive."""
    if of.shape:
        raise GraphError(
            f"derivation: only a scalar has a gradient, found shape {show_shape(of.shape)}; sum it, or take "
            "one entry of it"
        )
    if not of.args:
        raise GraphError(
            f"derivation: {write(of).text} stands alone; write a formula, such as {write(of).text}**2"
        )
    positions = {n.args[-1] for n in schedule([of]) if n.op.name in ("onehot", "entry")}
    for target in targets:
        if target in positions:
            raise GraphError(f"derivation: {write(target).text} is a position, by which nothing is derived")


def _check_size(node: Node) -> None:
    entries = sum(
        len(dict(n.attrs)["value"]) for n in inline(node) if n.op.name == "constant" and n.name is None
    )
    if written_size(node) + entries > MAX_WRITTEN:
        raise GraphError(
            "derivation: the expression is too long to write on a line; give names to parts of it"
        )


# -- the adjoints ----------------------------------------------------------------------------------


def _by_name(adjoints: Sequence[Node], forward: Iterable[Node]) -> list[Node]:
    """Return adjoints in which what was computed under a name is called by it: p instead of softmax(z)."""
    known = {_bare(n): n for n in forward if n.op.name != "alias"}
    new: dict[Node, Node] = {}
    for node in schedule(adjoints):
        computed = isinstance(node.name, str)
        made = node if computed else on(node, [new[a] for a in node.args])
        new[node] = known.get(made, made)
    return [new[a] for a in adjoints]


def _simplified(adjoints: Sequence[Node], top: Node) -> list[Node]:
    new: dict[Node, Node] = {}
    for node in schedule(adjoints):
        made = on(node, [new[a] for a in node.args])
        if isinstance(made.name, Adjoint) and made.name.of is top:
            made = simplify(made)
            if node not in adjoints and made.op.name == "constant":
                made = _bare(made)  # the derivative of a sum is 1, and no line
        new[node] = made
    return [new[a] for a in adjoints]


def _in_order(gradients: Sequence[Node], forward: Sequence[Node]) -> list[Node]:
    """Return adjoints as backpropagation finds them: those of later lines first, of these the weights'."""
    last = len(forward)
    first_use: dict[Node, int] = {}
    for i in reversed(range(last)):
        for part in inline(forward[i])[:-1]:
            first_use[part] = i
    found = [n for n in schedule(gradients) if isinstance(n.name, Adjoint) and n.name.of is forward[-1]]

    def place(node: Node) -> tuple[int, bool]:
        assert isinstance(node.name, Adjoint)
        return -first_use.get(node.name.at, last), bool(node.name.at.args)

    return sorted(found, key=place)


# -- the forms of a line ---------------------------------------------------------------------------


def _forms(node: Node, given: set[Node], longest: int, asked: bool) -> tuple[Node, ...]:
    """Return an adjoint in names and, where it was asked for, in full.

    That of an intermediate result that the author named is also written in adjoints of others of that kind.
    """
    adjoints = {n: n.name.at for n in schedule([node]) if isinstance(n.name, Adjoint)}
    ways = []
    if adjoints[node].args and adjoints[node] not in given:
        ways.append(({n for n, at in adjoints.items() if at in given}, longest))
    if asked:
        inside = {n for n in given if not is_activation(n)}  # p and h read better than what they stand for
        ways += [({*adjoints}, longest), ({*adjoints} | inside, min(longest, SHORTER))]
    forms, written = [node], {write(node, own_name=False).text}
    for opened, limit in ways:
        form = _opened(node, opened - {node}, limit)
        text = write(form, own_name=False).text if form is not None else ""
        if form is not None and len(text) <= limit and text not in written:
            forms.append(form)
            written.add(text)
    return tuple(forms)


def _opened(node: Node, opened: set[Node], longest: int) -> Node | None:
    """Return a node with some names in it replaced by what they stand for; None where that grows too long."""
    new: dict[Node, Node] = {}
    for part in schedule([node]):
        made = on(part, [new[a] for a in part.args])
        new[part] = _bare(made) if part in opened else made
    return simplify(new[node]) if written_size(new[node]) <= 4 * longest else None


def _bare(node: Node) -> Node:
    """Return a node without its name."""
    return node.args[0] if node.op.name == "alias" else apply(node.op, *node.args, **dict(node.attrs))


# -- rules in words --------------------------------------------------------------------------------


def _rule(at: Node, forward: Sequence[Node], reached: set[Node]) -> str:
    """Return the rule by which the adjoint of ``at`` follows from those that are ``reached`` before it."""
    through: dict[Node, list[str]] = {}
    waiting, seen = [at], {at}
    while waiting:
        node = waiting.pop()
        for line in forward:
            words = _between(node, line)
            if words is None:
                continue
            if line in reached:
                through[line] = words
            elif line not in seen:
                seen.add(line)
                waiting.append(line)
                through[line] = words
    lines = [line for line in through if line in reached]
    if not lines:
        return "no dependence"
    if len(lines) > 1:
        names = [write(line).text for line in lines]
        return f"sum of the shares through {_listed(names)}"
    words = list(dict.fromkeys(w for found in through.values() for w in found)) or ["the sum"]
    rule = next((w for w in words if w.endswith("rule")), "")
    return rule or (f"chain rule through {_listed(words)}" if len(words) < 4 else "chain rule")


def _listed(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _between(at: Node, line: Node) -> list[str] | None:
    """Return in words by which ops a line depends on ``at``; None where it does not."""
    order = inline(line)
    if at is line or at not in order:
        return None
    touched = {at}
    words: list[str] = []
    for part in order:
        inside = [a for a in part.args if a in touched]
        if part is at or not inside or not (part is line or part.name is None):
            continue
        touched.add(part)
        if part.op.name in _RULES and (len(inside) > 1 or len(part.args) > len(set(part.args))):
            return [_RULES[part.op.name]]
        if part.op.name not in _SILENT:
            words.append(_WORDS.get(part.op.name, part.op.name.replace("_", " ")))
    return list(dict.fromkeys(reversed(words)))
