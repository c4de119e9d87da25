"""A list of options, ``- [ ]`` and ``- [x]``, to a choice."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from markdown_it.token import Token

from .attributes import Complain, split_attributes
from .headings import check_shown_by
from .model import Choice, Option

_CHECKBOX = re.compile(r"\[( |x|X)\]\s+")


def is_option(token: Token) -> bool:
    """Say whether a piece of text begins like an option."""
    return token.type == "inline" and _CHECKBOX.match(token.content) is not None


def read_choice(start: int, block: list[Token], languages: Sequence[str], complain: Complain) -> Choice:
    """Return the choice that a list is; ``start`` is the line before it, ``languages`` those of the paper."""
    options = []
    for open_at, close_at in _spans(block, "list_item_open", "list_item_close", level=1):
        inner = [t for t in block[open_at:close_at] if t.type == "inline"]
        line = (block[open_at].map or [start])[0] + 1
        if not inner or not (box := _CHECKBOX.match(inner[0].content)):
            found = inner[0].content if inner else "nothing"
            complain(line, "an option begins with [ ] or [x]", found=found)
            continue
        text, attrs = split_attributes(inner[0].content[box.end() :], line, complain)
        for key in attrs:
            if key not in ("holds", "shown-by", *languages):
                complain(line, f"an option has no attribute {key!r}", help="did you mean 'holds'?")
        check_shown_by(attrs, line, complain)
        texts = _translations(attrs, languages)
        reason, reasons = "\n\n".join(t.content for t in inner[1:]), dict[str, str]()
        if reason and languages:
            reason, of_reason = split_attributes(reason, line, complain)
            reasons = _translations(of_reason, languages)
            for key in of_reason.keys() - reasons.keys():
                complain(
                    line, f"the reason of an option has no attribute {key!r}", help="put it after the option"
                )
        options.append(Option(line, box[1] != " ", text, reason, attrs, texts, reasons))
    return Choice(start + 1, tuple(options))


def _translations(attrs: dict[str, str], languages: Sequence[str]) -> dict[str, str]:
    return {key: attrs[key] for key in languages if key in attrs}


def _spans(tokens: list[Token], opening: str, closing: str, level: int) -> Iterator[tuple[int, int]]:
    begun = 0
    for i, token in enumerate(tokens):
        if token.type == opening and token.level == level:
            begun = i
        elif token.type == closing and token.level == level:
            yield begun, i
