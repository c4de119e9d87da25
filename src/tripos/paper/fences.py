"""A fenced block of a paper: its kind, its attributes, and the languages of what stands in it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from markdown_it.token import Token

from .attributes import Complain, split_attributes
from .diagnostic import nearest
from .model import BLOCKS, Block, Item, Prose

ATTRIBUTES = {
    "published": ("erratum",),
    "figure": ("alt",),
    "text": ("lang",),
    "answer": ("lang",),
    "rubric": ("lang",),
    "erratum": ("lang",),
}
"""What blocks may carry."""

WORDED = {"published": "erratum", "figure": "alt"}
"""Blocks whose attributes may be the words of one in other languages, and which one."""

_COMMENT_IN = re.compile(r"\s*#\s*([a-z]{2,3}):")


def is_block(token: Token) -> bool:
    """Say whether a fence is a block of the paper; any other is prose."""
    word, _, rest = token.info.strip().partition(" ")
    return word in BLOCKS and (word != "text" or "lang=" in rest)


def check_name(token: Token, line: int, complain: Complain) -> None:
    """Note a fence whose name is nearly that of a block."""
    word = token.info.strip().partition(" ")[0]
    help = nearest(word, list(BLOCKS))
    if word not in BLOCKS and help.startswith("did you mean"):
        complain(line, f"no block is called {word!r}", "warning", help=help)


def read_block(token: Token, line: int, languages: Sequence[str], complain: Complain) -> Block:
    """Return the block that a fence is; ``line`` is that of its first fence, what is wrong is noted."""
    word, _, rest = token.info.strip().partition(" ")
    _, attrs = split_attributes(" " + rest, line, complain) if rest.strip() else ("", {})
    known = (*ATTRIBUTES.get(word, ()), *(languages if word in WORDED else ()))
    for key in attrs:
        if key not in known:
            complain(line, f"a {word} block has no attribute {key!r}")
    if word == "published" and "erratum" not in attrs and any(key in languages for key in attrs):
        help = 'write {erratum="why" fr="pourquoi"}'
        complain(line, "a published block has no erratum that could be translated", help=help)
    if "lang" in attrs and "lang" in ATTRIBUTES.get(word, ()):
        _check_language(line, word, attrs["lang"], languages, complain)
    if word == "text" and Prose(line + 1, token.content).blanks():
        help = "put it below, where it stands for all"
        complain(line, "a blank cannot stand in a text for one language", help=help)
    if word == "working":
        _check_translations(line + 1, token.content, languages, complain)
    return Block(word, line + 1, token.content, attrs, tuple(languages))


def _check_language(
    line: int, word: str, language: str, languages: Sequence[str], complain: Complain
) -> None:
    if not languages:
        complain(
            line,
            "the paper has one language",
            found=f"{'an' if word in ('answer', 'erratum') else 'a'} {word} in {language!r}",
            help=f"add to the front matter: languages: [en, {language}], with all that it has",
        )
    elif language not in languages:
        help = nearest(language, list(languages))
        complain(line, f"the paper has no language {language!r}", help=help)


def check_place(block: Block, before: Sequence[Item], complain: Complain) -> None:
    """Check that a translated rubric or erratum follows the one that it translates.

    ``before`` is what stands under the same heading before it.
    """
    if block.kind not in ("rubric", "erratum") or block.translated_to not in block.languages:
        return
    told = []
    for item in reversed(before):
        if not isinstance(item, Block) or item.kind != block.kind:
            break
        if not item.translated_to:
            if block.translated_to in told:
                message = f"the {block.kind} is translated into {block.translated_to!r} twice"
                complain(block.line - 1, message)
            return
        told.append(item.translated_to)
    complain(
        block.line - 1,
        f"a translation stands directly below the {block.kind} that it translates",
        expected=f"above it, the {block.kind} in {block.languages[0]!r}",
    )


def comment_language(comment: str, languages: Sequence[str]) -> str:
    """Return the language that a comment such as ``# fr: Redresser.`` names, if the paper has it."""
    match = _COMMENT_IN.match(comment)
    return match[1] if match and match[1] in languages else ""


def _check_translations(line: int, text: str, languages: Sequence[str], complain: Complain) -> None:
    """Check that each comment in another language stands below the one that it translates."""
    rows = text.splitlines()
    for i, row in enumerate(rows):
        language = comment_language(row, languages[1:])
        if language and not (i and rows[i - 1].lstrip().startswith("#")):
            complain(
                line + i,
                "a translation stands below the sentence that it translates",
                found=row.strip(),
                expected=f"a comment in {languages[0]!r} on the line above",
            )
