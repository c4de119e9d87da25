"""A paper in several languages: what is printed for one of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from .report import Content, Report, Text


def in_language(report: Report, language: str | None = None) -> Report:
    """Return a report in one of its languages, the paper's own unless told otherwise.

    Where a translation is missing, the text in the paper's own language stands.
    """
    if not report.languages:
        return report
    own = report.languages[0]
    wanted = language if language in report.languages else own
    questions = [
        replace(
            question,
            title=question.titles.get(wanted, question.title),
            contents=list(_chosen(question.contents, wanted, own)),
        )
        for question in report.questions
    ]
    preface = list(_chosen(report.preface, wanted, own))
    return replace(report, questions=questions, preface=preface, meta={**report.meta, "language": wanted})


def _chosen(contents: Iterable[Content], wanted: str, own: str) -> Iterator[Content]:
    """Yield contents; of texts that follow each other, one for each language, only one."""
    group: dict[str, Text] = {}
    for content in [*contents, None]:
        language = content.language if isinstance(content, Text) else ""
        if group and (not language or language in group):
            yield group.get(wanted) or group.get(own) or next(iter(group.values()))
            group = {}
        if isinstance(content, Text) and language:
            group[language] = content
        elif content is not None:
            yield content
