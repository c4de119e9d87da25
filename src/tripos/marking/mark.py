"""One script against a plan: each answer compared, credited and explained."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from ..answers.keys import Open, Options
from ..graph import Node
from .alternatives import Credited, alternatives
from .follow import Had, had_before
from .judging import Marked, judge
from .plan import Place, Plan
from .policy import outcome_of, points_for
from .result import BlankMark, Mark, Outcome
from .scripts.script import Script, script_hash


@dataclass
class _State:
    """What is known about the blanks above.

    ``had`` are wrong answers that have a value, ``waiting`` those that wait for a person, ``shown`` all that
    were read.
    """

    had: dict[str, Had]
    waiting: dict[str, Place]
    shown: set[str]


def mark_script(plan: Plan, script: Script) -> Mark:
    """Return the marks of a script; what the machine must not decide alone waits for a person.

    The same plan and script give the same marks, whatever the order of the answers.
    """
    answers, doubtful, notes = _sorted(plan, script)
    version = str(plan.report.meta.get("version") or "")
    other = bool(version and script.version and version != script.version)
    if other:
        notes.append(f"the script is of version {script.version!r}, the paper of version {version!r}")
    state = _State({}, {}, set())
    blanks = []
    for place in plan.blanks:
        text = answers.get(place.id, "")
        if other and text.strip():
            blank = _blank(place, text, "undecided", reason="the script is of another version than the paper")
        elif place.id in doubtful:
            blank = _blank(place, text, "undecided", reason=doubtful[place.id])
        elif not text.strip():
            blank = _blank(place, text, "unanswered", Fraction(0), reason="no answer")
        else:
            blank = _safely(plan, place, text, state)
        if blank.points is None:
            state.waiting[place.id] = place
        elif blank.outcome != "unanswered":
            state.shown.add(place.id)
        blanks.append(blank)
    hashes = {**plan.hashes, "script": script_hash(script)}
    return Mark(script.candidate, script.version, tuple(blanks), hashes, tuple(notes), plan.counting)


def _sorted(plan: Plan, script: Script) -> tuple[dict[str, str], dict[str, str], list[str]]:
    """Return the answers by id, why some cannot be told, and what is to be noted about the script."""
    answers: dict[str, str] = {}
    doubtful: dict[str, str] = {}
    notes = []
    for name, text in sorted(script.answers.items()):
        place = plan.find(name)
        if place is None:
            notes.append(f"{name!r} is no name of a blank: {text[:60]!r} is not marked; {plan.remedy(name)}")
        elif place.id in answers and answers[place.id].strip() != text.strip():
            doubtful[place.id] = f"answered twice: {answers[place.id][:60]!r} and {text[:60]!r}"
        else:
            answers[place.id] = text
    return answers, doubtful, notes


def _safely(plan: Plan, place: Place, text: str, state: _State) -> BlankMark:
    try:
        return _answered(plan, place, text, state)
    except Exception as error:
        # Whatever a candidate writes: an answer that Tripos fails on is seen by a person and costs no other.
        return _blank(place, text, "undecided", reason=f"Tripos failed on this answer: {error!r:.200}")


def _answered(plan: Plan, place: Place, text: str, state: _State) -> BlankMark:
    """Return the mark of an answer; note its value where later answers may have been computed from it."""
    if isinstance(place.key, Open):
        return _open(plan, place, text)
    marked = judge(plan, place, place.key, text)
    verdict = marked.verdict
    if verdict.outcome == "right":
        _remember(plan, place, marked, state, right=True)
        return _credited(plan, place, text, marked, Credited(marked.credit, verdict.reason))
    if verdict.outcome != "wrong":
        return _blank(place, text, verdict.outcome, marked=marked)
    best = alternatives(plan, place, text, state.had, state.waiting, state.shown)
    _remember(plan, place, marked, state)
    if best.undecided:
        return _blank(place, text, "undecided", marked=marked, reason=best.reason, feedback=best.feedback)
    return _credited(plan, place, text, marked, best)


def _remember(plan: Plan, place: Place, marked: Marked, state: _State, *, right: bool = False) -> None:
    """Note the value of an answer that later answers may have been computed from."""
    if isinstance(marked.value, Node) and isinstance(place.key, Node):
        had = had_before(plan, place, marked.value, right=right)
        if had is not None:
            state.had[place.id] = had


def _open(plan: Plan, place: Place, text: str) -> BlankMark:
    """Return an open answer, which waits for a person; where options were ticked, say whether rightly."""
    right = tuple(option.letter for option in place.choices if option.right)
    reason = "marked by a person"
    if right:
        key = Options(tuple(o.text for o in place.choices), right)
        outcome = judge(plan, place, key, text).verdict.outcome
        if outcome in ("right", "wrong"):
            reason = f"what was ticked is {outcome}; the reasons are marked by a person"
    return _blank(place, text, "open", reason=reason)


def _credited(plan: Plan, place: Place, text: str, marked: Marked, found: Credited) -> BlankMark:
    return _blank(
        place,
        text,
        outcome_of(found.credit),
        points_for(plan.policy, found.credit, place.points),
        marked=marked,
        reason=found.reason,
        feedback=found.feedback,
        found=found,
    )


def _blank(
    place: Place,
    text: str,
    outcome: Outcome,
    points: Fraction | None = None,
    *,
    marked: Marked | None = None,
    reason: str = "",
    feedback: tuple[str, ...] = (),
    found: Credited | None = None,
) -> BlankMark:
    verdict = marked.verdict if marked else None
    found = found or Credited(Fraction(0))
    return BlankMark(
        place.id,
        place.question,
        place.kind,
        text,
        outcome,
        points,
        place.points,
        key=place.text,
        reason=reason or (verdict.reason if verdict else ""),
        witness=verdict.witness if verdict and not found.follows else "",
        bound=verdict.bound if verdict else None,
        understood=marked.understood if marked else "",
        slip=found.slip,
        convention=found.convention,
        follows=found.follows,
        working=found.working,
        feedback=tuple(
            dict.fromkeys((*feedback, *(marked.feedback if marked and not found.follows else ())))
        ),
    )
