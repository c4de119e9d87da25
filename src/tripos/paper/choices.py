"""Choices: which options hold, where that can be computed, and whether the ticks say the same."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..answers.kinds import agrees, read_answer
from ..answers.tokens import Unread
from ..graph import GraphError, Node
from ..graph.proof import prove
from .diagnostic import Fault
from .model import Choice, Option, Prose, Question
from .report import BlankReport, OptionReport, Options, QuestionReport
from .runner import Scope, evaluate
from .vocabulary import decide

if TYPE_CHECKING:
    from .work import Worker

LETTERS = "abcdefghijklmnopqrstuvwxyz"
_NONE = re.compile(r"none of the (above|others)|aucune", re.IGNORECASE)
_ALL = re.compile(r"all of the (above|others)|toutes", re.IGNORECASE)


def work_choice(
    worker: Worker, choice: Choice, question: Question, scope: Scope, report: QuestionReport
) -> Options:
    """Decide the options of a choice, check the ticks, and note the key in the report."""
    if len(choice.options) > len(LETTERS):
        worker.error(
            choice.line, f"a choice has at most {len(LETTERS)} options", found=str(len(choice.options))
        )
        return Options(())
    key = _key_of_choice(worker, question, scope)
    truths: list[bool | None] = []
    for option in choice.options:
        truths.append(_truth(worker, option, key, scope))
    for i, option in enumerate(choice.options):
        others = [t for j, t in enumerate(truths) if j != i]
        if truths[i] is None and "holds" not in option.attrs:
            truths[i] = _all_or_none(option.text, others)
            if truths[i] and _ALL.search(option.text):
                truths = [j == i for j in range(len(truths))]  # the one to tick when all hold
                break
    right = _decide(worker, choice, question, truths)
    letters = [LETTERS[i] for i, holds in enumerate(right) if holds]
    computed = [truth is not None for truth in truths]
    options = tuple(
        OptionReport(
            LETTERS[i],
            worker.fill(Prose(o.line, o.text), scope, 0),
            right[i],
            computed[i],
            worker.fill(Prose(o.line, o.reason), scope, 0),
        )
        for i, o in enumerate(choice.options)
    )
    text = ", ".join(letters)
    latex = "; ".join(options[LETTERS.index(x)].text for x in letters)
    how = "every option computed" if all(computed) else "the setter vouches for the ticks"
    if any(computed) and not all(computed):
        known = [o.letter for o in options if o.computed]
        how = f"only {' and '.join(known)} computed, the setter vouches for the rest"
    report.blanks.append(BlankReport("choice", "choice", choice.line, text, latex, "", all(computed), (how,)))
    return Options(options)


def _key_of_choice(worker: Worker, question: Question, scope: Scope) -> Node | None:
    expr = question.attrs.get("answer")
    if expr is None:
        return None
    key = worker.evaluate_node(expr, question.line, scope)
    if key is None:
        return None
    proof = prove(key, worker.values)
    if not proof.holds:
        worker.error(question.line, f"the answer {expr} is refused", found=proof.trouble)
    worker.keys[f"{question.id}.{expr}"] = key
    return key


def _truth(worker: Worker, option: Option, key: Node | None, scope: Scope) -> bool | None:
    """Return whether an option holds, None where that cannot be computed."""
    if "holds" in option.attrs:
        try:
            return decide(evaluate(option.attrs["holds"], option.line, scope))
        except Fault as fault:
            worker.note(fault.diagnostic)
        except GraphError as error:
            worker.error(option.line, f"cannot decide whether the option holds: {error}")
        return None
    if key is None or _NONE.search(option.text) or _ALL.search(option.text):
        return None
    try:
        verdict = agrees(
            key,
            read_answer(_mathematics(worker.fill(Prose(option.line, option.text), scope, 0)), key),
            worker.values,
        )
    except Unread as unread:
        worker.warn(
            option.line,
            "the option cannot be read as an answer",
            found=str(unread),
            help='say when it holds: {holds="..."}',
        )
        return None
    if verdict.outcome == "undecided":
        worker.warn(option.line, f"the option cannot be decided: {verdict.reason}")
        return None
    return verdict.same


def _decide(worker: Worker, choice: Choice, question: Question, truths: list[bool | None]) -> list[bool]:
    """Check ticks against computed truths; return which options are right."""
    right = []
    for option, truth in zip(choice.options, truths, strict=True):
        if truth is not None and truth != option.ticked:
            worker.error(
                option.line,
                "the option is ticked but does not hold"
                if option.ticked
                else "the option holds but is not ticked",
                found=option.text,
                expected="[x] on the option that was computed to hold" if option.ticked else "[x]",
                help="correct the tick, or the working that decides it",
            )
        right.append(option.ticked if truth is None else truth)
    wanted = int(question.attrs.get("accept", "1")) if question.attrs.get("accept", "1").isdigit() else 1
    if sum(right) != wanted:
        worker.error(
            choice.line,
            "the number of right options is not as declared",
            found=str(sum(right)),
            expected=str(wanted),
            help="declare several with {accept=2} in the heading",
        )
    return right


def _all_or_none(text: str, others: list[bool | None]) -> bool | None:
    """Return the truth of 'none of the above' and 'all of the above' from that of the other options."""
    if _NONE.search(text):
        if any(others):
            return False
        return None if None in others else True
    if _ALL.search(text):
        if False in others:
            return False
        return None if None in others else True
    return None


def _mathematics(text: str) -> str:
    """Return what stands between dollars where an option is a formula in its own right."""
    match = re.fullmatch(r"\s*\$(.+)\$[\s.]*", text, re.DOTALL)
    return match[1] if match and "$" not in match[1] else text
