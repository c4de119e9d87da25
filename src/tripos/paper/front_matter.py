"""The front matter of a paper: YAML, checked key by key."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import yaml

from ..graph.conventions import CONVENTIONS
from .attributes import Complain
from .diagnostic import nearest
from .numbering import Pattern, read_pattern
from .policy import Policy, read_policy

META = (
    "title",
    "course",
    "date",
    "minutes",
    "points",
    "version",
    "language",
    "languages",
    "aids",
    "streams",
    "numbering",
    "conventions",
    "marking",
)


TRANSLATED = ("title", "course", "aids")
"""What the front matter may say in several languages."""


class FrontMatter(NamedTuple):
    """What the front matter says: every key, how to mark, streams and their points, languages, numbers."""

    meta: dict[str, Any]
    policy: Policy
    streams: dict[str, int]
    languages: tuple[str, ...]
    numbering: Pattern | None
    words: dict[str, dict[str, Any]]
    """Of each other language, by key, what is said in it."""


def read_front_matter(content: str, lines: Sequence[str], complain: Complain) -> FrontMatter:
    """Return what the front matter says; what is wrong with it is noted and left out.

    ``lines`` is the whole paper, in which the lines of keys are looked up.
    """
    nothing = FrontMatter({}, Policy(), {}, (), None, {})
    try:
        meta = yaml.safe_load(content) or {}
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 2 if mark else 1
        problem = getattr(error, "problem", None) or str(error)
        complain(
            line,
            "the front matter is not YAML",
            found=problem,
            expected="lines such as title: Deep learning",
            help="a value with a colon in it needs quotes",
        )
        return nothing
    if not isinstance(meta, dict):
        complain(2, "the front matter is not a list of keys and values", found=repr(meta)[:60])
        return nothing
    reader = _Reader(lines, complain)
    found = reader.read({str(key): value for key, value in meta.items()})
    if "title" not in found.meta:
        complain(
            1, "the front matter has no title", "warning", help="add a line such as title: Deep learning"
        )
    return found


class _Reader:
    def __init__(self, lines: Sequence[str], complain: Complain):
        self.lines = lines
        self.complain = complain

    def line(self, key: str) -> int:
        """Return the line of a key, 1 where it cannot be found."""
        for number, line in enumerate(self.lines, 1):
            if line.lstrip().startswith(f"{key}:"):
                return number
        return 1

    def marking_line(self, key: str) -> int:
        """Return the line of a key at or below ``marking:``."""
        start = self.line("marking")
        for number, line in enumerate(self.lines[start - 1 :], start):
            if line.lstrip(" '\"").startswith(key):
                return number
        return start

    def read(self, meta: dict[str, Any]) -> FrontMatter:
        policy = Policy()
        languages = self.languages(meta) if "languages" in meta else ()
        words = self.words(meta, languages)
        for key, value in list(meta.items()):
            line = self.line(key)
            if key not in META:
                self.complain(
                    line, f"unknown key {key!r} in the front matter", "warning", help=nearest(key, list(META))
                )
            elif key in ("points", "minutes") and not _is_count(value):
                self.complain(line, f"{key} must be a whole number", found=repr(value))
                meta[key] = None
            elif key == "aids" and not _is_text(value):
                self.complain(line, "aids must be a text or a list of texts", found=repr(value)[:60])
                meta[key] = None
            elif key == "conventions":
                meta[key] = self.conventions(value)
            elif key == "marking":
                policy = read_policy(
                    value,
                    lambda key, message, **details: self.complain(self.marking_line(key), message, **details),
                )
        streams = self.streams(meta["streams"]) if "streams" in meta else {}
        if streams:
            self.largest(meta, streams)
        numbering = self.numbering(meta["numbering"]) if "numbering" in meta else None
        return FrontMatter(meta, policy, streams, languages, numbering, words)

    def words(self, meta: dict[str, Any], languages: tuple[str, ...]) -> dict[str, dict[str, Any]]:
        """Return what is said in other languages; what is said in the paper's own is put in its place."""
        words: dict[str, dict[str, Any]] = {}
        for key in TRANSLATED:
            if not isinstance(value := meta.get(key), dict):
                continue
            said = {str(language): text for language, text in value.items()}
            unknown = [language for language in said if language not in languages]
            texts = all(isinstance(text, str) or (key == "aids" and _is_text(text)) for text in said.values())
            if unknown or not texts or not languages or languages[0] not in said:
                own = languages[0] if languages else str(meta.get("language", "en"))
                self.complain(
                    self.line(key),
                    f"{key} must be a text, or one for each language",
                    found=f"texts in {', '.join(map(repr, said)) or 'no language'}",
                    expected=f"one in {own!r}, and others in {', '.join(languages[1:]) or 'no other'}",
                    help="languages of the paper are named in the front matter: languages: [en, fr]",
                )
            meta[key] = next(iter(said.values()), "") if not languages else said.get(languages[0], "")
            for language in languages[1:]:
                if language in said:
                    words.setdefault(language, {})[key] = said[language]
        return words

    def numbering(self, value: Any) -> Pattern | None:
        """Return the pattern of the numbers of headings, None where it cannot be read."""
        found = repr(value)[:60]
        try:
            if isinstance(value, bool) or not isinstance(value, str | int | float):
                raise ValueError("it is no text")
            return read_pattern(str(value))
        except ValueError as error:
            self.complain(
                self.line("numbering"),
                f"numbering is no pattern: {error}",
                found=found,
                expected="one of I, i, 1, A, a for each level and signs between them: I.1.1, 1a or 1 (a)",
            )
            return None

    def conventions(self, value: Any) -> dict[str, str]:
        if not isinstance(value, dict):
            self.complain(self.line("conventions"), "conventions must be a mapping", found=repr(value)[:60])
            return {}
        good = {}
        for key, choice in value.items():
            convention = CONVENTIONS.get(str(key))
            line = self.line(str(key))
            if convention is None:
                self.complain(
                    line, f"no convention is called {key!r}", help=nearest(str(key), list(CONVENTIONS))
                )
            elif str(choice) not in convention.choices:
                choices = " or ".join(repr(c) for c in convention.choices)
                self.complain(line, f"the convention {key!r} has no choice {choice!r}", expected=choices)
            else:
                good[str(key)] = str(choice)
        return good

    def languages(self, meta: dict[str, Any]) -> tuple[str, ...]:
        """Return the languages of the paper, its own first; none where that cannot be read."""
        value, line = meta["languages"], self.line("languages")
        if not isinstance(value, list) or not all(re.fullmatch(r"[a-z]{2,3}", str(v)) for v in value):
            self.complain(
                line,
                "languages must be a list of codes",
                found=repr(value)[:60],
                expected="languages: [en, fr]",
                help="a code that YAML reads as yes or no needs quotes",
            )
            return ()
        own = str(meta.setdefault("language", value[0] if value else "en"))
        if own not in value:
            self.complain(line, f"the paper's own language {own!r} is not among its languages")
            return ()
        return (own, *dict.fromkeys(v for v in value if v != own))

    def streams(self, value: Any) -> dict[str, int]:
        """Return the points of each stream; what is no stream is noted and left out."""
        line = self.line("streams")
        if not isinstance(value, dict) or not value:
            self.complain(
                line,
                "streams must be a mapping of names to points",
                found=repr(value)[:60],
                expected="streams: {M1: 25, M2: 35}",
            )
            return {}
        good: dict[str, int] = {}
        for key, points in value.items():
            name = str(key)
            own = self.line(name) if self.line(name) > line else line
            if not re.fullmatch(r"[\w-]+", name):
                self.complain(
                    own, "the name of a stream is one word", found=repr(name), expected="a name such as M1"
                )
            elif not _is_count(points):
                self.complain(own, f"the points of stream {name} must be a whole number", found=repr(points))
            else:
                good[name] = points
        return good

    def largest(self, meta: dict[str, Any], streams: dict[str, int]) -> None:
        """Hold the points of the paper to the most that a stream can have; fill them in where left out."""
        most = max(streams.values())
        if meta.get("points") not in (None, most):
            self.complain(
                self.line("points"),
                "the points of the paper are not those of its largest stream",
                found=f"{meta['points']} points",
                expected=f"{most} points",
                help="leave points out, or correct one of them",
            )
        meta["points"] = most


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_text(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(v, str) for v in value))
