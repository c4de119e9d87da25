r"""Names as people spell them: ``h1``, ``h_1``, ``h_{1}``, ``h₁`` and ``\mathbf h_1`` are one name.

A name has four parts: a base with its accent, a subscript, a superscript, and primes.  A base is a Latin
letter, a word, or the word for a Greek letter; the accent follows after a tilde, as in ``y~hat``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from ...graph.notation import LETTERS
from .tokens import ACCENTS, GREEK, STYLES, Tokens, Unread, tokens_of

Parts = tuple[str, str, str, int]
"""Base, subscript, superscript, and the number of primes."""

SHORT = {"lam": "lambda", "eps": "epsilon", "lamda": "lambda"}
"""Short words for Greek letters."""

_ACCENTED = re.compile(r"(?P<base>[A-Za-z]|" + "|".join(LETTERS) + r")_?(?P<mark>hat|bar|tilde|dot)")


@lru_cache(maxsize=4096)
def parts_of(name: str) -> Parts:
    """Return the parts of a name as a question declares it."""
    try:
        tokens = tokens_of(name)
    except Unread:
        return name, "", "", 0
    base, sub, sup, primes, mark, at = "", "", "", 0, "", 0
    kinds, words = tokens.kinds, tokens.words
    while kinds[at]:
        kind, word = kinds[at], words[at]
        if kind == "s":
            mark = ACCENTS.get(word, mark)
            at += 1
        elif word in ("_", "^") and kind == "o":
            text, at = raw(tokens, at + 1)
            if word == "_":
                sub += text
            elif text and not text.strip("'"):
                primes += len(text)
            else:
                sup += text
        elif word in ("'", "''"):
            primes += len(word)
            at += 1
        elif kind == "n" and base:
            sub += word
            at += 1
        elif kind in "wt" and not sub and not sup:
            base += bare(word)
            at += 1
        elif word in "{}()[],":
            at += 1
        else:
            sub += word
            at += 1
    return (*accented(base, mark, sub), sup, primes)


def accented(base: str, mark: str, sub: str) -> tuple[str, str]:
    """Return base and subscript of a name, its accent found also in ``y_hat`` and ``yhat``."""
    base = SHORT.get(base, base)
    if mark:
        return f"{base}~{mark}", sub
    if found := _ACCENTED.fullmatch(base):
        return f"{found['base']}~{found['mark']}", sub
    for word in ("hat", "bar", "tilde"):
        if sub.startswith(word):
            return f"{base}~{word}", sub[len(word) :]
    return base, sub


def bare(word: str) -> str:
    """Return a word or a command as part of a name."""
    word = word.removeprefix("\\")
    return SHORT.get(word, word)


def raw(tokens: Tokens, at: int) -> tuple[str, int]:
    """Return one sub- or superscript as text without spaces, commas and brackets, and the place after it."""
    kinds, words = tokens.kinds, tokens.words
    while kinds[at] == "s":
        at += 1
    if words[at] not in ("{", "(", "["):
        return (bare(words[at]), at + 1) if kinds[at] else ("", at)
    depth, text = 0, ""
    while kinds[at]:
        word = words[at]
        if word in ("{", "(", "["):
            depth += 1
        elif word in ("}", ")", "]"):
            depth -= 1
            if not depth:
                return text, at + 1
        elif kinds[at] != "s" and word not in (",", "_"):
            text += bare(word)
        at += 1
    return text, at


def canonical(name: str) -> str:
    """Return the one spelling of a name: ``h1``, ``h_1`` and ``h_{1}`` are ``h_1``."""
    base, sub, sup, primes = parts_of(name)
    return base + (f"_{sub}" if sub else "") + (f"^({sup})" if sup else "") + "'" * primes


def squeezed(text: str) -> str:
    """Return what stands left of an equals sign without spaces, styles and braces."""
    text = re.sub(
        r"\\[dt]?frac\s*\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}\s*\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}", r"\1/\2", text
    )
    text = "".join("\\" + GREEK[c] if c in GREEK else c for c in text.replace("∂", r"\partial"))
    text = re.sub(rf"\\(?:{'|'.join(sorted(STYLES))}|text|left|right)(?![A-Za-z])|\\[,;:! ]", "", text)
    return re.sub(r"[\s{}\\$_]", "", text)


class Names:
    """The names of a question, found by their parts.

    ``spelt`` holds for each set of parts the name as it was declared; ``simple`` those without sub- or
    superscript by their base alone; ``begun`` the parts of which more may follow to make a declared name.
    """

    __slots__ = ("begun", "loose", "simple", "spelt", "split")

    def __init__(self, declared: Iterable[str]):
        self.spelt: dict[Parts, str] = {}
        self.begun: set[Parts] = set()
        loose: dict[str, str | None] = {}
        for name in declared:
            parts = parts_of(name)
            self.spelt[parts] = name
            base, sub, sup, primes = parts
            self.begun |= {(base, "", "", 0), (base, sub, "", 0), (base, "", sup, 0), (base, sub, sup, 0)}
            if not sup and not primes:  # which tell one quantity from another
                squashed = base.replace("~", "") + sub
                loose[squashed] = None if squashed in loose else name
        self.simple = {base: name for (base, *rest), name in self.spelt.items() if not any(rest)}
        self.loose = {key: name for key, name in loose.items() if name is not None}
        self.split: dict[str, tuple[tuple[str, str], ...]] = {}
