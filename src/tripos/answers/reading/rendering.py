"""What was understood, for the candidate to confirm: an ``Expr`` as LaTeX and as plain text.

Both are read back to the same meaning; brackets stand wherever a reader could doubt.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ...graph.notation import LETTERS
from .names import parts_of

Expr = tuple[Any, ...]

CONDITION, SUM, PRODUCT, CALL, POWER, ATOM = range(6)


class Shown(NamedTuple):
    """An expression written twice, and how tightly it binds."""

    text: str
    latex: str
    prec: int = ATOM


def plain(expr: Expr) -> str:
    """Return an expression as plain text."""
    return _bracketed(shown(expr)).text


def latex(expr: Expr) -> str:
    """Return an expression as LaTeX."""
    return _bracketed(shown(expr)).latex


def _bracketed(piece: Shown) -> Shown:
    """Return a condition in the brackets that make it 1 or 0."""
    return piece if piece.prec > CONDITION else Shown(f"[{piece.text}]", rf"\left[{piece.latex}\right]")


def shown(expr: Expr) -> Shown:
    """Return an expression as plain text and LaTeX."""
    tag = expr[0]
    if tag in ("add", "sub", "mul", "div"):
        return _chain(expr)
    return _RULES[tag](expr)


def _within(expr: Expr | Shown, prec: int) -> Shown:
    """Return an expression fit to stand where ``prec`` is wanted."""
    piece = expr if isinstance(expr, Shown) else shown(expr)
    if piece.prec >= prec:
        return piece
    return Shown(f"({piece.text})", rf"\left({piece.latex}\right)")


# -- chains of operators: long sums are walked, not recursed into --------------------------------------


def _chain(expr: Expr) -> Shown:
    links = []
    tags = ("add", "sub") if expr[0] in ("add", "sub") else ("mul", "div")
    while expr[0] in tags:
        links.append(expr)
        expr = expr[1]
    links.reverse()
    left = _first(expr) if tags[0] == "add" else _factor(expr)
    text, tex = [left.text], [left.latex]
    for link in links:
        if tags[0] == "add":
            right = _within(link[2], PRODUCT)
            sign = " + " if link[0] == "add" else " - "
            text += [sign, right.text]
            tex += [sign, right.latex]
        elif link[0] == "div":
            above, right = "".join(text), _within(link[2], POWER)
            text = [above, " / ", right.text]
            tex = [rf"\frac{{{''.join(tex)}}}{{{shown(link[2]).latex}}}"]
        else:
            right = _factor(link[2])
            how = link[3]
            text += [_BETWEEN[how][0], right.text]
            tex += [_BETWEEN[how][1], right.latex]
    if tags[0] == "add":
        return Shown("".join(text), "".join(tex), SUM)
    return Shown("".join(text), "".join(tex), PRODUCT)


_BETWEEN = {
    "": (" ", r" \, "), "*": ("*", " * "), "·": (" · ", r" \cdot "), "×": (" × ", r" \times "),
    "⊙": (" ⊙ ", r" \odot "), "⊗": (" ⊗ ", r" \otimes "), "@": (" @ ", " @ "),
}  # fmt: skip


def _first(expr: Expr) -> Shown:
    return shown(expr) if expr[0] == "neg" else _within(expr, PRODUCT)


def _factor(expr: Expr) -> Shown:
    return _within(expr, POWER)


def _neg(expr: Expr) -> Shown:
    inner = _within(expr[1], PRODUCT)
    return Shown(f"-{inner.text}", f"-{inner.latex}", SUM)


# -- leaves ---------------------------------------------------------------------------------------


def name(spelt: str) -> Shown:
    """Return a declared name as plain text and LaTeX."""
    base, sub, sup, primes = parts_of(spelt)
    letter, _, mark = base.partition("~")
    command = rf"\{letter}" if letter in LETTERS else letter
    word = LETTERS.get(letter, letter)
    tex = command if len(letter) == 1 or letter in LETTERS else rf"\text{{{letter}}}"
    if mark:
        word, tex = f"{word}_{mark}", rf"\{mark}{{{tex}}}"
    if sub:
        upright = len(sub) > 2 and sub.isalpha() and sub.islower()
        word += f"{'_' if not mark else ''}{sub}" if sub.isalnum() else f"_{{{sub}}}"
        tex += rf"_{{\text{{{sub}}}}}" if upright else f"_{{{LETTERS and _greek(sub)}}}"
    if sup:
        word, tex = f"{word}^{{({sup})}}", f"{tex}^{{({sup})}}"
    return Shown(word + "'" * primes, tex + "'" * primes)


def _greek(sub: str) -> str:
    return rf"\{sub}" if sub in LETTERS else sub


def _index(expr: Expr) -> Shown:
    return Shown(expr[1], _greek(expr[1]))


def _number(expr: Expr) -> Shown:
    return Shown(expr[1], expr[1])


def _const(expr: Expr) -> Shown:
    return {"e": Shown("e", "e"), "pi": Shown("π", r"\pi"), "inf": Shown("∞", r"\infty")}[expr[1]]


# -- powers and functions -----------------------------------------------------------------------------


def _pow(expr: Expr) -> Shown:
    base, power = _within(expr[1], ATOM), shown(expr[2])
    single = expr[2][0] in ("number", "name") and power.text.isalnum()
    return Shown(
        f"{base.text}^{power.text if single else f'({power.text})'}",
        f"{{{base.latex}}}^{{{power.latex}}}",
        POWER,
    )


def _epow(expr: Expr) -> Shown:
    call, power = expr[1], shown(expr[2])
    word = _WORDS.get(call[1], (call[1], rf"\operatorname{{{call[1]}}}"))
    args = _list(call[2])
    return Shown(
        f"{word[0]}^({power.text})({args.text})",
        rf"{word[1]}^{{{power.latex}}}\left({args.latex}\right)",
        POWER,
    )


def _turn(expr: Expr) -> Shown:
    base = _within(expr[1], ATOM)
    return Shown(f"{base.text}^T", f"{{{base.latex}}}^{{T}}", POWER)


def _transpose(expr: Expr) -> Shown:
    base = _within(expr[1], ATOM)
    return Shown(f"{base.text}ᵀ", rf"{{{base.latex}}}^{{\top}}", POWER)


def _list(args: tuple[Expr, ...]) -> Shown:
    pieces = [shown(arg) for arg in args]
    return Shown(", ".join(p.text for p in pieces), ", ".join(p.latex for p in pieces), CONDITION)


_WORDS = {
    "sigmoid": ("σ", r"\sigma"), "log2": ("log2", r"\log_{2}"), "log10": ("log10", r"\log_{10}"),
    "arctan": ("arctan", r"\arctan"), "trace": ("tr", r"\operatorname{tr}"),
    **{
        word: (word, rf"\{word}")
        for word in "tanh exp log ln lg sin cos tan sinh cosh max min det arcsin arccos".split()
    },
}  # fmt: skip


def _call(expr: Expr) -> Shown:
    word, args = expr[1], expr[2]
    if word == "sqrt":
        inner = shown(args[0])
        return Shown(f"sqrt({inner.text})", rf"\sqrt{{{inner.latex}}}", POWER)
    if word in ("floor", "ceil"):
        inner = shown(args[0])
        left, right = "⌊⌋" if word == "floor" else "⌈⌉"
        return Shown(f"{left}{inner.text}{right}", rf"\left\l{word} {inner.latex} \right\r{word}")
    if word == "factorial":
        inner = _within(args[0], ATOM)
        return Shown(f"{inner.text}!", f"{inner.latex}!", POWER)
    if word == "root":
        inner, order = shown(args[0]), shown(args[1])
        return Shown(f"root({inner.text}, {order.text})", rf"\sqrt[{order.latex}]{{{inner.latex}}}", POWER)
    if word == "binom":
        above, below = shown(args[0]), shown(args[1])
        return Shown(f"binom({above.text}, {below.text})", rf"\binom{{{above.latex}}}{{{below.latex}}}")
    bare = word.rstrip("'")
    primes = word[len(bare) :]
    text, tex = _WORDS.get(bare, (bare, rf"\operatorname{{{bare}}}"))
    inside = _list(args)
    if bare == "sigmoid" and not primes:
        text, tex = "sigmoid", r"\operatorname{sigmoid}"
    return Shown(f"{text}{primes}({inside.text})", rf"{tex}{primes}\left({inside.latex}\right)", POWER)


def _abs(expr: Expr) -> Shown:
    inner = shown(expr[1])
    return Shown(f"|{inner.text}|", rf"\left|{inner.latex}\right|")


def _norm(expr: Expr) -> Shown:
    inner = shown(expr[1])
    order = expr[2] if expr[2] is None or expr[2] == "F" else shown(expr[2]).text
    below = "" if order is None else f"_{order}" if order.isalnum() else f"_{{{order}}}"
    tex = "" if order is None else f"_{{{order if expr[2] == 'F' else shown(expr[2]).latex}}}"
    return Shown(f"‖{inner.text}‖{below}", rf"\left\|{inner.latex}\right\|{tex}")


# -- arrays, entries, conditions, sums ----------------------------------------------------------------


def _entry(expr: Expr) -> Shown:
    base = _within(expr[1], ATOM)
    pieces = [Shown(":", ":") if at is None else shown(at) for at in expr[2]]
    text = ",".join(p.text for p in pieces)
    text = text if text.isalnum() and len(text) == 1 else f"{{{text}}}"
    tex = base.latex if expr[1][0] == "name" and "_" not in base.latex else f"{{{base.latex}}}"
    return Shown(f"{base.text}_{text}", f"{tex}_{{{','.join(p.latex for p in pieces)}}}")


def _array(expr: Expr) -> Shown:
    inside = _list(expr[1])
    return Shown(f"[{inside.text}]", rf"\left[{inside.latex}\right]")


def _matrix(expr: Expr) -> Shown:
    rows = [[shown(entry) for entry in row] for row in expr[1]]
    wide = len(rows[0]) > 1
    text = ", ".join("[" + ", ".join(p.text for p in row) + "]" if wide else row[0].text for row in rows)
    tex = r" \\ ".join(" & ".join(p.latex for p in row) for row in rows)
    return Shown(f"[{text}]", rf"\begin{{bmatrix}} {tex} \end{{bmatrix}}")


def _relation(expr: Expr) -> Shown:
    left, right = shown(expr[2]), shown(expr[3])
    sign = {"≠": r"\ne", "≤": r"\le", "≥": r"\ge"}.get(expr[1], expr[1])
    return Shown(f"{left.text} {expr[1]} {right.text}", f"{left.latex} {sign} {right.latex}", CONDITION)


def _logical(expr: Expr) -> Shown:
    left, right = shown(expr[1]), shown(expr[2])
    return Shown(
        f"{left.text} {expr[0]} {right.text}", rf"{left.latex} \text{{ {expr[0]} }} {right.latex}", CONDITION
    )


def _cases(expr: Expr) -> Shown:
    rows, text = [], ""
    for value, condition in expr[1]:
        piece = shown(value)
        when = shown(condition) if condition is not None else Shown("otherwise", r"\text{otherwise}")
        rows.append(f"{piece.latex} & {when.latex}")
        value_text = _within(piece, SUM).text
        text += f"{' else ' * bool(text)}{value_text}" + (f" if {when.text}" if condition is not None else "")
    body = r" \\ ".join(rows)
    return Shown(f"({text})", rf"\begin{{cases}} {body} \end{{cases}}")


def _over(expr: Expr) -> Shown:
    _, word, letter, low, high, condition, body = expr
    inner = _within(body, PRODUCT)
    sign = {"sum": r"\sum", "prod": r"\prod", "max": r"\max", "min": r"\min"}.get(
        word, rf"\operatorname{{{word}}}"
    )
    below = Shown(letter, _greek(letter))
    if low is not None:
        first = shown(low)
        below = Shown(f"{letter}={first.text}", f"{_greek(letter)}={first.latex}")
    elif condition is not None:
        below = shown(condition)
    above = "", ""
    if high is not None:
        last = shown(high)
        above = f"^{{{last.text}}}", f"^{{{last.latex}}}"
    text = f"{word}_{{{below.text}}}{above[0]} ({inner.text})"
    return Shown(text, rf"{sign}_{{{below.latex}}}{above[1]} \left({inner.latex}\right)", PRODUCT)


_RULES = {
    "number": _number,
    "const": _const,
    "name": lambda expr: name(expr[1]),
    "index": _index,
    "value": lambda expr: shown(expr[2]),
    "eye": lambda expr: Shown("I", "I"),
    "ones": lambda expr: Shown("𝟏", r"\mathbf{1}"),
    "neg": _neg,
    "pow": _pow,
    "epow": _epow,
    "turn": _turn,
    "transpose": _transpose,
    "primed": _transpose,
    "call": _call,
    "entry": _entry,
    "array": _array,
    "matrix": _matrix,
    "cases": _cases,
    "relation": _relation,
    "and": _logical,
    "or": _logical,
    "over": _over,
    "abs": _abs,
    "norm": _norm,
}
