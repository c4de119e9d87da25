"""Equations in answers: the name of what is asked in front, and chains such as ``a = b = c``."""

from __future__ import annotations

import re

LONGEST_NAME = 120
"""Longest name, in characters, of what is asked."""

# Groups are atomic, (?>...): what one has taken is not tried otherwise, or strange texts would take for ever.
_GROUP = r"(?>\{(?:[^{}=]|\{[^{}=]*\})*\})"
_SCRIPTS = (
    rf"(?>(?:\s*[_^]\s*(?:{_GROUP}|\\[A-Za-z]+\s*{_GROUP}|\([^()=]*\)|\\?[^\W_]+|[*+])|\s*\\prime|['′*])*)"
)
_ACCENT = (
    r"\\(?:hat|tilde|bar|vec|dot|widehat|widetilde|overline|mathbf|mathrm|mathcal|mathbb|mathsf|boldsymbol|bm"
    r"|operatorname|text)"
)
_INSIDE = r"(?>(?:[^()=]|\([^()=]*\))*)"
_NO_NAME = r"(?!\\(?:[dt]?frac|partial|cdot|times|nabla)(?![A-Za-z]))"
_NAME = (
    rf"(?>{_NO_NAME}(?:{_ACCENT}\s*)?(?:{_GROUP}|\\?[^\W\d_][^\W_]*(?:_[^\W_]+)*){_SCRIPTS}"
    rf"(?:\s*\({_INSIDE}\)|\s*\[[^\[\]=]*\]|\s*\\\{{[^{{}}=]*\\\}})?)"
)
_D = r"(?:∂|\\partial(?![A-Za-z])|\\mathrm\s*\{\s*d\s*\}|\\mathrm\s+d|\\delta(?![A-Za-z])|δ|d)"
_ABOVE = rf"(?>{_D}\s*(?:{_NAME}|\({_INSIDE}\))?)"
_DERIVATIVE = (
    rf"(?>\\[dt]?frac\s*\{{\s*{_ABOVE}\s*\}}\s*\{{\s*{_ABOVE}\s*\}}(?:\s*{_NAME})?"
    rf"|{_ABOVE}\s*/\s*{_ABOVE}"
    rf"|(?:\\nabla(?![A-Za-z])|∇){_SCRIPTS}\s*{_NAME}"
    rf"|(?:∂|\\partial)_{_GROUP}\s*{_NAME}|(?:∂|\\partial)_\\?[^\W\d_]+\s*{_NAME})"
)
_DERIVATIVES = re.compile(rf"{_DERIVATIVE}(?:\s*(?:·|\*|\\cdot|\\times|×)?\s*{_DERIVATIVE})*")
_OPERATOR = re.compile(
    rf"(?:\\[dt]?frac\s*\{{\s*{_D}\s*\}}\s*\{{\s*{_D}\s*{_NAME}\s*\}}|{_D}\s*/\s*{_D}\s*\w+)(?=[\s\\(\[])"
)
_LABEL = re.compile(rf"{_NAME}|{_DERIVATIVES.pattern}")
_SIGN = re.compile(
    r"(?<![<>=!:])=(?!=)|:=|==|≈|≃|\\approx(?![A-Za-z])|←|\\(?:leftarrow|gets|coloneqq)(?![A-Za-z])"
)
_MARKS = re.compile(r"\\[A-Za-z]+|\\.|<=|>=|!=|:=|==|[=(){}\[\]]|\b(?:if|for|when|where)\b")
_OPEN, _CLOSE = frozenset("([{") | {r"\begin", r"\{"}, frozenset(")]}") | {r"\end", r"\}"}


def unlabelled(text: str) -> str:
    """Return an answer without what is asked in front: ``name =``, ``dL/da =``, ``θ ←``."""
    sign = _SIGN.search(text, 0, LONGEST_NAME + 10)
    if sign is not None and text[sign.end() :].strip():
        name = text[: sign.start()].strip()
        if name[:1] == name[-1:] == "|":
            name = name[1:-1].strip()
        if not name or (len(name) <= LONGEST_NAME and _LABEL.fullmatch(name)):
            return text[sign.end() :].strip()
    return text


def is_derivative(text: str) -> bool:
    r"""Say whether a text is a derivative that is not worked out, or a product of such.

    That is, ``dL/df · df/da``, or ``\frac{d}{dx}`` with what it is the derivative of behind it.
    """
    text = text.strip()
    if _OPERATOR.match(text, 0, LONGEST_NAME):
        return True
    return len(text) <= LONGEST_NAME and _DERIVATIVES.fullmatch(text) is not None


def sides(text: str) -> list[str]:
    """Return the sides of a chain of equations; the text alone where it is none, or holds a condition."""
    if "=" not in text:
        return [text]
    found, start, depth = list[str](), 0, 0
    for mark in _MARKS.finditer(text):
        word = mark[0]
        if word in ("if", "for", "when", "where"):
            return [text]
        depth += (word in _OPEN) - (word in _CLOSE)
        if word in ("=", "==") and depth <= 0:
            found.append(text[start : mark.start()].strip())
            start = mark.end()
    found.append(text[start:].strip())
    return found if all(found) else [text]
