"""Works a unit, and finds the conventions that its keys depend on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..graph.conventions import CONVENTIONS
from .model import Unit
from .report import Worked
from .work import Worker


def work_unit(
    unit: Unit,
    path: str,
    conventions: Mapping[str, str],
    *,
    overrides: Mapping[str, Any] | None = None,
    seconds: float = 0,
    begin: Callable[[int], None] = lambda line: None,
    keep: Callable[[Unit, Worker, set[str]], None] = lambda unit, worker, used: None,
) -> Worked:
    """Work a unit under the conventions declared by its paper; ``begin`` is told the line of each heading.

    ``keep`` is handed the worker when it is done, with the conventions that were asked for.

    Each convention that was asked for is tried the other way: where that changes a key, the key depends
    on it, and the text must say it.
    """
    worker = Worker(path, conventions, overrides, seconds, begin)
    used = worker.work(unit.question, unit.above)
    keep(unit, worker, used)
    for name in sorted(used):
        for choice in CONVENTIONS[name].choices:
            if choice == conventions.get(name, CONVENTIONS[name].default):
                continue
            other = Worker(path, {**conventions, name: choice}, overrides, seconds, begin, keys_only=True)
            other.work(unit.question, unit.above)
            _note_dependence(worker, other, name, conventions)
    return Worked(worker.reports, worker.diagnostics)


def _note_dependence(worker: Worker, other: Worker, name: str, conventions: Mapping[str, str]) -> None:
    convention = CONVENTIONS[name]
    for ours, theirs in zip(worker.reports, other.reports, strict=True):
        known = [blank for blank in theirs.blanks if blank.kind != "unknown"]  # a working may have failed
        keys = {blank.name: (blank.text, blank.decimal) for blank in known}
        changed = [b for b in ours.blanks if keys.get(b.name, (b.text, b.decimal)) != (b.text, b.decimal)]
        if not changed:
            continue
        if name in conventions:
            sentence = convention.choices[conventions[name]]
            if sentence not in ours.conventions:
                ours.conventions.append(sentence)
            continue
        blank = changed[0]
        worker.warn(
            blank.line,
            f"the key of [[{blank.name}]] depends on {convention.about}, which is not declared",
            found=f"{blank.text} by default",
            expected="a choice: " + " or ".join(convention.choices),
            help=f"add to the front matter: conventions: {{{name}: {convention.default}}}",
        )
