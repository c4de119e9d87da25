"""Published keys: what someone else says the answers are, compared with the graph."""

from __future__ import annotations

from ..answers.keys import Key
from ..answers.kinds import agrees, kind_of, read_answer
from ..answers.reading.tokens import Unread
from ..graph import Node
from ..graph.notation import Piece
from ..graph.values import decimal_piece, is_rational, show
from .desk import Desk
from .model import Block
from .report import Erratum, QuestionReport
from .runner import Scope


def compare_published(desk: Desk, block: Block, scope: Scope, report: QuestionReport) -> None:
    """Compare each line of a published key with the graph; note where they differ."""
    erratum = block.attrs.get("erratum")
    for i, row in enumerate(block.text.splitlines()):
        if not row.strip() or row.lstrip().startswith("#"):
            continue
        line = block.line + i
        name, equals, text = (part.strip() for part in row.partition("="))
        if not equals or not name or not text:
            desk.error(
                line,
                "a published key is a name and a value",
                found=row.strip(),
                expected="z_out = 0",
            )
            continue
        difference = _difference(desk, name, text, line, scope, report)
        if difference is None:
            continue
        ours, same = difference
        if erratum is not None and same:
            desk.error(
                line,
                f"the erratum does not differ: {name} is {ours}",
                help="take {erratum=...} away, or move this line to a block without it",
            )
        elif erratum is not None:
            reasons = {key: why for key, why in block.attrs.items() if key in block.languages}
            report.errata.append(Erratum(name, text, ours, erratum, reasons))
            desk.erratum(
                line,
                f"the published key of {name} is wrong",
                found=text,
                expected=ours,
                help=erratum,
            )
        elif not same:
            desk.error(
                line,
                f"the published key of {name} is not what the graph says",
                found=text,
                expected=ours,
                help='correct the working, or mark the block {erratum="why"} if the published key is wrong',
            )


def _difference(
    desk: Desk, name: str, text: str, line: int, scope: Scope, report: QuestionReport
) -> tuple[str, bool] | None:
    """Return our key as text and whether a published one agrees with it; None where it cannot be told."""
    if name == "choice":
        ours = next((b.text for b in report.blanks if b.kind == "choice"), None)
        if ours is None:
            desk.error(line, "there is no choice here to compare with")
            return None
        return ours, text.strip("()").casefold() == ours
    key = desk.evaluate_key(name, line, scope)
    if key is None:
        return None
    if not isinstance(key, Node):
        return _data_difference(desk, name, key, text, line)
    value = desk.values[key]
    piece = show(key, value) if value is not None else Piece(str(key), "")
    shown = piece.text
    if value is not None and not is_rational(value) and (near := decimal_piece(value)):
        shown = near.text
    try:
        verdict = agrees(key, read_answer(text, key), desk.values)
    except Unread as unread:
        desk.error(line, f"the published key of {name} cannot be read", found=str(unread))
        return None
    if verdict.outcome == "undecided":
        desk.error(line, f"the published key of {name} cannot be compared", found=verdict.reason)
        return None
    return shown, verdict.same


def _data_difference(desk: Desk, name: str, key: Key, text: str, line: int) -> tuple[str, bool] | None:
    """Return a key that is no graph as text and whether a published one agrees with it."""
    kind = kind_of(key)
    verdict = kind.mark(key, text, {}, {}).verdict
    if verdict.outcome in ("unread", "undecided"):
        how = "read" if verdict.outcome == "unread" else "compared"
        desk.error(line, f"the published key of {name} cannot be {how}", found=verdict.reason)
        return None
    return kind.show(key).text, verdict.right
