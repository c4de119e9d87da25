"""One candidate's marks as a page of HTML: what was asked, written, understood, and how it is worked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cache, lru_cache
from html import escape
from importlib.resources import files

from ...graph.notation import symbol_piece
from ...paper.report import BlankReport, Content, OptionReport, Options, QuestionReport, Report, Text
from ...press.html import inline, mathml, page, prose, solution, titled
from ...press.markdown import key_latex
from ...press.sentences import facts, rules
from ..result import BlankMark, Mark
from .legible import legible, points_text
from .outcomes import NOTHING_KNOWN, counted, earned, look, sign, words

LONGEST_LATEX = 2000
"""Characters of LaTeX that are set as mathematics; more is shown as it is written."""

SLOT = 60
"""Characters of an answer that stand in a blank of the text; the whole stands below."""

RANKS: Mapping[str, int] = {"vector": 1, "matrix": 2}


class Pages:
    """Makes pages for the candidates of one paper; what is the same on all is set once."""

    def __init__(self, report: Report):
        self.report = report
        self.language = str(report.meta.get("language", "en"))
        self.solutions = {q.id: "\n".join(solution(_unsaid(q), self.language)) for q in report.questions}
        self.ids = {q.id: dict(enumerate(blank_ids(q))) for q in report.questions}
        self.rules = {q.id: ", ".join(rules(q, report)) for q in report.questions}

    def page(self, mark: Mark) -> str:
        """Return the page of one candidate; nothing on it runs, and it needs no other file."""
        by_question: dict[str, list[BlankMark]] = {}
        for blank in mark.blanks:
            by_question.setdefault(blank.question, []).append(blank)
        body = "\n".join([*self._head(mark, by_question), *self._questions(mark, by_question)])
        return page(
            f"{legible(mark.candidate, 200)}: {self.report.title}",
            f"<main>\n{body}\n</main>",
            language=self.language,
            style=style(),
        )

    def _head(self, mark: Mark, by_question: Mapping[str, list[BlankMark]]) -> Iterator[str]:
        yield f"<header><h1>{escape(self.report.title)}</h1>"
        yield f'<p class="facts">{escape(facts(self.report))}</p>'
        version = f", version {escape(legible(mark.version, 200))}" if mark.version else ""
        yield f'<p class="candidate"><bdi>{escape(legible(mark.candidate, 200))}</bdi>{version}</p>'
        total = f"<strong>{points_text(mark.points)}</strong> of {points_text(mark.of)} points"
        yield f'<p class="total">{total}</p>'
        if mark.waiting:
            yield (
                f'<p class="pending">{points_text(mark.waiting)} points are not decided yet: a person will '
                "look at the answers marked so below.</p>"
            )
        yield from (f'<p class="pending">{_said(note)}</p>' for note in mark.notes)
        own = str(self.report.meta.get("version") or "")
        if mark.version and own and mark.version != own:
            yield f'<p class="pending">The worked solutions below are those of version {escape(own)}.</p>'
        yield "</header>"
        yield '<nav aria-label="Questions"><table class="summary"><thead><tr><th scope="col">Question</th>'
        yield '<th scope="col">Answers</th><th scope="col">Points</th></tr></thead><tbody>'
        for question in self.report.leaves:
            marks = by_question.get(question.id, [])
            points = _brief(marks) + counted(question.id, mark, brief=True)
            signs = "".join(_sign(m, look(m)) for m in marks)
            yield f'<tr><td><a href="#{escape(question.id)}">{titled(question)}</a></td>'
            yield f'<td class="signs">{signs}</td><td>{points}</td></tr>'
        yield f'</tbody></table></nav><p class="legend">{_legend(mark.blanks)}</p>'

    def _questions(self, mark: Mark, by_question: Mapping[str, list[BlankMark]]) -> Iterator[str]:
        asked = {q.id for q in self.report.questions}
        for question in self.report.questions:
            yield from self._question(question, by_question.get(question.id, []), mark)
        strays = [m for name, marks in by_question.items() if name not in asked for m in marks]
        if strays:
            yield "<section><h2>Answers to what this paper does not ask</h2>"
            for stray in strays:
                yield from _card(stray, escape(legible(stray.blank, 200)), "")
            yield "</section>"

    def _question(self, question: QuestionReport, marks: Sequence[BlankMark], whole: Mark) -> Iterator[str]:
        level = min(question.level + 1, 4)
        ids = self.ids[question.id]
        by_id = {mark.blank: mark for mark in marks}
        yield f'<section id="{escape(question.id)}">'
        said = (
            escape(earned(marks)) + counted(question.id, whole) if marks else escape(self.rules[question.id])
        )
        points = f'<span class="points">{said}</span>' if said else ""
        yield f"<h{level}><span>{titled(question)}</span>{points}</h{level}>"
        chosen = by_id.get(question.id)
        for content in question.contents:
            yield from _asked(content, lambda i: _slot(question.blanks[i], by_id.get(ids[i])), chosen)
        keys = {ids[i]: blank for i, blank in enumerate(question.blanks)}
        for mark in marks:
            blank = keys.get(mark.blank)
            name = _name(blank) if blank else "Your answer"
            yield from _card(mark, name, _key(blank) if blank else "")
        if self.solutions[question.id]:
            yield f"<details><summary>Worked solution</summary>{self.solutions[question.id]}</details>"
        yield "</section>"


def _unsaid(question: QuestionReport) -> QuestionReport:
    """Return a question without text that stands on the page already and has no blank for a key."""
    contents = [c for c in question.contents if not isinstance(c, Text) or "\x02" in c.text]
    return replace(question, contents=contents)


@cache
def style() -> str:
    """Return the style of pages with marks."""
    return (files(__package__) / "marks.css").read_text(encoding="utf-8")


def blank_ids(question: QuestionReport) -> list[str]:
    """Return the identities of the blanks of a question, as scripts call them."""
    seen: Counter[str] = Counter()
    ids = []
    for blank in question.blanks:
        if blank.kind == "choice":
            ids.append(question.id)
            continue
        seen[blank.name] += 1
        again = f"#{seen[blank.name]}" if seen[blank.name] > 1 else ""
        ids.append(f"{question.id}/{blank.name}{again}")
    return ids


def _brief(marks: Sequence[BlankMark]) -> str:
    """Return points got and offered, for a narrow column; a question mark where some are to come."""
    if not marks:
        return ""
    of = points_text(sum((m.of for m in marks), Fraction(0)))
    known = [m.points for m in marks if m.points is not None]
    parts = [points_text(sum(known, Fraction(0)))] if known else []
    parts += ["?"] if len(known) < len(marks) else []
    return f"{'&hairsp;+&hairsp;'.join(parts)}&nbsp;/&nbsp;{of}"


def _legend(marks: Sequence[BlankMark]) -> str:
    """Return the signs that occur, with their words."""
    found = {f'<span class="{look(m)}">{sign(m)}</span> {escape(words(m).lower())}' for m in marks}
    return " &ensp; ".join(sorted(found))


def _asked(content: Content, fill: Callable[[int], str], chosen: BlankMark | None) -> Iterator[str]:
    """Yield what the candidate was asked: text and options, and nothing that gives the answer."""
    if isinstance(content, Text):
        yield f'<div class="text">{prose(content.text, fill)}</div>'
    elif isinstance(content, Options):
        ticked = _letters(chosen.answer if chosen else "", content.options)
        yield '<ul class="options">'
        for option in content.options:
            own = option.letter in ticked
            box, mine = ("■", ' <span class="mine">(your choice)</span>') if own else ("□", "")
            text = f"<span>({option.letter}) {inline(option.text)}{mine}</span>"
            yield f'<li><span class="box">{box}</span>{text}</li>'
        yield "</ul>"


def _letters(answer: str, options: Sequence[OptionReport]) -> set[str]:
    """Return the options that an answer names by their letters alone, none where it says anything else."""
    found = re.findall(r"[a-z]", answer.lower())
    plain = re.fullmatch(r"[\s(]*[a-zA-Z](?:[\s,;()]+(?:and\s+)?[a-zA-Z])*[\s).]*", answer[:200])
    return set(found) & {option.letter for option in options} if plain else set()


def _slot(blank: BlankReport, mark: BlankMark | None) -> str:
    """Return what the candidate wrote into a blank, as it stands in the text."""
    if mark is None:
        return '<span class="slot unanswered">–</span>'
    text = mark.answer.strip()
    written = escape(legible(text[:SLOT]) + ("…" if len(text) > SLOT else "")) or "&emsp;"
    return f'<span class="slot {look(mark)}"><bdi>{written}</bdi> {_sign(mark, "sign")}</span>'


def _sign(mark: BlankMark, kind: str) -> str:
    """Return the sign of an outcome, with its words for those who point at it or listen."""
    said = escape(words(mark))
    return f'<span class="{kind}" role="img" aria-label="{said}" title="{said}">{sign(mark)}</span>'


def _name(blank: BlankReport) -> str:
    """Return a blank's name, set as the paper sets it where it is the name of a quantity."""
    if blank.kind == "choice":
        return "Your choice"
    if re.fullmatch(r"[A-Za-z]\w*", blank.name):
        return _math(symbol_piece(blank.name, (2,) * RANKS.get(blank.kind, 0)).latex)
    return f"<code>{escape(blank.name)}</code>"


def _key(blank: BlankReport) -> str:
    return escape(f"({blank.text})") if blank.kind == "choice" else _math(key_latex(blank))


@lru_cache(maxsize=20_000)
def _math(latex: str) -> str:
    """Return LaTeX as mathematics; as text where it is too long or cannot be set."""
    if len(latex) > LONGEST_LATEX:
        return f"<code>{escape(legible(latex, 200))}</code>"
    return mathml(legible(latex))


def _card(mark: BlankMark, name: str, key: str) -> Iterator[str]:
    """Yield everything about one blank."""
    kind = look(mark)
    yield f'<article class="mark {kind}"><p class="outcome">'
    yield f'<span class="sign" aria-hidden="true">{sign(mark)}</span>'
    yield f'<span class="name">{name}</span> <strong>{escape(words(mark))}</strong>'
    yield f'<span class="points">{escape(earned([mark]))}</span></p><dl>'
    written = f"<pre><bdi>{escape(legible(mark.answer))}</bdi></pre>" if mark.answer.strip() else "nothing"
    yield f"<dt>You wrote</dt><dd>{written}</dd>"
    if mark.understood and mark.kind not in ("open", "choice"):
        yield f"<dt>Read as</dt><dd>{_math(mark.understood)}</dd>"
    if mark.reason not in ("", NOTHING_KNOWN):
        yield f"<dt>Why</dt><dd>{_said(mark.reason)}</dd>"
    if mark.witness and kind in ("wrong", "partly"):
        yield f"<dt>Example</dt><dd>{_said(mark.witness)}</dd>"
    if mark.slip:
        yield "<dt>Perhaps</dt>"
        yield f"<dd>You seem to have slipped here: <em>{_said(mark.slip)}</em>.</dd>"
    if mark.convention:
        yield f"<dt>Convention</dt><dd>Right under another convention: {_said(mark.convention)}</dd>"
    if mark.feedback:
        yield f"<dt>Remarks</dt><dd>{'<br>'.join(_said(line) for line in mark.feedback)}</dd>"
    if mark.follows or mark.working:
        yield f"<dt>Carried on</dt><dd>{''.join(_followed(mark))}</dd>"
    if key and kind in ("wrong", "partly", "followed", "unanswered"):
        remark = " with the values of the paper" if mark.follows else ""
        yield f"<dt>Expected</dt><dd>{key}{remark}</dd>"
    if mark.marker not in ("", "machine"):
        yield f"<dt>Marked by</dt><dd>{_said(mark.marker)}</dd>"
    yield "</dl></article>"


def _followed(mark: BlankMark) -> Iterator[str]:
    """Yield how the earlier answers were carried on, and the working for them."""
    if mark.follows:
        names = [
            f"<code>{escape(legible(name.partition('/')[2] or name, 200))}</code>" for name in mark.follows
        ]
        listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
        yield f"<p>What you had for {listed} was carried on, and this answer was compared with what follows."
        yield " For your value, the working is:</p>" if mark.working else "</p>"
    if mark.working:
        yield f'<pre class="lines">{escape(legible(chr(10).join(mark.working)))}</pre>'


def _said(text: str) -> str:
    return f"<bdi>{escape(legible(text, 1000))}</bdi>"
