"""Answers as others write them: right and wrong forms of each formula blank of the papers, and its slips.

``forms/<paper>.yaml`` maps each blank to texts that are right and texts that are wrong.  They come from
mathematics and from how people write; the slips come from the key, as Tripos prints it.
"""

from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from tripos.answers.kinds.formula import show_formula
from tripos.graph import Node
from tripos.graph.compare import compare
from tripos.graph.node import interned, schedule
from tripos.graph.slips import Slip
from tripos.marking.diagnosis import catalogue
from tripos.marking.mark import mark_script
from tripos.marking.plan import Place, load_plan
from tripos.marking.result import BlankMark
from tripos.marking.scripts.script import Script

HERE = Path(__file__).parent
PAPERS = sorted((HERE.parent / "papers").glob("*.md"))
ENOUGH = 6

UNNOTICED = {
    ("vanish-or-explode/d_h", "sign of the exponent"): "the slope of the logistic function is even",
    ("residual-units/J", "transposed"): "a diagonal matrix is symmetric",
}
"""Slips that give the value of the key, and why."""


class Forms(NamedTuple):
    right: list[str]
    wrong: list[str]


def formulas(paper: Path) -> dict[str, Place]:
    """Return the blanks of a paper whose key is a formula or an order of growth."""
    return {place.id: place for place in load_plan(paper).blanks if place.kind in ("formula", "growth")}


@cache
def forms(paper: Path) -> dict[str, Forms]:
    file = HERE / "forms" / f"{paper.stem}.yaml"
    rows = yaml.safe_load(file.read_text("utf-8")) if file.exists() else {}
    return {blank: Forms(row["right"], row["wrong"]) for blank, row in rows.items()}


def marked(paper: Path, blank: str, text: str) -> BlankMark:
    """Return the mark of one answer, as a script that holds no other earns it."""
    mark = mark_script(load_plan(paper), Script("someone", "", {blank: text}))
    return next(one for one in mark.blanks if one.blank == blank)


def refused(found: BlankMark) -> bool:
    """Say whether an answer was refused for a reason that is shown, and earned nothing."""
    return found.outcome == "wrong" and found.points == 0 and bool(found.witness) and bool(found.reason)


def told(blank: str, text: str, found: BlankMark) -> str:
    return f"{blank}: {text!r} is {found.outcome}: {found.reason} {found.witness}"


papers = pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.stem)


@papers
def test_every_formula_blank_has_enough_forms(paper):
    found = forms(paper)
    assert set(found) == set(formulas(paper)), "tests/forms: one entry for each formula blank, and no other"
    for blank, (right, wrong) in found.items():
        assert len(set(right)) == len(right) >= ENOUGH, blank
        assert len(set(wrong)) == len(wrong) >= ENOUGH, blank
        assert not set(right) & set(wrong), blank


def test_all_forms_are_of_a_paper():
    assert {file.stem for file in (HERE / "forms").iterdir()} <= {paper.stem for paper in PAPERS}


@papers
def test_every_right_form_earns_all_points(paper):
    places = formulas(paper)
    lost = []
    for blank, found in forms(paper).items():
        for text in found.right:
            mark = marked(paper, blank, text)
            if mark.outcome != "right" or mark.points != places[blank].points or mark.bound is None:
                lost.append(told(blank, text, mark))
    assert not lost


@papers
def test_every_wrong_form_is_refused_with_a_witness(paper):
    given = []
    for blank, found in forms(paper).items():
        for text in found.wrong:
            mark = marked(paper, blank, text)
            if not refused(mark):
                given.append(told(blank, text, mark))
    assert not given


# -- slips -----------------------------------------------------------------------------------------


def written_out(slip: Slip, place: Place) -> Node:
    """Return a graph with a slip in it without the names that would hide it: those of what it changes."""
    unchanged = set(place.names.values()) & set(schedule([place.key])) - {place.key, slip.at}
    new: dict[Node, Node] = {}
    for part in schedule([slip.node]):
        args = tuple(new[arg] for arg in part.args)
        kept = part.op.name == "symbol" or part in unchanged
        new[part] = (
            args[0]
            if part.op.name == "alias"
            else interned(part.op, args, part.attrs, part.name if kept else None)
        )
    return new[slip.node]


def judged(paper: Path, place: Place, slip: Slip) -> str:
    """Return what is wrong with how a slip is marked and named; "" where nothing is."""
    piece = show_formula(written_out(slip, place))
    same = compare(place.key, slip.node).same
    assert not same or (place.id, slip.mistake) in UNNOTICED, f"{place.id}: {slip.mistake}: {piece.text}"
    for text in (piece.text, piece.latex):
        found = marked(paper, place.id, text)
        if same:
            fine = found.outcome == "right"
        elif found.convention:  # another base of logarithms: the paper says what that is worth
            fine = found.outcome in ("partly", "wrong") and bool(found.witness)
        else:
            fine = refused(found) and (
                found.slip == slip.mistake or (not found.slip and several(place, slip))
            )
        if not fine:
            return f"{slip.mistake} ({found.slip or 'not named'}): {told(place.id, text, found)}"
    return ""


def several(place: Place, slip: Slip) -> bool:
    """Say whether another mistake gives the same, so that none may be named."""
    others = (other for other in catalogue(place.key).slips if other.mistake != slip.mistake)
    return any(compare(other.node, slip.node).same for other in others)


@papers
def test_every_slip_is_refused_and_named(paper):
    missed = []
    for place in formulas(paper).values():
        missed += filter(None, (judged(paper, place, slip) for slip in catalogue(place.key).slips))
    assert not missed


def test_what_goes_unnoticed_is_said_of_slips_that_there_are():
    keys = {place.id: place.key for paper in PAPERS for place in formulas(paper).values()}
    for blank, mistake in UNNOTICED:
        found = [slip for slip in catalogue(keys[blank]).slips if slip.mistake == mistake]
        assert any(compare(keys[blank], slip.node).same for slip in found), (blank, mistake)
