"""Formulas of deep learning as small trees, written in three notations and valued without Tripos.

The benchmark of markers builds its answers from these trees and decides with them which are right: nothing
here reads or compares with the code that is measured.  A tree is a tuple: its kind, then its parts.
"""

from __future__ import annotations

from typing import Any

Tree = tuple[Any, ...]

# -- writing --------------------------------------------------------------------------------------

LATEX, UNICODE, ASCII = "latex", "unicode", "ascii"
NOTATIONS = (LATEX, UNICODE, ASCII)
_GREEK = dict(
    zip(
        "alpha beta gamma delta epsilon eta theta lambda mu pi rho sigma tau".split(),
        "αβγδεηθλμπρστ",
        strict=True,
    )
)
_SUM, _SIGN, _PRODUCT, _POWER, _ATOM = 1, 2, 3, 4, 5


def write(tree: Tree, notation: str) -> str:
    """Return a formula as a person would type it in one of the notations."""
    return _write(tree, notation)[0]


def name_of(name: str, notation: str) -> str:
    """Return a name such as sigma_1 in a notation."""
    word, _, below = name.partition("_")
    if notation == LATEX:
        return ("\\" + word if word in _GREEK else word) + (f"_{{{below}}}" if below else "")
    return (_GREEK.get(word, word) if notation == UNICODE else word) + (f"_{below}" if below else "")


def _in(tree: Tree, notation: str, least: int) -> str:
    text, prec = _write(tree, notation)
    if prec >= least:
        return text
    return rf"\left({text}\right)" if notation == LATEX else f"({text})"


def _write(tree: Tree, notation: str) -> tuple[str, int]:
    kind, *parts = tree
    tex = notation == LATEX
    if kind == "name":
        return name_of(parts[0], notation), _ATOM
    if kind == "number":
        return parts[0], _ATOM
    if kind == "neg":
        return "-" + _in(parts[0], notation, _PRODUCT), _SIGN
    if kind in ("add", "sub"):
        sign = "+" if kind == "add" else "-"
        left, right = _in(parts[0], notation, _SUM), _in(parts[1], notation, _PRODUCT)
        return f"{left} {sign} {right}" if notation == ASCII else f"{left}{sign}{right}", _SUM
    if kind == "mul":
        left, right = _in(parts[0], notation, _PRODUCT), _in(parts[1], notation, _POWER)
        times = {LATEX: r"\,", UNICODE: " ", ASCII: " * "}[notation]
        if right[0].isdigit():
            times = {LATEX: r"\cdot ", UNICODE: "·", ASCII: " * "}[notation]
        return f"{left}{times}{right}", _PRODUCT
    if kind == "had":
        sign = {LATEX: r"\odot ", UNICODE: " ⊙ ", ASCII: " .* "}[notation]
        return _in(parts[0], notation, _POWER) + sign + _in(parts[1], notation, _POWER), _PRODUCT
    if kind == "div":
        if tex:
            return rf"\frac{{{write(parts[0], LATEX)}}}{{{write(parts[1], LATEX)}}}", _ATOM
        return f"{_in(parts[0], notation, _PRODUCT)}/{_in(parts[1], notation, _ATOM)}", _PRODUCT
    if kind == "power":
        base = _in(parts[0], notation, _ATOM)
        if tex:
            return f"{base}^{{{write(parts[1], LATEX)}}}", _POWER
        if notation == UNICODE and parts[1] in (("number", "2"), ("number", "3")):
            return base + ("²" if parts[1][1] == "2" else "³"), _POWER
        return f"{base}^{_in(parts[1], notation, _ATOM)}", _POWER
    if kind == "transpose":
        return _in(parts[0], notation, _ATOM) + {LATEX: r"^\top", UNICODE: "ᵀ", ASCII: "^T"}[notation], _POWER
    if kind == "entry":
        below = "".join(parts[1:])
        return f"{parts[0]}_{{{below}}}" if tex or len(below) > 1 else f"{parts[0]}_{below}", _ATOM
    if kind == "delta":
        return (
            r"\delta" if tex else "δ" if notation == UNICODE else "delta"
        ) + f"_{{{''.join(parts)}}}", _ATOM
    if kind == "total":
        index, size, body = parts
        if tex:
            return rf"\sum_{{{index}=1}}^{{{size}}} {_in(body, notation, _PRODUCT)}", _PRODUCT
        if notation == UNICODE:
            return f"∑_{{{index}=1}}^{size} {_in(body, notation, _PRODUCT)}", _PRODUCT
        return f"sum_({index}=1)^{size} {_in(body, notation, _PRODUCT)}", _PRODUCT
    return _write_call(parts, notation)


def _write_call(parts: list[Any], notation: str) -> tuple[str, int]:
    name, *args = parts
    inner = [write(arg, notation) for arg in args]
    tex = notation == LATEX
    if name == "exp" and notation != ASCII:
        return (f"e^{{{inner[0]}}}" if tex else f"e^({inner[0]})"), _POWER
    if name == "sqrt":
        return (
            rf"\sqrt{{{inner[0]}}}"
            if tex
            else f"√({inner[0]})"
            if notation == UNICODE
            else f"sqrt({inner[0]})"
        ), _ATOM
    if name == "floor" and notation != ASCII:
        return (rf"\left\lfloor {inner[0]}\right\rfloor" if tex else f"⌊{inner[0]}⌋"), _ATOM
    if name == "abs" and notation != ASCII:
        return (rf"\left|{inner[0]}\right|" if tex else f"|{inner[0]}|"), _ATOM
    if name == "norm2":
        return {LATEX: rf"\|{inner[0]}\|^2", UNICODE: f"‖{inner[0]}‖²", ASCII: f"norm({inner[0]})^2"}[
            notation
        ], _POWER
    if name == "trace":
        return (rf"\operatorname{{tr}}({inner[0]})" if tex else f"tr({inner[0]})"), _ATOM
    if name == "identity":
        return "I", _ATOM
    word = {
        "sigmoid": "σ" if notation == UNICODE else "sigma",
        "relu": "ReLU" if notation != ASCII else "relu",
    }.get(name, name)
    if tex:
        known = ("log", "ln", "tanh", "max", "min", "sigma")
        word = "\\" + word if word in known else rf"\operatorname{{{word}}}"
        return rf"{word}\left({', '.join(inner)}\right)", _ATOM
    return f"{word}({', '.join(inner)})", _ATOM
