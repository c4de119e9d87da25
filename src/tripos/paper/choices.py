"""Choices: which options hold, where that can be computed, and whether the ticks say the same."""

from __future__ import annotations

import re

from ..answers.kinds import agrees, read_answer
from ..answers.reading.tokens import Unread
from ..graph import GraphError, Node
from ..graph.proof import prove
from .desk import Desk
from .diagnostic import Fault
from .model import Choice, Option, Prose, Question
from .report import BlankReport, OptionReport, Options, QuestionReport
from .runner import Scope, evaluate
from .vocabulary import decide

LETTERS = "abcdefghijklmnopqrstuvwxyz"
_NONE = re.compile(r"none of the (above|others)|aucune", re.IGNORECASE)
_ALL = re.compile(r"all of the (above|others)|toutes", re.IGNORECASE)


def work_choice(
    desk: Desk, choice: Choice, question: Question, scope: Scope, report: QuestionReport
) -> Options:
    """Decide the options of a choice, check the ticks, and note the key in the report."""
    if len(choice.options) > len(LETTERS):
        desk.error(
            choice.line, f"a choice has at most {len(LETTERS)} options", found=str(len(choice.options))
        )
        return Options(())
    key = _key_of_choice(desk, question, scope)
    truths: list[bool | None] = []
    for option in choice.options:
        truths.append(_truth(desk, option, key, scope))
    for i, option in enumerate(choice.options):
        others = [t for j, t in enumerate(truths) if j != i]
        if truths[i] is None and "holds" not in option.attrs:
            truths[i] = _all_or_none(option.text, others)
            if truths[i] and _ALL.search(option.text):
                truths = [j == i for j in range(len(truths))]  # the one to tick when all hold
                break
    right = _decide(desk, choice, question, truths)
    letters = [LETTERS[i] for i, holds in enumerate(right) if holds]
    computed = [truth is not None for truth in truths]
    options = tuple(
        OptionReport(
            LETTERS[i],
            desk.fill(Prose(o.line, o.text), scope, 0),
            right[i],
            computed[i],
            desk.fill(Prose(o.line, o.reason), scope, 0),
            tuple(o.attrs.get("shown-by", "").split()),
            {language: desk.fill(Prose(o.line, text), scope, 0) for language, text in o.texts.items()},
            {language: desk.fill(Prose(o.line, text), scope, 0) for language, text in o.reasons.items()},
        )
        for i, o in enumerate(choice.options)
    )
    text = ", ".join(letters)
    latex = "; ".join(options[LETTERS.index(x)].text for x in letters)
    how = "every option computed" if all(computed) else "the setter vouches for the ticks"
    if any(computed) and not all(computed):
        known = [o.letter for o in options if o.computed]
        how = f"only {', '.join(known)} computed, the setter vouches for the rest"
    agreed = right == [option.ticked for option in choice.options] and sum(right) == _accepted(desk, question)
    proven = all(computed) and agreed
    report.blanks.append(BlankReport("choice", "choice", choice.line, text, latex, "", proven, (how,)))
    return Options(options)


def _key_of_choice(desk: Desk, question: Question, scope: Scope) -> Node | None:
    expr = question.attrs.get("answer")
    if expr is None:
        return None
    key = desk.evaluate_node(expr, question.line, scope)
    if key is None:
        return None
    proof = prove(key, desk.values)
    if not proof.holds:
        desk.error(question.line, f"the answer {expr} is refused", found=proof.trouble)
    return key


def _truth(desk: Desk, option: Option, key: Node | None, scope: Scope) -> bool | None:
    """Return whether an option holds, None where that cannot be computed."""
    if "holds" in option.attrs:
        try:
            return decide(evaluate(option.attrs["holds"], option.line, scope))
        except Fault as fault:
            desk.note(fault.diagnostic)
        except GraphError as error:
            desk.error(option.line, f"cannot decide whether the option holds: {error}")
        return None
    if key is None or _NONE.search(option.text) or _ALL.search(option.text):
        return None
    try:
        verdict = agrees(
            key,
            read_answer(_mathematics(desk.fill(Prose(option.line, option.text), scope, 0)), key),
            desk.values,
        )
    except Unread as unread:
        desk.warn(
            option.line,
            "the option cannot be read as an answer",
            found=str(unread),
            help='say when it holds: {holds="..."}',
        )
        return None
    if verdict.outcome == "undecided":
        desk.warn(option.line, f"the option cannot be decided: {verdict.reason}")
        return None
    return verdict.same


def _decide(desk: Desk, choice: Choice, question: Question, truths: list[bool | None]) -> list[bool]:
    """Check ticks against computed truths; return which options are right."""
    right = []
    for option, truth in zip(choice.options, truths, strict=True):
        if truth is not None and truth != option.ticked:
            desk.error(
                option.line,
                "the option is ticked but does not hold"
                if option.ticked
                else "the option holds but is not ticked",
                found=option.text,
                expected="[x] on the option that was computed to hold" if option.ticked else "[x]",
                help="correct the tick, or the working that decides it",
            )
        right.append(option.ticked if truth is None else truth)
    wanted = _accepted(desk, question)
    if sum(right) != wanted:
        desk.error(
            choice.line,
            "the number of right options is not as declared",
            found=str(sum(right)),
            expected=str(wanted),
            help="declare several with {accept=2} in the heading",
        )
    return right


def _accepted(desk: Desk, question: Question) -> int:
    """Return how many options of a question hold: one, unless its heading says otherwise."""
    text = question.attrs.get("accept", "1")
    if not re.fullmatch(r"\d{1,2}", text):
        desk.error(question.line, "accept must be a whole number", found=repr(text))
        return 1
    return int(text)


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
