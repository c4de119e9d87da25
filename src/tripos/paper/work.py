"""Works a question: runs its blocks, fills in its text, proves its blanks."""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from typing import Any, NamedTuple

from ..answers.keys import DATA, Key, nodes_of
from ..answers.kinds import kind_of
from ..graph import GraphError, Node, lift
from ..graph.conventions import declared
from ..graph.node import free_symbols
from ..graph.notation import write
from ..graph.proof import Proof
from ..graph.steps import lines, step
from ..graph.values import decimal_piece, has_unknowns, origin, show
from .blanks import check_option_names, kind_name, prove_key
from .choices import work_choice
from .desk import Desk
from .diagnostic import Fault, first_sentence
from .language import read_code
from .model import Blank, Block, Choice, Prose, Question
from .published import compare_published
from .report import Answer, BlankReport, Content, Figure, QuestionReport, Rubric, Said, Shown, Text
from .rubrics import read_rubric, with_translation
from .runner import Line, OutOfTime, Scope, Sentence, evaluate, limited, run_block
from .translation import add_note


class Asked(NamedTuple):
    """A blank and the very object that its key is, which a report, being plain data, does not hold."""

    question: str
    blank: Blank
    key: Any
    names: Mapping[str, Node]
    """The quantities of the question that have names."""


class Worker(Desk):
    """Works the questions that hang together: one question of a part, with its sub-questions."""

    def __init__(
        self,
        path: str,
        conventions: Mapping[str, str],
        overrides: Mapping[str, Any] | None = None,
        seconds: float = 0,
        begin: Callable[[int], None] = lambda line: None,
        *,
        keys_only: bool = False,
    ):
        super().__init__(path)
        self.keys_only = keys_only
        self.seconds = seconds
        self.begin = begin
        self.conventions = conventions
        self.overrides = overrides or {}
        self.reports: list[QuestionReport] = []
        self.asked: list[Asked] = []
        self.shown: set[Node] = set()
        self.written: dict[Node, Shown | None] = {}

    def work(self, question: Question, above: Sequence[Question] = ()) -> set[str]:
        """Work a question and everything below it; return the conventions that were asked for.

        The blocks of the headings ``above`` are run first.  Findings are noted, never raised.
        """
        with declared(self.conventions) as state:
            scope = Scope(self.path, overrides=self.overrides)
            for heading in above:
                with self._guarded(heading):
                    for block in heading.blocks("given", "working"):
                        self._run(block, scope)
            self._question(question, scope)
        return state.used

    def _question(self, question: Question, scope: Scope) -> None:
        report = QuestionReport(
            question.id,
            question.number,
            self.fill(Prose(question.line, question.title), scope, 0),
            question.level,
            question.line,
            question.points,
            question.leaf,
            streams=question.streams,
            shown_by=tuple(question.attrs.get("shown-by", "").split()),
            sheet=question.sheet,
            titles={
                language: self.fill(Prose(question.line, title), scope, 0)
                for language, title in question.titles.items()
            },
            above=question.above,
            optional=question.optional,
            choose=question.choose,
            negative=question.negative or Fraction(0),
        )
        self.reports.append(report)
        self.begin(question.line)
        with self._guarded(question):
            self._contents(question, scope, report)
        self._account_for_blanks(question, report)
        for child in question.children:
            self._question(child, scope)

    def _account_for_blanks(self, question: Question, report: QuestionReport) -> None:
        """Add the blanks that could not be worked, so that none is missing from the count."""
        for blank in question.blanks()[len([b for b in report.blanks if b.kind != "choice"]) :]:
            report.blanks.append(BlankReport(blank.expr, "unknown", blank.line, "", "", "", False, ()))

    def _contents(self, question: Question, scope: Scope, report: QuestionReport) -> None:
        """Work what stands directly under a heading: the text, then the working, then model answers."""
        blocks = question.blocks("given", "working")
        if self.keys_only:
            for block in blocks:
                run_block(block, scope, self.note)
            report.blanks = [self._key_only(blank, question, scope) for blank in question.blanks()]
            return
        working = [content for block in blocks for content in self._run(block, scope)]
        answers: list[Content] = []
        for item in question.items:
            if isinstance(item, Prose):
                report.contents.append(Text(self.fill(item, scope, len(report.blanks))))
                report.blanks += [self._blank(blank, question, scope) for blank in item.blanks()]
            elif isinstance(item, Choice):
                report.contents.append(work_choice(self, item, question, scope, report))
            elif item.kind == "answer":
                words = self.fill(Prose(item.line, item.text.strip()), scope, 0)
                answers.append(Answer(words, item.attrs.get("lang", "")))
            elif item.kind == "rubric":
                self._rubric(item, question, answers)
            elif item.kind == "text":
                words = self.fill(Prose(item.line, item.text.strip()), scope, 0)
                report.contents.append(Text(words, item.attrs.get("lang", "")))
            elif item.kind == "figure":
                report.contents += self._figure(item, scope)
            elif item.kind == "erratum":
                note = self.fill(Prose(item.line, item.text.strip()), scope, 0)
                add_note(report.notes, note, item.translated_to)
                if not item.translated_to:
                    self.remark(item.line, first_sentence(note))
        report.contents += working + answers
        for block in question.blocks("published"):
            compare_published(self, block, scope, report)
        self._complete(question)

    @contextmanager
    def _guarded(self, question: Question) -> Iterator[None]:
        """Note what goes wrong inside, so that it does not hide what is found in other questions."""
        try:
            with limited(self.seconds):
                yield
        except OutOfTime as error:
            frames = traceback.extract_tb(error.__traceback__)
            lines = [f.lineno for f in frames if f.filename == self.path and f.lineno is not None]
            self.error(
                lines[-1] if lines else question.line,
                f"the question took longer than {self.seconds:g} s and was stopped",
                help="look for a loop that does not end, or raise --timeout",
            )
        except Exception as error:
            self.error(
                question.line,
                f"Tripos failed on this question: {error!r}",
                help="please report this, with the paper",
            )

    # -- blocks --

    def _run(self, block: Block, scope: Scope) -> list[Content]:
        """Run a block; return its sentences and lines, or none after noting why it failed."""
        before = set(scope.names)
        try:
            events = run_block(block, scope, self.note)
        except Fault as fault:
            self.note(fault.diagnostic)
            for name in read_code(block.text, block.line).binds:
                if name not in before and name not in scope.names:
                    scope.broken[name] = fault.diagnostic.line
            return []
        contents: list[Content] = []
        for event in events:
            if isinstance(event, Sentence):
                words = self.fill(Prose(event.line, event.text), scope, 0)
                contents.append(Said(words, event.language))
            else:
                contents += self._lines(event)
        return contents

    def _lines(self, event: Line) -> Iterator[Content]:
        """Yield the lines of working that lead to a node, without those that were shown before."""
        for node in lines(event.node):
            if node not in self.shown and (line := self._line(node)) is not None:
                yield line
            self.shown.add(node)
        why = self.values.why.get(event.node)
        if why is not None and not free_symbols(event.node):
            self.error(event.line, str(why))

    def _line(self, node: Node) -> Shown | None:
        if node not in self.written:
            line = None if node.op.name == "symbol" else step(node, self.values)
            self.written[node] = Shown(line.symbol, line.stages) if line and line.stages else None
        return self.written[node]

    def _derivation(self, key: Node) -> tuple[Shown, ...]:
        """Return every line of working that a key rests on."""
        return tuple(line for node in lines(key) if (line := self._line(node)) is not None)

    def _rubric(self, block: Block, question: Question, answers: list[Content]) -> None:
        """Add a rubric to the answers, or a translation to the rubric that stands last among them."""
        if not block.translated_to:
            answers.append(read_rubric(self, block, question))
        elif answers and isinstance(before := answers[-1], Rubric):
            answers[-1] = with_translation(self, before, block)

    def _figure(self, block: Block, scope: Scope) -> list[Content]:
        """Return what a figure block draws, or nothing after noting why it cannot."""
        from .figures import draw  # it evaluates curves, which few papers need

        try:
            drawing = draw(block.text, block.line, scope)
        except Fault as fault:
            self.note(fault.diagnostic)
        except GraphError as error:
            self.error(block.line, str(error))
        else:
            words = {k: self.plain(text, block.line - 1, scope) for k, text in block.attrs.items()}
            texts = {key: text for key, text in words.items() if key in block.languages}
            return [Figure(drawing, words.get("alt", drawing.alternative), texts)]
        return []

    # -- blanks --

    def _blank(self, blank: Blank, question: Question, scope: Scope) -> BlankReport:
        check_option_names(self, blank)
        points = self.option_number(blank, "points")
        places = self.option_number(blank, "decimals")
        empty = BlankReport(blank.expr, "unknown", blank.line, "", "", "", False, (), points)
        if not blank.expr:
            self.error(
                blank.line,
                "a blank says what should stand there",
                found="[[ ]]",
                expected="[[z_out]]",
            )
            return empty
        key = self.evaluate_key(blank.expr, blank.line, scope)
        if key is None:
            return empty
        self.asked.append(Asked(question.id, blank, key, _nodes(scope)))
        kind_name(self, blank, key)
        if not isinstance(key, Node):
            return self._prove(blank, key, places, points)
        data = origin(key)
        unworked = data.name in scope.givens or blank.expr not in scope.lines
        if data.op.name == "constant" and unworked and not scope.broken:
            self.warn(
                blank.line,
                f"the blank [[{blank.expr}]] has no working",
                help="compute its key in a working block",
            )
        return self._prove(blank, key, places, points)

    def _key_only(self, blank: Blank, question: Question, scope: Scope) -> BlankReport:
        found = evaluate(blank.expr, blank.line, scope)
        key: Key = found if isinstance(found, DATA) else lift(found)
        self.asked.append(Asked(question.id, blank, key, _nodes(scope)))
        return self._reported(blank, key, Proof(True), None, None)

    def option_number(self, blank: Blank, option: str) -> int | None:
        """Return an option of a blank as a whole number, None where it is not given or is none."""
        text = blank.options.get(option)
        if text is None:
            return None
        return int(text) if re.fullmatch(r"\d{1,3}", text) else None

    def _prove(self, blank: Blank, key: Key, places: int | None, points: int | None) -> BlankReport:
        proof = prove_key(key, self.values)
        reasons = [str(self.values.why[node]) for node in nodes_of(key) if node in self.values.why]
        told = any(found.message in reasons for found in self.diagnostics)
        if not proof.holds and not told:
            self.error(
                blank.line,
                f"the key of [[{blank.expr}]] is refused",
                found=proof.trouble,
                expected="two independent evaluations that agree",
            )
        report = self._reported(blank, key, proof, places, points)
        working = (line for node in nodes_of(key) for line in self._derivation(node))
        return replace(report, working=tuple(dict.fromkeys(working)))

    def _reported(
        self, blank: Blank, key: Key, proof: Proof, places: int | None, points: int | None
    ) -> BlankReport:
        """Return a blank with its key as text, LaTeX and decimals."""
        value = self.values[key] if isinstance(key, Node) else None
        decimal = ""
        if not isinstance(key, Node):
            piece = kind_of(key).show(key)
        elif value is None or has_unknowns(value):
            stages = step(key, self.values).stages
            piece = stages[-1][1] if stages else write(key)
        else:
            piece = show(key, value)
            rounded = decimal_piece(value, places) if origin(key).op.show is None else None
            decimal = rounded.text if rounded else ""
        return BlankReport(
            blank.expr,
            kind_of(key).name,
            blank.line,
            piece.text,
            piece.latex,
            decimal,
            proof.proven,
            proof.how,
            points,
        )

    # -- what is missing --

    def _complete(self, question: Question) -> None:
        if question.sheet and (question.blanks() or question.choices() or question.blocks("rubric")):
            self.error(
                question.line,
                "a sheet asks nothing",
                found="a blank, options or a rubric",
                help="insert values with {{...}}, or leave out sheet",
            )
        if not question.leaf:
            return
        open_text = question.blocks("rubric")
        if not (question.blanks() or question.choices() or open_text):
            self.warn(
                question.line,
                "the question asks for nothing that can be marked",
                help="add a blank [[...]], options - [ ] or a rubric block",
            )
        if question.choices() and len(question.choices()) > 1:
            self.error(
                question.choices()[1].line,
                "a question has one list of options",
                help="split the question",
            )
        of_blanks = [self.option_number(b, "points") for b in question.blanks()]
        if any(p is not None for p in of_blanks) and sum(p or 0 for p in of_blanks) != question.points:
            self.error(
                question.line,
                "the points of the blanks do not add up to the question",
                found=str(sum(p or 0 for p in of_blanks)),
                expected=str(question.points),
            )


def _nodes(scope: Scope) -> dict[str, Node]:
    return {name: value for name, value in scope.names.items() if isinstance(value, Node)}
