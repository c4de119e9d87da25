"""A heading of a paper and the attributes in braces after its title."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from fractions import Fraction

from .attributes import Complain, split_attributes
from .diagnostic import nearest
from .model import Paper, Question
from .policy import SHARE, read_share

ATTRIBUTES = (
    "id", "points", "answer", "accept", "stream", "sheet", "optional", "choose", "negative", "shown-by",
)  # fmt: skip
"""What a heading may carry, beside its title in other languages."""

_CLASSES = ("sheet", "optional")
"""Attributes that are written as a class: ``.sheet`` means ``sheet=yes``."""


def read_heading(
    text: str, level: int, line: int, above: Question | None, paper: Paper, complain: Complain
) -> Question:
    """Return the heading that a text is, below ``above``; what is wrong with it is noted and left out."""
    title, attrs = split_attributes(text, line, complain)
    known = [*ATTRIBUTES, *paper.languages]
    for name in attrs.get("class", "").split():
        if name in _CLASSES:
            attrs[name] = "yes"
        else:
            help = nearest(name, list(_CLASSES))
            complain(line, f"a heading has no class {name!r}", expected=".sheet or .optional", help=help)
    attrs.pop("class", None)
    for key in attrs:
        if key not in known:
            complain(line, f"a heading has no attribute {key!r}", help=nearest(key, known))
    for words in (title, *(attrs.get(language, "") for language in paper.languages)):
        if "[[" in words:
            complain(line, "a blank cannot stand in a heading", found=words, help="put it into the text")
    question = Question(attrs.get("id", ""), title, level, line, attrs)
    question.points = _whole(attrs, "points", line, complain)
    question.streams = _streams(attrs.get("stream"), paper.streams, above, line, complain)
    question.sheet = _switch(attrs, "sheet", line, complain) or (above is not None and above.sheet)
    question.optional = _switch(attrs, "optional", line, complain)
    question.choose = _whole(attrs, "choose", line, complain)
    question.negative = _negative(attrs, line, complain)
    if question.negative is None:
        question.negative = above.negative if above else paper.policy.negative
    if question.sheet and question.points:
        complain(line, "a sheet carries no points", found=f"{question.points} points")
    question.titles = {key: attrs[key] for key in paper.languages if key in attrs}
    check_shown_by(attrs, line, complain)
    return question


def check_shown_by(attrs: Mapping[str, str], line: int, complain: Complain) -> None:
    """Check the form of the names of the experiments that are to show a claim."""
    names = attrs.get("shown-by")
    if names is not None and not re.fullmatch(r"[A-Za-z0-9][\w-]*( +[A-Za-z0-9][\w-]*)*", names):
        complain(
            line,
            "shown-by names no experiment",
            found=repr(names),
            expected='letters, digits and hyphens, such as shown-by="dead-units"',
        )


def _whole(attrs: Mapping[str, str], key: str, line: int, complain: Complain) -> int | None:
    text = attrs.get(key)
    if text is None:
        return None
    if not re.fullmatch(r"\d{1,4}", text):
        complain(line, f"{key} must be a whole number", found=repr(text))
        return None
    return int(text)


def _switch(attrs: Mapping[str, str], key: str, line: int, complain: Complain) -> bool:
    text = attrs.get(key)
    if text not in (None, "yes", "no"):
        complain(line, f"{key} must be yes or no", found=repr(text), expected=f"{{.{key}}} or {{{key}=yes}}")
    return text == "yes"


def _negative(attrs: Mapping[str, str], line: int, complain: Complain) -> Fraction | None:
    """Return which share of its points a wrong choice costs, None where the heading does not say."""
    text = attrs.get("negative")
    if text is None:
        return None
    share = read_share(text)
    if share is None:
        complain(line, "negative must be a share of the points", found=repr(text), expected=SHARE)
    return share


def _streams(
    text: str | None, known: Collection[str], above: Question | None, line: int, complain: Complain
) -> tuple[str, ...]:
    """Return the streams that a heading is for: those it names, or those of the heading above."""
    inherited = above.streams if above else ()
    if text is None:
        return inherited
    found = []
    for name in text.split():
        if not known:
            complain(
                line,
                f"no stream is called {name!r}",
                found="a front matter without streams",
                help="add to the front matter: streams: {M1: 25, M2: 35}, names and their points",
            )
        elif name not in known:
            complain(line, f"no stream is called {name!r}", help=nearest(name, list(known)))
        elif inherited and name not in inherited:
            only = f"it is for {' and '.join(inherited)} only"
            complain(line, f"the heading above is not for {name}", found=only)
        else:
            found.append(name)
    if not text.split():
        complain(line, "stream names no stream", expected='stream=M2 or stream="M1 M2"')
    return tuple(name for name in known if name in found) or inherited
