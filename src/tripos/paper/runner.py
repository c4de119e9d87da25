"""Runs the ``given`` and ``working`` blocks of a question and keeps what they made, line by line.

A working is Python without imports, files or hidden attributes.  Every assignment names a node after
its variable and is a line of the worked solution; every comment is a sentence between lines.
"""

from __future__ import annotations

import io
import re
import signal
import tokenize
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from ..graph import GraphError, Node, constant, named
from ..graph.node import Adjoint
from .diagnostic import Diagnostic, Fault, nearest
from .fences import comment_language
from .language import HOOKS, compiled
from .model import Block
from .vocabulary import vocabulary


class OutOfTime(Exception):
    """A question took longer than it may."""


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise OutOfTime in what runs inside once it has taken ``seconds``; 0 sets no limit.

    Only where the platform has interval timers, and between instructions of Python: whoever runs
    papers of unknown origin keeps a watch from another process as well.
    """
    if not seconds or not hasattr(signal, "setitimer"):
        yield
        return

    def stop(signum: int, frame: object) -> None:
        raise OutOfTime

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@dataclass(frozen=True)
class Sentence:
    """A comment of a working: what is said between lines, in the paper's own language or in another."""

    line: int
    text: str
    language: str = ""


@dataclass(frozen=True)
class Line:
    """An assignment of a working."""

    line: int
    node: Node


@dataclass
class Scope:
    """The names of a question, shared by its sub-questions, and what is known about them."""

    path: str
    names: dict[str, Any] = field(default_factory=dict)
    givens: dict[str, int] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    broken: dict[str, int] = field(default_factory=dict)
    overrides: Mapping[str, Any] = field(default_factory=dict)

    def child(self) -> Scope:
        """Return a scope that begins with these names and keeps its own."""
        return Scope(
            self.path,
            dict(self.names),
            dict(self.givens),
            dict(self.lines),
            dict(self.broken),
            self.overrides,
        )


def run_block(block: Block, scope: Scope, report: Callable[[Diagnostic], None]) -> list[Sentence | Line]:
    """Run one block in a scope; return its sentences and lines in order, or raise Fault."""
    code = compiled(block.text, block.line, scope.path, "exec")
    sentences = _sentences(block)
    events: list[Sentence | Line] = []

    def record(line: int, name: str, value: Any) -> Any:
        while sentences and sentences[0].line < line:
            events.append(sentences.pop(0))
        value = _checked(block, scope, line, name, value, report)
        if isinstance(value, Node) and block.kind == "working":
            events.append(Line(line, value))
        return value

    def record_all(line: int, names: Sequence[str], values: Any) -> list[Any]:
        parts = list(values)
        if len(parts) != len(names):
            raise GraphError(f"{len(names)} names for {len(parts)} values")
        return [record(line, n, v) if n else v for n, v in zip(names, parts, strict=True)]

    hooks = {**HOOKS, "_line": record, "_lines": record_all}
    before = {name: scope.names.get(name) for name in scope.givens}
    _execute(code.run, hooks, scope, block)
    for name, value in before.items():
        if block.kind == "working" and scope.names.get(name) is not value:  # by a loop, say
            raise _redefined(name, code.names.binds.get(name, block.line), scope)
    return events + list(sentences)


def evaluate(expr: str, line: int, scope: Scope) -> Any:
    """Return the value of an expression in a scope, or raise Fault."""
    code = compiled(expr.strip(), line, scope.path, "eval")
    names = {**vocabulary(), **scope.names, **HOOKS, "__builtins__": {}}
    try:
        return eval(code.run, names)
    except OutOfTime:
        raise
    except Exception as error:
        raise Fault(_explain(error, scope, line)) from error


def _sentences(block: Block) -> list[Sentence]:
    """Return the comments of a working; comments on consecutive lines are one sentence.

    A line that begins with the code of a language, as in ``# fr: Redresser.``, begins a sentence in it.
    """
    if block.kind != "working":
        return []
    found: list[Sentence] = []
    end = -1
    for token in tokenize.generate_tokens(io.StringIO(block.text).readline):
        if token.type != tokenize.COMMENT or token.line[: token.start[1]].strip():
            continue
        line, text = block.line + token.start[0] - 1, token.string.lstrip("# ").strip()
        if language := comment_language(token.string, block.languages):
            own = language == block.languages[0]
            said = text.partition(":")[2].strip()
            found.append(Sentence(line, said, "" if own else language))
        elif line == end + 1 and found:
            found[-1] = replace(found[-1], text=f"{found[-1].text} {text}")
        else:
            found.append(Sentence(line, text))
        end = line
    return found


def _checked(
    block: Block, scope: Scope, line: int, name: str, value: Any, report: Callable[[Diagnostic], None]
) -> Any:
    """Return the value to bind: a node under its name where it is one; report names used twice."""
    if name in scope.givens and block.kind == "working":
        raise _redefined(name, line, scope)
    before = scope.lines.get(name) or scope.givens.get(name)
    if before is not None and before != line:
        report(
            Diagnostic(
                "warning",
                scope.path,
                line,
                f"the name {name!r} is used twice",
                found=f"first in line {before}",
                help="give each quantity a name of its own",
            )
        )
    (scope.givens if block.kind == "given" else scope.lines)[name] = line
    if block.kind == "given" and name in scope.overrides:
        value = scope.overrides[name]
    return _named(name, value)


def _redefined(name: str, line: int, scope: Scope) -> Fault:
    return Fault(
        Diagnostic(
            "error",
            scope.path,
            line,
            f"the working redefines the given {name!r}",
            found=f"given in line {scope.givens[name]}",
            help="choose another name for the new value",
        )
    )


def _named(name: str, value: Any) -> Any:
    if isinstance(value, (int, float, Fraction)) and not isinstance(value, bool):
        return constant(value, name=name)
    if isinstance(value, (list, tuple)) and value and all(_is_number(v) for v in value):
        return constant(list(value), name=name)
    if isinstance(value, Node) and not isinstance(value.name, Adjoint) and value.op.name != "symbol":
        return named(value, name)
    return value


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, Fraction)) and not isinstance(value, bool)


def _execute(code: Any, hooks: Mapping[str, Any], scope: Scope, block: Block) -> None:
    known = vocabulary()
    names = {**known, **scope.names, **hooks, "__builtins__": {}}
    try:
        try:
            exec(code, names)
        finally:
            for name, value in names.items():
                if not name.startswith("_") and (name not in known or known[name] is not value):
                    scope.names[name] = value
    except (OutOfTime, Fault):
        raise
    except Exception as error:
        raise Fault(_explain(error, scope, block.line)) from error


def _explain(error: Exception, scope: Scope, line: int) -> Diagnostic:
    """Return the finding for an exception raised by the code of a paper."""
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.filename == scope.path and frame.lineno is not None:
            line = frame.lineno
    if isinstance(error, (NameError, KeyError)):
        match = re.search(r"'(\w+)'", str(error))
        name = match[1] if match else str(error)
        if name in scope.broken:
            at = scope.broken[name]
            message = f"{name!r} has no value because line {at} failed"
            return Diagnostic("error", scope.path, line, message, cause=f"line {at}")
        known = [*scope.names, *vocabulary()]
        help = nearest(name, known)
        return Diagnostic(
            "error",
            scope.path,
            line,
            f"no name {name!r} is known here",
            expected=", ".join(scope.names) or "a given or a working line",
            help=help if help.startswith("did") else "define it in a given or working block above",
        )
    if isinstance(error, MemoryError):
        return Diagnostic(
            "error",
            scope.path,
            line,
            "the working asks for more memory than a question may use",
            help="keep what is evaluated small; shapes and costs need no values",
        )
    if isinstance(error, RecursionError):
        return Diagnostic("error", scope.path, line, "the working recurses without end")
    kind = "" if isinstance(error, GraphError) else f"{type(error).__name__}: "
    return Diagnostic("error", scope.path, line, f"{kind}{error}")
