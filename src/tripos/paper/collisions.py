"""Notes on the slips that a key cannot tell apart: worked out only where someone asks for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..graph import Node
from ..graph.collisions import collisions
from .diagnostic import Diagnostic
from .model import Unit

if TYPE_CHECKING:
    from .work import Worker


def note_collisions(unit: Unit, worker: Worker, used: set[str]) -> None:
    """Note, for each blank, the slips that give its key's own value and those that give the same.

    What was noted for a blank is not noted again for the later ones that rest on it.
    """
    told: set[tuple[str, Node]] = set()
    for asked in worker.asked:
        if not isinstance(asked.key, Node):
            continue
        for collision in collisions(asked.key, worker.values, told):
            message = f"[[{asked.blank.expr}]]: {collision}"
            worker.note(Diagnostic("slip", worker.path, asked.blank.line, message))
