"""What is at hand while a question is worked: its values, its findings, and its text filled in."""

from __future__ import annotations

from dataclasses import replace

from ..answers.keys import DATA, Key
from ..graph import GraphError, Node, lift
from ..graph.values import Values, show
from .diagnostic import Diagnostic, Fault
from .model import Blank, Insert, Prose
from .runner import Scope, evaluate


class Desk:
    """The exact values and the findings of a question, shared by all who work on it."""

    def __init__(self, path: str):
        self.path = path
        self.values = Values()
        self.diagnostics: list[Diagnostic] = []

    def note(self, finding: Diagnostic) -> None:
        """Note a finding, once; not what only follows from another."""
        if not finding.cause and finding not in self.diagnostics:
            self.diagnostics.append(finding)

    def error(self, line: int, message: str, **details: str) -> None:
        """Note what is wrong with a line of the paper."""
        self.note(Diagnostic("error", self.path, line, message, **details))

    def warn(self, line: int, message: str, **details: str) -> None:
        """Note what is doubtful about a line of the paper."""
        self.note(Diagnostic("warning", self.path, line, message, **details))

    def erratum(self, line: int, message: str, **details: str) -> None:
        """Note a published key that the graph shows to be wrong."""
        self.note(Diagnostic("erratum", self.path, line, message, **details))

    def remark(self, line: int, message: str) -> None:
        """Note what the paper remarks on its source, which no computation shows."""
        self.note(Diagnostic("note", self.path, line, message))

    def evaluate_key(self, expr: str, line: int, scope: Scope) -> Key | None:
        """Return an expression of the paper as a key: a node, or a set, an interval and the like."""
        try:
            found = evaluate(expr, line, scope)
            return found if isinstance(found, DATA) else lift(found)
        except Fault as fault:
            self.note(fault.diagnostic)
        except GraphError as error:
            self.error(line, f"{expr} is no value that can be printed: {error}")
        return None

    def evaluate_node(self, expr: str, line: int, scope: Scope) -> Node | None:
        """Return an expression of the paper as a node; note why it is none."""
        try:
            return lift(evaluate(expr, line, scope))
        except Fault as fault:
            self.note(fault.diagnostic)
        except GraphError as error:
            self.error(line, f"{expr} is no value that can be printed: {error}")
        return None

    def fill(self, prose: Prose, scope: Scope, first: int) -> str:
        """Return text with its inserts filled in and its blanks numbered from ``first``."""
        out, count = "", first
        for piece in prose.pieces():
            if isinstance(piece, Blank):
                out += f"\x02{count}\x03"
                count += 1
            elif isinstance(piece, Insert):
                out += self._insert(piece, scope)
            else:
                out += piece
        return out

    def plain(self, text: str, line: int, scope: Scope) -> str:
        """Return words that hold neither blanks nor mathematics with their inserts filled in."""
        out = ""
        for piece in Prose(line, text).pieces():
            if isinstance(piece, Blank):
                self.error(line, "a blank cannot stand in the words of a figure", help="put it into the text")
            elif isinstance(piece, Insert):
                out += self._insert(replace(piece, place="code"), scope)
            else:
                out += piece
        return out

    def _insert(self, insert: Insert, scope: Scope) -> str:
        try:
            found = evaluate(insert.expr, insert.line, scope)
            if isinstance(found, str):
                return found
            node = lift(found)
        except Fault as fault:
            self.note(fault.diagnostic)
            return "?"
        except GraphError as error:
            self.error(insert.line, f"{insert.expr} is no value that can be printed: {error}")
            return "?"
        value = self.values[node]
        if value is None:
            self.error(insert.line, f"{insert.expr} has no value: {self.values.why[node]}")
            return "?"
        piece = show(node, value)
        return {"math": piece.latex, "code": piece.text}.get(insert.place, f"${piece.latex}$")
