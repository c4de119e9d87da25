"""A paper in several languages: what is printed for one of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from .report import (
    Answer,
    Content,
    Erratum,
    Figure,
    Note,
    OptionReport,
    Options,
    QuestionReport,
    Report,
    Rubric,
    Said,
    Text,
)

Words = Text | Said | Answer
"""What may stand once for each language."""


def in_language(report: Report, language: str | None = None) -> Report:
    """Return a report in one of its languages, the paper's own unless told otherwise.

    Where a translation is missing, the text in the paper's own language stands.
    """
    if not report.languages:
        return report
    own = report.languages[0]
    wanted = language if language in report.languages else own
    questions = [_question(question, wanted, own) for question in report.questions]
    preface = list(_chosen(report.preface, wanted, own))
    notes = [_note(note, wanted) for note in report.notes]
    meta = {**report.meta, **report.words.get(wanted, {}), "language": wanted}
    title = str(meta.get("title", report.title))
    return replace(report, title=title, questions=questions, preface=preface, notes=notes, meta=meta)


def add_note(notes: list[Note], text: str, language: str = "") -> None:
    """Add a note on the source; in another ``language`` than the paper's own it translates the one before."""
    if not language:
        notes.append(Note(text))
    elif notes:
        notes[-1] = replace(notes[-1], texts={**notes[-1].texts, language: text})


def _question(question: QuestionReport, wanted: str, own: str) -> QuestionReport:
    return replace(
        question,
        title=question.titles.get(wanted, question.title),
        contents=list(_chosen(question.contents, wanted, own)),
        errata=[_erratum(erratum, wanted) for erratum in question.errata],
        notes=[_note(note, wanted) for note in question.notes],
    )


def _erratum(erratum: Erratum, wanted: str) -> Erratum:
    return replace(erratum, reason=erratum.reasons.get(wanted, erratum.reason))


def _note(note: Note, wanted: str) -> Note:
    return replace(note, text=note.texts.get(wanted, note.text))


def _chosen(contents: Iterable[Content], wanted: str, own: str) -> Iterator[Content]:
    """Yield contents; of words that follow each other, one for each language, only one."""
    group: dict[str, Words] = {}
    for content in [*contents, None]:
        language = _language(content, own)
        if group and (language in ("", *group) or not isinstance(content, type(next(iter(group.values()))))):
            yield group.get(wanted) or group.get(own) or next(iter(group.values()))
            group = {}
        if isinstance(content, Words) and language:
            group[language] = content
        elif isinstance(content, Options):
            yield Options(tuple(_option(option, wanted) for option in content.options))
        elif isinstance(content, Figure):
            yield replace(content, alternative=content.texts.get(wanted, content.alternative))
        elif isinstance(content, Rubric):
            yield replace(content, rows=content.texts.get(wanted, content.rows))
        elif content is not None:
            yield content


def _language(content: Content | None, own: str) -> str:
    """Return the language of words that stand for one, nothing for what stands for all."""
    if isinstance(content, Text):
        return content.language
    return content.language or own if isinstance(content, Said | Answer) else ""


def _option(option: OptionReport, wanted: str) -> OptionReport:
    text, reason = option.texts.get(wanted, option.text), option.reasons.get(wanted, option.reason)
    return replace(option, text=text, reason=reason)
