"""Attributes in braces after a title, an option or the name of a block: ``{#id .class key=value}``."""

from __future__ import annotations

import re
from typing import Any, Protocol

from mdit_py_plugins.attrs.parse import ParseError, parse

_HIDDEN, _SHOWN = str.maketrans("{}", "\ue000\ue001"), str.maketrans("\ue000\ue001", "{}")
_QUOTED = re.compile(r'"[^"]*"|=(\d+/\d+)(?=[\s}])')
_ATTRIBUTES = re.compile(r"""\s*(\{(?:[^{}"]|"[^"]*")*\})\s*$""")


class Complain(Protocol):
    """Notes a finding at a line of the paper."""

    def __call__(self, line: int, message: str, severity: Any = "error", **details: str) -> None:
        """Note it, with what was found, what was expected and what helps."""


def attributes(braces: str) -> dict[str, str]:
    """Return what stands in ``{#id .class key=value}``; raise ValueError where it cannot be read."""
    # The parser takes no braces between quotes, where mathematics has them, and no fraction without quotes.
    quoted = _QUOTED.sub(lambda m: f'="{m[1]}"' if m[1] else m[0].translate(_HIDDEN), braces)
    try:
        end, found = parse(quoted)
    except ParseError as error:
        raise ValueError(f"cannot read the attributes {braces}") from error
    if end != len(quoted) - 1:
        raise ValueError(f"cannot read the attributes {braces}")
    return {key: value.translate(_SHOWN) for key, value in found.items()}


def split_attributes(text: str, line: int, complain: Complain) -> tuple[str, dict[str, str]]:
    """Return a text without the attributes at its end, and these; what cannot be read is noted."""
    match = _ATTRIBUTES.search(text)
    if match is None or match[1] == "{}":
        return text, {}
    try:
        return text[: match.start()], attributes(match[1])
    except ValueError as error:
        expected = '{#id points=4}, {erratum="why"} or {holds="a"}, in double quotes'
        complain(line, str(error), expected=expected)
        return text[: match.start()], {}
