"""The lines of working: *symbol = expression in names = with numbers = value*."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .deriving.simplify import simplify
from .node import Adjoint, Node, schedule
from .notation import Piece, name_piece, write
from .op import Array
from .values import Values, decimal_piece, exact_piece, has_unknowns, is_rational, origin, show

LONG = 100
"""Longest closed form, in characters of text, that a line of working shows."""

LONG_NUMBER = 12
"""Longest rational number, in characters of text, that a line of working shows."""

INLINE = 48
"""Longest rational value that is put in the place of a name."""

INLINE_CLOSED = 28
"""Longest closed form that is put in the place of a name; longer ones give way to decimals."""


@dataclass(frozen=True)
class Step:
    """One line of working: what is computed, and the stages that lead to its value.

    Each stage is a relation, "=" or "≈", and what it leads to.
    """

    symbol: Piece
    stages: tuple[tuple[str, Piece], ...]

    @property
    def text(self) -> str:
        """The line as plain text."""
        return " ".join([self.symbol.text, *(f"{sign} {piece.text}" for sign, piece in self.stages)])

    @property
    def latex(self) -> str:
        """The line as LaTeX."""
        signs = {"=": "=", "≈": r"\approx"}
        return " ".join([self.symbol.latex, *(f"{signs[s]} {p.latex}" for s, p in self.stages)])


def lines(target: Node) -> list[Node]:
    """Return the named nodes that ``target`` needs, in order, ``target`` last; data is no line."""
    return [
        node
        for node in schedule([target], evaluated=True)
        if node is target or (node.name is not None and node.op.name not in ("symbol", "constant"))
    ]


def working(*targets: Node, places: int | None = None) -> str:
    """Return all lines of working that lead to ``targets``, each line once, as plain text."""
    values = Values()
    shown = dict.fromkeys(line for target in targets for line in lines(target))
    return "\n".join(step(line, values, places).text for line in shown)


def step(node: Node, values: Values, places: int | None = None) -> Step:
    """Return the line of working for one node."""
    symbol = name_piece(node.name, node.shape) if node.name is not None else write(node)
    value = values[node]
    if isinstance(node.name, Adjoint):
        node = simplify(node)
    stages: list[tuple[str, Piece]] = []
    if node.name is not None and node.op.name != "constant":
        stages.append(("=", write(node, own_name=False)))
    if value is None or has_unknowns(value):
        stages += _unfolded(node, values)
        if value is not None and _is_linear(value):
            stages.append(("=", exact_piece(value)))
    elif node.op.static:
        stages += result(node, value, places)
    else:
        stages.append(_substituted(node, values, places))
        if not _is_pick(node):
            stages.append(_last_operation(node, values, places))
        last = result(node, value, places)
        if any(sign == "≈" for sign, _ in stages):
            named_value = origin(node).op.show is not None
            stages, last = _rounded(stages), last[-1:] if named_value else [("≈", last[-1][1])]
        stages += last
    return Step(symbol, _tidy(symbol, stages))


def _rounded(stages: list[tuple[str, Piece]]) -> list[tuple[str, Piece]]:
    """Return stages with no "=" after "≈": the digits shown do not lead to what follows exactly."""
    start = next(i for i, (sign, _) in enumerate(stages) if sign == "≈")
    return stages[:start] + [("≈", piece) for _, piece in stages[start:]]


def result(node: Node, value: Array, places: int | None = None) -> list[tuple[str, Piece]]:
    """Return the last stages of a line: the closed form unless it is long, decimals unless it is short."""
    piece = show(node, value)
    if origin(node).op.show is not None or _is_short(value, piece):
        return [("=", piece)]
    approximate = decimal_piece(value, places)
    longest = LONG_NUMBER if is_rational(value) else LONG
    stages = [("=", piece)] if len(piece.text) <= longest or not approximate else []
    return stages + ([("≈", approximate)] if approximate else [])


def _is_short(value: Array, piece: Piece) -> bool:
    """Say whether a value is rational and easily read as it is."""
    return is_rational(value) and all(len(word) <= LONG_NUMBER for word in piece.text.split())


def _names(node: Node) -> Iterable[Node]:
    """Return the named nodes that stand in the expression of ``node``, and what is picked out of them."""
    seen: set[Node] = set()
    stack = [node] if _is_pick(node) else list(node.args)
    while stack:
        arg = stack.pop()
        if arg in seen:
            continue
        seen.add(arg)
        if arg.name is not None or _is_pick(arg):
            yield arg
        else:
            stack.extend(arg.args)


def _is_pick(node: Node) -> bool:
    """Say whether a node is an entry or a part of a named node: x₂, z[3:4]."""
    return node.op.name == "index" and node.args[0].name is not None


def _inline(node: Node, values: Values, places: int | None) -> tuple[Piece, bool] | None:
    """Return the value of a node as it stands in an expression, and whether it is exact."""
    value = values[node]
    if value is None or has_unknowns(value):
        return None
    piece = show(node, value)
    rational = is_rational(value)
    if len(piece.text) <= (INLINE if rational else INLINE_CLOSED) and (
        _is_short(value, piece) or not rational
    ):
        return piece._replace(rank=node.ndim), True
    if _is_short(value, piece):
        return None
    approximate = decimal_piece(value, places)
    return (approximate, False) if approximate else None


def _put_in(node: Node, replaced: Iterable[Node], values: Values, places: int | None) -> tuple[str, Piece]:
    """Return ``node`` written with some nodes replaced by their values."""
    pieces, exactly = {}, True
    for part in replaced:
        found = _inline(part, values, places)
        if found is not None:
            pieces[part] = found[0]
            exactly = exactly and found[1]
    return "=" if exactly else "≈", write(node, pieces, own_name=False)


def _substituted(node: Node, values: Values, places: int | None) -> tuple[str, Piece]:
    return _put_in(node, _names(node), values, places)


def _last_operation(node: Node, values: Values, places: int | None) -> tuple[str, Piece]:
    """Return the last operation alone, its operands worked out."""
    return _put_in(node, node.args, values, places)


def _unfolded(node: Node, values: Values) -> list[tuple[str, Piece]]:
    """Return a formula with the names in it replaced by what they stand for, where that is short."""
    pieces = {
        part: write(part, own_name=False)._replace(rank=part.ndim)
        for part in _names(node)
        if part.op.name not in ("symbol", "constant") and not isinstance(part.name, Adjoint)
    }
    piece = write(node, pieces, own_name=False)
    return [("=", piece)] if pieces and len(piece.text) <= INLINE else []


def _is_linear(value: Array) -> bool:
    """Say whether an exact value with unknowns is linear in them: then its entries are worth writing."""
    if all(entry.is_Symbol for entry in value.ravel()):
        return False
    return all(
        entry.is_Rational or all(entry.diff(s).is_Rational for s in entry.free_symbols)
        for entry in value.ravel()
    )


def _tidy(symbol: Piece, stages: list[tuple[str, Piece]]) -> tuple[tuple[str, Piece], ...]:
    """Drop stages that repeat what stands before them."""
    kept: list[tuple[str, Piece]] = []
    before = symbol.text
    for sign, piece in stages:
        if piece.text != before and piece.text != symbol.text:
            kept.append((sign, piece))
            before = piece.text
    return tuple(kept)
